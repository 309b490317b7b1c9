//! What a document says and a receipt of ours has no place for: it is told, never dropped.

use crate::linked_hostile::places;
use crate::linked_vectors::receipts;
use crate::support::sample;
use mydata_receipt::Receipt;
use mydata_receipt::linked::{self, Document, LinkedRepair, LinkedRule};
use proptest::prelude::*;
use serde_json::{Value, json};

fn plain() -> Value {
    serde_json::to_value(Document::of(&sample("pair"))).unwrap()
}

/// The receipt of a document that can be read, or where which fact is bad.
fn receipt(document: &Value) -> Result<Receipt, Vec<(LinkedRule, String)>> {
    let reading = linked::read(&serde_json::to_vec(document).unwrap()).unwrap();
    reading.document.receipt().map_err(|report| {
        let findings = report.findings.into_iter();
        findings.map(|one| (one.rule, one.pointer)).collect()
    })
}

/// Adds to both records alike.
fn with(member: &str, value: &Value) -> Value {
    let mut document = plain();
    for record in document["consent_records"].as_array_mut().unwrap() {
        let (parent, name) = member.rsplit_once('/').unwrap();
        let parent = record["pii_processing"].pointer_mut(parent).unwrap();
        if let Value::Array(all) = &mut parent[name] {
            all.push(value.clone());
        } else {
            parent[name] = value.clone();
        }
    }
    document
}

#[test]
fn a_second_where_a_receipt_has_one_is_told() {
    let notice = json!({ "@id": "https://x.example/n2", "@type": ["dpv:ConsentNotice"] });
    let for_ever = json!({ "@type": ["dpv:StorageDuration"], "description": { "en": "for ever" } });
    let cannot = json!({
        "@type": ["dpv:CannotObjectToProcess"], "exercised_at": "https://x.example/", "description": { "en": "no" }
    });
    let described = json!([{ "description": { "en": "EU only" } }]);
    let measure = json!([{ "@type": ["dpv:DPIA"] }]);
    let second = json!({
        "@type": ["dpv:WithdrawConsent"], "exercised_at": "https://x.example/", "description": { "en": "no" }
    });
    for (member, value, at) in [
        ("/language", json!("sv"), "/language/1"),
        ("/basis", json!("dpv:LegitimateInterest"), "/basis/1"),
        ("/privacy_notice", notice, "/privacy_notice/1"),
        (
            "/privacy_notice/0/@type",
            json!("dpv:PrivacyNotice"),
            "/privacy_notice/0/@type/1",
        ),
        ("/withdrawal_method", second, "/withdrawal_method/1"),
        (
            "/withdrawal_method/0/@type",
            json!("dpv:TerminateContract"),
            "/withdrawal_method/0/@type/1",
        ),
        ("/involvement", json!([cannot]), "/involvement"),
        ("/impact_assessment", measure.clone(), "/impact_assessment"),
        ("/codes_of_conduct", measure, "/codes_of_conduct"),
        (
            "/privacy_rights/0/@type",
            json!("eu-gdpr:A21"),
            "/privacy_rights/0/@type/1",
        ),
        (
            "/privacy_rights/0/description",
            json!({ "en": "by mail" }),
            "/privacy_rights/0/description",
        ),
        (
            "/indication/method",
            json!("mydata:Spoken"),
            "/indication/method/1",
        ),
        (
            "/indication/decided_by/@type",
            json!("dpv:Agent"),
            "/indication/decided_by/@type/1",
        ),
        (
            "/purposes/0/purpose",
            json!("dpv:Marketing"),
            "/purposes/0/purpose/1",
        ),
        (
            "/purposes/0/purpose_type",
            json!(["dpv:Marketing"]),
            "/purposes/0/purpose_type",
        ),
        (
            "/purposes/0/collection_method",
            described.clone(),
            "/purposes/0/collection_method",
        ),
        (
            "/purposes/0/processing_locations",
            described.clone(),
            "/purposes/0/processing_locations",
        ),
        (
            "/purposes/0/geographic_restrictions",
            described,
            "/purposes/0/geographic_restrictions",
        ),
        (
            "/purposes/0/retention_period",
            for_ever,
            "/purposes/0/retention_period/1",
        ),
        (
            "/purposes/0/storage_locations/0/location",
            json!("loc:US"),
            "/purposes/0/storage_locations/0/location/1",
        ),
        (
            "/purposes/0/pii_information/0/pii_type",
            json!("pd:Health"),
            "/purposes/0/pii_information/0/pii_type/1",
        ),
        (
            "/purposes/0/recipient_third_parties",
            plain()["publisher"].clone(),
            "/purposes/0/recipient_third_parties/1",
        ),
        (
            "/pii_controllers",
            plain()["publisher"].clone(),
            "/pii_controllers/2",
        ),
    ] {
        let found = receipt(&with(member, &value)).unwrap_err();
        let wanted = |record: u8| {
            (
                LinkedRule::BadFact,
                format!("/consent_records/{record}/pii_processing{at}"),
            )
        };
        assert!(found.contains(&wanted(0)), "{member}: {found:?}");
        assert!(
            found.iter().all(|(rule, _)| *rule == LinkedRule::BadFact),
            "{member}: {found:?}"
        );
    }
}

