//! What the runner says: a line a check, and a document for programs.

use crate::rights::judge::Verdict;
use serde_json::{Value, json};
use std::fmt;

/// One check, judged.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Row {
    /// The check.
    pub id: &'static str,
    /// Of which act, where a check has several.
    pub act: Option<&'static str>,
    /// What has come of it.
    pub verdict: Verdict,
}

impl Row {
    /// A check, of an act if it has several, and what has come of it.
    #[must_use]
    pub const fn new(id: &'static str, act: Option<&'static str>, verdict: Verdict) -> Self {
        Self { id, act, verdict }
    }

    const fn word(&self) -> (&'static str, &String) {
        match &self.verdict {
            Verdict::Passed(what) => ("ok", what),
            Verdict::Failed(what) => ("FAIL", what),
            Verdict::Deviates(what) => ("dev", what),
            Verdict::NotExamined(what) => ("-", what),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, what) = self.word();
        write!(f, "{word} {}", self.id)?;
        if let Some(act) = self.act {
            write!(f, " {act}")?;
        }
        match &self.verdict {
            Verdict::Passed(_) => write!(f, " {what}"),
            Verdict::Failed(_) | Verdict::Deviates(_) => write!(f, ": {what}"),
            Verdict::NotExamined(_) => write!(f, ": not examined ({what})"),
        }
    }
}

/// What an examination has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a program has a status for each")]
pub enum Outcome {
    /// Every check was passed, or deviates as was allowed.
    Passed,
    /// One at least has failed.
    Failed,
    /// None has failed, and one at least was not made.
    Incomplete,
}

impl Outcome {
    /// The exit status of a program.
    #[must_use]
    pub const fn status(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Incomplete => 3,
        }
    }
}

/// All checks, judged.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Report {
    /// In the order in which they were made.
    pub rows: Vec<Row>,
}

impl Report {
    fn count(&self, is: fn(&Verdict) -> bool) -> usize {
        self.rows.iter().filter(|row| is(&row.verdict)).count()
    }

    /// How many checks have failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::Failed(_)))
    }

    /// How many checks were not made, since what they take was not given.
    #[must_use]
    pub fn not_examined(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::NotExamined(_)))
    }

    /// What it has come to.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match (self.failed(), self.not_examined()) {
            (0, 0) => Outcome::Passed,
            (0, _) => Outcome::Incomplete,
            (_, _) => Outcome::Failed,
        }
    }

    /// The ids of the checks that have failed, each once.
    #[must_use]
    pub fn failures(&self) -> Vec<&'static str> {
        let failed = |row: &&Row| matches!(row.verdict, Verdict::Failed(_));
        let mut ids: Vec<_> = self.rows.iter().filter(failed).map(|row| row.id).collect();
        ids.dedup();
        ids
    }

    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let (word, what) = row.word();
            json!({ "id": row.id, "act": row.act, "outcome": word.to_lowercase(), "told": what })
        });
        json!({ "summary": self.to_string(), "checks": rows.collect::<Vec<_>>() })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passed = self.count(|verdict| matches!(verdict, Verdict::Passed(_)));
        let skipped = self.not_examined();
        let deviating = self.count(|verdict| matches!(verdict, Verdict::Deviates(_)));
        write!(
            f,
            "{passed} passed, {} failed, {skipped} not examined",
            self.failed()
        )?;
        match deviating {
            0 => Ok(()),
            count => write!(f, ", {count} as the city's library does"),
        }
    }
}
