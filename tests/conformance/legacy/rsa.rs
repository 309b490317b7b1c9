//! RSA keys of older systems: what is a key, what verifies with one, and that nothing of 2.0 does.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test helper that fails fails the test"
)]

use super::{KEYS, consent_status, python, set, sink};
use crate::support::{decode, encode, envelope, signed_by_hand};
use mydata::core::crypto::Signer as _;
use mydata::core::jwk::{KeySet, PublicKey};
use mydata::core::jws::{Payload as _, Sealed};
use mydata::core::party::{Party, PartyKeys};
use mydata::core::rsa::Rs256 as _;
use mydata::keys::{AwsLc, Backend, Ring};
use mydata::legacy::consent::Consent;
use mydata::legacy::rsa::{RsaKey, RsaKeys};
use mydata::legacy::status::ConsentStatus;
use mydata::legacy::{Kind, Received, SignatoryKey};
use mydata_chosen::Chosen;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaKeyPair};
use serde_json::{Value, json};

fn fixture(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("rsa.json")).unwrap();
    all[name].clone()
}

/// A private key of the fixture.
fn private(name: &str) -> RsaKeyPair {
    let document = decode(fixture(name).as_str().unwrap()).unwrap();
    RsaKeyPair::from_pkcs8(&document).unwrap()
}

/// Its public half.
fn jwk(name: &str, kid: &str) -> Value {
    let PublicKeyComponents { n: modulus, .. } =
        PublicKeyComponents::<Vec<u8>>::from(private(name).public_key());
    json!({ "kty": "RSA", "kid": kid, "n": encode(&modulus), "e": "AQAB" })
}

fn key(name: &str, kid: &str) -> RsaKey {
    RsaKey::from_jwk(jwk(name, kid).to_string().as_bytes()).unwrap()
}

fn sign(name: &str, message: &[u8]) -> Vec<u8> {
    let pair = private(name);
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message,
        &mut signature,
    )
    .unwrap();
    signature
}

/// A flattened envelope as the SDK would write it, set to RS256.
fn under(payload: &Value, name: &str, kid: &str) -> Value {
    let (protected, payload) = (
        encode(br#"{"alg": "RS256"}"#),
        encode(python(payload).as_bytes()),
    );
    let signature = sign(name, format!("{protected}.{payload}").as_bytes());
    json!({ "payload": payload, "protected": protected, "header": { "kid": kid },
        "signature": encode(&signature) })
}

fn read<T: Kind>(envelope: &Value) -> Received<T> {
    Received::from_json(envelope.to_string().as_bytes()).unwrap()
}

/// The code, with one RSA key of one party, and the keys of [`KEYS`].
fn code<T: Kind>(envelope: &Value, party: Party, key: &RsaKey) -> Option<&'static str> {
    let (owner, operator) = (set(&KEYS.owner), set(&KEYS.operator));
    let keys = PartyKeys::none()
        .with(Party::Owner, &owner)
        .with(Party::Operator, &operator);
    let rsa = RsaKeys::none(&Ring).with(party, key).unwrap();
    let verified = read::<T>(envelope)
        .open()
        .unwrap()
        .verify_with_rsa(&Chosen, &keys, &rsa);
    verified.err().map(|fault| fault.code())
}

#[test]
fn a_record_under_rs256_is_verified_with_a_bound_key() {
    let owner = key("owner", "rsa-owner");
    let status = under(&consent_status(), "owner", "rsa-owner");
    assert_eq!(code::<ConsentStatus>(&status, Party::Owner, &owner), None);
    let consent = under(&sink(), "owner", "rsa-owner");
    assert_eq!(code::<Consent>(&consent, Party::Owner, &owner), None);
    // ES256 goes on beside it.
    let ours = super::flattened(&consent_status(), &KEYS.owner);
    assert_eq!(code::<ConsentStatus>(&ours, Party::Owner, &owner), None);

    let rsa = RsaKeys::none(&Backend::Ring)
        .with(Party::Owner, &owner)
        .unwrap();
    let none = PartyKeys::none();
    let record = read::<ConsentStatus>(&status).open().unwrap();
    let record = record.verify_with_rsa(&Chosen, &none, &rsa).unwrap();
    assert!(record.is_signed_by(Party::Owner));
    assert_eq!(record.signed_by()[0].key, SignatoryKey::Rsa(owner));
}

