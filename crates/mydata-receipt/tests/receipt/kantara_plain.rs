//! A receipt of Kantara 1.1 by somebody else, and ways to spoil it.

use mydata_receipt::finding::Report;
use mydata_receipt::kantara::{KantaraRule, schema_accepts, validate};
use serde_json::{Value, json};

/// A receipt of somebody else's, without anything of ours, with every member of the form.
pub(crate) fn plain() -> Value {
    json!({
        "version": "KI-CR-v1.1.0",
        "jurisdiction": "FI SE",
        "consentTimestamp": 1_700_000_000,
        "collectionMethod": "web form with a box to tick",
        "consentReceiptID": "0B6A9F5C-58D3-4C42-9D3C-6F5B7A1E2D30",
        "publicKey": "a key",
        "language": "en",
        "piiPrincipalId": "reader-7",
        "piiControllers": [{
            "piiController": "Town Library",
            "onBehalf": false,
            "contact": "Head librarian",
            "address": { "streetAddress": "Kirjatie 1", "addressLocality": "Tuusula", "addressCountry": "FI" },
            "email": "library@town.example",
            "phone": "tel:+358-9-1234567",
            "piiControllerUrl": "http://town.example/library"
        }],
        "policyUrl": "https://town.example/library/privacy",
        "services": [{
            "service": "Reading tips",
            "purposes": [{
                "purpose": "Tips by what you have borrowed",
                "purposeCategory": ["5 - Personalized Experience", "1 - Core Function"],
                "consentType": "EXPLICIT",
                "piiCategory": ["2 - Contact", "6 - Health"],
                "primaryPurpose": true,
                "termination": "Stop at any time in your settings",
                "thirdPartyDisclosure": true,
                "thirdPartyName": "Tips Ltd"
            }]
        }],
        "sensitive": true,
        "spiCat": ["6 - Health"]
    })
}

/// Where its purpose is.
pub(crate) const PURPOSE: &str = "/services/0/purposes/0";

/// The plain receipt with another value at `pointer`, whose last step may be new.
pub(crate) fn set(pointer: &str, value: Value) -> Value {
    with(plain(), pointer, Some(value))
}

/// The plain receipt without the member at `pointer`.
pub(crate) fn without(pointer: &str) -> Value {
    with(plain(), pointer, None)
}

/// The plain receipt with another name for the member at `pointer`.
pub(crate) fn renamed(pointer: &str, name: &str) -> Value {
    let plain = plain();
    let value = plain.pointer(pointer).unwrap().clone();
    let (object, _) = pointer.rsplit_once('/').unwrap();
    let dropped = with(plain, pointer, None);
    with(dropped, &format!("{object}/{name}"), Some(value))
}

/// A document with another value at `pointer`, or with none.
pub(crate) fn with(mut document: Value, pointer: &str, value: Option<Value>) -> Value {
    let (object, name) = pointer.rsplit_once('/').unwrap();
    let object = document.pointer_mut(object).unwrap();
    match (object, value) {
        (Value::Array(values), Some(value)) => {
            values[name.parse::<usize>().unwrap()] = value;
        }
        (object, Some(value)) => {
            object[name] = value;
        }
        (object, None) => {
            object.as_object_mut().unwrap().remove(name).unwrap();
        }
    }
    document
}

pub(crate) fn judged(document: &Value) -> Report<KantaraRule> {
    validate(&serde_json::to_vec(document).unwrap())
}

pub(crate) fn is_accepted(document: &Value) -> bool {
    schema_accepts(&serde_json::to_vec(document).unwrap())
}

/// Pointers and codes.
pub(crate) fn told(report: &Report<KantaraRule>) -> Vec<(&str, &'static str)> {
    let findings = report.findings.iter();
    findings
        .map(|found| (found.pointer.as_str(), found.rule.code()))
        .collect()
}
