//! What the validator of the linked form finds, rule by rule.

use crate::linked_vectors::receipts;
use mydata_receipt::linked::{self, Document, LinkedRule};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Text that no report may repeat.
pub(crate) const SECRET: &str = "s3cret";

pub(crate) fn document(name: &str) -> Value {
    let receipts = receipts();
    let (_, receipt) = receipts.iter().find(|(known, _)| *known == name).unwrap();
    serde_json::to_value(Document::of(receipt)).unwrap()
}

/// Everything found, as `error linked_missing /pointer`.
pub(crate) fn found(octets: &[u8]) -> Vec<String> {
    let report = linked::validate(octets);
    let shown = format!("{report:?}");
    assert!(!shown.contains(SECRET));
    let lines = report.findings.iter();
    let lines = lines.map(|one| {
        assert!(!one.to_string().contains(SECRET));
        format!("{} {} {}", one.level, one.rule.code(), one.pointer)
    });
    lines.collect()
}

/// The first record's place.
pub(crate) fn at(rest: &str) -> String {
    ["/consent_records/0", rest].concat()
}

/// Puts a value somewhere.
pub(crate) fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match name.parse::<usize>() {
        Ok(at) => parent[at] = value,
        Err(_) => parent[name] = value,
    }
}

fn remove(document: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    parent.as_object_mut().unwrap().remove(name).unwrap();
}

/// One fault each: where, what is put there, and what is found there or elsewhere.
fn faults() -> Vec<(String, Value, String)> {
    let processing = |rest: &str| at(&["/pii_processing", rest].concat());
    let event = |rest: &str| at(&["/events/0", rest].concat());
    let here = |pointer: String, value: Value, rule: &str| {
        let line = format!("error {rule} {pointer}");
        (pointer, value, line)
    };
    let purpose = |rest: &str| processing(&["/purposes/0", rest].concat());
    vec![
        here(purpose("/purpose/0"), json!(SECRET), "linked_unknown_term"),
        here(
            purpose("/purpose/0"),
            json!("dpv:NoSuchPurpose"),
            "linked_unknown_term",
        ),
        here(
            purpose("/purpose/0"),
            json!("pd:Health"),
            "linked_term_kind",
        ),
        here(
            purpose("/purpose/0"),
            json!("dpv:hasPurpose"),
            "linked_term_kind",
        ),
        here(purpose("/purpose/0"), json!(""), "linked_empty_text"),
        here(purpose("/purpose"), json!([]), "linked_empty_list"),
        here(purpose("/title"), json!({ "fi": " " }), "linked_empty_text").into_language("fi"),
        here(
            purpose("/title"),
            json!({ "s3cret": "a" }),
            "linked_no_language",
        ),
        here(purpose("/title"), json!({}), "linked_empty_list"),
        here(
            purpose("/storage_locations"),
            json!([7]),
            "linked_wrong_type",
        )
        .into_first(),
        here(
            purpose("/lawful_basis/0"),
            json!("dpv:ConsentGiven"),
            "linked_term_kind",
        ),
        here(
            event("/event_state/0"),
            json!("dpv:ConsentTerminated"),
            "linked_phantom_term",
        ),
        here(
            event("/event_state/0"),
            json!("dpv:Marketing"),
            "linked_term_kind",
        ),
        here(event("/event_time"), json!("2025-01-09"), "linked_time"),
        here(
            event("/event_time"),
            json!("2025-01-09T10:00:00+02:00"),
            "linked_time",
        ),
        here(event("/event_time"), json!(1_736_409_600), "linked_time"),
        here(
            event("/event_time"),
            json!(1_736_409_600_000_u64),
            "linked_milliseconds",
        ),
        here(
            event("/event_time"),
            json!("2025-01-09T08:00:00.5Z"),
            "linked_milliseconds",
        ),
        here(event("/event_time"), Value::Null, "linked_wrong_type"),
        here(
            event("/entity_id"),
            json!("urn:x:s3cret"),
            "linked_dangling_party",
        ),
        here(
            processing("/pii_controllers/0"),
            json!("urn:x:s3cret"),
            "linked_dangling_party",
        ),
        here(
            processing("/authority_party"),
            json!("urn:x:s3cret"),
            "linked_dangling_party",
        ),
        here(
            at("/header/pii_principal_id"),
            json!("urn:x:s3cret"),
            "linked_dangling_party",
        ),
        here(
            processing("/privacy_notice/0/@id"),
            json!("see s3cret desk"),
            "linked_not_iri",
        ),
        here(
            processing("/privacy_rights/0/@type/0"),
            json!("eu-gdpr:A99-s3cret"),
            "linked_unknown_term",
        ),
        here(
            "/publisher".to_owned(),
            json!([SECRET, SECRET]),
            "linked_wrong_type",
        ),
        here(
            "/consent_records".to_owned(),
            json!([]),
            "linked_empty_list",
        ),
    ]
}

