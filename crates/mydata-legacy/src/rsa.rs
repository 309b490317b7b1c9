//! RSA keys of older systems: for verifying `RS256`, and nothing else.
//!
//! The reference SDK could be set to sign so. The keys are bound by the caller, like all others; no
//! record and no header brings one, and nothing of 2.0 takes one.

pub use mydata_core::rsa::{RsaKey, RsaRefusal};

use mydata_core::party::Party;
use mydata_core::rsa::Rs256;

/// The RSA keys that a caller binds to parties, and the arithmetic that verifies with them.
///
/// They have no life of their own: whoever knows that one has ended does not bind it.
#[derive(Debug, Clone)]
pub struct RsaKeys<'a> {
    crypto: &'a dyn Rs256,
    bound: Vec<(Party, &'a RsaKey)>,
}

impl<'a> RsaKeys<'a> {
    /// No keys yet.
    #[must_use]
    pub const fn none(crypto: &'a dyn Rs256) -> Self {
        Self {
            crypto,
            bound: Vec::new(),
        }
    }

    /// `key` is one of `party`'s.
    ///
    /// # Errors
    /// [`RsaRefusal::KidTwice`].
    pub fn with(mut self, party: Party, key: &'a RsaKey) -> Result<Self, RsaRefusal> {
        let is_same = |(whose, known): &(Party, &RsaKey)| {
            *whose == party && (known.kid() == key.kid() || known.modulus() == key.modulus())
        };
        if self.bound.iter().any(is_same) {
            return Err(RsaRefusal::KidTwice);
        }
        self.bound.push((party, key));
        Ok(self)
    }

    pub(crate) fn keys(&self, party: Party) -> impl Iterator<Item = &'a RsaKey> {
        let of_party = self.bound.iter().filter(move |(whose, _)| *whose == party);
        of_party.map(|(_, key)| *key)
    }

    pub(crate) fn verify(&self, key: &RsaKey, message: &[u8], signature: &[u8]) -> bool {
        self.crypto.verify_rs256(key.modulus(), message, signature)
    }
}
