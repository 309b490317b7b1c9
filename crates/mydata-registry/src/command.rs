//! What may be asked of a registry, by whom.

use mydata_core::id::{ActorId, ServiceId};
use mydata_core::jwk::KeySet;
use mydata_record::description::{Found, Service};

/// In what capacity somebody acts. The caller has authenticated them; the registry decides what that
/// allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new capacity must decide what it allows"
)]
pub enum Capacity {
    /// Whoever registered the service, on behalf of its provider.
    Registrant,
    /// Staff of the registry.
    Staff,
}

impl Capacity {
    /// Every capacity.
    pub const ALL: [Self; 2] = [Self::Registrant, Self::Staff];
}

/// Who acts, in what capacity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Act {
    /// Who acts, as the registry's own records name them. It stands in `createdByUserId` of a
    /// description that is not signed, which is published: a number, never a name.
    pub actor: ActorId,
    /// In what capacity.
    pub capacity: Capacity,
}

/// What becomes of the links that people have to a service that is retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "they stay, or they end")]
pub enum Links {
    /// They stay, and so do the consents: the service is suspended (D29).
    Stay,
    /// They end, and the consents with them: the service is deregistered (Consenting 2.0 §3.4).
    End,
}

/// A command about one service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Step 1: the id, who answers for it, and the keys that the service signs with. An id that was
    /// once given away is never given again.
    Obtain {
        /// The id.
        service_id: ServiceId,
        /// Who may act on it from now on.
        registrant: ActorId,
        /// Its signature keys.
        keys: KeySet,
    },
    /// Step 2: the description, or a new version of it.
    Describe {
        /// The description: its id says which service.
        description: Box<Found<Service>>,
    },
    /// Step 3, by evidence: the present description was found at the well-known location of the one
    /// origin that it names, so whoever registered it holds that origin. For a service with two
    /// origins staff vouches.
    LinkEndpoints {
        /// What was found there.
        found: Box<Found<Service>>,
    },
    /// Step 3, by word: staff knows that the origin is the service's.
    Vouch {
        /// The service.
        service_id: ServiceId,
    },
    /// The service signs with other keys from now on. Those of before stay only if they stand in the
    /// new set.
    RotateKeys {
        /// The service.
        service_id: ServiceId,
        /// Its signature keys.
        keys: KeySet,
    },
    /// The service is closed to new links and consents, and no longer found.
    Retire {
        /// The service.
        service_id: ServiceId,
        /// What becomes of the links.
        links: Links,
    },
    /// A retired service comes back. Its endpoints are linked again before it is open.
    Reopen {
        /// The service.
        service_id: ServiceId,
    },
}

impl Command {
    /// The service that it is about.
    #[must_use]
    pub fn service_id(&self) -> &ServiceId {
        match self {
            Self::Obtain { service_id, .. }
            | Self::Vouch { service_id }
            | Self::RotateKeys { service_id, .. }
            | Self::Retire { service_id, .. }
            | Self::Reopen { service_id } => service_id,
            Self::Describe { description: found } | Self::LinkEndpoints { found } => {
                &found.description().service_id
            }
        }
    }
}
