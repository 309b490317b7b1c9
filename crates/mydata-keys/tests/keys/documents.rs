//! Private keys in and out: PKCS#8 and JWK.

use crate::support::{generate, hex, kid, text, unhex, vectors, with};
use mydata_chosen::Chosen;
use mydata_core::crypto::{Crypto, Random, Signer};
use mydata_core::jwk::{Algorithm, KeyMaterial, PublicKey};
use mydata_keys::{PrivateKey, PrivateKeyRefusal, SystemRandom};
use proptest::prelude::*;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use serde_json::{Value, json};
use std::collections::HashSet;

#[test]
fn pkcs8_documents() {
    for vector in vectors()["pkcs8"].as_array().unwrap() {
        let name = text(&vector["name"]);
        let read = mydata_chosen::from_pkcs8(kid("k"), &unhex(text(&vector["document"])));
        match (read, vector["code"].as_str()) {
            (Ok(key), None) => {
                assert_eq!(
                    key.public().algorithm().name(),
                    text(&vector["alg"]),
                    "{name}"
                );
                let (KeyMaterial::Ed25519(x) | KeyMaterial::P256 { x, .. }) =
                    key.public().material();
                assert!(
                    vector["x"].as_str().is_none_or(|known| known == hex(x)),
                    "{name}"
                );
                signs_for(&key, key.public());
            }
            (Err(refusal), Some(code)) => assert_eq!(refusal.code(), code, "{name}"),
            (read, code) => panic!("{name}: {read:?}, {code:?}"),
        }
    }
}

#[test]
fn jwks() {
    let vectors = vectors();
    for (cases, key) in [("jwk", "rfc8037"), ("jwk_p256", "rfc7515_a3")] {
        let base = with(text(&vectors[key]["private"]), &json!({ "kid": "k" }));
        for vector in vectors[cases].as_array().unwrap() {
            let name = text(&vector["name"]);
            let text = vector["text"].as_str().map(str::to_owned);
            let jwk = text.unwrap_or_else(|| with(&base, &vector["set"]));
            let code = mydata_chosen::from_jwk(jwk.as_bytes()).map_err(PrivateKeyRefusal::code);
            assert_eq!(
                code.as_ref().err().copied(),
                vector["code"].as_str(),
                "{name}"
            );
        }
    }
}

#[test]
fn a_jwk_that_is_too_large() {
    let base = text(&vectors()["rfc8037"]["private"]).to_owned();
    let long = with(&base, &json!({ "kid": "k", "x5c": "A".repeat(8 * 1024) }));
    let refusal = mydata_chosen::from_jwk(long.as_bytes()).unwrap_err();
    assert_eq!(refusal.code(), "private_key_not_jwk");
}

#[test]
fn there_and_back() {
    for algorithm in Algorithm::ALL {
        let key = generate("key-1:a~b.c_d", algorithm);
        assert_eq!(key.public().algorithm(), algorithm);
        let pkcs8 = key.to_pkcs8();
        let jwk = key.to_jwk();
        let from_pkcs8 = mydata_chosen::from_pkcs8(kid("key-1:a~b.c_d"), pkcs8.expose()).unwrap();
        let from_jwk = mydata_chosen::from_jwk(jwk.expose()).unwrap();
        for again in [&from_pkcs8, &from_jwk] {
            assert_eq!(again.public(), key.public());
            assert_eq!(again.to_pkcs8().expose(), pkcs8.expose());
            assert_eq!(again.to_jwk().expose(), jwk.expose());
            signs_for(again, key.public());
        }
    }
}

#[test]
fn two_keys_are_never_one() {
    for algorithm in Algorithm::ALL {
        let keys: HashSet<_> = (0..8)
            .map(|_| *generate("k", algorithm).public().material())
            .collect();
        assert_eq!(keys.len(), 8);
        let (one, other) = (generate("k", algorithm), generate("k", algorithm));
        let signature = one.sign(b"message").unwrap();
        assert!(!Chosen.verify(other.public(), b"message", &signature));
    }
}

#[test]
fn the_form_of_rfc_5958() {
    let ed25519 = generate("k", Algorithm::Ed25519);
    let document = ed25519.to_pkcs8();
    assert_eq!(document.expose().len(), 83);
    assert_eq!(document.expose()[48..51], [0x81, 0x21, 0x00]);
    // The old tag is read, and written in the new form.
    for vector in vectors()["pkcs8"].as_array().unwrap() {
        if vector["alg"] == "EdDSA" {
            let key =
                mydata_chosen::from_pkcs8(kid("k"), &unhex(text(&vector["document"]))).unwrap();
            assert_eq!(key.to_pkcs8().expose()[48..51], [0x81, 0x21, 0x00]);
        }
    }
    // What ring writes, we write.
    let random = ring::rand::SystemRandom::new();
    let theirs = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let ours = mydata_chosen::from_pkcs8(kid("k"), theirs.as_ref()).unwrap();
    assert_eq!(ours.to_pkcs8().expose(), theirs.as_ref());
    let theirs = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let ours = mydata_chosen::from_pkcs8(kid("k"), theirs.as_ref()).unwrap();
    assert_eq!(ours.to_pkcs8().expose(), theirs.as_ref());
}

