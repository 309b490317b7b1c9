//! The vectors of `spec/vectors`: made here, held against what is checked in, and sat by ours.
#![expect(
    clippy::unwrap_used,
    reason = "a runner that cannot be started fails the test"
)]

use crate::support::checked_in;
use mydata::identity::{IdentityRefusal, ProviderRefusal};
use mydata::token::proof::ProofRefusal;
use mydata::token::request::RequestRefusal;
use mydata_conformance::exam::{Expected, Ours, Vectors, Verdict, examine};
use mydata_conformance::make;
use mydata_conformance::trace::{Catalogue, Exceptions};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors")
}

#[test]
fn the_vectors_are_made_again_octet_for_octet_and_ours_passes_them() {
    let files = make::files();
    for (path, text) in &files {
        checked_in(&format!("vectors/{path}"), text);
    }
    let vectors = Vectors::read(&folder()).unwrap();
    let mut made = Vectors::default();
    for (path, text) in &files {
        made.add_file(path, text.as_bytes()).unwrap();
    }
    let count = vectors.cases().len();
    assert_eq!(count, made.cases().len(), "a file that nobody makes");
    let outcome = examine(&vectors, &mut Ours::default(), None);
    let failures: Vec<String> = outcome.failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(outcome.passed >= 300, "{} cases", outcome.passed);
}

/// Every row that an operator, a source or a sink must keep is shown by a case that is accepted and by
/// one that is refused; what no software can keep stands in the exceptions, with its reason.
#[test]
fn every_must_has_a_case_accepted_and_a_case_refused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let catalogue = Catalogue::load(&root).unwrap();
    let exceptions = Exceptions::load(&root).unwrap();
    let vectors = Vectors::read(&folder()).unwrap();
    let has = |id: &str, accepted: bool| {
        let mut cases = vectors.cases().iter();
        cases.any(|case| {
            case.is_accepted() == accepted && case.requirements.iter().any(|row| row == id)
        })
    };
    let mut missing = Vec::new();
    for row in catalogue.rows() {
        let binds = ["OP", "SRC", "SNK", "SVC"];
        let is_must = row.level.starts_with("MUST")
            && row
                .binds
                .iter()
                .any(|party| binds.contains(&party.as_str()));
        let is_excepted = exceptions.reason(&row.id).is_some() || exceptions.is_pending(&row.id);
        if !is_must || is_excepted {
            continue;
        }
        for accepted in [true, false] {
            let mut ids = std::iter::once(&row.id).chain(&row.same_as);
            // A row that says others again is excepted with them.
            if !ids.any(|id| has(id, accepted) || exceptions.is_pending(id)) {
                let what = if accepted { "accepted" } else { "refused" };
                missing.push(format!("{} has no case {what}: {}", row.id, row.text));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// What a signed request between parties cannot be refused for: it has no token, and nothing but its header.
const OF_DATA_REQUESTS: &[&str] = &[
    "proof_carried_twice",
    "proof_dpop_missing",
    "proof_dpop_twice",
    "proof_nonce_needed",
    "proof_scheme_other",
    "proof_token_hash_mismatch",
    "proof_uri_mismatch",
];

/// Every code of a party's request and of a resident's token is that of a case.
#[test]
fn every_refusal_of_a_caller_occurs_in_a_vector() {
    let vectors = Vectors::read(&folder().join("http")).unwrap();
    let verdicts = vectors
        .cases()
        .iter()
        .filter_map(|case| match case.expected.last() {
            Some(Expected::Fully(verdict)) => Some(verdict),
            Some(Expected::Briefly(_)) | None => None,
        });
    let said: BTreeSet<&str> = verdicts.flat_map(Verdict::codes).collect();
    let told = [
        "access_sender_unknown",
        "request_replayed",
        "replay_guard_full",
        "replay_guard_memory",
    ];
    let codes = told.into_iter();
    let codes = codes.chain(ProofRefusal::ALL.iter().map(|one| one.code()));
    let codes = codes.chain(RequestRefusal::ALL.iter().map(|one| one.code()));
    let codes = codes.chain(IdentityRefusal::ALL.iter().map(|one| one.code()));
    let codes = codes.chain(ProviderRefusal::ALL.iter().map(|one| one.code()));
    let missing: BTreeSet<&str> = codes.filter(|code| !said.contains(code)).collect();
    let excepted: BTreeSet<&str> = OF_DATA_REQUESTS.iter().copied().collect();
    assert_eq!(missing, excepted);
}

/// A case with a change, as a file.
fn file_with(change: impl Fn(&mut Value)) -> Result<(), String> {
    let mut case = json!({ "id": "x/one", "requirements": ["FW-01"], "binds": ["sink"],
        "says": "It is so.", "expect": { "accepted": {} },
        "task": { "standing": { "link": "Active", "consent": "Active", "now": 1 } } });
    change(&mut case);
    let file = json!({ "title": "x", "cases": [case] }).to_string();
    let mut vectors = Vectors::default();
    vectors
        .add_file("x.json", file.as_bytes())
        .map_err(|fault| fault.to_string())
}

#[test]
fn a_vector_that_is_not_in_order_is_refused() {
    assert_eq!(file_with(|_| {}), Ok(()));
    type Change = fn(&mut Value);
    let faulty: [(&str, Change); 8] = [
        ("member", |case| case["comment"] = json!("")),
        ("task member", |case| {
            case["task"]["standing"]["then"] = json!(1)
        }),
        ("kind of task", |case| case["task"] = json!({ "dance": {} })),
        ("no verdict", |case| case["expect"] = Value::Null),
        ("two verdicts", |case| {
            case["expect"]["refused"] = json!("code")
        }),
        ("no requirement", |case| case["requirements"] = json!([])),
        ("nobody", |case| case["binds"] = json!([])),
        ("role", |case| case["binds"] = json!(["wallet"])),
    ];
    for (name, change) in faulty {
        assert!(file_with(change).is_err(), "{name}");
    }
    let mut vectors = Vectors::default();
    let (path, text) = make::files().pop_first().unwrap();
    vectors.add_file(&path, text.as_bytes()).unwrap();
    let again = vectors.add_file(&path, text.as_bytes()).unwrap_err();
    assert!(again.to_string().contains("twice"), "{again}");
    let twice = br#"{"title":"x","title":"y","cases":[]}"#;
    assert!(vectors.add_file("x.json", twice).is_err());
}

/// Runs the runner: its exit status and the last line that it printed.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mydata-conformance"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let last = printed.lines().last().unwrap_or_default().to_owned();
    (output.status.code(), last)
}

#[test]
fn the_runner_says_how_it_went() {
    let few = "spec/vectors/flows";
    let (status, last) = run(&[few]);
    assert_eq!(status, Some(0), "{last}");
    assert!(last.ends_with(" passed, 0 failed"), "{last}");
    // The same implementation again, as a program that is asked line by line.
    let itself = format!("{} --sit", env!("CARGO_BIN_EXE_mydata-conformance"));
    let other = run(&[few, "--role", "sink", "--implementation", &itself]);
    assert_eq!(other, run(&[few, "--role", "sink"]));
    let (status, last) = run(&[few, "--implementation", "cat"]);
    assert_eq!(status, Some(1), "{last}");
    assert!(last.starts_with("0 passed, "), "{last}");
    for wrong in [
        &["spec/tables"][..],
        &[],
        &[few, "--role", "wallet"],
        &[few, "--json"],
    ] {
        assert_eq!(run(wrong).0, Some(2), "{wrong:?}");
    }
}
