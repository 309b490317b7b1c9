//! What the protocol needs of cryptography, as three small traits.
//!
//! `mydata-keys` implements them on ring. An operator with a hardware module, or a wallet on a
//! telephone, implements [`Signer`] itself.

use crate::base64;
use crate::jwk::PublicKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Verifies signatures and computes SHA-256. Stateless: one value serves a whole process.
pub trait Crypto: fmt::Debug + Send + Sync {
    /// Whether `signature` is `key`'s signature over `message`.
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool;

    /// SHA-256 of `octets` (FIPS 180-4).
    fn sha256(&self, octets: &[u8]) -> Sha256;
}

/// Holds, or reaches, one private key and signs with it.
///
/// Synchronous and small on purpose: what must wait for a remote key is prepared, signed wherever
/// the key lives, and comes back as a signed record.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The public half; its `kid` goes into the header of what is signed.
    fn public(&self) -> &PublicKey;

    /// The signature over `message` in the JOSE form (RFC 7518 §3.4, RFC 8037 §3.1): 64 octets.
    ///
    /// # Errors
    /// [`SignerFailed`] when the key could not be used now.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignerFailed>;
}

/// Gives unguessable numbers: ids, resource keys, nonces.
pub trait Random: fmt::Debug {
    /// 128 fresh bits from a cryptographically secure source.
    ///
    /// # Errors
    /// [`NoRandomness`] when the source has failed; nothing may be decided then.
    fn bits128(&mut self) -> Result<[u8; 16], NoRandomness>;
}

/// A signer could not sign: the key store is out of reach or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signer could not sign")]
#[non_exhaustive]
pub struct SignerFailed;

impl SignerFailed {
    /// For implementers of [`Signer`].
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "signer_failed"
    }
}

impl Default for SignerFailed {
    fn default() -> Self {
        Self::new()
    }
}

/// The source of randomness has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness has failed")]
#[non_exhaustive]
pub struct NoRandomness;

impl NoRandomness {
    /// For implementers of [`Random`].
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "no_randomness"
    }
}

impl Default for NoRandomness {
    fn default() -> Self {
        Self::new()
    }
}

/// A signature of 64 octets: Ed25519 `R‖S`, or ES256 `r‖s`.
///
/// Neither `Eq` nor `Hash`: an ECDSA signature has a twin that verifies as well (r, n−s), so
/// nothing may be recognised by its signature.
#[derive(Clone, Copy)]
pub struct Signature([u8; 64]);

impl Signature {
    /// From the JOSE form.
    #[must_use]
    pub const fn from_octets(octets: [u8; 64]) -> Self {
        Self(octets)
    }

    /// The 64 octets.
    #[must_use]
    pub const fn as_octets(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(64 octets)")
    }
}

/// A SHA-256 digest; in JSON base64url without padding, read also as 64 hexadecimal digits (C15).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// From 32 octets.
    #[must_use]
    pub const fn from_octets(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The 32 octets.
    #[must_use]
    pub const fn as_octets(&self) -> &[u8; 32] {
        &self.0
    }

    /// base64url without padding: 43 characters.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        base64::encode(&self.0)
    }

    /// For members in which hexadecimal digits have never stood (`deserialize_with`): those of DPoP.
    ///
    /// # Errors
    /// Whatever is not 43 characters of base64url.
    pub fn deserialize_base64url<'de, D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::json::from_text(d, "a SHA-256 digest in base64url", |text| {
            base64::decode_array(text).map(Self)
        })
    }

    /// The same for a member that may be absent.
    ///
    /// # Errors
    /// As [`deserialize_base64url`](Self::deserialize_base64url).
    pub fn deserialize_base64url_option<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Option<Self>, D::Error> {
        #[derive(Deserialize)]
        struct Strict(#[serde(deserialize_with = "Sha256::deserialize_base64url")] Sha256);

        Ok(Option::<Strict>::deserialize(d)?.map(|Strict(digest)| digest))
    }

    /// Reads base64url without padding, or 64 hexadecimal digits; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.len() {
            64 => hex(text).map(Self),
            _ => base64::decode_array(text).map(Self),
        }
    }
}

fn hex(text: &str) -> Option<[u8; 32]> {
    let mut octets = [0; 32];
    for (octet, pair) in octets.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(pair).ok()?;
        if !pair.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        *octet = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(octets)
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({})", self.to_base64url())
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64url())
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::json::from_text(deserializer, "a SHA-256 digest", Self::parse)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Sha256 {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Sha256".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{43}$",
            "description": "SHA-256, base64url without padding"
        })
    }
}

crate::coded!(SignerFailed, NoRandomness);
