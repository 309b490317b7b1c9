//! AWS-LC, through `aws-lc-rs`.

use crate::backend::uncompressed;
use crate::refusal::PrivateKeyRefusal;
use aws_lc_rs::digest;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, UnparsedPublicKey,
};
use mydata_core::crypto::{Crypto, Sha256, Signature};
use mydata_core::jwk::{KeyMaterial, PublicKey};

/// Verifies signatures and computes SHA-256 with AWS-LC: the same rules as [`Ring`](crate::Ring), and
/// the same answers to every key that a [`PublicKey`] can hold.
///
/// ring reads an Ed25519 point whose y is not below 2^255 − 19, and AWS-LC does not. No [`PublicKey`]
/// holds such a point, so the difference is never seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AwsLc;

impl Crypto for AwsLc {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        let signature = signature.as_octets();
        let verified = match key.material() {
            KeyMaterial::Ed25519(point) => {
                UnparsedPublicKey::new(&ED25519, point).verify(message, signature)
            }
            KeyMaterial::P256 { x, y } => {
                let point = uncompressed(x, y);
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
        };
        verified.is_ok()
    }

    fn sha256(&self, octets: &[u8]) -> Sha256 {
        let digest = digest::digest(&digest::SHA256, octets);
        let mut copy = [0; 32];
        for (to, from) in copy.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        Sha256::from_octets(copy)
    }
}

#[cfg(feature = "rsa")]
impl mydata_core::rsa::Rs256 for AwsLc {
    fn verify_rs256(&self, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let key = aws_lc_rs::signature::RsaPublicKeyComponents {
            n: modulus,
            e: [1, 0, 1].as_slice(),
        };
        let scheme = &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
        key.verify(scheme, message, signature).is_ok()
    }
}

/// A key pair of AWS-LC.
pub(crate) enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair, SystemRandom),
}

impl Pair {
    /// The pair of `seed`, which must be that of `point`, if one is given, and its public point.
    pub(crate) fn ed25519(seed: &[u8; 32], point: Option<&[u8; 32]>) -> Option<(Self, [u8; 32])> {
        let pair = match point {
            Some(point) => Ed25519KeyPair::from_seed_and_public_key(seed, point),
            None => Ed25519KeyPair::from_seed_unchecked(seed),
        };
        let pair = pair.ok()?;
        let point = pair.public_key().as_ref().try_into().ok()?;
        Some((Self::Ed25519(pair), point))
    }

    /// The pair of `number`, which must be that of the uncompressed `point`.
    pub(crate) fn p256(number: &[u8; 32], point: &[u8; 65]) -> Result<Self, PrivateKeyRefusal> {
        let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(curve, number, point);
        let pair = pair.map_err(|_| PrivateKeyRefusal::Inconsistent)?;
        Ok(Self::P256(pair, SystemRandom::new()))
    }

    /// A PKCS#8 document of a new P-256 key: there is no other way to the public key of a new
    /// number.
    pub(crate) fn new_p256() -> Option<impl AsRef<[u8]>> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).ok()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<[u8; 64]> {
        let signature = match self {
            Self::Ed25519(pair) => pair.sign(message),
            Self::P256(pair, random) => pair.sign(random, message).ok()?,
        };
        signature.as_ref().try_into().ok()
    }
}

/// Fills `octets` from the operating system; whether it could.
pub(crate) fn fill(octets: &mut [u8]) -> bool {
    SystemRandom::new().fill(octets).is_ok()
}
