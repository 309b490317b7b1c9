//! A decision and its evidence.

use super::ceremony::Ceremony;
use super::event::{EventState, StatusEvent};
use super::several;
use mydata_core::crypto::Sha256;
use mydata_core::id::{ConsentId, KeyId, LinkId};
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use mydata_record::consent::{Role, Validity};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a person has decided, and which records show it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Given {
    /// What the person was shown.
    pub notice: Notice,
    /// How the person decided.
    pub ceremony: Ceremony,
    /// Not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<Timestamp>,
    /// Not at or after; none means until it is withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<Timestamp>,
    /// The consent that this one took the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ConsentId>,
    /// The consent records, each with its history: one, or the source's and the sink's.
    #[serde(deserialize_with = "several::read")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub records: Vec<RecordRef>,
}

/// What the person was shown (FW-27): the text, not the word that there was one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
//= FW-27
pub struct Notice {
    /// Where it is archived.
    pub url: ResourceUrl,
    /// SHA-256 of its octets.
    pub sha256: Sha256,
    /// When it was shown.
    pub shown_at: Timestamp,
}

/// A signed consent record and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordRef {
    /// Whose half it is.
    pub role: Role,
    /// The consent.
    pub cr_id: ConsentId,
    /// The link under which it was given.
    pub slr_id: LinkId,
    /// When it was signed (FW-26).
    //= FW-26
    pub iat: Timestamp,
    /// The key of the person that signed it (FW-25).
    //= FW-25
    pub kid: KeyId,
    /// SHA-256 of its signed octets.
    pub sha256: Sha256,
    /// What became of it, oldest first; the first is that it was given.
    //= FW-29
    #[serde(deserialize_with = "several::read")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub events: Vec<StatusEvent>,
}

impl RecordRef {
    /// Every moment that it tells of.
    pub(crate) fn times(&self) -> impl Iterator<Item = Timestamp> {
        std::iter::once(self.iat).chain(self.events.iter().map(|event| event.at))
    }

    /// The last event.
    #[must_use]
    pub fn latest(&self) -> Option<&StatusEvent> {
        self.events.last()
    }
}

impl Given {
    /// When the consent begins and ends.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        Validity::new(self.nbf, self.exp)
    }

    /// The event that decides whether data may flow: an end before a pause, a pause before what is in
    /// force, and of two alike the earlier.
    #[must_use]
    pub fn latest(&self) -> Option<&StatusEvent> {
        let events = self.records.iter().filter_map(RecordRef::latest);
        events.min_by_key(|event| {
            let rank = match (event.state.is_end(), event.state.is_valid()) {
                (true, _) => 0,
                (false, false) => 1,
                (false, true) => 2,
            };
            (rank, event.at)
        })
    }

    /// The state at issue.
    #[must_use]
    pub fn state(&self) -> Option<EventState> {
        self.latest().map(|event| event.state)
    }
}

impl fmt::Debug for Given {
    /// How many records there are, never what was decided.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Given({} records)", self.records.len())
    }
}
