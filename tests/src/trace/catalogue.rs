//! The rows of `spec/requirements`, and the exceptions from them.

use super::Files;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

/// One row of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The id, such as `CN` and a number.
    pub id: String,
    /// The document that demands it.
    pub document: String,
    /// The section, table or figure of the document; empty where none is given.
    pub section: String,
    /// The word that the document uses; `decl` where it uses none, `lc` before one in lower case.
    pub level: String,
    /// Whom it binds: `OP`, `AO`, `SRC`, `SNK`, `SVC`, `ACC`, `REG`, or `all`.
    pub binds: Vec<String>,
    /// What must hold.
    pub text: String,
    /// How a test can show it.
    pub check: String,
    /// The rows that this one says again; none when it says something of its own.
    pub same_as: Vec<String>,
}

/// All rows, document by document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    rows: Vec<Requirement>,
    documents: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    document: String,
    prefix: String,
    requirement: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    level: String,
    #[serde(default)]
    section: String,
    binds: Vec<String>,
    text: String,
    check: String,
    #[serde(default)]
    same_as: Vec<String>,
}

const PARTIES: [&str; 8] = ["OP", "AO", "SRC", "SNK", "SVC", "ACC", "REG", "all"];

impl Catalogue {
    /// Reads the catalogue of the repository below `root`.
    ///
    /// # Errors
    /// A file that cannot be read, or the faults of the catalogue.
    pub fn load(root: &Path) -> io::Result<Self> {
        let mut files = Files::new();
        for entry in fs::read_dir(root.join("spec/requirements"))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("spec/requirements/{name}");
            files.insert(path, fs::read_to_string(entry.path())?);
        }
        let mut faults = Vec::new();
        let catalogue = Self::parse(&files, &mut faults);
        if faults.is_empty() {
            Ok(catalogue)
        } else {
            Err(io::Error::other(faults.join("\n")))
        }
    }

    pub(super) fn parse(files: &Files, faults: &mut Vec<String>) -> Self {
        let mut all = Self::default();
        for (path, text) in files {
            if !path.starts_with("spec/requirements/") || !path.ends_with(".toml") {
                continue;
            }
            match toml::from_str::<Document>(text) {
                Ok(document) => all.enter(path, document, faults),
                Err(error) => faults.push(format!("{path}: {}", error.message())),
            }
        }
        all.check(faults);
        all
    }

    fn enter(&mut self, path: &str, document: Document, faults: &mut Vec<String>) {
        for row in document.requirement {
            let number = row
                .id
                .strip_prefix(&document.prefix)
                .and_then(|rest| rest.strip_prefix('-'));
            let of_number = |text: &str| text.len() > 1 && text.bytes().all(|b| b.is_ascii_digit());
            if !number.is_some_and(of_number) {
                faults.push(format!("{path}: {} is no id of this document", row.id));
            }
            if row.binds.is_empty() || !row.binds.iter().all(|b| PARTIES.contains(&b.as_str())) {
                faults.push(format!("{path}: {} binds nobody that is known", row.id));
            }
            self.rows.push(Requirement {
                id: row.id,
                document: document.document.clone(),
                section: row.section,
                level: row.level,
                binds: row.binds,
                text: row.text,
                check: row.check,
                same_as: row.same_as,
            });
        }
        self.documents.push((document.prefix, document.document));
    }

    fn check(&self, faults: &mut Vec<String>) {
        let mut rows = BTreeMap::new();
        for row in &self.rows {
            if rows.insert(row.id.as_str(), row).is_some() {
                faults.push(format!("{}: two rows have this id", row.id));
            }
        }
        for row in &self.rows {
            for named in &row.same_as {
                match rows.get(named.as_str()) {
                    None => faults.push(format!("{}: same as {named}, which is no row", row.id)),
                    Some(other) if other.same_as.is_empty() => {}
                    Some(_) => faults.push(format!(
                        "{}: same as {named}, which is itself the same as another",
                        row.id
                    )),
                }
            }
        }
    }

    /// Every row, in the order of the files.
    #[must_use]
    pub fn rows(&self) -> &[Requirement] {
        &self.rows
    }

    /// The two letters of each document, and its name.
    pub fn documents(&self) -> impl Iterator<Item = (&str, &str)> {
        self.documents.iter().map(|(p, d)| (p.as_str(), d.as_str()))
    }

    /// The row of this id.
    #[must_use]
    pub fn row(&self, id: &str) -> Option<&Requirement> {
        self.rows.iter().find(|row| row.id == id)
    }
}

/// `spec/exceptions.toml`: rows that no code of ours can keep, each with the reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exceptions {
    reasons: BTreeMap<String, String>,
    pending: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionFile {
    pending: Vec<String>,
    #[serde(default)]
    exception: Vec<Exception>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    id: String,
    reason: String,
}

/// A reason says something: a word or two is none.
const SHORTEST_REASON: usize = 30;

impl Exceptions {
    /// Reads the exceptions of the repository below `root`.
    ///
    /// # Errors
    /// The file cannot be read, or its faults.
    pub fn load(root: &Path) -> io::Result<Self> {
        let mut faults = Vec::new();
        let exceptions = Self::parse(&fs::read_to_string(root.join(FILE))?, &mut faults);
        if faults.is_empty() {
            Ok(exceptions)
        } else {
            Err(io::Error::other(faults.join("\n")))
        }
    }

    pub(super) fn parse(text: &str, faults: &mut Vec<String>) -> Self {
        let mut all = Self::default();
        let file = match toml::from_str::<ExceptionFile>(text) {
            Ok(file) => file,
            Err(error) => {
                faults.push(format!("{FILE}: {}", error.message()));
                return all;
            }
        };
        for Exception { id, reason } in file.exception {
            if reason.trim().len() < SHORTEST_REASON {
                faults.push(format!("{FILE}: the exception of {id} gives no reason"));
            }
            if all.reasons.insert(id.clone(), reason).is_some() {
                faults.push(format!("{FILE}: {id} is excepted twice"));
            }
        }
        for id in file.pending {
            if all.reasons.contains_key(&id) {
                faults.push(format!("{FILE}: {id} is excepted and pending"));
            }
            if !all.pending.insert(id.clone()) {
                faults.push(format!("{FILE}: {id} is pending twice"));
            }
        }
        all
    }

    /// Why no code keeps the row, if it is excepted.
    #[must_use]
    pub fn reason(&self, id: &str) -> Option<&str> {
        self.reasons.get(id).map(String::as_str)
    }

    /// Whether the row is still to be done.
    #[must_use]
    pub fn is_pending(&self, id: &str) -> bool {
        self.pending.contains(id)
    }

    pub(super) fn excepted(&self) -> impl Iterator<Item = &str> {
        self.reasons.keys().map(String::as_str)
    }

    pub(super) fn pending(&self) -> impl Iterator<Item = &str> {
        self.pending.iter().map(String::as_str)
    }
}

/// Where the exceptions stand.
pub(super) const FILE: &str = "spec/exceptions.toml";
