//! The operator: the machine, a store, the operator's keys, a clock, and nothing that waits without
//! a bound.

pub(crate) mod fault;
pub(crate) mod index;

mod execute;
mod reading;
mod setup;

pub use execute::Outcome;
pub(crate) use execute::PERSON;
pub use setup::{Identity, Limits, Numbers};

use crate::clock::Clock;
use crate::custody::Custody;
use crate::ledger::{Ledger, Read};
use crate::store::Store;
use fault::{OperatorFault, OperatorRefusal};
use lru::LruCache;
use mydata::core::crypto::{Crypto, Random};
use mydata::core::id::AccountId;
use mydata::keys::{Backend, SystemRandom, Vault};
use mydata::operator::Account;
use setup::Counters;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// How many locks the accounts share: two of them rarely meet.
const STRIPES: usize = 1024;

/// A lock, and how many have it or wait for it.
#[derive(Default)]
struct Stripe {
    lock: tokio::sync::Mutex<()>,
    waiting: AtomicUsize,
}

struct Waiting<'a>(&'a Stripe);

impl Waiting<'_> {
    async fn lock(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.lock.lock().await
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The durable operator.
///
/// ```text
/// execute: permit and turn → account → decide → append at the version read → answer
/// ```
///
/// * **Nothing is acknowledged that is not stored.** [`execute`](Self::execute) answers after the store
///   has said [`Stored`](crate::Appended::Stored).
/// * **The same request again gets the same answer**, and is refused when it asks for something else.
/// * **Nothing stale is decided.** A decision is stored on the version on which it was made; a refusal,
///   and a decision that changes nothing, are given on an account that the store has just confirmed.
/// * **Time does not go back.** An account sees no time before that of its last decision, whatever the
///   clock says.
/// * **Back-pressure.** At most [`Limits::in_flight`] commands are under way, half of them of one account;
///   one more is refused with `operator_busy` or `operator_contended`, and has left no trace.
///
/// It is shared by reference or in an [`Arc`]; each method may be called from any task.
pub struct Operator<S: Store> {
    store: Arc<S>,
    ledger: Ledger,
    identity: Identity,
    crypto: Arc<dyn Crypto>,
    clock: Arc<dyn Clock>,
    /// Numbers for simulations; the system's, drawn by each decision for itself, where there are none.
    simulated: Option<Mutex<Box<dyn Random + Send>>>,
    limits: Limits,
    permits: Semaphore,
    stripes: Box<[Stripe]>,
    hasher: RandomState,
    cache: Mutex<LruCache<AccountId, Read>>,
    counters: Counters,
    stored: Arc<Notify>,
}

impl<S: Store> Operator<S> {
    /// The operator over a store. The key of the store's marks is read out of it with `vault`, or made
    /// when the store is new.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn open(
        store: Arc<S>,
        vault: Arc<Vault>,
        identity: Identity,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Result<Self, OperatorFault> {
        identity.with(|_| ())?;
        let crypto: Arc<dyn Crypto> = Arc::new(Backend::default());
        let key = Custody::new(Arc::clone(&store), vault).stamp_key().await?;
        Ok(Self {
            ledger: Ledger::new(key, Arc::clone(&crypto)),
            store,
            identity,
            crypto,
            clock,
            simulated: None,
            permits: Semaphore::new(limits.in_flight.get()),
            stripes: (0..STRIPES).map(|_| Stripe::default()).collect(),
            hasher: RandomState::new(),
            cache: Mutex::new(LruCache::new(limits.cached)),
            limits,
            counters: Counters::default(),
            stored: Arc::new(Notify::new()),
        })
    }

    /// With another source of unguessable numbers: for simulations that are to be repeated.
    #[must_use]
    pub fn with_random(self, random: Box<dyn Random + Send>) -> Self {
        Self {
            simulated: Some(Mutex::new(random)),
            ..self
        }
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Arc<S> {
        &self.store
    }

    /// Who the operator is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Verifies and hashes.
    #[must_use]
    pub fn crypto(&self) -> &dyn Crypto {
        &*self.crypto
    }

    /// What it has counted since it was opened.
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        self.counters.numbers()
    }

    /// Is told of each decision that has messages: whoever delivers waits for it.
    pub(crate) const fn stored(&self) -> &Arc<Notify> {
        &self.stored
    }

    /// Takes no more commands, and waits for those that are under way. What they have not stored they
    /// have not acknowledged either, so nothing else needs to be done before the process ends.
    pub async fn close(&self) {
        let all = u32::try_from(self.limits.in_flight.get()).unwrap_or(u32::MAX);
        self.counters.close();
        // Fails only when somebody else has closed it.
        if let Ok(permits) = self.permits.acquire_many(all).await {
            permits.forget();
        }
        self.permits.close();
    }

    fn permit(&self) -> Result<SemaphorePermit<'_>, OperatorRefusal> {
        if self.counters.is_closed() {
            return Err(OperatorRefusal::Closing);
        }
        self.permits.try_acquire().map_err(|_| {
            self.counters.busy();
            match self.permits.is_closed() {
                true => OperatorRefusal::Closing,
                false => OperatorRefusal::Busy,
            }
        })
    }

    /// One command of an account at a time in this process; others elsewhere are found out by version.
    /// Those of one account may be half of all that are under way.
    fn stripe(&self, id: &AccountId) -> Result<Waiting<'_>, OperatorRefusal> {
        let hash = self.hasher.hash_one(id);
        let stripe = usize::try_from(hash % STRIPES as u64).unwrap_or_default();
        let stripe = self.stripes.get(stripe).ok_or(OperatorRefusal::Busy)?;
        let waiting = Waiting(stripe);
        let before = stripe.waiting.fetch_add(1, Ordering::SeqCst);
        match before < (self.limits.in_flight.get() / 2).max(1) {
            true => Ok(waiting),
            false => Err(OperatorRefusal::Contended),
        }
    }

    fn cache(&self) -> MutexGuard<'_, LruCache<AccountId, Read>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls with numbers, without one decision waiting for another's.
    fn with_numbers<T>(&self, call: impl FnOnce(&mut dyn Random) -> T) -> T {
        match &self.simulated {
            Some(random) => {
                let mut random = random.lock().unwrap_or_else(PoisonError::into_inner);
                call(&mut **random)
            }
            None => call(&mut SystemRandom::new()),
        }
    }

    /// The account as the store has it now.
    ///
    /// # Errors
    /// [`AccountUnknown`](crate::StoreRefusal::AccountUnknown) and other [`OperatorFault`]s.
    pub async fn account(&self, id: &AccountId) -> Result<Arc<Account>, OperatorFault> {
        Ok(self.fresh(id).await?.account)
    }
}

impl<S: Store> fmt::Debug for Operator<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator")
            .field("store", &self.store)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