/// Where a finding is deeper than the change.
trait Deeper {
    fn into_language(self, language: &str) -> Self;
    fn into_first(self) -> Self;
}

impl Deeper for (String, Value, String) {
    fn into_language(self, language: &str) -> Self {
        (self.0, self.1, format!("{}/{language}", self.2))
    }

    fn into_first(self) -> Self {
        (self.0, self.1, format!("{}/0", self.2))
    }
}

#[test]
fn a_fault_is_found_where_it_is() {
    for (pointer, value, line) in faults() {
        let mut document = document("single");
        set(&mut document, &pointer, value.clone());
        let found = found(&serde_json::to_vec(&document).unwrap());
        let errors: Vec<_> = found
            .iter()
            .filter(|line| line.starts_with("error"))
            .collect();
        assert_eq!(errors, [&line], "{pointer} {value}");
    }
}

#[test]
fn what_the_standard_demands_is_missed() {
    let mut members = vec![
        "/schema_version".to_owned(),
        "/receipt_id".to_owned(),
        "/created".to_owned(),
        "/consent_records".to_owned(),
        "/party_identification/0/party_type".to_owned(),
        "/party_identification/0/party_name".to_owned(),
        "/party_identification/0/party_address".to_owned(),
        "/party_identification/0/party_contact".to_owned(),
    ];
    for member in [
        "/header",
        "/header/schema_version",
        "/header/record_id",
        "/header/pii_principal_id",
        "/pii_processing",
        "/pii_processing/privacy_notice",
        "/pii_processing/language",
        "/pii_processing/purposes",
        "/pii_processing/pii_controllers",
        "/pii_processing/jurisdiction",
        "/pii_processing/withdrawal_method",
        "/pii_processing/purposes/0/purpose",
        "/pii_processing/purposes/0/pii_information",
        "/pii_processing/purposes/0/pii_information/0/pii_type",
        "/pii_processing/purposes/0/storage_locations",
        "/pii_processing/purposes/0/retention_period",
        "/pii_processing/purposes/0/recipient_third_parties",
        "/events",
        "/events/0/event_time",
        "/events/0/validity_duration",
        "/events/0/entity_id",
        "/events/0/event_type",
        "/events/0/event_state",
    ] {
        members.push(at(member));
    }
    for member in members {
        let mut document = document("single");
        remove(&mut document, &member);
        // An identifier would be read from its other property.
        for identifier in ["/identifier".to_owned(), at("/header/identifier")] {
            if document.pointer(&identifier).is_some() {
                remove(&mut document, &identifier);
            }
        }
        let octets = serde_json::to_vec(&document).unwrap();
        let found = found(&octets);
        let rule = if member == "/consent_records" {
            "linked_no_record"
        } else {
            "linked_missing"
        };
        assert!(
            found.contains(&format!("error {rule} {member}")),
            "{member}: {found:?}"
        );
    }
}

#[test]
fn everything_missing_is_named_at_once() {
    assert_eq!(
        found(b"{}"),
        [
            "warning linked_needs_repair ",
            "error linked_missing /schema_version",
            "error linked_missing /receipt_id",
            "error linked_missing /created",
            "error linked_no_record /consent_records",
            "error linked_missing /party_identification",
        ]
    );
    let mut document = document("single");
    set(&mut document, &at("/pii_processing"), json!({}));
    set(&mut document, &at("/events"), json!([{}]));
    let found = found(&serde_json::to_vec(&document).unwrap());
    assert_eq!(found.len(), 11, "{found:?}");
    assert!(
        found
            .iter()
            .all(|line| line.starts_with("error linked_missing "))
    );
}

