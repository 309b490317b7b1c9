//! Reading a folder of vectors. Strict: what is not in the format is an error, since a vector that
//! nobody reads examines nothing.

use super::task::Task;
use super::verdict::Verdict;
use mydata::core::json::{Limits, from_slice};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Far more than any file has; it bounds what a mistaken path can cost.
const FILE: Limits = Limits::new(64 << 20, 64, 1 << 16, 1 << 24);

/// Who is examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the roles of the framework")]
pub enum Role {
    /// An operator.
    Operator,
    /// A source.
    Source,
    /// A sink.
    Sink,
}

impl Role {
    /// By its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "operator" => Some(Self::Operator),
            "source" => Some(Self::Source),
            "sink" => Some(Self::Sink),
            _ => None,
        }
    }
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Case {
    /// Unique.
    pub id: String,
    /// What it examines.
    pub requirements: Vec<String>,
    /// Contradictions, decisions, failures and attacks on which it rests.
    pub decisions: Vec<String>,
    /// Whom.
    pub binds: Vec<Role>,
    /// One plain sentence.
    pub says: String,
    /// What an implementation is given.
    pub task: Task,
    /// What must come of it: as many as the task has verdicts.
    pub expected: Vec<Expected>,
}

impl Case {
    /// Whether the case is about something that must be accepted: its last step is.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.expected.last().is_some_and(Expected::is_accepted)
    }
}

/// What must come of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "all of it, or that much")]
pub enum Expected {
    /// It must be accepted; a step on the way, of which nothing more is said.
    Briefly(Briefly),
    /// This.
    Fully(Verdict),
}

/// The word for a step on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a step on the way is accepted")]
pub enum Briefly {
    /// It must be accepted.
    Accepted,
}

impl Expected {
    /// Whether it must be accepted.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        match self {
            Self::Briefly(Briefly::Accepted) => true,
            Self::Fully(verdict) => verdict.is_accepted(),
        }
    }
}

/// One message of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Leg {
    /// When.
    pub at: u64,
    /// Who sends it.
    pub from: String,
    /// Who receives it.
    pub to: String,
    /// What it is.
    pub kind: String,
    /// As it travels.
    pub message: String,
}

/// A file as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct File {
    /// What is in it.
    pub title: String,
    /// A whole flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Vec<Leg>>,
    /// The cases.
    pub cases: Vec<Written>,
}

/// A case as it is written: steps and what is expected of them stand together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Written {
    /// Unique.
    pub id: String,
    /// What it examines.
    pub requirements: Vec<String>,
    /// Contradictions, decisions, failures of earlier systems and attacks on which it rests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<String>,
    /// Whom.
    pub binds: Vec<Role>,
    /// One plain sentence.
    pub says: String,
    /// What is asked, each step with its `expect`.
    pub task: Value,
    /// What must come of a task without steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Verdict>,
}

/// What is wrong with a folder, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a place and a sentence")]
pub struct Fault {
    /// The file or the case.
    pub at: String,
    /// What is wrong.
    pub what: String,
}

impl Fault {
    fn new(at: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self {
            at: at.to_string(),
            what: what.to_string(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

/// Every case of a folder.
#[derive(Debug, Clone, Default)]
pub struct Vectors {
    cases: Vec<Case>,
    ids: BTreeSet<String>,
}

impl Vectors {
    /// Reads every `.json` under `folder`, in the order of their names.
    ///
    /// # Errors
    /// [`Fault`], the first one.
    pub fn read(folder: &Path) -> Result<Self, Fault> {
        let mut vectors = Self::default();
        let mut files = Vec::new();
        find(folder, &mut files)?;
        files.sort();
        for path in files {
            let octets = bounded(&path).map_err(|error| Fault::new(path.display(), error))?;
            vectors.add_file(&path.display().to_string(), &octets)?;
        }
        if vectors.cases.is_empty() {
            return Err(Fault::new(folder.display(), "there is no case"));
        }
        Ok(vectors)
    }

    /// Adds the cases of one file.
    ///
    /// # Errors
    /// [`Fault`], the first one.
    pub fn add_file(&mut self, name: &str, octets: &[u8]) -> Result<(), Fault> {
        // Twice: by the strict reader, for member names that stand twice, and by name.
        let _: Value = from_slice(octets, FILE).map_err(|fault| Fault::new(name, fault))?;
        let file: File = serde_json::from_slice(octets).map_err(|error| Fault::new(name, error))?;
        for written in file.cases {
            let case = case(written)?;
            if !self.ids.insert(case.id.clone()) {
                return Err(Fault::new(&case.id, "this id stands twice"));
            }
            self.cases.push(case);
        }
        Ok(())
    }

    /// The cases.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }
}

/// As many octets as a file of vectors may have, and one more, by which it is known to have too many.
fn bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    let most = u64::try_from(FILE.octets).unwrap_or(u64::MAX);
    std::fs::File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut octets)?;
    Ok(octets)
}

/// Regular files; a link is followed to a file and never to a folder, or there might be no end.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Fault> {
    let fault = |error| Fault::new(folder.display(), error);
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(fault)?);
        if kind.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "json") && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// Takes steps and what is expected of them apart.
fn case(written: Written) -> Result<Case, Fault> {
    let id = written.id;
    let fault = |what: &str| Fault::new(&id, what);
    let mut task = written.task;
    let mut expected: Vec<Expected> = written.expect.into_iter().map(Expected::Fully).collect();
    for kind in ["party", "service", "operator"] {
        let Some(steps) = task
            .get_mut(kind)
            .and_then(|session| session.get_mut("steps"))
        else {
            continue;
        };
        let steps = steps.as_array_mut();
        for step in steps.ok_or_else(|| fault("`steps` is no array"))? {
            let step = step
                .as_object_mut()
                .ok_or_else(|| fault("a step is no object"))?;
            let expect = step.remove("expect");
            let expect = expect.ok_or_else(|| fault("a step has no `expect`"))?;
            let verdict = serde_json::from_value(expect);
            expected.push(verdict.map_err(|error| Fault::new(&id, error))?);
        }
    }
    let task: Task = serde_json::from_value(task).map_err(|error| Fault::new(&id, error))?;
    if expected.len() != task.verdicts() || expected.is_empty() {
        return Err(fault("there are not as many verdicts as there are steps"));
    }
    if written.requirements.is_empty() || written.binds.is_empty() || written.says.is_empty() {
        return Err(fault(
            "a case names requirements, whom it binds and what it says",
        ));
    }
    Ok(Case {
        id,
        requirements: written.requirements,
        decisions: written.decisions,
        binds: written.binds,
        says: written.says,
        task,
        expected,
    })
}
