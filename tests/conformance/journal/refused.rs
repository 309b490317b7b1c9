//! What a journal does not take.

use super::{Trusting, kept_before, octets};
use crate::support::{consented, linked, new_key, removal};
use mydata::core::crypto::{Crypto, Signer as _};
use mydata::core::jwk::{KeyHistory, KeySet};
use mydata::core::time::Seconds;
use mydata::operator::{Account, Capacity, Entry, Event, JournalFault};
use mydata::record::consent::{AnyConsent, ConsentChange};
use mydata_chosen::Chosen;
use mydata_conformance::World;
use serde_json::{Value, json};

fn code<T>(result: Result<T, JournalFault>) -> &'static str {
    result.err().unwrap().code()
}

/// An entry, altered as a value.
fn altered(octets: &[u8], alter: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(octets).unwrap();
    alter(&mut value);
    serde_json::to_vec(&value).unwrap()
}

fn taken(account: &Account, octets: &[u8], crypto: &dyn Crypto) -> Result<Account, JournalFault> {
    let mut after = account.clone();
    let entry = Entry::read(octets)?;
    let result = after.resume(&entry, crypto);
    // All or nothing.
    assert!(result.is_ok() || after == *account);
    result.map(|_| after)
}

/// The entry of the last decision of a world, and the account before it.
fn last(world: &World) -> (Account, Vec<u8>) {
    let before = kept_before(world);
    let octets = octets(world.decisions.last().unwrap());
    taken(&before, &octets, &Chosen).unwrap();
    (before, octets)
}

#[test]
fn what_is_no_entry_and_no_snapshot() {
    let (world, _) = consented();
    let entry = String::from_utf8(octets(world.decisions.last().unwrap())).unwrap();
    let snapshot = String::from_utf8(world.account.snapshot().unwrap()).unwrap();
    for text in [&entry, &snapshot] {
        let read = |text: &str| {
            let of_entry = Entry::read(text.as_bytes()).map(|_| ());
            let of_snapshot = Account::from_snapshot(text.as_bytes(), &Chosen).map(|_| ());
            if text.contains("owner_keys") || !text.contains("events") {
                code(of_snapshot)
            } else {
                code(of_entry)
            }
        };
        let with = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        };
        for (altered, expected) in [
            (with("\"v\":1", "\"v\":2"), "journal_version"),
            (with("\"v\":1", "\"v\":0"), "journal_version"),
            (with("\"v\":1,", ""), "json_missing_member"),
            (with("\"v\":1", "\"v\":\"1\""), "json_shape"),
            (
                with("\"v\":1,", "\"v\":1,\"v\":1,"),
                "json_duplicate_member",
            ),
            (with("\"v\":1,", "\"v\":1,\"w\":1,"), "json_shape"),
            (
                with("\"v\":1,\"", "\"v\":1,\"version\":0,\""),
                "json_duplicate_member",
            ),
            (with("\"account\":", "\"accoumt\":"), "json_shape"),
            (with("\"version\":", "\"versiom\":"), "json_shape"),
            (format!("[{text}]"), "json_array_for_object"),
            (format!("{text}{text}"), "json_syntax"),
        ] {
            assert_eq!(read(&altered), expected, "{altered:.40}");
        }
        for at in (1..text.len()).step_by(97) {
            assert_eq!(read(text.get(..at).unwrap()), "json_syntax", "cut at {at}");
        }
    }
    for other in [r#"{"v":7}"#, r#"{"v":7,"all":["is",{"other":1}]}"#] {
        assert_eq!(code(Entry::read(other.as_bytes())), "journal_version");
        let read = Account::from_snapshot(other.as_bytes(), &Chosen);
        assert_eq!(code(read), "journal_version");
    }
}

