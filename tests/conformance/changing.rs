//! Pausing, resuming and withdrawing (Consenting 2.0 §2.3, §3.2, §3.3).
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{
    change, code_of, consented, fork, owned, refused, signatures, signed, undelivered,
};
use mydata::core::id::{ConsentId, RecordId};
use mydata::core::party::Party;
use mydata::operator::{Capacity, Command, Fact, Reason};
use mydata::record::consent::ConsentState::{self, Active, Disabled, Withdrawn};
use mydata::record::consent::{ConsentChange, ConsentStatus};
use mydata_conformance::World;
use mydata_conformance::world::PairIds;

fn states(world: &World, ids: &PairIds) -> [ConsentState; 2] {
    [&ids.source, &ids.sink].map(|id| world.account.consent(id).unwrap().chain.state())
}

/// CN-15, CN-16, CN-20: the figure, walked by the owner through every state and change.
//= CN-15, CN-16, CN-20 test
#[test]
fn the_owner_makes_every_allowed_transition_and_no_other() {
    for before in [
        &[][..],
        &[ConsentChange::Disable],
        &[ConsentChange::Withdraw],
    ] {
        for next in ConsentChange::ALL {
            let (mut world, ids) = consented();
            for earlier in before {
                world.change(&ids.sink, *earlier).unwrap();
            }
            let [_, from] = states(&world, &ids);
            let taken = world.change(&ids.sink, next);
            assert_eq!(
                taken.is_ok(),
                from.after(next).is_some(),
                "{from:?} {next:?}"
            );
            let to = from.after(next).unwrap_or(from);
            assert_eq!(states(&world, &ids), [to, to]);
        }
    }
}

/// CN-21, CN-25, CN-40, CN-50, CN-52, CN-55, CN-57: a change of the sink's half makes a record for
/// each half, sent in the same step, the source first.
//= CN-21, CN-25, CN-40, CN-50, CN-52, CN-55, CN-57 test
#[test]
fn a_change_of_the_sinks_half_is_mirrored() {
    for next in [ConsentChange::Disable, ConsentChange::Withdraw] {
        for is_signed in [true, false] {
            let (mut world, ids) = consented();
            let command = if is_signed {
                signed(&mut world, &ids.sink, next)
            } else {
                change(&ids.sink, next, Reason::OwnerWish)
            };
            let act = world.owner_act();
            let outbox = undelivered(&mut world, &act, &command);
            let to: Vec<&str> = outbox.iter().map(|delivery| delivery.to.as_str()).collect();
            assert_eq!(to, ["source", "sink"]);
            assert_eq!(states(&world, &ids), [next.target(); 2]);
            let signer = if is_signed {
                Party::Owner
            } else {
                Party::Operator
            };
            for id in [&ids.source, &ids.sink] {
                let chain = &world.account.consent(id).unwrap().chain;
                assert!(chain.latest().is_signed_by(signer));
            }
            let mirrored = world.log.iter().rev().filter_map(|event| {
                if let Fact::ConsentChanged { mirrored, .. } = &event.fact {
                    Some(*mirrored)
                } else {
                    None
                }
            });
            assert_eq!(mirrored.take(2).collect::<Vec<_>>(), [false, true]);
        }
    }
}

/// CN-22, C38, C22: a change of the source's half is told to the source alone.
//= CN-22 test
#[test]
fn a_change_of_the_sources_half_is_not_mirrored() {
    for next in [ConsentChange::Disable, ConsentChange::Withdraw] {
        let (mut world, ids) = consented();
        let command = signed(&mut world, &ids.source, next);
        let act = world.owner_act();
        let outbox = undelivered(&mut world, &act, &command);
        assert!(matches!(outbox.as_slice(), [only] if only.to.as_str() == "source"));
        assert_eq!(states(&world, &ids), [next.target(), Active]);
        // The sink learns it from the refusal of a token.
        let code = code_of(&mut world, |world| world.token(&ids.sink));
        let expected = if next == ConsentChange::Disable {
            "consent_disabled"
        } else {
            "consent_withdrawn"
        };
        assert_eq!(code, expected);
    }
}

/// CN-21: a pause of the source's own is not lifted with the sink's.
//= CN-21 test
#[test]
fn a_pause_of_the_sources_own_stays() {
    let (mut world, ids) = consented();
    world.change(&ids.source, ConsentChange::Disable).unwrap();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    assert_eq!(states(&world, &ids), [Disabled, Active]);
    world
        .change(&ids.source, ConsentChange::Reactivate)
        .unwrap();
    assert_eq!(states(&world, &ids), [Active, Active]);
    // And ends with the sink's consent.
    world.change(&ids.source, ConsentChange::Disable).unwrap();
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    assert_eq!(states(&world, &ids), [Withdrawn, Withdrawn]);
}

