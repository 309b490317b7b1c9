//! Keys over time: rotation with overlap, and retired keys, which verify what was signed in their time
//! and nothing later.
#![expect(
    clippy::unwrap_used,
    clippy::unreachable,
    reason = "a test helper that fails fails the test"
)]

use crate::receipts_signed::Issued;
use crate::support::{
    arrive, change, consented, hand, linked, new_key, offered, operator_act, refused, undelivered,
};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{KeyId, ServiceId};
use mydata::core::jwk::{KeyHistory, KeyLife, KeySet, PublicKey};
use mydata::core::jws::{Sealed, Unsigned};
use mydata::core::party::{Party, PartyKeys};
use mydata::core::time::{Seconds, Timestamp};
use mydata::operator::{Capacity, Command, Reason, Registered};
use mydata::receipt::signed::{SignedReceipt, Trust};
use mydata::record::consent::ConsentChange;
use mydata::service::{KnownOperator, Service};
use mydata_chosen::Chosen;
use mydata_conformance::World;
use proptest::prelude::*;
use std::sync::Arc;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

fn key(kid: &str) -> PublicKey {
    new_key(kid).public().clone()
}

fn set(keys: &[&PublicKey]) -> KeySet {
    KeySet::new(keys.iter().copied().cloned().collect()).unwrap()
}

fn kids(history: &KeyHistory, time: u64) -> Vec<&str> {
    let keys = history.at(at(time));
    keys.map(|key| key.kid().as_str()).collect()
}

/// The key signs from one moment on and up to another.
fn life(key: &PublicKey, from: Timestamp, retired_at: Option<Timestamp>) -> KeyHistory {
    let key = key.clone();
    KeyHistory::new(vec![KeyLife {
        key,
        from,
        retired_at,
    }])
    .unwrap()
}

#[test]
fn a_rotation_overlaps() {
    let (one, two) = (key("k-1"), key("k-2"));
    let mut history = KeyHistory::begin(&set(&[&one]), at(100));
    history.rotate(&set(&[&one, &two]), at(200)).unwrap();
    history.rotate(&set(&[&two]), at(300)).unwrap();
    assert!(kids(&history, 99).is_empty() && history.set_at(at(99)).is_none());
    assert_eq!(kids(&history, 100), ["k-1"]);
    assert_eq!(kids(&history, 199), ["k-1"]);
    assert_eq!(kids(&history, 200), ["k-1", "k-2"]);
    assert_eq!(kids(&history, 299), ["k-1", "k-2"]);
    assert_eq!(kids(&history, 300), ["k-2"]);
    assert_eq!(history.set_at(at(1 << 32)), Some(set(&[&two])));
    assert_eq!(history.keys().count(), 2);
    assert_eq!(history.only(&one).unwrap().keys().count(), 1);
    assert_eq!(history.only(&key("k-1")), None, "an id is no key");
}