#[test]
fn entries_follow_one_another_in_their_account() {
    let (mut world, ids) = consented();
    for change in [ConsentChange::Disable, ConsentChange::Reactivate] {
        world.wait(1);
        world.change(&ids.sink, change).unwrap();
    }
    let (before, newest) = last(&world);
    assert_eq!(
        code(taken(&world.account, &newest, &Chosen)),
        "journal_out_of_order",
        "twice"
    );
    let count = world.decisions.len();
    let fresh = Account::open(before.id().clone(), before.owner_keys().clone());
    let events = |decisions: &[mydata::operator::Decision]| -> Vec<Event> {
        decisions.iter().flat_map(|d| d.events.clone()).collect()
    };
    let earlier = fresh.replay(&events(&world.decisions[..count - 2]));
    assert_eq!(
        code(taken(&earlier, &newest, &Chosen)),
        "journal_out_of_order",
        "one is left out"
    );
    // Who renumbers it meets the chain.
    let version = earlier.version();
    let renumbered = altered(&newest, |entry| entry["version"] = json!(version));
    assert_eq!(code(taken(&earlier, &renumbered, &Trusting)), "chain_gap");
    let version = world.account.version();
    let renumbered = altered(&newest, |entry| entry["version"] = json!(version));
    assert_eq!(
        code(taken(&world.account, &renumbered, &Trusting)),
        "chain_repeated"
    );

    // Another's account, though the ids are made equal.
    let (mut other, others) = consented();
    other.account = Account::open(
        mydata::core::id::AccountId::parse("another").unwrap(),
        other.account.owner_keys().clone(),
    );
    assert_eq!(
        code(taken(&other.account, &newest, &Chosen)),
        "journal_other_account"
    );
    assert_eq!(others.sink, ids.sink);
    let stranger = World::new();
    let first = octets(&world.decisions[0]);
    taken(&stranger.account, &first, &Chosen).unwrap();
    let signed = world.decisions.iter().position(|d| {
        let fact = d.events.first().map(|event| &event.fact);
        matches!(fact, Some(mydata::operator::Fact::LinkProposed { .. }))
    });
    let signed = signed.unwrap();
    let so_far = stranger
        .account
        .clone()
        .replay(&events(&world.decisions[..signed]));
    let of_another = octets(&world.decisions[signed]);
    assert_eq!(
        code(taken(&so_far, &of_another, &Chosen)),
        "jws_signature_invalid",
        "its owner has another key of the same name"
    );
}

#[test]
fn a_record_stands_where_it_belongs() {
    let (world, _) = consented();
    let (before, pair) = last(&world);
    let fact = |entry: &mut Value, at: usize| entry["events"][at]["fact"].take();
    let with = |alter: &dyn Fn(&mut Value)| code(taken(&before, &altered(&pair, alter), &Trusting));
    for (alter, expected) in [
        // The record of another kind; one that is not there; the status of the other half.
        (
            &(|entry: &mut Value| entry["events"][0]["fact"]["source_given"]["record"] = json!(1))
                as &dyn Fn(&mut Value),
            "jws_typ_mismatch",
        ),
        (
            &|entry| entry["events"][1]["fact"]["sink_given"]["status"] = json!(4),
            "journal_reference",
        ),
        (
            &|entry| entry["events"][0]["fact"]["source_given"]["status"] = json!(3),
            "chain_other_subject",
        ),
        (
            &|entry| {
                let given = fact(entry, 0)["source_given"].take();
                entry["events"][0]["fact"] = json!({ "sink_given": given });
            },
            "jws_typ_mismatch",
        ),
        // The sink's half without the source's; one half twice; nobody, at no time.
        (
            &|entry| {
                let sink = fact(entry, 1);
                entry["events"][0]["fact"] = sink;
                entry["events"].as_array_mut().unwrap().truncate(1);
            },
            "journal_mismatch",
        ),
        (
            &|entry| {
                let source = entry["events"][0]["fact"].clone();
                entry["events"][1]["fact"] = source;
            },
            "journal_mismatch",
        ),
        (
            &|entry| {
                entry["events"].as_array_mut().unwrap().remove(0);
            },
            "journal_mismatch",
        ),
        (
            &|entry| {
                entry["account"] = Value::Null;
            },
            "journal_other_account",
        ),
        // What the account cannot come to.
        (
            &|entry| entry["events"][0]["fact"] = json!("reopened"),
            "journal_mismatch",
        ),
        (
            &|entry| entry["events"][0]["fact"] = json!("erased"),
            "journal_mismatch",
        ),
        (
            &|entry| entry["events"][0]["fact"] = json!({ "linking_ended": { "code": "c" } }),
            "journal_mismatch",
        ),
    ] {
        assert_eq!(with(alter), expected);
    }
    // What is no base64url is no record, but it is written as it was read.
    let stop = altered(&pair, |entry| {
        entry["records"][1] = json!({ "payload": "a.b", "protected": "c", "signature": "d" });
    });
    let again = Entry::read(&stop).unwrap().to_octets().unwrap();
    let records = |octets: &[u8]| altered(octets, |entry| *entry = entry["records"].take());
    assert_eq!(records(&again), records(&stop));
    assert_eq!(code(taken(&before, &stop, &Trusting)), "jws_not_base64url");
    // Messages that refer to nothing.
    let outbox = altered(&pair, |entry| {
        entry["outbox"][0]["message"]["source_consent"]["csr"] = json!(9);
    });
    assert_eq!(
        code(Entry::read(&outbox).unwrap().outbox()),
        "journal_reference"
    );
    let reply = altered(&pair, |entry| entry["reply"] = json!({ "token": 9 }));
    assert_eq!(
        code(Entry::read(&reply).unwrap().reply()),
        "journal_reference"
    );
    let export = altered(&pair, |entry| {
        entry["account"] = Value::Null;
        entry["reply"] = json!({ "export": { "at": 1, "until": 2 } });
    });
    assert_eq!(
        code(Entry::read(&export).unwrap().reply()),
        "journal_mismatch"
    );
}

