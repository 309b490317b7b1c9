//! Envelopes of a wrong form, with wrong signatures in number, or with a wrong payload.

use crate::support::{
    Deal, Either, NOTE, Note, Offer, OtherNote, bound, encode, flattened, generate, header, note,
    note_outcome, outcome, set,
};
use mydata_core::crypto::Signer;
use mydata_core::jwk::Algorithm;
use mydata_core::jws::{Payload, Sealed, Unsigned};
use mydata_core::party::Party;
use mydata_keys::PrivateKey;
use serde_json::{Value, json};

/// One octet string has one text: padding, white space, the other alphabet, bits behind.
//= FW-02 test
#[test]
fn every_part_is_canonical_base64url() {
    let key = generate("op-1", Algorithm::Ed25519);
    let keys = set(&key);
    let jws = note(&key);
    for part in ["payload", "protected", "signature"] {
        let text = jws[part].as_str().unwrap();
        let last = text.chars().last().unwrap();
        let short = text.strip_suffix(last).unwrap();
        for wrong in [
            format!("{text}="),
            format!("{text}=="),
            format!("{text} "),
            format!(" {text}"),
            format!("{text}\n"),
            format!("{text}."),
            format!("{text}A"),
            format!("{text}+"),
            format!("{short}/"),
            format!("{short}é"),
        ] {
            let mut jws = jws.clone();
            jws[part] = wrong.as_str().into();
            let code = note_outcome(&jws, &keys).unwrap_err();
            // A character more may also make another text of good form: then it is not JSON any
            // more, or not 64 octets.
            let good_form = wrong.ends_with('A') && wrong.len() % 4 != 1;
            let others = good_form && ["json_syntax", "jws_signature_invalid"].contains(&code);
            assert!(
                code == "jws_not_base64url" || others,
                "{part} {wrong:?}: {code}"
            );
        }
        if !text.len().is_multiple_of(4) {
            let mut jws = jws.clone();
            let next = char::from_u32(u32::from(last) + 1).unwrap();
            jws[part] = format!("{short}{next}").into();
            assert_eq!(
                note_outcome(&jws, &keys).unwrap_err(),
                "jws_not_base64url",
                "{part}"
            );
        }
    }
}

//= FW-02 test
#[test]
fn the_compact_form() {
    let key = generate("op-1", Algorithm::Es256);
    let compact = Unsigned::new(Note::new())
        .sign(&key)
        .unwrap()
        .seal()
        .to_compact()
        .unwrap();
    let two = compact.rsplit_once('.').unwrap().0.to_owned();
    for wrong in [
        String::new(),
        "...".to_owned(),
        two,
        format!("{compact}."),
        format!("{compact}.AAAA"),
        "A.".repeat(100_000),
        format!("{compact}{}", "A".repeat(96 * 1024)),
    ] {
        let fault = Sealed::<Note>::from_compact(&wrong).unwrap_err();
        assert_eq!(fault.code(), "jws_malformed");
    }
}

