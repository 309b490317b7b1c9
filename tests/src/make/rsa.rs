//! The RSA key of the vectors: RS256 signs the same octets in the same way every time.
//!
//! It is written here and not made from a name, since primes are found and not computed; it was made for these
//! vectors and signs nothing else.

use crate::base64url;
use crypto_bigint::modular::runtime_mod::{DynResidue, DynResidueParams};
use crypto_bigint::{Encoding as _, U2048};
use mydata::core::crypto::Crypto as _;
use mydata_chosen::Chosen;
use serde_json::{Value, json};
use std::sync::LazyLock;

static FIXTURE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("http/rsa.json")).unwrap());

/// One of the numbers, base64url.
#[must_use]
pub fn number(name: &str) -> &'static str {
    FIXTURE[name].as_str().unwrap()
}

fn big(name: &str) -> U2048 {
    U2048::from_be_slice(&base64url::decode(number(name)).unwrap())
}

/// The public key as a JWK.
#[must_use]
pub fn jwk(kid: &str) -> Value {
    json!({ "kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig", "n": number("n"), "e": "AQAB" })
}

/// What stands before the hash of a message that is signed (RFC 8017 §9.2, note 1): SHA-256.
const INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// The signature over `message`: RSASSA-PKCS1-v1_5 with SHA-256, 256 octets.
#[must_use]
pub fn sign(message: &[u8]) -> Vec<u8> {
    let mut encoded = vec![0xff; 256 - INFO.len() - 32 - 1];
    encoded[..2].copy_from_slice(&[0, 1]);
    encoded.push(0);
    encoded.extend(INFO);
    encoded.extend(Chosen.sha256(message).as_octets());
    power(&encoded)
}

/// What the private key makes of 256 octets, whatever they are.
#[must_use]
pub fn power(octets: &[u8]) -> Vec<u8> {
    static KEY: LazyLock<(DynResidueParams<{ U2048::LIMBS }>, U2048)> =
        LazyLock::new(|| (DynResidueParams::new(&big("n")), big("d")));
    let (modulus, exponent) = &*KEY;
    let residue = DynResidue::new(&U2048::from_be_slice(octets), *modulus);
    residue.pow(exponent).retrieve().to_be_bytes().to_vec()
}
