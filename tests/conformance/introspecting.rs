//! Token introspection in the shape of RFC 7662.
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{change, consented, link_id, new_key, removal};
use mydata::core::id::ServiceId;
use mydata::core::json::{self, Limits};
use mydata::core::jws::Unsigned;
use mydata::operator::{Capacity, Command, Reason};
use mydata::record::consent::ConsentChange;
use mydata::record::standing::Standing;
use mydata::token::claims::TokenText;
use mydata::token::introspection::Introspection;
use mydata_chosen::Chosen;
use mydata_conformance::World;
use mydata_conformance::world::PairIds;
use serde_json::{Value, json};

fn ask(world: &World, service: &str, token: &TokenText) -> Value {
    let service = ServiceId::parse(service).unwrap();
    let account = &world.account;
    let answer = account.introspect_token(&service, token, world.now, &Chosen);
    let octets = json::to_vec(&answer).unwrap();
    let read: Introspection = json::from_slice(&octets, Limits::TOKEN).unwrap();
    assert_eq!(read, answer);
    serde_json::from_slice(&octets).unwrap()
}

fn with_token() -> (World, PairIds, TokenText) {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    (world, ids, token)
}

/// RFC 7662 §2.2 and RFC 7800 §3.4: the members by their registered names, and nobody's name in
/// them but what the token says.
#[test]
fn a_good_token_is_active_with_what_it_says() {
    let (world, ids, token) = with_token();
    let start = mydata_conformance::world::START;
    let payload = token.as_str().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&crate::support::decode(payload).unwrap()).unwrap();
    for service in ["source", "sink"] {
        let answer = ask(&world, service, &token);
        let expected = json!({
            "active": true,
            "token_type": "PoP",
            "iss": "operator.example",
            "cnf": { "kid": "sink-pop" },
            "aud": ["https://source.example/data/a", "https://source.example/data/b"],
            "exp": start + 300,
            "nbf": start,
            "iat": start,
            "jti": claims.get("jti").unwrap(),
            "cr_id": ids.source.as_str(),
        });
        assert_eq!(answer, expected, "{service}");
    }
}

/// Of anything that is not good now it says two words, and the same two for every reason.
#[test]
fn a_token_that_is_not_good_is_inactive_and_nothing_else() {
    type Spoil = fn(&mut World, &PairIds);
    let nothing: Spoil = |_, _| {};
    let spoils: [(&str, Spoil); 9] = [
        ("expired", |world, _| world.wait(300)),
        ("not yet", |world, _| {
            world.now = world.now.minus(mydata::core::time::Seconds::new(1));
        }),
        ("paused", |world, ids| {
            world.change(&ids.sink, ConsentChange::Disable).unwrap();
        }),
        ("source's half paused", |world, ids| {
            let pause = change(&ids.source, ConsentChange::Disable, Reason::LegalOrder);
            let operator = world.act(Capacity::Operator);
            world.command(&operator, &pause).unwrap();
        }),
        ("withdrawn", |world, ids| {
            world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
        }),
        ("source's link removed", |world, _| {
            let link = link_id(world, "source");
            world.command(&world.owner_act(), &removal(&link)).unwrap();
        }),
        ("sink's link removed", |world, _| {
            let link = link_id(world, "sink");
            world.command(&world.owner_act(), &removal(&link)).unwrap();
        }),
        // The operator has lost its key, and so could not end the source's half (D18).
        ("sink's link removed by the owner alone", |world, ids| {
            world.status_key = new_key("operator-status-2");
            let link_id = link_id(world, "sink");
            let draft = world.with_env(|account, env| account.draft_removal(&link_id, env));
            let signed = Some(world.by_owner(&draft.unwrap()));
            let command = Command::RemoveLink { link_id, signed };
            world.command(&world.owner_act(), &command).unwrap();
            let source = world.account.standing(&ids.source, world.now);
            assert_eq!(source, Some(Standing::Active));
        }),
        ("modified", |world, ids| {
            let choice = world.choice("care", &["src/a"]);
            let (command, _) = world.try_modification(&ids.sink, &choice).unwrap();
            world.command(&world.owner_act(), &command).unwrap();
        }),
    ];
    for (why, spoil) in spoils.into_iter().chain([("", nothing)]) {
        let (mut world, ids, token) = with_token();
        spoil(&mut world, &ids);
        for service in ["source", "sink"] {
            let answer = ask(&world, service, &token);
            let is_active = answer != json!({ "active": false });
            assert_eq!(is_active, why.is_empty(), "{why}");
        }
    }
}

/// Forged, altered, somebody else's, or no token at all.
#[test]
fn what_the_operator_has_not_issued_is_inactive() {
    let (world, _, token) = with_token();
    let inactive = json!({ "active": false });
    let claims = token.sealed().unwrap().open().unwrap();
    let set = mydata::core::jwk::KeySet::from(
        mydata::core::crypto::Signer::public(&world.token_key).clone(),
    );
    let claims = claims.verify(&Chosen, &world.operator_keys(&set)).unwrap();
    // The very claims, signed by others under the operator's key id, or with its other key.
    for forger in [
        &new_key("operator-tokens"),
        &world.status_key,
        &world.sink.key,
    ] {
        let forged = Unsigned::new((*claims).clone()).sign(forger).unwrap();
        assert_eq!(ask(&world, "source", &TokenText::from(forged)), inactive);
    }
    for text in ["", "a.b.c", "not a token", "{}"] {
        assert_eq!(
            ask(&world, "source", &TokenText::new(text)),
            inactive,
            "{text}"
        );
    }
    let mut altered = token.as_str().to_owned();
    altered.push('A');
    assert_eq!(ask(&world, "source", &TokenText::new(&altered)), inactive);
    // A service that is neither the token's source nor its sink learns nothing of it.
    assert_eq!(ask(&world, "another", &token), inactive);
    // In another account the consent does not exist.
    assert_eq!(ask(&World::consented().0, "source", &token), inactive);
}

/// The reader of an answer: inactive says nothing more, and active says all of it.
#[test]
fn an_answer_is_read_strictly() {
    let (world, _, token) = with_token();
    let answer = ask(&world, "source", &token);
    let read = |value: &Value| {
        json::from_slice::<Introspection>(value.to_string().as_bytes(), Limits::TOKEN).ok()
    };
    assert!(read(&answer).is_some_and(|answer| answer.is_active()));
    for member in answer.as_object().unwrap().keys() {
        let mut less = answer.clone();
        less.as_object_mut().unwrap().remove(member);
        assert_eq!(read(&less), None, "{member}");
    }
    let mut inactive = answer.clone();
    *inactive.get_mut("active").unwrap() = json!(false);
    assert_eq!(read(&inactive), Some(Introspection::Inactive));
    let mut bearer = answer.clone();
    *bearer.get_mut("token_type").unwrap() = json!("Bearer");
    assert_eq!(read(&bearer), None);
    let mut more = answer.clone();
    more.as_object_mut()
        .unwrap()
        .insert("scope".to_owned(), json!("x"));
    assert_eq!(read(&more), read(&answer));
    assert!(!format!("{:?}", read(&answer)).contains("sink-pop"));
}
