//! The linked form under hostile input: what is too large, what is made to be slow, what was spoiled.

use crate::linked_rules::{SECRET, at, document, found, set};
use crate::support::{sample, samples};
use mydata_receipt::Receipt;
use mydata_receipt::finding::Level;
use mydata_receipt::linked::{self, Document, LIMITS, LinkedRule};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn octets_that_are_no_receipt_are_refused() {
    let deep = ["[".repeat(40), "]".repeat(40)].concat();
    let many = format!("[{}0]", "0,".repeat(70_000));
    let huge = format!("{{\"x\":\"{}\"}}", "x".repeat(10_000_000));
    for (octets, rule) in [
        ("", "linked_not_json"),
        ("{", "linked_not_json"),
        ("{} s3cret", "linked_not_json"),
        ("\u{feff}{}", "linked_not_json"),
        (&deep, "linked_too_deep"),
        (&many, "linked_too_large"),
        (&huge, "linked_too_large"),
        ("[]", "linked_wrong_type"),
        ("null", "linked_wrong_type"),
    ] {
        assert_eq!(found(octets.as_bytes()), [format!("error {rule} ")]);
    }
    assert_eq!(found(&[0xff, 0xfe]), ["error linked_not_json "]);
}

/// Documents that are made to be slow, each as large as may be read.
#[test]
fn a_hostile_document_takes_no_longer_than_it_must() {
    let parties = vec![json!({}); 30_000];
    let mut document = document("single");
    document["party_identification"] = json!(parties);
    let octets = serde_json::to_vec(&document).unwrap();
    assert!(linked::validate(&octets).count(Level::Error) > 60_000);

    let purposes = vec![json!({}); 10_000];
    let shared = vec![json!("P1Y"); 10_000];
    let processing = json!({ "purposes": purposes, "retention_period": shared });
    document["party_identification"] = json!([{}]);
    set(&mut document, &at("/pii_processing"), processing);
    let octets = serde_json::to_vec(&document).unwrap();
    let line = format!("error linked_too_large {}", at("/pii_processing"));
    assert!(found(&octets).contains(&line));

    let ids: Vec<Value> = (0..9_000).map(|at| json!(format!("urn:x:{at}"))).collect();
    set(
        &mut document,
        &at("/pii_processing"),
        json!({ "pii_controllers": ids }),
    );
    let party = |at| json!({ "@id": format!("urn:y:{at}"), "party_id": format!("{at}") });
    document["party_identification"] = (0..7_000).map(party).collect();
    let octets = serde_json::to_vec(&document).unwrap();
    let dangling = |line: &&String| line.starts_with("error linked_dangling_party");
    assert!(found(&octets).iter().filter(dangling).count() >= 9_000);
}

/// A document of one record that is no more than its processing.
fn of_processing(processing: &str) -> Vec<u8> {
    let record = ["{\"header\":{},\"pii_processing\":", processing, "}"].concat();
    ["{\"consent_records\":[", &record, "]}"]
        .concat()
        .into_bytes()
}

#[test]
fn a_small_document_does_not_become_a_large_one() {
    let processing = |octets: usize, purposes: usize| {
        let (text, purposes) = ("x".repeat(octets), vec!["{}"; purposes].join(","));
        of_processing(&format!(
            "{{\"identifier\":\"{text}\",\"purposes\":[{purposes}]}}"
        ))
    };
    let line = format!("error linked_too_large {}", at("/pii_processing"));
    for (octets, purposes, is_refused) in [
        (200_000, 4, false),
        (200_000, 20, true),
        (200_000, 4_000, true),
        (10, 20_000, false),
        // Not the octets but the values.
        (10, 33_000, true),
    ] {
        let found = found(&processing(octets, purposes));
        assert_eq!(found.contains(&line), is_refused, "{octets} {purposes}");
    }
}

#[test]
fn the_copies_of_all_records_count_together() {
    let text = "y".repeat(50_000);
    let mut document = serde_json::to_value(Document::of(&sample("pair"))).unwrap();
    for record in document["consent_records"].as_array_mut().unwrap() {
        let processing = &mut record["pii_processing"];
        let mut purpose = processing["purposes"][0].clone();
        purpose.as_object_mut().unwrap().remove("description");
        processing["purposes"] = json!(vec![purpose; 25]);
        processing["description"] = json!({ "en": text });
    }
    let octets = serde_json::to_vec(&document).unwrap();
    assert!(octets.len() < LIMITS.octets);
    let report = linked::read(&octets).unwrap_err();
    let errors = report.findings.iter().filter(|f| f.level == Level::Error);
    let errors: Vec<_> = errors.map(|f| (&*f.pointer, f.rule)).collect();
    // The copies of the first fit, those of the second do not fit beside them.
    assert!(errors.contains(&("/consent_records/1/pii_processing", LinkedRule::TooLarge)));
    assert!(!errors.contains(&("/consent_records/0/pii_processing", LinkedRule::TooLarge)));
}

