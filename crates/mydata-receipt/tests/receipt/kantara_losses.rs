//! Kantara 1.1: the table of losses is true.

use crate::arbitrary;
use crate::kantara_laws::{config, pointers};
use crate::support::sample;
use mydata_core::lang::Language;
use mydata_receipt::Receipt;
use mydata_receipt::kantara::{Document, losses};
use mydata_receipt::loss::Kept;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

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
    receipt.processes.resize(1000, process);
    assert_eq!(losses(&receipt, Language::FI).len(), one + 999 * each);
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
