//! Writing cases down.

use crate::exam::task::Bound;
use crate::exam::vectors::{File, Leg, Role, Written};
use crate::exam::{Implementation as _, Ours, Task, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Everybody.
pub const ALL: &[Role] = &[Role::Operator, Role::Source, Role::Sink];
/// Whoever is linked.
pub const SERVICES: &[Role] = &[Role::Source, Role::Sink];

/// A file in the making.
#[derive(Debug)]
pub struct Book {
    /// `family/file`, without the ending.
    pub name: String,
    file: File,
    disagreements: Vec<String>,
}

/// A case without its steps.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The id, without the name of the file.
    pub id: &'a str,
    /// What it examines, apart by spaces.
    pub requirements: &'a str,
    /// Whom.
    pub binds: &'a [Role],
    /// One plain sentence.
    pub says: &'a str,
}

/// What the maker of a case states; what the implementation says must agree, or there is no case.
#[derive(Debug, Clone, Copy)]
pub enum Stated<'a> {
    /// Accepted.
    Accepted,
    /// Refused with these codes, apart by spaces.
    Refused(&'a str),
    /// Accepted, with exactly these findings, repairs or losses, apart by commas: `code /pointer`; a
    /// finding that is no error begins with its level, and a loss has where it was kept for a code. Of
    /// a validation by Kantara's rules also `schema accepts` or `schema refuses`.
    Found(&'a str),
}

impl Book {
    /// An empty file.
    #[must_use]
    pub fn new(name: &str, title: &str) -> Self {
        Self {
            name: name.to_owned(),
            file: File {
                title: title.to_owned(),
                transcript: None,
                cases: Vec::new(),
            },
            disagreements: Vec::new(),
        }
    }

    /// A whole flow.
    pub fn transcript(&mut self, legs: Vec<Leg>) {
        self.file.transcript = Some(legs);
    }

    /// A task without steps. The detail of what is accepted is computed, and what is refused is
    /// stated by hand.
    pub fn task(&mut self, about: About<'_>, task: &Task, stated: Stated<'_>) {
        let verdicts = Ours::default().sit(about.id, task);
        let [verdict] = verdicts.as_slice() else {
            panic!("{}: not one verdict", about.id);
        };
        self.disagreements
            .extend(stated.disagreement(about.id, verdict));
        let task = serde_json::to_value(task).unwrap();
        self.write(about, task, Some(verdict.clone()));
    }

    /// A session: the task with its steps, and what came of each.
    pub fn session(
        &mut self,
        about: About<'_>,
        task: &Task,
        verdicts: &[Verdict],
        stated: Stated<'_>,
    ) {
        self.told(about, task, verdicts, stated, true);
    }

    /// The same; of the steps on the way it is said only that they are accepted.
    pub fn brief_session(
        &mut self,
        about: About<'_>,
        task: &Task,
        verdicts: &[Verdict],
        stated: Stated<'_>,
    ) {
        self.told(about, task, verdicts, stated, false);
    }

    fn told(
        &mut self,
        about: About<'_>,
        task: &Task,
        verdicts: &[Verdict],
        stated: Stated<'_>,
        fully: bool,
    ) {
        let last = verdicts.last().unwrap();
        self.disagreements
            .extend(stated.disagreement(about.id, last));
        let mut task = serde_json::to_value(task).unwrap();
        let session = task.as_object_mut().unwrap().values_mut().next().unwrap();
        let steps = session["steps"].as_array_mut().unwrap();
        assert_eq!(steps.len(), verdicts.len(), "{}", about.id);
        let end = steps.len() - 1;
        for (at, (step, verdict)) in steps.iter_mut().zip(verdicts).enumerate() {
            step["expect"] = if fully || at == end || !verdict.is_accepted() {
                serde_json::to_value(verdict).unwrap()
            } else {
                json!("accepted")
            };
        }
        self.write(about, task, None);
    }

    fn write(&mut self, about: About<'_>, task: Value, expect: Option<Verdict>) {
        let file = self.name.rsplit('/').next().unwrap();
        // A row of the catalogue has a hyphen: `CN-43`; a decision has none: `D12`.
        let (requirements, decisions): (Vec<String>, Vec<String>) = about
            .requirements
            .split_whitespace()
            .map(str::to_owned)
            .partition(|id| id.contains('-'));
        if requirements.is_empty() {
            let name = format!("{}: no requirement", about.id);
            self.disagreements.push(name);
        }
        self.file.cases.push(Written {
            id: format!("{file}/{}", about.id),
            requirements,
            decisions,
            binds: about.binds.to_vec(),
            says: about.says.to_owned(),
            task,
            expect,
        });
    }

    /// Where the maker and the implementation do not agree.
    #[must_use]
    pub fn disagreements(&self) -> &[String] {
        &self.disagreements
    }

    /// The path under `spec/vectors`, and the text.
    #[must_use]
    pub fn written(&self) -> (String, String) {
        let file = &self.file;
        let legs = file.transcript.iter().flatten().map(line).collect();
        let cases = file.cases.iter().map(case_text).collect();
        let mut text = format!("{{\"title\":{}", line(&file.title));
        if file.transcript.is_some() {
            text += &format!(",\n\"transcript\":[\n{}\n]", joined(legs));
        }
        text += &format!(",\n\"cases\":[\n{}\n]}}\n", joined(cases));
        (format!("{}.json", self.name), text)
    }
}

fn line(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn joined(lines: Vec<String>) -> String {
    lines.join(",\n")
}

/// A case on one line, a session on one for each step: so that a change can be read.
fn case_text(case: &Written) -> String {
    let mut case = case.clone();
    let session = case.task.as_object_mut().unwrap().values_mut().next();
    let steps = session
        .unwrap()
        .as_object_mut()
        .and_then(|s| s.remove("steps"));
    let Some(Value::Array(steps)) = steps else {
        return line(&case);
    };
    let steps = steps.iter().map(line).collect();
    // `steps` stands last in the task, and the task last in the case.
    let text = line(&case);
    let open = text.strip_suffix("}}}").unwrap();
    format!("{open},\"steps\":[\n{}\n]}}}}}}", joined(steps))
}

impl Stated<'_> {
    /// What is stated and what is said, when they are not the same.
    #[must_use]
    pub fn disagreement(self, id: &str, verdict: &Verdict) -> Option<String> {
        let agrees = match self {
            Self::Accepted => verdict.is_accepted(),
            Self::Refused(codes) => {
                let codes: BTreeSet<&str> = codes.split(' ').collect();
                verdict.codes().into_iter().eq(codes)
            }
            Self::Found(lines) => {
                let lines = lines.split(',').map(str::trim);
                let mut stated: Vec<String> = lines
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned)
                    .collect();
                stated.sort();
                let said = found(verdict);
                if said == stated {
                    return None;
                }
                return Some(format!("{id}: stated {stated:?}, said {said:?}"));
            }
        };
        (!agrees).then(|| format!("{id}: stated {self:?}, said {verdict:?}"))
    }
}

