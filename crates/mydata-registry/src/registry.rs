//! Every service of one registry.

use crate::entry::Entry;
use crate::event::{Event, Fact};
use crate::refusal::RegistryRefusal;
use crate::state::State;
use mydata_core::id::ServiceId;
use std::collections::BTreeMap;

/// A registry: services by id, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registry {
    version: u64,
    services: BTreeMap<ServiceId, Entry>,
}

impl Registry {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            version: 0,
            services: BTreeMap::new(),
        }
    }

    /// This registry after `events`.
    #[must_use]
    pub fn replay<'e>(mut self, events: impl IntoIterator<Item = &'e Event>) -> Self {
        for event in events {
            self.apply(event);
        }
        self
    }

    /// Remembers what has happened. Total: an event of a decision of this registry always fits; any
    /// other leaves the state alone but for the count.
    //= SD-05, FW-12
    pub fn apply(&mut self, event: &Event) {
        self.version += 1;
        let id = &event.service_id;
        match (&event.fact, self.services.get_mut(id)) {
            (Fact::Obtained { registrant, keys }, None) => {
                let keys = keys.clone();
                let entry = Entry::new(id.clone(), registrant.clone(), keys, event.at);
                self.services.insert(id.clone(), entry);
            }
            (_, Some(entry)) => entry.apply(event),
            (_, None) => {}
        }
    }

    /// How many events have been applied.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The service with this id, in whatever state: `/services/{id}/`. What is retired can be read
    /// for as long as records name it.
    #[must_use]
    pub fn service(&self, id: &ServiceId) -> Option<&Entry> {
        self.services.get(id)
    }

    /// The service with this id, if a person can be linked to it now.
    ///
    /// # Errors
    /// [`RegistryRefusal::ServiceUnknown`] for one that is not registered here, and
    /// [`RegistryRefusal::State`] or [`RegistryRefusal::Retired`] for one that is not open.
    //= SD-33
    pub fn linkable(&self, id: &ServiceId) -> Result<&Entry, RegistryRefusal> {
        let entry = self.service(id).ok_or(RegistryRefusal::ServiceUnknown)?;
        match entry.state() {
            State::Linked => Ok(entry),
            State::Retired => Err(RegistryRefusal::Retired),
            State::Obtained | State::Described => Err(RegistryRefusal::State),
        }
    }

    /// Every service, in whatever state, in the order of the ids.
    pub fn services(&self) -> impl Iterator<Item = &Entry> {
        self.services.values()
    }
}
