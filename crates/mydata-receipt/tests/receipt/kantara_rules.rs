//! Kantara 1.1: what is judged of a whole document.

use crate::kantara_plain::{PURPOSE, is_accepted, judged, plain, set, told, with};
use mydata_receipt::finding::{Finding, Level};
use mydata_receipt::kantara::{KantaraRule, LIMITS, schema_accepts, validate};
use serde_json::json;

#[test]
fn a_right_receipt_has_no_findings() {
    let report = judged(&plain());
    assert_eq!(told(&report), []);
    assert!(report.is_valid() && is_accepted(&plain()));
    // What may be left out can be.
    let mut least = plain();
    for pointer in [
        "/publicKey",
        "/language",
        "/piiControllers/0/onBehalf",
        "/piiControllers/0/piiControllerUrl",
        "/services/0/purposes/0/purpose",
        "/services/0/purposes/0/primaryPurpose",
    ] {
        least = with(least, pointer, None);
    }
    assert_eq!(told(&judged(&least)), []);
}

#[test]
fn what_is_not_explicit_can_be_described() {
    for described in [
        "IMPLICIT: walking in under the sign",
        // Without spaces, as Japanese and Thai are written.
        "IMPLICIT：図書館カードを使い続けることによる",
        "IMPLICIT: โดยการใช้บัตรห้องสมุดต่อไป",
    ] {
        let document = set(&format!("{PURPOSE}/consentType"), json!(described));
        assert_eq!(told(&judged(&document)), [], "{described}");
    }
}

#[test]
fn telephones_of_rfc_3966() {
    for phone in [
        "tel:+358912345",
        "TEL:+1-201-555-0123",
        "tel:+44(20)7946.0000;ext=12",
        "tel:112;phone-context=+358",
        "tel:863-1234;phone-context=town.example",
    ] {
        let document = set("/piiControllers/0/phone", json!(phone));
        assert_eq!(told(&judged(&document)), [], "{phone}");
    }
}

#[test]
fn categories_from_zero_are_told_from_wrong_ones() {
    let mut document = plain();
    for (pointer, category) in [
        (
            "/services/0/purposes/0/purposeCategory/0",
            "4 - Personalized Experience",
        ),
        (
            "/services/0/purposes/0/purposeCategory/1",
            "0 - Core Function",
        ),
        ("/services/0/purposes/0/piiCategory/0", "1 - Contact"),
        ("/services/0/purposes/0/piiCategory/1", "5 - Health"),
        ("/spiCat/0", "5 - Health"),
    ] {
        document = with(document, pointer, Some(json!(category)));
    }
    let report = judged(&document);
    assert_eq!(report.findings.len(), 5);
    let is_from_zero = |found: &Finding<_>| found.rule == KantaraRule::CategoryFromZero;
    assert!(report.findings.iter().all(is_from_zero));
    // One that counts from 1 shows that the others are wrong.
    let document = with(document, "/spiCat/0", Some(json!("6 - Health")));
    let report = judged(&document);
    assert_eq!(report.findings.len(), 4);
    let is_wrong = |found: &Finding<_>| found.rule == KantaraRule::CategoryContradicted;
    assert!(report.findings.iter().all(is_wrong));
}

#[test]
fn nothing_at_all_lacks_everything_at_once() {
    let report = judged(&json!({}));
    let missing = [
        "version",
        "jurisdiction",
        "consentTimestamp",
        "collectionMethod",
        "consentReceiptID",
        "piiPrincipalId",
        "piiControllers",
        "policyUrl",
        "services",
        "sensitive",
        "spiCat",
    ];
    let pointers = missing.map(|name| format!("/{name}"));
    let expected: Vec<_> = pointers
        .iter()
        .map(|p| (p.as_str(), "kantara_missing"))
        .collect();
    assert_eq!(told(&report), expected);
    assert!(!report.is_valid());
    assert_eq!(report.count(Level::Error), 11);
    assert_eq!(report.let_through().count(), 0);

    let document = set("/piiControllers", json!([{}]));
    let pointers = ["piiController", "contact", "address", "email", "phone"];
    let pointers = pointers.map(|name| format!("/piiControllers/0/{name}"));
    let expected: Vec<_> = pointers
        .iter()
        .map(|p| (p.as_str(), "kantara_missing"))
        .collect();
    assert_eq!(told(&judged(&document)), expected);
}