/// CN-21: a mirrored pause is lifted with the sink's.
//= CN-21, CN-57 test
#[test]
fn a_mirrored_pause_is_lifted_with_the_sinks() {
    let (mut world, ids) = consented();
    for _ in 0..2 {
        world.change(&ids.sink, ConsentChange::Disable).unwrap();
        assert_eq!(states(&world, &ids), [Disabled; 2]);
        world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
        assert_eq!(states(&world, &ids), [Active; 2]);
    }
}

/// CN-19, C08: who paused, why, and who wishes to resume: the whole matrix.
//= CN-19 test
#[test]
fn who_may_end_a_pause() {
    let pausers = [
        Capacity::Owner,
        Capacity::Representative,
        Capacity::Operator,
        Capacity::System,
    ];
    for pauser in &pausers {
        let given = |reason: &Reason| pauser.may_give(*reason);
        for reason in Reason::ALL.into_iter().filter(given) {
            let (mut world, ids) = consented();
            let act = world.act(pauser.clone());
            let pause = change(&ids.sink, ConsentChange::Disable, reason);
            world.command(&act, &pause).unwrap();
            for resumer in &pausers {
                for is_signed in [true, false] {
                    let mut world = fork(&world);
                    let command = if is_signed {
                        signed(&mut world, &ids.sink, ConsentChange::Reactivate)
                    } else {
                        change(&ids.sink, ConsentChange::Reactivate, reason_of(resumer))
                    };
                    let act = world.act(resumer.clone());
                    let found = world.try_decide(&act, &command).map_err(|r| r.code());
                    let expected = match (resumer.is_for_owner(), is_signed) {
                        (false, true) => Some("capacity_not_allowed"),
                        (false, false) if pauser.is_for_owner() => Some("reactivation_not_yours"),
                        (false, false) => None,
                        (true, _) if !pauser.is_for_owner() && !reason.owner_may_reactivate() => {
                            Some("reactivation_not_yours")
                        }
                        (true, false) => Some("change_not_signed"),
                        (true, true) => None,
                    };
                    let case = format!("{pauser:?} {reason:?} {resumer:?} {is_signed}");
                    assert_eq!(found.err(), expected, "{case}");
                }
            }
        }
    }
}

/// A reason that somebody in this capacity may give.
fn reason_of(capacity: &Capacity) -> Reason {
    if capacity.is_for_owner() {
        Reason::OwnerWish
    } else {
        Reason::LegalOrder
    }
}

/// CN-18: the record of why is worth something: nobody gives a reason that is not theirs to give,
/// and those of the operator's own cascades are nobody's.
//= CN-18 test
#[test]
fn who_may_give_which_reason() {
    let all = [
        Capacity::Owner,
        Capacity::Representative,
        Capacity::Operator,
        Capacity::System,
    ];
    for who in &all {
        for reason in Reason::ALL {
            let (mut world, ids) = consented();
            let command = change(&ids.sink, ConsentChange::Disable, reason);
            let act = world.act(who.clone());
            let found = world.try_decide(&act, &command).map_err(|r| r.code());
            let expected = match reason {
                Reason::OwnerWish => who.is_for_owner(),
                Reason::Expired | Reason::LinkRemoved | Reason::ServiceLeft => false,
                Reason::MandateEnded
                | Reason::ServiceSuspended
                | Reason::DescriptionChanged
                | Reason::SuspectedMisuse
                | Reason::LegalOrder => !who.is_for_owner(),
            };
            let code = (!expected).then_some("reason_not_allowed");
            assert_eq!(found.err(), code, "{who:?} {reason:?}");
        }
    }
}

/// CN-17, CN-19: whoever paused and why, the owner may withdraw.
//= CN-15, CN-17, CN-19 test
#[test]
fn the_owner_withdraws_whatever_the_pause() {
    let operators = |reason: &Reason| Capacity::Operator.may_give(*reason);
    for reason in Reason::ALL.into_iter().filter(operators) {
        let (mut world, ids) = consented();
        world
            .operator_change(&ids.sink, ConsentChange::Disable, reason)
            .unwrap();
        world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
        assert_eq!(states(&world, &ids), [Withdrawn; 2]);
    }
}

