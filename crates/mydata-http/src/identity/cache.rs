//! A provider's keys, kept.
//!
//! | keys are | what happens |
//! |---|---|
//! | fresh | nothing is fetched |
//! | older than `refresh` | fetched anew behind the request, which takes the old ones |
//! | older than `stale`, or not there | fetched, and the request waits |
//! | without the one that a token names | fetched, and the request waits |
//!
//! One fetch runs at a time and whoever waits shares it. Fetches come out of a bucket of three, with one more
//! every ten seconds: tokens with made-up key ids and a provider that is down cost the provider no more. A good
//! set replaces the keys at once, so a key that the provider withdraws verifies nothing any more; a bad one changes
//! nothing.

use super::discovery;
use super::fetch::{Fetch, FetchRefusal};
use crate::fresh::Moment;
use crate::ops::{Metrics, span};
use axum::http::Uri;
use mydata::core::id::KeyId;
use mydata::core::time::{Seconds, Timestamp};
use mydata_identity::{Issuer, ProviderKeys, ProviderRefusal};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tracing::Instrument as _;

/// Fetches in the bucket, and how long it takes until there is one more.
const BUCKET: (u64, u64) = (3, 10);

/// How long keys are used.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Caching {
    /// From this age on they are fetched anew, while the old ones serve.
    pub refresh: Seconds,
    /// From this age on they do not serve.
    pub stale: Seconds,
}

impl Default for Caching {
    /// Ten minutes, and an hour.
    fn default() -> Self {
        Self {
            refresh: Seconds::minutes(10),
            stale: Seconds::minutes(60),
        }
    }
}

/// How often keys were fetched, since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Fetches {
    /// And a good set came.
    pub good: u64,
    /// And none came, or a bad one.
    pub failed: u64,
}

/// Keys, and when they came.
#[derive(Clone)]
struct Held {
    keys: Arc<ProviderKeys>,
    at: Moment,
}

/// What only whoever fetches may touch.
#[derive(Default)]
struct Flight {
    /// The number of the last fetch that has ended, and whether a good set came.
    ended: u64,
    was_good: bool,
    /// Fetches taken out of the bucket that have not come back, and when that was last counted.
    spent: u64,
    counted: u64,
    /// Where the keys are, once the provider has said so.
    keys: Option<Uri>,
}

impl Flight {
    /// Takes a fetch out of the bucket, if there is one.
    fn may_fetch(&mut self, now: Timestamp) -> bool {
        let (size, every) = BUCKET;
        // A clock that has gone back counts from where it is.
        self.counted = self.counted.min(now.seconds());
        let back = (now.seconds() - self.counted) / every;
        match back >= self.spent {
            // Nothing of it is missing: counting begins with what is taken now.
            true => (self.spent, self.counted) = (0, now.seconds()),
            false => {
                self.spent -= back;
                self.counted += back * every;
            }
        }
        let may = self.spent < size;
        self.spent += u64::from(may);
        may
    }
}

/// Why a fetch has failed.
#[derive(Debug, Clone, Copy)]
enum Failed {
    Fetch(FetchRefusal),
    Keys(ProviderRefusal),
}

impl Failed {
    const fn code(self) -> &'static str {
        match self {
            Self::Fetch(refusal) => refusal.code(),
            Self::Keys(refusal) => refusal.code(),
        }
    }
}

pub(super) struct Cache<F> {
    fetch: F,
    issuer: Issuer,
    configured: Option<Uri>,
    caching: Caching,
    held: RwLock<Option<Held>>,
    flight: Arc<Mutex<Flight>>,
    /// Fetches that have begun.
    begun: AtomicU64,
    /// What came of them, by code.
    ended: StdMutex<BTreeMap<&'static str, u64>>,
}

/// What came of a fetch that has brought a good set.
const GOOD: &str = "good";

impl<F: Fetch> Cache<F> {
    pub(super) fn new(fetch: F, issuer: Issuer, configured: Option<Uri>, caching: Caching) -> Self {
        Self {
            fetch,
            issuer,
            configured,
            caching,
            held: RwLock::new(None),
            flight: Arc::default(),
            begun: AtomicU64::new(0),
            ended: StdMutex::default(),
        }
    }

