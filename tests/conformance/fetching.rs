//! A sink's way to the data: what it makes sure of before it asks, and what it sends (Data Transfer
//! 2.0 §3.1 and §3.2.1).
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a JSON object takes a member by its name, and a test helper that fails fails the test"
)]

use crate::support::{
    consented, decode, link_id, linked, new_key, removal, signed_by_hand, single,
};
use mydata::core::crypto::{Crypto as _, Signer as _};
use mydata::core::id::{ConsentId, DatasetId, PurposeId};
use mydata::core::time::Seconds;
use mydata::keys::PrivateKey;
use mydata::record::consent::{ConsentChange, Validity};
use mydata::service::{Setting, Want};
use mydata::token::claims::TokenText;
use mydata_chosen::Chosen;
use mydata_conformance::World;
use mydata_conformance::world::PairIds;
use serde_json::{Value, json};

/// A JWS taken apart: header, payload.
fn apart(compact: &str) -> [Value; 2] {
    let mut parts = compact.split('.').take(2);
    [(); 2].map(|()| serde_json::from_slice(&decode(parts.next().unwrap()).unwrap()).unwrap())
}

fn compact(envelope: &Value) -> String {
    ["protected", "payload", "signature"]
        .map(|part| envelope[part].as_str().unwrap())
        .join(".")
}

/// The code with which the sink refuses to sign a request, or nothing.
fn prepared(world: &mut World, cr_id: &ConsentId, token: &TokenText) -> Option<&'static str> {
    let prepared = world.prepare(cr_id, token, "care", "src/a");
    prepared.err().map(|refusal| refusal.code())
}

/// DT-05, DT-32 to DT-34, HR-01 to HR-04: what the request carries.
//= DT-05, DT-32, DT-33, DT-59, HR-01, HR-02, HR-03, HR-04, HR-05, HR-06, HR-10 test
#[test]
fn a_request_carries_the_token_and_the_time_and_is_signed() {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    let request = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    assert_eq!(request.url.as_str(), "https://source.example/data/a");
    let proof = request.authorization.strip_prefix("PoP ").unwrap();
    let [header, payload] = apart(proof);
    assert_eq!(
        (&header["kid"], &header["typ"]),
        (&json!("sink-pop"), &json!("pop"))
    );
    assert_eq!(payload["at"], token.as_str());
    assert_eq!(payload["ts"], world.now.seconds());
    assert_eq!(payload["m"], "GET");
    assert_eq!(
        (&payload["u"], &payload["p"]),
        (&json!("source.example"), &json!("/data/a"))
    );
    let (input, signature) = proof.rsplit_once('.').unwrap();
    let signature: [u8; 64] = decode(signature).unwrap().try_into().unwrap();
    let signature = mydata::core::crypto::Signature::from_octets(signature);
    let key = world.sink.pop.public();
    assert!(Chosen.verify(key, input.as_bytes(), &signature));
}

/// DT-01: one token serves many requests while the consent is active.
//= DT-01, DT-25, DT-45 test
#[test]
fn one_token_serves_many_requests() {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    let ask = |world: &mut World| {
        let request = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
        let answer = world.answer(&request.authorization, "/data/a");
        answer
            .granted()
            .map(|grant| grant.dataset().as_str().to_owned())
    };
    for _ in 0..10 {
        assert_eq!(ask(&mut world).unwrap(), "src/a");
        world.wait(20);
    }
    world.change(&ids.source, ConsentChange::Disable).unwrap();
    let denial = ask(&mut world).unwrap_err();
    assert_eq!(denial.wire_code(), "consent_disabled");
}

/// DT-02, DT-27: nothing is signed on a consent that does not stand, and no token is asked for.
//= DT-02, DT-13, DT-26, DT-27 test
#[test]
fn nothing_is_asked_on_a_consent_that_does_not_stand() {
    type Cause = fn(&mut World, &PairIds);
    let causes: [(Cause, &str); 4] = [
        (
            |w, i| drop(w.change(&i.sink, ConsentChange::Disable).unwrap()),
            "consent_disabled",
        ),
        (
            |w, i| drop(w.change(&i.sink, ConsentChange::Withdraw).unwrap()),
            "consent_withdrawn",
        ),
        (|w, _| w.wait(30 * 86_400), "consent_expired"),
        (
            |w, _| {
                let link = link_id(w, "sink");
                w.command(&w.owner_act(), &removal(&link)).unwrap();
            },
            "link_removed",
        ),
    ];
    for (cause, code) in causes {
        let (mut world, ids) = consented();
        let token = world.token(&ids.sink).unwrap();
        let asked = world.sink.service.token_request(&ids.sink, world.now);
        assert_eq!(asked.unwrap().cr_id, ids.sink);
        cause(&mut world, &ids);
        assert_eq!(prepared(&mut world, &ids.sink, &token), Some(code));
        let asked = world.sink.service.token_request(&ids.sink, world.now);
        assert_eq!(asked.unwrap_err().code(), code);
    }
    let mut world = linked();
    let mut choice = world.choice("care", &["src/a"]);
    let (begin, end) = (
        world.now.plus(Seconds::new(10)),
        world.now.plus(Seconds::new(20)),
    );
    choice.validity = Validity::new(Some(begin), Some(end));
    let (command, ids) = world.try_pair(&choice).unwrap();
    world.command(&world.owner_act(), &command).unwrap();
    for (wait, code) in [
        (9, Some("consent_not_yet_valid")),
        (1, None),
        (9, None),
        (1, Some("consent_expired")),
    ] {
        world.wait(wait);
        let asked = world.sink.service.token_request(&ids.sink, world.now);
        assert_eq!(asked.err().map(|refusal| refusal.code()), code);
    }
}

