//! What became of a consent.

use super::ceremony::words;
use mydata_core::crypto::Sha256;
use mydata_core::id::RecordId;
use mydata_core::lang::Trilingual;
use mydata_core::time::Timestamp;
use mydata_record::consent::Reason;
use serde::{Deserialize, Serialize};

/// One change of a consent's status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatusEvent {
    /// When.
    pub at: Timestamp,
    /// What the consent is from then on.
    pub state: EventState,
    /// Who brought it about.
    pub by: Actor,
    /// Why, where there is more to say than that somebody wished it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The signed record of it; none for an end that came by itself, when the time was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<StatusRef>,
}

/// A status record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatusRef {
    /// Its id.
    pub record_id: RecordId,
    /// SHA-256 of its signed octets.
    pub sha256: Sha256,
}

words! {
    /// What a consent is after an event. A pause has no term in DPV; an end by the person and an end
    /// by somebody else are two things there.
    EventState {
        /// Given.
        Given: "annettu", "givet", "given";
        /// Paused: processing must stop for now.
        Paused: "keskeytetty", "pausat", "paused";
        /// In force again after a pause; nothing was affirmed anew.
        Resumed: "palautettu voimaan", "åter i kraft", "in force again";
        /// Ended by the person.
        Withdrawn: "peruutettu", "återkallat", "withdrawn";
        /// Ended by somebody else.
        Revoked: "päätetty (muu kuin suostumuksen antaja)", "avslutat (av någon annan)", "ended (by somebody else)";
        /// Ended because its time was over.
        Expired: "vanhentunut", "har gått ut", "expired";
    }
    /// Who brought something about.
    Actor {
        /// The person.
        DataSubject: "sinä", "du", "you";
        /// Somebody for the person.
        Representative: "edustajasi", "din företrädare", "somebody acting for you";
        /// The operator's staff.
        Operator: "operaattori", "operatören", "the operator";
        /// A service.
        Service: "palvelu", "tjänsten", "the service";
        /// A timer of the operator's, without anybody's doing.
        System: "automaattisesti", "automatiskt", "automatically";
    }
}

impl EventState {
    /// Whether data may be processed.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        match self {
            Self::Given | Self::Resumed => true,
            Self::Paused | Self::Withdrawn | Self::Revoked | Self::Expired => false,
        }
    }

    /// Whether nothing follows.
    #[must_use]
    pub const fn is_end(self) -> bool {
        match self {
            Self::Given | Self::Resumed | Self::Paused => false,
            Self::Withdrawn | Self::Revoked | Self::Expired => true,
        }
    }
}
