//! What an implementation says of a task.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Accepted, with what came of it, or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
#[expect(clippy::exhaustive_enums, reason = "accepted or refused")]
pub enum Verdict {
    /// What came of it.
    Accepted(Value),
    /// Why not.
    Refused(Refused),
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Refused {
    /// The codes; at least one.
    pub codes: BTreeSet<String>,
    /// Which record of a chain.
    pub at: Option<usize>,
    /// What must be done all the same.
    pub effects: Option<Vec<Value>>,
    /// What a peer may be told.
    pub told: Option<String>,
}

impl Verdict {
    /// Refused with one code.
    #[must_use]
    pub fn refused(code: &str) -> Self {
        Self::Refused(Refused {
            codes: BTreeSet::from([code.to_owned()]),
            ..Refused::default()
        })
    }

    /// Whether it was accepted.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }

    /// The codes of a refusal.
    #[must_use]
    pub fn codes(&self) -> Vec<&str> {
        match self {
            Self::Accepted(_) => Vec::new(),
            Self::Refused(refused) => refused.codes.iter().map(String::as_str).collect(),
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accepted: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Codes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effects: Option<Vec<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Codes {
    One(String),
    Several(BTreeSet<String>),
}

impl TryFrom<Wire> for Verdict {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let is_bare = wire.at.is_none() && wire.effects.is_none() && wire.told.is_none();
        let codes = match (wire.accepted, wire.refused) {
            (Some(accepted), None) if is_bare => return Ok(Self::Accepted(accepted)),
            (None, Some(Codes::One(code))) => BTreeSet::from([code]),
            (None, Some(Codes::Several(codes))) if !codes.is_empty() => codes,
            (Some(_), _) | (None, _) => return Err("a verdict is `accepted` or `refused`"),
        };
        Ok(Self::Refused(Refused {
            codes,
            at: wire.at,
            effects: wire.effects,
            told: wire.told,
        }))
    }
}

impl From<Verdict> for Wire {
    fn from(verdict: Verdict) -> Self {
        let mut wire = Self {
            accepted: None,
            refused: None,
            at: None,
            effects: None,
            told: None,
        };
        match verdict {
            Verdict::Accepted(value) => wire.accepted = Some(value),
            Verdict::Refused(refused) => {
                let mut codes = refused.codes;
                wire.refused = Some(if codes.len() > 1 {
                    Codes::Several(codes)
                } else {
                    Codes::One(codes.pop_first().unwrap_or_default())
                });
                (wire.at, wire.effects, wire.told) = (refused.at, refused.effects, refused.told);
            }
        }
        wire
    }
}