#[test]
fn names_that_stand_twice() {
    let text = plain().to_string();
    let rows = [
        (text.replacen('{', r#"{"version":"foo","#, 1), ""),
        (
            text.replace(r#""service":"#, r#""service":"x","service":"#),
            "/services/0",
        ),
        (
            text.replace(r#""email":"#, r#""email":4,"\u0065mail":"#),
            "/piiControllers/0",
        ),
        (
            text.replace(
                r#""streetAddress":"#,
                r#""a":{"b":1,"b":2},"streetAddress":"#,
            ),
            "/piiControllers/0/address",
        ),
    ];
    for (text, pointer) in rows {
        let report = validate(text.as_bytes());
        let found = report.findings[0].clone();
        assert_eq!(
            (found.pointer.as_str(), found.rule),
            (pointer, KantaraRule::DuplicateMember)
        );
        // The last one counts, and most readers are content.
        assert!(schema_accepts(text.as_bytes()), "{pointer}");
        assert_eq!(report.count(Level::Error), 1, "{pointer}");
    }
    let text = text.replace(r#""sensitive":true"#, r#""sensitive":true,"sensitive":1"#);
    let report = validate(text.as_bytes());
    let expected = [
        ("", "kantara_duplicate_member"),
        ("/sensitive", "kantara_wrong_type"),
    ];
    assert_eq!(told(&report), expected);
    assert!(!schema_accepts(text.as_bytes()));
}

#[test]
fn what_cannot_be_read_is_one_finding() {
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
    let many = format!("[{}0]", "0,".repeat(70_000));
    let wide: Vec<String> = (0..1100).map(|n| format!(r#""m{n}":0"#)).collect();
    let wide = format!("{{{}}}", wide.join(","));
    let large = "x".repeat(10 << 20);
    let wrapped = json!({ "iss": "somebody", "consentReceipt": plain() }).to_string();
    for (text, code) in [
        ("", "kantara_not_json"),
        ("{", "kantara_not_json"),
        ("{} {}", "kantara_not_json"),
        ("// a remark\n{}", "kantara_not_json"),
        ("\u{feff}{}", "kantara_not_json"),
        ("[]", "kantara_not_an_object"),
        ("\"version\"", "kantara_not_an_object"),
        ("null", "kantara_not_an_object"),
        (&deep, "kantara_too_deep"),
        (&many, "kantara_too_many"),
        (&wide, "kantara_too_many"),
        (&large, "kantara_too_large"),
        (&wrapped, "kantara_wrapped"),
    ] {
        assert_eq!(told(&validate(text.as_bytes())), [("", code)]);
        assert!(!schema_accepts(text.as_bytes()), "{code}");
        // What was not read was not asked, and the schema is not said to have let it through.
        assert_eq!(validate(text.as_bytes()).let_through().count(), 0, "{code}");
    }
    assert!(large.len() > LIMITS.octets);
    assert_eq!(told(&validate(b"\xff\xfe")), [("", "kantara_not_json")]);
}

#[test]
fn no_finding_repeats_the_document() {
    const SECRET: &str = "Sofia-Lind";
    let text = plain().to_string();
    let told = |text: &str| {
        let report = validate(text.as_bytes());
        let lines: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        format!("{report:?} {}", lines.join("\n"))
    };
    for text in [
        text.replace("\"language\"", &format!("\"{SECRET}\"")),
        text.replace(
            "\"language\"",
            &format!("\"{SECRET}\":{{\"a\":1,\"a\":1}},\"language\""),
        ),
        text.replace("\"en\"", &format!("\"{SECRET}\"")),
        text.replace("2 - Contact", SECRET),
        text.replace("EXPLICIT", SECRET),
        text.replace("tel:", SECRET),
    ] {
        let told = told(&text);
        assert!(text.contains(SECRET) && told.len() > 40);
        assert!(!told.contains("Sofia"), "{told}");
    }
    let found = validate(b"{}").findings[0].to_string();
    assert_eq!(
        found,
        "error at /version: a member that every receipt has is missing"
    );
}
