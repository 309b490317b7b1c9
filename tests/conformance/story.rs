//! The main job from end to end.

use crate::support::new_key;
use mydata::operator::Reason;
use mydata::record::consent::{ConsentChange, ConsentState};
use mydata::record::message::{LinkCopyRequest, ToService};
use mydata::service::{Service, Setting};
use mydata_chosen::Chosen;
use mydata_conformance::World;

//= CN-46, CN-49, DT-45 test
#[test]
fn link_consent_fetch_pause_resume_withdraw() {
    let (mut world, ids) = World::consented();
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), [""; 0]);
    assert_eq!(world.fetch(&ids.sink, "care", "src/b"), [""; 0]);
    assert_eq!(
        world.fetch(&ids.sink, "care", "src/c"),
        ["dataset_not_consented"]
    );
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    assert_eq!(
        world.fetch(&ids.sink, "care", "src/a"),
        ["consent_disabled"]
    );
    world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), [""; 0]);
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    assert_eq!(
        world.fetch(&ids.sink, "care", "src/a"),
        ["consent_withdrawn"]
    );
}

/// SL-58, S31: after a change of the operator's keys, what stands under the earlier ones goes on:
/// the operator can restrict it, and a sink gets tokens that its source accepts.
//= SL-58 test
#[test]
fn an_operator_that_has_changed_its_keys_keeps_what_it_has_made() {
    let (mut world, ids) = World::consented();
    let status = std::mem::replace(&mut world.status_key, new_key("operator-status-2"));
    let tokens = std::mem::replace(&mut world.token_key, new_key("operator-tokens-2"));
    let refused = world.token(&ids.sink).unwrap_err();
    assert_eq!(refused.code(), "operator_key_other");
    world.earlier = [vec![status], vec![tokens]];
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), [""; 0]);
    world
        .operator_change(&ids.sink, ConsentChange::Withdraw, Reason::LegalOrder)
        .unwrap();
    let held = world.source.service.consent(&ids.source).unwrap();
    assert_eq!(held.chain.state(), ConsentState::Withdrawn);
}

/// SL-33, SL-36, CN-96, C39, C40: a service that has lost everything but its key gets it all back by
/// the surrogate, and then what has happened since.
//= SL-33, SL-36, CN-96 test
#[test]
fn a_service_that_has_lost_everything_is_restored_from_copies() {
    let (mut world, ids) = World::consented();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    let lost = world.source.service.clone();
    let surrogate = lost.links().next().unwrap().1.record.surrogate_id.clone();
    assert_eq!(lost.lost_link(&surrogate), None, "nothing is lost yet");
    let id = lost.id();
    let keys = world.source.registered.keys.clone();
    let mut service = Service::new(id.clone(), keys, world.known_operator());
    let request = service.lost_link(&surrogate).unwrap();
    let expected = LinkCopyRequest {
        surrogate_id: surrogate,
    };
    assert_eq!(request, expected);
    let link = world.account.link_copy(id, &request.surrogate_id).unwrap();
    let consents = world
        .account
        .consent_copies(id, &request.surrogate_id)
        .unwrap();
    assert_eq!(consents.len(), 1);
    let foreign = world.sink.service.id();
    let refused = world
        .account
        .consent_copies(foreign, &request.surrogate_id)
        .unwrap_err();
    assert_eq!(refused.code(), "link_unknown");

    let setting = Setting {
        from: &world.operator_id,
        now: world.now,
        crypto: &Chosen,
    };
    let link = ToService::Link(link);
    let mut effects = service.receive(&link, setting).unwrap().effects();
    for consent in &consents {
        effects.extend(service.restore(consent, setting).unwrap().effects());
    }
    // Until the operator has been asked, nothing is processed on a copy.
    let standing = service.standing(&ids.source, world.now).unwrap();
    assert_eq!(standing.code(), "consent_status_unknown");
    let query = service.status_query(&ids.source).unwrap();
    let reply = world.account.introspect(id, &query).unwrap();
    effects.extend(service.catch_up(&reply, setting).unwrap().effects());
    assert_eq!(effects.len(), 3, "linked, asked, stopped");
    assert!(service.links().eq(lost.links()));
    let (held, was) = (
        service.consent(&ids.source).unwrap(),
        lost.consent(&ids.source).unwrap(),
    );
    assert_eq!(
        (&held.record, &held.chain, held.in_doubt),
        (&was.record, &was.chain, false)
    );
}
