//! Tokens and questions at the operator (Data Transfer 2.0 §3.1, Consenting 2.0 §5.1).
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{
    as_service, code_of, consented, linked, refused, removal, single, undelivered,
};
use mydata::core::id::{ConsentId, ServiceId};
use mydata::core::jwk::KeySet;
use mydata::core::jws::Verified;
use mydata::core::party::{Party, PartyKeys};
use mydata::core::time::Seconds;
use mydata::operator::{Capacity, Command, Fact, Reason};
use mydata::record::consent::{ConsentChange, Validity};
use mydata::record::message::StatusQuery;
use mydata::token::claims::{Token, TokenText};
use mydata_chosen::Chosen;
use mydata_conformance::World;

fn open(world: &World, token: &TokenText) -> Verified<Token> {
    let key = mydata::core::crypto::Signer::public(&world.token_key).clone();
    let keys = KeySet::from(key);
    let keys = PartyKeys::none().with(Party::Operator, &keys);
    token
        .sealed()
        .unwrap()
        .open()
        .unwrap()
        .verify(&Chosen, &keys)
        .unwrap()
}

fn ask(cr_id: &ConsentId) -> Command {
    Command::IssueToken {
        cr_id: cr_id.clone(),
    }
}

/// DT-13, DT-17, DT-47 to DT-54, P16: the sink asks by its own consent, and the token names the
/// source's.
//= CN-46, DT-10, DT-17, DT-47, DT-48, DT-52, DT-54, DT-58 test
#[test]
fn a_token_is_asked_by_the_sinks_consent_and_names_the_sources() {
    let (mut world, ids) = consented();
    let text = world.token(&ids.sink).unwrap();
    let token = open(&world, &text);
    assert_eq!(token.consent(), &ids.source);
    assert_eq!(token.issuer(), &world.operator_id);
    assert_eq!(token.confirmation().as_str(), "sink-pop");
    assert_eq!((token.nbf(), token.iat()), (world.now, world.now));
    assert_eq!(token.exp(), world.now.plus(Seconds::minutes(5)));
    let issued = &world.log.last().unwrap().fact;
    assert!(matches!(issued, Fact::TokenIssued { jti, .. } if jti == token.id()));
}

/// DT-12, DT-20, C55: a token is given again until a tenth of its life is left, and not a second
/// longer; giving it again is no event.
//= DT-11, DT-12, DT-14, DT-20 test
#[test]
fn a_token_is_given_again_until_its_last_tenth() {
    let (mut world, ids) = consented();
    let first = world.token(&ids.sink).unwrap();
    let events = world.log.len();
    for (wait, is_same) in [(0, true), (1, true), (268, true), (1, false)] {
        world.wait(wait);
        let token = world.token(&ids.sink).unwrap();
        assert_eq!(token == first, is_same, "after {wait} more seconds");
    }
    assert_eq!(world.log.len(), events + 1);
}

/// DT-11, DT-53: every new token has an id of its own; the one given again keeps its own.
//= DT-11, DT-53 test
#[test]
fn every_new_token_has_an_id_of_its_own() {
    let (mut world, ids) = consented();
    let other = world.consent("study", &["src/c"]);
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..5 {
        for cr_id in [&ids.sink, &other.sink, &ids.sink] {
            let token = world.token(cr_id).unwrap();
            seen.insert(open(&world, &token).id().clone());
        }
        assert_eq!(seen.len(), 2 * (round + 1));
        world.wait(300);
    }
}

/// DT-50: a token ends no later than its consent.
//= DT-10 test
#[test]
fn a_token_ends_with_its_consent() {
    let mut world = linked();
    let mut choice = world.choice("care", &["src/a"]);
    let end = world.now.plus(Seconds::new(100));
    choice.validity = Validity::until(end);
    let (command, ids) = world.try_pair(&choice).unwrap();
    world.command(&world.owner_act(), &command).unwrap();
    let token = world.token(&ids.sink).unwrap();
    assert_eq!(open(&world, &token).exp(), end);
}

/// DT-18, P15: both halves must stand: each cause has its code.
//= DT-18, DT-19 test
#[test]
fn no_token_without_standing() {
    type Cause = fn(&mut World, &mydata_conformance::world::PairIds);
    let causes: [(Cause, &str); 9] = [
        (
            |w, i| drop(w.change(&i.sink, ConsentChange::Disable).unwrap()),
            "consent_disabled",
        ),
        (
            |w, i| drop(w.change(&i.source, ConsentChange::Disable).unwrap()),
            "consent_disabled",
        ),
        (
            |w, i| drop(w.change(&i.sink, ConsentChange::Withdraw).unwrap()),
            "consent_withdrawn",
        ),
        (
            |w, i| drop(w.change(&i.source, ConsentChange::Withdraw).unwrap()),
            "consent_withdrawn",
        ),
        (
            |w, i| {
                let reason = Reason::LegalOrder;
                drop(
                    w.operator_change(&i.source, ConsentChange::Disable, reason)
                        .unwrap(),
                );
            },
            "consent_disabled",
        ),
        (|w, _| w.wait(30 * 86_400), "consent_expired"),
        (|w, _| unlink(w, "sink"), "link_removed"),
        (|w, _| unlink(w, "source"), "link_removed"),
        (
            |w, _| {
                unlink(w, "source");
                w.link("source");
            },
            "link_removed",
        ),
    ];
    for (at, (cause, code)) in causes.into_iter().enumerate() {
        // Also when there is a token that could be given again.
        for has_token in [true, false] {
            let (mut world, ids) = consented();
            if has_token {
                world.token(&ids.sink).unwrap();
            }
            cause(&mut world, &ids);
            let found = code_of(&mut world, |world| world.token(&ids.sink));
            assert_eq!(found, code, "cause {at}, {has_token}");
        }
    }
    let mut world = linked();
    let mut choice = world.choice("care", &["src/a"]);
    let begin = world.now.plus(Seconds::new(100));
    choice.validity = Validity::new(Some(begin), Some(begin.plus(Seconds::new(100))));
    let (command, ids) = world.try_pair(&choice).unwrap();
    world.command(&world.owner_act(), &command).unwrap();
    let found = code_of(&mut world, |world| world.token(&ids.sink));
    assert_eq!(found, "consent_not_yet_valid");
}

