//! The table of attacks in `SECURITY.md`, held to the vectors, the tests and the codes that it names.
//!
//! `MYDATA_BLESS=1` writes the codes of each row anew.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a table that cannot be read fails the test"
)]

use crate::vectors::folder;
use mydata_conformance::exam::{Case, Expected, Implementation as _, Ours, Vectors, judge};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A row of the table.
struct Row {
    id: String,
    /// Files of vectors, without the ending.
    vectors: Vec<String>,
    /// Tests, with the way to them.
    tests: Vec<String>,
    codes: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<String> {
    let names = cell.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let mut parts = text.split("\n## ");
    let attacks = parts.find(|part| part.trim_start_matches("## ").starts_with("Attacks\n"));
    let rows = attacks.unwrap().lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").collect();
        let [id, attack, defence, vectors, tests, codes] = cells.as_slice() else {
            panic!("not six cells: {line}");
        };
        assert!(!attack.is_empty() && !defence.is_empty(), "{id}");
        (*id != "row").then(|| Row {
            id: (*id).to_owned(),
            vectors: quoted(vectors),
            tests: quoted(tests),
            codes: quoted(codes).into_iter().collect(),
        })
    });
    rows.collect()
}

/// Writes the codes of a row anew; what they are is to be read by whoever blesses.
fn bless(id: &str, old: &BTreeSet<String>, new: &BTreeSet<String>) {
    let cell = |codes: &BTreeSet<String>| -> String {
        let codes: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
        format!("| {} |", codes.join(", "))
    };
    let path = root().join("SECURITY.md");
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().map(|line| {
        let is_row = line.starts_with(&format!("| {id} | "));
        match line.strip_suffix(&cell(old)) {
            Some(rest) if is_row => format!("{rest}{}\n", cell(new)),
            Some(_) | None => format!("{line}\n"),
        }
    });
    fs::write(&path, lines.collect::<String>()).unwrap();
}

/// Every case, with its file (`jose/header`).
fn cases() -> Vec<(String, Case)> {
    let mut all = Vec::new();
    let mut families: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    families.sort();
    for family in families {
        let mut files: Vec<PathBuf> = fs::read_dir(&family)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .collect();
        files.sort();
        for file in files {
            let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
            let name = format!("{}/{}", name(&family), name(&file));
            let mut vectors = Vectors::default();
            vectors.add_file(&name, &fs::read(&file).unwrap()).unwrap();
            let cases = vectors.cases().iter().cloned();
            all.extend(cases.map(|case| (name.clone(), case)));
        }
    }
    all
}

/// The codes with which anything in the case is refused.
fn codes(case: &Case) -> BTreeSet<String> {
    let verdicts = case.expected.iter().filter_map(|expected| match expected {
        Expected::Fully(verdict) => Some(verdict),
        Expected::Briefly(_) => None,
    });
    let codes = verdicts.flat_map(|verdict| verdict.codes());
    codes.map(str::to_owned).collect()
}

/// The file of a test, and its function: `peer::p1_name`, `keys::known::sha256`.
fn test_at(name: &str) -> (PathBuf, String) {
    let parts: Vec<&str> = name.split("::").collect();
    let (folder, file, function) = match parts.as_slice() {
        [file, function] => ("tests/conformance", file, function),
        ["keys", file, function] => ("crates/mydata-keys/tests/keys", file, function),
        ["token", file, function] => ("crates/mydata-token/tests/token", file, function),
        ["core", file, function] => ("crates/mydata-core/tests", file, function),
        other => panic!("{other:?} is no way to a test"),
    };
    let path = root().join(folder).join(format!("{file}.rs"));
    (path, (*function).to_owned())
}

