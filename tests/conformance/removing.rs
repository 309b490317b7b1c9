//! The end of a link (Service Linking 2.0 §3.2, Consenting 2.0 §3.4).
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{
    Still, as_service, consented, hand, link_id, linked, names, pair_for, refused, removal, single,
    undelivered,
};
use mydata::core::id::{ConsentId, LinkId};
use mydata::core::party::Party;
use mydata::operator::{Capacity, Command, Event, Fact, Reason};
use mydata::record::consent::ConsentState;
use mydata::record::link::LinkState;
use mydata::record::message::ToService;
use mydata::service::Installed;
use mydata_conformance::World;

fn state(world: &World, cr_id: &ConsentId) -> ConsentState {
    world.account.consent(cr_id).unwrap().chain.state()
}

fn signed_removal(world: &mut World, link: &LinkId) -> Command {
    let draft = world.with_env(|account, env| account.draft_removal(link, env));
    Command::RemoveLink {
        link_id: link.clone(),
        signed: Some(world.by_owner(&draft.unwrap())),
    }
}

/// SL-23, SL-26, SL-54, SL-58, C08: the owner with a signature or without, the operator, its timers
/// and the service itself end a link; the status is the owner's where the owner signed it.
//= SL-23, SL-24, SL-26, SL-54, SL-58 test
#[test]
fn everybody_concerned_may_end_a_link() {
    let cases = [
        (Capacity::Owner, true, Party::Owner),
        (Capacity::Representative, true, Party::Owner),
        (Capacity::Owner, false, Party::Operator),
        (Capacity::Operator, false, Party::Operator),
        (Capacity::System, false, Party::Operator),
        (as_service("source"), false, Party::Operator),
    ];
    for (who, is_signed, signer) in cases {
        let mut world = linked();
        let link = link_id(&world, "source");
        let command = if is_signed {
            signed_removal(&mut world, &link)
        } else {
            removal(&link)
        };
        let act = world.act(who);
        world.command(&act, &command).unwrap();
        let chain = &world.account.link(&link).unwrap().chain;
        assert_eq!(chain.state(), LinkState::Removed);
        assert!(chain.latest().is_signed_by(signer));
        let held = world.source.service.link(&link).unwrap();
        assert_eq!(held.chain, *chain);
    }
}

/// P32, SL-26: a service ends its own link and no other; to it there is no other.
//= SL-26 test
#[test]
fn a_service_ends_only_its_own_link() {
    let mut world = linked();
    let command = removal(&link_id(&world, "source"));
    assert_eq!(
        refused(&mut world, as_service("sink"), &command),
        "link_unknown"
    );
}

/// P32: only who acts for the owner brings the owner's signature.
#[test]
fn the_owners_signature_is_brought_by_the_owner_only() {
    let mut world = linked();
    let link = link_id(&world, "source");
    let command = signed_removal(&mut world, &link);
    for who in [Capacity::Operator, Capacity::System, as_service("source")] {
        assert_eq!(refused(&mut world, who, &command), "capacity_not_allowed");
    }
}

/// SL-31: asked again, the operator sends the same record again and makes no new one.
//= SL-31 test
#[test]
fn a_removal_that_is_asked_again_sends_the_same_record() {
    let mut world = linked();
    let link = link_id(&world, "source");
    let act = world.service_act("source");
    let first = undelivered(&mut world, &act, &removal(&link));
    let again = world.try_decide(&act, &removal(&link)).unwrap();
    assert_eq!(again.events, []);
    assert_eq!(again.outbox, first);
    let draft = world.with_env(|account, env| account.draft_removal(&link, env));
    assert_eq!(draft.unwrap_err().code(), "chain_terminal");
}

/// SL-25 (superseded), CN-23, CN-60, CN-62, C07, SL-27: the end of the sink's link withdraws its
/// consents and the source's halves; both services are told, the source first, the link last.
//= SL-27, SL-28, CN-23, CN-49, CN-60, CN-62 test
#[test]
fn the_end_of_the_sinks_link_withdraws_both_halves() {
    let (mut world, ids) = consented();
    let (command, own) = single(&mut world);
    world.command(&world.owner_act(), &command).unwrap();
    let link = link_id(&world, "sink");
    let act = world.owner_act();
    let outbox = undelivered(&mut world, &act, &removal(&link));
    for cr_id in [&ids.source, &ids.sink, &own] {
        assert_eq!(state(&world, cr_id), ConsentState::Withdrawn);
    }
    let to: Vec<&str> = outbox.iter().map(|delivery| delivery.to.as_str()).collect();
    assert_eq!(to.iter().filter(|to| **to == "source").count(), 1);
    assert_eq!(to.len(), 4);
    assert!(matches!(
        outbox.last().unwrap().message,
        ToService::LinkStatus(_)
    ));
    world.deliver(&outbox);
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), ["link_removed"]);
}

/// CN-24, C09: when the source's link goes, the source's half is withdrawn and the sink's stays, on
/// which no token is issued any more.
//= CN-24 test
#[test]
fn the_end_of_the_sources_link_leaves_the_sinks_half() {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    let link = link_id(&world, "source");
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    assert_eq!(state(&world, &ids.source), ConsentState::Withdrawn);
    assert_eq!(state(&world, &ids.sink), ConsentState::Active);
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), ["link_removed"]);
    // Nor does the token help that was issued before.
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    let path = prepared.url.path().to_owned();
    let denied = world
        .answer(&prepared.authorization, &path)
        .granted()
        .unwrap_err();
    assert_eq!(denied.reasons().first().unwrap().code(), "link_removed");
}

