//! Kantara 1.1: what the reader repairs, and what it does not.

use crate::kantara_plain::{PURPOSE, plain, renamed, set, with, without};
use mydata_receipt::kantara::{KantaraRepair, Reading, read, validate};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn reading(document: &Value) -> Reading {
    read(&serde_json::to_vec(document).unwrap()).unwrap()
}

fn told(reading: &Reading) -> Vec<(&str, &'static str)> {
    let repairs = reading.repairs.iter();
    repairs
        .map(|one| (one.pointer.as_str(), one.repair.code()))
        .collect()
}

fn refused(document: &Value) -> Vec<(String, &'static str)> {
    let report = read(&serde_json::to_vec(document).unwrap()).unwrap_err();
    assert!(!report.is_valid());
    let findings = report.findings.into_iter();
    findings
        .map(|found| (found.pointer, found.rule.code()))
        .collect()
}

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
        (without("/version"), plain(), "/version", "version_added"),
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
            set("/language", json!("en-GB")),
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
            set(&purpose("piiCategory/1"), json!("6")),
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

/// A label alone does not say from which number a receipt counts; a number alone leaves it open which
/// category is meant.
#[test]
fn what_counts_from_zero_must_be_plain() {
    let mut document = plain();
    for (pointer, category) in [
        (
            "/services/0/purposes/0/purposeCategory/0",
            "4 - Personalized Experience",
        ),
        ("/services/0/purposes/0/purposeCategory/1", "Core Function"),
        ("/services/0/purposes/0/piiCategory/0", "1 Contact"),
        ("/services/0/purposes/0/piiCategory/1", "5 - Health"),
        ("/spiCat/0", "5 - Health"),
    ] {
        document = with(document, pointer, Some(json!(category)));
    }
    assert!(reading(&document).document == reading(&plain()).document);
    let document = with(
        document,
        "/services/0/purposes/0/piiCategory/0",
        Some(json!("1")),
    );
    let codes: Vec<&str> = refused(&document)
        .into_iter()
        .map(|(_, code)| code)
        .collect();
    assert_eq!(codes, ["kantara_category_contradicted"; 3]);
}

#[test]
fn two_faults_of_one_value_are_both_told() {
    let read = reading(&set("/consentTimestamp", json!("1700000000123")));
    let expected = [
        ("/consentTimestamp", "kantara_repair_time_text"),
        ("/consentTimestamp", "kantara_repair_milliseconds"),
    ];
    assert_eq!(told(&read), expected);
    assert_eq!(read.document.consent_timestamp.seconds(), 1_700_000_000);
}

