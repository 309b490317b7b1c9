//! Every code that a handler may give has a status.

use mydata_http::{Class, HttpRefusal, Problem, class};

/// Crates whose refusals reach a peer.
const CRATES: [&str; 10] = [
    "account", "core", "http", "keys", "operator", "record", "registry", "service", "store",
    "token",
];

/// No refusal: it says that processing is permitted.
const NONE: &str = "consent_active";

#[test]
fn every_code_has_a_class() {
    let codes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/codes.md");
    let codes = std::fs::read_to_string(codes).unwrap();
    let mut count = 0;
    for row in codes.lines().filter(|row| row.starts_with("| `")) {
        let mut cells = row.split('|').map(str::trim);
        let code = cells.nth(1).unwrap().trim_matches('`');
        let of = cells.next().unwrap();
        if CRATES.contains(&of) {
            assert_eq!(class(code).is_some(), code != NONE, "{code} of {of}");
            count += 1;
        }
    }
    assert!(count > 300, "{count} codes");
}

#[test]
fn what_has_failed_here_is_told_to_nobody() {
    for code in ["store_corrupt", "vault_unwrap_failed", "no_such_code"] {
        let problem = Problem::new(code, "a page of the file is damaged");
        assert_eq!(problem.code(), HttpRefusal::Internal.code());
        assert_eq!(problem.status(), Class::Ours.status());
    }
    let barred = Problem::new("consent_withdrawn", "the consent was withdrawn");
    assert_eq!(
        (barred.code(), barred.status().as_u16()),
        ("consent_withdrawn", 403)
    );
}

#[test]
fn a_peers_code_is_taken_and_nothing_else() {
    let code = |text: &str| Problem::code_of(text.as_bytes());
    let good = r#"{"type":"about:blank","status":403,"code":"consent_disabled","detail":"Ann"}"#;
    assert_eq!(code(good).as_deref(), Some("consent_disabled"));
    for bad in [
        r#"{"code":"Ann Andersson"}"#,
        r#"{"code":""}"#,
        r#"{"code":7}"#,
        r#"{"code":"a","code":"b"}"#,
        "[]",
        "<html>",
        "",
    ] {
        assert_eq!(code(bad), None, "{bad}");
    }
}
