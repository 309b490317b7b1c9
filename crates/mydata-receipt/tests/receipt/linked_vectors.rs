//! The linked form as files, for readers in other languages.
//!
//! `MYDATA_BLESS=1 cargo test -p mydata-receipt linked_vectors` writes them again;
//! `tests/linked-data/run` expands them.

use crate::support::samples;
use mydata_receipt::Receipt;
use mydata_receipt::linked::Document;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// What an event looks like that comes after the consent was given.
fn then(state: &str, by: &str, reason: Option<&str>, at: u64) -> Value {
    let mut event = json!({ "at": at, "state": state, "by": by });
    if let Some(reason) = reason {
        event["reason"] = reason.into();
    }
    if state != "expired" {
        let sha256 = "YYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYY";
        event["record"] = json!({ "record_id": format!("csr-{state}"), "sha256": sha256 });
    }
    event
}

/// The pair of the samples with these events after the first.
fn pair(events: &[Value]) -> Value {
    let mut pair = samples()["pair"].clone();
    for record in pair["grounds"]["consent"]["records"]
        .as_array_mut()
        .unwrap()
    {
        record["events"]
            .as_array_mut()
            .unwrap()
            .extend_from_slice(events);
    }
    pair
}

fn single() -> Value {
    let mut single = samples()["pair"].clone();
    single.as_object_mut().unwrap().remove("source");
    let records = single["grounds"]["consent"]["records"]
        .as_array_mut()
        .unwrap();
    records.remove(0);
    single
}

fn notice(basis: &str, article: &str, remedy: &str) -> Value {
    let mut notice = samples()["law"].clone();
    notice["grounds"]["law"]["basis"] = basis.into();
    notice["remedy"]["kind"] = remedy.into();
    for process in notice["processes"].as_array_mut().unwrap() {
        process["legal_basis"] = json!([article]);
    }
    notice
}

/// Every receipt of the files, by name.
pub(crate) fn receipts() -> Vec<(&'static str, Receipt)> {
    let day = 86_400;
    let at = |days: u64| 1_736_409_600 + days * day;
    let paused = then("paused", "operator", Some("suspected_misuse"), at(1));
    let all = vec![
        ("in_force", pair(&[])),
        ("single", single()),
        ("withdrawn", samples()["withdrawn"].clone()),
        (
            "revoked",
            pair(&[then("revoked", "operator", Some("service_left"), at(2))]),
        ),
        (
            "expired",
            pair(&[then("expired", "system", Some("expired"), at(120))]),
        ),
        ("paused", pair(std::slice::from_ref(&paused))),
        (
            "resumed",
            pair(&[paused, then("resumed", "data_subject", None, at(3))]),
        ),
        (
            "contract",
            notice("contract", "eu-gdpr:A6-1-b", "end_contract"),
        ),
        (
            "legal_obligation",
            notice("legalObligation", "eu-gdpr:A6-1-c", "nothing"),
        ),
        (
            "vital_interest",
            notice("vitalInterest", "eu-gdpr:A6-1-d", "object"),
        ),
        (
            "public_interest",
            notice("publicInterest", "eu-gdpr:A6-1-e", "object"),
        ),
        (
            "legitimate_interest",
            notice("legitimateInterest", "eu-gdpr:A6-1-f", "object"),
        ),
    ];
    let read = |(name, value)| (name, serde_json::from_value(value).unwrap());
    all.into_iter().map(read).collect()
}

#[test]
fn the_files_are_what_is_written() {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors/receipt/linked");
    let is_blessed = std::env::var_os("MYDATA_BLESS").is_some();
    let receipts = receipts();
    for (name, receipt) in &receipts {
        let document = serde_json::to_string_pretty(&Document::of(receipt)).unwrap();
        let document = document + "\n";
        let file = folder.join(format!("{name}.jsonld"));
        if is_blessed {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&file, &document).unwrap();
        }
        assert!(fs::read_to_string(&file).unwrap() == document, "{name}");
    }
    let files = fs::read_dir(&folder).unwrap().count();
    assert_eq!(files, receipts.len(), "files that nobody writes");
}
