//! The tolerant reader of the linked form: the spellings of others, and what it sets right.

use crate::linked_vectors::receipts;
use crate::support::sample;
use mydata_receipt::linked::{self, Document, LinkedRepair, LinkedRule};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) fn document() -> Document {
    Document::of(&sample("pair"))
}

pub(crate) fn plain() -> Value {
    serde_json::to_value(document()).unwrap()
}

/// What is read, and which repairs it took.
pub(crate) fn read(document: &Value) -> (Document, BTreeSet<LinkedRepair>) {
    let octets = serde_json::to_vec(document).unwrap();
    let before = octets.clone();
    let reading = linked::read(&octets).map_err(|report| format!("{:?}", report.findings));
    let reading = reading.unwrap();
    assert!(octets == before);
    let repairs = reading
        .repairs
        .iter()
        .map(|repaired| repaired.repair)
        .collect();
    (reading.document, repairs)
}

pub(crate) fn errors(document: &Value) -> Vec<(LinkedRule, String)> {
    let octets = serde_json::to_vec(document).unwrap();
    let report = linked::read(&octets).unwrap_err();
    let errors = report.findings.into_iter();
    let errors = errors.filter(|found| found.level == mydata_receipt::finding::Level::Error);
    errors.map(|found| (found.rule, found.pointer)).collect()
}