#[test]
fn a_history_refuses() {
    let (one, two) = (key("k-1"), key("k-2"));
    let renamed = match one.material() {
        mydata::core::jwk::KeyMaterial::Ed25519(point) => {
            PublicKey::ed25519(KeyId::parse("k-9").unwrap(), *point).unwrap()
        }
        mydata::core::jwk::KeyMaterial::P256 { .. } => return,
    };
    let mut history = KeyHistory::begin(&set(&[&one]), at(100));
    history.rotate(&set(&[&two]), at(200)).unwrap();
    for (keys, time, code) in [
        (set(&[&one]), 300, "key_retired"),
        (set(&[&one, &two]), 300, "key_retired"),
        (set(&[&renamed]), 300, "key_duplicate_key"),
        (set(&[&key("k-1")]), 300, "key_duplicate_kid"),
        (set(&[&key("k-3")]), 199, "key_life"),
    ] {
        let before = history.clone();
        let refusal = history.rotate(&keys, at(time)).unwrap_err();
        assert_eq!(refusal.code(), code);
        assert_eq!(history, before);
    }
    assert_eq!(
        KeyHistory::new(Vec::new()).unwrap_err().code(),
        "key_set_empty"
    );
    let many = |count: u32| {
        let key = |at: u32| {
            let mut x = [0; 32];
            x[..4].copy_from_slice(&at.to_be_bytes());
            PublicKey::p256(KeyId::parse(&format!("k-{at}")).unwrap(), x, x)
        };
        let lives = (0..count).map(|n| KeyLife {
            key: key(n),
            from: at(0),
            retired_at: None,
        });
        KeyHistory::new(lives.collect()).map_err(|refusal| refusal.code())
    };
    assert_eq!(many(1025), Err("key_history_too_large"));
    // In force there are then more than a set holds: nothing is in force rather than a part.
    assert_eq!(many(65).unwrap().set_at(at(1)), None);
    assert!(many(64).unwrap().set_at(at(1)).is_some());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is rotated: what signs is what was set last, and nothing that was retired comes back.
    #[test]
    fn what_was_set_last_signs(steps in prop::collection::vec((1..50_u64, prop::collection::vec(0..8_usize, 1..4)), 1..8)) {
        let keys: Vec<PublicKey> = (0..8).map(|n| key(&format!("k-{n}"))).collect();
        let mut time = 1000;
        let mut present = vec![0];
        let mut history = KeyHistory::begin(&set(&[&keys[0]]), at(time));
        let mut told: Vec<(u64, Vec<usize>)> = vec![(time, present.clone())];
        for (later, mut next) in steps {
            next.sort_unstable();
            next.dedup();
            time += later;
            let chosen: Vec<&PublicKey> = next.iter().map(|n| &keys[*n]).collect();
            let comes_back = next.iter().any(|n| !present.contains(n) && told.iter().any(|(_, set)| set.contains(n)));
            prop_assert_eq!(history.rotate(&set(&chosen), at(time)).is_err(), comes_back);
            if !comes_back {
                present = next;
                told.push((time, present.clone()));
            }
        }
        for moment in 990..time + 10 {
            let expected = told.iter().rev().find(|(from, _)| *from <= moment);
            let mut seen: Vec<String> = kids(&history, moment).iter().map(|kid| (*kid).to_owned()).collect();
            seen.sort();
            let expected: Vec<String> = expected.into_iter().flat_map(|(_, set)| set).map(|n| format!("k-{n}")).collect();
            prop_assert_eq!(seen, expected);
        }
    }
}

/// The operator as its services know it, its status key with a life.
fn known(world: &World, status: KeyHistory) -> KnownOperator {
    let tokens = world.token_key.public().clone();
    KnownOperator::new(world.operator_id.clone(), status, tokens).unwrap()
}

/// A record of the operator's is held against the life of its key at the time that it states.
#[test]
fn a_retired_status_key_signs_nothing_more() {
    let (mut world, ids) = consented();
    let end = world.now.plus(Seconds::new(100));
    let operator = |world: &World| {
        let status = life(world.status_key.public(), Timestamp::EPOCH, Some(end));
        known(world, status)
    };
    let now = operator(&world);
    world.source.service.know(now.clone());
    world.sink.service.know(now);
    world.wait(99);
    let pause = ConsentChange::Disable;
    world
        .operator_change(&ids.source, pause, Reason::SuspectedMisuse)
        .unwrap();
    let received = world.source.received.clone();
    let chain = |service: &Service| service.consent(&ids.source).unwrap().chain.clone();
    let then = chain(&world.source.service);

    // One second later the same key says nothing.
    world.wait(1);
    let resume = change(
        &ids.source,
        ConsentChange::Reactivate,
        Reason::SuspectedMisuse,
    );
    let act = operator_act(&world);
    let late = undelivered(&mut world, &act, &resume).remove(0);
    let refusal = hand(&mut world, "source", &late.message).unwrap_err();
    assert_eq!(refusal.code(), "jws_key_not_in_force");
    assert_eq!(chain(&world.source.service), then);

    // What was signed in its time is good for good: the service from its records, years later.
    world.wait(100_000_000);
    let id = world.source.service.id().clone();
    let own = world.source.key.public().clone();
    world.source.service = Service::new(id, own, vec![operator(&world)]);
    let mut installed = 0;
    for octets in received {
        // A linking that is over is not begun again.
        installed += usize::from(world.post("source", &octets).is_ok());
    }
    assert!(installed > 0);
    assert_eq!(chain(&world.source.service), then);
}

