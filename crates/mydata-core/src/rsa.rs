//! RSA, for verifying `RS256` and nothing else: records of older systems, and the tokens of identity
//! providers that know nothing better.
//!
//! No [`PublicKey`](crate::jwk::PublicKey), no algorithm and no envelope of 2.0 knows of it. Whoever
//! implements [`Crypto`](crate::crypto::Crypto) need not.

use crate::base64;
use crate::id::KeyId;
use crate::json::{self, Limits, Present};
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;

/// Verifies RSASSA-PKCS1-v1_5 with SHA-256, `RS256` (RFC 8017 §8.2.2, RFC 7518 §3.3).
pub trait Rs256: fmt::Debug + Send + Sync {
    /// Whether `signature` is over `message` by the key with this modulus, big-endian without leading
    /// zeros, and the exponent 65537. What is no such signature, of whatever length, is none.
    fn verify_rs256(&self, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool;
}

crate::refusals! {
    /// Why an RSA key is refused.
    pub enum RsaRefusal {
        Shape = "rsa_shape": "the document is not a JWK of an RSA key",
        Private = "rsa_private": "a private key stands where a public key belongs",
        NoKid = "rsa_no_kid": "the key has no `kid`",
        KidInvalid = "rsa_kid_invalid": "the `kid` is not 1 to 128 of A-Z a-z 0-9 . _ ~ : -",
        AlgMismatch = "rsa_alg_mismatch": "`alg` is not RS256",
        NotForSigning = "rsa_not_for_signing": "`use` or `key_ops` say that the key is not for signatures",
        Exponent = "rsa_exponent": "the exponent is not 65537, written `AQAB`",
        Modulus = "rsa_modulus": "the modulus is not base64url, begins with a zero, or is even",
        Size = "rsa_size": "the modulus has not 2048 to 4096 bits",
        Weak = "rsa_weak": "the modulus has the form of keys that can be factored (ROCA, CVE-2017-15361)",
        KidTwice = "rsa_kid_twice": "two keys of one party have one `kid`, or are one key",
    }
}

/// The public half of an RSA key: an odd modulus of 2048 to 4096 bits, and the exponent 65537.
///
/// Cloning shares.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RsaKey(Arc<Inner>);

#[derive(PartialEq, Eq, Hash)]
struct Inner {
    kid: KeyId,
    modulus: Box<[u8]>,
}

#[derive(Deserialize)]
struct Wire {
    kty: String,
    kid: Option<String>,
    n: String,
    e: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    // Members of a private or symmetric key: read only to be refused.
    #[serde(default)]
    d: Present,
    #[serde(default)]
    p: Present,
    #[serde(default)]
    q: Present,
    #[serde(default)]
    dp: Present,
    #[serde(default)]
    dq: Present,
    #[serde(default)]
    qi: Present,
    #[serde(default)]
    oth: Present,
    #[serde(default)]
    k: Present,
}

impl RsaKey {
    /// Reads a JWK (RFC 7518 §6.3.1). Members that say nothing about a signing key are ignored.
    ///
    /// # Errors
    /// [`RsaRefusal`].
    pub fn from_jwk(octets: &[u8]) -> Result<Self, RsaRefusal> {
        let wire: Wire = json::from_slice(octets, Limits::TOKEN).map_err(|_| RsaRefusal::Shape)?;
        if wire.kty != "RSA" {
            return Err(RsaRefusal::Shape);
        }
        let private = [
            wire.d, wire.p, wire.q, wire.dp, wire.dq, wire.qi, wire.oth, wire.k,
        ];
        if private.iter().any(|member| member.0) {
            return Err(RsaRefusal::Private);
        }
        let kid = wire.kid.as_deref().ok_or(RsaRefusal::NoKid)?;
        let kid = KeyId::parse(kid).map_err(|_| RsaRefusal::KidInvalid)?;
        if wire.alg.is_some_and(|alg| alg != "RS256") {
            return Err(RsaRefusal::AlgMismatch);
        }
        let verifies = |ops: Vec<String>| ops.iter().any(|op| op == "verify");
        if wire.usage.is_some_and(|usage| usage != "sig") || !wire.key_ops.is_none_or(verifies) {
            return Err(RsaRefusal::NotForSigning);
        }
        if wire.e != "AQAB" {
            return Err(RsaRefusal::Exponent);
        }
        let modulus = base64::decode(&wire.n).ok_or(RsaRefusal::Modulus)?;
        Self::new(kid, &modulus)
    }

    /// A key from its modulus, big-endian.
    ///
    /// # Errors
    /// [`RsaRefusal::Modulus`], [`RsaRefusal::Size`] and [`RsaRefusal::Weak`].
    pub fn new(kid: KeyId, modulus: &[u8]) -> Result<Self, RsaRefusal> {
        check(modulus)?;
        let modulus = modulus.into();
        Ok(Self(Arc::new(Inner { kid, modulus })))
    }

    /// The key id.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        &self.0.kid
    }

    /// The modulus, big-endian without leading zeros: 256 to 512 octets.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.0.modulus
    }
}

fn check(modulus: &[u8]) -> Result<(), RsaRefusal> {
    let (Some(first), Some(last)) = (modulus.first(), modulus.last()) else {
        return Err(RsaRefusal::Modulus);
    };
    if *first == 0 || last % 2 == 0 {
        return Err(RsaRefusal::Modulus);
    }
    let bits = modulus.len() * 8 - first.leading_zeros() as usize;
    if !(2048..=4096).contains(&bits) {
        return Err(RsaRefusal::Size);
    }
    if is_roca(modulus) {
        return Err(RsaRefusal::Weak);
    }
    Ok(())
}

/// Whether the modulus is, modulo each of these primes, a power of 65537: so are the products of primes
/// that a faulty library made (CVE-2017-15361), and of others one in about 10^8.
fn is_roca(modulus: &[u8]) -> bool {
    const PRIMES: [u32; 38] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89,
        97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ];
    PRIMES.iter().all(|prime| {
        let rest = modulus
            .iter()
            .fold(0, |rest, octet| (rest * 256 + u32::from(*octet)) % prime);
        let mut powers =
            std::iter::successors(Some(1), |power| Some(power * (65537 % prime) % prime));
        powers
            .by_ref()
            .take(*prime as usize)
            .any(|power| power == rest)
    })
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaKey({}, {} octets)", self.kid(), self.modulus().len())
    }
}
