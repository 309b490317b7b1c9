//! The linked form: there and back, what it says, and what it keeps in words of ours.

use crate::arbitrary;
use crate::linked_vectors::receipts;
use crate::support::{sample, samples};
use mydata_receipt::Receipt;
use mydata_receipt::dpv::{self, Kind};
use mydata_receipt::linked::{self, Document, LinkedRule};
use mydata_receipt::loss::Kept;
use mydata_receipt::receipt::{
    ActingAs, Actor, Assurance, Channel, Custody, EventState, Grounds, Method, RemedyKind,
};
use mydata_record::consent::Reason;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the document of a receipt says, as JSON.
fn written(receipt: &Receipt) -> Value {
    serde_json::from_slice(&Document::of(receipt).to_json().unwrap()).unwrap()
}

/// What every receipt is held to: it comes back, its document is written alike twice, and the reader
/// finds nothing in it.
fn holds(receipt: &Receipt) {
    let document = Document::of(receipt);
    let octets = document.to_json().unwrap();
    let reading = linked::read(&octets).map_err(|report| format!("{:?}", report.findings));
    let reading = reading.unwrap();
    assert_eq!(reading.report.findings, []);
    assert_eq!(reading.repairs, []);
    assert!(reading.document == document);
    assert_eq!(reading.document.to_json().unwrap(), octets);
    let back = reading.document.receipt();
    let back = back.map_err(|report| format!("{:?}", report.findings));
    assert!(back.unwrap() == *receipt);
}

#[test]
fn the_samples_come_back() {
    for (name, _) in samples().as_object().unwrap() {
        holds(&sample(name));
    }
    for (_, receipt) in receipts() {
        holds(&receipt);
    }
}

/// The sample with one decision changed.
fn given(change: impl FnOnce(&mut mydata_receipt::receipt::Given)) -> Receipt {
    let mut receipt = sample("pair");
    if let Grounds::Consent(given) = &mut receipt.grounds {
        change(given);
    }
    receipt
}

