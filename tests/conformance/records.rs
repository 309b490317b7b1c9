//! What a record must say, and how it must be signed: the members and headers of link records, of
//! consents and of their status, one by one (Service Linking 2.0 §4, Consenting 2.0 §4).
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a JSON object takes a member by its name, and a test helper that fails fails the test"
)]

use crate::support::{
    decode, encode, envelope, fork, from_json, header_of, invite, link_id, linked, new_key,
    offered, pair_for, payload_of, signed_by_hand, single, to_json, undelivered, unheard,
};
use mydata::core::crypto::Signer as _;
use mydata::keys::PrivateKey;
use mydata::record::message::ToService;
use mydata::service::{Service, Setting};
use mydata_chosen::Chosen;
use mydata_conformance::World;
use serde_json::{Value, json};

fn jwk(key: &PrivateKey) -> Value {
    serde_json::from_str(&key.public().to_jwk()).unwrap()
}

/// A key without its id.
fn nameless(key: &PrivateKey) -> Value {
    let mut jwk = jwk(key);
    jwk.as_object_mut().unwrap().remove("kid").unwrap();
    jwk
}

/// A linking in which the owner has signed and the service has not, and the message to the service.
fn proposed() -> (World, Value) {
    let mut world = World::new();
    let code = invite(&mut world, "source");
    let offer = offered(&mut world, "source");
    world.command(&world.service_act("source"), &offer).unwrap();
    world.propose(&code);
    let octets = world.source.received.last().unwrap();
    let message = serde_json::from_slice(octets).unwrap();
    (world, message)
}

/// What the service says when it is to sign.
fn countersign(world: &World, message: &Value) -> Result<(), &'static str> {
    let mut world = fork(world);
    let ToService::LinkProposal(delivery) = from_json(message) else {
        panic!("not a proposal")
    };
    let from = world.operator_id.clone();
    let setting = Setting {
        from: &from,
        now: world.now,
        crypto: &Chosen,
    };
    let side = &mut world.source;
    let signed = side.service.countersign(&delivery, &side.key, setting);
    signed.map(drop).map_err(|refusal| refusal.code())
}

/// SL-39, SL-41, SL-44 to SL-47: members of a link record that are not what they must be.
//= SL-39, SL-41, SL-44, SL-45, SL-46, SL-47, FW-04 test
#[test]
fn a_link_record_with_a_wrong_member_is_not_countersigned() {
    let (world, message) = proposed();
    assert_eq!(countersign(&world, &message), Ok(()));
    let record = payload_of(&message["link_proposal"]["slr"]);
    let mut private = jwk(&world.owner);
    private["d"] = private["x"].clone();
    let iat = world.now.seconds();
    for (member, value) in [
        ("version", json!("1.3")),
        ("version", json!(2.0)),
        ("operator_id", json!("")),
        ("service_id", json!("")),
        ("link_id", json!("NULL")),
        ("operator_key", nameless(&world.status_key)),
        ("operator_key", json!({ "jwk": jwk(&world.status_key) })),
        ("cr_keys", json!({ "keys": [] })),
        ("cr_keys", json!({ "keys": [nameless(&world.owner)] })),
        (
            "cr_keys",
            json!({ "keys": [jwk(&world.owner), nameless(&new_key("owner-2"))] }),
        ),
        ("cr_keys", json!({ "keys": [private] })),
        ("cr_keys", json!([jwk(&world.owner)])),
        ("iat", json!(iat.to_string())),
        ("iat", json!(iat as f64 + 0.5)),
    ] {
        let mut altered = record.clone();
        altered[member] = value.clone();
        let mut forged = message.clone();
        forged["link_proposal"]["slr"] = envelope(&altered, "mydata-slr+json", &world.owner);
        let code = countersign(&world, &forged).unwrap_err();
        assert!(code.starts_with("json_"), "{member} {value}: {code}");
    }
    for member in record.as_object().unwrap().keys() {
        let mut lacking = record.clone();
        lacking.as_object_mut().unwrap().remove(member).unwrap();
        let mut forged = message.clone();
        forged["link_proposal"]["slr"] = envelope(&lacking, "mydata-slr+json", &world.owner);
        let code = countersign(&world, &forged);
        assert_eq!(code, Err("json_missing_member"), "{member}");
    }
}

