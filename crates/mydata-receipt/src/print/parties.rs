//! Whom to write to, ring or complain to.

use super::html::Html;
use super::page::Scene;
use super::places;
use crate::receipt::Party;

/// An organisation with everything that it takes to reach it.
pub(super) struct Card {
    /// What it does here; several things when it is the same organisation.
    pub(super) role: Html,
    pub(super) name: Html,
    pub(super) address: Html,
    pub(super) lines: Vec<Html>,
}

pub(super) fn cards(scene: &Scene<'_>) -> Vec<Card> {
    let (receipt, w) = (scene.receipt, &scene.words);
    let user = if receipt.source.is_some() {
        w.role_controller
    } else {
        w.role_user
    };
    let source = receipt.source.as_ref();
    let source = source.map(|source| (w.role_source, &source.party));
    let all = [(user, &receipt.controller.party)]
        .into_iter()
        .chain(source);
    let all = all.chain([
        (w.role_operator, &receipt.operator),
        (w.role_authority, &receipt.authority),
    ]);
    let mut parties: Vec<(Vec<Html>, &Party)> = Vec::new();
    for (role, party) in all {
        let role = Html::text(role);
        match parties.iter_mut().find(|(_, known)| *known == party) {
            Some((roles, _)) => roles.push(role),
            None => parties.push((vec![role], party)),
        }
    }
    let card = |(roles, party): &(Vec<Html>, &Party)| card(scene, roles, party);
    parties.iter().map(card).collect()
}

fn card(scene: &Scene<'_>, roles: &[Html], party: &Party) -> Card {
    let w = &scene.words;
    let address = &party.address;
    let place = format!("{} {}", address.postal_code, address.city);
    let mut post = vec![Html::text(&address.street), Html::text(&place)];
    if !scene.receipt.jurisdiction.contains(&address.country) {
        post.push(places::country(address.country, scene.reader, w));
    }
    let labelled = |label: &str, said: &Html| Html::text(label).then(": ", said);
    let mail = |email: &str| Html::link(&format!("mailto:{email}"), email);
    let (phone, url) = (&party.phone, party.url.as_str());
    let contact = scene.said(&party.contact.role);
    let number = if address.country.as_str() == "FI" {
        w.business_id
    } else {
        w.register_number
    };
    let lines = vec![
        labelled(w.phone, &Html::link(&phone.to_uri(), phone.as_str())),
        mail(party.email.as_str()),
        contact.then(": ", &mail(party.contact.email.as_str())),
        Html::link(url, url),
        labelled(number, &Html::text(&party.business_id)),
    ];
    Card {
        role: Html::joined(roles, ", "),
        name: scene.said(&party.name),
        address: Html::joined(&post, ", "),
        lines,
    }
}