/// CN-18: the reason is recorded, with who acted, and stands in no message.
//= CN-17, CN-18 test
#[test]
fn the_reason_is_recorded_and_not_sent() {
    let (mut world, ids) = consented();
    let reason = Reason::SuspectedMisuse;
    world
        .operator_change(&ids.sink, ConsentChange::Disable, reason)
        .unwrap();
    for event in world.log.iter().rev().take(2) {
        assert!(matches!(event.fact, Fact::ConsentChanged { reason: r, .. } if r == reason));
        assert_eq!(event.act.capacity, Capacity::Operator);
    }
    let pause = world
        .account
        .consent(&ids.sink)
        .unwrap()
        .pause
        .clone()
        .unwrap();
    assert_eq!((pause.by, pause.reason), (Capacity::Operator, reason));
    let octets = world.sink.received.last().unwrap();
    let message: serde_json::Value = serde_json::from_slice(octets).unwrap();
    let status = crate::support::payload_of(&message["consent_status"]["csr"]);
    let mut members: Vec<&String> = status.as_object().unwrap().keys().collect();
    members.sort_unstable();
    let expected = [
        "consent_status",
        "cr_id",
        "iat",
        "prev_record_id",
        "record_id",
        "surrogate_id",
        "version",
        "x_mydata",
    ];
    assert_eq!(members, expected);
}

/// CN-38, P28: a consent whose time is over is not resumed, and may be withdrawn.
#[test]
fn an_expired_consent_is_not_resumed() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    world.wait(30 * 86_400);
    let command = signed(&mut world, &ids.sink, ConsentChange::Reactivate);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &command),
        "consent_expired"
    );
    let resume = ConsentChange::Reactivate;
    let code = code_of(&mut world, |world| world.signed_change(&ids.sink, resume));
    assert_eq!(code, "consent_expired");
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
}

/// P28: the timers end what is over, once, with its reason; before `exp` they end nothing.
#[test]
fn timers_end_what_is_over() {
    let (mut world, ids) = consented();
    let act = world.act(Capacity::System);
    world.wait(30 * 86_400 - 1);
    assert_eq!(world.try_decide(&act, &Command::Expire).unwrap().events, []);
    world.wait(1);
    let outbox = undelivered(&mut world, &act, &Command::Expire);
    assert_eq!(outbox.len(), 2);
    world.deliver(&outbox);
    assert_eq!(states(&world, &ids), [Withdrawn; 2]);
    let reason = world.log.last().map(|event| &event.fact);
    assert!(matches!(
        reason,
        Some(Fact::ConsentChanged {
            reason: Reason::Expired,
            ..
        })
    ));
    assert_eq!(world.try_decide(&act, &Command::Expire).unwrap().events, []);
}

/// P25: a change touches the named consent and its pair, and nothing else.
#[test]
fn a_change_touches_nothing_else() {
    let (mut world, ids) = consented();
    let others = world.consent("study", &["src/c"]);
    let before = [&others.source, &others.sink].map(|id| world.account.consent(id).cloned());
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let after = [&others.source, &others.sink].map(|id| world.account.consent(id).cloned());
    assert_eq!(before, after);
}

fn altered(
    next: ConsentChange,
    alter: impl Fn(&mut ConsentStatus, &World, &PairIds),
) -> &'static str {
    let (mut world, ids) = consented();
    let mut command = signed(&mut world, &ids.source, next);
    let mut status = (*signatures(&mut command).status).clone();
    alter(&mut status, &world, &ids);
    signatures(&mut command).status = owned(&world, status);
    refused(&mut world, Capacity::Owner, &command)
}

/// P22, P23, CN-28, CN-93: a signed status that is not the next one of this consent is refused.
//= CN-28, CN-93 test
#[test]
fn a_signed_status_that_does_not_follow_is_refused() {
    let next = ConsentChange::Disable;
    let other = |ids: &PairIds| -> ConsentId { ids.sink.clone() };
    let code = altered(next, |status, _, ids| status.cr_id = other(ids));
    assert_eq!(code, "chain_other_subject");
    let code = altered(next, |status, world, ids| {
        let sink = world.account.consent(&ids.sink).unwrap();
        status.surrogate_id = sink.terms().surrogate_id.clone();
    });
    assert_eq!(code, "chain_other_surrogate");
    let code = altered(next, |status, _, _| {
        let unknown = RecordId::parse("unknown").unwrap();
        status.prev_record_id = mydata::record::chain::Previous::Record(unknown);
    });
    assert_eq!(code, "chain_gap");
    let code = altered(next, |status, _, _| {
        status.prev_record_id = mydata::record::chain::Previous::None;
    });
    assert_eq!(code, "chain_fork");
    let code = altered(next, |status, world, ids| {
        let chain = &world.account.consent(&ids.source).unwrap().chain;
        status.record_id = chain.latest().record_id.clone();
    });
    assert_eq!(code, "chain_record_id_reused");
    let early = mydata::core::time::Seconds::new(1);
    let code = altered(next, |status, _, _| status.iat = status.iat.minus(early));
    assert_eq!(code, "chain_time_backwards");
    let ahead = mydata::core::time::Seconds::new(6);
    let code = altered(next, |status, _, _| status.iat = status.iat.plus(ahead));
    assert_eq!(code, "record_time");
}