/// DT-03, DT-04, DT-29, DT-30: the purpose and the data are those of the consent; an address cannot
/// even be named.
//= DT-03, DT-04 test
#[test]
fn a_request_stays_within_the_consent() {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    let mut ask = |cr_id: &ConsentId, purpose: &str, dataset: &str| {
        let request = world.prepare(cr_id, &token, purpose, dataset);
        request.err().map(|refusal| refusal.code())
    };
    assert_eq!(ask(&ids.sink, "care", "src/a"), None);
    assert_eq!(
        ask(&ids.sink, "study", "src/a"),
        Some("purpose_not_consented")
    );
    assert_eq!(
        ask(&ids.sink, "care", "src/c"),
        Some("dataset_not_consented")
    );
    assert_eq!(
        ask(&ids.source, "care", "src/a"),
        Some("held_consent_unknown")
    );
    let (command, own) = single(&mut world);
    world.command(&world.owner_act(), &command).unwrap();
    let refused = world.prepare(&own, &token, "own", "own").unwrap_err();
    assert_eq!(refused.code(), "not_a_sink");
    // What cannot stand in a request.
    let (purpose, dataset) = (
        PurposeId::parse("care").unwrap(),
        DatasetId::parse("src/a").unwrap(),
    );
    for (method, query) in [("get", None), ("GET", Some("")), ("GET", Some("a b"))] {
        let mut want = Want::get(&ids.sink, &purpose, &dataset);
        (want.method, want.query) = (method, query);
        let (sink, random) = (&world.sink, &mut world.random);
        let refused = sink
            .service
            .prepare_request(&want, &token, world.now, &sink.pop, random, &Chosen)
            .unwrap_err();
        assert_eq!(refused.code(), "query_invalid");
    }
}

/// A token that the operator's key has signed, with one claim altered.
fn altered(token: &TokenText, claim: &str, value: Value, key: &PrivateKey) -> TokenText {
    let [mut header, mut claims] = apart(token.as_str());
    header["alg"] = json!(key.public().algorithm().name());
    claims[claim] = value;
    TokenText::new(&compact(&signed_by_hand(&header, &claims, key)))
}

/// DT-13, DT-22: a sink sends no token that would be refused: it asks for a new one.
//= DT-13, DT-22 test
#[test]
fn a_token_that_would_be_refused_is_not_sent() {
    let (mut world, ids) = consented();
    let other = world.consent("study", &["src/c"]);
    let token = world.token(&ids.sink).unwrap();
    let theirs = world.token(&other.sink).unwrap();
    assert_eq!(
        prepared(&mut world, &ids.sink, &theirs),
        Some("token_other_consent")
    );
    let now = world.now.seconds();
    let key = crate::support::again(&world.token_key);
    for (claim, value, code) in [
        ("iss", json!("another.example"), "token_other_consent"),
        ("cr_id", json!(ids.sink), "token_other_consent"),
        ("cnf", json!({ "kid": "another" }), "token_not_yours"),
        ("nbf", json!(now + 1), "token_not_now"),
        (
            "aud",
            json!(["https://source.example/data/b"]),
            "token_elsewhere",
        ),
        ("aud", json!("https://source.example/data/a"), "json_shape"),
    ] {
        let token = altered(&token, claim, value, &key);
        assert_eq!(
            prepared(&mut world, &ids.sink, &token),
            Some(code),
            "{claim}"
        );
    }
    let stranger = new_key("operator-tokens");
    let forged = altered(&token, "iat", json!(now), &stranger);
    let code = prepared(&mut world, &ids.sink, &forged).unwrap();
    assert!(code.starts_with("jws_"), "{code}");
    // To the second.
    world.wait(299);
    assert_eq!(prepared(&mut world, &ids.sink, &token), None);
    world.wait(1);
    assert_eq!(
        prepared(&mut world, &ids.sink, &token),
        Some("token_not_now")
    );
    let new = world.token(&ids.sink).unwrap();
    assert_eq!(prepared(&mut world, &ids.sink, &new), None);
}

/// DT-28, DT-44: a service may ask the operator before it goes on, whenever its policy says so, and
/// nothing is doubted for that.
//= DT-28, DT-44, CN-41 test
#[test]
fn the_status_may_be_asked_of_the_operator_at_any_time() {
    let (mut world, ids) = consented();
    for (name, cr_id) in [("source", &ids.source), ("sink", &ids.sink)] {
        let id = world.side(name).service.id().clone();
        let from = world.operator_id.clone();
        let setting = Setting {
            from: &from,
            now: world.now,
            crypto: &Chosen,
        };
        let query = world.side(name).service.status_query(cr_id).unwrap();
        let reply = world.account.introspect(&id, &query).unwrap();
        let service = &mut world.side(name).service;
        let installed = service.catch_up(&reply, setting).unwrap();
        assert_eq!(installed, mydata::service::Installed::Already);
        assert_eq!(service.doubts().count(), 0);
        // By a policy that believes nothing but a fresh answer.
        let now = setting.now;
        assert_eq!(service.doubt_all(now).len(), 2, "stop, and ask");
        let standing = service.standing(cr_id, now).unwrap();
        assert_eq!(standing.code(), "consent_status_unknown");
        let query = service.status_query(cr_id).unwrap();
        let reply = world.account.introspect(&id, &query).unwrap();
        let service = &mut world.side(name).service;
        assert!(service.catch_up(&reply, setting).is_ok());
        let standing = service.standing(cr_id, now).unwrap();
        assert_eq!(standing.code(), "consent_active");
    }
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), [""; 0]);
}
