//! Everybody whom the records name: organisations with all that ISO demands, and persons by no more
//! than a pseudonym.

use super::*;
use crate::receipt::{ActingAs, Party};

/// Everybody whom the records name.
pub(super) fn of(receipt: &Receipt, names: &Names) -> Vec<PartyNode> {
    let (user, giver) = match &receipt.source {
        Some(source) => ("dpv:DataImporter", Some(source)),
        None => ("dpv:Organisation", None),
    };
    let node = |name, party, role, kind| organisation(&names.of_party(name), party, role, kind);
    let mut parties = vec![node(
        "controller",
        &receipt.controller.party,
        "dpv:DataController",
        user,
    )];
    parties.extend(giver.map(|giver| {
        node(
            "source",
            &giver.party,
            "dpv:DataController",
            "dpv:DataExporter",
        )
    }));
    parties.push(node(
        "operator",
        &receipt.operator,
        "dpv:DataProcessor",
        "dpv:Organisation",
    ));
    parties.push(node(
        "authority",
        &receipt.authority,
        "dpv:DataProtectionAuthority",
        "dpv:Authority",
    ));
    let is_minor = receipt
        .given()
        .is_some_and(|given| given.ceremony.acting.minor.is_some());
    let roles: Vec<String> = ["dpv:DataSubject"]
        .into_iter()
        .chain(is_minor.then_some("dpv:Child"))
        .map(str::to_owned)
        .collect();
    for (name, controller) in ["controller", "source"]
        .into_iter()
        .zip(receipt.controllers())
    {
        let id = names.of_party(subject(name));
        let pseudonym = controller.surrogate_id.as_str();
        parties.push(person(id, pseudonym, roles.clone(), one("dpv:DataSubject")));
    }
    parties.extend(
        receipt
            .given()
            .and_then(|given| representative(given, names)),
    );
    parties
}

/// Whoever acted for the person, when anybody did.
fn representative(given: &Given, names: &Names) -> Option<PartyNode> {
    let capacity = given.ceremony.acting.capacity;
    let mut events = given.records.iter().flat_map(|record| &record.events);
    let has_acted = capacity != ActingAs::Oneself || events.any(|e| e.by == Actor::Representative);
    let role = if capacity == ActingAs::Oneself {
        one("dpv:Representative")
    } else {
        vec![term(CAPACITIES, &capacity)]
    };
    let id = names.of_party("representative");
    has_acted.then(|| person(id.clone(), &id, role.clone(), role))
}

fn person(
    id: String,
    party_id: &str,
    party_role: Vec<String>,
    party_type: Vec<String>,
) -> PartyNode {
    PartyNode {
        id,
        party_id: party_id.to_owned(),
        identifier: Some(party_id.to_owned()),
        party_name: None,
        party_address: None,
        party_email: None,
        party_url: None,
        party_phone: None,
        party_role,
        party_contact: None,
        party_type,
    }
}

fn organisation(id: &str, party: &Party, role: &str, kind: &str) -> PartyNode {
    PartyNode {
        party_name: Some(party.name.clone()),
        party_address: Some(AddressNode {
            kind: one("schema:PostalAddress"),
            street_address: Some(party.address.street.clone()),
            postal_code: Some(party.address.postal_code.clone()),
            address_locality: Some(party.address.city.clone()),
            address_country: Some(party.address.country.as_str().to_owned()),
        }),
        party_email: Some(party.email.as_str().to_owned()),
        party_url: Some(party.url.as_str().to_owned()),
        party_phone: Some(party.phone.to_uri()),
        party_contact: Some(ContactNode {
            kind: one("schema:ContactPoint"),
            contact_type: Some(party.contact.role.clone()),
            party_email: Some(party.contact.email.as_str().to_owned()),
        }),
        ..person(id.to_owned(), &party.business_id, one(role), one(kind))
    }
}