/// What could only be invented, every one at once.
#[test]
fn what_cannot_be_repaired_is_an_error() {
    let mut document = without("/piiPrincipalId");
    for (pointer, value) in [
        ("/version", json!("foo")),
        ("/consentTimestamp", json!("yesterday")),
        ("/piiControllers/0/phone", json!("09 1234567")),
        ("/services/0/purposes/0/piiCategory/0", json!("2 - Health")),
        ("/sensitive", json!(false)),
        ("/publicKey", json!("")),
    ] {
        document = with(document, pointer, Some(value));
    }
    let mut found = refused(&document);
    found.sort();
    let expected = [
        ("/consentTimestamp", "kantara_wrong_type"),
        ("/piiControllers/0/phone", "kantara_phone"),
        ("/piiPrincipalId", "kantara_missing"),
        (
            "/services/0/purposes/0/piiCategory/0",
            "kantara_category_contradicted",
        ),
        ("/spiCat", "kantara_sensitive_denied"),
        ("/version", "kantara_version"),
    ];
    let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code));
    assert_eq!(found, expected);

    let purpose = |name: &str| format!("{PURPOSE}/{name}");
    for (document, code) in [
        // A sensitive receipt that lists nothing, and one that does not say whether it is.
        (without("/spiCat"), "kantara_missing"),
        (without("/sensitive"), "kantara_missing"),
        (
            set(&purpose("thirdPartyName"), json!("")),
            "kantara_third_party_unnamed",
        ),
        (
            set(&purpose("thirdPartyDisclosure"), json!(false)),
            "kantara_third_party_denied",
        ),
        (
            set(&purpose("consentType"), json!("N/A")),
            "kantara_consent_undescribed",
        ),
        (
            set("/consentTimestamp", json!(1_700_000_000.5)),
            "kantara_wrong_type",
        ),
        (set("/consentTimestamp", json!(-1)), "kantara_wrong_type"),
        (
            set("/consentTimestamp", json!(u64::MAX)),
            "kantara_time_beyond",
        ),
        (
            set("/consentTimestamp", json!("2023-11-14T22:13:20+02:00")),
            "kantara_wrong_type",
        ),
        (set("/consentTimestamp", json!("")), "kantara_wrong_type"),
        (set("/language", json!("klingon")), "kantara_language"),
        (set("/policyUrl", json!("see desk")), "kantara_url"),
        (
            set("/piiControllers/0/address", json!({ "a": 1 })),
            "kantara_address",
        ),
        (set("/x_mydata", json!({})), "kantara_extension"),
        (json!([plain()]), "kantara_not_an_object"),
        (
            json!({ "consentReceipt": { "consentReceipt": plain() } }),
            "kantara_wrapped",
        ),
    ] {
        let codes: Vec<&str> = refused(&document)
            .into_iter()
            .map(|(_, code)| code)
            .collect();
        assert_eq!(codes, [code], "{document}");
    }
    let codes: Vec<&str> = refused(&json!({}))
        .into_iter()
        .map(|(_, code)| code)
        .collect();
    assert_eq!(codes.len(), 10, "all but the version: {codes:?}");
    for octets in [&b"{"[..], b"", b"{}{}"] {
        let report = read(octets).unwrap_err();
        assert_eq!(report.findings[0].rule.code(), "kantara_not_json");
    }
}

#[test]
fn a_repair_is_told_in_one_line() {
    let told = |document: &Value| reading(document).repairs[0].to_string();
    let renamed = renamed("/policyUrl", "policyURL");
    assert_eq!(
        told(&renamed),
        "repaired at /policyUrl: the member had another spelling"
    );
    let unknown = set("/Sofia", json!("Lind"));
    let expected = "repaired at the document: members that the form does not know are left out";
    assert_eq!(told(&unknown), expected);
}

/// Two spellings of one member, neither of them right: to choose would be to invent.
#[test]
fn two_wrong_names_for_one_member_are_an_error() {
    let document = renamed("/policyUrl", "policyURL");
    let document = with(
        document,
        "/policy_url",
        Some(json!("https://elsewhere.example/")),
    );
    let codes: Vec<&str> = refused(&document)
        .into_iter()
        .map(|(_, code)| code)
        .collect();
    assert_eq!(codes, ["kantara_duplicate_member"]);
}

#[test]
fn what_is_kept_as_it_is_remains_to_be_said() {
    let document = set("/consentReceiptID", json!("receipt 1"));
    let document = with(
        document,
        "/services/0/purposes/0/piiCategory/0",
        Some(json!("Billing")),
    );
    let read = reading(&document);
    assert_eq!(told(&read), []);
    let codes: Vec<&str> = read
        .remaining
        .findings
        .iter()
        .map(|f| f.rule.code())
        .collect();
    assert_eq!(codes, ["kantara_id_not_uuid", "kantara_category_unknown"]);
    let purpose = &read.document.services[0].purposes[0];
    assert_eq!(purpose.pii_category, ["Billing", "6 - Health"]);
    assert_eq!(purpose.pii_categories().count(), 1);
    assert_eq!(purpose.purpose_categories().count(), 2);
}

#[test]
fn the_octets_stay_as_they_came() {
    let octets = serde_json::to_vec(&renamed("/policyUrl", "policyURL")).unwrap();
    let before = octets.clone();
    read(&octets).unwrap();
    assert_eq!(octets, before);
    assert!(!validate(&octets).is_valid(), "it is repaired in a copy");
}