fn unlink(world: &mut World, name: &str) {
    let link = crate::support::link_id(world, name);
    world.command(&world.owner_act(), &removal(&link)).unwrap();
}

/// P16, P32, P33: nobody but the sink gets a token, and not by any other consent.
//= DT-17, DT-19 test
#[test]
fn a_token_is_for_the_sink_only() {
    let (mut world, ids) = consented();
    let (command, own) = single(&mut world);
    world.command(&world.owner_act(), &command).unwrap();
    let (source, sink) = (as_service("source"), as_service("sink"));
    let unknown = ConsentId::parse("no-such-consent").unwrap();
    for (who, cr_id, code) in [
        (&source, &ids.sink, "consent_unknown"),
        (&sink, &ids.source, "consent_unknown"),
        (&source, &ids.source, "consent_not_sinks"),
        (&sink, &own, "consent_not_sinks"),
        (&sink, &unknown, "consent_unknown"),
        (&Capacity::Owner, &ids.sink, "capacity_not_allowed"),
        (&Capacity::Operator, &ids.sink, "capacity_not_allowed"),
    ] {
        assert_eq!(refused(&mut world, who.clone(), &ask(cr_id)), code);
    }
}

/// CN-85: with a token key that the source does not know no token is made; one made before is given
/// while it lasts.
#[test]
fn a_new_token_key_makes_no_token_on_an_old_consent() {
    let (mut world, ids) = consented();
    let first = world.token(&ids.sink).unwrap();
    world.token_key = crate::support::new_key("operator-tokens-2");
    assert_eq!(world.token(&ids.sink).unwrap(), first);
    world.wait(299);
    let found = code_of(&mut world, |world| world.token(&ids.sink));
    assert_eq!(found, "operator_key_other");
}

fn question(cr_id: &ConsentId, since: Option<&mydata::core::id::RecordId>) -> StatusQuery {
    StatusQuery {
        cr_id: cr_id.clone(),
        since: since.cloned(),
        round: 0,
    }
}

/// CN-41, CN-96, C21, DT-57: source and sink alike get the newest status, its id and what they have
/// missed, each for its own half.
//= CN-41, CN-96, DT-57 test
#[test]
fn introspection_for_source_and_sink() {
    let (mut world, ids) = consented();
    let act = world.owner_act();
    for next in [ConsentChange::Disable, ConsentChange::Reactivate] {
        let command = crate::support::signed(&mut world, &ids.sink, next);
        undelivered(&mut world, &act, &command);
    }
    let code = |rejection: mydata::operator::Rejection| rejection.code();
    for (name, own, other) in [
        ("source", &ids.source, &ids.sink),
        ("sink", &ids.sink, &ids.source),
    ] {
        let service = ServiceId::parse(name).unwrap();
        let account = &world.account;
        let chain = &account.consent(own).unwrap().chain;
        let records: Vec<_> = chain.iter().map(|record| record.seal()).collect();
        let ids: Vec<_> = chain
            .iter()
            .map(|record| record.record_id.clone())
            .collect();
        for known in 0..=ids.len() {
            let since = known.checked_sub(1).and_then(|at| ids.get(at));
            let reply = account.introspect(&service, &question(own, since)).unwrap();
            assert_eq!(reply.cr_id, *own);
            assert_eq!(Some(&reply.csr_id), ids.last());
            assert_eq!(Some(&reply.latest), records.last());
            assert_eq!(reply.missing, records.get(known..).unwrap());
        }
        let reply = account
            .introspect(&service, &question(other, None))
            .map_err(code);
        assert_eq!(reply.err(), Some("consent_unknown"));
        let foreign = account
            .consent(other)
            .unwrap()
            .chain
            .latest()
            .record_id
            .clone();
        let reply = account
            .introspect(&service, &question(own, Some(&foreign)))
            .map_err(code);
        assert_eq!(reply.err(), Some("status_record_unknown"));
    }
}

/// CN-41: a withdrawn consent, and one under a removed link, can be asked about too.
//= CN-41 test
#[test]
fn introspection_of_what_has_ended() {
    let (mut world, ids) = consented();
    unlink(&mut world, "sink");
    for (name, cr_id) in [("source", &ids.source), ("sink", &ids.sink)] {
        let service = ServiceId::parse(name).unwrap();
        let reply = world
            .account
            .introspect(&service, &question(cr_id, None))
            .unwrap();
        assert_eq!(reply.missing.len(), 2);
        let others = if name == "source" { "sink" } else { "source" };
        let others = ServiceId::parse(others).unwrap();
        if world
            .account
            .introspect(&others, &question(cr_id, None))
            .is_ok()
        {
            panic!("another service is answered");
        }
    }
}
