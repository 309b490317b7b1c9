//! One row: what was asked, by whom, of whom, and what came of it.

use mydata::core::base64;
use mydata::core::crypto::{Crypto, Sha256};
use mydata::core::id::{ConsentId, DatasetId, SurrogateId, TokenId};
use mydata::core::time::Timestamp;
use mydata::service::TransferEntry;
use mydata::token::access::Access;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// Which request: the rows of one have the same, and of no other. That of a grant is drawn, since what a caller chooses
/// may come twice. 1 to 64 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct RequestId(Box<str>);

impl RequestId {
    /// From 128 fresh random bits.
    #[must_use]
    pub fn from_random(bits: [u8; 16]) -> Self {
        Self(base64::encode(&bits).into())
    }

    /// One that somebody else has given the request; `None` for what is no such id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.into()))
    }

    /// The id.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a person asked of a service by their data rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new right is a new contract")]
pub enum RightsAct {
    /// A copy of the data.
    Export,
    /// Whether the data may be erased.
    Check,
    /// The erasure.
    Erase,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new end is a new contract")]
pub enum RightsOutcome {
    /// An erasure begins. What comes of it is in the next row of the request; without one, nobody knows.
    Begun,
    /// It was done: given, allowed, erased.
    Done,
    /// There is nothing of this person.
    Nothing,
    /// It was refused, for the reason of the row.
    Refused,
    /// It has failed here.
    Failed,
}

/// What came of a request so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new stage must decide whether it is a usage"
)]
pub enum Stage {
    /// The data may be given. Nothing has left yet.
    Granted,
    /// Nothing is given, for the reasons of the row.
    Denied,
    /// The data has left, whole.
    Released {
        /// Octets of the answer's body.
        octets: u64,
    },
    /// Some of it has left, and the rest has not.
    Interrupted {
        /// Octets that have been handed over to the connection.
        octets: u64,
    },
    /// It was granted, and nothing has left.
    NotReleased,
    /// It was granted, and the process has ended before it could say what came of it: some of it may have
    /// left. Written at the next start, with the time of the grant.
    Lost,
    /// Somebody has looked at the log for the person.
    Viewed,
    /// The person, or somebody for them, has used a right. The row has no surrogate: it outlives an erasure.
    Rights(RightsAct, RightsOutcome),
}

impl Stage {
    /// Whether somebody may have had the person's data by it, or has looked at what is known of that: such
    /// rows are shown to the person.
    #[must_use]
    pub const fn is_usage(self) -> bool {
        match self {
            Self::Released { .. } | Self::Interrupted { .. } | Self::Lost | Self::Viewed => true,
            Self::Granted | Self::Denied | Self::NotReleased | Self::Rights(..) => false,
        }
    }

    /// Whether it says what came of a grant.
    pub(crate) const fn is_end(self) -> bool {
        match self {
            Self::Released { .. } | Self::Interrupted { .. } | Self::NotReleased | Self::Lost => {
                true
            }
            Self::Granted | Self::Denied | Self::Viewed | Self::Rights(..) => false,
        }
    }
}

/// A row. Of the person it has the surrogate and nothing else, which does not print itself; of the data nothing
/// but which it was.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessEntry {
    /// When.
    pub at: Timestamp,
    /// Which request.
    pub request: RequestId,
    /// What came of it.
    pub stage: Stage,
    /// On which consent of the source's.
    pub cr_id: Option<ConsentId>,
    /// Whose data.
    pub surrogate_id: Option<SurrogateId>,
    /// Which data.
    pub dataset: Option<DatasetId>,
    /// On which token.
    pub token: Option<TokenId>,
    /// The thumbprint of the key that has signed the request (RFC 7638).
    pub sink_key: Option<Sha256>,
    /// Why not: stable codes.
    pub codes: Vec<Cow<'static, str>>,
}

impl AccessEntry {
    /// A row with nothing but a time, a request and a stage.
    #[must_use]
    pub const fn new(at: Timestamp, request: RequestId, stage: Stage) -> Self {
        Self {
            at,
            request,
            stage,
            cr_id: None,
            surrogate_id: None,
            dataset: None,
            token: None,
            sink_key: None,
            codes: Vec::new(),
        }
    }