/// A link begins with a key that signs now: neither with one that is retired, nor with one that is to
/// come.
#[test]
fn a_link_begins_with_a_key_in_force() {
    let long = Seconds::days(1);
    for (from, end, code) in [
        (-1, 1, None),
        (-2, -1, Some("operator_key_not_in_force")),
        (0, 1, None),
        (-1, 0, Some("operator_key_not_in_force")),
        (1, 2, Some("operator_key_not_in_force")),
    ] {
        let mut world = World::new();
        let moment = |days: i8| match days {
            -2 => world.now.minus(long).minus(long),
            -1 => world.now.minus(long),
            0 => world.now,
            1 => world.now.plus(long),
            _ => world.now.plus(long).plus(long),
        };
        let status = life(world.status_key.public(), moment(from), Some(moment(end)));
        let operator = known(&world, status);
        world.source.service.know(operator);
        let linking = arrive(&mut world, "source");
        let offer = offered(&mut world, "source");
        world.command(&world.service_act("source"), &offer).unwrap();
        world.propose(&linking);
        let Some(mydata::service::Effect::Countersign(delivery)) = world.source.effects.pop()
        else {
            unreachable!("nothing to countersign");
        };
        let setting = mydata::service::Setting {
            from: &world.operator_id,
            now: world.now,
            crypto: &Chosen,
        };
        let key = &world.source.key;
        let signed = world.source.service.countersign(&delivery, key, setting);
        assert_eq!(
            signed.err().map(|refusal| refusal.code()),
            code,
            "{from} {end}"
        );
    }
}

/// Status keys and token keys are apart, whatever their time.
#[test]
fn an_operators_keys_have_one_role() {
    let (one, two) = (key("k-1"), key("k-2"));
    let id = World::new().operator_id;
    let mut status = KeyHistory::begin(&set(&[&one]), at(100));
    status.rotate(&set(&[&two]), at(200)).unwrap();
    for tokens in [&one, &two, &key("k-1")] {
        let refused = KnownOperator::new(id.clone(), status.clone(), tokens.clone());
        assert_eq!(refused.unwrap_err().code(), "keys_overlap");
    }
    assert!(KnownOperator::new(id, status, key("k-3")).is_ok());
}

/// A token is held against the life of the operator's token key.
#[test]
fn a_token_is_of_its_keys_time() {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    let code = |world: &mut World, retired_at: u32| {
        let end = world.now.plus(Seconds::new(retired_at));
        let tokens = life(world.token_key.public(), Timestamp::EPOCH, Some(end));
        let status = world.status_key.public().clone();
        let operator = KnownOperator::new(world.operator_id.clone(), status, tokens).unwrap();
        world.sink.service.know(operator);
        let prepared = world.prepare(&ids.sink, &token, "care", "src/a");
        prepared.err().map(|refusal| refusal.code())
    };
    assert_eq!(code(&mut world, 1), None);
    assert_eq!(code(&mut world, 0), Some("jws_key_not_in_force"));
}

