//! Verifying and hashing with ring.

use mydata_core::crypto::{Crypto, Sha256, Signature};
use mydata_core::jwk::{KeyMaterial, PublicKey};
use ring::digest;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};
use std::iter;

/// Verifies signatures and computes SHA-256 with ring.
///
/// The algorithm is that of the key, never one that a message names. Keys of small order cannot
/// reach it, since no [`PublicKey`] holds one; that a P-256 point lies on its curve is checked at
/// every verification. An ES256 signature has a twin that verifies as well (r, n−s); both are
/// accepted, as RFC 7518 §3.4 has it.
///
/// Ed25519 by RFC 8032 §5.1.7 without the cofactor, ES256 by RFC 7518 §3.4, SHA-256 by FIPS 180-4.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ring;

impl Crypto for Ring {
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

/// The point as SEC 1 §2.3.3 writes it without compression: 4, x, y.
pub(crate) fn uncompressed(x: &[u8; 32], y: &[u8; 32]) -> [u8; 65] {
    let mut point = [0; 65];
    let octets = iter::once(&4).chain(x).chain(y);
    for (to, from) in point.iter_mut().zip(octets) {
        *to = *from;
    }
    point
}