//= FW-03 test
#[test]
fn the_private_jwk_is_the_public_one_and_d() {
    for algorithm in Algorithm::ALL {
        let key = generate("k", algorithm);
        let mut private: Value = serde_json::from_slice(key.to_jwk().expose()).unwrap();
        assert!(private.as_object_mut().unwrap().remove("d").is_some());
        let public: Value = serde_json::from_str(&key.public().to_jwk()).unwrap();
        assert_eq!(private, public);
        // A private JWK never passes as a public one.
        let refusal = PublicKey::from_jwk(key.to_jwk().expose()).unwrap_err();
        assert_eq!(refusal.code(), "key_private");
        let refusal = mydata_chosen::from_jwk(key.public().to_jwk().as_bytes()).unwrap_err();
        assert_eq!(refusal.code(), "private_key_not_private");
    }
}

#[test]
fn inconsistent_pairs() {
    for algorithm in Algorithm::ALL {
        let (one, other) = (generate("k", algorithm), generate("k", algorithm));
        let public: Value = serde_json::from_str(&other.public().to_jwk()).unwrap();
        let jwk = std::str::from_utf8(one.to_jwk().expose())
            .unwrap()
            .to_owned();
        let refusal = mydata_chosen::from_jwk(with(&jwk, &public).as_bytes()).unwrap_err();
        assert_eq!(refusal, PrivateKeyRefusal::Inconsistent);
        // The public key is the end of both documents.
        let mut document = one.to_pkcs8().expose().to_vec();
        let theirs = other.to_pkcs8();
        let tail = document.len() - 32;
        document[tail..].copy_from_slice(&theirs.expose()[tail..]);
        let refusal = mydata_chosen::from_pkcs8(kid("k"), &document).unwrap_err();
        assert_eq!(refusal, PrivateKeyRefusal::Inconsistent);
    }
}

/// Every truncation, every flipped bit and every octet put behind is refused exactly where ring's
/// own reader refuses it.
#[test]
fn damaged_documents_as_ring_has_it() {
    for vector in vectors()["pkcs8"].as_array().unwrap() {
        let document = unhex(text(&vector["document"]));
        agrees(&document);
        for length in 0..document.len() {
            agrees(&document[..length]);
        }
        for bit in 0..document.len() * 8 {
            let mut flipped = document.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            agrees(&flipped);
        }
        if vector["code"].is_null() {
            let longer = [document.as_slice(), &[0]].concat();
            for length in (0..longer.len() + 1).filter(|length| *length != document.len()) {
                let refusal = mydata_chosen::from_pkcs8(kid("k"), &longer[..length]).unwrap_err();
                assert_eq!(refusal.code(), "private_key_not_pkcs8", "{length}");
            }
        }
    }
}

#[test]
fn truncated_jwks() {
    for algorithm in Algorithm::ALL {
        let jwk = generate("k", algorithm).to_jwk();
        for length in 0..jwk.expose().len() {
            let refusal = mydata_chosen::from_jwk(&jwk.expose()[..length]).unwrap_err();
            assert_eq!(refusal.code(), "private_key_not_jwk");
        }
    }
}

#[test]
fn codes_are_unique_and_prefixed() {
    let codes: HashSet<_> = PrivateKeyRefusal::ALL
        .iter()
        .map(|refusal| refusal.code())
        .collect();
    assert_eq!(codes.len(), PrivateKeyRefusal::ALL.len());
    assert!(codes.iter().all(|code| code.starts_with("private_key_")));
}

#[test]
fn random_bits_do_not_repeat() {
    let mut random = SystemRandom::new();
    let drawn: HashSet<_> = (0..1000).map(|_| random.bits128().unwrap()).collect();
    assert_eq!(drawn.len(), 1000);
}

proptest! {
    #[test]
    fn garbage(octets: Vec<u8>) {
        prop_assert!(mydata_chosen::from_pkcs8(kid("k"), &octets).is_err());
        prop_assert!(mydata_chosen::from_jwk(&octets).is_err());
    }

    #[test]
    fn garbage_in_a_document(vector in 0..24_usize, edits: Vec<(prop::sample::Index, u8)>) {
        let mut document = unhex(text(&vectors()["pkcs8"][vector]["document"]));
        for (at, octet) in edits.iter().take(4).filter(|_| !document.is_empty()).collect::<Vec<_>>() {
            let at = at.index(document.len());
            document[at] = *octet;
        }
        agrees(&document);
    }

    #[test]
    fn any_seed(seed: [u8; 32], message: Vec<u8>) {
        let head = unhex("302e020100300506032b657004220420");
        let key = mydata_chosen::from_pkcs8(kid("k"), &[head.as_slice(), &seed].concat()).unwrap();
        let again = mydata_chosen::from_jwk(key.to_jwk().expose()).unwrap();
        let signature = again.sign(&message).unwrap();
        prop_assert!(Chosen.verify(key.public(), &message, &signature));
    }
}

fn agrees(document: &[u8]) {
    let random = ring::rand::SystemRandom::new();
    let alg = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let theirs = Ed25519KeyPair::from_pkcs8_maybe_unchecked(document).is_ok()
        || EcdsaKeyPair::from_pkcs8(alg, document, &random).is_ok();
    let ours = mydata_chosen::from_pkcs8(kid("k"), document);
    assert_eq!(ours.is_ok(), theirs, "{ours:?} {}", hex(document));
}

fn signs_for(key: &PrivateKey, public: &PublicKey) {
    let signature = key.sign(b"message").unwrap();
    assert!(Chosen.verify(public, b"message", &signature));
    assert!(!Chosen.verify(public, b"another", &signature));
}