/// A service that has rotated: what it signed before verifies, and what comes now must be signed with a
/// key of now, whatever time it states.
#[test]
fn a_service_rotates_its_key() {
    let mut world = linked();
    world.subscribe(&["news"]).unwrap();
    let description = world.sink.registered.description.clone();
    let mut keys = KeyHistory::from(world.sink.key.public().clone());
    let new = new_key("sink-2");
    let overlap = set(&[world.sink.key.public(), new.public()]);
    keys.rotate(&overlap, world.now).unwrap();
    keys.rotate(&set(&[new.public()]), world.now.plus(Seconds::new(60)))
        .unwrap();
    let push = world.notification(&["news"]).unwrap();
    world.sink.registered = Arc::new(Registered::new(description, keys.clone()));
    // In the overlap the old key is good.
    let told = world.told(&push);
    assert!(world.try_decide(&world.service_act("sink"), &told).is_ok());
    // After it the record is still verified, and no news any more.
    world.wait(60);
    let told = world.told(&push);
    let sink = Capacity::Service(ServiceId::parse("sink").unwrap());
    assert_eq!(refused(&mut world, sink, &told), "key_not_bound");
    // What the old key signs now is nothing at all.
    let late = world.notification(&["news"]).unwrap();
    let mydata::record::notification::PushedNotification::Signed(sealed) = late.notification else {
        unreachable!("not signed");
    };
    let bound = PartyKeys::none().with_history(Party::Service, &keys);
    let fault = sealed.open().unwrap().verify(&Chosen, &bound).unwrap_err();
    assert_eq!(fault.code(), "jws_key_not_in_force");
    // A linking takes the keys of its moment.
    let mut other = World::new();
    other.sink.registered = Arc::new(Registered::new(
        other.sink.registered.description.clone(),
        life(other.sink.key.public(), Timestamp::EPOCH, Some(other.now)),
    ));
    let start = Command::StartLinking {
        service: Arc::clone(&other.sink.registered),
        surrogate_id: None,
    };
    assert_eq!(
        refused(&mut other, Capacity::Owner, &start),
        "key_not_bound"
    );
}

/// A receipt and the link in it are good as long as their keys were when they were signed.
#[test]
fn a_receipt_outlives_its_keys() {
    let issued = Issued::pair();
    let sealed = Unsigned::new(issued.payload.clone())
        .sign(&issued.key)
        .unwrap()
        .seal();
    let sealed = Sealed::<SignedReceipt>::from_json(sealed.to_json().as_bytes()).unwrap();
    let (_, link) = issued.world.account.links().next().unwrap();
    let (issue, linked) = (issued.payload.receipt.issued, link.record.iat);
    let code = |desk_end: Timestamp, service_end: Timestamp| {
        let trust = Trust {
            operator: &|_| Some(life(issued.key.public(), Timestamp::EPOCH, Some(desk_end))),
            service: &|id| {
                let keys = issued.service(id)?;
                let key = keys.keys().next()?.clone();
                Some(life(&key, Timestamp::EPOCH, Some(service_end)))
            },
            crypto: &Chosen,
        };
        SignedReceipt::verify(&sealed, &trust)
            .err()
            .map(|fault| fault.code())
    };
    let second = Seconds::new(1);
    assert_eq!(code(issue.plus(second), linked.plus(second)), None);
    assert_eq!(
        code(issue, linked.plus(second)),
        Some("jws_key_not_in_force")
    );
    assert_eq!(
        code(issue.plus(second), linked),
        Some("jws_key_not_in_force")
    );
}

/// A record that states no time is as good as its key is now; every record of the protocol but a data
/// request states one.
#[test]
fn a_record_without_a_time() {
    let no_time = || None;
    let one = key("k-1");
    let lives = [
        (KeyHistory::from(one.clone()), true),
        (life(&one, at(100), None), true),
        (life(&one, at(100), Some(at(200))), false),
    ];
    for (history, good) in &lives {
        let bound = PartyKeys::none().with_history(Party::Sink, history);
        assert_eq!(bound.admits(Party::Sink, &one, no_time), *good);
        assert_eq!(bound.get(Party::Sink, one.kid()), Some(&one));
    }
}
