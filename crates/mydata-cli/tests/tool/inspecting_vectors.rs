//! What the vectors say is wrong, `inspect` finds, unless it takes keys to see it.

use crate::support::{Desk, GOOD, cases, folder, vector_files};
use serde_json::Value;
use std::collections::BTreeSet;

/// Codes that only keys show.
const WITH_KEYS: &[&str] = &[
    "jws_kid_unknown",
    "jws_kid_ambiguous",
    "jws_alg_mismatch",
    "jws_signature_invalid",
    "jws_signer_set",
];

#[test]
fn it_finds_what_the_verifier_finds() {
    let desk = Desk::new();
    let mut looked = 0;
    for file in vector_files() {
        if !file.starts_with(folder().join("records")) {
            continue;
        }
        for case in cases(&file) {
            let verify = &case["task"]["verify"];
            let envelope = verify["envelope"].as_str().unwrap();
            let expected = case["expect"]["refused"].as_str().unwrap_or_default();
            // Another kind's record is a record all the same.
            let is_other = expected == "jws_typ_mismatch";
            if expected.is_empty() || WITH_KEYS.contains(&expected) || is_other {
                continue;
            }
            let ran = desk.feed(
                &["inspect", "-", "--json", "--at", GOOD],
                envelope.as_bytes(),
            );
            assert_eq!(ran.status, 1, "{}: {expected}", case["id"]);
            let codes = ran.codes();
            assert!(
                codes.iter().any(|code| code == expected),
                "{}: {expected}: {codes:?}",
                case["id"]
            );
            looked += 1;
        }
    }
    assert!(looked > 200, "{looked}");
}

#[test]
fn it_finds_every_fault_of_receipts_keys_and_descriptions() {
    let desk = Desk::new();
    let inspect = |text: &str| {
        let ran = desk.feed(&["inspect", "-", "--json", "--at", GOOD], text.as_bytes());
        ran.codes().into_iter().collect::<BTreeSet<_>>()
    };
    let mut looked = 0;
    for name in ["kantara", "linked"] {
        for case in cases(&folder().join(format!("receipt/{name}.json"))) {
            let validate = &case["task"]["receipt"]["validate"];
            let (Some(text), true) = (validate["text"].as_str(), validate["pad"].is_null()) else {
                continue;
            };
            let findings = case["expect"]["accepted"]["findings"].as_array().unwrap();
            let errors = findings.iter().filter(|found| found["level"] == "error");
            let errors: BTreeSet<String> = errors
                .map(|found| found["rule"].as_str().unwrap().to_owned())
                .collect();
            let is_told = serde_json::from_str::<Value>(text).is_ok_and(|value| {
                [
                    "consentReceiptID",
                    "piiControllers",
                    "@context",
                    "consent_records",
                    "schema_version",
                ]
                .iter()
                .any(|member| value.get(member).is_some())
            });
            if is_told {
                let found = inspect(text);
                assert!(
                    errors.is_subset(&found),
                    "{}: {errors:?} {found:?}",
                    case["id"]
                );
                looked += 1;
            }
        }
    }
    for case in cases(&folder().join("plain/describing-service.json")) {
        let text = case["task"]["description"]["text"].as_str().unwrap();
        let refused = match &case["expect"]["refused"] {
            Value::String(code) => BTreeSet::from([code.clone()]),
            Value::Array(codes) => codes
                .iter()
                .map(|code| code.as_str().unwrap().to_owned())
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => continue,
        };
        let is_told = text.contains("\"serviceId\"") && serde_json::from_str::<Value>(text).is_ok();
        if is_told {
            let found = inspect(text);
            assert!(
                refused.is_subset(&found),
                "{}: {refused:?} {found:?}",
                case["id"]
            );
            looked += 1;
        }
    }
    assert!(looked > 60, "{looked}");
}
