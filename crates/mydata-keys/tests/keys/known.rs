//! Keys and signatures that the RFCs publish.

use crate::support::{decode, kid, signature, text, unhex, vectors, with};
use mydata_chosen::Chosen;
use mydata_core::base64;
use mydata_core::crypto::{Crypto, Signature, Signer};
use mydata_core::jwk::{KeyMaterial, PublicKey};
use mydata_keys::PrivateKey;
use serde_json::{Value, json};

fn public(vector: &Value) -> PublicKey {
    let jwk = with(text(&vector["public"]), &json!({ "kid": "rfc" }));
    PublicKey::from_jwk(jwk.as_bytes()).unwrap()
}

fn private(vector: &Value) -> PrivateKey {
    let jwk = with(text(&vector["private"]), &json!({ "kid": "rfc" }));
    mydata_chosen::from_jwk(jwk.as_bytes()).unwrap()
}

//= FW-03 test
#[test]
fn thumbprints() {
    let vectors = vectors();
    for name in ["rfc8037", "rfc7515_a3", "rfc9449"] {
        let thumbprint = public(&vectors[name]).thumbprint(&Chosen).to_base64url();
        assert_eq!(thumbprint, text(&vectors[name]["thumbprint"]), "{name}");
    }
}

/// RFC 7638 §3.1: the example is a key of RSA, of which there is only the hash here.
#[test]
fn the_thumbprint_of_rfc_7638() {
    let vector = &vectors()["rfc7638"];
    let thumbprint = Chosen.sha256(text(&vector["input"]).as_bytes());
    assert_eq!(thumbprint.to_base64url(), text(&vector["thumbprint"]));
}

/// RFC 7515 appendix C.
#[test]
fn base64url_of_rfc_7515() {
    let vector = &vectors()["rfc7515_c"];
    let (octets, encoded) = (unhex(text(&vector["octets"])), text(&vector["text"]));
    assert_eq!(base64::encode(&octets), encoded);
    assert_eq!(base64::decode(encoded), Some(octets));
}

#[test]
fn private_and_public_halves() {
    let vectors = vectors();
    for name in ["rfc8037", "rfc7515_a3"] {
        let vector = &vectors[name];
        assert_eq!(private(vector).public(), &public(vector), "{name}");
    }
}

#[test]
fn signatures_verify_and_no_other() {
    let vectors = vectors();
    for name in ["rfc8037", "rfc7515_a3"] {
        let vector = &vectors[name];
        let (key, input) = (public(vector), text(&vector["signing_input"]));
        let published = signature(text(&vector["signature"]));
        assert!(Chosen.verify(&key, input.as_bytes(), &published), "{name}");
        assert!(
            !Chosen.verify(&key, &input.as_bytes()[1..], &published),
            "{name}"
        );
        for bit in 0..512 {
            let mut octets = *published.as_octets();
            octets[bit / 8] ^= 1 << (bit % 8);
            let flipped = Signature::from_octets(octets);
            assert!(
                !Chosen.verify(&key, input.as_bytes(), &flipped),
                "{name} {bit}"
            );
        }
        let own = private(vector).sign(input.as_bytes()).unwrap();
        assert!(Chosen.verify(&key, input.as_bytes(), &own), "{name}");
    }
}

/// Ed25519 is deterministic: RFC 8037 A.4 to the octet.
//= FW-02 test
#[test]
fn the_signature_of_rfc_8037() {
    let vector = &vectors()["rfc8037"];
    let input = text(&vector["signing_input"]);
    let own = private(vector).sign(input.as_bytes()).unwrap();
    assert_eq!(
        own.as_octets().as_slice(),
        decode(text(&vector["signature"]))
    );
}

/// RFC 8725 §3.4: `r` and `s` of zero, of the order, and all ones.
#[test]
fn signatures_of_nobody() {
    let vectors = vectors();
    let order = unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let mut of_order = [0; 64];
    of_order[..32].copy_from_slice(&order);
    of_order[32..].copy_from_slice(&order);
    for name in ["rfc8037", "rfc7515_a3"] {
        for octets in [[0; 64], [0xff; 64], of_order] {
            let nobody = Signature::from_octets(octets);
            assert!(
                !Chosen.verify(&public(&vectors[name]), b"message", &nobody),
                "{name}"
            );
        }
    }
}

/// The twin (r, n−s) of an ES256 signature verifies too: nothing may be known by its signature.
#[test]
fn a_signature_of_es256_has_a_twin() {
    let vector = &vectors()["rfc7515_a3"];
    let order = unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let mut octets = *signature(text(&vector["signature"])).as_octets();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i16::from(order[at]) - i16::from(octets[32 + at]) - borrow;
        borrow = i16::from(difference < 0);
        octets[32 + at] = difference.to_le_bytes()[0];
    }
    let twin = Signature::from_octets(octets);
    let input = text(&vector["signing_input"]);
    assert!(Chosen.verify(&public(vector), input.as_bytes(), &twin));
}

/// All fourteen encodings of points with which signatures verify that nobody made.
#[test]
fn points_of_small_order() {
    for vector in vectors()["small_order"].as_array().unwrap() {
        for sign in [0, 0x80] {
            let mut point: [u8; 32] = unhex(text(&vector["y"])).try_into().unwrap();
            point[31] |= sign;
            let refusal = PublicKey::ed25519(kid("k"), point).unwrap_err();
            assert_eq!(refusal.code(), text(&vector["code"]), "{point:02x?}");
        }
    }
}

/// Coordinates off the curve make a key, with which nothing verifies.
#[test]
fn a_point_off_the_curve_verifies_nothing() {
    let vector = &vectors()["rfc7515_a3"];
    let KeyMaterial::P256 { x, mut y } = *public(vector).material() else {
        panic!("not P-256");
    };
    y[31] ^= 1;
    let published = signature(text(&vector["signature"]));
    let input = text(&vector["signing_input"]);
    for (x, y) in [(x, y), ([0; 32], [0; 32]), ([0xff; 32], [0xff; 32])] {
        let key = PublicKey::p256(kid("k"), x, y);
        assert!(!Chosen.verify(&key, input.as_bytes(), &published));
    }
}

/// FIPS 180-4, the examples of one and two blocks.
#[test]
fn sha256() {
    for (octets, digest) in [
        (
            "",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ] {
        let own = Chosen.sha256(octets.as_bytes());
        assert_eq!(own.as_octets().as_slice(), unhex(digest), "{octets}");
    }
}