/// The operator's record, signed with another key of the same name: the real cryptography finds it.
#[test]
fn a_key_is_the_one_that_the_account_has_bound() {
    let (mut world, _) = consented();
    let link = world.sink_link();
    let stranger = std::mem::replace(&mut world.status_key, new_key("operator-status"));
    let command = removal(&link);
    let act = world.act(Capacity::Operator);
    let refused = world.try_decide(&act, &command).unwrap_err();
    assert_eq!(refused.code(), "operator_key_other");
    world.status_key = stranger;
    world.command(&act, &command).unwrap();
    let (before, octets) = last(&world);
    let status = new_key("operator-status");
    let resigned = altered(&octets, |entry| {
        let last = entry["records"].as_array_mut().unwrap().last_mut().unwrap();
        let text = last.as_str().unwrap();
        let (input, _) = text.rsplit_once('.').unwrap();
        let signature = status.sign(input.as_bytes()).unwrap();
        let signature = mydata::core::base64::encode(signature.as_octets());
        *last = json!(format!("{input}.{signature}"));
    });
    assert_eq!(
        code(taken(&before, &resigned, &Chosen)),
        "jws_signature_invalid"
    );
}

/// What rests on a registry is held against it by whoever has one.
#[test]
fn the_keys_of_services_are_held_against_a_registry() {
    let mut world = linked();
    world.subscribe(&["news"]).unwrap();
    let push = world.notification(&["news"]).unwrap();
    let told = world.told(&push);
    world.command(&world.service_act("sink"), &told).unwrap();
    let (before, octets) = last(&world);
    let mut after = before.clone();
    let events = after
        .resume(&Entry::read(&octets).unwrap(), &Chosen)
        .unwrap();
    let known = world.sink.registered.keys.clone();
    let check = |history: Option<KeyHistory>| {
        let checked = events[0].check_service_keys(&|service| {
            assert_eq!(service, world.sink.service.id());
            history.clone()
        });
        checked.map_err(|fault| fault.code())
    };
    assert_eq!(events[0].service_keys().len(), 1);
    assert_eq!(check(Some(known)), Ok(()));
    assert_eq!(check(None), Err("journal_service_key"));
    let other = KeySet::from(new_key("sink-1").public().clone());
    assert_eq!(check(Some(other.into())), Err("journal_service_key"));
    let own = KeySet::from(world.sink.key.public().clone());
    let mut retired = KeyHistory::begin(&own, world.now.minus(Seconds::days(2)));
    let newer = KeySet::from(new_key("sink-2").public().clone());
    retired
        .rotate(&newer, world.now.minus(Seconds::days(1)))
        .unwrap();
    assert_eq!(check(Some(retired.clone())), Err("journal_service_key"));
    assert_eq!(retired.keys().count(), 2);

    // The key that is kept beside is the one that verifies.
    let jwk = serde_json::to_value(new_key("sink-1").public()).unwrap();
    let forged = altered(&octets, |entry| {
        entry["events"][0]["fact"]["notified"]["key"] = jwk;
    });
    assert_eq!(
        code(taken(&before, &forged, &Chosen)),
        "jws_signature_invalid"
    );

    // The start of a linking rests on all keys of the service.
    let started = world.decisions[0].events.last().unwrap();
    let source = world.source.registered.keys.clone();
    assert!(
        started
            .check_service_keys(&|_| Some(source.clone()))
            .is_ok()
    );
    assert!(started.check_service_keys(&|_| None).is_err());
}

