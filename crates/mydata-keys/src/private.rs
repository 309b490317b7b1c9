//! Key pairs that sign.

use crate::jwk;
use crate::pkcs8::{self, Contents};
use crate::refusal::PrivateKeyRefusal;
use crate::secret::{Number, Secret};
use crate::verify::uncompressed;
use mydata_core::crypto::{NoRandomness, Signature, Signer, SignerFailed};
use mydata_core::id::KeyId;
use mydata_core::jwk::{Algorithm, KeyMaterial, PublicKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use std::fmt;

/// A key pair with its id, parsed once and held; it signs.
///
/// Its two halves belong together: whatever document it came from was checked, so that no
/// signature can be made under a public key that is not its own (which would give the private one
/// away). It cannot be cloned, compared or serialised, and `Debug` shows its id and algorithm.
///
/// [`generate`](Self::generate) or one of the two imports makes it; a program that only signs
/// passes it on as `&dyn Signer`, behind which nothing can be exported.
///
/// The private number that it holds for the export is wiped when it is dropped. The copy inside
/// ring's key pair is not: ring does not wipe it.
pub struct PrivateKey {
    pair: Pair,
    number: Number,
    public: PublicKey,
    random: SystemRandom,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

impl PrivateKey {
    /// A new key from the randomness of the operating system.
    ///
    /// Store it with [`to_pkcs8`](Self::to_pkcs8) before anything is signed with it.
    ///
    /// # Errors
    /// [`NoRandomness`] when the source has failed; there is no other reason.
    pub fn generate(kid: KeyId, algorithm: Algorithm) -> Result<Self, NoRandomness> {
        let random = SystemRandom::new();
        let key = match algorithm {
            Algorithm::Ed25519 => {
                let mut seed = Number::zero();
                let filled = random.fill(seed.as_mut_octets());
                filled.map_err(|_| NoRandomness::new())?;
                Self::ed25519(kid, seed, None)
            }
            // ring has no other way to the public key of a new number than through a document.
            Algorithm::Es256 => {
                let generate = EcdsaKeyPair::generate_pkcs8;
                let document = generate(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
                Self::from_pkcs8(kid, document.map_err(|_| NoRandomness::new())?.as_ref())
            }
        };
        // A key just made is consistent: what is left that can fail is the randomness.
        key.map_err(|_| NoRandomness::new())
    }

    /// Reads a PKCS#8 document in DER; the algorithm is the one that it names.
    ///
    /// Ed25519 is read with its public key (version 2, under either tag that is in use) and
    /// without it (version 1, from which the public key is computed); P-256 only with it. No
    /// encrypted document and no PEM.
    ///
    /// # Errors
    /// [`PrivateKeyRefusal`]; [`Inconsistent`](PrivateKeyRefusal::Inconsistent) when the public
    /// key of the document is not that of the private one.
    ///
    /// RFC 5958 §2, RFC 8410 §7, RFC 5915 §3.
    pub fn from_pkcs8(kid: KeyId, document: &[u8]) -> Result<Self, PrivateKeyRefusal> {
        match pkcs8::read(document)? {
            Contents::Ed25519(seed, point) => Self::ed25519(kid, seed, point),
            Contents::P256(number, point) => Self::p256(kid, number, &point),
        }
    }

    /// Reads a private JWK, which must have a `kid`, both halves of the key and, if it says what
    /// it is for, say signing. Members that say nothing about a signing key are ignored.
    ///
    /// # Errors
    /// [`PrivateKeyRefusal`]; [`Inconsistent`](PrivateKeyRefusal::Inconsistent) when `x` and `y`
    /// are not those of `d`.
    ///
    /// RFC 7517 §4, RFC 7518 §6.2.2, RFC 8037 §2.
    pub fn from_jwk(octets: &[u8]) -> Result<Self, PrivateKeyRefusal> {
        let (kid, number, material) = jwk::read(octets)?;
        match material {
            KeyMaterial::Ed25519(point) => Self::ed25519(kid, number, Some(point)),
            KeyMaterial::P256 { x, y } => Self::p256(kid, number, &uncompressed(&x, &y)),
        }
    }

    /// The PKCS#8 document, with the public key in the form that RFC 5958 §2 defines.
    ///
    /// The `kid` does not stand in it: store it beside. OpenSSL 3.0 and what is built on it do not
    /// read Ed25519 in this version, only without the public key; for them there is
    /// [`to_jwk`](Self::to_jwk).
    #[must_use]
    pub fn to_pkcs8(&self) -> Secret {
        pkcs8::write(&self.number, self.public.material())
    }

    /// The private JWK as JSON text in UTF-8: the members of [`PublicKey::to_jwk`] and `d`.
    ///
    /// RFC 7518 §6.2.2, RFC 8037 §2.
    #[must_use]
    pub fn to_jwk(&self) -> Secret {
        jwk::write(&self.number, &self.public)
    }

    /// The pair of `seed`, which must be that of `point`, if one is given. Without one there is
    /// nothing that could disagree.
    fn ed25519(
        kid: KeyId,
        seed: Number,
        point: Option<[u8; 32]>,
    ) -> Result<Self, PrivateKeyRefusal> {
        let octets = seed.as_octets();
        let pair = match point {
            Some(point) => Ed25519KeyPair::from_seed_and_public_key(octets, &point),
            None => Ed25519KeyPair::from_seed_unchecked(octets),
        };
        let pair = pair.map_err(|_| PrivateKeyRefusal::Inconsistent)?;
        let point = pair.public_key().as_ref().try_into();
        let point = point.map_err(|_| PrivateKeyRefusal::Coordinate)?;
        let public = PublicKey::ed25519(kid, point);
        Ok(Self {
            public: public.map_err(|_| PrivateKeyRefusal::Inconsistent)?,
            pair: Pair::Ed25519(pair),
            number: seed,
            random: SystemRandom::new(),
        })
    }

    /// The pair of `number`, which must be that of the uncompressed `point`.
    fn p256(kid: KeyId, number: Number, point: &[u8; 65]) -> Result<Self, PrivateKeyRefusal> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            number.as_octets(),
            point,
            &random,
        );
        // ring also draws a random number here, and does not tell which of the two went wrong.
        let pair = pair.map_err(|_| match random.fill(&mut [0]) {
            Ok(()) => PrivateKeyRefusal::Inconsistent,
            Err(_) => PrivateKeyRefusal::NoRandomness,
        })?;
        let (x, y) = coordinates(point).ok_or(PrivateKeyRefusal::Coordinate)?;
        Ok(Self {
            public: PublicKey::p256(kid, x, y),
            pair: Pair::P256(pair),
            number,
            random,
        })
    }
}

/// x and y of an uncompressed point.
fn coordinates(point: &[u8; 65]) -> Option<([u8; 32], [u8; 32])> {
    let (_, coordinates) = point.split_first()?;
    let (x, y) = coordinates.split_at_checked(32)?;
    Some((x.try_into().ok()?, y.try_into().ok()?))
}

impl Signer for PrivateKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignerFailed> {
        let signature = match &self.pair {
            Pair::Ed25519(pair) => pair.sign(message),
            Pair::P256(pair) => pair
                .sign(&self.random, message)
                .map_err(|_| SignerFailed::new())?,
        };
        let octets = signature.as_ref().try_into();
        octets
            .map(Signature::from_octets)
            .map_err(|_| SignerFailed::new())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kid, algorithm) = (self.public.kid(), self.public.algorithm());
        write!(f, "PrivateKey({kid}, {})", algorithm.name())
    }
}