/// The octets of a link, and a service that has lost its own.
fn lost() -> (World, Value) {
    let mut world = World::new();
    world.link("source");
    let octets = world.source.received.last().unwrap();
    let message = serde_json::from_slice(octets).unwrap();
    let keys = world.source.registered.keys.clone();
    let id = world.source.service.id().clone();
    world.source.service = Service::new(id, keys, world.known_operator());
    (world, message)
}

/// One payload under several signatures.
fn together(envelopes: &[Value]) -> Value {
    let signatures: Vec<Value> = envelopes
        .iter()
        .map(|e| json!({ "protected": e["protected"], "signature": e["signature"] }))
        .collect();
    json!({ "payload": envelopes[0]["payload"], "signatures": signatures })
}

/// SL-48, SL-49: two signatures, each with the id of its own key.
//= SL-48, SL-49 test
#[test]
fn both_signatures_of_a_link_record_name_their_key() {
    let (mut world, message) = lost();
    let record = payload_of(&message["link"]["slr"]);
    let header = |key: &PrivateKey, kid: Option<&str>| {
        let mut header =
            json!({ "alg": key.public().algorithm().name(), "typ": "mydata-slr+json" });
        if let Some(kid) = kid {
            header["kid"] = json!(kid);
        }
        header
    };
    let (owner, service) = (&world.owner, &world.source.key);
    let sign = |key, kid| signed_by_hand(&header(key, kid), &record, key);
    let good = (
        sign(owner, Some("owner-1")),
        sign(service, Some("source-1")),
    );
    let cases = [
        ([sign(owner, None), good.1.clone()], "jws_kid_missing"),
        ([good.0.clone(), sign(service, None)], "jws_kid_missing"),
        (
            [sign(owner, Some("owner-9")), good.1.clone()],
            "jws_kid_unknown",
        ),
        (
            [good.0.clone(), sign(service, Some("source-9"))],
            "jws_kid_unknown",
        ),
        ([good.0.clone(), good.0.clone()], "jws_signer_set"),
        ([good.1.clone(), good.1.clone()], "jws_signer_set"),
        // With the id of the other one.
        (
            [sign(owner, Some("source-1")), good.1.clone()],
            "jws_alg_mismatch",
        ),
    ];
    let mut forged = message.clone();
    for (pair, code) in cases {
        forged["link"]["slr"] = together(&pair);
        let found = unheard(&mut world, "source", &from_json(&forged));
        assert_eq!(found, code);
    }
    forged["link"]["slr"] = together(&[good.1, good.0]);
    assert!(crate::support::hand(&mut world, "source", &from_json(&forged)).is_ok());
}

/// SL-06: a link record and its status are refused when one octet is another.
//= SL-06 test
#[test]
fn a_flipped_octet_of_a_link_is_found() {
    let (mut world, message) = lost();
    let parts = [
        "/link/slr/payload",
        "/link/slr/signatures/0/protected",
        "/link/slr/signatures/0/signature",
        "/link/slr/signatures/1/protected",
        "/link/slr/signatures/1/signature",
        "/link/ssr/payload",
        "/link/ssr/protected",
        "/link/ssr/signature",
    ];
    for part in parts {
        let octets = decode(message.pointer(part).unwrap().as_str().unwrap()).unwrap();
        for at in (0..octets.len()).step_by(7) {
            let mut flipped = octets.clone();
            flipped[at] ^= 0b0000_0100;
            let mut forged = message.clone();
            *forged.pointer_mut(part).unwrap() = json!(encode(&flipped));
            let code = unheard(&mut world, "source", &from_json(&forged));
            let of_claim = ["service_other", "operator_other"].contains(&code);
            let is_found = code.starts_with("jws_") || code.starts_with("json_") || of_claim;
            assert!(is_found, "{part} {at}: {code}");
        }
    }
}

