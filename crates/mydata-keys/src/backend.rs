//! Which library does the arithmetic.

use crate::refusal::PrivateKeyRefusal;
use crate::ring::{self, Ring};
#[cfg(feature = "aws-lc")]
use crate::{AwsLc, aws_lc};
use mydata_core::crypto::{Crypto, NoRandomness, Sha256, Signature, SignerFailed};
use mydata_core::jwk::PublicKey;
use std::fmt;
use std::iter;

/// A cryptographic library, as a value: for a program that chooses one when it starts.
///
/// All of them read what any of them wrote, and accept the same signatures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// ring: always there, and the one that is used where none is named.
    #[default]
    Ring,
    /// AWS-LC: with the feature `aws-lc`.
    #[cfg(feature = "aws-lc")]
    AwsLc,
}

impl Backend {
    /// Those that this program was built with.
    pub const ALL: &'static [Self] = &[
        Self::Ring,
        #[cfg(feature = "aws-lc")]
        Self::AwsLc,
    ];

    /// Its name, as a configuration would write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ring => "ring",
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => "aws-lc",
        }
    }

    fn crypto(self) -> &'static dyn Crypto {
        match self {
            Self::Ring => &Ring,
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => &AwsLc,
        }
    }

    /// Fills `octets` from the operating system.
    pub(crate) fn fill(self, octets: &mut [u8]) -> Result<(), NoRandomness> {
        let filled = match self {
            Self::Ring => ring::fill(octets),
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => aws_lc::fill(octets),
        };
        filled.then_some(()).ok_or(NoRandomness::new())
    }

    /// The pair of `seed`, which must be that of `point`, if one is given, and its public point.
    pub(crate) fn ed25519(
        self,
        seed: &[u8; 32],
        point: Option<&[u8; 32]>,
    ) -> Option<(Pair, [u8; 32])> {
        match self {
            Self::Ring => ring::Pair::ed25519(seed, point).map(|(pair, at)| (Pair::Ring(pair), at)),
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => {
                aws_lc::Pair::ed25519(seed, point).map(|(pair, at)| (Pair::AwsLc(pair), at))
            }
        }
    }

    /// The pair of `number`, which must be that of the uncompressed `point`.
    pub(crate) fn p256(
        self,
        number: &[u8; 32],
        point: &[u8; 65],
    ) -> Result<Pair, PrivateKeyRefusal> {
        match self {
            Self::Ring => ring::Pair::p256(number, point).map(Pair::Ring),
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => aws_lc::Pair::p256(number, point).map(Pair::AwsLc),
        }
    }

    /// Gives `read` the PKCS#8 document of a new P-256 key.
    pub(crate) fn new_p256<T>(self, read: impl FnOnce(&[u8]) -> T) -> Result<T, NoRandomness> {
        match self {
            Self::Ring => ring::Pair::new_p256().map(|document| read(document.as_ref())),
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => aws_lc::Pair::new_p256().map(|document| read(document.as_ref())),
        }
        .ok_or(NoRandomness::new())
    }
}

impl Crypto for Backend {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        self.crypto().verify(key, message, signature)
    }

    fn sha256(&self, octets: &[u8]) -> Sha256 {
        self.crypto().sha256(octets)
    }
}

#[cfg(feature = "rsa")]
impl mydata_core::rsa::Rs256 for Backend {
    fn verify_rs256(&self, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ring => Ring.verify_rs256(modulus, message, signature),
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => AwsLc.verify_rs256(modulus, message, signature),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A key pair of one of them.
pub(crate) enum Pair {
    Ring(ring::Pair),
    #[cfg(feature = "aws-lc")]
    AwsLc(aws_lc::Pair),
}

impl Pair {
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Signature, SignerFailed> {
        let octets = match self {
            Self::Ring(pair) => pair.sign(message),
            #[cfg(feature = "aws-lc")]
            Self::AwsLc(pair) => pair.sign(message),
        };
        octets
            .map(Signature::from_octets)
            .ok_or(SignerFailed::new())
    }
}

/// The point as SEC 1 §2.3.3 writes it without compression: 4, x, y.
pub(crate) fn uncompressed(x: &[u8; 32], y: &[u8; 32]) -> [u8; 65] {
    let mut point = [0; 65];
    let octets = iter::once(&4).chain(x).chain(y);
    for (to, from) in point.iter_mut().zip(octets) {
        *to = *from;
    }
    point
}