#[test]
fn forms_that_are_mixed_or_not_whole() {
    let key = generate("op-1", Algorithm::Ed25519);
    let keys = set(&key);
    let jws = note(&key);
    let part = json!({ "protected": jws["protected"], "signature": jws["signature"] });
    let (payload, protected, signature) = (&jws["payload"], &jws["protected"], &jws["signature"]);
    for (json, code) in [
        (json!({ "payload": payload, "signatures": [part] }), ""),
        (
            json!({ "payload": payload, "protected": protected, "signature": signature, "signatures": [part] }),
            "jws_mixed_forms",
        ),
        (
            json!({ "payload": payload, "protected": protected, "signatures": [part] }),
            "jws_mixed_forms",
        ),
        (
            json!({ "payload": payload, "signature": signature, "signatures": [part] }),
            "jws_mixed_forms",
        ),
        (
            json!({ "payload": payload, "header": { "kid": "op-1" }, "signatures": [part] }),
            "jws_mixed_forms",
        ),
        (
            json!({ "payload": payload, "signatures": [] }),
            "jws_malformed",
        ),
        (
            json!({ "payload": payload, "signatures": [part, part, part, part, part] }),
            "jws_malformed",
        ),
        (json!({ "payload": payload }), "jws_malformed"),
        (
            json!({ "payload": payload, "protected": protected }),
            "jws_malformed",
        ),
        (
            json!({ "payload": payload, "signature": signature }),
            "jws_malformed",
        ),
        (
            json!({ "protected": protected, "signature": signature }),
            "json_missing_member",
        ),
        (
            json!({ "payload": payload, "protected": protected, "signature": signature, "x": 1 }),
            "json_shape",
        ),
        (
            json!({ "payload": payload, "signatures": [{ "protected": protected, "signature": signature, "x": 1 }] }),
            "json_shape",
        ),
        (
            json!([payload, protected, null, signature]),
            "json_array_for_object",
        ),
        (
            json!({ "payload": payload, "signatures": [[protected, null, signature]] }),
            "json_array_for_object",
        ),
    ] {
        assert_eq!(
            note_outcome(&json, &keys).err().unwrap_or_default(),
            code,
            "{json}"
        );
    }
    let twice = jws
        .to_string()
        .replacen('{', &format!(r#"{{"payload":{payload},"#), 1);
    let found = outcome::<Note>(&twice, &bound(&[(Party::Operator, &keys)]));
    assert_eq!(found.unwrap_err(), "json_duplicate_member");
}

#[test]
fn signatures_too_many_too_few_or_twice() {
    let (owner, operator, service) = (
        generate("owner-1", Algorithm::Ed25519),
        generate("op-1", Algorithm::Es256),
        generate("service-1", Algorithm::Es256),
    );
    let (owners, operators, services) = (set(&owner), set(&operator), set(&service));
    let keys = bound(&[
        (Party::Owner, &owners),
        (Party::Operator, &operators),
        (Party::Service, &services),
    ]);
    let part = |key: &PrivateKey, typ: &str| {
        let (alg, kid) = (key.public().algorithm().name(), key.public().kid().as_str());
        let jws = flattened(
            key,
            &json!({ "alg": alg, "kid": kid, "typ": typ }).to_string(),
            NOTE,
        );
        json!({ "protected": jws["protected"], "signature": jws["signature"] })
    };
    let general =
        |parts: &[&Value]| json!({ "payload": encode(NOTE), "signatures": parts }).to_string();

    let [by_owner, by_operator, by_service] =
        [&owner, &operator, &service].map(|key| part(key, Deal::TYP));
    let mut forged = by_service.clone();
    forged["signature"] = by_owner["signature"].clone();
    for (parts, code) in [
        (vec![&by_owner, &by_service], ""),
        (vec![&by_service, &by_owner], ""),
        (vec![&by_owner], "jws_signer_set"),
        (vec![&by_service], "jws_signer_set"),
        (vec![&by_owner, &by_owner], "jws_signer_set"),
        (vec![&by_owner, &by_service, &by_service], "jws_signer_set"),
        (vec![&by_owner, &by_service, &by_operator], "jws_signer_set"),
        (vec![&by_owner, &by_operator], "jws_kid_unknown"),
        (vec![&by_owner, &forged], "jws_signature_invalid"),
        (vec![&forged, &by_owner], "jws_signature_invalid"),
    ] {
        let found = outcome::<Deal>(&general(&parts), &keys);
        assert_eq!(found.err().unwrap_or_default(), code, "{parts:?}");
    }
    // What the owner alone must sign is not believed with more.
    let found = outcome::<Offer>(&general(&[&by_owner, &by_service]), &keys);
    assert_eq!(found.unwrap_err(), "jws_signer_set");

    // Any of two: one, and not both, and not twice, and nobody else.
    let [by_owner, by_operator, by_service] =
        [&owner, &operator, &service].map(|key| part(key, Either::TYP));
    for (parts, code) in [
        (vec![&by_owner], ""),
        (vec![&by_operator], ""),
        (vec![&by_service], "jws_kid_unknown"),
        (vec![&by_owner, &by_operator], "jws_signer_set"),
        (vec![&by_owner, &by_owner], "jws_signer_set"),
    ] {
        let found = outcome::<Either>(&general(&parts), &keys);
        assert_eq!(found.err().unwrap_or_default(), code, "{parts:?}");
    }
}

#[test]
fn payloads() {
    let key = generate("op-1", Algorithm::Ed25519);
    let keys = set(&key);
    let long = format!(r#"{{"id":"{}","n":1}}"#, "x".repeat(40 * 1024));
    let too_long = format!(r#"{{"id":"{}","n":1}}"#, "x".repeat(64 * 1024));
    for (payload, code) in [
        (NOTE, ""),
        (r#" { "n" : 41 , "id" : "note-1" } "#, ""),
        (long.as_str(), ""),
        (too_long.as_str(), "json_too_large"),
        ("", "json_syntax"),
        (r#"["note-1",41]"#, "json_array_for_object"),
        (r#"{"id":"note-1"}"#, "json_missing_member"),
        (r#"{"id":"note-1","n":41,"x":1}"#, "json_shape"),
        (r#"{"id":"note-1","n":41,"n":41}"#, "json_duplicate_member"),
        (r#"{"id":"note-1","n":-1}"#, "json_shape"),
        (r#"{"id":"note-1","n":41}{}"#, "json_syntax"),
    ] {
        let jws = flattened(&key, &header(Algorithm::Ed25519, "op-1"), payload);
        let found = note_outcome(&jws, &keys);
        assert_eq!(
            found.err().unwrap_or_default(),
            code,
            "{} octets",
            payload.len()
        );
    }
}

/// A record of one kind is never one of another, whoever signed it.
#[test]
fn another_kind() {
    let key = generate("op-1", Algorithm::Es256);
    let keys = set(&key);
    let sealed = Unsigned::new(OtherNote::new()).sign(&key).unwrap().seal();
    let found = outcome::<Note>(&sealed.to_json(), &bound(&[(Party::Operator, &keys)]));
    assert_eq!(found.unwrap_err(), "jws_typ_mismatch");
}