/// What is accepted with findings, repairs or losses, as lines.
fn found(verdict: &Verdict) -> Vec<String> {
    let Verdict::Accepted(said) = verdict else {
        return vec![format!("refused: {}", verdict.codes().join(" "))];
    };
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let line = |one: &Value| {
        let level = text(one, "level");
        let level = if level == "error" { "" } else { &level };
        let code = ["rule", "repair", "kept"]
            .map(|name| text(one, name))
            .concat();
        let line = format!("{level} {code} {}", text(one, "pointer"));
        line.trim().to_owned()
    };
    let lists = ["findings", "repairs", "losses"].map(|name| said[name].as_array());
    let mut lines: Vec<String> = lists.into_iter().flatten().flatten().map(line).collect();
    // A document is valid when no finding is an error, and what is stated says which are.
    let has_error = |one: &Value| one["level"] == "error";
    let is_valid = said["findings"]
        .as_array()
        .map(|all| !all.iter().any(has_error));
    if is_valid != said["valid"].as_bool() {
        lines.push(format!("valid: {}", said["valid"]));
    }
    if let Some(accepts) = said["schema"].as_bool() {
        lines.push(
            if accepts {
                "schema accepts"
            } else {
                "schema refuses"
            }
            .to_owned(),
        );
    }
    lines.sort();
    lines
}

/// The key sets that a verifier of everything has bound.
#[must_use]
pub fn bound() -> Bound {
    use super::keys::set;
    Bound {
        owner: Some(set(&["owner-1", "owner-2"])),
        operator: Some(set(&["operator-status-1"])),
        service: Some(set(&["sink-1"])),
        sink: Some(set(&["sink-pop-1"])),
    }
}

/// An object with one member altered, by a path of names.
#[must_use]
pub fn altered(value: &Value, path: &[&str], new: Value) -> Value {
    let mut value = value.clone();
    *member(&mut value, path) = new;
    value
}

/// An object without the member at a path.
#[must_use]
pub fn without(value: &Value, path: &[&str]) -> Value {
    let mut value = value.clone();
    let (last, before) = path.split_last().unwrap();
    let object = member(&mut value, before).as_object_mut().unwrap();
    assert!(object.remove(*last).is_some(), "there is no {last}");
    value
}

fn member<'v>(value: &'v mut Value, path: &[&str]) -> &'v mut Value {
    path.iter().fold(value, |value, name| {
        if value.is_array() {
            value.get_mut(name.parse::<usize>().unwrap()).unwrap()
        } else {
            value
                .as_object_mut()
                .unwrap()
                .entry(*name)
                .or_insert(json!(null))
        }
    })
}
