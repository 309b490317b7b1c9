//! Kantara 1.1: every fault by itself.

use crate::kantara_plain::{PURPOSE, is_accepted, judged, plain, renamed, set, told, with};
use mydata_receipt::kantara::{KantaraRule, Schema};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every fault by itself: where it is found, and that the schema agrees with what is said of it.
#[test]
fn every_fault_is_found_where_it_is() {
    let purpose = |name: &str| format!("{PURPOSE}/{name}");
    let controller = |name: &str| format!("/piiControllers/0/{name}");
    let nobody = with(
        plain(),
        &purpose("thirdPartyDisclosure"),
        Some(json!(false)),
    );
    let mut rows: Vec<(Value, String, &str)> = Vec::new();
    let mut row = |document: Value, pointer: &str, code: &'static str| {
        rows.push((document, pointer.to_owned(), code));
    };
    let mut at = |pointer: &str, value: Value, code: &'static str| {
        row(set(pointer, value), pointer, code);
    };
    at("/version", json!("KI-CR-v1.1.O"), "kantara_version");
    at("/version", json!(1.1), "kantara_wrong_type");
    at("/jurisdiction", json!("DW"), "kantara_jurisdiction");
    at("/jurisdiction", json!("FI  SE"), "kantara_jurisdiction");
    at("/jurisdiction", json!("FI,SE"), "kantara_jurisdiction");
    at("/jurisdiction", json!(["FI"]), "kantara_wrong_type");
    at("/consentTimestamp", json!(null), "kantara_wrong_type");
    at(
        "/consentTimestamp",
        json!(253_402_300_800_u64),
        "kantara_time_milliseconds",
    );
    at(
        "/consentTimestamp",
        json!(253_402_300_800_000_u64),
        "kantara_time_beyond",
    );
    at("/consentTimestamp", json!(u64::MAX), "kantara_time_beyond");
    at("/collectionMethod", json!(" \t"), "kantara_empty_text");
    at(
        "/consentReceiptID",
        json!("receipt 1"),
        "kantara_id_not_uuid",
    );
    // Version 1, and a wrong variant.
    at(
        "/consentReceiptID",
        json!("0b6a9f5c-58d3-1c42-9d3c-6f5b7a1e2d30"),
        "kantara_id_not_uuid",
    );
    at(
        "/consentReceiptID",
        json!("0b6a9f5c-58d3-4c42-cd3c-6f5b7a1e2d30"),
        "kantara_id_not_uuid",
    );
    at("/publicKey", json!(""), "kantara_empty_optional");
    at("/publicKey", json!({}), "kantara_wrong_type");
    at("/language", json!("EN"), "kantara_language");
    at("/language", json!("zz"), "kantara_language");
    at("/language", json!(""), "kantara_empty_optional");
    at("/language", json!(null), "kantara_wrong_type");
    at("/piiControllers", json!({}), "kantara_wrong_type");
    at(
        "/piiControllers/0",
        json!("Town Library"),
        "kantara_wrong_type",
    );
    at(
        "/policyUrl",
        json!("mailto:library@town.example"),
        "kantara_url",
    );
    at("/policyUrl", json!("https:///privacy"), "kantara_url");
    at(
        "/policyUrl",
        json!("https://town.example/a b"),
        "kantara_url",
    );
    for odd in ["|", "^", "`", "{", "}", "<", "\\", "\""] {
        at(
            "/policyUrl",
            json!(format!("https://town.example/a{odd}")),
            "kantara_url",
        );
    }
    for url in [
        "https://[[[",
        "https://town.example:99999999/",
        "https://town..example/",
        "https://town.example/%zz",
        "https://town.example/%4",
        "https://999.999.999.999/",
        "https://town.example/lääkäri",
    ] {
        at("/policyUrl", json!(url), "kantara_url");
    }
    at("/services/0/service", json!(""), "kantara_empty_text");
    at("/services/0/purposes", json!(null), "kantara_wrong_type");
    at("/sensitive", json!("true"), "kantara_wrong_type");
    at("/spiCat", json!("6 - Health"), "kantara_wrong_type");
    at("/spiCat/0", json!(6), "kantara_wrong_type");
    at("/spiCat/0", json!(""), "kantara_empty_text");
    at(
        "/x_mydata",
        json!({ "version": "1.0" }),
        "kantara_extension",
    );
    at("/x_mydata", json!([]), "kantara_extension");
    at("/x_mydata", json!(null), "kantara_extension");
    at(
        &controller("piiController"),
        json!(""),
        "kantara_empty_text",
    );
    at(&controller("onBehalf"), json!("no"), "kantara_wrong_type");
    at(&controller("email"), json!("library"), "kantara_email");
    at(
        &controller("address"),
        json!("Kirjatie 1"),
        "kantara_wrong_type",
    );
    at(
        &controller("address"),
        json!({ "@type": "PostalAddress" }),
        "kantara_address",
    );
    at(
        &controller("address/addressRegion"),
        json!(["Uusimaa"]),
        "kantara_address_member",
    );
    at(
        &controller("address/addressRegion"),
        json!(""),
        "kantara_empty_optional",
    );
    at(
        &controller("piiControllerUrl"),
        json!("town.example"),
        "kantara_url",
    );
    for phone in [
        "+358 9 1234567",
        "tel:+358 9 1234567",
        "tel:09-1234567",
        "tel:+",
        "tel:+358-9-CALL",
        "tel:1234;phone-context=",
        "tel:+3581;",
        "(0) 9 CALL-US (2255)",
    ] {
        at(&controller("phone"), json!(phone), "kantara_phone");
    }
    at(&purpose("purpose"), json!(""), "kantara_empty_optional");
    at(
        &purpose("purposeCategory/1"),
        json!("1 Core Function"),
        "kantara_category_form",
    );
    at(
        &purpose("purposeCategory/1"),
        json!("01 - Core Function"),
        "kantara_category_form",
    );
    at(
        &purpose("purposeCategory/1"),
        json!("1 -  Core Function"),
        "kantara_category_form",
    );
    at(
        &purpose("purposeCategory/1"),
        json!("1"),
        "kantara_category_form",
    );
    at(
        &purpose("purposeCategory/1"),
        json!("Core Function"),
        "kantara_category_form",
    );
    at(
        &purpose("purposeCategory/1"),
        json!("3rd Party Sharing for Core Function"),
        "kantara_category_form",
    );
    at(
        &purpose("purposeCategory/0"),
        json!("5 - Personalize Experience"),
        "kantara_category_drift",
    );
    at(
        &purpose("purposeCategory/1"),
        json!("11 - 3rd Party Sharing for"),
        "kantara_category_drift",
    );
    at(
        &purpose("piiCategory/0"),
        json!("4 - Communications/Social"),
        "kantara_category_drift",
    );
    at(
        &purpose("piiCategory/0"),
        json!("2 - CONTACT"),
        "kantara_category_drift",
    );
    at(
        &purpose("piiCategory/0"),
        json!("2 - Health"),
        "kantara_category_contradicted",
    );
    // One off, in a receipt whose other categories count from 1.
    at(
        &purpose("piiCategory/0"),
        json!("1 - Contact"),
        "kantara_category_contradicted",
    );
    at(
        &purpose("piiCategory/0"),
        json!("11 - Employment"),
        "kantara_category_unknown",
    );
    at(
        &purpose("piiCategory/0"),
        json!("Billing"),
        "kantara_category_unknown",
    );
    at(
        &purpose("piiCategory/0"),
        json!("17"),
        "kantara_category_unknown",
    );
    at(
        &purpose("piiCategory/0"),
        json!("99999 - Contact"),
        "kantara_category_contradicted",
    );
    at(
        &purpose("consentType"),
        json!("N/A"),
        "kantara_consent_undescribed",
    );
    at(
        &purpose("consentType"),
        json!("IMPLICIT"),
        "kantara_consent_undescribed",
    );
    at(
        &purpose("consentType"),
        json!("IMPLICIT - yes"),
        "kantara_consent_undescribed",
    );
    // Not explicit, in Japanese: a bare type.
    at(
        &purpose("consentType"),
        json!("明示的でない同意"),
        "kantara_consent_undescribed",
    );
    at(
        &purpose("consentType"),
        json!("Explicit"),
        "kantara_consent_type_case",
    );
    at(&purpose("consentType"), json!(""), "kantara_empty_text");
    at(&purpose("termination"), json!(""), "kantara_empty_text");
    at(&purpose("primaryPurpose"), json!(0), "kantara_wrong_type");
    at(&purpose("thirdPartyName"), json!(42), "kantara_wrong_type");
    for (value, code) in [
        (json!(null), "kantara_third_party_type"),
        (json!(42), "kantara_third_party_type"),
        (json!(" "), "kantara_empty_optional"),
    ] {
        let document = with(nobody.clone(), &purpose("thirdPartyName"), Some(value));
        row(document, &purpose("thirdPartyName"), code);
    }
    row(
        with(nobody, &purpose("thirdPartyName"), Some(json!(""))),
        &purpose("thirdPartyName"),
        "kantara_empty_optional",
    );
    for (pointer, name) in [
        ("/piiControllers/0/piiControllerUrl", "piiControllerURL"),
        ("/piiControllers/0/onBehalf", "on_behalf"),
        (
            "/piiControllers/0/address/addressCountry",
            "address_country",
        ),
        ("/services/0/purposes/0/primaryPurpose", "primary-purpose"),
    ] {
        row(renamed(pointer, name), pointer, "kantara_misspelt");
    }
    for object in [
        "",
        "/piiControllers/0",
        "/piiControllers/0/address",
        "/services/0",
        PURPOSE,
    ] {
        let document = set(&format!("{object}/unheard-of"), json!([{ "version": 1 }]));
        row(document, object, "kantara_unknown_member");
    }
    for (document, pointer, code) in &rows {
        let report = judged(document);
        assert_eq!(told(&report), [(pointer.as_str(), *code)], "{document}");
        let is_let_through = report.findings[0].schema() == Schema::LetsThrough;
        assert_eq!(is_accepted(document), is_let_through, "{pointer} {code}");
    }

    let shown: BTreeSet<&str> = rows.iter().map(|(_, _, code)| *code).collect();
    let elsewhere = [
        "kantara_not_json",
        "kantara_too_large",
        "kantara_too_deep",
        "kantara_too_many",
        "kantara_not_an_object",
        "kantara_wrapped",
        "kantara_duplicate_member",
        "kantara_missing",
        "kantara_empty_list",
        "kantara_category_from_zero",
        "kantara_third_party_unnamed",
        "kantara_third_party_denied",
        "kantara_sensitive_unlisted",
        "kantara_sensitive_denied",
    ];
    for rule in KantaraRule::ALL {
        let code = rule.code();
        assert!(shown.contains(code) != elsewhere.contains(&code), "{code}");
    }
}