#[test]
fn every_word_comes_back() {
    for capacity in ActingAs::ALL {
        holds(&given(|given| given.ceremony.acting.capacity = *capacity));
    }
    for channel in Channel::ALL {
        holds(&given(|given| given.ceremony.channel = *channel));
    }
    for method in Method::ALL {
        holds(&given(|given| given.ceremony.method = *method));
    }
    for assurance in Assurance::ALL {
        holds(&given(|given| given.ceremony.assurance = *assurance));
    }
    for custody in Custody::ALL {
        holds(&given(|given| given.ceremony.custody = *custody));
    }
    for by in Actor::ALL {
        holds(&given(|given| given.records[0].events[0].by = *by));
    }
    for reason in Reason::ALL {
        holds(&given(|given| {
            given.records[0].events[0].reason = Some(reason)
        }));
    }
    for state in EventState::ALL {
        holds(&given(|given| given.records[0].events[0].state = *state));
    }
    for kind in RemedyKind::ALL {
        let mut receipt = sample("law");
        receipt.remedy.kind = *kind;
        holds(&receipt);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_receipt_comes_back(receipt in arbitrary::receipt()) {
        holds(&receipt);
    }

    #[test]
    fn every_term_is_one(receipt in arbitrary::receipt()) {
        holds_terms(&receipt);
    }
}

/// A text that looks like a term is a text.
#[test]
fn words_of_people_are_no_terms() {
    let mut receipt = sample("pair");
    let said = ["dpv:Nothing", "pd:", "loc:here"].map(|text| json!({ "en": text }));
    let [title, description, name] = said.map(|text| serde_json::from_value(text).unwrap());
    receipt.processes[0].title = title;
    receipt.processes[0].description = description;
    receipt.controller.party.name = name;
    receipt.controller.party.address.city = "eu-gdpr:A99".to_owned();
    holds(&receipt);
    holds_terms(&receipt);
}

/// Every term of DPV that stands in the document is one, and of the kind that stands there.
fn holds_terms(receipt: &Receipt) {
    let (mut keys, mut values) = (BTreeSet::new(), BTreeSet::new());
    let document = written(receipt);
    terms(
        &document,
        false,
        &document["@context"],
        &mut keys,
        &mut values,
    );
    for key in keys {
        assert!(matches!(dpv::kind(&key), Some(Kind::Property(_))), "{key}");
    }
    assert!(values.len() > 10);
    for value in values {
        assert!(matches!(dpv::kind(&value), Some(Kind::Class(_))), "{value}");
    }
}

fn is_of_dpv(text: &str) -> bool {
    let prefix = text.split_once(':').map_or("", |(prefix, _)| prefix);
    dpv::NAMESPACES.iter().any(|(known, _)| *known == prefix)
}

/// The terms of DPV that keys stand for, and those that stand as values: where the context says that a
/// value names a thing (JSON-LD 1.1 §4.2.3). What stands elsewhere is a text, whatever it looks like.
fn terms(
    value: &Value,
    is_name: bool,
    context: &Value,
    keys: &mut BTreeSet<String>,
    values: &mut BTreeSet<String>,
) {
    match value {
        Value::Object(members) => {
            for (key, value) in members.iter().filter(|(key, _)| *key != "@context") {
                let meaning = &context[key];
                assert!(
                    key.starts_with('@') || !meaning.is_null() || key.len() == 2,
                    "{key}"
                );
                keys.extend(
                    meaning["@id"]
                        .as_str()
                        .filter(|id| is_of_dpv(id))
                        .map(str::to_owned),
                );
                let is_name = key.starts_with('@') || meaning["@type"] == "@id";
                terms(value, is_name, context, keys, values);
            }
        }
        Value::Array(all) => all
            .iter()
            .for_each(|value| terms(value, is_name, context, keys, values)),
        Value::String(text) if is_name && is_of_dpv(text) => {
            values.insert(text.clone());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_context_says_nothing_but_properties() {
    let context = linked::context();
    let mut properties = 0;
    for (key, meaning) in context.as_object().unwrap() {
        let Some(id) = meaning["@id"].as_str() else {
            continue;
        };
        assert!(id.contains(':'), "{key}");
        if is_of_dpv(id) {
            let Some(Kind::Property(to)) = dpv::kind(id) else {
                panic!("{key}: {id}")
            };
            // Where DPV wants a thing, a text must never become a literal.
            let is_literal = meaning["@type"] != "@id";
            assert!(!is_literal || to == "-" || to == "string", "{key}");
            properties += 1;
        }
    }
    assert!(properties > 30);
    for (_, receipt) in receipts() {
        assert!(written(&receipt)["@context"] == context);
    }
}

#[test]
fn a_state_is_told_as_dpv_tells_it() {
    for (state, terms) in [
        (EventState::Given, json!(["dpv:ConsentGiven"])),
        (
            EventState::Paused,
            json!(["dpv:ConsentStatusInvalidForProcessing", "mydata:Disabled"]),
        ),
        (
            EventState::Resumed,
            json!(["dpv:ConsentGiven", "mydata:Resumed"]),
        ),
        (EventState::Withdrawn, json!(["dpv:ConsentWithdrawn"])),
        (EventState::Revoked, json!(["dpv:ConsentRevoked"])),
        (EventState::Expired, json!(["dpv:ConsentExpired"])),
    ] {
        let receipt = given(|given| given.records[1].events[0].state = state);
        let event = &written(&receipt)["consent_records"][1]["events"][0];
        assert_eq!(event["event_state"], terms);
        assert_eq!(
            event["event_type"],
            json!(["dpv:ExplicitlyExpressedConsent"])
        );
        assert_eq!(
            event["validity_duration"]["@type"],
            json!(["dpv:UntilTimeDuration"])
        );
    }
}

#[test]
fn a_pair_is_one_receipt_and_two_records() {
    let document = written(&sample("pair"));
    let records = document["consent_records"].as_array().unwrap();
    assert_eq!(records.len(), 2);
    let principal = |at: usize| &records[at]["header"]["pii_principal_id"];
    assert_ne!(
        principal(0),
        principal(1),
        "a service knows its own pseudonym only"
    );
    assert_eq!(records[0]["pii_processing"], records[1]["pii_processing"]);
    assert_eq!(
        written(&sample("law"))["consent_records"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

/// A receipt that has every fact which a receipt may have.
fn full() -> Value {
    let mut full = samples()["withdrawn"].clone();
    let given = &mut full["grounds"]["consent"];
    given["nbf"] = json!(1_736_409_700);
    given["replaces"] = json!("cr-before");
    given["records"][0]["events"][0]["reason"] = json!("owner_wish");
    let process = &mut full["processes"][0];
    process["recipients"] = json!([{ "name": { "en": "A processor" }, "country": "SE" }]);
    full
}

/// Other values than `leaf`, one of which its place will take.
fn others(leaf: &Value, key: &str) -> Vec<Value> {
    let text = leaf.as_str().unwrap_or_default();
    let words = [
        "revoked",
        "operator",
        "service_left",
        "app",
        "confirm",
        "guardian",
        "high",
        "Sink",
        "Source",
        "optional",
        "required",
        "ordinary",
        "parent",
        "web",
        "special",
        "object",
        "legitimateInterest",
        "eu-gdpr:A6-1-b",
        "eu-gdpr:A21",
        "dpv:Marketing",
        "dpv:Erase",
        "pd:Contact",
        "SE",
        "FI",
        "en",
        "+358900000",
        "other@helsinki.example",
        "https://other.example/x",
        "4f1c2b6e-9d4a-4e5f-8a7b-0c1d2e3f4a5b",
        "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE",
    ];
    match leaf {
        Value::Bool(is_so) => vec![json!(!is_so)],
        Value::Number(number) => vec![json!(number.as_u64().unwrap() + 1)],
        Value::String(_) if key == "custody" => vec![json!("operator")],
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            let words = words.iter().filter(|word| **word != text);
            words
                .map(|word| json!(word))
                .chain([json!(format!("{text}x"))])
                .collect()
        }
    }
}

fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                leaves(value, &format!("{pointer}/{at}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push(pointer.to_owned())
        }
    }
}

/// A document without what stands in terms of ours.
fn native(value: &Value, context: &Value) -> Value {
    let is_ours = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| text.starts_with("mydata:"))
    };
    match value {
        Value::Object(members) => {
            let is_native = |key: &str, value: &Value| {
                let meaning = context[key]["@id"].as_str().unwrap_or_default();
                key != "@context" && !meaning.starts_with("mydata:") && !is_ours(value)
            };
            let members = members.iter().filter(|(key, value)| is_native(key, value));
            let members = members.map(|(key, value)| (key.clone(), native(value, context)));
            Value::Object(members.collect())
        }
        Value::Array(values) => {
            let values = values.iter().filter(|value| !is_ours(value));
            values.map(|value| native(value, context)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[test]
fn what_only_we_say_is_listed_and_nothing_else() {
    let context = linked::context();
    let mut listed = 0;
    for value in [full(), samples()["law"].clone(), samples()["pair"].clone()] {
        let receipt: Receipt = serde_json::from_value(value.clone()).unwrap();
        let before = written(&receipt);
        let losses = linked::losses(&receipt);
        assert!(losses.iter().all(|loss| loss.kept == Kept::Extension));
        let ours: BTreeSet<&str> = losses.iter().map(|loss| loss.pointer.as_str()).collect();
        let mut pointers = Vec::new();
        leaves(&value, "", &mut pointers);
        for pointer in &pointers {
            let key = pointer.rsplit('/').next().unwrap();
            let changed = others(value.pointer(pointer).unwrap(), key)
                .into_iter()
                .find_map(|other| {
                    let mut changed = value.clone();
                    *changed.pointer_mut(pointer).unwrap() = other;
                    serde_json::from_value::<Receipt>(changed)
                        .ok()
                        .filter(|other| *other != receipt)
                });
            let Some(changed) = changed else {
                assert_eq!(pointer, "/version", "nothing else stands there");
                continue;
            };
            let after = written(&changed);
            assert!(before != after, "{pointer} is nowhere");
            let is_native = native(&before, &context) != native(&after, &context);
            assert_eq!(is_native, !ours.contains(&**pointer), "{pointer}");
        }
        listed += losses.len();
    }
    assert!(listed > 30);
}

#[test]
fn a_document_of_somebody_else_need_not_be_a_receipt_of_ours() {
    let mut document = Document::of(&sample("pair"));
    document.receipt_version = None;
    document.publisher = None;
    document.consent_records[0].header.signing_key = None;
    document.consent_records[0].events[0].actor = Some("mydata:Nobody".to_owned());
    document.consent_records[1].pii_processing.language = vec!["fi".to_owned()];
    let report = document.receipt().unwrap_err();
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|f| (&*f.pointer, f.rule))
        .collect();
    assert_eq!(
        found,
        [
            ("/receipt_version", LinkedRule::NoFact),
            ("/publisher", LinkedRule::NoFact),
            ("/consent_records", LinkedRule::RecordsDiffer),
            ("/consent_records/0/header/signing_key", LinkedRule::NoFact),
            ("/consent_records/0/events/0/actor", LinkedRule::BadFact),
        ]
    );
}

#[test]
fn a_document_is_not_printed() {
    let document = Document::of(&sample("pair"));
    let reading = linked::read(&document.to_json().unwrap()).unwrap();
    let party = &document.party_identification[0];
    let receiver =
        &document.consent_records[0].pii_processing.purposes[0].recipient_third_parties[0];
    let printed = format!("{document:?}{reading:?}{party:?}{receiver:?}");
    assert!(printed.len() < 200, "{printed}");
    assert!(
        !printed.contains("AAAA") && !printed.contains("urn:"),
        "{printed}"
    );
}

#[test]
fn two_answers_are_none() {
    let mut document = Document::of(&sample("pair"));
    let operator = document.publisher.clone().unwrap();
    let [first, second] = &mut document.consent_records[..] else {
        panic!("a pair is two records")
    };
    first.events[0]
        .event_state
        .push("mydata:Disabled".to_owned());
    let event = &mut second.events[0];
    event.validity_duration.valid_through = None;
    event.entity_id = operator;
    event.event_type = vec!["dpv:ExpressedConsent".to_owned()];
    let report = document.receipt().unwrap_err();
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|f| (&*f.pointer, f.rule))
        .collect();
    assert_eq!(
        found,
        [
            ("/consent_records", LinkedRule::RecordsDiffer),
            (
                "/consent_records/0/events/0/event_state",
                LinkedRule::BadFact
            ),
            ("/consent_records/1/events/0/entity_id", LinkedRule::BadFact),
            (
                "/consent_records/1/events/0/event_type",
                LinkedRule::BadFact
            ),
        ]
    );
}

#[test]
fn an_expiry_by_itself_stands_last_whatever_its_time() {
    let receipt = given(|given| {
        for record in &mut given.records {
            let mut expired = record.events[0].clone();
            (expired.state, expired.record) = (EventState::Expired, None);
            expired.at = mydata_core::time::Timestamp::from_seconds(1_700_000_000).unwrap();
            record.events.push(expired);
        }
    });
    holds(&receipt);
    // One that somebody has recorded is no different from any other event.
    let receipt = given(|given| {
        let mut expired = given.records[0].events[0].clone();
        expired.state = EventState::Expired;
        expired.at = mydata_core::time::Timestamp::from_seconds(1_700_000_000).unwrap();
        given.records[0].events.push(expired);
    });
    let report = linked::validate(&Document::of(&receipt).to_json().unwrap());
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|f| (&*f.pointer, f.rule))
        .collect();
    assert_eq!(
        found,
        [("/consent_records/0/events/1", LinkedRule::EventOrder)]
    );
}
