//! Key pairs that sign.

use crate::backend::{Backend, Pair, uncompressed};
use crate::jwk;
use crate::pkcs8::{self, Contents};
use crate::refusal::PrivateKeyRefusal;
use crate::secret::{Number, Secret};
use mydata_core::crypto::{NoRandomness, Signature, Signer, SignerFailed};
use mydata_core::id::KeyId;
use mydata_core::jwk::{Algorithm, KeyMaterial, PublicKey};
use std::fmt;

/// A key pair with its id, parsed once and held; it signs.
///
/// Its two halves belong together: whatever document it came from was checked, so that no
/// signature can be made under a public key that is not its own (which would give the private one
/// away). It cannot be cloned, compared or serialised, and `Debug` shows its id and algorithm.
///
/// [`generate`](Self::generate) or one of the two imports makes it, with ring, and the same with
/// `_on` with the [`Backend`] that they are given. A program that only signs passes it on as
/// `&dyn Signer`, behind which nothing can be exported.
///
/// The private number that it holds for the export is wiped when it is dropped. The copy inside
/// ring's key pair is not: ring does not wipe it. AWS-LC wipes its own.
pub struct PrivateKey {
    pair: Pair,
    number: Number,
    public: PublicKey,
}

impl PrivateKey {
    /// A new key from the randomness of the operating system.
    ///
    /// Store it with [`to_pkcs8`](Self::to_pkcs8) before anything is signed with it.
    ///
    /// # Errors
    /// [`NoRandomness`] when the source has failed; there is no other reason.
    pub fn generate(kid: KeyId, algorithm: Algorithm) -> Result<Self, NoRandomness> {
        Self::generate_on(Backend::Ring, kid, algorithm)
    }

    /// [`generate`](Self::generate), with this backend.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn generate_on(
        backend: Backend,
        kid: KeyId,
        algorithm: Algorithm,
    ) -> Result<Self, NoRandomness> {
        let key = match algorithm {
            Algorithm::Ed25519 => {
                let mut seed = Number::zero();
                backend.fill(seed.as_mut_octets())?;
                Self::ed25519(backend, kid, seed, None)
            }
            Algorithm::Es256 => {
                backend.new_p256(|document| Self::from_pkcs8_on(backend, kid, document))?
            }
        };
        // A key just made is consistent: what is left that can fail is the randomness.
        key.map_err(|_| NoRandomness::new())
    }

    /// Reads a PKCS#8 document in DER; the algorithm is the one that it names.
    ///
    /// Ed25519 is read with its public key (version 2, under either tag that is in use) and
    /// without it (version 1, from which the public key is computed); P-256 only with it. No
    /// encrypted document and no PEM. The documents are the same for every backend.
    ///
    /// # Errors
    /// [`PrivateKeyRefusal`]; [`Inconsistent`](PrivateKeyRefusal::Inconsistent) when the public
    /// key of the document is not that of the private one.
    ///
    /// RFC 5958 §2, RFC 8410 §7, RFC 5915 §3.
    pub fn from_pkcs8(kid: KeyId, document: &[u8]) -> Result<Self, PrivateKeyRefusal> {
        Self::from_pkcs8_on(Backend::Ring, kid, document)
    }

    /// [`from_pkcs8`](Self::from_pkcs8), with this backend.
    ///
    /// # Errors
    /// [`PrivateKeyRefusal`].
    pub fn from_pkcs8_on(
        backend: Backend,
        kid: KeyId,
        document: &[u8],
    ) -> Result<Self, PrivateKeyRefusal> {
        match pkcs8::read(document)? {
            Contents::Ed25519(seed, point) => Self::ed25519(backend, kid, seed, point),
            Contents::P256(number, point) => Self::p256(backend, kid, number, &point),
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
        Self::from_jwk_on(Backend::Ring, octets)
    }

    /// [`from_jwk`](Self::from_jwk), with this backend.
    ///
    /// # Errors
    /// [`PrivateKeyRefusal`].
    pub fn from_jwk_on(backend: Backend, octets: &[u8]) -> Result<Self, PrivateKeyRefusal> {
        let (kid, number, material) = jwk::read(octets)?;
        match material {
            KeyMaterial::Ed25519(point) => Self::ed25519(backend, kid, number, Some(point)),
            KeyMaterial::P256 { x, y } => Self::p256(backend, kid, number, &uncompressed(&x, &y)),
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

    /// The length of the `kid`, the `kid`, and the PKCS#8 document: what a vault keeps.
    pub(crate) fn to_named_pkcs8(&self) -> Secret {
        let kid = self.public.kid().as_str().as_bytes();
        // No `kid` is longer than 128.
        let length = u8::try_from(kid.len()).unwrap_or(u8::MAX);
        Secret::join(&[&[length], kid, self.to_pkcs8().expose()])
    }

    /// Reads [`to_named_pkcs8`](Self::to_named_pkcs8), if its `kid` is this one.
    pub(crate) fn from_named_pkcs8(backend: Backend, kid: &KeyId, named: &[u8]) -> Option<Self> {
        let (length, rest) = named.split_first()?;
        let (named, document) = rest.split_at_checked(usize::from(*length))?;
        let is_this = named == kid.as_str().as_bytes();
        is_this
            .then(|| Self::from_pkcs8_on(backend, kid.clone(), document))?
            .ok()
    }

    /// The pair of `seed`, which must be that of `point`, if one is given. Without one there is
    /// nothing that could disagree.
    fn ed25519(
        backend: Backend,
        kid: KeyId,
        seed: Number,
        point: Option<[u8; 32]>,
    ) -> Result<Self, PrivateKeyRefusal> {
        let pair = backend.ed25519(seed.as_octets(), point.as_ref());
        let (pair, point) = pair.ok_or(PrivateKeyRefusal::Inconsistent)?;
        let public = PublicKey::ed25519(kid, point);
        Ok(Self {
            public: public.map_err(|_| PrivateKeyRefusal::Inconsistent)?,
            pair,
            number: seed,
        })
    }

    /// The pair of `number`, which must be that of the uncompressed `point`.
    fn p256(
        backend: Backend,
        kid: KeyId,
        number: Number,
        point: &[u8; 65],
    ) -> Result<Self, PrivateKeyRefusal> {
        let pair = backend.p256(number.as_octets(), point)?;
        let (x, y) = coordinates(point).ok_or(PrivateKeyRefusal::Coordinate)?;
        Ok(Self {
            public: PublicKey::p256(kid, x, y),
            pair,
            number,
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
        self.pair.sign(message)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kid, algorithm) = (self.public.kid(), self.public.algorithm());
        write!(f, "PrivateKey({kid}, {})", algorithm.name())
    }
}
