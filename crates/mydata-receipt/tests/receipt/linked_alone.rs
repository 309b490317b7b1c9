//! The tolerant reader of the linked form: a record without a receipt, and texts without a language.

use crate::linked_reader::{document, errors, plain, read};
use mydata_receipt::linked::{self, LinkedRepair, LinkedRule};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The first record alone, with what a record needs to stand alone.
fn bare() -> Value {
    let plain = plain();
    let mut bare = plain["consent_records"][0].clone();
    for member in ["@context", "party_identification"] {
        bare[member] = plain[member].clone();
    }
    bare
}

#[test]
fn a_record_alone_is_read_and_says_nothing_of_a_receipt() {
    let (read, repairs) = read(&bare());
    assert_eq!(repairs, BTreeSet::from([LinkedRepair::Grouped]));
    assert!(read.consent_records == document().consent_records[..1]);
    assert!(read.party_identification == document().party_identification);
    assert!(read.receipt_id.is_none() && read.created.is_none() && read.schema_version.is_none());
    assert!(read.kind.is_empty());

    let again = linked::read(&read.to_json().unwrap()).unwrap();
    assert!(again.document == read && again.repairs.is_empty());
    let rules: Vec<LinkedRule> = again.report.findings.iter().map(|f| f.rule).collect();
    assert_eq!(rules, [LinkedRule::BareRecord]);

    let report = read.receipt().unwrap_err();
    let missing: Vec<&str> = report.findings.iter().map(|f| &*f.pointer).collect();
    assert_eq!(
        missing,
        [
            "/receipt_version",
            "/receipt_id",
            "/created",
            "/operator_id",
            "/publisher"
        ]
    );
}

#[test]
fn a_record_alone_is_held_to_all_that_a_record_must_have() {
    let mut bare = bare();
    bare["header"].as_object_mut().unwrap().remove("record_id");
    bare["header"].as_object_mut().unwrap().remove("identifier");
    bare.as_object_mut().unwrap().remove("events");
    let at = |rest: &str| ["/consent_records/0", rest].concat();
    let missing = |rest: &str| (LinkedRule::Missing, at(rest));
    assert_eq!(
        errors(&bare),
        [missing("/header/record_id"), missing("/events")]
    );

    // Two records are a receipt, and so is one that has anything of a receipt.
    let mut two = plain();
    let mut one = plain();
    one["consent_records"].as_array_mut().unwrap().pop();
    for (document, kept) in [(&mut two, None), (&mut one, Some("operator_id"))] {
        let members = document.as_object_mut().unwrap();
        let of = |name: &str| name == "consent_records" || name == "party_identification";
        members.retain(|name, _| of(name) || Some(name.as_str()) == kept);
        let wanted = ["/schema_version", "/receipt_id", "/created"];
        let wanted = wanted.map(|pointer| (LinkedRule::Missing, pointer.to_owned()));
        assert_eq!(errors(document), wanted);
    }
}

#[test]
fn a_text_is_in_no_other_language_than_its_records() {
    let title = "/consent_records/0/pii_processing/purposes/0/title";
    let bare = |languages: Value| {
        let mut plain = plain();
        *plain.pointer_mut(title).unwrap() = json!("Toiveet");
        plain["consent_records"][0]["pii_processing"]["language"] = languages;
        plain["a_vendor"] = json!({ "language": "en" });
        plain
    };
    let of = bare(json!(["fi"]));
    let (read, _) = read(&of);
    let read = serde_json::to_value(read).unwrap();
    assert_eq!(read.pointer(title), Some(&json!({ "fi": "Toiveet" })));
    // In either of two, or in none that the record names: nobody says.
    let untold = (LinkedRule::NoLanguage, title.to_owned());
    assert!(errors(&bare(json!(["suomi"]))).contains(&untold));
    assert_eq!(errors(&bare(json!(["fi", "sv"]))), [untold]);
}

#[test]
fn a_partys_text_is_in_the_language_of_all_records() {
    let name = "/party_identification/0/party_name";
    let bare = |second: &str| {
        let mut plain = plain();
        *plain.pointer_mut(name).unwrap() = json!("Kaupunki");
        for (at, language) in [(0, "fi"), (1, second)] {
            plain["consent_records"][at]["pii_processing"]["language"] = json!([language]);
        }
        plain
    };
    let (read, _) = read(&bare("fi"));
    let read = serde_json::to_value(read).unwrap();
    assert_eq!(read.pointer(name), Some(&json!({ "fi": "Kaupunki" })));
    assert_eq!(
        errors(&bare("sv")),
        [(LinkedRule::NoLanguage, name.to_owned())]
    );
}