/// SL-07, SL-50 to SL-52, SL-55: a link's status with a wrong member or header.
//= SL-07, SL-50, SL-51, SL-52, SL-53, SL-55 test
#[test]
fn a_link_status_with_a_wrong_member_or_header_is_refused() {
    let mut world = linked();
    let link = link_id(&world, "source");
    let draft = world.with_env(|account, env| account.draft_removal(&link, env));
    let status = serde_json::to_value(draft.unwrap().value()).unwrap();
    let first = world.account.link(&link).unwrap().chain.latest().clone();
    let typ = "mydata-ssr+json";
    let message = |ssr: Value| json!({ "link_status": { "ssr": ssr } });
    for (member, value, code) in [
        ("version", json!("1.3"), "json_shape"),
        ("sl_status", json!("Disabled"), "json_shape"),
        ("sl_status", json!("removed"), "json_shape"),
        ("sl_status", json!({ "Removed": null }), "json_shape"),
        ("sl_status", json!({}), "json_shape"),
        ("sl_status", json!(["Removed"]), "json_shape"),
        ("sl_status", json!(1), "json_shape"),
        ("sl_status", json!(null), "json_shape"),
        ("sl_status", json!("Active"), "chain_transition_not_allowed"),
        ("iat", json!("1"), "json_shape"),
        ("slr_id", json!("another"), "held_link_unknown"),
        ("surrogate_id", json!("another"), "chain_other_surrogate"),
        (
            "record_id",
            json!(first.record_id),
            "chain_record_id_reused",
        ),
        ("prev_record_id", json!("another"), "chain_gap"),
        ("prev_record_id", json!("NULL"), "chain_fork"),
        ("prev_record_id", json!(null), "json_shape"),
    ] {
        let mut altered = status.clone();
        altered[member] = value;
        let forged = message(envelope(&altered, typ, &world.owner));
        let found = unheard(&mut world, "source", &from_json(&forged));
        assert_eq!(found, code, "{member}");
    }
    let good = header_of(&envelope(&status, typ, &world.owner));
    for (kid, code) in [
        (None, "jws_kid_missing"),
        (Some("owner-9"), "jws_kid_unknown"),
    ] {
        let mut header = good.clone();
        match kid {
            Some(kid) => header["kid"] = json!(kid),
            None => drop(header.as_object_mut().unwrap().remove("kid").unwrap()),
        }
        let forged = message(signed_by_hand(&header, &status, &world.owner));
        assert_eq!(unheard(&mut world, "source", &from_json(&forged)), code);
    }
    let signed = message(envelope(&status, typ, &world.owner));
    assert!(crate::support::hand(&mut world, "source", &from_json(&signed)).is_ok());
}

