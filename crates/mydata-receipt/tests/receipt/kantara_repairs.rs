//! Kantara 1.1: what the reader repairs.

use crate::kantara_plain::{PURPOSE, plain, renamed, set, with, without};
use crate::kantara_reading::{reading, told};
use mydata_receipt::kantara::KantaraRepair;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Each repair by itself: what is told, and that the outcome is the receipt as it should have been.
#[test]
fn every_repair_is_told() {
    let purpose = |name: &str| format!("{PURPOSE}/{name}");
    let not_sensitive = |document: Value| {
        let document = with(document, "/sensitive", Some(json!(false)));
        with(document, "/spiCat", Some(json!([])))
    };
    let wrapper =
        |receipt: Value| json!({ "iss": "Town Library", "consentReceipt": receipt, "iat": 1 });
    let one = |pointer: &str| {
        let value = plain().pointer(pointer).unwrap().clone();
        set(pointer, value[0].clone())
    };
    let rows: Vec<(Value, Value, &str, &str)> = vec![
        (wrapper(plain()), plain(), "", "unwrapped"),
        (
            renamed("/policyUrl", "policyURL"),
            plain(),
            "/policyUrl",
            "renamed",
        ),
        (
            renamed("/consentReceiptID", "consentReceiptId"),
            plain(),
            "/consentReceiptID",
            "renamed",
        ),
        (
            renamed("/piiControllers/0/onBehalf", "on_behalf"),
            plain(),
            "/piiControllers/0/onBehalf",
            "renamed",
        ),
        (
            renamed("/spiCat", "spiCategory"),
            plain(),
            "/spiCat",
            "renamed",
        ),
        (one("/piiControllers"), plain(), "/piiControllers", "listed"),
        (one("/services"), plain(), "/services", "listed"),
        (
            one("/services/0/purposes"),
            plain(),
            "/services/0/purposes",
            "listed",
        ),
        (one("/spiCat"), plain(), "/spiCat", "listed"),
        (
            set("/version", json!("KI-CR-v1.1.O")),
            plain(),
            "/version",
            "version",
        ),
        (
            set("/version", json!("ki-cr-V1.1.0")),
            plain(),
            "/version",
            "version",
        ),
        (
            set("/consentTimestamp", json!(1_700_000_000_999_u64)),
            plain(),
            "/consentTimestamp",
            "milliseconds",
        ),
        (
            set("/consentTimestamp", json!("2023-11-14T22:13:20Z")),
            plain(),
            "/consentTimestamp",
            "time_text",
        ),
        (
            set("/consentTimestamp", json!("2023-11-14T22:13:20.123Z")),
            plain(),
            "/consentTimestamp",
            "time_text",
        ),
        (
            set("/consentTimestamp", json!("1700000000")),
            plain(),
            "/consentTimestamp",
            "time_text",
        ),
        (
            set("/consentTimestamp", json!(1_700_000_000.0)),
            plain(),
            "/consentTimestamp",
            "time_float",
        ),
        (
            set("/piiControllers/0/phone", json!("+358 9 1234567")),
            set("/piiControllers/0/phone", json!("tel:+35891234567")),
            "/piiControllers/0/phone",
            "phone",
        ),
        (
            set("/language", json!("EN")),
            plain(),
            "/language",
            "language",
        ),
        (
            set("/language", json!("en-Latn-GB")),
            plain(),
            "/language",
            "language",
        ),
        (
            set(&purpose("consentType"), json!("Explicit")),
            plain(),
            "/services/0/purposes/0/consentType",
            "consent_type_case",
        ),
        (
            set(&purpose("purposeCategory/1"), json!("1 Core Function")),
            plain(),
            "/services/0/purposes/0/purposeCategory/1",
            "category_form",
        ),
        (
            set(&purpose("piiCategory/1"), json!("Health")),
            plain(),
            "/services/0/purposes/0/piiCategory/1",
            "category_form",
        ),
        (
            set(
                &purpose("purposeCategory/0"),
                json!("5 - Personalize Experience"),
            ),
            plain(),
            "/services/0/purposes/0/purposeCategory/0",
            "category_label",
        ),
        (
            with(not_sensitive(plain()), "/spiCat", None),
            not_sensitive(plain()),
            "/spiCat",
            "spi_cat_added",
        ),
        (
            set("/publicKey", json!("")),
            without("/publicKey"),
            "/publicKey",
            "empty_left_out",
        ),
        (
            set("/language", json!(null)),
            without("/language"),
            "/language",
            "empty_left_out",
        ),
        (
            set("/piiControllers/0/address/addressRegion", json!(null)),
            plain(),
            "/piiControllers/0/address/addressRegion",
            "empty_left_out",
        ),
        (
            set("/scopes", json!("all of them")),
            plain(),
            "",
            "unknown_left_out",
        ),
        (
            set("/services/0/serviceUrl", json!(1)),
            plain(),
            "/services/0",
            "unknown_left_out",
        ),
        // A name that is right wins over one that is not.
        (
            set("/policyURL", json!("https://elsewhere.example/")),
            plain(),
            "",
            "unknown_left_out",
        ),
    ];
    let mut shown = BTreeSet::from(["category_from_zero"]);
    for (broken, whole, pointer, repair) in rows {
        let code = format!("kantara_repair_{repair}");
        let read = reading(&broken);
        assert_eq!(told(&read), [(pointer, code.as_str())], "{broken}");
        let expected = reading(&whole);
        assert_eq!(told(&expected), [], "{whole}");
        assert!(read.document == expected.document, "{pointer} {repair}");
        assert_eq!(read.remaining.findings, []);
        shown.insert(repair);
    }
    for repair in KantaraRepair::ALL {
        let code = repair.code();
        assert!(
            shown.contains(code.strip_prefix("kantara_repair_").unwrap()),
            "{code}"
        );
    }
}

/// What the emitters of the field have been seen to get wrong, all at once.
#[test]
fn a_receipt_with_every_fault_of_the_field() {
    let text = plain().to_string();
    let broken = text
        .replace(r#""policyUrl""#, r#""policyURL""#)
        .replace(r#""onBehalf""#, r#""on_behalf""#)
        .replace("KI-CR-v1.1.0", "KI-CR-v1.1.O")
        .replace("1700000000", "1700000000000")
        .replace("5 - Personalized", "4 - Personalized")
        .replace("1 - Core", "0 - Core")
        .replace("2 - Contact", "1 - Contact")
        .replace("6 - Health", "5 - Health")
        .replace("tel:+358-9-1234567", "+358 9 1234567")
        .replace(r#"["5 - Health"]"#, r#""5 - Health""#);
    let broken: Value = serde_json::from_str(&broken).unwrap();
    let read = reading(&json!({ "consentReceipt": broken }));
    let expected = reading(&set("/piiControllers/0/phone", json!("tel:+35891234567")));
    assert!(read.document == expected.document);
    let repairs: Vec<&str> = told(&read).into_iter().map(|(_, code)| code).collect();
    let count = |code: &str| repairs.iter().filter(|one| **one == code).count();
    assert_eq!(count("kantara_repair_category_from_zero"), 5);
    assert_eq!(count("kantara_repair_renamed"), 2);
    assert_eq!(repairs.len(), 5 + 2 + 5, "{repairs:?}");
}