#[test]
fn anything_else_is_refused() {
    let owner = key("owner", "rsa-owner");
    let status = under(&consent_status(), "owner", "rsa-owner");
    // Without RSA keys RS256 is what it always was.
    let keys = set(&KEYS.owner);
    let keys = PartyKeys::none().with(Party::Owner, &keys);
    let fault = read::<ConsentStatus>(&status)
        .open()
        .unwrap()
        .verify(&Chosen, &keys);
    assert_eq!(fault.unwrap_err().code(), "legacy_alg_rsa");
    let coded = |envelope: &Value, party, key: &RsaKey| code::<ConsentStatus>(envelope, party, key);
    // Another key, another party, an id of nobody.
    let other = key("operator", "rsa-owner");
    assert_eq!(
        coded(&status, Party::Owner, &other),
        Some("legacy_signature_invalid")
    );
    assert_eq!(
        coded(&status, Party::Sink, &owner),
        Some("legacy_kid_unknown")
    );
    let renamed = key("owner", "rsa-2");
    assert_eq!(
        coded(&status, Party::Owner, &renamed),
        Some("legacy_kid_unknown")
    );
    // The id of a key of the other kind: neither verifies what the other should.
    let same = key("owner", KEYS.owner.public().kid().as_str());
    let mixed = under(
        &consent_status(),
        "owner",
        KEYS.owner.public().kid().as_str(),
    );
    assert_eq!(
        coded(&mixed, Party::Owner, &same),
        Some("legacy_kid_ambiguous")
    );
    assert_eq!(
        coded(&mixed, Party::Sink, &same),
        Some("legacy_alg_mismatch")
    );
    let mut confused = super::flattened(&consent_status(), &KEYS.owner);
    confused["header"]["kid"] = "rsa-owner".into();
    assert_eq!(
        coded(&confused, Party::Owner, &owner),
        Some("legacy_alg_mismatch")
    );
    // A signature that is none, of another length, or with another digest.
    for (signature, refusal) in [
        (encode(&[0; 256]), "legacy_signature_invalid"),
        (encode(&[1; 64]), "legacy_signature_invalid"),
        (String::new(), "legacy_signature_invalid"),
        ("=".to_owned(), "legacy_not_base64url"),
    ] {
        let mut broken = status.clone();
        broken["signature"] = signature.into();
        assert_eq!(coded(&broken, Party::Owner, &owner), Some(refusal));
    }
    // A key twice.
    let rsa = RsaKeys::none(&Ring).with(Party::Owner, &owner).unwrap();
    for twice in [&owner, &renamed, &other] {
        let refusal = rsa.clone().with(Party::Owner, twice).unwrap_err();
        assert_eq!(refusal.code(), "rsa_kid_twice");
    }
}

/// Both libraries judge alike: the signature, each bit of it flipped in turn, other digests, other
/// lengths.
#[test]
fn both_libraries_agree() {
    let owner = key("owner", "rsa-owner");
    let verdict = |message: &[u8], signature: &[u8]| {
        let ring = Ring.verify_rs256(owner.modulus(), message, signature);
        assert_eq!(
            ring,
            AwsLc.verify_rs256(owner.modulus(), message, signature)
        );
        ring
    };
    let good = sign("owner", b"message");
    assert!(verdict(b"message", &good) && !verdict(b"another", &good));
    for bit in 0..good.len() * 8 {
        let mut flipped = good.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(!verdict(b"message", &flipped), "{bit}");
    }
    let mut other = vec![0; 256];
    private("owner")
        .sign(
            &RSA_PKCS1_SHA512,
            &SystemRandom::new(),
            b"message",
            &mut other,
        )
        .unwrap();
    let longer = [&[0], good.as_slice()].concat();
    for signature in [
        &other,
        &longer,
        &good[1..].to_vec(),
        &vec![0; 256],
        &Vec::new(),
    ] {
        assert!(!verdict(b"message", signature));
    }
    assert!(!verdict(b"message", owner.modulus()));
}