#[test]
fn every_attack_has_its_vectors_its_tests_and_its_codes() {
    let rows = rows();
    let numbered = |letter: char, count: usize| (1..=count).map(move |n| format!("{letter}{n}"));
    let wanted: Vec<String> = numbered('A', 27).chain(numbered('P', 21)).collect();
    let found: Vec<&String> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(
        found,
        wanted.iter().collect::<Vec<_>>(),
        "rows of the table"
    );
    let list = fs::read_to_string(root().join("spec/codes.md")).unwrap();
    let cases = cases();
    let mut counts = Vec::new();
    for row in &rows {
        let id = &row.id;
        let of_row = || cases.iter().filter(|(_, case)| case.decisions.contains(id));
        for file in &row.vectors {
            let has = of_row().any(|(name, _)| name == file);
            assert!(has, "{id}: no case of `{file}` names it");
        }
        assert!(!row.vectors.is_empty() && !row.tests.is_empty(), "{id}");
        let given: BTreeSet<String> = of_row().flat_map(|(_, case)| codes(case)).collect();
        if std::env::var_os("MYDATA_BLESS").is_some() {
            bless(id, &row.codes, &given);
            continue;
        }
        assert_eq!(row.codes, given, "{id}: the codes of its cases");
        for code in &row.codes {
            assert!(list.contains(&format!("\n| `{code}` |")), "{id}: {code}");
        }
        for test in &row.tests {
            let (path, function) = test_at(test);
            let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{id}: {test}"));
            let is_there = text.contains(&format!("fn {function}("));
            assert!(is_there, "{id}: no test {test}");
        }
        counts.push(format!("{id} {}", of_row().count()));
    }
    println!("cases of each row: {}", counts.join(", "));
}

/// Whether the file is one of the two families that are about attacks alone.
fn is_of_attacks(file: &str) -> bool {
    file.starts_with("jose/") || file.starts_with("token/")
}

/// Sits the examination on every case that is about an attack, and says how it went.
#[test]
fn nothing_is_accepted_or_refused_wrongly() {
    let table: BTreeSet<String> = rows().into_iter().map(|row| row.id).collect();
    let mut seen = BTreeSet::new();
    let (mut sat, mut accepted, mut refused, mut other) = (0, Vec::new(), Vec::new(), Vec::new());
    for (file, case) in cases() {
        let named: Vec<&String> = case
            .decisions
            .iter()
            .filter(|id| table.contains(*id))
            .collect();
        if named.is_empty() && !is_of_attacks(&file) {
            continue;
        }
        sat += 1;
        seen.extend(named.into_iter().cloned());
        let verdicts = Ours::default().sit(&case.id, &case.task);
        let failure = judge(&case, &verdicts);
        let is_accepted = verdicts.last().is_some_and(|verdict| verdict.is_accepted());
        match (failure, case.is_accepted(), is_accepted) {
            (None, ..) => {}
            (Some(failure), false, true) => accepted.push(failure.to_string()),
            (Some(failure), true, false) => refused.push(failure.to_string()),
            (Some(failure), ..) => other.push(failure.to_string()),
        }
    }
    println!(
        "attacks: {} rows, {sat} cases, accepted wrongly {}, refused wrongly {}, otherwise wrong {}",
        seen.len(),
        accepted.len(),
        refused.len(),
        other.len()
    );
    assert_eq!(seen, table, "rows that a case is about");
    assert!(sat >= 500, "{sat} cases");
    let wrong = [accepted, refused, other].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An attack that another case tries already examines nothing. What is accepted may stand twice: it is
/// there so that nothing but the attack can be what is refused.
#[test]
fn no_attack_is_tried_twice() {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (file, case) in cases().into_iter().filter(|(_, case)| !case.is_accepted()) {
        let task = serde_json::to_string(&case.task).unwrap();
        let id = format!("{file}: {}", case.id);
        if let Some(earlier) = seen.insert(task, id.clone()) {
            let is_new = is_of_attacks(&earlier) || is_of_attacks(&file);
            assert!(!is_new, "{earlier} and {id} are one task");
        }
    }
}

/// An attack, a contradiction, a decision or a failure that a case names is a row somewhere.
#[test]
fn every_case_rests_on_rows_that_are_there() {
    let mut known: BTreeSet<String> = rows().into_iter().map(|row| row.id).collect();
    for file in ["spec/decisions.md", "spec/peer-failures.md"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let ids = text.lines().filter_map(|line| {
            let cell = line.strip_prefix("| ")?;
            cell.split(' ').next()
        });
        known.extend(ids.map(str::to_owned));
    }
    let mut named = 0;
    for (file, case) in cases() {
        for id in &case.decisions {
            assert!(
                known.contains(id),
                "{file}: {} names {id}, which is no row",
                case.id
            );
            named += 1;
        }
    }
    assert!(named > 1000, "{named} names");
}
