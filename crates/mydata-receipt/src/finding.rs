//! What is found wrong with a document: where, which rule, how bad.

use serde::Serialize;
use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "three levels, as everywhere")]
pub enum Level {
    /// The document is no receipt of this form.
    Error,
    /// It is, and somebody will stumble over it.
    Warning,
    /// Worth knowing.
    Note,
}

/// One finding. It never repeats the document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Finding<R> {
    /// Where: a JSON pointer (RFC 6901) of numbers and of names that the form knows. What is wrong with
    /// a name that it does not know is told at the object that has it.
    pub pointer: String,
    /// The rule.
    pub rule: R,
    /// How bad.
    pub level: Level,
}

/// Everything that was found, in the order of the document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Report<R> {
    /// The findings.
    pub findings: Vec<Finding<R>>,
}

impl<R> Default for Report<R> {
    fn default() -> Self {
        Self {
            findings: Vec::new(),
        }
    }
}

impl<R> Report<R> {
    /// Whether the document is a receipt of this form: nothing found is an error.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.findings
            .iter()
            .all(|found| found.level != Level::Error)
    }

    /// How many findings are of this level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.findings
            .iter()
            .filter(|found| found.level == level)
            .count()
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

impl<R: fmt::Display> fmt::Display for Finding<R> {
    /// One line: `error at /services/0: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = if self.pointer.is_empty() {
            "the document"
        } else {
            &self.pointer
        };
        write!(f, "{} at {pointer}: {}", self.level, self.rule)
    }
}
