//! The vectors of the other forms of receipts: every rule, repair and refusal of the closed sets occurs in
//! one, and what an implementation must answer is itself without a fault.
#![expect(
    clippy::unwrap_used,
    reason = "vectors that cannot be read fail the test"
)]

use crate::vectors::folder;
use mydata::receipt::finding::Level;
use mydata::receipt::kantara::{self, KantaraRefusal, KantaraRepair, KantaraRule, Schema};
use mydata::receipt::linked::{self, LinkedRepair, LinkedRule};
use mydata_conformance::exam::task::{ReceiptForm, ReceiptTask};
use mydata_conformance::exam::{Expected, Task, Vectors, Verdict};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Codes of the closed sets that no vector has, and why.
const EXCEPT: [(&str, &str); 4] = [
    (
        "kantara_incomplete",
        "a receipt without a country, a purpose, data or a record is not of the form of the model",
    ),
    (
        "linked_no_fact",
        "told when a receipt of ours is taken out of a document, which no task asks for",
    ),
    ("linked_bad_fact", "the same"),
    ("linked_records_differ", "the same"),
];

/// Each case about a receipt that is not signed, with what must come of it.
fn cases() -> Vec<(String, ReceiptTask, Verdict)> {
    let vectors = Vectors::read(&folder()).unwrap();
    let cases = vectors.cases().iter();
    let cases = cases.filter_map(|case| match (&case.task, case.expected.as_slice()) {
        (Task::Receipt(ReceiptTask::Verify { .. }), _) => None,
        (Task::Receipt(task), [Expected::Fully(verdict)]) => {
            Some((case.id.clone(), task.clone(), verdict.clone()))
        }
        (_, _) => None,
    });
    cases.collect()
}

fn members(value: &Value, list: &str, member: &str) -> Vec<String> {
    let all = value[list].as_array().into_iter().flatten();
    all.filter_map(|one| one[member].as_str())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_rule_repair_and_refusal_occurs_in_a_vector() {
    let mut said = BTreeSet::new();
    let cases = cases();
    for (_, _, verdict) in &cases {
        said.extend(verdict.codes().into_iter().map(str::to_owned));
        if let Verdict::Accepted(value) = verdict {
            said.extend(members(value, "findings", "rule"));
            said.extend(members(value, "repairs", "repair"));
        }
    }
    let sets: [Vec<&str>; 5] = [
        KantaraRule::ALL.iter().map(|one| one.code()).collect(),
        KantaraRepair::ALL.iter().map(|one| one.code()).collect(),
        KantaraRefusal::ALL.iter().map(|one| one.code()).collect(),
        LinkedRule::ALL.iter().map(|one| one.code()).collect(),
        LinkedRepair::ALL.iter().map(|one| one.code()).collect(),
    ];
    let codes: BTreeSet<&str> = sets.into_iter().flatten().collect();
    let except: BTreeSet<&str> = EXCEPT.iter().map(|(code, _)| *code).collect();
    let missing: BTreeSet<&str> = codes
        .iter()
        .copied()
        .filter(|code| !said.contains(*code))
        .collect();
    assert_eq!(missing, except, "in no vector, and listed with a reason");
    assert!(cases.len() >= 150, "{}", cases.len());
}

/// The rows of the guide: code, what it is, and what more is said of it.
fn rows() -> BTreeMap<String, Vec<String>> {
    let page = fs::read_to_string(folder().join("../guide/11-receipts.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.map(|row| {
        let mut cells = row.trim_end_matches(" |").split(" | ");
        let code = cells.next().unwrap().trim_end_matches('`').to_owned();
        (code, cells.map(str::to_owned).collect())
    });
    cells.collect()
}

#[test]
fn the_rules_in_the_guide_are_those_of_the_code() {
    let rows = rows();
    for rule in KantaraRule::ALL {
        let caught = match rule.schema() {
            Schema::Catches => "yes",
            Schema::LetsThrough => "no",
            Schema::NotAsked => "not asked",
        };
        let level = rule.level().to_string();
        assert_eq!(rows[rule.code()], [rule.text(), &level, caught]);
    }
    let repairs = KantaraRepair::ALL
        .iter()
        .map(|one| (one.code(), one.text()));
    let others = LinkedRepair::ALL.iter().map(|one| (one.code(), one.text()));
    for (code, text) in repairs.chain(others) {
        assert_eq!(rows[code], [text]);
    }
    for rule in LinkedRule::ALL {
        assert_eq!(rows[rule.code()][0], rule.text());
    }
    // Of either form the level is that of every vector.
    for (id, _, verdict) in cases() {
        let Verdict::Accepted(value) = verdict else {
            continue;
        };
        let rules = members(&value, "findings", "rule");
        for (rule, level) in rules.iter().zip(members(&value, "findings", "level")) {
            assert_eq!(rows[rule][1], level, "{id}: {rule}");
        }
    }
}

#[test]
fn what_must_be_answered_is_without_a_fault() {
    let mut held = 0;
    for (id, task, verdict) in cases() {
        let Verdict::Accepted(value) = verdict else {
            continue;
        };
        let (form, receipt) = match task {
            ReceiptTask::Read { form, .. } => (form, None),
            ReceiptTask::Write { form, receipt, .. } => (form, Some(receipt)),
            ReceiptTask::Verify { .. } | ReceiptTask::Validate { .. } => continue,
        };
        held += 1;
        let mut document = value["document"].clone();
        if form == ReceiptForm::Kantara {
            let octets = document.to_string();
            let report = kantara::validate(octets.as_bytes());
            assert!(report.is_valid(), "{id}: {:?}", report.findings);
            assert!(kantara::schema_accepts(octets.as_bytes()), "{id}");
            let again = kantara::read(octets.as_bytes()).unwrap();
            assert!(again.repairs.is_empty(), "{id}: {:?}", again.repairs);
            assert!(receipt.is_none() || report.findings.is_empty(), "{id}");
            continue;
        }
        if document["@context"].is_null() {
            document["@context"] = linked::context();
        }
        let octets = document.to_string();
        let again = linked::read(octets.as_bytes()).unwrap();
        assert!(again.repairs.is_empty(), "{id}: {:?}", again.repairs);
        assert_eq!(again.report.count(Level::Error), 0, "{id}");
        if let Some(receipt) = receipt {
            assert!(again.report.findings.is_empty(), "{id}");
            // The document says all of the receipt: it comes back as it was.
            let back = again.document.receipt().unwrap();
            assert_eq!(serde_json::to_value(&back).unwrap(), receipt, "{id}");
        }
    }
    assert!(held > 60, "{held}");
}
