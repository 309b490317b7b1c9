//! Envelopes that must not be believed. Where it is not said otherwise the signatures are good:
//! what is wrong is only what the case names.

use crate::support::{
    Either, NOTE, Note, OtherNote, bound, decode, encode, flattened, generate, header, kid, note,
    note_outcome, outcome, set, with,
};
use mydata_core::crypto::Signer;
use mydata_core::jwk::{Algorithm, KeyMaterial, KeySet, PublicKey};
use mydata_core::jws::{Payload, Sealed, Unsigned};
use mydata_core::party::{Party, PartyKeys};
use serde_json::{Value, json};

#[test]
fn headers() {
    for algorithm in Algorithm::ALL {
        let key = generate("op-1", algorithm);
        let keys = set(&key);
        let jwk: Value = serde_json::from_str(&key.public().to_jwk()).unwrap();
        let other = match algorithm {
            Algorithm::Ed25519 => "ES256",
            Algorithm::Es256 => "EdDSA",
        };
        // The right header with members set, or taken out where they are null.
        for (members, code) in [
            (json!({}), ""),
            (json!({ "alg": other }), "jws_alg_mismatch"),
            (json!({ "alg": null }), "jws_alg_unsupported"),
            (json!({ "alg": "none" }), "jws_alg_unsupported"),
            (json!({ "alg": "NONE" }), "jws_alg_unsupported"),
            (json!({ "alg": "HS256" }), "jws_alg_unsupported"),
            (json!({ "alg": "es256" }), "jws_alg_unsupported"),
            (json!({ "kid": null }), "jws_kid_missing"),
            (json!({ "kid": "op-2" }), "jws_kid_unknown"),
            (json!({ "kid": "../op-1" }), "jws_kid_unknown"),
            (json!({ "typ": null }), "jws_typ_missing"),
            (json!({ "typ": OtherNote::TYP }), "jws_typ_mismatch"),
            (json!({ "typ": "NOTE+JSON" }), "jws_typ_mismatch"),
            (json!({ "crit": [] }), "jws_crit"),
            (
                json!({ "crit": ["exp"], "exp": 1 }),
                "jws_header_unknown_member",
            ),
            (json!({ "crit": ["b64"], "b64": false }), "jws_crit"),
            (json!({ "b64": true }), "jws_crit"),
            (json!({ "jwk": jwk }), "jws_key_in_header"),
            (
                json!({ "jku": "https://example.org/jwks" }),
                "jws_key_in_header",
            ),
            (
                json!({ "x5u": "https://example.org/x5" }),
                "jws_key_in_header",
            ),
            (json!({ "x5c": [] }), "jws_key_in_header"),
            (json!({ "x5t": "AA" }), "jws_key_in_header"),
            (json!({ "x5t#S256": "AA" }), "jws_key_in_header"),
            (json!({ "cty": "JWT" }), "jws_nested"),
            (json!({ "unknown": 1 }), "jws_header_unknown_member"),
            (json!({ "typ": "x".repeat(1024) }), "jws_header_too_large"),
        ] {
            let protected = with(&header(algorithm, "op-1"), &members);
            let found = note_outcome(&flattened(&key, &protected, NOTE), &keys);
            assert_eq!(
                found.err().unwrap_or_default(),
                code,
                "{algorithm:?} {protected}"
            );
        }
    }
}

