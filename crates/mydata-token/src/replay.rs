//! Each signed request is good once (P13).
//!
//! The draft has only a timestamp against repetition, so a source remembers what it has seen for as
//! long as the timestamp would be accepted. What is remembered is a digest of what was *signed*: an
//! ES256 signature has a twin that verifies as well, and a signature or a header would be
//! remembered under one of two names.

use crate::dpop::DpopProof;
use crate::generations::{Forgot, Generations};
use crate::party::PartyRequest;
use crate::proof::DataRequest;
use crate::window::Window;
use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::jwk::PublicKey;
use mydata_core::jws::Verified;
use mydata_core::time::{Seconds, Timestamp};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Mutex;

/// What a request is recognised by: 128 bits of SHA-256 over the signed octets, the key's id among them,
/// or over the key and the `jti` of a DPoP proof; and the time at which it was signed.
///
/// Only this crate makes one, and only from a request whose signature has verified, so nobody can
/// fill a guard with what they have not signed.
///
/// Two are equal when their digests are: whoever says that an old request was signed later has not made a
/// new one of it.
#[derive(Debug, Clone, Copy)]
pub struct ReplayKey {
    digest: [u8; 16],
    signed_at: Timestamp,
}

impl PartialEq for ReplayKey {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for ReplayKey {}

impl Hash for ReplayKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl ReplayKey {
    /// The signing input begins with the protected header: kind, algorithm and key are in it.
    pub(crate) fn of_request(proof: &Verified<DataRequest>, crypto: &dyn Crypto) -> Self {
        Self::new(&proof.digest(crypto), proof.signed_at())
    }

    /// `key` and `jti`: the same `jti` again is the same proof, whatever else is in it (RFC 9449 §11.1).
    pub(crate) fn of_dpop(
        proof: &Verified<DpopProof>,
        key: &PublicKey,
        crypto: &dyn Crypto,
    ) -> Self {
        let name = [&key.material().to_bare_jwk(), ".", proof.id().as_str()].concat();
        Self::new(&crypto.sha256(name.as_bytes()), proof.signed_at())
    }

    /// As of a data request.
    pub(crate) fn of_party(proof: &Verified<PartyRequest>, crypto: &dyn Crypto) -> Self {
        Self::new(&proof.digest(crypto), proof.signed_at())
    }

    const fn new(digest: &Sha256, signed_at: Timestamp) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = *digest.as_octets();
        Self {
            digest: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p],
            signed_at,
        }
    }

    /// The digest: what a guard outside this process would store.
    #[must_use]
    pub const fn octets(&self) -> &[u8; 16] {
        &self.digest
    }

    /// `ts` of the request.
    #[must_use]
    pub const fn signed_at(&self) -> Timestamp {
        self.signed_at
    }
}

/// What a guard says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever asks a guard must have an answer to each"
)]
pub enum Witness {
    /// Never seen, and now remembered.
    First,
    /// Seen before.
    Again,
    /// There is no room to remember it, so it cannot be let through: the source is busy.
    Full,
    /// Signed before the time from which the guard remembers everything: whether it was seen is not
    /// known. The sender signs anew.
    BeforeMemory,
}

/// The memory of a source.
///
/// A guard that is shared by several processes, or survives them, is the host's to write; the rule
/// is one: a key for which [`Witness::First`] has been said is never again `First` while its
/// `signed_at` is within the window.
pub trait ReplayGuard: fmt::Debug {
    /// Remembers `key`, and says whether it is new.
    fn witness(&mut self, key: ReplayKey, now: Timestamp) -> Witness;
}

/// A guard that several threads share, locked only while it is asked. A thread that panicked
/// inside it leaves it full.
impl<G: ReplayGuard> ReplayGuard for &Mutex<G> {
    fn witness(&mut self, key: ReplayKey, now: Timestamp) -> Witness {
        self.lock()
            .map_or(Witness::Full, |mut guard| guard.witness(key, now))
    }
}

/// A guard in memory: two generations, each of a bounded number of keys and as long as the window.
///
/// Stronger than the trait demands: it says [`Witness::First`] of a key once and never again, even
/// if the clock jumps, since what it has forgotten it refuses by time. That rule also covers what
/// another process saw before this one started.
#[derive(Debug)]
pub struct TwoGenerations {
    seen: Generations<[u8; 16], ()>,
    /// From this `signed_at` on, everything that was seen is remembered.
    since: Timestamp,
    /// The latest `signed_at` in the young and in the old generation.
    latest: (Option<Timestamp>, Option<Timestamp>),
}

impl TwoGenerations {
    /// Keys per generation by default: 1800 requests a second in the default window.
    pub const DEFAULT_CAPACITY: usize = 120_000;

    /// A guard for a source that starts at `now` and may have run before. Requests that an earlier
    /// process could have accepted are refused as [`Witness::BeforeMemory`]; these are all that
    /// were signed up to `now` and the window's `future`, so honest requests pass when so much time
    /// has gone by.
    #[must_use]
    pub fn starting(window: &Window, capacity: usize, now: Timestamp) -> Self {
        let unseen = now.plus(window.future()).plus(Seconds::new(1));
        Self {
            since: unseen,
            ..Self::without_past(window, capacity, now)
        }
    }

    /// A guard for a source that has never run before under its present keys: it trusts that
    /// nothing has been accepted yet.
    #[must_use]
    pub fn without_past(window: &Window, capacity: usize, now: Timestamp) -> Self {
        Self {
            seen: Generations::new(window.span(), capacity, now),
            since: Timestamp::from_seconds(0).unwrap_or(now),
            latest: (None, None),
        }
    }

