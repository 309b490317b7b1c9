//! Lines that name a row: citations, which count, and prose, which must not name what is not there.

use super::{Catalogue, Files};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The files in which each row is named.
pub(super) type Places = BTreeMap<String, BTreeSet<String>>;

/// What is cited where.
#[derive(Debug, Default)]
pub(super) struct Citations {
    pub(super) implemented: Places,
    pub(super) tested: Places,
}

/// What a file may cite.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Source,
    Test,
    Neither,
}

/// The mark of a citation. Written in two parts, so that this file has no citation.
const MARK: &str = concat!("//", "=");

impl Citations {
    pub(super) fn collect(files: &Files, catalogue: &Catalogue, faults: &mut Vec<String>) -> Self {
        let mut all = Self::default();
        for (path, text) in files {
            if path.ends_with(".rs") {
                all.source(path, text, files, catalogue, faults);
            } else if path.starts_with("spec/vectors/") && path.ends_with(".json") {
                match serde_json::from_str(text) {
                    Ok(value) => all.vectors(path, &value, catalogue, faults),
                    Err(error) => faults.push(format!("{path}: {error}")),
                }
            }
        }
        all
    }

    fn source(
        &mut self,
        path: &str,
        text: &str,
        files: &Files,
        catalogue: &Catalogue,
        faults: &mut Vec<String>,
    ) {
        let room = room(path);
        let mut counts_as_test = false;
        for (at, line) in text.lines().enumerate() {
            let Some((before, after)) = line.split_once(MARK) else {
                continue;
            };
            if !before.trim().is_empty() {
                // Within a string or quoted in prose it is no citation.
                if !before.contains(['"', '`']) {
                    faults.push(format!(
                        "{path}:{}: a citation has a line of its own",
                        at + 1
                    ));
                }
                continue;
            }
            let Some((ids, is_test)) = citation(after) else {
                faults.push(format!("{path}:{}: a malformed citation", at + 1));
                continue;
            };
            let fault = match (room, is_test) {
                (Room::Source, false) | (Room::Test, true) => None,
                (Room::Source, true) => Some("a citation of a test in the sources"),
                (Room::Test, false) => Some("a citation in a test does not say `test`"),
                (Room::Neither, _) => Some("nothing is cited in this folder"),
            };
            if let Some(fault) = fault {
                faults.push(format!("{path}:{}: {fault}", at + 1));
                continue;
            }
            counts_as_test |= is_test;
            for id in ids {
                if catalogue.row(id).is_none() {
                    faults.push(format!("{path}:{}: {id} is no row", at + 1));
                }
                let places = if is_test {
                    &mut self.tested
                } else {
                    &mut self.implemented
                };
                enter(places, id, path);
            }
        }
        if counts_as_test && !runs(path, text, files) {
            faults.push(format!("{path}: cites tests, and no test runs it"));
        }
    }

    fn vectors(
        &mut self,
        path: &str,
        value: &Value,
        catalogue: &Catalogue,
        faults: &mut Vec<String>,
    ) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    if name != "requirements" {
                        self.vectors(path, member, catalogue, faults);
                        continue;
                    }
                    let ids = member.as_array().into_iter().flatten();
                    let ids: Vec<&str> = ids.filter_map(Value::as_str).collect();
                    if member.as_array().is_none_or(|all| all.len() != ids.len()) {
                        faults.push(format!("{path}: `requirements` is not an array of ids"));
                    }
                    for id in ids {
                        if catalogue.row(id).is_none() {
                            faults.push(format!("{path}: {id} is no row"));
                        }
                        enter(&mut self.tested, id, path);
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.vectors(path, item, catalogue, faults);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn enter(places: &mut Places, id: &str, path: &str) {
    let files = places.entry(id.to_owned()).or_default();
    files.insert(path.to_owned());
}

/// `SL-05` or `SL-05, SL-06`, and the word `test` at the end or not.
fn citation(after: &str) -> Option<(Vec<&str>, bool)> {
    let text = after.strip_prefix(' ')?;
    let (ids, is_test) = match text.strip_suffix(" test") {
        Some(ids) => (ids, true),
        None => (text, false),
    };
    let ids: Vec<&str> = ids.split(", ").collect();
    ids.iter().all(|id| is_id(id)).then_some((ids, is_test))
}

/// Two capital letters, a hyphen, two digits or more.
fn is_id(text: &str) -> bool {
    let (letters, digits) = text.split_once('-').unwrap_or_default();
    letters.len() == 2
        && letters.bytes().all(|b| b.is_ascii_uppercase())
        && digits.len() > 1
        && digits.bytes().all(|b| b.is_ascii_digit())
}

fn room(path: &str) -> Room {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["crates", _, "src", ..] => Room::Source,
        ["crates", _, "tests", ..] | ["tests", "conformance", ..] | ["examples", ..] => Room::Test,
        _ => Room::Neither,
    }
}

/// Whether a file has tests, or is a module of a file that has, or that is a test binary.
fn runs(path: &str, text: &str, files: &Files) -> bool {
    if text.contains("#[test]") {
        return true;
    }
    let Some((folder, name)) = path.rsplit_once('/') else {
        return false;
    };
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    let declares = |text: &str| text.lines().any(|l| l.trim() == format!("mod {stem};"));
    let beside = ["main", "mod", "lib"].map(|host| format!("{folder}/{host}.rs"));
    let above = format!("{folder}.rs");
    let in_tests = |host: &String| room(host) == Room::Test && !host.starts_with("examples/");
    let mut hosts = beside.iter().chain([&above]).filter(|host| in_tests(host));
    hosts.any(|host| files.get(host).is_some_and(|text| declares(text)))
}

/// Every place where prose, or anything else, has the form of an id of a document that we know and
/// is no row.
pub(super) fn mentions(files: &Files, catalogue: &Catalogue, faults: &mut Vec<String>) {
    for (path, text) in files {
        if path.ends_with(".json") || path.ends_with(".txt") {
            continue;
        }
        for (at, line) in text.lines().enumerate() {
            for (prefix, _) in catalogue.documents() {
                for id in named(line, prefix) {
                    if catalogue.row(&id).is_none() {
                        faults.push(format!("{path}:{}: {id} is no row", at + 1));
                    }
                }
            }
        }
    }
}

/// What has the form of an id of `prefix` in a line, and is not a part of a longer word.
fn named(line: &str, prefix: &str) -> Vec<String> {
    let start = format!("{prefix}-");
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let mut found = Vec::new();
    for (at, _) in line.match_indices(&start) {
        let (before, rest) = (line.get(..at), line.get(at + start.len()..));
        let (before, rest) = (before.unwrap_or_default(), rest.unwrap_or_default());
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let after = rest.get(digits.len()..).unwrap_or_default();
        let is_within = before.ends_with(is_word) || after.starts_with(is_word);
        if !digits.is_empty() && !is_within {
            found.push(format!("{start}{digits}"));
        }
    }
    found
}
