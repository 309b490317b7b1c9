//! Stamps: whether a row of a store is as it was written.

use crate::secret::Number;
use crate::vault::VaultFault;
use ring::hmac::{Context, HMAC_SHA256, Key};
use std::fmt;
use std::hint::black_box;

/// Authenticates what a store keeps, for the program that wrote it: HMAC-SHA256 with ring, under a
/// random data key that a [`Vault`](crate::Vault) keeps wrapped beside what is stamped.
///
/// Nothing that travels is stamped: whoever can check a stamp can make one. A row that was exchanged for
/// its own earlier self has a good stamp as well; what must not go back has its version among the
/// parts, and the version stands elsewhere too.
///
/// It cannot be cloned, compared or serialised, `Debug` shows nothing, and its octets are wiped when it
/// is dropped; what ring computes of them is not.
///
/// RFC 2104, FIPS 198-1.
pub struct StampKey {
    octets: Number,
    key: Key,
}

impl StampKey {
    /// A new key from the randomness of the operating system.
    ///
    /// # Errors
    /// [`NoRandomness`](VaultFault::NoRandomness).
    pub fn generate() -> Result<Self, VaultFault> {
        let mut octets = Number::zero();
        let filled = crate::ring::fill(octets.as_mut_octets());
        filled
            .then(|| Self::new(octets))
            .ok_or(VaultFault::NoRandomness)
    }

    /// The key of these octets, which must have been drawn by a source of randomness.
    #[must_use]
    pub fn from_octets(octets: &[u8; 32]) -> Self {
        let mut number = Number::zero();
        number.as_mut_octets().copy_from_slice(octets);
        Self::new(number)
    }

    /// The stamp of these parts: each goes in behind its length, so that no octet can move from one
    /// part to the next. The first should say what is stamped, or one key stamps two tables alike.
    #[must_use]
    pub fn stamp(&self, parts: &[&[u8]]) -> Stamp {
        let mut context = Context::with_key(&self.key);
        for part in parts {
            // No part is longer than 2⁶⁴ − 1 octets.
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            context.update(&length.to_be_bytes());
            context.update(part);
        }
        let mut stamp = [0; 32];
        for (to, from) in stamp.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        Stamp(stamp)
    }

    /// Whether this is the stamp of these parts; in constant time.
    #[must_use]
    pub fn check(&self, parts: &[&[u8]], stamp: &Stamp) -> bool {
        self.stamp(parts) == *stamp
    }

    pub(super) fn copy(octets: &[u8]) -> Option<Self> {
        Number::copy(octets).map(Self::new)
    }

    pub(super) fn as_octets(&self) -> &[u8; 32] {
        self.octets.as_octets()
    }

    fn new(octets: Number) -> Self {
        let key = Key::new(HMAC_SHA256, octets.as_octets());
        Self { octets, key }
    }
}

impl fmt::Debug for StampKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StampKey(redacted)")
    }
}

/// What a [`StampKey`] says of the parts of a row. It stands beside the row, and two are compared in
/// constant time: how long it takes does not say how far a guess was right.
#[derive(Clone, Copy)]
pub struct Stamp([u8; 32]);

impl Stamp {
    /// From the 32 octets that are stored.
    #[must_use]
    pub const fn from_octets(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The 32 octets.
    #[must_use]
    pub const fn as_octets(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        let differing = pairs.fold(0, |bits, (a, b)| bits | (a ^ b));
        // Or the compiler might leave the loop at the first difference.
        black_box(differing) == 0
    }
}

impl Eq for Stamp {}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stamp(32 octets)")
    }
}