/// The three messages with a new consent, as JSON, and to whom they go.
fn consents() -> (World, [(&'static str, Value); 3]) {
    let mut world = linked();
    let owner = world.owner_act();
    let (pair, _) = pair_for(&mut world, "care", &["src/a"]);
    let pair = undelivered(&mut world, &owner, &pair);
    let (own, _) = single(&mut world);
    let own = undelivered(&mut world, &owner, &own);
    let [source, sink] = pair.as_slice() else {
        panic!("not two messages")
    };
    let [own] = own.as_slice() else {
        panic!("not one message")
    };
    let messages = [
        ("source", to_json(&source.message)),
        ("sink", to_json(&sink.message)),
        ("sink", to_json(&own.message)),
    ];
    (world, messages)
}

/// CN-65, CN-68, CN-73, CN-77, CN-80, CN-81, CN-84, CN-85, CN-87, CN-90: members of the consents that
/// are not what they must be.
//= CN-65, CN-68, CN-73, CN-77, CN-80, CN-81, CN-84, CN-85, CN-87, FW-04 test
#[test]
fn a_consent_with_a_wrong_member_is_refused() {
    let (mut world, [source, sink, own]) = consents();
    let common = [
        ("version", json!("1.3")),
        ("iat", json!("1736236800")),
        ("iat", json!(1.5)),
        ("nbf", json!("1736236800")),
        ("cr_id", json!("NULL")),
        ("role", json!("Broker")),
        ("consent_proposal", json!("https://operator.example/p")),
    ];
    let no_data = json!({ "resource_set": { "rs_id": "rs", "dataset": [] } });
    let mut cases = Vec::new();
    for (member, value) in common.into_iter().chain([("rs_description", no_data)]) {
        cases.push((&source, format!("/common_part/{member}"), value.clone()));
        cases.push((&sink, format!("/common_part/{member}"), value.clone()));
        cases.push((&own, format!("/{member}"), value));
    }
    let role = "/common_part/role".to_owned();
    cases.push((&source, role.clone(), json!("Sink")));
    cases.push((&sink, role, json!("Source")));
    cases.push((&own, "/role".to_owned(), json!("Source")));
    let part = |name: &str| format!("/role_specific_part/{name}");
    let (pop, issuer) = (nameless(&world.sink.pop), nameless(&world.token_key));
    cases.push((&source, part("pop_key"), pop));
    cases.push((&source, part("token_issuer_key"), issuer));
    let rule =
        |purpose: &str, datasets: &[&str]| json!({ "purposeId": purpose, "datasets": datasets });
    for rules in [
        json!([]),
        json!(["care"]),
        json!([rule("care", &[])]),
        json!([rule("care", &["src/b"])]),
        json!([rule("care", &["src/a"]), rule("care", &["src/a"])]),
    ] {
        cases.push((&sink, part("usage_rules"), rules.clone()));
        cases.push((&own, "/usage_rules".to_owned(), rules));
    }
    for ((to, message), path, value) in cases {
        let mut forged = message.clone();
        let (_, delivery) = forged.as_object_mut().unwrap().iter_mut().next().unwrap();
        let record = delivery["cr"].clone();
        let typ = header_of(&record)["typ"].as_str().unwrap().to_owned();
        let mut payload = payload_of(&record);
        *payload.pointer_mut(&path).unwrap_or(&mut json!(null)) = value.clone();
        if payload == payload_of(&record) {
            // An optional member that was not there.
            let (parent, name) = path.rsplit_once('/').unwrap();
            payload.pointer_mut(parent).unwrap()[name] = value;
        }
        delivery["cr"] = envelope(&payload, &typ, &world.owner);
        let code = unheard(&mut world, to, &from_json(&forged));
        assert!(code.starts_with("json_"), "{typ}{path}: {code}");
    }
}

/// CN-78, CN-79, CN-88, CN-89, CN-94, CN-95: all three consents, and the first status of each, are
/// signed by the owner, with the id of the owner's key in the header.
//= CN-78, CN-79, CN-88, CN-89, CN-94, CN-95 test
#[test]
fn a_consent_is_signed_by_the_owner_and_names_the_key() {
    let (mut world, messages) = consents();
    let strangers = [new_key("owner-9"), new_key("source-1"), new_key("sink-1")];
    for (to, message) in messages {
        for member in ["cr", "csr"] {
            let (_, delivery) = message.as_object().unwrap().iter().next().unwrap();
            let record = &delivery[member];
            let (payload, good) = (payload_of(record), header_of(record));
            assert_eq!(good["kid"], world.owner.public().kid().as_str());
            let mut nameless = good.clone();
            nameless.as_object_mut().unwrap().remove("kid").unwrap();
            let mut other = good.clone();
            other["kid"] = json!("owner-9");
            let typ = good["typ"].as_str().unwrap();
            let mut cases = vec![
                (
                    signed_by_hand(&nameless, &payload, &world.owner),
                    "jws_kid_missing",
                ),
                (
                    signed_by_hand(&other, &payload, &world.owner),
                    "jws_kid_unknown",
                ),
            ];
            let by_others = strangers.iter().map(|key| envelope(&payload, typ, key));
            cases.extend(by_others.map(|forged| (forged, "jws_kid_unknown")));
            for (forged, code) in cases {
                let mut message = message.clone();
                let (_, delivery) = message.as_object_mut().unwrap().iter_mut().next().unwrap();
                delivery[member] = forged;
                let found = unheard(&mut world, to, &from_json(&message));
                assert_eq!(found, code, "{typ}");
            }
        }
        assert!(crate::support::hand(&mut world, to, &from_json(&message)).is_ok());
    }
}

/// CN-84, CN-85, CN-86: keys stand in the source's record and nowhere else, and the pair's id in the
/// sink's.
//= CN-84, CN-85, CN-86 test
#[test]
fn only_the_sources_record_has_keys() {
    let (world, messages) = consents();
    let [source, sink, own] = messages.map(|(_, message)| {
        let (_, delivery) = message.as_object().unwrap().iter().next().unwrap();
        payload_of(&delivery["cr"])
    });
    let part = &source["role_specific_part"];
    assert_eq!(part["pop_key"], jwk(&world.sink.pop));
    assert_eq!(part["token_issuer_key"], jwk(&world.token_key));
    assert_eq!(part.as_object().unwrap().len(), 2);
    let other = &sink["role_specific_part"];
    assert_eq!(other["source_cr_id"], source["common_part"]["cr_id"]);
    assert_eq!(other.as_object().unwrap().len(), 2, "and the rules");
    for record in [&sink, &own] {
        let text = record.to_string();
        assert!(!text.contains("pop_key") && !text.contains("token_issuer_key"));
    }
}
