//! From a command to a decision.

use crate::command::{Act, Capacity, Command, Links};
use crate::entry::{Edition, Entry};
use crate::event::{Decision, Effect, Event, Fact, Linking};
use crate::refusal::RegistryRefusal;
use crate::registry::Registry;
use crate::state::{Change, State};
use mydata_core::id::{ActorId, ServiceId};
use mydata_core::jwk::{KeyRefusal, KeySet};
use mydata_core::resource::{Origin, ResourceUrl};
use mydata_core::time::Timestamp;
use mydata_record::description::{Found, Issued, Service, ServiceDescription};
use std::collections::BTreeSet;

type Decided = Result<(Vec<Fact>, Vec<Effect>), RegistryRefusal>;

impl Registry {
    /// Decides `command`, and changes nothing.
    ///
    /// # Errors
    /// [`RegistryRefusal`]; the registry is as it was.
    pub fn decide(
        &self,
        act: &Act,
        command: &Command,
        now: Timestamp,
    ) -> Result<Decision, RegistryRefusal> {
        if !command.is_for(act.capacity) {
            return Err(RegistryRefusal::CapacityNotAllowed);
        }
        let id = command.service_id();
        let (facts, effects) = match command {
            Command::Obtain {
                registrant, keys, ..
            } => {
                let is_own = act.capacity == Capacity::Staff || *registrant == act.actor;
                let allowed = is_own.then_some(()).ok_or(RegistryRefusal::NotRegistrant);
                allowed.and_then(|()| self.obtain(id, registrant, keys))
            }
            Command::Describe { description } => describe(self.of(act, id)?, act, description, now),
            Command::LinkEndpoints { found } => link(self.of(act, id)?, found),
            Command::Vouch { .. } => after(self.of(act, id)?, Change::Link).map(|()| {
                fact(Fact::Linked {
                    by: Linking::Vouched,
                })
            }),
            Command::RotateKeys { keys, .. } => self.rotate(self.of(act, id)?, keys, now),
            Command::Retire { links, .. } => self.retire(self.of(act, id)?, act, *links),
            Command::Reopen { .. } => reopen(self.of(act, id)?, act),
        }?;
        let event = |fact| Event {
            at: now,
            act: act.clone(),
            service_id: id.clone(),
            fact,
        };
        Ok(Decision {
            version: self.version(),
            events: facts.into_iter().map(event).collect(),
            effects,
        })
    }

    /// The service, if whoever acts may act on it.
    fn of(&self, act: &Act, id: &ServiceId) -> Result<&Entry, RegistryRefusal> {
        let entry = self.service(id).ok_or(RegistryRefusal::ServiceUnknown)?;
        if act.capacity == Capacity::Registrant && *entry.registrant() != act.actor {
            return Err(RegistryRefusal::NotRegistrant);
        }
        Ok(entry)
    }

    //= SD-05, FW-12, FW-19
    fn obtain(&self, id: &ServiceId, registrant: &ActorId, keys: &KeySet) -> Decided {
        if self.service(id).is_some() {
            return Err(RegistryRefusal::IdTaken);
        }
        self.only_here(id, keys)?;
        Ok(fact(Fact::Obtained {
            registrant: registrant.clone(),
            keys: keys.clone(),
        }))
    }

    /// A key that two services have lets each sign for the other; a key of before counts too.
    fn only_here(&self, id: &ServiceId, keys: &KeySet) -> Result<(), RegistryRefusal> {
        let others = self.services().filter(|entry| entry.service_id() != id);
        for other in others.flat_map(|entry| entry.history().keys()) {
            if keys.iter().any(|key| key.material() == other.material()) {
                return Err(RegistryRefusal::KeyOfAnother);
            }
        }
        Ok(())
    }

    fn rotate(&self, entry: &Entry, keys: &KeySet, now: Timestamp) -> Decided {
        if keys == entry.keys() {
            return Err(RegistryRefusal::KeysUnchanged);
        }
        self.only_here(entry.service_id(), keys)?;
        // What was signed under a key id is looked up by it for years: it means one key for good.
        let mut history = entry.history().clone();
        history.rotate(keys, now).map_err(|refusal| {
            if refusal == KeyRefusal::DuplicateKid {
                RegistryRefusal::KidReused
            } else if [KeyRefusal::Retired, KeyRefusal::DuplicateKey].contains(&refusal) {
                RegistryRefusal::KeyRetired
            } else {
                RegistryRefusal::KeyLife
            }
        })?;
        let mut effects = Vec::new();
        if entry.present().is_some_and(|p| !p.description.fits(keys)) {
            effects.push(Effect::AskNewVersion {
                service_id: entry.service_id().clone(),
            });
        }
        Ok((vec![Fact::KeysRotated { keys: keys.clone() }], effects))
    }

    fn retire(&self, entry: &Entry, act: &Act, links: Links) -> Decided {
        let id = entry.service_id();
        // One that is suspended can still be deregistered.
        let is_more = entry.retired() == Some(Links::Stay) && links == Links::End;
        // Staff closes for good what its registrant may have closed to get ahead of it.
        let by = entry.retirement().map(|retirement| retirement.by);
        let is_held = act.capacity == Capacity::Staff
            && by == Some(Capacity::Registrant)
            && entry.retired() == Some(links);
        let is_more = is_more || is_held;
        if !is_more {
            after(entry, Change::Retire)?;
        }
        let service_id = id.clone();
        let mut effects = vec![match links {
            Links::Stay => Effect::Close { service_id },
            Links::End => Effect::Deregister {
                service_id,
                actor: act.actor.clone(),
            },
        }];
        let naming = self.services().filter(|other| other.names(id));
        let services: Vec<_> = naming.map(|other| other.service_id().clone()).collect();
        if links == Links::End && !services.is_empty() {
            effects.push(Effect::Inform {
                left: id.clone(),
                services,
            });
        }
        Ok((vec![Fact::Retired { links }], effects))
    }
}

