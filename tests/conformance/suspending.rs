//! A service is suspended, and goes on: all its consents of an account in one decision.
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{consented, fork, new_key, refused, single, undelivered};
use mydata::core::id::{ConsentId, ServiceId};
use mydata::operator::{Act, Capacity, Command, Fact, Reason, Verification, Vouching};
use mydata::record::consent::ConsentChange;
use mydata::record::consent::ConsentState::{self, Active, Disabled, Withdrawn};
use mydata_conformance::World;
use mydata_conformance::world::PairIds;

fn suspend(name: &str) -> Command {
    let service_id = ServiceId::parse(name).unwrap();
    Command::SuspendService { service_id }
}

fn resume(name: &str) -> Command {
    let service_id = ServiceId::parse(name).unwrap();
    Command::ResumeService { service_id }
}

fn timers(world: &World) -> Act {
    world.act(Capacity::System)
}

/// A pair for two purposes, and a consent for the sink's own data.
fn three() -> (World, [PairIds; 2], ConsentId) {
    let (mut world, care) = consented();
    let study = world.consent("study", &["src/c"]);
    let (own, own_id) = single(&mut world);
    world.command(&world.owner_act(), &own).unwrap();
    (world, [care, study], own_id)
}

fn state(world: &World, id: &ConsentId) -> ConsentState {
    world.account.consent(id).unwrap().chain.state()
}

/// CN-17, CN-18, CN-21: every consent of the sink and the sources' halves are paused by the operator,
/// each with a record of its own that the service hears; of a pair the source hears it first.
//= CN-17, CN-18, CN-21 test
#[test]
fn every_consent_of_the_service_is_paused_in_one_decision() {
    let (mut world, pairs, own) = three();
    let act = timers(&world);
    let before = world.log.len();
    let outbox = undelivered(&mut world, &act, &suspend("sink"));
    let to: Vec<&str> = outbox.iter().map(|delivery| delivery.to.as_str()).collect();
    assert_eq!(to.iter().filter(|to| **to == "source").count(), 2);
    assert_eq!(to.iter().filter(|to| **to == "sink").count(), 3);
    for next in to.windows(2).filter(|next| next.first() == Some(&"source")) {
        assert_eq!(next, ["source", "sink"]);
    }
    assert_eq!(to.last(), Some(&"sink"));
    for event in world.log.iter().skip(before) {
        let Fact::ConsentChanged { change, reason, .. } = &event.fact else {
            panic!("{:?}", event.fact);
        };
        assert_eq!(
            (*change, *reason),
            (ConsentChange::Disable, Reason::ServiceSuspended)
        );
    }
    for pair in &pairs {
        assert_eq!(state(&world, &pair.source), Disabled);
        assert_eq!(state(&world, &pair.sink), Disabled);
    }
    assert_eq!(state(&world, &own), Disabled);
    // Asked again there is nothing to do, and nobody hears anything.
    assert!(undelivered(&mut world, &act, &suspend("sink")).is_empty());
    assert_eq!(world.log.len(), before + 5);
}

/// CN-19: what the owner has paused, before or in between, is theirs to end; what has ended stays so.
//= CN-19 test
#[test]
fn what_others_have_paused_or_ended_outlives_it() {
    let (mut world, [care, study], own) = three();
    world.change(&care.sink, ConsentChange::Disable).unwrap();
    let act = timers(&world);
    world.command(&act, &suspend("sink")).unwrap();
    world.change(&study.sink, ConsentChange::Withdraw).unwrap();
    world.command(&act, &resume("sink")).unwrap();
    for half in [&care.source, &care.sink] {
        assert_eq!(state(&world, half), Disabled);
    }
    for half in [&study.source, &study.sink] {
        assert_eq!(state(&world, half), Withdrawn);
    }
    assert_eq!(state(&world, &own), Active);
    world.change(&care.sink, ConsentChange::Reactivate).unwrap();
}

/// A source that is suspended stops, its sinks may not be issued tokens, and it goes on but for the
/// halves whose sinks are paused meanwhile.
#[test]
fn a_source_goes_on_where_its_sink_does() {
    let (mut world, [care, study], own) = three();
    let act = timers(&world);
    world.command(&act, &suspend("source")).unwrap();
    for pair in [&care, &study] {
        assert_eq!(
            (state(&world, &pair.source), state(&world, &pair.sink)),
            (Disabled, Active)
        );
    }
    assert_eq!(state(&world, &own), Active);
    assert!(world.token(&care.sink).is_err());
    world.change(&care.sink, ConsentChange::Disable).unwrap();
    world.command(&act, &resume("source")).unwrap();
    assert_eq!(state(&world, &care.source), Disabled);
    assert_eq!(state(&world, &study.source), Active);
    let source = ServiceId::parse("source").unwrap();
    let left: Vec<_> = world.account.suspended(&source).collect();
    assert_eq!(left, [&care.source]);
    // Once the sink goes on it is resumed with the next time of asking.
    world.change(&care.sink, ConsentChange::Reactivate).unwrap();
    world.command(&act, &resume("source")).unwrap();
    assert_eq!(state(&world, &care.source), Active);
}

/// What has reached its end is not resumed, and does not keep the others.
#[test]
fn what_has_expired_stays_paused() {
    let (mut world, [care, _], _) = three();
    let act = timers(&world);
    world.command(&act, &suspend("sink")).unwrap();
    world.wait(400 * 24 * 3600);
    world.command(&act, &resume("sink")).unwrap();
    assert_eq!(state(&world, &care.sink), Disabled);
}

/// Where the operator has lost the key that a link names, consents stay as they are, and are found by
/// asking what is left; nothing of the others is kept back.
#[test]
fn a_lost_key_does_not_keep_the_others() {
    let (world, [care, _], own) = three();
    let sink = ServiceId::parse("sink").unwrap();
    let mut lost = fork(&world);
    let _ = std::mem::replace(&mut lost.status_key, new_key("operator-status-2"));
    let act = timers(&lost);
    assert!(undelivered(&mut lost, &act, &suspend("sink")).is_empty());
    assert_eq!(lost.account.to_suspend(&sink).count(), 3);
    assert_eq!(state(&lost, &care.sink), Active);
    assert_eq!(state(&lost, &own), Active);
}

/// It is the operator's act, and stopping is allowed until an account is over; going on is not.
#[test]
fn it_is_the_operators_and_a_closing_account_may_be_stopped() {
    let (mut world, pairs, _) = three();
    for who in [
        Capacity::Owner,
        Capacity::Representative,
        crate::support::as_service("sink"),
    ] {
        for command in [suspend("sink"), resume("sink")] {
            let code = refused(&mut world, who.clone(), &command);
            assert_eq!(code, "capacity_not_allowed");
        }
    }
    let close = Command::Confirm {
        what: Verification::Deletion,
        proof: mydata::operator::Proof::Vouched(Vouching::InPerson),
    };
    world
        .command(&world.act(Capacity::Operator), &close)
        .unwrap();
    let act = timers(&world);
    world.command(&act, &suspend("sink")).unwrap();
    for pair in &pairs {
        assert_eq!(state(&world, &pair.sink), Disabled);
    }
    let code = refused(&mut world, Capacity::System, &resume("sink"));
    assert_eq!(code, "account_closing");
}