/// SL-51, CN-91: the id of a status record is unique in the account, not only in its chain: a change
/// cannot bring one that stands in another chain.
//= SL-51, CN-91 test
#[test]
fn a_change_with_the_record_id_of_another_chain_is_refused() {
    let (mut world, ids) = consented();
    let mut command = signed(&mut world, &ids.source, ConsentChange::Disable);
    let mut status = (*signatures(&mut command).status).clone();
    let sink = world.account.consent(&ids.sink).unwrap();
    status.record_id = sink.chain.latest().record_id.clone();
    signatures(&mut command).status = owned(&world, status);
    let found = world
        .try_decide(&world.owner_act(), &command)
        .map_err(|r| r.code());
    assert_eq!(found.err(), Some("record_id_taken"));
}

/// CN-91: nor may the two records of one mirrored change have one id.
//= CN-91 test
#[test]
fn a_mirrored_change_with_one_record_id_is_refused() {
    let (mut world, ids) = consented();
    let mut command = signed(&mut world, &ids.sink, ConsentChange::Disable);
    let both = signatures(&mut command);
    let mut mirrored = (**both.mirrored.as_ref().unwrap()).clone();
    mirrored.record_id = both.status.record_id.clone();
    let mirrored = owned(&world, mirrored);
    signatures(&mut command).mirrored = Some(mirrored);
    let found = world
        .try_decide(&world.owner_act(), &command)
        .map_err(|r| r.code());
    assert_eq!(found.err(), Some("record_id_taken"));
}

/// CN-15, C08: the owner who has signed the sink's half alone has both changed: the operator
/// restricts the source's half in their stead.
#[test]
fn the_operator_mirrors_what_the_owner_has_not() {
    let (mut world, ids) = consented();
    let mut command = signed(&mut world, &ids.sink, ConsentChange::Disable);
    signatures(&mut command).mirrored = None;
    world.command(&world.owner_act(), &command).unwrap();
    assert_eq!(states(&world, &ids), [Disabled; 2]);
    let source = world.account.consent(&ids.source).unwrap();
    assert_eq!(source.chain.paused_by(), Some(Party::Operator));
    world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    assert_eq!(states(&world, &ids), [Active; 2]);
}

/// CN-16, P24: nothing follows a withdrawal, by anybody.
//= CN-16, CN-49 test
#[test]
fn nothing_follows_a_withdrawal() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    for who in [Capacity::Owner, Capacity::Operator, Capacity::System] {
        for id in [&ids.source, &ids.sink] {
            for next in ConsentChange::ALL {
                let command = change(id, next, Reason::OwnerWish);
                let code = refused(&mut world, who.clone(), &command);
                assert_eq!(code, "chain_terminal");
            }
        }
    }
}

/// CN-21, P19: while the sink's half is paused for the operator's own reasons, ending a pause of the
/// source's own does not let the sink in again with a token that it still has.
#[test]
fn the_sources_half_is_not_opened_while_the_operator_holds_the_sinks() {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    world.change(&ids.source, ConsentChange::Disable).unwrap();
    let reason = Reason::SuspectedMisuse;
    world
        .operator_change(&ids.sink, ConsentChange::Disable, reason)
        .unwrap();
    // Whether this is refused or leaves the source closed is the operator's choice.
    let _refused_or_harmless = world.change(&ids.source, ConsentChange::Reactivate);
    let path = prepared.url.path().to_owned();
    let access = world.answer(&prepared.authorization, &path);
    assert!(access.granted().is_err(), "a suspected sink gets data");
}

/// CN-19, CN-21: the same the other way round: the end of the operator's pause of the source's half
/// does not override the owner's pause of the sink's.
#[test]
fn the_sources_half_is_not_opened_while_the_owner_holds_the_sinks() {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    let reason = Reason::LegalOrder;
    world
        .operator_change(&ids.source, ConsentChange::Disable, reason)
        .unwrap();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    // Whether this is refused or leaves the source closed is the operator's choice.
    let _refused_or_harmless =
        world.operator_change(&ids.source, ConsentChange::Reactivate, reason);
    let path = prepared.url.path().to_owned();
    let access = world.answer(&prepared.authorization, &path);
    assert!(
        access.granted().is_err(),
        "a sink that the owner has paused gets data"
    );
}