#[test]
fn a_second_storage_place_is_one_more_country() {
    let se = json!({ "@type": ["dpv:StorageLocation"], "location": ["loc:SE"] });
    let receipt = receipt(&with("/purposes/0/storage_locations", &se)).unwrap();
    let storage = &receipt.processes[0].storage;
    assert_eq!(storage.last().unwrap().as_str(), "SE");
    assert_eq!(storage.len(), sample("pair").processes[0].storage.len() + 1);
}

#[test]
fn parties_say_no_more_than_a_receipt_has() {
    let mut nobody = plain();
    let mut other = nobody["party_identification"][0].clone();
    other["@id"] = json!("urn:x:nobody");
    let parties = nobody["party_identification"].as_array_mut().unwrap();
    let at = parties.len();
    parties.push(other);
    let place = format!("/party_identification/{at}");
    assert_eq!(receipt(&nobody), Err(vec![(LinkedRule::BadFact, place)]));

    let mut role = plain();
    let roles = role["party_identification"][0]["party_role"]
        .as_array_mut()
        .unwrap();
    roles.push(json!("dpv:DataProcessor"));
    let place = "/party_identification/0/party_role/1".to_owned();
    assert_eq!(receipt(&role), Err(vec![(LinkedRule::BadFact, place)]));
}