#[test]
fn the_octets_of_a_proposal_are_those_of_its_hash() {
    let mut world = linked();
    let proposal = world.proposal();
    world.show(proposal).unwrap();
    let (before, octets) = last(&world);
    let alter = |name: &str, value: Value| {
        let octets = altered(&octets, |entry| {
            entry["events"][0]["fact"]["proposal_shown"][name] = value;
        });
        code(taken(&before, &octets, &Trusting))
    };
    assert_eq!(alter("octets", json!("YWJj")), "journal_mismatch");
    assert_eq!(alter("octets", json!("")), "proposal_size");
    assert_eq!(alter("octets", json!("YWJj=")), "json_shape");
    assert_eq!(alter("media_type", json!("x")), "proposal_media_type");
    assert_eq!(alter("rests_on", json!([])), "proposal_services");
}

#[test]
fn a_decision_of_two_accounts_is_none() {
    let (world, _) = consented();
    let mut decision = world.decisions.last().unwrap().clone();
    decision.events[1].act.account = mydata::core::id::AccountId::parse("another").unwrap();
    assert_eq!(code(Entry::of(&decision)), "journal_decision");
}

#[test]
fn an_entry_prints_numbers() {
    let (world, _) = consented();
    let entry = Entry::of(world.decisions.last().unwrap()).unwrap();
    assert_eq!(
        format!("{entry:?}"),
        format!(
            "Entry {{ version: {}, events: 2, records: 4, outbox: 2, letters: 0 }}",
            entry.version()
        )
    );
}

/// Everything that is signed in an account, in its order.
fn signed(account: &Account) -> Vec<String> {
    let mut all = Vec::new();
    for (_, link) in account.links() {
        all.push(link.record.seal().to_json());
        all.extend(link.chain.iter().map(|record| record.seal().to_json()));
    }
    for (_, consent) in account.consents() {
        all.push(match &consent.record {
            AnyConsent::Single(record) => record.seal().to_json(),
            AnyConsent::Source(record) => record.seal().to_json(),
            AnyConsent::Sink(record) => record.seal().to_json(),
        });
        all.extend(consent.chain.iter().map(|record| record.seal().to_json()));
        all.extend(consent.token.iter().map(|issued| issued.token.to_json()));
    }
    all
}

/// One octet is another: it is found, or it is in what nobody has signed, and all that somebody has
/// signed is as it was.
#[test]
fn a_spoiled_octet_is_found_where_something_is_signed() {
    let (mut world, ids) = consented();
    world.token(&ids.sink).unwrap();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    let (before, entry) = last(&world);
    let snapshot = world.account.snapshot().unwrap();
    let all = signed(&world.account);
    let (mut found, mut harmless) = (0, 0);
    let mut judge = |read: Result<Account, JournalFault>| match read {
        Err(_) => found += 1,
        Ok(account) => {
            assert_eq!(signed(&account), all);
            harmless += 1;
        }
    };
    for flip in [0x01, 0x20] {
        for at in 0..entry.len() {
            let mut spoiled = entry.clone();
            spoiled[at] ^= flip;
            judge(taken(&before, &spoiled, &Chosen));
        }
        for at in (0..snapshot.len()).step_by(11) {
            let mut spoiled = snapshot.clone();
            spoiled[at] ^= flip;
            judge(Account::from_snapshot(&spoiled, &Chosen));
        }
    }
    assert!(
        found > 3000 && harmless > 0,
        "{found} found, {harmless} not"
    );
}