    /// From which `ts` on the guard remembers everything that it has seen.
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    /// How many keys are remembered now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether nothing is remembered now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many requests more can be remembered at `now`, before the present generation is over: at zero
    /// whoever asks is told [`Witness::Full`].
    #[must_use]
    pub fn room(&mut self, now: Timestamp) -> usize {
        self.turn(now);
        self.seen.room()
    }

    fn turn(&mut self, now: Timestamp) {
        let (young, old) = self.latest;
        let forgotten = match self.seen.turn(now) {
            Forgot::Nothing => return,
            Forgot::Old => {
                self.latest = (None, young);
                old
            }
            Forgot::Both => {
                self.latest = (None, None);
                young.max(old)
            }
        };
        // With a clock that only goes forward this is outside the window already.
        if let Some(latest) = forgotten {
            self.since = self.since.max(latest.plus(Seconds::new(1)));
        }
    }
}

impl ReplayGuard for TwoGenerations {
    fn witness(&mut self, key: ReplayKey, now: Timestamp) -> Witness {
        self.turn(now);
        if self.seen.get(&key.digest).is_some() {
            return Witness::Again;
        }
        if key.signed_at < self.since {
            return Witness::BeforeMemory;
        }
        if self.seen.is_full() {
            return Witness::Full;
        }
        self.seen.insert(key.digest, ());
        self.latest.0 = self.latest.0.max(Some(key.signed_at));
        Witness::First
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds).unwrap()
    }

    fn key(name: u8, signed_at: u64) -> ReplayKey {
        ReplayKey {
            digest: [name; 16],
            signed_at: at(signed_at),
        }
    }

    fn guard(capacity: usize) -> TwoGenerations {
        TwoGenerations::without_past(&Window::default(), capacity, at(1000))
    }

    #[test]
    fn full_is_closed_until_a_generation_is_over() {
        let mut guard = guard(2);
        assert_eq!(guard.witness(key(1, 1000), at(1000)), Witness::First);
        assert_eq!(guard.witness(key(2, 1000), at(1001)), Witness::First);
        assert_eq!(guard.witness(key(3, 1000), at(1001)), Witness::Full);
        assert_eq!(guard.witness(key(1, 1000), at(1001)), Witness::Again);
        assert_eq!(guard.witness(key(3, 1064), at(1064)), Witness::Full);
        assert_eq!((guard.room(at(1064)), guard.room(at(1065))), (0, 2));
        assert_eq!(guard.witness(key(3, 1065), at(1065)), Witness::First);
        assert_eq!(guard.room(at(1065)), 1);
        assert_eq!(guard.witness(key(1, 1000), at(1065)), Witness::Again);
        assert_eq!(guard.len(), 3);
    }

    #[test]
    fn an_idle_guard_forgets_both_generations_and_stays_right() {
        let mut guard = guard(10);
        assert_eq!(guard.witness(key(1, 1000), at(1000)), Witness::First);
        assert_eq!(guard.witness(key(2, 9000), at(9000)), Witness::First);
        assert_eq!(guard.len(), 1);
        assert_eq!(guard.witness(key(1, 1000), at(9000)), Witness::BeforeMemory);
        assert_eq!(guard.since(), at(1001));
    }

    #[test]
    fn a_guard_that_failed_is_full() {
        let shared = Mutex::new(guard(10));
        assert_eq!((&shared).witness(key(1, 1000), at(1000)), Witness::First);
        let broken = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let _held = shared.lock().unwrap();
                panic!("while it is held");
            });
            thread.join()
        });
        assert!(broken.is_err());
        assert_eq!((&shared).witness(key(2, 1000), at(1000)), Witness::Full);
    }

    proptest! {
        /// A clock that goes forward: exactly the model, and nothing honest is refused by time.
        #[test]
        fn as_the_model_while_time_goes_on(
            steps in prop::collection::vec((any::<u8>(), 0u64..40, 0u64..66), 1..200)
        ) {
            let window = Window::default();
            let mut guard = guard(1000);
            let mut model: HashMap<(u8, u64), ()> = HashMap::new();
            let mut now = 1000;
            for (name, step, age) in steps {
                now += step;
                // Signed 60 s ago to 5 s ahead; one name stands for one time, as digests do.
                let signed_at = now + window.future().get() - age;
                let mut key = key(name % 8, signed_at);
                key.digest[1] = (signed_at % 251) as u8;
                key.digest[2] = (signed_at / 251 % 251) as u8;
                let expected = match model.insert((name % 8, signed_at), ()) {
                    None => Witness::First,
                    Some(()) => Witness::Again,
                };
                prop_assert_eq!(guard.witness(key, at(now)), expected);
            }
        }

        /// Any clock at all: no key is ever new twice, and memory is bounded.
        #[test]
        fn never_new_twice_whatever_the_clock_does(
            capacity in 1usize..20,
            restart in any::<bool>(),
            steps in prop::collection::vec((0u8..24, 0u64..400, any::<bool>()), 1..300)
        ) {
            let mut guard = guard(capacity);
            if restart {
                guard = TwoGenerations::starting(&Window::default(), capacity, at(1000));
            }
            let mut new = std::collections::HashSet::new();
            let mut now: u64 = 1000;
            for (name, step, forward) in steps {
                now = if forward { now + step } else { now.saturating_sub(step) };
                let key = key(name, 1000 + u64::from(name) * 20);
                if guard.witness(key, at(now)) == Witness::First {
                    prop_assert!(new.insert(name), "{name} was new twice");
                    prop_assert!(!restart || key.signed_at > at(1005));
                }
                prop_assert!(guard.len() <= 2 * capacity);
            }
        }
    }
}