    pub(super) fn fetches(&self) -> Fetches {
        let ended = self.ended();
        let good = ended.get(GOOD).copied().unwrap_or(0);
        Fetches {
            good,
            failed: ended.values().sum::<u64>() - good,
        }
    }

    fn ended(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn report(&self, metrics: &Metrics, now: Timestamp) {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let age = held.as_ref().map(|held| held.at.age(now));
        metrics.keys(&self.issuer, age, &self.ended());
    }

    /// The keys to verify a token with that names `kid`; perhaps without it, when a provider that was asked has
    /// none of this id. None when nobody can say.
    pub(super) async fn keys(
        self: &Arc<Self>,
        kid: &KeyId,
        now: Timestamp,
    ) -> Option<Arc<ProviderKeys>> {
        let seen = self.begun.load(Ordering::Acquire);
        if let Some(held) = self.held(now) {
            if held.at.age(now) > self.caching.refresh {
                self.fetch_behind(now);
            }
            if held.keys.get(kid).is_some() {
                return Some(held.keys);
            }
        }
        let was_good = self.fetch_joined(seen, now).await;
        let held = self.held(now)?;
        (was_good || held.keys.get(kid).is_some()).then_some(held.keys)
    }

    /// What is kept and not stale.
    fn held(&self, now: Timestamp) -> Option<Held> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref()?;
        (held.at.age(now) <= self.caching.stale).then(|| held.clone())
    }

    /// Fetches unless somebody does already.
    fn fetch_behind(self: &Arc<Self>, now: Timestamp) {
        if let Ok(mut flight) = Arc::clone(&self.flight).try_lock_owned()
            && flight.may_fetch(now)
        {
            tokio::spawn(Arc::clone(self).fetch(flight, now));
        }
    }

    /// Waits for a fetch that begins after the first `seen` ones, and says whether a good set came of it; when
    /// the bucket is empty, of the last one.
    async fn fetch_joined(self: &Arc<Self>, seen: u64, now: Timestamp) -> bool {
        let mut flight = Arc::clone(&self.flight).lock_owned().await;
        if flight.ended > seen || !flight.may_fetch(now) {
            return flight.was_good;
        }
        // On its own, since whoever has asked first may hang up, and others wait for it.
        let fetch = tokio::spawn(Arc::clone(self).fetch(flight, now));
        fetch.await.unwrap_or(false)
    }

    async fn fetch(self: Arc<Self>, mut flight: OwnedMutexGuard<Flight>, now: Timestamp) -> bool {
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let span = span::keys_fetch(&self.issuer);
        let fetched = self.fetch_keys(&mut flight);
        let fetched = fetched.instrument(span.clone()).await;
        flight.ended = number;
        flight.was_good = fetched.is_ok();
        let outcome = fetched
            .as_ref()
            .map_or_else(|failed| failed.code(), |_| GOOD);
        span.in_scope(|| span::keys_fetched(outcome, fetched.is_ok()));
        *self.ended().entry(outcome).or_default() += 1;
        match fetched {
            Ok(keys) => {
                let keys = Arc::new(keys);
                let at = Moment::at(now);
                let held = Some(Held { keys, at });
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
            }
            Err(_) => {
                // Perhaps they have moved.
                flight.keys = None;
            }
        }
        flight.was_good
    }

    async fn fetch_keys(&self, flight: &mut Flight) -> Result<ProviderKeys, Failed> {
        let address = match self.configured.clone().or(flight.keys.take()) {
            Some(address) => address,
            None => {
                let asked = discovery::keys_address(&self.fetch, &self.issuer).await;
                asked.map_err(Failed::Fetch)?
            }
        };
        let octets = discovery::get(&self.fetch, &address).await;
        let octets = octets.map_err(Failed::Fetch)?;
        let keys = ProviderKeys::from_jwks(&octets).map_err(Failed::Keys)?;
        flight.keys = Some(address);
        Ok(keys)
    }
}