    /// The first row of a request: what [`Desk::answer`](crate::Desk::answer) has decided. Made before the
    /// grant is used up.
    //= FW-61
    #[must_use]
    pub fn of(access: &Access, request: RequestId, now: Timestamp, crypto: &dyn Crypto) -> Self {
        let (stage, sink_key) = match access {
            Access::Granted(grant) => (Stage::Granted, Some(grant.sink_thumbprint(crypto))),
            Access::Denied(_) => (Stage::Denied, None),
        };
        let told = TransferEntry::of(access, now);
        Self {
            cr_id: told.cr_id,
            surrogate_id: told.surrogate_id,
            dataset: told.dataset,
            token: told.token,
            sink_key,
            codes: told.codes.into_iter().map(Cow::Borrowed).collect(),
            ..Self::new(told.at, request, stage)
        }
    }

    /// The second row: what came of it.
    #[must_use]
    pub fn then(&self, stage: Stage, at: Timestamp) -> Self {
        Self {
            at,
            stage,
            ..self.clone()
        }
    }

    /// The line of a file, with its line feed. JSON writes no line feed within.
    pub(super) fn line(&self) -> Option<Vec<u8>> {
        let (act, outcome) = if let Stage::Rights(act, outcome) = self.stage {
            (Some(act), Some(outcome))
        } else {
            (None, None)
        };
        let line = Line {
            at: self.at,
            request: (&*self.request.0).into(),
            stage: Name::of(self.stage),
            octets: octets(self.stage),
            act,
            outcome,
            cr_id: self.cr_id.clone(),
            surrogate_id: self.surrogate_id.clone(),
            dataset: self.dataset.clone(),
            token: self.token.clone(),
            sink_key: self.sink_key,
            codes: self.codes.clone(),
        };
        let mut octets = serde_json::to_vec(&line).ok()?;
        octets.push(b'\n');
        Some(octets)
    }

    /// Reads a line, without its line feed; `None` for what no log of ours has written.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let line: Line = serde_json::from_slice(line).ok()?;
        let stage = line.stage()?;
        Some(Self {
            at: line.at,
            request: RequestId::parse(&line.request)?,
            stage,
            cr_id: line.cr_id,
            surrogate_id: line.surrogate_id,
            dataset: line.dataset,
            token: line.token,
            sink_key: line.sink_key,
            codes: line.codes,
        })
    }
}

const fn octets(stage: Stage) -> Option<u64> {
    match stage {
        Stage::Released { octets } | Stage::Interrupted { octets } => Some(octets),
        Stage::Granted
        | Stage::Denied
        | Stage::NotReleased
        | Stage::Lost
        | Stage::Viewed
        | Stage::Rights(..) => None,
    }
}

/// A stage as it stands in a line.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Name {
    Granted,
    Denied,
    Released,
    Interrupted,
    NotReleased,
    Lost,
    Viewed,
    Rights,
}

impl Name {
    const fn of(stage: Stage) -> Self {
        match stage {
            Stage::Granted => Self::Granted,
            Stage::Denied => Self::Denied,
            Stage::Released { .. } => Self::Released,
            Stage::Interrupted { .. } => Self::Interrupted,
            Stage::NotReleased => Self::NotReleased,
            Stage::Lost => Self::Lost,
            Stage::Viewed => Self::Viewed,
            Stage::Rights(..) => Self::Rights,
        }
    }
}

/// A row as it stands in a file: closed, so that a row of a later version is not half read.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: Timestamp,
    request: Box<str>,
    stage: Name,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    octets: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    act: Option<RightsAct>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    outcome: Option<RightsOutcome>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    cr_id: Option<ConsentId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    surrogate_id: Option<SurrogateId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    dataset: Option<DatasetId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    token: Option<TokenId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sink_key: Option<Sha256>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    codes: Vec<Cow<'static, str>>,
}

impl Line {
    /// The stage with what belongs to it, and nothing that does not.
    const fn stage(&self) -> Option<Stage> {
        let stage = match (self.stage, self.octets, self.act, self.outcome) {
            (Name::Released, Some(octets), None, None) => Stage::Released { octets },
            (Name::Interrupted, Some(octets), None, None) => Stage::Interrupted { octets },
            (Name::Rights, None, Some(act), Some(outcome)) => Stage::Rights(act, outcome),
            (Name::Granted, None, None, None) => Stage::Granted,
            (Name::Denied, None, None, None) => Stage::Denied,
            (Name::NotReleased, None, None, None) => Stage::NotReleased,
            (Name::Lost, None, None, None) => Stage::Lost,
            (Name::Viewed, None, None, None) => Stage::Viewed,
            _ => return None,
        };
        Some(stage)
    }
}