/// CN-61, P24: a new link revives nothing; new consents are needed, and can be given.
//= CN-61 test
#[test]
fn a_new_link_revives_nothing() {
    let (mut world, ids) = consented();
    for name in ["sink", "source"] {
        let link = link_id(&world, name);
        world.command(&world.owner_act(), &removal(&link)).unwrap();
        world.link(name);
    }
    for cr_id in [&ids.source, &ids.sink] {
        assert_eq!(state(&world, cr_id), ConsentState::Withdrawn);
    }
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), ["link_removed"]);
    let new = world.consent("care", &["src/a"]);
    assert_eq!(world.fetch(&new.sink, "care", "src/a"), [""; 0]);
}

/// CN-44, SL-05: without both links no consent is given, also with a pair signed before the end.
//= SL-05, CN-44 test
#[test]
fn a_pair_signed_before_the_end_of_a_link_is_refused() {
    for name in ["source", "sink"] {
        let mut world = linked();
        let (command, _) = pair_for(&mut world, "study", &["src/c"]);
        let link = link_id(&world, name);
        world.command(&world.owner_act(), &removal(&link)).unwrap();
        assert_eq!(
            refused(&mut world, Capacity::Owner, &command),
            "link_removed"
        );
        let choice = world.choice("study", &["src/c"]);
        let before = Still::of(&world);
        assert_eq!(world.try_pair(&choice).unwrap_err().code(), "link_removed");
        before.assert(&world);
    }
    let mut world = World::new();
    world.link("source");
    let choice = world.choice("study", &["src/c"]);
    assert_eq!(world.try_pair(&choice).unwrap_err().code(), "link_unknown");
}

/// CN-18, FW-10: who ended it and why stands in the operator's events.
#[test]
fn the_end_of_a_link_is_recorded_with_its_reason() {
    let (mut world, ids) = consented();
    let link = link_id(&world, "sink");
    world
        .command(&world.service_act("sink"), &removal(&link))
        .unwrap();
    let of_consent = |event: &&Event| matches!(&event.fact, Fact::ConsentChanged { cr_id, .. } if *cr_id == ids.source);
    let event = world.log.iter().rfind(of_consent).unwrap();
    assert_eq!(event.act.capacity, as_service("sink"));
    let Fact::ConsentChanged { reason, .. } = &event.fact else {
        panic!("{event:?}")
    };
    assert_eq!(*reason, Reason::LinkRemoved);
}

/// SL-34, SL-37: a service that has its link may ask for copies all the same, of the record and of
/// the status; they are known.
//= SL-34, SL-37 test
#[test]
fn copies_of_what_is_held_are_given_and_known() {
    let mut world = linked();
    let link = link_id(&world, "source");
    let service = world.source.service.clone();
    let query = service.link_query(&link).unwrap();
    assert_eq!(service.lost_link(&query.surrogate_id), None);
    let account = &world.account;
    let copy = account.link_copy(service.id(), &query.surrogate_id);
    let copy = ToService::Link(copy.unwrap());
    assert_eq!(hand(&mut world, "source", &copy), Ok(Installed::Already));
    let account = &world.account;
    let status = account.link_status_copy(service.id(), &query.surrogate_id);
    let status = ToService::LinkStatus(status.unwrap());
    assert_eq!(hand(&mut world, "source", &status), Ok(Installed::Already));
    let unknown = LinkId::parse("no-such-link").unwrap();
    let refusal = service.link_query(&unknown).unwrap_err();
    assert_eq!(refusal.code(), "held_link_unknown");
}

/// SL-36, SL-38: a status that was lost on the way comes with a copy, also the one that ended the
/// link.
//= SL-36, SL-38 test
#[test]
fn a_status_that_was_lost_comes_with_a_copy() {
    let mut world = linked();
    let link = link_id(&world, "source");
    let act = world.owner_act();
    undelivered(&mut world, &act, &removal(&link));
    let service = world.source.service.clone();
    assert!(service.link(&link).unwrap().is_active());
    let query = service.link_query(&link).unwrap();
    let account = &world.account;
    let status = account.link_status_copy(service.id(), &query.surrogate_id);
    let status = ToService::LinkStatus(status.unwrap());
    let effects = hand(&mut world, "source", &status).unwrap().effects();
    assert_eq!(names(&effects), ["Unlinked"]);
}

/// SL-35, SL-38, C39: by surrogate a service gets its own link and status; of a removed link the
/// status only; of another service's surrogate it learns nothing.
//= SL-35, SL-38, SL-56 test
#[test]
fn copies_by_surrogate() {
    let mut world = linked();
    let link = link_id(&world, "source");
    let held = world.account.link(&link).unwrap().clone();
    let (source, sink) = (
        world.source.service.id().clone(),
        world.sink.service.id().clone(),
    );
    let surrogate = &held.record.surrogate_id;
    let copy = world.account.link_copy(&source, surrogate).unwrap();
    assert_eq!(
        (copy.slr, copy.ssr),
        (held.record.seal(), held.chain.latest().seal())
    );
    let code = |rejection: mydata::operator::Rejection| rejection.code();
    let theirs = world.account.link_copy(&sink, surrogate).map_err(code);
    assert_eq!(theirs, Err("link_unknown"));
    let theirs = world
        .account
        .link_status_copy(&sink, surrogate)
        .map_err(code);
    assert_eq!(theirs, Err("link_unknown"));

    world.command(&world.owner_act(), &removal(&link)).unwrap();
    let copy = world.account.link_copy(&source, surrogate).map_err(code);
    assert_eq!(copy, Err("link_removed"));
    let status = world.account.link_status_copy(&source, surrogate).unwrap();
    let latest = world.account.link(&link).unwrap().chain.latest().seal();
    assert_eq!(status.ssr, latest);
}
