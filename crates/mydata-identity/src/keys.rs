//! The keys that a provider publishes, of those kinds that are used here.

use crate::refusal::ProviderRefusal;
use crate::said::Said;
use mydata_core::crypto::{Crypto, Signature};
use mydata_core::id::KeyId;
use mydata_core::json::{self, Limits};
use mydata_core::jwk::{Algorithm, PublicKey};
use mydata_core::rsa::{Rs256, RsaKey};
use serde::Deserialize;

/// Octets of a set: a realm with certificate chains in it.
const SET: Limits = Limits::new(256 * 1024, 8, 64, 8 * 1024);

/// Keys of a set, usable or not.
const KEYS: usize = 64;

/// The number that every key of a kind has, and its fewest characters: 2048 bits, and 256. What has less is no key, and
/// a set of much that is none costs no more than it is long.
const RSA_NUMBER: (&str, usize) = ("n", 342);
const NUMBER: (&str, usize) = ("x", 43);

/// What verifying a token asks of cryptography.
pub trait TokenCrypto: Crypto + Rs256 {}

impl<T: Crypto + Rs256> TokenCrypto for T {}

/// The algorithm of a token; closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenAlgorithm {
    Ours(Algorithm),
    Rs256,
}

impl TokenAlgorithm {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            _ => Algorithm::parse(name).map(Self::Ours),
        }
    }
}

/// A key of a provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new kind of key must break every place that looks at one"
)]
pub enum ProviderKey {
    /// Of a kind that MyData itself uses: Ed25519 or P-256.
    Ours(PublicKey),
    /// For RS256.
    Rsa(RsaKey),
}

impl ProviderKey {
    /// The key id.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        match self {
            Self::Ours(key) => key.kid(),
            Self::Rsa(key) => key.kid(),
        }
    }

    pub(crate) fn algorithm(&self) -> TokenAlgorithm {
        match self {
            Self::Ours(key) => TokenAlgorithm::Ours(key.algorithm()),
            Self::Rsa(_) => TokenAlgorithm::Rs256,
        }
    }

    pub(crate) fn verifies(
        &self,
        message: &[u8],
        signature: &[u8],
        crypto: &dyn TokenCrypto,
    ) -> bool {
        match self {
            Self::Ours(key) => <[u8; 64]>::try_from(signature)
                .is_ok_and(|octets| crypto.verify(key, message, &Signature::from_octets(octets))),
            Self::Rsa(key) => crypto.verify_rs256(key.modulus(), message, signature),
        }
    }

    /// Reads an element of a set; `None` when it is not for verifying tokens by any of our algorithms. A
    /// certificate chain in it may be larger than all else and says nothing here, so it is not kept.
    fn read(jwk: &Said) -> Option<Self> {
        let is_rsa = jwk.member("kty")?.text()? == "RSA";
        let (name, shortest) = if is_rsa { RSA_NUMBER } else { NUMBER };
        if jwk.member(name)?.text()?.len() < shortest {
            return None;
        }
        let octets = serde_json::to_vec(jwk).ok()?;
        match is_rsa {
            true => RsaKey::from_jwk(&octets).ok().map(Self::Rsa),
            false => PublicKey::from_jwk(&octets).ok().map(Self::Ours),
        }
    }
}

/// The keys of a provider's JWK Set that may verify a token: at least one, no `kid` twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderKeys {
    keys: Vec<ProviderKey>,
    skipped: usize,
}

#[derive(Deserialize)]
struct Wire {
    keys: Vec<Said>,
}

impl ProviderKeys {
    /// Reads a JWK Set (RFC 7517 §5). Keys of other kinds and uses, such as a provider's key for encryption,
    /// are skipped (§5, "Implementations SHOULD ignore"); so are those that are too weak or private.
    ///
    /// # Errors
    /// [`ProviderRefusal`], of the set as a whole.
    pub fn from_jwks(octets: &[u8]) -> Result<Self, ProviderRefusal> {
        let wire: Wire = json::from_slice(octets, SET).map_err(|_| ProviderRefusal::KeysShape)?;
        if wire.keys.len() > KEYS {
            return Err(ProviderRefusal::KeysMany);
        }
        let keys: Vec<_> = wire.keys.iter().filter_map(ProviderKey::read).collect();
        let skipped = wire.keys.len() - keys.len();
        Self::checked(keys, skipped)
    }

    /// From keys that are known already.
    ///
    /// # Errors
    /// [`ProviderRefusal`].
    pub fn new(keys: Vec<ProviderKey>) -> Result<Self, ProviderRefusal> {
        match keys.len() <= KEYS {
            true => Self::checked(keys, 0),
            false => Err(ProviderRefusal::KeysMany),
        }
    }

    fn checked(keys: Vec<ProviderKey>, skipped: usize) -> Result<Self, ProviderRefusal> {
        if keys.is_empty() {
            return Err(ProviderRefusal::KeysNone);
        }
        let is_twice = |(at, key): (usize, &ProviderKey)| {
            keys.iter()
                .take(at)
                .any(|earlier| earlier.kid() == key.kid())
        };
        match keys.iter().enumerate().any(is_twice) {
            true => Err(ProviderRefusal::KidTwice),
            false => Ok(Self { keys, skipped }),
        }
    }

    /// The key with this id.
    #[must_use]
    pub fn get(&self, kid: &KeyId) -> Option<&ProviderKey> {
        self.keys.iter().find(|key| key.kid() == kid)
    }

    /// Every key; at least one.
    pub fn iter(&self) -> impl Iterator<Item = &ProviderKey> {
        self.keys.iter()
    }

    /// How many keys of the set are not used here.
    #[must_use]
    pub const fn skipped(&self) -> usize {
        self.skipped
    }
}
