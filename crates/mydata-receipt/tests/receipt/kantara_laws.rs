//! Kantara 1.1: laws of the writer, the validator and the reader.

use crate::arbitrary;
use crate::kantara_plain::plain;
use mydata_core::lang::Language;
use mydata_receipt::finding::{Finding, Report};
use mydata_receipt::kantara::{Document, KantaraRule, Schema, read, schema_accepts, validate};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A number of cases, and no file of failures.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn what_is_written_has_no_findings_and_reads_as_it_was(
        receipt in arbitrary::in_force(),
        language in arbitrary::language(),
    ) {
        let document = Document::of(&receipt, language).unwrap();
        let octets = document.to_json().unwrap();
        prop_assert_eq!(validate(&octets).findings, []);
        prop_assert!(schema_accepts(&octets));
        let reading = read(&octets).unwrap();
        prop_assert!(reading.document == document);
        prop_assert_eq!(reading.repairs, []);
        prop_assert!(reading.document.to_json().unwrap() == octets);
    }

    #[test]
    fn what_is_in_force_is_written_and_nothing_else(receipt in arbitrary::receipt()) {
        let given = receipt.given();
        let is_in_force = given.is_some_and(|given| {
            given.state().unwrap().is_valid() && given.exp.is_none_or(|exp| exp > receipt.issued)
        });
        prop_assert_eq!(Document::of(&receipt, Language::FI).is_ok(), is_in_force);
    }
}

/// One way to spoil a document at some place of it.
#[derive(Debug, Clone)]
enum Spoil {
    Set(Value),
    Drop,
    Rename(&'static str),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let values = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-7),
        json!(1.0),
        json!(1.5),
        json!(1_700_000_000_000_u64),
        json!(u64::MAX),
        json!(""),
        json!(" "),
        json!("EN"),
        json!("KI-CR-v1.1.O"),
        json!("1 - Contact"),
        json!("2 Contact"),
        json!("Billing"),
        json!("IMPLICIT by walking in"),
        json!("+358 9 1234567"),
        json!("https://a.example/"),
        json!([]),
        json!(["6 - Health"]),
        json!([{}]),
        json!({}),
        json!({ "service": "a", "version": { "address": 1 } }),
    ];
    let names = &[
        "policyURL",
        "on_behalf",
        "spi_cat",
        "Version",
        "x_mydata",
        "other",
    ];
    prop_oneof![
        4 => select(values).prop_map(Spoil::Set),
        1 => Just(Spoil::Drop),
        1 => select(&names[..]).prop_map(Spoil::Rename),
    ]
}

fn spoilt(mut document: Value, spoils: &[(Index, Spoil)]) -> Value {
    for (at, spoil) in spoils {
        let mut all = Vec::new();
        pointers(&document, "", &mut all);
        let pointer = at.get(&all).clone();
        let Some((object, name)) = pointer.rsplit_once('/') else {
            continue;
        };
        match (document.pointer_mut(object).unwrap(), spoil.clone()) {
            (Value::Object(members), Spoil::Set(value)) => {
                members.insert(name.to_owned(), value);
            }
            (Value::Object(members), Spoil::Drop) => {
                members.remove(name);
            }
            (Value::Object(members), Spoil::Rename(other)) => {
                let value = members.remove(name).unwrap();
                members.insert(other.to_owned(), value);
            }
            (values, Spoil::Set(value)) => values[name.parse::<usize>().unwrap()] = value,
            (_, Spoil::Drop | Spoil::Rename(_)) => {}
        }
    }
    document
}

/// Whether the schema lets through every finding.
fn lets_all_through(report: &Report<KantaraRule>) -> bool {
    let mut findings = report.findings.iter();
    findings.all(|found| found.schema() == Schema::LetsThrough)
}

/// Findings without their order, which is that of the document.
fn sorted(report: &Report<KantaraRule>) -> BTreeSet<(&str, KantaraRule)> {
    let findings = report.findings.iter();
    findings
        .map(|found| (found.pointer.as_str(), found.rule))
        .collect()
}

/// Every value of a document, also the objects.
pub(crate) fn pointers(value: &Value, pointer: &str, all: &mut Vec<String>) {
    all.push(pointer.to_owned());
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                pointers(value, &format!("{pointer}/{name}"), all);
            }
        }
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                pointers(value, &format!("{pointer}/{at}"), all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn the_validator_the_schema_and_the_reader_agree(
        spoils in prop::collection::vec((any::<Index>(), spoil()), 1..4),
    ) {
        let document = spoilt(plain(), &spoils);
        let octets = serde_json::to_vec(&document).unwrap();
        let report = validate(&octets);
        // The schema accepts exactly where it is said to let through every finding.
        prop_assert_eq!(schema_accepts(&octets), lets_all_through(&report), "{}", document);
        // A place is made of names of the form, and numbers.
        let names = "version jurisdiction consentTimestamp collectionMethod consentReceiptID \
            publicKey language piiPrincipalId piiControllers policyUrl services sensitive spiCat \
            x_mydata piiController onBehalf contact address email phone piiControllerUrl @type \
            streetAddress postOfficeBoxNumber postalCode addressLocality addressRegion \
            addressCountry service purposes purpose purposeCategory consentType piiCategory \
            primaryPurpose termination thirdPartyDisclosure thirdPartyName";
        for found in &report.findings {
            for step in found.pointer.split('/').skip(1) {
                let is_name = names.split_whitespace().any(|name| name == step);
                prop_assert!(is_name || step.parse::<usize>().is_ok(), "{}", found.pointer);
            }
        }
        match read(&octets) {
            Ok(reading) => {
                // What is right needs no repair but for what is no error, and what is wrong needs one.
                prop_assert!(report.is_valid() || !reading.repairs.is_empty());
                let written = reading.document.to_json().unwrap();
                let judged = validate(&written);
                prop_assert_eq!(sorted(&judged), sorted(&reading.remaining));
                let again = read(&written).unwrap();
                prop_assert_eq!(again.repairs, []);
                prop_assert!(again.document == reading.document);
            }
            // The reader refuses nothing that the validator finds right, but for a member under a
            // wrong name: the validator passes over it, and the reader takes it, faults and all.
            Err(left) => {
                let is_misspelt = |found: &Finding<_>| found.rule == KantaraRule::Misspelt;
                let is_refused = !report.is_valid() || report.findings.iter().any(is_misspelt);
                prop_assert!(!left.is_valid() && is_refused);
            }
        }
    }

    #[test]
    fn no_octets_stop_it(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let report = validate(&octets);
        prop_assert!(!report.is_valid());
        prop_assert!(read(&octets).is_err() && !schema_accepts(&octets));
    }
}

/// A document of brackets is what the bounds are for: nobody asks the schema.
#[test]
fn the_law_of_the_schema_holds_beyond_the_bounds() {
    let wide: Vec<String> = (0..1025).map(|n| format!("\"m{n}\":0")).collect();
    for text in [
        "[".repeat(18),
        "[".repeat(40),
        format!("{}{}", "[".repeat(40), "]".repeat(40)),
        format!("[{}0]", "0,".repeat(70_000)),
        format!("{{{}}}", wide.join(",")),
        format!("{}{}", plain(), " ".repeat(2 << 20)),
        "[]".to_owned(),
    ] {
        let report = validate(text.as_bytes());
        assert!(!report.is_valid());
        assert!(!schema_accepts(text.as_bytes()) && !lets_all_through(&report));
    }
}