/// Every key of a document but those of its context, by `spell`.
fn respelled(value: &Value, spell: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::Object(members) => {
            let of = |(key, value): (&String, &Value)| match key.as_str() {
                "@context" => (key.clone(), value.clone()),
                key => (spell(key), respelled(value, spell)),
            };
            Value::Object(members.iter().map(of).collect())
        }
        Value::Array(values) => values.iter().map(|value| respelled(value, spell)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn camel(key: &str) -> String {
    match key {
        "header" => return "record".to_owned(),
        "events" => return "event".to_owned(),
        "storage_locations" => return "storageLocation".to_owned(),
        "codes_of_conduct" => return "codeOfConduct".to_owned(),
        _ => {}
    }
    let mut camel = String::new();
    for (at, word) in key.split('_').enumerate() {
        let mut letters = word.chars();
        let first = letters.next().unwrap();
        camel.push(if at == 0 {
            first
        } else {
            first.to_ascii_uppercase()
        });
        camel.extend(letters);
    }
    camel
}

#[test]
fn camel_case_is_read_as_it_is_meant() {
    for (name, receipt) in receipts() {
        let of = Document::of(&receipt);
        let camel = respelled(&serde_json::to_value(&of).unwrap(), &camel);
        let (read, repairs) = read(&camel);
        assert!(read == of, "{name}");
        assert_eq!(repairs, BTreeSet::from([LinkedRepair::CamelCase]));
        assert!(read.receipt().is_ok_and(|back| back == receipt), "{name}");
    }
}

#[test]
fn properties_are_read_as_the_keys_that_stand_for_them() {
    let context = linked::context();
    let property = |key: &str| {
        let property = context[key]["@id"].as_str();
        let shared = ["rdf:type", "dpv:hasStorageCondition"];
        let property = property.filter(|property| !shared.contains(property));
        property.unwrap_or(key).to_owned()
    };
    let (read, repairs) = read(&respelled(&plain(), &property));
    assert!(read == document());
    assert_eq!(repairs, BTreeSet::from([LinkedRepair::Property]));
}

#[test]
fn members_outside_their_groups_are_put_into_them() {
    let mut plain = plain();
    for record in plain["consent_records"].as_array_mut().unwrap() {
        let record = record.as_object_mut().unwrap();
        for group in ["header", "pii_processing"] {
            let Some(Value::Object(members)) = record.remove(group) else {
                panic!("{group}")
            };
            record.extend(members);
        }
    }
    let (read, repairs) = read(&plain);
    assert!(read == document());
    assert_eq!(repairs, BTreeSet::from([LinkedRepair::Grouped]));
}

#[test]
fn a_record_without_its_receipt_around_it_is_wrapped() {
    let of = Document::of(
        &receipts()
            .into_iter()
            .find(|(name, _)| *name == "single")
            .unwrap()
            .1,
    );
    let mut bare = serde_json::to_value(&of).unwrap();
    let record = bare["consent_records"][0].as_object().unwrap().clone();
    bare.as_object_mut().unwrap().remove("consent_records");
    let kind = record["@type"].clone();
    for (key, value) in record.into_iter().filter(|(key, _)| key != "@type") {
        bare[camel(&key)] = value;
    }
    let (read, repairs) = read(&bare);
    assert_eq!(
        repairs,
        BTreeSet::from([LinkedRepair::CamelCase, LinkedRepair::Grouped])
    );
    assert!(kind == json!(["dpv:ConsentRecord"]));
    let mut wanted = of;
    wanted.consent_records[0].kind.clear();
    assert!(read == wanted);
}

#[test]
fn records_under_the_guides_own_key_are_found() {
    let mut plain = plain();
    let records = plain
        .as_object_mut()
        .unwrap()
        .remove("consent_records")
        .unwrap();
    plain["record"] = records;
    let (read, repairs) = read(&plain);
    assert!(read == document());
    assert_eq!(repairs, BTreeSet::from([LinkedRepair::CamelCase]));
}

#[test]
fn parties_of_a_record_become_those_of_the_receipt() {
    let mut plain = plain();
    let parties = plain
        .as_object_mut()
        .unwrap()
        .remove("party_identification")
        .unwrap();
    for record in plain["consent_records"].as_array_mut().unwrap() {
        record["party_identification"] = parties.clone();
    }
    let (read, repairs) = read(&plain);
    assert!(read == document());
    assert_eq!(repairs, BTreeSet::from([LinkedRepair::Grouped]));
}

#[test]
fn what_holds_for_every_purpose_is_put_where_it_belongs() {
    let mut plain = plain();
    for record in plain["consent_records"].as_array_mut().unwrap() {
        let processing = &mut record["pii_processing"];
        let retention = processing["purposes"][0]["retention_period"].clone();
        let purpose = processing["purposes"][0].as_object_mut().unwrap();
        purpose.remove("retention_period");
        for key in [
            "jurisdiction",
            "pii_controllers",
            "withdrawal_method",
            "authority_party",
        ] {
            let value = processing.as_object_mut().unwrap().remove(key).unwrap();
            processing["purposes"][0][camel(key)] = value;
        }
        processing["retentionPeriod"] = retention;
    }
    let (read, repairs) = read(&plain);
    assert!(read == document());
    assert_eq!(
        repairs,
        BTreeSet::from([LinkedRepair::CamelCase, LinkedRepair::Moved])
    );

    // Two purposes that disagree have no common answer.
    let processing = &mut plain["consent_records"][0]["pii_processing"];
    let mut second = processing["purposes"][0].clone();
    second["jurisdiction"] = json!(["loc:SE"]);
    processing["purposes"].as_array_mut().unwrap().push(second);
    let pointer = "/consent_records/0/pii_processing/jurisdiction";
    assert!(errors(&plain).contains(&(LinkedRule::PurposesDiffer, pointer.to_owned())));
}

#[test]
fn purposes_that_disagree_are_told_once() {
    let mut plain = plain();
    let processing = &mut plain["consent_records"][0]["pii_processing"];
    processing.as_object_mut().unwrap().remove("jurisdiction");
    let mut second = processing["purposes"][0].clone();
    processing["purposes"][0]["jurisdiction"] = json!(["loc:FI"]);
    second["jurisdiction"] = json!(["loc:SE"]);
    processing["purposes"].as_array_mut().unwrap().push(second);
    let pointer = "/consent_records/0/pii_processing/jurisdiction".to_owned();
    assert_eq!(errors(&plain), [(LinkedRule::PurposesDiffer, pointer)]);
}

/// Changes one value of the first record of the single consent, and reads it.
fn changed(pointer: &str, value: Value) -> (Value, BTreeSet<LinkedRepair>) {
    let mut plain = plain();
    *plain.pointer_mut(pointer).unwrap() = value;
    let (read, repairs) = read(&plain);
    let read = serde_json::to_value(read).unwrap();
    (read.pointer(pointer).cloned().unwrap_or_default(), repairs)
}

#[test]
fn what_is_meant_is_said_in_the_form() {
    use LinkedRepair::{
        Boolean, Fraction, FullIri, PartyReference, Single, TextForObject, TextLanguage,
    };
    let processing = "/consent_records/0/pii_processing";
    let purpose = &format!("{processing}/purposes/0");
    let event = "/consent_records/0/events/0";
    for (pointer, given, read, repairs) in [
        (
            format!("{purpose}/title"),
            json!("Namn"),
            json!({ "sv": "Namn" }),
            vec![TextLanguage],
        ),
        (
            format!("{purpose}/purpose"),
            json!("dpv:Marketing"),
            json!(["dpv:Marketing"]),
            vec![Single],
        ),
        (
            format!("{purpose}/purpose/0"),
            json!("https://w3id.org/dpv#Marketing"),
            json!("dpv:Marketing"),
            vec![FullIri],
        ),
        (
            format!("{purpose}/storage_locations"),
            json!("loc:FI"),
            json!([{ "@type": ["dpv:StorageLocation"], "location": ["loc:FI"] }]),
            vec![Single, TextForObject],
        ),
        (
            format!("{purpose}/retention_period/0"),
            json!("P2Y"),
            json!({ "@type": ["dpv:StorageDuration"], "duration": "P2Y" }),
            vec![TextForObject],
        ),
        (
            format!("{purpose}/retention_period/0"),
            json!("två år"),
            json!({ "description": { "sv": "två år" } }),
            vec![TextForObject, TextLanguage],
        ),
        (
            format!("{purpose}/pii_information/0"),
            json!("pd:Name"),
            json!({ "pii_type": ["pd:Name"] }),
            vec![TextForObject],
        ),
        (
            format!("{purpose}/pii_information/0/pii_optional"),
            json!(true),
            json!("dpv:Optional"),
            vec![Boolean],
        ),
        (
            format!("{processing}/withdrawal_method/0"),
            json!("https://other.example/"),
            json!({ "exercised_at": "https://other.example/" }),
            vec![TextForObject],
        ),
        (
            format!("{processing}/privacy_rights/0"),
            json!("eu-gdpr:A15"),
            json!({ "@type": ["eu-gdpr:A15"] }),
            vec![TextForObject],
        ),
        (
            format!("{processing}/privacy_notice/0"),
            json!("https://other.example/"),
            json!({ "@id": "https://other.example/" }),
            vec![TextForObject],
        ),
        (
            format!("{event}/validity_duration"),
            json!("P1Y"),
            json!({ "@type": ["dpv:TemporalDuration"], "duration": "P1Y" }),
            vec![TextForObject],
        ),
        (
            format!("{event}/event_time"),
            json!("2025-01-09T08:00:00.000Z"),
            json!("2025-01-09T08:00:00Z"),
            vec![Fraction],
        ),
        (
            format!("{event}/event_time"),
            json!(["2025-01-09T08:00:00Z"]),
            json!("2025-01-09T08:00:00Z"),
            vec![Single],
        ),
        (
            format!("{processing}/pii_controllers/0"),
            json!("0201256-6"),
            json!("urn:uuid:3f1c2b6e-9d4a-4e5f-8a7b-0c1d2e3f4a5b#controller"),
            vec![PartyReference],
        ),
        (
            "/consent_records/0/header/pii_principal_id".to_owned(),
            json!("somebody"),
            json!("_:pii-principal-0"),
            vec![PartyReference],
        ),
    ] {
        let found = changed(&pointer, given);
        assert_eq!(found, (read, repairs.into_iter().collect()), "{pointer}");
    }
}

#[test]
fn identifiers_are_taken_from_either_property() {
    let mut plain = plain();
    let mut take = |pointer: &str, key: &str| {
        let object = plain.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        object.remove(key).unwrap();
    };
    take("", "receipt_id");
    take("/consent_records/0/header", "record_id");
    take("/party_identification/0", "party_id");
    take("/party_identification/0", "@id");
    take("", "@context");
    for pointer in [
        "/consent_records/0/pii_processing/pii_controllers/0",
        "/consent_records/1/pii_processing/pii_controllers/0",
    ] {
        *plain.pointer_mut(pointer).unwrap() = json!("0201256-6");
    }
    for record in plain["consent_records"].as_array_mut().unwrap() {
        let processing = &mut record["pii_processing"];
        processing["services"][0]["provider"] = json!("0201256-6");
        processing["purposes"][0]["recipient_third_parties"][0] = json!("0201256-6");
    }
    let (read, repairs) = read(&plain);
    let wanted = [
        LinkedRepair::Context,
        LinkedRepair::Identifier,
        LinkedRepair::PartyReference,
    ];
    assert_eq!(repairs, BTreeSet::from(wanted));
    assert!(read.receipt().is_ok_and(|back| back == sample("pair")));
}

#[test]
fn nothing_is_invented() {
    let mut plain = plain();
    let mut spoil = |pointer: &str, value: Value| *plain.pointer_mut(pointer).unwrap() = value;
    spoil("/consent_records/0/pii_processing/language", json!([]));
    spoil("/consent_records/1/pii_processing/language", json!([]));
    spoil(
        "/consent_records/0/pii_processing/purposes/0/title",
        json!("a text"),
    );
    spoil(
        "/consent_records/0/pii_processing/purposes/0/storage_locations",
        json!(["Helsinki"]),
    );
    spoil("/consent_records/0/events/0/event_state", json!("given"));
    let purpose = "/consent_records/0/pii_processing/purposes/0";
    let at = |pointer: &str| pointer.to_owned();
    assert_eq!(
        errors(&plain),
        [
            (
                LinkedRule::UnknownTerm,
                at("/consent_records/0/events/0/event_state/0")
            ),
            (
                LinkedRule::EmptyList,
                at("/consent_records/0/pii_processing/language")
            ),
            (
                LinkedRule::WrongType,
                format!("{purpose}/storage_locations/0")
            ),
            (LinkedRule::NoLanguage, format!("{purpose}/title")),
            (
                LinkedRule::EmptyList,
                at("/consent_records/1/pii_processing/language")
            ),
        ]
    );
}

#[test]
fn a_receipt_as_others_write_it_says_all_that_it_lacks() {
    // The members of a consent manager that is in use, with nothing in them that we need to guess.
    let party = json!({ "partyId": "c-1", "partyName": "A", "partyType": "x" });
    let purpose =
        json!({ "purpose": "Marketing", "piiInformation": [{}], "retentionPeriod": "1y" });
    let camel = json!({
        "record": { "schemaVersion": "1.0", "recordId": "r-1", "piiPrincipalId": "p-1" },
        "piiProcessing": {
            "privacyNotice": "https://a.example/notice", "language": "en", "purposes": [purpose]
        },
        "event": [{ "eventTime": "2025-01-09T08:00:00.000Z", "eventState": "consent given" }],
        "partyIdentification": [party],
    });
    let found: BTreeSet<String> = errors(&camel)
        .into_iter()
        .map(|(rule, pointer)| format!("{} {pointer}", rule.code()))
        .collect();
    let record = "/consent_records/0";
    for wanted in [
        "linked_missing /party_identification/0/party_address".to_owned(),
        format!("linked_missing {record}/pii_processing/jurisdiction"),
        format!("linked_missing {record}/pii_processing/withdrawal_method"),
        format!("linked_missing {record}/pii_processing/purposes/0/pii_information/0/pii_type"),
        format!("linked_unknown_term {record}/pii_processing/purposes/0/purpose/0"),
        format!("linked_missing {record}/events/0/validity_duration"),
        format!("linked_missing {record}/events/0/event_type"),
        format!("linked_missing {record}/events/0/entity_id"),
        format!("linked_unknown_term {record}/events/0/event_state/0"),
    ] {
        assert!(found.contains(&wanted), "{wanted}: {found:?}");
    }
}

#[test]
fn repairs_have_codes_of_their_own() {
    let codes: BTreeSet<&str> = LinkedRepair::ALL
        .iter()
        .map(|repair| repair.code())
        .collect();
    assert_eq!(codes.len(), LinkedRepair::ALL.len());
    assert!(codes.iter().all(|code| code.starts_with("linked_repair_")));
}