impl Command {
    /// Who may ask for it at all.
    const fn is_for(&self, capacity: Capacity) -> bool {
        match self {
            Self::Vouch { .. } => matches!(capacity, Capacity::Staff),
            Self::Obtain { .. }
            | Self::Describe { .. }
            | Self::LinkEndpoints { .. }
            | Self::RotateKeys { .. }
            | Self::Retire { .. }
            | Self::Reopen { .. } => true,
        }
    }
}

impl Entry {
    /// Whether it is open, and its description names the other.
    fn names(&self, other: &ServiceId) -> bool {
        let names = |description: &ServiceDescription| {
            let about = &description.service_description;
            let of_purpose = description.purposes().any(|(_, purpose)| {
                let ext = purpose.extension.as_ref();
                let sources = ext.and_then(|ext| ext.sources.as_ref());
                sources.is_some_and(|sources| sources.contains(other))
            });
            of_purpose || about.compatible_services.contains(other)
        };
        self.is_open() && self.service_id() != other && self.description().is_some_and(names)
    }
}

fn fact(fact: Fact) -> (Vec<Fact>, Vec<Effect>) {
    (vec![fact], Vec::new())
}

/// Whether the change may follow; a retired service has a code of its own.
fn after(entry: &Entry, change: Change) -> Result<(), RegistryRefusal> {
    match (entry.state().after(change), entry.state()) {
        (Some(_), _) => Ok(()),
        (None, State::Retired) => Err(RegistryRefusal::Retired),
        (None, State::Obtained | State::Described | State::Linked) => Err(RegistryRefusal::State),
    }
}

//= FW-07, FW-11, FW-19, SD-07
fn describe(entry: &Entry, act: &Act, found: &Found<Service>, now: Timestamp) -> Decided {
    let moved = entry
        .description()
        .is_some_and(|old| origins(old) != origins(found.description()));
    let change = if moved {
        Change::Move
    } else {
        Change::Describe
    };
    after(entry, change)?;
    if !found.fits(entry.keys()) {
        return Err(RegistryRefusal::KeyNotRegistered);
    }
    let has_signed = entry
        .editions()
        .any(|e| e.description.signed_by().is_some());
    if has_signed && found.signed_by().is_none() {
        return Err(RegistryRefusal::SignatureDropped);
    }
    let about = &found.description().service_description;
    if let Some(known) = entry.edition(&about.service_description_version) {
        let is_present = entry.present() == Some(known);
        // The same again is no change, so that it may be sent any number of times.
        return if is_present && is_same(known, found) {
            Ok((Vec::new(), Vec::new()))
        } else {
            Err(RegistryRefusal::VersionReused)
        };
    }
    let description = found.clone();
    let edition = Box::new(Edition {
        description: description.created(Issued::At(now), act.actor.as_str()),
        issued: now,
        created_by: act.actor.clone(),
    });
    Ok(fact(Fact::Described { edition, moved }))
}

/// Every origin that people, messages and requests for data are sent to on the word of the
/// description.
fn origins(service: &Service) -> BTreeSet<Origin> {
    let urls = &service.service_description.service_urls;
    let pages = [&urls.linking_uri, &urls.linking_redirect_uri].into_iter();
    let pages = pages
        .chain(&urls.objection_uri)
        .chain(&urls.notification_uri);
    let distributions = service
        .data_description
        .iter()
        .flat_map(|d| &d.distribution);
    let addresses = pages.chain(distributions.map(|d| &d.access_url));
    // What is no address of its own is a path at one of the two.
    let absolute = addresses.filter_map(|text| ResourceUrl::parse(text).ok());
    let two = [urls.domain.clone(), urls.library_domain.clone()];
    two.into_iter()
        .chain(absolute.map(|url| url.origin()))
        .collect()
}

/// Whether the two say the same, but for what the registry itself has written: the creation log of
/// one that is not signed.
fn is_same(known: &Edition, found: &Found<Service>) -> bool {
    let by = known.created_by.as_str();
    let found = found.clone().created(Issued::At(known.issued), by);
    let known = &known.description;
    known.description() == found.description() && known.signed_by() == found.signed_by()
}

//= FW-19
fn link(entry: &Entry, found: &Found<Service>) -> Decided {
    after(entry, Change::Link)?;
    let present = entry.present().ok_or(RegistryRefusal::State)?;
    // Every origin that it names, or whoever owns another would be sent people and messages.
    let is_there = |origin| found.found_at() == Some(&origin);
    // The keys may have changed since the description was registered.
    let is_evidence = origins(found.description()).into_iter().all(is_there)
        && found.fits(entry.keys())
        && is_same(present, found);
    if !is_evidence {
        return Err(RegistryRefusal::EvidenceOther);
    }
    Ok(fact(Fact::Linked { by: Linking::Found }))
}

fn reopen(entry: &Entry, act: &Act) -> Decided {
    after(entry, Change::Reopen)?;
    let by = entry.retirement().map(|retirement| retirement.by);
    if by == Some(Capacity::Staff) && act.capacity != Capacity::Staff {
        return Err(RegistryRefusal::RetiredByStaff);
    }
    Ok(fact(Fact::Reopened))
}
