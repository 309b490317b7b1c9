//! What a caller may set in the upstream's request: parameters of its query, by name and kind, and nothing
//! else.

use crate::answer::GatewayRefusal;
use mydata::core::time::Timestamp;
use std::collections::BTreeMap;

/// What the value of a parameter is.
///
/// No kind has a character in it that ends a value, a parameter or a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// 1 to 18 digits.
    Integer,
    /// `2026-08-12`.
    Date,
    /// `2026-08-12T08:00:00Z`.
    DateTime,
    /// 1 to 64 letters, digits, `_` and `-`.
    Word,
}

impl Kind {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "integer" => Some(Self::Integer),
            "date" => Some(Self::Date),
            "datetime" => Some(Self::DateTime),
            "word" => Some(Self::Word),
            _ => None,
        }
    }

    fn admits(self, value: &str) -> bool {
        match self {
            Self::Integer => {
                (1..=18).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
            }
            Self::Date => Timestamp::parse(&[value, "T00:00:00Z"].concat()).is_some(),
            Self::DateTime => Timestamp::parse(value).is_some(),
            Self::Word => {
                let of_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
                (1..=64).contains(&value.len()) && value.bytes().all(of_word)
            }
        }
    }
}

/// Which parameters a caller may set.
#[derive(Debug, Clone, Default)]
pub struct PassRules(BTreeMap<Box<str>, Kind>);

impl PassRules {
    pub(crate) fn add(&mut self, name: &str, kind: Kind) {
        self.0.insert(name.into(), kind);
    }

    /// Reads a query. What is in no rule refuses the whole: it was signed, and whoever signs it believes that it
    /// is heard.
    ///
    /// # Errors
    /// [`GatewayRefusal::Query`].
    pub fn read(&self, query: Option<&str>) -> Result<Passed, GatewayRefusal> {
        let mut passed: Vec<(Box<str>, String)> = Vec::new();
        for parameter in query.into_iter().flat_map(|query| query.split('&')) {
            let (name, value) = parameter.split_once('=').ok_or(GatewayRefusal::Query)?;
            let kind = self.0.get(name).ok_or(GatewayRefusal::Query)?;
            // Of what a kind admits, only the colon is ever written otherwise.
            let value = value.replace("%3A", ":");
            let is_new = passed.iter().all(|(found, _)| &**found != name);
            if !is_new || !kind.admits(&value) {
                return Err(GatewayRefusal::Query);
            }
            passed.push((name.into(), value));
        }
        Ok(Passed(passed))
    }
}

/// What a caller has set: names that are allowed, each once, with a value of its kind. Only
/// [`PassRules::read`] makes one.
#[derive(Clone, Default)]
pub struct Passed(Vec<(Box<str>, String)>);

impl Passed {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

impl std::fmt::Debug for Passed {
    /// How many: values may be about a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Passed({} parameters)", self.0.len())
    }
}