#[test]
fn what_is_a_key() {
    let good = jwk("owner", "k");
    let with = |name: &str, value: Value| {
        let mut jwk = good.clone();
        jwk[name] = value;
        jwk
    };
    let modulus = decode(good["n"].as_str().unwrap()).unwrap();
    let of = |octets: &[u8]| with("n", encode(octets).into());
    let cut = |length: usize| {
        let mut cut = modulus[..length].to_vec();
        cut[length - 1] |= 1;
        cut
    };
    let mut even = modulus.clone();
    even[255] &= 0xfe;
    let mut short = modulus.clone();
    short[0] = 0x7f;
    let zero = [&[0], modulus.as_slice()].concat();
    let mut long = [modulus.as_slice(), &modulus].concat();
    long[0] |= 0x80;
    let longer = [&[1], long.as_slice()].concat();
    for (jwk, code) in [
        (good.clone(), None),
        (with("alg", "RS256".into()), None),
        (with("use", "sig".into()), None),
        (with("key_ops", json!(["verify"])), None),
        (with("x", "of no meaning".into()), None),
        (of(&long), None),
        (json!([]), Some("rsa_shape")),
        (with("kty", "EC".into()), Some("rsa_shape")),
        (with("n", Value::Null), Some("rsa_shape")),
        (with("kid", Value::Null), Some("rsa_no_kid")),
        (with("kid", "a b".into()), Some("rsa_kid_invalid")),
        (with("alg", "PS256".into()), Some("rsa_alg_mismatch")),
        (with("alg", "ES256".into()), Some("rsa_alg_mismatch")),
        (with("use", "enc".into()), Some("rsa_not_for_signing")),
        (
            with("key_ops", json!(["sign"])),
            Some("rsa_not_for_signing"),
        ),
        (with("e", "Aw".into()), Some("rsa_exponent")),
        (with("e", "AQ".into()), Some("rsa_exponent")),
        (with("e", "AAEAAQ".into()), Some("rsa_exponent")),
        (with("n", "".into()), Some("rsa_modulus")),
        (
            with("n", format!("{}=", good["n"].as_str().unwrap()).into()),
            Some("rsa_modulus"),
        ),
        (of(&zero), Some("rsa_modulus")),
        (of(&even), Some("rsa_modulus")),
        (of(&cut(64)), Some("rsa_size")),
        (of(&cut(128)), Some("rsa_size")),
        (of(&short), Some("rsa_size")),
        (of(&longer), Some("rsa_size")),
        (with("n", fixture("roca")), Some("rsa_weak")),
    ] {
        let read = RsaKey::from_jwk(jwk.to_string().as_bytes());
        assert_eq!(read.err().map(|refusal| refusal.code()), code, "{jwk}");
    }
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let read = RsaKey::from_jwk(with(member, Value::Null).to_string().as_bytes());
        assert_eq!(read.unwrap_err().code(), "rsa_private", "{member}");
    }
    let shown = format!("{:?}", key("owner", "k"));
    assert_eq!(shown, "RsaKey(k, 256 octets)");
}

/// 2.0 knows no RSA, whatever is bound beside it.
#[test]
fn nothing_of_2_0_takes_rsa() {
    for text in [jwk("owner", "owner-1"), {
        let mut jwk = jwk("owner", "owner-1");
        jwk["alg"] = "RS256".into();
        jwk["x"] = "3WUKYg3tZ31PUHjmggISTGjgeO9WchYxTwzV4UiafEQ".into();
        jwk
    }] {
        let text = text.to_string();
        let refusal = PublicKey::from_jwk(text.as_bytes()).unwrap_err();
        assert_eq!(refusal.code(), "key_type_unsupported");
        let set = format!(r#"{{"keys":[{text}]}}"#);
        let refusal = KeySet::from_jwks(set.as_bytes()).unwrap_err();
        assert_eq!(refusal.code(), "key_type_unsupported");
    }
    // A good record of 2.0 under a registered key, and the same with RS256 in its header, rightly signed
    // by RSA and by the registered key.
    type Status = mydata::record::consent::ConsentStatus;
    let payload = json!({
        "version": "2.0", "record_id": "r", "surrogate_id": "s", "cr_id": "c",
        "consent_status": "Active", "iat": 1_736_236_800, "prev_record_id": "NULL",
    });
    let owner = set(&KEYS.owner);
    let keys = PartyKeys::none().with(Party::Owner, &owner);
    let code = |envelope: &Value| {
        let sealed = Sealed::<Status>::from_json(envelope.to_string().as_bytes()).unwrap();
        let opened = sealed
            .open()
            .and_then(|record| record.verify(&Chosen, &keys));
        opened.err().map(|fault| fault.code())
    };
    assert_eq!(code(&envelope(&payload, Status::TYP, &KEYS.owner)), None);
    let kid = KEYS.owner.public().kid().as_str();
    let header = json!({ "alg": "RS256", "kid": kid, "typ": Status::TYP });
    let mut forged = signed_by_hand(&header, &payload, &KEYS.owner);
    assert_eq!(code(&forged), Some("jws_alg_unsupported"));
    let input = format!(
        "{}.{}",
        forged["protected"].as_str().unwrap(),
        forged["payload"].as_str().unwrap()
    );
    forged["signature"] = encode(&sign("owner", input.as_bytes())).into();
    assert_eq!(code(&forged), Some("jws_alg_unsupported"));
}
