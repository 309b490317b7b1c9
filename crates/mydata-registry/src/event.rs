//! What follows from a command, and what has happened.

use crate::command::{Act, Links};
use crate::entry::Edition;
use mydata_core::id::{ActorId, ServiceId};
use mydata_core::jwk::KeySet;
use mydata_core::time::Timestamp;

/// A decision: store the events, apply them, and then do what the effects say. An empty one changes
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a decision that is not stored has not been made"]
#[non_exhaustive]
pub struct Decision {
    /// The number of events that the registry had when it decided: storing it is a conflict when the
    /// registry has gone on since.
    pub version: u64,
    /// What has happened, in order.
    pub events: Vec<Event>,
    /// What is to be done about it outside.
    pub effects: Vec<Effect>,
}

/// Something for the caller to do, once the events are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// The operators close the service to new links and consents. Those that there are stay.
    Close {
        /// The service.
        service_id: ServiceId,
    },
    /// The operators end every link to the service, and with it the consents: what a
    /// deregistration begins with.
    Deregister {
        /// The service.
        service_id: ServiceId,
        /// Who retired it: what the operators record as who did it.
        actor: ActorId,
    },
    /// These services name the one that has left, as compatible or as a source of a purpose: they
    /// should publish a new version.
    Inform {
        /// The service that has left.
        left: ServiceId,
        /// Who names it, in order.
        services: Vec<ServiceId>,
    },
    /// The present description is signed with a key that the service has no longer: it should
    /// publish a new version.
    AskNewVersion {
        /// The service.
        service_id: ServiceId,
    },
}

/// One thing that has happened to a registry, when, and by whom: also the audit entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Event {
    /// When it was decided.
    pub at: Timestamp,
    /// Who acted.
    pub act: Act,
    /// Which service.
    pub service_id: ServiceId,
    /// What happened.
    pub fact: Fact,
}

/// How it is known that the endpoints are the service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "shown, or said")]
pub enum Linking {
    /// Its description was found there.
    Found,
    /// Staff has said so.
    Vouched,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// The id was given away.
    Obtained {
        /// To whom.
        registrant: ActorId,
        /// With which keys.
        keys: KeySet,
    },
    /// There is a description, or a new version.
    Described {
        /// The version, with its creation log.
        edition: Box<Edition>,
        /// Whether it names other origins than the one before.
        moved: bool,
    },
    /// The endpoints are linked.
    Linked {
        /// How that is known.
        by: Linking,
    },
    /// There are other keys.
    KeysRotated {
        /// The new ones.
        keys: KeySet,
    },
    /// The service is closed.
    Retired {
        /// What becomes of the links.
        links: Links,
    },
    /// The service is back.
    Reopened,
}
