//! Tokens that have been verified already.
//!
//! A sink sends one token with many requests, and verifying it is half of the work. The cache saves
//! the arithmetic and nothing else: which key must have signed the token, its times, its audience
//! and the consent's standing are asked every time (P19).

use crate::claims::Token;
use crate::generations::Generations;
use mydata_core::crypto::Sha256;
use mydata_core::jwk::PublicKey;
use mydata_core::jws::Verified;
use mydata_core::time::{Seconds, Timestamp};
use std::sync::Mutex;

/// How long a generation is kept; a token that is used moves to the young one.
const SPAN: Seconds = Seconds::minutes(5);

/// Verified tokens by the SHA-256 of their text, bounded in number; shared between threads, each of
/// which locks it for a look-up only.
///
/// A token enters when the whole request that brought it was authentic, so nobody but a sink can
/// displace others' tokens, and then only from the cache.
#[derive(Debug)]
pub struct TokenCache(Mutex<Generations<Sha256, Known>>);

/// A verified token, and the key that verified it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) token: Verified<Token>,
    pub(crate) issuer: PublicKey,
}

impl TokenCache {
    /// Room for `capacity` tokens in each of two generations.
    #[must_use]
    pub fn new(capacity: usize, now: Timestamp) -> Self {
        Self(Mutex::new(Generations::new(SPAN, capacity, now)))
    }

    /// How many tokens are kept now, those that have expired included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.lock().map_or(0, |known| known.len())
    }

    /// Whether no token is kept now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The token with this digest, unless it has expired. Whoever asks compares the key. A cache
    /// that cannot be locked is one that knows nothing.
    pub(crate) fn find(&self, digest: &Sha256, now: Timestamp) -> Option<Known> {
        let mut known = self.0.lock().ok()?;
        known.turn(now);
        known
            .get(digest)
            .filter(|known| now < known.token.exp())
            .cloned()
    }

    /// Keeps a token, or makes a kept one young again.
    pub(crate) fn keep(&self, digest: Sha256, token: Known, now: Timestamp) {
        let Ok(mut known) = self.0.lock() else {
            return;
        };
        known.turn(now);
        if known.is_full() && !known.is_young(&digest) {
            // Forgetting a verified token costs a verification, so the cache need never be full.
            known.age(now);
        }
        known.insert(digest, token);
    }
}
