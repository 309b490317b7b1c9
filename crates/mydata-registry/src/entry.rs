//! What a registry remembers of one service.

use crate::command::{Capacity, Links};
use crate::event::{Event, Fact};
use crate::state::{Change, State};
use mydata_core::id::{ActorId, DescriptionVersion, ServiceId};
use mydata_core::jwk::{KeyHistory, KeySet};
use mydata_core::time::Timestamp;
use mydata_record::description::{Found, Service, ServiceDescription};

/// A service with its keys and every version of its description. Nothing is ever deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    service_id: ServiceId,
    registrant: ActorId,
    state: State,
    /// The newest last.
    editions: Vec<Edition>,
    keys: KeySet,
    /// Those and the ones of before.
    history: KeyHistory,
    retired: Option<Retirement>,
}

/// How a service came to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retirement {
    pub(crate) by: Capacity,
    pub(crate) links: Links,
}

/// One version of a description, with its creation log (SD-07).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Edition {
    /// The description, and how it is known.
    pub description: Found<Service>,
    /// When the registry took it.
    pub issued: Timestamp,
    /// Who brought it.
    pub created_by: ActorId,
}

impl Edition {
    /// The version that it names.
    #[must_use]
    pub fn version(&self) -> &DescriptionVersion {
        let about = &self.description.description().service_description;
        &about.service_description_version
    }
}

impl Entry {
    pub(crate) fn new(
        service_id: ServiceId,
        registrant: ActorId,
        keys: KeySet,
        from: Timestamp,
    ) -> Self {
        Self {
            service_id,
            registrant,
            state: State::Obtained,
            editions: Vec::new(),
            history: KeyHistory::begin(&keys, from),
            keys,
            retired: None,
        }
    }

    pub(crate) fn apply(&mut self, event: &Event) {
        let change = match &event.fact {
            Fact::Obtained { .. } => return,
            Fact::Described { edition, moved } => {
                self.editions.push(Edition::clone(edition));
                if *moved {
                    Change::Move
                } else {
                    Change::Describe
                }
            }
            Fact::Linked { by: _ } => Change::Link,
            Fact::KeysRotated { keys } => {
                // Decided with the same history, so there is nothing left to refuse.
                if self.history.rotate(keys, event.at).is_ok() {
                    self.keys = keys.clone();
                }
                Change::RotateKeys
            }
            Fact::Retired { links } => {
                // What staff has closed stays staff's to open, whoever ends the links later.
                let by = match self.retired {
                    Some(Retirement {
                        by: Capacity::Staff,
                        ..
                    }) => Capacity::Staff,
                    Some(_) | None => event.act.capacity,
                };
                self.retired = Some(Retirement { by, links: *links });
                Change::Retire
            }
            Fact::Reopened => {
                self.retired = None;
                Change::Reopen
            }
        };
        self.state = self.state.after(change).unwrap_or(self.state);
    }

    /// The id.
    #[must_use]
    pub const fn service_id(&self) -> &ServiceId {
        &self.service_id
    }

    /// Who may act on it.
    #[must_use]
    pub const fn registrant(&self) -> &ActorId {
        &self.registrant
    }

    /// How far the registration has come.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Whether it may be linked to and consented to now.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Linked)
    }

    /// The present description, the same that a lookup at the service's own location gives; none before step 2.
    //= SD-34
    #[must_use]
    pub fn description(&self) -> Option<&ServiceDescription> {
        self.present()
            .map(|edition| edition.description.description())
    }

    /// The present version.
    #[must_use]
    pub fn present(&self) -> Option<&Edition> {
        self.editions.last()
    }

    /// Every version, the oldest first: consents name the one that they were given under.
    pub fn editions(&self) -> impl Iterator<Item = &Edition> {
        self.editions.iter()
    }

    /// The version with this name.
    //= FW-11
    #[must_use]
    pub fn edition(&self, version: &DescriptionVersion) -> Option<&Edition> {
        self.editions
            .iter()
            .find(|edition| edition.version() == version)
    }

    /// The keys that the service signs with now.
    #[must_use]
    pub const fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// Every key that the service has ever had here, and when it signs: what was signed in its time is
    /// verified with it for good.
    #[must_use]
    pub const fn history(&self) -> &KeyHistory {
        &self.history
    }

    /// What becomes of the links, when it is retired.
    #[must_use]
    pub fn retired(&self) -> Option<Links> {
        self.retired.map(|retirement| retirement.links)
    }

    pub(crate) const fn retirement(&self) -> Option<Retirement> {
        self.retired
    }
}