/// A document with `from` replaced by `to`, as text: what no parser would let through.
fn replaced(name: &str, from: &str, to: &str) -> Vec<u8> {
    let text = serde_json::to_string(&document(name)).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn a_name_that_stands_twice_is_found() {
    let twice = replaced(
        "single",
        "\"header\":{",
        "\"header\":{\"role\":\"s3cret:x\",",
    );
    let found_in = found(&twice);
    assert!(
        found_in.contains(&"error linked_duplicate_member /consent_records/0/header".to_owned())
    );
    let both = replaced(
        "single",
        "\"purposes\":[",
        "\"dpv:hasProcess\":[],\"purposes\":[",
    );
    let line = "error linked_two_spellings /consent_records/0/pii_processing/purposes";
    assert!(found(&both).contains(&line.to_owned()));
    let unknown = replaced(
        "single",
        "\"header\":{",
        "\"header\":{\"x\":{\"s3cret\":1,\"s3cret\":2},",
    );
    let line = "error linked_duplicate_member /consent_records/0/header";
    assert!(found(&unknown).contains(&line.to_owned()));
}

#[test]
fn histories_and_parties_are_held_against_each_other() {
    let mut document = document("withdrawn");
    let mut later = document.pointer(&at("/events/0")).unwrap().clone();
    later["event_time"] = json!("2025-01-01T00:00:00Z");
    document
        .pointer_mut(&at("/events"))
        .unwrap()
        .as_array_mut()
        .unwrap()
        .push(later);
    let party = document["party_identification"][0].clone();
    document["party_identification"]
        .as_array_mut()
        .unwrap()
        .push(party);
    let octets = serde_json::to_vec(&document).unwrap();
    let parties = document["party_identification"].as_array().unwrap().len() - 1;
    assert_eq!(
        found(&octets),
        [
            format!("error linked_party_twice /party_identification/{parties}"),
            "error linked_event_after_end /consent_records/0/events/2".to_owned(),
            "warning linked_event_order /consent_records/0/events/2".to_owned(),
        ]
    );
}

#[test]
fn a_notice_needs_no_consent_but_a_word_on_what_can_be_done() {
    for name in [
        "contract",
        "legal_obligation",
        "vital_interest",
        "public_interest",
    ] {
        let mut document = document(name);
        let processing = at("/pii_processing");
        assert!(document.pointer(&at("/events")).is_none());
        for control in ["involvement", "contract_control", "privacy_rights"] {
            let pointer = format!("{processing}/{control}");
            if document.pointer(&pointer).is_some() {
                remove(&mut document, &pointer);
            }
        }
        let found = found(&serde_json::to_vec(&document).unwrap());
        assert_eq!(found, [format!("error linked_no_control {processing}")]);
    }
}

#[test]
fn what_is_unknown_is_a_note_and_never_named() {
    let mut document = document("single");
    set(&mut document, &at("/header/s3cret"), json!(SECRET));
    set(&mut document, &at("/header/s3cret2"), json!([]));
    set(
        &mut document,
        "/@context/s3cret",
        json!("https://s3cret.example/"),
    );
    set(
        &mut document,
        "/schema_version",
        json!("https://s3cret.example/profile"),
    );
    assert_eq!(
        found(&serde_json::to_vec(&document).unwrap()),
        [
            "warning linked_other_context ",
            "note linked_unknown_member /consent_records/0/header",
            "warning linked_unknown_schema /schema_version",
        ]
        .map(str::to_owned)
    );
    let mut document = self::document("single");
    set(
        &mut document,
        &at("/header/dpv:hasLegalName"),
        json!(SECRET),
    );
    set(&mut document, &at("/header/dpv:hasS3cret"), json!(SECRET));
    set(&mut document, &at("/header/dpv:hasScope"), json!(SECRET));
    let codes: BTreeSet<String> = found(&serde_json::to_vec(&document).unwrap())
        .into_iter()
        .collect();
    let header = "/consent_records/0/header";
    let wanted = [
        format!("error linked_phantom_term {header}"),
        format!("error linked_unknown_term {header}"),
        format!("note linked_unknown_member {header}"),
    ];
    assert_eq!(codes, wanted.into_iter().collect());
}

/// What the guide says and the vocabulary does not.
const PHANTOMS: [&str; 17] = [
    "Analytics",
    "AutomationOfProcessing",
    "ConsentTerminated",
    "ConsentType",
    "DataProcessorDataSource",
    "FederatedLocation",
    "FullyAutomatedProcessing",
    "JointDataController",
    "ProcessingFrequency",
    "ScaleOfProcessing",
    "WithdrawingFromActivity",
    "hasAutomation",
    "hasDataProcessingCondition",
    "hasDataStorageCondition",
    "hasLegalName",
    "hasProcessingAutomation",
    "isImplementedBy",
];

#[test]
fn a_phantom_is_called_one_and_never_written() {
    for name in PHANTOMS {
        let term = ["dpv:", name].concat();
        assert_eq!(mydata_receipt::dpv::kind(&term), None);
        let (as_key, as_value) = (at("/header"), at("/@type/0"));
        let mut document = document("single");
        set(&mut document, &as_value, json!(term));
        set(
            &mut document,
            &[&as_key, "/", &term].concat(),
            json!(SECRET),
        );
        let mut found = found(&serde_json::to_vec(&document).unwrap());
        found.sort();
        let wanted = [as_value, as_key].map(|at| format!("error linked_phantom_term {at}"));
        assert_eq!(found, wanted, "{term}");
        for (_, receipt) in receipts() {
            let written = Document::of(&receipt).to_json().unwrap();
            let written = String::from_utf8(written).unwrap();
            assert!(!written.contains(&["\"", &term, "\""].concat()), "{term}");
        }
    }
}

#[test]
fn codes_are_unique_and_say_whose_they_are() {
    let codes: BTreeSet<&str> = LinkedRule::ALL.iter().map(|rule| rule.code()).collect();
    assert_eq!(codes.len(), LinkedRule::ALL.len());
    assert!(codes.iter().all(|code| code.starts_with("linked_")));
}
