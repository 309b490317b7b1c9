//! Octets that must not be seen, copied or left behind.

use std::fmt;
use zeroize::Zeroizing;

/// A private key written out, to be stored: PKCS#8 octets or the text of a private JWK; or whatever a
/// [`Vault`](crate::Vault) has kept.
///
/// It is wiped when it is dropped, `Debug` redacts it, and it can be neither cloned, compared,
/// displayed nor serialised; [`Secret::expose`] is the one door.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes octets over, without a copy. For those who implement [`KeyWrap`](crate::KeyWrap): a buffer
    /// that has grown has left its earlier self behind, which nobody wipes.
    #[must_use]
    pub fn from_octets(octets: Vec<u8>) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// Joins `parts` in one allocation: a buffer that grows leaves its earlier self behind.
    pub(crate) fn join(parts: &[&[u8]]) -> Self {
        let octets = parts.iter().map(|part| part.len()).sum();
        let mut joined = Zeroizing::new(Vec::with_capacity(octets));
        for part in parts {
            joined.extend_from_slice(part);
        }
        Self(joined)
    }

    /// The octets themselves: into a key store, never into a log.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// The 32 octets that are private in a key: the seed of Ed25519 (RFC 8032 §5.1.5), or the number
/// `d` of P-256, big-endian.
///
/// Boxed, so that moving it moves a pointer and leaves no copy on the stack.
pub(crate) struct Number(Box<Zeroizing<[u8; 32]>>);

impl Number {
    /// All zeros, to be filled in place.
    pub(crate) fn zero() -> Self {
        Self(Box::new(Zeroizing::new([0; 32])))
    }

    /// A copy of exactly 32 octets.
    pub(crate) fn copy(octets: &[u8]) -> Option<Self> {
        if octets.len() != 32 {
            return None;
        }
        let mut number = Self::zero();
        number.as_mut_octets().copy_from_slice(octets);
        Some(number)
    }

    pub(crate) fn as_octets(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn as_mut_octets(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }
}
