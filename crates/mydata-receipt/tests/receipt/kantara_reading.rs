//! Kantara 1.1: what the reader does not repair, and why.

use crate::kantara_plain::{PURPOSE, plain, renamed, set, with, without};
use mydata_receipt::kantara::{Reading, read, validate};
use serde_json::{Value, json};

/// A document as the reader takes it.
pub(crate) fn reading(document: &Value) -> Reading {
    read(&serde_json::to_vec(document).unwrap()).unwrap()
}

/// Its repairs: pointers and codes.
pub(crate) fn told(reading: &Reading) -> Vec<(&str, &'static str)> {
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
    assert_eq!(codes[0], "kantara_category_form");
    assert_eq!(codes[1..], ["kantara_category_contradicted"; 3]);
}

/// A number has no meaning without the count that it belongs to: it is neither labelled nor renumbered.
#[test]
fn a_bare_number_is_kept_as_it_is() {
    let data = |values: Value| set(&format!("{PURPOSE}/piiCategory"), values);
    for (values, codes) in [
        (
            json!(["0", "5"]),
            &["kantara_category_unknown", "kantara_category_form"][..],
        ),
        (json!(["5", "6 - Health"]), &["kantara_category_form"]),
        (json!(["5 -"]), &["kantara_category_form"]),
    ] {
        let read = reading(&data(values.clone()));
        assert_eq!(told(&read), []);
        assert_eq!(
            json!(read.document.services[0].purposes[0].pii_category),
            values
        );
        let findings = read.remaining.findings.iter();
        let found: Vec<&str> = findings.map(|one| one.rule.code()).collect();
        assert_eq!(found, codes);
    }
}

/// A word with a hyphen may begin like a language.
#[test]
fn a_language_is_read_out_of_a_tag_only() {
    for (tag, language) in [
        ("en-GB", Some("en")),
        ("NO_no", Some("no")),
        ("es-419", Some("es")),
        ("zh-Hant", Some("zh")),
        ("sr-latn-RS", Some("sr")),
        ("no-idea", None),
        ("to_be_decided", None),
        ("is-unknown", None),
        ("en-ZZ", None),
        ("en-", None),
        ("en-GB-Latn", None),
        ("en-GB-x", None),
        ("-en", None),
    ] {
        let octets = serde_json::to_vec(&set("/language", json!(tag))).unwrap();
        let read = read(&octets).ok().and_then(|read| read.document.language);
        assert_eq!(read.as_deref(), language, "{tag}");
    }
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
        // Nothing else in a receipt says which version it is of.
        (without("/version"), "kantara_missing"),
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
    assert_eq!(codes, ["kantara_missing"; 11]);
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
