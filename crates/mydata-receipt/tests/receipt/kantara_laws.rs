//! Kantara 1.1: laws of the writer, the validator, the reader and the table of losses.

use crate::arbitrary;
use crate::kantara_plain::plain;
use crate::support::sample;
use mydata_core::lang::Language;
use mydata_receipt::Receipt;
use mydata_receipt::finding::{Finding, Report};
use mydata_receipt::kantara::{
    Document, KantaraRule, Schema, losses, read, schema_accepts, validate,
};
use mydata_receipt::loss::Kept;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn config(cases: u32) -> ProptestConfig {
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
fn pointers(value: &Value, pointer: &str, all: &mut Vec<String>) {
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

/// Words of our enumerations and texts of our checked types: one of them is another valid value for
/// almost any text.
const OTHERS: &[&str] = &[
    "FI",
    "SE",
    "fi",
    "sv",
    "source",
    "Source",
    "Sink",
    "desk",
    "web",
    "spoken",
    "confirm",
    "parent",
    "oneself",
    "low",
    "high",
    "operator",
    "own_device",
    "given",
    "paused",
    "system",
    "service",
    "owner_wish",
    "expired",
    "required",
    "optional",
    "ordinary",
    "confidential",
    "withdraw",
    "object",
    "dpv:Marketing",
    "dpv:RecordManagement",
    "dpv:Store",
    "dpv:Use",
    "pd:Health",
    "pd:Income",
    "eu-gdpr:A6-1-b",
    "eu-gdpr:A6-1-f",
    "eu-gdpr:A15",
    "eu-gdpr:A16",
    "+35812345678",
    "https://other.example/x",
    "3f1c2b6e-9d4a-4e5f-8a7b-0c1d2e3f4a5f",
    "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZY",
    "a@other.example",
];

/// Other values for a leaf, some of them valid.
fn others(leaf: &Value) -> Vec<Value> {
    match leaf {
        Value::String(text) => {
            let longer = json!(format!("{text}x"));
            let words = OTHERS.iter().map(|other| json!(other));
            std::iter::once(longer).chain(words).collect()
        }
        Value::Number(number) => {
            let number = number.as_u64().unwrap();
            vec![json!(number + 1), json!(number.saturating_sub(1))]
        }
        Value::Bool(value) => vec![json!(!value)],
        Value::Null | Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

/// Every fact changes what is written, or is told as lost; how many facts have no other value.
fn hold_losses_to_the_truth(receipt: &Receipt, language: Language) -> BTreeSet<String> {
    let value = serde_json::to_value(receipt).unwrap();
    let written = |receipt: &Receipt| {
        let document = Document::of(receipt, language);
        document.map(|document| document.to_json().unwrap())
    };
    let before = written(receipt).unwrap();
    let losses = losses(receipt, language);
    let mut all = Vec::new();
    pointers(&value, "", &mut all);
    let mut skipped = BTreeSet::new();
    for pointer in all {
        let other = others(value.pointer(&pointer).unwrap())
            .into_iter()
            .find_map(|other| {
                let mut value = value.clone();
                *value.pointer_mut(&pointer).unwrap() = other;
                let other: Receipt = serde_json::from_value(value).ok()?;
                (other != *receipt).then_some(other)
            });
        let is_leaf = !others(value.pointer(&pointer).unwrap()).is_empty();
        let Some(other) = other else {
            skipped.extend(is_leaf.then_some(pointer));
            continue;
        };
        let loss = losses.iter().find(|loss| loss.pointer == pointer);
        let is_lost = loss.is_some_and(|loss| loss.kept == Kept::Nowhere);
        let is_changed = written(&other) != Ok(before.clone());
        assert_eq!(is_changed, !is_lost, "{pointer} in {language}");
    }
    skipped
}

#[test]
fn the_table_of_losses_is_true() {
    for language in [
        Language::FI,
        Language::SV,
        Language::EN,
        Language::parse("se").unwrap(),
    ] {
        let skipped = hold_losses_to_the_truth(&sample("pair"), language);
        // The one fact that has a single value.
        assert_eq!(skipped, BTreeSet::from(["/version".to_owned()]));
    }
}

#[test]
fn a_loss_is_kept_in_the_extension_or_nowhere() {
    let losses = losses(&sample("pair"), Language::EN);
    let kept = |pointer: &str| losses.iter().find(|l| l.pointer == pointer).map(|l| l.kept);
    for (pointer, expected) in [
        ("/receipt_id", None),
        ("/controller/party/name/en", None),
        ("/controller/party/name/fi", Some(Kept::Nowhere)),
        ("/grounds/consent/exp", Some(Kept::Extension)),
        (
            "/grounds/consent/records/0/events/0/state",
            Some(Kept::Extension),
        ),
        (
            "/grounds/consent/ceremony/acting/capacity",
            Some(Kept::Extension),
        ),
        (
            "/grounds/consent/ceremony/acting/minor/age",
            Some(Kept::Nowhere),
        ),
        ("/processes/0/left_out/0/dataset_id", Some(Kept::Extension)),
        ("/processes/0/left_out/0/title/en", Some(Kept::Nowhere)),
        ("/processes/0/retention/days", Some(Kept::Nowhere)),
    ] {
        assert_eq!(kept(pointer), expected, "{pointer}");
    }
}

/// Every process of many loses what one loses. (Each loss is looked up among the texts, and a look at
/// all of them would take minutes here.)
#[test]
fn many_processes_lose_what_one_loses() {
    let mut receipt = sample("pair");
    let one = losses(&receipt, Language::FI).len();
    let process = receipt.processes[0].clone();
    receipt.processes.push(process.clone());
    let each = losses(&receipt, Language::FI).len() - one;
    receipt.processes.resize(2000, process);
    assert_eq!(losses(&receipt, Language::FI).len(), one + 1999 * each);
}

proptest! {
    #![proptest_config(config(3))]

    #[test]
    fn the_table_of_losses_is_true_of_any_receipt(
        receipt in arbitrary::in_force_for_days(),
        language in arbitrary::language(),
    ) {
        let skipped = hold_losses_to_the_truth(&receipt, language);
        prop_assert_eq!(skipped.len(), 1, "{:?}", skipped);
    }
}
