//! What is wrong: with what was given (exit status 1), or with how it was given (2).

use crate::paper::{Answer, Exit, Page};
use mydata::core::Coded;
use mydata::core::jws::JwsFault;
use serde_json::{Value, json};

/// One thing that is wrong. The text is the library's own and repeats no input; `at` says where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) text: String,
    pub(crate) at: String,
}

impl Finding {
    pub(crate) fn of(refusal: &impl Coded) -> Self {
        Self {
            code: refusal.code(),
            text: refusal.to_string(),
            at: String::new(),
        }
    }

    pub(crate) fn jws(fault: &JwsFault) -> Self {
        Self::of(fault)
    }

    /// The same, found at `at` or below it.
    pub(crate) fn at(mut self, at: &str) -> Self {
        self.at = match (at, self.at.as_str()) {
            (_, "") => at.to_owned(),
            ("", _) => self.at,
            (_, below) if below.starts_with('/') => [at, below].concat(),
            (_, below) => [at, " ", below].concat(),
        };
        self
    }

    pub(crate) fn json(&self) -> Value {
        let mut members = json!({ "code": self.code, "text": self.text });
        if let (Some(members), false) = (members.as_object_mut(), self.at.is_empty()) {
            members.insert("at".to_owned(), json!(self.at));
        }
        members
    }
}

/// Why a command does not answer what it was asked.
#[derive(Debug)]
pub(crate) enum Fault {
    /// What was given is refused.
    Refused(Vec<Finding>),
    /// It was not given as it must be.
    Usage(String),
}

impl Fault {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// A usage fault with a code of the library: a key file, say, that is none.
    pub(crate) fn unusable(what: &str, refusal: &impl Coded) -> Self {
        Self::Usage(format!("{what}: {}: {refusal}", refusal.code()))
    }

    pub(crate) fn refused(refusal: &impl Coded) -> Self {
        Self::Refused(vec![Finding::of(refusal)])
    }

    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::Refused(findings) => refusal(Page::default(), json!({}), &findings),
            Self::Usage(text) => Answer {
                exit: Exit::Usage,
                json: json!({ "usage": text }),
                page: Page::default(),
                note: format!("mydata: {text}"),
            },
        }
    }
}

/// The answer of a refusal, after what was to be said anyway.
pub(crate) fn refusal(mut page: Page, mut json: Value, findings: &[Finding]) -> Answer {
    page.verdict(false, "REFUSED");
    page.findings(findings);
    if let Some(members) = json.as_object_mut() {
        let refused = findings.iter().map(Finding::json).collect();
        members.insert("refused".to_owned(), refused);
    }
    Answer {
        exit: Exit::Refused,
        json,
        page,
        note: String::new(),
    }
}
