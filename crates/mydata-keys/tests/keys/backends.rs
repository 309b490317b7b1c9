//! The two libraries against one another: they accept the same signatures, read each other's
//! documents, and refuse the same keys.
//!
//! The one known difference between them, an Ed25519 point whose y is not below 2^255 − 19, is out of
//! reach: no `PublicKey` holds one.

use crate::support::{decode, encode, hex, kid, text, unhex, vectors, with};
use mydata_core::crypto::{Crypto, Signature, Signer};
use mydata_core::jwk::{Algorithm, KeyMaterial, PublicKey};
use mydata_keys::{AwsLc, Backend, PrivateKey, Ring};
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

/// Whether the signature verifies, by both.
fn verdict(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    let verdict = Ring.verify(key, message, signature);
    let other = AwsLc.verify(key, message, signature);
    let octets = hex(signature.as_octets());
    assert_eq!(verdict, other, "{key:?}: {octets} over {}", hex(message));
    for backend in Backend::ALL {
        assert_eq!(verdict, backend.verify(key, message, signature));
    }
    verdict
}

/// One key of each kind, as each backend holds it.
static KEYS: LazyLock<Vec<[PrivateKey; 2]>> = LazyLock::new(|| {
    let mut keys = Vec::new();
    for algorithm in Algorithm::ALL {
        for (one, other) in [
            (Backend::Ring, Backend::AwsLc),
            (Backend::AwsLc, Backend::Ring),
        ] {
            let key = PrivateKey::generate_on(one, kid("k"), algorithm).unwrap();
            let copy = PrivateKey::from_pkcs8_on(other, kid("k"), key.to_pkcs8().expose());
            keys.push([key, copy.unwrap()]);
        }
    }
    keys
});

fn flip(octets: &mut [u8], bit: usize) {
    let bit = bit % (octets.len() * 8);
    octets[bit / 8] ^= 1 << (bit % 8);
}

#[test]
fn the_names_are_those_of_the_features() {
    let names = Backend::ALL.iter().map(|backend| backend.name());
    assert_eq!(names.collect::<Vec<_>>(), ["ring", "aws-lc"]);
    assert_eq!(Backend::default(), Backend::Ring);
}

/// PKCS#8 and JWK are octet for octet the same, whichever of the two made the key or read it.
#[test]
fn documents_know_no_backend() {
    for [key, copy] in KEYS.iter() {
        assert_eq!(key.public(), copy.public());
        assert_eq!(key.to_pkcs8().expose(), copy.to_pkcs8().expose());
        for backend in Backend::ALL {
            let jwk = key.to_jwk();
            let again = PrivateKey::from_jwk_on(*backend, jwk.expose()).unwrap();
            assert_eq!(again.to_jwk().expose(), jwk.expose());
        }
        // The libraries' own readers take it, too: AWS-LC's knows no other tag than RFC 5958's.
        let document = key.to_pkcs8();
        let document = document.expose();
        match key.public().algorithm() {
            Algorithm::Ed25519 => {
                ring::signature::Ed25519KeyPair::from_pkcs8(document).unwrap();
                aws_lc_rs::signature::Ed25519KeyPair::from_pkcs8(document).unwrap();
            }
            Algorithm::Es256 => {
                let curve = &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
                aws_lc_rs::signature::EcdsaKeyPair::from_pkcs8(curve, document).unwrap();
            }
        }
    }
}

/// Halves that do not belong together, and numbers that are none.
#[test]
fn both_refuse_the_same_pairs() {
    for [key, other] in [[0, 1], [2, 3]].map(|two| two.map(|at| &KEYS[at][0])) {
        let length = key.to_pkcs8().expose().len();
        let mut mixed = key.to_pkcs8().expose().to_vec();
        mixed[length - 32..].copy_from_slice(&other.to_pkcs8().expose()[length - 32..]);
        for backend in Backend::ALL {
            let refusal = PrivateKey::from_pkcs8_on(*backend, kid("k"), &mixed).unwrap_err();
            assert_eq!(refusal.code(), "private_key_inconsistent", "{backend}");
        }
    }
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    for number in ["00".repeat(32), order.to_owned(), "ff".repeat(32)] {
        let mut jwk: serde_json::Value =
            serde_json::from_slice(KEYS[2][0].to_jwk().expose()).unwrap();
        jwk["d"] = encode(unhex(&number)).into();
        for backend in Backend::ALL {
            let refusal = PrivateKey::from_jwk_on(*backend, jwk.to_string().as_bytes());
            let code = refusal.unwrap_err().code();
            assert_eq!(code, "private_key_inconsistent", "{backend} {number}");
        }
    }
}

/// Every vector of small order, and the published signatures with each bit flipped.
#[test]
fn published_signatures_bit_by_bit() {
    for name in ["rfc8037", "rfc7515_a3"] {
        let vector = &vectors()[name];
        let jwk = with(text(&vector["public"]), &json!({ "kid": "rfc" }));
        let key = PublicKey::from_jwk(jwk.as_bytes()).unwrap();
        let message = text(&vector["signing_input"]).as_bytes();
        let published: [u8; 64] = decode(text(&vector["signature"])).try_into().unwrap();
        assert!(verdict(&key, message, &Signature::from_octets(published)));
        for bit in 0..512 {
            let mut flipped = published;
            flip(&mut flipped, bit);
            assert!(!verdict(&key, message, &Signature::from_octets(flipped)));
        }
    }
}

