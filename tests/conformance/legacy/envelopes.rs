//! Envelopes of older systems: what is looser than 2.0 is which header names the key, and nothing else.

use super::{
    KEYS, at, believed, code, compact, compact_under, consent_status, es256, flattened, general,
    jwk, link, link_status, request, set, signature, sink, token, told, with, without,
};
use crate::support::{decode, encode};
use mydata::core::crypto::Signer as _;
use mydata::core::id::KeyId;
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::party::{Party, PartyKeys};
use mydata::legacy::consent::Consent;
use mydata::legacy::link::Link;
use mydata::legacy::request::DataRequest;
use mydata::legacy::status::{ConsentStatus, LinkStatus};
use mydata::legacy::token::Token;
use mydata::legacy::{Kind, Received};
use mydata_chosen::Chosen;
use serde_json::{Value, json};

/// A flattened envelope of a consent status under any protected header.
fn under(header: &str) -> Value {
    let payload = super::python(&consent_status());
    let [protected, signature] = signature(header, &payload, &KEYS.owner);
    json!({
        "payload": encode(payload.as_bytes()),
        "protected": protected,
        "header": { "kid": KEYS.owner.public().kid().as_str() },
        "signature": signature,
    })
}

fn owned() -> Value {
    flattened(&consent_status(), &KEYS.owner)
}

#[test]
fn every_kind_is_read_as_the_sdk_writes_it() {
    assert_eq!(owned()["protected"], "eyJhbGciOiAiRVMyNTYifQ");
    let record = believed::<Link>(&general(&link(), &KEYS.owner, &KEYS.service)).unwrap();
    let parties: Vec<_> = record.signed_by().iter().map(|s| s.party).collect();
    assert_eq!(parties, [Party::Owner, Party::Service]);
    let status = believed::<LinkStatus>(&flattened(&link_status(), &KEYS.owner)).unwrap();
    assert!(status.is_signed_by(Party::Owner));
    let by_operator = flattened(&consent_status(), &KEYS.operator);
    let status = believed::<ConsentStatus>(&by_operator).unwrap();
    assert!(status.is_signed_by(Party::Operator) && !status.is_signed_by(Party::Owner));
    for record in [super::source(), sink()] {
        let consent = believed::<Consent>(&flattened(&record, &KEYS.owner)).unwrap();
        assert_eq!(consent.said(), &super::read(&record).unwrap());
    }
    let token = told::<Token>(&compact(&token(), &KEYS.operator)).unwrap();
    assert_eq!(token.signed_by().len(), 1);
    let request = told::<DataRequest>(&compact(&request(), &KEYS.service)).unwrap();
    assert!(request.is_signed_by(Party::Sink));
}

/// The octets that came are the octets that are kept: white space, order and all.
#[test]
fn what_came_is_what_is_kept() {
    let mut text = format!("  {}\n", super::python(&owned()));
    text = text.replace("{\"header\"", "{ \"header\"");
    let received = Received::<ConsentStatus>::from_json(text.as_bytes()).unwrap();
    assert_eq!(received.octets(), text.as_bytes());
    let believed = super::verified(&received).unwrap();
    assert_eq!(believed.received().octets(), text.as_bytes());
    let shown = format!("{received:?} {:?} {believed:?}", received.open().unwrap());
    assert!(!shown.contains("9f0c2d4b"), "{shown}");
}

