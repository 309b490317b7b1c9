//! The registry as it is now, and its journal: what was decided is durable before it is in force.

use super::record::Record;
use crate::courier::Services;
use crate::journal::{JournalOf, JournalRefusal};
use crate::problem::{HttpRefusal, Problem};
use mydata::core::crypto::Crypto;
use mydata::core::id::ServiceId;
use mydata::operator::Registered;
use mydata::registry::{
    Act, Command, Decision, Effect, Event, Fact, Links, Registry, RegistryRefusal,
};
use mydata_store::Clock;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// Why a registry cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryBookFault {
    /// Its journal cannot be opened.
    #[error("{0}")]
    Journal(JournalRefusal),
    /// Its journal has what no registry has decided.
    #[error("the journal has what no registry has decided")]
    Foreign,
}

impl RegistryBookFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Journal(refusal) => refusal.code(),
            Self::Foreign => JournalRefusal::Damaged.code(),
        }
    }
}

/// What is done about a decision outside the registry.
pub trait FollowUp: fmt::Debug + Send + Sync + 'static {
    /// Begins what follows from the decision that ends with this number of events, and returns at once. It may
    /// be told of one again, so what it begins has a name by that number ([`job_of`](super::job_of)).
    fn begin(&self, number: u64, effect: &Effect);
}

/// Every service of one registry, and every version of each; in one file.
pub struct RegistryBook {
    state: RwLock<State>,
    writing: tokio::sync::Mutex<()>,
    journal: JournalOf<Record>,
    follow_up: Arc<dyn FollowUp>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct State {
    registry: Registry,
    /// As operators take them.
    services: BTreeMap<ServiceId, Arc<Registered>>,
    /// Of each service that is retired, what is to be done about it.
    retired: BTreeMap<ServiceId, (u64, Effect)>,
}

impl RegistryBook {
    /// Opens the registry of this file, or begins one. What follows from services being retired is begun again.
    /// Blocks.
    ///
    /// # Errors
    /// [`RegistryBookFault`].
    pub fn open(
        path: &Path,
        follow_up: Arc<dyn FollowUp>,
        clock: Arc<dyn Clock>,
        crypto: &dyn Crypto,
    ) -> Result<Self, RegistryBookFault> {
        let opened = JournalOf::open(path);
        let (journal, records): (_, Vec<Record>) = opened.map_err(RegistryBookFault::Journal)?;
        let mut registry = Registry::new();
        let mut state = State::default();
        for record in records {
            record
                .happen(&mut registry, crypto, |registry, event| {
                    state.note(registry, event)
                })
                .ok_or(RegistryBookFault::Foreign)?;
        }
        state.registry = registry;
        for (number, effect) in state.retired.values() {
            follow_up.begin(*number, effect);
        }
        Ok(Self {
            state: RwLock::new(state),
            writing: tokio::sync::Mutex::new(()),
            journal,
            follow_up,
            clock,
        })
    }

    /// Decides, keeps, and puts in force; in this order, whatever becomes of whoever asks.
    ///
    /// # Errors
    /// [`RegistryRefusal`]s as [`Problem`]s; a journal that cannot be written is `http_later`, and the registry
    /// is as it was.
    pub async fn decide(self: &Arc<Self>, act: Act, command: Command) -> Result<(), Problem> {
        let book = Arc::clone(self);
        let decided = tokio::spawn(async move { book.decide_now(&act, &command).await });
        decided.await.unwrap_or(Err(HttpRefusal::Internal.into()))
    }

    async fn decide_now(&self, act: &Act, command: &Command) -> Result<(), Problem> {
        let _writing = self.writing.lock().await;
        let now = self.clock.now();
        let decision: Decision = self.state().registry.decide(act, command, now)?;
        if !decision.events.is_empty() {
            let record = Record::of(&decision.events).ok_or(HttpRefusal::Internal)?;
            self.journal.keep(record).await.map_err(|refusal| {
                tracing::error!(code = refusal.code(), "the registry is not written");
                HttpRefusal::Later
            })?;
        }
        let number = self.apply(&decision.events);
        for effect in &decision.effects {
            self.follow_up.begin(number, effect);
        }
        Ok(())
    }

    fn apply(&self, events: &[Event]) -> u64 {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut registry = std::mem::take(&mut state.registry);
        for event in events {
            registry.apply(event);
            state.note(&registry, event);
        }
        state.registry = registry;
        state.registry.version()
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> mydata::core::time::Timestamp {
        self.clock.now()
    }

    /// Looks at the registry as it is now.
    pub fn look<T>(&self, look: impl FnOnce(&Registry) -> T) -> T {
        look(&self.state().registry)
    }
}

impl State {
    fn note(&mut self, registry: &Registry, event: &Event) {
        let id = &event.service_id;
        let Some(entry) = registry.service(id) else {
            return;
        };
        if let Some(description) = entry.description() {
            let registered = Registered::new(description.clone(), entry.history().clone());
            let registered = match entry.is_open() {
                true => registered,
                false => registered.suspended(),
            };
            self.services.insert(id.clone(), Arc::new(registered));
        }
        let service_id = id.clone();
        match &event.fact {
            Fact::Retired { links: Links::Stay } => {
                let effect = Effect::Close { service_id };
                self.retired
                    .insert(id.clone(), (registry.version(), effect));
            }
            Fact::Retired { links: Links::End } => {
                let actor = event.act.actor.clone();
                let effect = Effect::Deregister { service_id, actor };
                self.retired
                    .insert(id.clone(), (registry.version(), effect));
            }
            Fact::Reopened => {
                self.retired.remove(id);
            }
            Fact::Obtained { .. }
            | Fact::Described { .. }
            | Fact::Linked { .. }
            | Fact::KeysRotated { .. }
            | _ => {}
        }
    }
}

impl Services for RegistryBook {
    fn registered(&self, id: &ServiceId) -> Option<Arc<Registered>> {
        self.state().services.get(id).cloned()
    }

    fn has_left(&self, id: &ServiceId) -> bool {
        let state = self.state();
        let entry = state.registry.service(id);
        entry.is_some_and(|entry| entry.retired() == Some(Links::End))
    }
}

impl From<RegistryRefusal> for Problem {
    fn from(refusal: RegistryRefusal) -> Self {
        Self::new(refusal.code(), refusal)
    }
}

impl fmt::Debug for RegistryBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        let count = state.registry.services().count();
        write!(f, "RegistryBook({count} services)")
    }
}