/// What parties are called, and in which order they are named, is no fact.
#[test]
fn names_and_order_of_parties_are_free() {
    let octets = serde_json::to_string(&plain()).unwrap();
    let mut document: Value =
        serde_json::from_str(&octets.replace("#controller\"", "#somebody\"")).unwrap();
    for record in document["consent_records"].as_array_mut().unwrap() {
        for list in ["pii_controllers", "services"] {
            record["pii_processing"][list]
                .as_array_mut()
                .unwrap()
                .reverse();
        }
        let receivers = &mut record["pii_processing"]["purposes"][0]["recipient_third_parties"];
        receivers.as_array_mut().unwrap().reverse();
    }
    document["party_identification"]
        .as_array_mut()
        .unwrap()
        .reverse();
    let phone = document["party_identification"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .find_map(|party| party.get_mut("party_phone"))
        .unwrap();
    *phone = json!(phone.as_str().unwrap().replace("tel:+358", "+358 "));
    assert!(receipt(&document) == Ok(sample("pair")));
}

/// Whoever acted for the person has no identifier but the name: called otherwise, the party is still found
/// by its identifier, and the reader tells of each place where it was.
#[test]
fn what_is_free_is_told() {
    let of_representative = |party: &Value| {
        let id = party["@id"].as_str().unwrap();
        id.ends_with("#representative")
    };
    let (receipt, plain) = (sample("pair"), plain());
    let notice = &plain["consent_records"][0]["pii_processing"]["privacy_notice"][0];
    // A name of any kind, also one that is something else's here.
    let renamed = [
        &json!("urn:x:me"),
        &json!("_:b7"),
        &notice["@id"],
        &plain["@id"],
    ];
    let parties = plain["party_identification"].as_array().unwrap();
    let at = parties.iter().position(of_representative).unwrap();
    let before = parties[at]["@id"].clone();
    let events = plain["consent_records"].as_array().unwrap().iter();
    let events = events.flat_map(|record| record["events"].as_array().unwrap());
    let referring = events.filter(|event| event["entity_id"] == before).count();
    assert!(referring >= 2);
    for name in renamed {
        let mut document = plain.clone();
        document["party_identification"][at]["@id"] = name.clone();
        let reading = linked::read(&serde_json::to_vec(&document).unwrap()).unwrap();
        let repairs: Vec<LinkedRepair> = reading.repairs.iter().map(|r| r.repair).collect();
        assert_eq!(
            repairs,
            vec![LinkedRepair::PartyReference; referring],
            "{name}"
        );
        assert!(reading.document.receipt().is_ok_and(|read| read == receipt));
    }
    // All others have one of their own, and are not found under a name that nobody has.
    for at in (0..parties.len()).filter(|other| *other != at) {
        let mut document = plain.clone();
        document["party_identification"][at]["@id"] = json!("urn:x:me");
        let report = linked::read(&serde_json::to_vec(&document).unwrap()).unwrap_err();
        let mut rules = report.findings.iter().map(|found| found.rule);
        assert!(rules.any(|rule| rule == LinkedRule::DanglingParty), "{at}");
    }
}

#[test]
fn only_the_record_of_the_sink_says_what_was_replaced() {
    let mut value = serde_json::to_value(sample("pair")).unwrap();
    value["grounds"]["consent"]["replaces"] = json!("cr-before");
    let replacing: Receipt = serde_json::from_value(value).unwrap();
    let mut document = serde_json::to_value(Document::of(&replacing)).unwrap();
    let replaces =
        |document: &Value, at: usize| document["consent_records"][at]["header"]["replaces"].clone();
    assert_eq!(replaces(&document, 0), Value::Null);
    assert_eq!(replaces(&document, 1), json!({ "record_id": "cr-before" }));
    assert!(receipt(&document) == Ok(replacing));
    document["consent_records"][0]["header"]["replaces"] = json!({ "record_id": "cr-other" });
    let place = "/consent_records/0/header/replaces".to_owned();
    assert_eq!(receipt(&document), Err(vec![(LinkedRule::BadFact, place)]));
}

/// Where a party is referred to.
const REFERENCES: [&str; 8] = [
    "publisher",
    "pii_principal_id",
    "pii_controllers",
    "authority_party",
    "provider",
    "consumer",
    "recipient_third_parties",
    "entity_id",
];

/// The document of a receipt, and the one that the receipt was read from.
struct Pair {
    own: Value,
    said: Value,
}

impl Pair {
    fn agrees(&self) -> bool {
        self.says(&self.own, &self.said, "")
    }

    /// Whether `own` says what `said` says. What a party is called is no fact, whatever kind of name it
    /// is (`what_is_free_is_told` has an example), but which party is referred to is one.
    fn says(&self, own: &Value, said: &Value, key: &str) -> bool {
        match (own, said) {
            (Value::Object(own), Value::Object(said)) => {
                let is_party = said.contains_key("party_type");
                let is_free = |name: &str| {
                    matches!(name, "@context" | "schema_version") || is_party && name == "@id"
                };
                let mut facts = said.iter().filter(|(name, _)| !is_free(name));
                facts
                    .all(|(name, said)| own.get(name).is_some_and(|own| self.says(own, said, name)))
            }
            (Value::Array(own), Value::Array(said)) => {
                // Parties in any order: they have names.
                let is_in = |(at, said): (usize, &Value)| match said.get("party_type") {
                    Some(_) => own.iter().any(|own| self.says(own, said, key)),
                    None => own.get(at).is_some_and(|own| self.says(own, said, key)),
                };
                said.iter().enumerate().all(is_in)
            }
            (Value::String(own), Value::String(said)) if REFERENCES.contains(&key) => {
                let (own, said) = (party(&self.own, own), party(&self.said, said));
                own.zip(said)
                    .is_some_and(|(own, said)| self.says(own, said, key))
            }
            (own, said) => own == said,
        }
    }
}

fn party<'d>(document: &'d Value, id: &str) -> Option<&'d Value> {
    let mut parties = document["party_identification"].as_array()?.iter();
    parties.find(|party| party["@id"] == id)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is changed or added in a document: its receipt, when it has one, says it too.
    #[test]
    fn a_receipt_says_all_that_its_document_says(
        which in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        is_added in any::<bool>(),
    ) {
        let (_, receipt) = which.get(&receipts()).clone();
        let mut document = serde_json::to_value(Document::of(&receipt)).unwrap();
        let mut all = Vec::new();
        places(&document, "", &mut all);
        // What is put there is of the same member elsewhere, so that it can be read.
        let to = to.get(&all).clone();
        let key = |pointer: &str| {
            let mut names = pointer.rsplit('/');
            names.find(|name| name.parse::<usize>().is_err()).unwrap_or_default().to_owned()
        };
        let alike: Vec<&String> = all.iter().filter(|other| key(other) == key(&to)).collect();
        let from: &&String = from.get(&alike);
        let value = document.pointer(from).unwrap().clone();
        let place = document.pointer_mut(&to).unwrap();
        if let (Value::Array(values), true) = (&mut *place, is_added) {
            values.extend(value.as_array().cloned().unwrap_or(vec![value]));
        } else {
            *place = value;
        }
        // Of a pair both records say the same.
        if to.starts_with("/consent_records/0/pii_processing") {
            let processing = document["consent_records"][0]["pii_processing"].clone();
            for record in document["consent_records"].as_array_mut().unwrap() {
                record["pii_processing"] = processing.clone();
            }
        }
        let Ok(reading) = linked::read(&serde_json::to_vec(&document).unwrap()) else {
            return Ok(());
        };
        if let Ok(receipt) = reading.document.receipt() {
            let own = serde_json::to_value(Document::of(&receipt)).unwrap();
            let said = serde_json::to_value(&reading.document).unwrap();
            prop_assert!(Pair { own, said }.agrees(), "{}", to);
        }
    }
}