#[test]
fn what_is_read_can_be_read_again_however_much_longer_it_has_become() {
    let (mut read, mut refused) = (0, 0);
    for copies in [1, 2_000, 6_000, 9_000, 12_000] {
        let mut document = document("single");
        let purpose = at("/pii_processing/purposes/0");
        // Each becomes an object.
        let places = vec![json!("loc:FI"); copies];
        set(
            &mut document,
            &[&purpose, "/storage_locations"].concat(),
            json!(places),
        );
        let data = vec![json!("pd:Name"); copies];
        set(
            &mut document,
            &[&purpose, "/pii_information"].concat(),
            json!(data),
        );
        match linked::read(&serde_json::to_vec(&document).unwrap()) {
            Ok(reading) => {
                let again = linked::read(&reading.document.to_json().unwrap()).unwrap();
                assert!(again.document == reading.document && again.repairs.is_empty());
                read += 1;
            }
            Err(report) => {
                let last = report.findings.last().unwrap();
                assert_eq!((&*last.pointer, last.rule), ("", LinkedRule::TooLarge));
                refused += 1;
            }
        }
    }
    assert!(read > 1 && refused > 1);
}

/// Names that stand a thousand times, in each of sixteen purposes.
#[test]
fn many_names_in_many_purposes_are_told_once_for_each() {
    let twice = "\"purposeType\":0,".repeat(1_000);
    let names: Vec<String> = (0..1_000).map(|at| format!("\"z{at}\":0")).collect();
    let purposes = vec![format!("{{{}}}", names.join(",")); 16].join(",");
    let octets = of_processing(&format!("{{{twice}\"purposes\":[{purposes}]}}"));
    let found = found(&octets);
    let of = |line: &str| found.iter().filter(|known| known.starts_with(line)).count();
    assert_eq!(of("error linked_duplicate_member"), 1);
    assert_eq!(of("note linked_unknown_member"), 16);
    // One copy in each purpose, however often the member stands outside.
    assert_eq!(of("error linked_wrong_type"), 16);
}

#[test]
fn many_parties_of_records_become_parties_once() {
    let party = |at: usize| json!({ "@id": format!("_:p{at}"), "party_id": "p", "party_type": ["mydata:X"], "party_phone": format!("{at}") });
    let parties: Vec<Value> = (0..3_000).map(party).collect();
    let mut document = serde_json::to_value(Document::of(&sample("pair"))).unwrap();
    for record in document["consent_records"].as_array_mut().unwrap() {
        record["party_identification"] = json!(parties);
    }
    let found = found(&serde_json::to_vec(&document).unwrap());
    let twice = |line: &&String| line.starts_with("error linked_party_twice");
    assert_eq!(found.iter().filter(twice).count(), 0);
    let missing = |line: &&String| line.starts_with("error linked_missing /party_identification/");
    assert_eq!(found.iter().filter(missing).count(), 3 * 3_000);
}

/// The pair after so many events of each half.
fn long_life(events: u64) -> Receipt {
    let mut pair = samples()["pair"].clone();
    for record in pair["grounds"]["consent"]["records"]
        .as_array_mut()
        .unwrap()
    {
        let first = record["events"][0].clone();
        let event = |at: u64| {
            let mut event = first.clone();
            if at > 0 {
                event["state"] = json!(if at % 2 == 1 { "paused" } else { "resumed" });
                event["reason"] = json!("owner_wish");
            }
            event
        };
        record["events"] = (0..events).map(event).collect();
    }
    serde_json::from_value(pair).unwrap()
}

#[test]
fn a_long_life_is_read_again() {
    let receipt = long_life(601);
    let octets = Document::of(&receipt).to_json().unwrap();
    let reading = linked::read(&octets).map_err(|report| format!("{:?}", report.findings));
    let back = reading.unwrap().document.receipt();
    assert!(back.is_ok_and(|back| back == receipt));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is put in the place of anything, the validator and the reader agree, and neither panics.
    #[test]
    fn a_spoiled_document_is_read_or_refused(seed in any::<prop::sample::Index>(), with in 0..9_usize) {
        let mut document = serde_json::to_value(Document::of(&sample("pair"))).unwrap();
        let mut pointers = Vec::new();
        places(&document, "", &mut pointers);
        let pointer = seed.get(&pointers).clone();
        let values = [
            Value::Null, json!(true), json!(-1), json!(1.5), json!(SECRET), json!([]), json!({}),
            json!([[SECRET]]), json!({ "@id": SECRET }),
        ];
        *document.pointer_mut(&pointer).unwrap() = values[with].clone();
        let octets = serde_json::to_vec(&document).unwrap();
        let report = linked::validate(&octets);
        let shown = format!("{report:?}");
        prop_assert!(!shown.contains(SECRET), "{}", pointer);
        match linked::read(&octets) {
            Ok(reading) => {
                prop_assert!(report.is_valid());
                let again = reading.document.to_json().unwrap();
                let again = linked::read(&again).unwrap();
                prop_assert!(again.document == reading.document);
                let is_error = |found: &&mydata_receipt::finding::Finding<LinkedRule>| found.level == Level::Error;
                prop_assert_eq!(again.report.findings.iter().filter(is_error).count(), 0);
            }
            Err(refused) => {
                prop_assert_eq!(&refused, &report);
                prop_assert!(!report.is_valid());
                // A fault that nobody can place would be a fault of the reader's own.
                let is_placed = |f: &mydata_receipt::finding::Finding<LinkedRule>| !f.pointer.is_empty();
                prop_assert!(report.findings.iter().any(is_placed), "{}", pointer);
            }
        }
    }
}

pub(crate) fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    if !pointer.is_empty() {
        found.push(pointer.to_owned());
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "@context") {
                places(value, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                places(value, &format!("{pointer}/{at}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
