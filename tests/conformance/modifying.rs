//! Changing a consent: the old one withdrawn and a new one given, in one decision or not at all.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{
    believed, change, code_of, consented, linked, modified_single, new_key, refused, removal,
    single,
};
use mydata::core::id::ConsentId;
use mydata::core::party::Party;
use mydata::core::time::Seconds;
use mydata::operator::{Capacity, Command, Fact, Modification, NewConsent, Reason};
use mydata::record::consent::{ConsentChange, ConsentState, Validity};
use mydata::record::message::ToService;
use mydata::record::standing::Standing;
use mydata_conformance::World;
use mydata_conformance::world::PairIds;
use std::sync::Arc;

fn modified(world: &mut World, ids: &PairIds, datasets: &[&str]) -> (Command, PairIds) {
    let choice = world.choice("care", datasets);
    world.try_modification(&ids.sink, &choice).unwrap()
}

fn modification(command: &mut Command) -> &mut Modification {
    let Command::ModifyConsent(modification) = command else {
        panic!("not a modification")
    };
    modification
}

fn state(world: &World, cr_id: &ConsentId) -> ConsentState {
    world.account.consent(cr_id).unwrap().chain.state()
}

/// CN-42: the old pair ends and the new one begins, in this order, at the operator and at both
/// services; the resource set is a new one; and what had a token has it no longer.
//= CN-42 test
#[test]
fn a_modification_ends_the_old_and_gives_the_new() {
    let (mut world, old) = consented();
    let token = world.token(&old.sink).unwrap();
    let prepared = world.prepare(&old.sink, &token, "care", "src/b").unwrap();
    let (command, new) = modified(&mut world, &old, &["src/a"]);
    let act = world.owner_act();
    let decision = world.try_decide(&act, &command).unwrap();

    let facts: Vec<_> = decision
        .events
        .iter()
        .map(|event| match &event.fact {
            Fact::ConsentChanged {
                cr_id,
                change,
                reason,
                mirrored,
                ..
            } => {
                assert_eq!(
                    (*change, *reason),
                    (ConsentChange::Withdraw, Reason::OwnerWish)
                );
                assert_eq!(*mirrored, *cr_id == old.source);
                ("ended", cr_id.clone())
            }
            Fact::ConsentGiven { record, .. } => ("given", record.terms().cr_id.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        ("ended", old.source.clone()),
        ("ended", old.sink.clone()),
        ("given", new.source.clone()),
        ("given", new.sink.clone()),
    ];
    assert_eq!(facts, expected);
    let told: Vec<_> = decision
        .outbox
        .iter()
        .map(|delivery| {
            (
                delivery.to.as_str(),
                matches!(delivery.message, ToService::ConsentStatus(_)),
            )
        })
        .collect();
    let expected = [
        ("source", true),
        ("sink", true),
        ("source", false),
        ("sink", false),
    ];
    assert_eq!(told, expected);

    world.command(&act, &command).unwrap();
    for (name, old, new) in [
        ("source", &old.source, &new.source),
        ("sink", &old.sink, &new.sink),
    ] {
        assert_eq!(state(&world, old), ConsentState::Withdrawn);
        let now = world.now;
        assert_eq!(world.account.standing(new, now), Some(Standing::Active));
        let service = &world.side(name).service;
        assert_eq!(service.standing(new, now), Some(Standing::Active));
        assert_ne!(service.standing(old, now), Some(Standing::Active));
        let set = |id| {
            world
                .account
                .consent(id)
                .unwrap()
                .terms()
                .resource_set()
                .id()
        };
        assert_ne!(set(old), set(new));
    }
    assert_eq!(world.fetch(&new.sink, "care", "src/a"), [""; 0]);
    assert_eq!(
        world.fetch(&new.sink, "care", "src/b"),
        ["dataset_not_consented"]
    );
    let path = prepared.url.path().to_owned();
    let answer = world.answer(&prepared.authorization, &path);
    assert!(matches!(answer, mydata::token::access::Access::Denied(_)));
}

/// CN-42: the rule of one answer to one question sees the old consent as over; without the
/// modification the very same pair would be a second answer.
//= CN-42 test
#[test]
fn the_new_consent_is_held_against_an_account_without_the_old() {
    let (mut world, old) = consented();
    let (mut command, _) = modified(&mut world, &old, &["src/a"]);
    let consent = modification(&mut command).consent.clone();
    let alone = Command::GiveConsent(Box::new(consent));
    assert_eq!(
        refused(&mut world, Capacity::Owner, &alone),
        "consent_exists"
    );
    assert!(world.command(&world.owner_act(), &command).is_ok());
    // Given once, it is not given again: the old consent is over.
    assert_eq!(
        refused(&mut world, Capacity::Owner, &command),
        "consent_withdrawn"
    );
    // Another consent for the purpose stands in the way as ever.
    let study = world.consent("study", &["src/c"]);
    let choice = world.choice("care", &["src/a"]);
    let code = code_of(&mut world, |world| {
        world.try_modification(&study.sink, &choice)
    });
    assert_eq!(code, "consent_exists");
}

/// All of it or nothing: whatever is wrong with either half of the command leaves the old consent in
/// force.
//= CN-42 test
#[test]
fn a_modification_that_fails_withdraws_nothing() {
    let (world, old) = consented();
    let spoil = |code: &str, spoil: &dyn Fn(&mut World, &mut Modification)| {
        let mut world = crate::support::fork(&world);
        let (mut command, _) = modified(&mut world, &old, &["src/a"]);
        spoil(&mut world, modification(&mut command));
        assert_eq!(refused(&mut world, Capacity::Owner, &command), code);
        assert_eq!(state(&world, &old.sink), ConsentState::Active);
    };
    let pair = |modification: &mut Modification| match &mut modification.consent {
        NewConsent::Pair(pair) => pair.clone(),
        NewConsent::Single { .. } => panic!("a single consent"),
    };
    spoil("key_not_bound", &|_, modification| {
        let stranger = new_key("owner-1");
        let mut pair = pair(modification);
        pair.sink = believed((*pair.sink).clone(), &stranger, Party::Owner);
        modification.consent = NewConsent::Pair(pair);
    });
    spoil("key_not_bound", &|_, modification| {
        let stranger = new_key("owner-1");
        let status = (*modification.withdrawal.status).clone();
        modification.withdrawal.status = believed(status, &stranger, Party::Owner);
    });
    spoil("change_mismatch", &|world, modification| {
        let paused = world
            .signed_change(&old.sink, ConsentChange::Disable)
            .unwrap();
        modification.withdrawal = paused;
    });
    spoil("proposal_unknown", &|world, modification| {
        let mut pair = pair(modification);
        crate::support::with_terms(world, &mut pair, |terms| {
            terms.consent_proposal.hash = mydata::core::crypto::Sha256::from_octets([7; 32]);
        });
        modification.consent = NewConsent::Pair(pair);
    });
    spoil("record_id_taken", &|world, modification| {
        // A record of the withdrawal and one of the new consent have one id.
        let mut pair = pair(modification);
        let mut status = (*pair.sink_status).clone();
        status.record_id = modification.withdrawal.status.record_id.clone();
        pair.sink_status = crate::support::owned(world, status);
        modification.consent = NewConsent::Pair(pair);
    });
    spoil("resource_set_taken", &|world, modification| {
        let taken = world.account.consent(&old.sink).unwrap().terms();
        let set = taken.rs_description.clone();
        let mut pair = pair(modification);
        crate::support::with_terms(world, &mut pair, |terms| {
            let datasets = terms.resource_set().datasets().to_vec();
            let id = set.resource_set.id().clone();
            let same_id = mydata::record::resource_set::ResourceSet::new(id, datasets);
            terms.rs_description = same_id.unwrap().into();
        });
        modification.consent = NewConsent::Pair(pair);
    });
}

/// What is over is not changed, by draft or by command.
#[test]
fn what_is_over_is_not_modified() {
    let over = |end: &dyn Fn(&mut World, &PairIds)| {
        let (mut world, old) = consented();
        let choice = world.choice("care", &["src/a"]);
        let (command, _) = world.try_modification(&old.sink, &choice).unwrap();
        end(&mut world, &old);
        let code = code_of(&mut world, |world| {
            world.try_modification(&old.sink, &choice)
        });
        assert_eq!(refused(&mut world, Capacity::Owner, &command), code);
        code
    };
    let withdrawn = |world: &mut World, old: &PairIds| {
        world.change(&old.sink, ConsentChange::Withdraw).unwrap();
    };
    assert_eq!(over(&withdrawn), "consent_withdrawn");
    assert_eq!(over(&|world, _| world.wait(30 * 86_400)), "consent_expired");
    for name in ["source", "sink"] {
        let removed = |world: &mut World, _: &PairIds| {
            let link = crate::support::link_id(world, name);
            world.command(&world.owner_act(), &removal(&link)).unwrap();
        };
        assert_eq!(over(&removed), "link_removed");
    }
    // The source's half alone is over: half a pair is no answer any more (C09).
    let half = |world: &mut World, old: &PairIds| {
        world.change(&old.source, ConsentChange::Withdraw).unwrap();
    };
    assert_eq!(over(&half), "consent_withdrawn");
}

/// A pair is modified as a pair, a single consent as a single one, for the same services.
#[test]
fn a_modification_is_for_the_same_services() {
    let (mut world, old) = consented();
    let (give, own) = single(&mut world);
    world.command(&world.owner_act(), &give).unwrap();
    let choice = world.choice("care", &["src/a"]);
    let try_pair = |world: &mut World, cr_id: &ConsentId| {
        code_of(world, |world| world.try_modification(cr_id, &choice))
    };
    assert_eq!(try_pair(&mut world, &own), "modification_services");
    assert_eq!(try_pair(&mut world, &old.source), "modification_of_source");
    let unknown = ConsentId::parse("unknown").unwrap();
    assert_eq!(try_pair(&mut world, &unknown), "consent_unknown");

    let sink = Arc::clone(&world.sink.registered);
    let act = world.owner_act();
    let choice = world.choice("own", &["own"]);
    let code = code_of(&mut world, |world| {
        world.with_env(|account, env| {
            account.draft_modified_single(&act, &old.sink, &sink, &choice, env)
        })
    });
    assert_eq!(code, "modification_services");
    // The single consent in the place of the single one, until next week.
    let mut choice = choice;
    choice.validity = Validity::until(world.now.plus(Seconds::days(7)));
    let (command, new) = modified_single(&mut world, &own, &choice).unwrap();
    world.command(&act, &command).unwrap();
    assert_eq!(state(&world, &own), ConsentState::Withdrawn);
    assert_eq!(state(&world, &new), ConsentState::Active);
    assert_eq!(state(&world, &old.sink), ConsentState::Active);
}

/// CN-19: a new consent is active, so it is no way round a pause that is not the owner's to end; a
/// pause of the owner's own is no obstacle.
#[test]
fn a_modification_is_no_way_round_a_pause() {
    for half in [0, 1] {
        let (mut world, old) = consented();
        let paused = [&old.sink, &old.source][half].clone();
        let pause = change(&paused, ConsentChange::Disable, Reason::SuspectedMisuse);
        let operator = world.act(Capacity::Operator);
        world.command(&operator, &pause).unwrap();
        let choice = world.choice("care", &["src/a"]);
        let code = code_of(&mut world, |world| {
            world.try_modification(&old.sink, &choice)
        });
        assert_eq!(code, "reactivation_not_yours");
    }
    let (mut world, old) = consented();
    world.change(&old.sink, ConsentChange::Disable).unwrap();
    let (command, new) = modified(&mut world, &old, &["src/a"]);
    world.command(&world.owner_act(), &command).unwrap();
    assert_eq!(world.fetch(&new.sink, "care", "src/a"), [""; 0]);
}

/// Nobody but the owner, or somebody for the owner, gives a consent, in whatever place.
#[test]
fn a_modification_is_the_owners() {
    let (mut world, old) = consented();
    let (command, _) = modified(&mut world, &old, &["src/a"]);
    for who in [
        Capacity::Operator,
        Capacity::System,
        crate::support::as_service("sink"),
    ] {
        let code = refused(&mut world, who, &command);
        assert_eq!(code, "capacity_not_allowed");
    }
    // The source's half is withdrawn with the owner's signature, and with no other (D40).
    let mut half = command.clone();
    modification(&mut half).withdrawal.mirrored = None;
    let code = refused(&mut world, Capacity::Owner, &half);
    assert_eq!(code, "mirror_missing");
    // Nothing to change, nothing to draft.
    let mut world = linked();
    let choice = world.choice("care", &["src/a"]);
    let code = code_of(&mut world, |world| {
        world.try_modification(&old.sink, &choice)
    });
    assert_eq!(code, "consent_unknown");
}
