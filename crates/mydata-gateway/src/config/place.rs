//! Where in the file something stands, and what is wrong with it there.

use super::ConfigRefusal;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One thing that is wrong with a configuration: `FILE:LINE:COL: code: text`.
///
/// Names of tables and keys may stand in the text, values never.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Character of the line, from 1.
    pub column: usize,
    /// Which rule.
    pub refusal: ConfigRefusal,
    /// What exactly, in one clause.
    pub text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line, column) = (self.file.display(), self.line, self.column);
        let (code, text) = (self.refusal.code(), &self.text);
        write!(f, "{file}:{line}:{column}: {code}: {text}")
    }
}

/// The file, and all that was found wrong with it so far.
pub(super) struct Faults<'t> {
    file: &'t Path,
    text: &'t str,
    found: Vec<(usize, ConfigRefusal, String)>,
}

impl<'t> Faults<'t> {
    pub(super) const fn new(file: &'t Path, text: &'t str) -> Self {
        Self {
            file,
            text,
            found: Vec::new(),
        }
    }

    /// A rule is broken here.
    pub(super) fn add(
        &mut self,
        at: Range<usize>,
        refusal: ConfigRefusal,
        text: impl Into<String>,
    ) {
        self.found.push((at.start, refusal, text.into()));
    }

    /// What TOML or the shape of a table has against the file: it tells the first fault only.
    pub(super) fn of_toml(mut self, error: &toml::de::Error) -> Vec<Fault> {
        let (refusal, text) = read(error.message());
        self.add(error.span().unwrap_or_default(), refusal, text);
        self.into_faults()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// In the order of the file.
    pub(super) fn into_faults(mut self) -> Vec<Fault> {
        self.found.sort_by_key(|(at, ..)| *at);
        let (file, text) = (self.file, self.text);
        let fault = |(at, refusal, told)| {
            let (line, column) = place(text, at);
            Fault {
                file: file.to_owned(),
                line,
                column,
                refusal,
                text: told,
            }
        };
        self.found.into_iter().map(fault).collect()
    }
}

/// Line and character of an octet, both from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Which rule it is that serde tells; of a value that is no such thing it repeats what it is, and we do not.
fn read(message: &str) -> (ConfigRefusal, String) {
    let first = message.lines().next().unwrap_or_default();
    if let Some((_, expected)) = first.split_once(", expected ") {
        if first.starts_with("unknown field") {
            return (ConfigRefusal::Unknown, first.to_owned());
        }
        if first.starts_with("invalid") || first.starts_with("unknown variant") {
            return (ConfigRefusal::Type, ["expected ", expected].concat());
        }
    }
    let refusal = match first {
        _ if first.starts_with("unknown field") => ConfigRefusal::Unknown,
        _ if first.starts_with("missing field") => ConfigRefusal::Missing,
        _ if first.starts_with("duplicate") => ConfigRefusal::Twice,
        _ => ConfigRefusal::Syntax,
    };
    (refusal, first.to_owned())
}