#[test]
fn headers_that_are_not_plain_objects() {
    let key = generate("op-1", Algorithm::Ed25519);
    let keys = set(&key);
    for (protected, code) in [
        ("", "json_syntax"),
        ("{", "json_syntax"),
        ("{} {}", "json_syntax"),
        ("null", "jws_header_unknown_member"),
        (r#"["EdDSA","op-1","note+json"]"#, "json_array_for_object"),
        (
            r#"{"alg":"EdDSA","alg":"EdDSA","kid":"op-1","typ":"note+json"}"#,
            "json_duplicate_member",
        ),
        (
            r#"{"alg":"EdDSA","\u0061lg":"none","kid":"op-1","typ":"note+json"}"#,
            "json_duplicate_member",
        ),
    ] {
        let found = note_outcome(&flattened(&key, protected, NOTE), &keys).unwrap_err();
        assert_eq!(found, code, "{protected}");
    }
}

#[test]
fn the_unprotected_header() {
    let key = generate("op-1", Algorithm::Ed25519);
    let keys = set(&key);
    let without = r#"{"alg":"EdDSA","typ":"note+json"}"#;
    let named = header(Algorithm::Ed25519, "op-1");
    for (protected, unprotected, code) in [
        (without, json!({ "kid": "op-1" }), ""),
        (without, json!({ "kid": "op-2" }), "jws_kid_unknown"),
        (without, json!({ "kid": "../op-1" }), "json_shape"),
        (without, json!({}), "json_missing_member"),
        (&named, json!({ "kid": "op-1" }), "jws_kid_twice"),
        (
            without,
            json!({ "kid": "op-1", "alg": "EdDSA" }),
            "json_shape",
        ),
        (
            without,
            json!({ "kid": "op-1", "crit": ["x"] }),
            "json_shape",
        ),
        (
            without,
            json!({ "kid": "op-1", "jku": "https://example.org" }),
            "json_shape",
        ),
    ] {
        let mut jws = flattened(&key, protected, NOTE);
        jws["header"] = unprotected;
        let found = note_outcome(&jws, &keys);
        assert_eq!(found.err().unwrap_or_default(), code, "{jws}");
        let sealed = Sealed::<Note>::from_json(jws.to_string().as_bytes());
        assert_eq!(sealed.ok().and_then(|sealed| sealed.to_compact()), None);
    }
}

#[test]
fn keys_of_others() {
    for algorithm in Algorithm::ALL {
        let (key, other) = (generate("op-1", algorithm), generate("op-1", algorithm));
        let jws = note(&key).to_string();
        let (right, wrong) = (set(&key), set(&other));
        let renamed = KeySet::from(match *key.public().material() {
            KeyMaterial::Ed25519(point) => PublicKey::ed25519(kid("op-2"), point).unwrap(),
            KeyMaterial::P256 { x, y } => PublicKey::p256(kid("op-2"), x, y),
        });
        for (keys, code) in [
            (bound(&[(Party::Operator, &right)]), ""),
            (bound(&[(Party::Operator, &wrong)]), "jws_signature_invalid"),
            (bound(&[(Party::Operator, &renamed)]), "jws_kid_unknown"),
            (
                bound(&[
                    (Party::Owner, &right),
                    (Party::Service, &right),
                    (Party::Sink, &right),
                ]),
                "jws_kid_unknown",
            ),
            (PartyKeys::none(), "jws_kid_unknown"),
        ] {
            let found = outcome::<Note>(&jws, &keys);
            assert_eq!(found.err().unwrap_or_default(), code, "{algorithm:?}");
        }
    }
}

#[test]
fn every_flipped_bit() {
    for algorithm in Algorithm::ALL {
        let key = generate("op-1", algorithm);
        let keys = set(&key);
        let jws = note(&key);
        assert!(note_outcome(&jws, &keys).is_ok());
        for part in ["payload", "protected", "signature"] {
            let octets = decode(jws[part].as_str().unwrap());
            for bit in 0..octets.len() * 8 {
                let mut flipped = octets.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let mut jws = jws.clone();
                jws[part] = encode(&flipped).into();
                let code = note_outcome(&jws, &keys).unwrap_err();
                let expected = match part {
                    "signature" => code == "jws_signature_invalid",
                    "payload" => code == "jws_signature_invalid" || code.starts_with("json_"),
                    _ => code.starts_with("jws_") || code.starts_with("json_"),
                };
                assert!(expected, "{part} {bit}: {code}");
            }
        }
        // The parts exchanged, and a signature of another length.
        for (part, text, code) in [
            ("payload", &jws["protected"], "json_shape"),
            ("signature", &jws["payload"], "jws_signature_invalid"),
            ("signature", &json!(""), "jws_signature_invalid"),
            ("signature", &json!("AAAA"), "jws_signature_invalid"),
        ] {
            let mut jws = jws.clone();
            jws[part] = text.clone();
            let found = note_outcome(&jws, &keys).unwrap_err();
            assert!(
                found == code || found == "json_missing_member",
                "{part}: {found}"
            );
        }
    }
}

#[test]
fn one_kid_for_two_parties() {
    let (owner, operator) = (
        generate("k", Algorithm::Ed25519),
        generate("k", Algorithm::Ed25519),
    );
    let (owners, operators) = (set(&owner), set(&operator));
    let sealed = Unsigned::new(Either::new()).sign(&owner).unwrap().seal();
    let keys = bound(&[(Party::Owner, &owners), (Party::Operator, &operators)]);
    let found = outcome::<Either>(&sealed.to_json(), &keys);
    assert_eq!(found.unwrap_err(), "jws_kid_ambiguous");
}