#[test]
fn an_algorithm_is_es256_or_ed25519() {
    for (alg, refusal) in [
        (r#""none""#, "legacy_alg_none"),
        (r#""None""#, "legacy_alg_none"),
        (r#""HS256""#, "legacy_alg_symmetric"),
        (r#""HS512""#, "legacy_alg_symmetric"),
        (r#""RS256""#, "legacy_alg_rsa"),
        (r#""PS256""#, "legacy_alg_rsa"),
        (r#""ES384""#, "legacy_alg_unsupported"),
        (r#""es256""#, "legacy_alg_unsupported"),
        (r#""EdDSA""#, "legacy_alg_mismatch"),
        ("null", "legacy_header_unknown_member"),
    ] {
        let header = format!("{{\"alg\": {alg}}}");
        assert_eq!(code::<ConsentStatus>(&under(&header)), refusal, "{alg}");
    }
    assert_eq!(
        code::<ConsentStatus>(&under("{}")),
        "legacy_alg_unsupported"
    );
    let beside = with(owned(), &["header", "alg"], "ES256".into());
    assert_eq!(code::<ConsentStatus>(&beside), "legacy_alg_unprotected");

    // A key of the other kind, should a system have had one.
    let key = mydata_chosen::generate(KeyId::parse("ed").unwrap(), Algorithm::Ed25519).unwrap();
    let payload = super::python(&sink());
    let [protected, signature] = signature(r#"{"alg": "EdDSA"}"#, &payload, &key);
    let envelope = json!({ "payload": encode(payload.as_bytes()), "protected": protected,
        "header": { "kid": "ed" }, "signature": signature });
    let received = Received::<Consent>::from_json(envelope.to_string().as_bytes()).unwrap();
    let owner = set(&key);
    let keys = PartyKeys::none().with(Party::Owner, &owner);
    assert!(received.open().unwrap().verify(&Chosen, &keys).is_ok());
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    for (member, refusal) in [
        (r#""crit": ["exp"]"#, "legacy_crit"),
        (r#""b64": false"#, "legacy_crit"),
        (r#""jku": "https://k.example/""#, "legacy_key_named"),
        (r#""x5u": "https://k.example/""#, "legacy_key_named"),
        (r#""x5c": []"#, "legacy_key_named"),
        (r#""x5t": "a""#, "legacy_key_named"),
        (r#""x5t#S256": "a""#, "legacy_key_named"),
        (r#""cty": "JWT""#, "legacy_nested"),
        (r#""typ": "JWS""#, "legacy_typ"),
        (r#""typ": "mydata-csr+json""#, "legacy_typ"),
        (r#""zip": "DEF""#, "legacy_header_unknown_member"),
        (r#""alg": "ES256""#, "json_duplicate_member"),
        (r#""kid": "acc-kid""#, "legacy_kid_twice"),
    ] {
        let header = format!("{{\"alg\": \"ES256\", {member}}}");
        assert_eq!(code::<ConsentStatus>(&under(&header)), refusal, "{member}");
        // The same, not signed, in the header beside it.
        let beside: Value = serde_json::from_str(&format!("{{{member}}}")).unwrap();
        let mut envelope = owned();
        for (name, value) in beside.as_object().unwrap() {
            envelope["header"][name] = value.clone();
        }
        let refusal = match refusal {
            "legacy_header_unknown_member" => "json_shape",
            "json_duplicate_member" => "legacy_alg_unprotected",
            "legacy_kid_twice" => "legacy_kid_unknown",
            other => other,
        };
        assert_eq!(code::<ConsentStatus>(&envelope), refusal, "{member}");
    }
    let long = format!("{{\"alg\": \"ES256\"{}}}", " ".repeat(1024));
    assert_eq!(
        code::<ConsentStatus>(&under(&long)),
        "legacy_header_too_large"
    );
    // An older jwcrypto left the header a string; systems mended that before they stored it.
    let string = with(owned(), &["header"], r#"{"kid": "k"}"#.into());
    assert_eq!(code::<ConsentStatus>(&string), "json_shape");
}

/// C31.
#[test]
fn one_header_names_the_key() {
    let kid = KEYS.owner.public().kid().as_str();
    let signed = under(&format!(r#"{{"alg": "ES256", "kid": "{kid}"}}"#));
    assert_eq!(code::<ConsentStatus>(&signed), "legacy_kid_twice");
    let alone = without(signed, &["header"]);
    assert!(believed::<ConsentStatus>(&alone).is_ok());
    let none = without(owned(), &["header"]);
    assert_eq!(code::<ConsentStatus>(&none), "legacy_kid_missing");
    let unknown = with(owned(), &["header", "kid"], "acc-kid-0".into());
    assert_eq!(code::<ConsentStatus>(&unknown), "legacy_kid_unknown");
    let no_id = with(owned(), &["header", "kid"], "../k".into());
    assert_eq!(code::<ConsentStatus>(&no_id), "legacy_kid_unknown");
    let empty = with(owned(), &["header", "kid"], Value::Null);
    assert_eq!(code::<ConsentStatus>(&empty), "json_shape");
}

/// C30.
#[test]
fn a_key_in_a_header_is_the_bound_one_or_the_end() {
    let bound = with(owned(), &["header", "jwk"], jwk(&KEYS.owner));
    assert!(believed::<ConsentStatus>(&bound).is_ok());
    let payload = super::python(&consent_status());
    for (brought, signer) in [
        (&KEYS.forger, &KEYS.forger),
        (&KEYS.forger, &KEYS.owner),
        (&KEYS.service, &KEYS.owner),
    ] {
        let [protected, signature] = signature(r#"{"alg": "ES256"}"#, &payload, signer);
        let envelope = json!({ "payload": encode(payload.as_bytes()), "protected": protected,
            "header": { "kid": KEYS.owner.public().kid().as_str(), "jwk": jwk(brought) },
            "signature": signature });
        assert_eq!(code::<ConsentStatus>(&envelope), "legacy_key_differs");
    }
    let own = jwk(&KEYS.owner).to_string();
    let protected = under(&format!(r#"{{"alg": "ES256", "jwk": {own}}}"#));
    assert!(believed::<ConsentStatus>(&protected).is_ok());
    let other = jwk(&KEYS.forger).to_string();
    let protected = under(&format!(r#"{{"alg": "ES256", "jwk": {other}}}"#));
    assert_eq!(code::<ConsentStatus>(&protected), "legacy_key_differs");
    // Nothing is bound: a key that comes along changes nothing.
    let received = Received::<ConsentStatus>::from_json(bound.to_string().as_bytes()).unwrap();
    let refusal = received.open().unwrap().verify(&Chosen, &PartyKeys::none());
    assert_eq!(refusal.unwrap_err().code(), "legacy_kid_unknown");
}

/// D47.
#[test]
fn padding_is_refused_wherever_it_stands() {
    for member in ["payload", "protected", "signature"] {
        let mut envelope = owned();
        let text = envelope[member].as_str().unwrap();
        let mut padded = text.to_owned();
        while !padded.len().is_multiple_of(4) || padded.len() == text.len() {
            padded.push('=');
        }
        envelope[member] = padded.into();
        assert_eq!(
            code::<ConsentStatus>(&envelope),
            "legacy_not_base64url",
            "{member}"
        );
    }
}

/// A verification that is content with any one good signature is none.
#[test]
fn a_link_bears_two_signatures_of_two_parties() {
    let good = general(&link(), &KEYS.owner, &KEYS.service);
    let mut turned = good.clone();
    turned["signatures"].as_array_mut().unwrap().reverse();
    assert!(believed::<Link>(&turned).is_ok(), "C28");

    for (envelope, refusal) in [
        (flattened(&link(), &KEYS.owner), "legacy_signer_set"),
        (
            general(&link(), &KEYS.owner, &KEYS.owner),
            "legacy_signer_set",
        ),
        (
            general(&link(), &KEYS.forger, &KEYS.service),
            "legacy_signature_invalid",
        ),
        (
            general(&link(), &KEYS.owner, &KEYS.operator),
            "legacy_kid_unknown",
        ),
    ] {
        assert_eq!(code::<Link>(&envelope), refusal);
    }
    let mut third = good.clone();
    let more = third["signatures"][0].clone();
    third["signatures"].as_array_mut().unwrap().push(more);
    assert_eq!(code::<Link>(&third), "legacy_signer_set");
    let mut five = good.clone();
    five["signatures"] = vec![good["signatures"][0].clone(); 5].into();
    assert_eq!(code::<Link>(&five), "legacy_malformed");
    for mixed in [
        with(good.clone(), &["protected"], owned()["protected"].clone()),
        with(good.clone(), &["header"], json!({ "kid": "k" })),
        with(good.clone(), &["signature"], "AA".into()),
    ] {
        assert_eq!(code::<Link>(&mixed), "legacy_mixed_forms");
    }
    assert_eq!(
        code::<Link>(&without(good, &["signatures"])),
        "legacy_malformed"
    );
    // Two ids of one key are one signer.
    let mut service = jwk(&KEYS.owner);
    *at(&mut service, &["kid"]) = "58a1c0de".into();
    let (owner, service) = (
        set(&KEYS.owner),
        KeySet::from(
            mydata::core::jwk::PublicKey::from_jwk(service.to_string().as_bytes()).unwrap(),
        ),
    );
    let mut twice = general(&link(), &KEYS.owner, &KEYS.owner);
    twice["signatures"][1]["header"] = json!({ "kid": "58a1c0de" });
    let received = Received::<Link>::from_json(twice.to_string().as_bytes()).unwrap();
    let keys = PartyKeys::none()
        .with(Party::Owner, &owner)
        .with(Party::Service, &service);
    let refusal = received.open().unwrap().verify(&Chosen, &keys).unwrap_err();
    assert_eq!(refusal.code(), "legacy_signer_set");
}

#[test]
fn a_signature_is_over_what_came() {
    let other = with(consent_status(), &["consent_status"], "Withdrawn".into());
    let mut envelope = owned();
    envelope["payload"] = encode(super::python(&other).as_bytes()).into();
    assert_eq!(code::<ConsentStatus>(&envelope), "legacy_signature_invalid");
    // The same JSON in other octets is not what was signed.
    let mut compacted = owned();
    compacted["payload"] = encode(consent_status().to_string().as_bytes()).into();
    assert_eq!(
        code::<ConsentStatus>(&compacted),
        "legacy_signature_invalid"
    );
    let mut short = owned();
    short["signature"] = encode(&[7; 63]).into();
    assert_eq!(code::<ConsentStatus>(&short), "legacy_signature_invalid");
    let mut flipped = decode(owned()["signature"].as_str().unwrap()).unwrap();
    flipped[40] ^= 1;
    let mut forged = owned();
    forged["signature"] = encode(&flipped).into();
    assert_eq!(code::<ConsentStatus>(&forged), "legacy_signature_invalid");
    // A service may sign neither a consent nor its status.
    let by_service = flattened(&sink(), &KEYS.service);
    assert_eq!(code::<Consent>(&by_service), "legacy_kid_unknown");
    let by_operator = flattened(&sink(), &KEYS.operator);
    assert_eq!(code::<Consent>(&by_operator), "legacy_kid_unknown");
}

/// Tokens and requests name no key: the caller binds exactly one.
#[test]
fn where_no_header_names_the_key_the_caller_does() {
    let text = compact(&token(), &KEYS.operator);
    let received = Received::<Token>::from_compact(&text).unwrap();
    let verify = |keys: &PartyKeys<'_>| {
        let result = received.open().unwrap().verify(&Chosen, keys);
        result.map(|_| ()).map_err(|fault| fault.code())
    };
    let (right, wrong) = (set(&KEYS.operator), set(&es256("Operator112")));
    let operator = |keys| PartyKeys::none().with(Party::Operator, keys);
    assert_eq!(verify(&operator(&right)), Ok(()));
    assert_eq!(verify(&operator(&wrong)), Err("legacy_signature_invalid"));
    let keys = vec![
        KEYS.operator.public().clone(),
        es256("another").public().clone(),
    ];
    let two = KeySet::new(keys).unwrap();
    assert_eq!(verify(&operator(&two)), Err("legacy_key_not_told"));
    assert_eq!(verify(&PartyKeys::none()), Err("legacy_key_not_told"));
    let sinks = PartyKeys::none().with(Party::Sink, &right);
    assert_eq!(verify(&sinks), Err("legacy_key_not_told"));

    // Where a header does name it, it names the bound one.
    let named = |kid: &str| format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#);
    let good = compact_under(&named("Operator112"), &token(), &KEYS.operator);
    assert!(told::<Token>(&good).is_ok());
    let other = compact_under(&named("58a1c0de"), &token(), &KEYS.operator);
    assert_eq!(
        told::<Token>(&other).unwrap_err().code(),
        "legacy_kid_unknown"
    );
    let jwt = compact_under(r#"{"alg":"ES256","typ":"JWT"}"#, &token(), &KEYS.operator);
    assert_eq!(told::<Token>(&jwt).unwrap_err().code(), "legacy_typ");
    for text in [
        "",
        ".",
        "a.b",
        "a.b.c.d",
        &text.replace('.', ":"),
        &"a.".repeat(20_000),
    ] {
        assert_eq!(told::<Token>(text).unwrap_err().code(), "legacy_malformed");
    }
}

/// An id that two parties have says nothing of who signed.
#[test]
fn one_id_of_two_parties_names_nobody() {
    let kid = KEYS.owner.public().kid().as_str();
    let owner = set(&KEYS.owner);
    let operator = set(&es256(kid));
    let keys = PartyKeys::none()
        .with(Party::Owner, &owner)
        .with(Party::Operator, &operator);
    let received = Received::<ConsentStatus>::from_json(owned().to_string().as_bytes()).unwrap();
    let refusal = received.open().unwrap().verify(&Chosen, &keys).unwrap_err();
    assert_eq!(refusal.code(), "legacy_kid_ambiguous");
}

/// Limits are those of 2.0.
#[test]
fn too_much_is_too_much() {
    let long = with(
        sink(),
        &["extension_part", "note"],
        "x".repeat(70_000).into(),
    );
    assert_eq!(
        code::<Consent>(&flattened(&long, &KEYS.owner)),
        "json_too_large"
    );
    let huge = format!("{}{}", owned(), " ".repeat(200_000));
    let fault = Received::<ConsentStatus>::from_json(huge.as_bytes()).unwrap_err();
    assert_eq!(fault.code(), "json_too_large");
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let deep = super::python(&sink()).replace("{\"extensions\": {}}", &deep);
    assert_eq!(
        Consent::read(deep.as_bytes()).unwrap_err().code(),
        "json_too_deep"
    );
}