/// "Taming the many EdDSAs" (`speccheck`): the bare numbers of each case in the two libraries. A case in
/// which these differ must be one whose key is refused.
#[test]
fn the_cases_of_many_eddsas() {
    use aws_lc_rs::signature as aws_lc;
    let mut differ = Vec::new();
    for (at, case) in crate::speccheck::cases().iter().enumerate() {
        let [message, point, signature] =
            ["message", "pub_key", "signature"].map(|member| unhex(text(&case[member])));
        let ring = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, &point)
            .verify(&message, &signature)
            .is_ok();
        let aws_lc = aws_lc::UnparsedPublicKey::new(&aws_lc::ED25519, &point)
            .verify(&message, &signature)
            .is_ok();
        if ring != aws_lc {
            differ.push(at);
        }
        let signature = Signature::from_octets(signature.try_into().unwrap());
        let ours = PublicKey::ed25519(kid("k"), point.try_into().unwrap());
        let said = match ours {
            Ok(key) => {
                assert_eq!(ring, aws_lc, "{at}");
                if verdict(&key, &message, &signature) {
                    "accepted"
                } else {
                    "refused"
                }
            }
            Err(refusal) => refusal.code(),
        };
        assert_eq!(said, text(&case["ours"]), "{at}");
    }
    assert_eq!(differ, [14]);
}

/// A half of a signature that invites a mistake: zero, one, the orders and their neighbours.
fn special() -> impl Strategy<Value = [u8; 32]> {
    let l = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let n = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let p = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    let p25519 = "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    let [l, n, p, p25519] = [l, n, p, p25519].map(|hex| <[u8; 32]>::try_from(unhex(hex)).unwrap());
    let whole = prop::sample::select(vec![[0; 32], [0xff; 32], l, n, p, p25519]);
    let end = prop::sample::select(vec![0_usize, 31]);
    (whole, end, any::<i8>()).prop_map(|(mut octets, end, by)| {
        // A step up or down at either end: the number is little-endian in one kind.
        octets[end] = octets[end].wrapping_add_signed(by.signum());
        octets
    })
}

proptest! {
    #[test]
    fn what_one_signs_the_other_verifies(at in 0..4_usize, message: Vec<u8>) {
        let [key, copy] = &KEYS[at];
        let signatures = [key, copy].map(|key| key.sign(&message).unwrap());
        for signature in &signatures {
            prop_assert!(verdict(key.public(), &message, signature));
        }
        let [one, other] = signatures.map(|signature| *signature.as_octets());
        // Ed25519 is deterministic.
        prop_assert_eq!(one == other, key.public().algorithm() == Algorithm::Ed25519);
    }

    #[test]
    fn both_give_one_digest(octets: Vec<u8>) {
        prop_assert_eq!(Ring.sha256(&octets), AwsLc.sha256(&octets));
    }

    #[test]
    fn damage_is_seen_by_both(
        at in 0..4_usize, mut message in prop::collection::vec(any::<u8>(), 1..200),
        bits in prop::collection::vec(any::<usize>(), 1..4), place in 0..3_usize,
    ) {
        let key = &KEYS[at][0];
        let mut signature = *key.sign(&message).unwrap().as_octets();
        let material = *key.public().material();
        let mut public = match material {
            KeyMaterial::Ed25519(point) => point.to_vec(),
            KeyMaterial::P256 { x, y } => [x, y].concat(),
        };
        for bit in bits {
            match place {
                0 => flip(&mut message, bit),
                1 => flip(&mut signature, bit),
                _ => flip(&mut public, bit),
            }
        }
        let damaged = match material {
            // A point that is no key at all has nothing to agree about.
            KeyMaterial::Ed25519(_) => PublicKey::ed25519(kid("k"), public.try_into().unwrap()).ok(),
            KeyMaterial::P256 { .. } => Some(PublicKey::p256(
                kid("k"), public[..32].try_into().unwrap(), public[32..].try_into().unwrap(),
            )),
        };
        if let Some(key) = damaged {
            verdict(&key, &message, &Signature::from_octets(signature));
        }
    }

    /// Halves of a good signature replaced, and points replaced.
    #[test]
    fn special_numbers_are_judged_alike(
        at in 0..4_usize, message: Vec<u8>, r in prop::option::of(special()), s in prop::option::of(special()),
        x in prop::option::weighted(0.2, special()), y in prop::option::weighted(0.2, special()),
    ) {
        let key = &KEYS[at][0];
        let mut octets = *key.sign(&message).unwrap().as_octets();
        for (half, special) in octets.chunks_mut(32).zip([r, s]) {
            if let Some(special) = special {
                half.copy_from_slice(&special);
            }
        }
        let key = match (*key.public().material(), x, y) {
            (KeyMaterial::Ed25519(_), Some(point), _) => PublicKey::ed25519(kid("k"), point).ok(),
            (KeyMaterial::P256 { x: old, y: older }, x, y) => {
                Some(PublicKey::p256(kid("k"), x.unwrap_or(old), y.unwrap_or(older)))
            }
            (KeyMaterial::Ed25519(_), None, _) => Some(key.public().clone()),
        };
        if let Some(key) = key {
            verdict(&key, &message, &Signature::from_octets(octets));
        }
    }
}
