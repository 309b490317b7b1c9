//! Nonces of a source: values that a proof must contain, so that none is made in advance
//! (RFC 9449 §8 and §9).

use mydata_core::id::Nonce;

/// The nonce that a source gives now, and the one before it, which is still taken.
///
/// The source draws a new one at its own pace, every minute or so: a proof is then good only while its
/// nonce is, however the clocks of the parties differ within the window, which is asked all the same.
/// Every sink is given the same one; it must be unguessable and need not be secret. Several processes
/// that answer for one source share these two values, and a replay guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonces {
    current: Nonce,
    before: Option<Nonce>,
}

impl Nonces {
    /// The first one, fresh ([`Nonce::from_random`]).
    #[must_use]
    pub const fn new(first: Nonce) -> Self {
        Self {
            current: first,
            before: None,
        }
    }

    /// From now on `next` is given. Proofs with the one before it are taken until the next time.
    pub fn turn(&mut self, next: Nonce) {
        self.before = Some(std::mem::replace(&mut self.current, next));
    }

    /// What the source sends along: in HTTP the header `DPoP-Nonce`, with every answer or with those
    /// that ask for it (RFC 9449 §8.2).
    #[must_use]
    pub const fn current(&self) -> &Nonce {
        &self.current
    }

    /// Whether a proof may contain it.
    pub(crate) fn take(&self, nonce: &Nonce) -> bool {
        *nonce == self.current || self.before.as_ref() == Some(nonce)
    }
}
