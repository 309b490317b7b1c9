//! The services that the operator works with: a [`Registry`], and where their letters go.

use crate::post::{Refused, Who};
use mydata::core::id::{ActorId, ServiceId};
use mydata::core::jwk::KeySet;
use mydata::core::jws::Sealed;
use mydata::core::lang::Language;
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::operator::Registered;
use mydata::record::description::{
    DescriptionError, DescriptionFault, Policy, Published, Service, Trust,
};
use mydata::registry::{
    Act, Capacity, Command, Effect, Entry, Event, Links, Query, Registry, State,
};
use std::sync::Arc;

/// A service that the operator works with. Its keys come with the contract, and never from a letter.
#[derive(Debug)]
pub struct Contract {
    /// The service.
    pub service: ServiceId,
    /// Its address.
    pub address: Who,
    /// Its signature keys.
    pub keys: KeySet,
}

/// The registry with its log, and an address for each service.
#[derive(Debug, Default)]
pub struct Services {
    pub(super) registry: Registry,
    /// What has happened: all that a registry must store.
    log: Vec<Event>,
    addresses: Vec<(ServiceId, Who)>,
}

impl Services {
    /// A service signs up: step 1 of its registration.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn contract(&mut self, contract: Contract, now: Timestamp) -> Result<(), Refused> {
        let Contract {
            service: service_id,
            address,
            keys,
        } = contract;
        let registrant = ActorId::parse(&format!("provider-of-{service_id}"))?;
        self.addresses.push((service_id.clone(), address));
        let command = Command::Obtain {
            service_id,
            registrant,
            keys,
        };
        self.command(&command, now).map(drop)
    }

    /// A service publishes a description: step 2. The contract says which origins are its own, so
    /// step 3 follows at once. All that is wrong with it is told at once.
    ///
    /// # Errors
    /// The faults to tell when rules are broken; anything else by its code.
    pub fn describe(
        &mut self,
        id: &ServiceId,
        sealed: &Sealed<Service>,
        now: Timestamp,
    ) -> Result<Result<(), Vec<DescriptionFault>>, Refused> {
        let policy = Policy::default();
        let trust = Trust {
            of: Some(id),
            keys: Some(self.entry(id)?.keys()),
            must_be_signed: true,
            policy: &policy,
            crypto: &Ring,
        };
        let found = match Published::open(sealed)?.check(&trust) {
            Ok(found) => Box::new(found),
            Err(DescriptionError::Rules(faults)) => {
                return Ok(Err(faults));
            }
            Err(other) => return Err(other.into()),
        };
        self.command(&Command::Describe { description: found }, now)?;
        if self.entry(id)?.state() == State::Described {
            let service_id = id.clone();
            self.command(&Command::Vouch { service_id }, now)?;
        }
        Ok(Ok(()))
    }

    /// A service leaves, and every link to it ends: whose accounts let go of what, and who records it.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn retire(
        &mut self,
        id: &ServiceId,
        now: Timestamp,
    ) -> Result<(ServiceId, ActorId), Refused> {
        let (service_id, links) = (id.clone(), Links::End);
        for effect in self.command(&Command::Retire { service_id, links }, now)? {
            if let Effect::Deregister { service_id, actor } = effect {
                return Ok((service_id, actor));
            }
        }
        Err(Refused::new("deregistration_none", "nothing to end"))
    }

    /// Decides, stores, applies; then what is to be done outside.
    fn command(&mut self, command: &Command, now: Timestamp) -> Result<Vec<Effect>, Refused> {
        let act = Act {
            actor: ActorId::parse("registry-1")?,
            capacity: Capacity::Staff,
        };
        let decision = self.registry.decide(&act, command, now)?;
        for event in &decision.events {
            self.registry.apply(event);
        }
        self.log.extend(decision.events);
        Ok(decision.effects)
    }

    fn entry(&self, id: &ServiceId) -> Result<&Entry, Refused> {
        let entry = self.registry.service(id);
        entry.ok_or_else(|| Refused::new("service_unknown", "no contract"))
    }

    /// Where a service's letters go.
    ///
    /// # Errors
    /// [`Refused`] for a service without a contract.
    pub fn address(&self, id: &ServiceId) -> Result<Who, Refused> {
        let found = self.addresses.iter().find(|(known, _)| known == id);
        let found = found.map(|(_, address)| *address);
        found.ok_or_else(|| Refused::new("service_unknown", "no contract"))
    }

    /// Whose address it is.
    #[must_use]
    pub fn at(&self, address: Who) -> Option<&ServiceId> {
        let found = self.addresses.iter().find(|(_, known)| *known == address);
        found.map(|(service, _)| service)
    }

    /// The service as the account takes it.
    ///
    /// # Errors
    /// [`Refused`] for a service that has not described itself.
    pub fn registered(&self, id: &ServiceId) -> Result<Arc<Registered>, Refused> {
        let entry = self.entry(id)?;
        let description = entry.description().cloned();
        let description =
            description.ok_or_else(|| Refused::new("service_undescribed", "not yet"))?;
        let registered = Registered::new(description, entry.history().clone());
        Ok(Arc::new(if entry.is_open() {
            registered
        } else {
            registered.suspended()
        }))
    }

    /// What somebody finds who looks for `words`: the titles, in their language.
    #[must_use]
    pub fn find(&self, words: &str, language: Language) -> Vec<String> {
        let query = Query::words(words).in_language(language);
        let page = self.registry.search(&query);
        let found = page.services.iter().filter_map(|entry| entry.description());
        found
            .map(|service| service.service_description.title_in(language).to_owned())
            .collect()
    }

    /// Whether the registry can be rebuilt from its log alone, and how many versions a service has.
    #[must_use]
    pub fn audit(&self, id: &ServiceId) -> Option<usize> {
        let is_whole = Registry::new().replay(&self.log) == self.registry;
        let entry = self.registry.service(id).filter(|_| is_whole);
        entry.map(|entry| entry.editions().count())
    }
}
