//! The service's side: what it installs, what it refuses, and that a refusal leaves it as it was
//! (Consenting 2.0 §2.4 and §2.5).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{
    Still, arrive, change, consented, decode, encode, envelope, fork, from_json, hand, header_of,
    invite, link_id, linked, names, new_key, offered, operator_act, pair_for, payload_of, removal,
    signed, signed_by_hand, single, to_json, undelivered, unheard,
};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{ConsentId, DatasetId, OperatorId, PurposeId, SurrogateId};
use mydata::keys::PrivateKey;
use mydata::operator::{Command, Reason};
use mydata::record::consent::ConsentChange;
use mydata::record::message::{StatusReply, ToService};
use mydata::service::{Effect, Installed, KnownOperator, Service, Setting};
use mydata_chosen::Chosen;
use mydata_conformance::World;
use mydata_conformance::chance::{Broken, Counter};
use serde_json::{Value, json};

/// A pair that is decided at the operator and delivered to nobody: the messages to source and sink.
fn on_its_way() -> (World, ToService, ToService) {
    let mut world = linked();
    let (command, _) = pair_for(&mut world, "care", &["src/a", "src/b"]);
    let owner = world.owner_act();
    let outbox = undelivered(&mut world, &owner, &command);
    let mut messages = outbox.into_iter().map(|delivery| delivery.message);
    let (source, sink) = (messages.next().unwrap(), messages.next().unwrap());
    (world, source, sink)
}

/// The delivery inside a message.
fn inner(message: &mut Value) -> &mut Value {
    let (_, inner) = message.as_object_mut().unwrap().iter_mut().next().unwrap();
    inner
}

/// The four records of a pair, and where each stands: `("source", "cr")`, …
const RECORDS: [(&str, &str); 4] = [
    ("source", "cr"),
    ("source", "csr"),
    ("sink", "cr"),
    ("sink", "csr"),
];

/// CN-03, CN-27, CN-32, CN-78, CN-88, P1, P2: a record of a pair that is signed by anybody but the
/// owner of the link is not installed, whatever `kid` it claims.
//= CN-03, CN-88, CN-94 test
#[test]
fn a_record_with_a_strangers_signature_is_refused() {
    let (world, source, sink) = on_its_way();
    let strangers = new_key("stranger-1");
    let disguised = new_key("owner-1");
    for (to, member) in RECORDS {
        let message = to_json(if to == "source" { &source } else { &sink });
        let mut record = message.clone();
        let record = inner(&mut record)[member].clone();
        let typ = header_of(&record)["typ"].as_str().unwrap().to_owned();
        let signers: [(&PrivateKey, &str); 4] = [
            (&strangers, "jws_kid_unknown"),
            (&world.sink.key, "jws_kid_unknown"),
            (&world.token_key, "jws_kid_unknown"),
            (&disguised, "jws_alg_mismatch"),
        ];
        for (key, code) in signers {
            let mut world = fork(&world);
            let mut forged = message.clone();
            inner(&mut forged)[member] = envelope(&payload_of(&record), &typ, key);
            assert_eq!(
                unheard(&mut world, to, &from_json(&forged)),
                code,
                "{to} {member}"
            );
        }
        // The operator signs no consent, and no first status of one.
        let mut world = fork(&world);
        let mut forged = message.clone();
        inner(&mut forged)[member] = envelope(&payload_of(&record), &typ, &world.status_key);
        let code = unheard(&mut world, to, &from_json(&forged));
        let expected = if member == "cr" {
            "jws_kid_unknown"
        } else {
            "chain_first_not_owner"
        };
        assert_eq!(code, expected, "{to} {member}");
    }
}

/// A key of the owner's algorithm and `kid` that is not the owner's.
//= CN-03, CN-33 test
#[test]
fn a_forged_signature_of_the_right_kind_is_refused() {
    let (world, source, _) = on_its_way();
    let kid = mydata::core::id::KeyId::parse("owner-1").unwrap();
    let twin = mydata_chosen::generate(kid, mydata::core::jwk::Algorithm::Es256).unwrap();
    for member in ["cr", "csr"] {
        let mut world = fork(&world);
        let mut forged = to_json(&source);
        let record = &mut inner(&mut forged)[member];
        let typ = header_of(record)["typ"].as_str().unwrap().to_owned();
        *record = envelope(&payload_of(record), &typ, &twin);
        let code = unheard(&mut world, "source", &from_json(&forged));
        assert_eq!(code, "jws_signature_invalid", "{member}");
    }
}

/// CN-33, P4, P6: any changed octet of payload, protected header or signature is found, in both
/// records of the delivery.
//= CN-12, CN-33 test
#[test]
fn a_flipped_octet_is_found() {
    let (mut world, source, sink) = on_its_way();
    for (to, member) in RECORDS {
        let message = to_json(if to == "source" { &source } else { &sink });
        for part in ["payload", "protected", "signature"] {
            let mut whole = message.clone();
            let text = inner(&mut whole)[member][part].as_str().unwrap().to_owned();
            let octets = decode(&text).unwrap();
            // Every eleventh octet, and the last one.
            let mut places: Vec<usize> = (0..octets.len()).step_by(11).collect();
            places.push(octets.len() - 1);
            for at in places {
                let mut flipped = octets.clone();
                if let Some(octet) = flipped.get_mut(at) {
                    *octet ^= 0b0000_0100;
                }
                let mut forged = message.clone();
                inner(&mut forged)[member][part] = json!(encode(&flipped));
                let code = unheard(&mut world, to, &from_json(&forged));
                let is_expected = code.starts_with("jws_") || code.starts_with("json_")
                    // A changed id in a status or consent looks up another, unknown one.
                    || code == "held_link_unknown";
                assert!(is_expected, "{to} {member} {part} {at}: {code}");
            }
        }
    }
    // And the deliveries themselves are in order.
    assert!(hand(&mut world, "source", &source).is_ok());
    assert!(hand(&mut world, "sink", &sink).is_ok());
}

/// The paths of all members of an object, at any depth.
fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(object) = value.as_object() {
        for (name, value) in object {
            let path = format!("{at}/{name}");
            paths(value, &path, found);
            found.push(path);
        }
    }
    if let Some(array) = value.as_array() {
        for (index, value) in array.iter().enumerate() {
            paths(value, &format!("{at}/{index}"), found);
        }
    }
}

fn remove(value: &mut Value, path: &str) {
    let (parent, name) = path.rsplit_once('/').unwrap();
    let object = value.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    object.remove(name).unwrap();
}

/// Members that a record may leave out: `nbf` and `exp` (CN-74, CN-75, CN-82, CN-83), our
/// extensions, and a single consent's `role` (C11).
fn is_optional(path: &str, typ: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    path.contains("x_mydata")
        || matches!(name, "nbf" | "exp")
        // What a key is for and its algorithm follow from its place and curve (RFC 7517 §4.2, §4.4).
        || matches!(name, "alg" | "use")
        || (name == "role" && typ == "mydata-cr+json")
        // The sink's half names the distribution; only the source's must, since it serves it.
        || (name.starts_with("distribution_") && typ == "mydata-sink-cr+json")
        || (name == "distribution_id" && typ == "mydata-source-cr+json")
}

/// CN-34, CN-36: a record from which any mandatory member is missing is refused, also when the
/// owner has signed it so.
//= CN-34, CN-36 test
#[test]
fn each_mandatory_member_is_missed() {
    let (mut world, source, sink) = on_its_way();
    let (command, _) = single(&mut world);
    let owner = world.owner_act();
    let own = undelivered(&mut world, &owner, &command);
    let own = own.into_iter().next().unwrap().message;
    let mut missed = 0;
    for (to, message) in [("source", &source), ("sink", &sink), ("sink", &own)] {
        for member in ["cr", "csr"] {
            let mut message = to_json(message);
            let record = inner(&mut message)[member].clone();
            let typ = header_of(&record)["typ"].as_str().unwrap().to_owned();
            let payload = payload_of(&record);
            let mut all = Vec::new();
            paths(&payload, "", &mut all);
            for path in all.iter().filter(|path| !is_optional(path, &typ)) {
                let mut lacking = payload.clone();
                remove(&mut lacking, path);
                let mut forged = message.clone();
                inner(&mut forged)[member] = envelope(&lacking, &typ, &world.owner);
                let mut world = fork(&world);
                let before = Still::of(&world);
                let Err(refusal) = hand(&mut world, to, &from_json(&forged)) else {
                    panic!("{typ} without {path} is installed")
                };
                before.assert(&world);
                assert!(
                    refusal.code().starts_with("json_"),
                    "{typ}{path}: {refusal}"
                );
                missed += 1;
            }
        }
    }
    assert!(missed > 90, "{missed}");
}

/// CN-31, CN-79, CN-89, CN-95, D12: a header without `kid`, or one that brings its own key, is
/// refused.
//= CN-31, CN-89, CN-95 test
#[test]
fn a_header_without_a_key_id_or_with_a_key_of_its_own_is_refused() {
    let (mut world, source, _) = on_its_way();
    let jwk: Value = serde_json::from_str(&world.owner.public().to_jwk()).unwrap();
    for member in ["cr", "csr"] {
        let mut message = to_json(&source);
        let record = inner(&mut message)[member].clone();
        let header = header_of(&record);
        let mut without = header.clone();
        without.as_object_mut().unwrap().remove("kid");
        let mut with = header.clone();
        with["jwk"] = jwk.clone();
        let mut other = header.clone();
        other["typ"] = json!("mydata-sink-cr+json");
        for (header, code) in [
            (without, "jws_kid_missing"),
            (with, "jws_key_in_header"),
            (other, "jws_typ_mismatch"),
        ] {
            let mut forged = message.clone();
            inner(&mut forged)[member] =
                signed_by_hand(&header, &payload_of(&record), &world.owner);
            assert_eq!(unheard(&mut world, "source", &from_json(&forged)), code);
        }
    }
}

/// CN-35, P22: a consent comes with its own status, and not with that of another consent.
//= CN-35, CN-36, CN-91 test
#[test]
fn a_consent_with_the_status_of_another_is_refused() {
    let (mut world, source, _) = on_its_way();
    let (command, _) = pair_for(&mut world, "study", &["src/c"]);
    let owner = world.owner_act();
    let outbox = undelivered(&mut world, &owner, &command);
    let mut forged = to_json(&source);
    let mut other = to_json(&outbox.first().unwrap().message);
    inner(&mut forged)["csr"] = inner(&mut other)["csr"].clone();
    let code = unheard(&mut world, "source", &from_json(&forged));
    assert_eq!(code, "chain_other_subject");

    // The right consent and another person's pseudonym.
    let mut status = payload_of(&inner(&mut to_json(&source))["csr"]);
    status["surrogate_id"] = json!("another-person");
    let mut forged = to_json(&source);
    inner(&mut forged)["csr"] = envelope(&status, "mydata-csr+json", &world.owner);
    let code = unheard(&mut world, "source", &from_json(&forged));
    assert_eq!(code, "chain_other_surrogate");
}

/// CN-14, CN-28, C10: the first status is Active and names nothing before it.
//= CN-14, CN-28, CN-90, CN-92, CN-93 test
#[test]
fn a_first_status_that_is_not_the_first_is_refused() {
    let (mut world, source, _) = on_its_way();
    for (member, value, code) in [
        (
            "consent_status",
            json!("Disabled"),
            "chain_first_not_active",
        ),
        (
            "consent_status",
            json!("Withdrawn"),
            "chain_first_not_active",
        ),
        (
            "prev_record_id",
            json!("earlier"),
            "chain_first_has_previous",
        ),
        ("consent_status", json!("Paused"), "json_shape"),
        ("consent_status", json!("No Link"), "json_shape"),
        ("consent_status", json!({ "Active": null }), "json_shape"),
        ("consent_status", json!(["Active"]), "json_shape"),
        ("consent_status", json!(true), "json_shape"),
        ("version", json!("1.3"), "json_shape"),
        ("iat", json!("1736236800"), "json_shape"),
    ] {
        let mut forged = to_json(&source);
        let mut status = payload_of(&inner(&mut forged)["csr"]);
        status[member] = value;
        inner(&mut forged)["csr"] = envelope(&status, "mydata-csr+json", &world.owner);
        assert_eq!(unheard(&mut world, "source", &from_json(&forged)), code);
    }
}

/// CN-48, CN-76, CN-70: a service installs what is for it, under its own link and operator.
//= CN-48, CN-70, CN-76 test
#[test]
fn a_record_for_another_service_link_or_operator_is_refused() {
    let (mut world, source, sink) = on_its_way();
    // To the wrong party: the link that it names is not held there.
    assert_eq!(unheard(&mut world, "sink", &source), "held_link_unknown");
    assert_eq!(unheard(&mut world, "source", &sink), "held_link_unknown");
    // Under the right link, and still not right.
    for (member, value, code) in [
        ("subject_id", "sink", "service_other"),
        ("operator", "another.example", "operator_other"),
        ("surrogate_id", "another-person", "consent_not_of_link"),
        ("slr_id", "another-link", "held_link_unknown"),
    ] {
        let mut forged = to_json(&source);
        let mut record = payload_of(&inner(&mut forged)["cr"]);
        record["common_part"][member] = json!(value);
        inner(&mut forged)["cr"] = envelope(&record, "mydata-source-cr+json", &world.owner);
        assert_eq!(unheard(&mut world, "source", &from_json(&forged)), code);
    }
}

/// C29, P2: what comes over another operator's channel is not installed, and does not put a consent
/// in doubt.
#[test]
fn only_the_operator_of_the_link_is_heard() {
    let (mut world, source, _) = on_its_way();
    let others = OperatorId::parse("another.example").unwrap();
    let ours = std::mem::replace(&mut world.operator_id, others);
    assert_eq!(unheard(&mut world, "source", &source), "operator_other");
    world.operator_id = ours.clone();

    let (mut world, ids) = consented();
    let command = signed(&mut world, &ids.sink, ConsentChange::Disable);
    let owner = world.owner_act();
    let outbox = undelivered(&mut world, &owner, &command);
    world.operator_id = OperatorId::parse("another.example").unwrap();
    let status = &outbox.first().unwrap().message;
    assert_eq!(unheard(&mut world, "source", status), "operator_other");
    world.operator_id = ours;
    assert_eq!(world.source.service.doubts().count(), 0);

    // An operator that the service does not work with cannot link either.
    let mut world = World::new();
    world.operator_id = OperatorId::parse("another.example").unwrap();
    let code = mydata::core::id::LinkCode::from_random(world.bits());
    let invitation = mydata::record::message::LinkInvitation {
        code,
        operator_id: world.operator_id.clone(),
        service_id: world.source.service.id().clone(),
        surrogate_id: None,
    };
    let message = ToService::LinkInvitation(invitation);
    assert_eq!(unheard(&mut world, "source", &message), "operator_unknown");
}

/// CN-36: half a delivery is no delivery; the whole one is installed with one effect.
//= CN-31, CN-36, CN-47 test
#[test]
fn a_good_delivery_is_installed_once() {
    let (mut world, source, sink) = on_its_way();
    for (to, message) in [("source", &source), ("sink", &sink)] {
        let effects = hand(&mut world, to, message).unwrap().effects();
        assert_eq!(names(&effects), ["Consented"]);
        let before = Still::of(&world);
        for _ in 0..3 {
            assert_eq!(hand(&mut world, to, message).unwrap(), Installed::Already);
        }
        before.assert(&world);
    }
}

/// SL-22, CN-47: an operator sends until it is acknowledged. Whatever comes twice is known the
/// second time: link, statuses and consents, also when the chain has gone on.
//= SL-22, CN-47 test
#[test]
fn duplicates_are_known_and_change_nothing() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    let link = link_id(&world, "sink");
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    let before = Still::of(&world);
    for to in ["source", "sink"] {
        for octets in world.side(to).received.clone() {
            let message: ToService = mydata::record::message::read(&octets).unwrap();
            match &message {
                // The dialogue of a linking has tests of its own.
                ToService::LinkInvitation(_) | ToService::LinkProposal(_) => {}
                ToService::Link(_)
                | ToService::LinkStatus(_)
                | ToService::SingleConsent(_)
                | ToService::SourceConsent(_)
                | ToService::SinkConsent(_)
                | ToService::ConsentStatus(_)
                | ToService::Subscription(_)
                | ToService::Objection(_) => {
                    assert_eq!(hand(&mut world, to, &message).unwrap(), Installed::Already);
                }
            }
        }
    }
    before.assert(&world);
}

/// SL-22: an invitation that comes again while the linking is under way is known.
#[test]
fn an_invitation_that_comes_again_is_known() {
    let mut world = World::new();
    invite(&mut world, "source");
    let octets = world.source.received.last().unwrap().clone();
    let message: ToService = mydata::record::message::read(&octets).unwrap();
    let before = Still::of(&world);
    assert_eq!(
        hand(&mut world, "source", &message).unwrap(),
        Installed::Already
    );
    before.assert(&world);
}

/// SL-22: "a message that comes a second time changes nothing", also when the linking to which it
/// belongs is complete: the invitation begins nothing, and both messages are acknowledged.
#[test]
fn the_messages_of_a_linking_that_come_again_after_the_link_is_made_begin_nothing() {
    let mut world = World::new();
    world.link("source");
    let received = world.source.received.clone();
    for octets in received.iter().take(2) {
        let message: ToService = mydata::record::message::read(octets).unwrap();
        assert!(matches!(
            message,
            ToService::LinkInvitation(_) | ToService::LinkProposal(_)
        ));
        let before = Still::of(&world);
        let installed = hand(&mut world, "source", &message);
        assert_eq!(
            installed,
            Ok(Installed::Already),
            "the person is asked again"
        );
        before.assert(&world);
    }
}

const CARE: (&str, &str) = ("care", "src/a");

fn may(service: &Service, cr_id: &ConsentId, world: &World) -> Vec<&'static str> {
    let purpose = PurposeId::parse(CARE.0).unwrap();
    let dataset = DatasetId::parse(CARE.1).unwrap();
    let processing = service.may_process(cr_id, &purpose, &dataset, world.now);
    assert_eq!(processing.is_permitted(), processing.codes().is_empty());
    processing.codes()
}

/// Asks the operator what is missing and gives the answer to the service.
fn ask(world: &World, name: &str, cr_id: &ConsentId) -> StatusReply {
    let service = match name {
        "source" => &world.source.service,
        _ => &world.sink.service,
    };
    let query = service.status_query(cr_id).unwrap();
    world.account.introspect(service.id(), &query).unwrap()
}

fn catch_up(
    world: &mut World,
    name: &str,
    reply: &StatusReply,
) -> Result<Installed, mydata::service::Refusal> {
    let from = world.operator_id.clone();
    let setting = Setting {
        from: &from,
        now: world.now,
        crypto: &Chosen,
    };
    world.side(name).service.catch_up(reply, setting)
}

/// CN-28 to CN-30, P23: a status that skips one is refused and puts the consent in doubt; nothing is
/// processed until the operator has said what was missing.
//= CN-28, CN-29, CN-30 test
#[test]
fn a_gap_puts_the_consent_in_doubt_until_it_is_closed() {
    let (mut world, ids) = consented();
    let owner = world.owner_act();
    let pause = signed(&mut world, &ids.sink, ConsentChange::Disable);
    undelivered(&mut world, &owner, &pause);
    let resume = signed(&mut world, &ids.sink, ConsentChange::Reactivate);
    let second = undelivered(&mut world, &owner, &resume);
    for delivery in &second {
        let to = delivery.to.as_str();
        let refusal = hand(&mut world, to, &delivery.message).unwrap_err();
        assert_eq!(refusal.code(), "chain_gap");
    }
    // The sink does not process, the source does not give.
    let doubt = ["consent_status_unknown"];
    assert_eq!(may(&world.sink.service, &ids.sink, &world), doubt);
    let token = world.token(&ids.sink).unwrap();
    let refused = world
        .prepare(&ids.sink, &token, CARE.0, CARE.1)
        .unwrap_err();
    assert_eq!(refused.code(), doubt[0]);
    let standing = world.source.service.standing(&ids.source, world.now);
    assert_eq!(standing.unwrap().code(), doubt[0]);

    for (name, cr_id) in [("source", &ids.source), ("sink", &ids.sink)] {
        let doubts: Vec<Effect> = world.side(name).service.doubts().collect();
        assert_eq!(names(&doubts), ["AskStatus"]);
        let Some(Effect::AskStatus { operator, query }) = doubts.first() else {
            panic!("nothing to ask")
        };
        assert_eq!((operator, &query.cr_id), (&world.operator_id, cr_id));
        let reply = ask(&world, name, cr_id);
        assert_eq!(reply.missing.len(), 2);
        let effects = catch_up(&mut world, name, &reply).unwrap().effects();
        assert_eq!(names(&effects), ["Resume"], "{name}");
        assert_eq!(world.side(name).service.doubts().count(), 0);
        let again = catch_up(&mut world, name, &reply).unwrap();
        assert_eq!(again, Installed::Already);
    }
    assert_eq!(world.fetch(&ids.sink, CARE.0, CARE.1), [""; 0]);
    assert_eq!(may(&world.sink.service, &ids.sink, &world), [""; 0]);
}

/// CN-29, CN-39: what a catch-up brings counts: a pause that was missed stops the work.
//= CN-39, CN-41 test
#[test]
fn catching_up_to_a_pause_stops_the_work() {
    let (mut world, ids) = consented();
    let owner = world.owner_act();
    let pause = signed(&mut world, &ids.sink, ConsentChange::Disable);
    undelivered(&mut world, &owner, &pause);
    let reply = ask(&world, "sink", &ids.sink);
    let effects = catch_up(&mut world, "sink", &reply).unwrap().effects();
    assert_eq!(names(&effects), ["Stop"]);
    assert_eq!(
        may(&world.sink.service, &ids.sink, &world),
        ["consent_disabled"]
    );
}

/// C21: an answer in which something is missing, of another consent or of another hand ends no
/// doubt and installs nothing.
//= CN-29, CN-30 test
#[test]
fn an_answer_that_does_not_close_the_gap_is_refused() {
    let (mut world, ids) = consented();
    let owner = world.owner_act();
    for change in [ConsentChange::Disable, ConsentChange::Reactivate] {
        let command = signed(&mut world, &ids.sink, change);
        undelivered(&mut world, &owner, &command);
    }
    let whole = ask(&world, "sink", &ids.sink);
    let check = |reply: &StatusReply, code: &str| {
        let mut world = fork(&world);
        let before = world.sink.service.consent(&ids.sink).unwrap().chain.clone();
        let refusal = catch_up(&mut world, "sink", reply).unwrap_err();
        assert_eq!(refusal.code(), code);
        let held = world.sink.service.consent(&ids.sink).unwrap();
        assert!(held.chain == before);
        // The operator has named a status that is not here: nothing is processed (CN-29).
        assert_eq!(held.in_doubt, reply.cr_id == ids.sink);
        let asked = names(refusal.effects());
        assert_eq!(asked == ["Stop", "AskStatus"], held.in_doubt);
    };
    let mut reply = whole.clone();
    reply.missing.remove(0);
    check(&reply, "chain_gap");
    let mut reply = whole.clone();
    reply.missing.clear();
    check(&reply, "chain_gap");
    let mut reply = whole.clone();
    reply.missing.reverse();
    check(&reply, "chain_gap");
    let mut reply = whole.clone();
    reply.cr_id = ids.source.clone();
    check(&reply, "held_consent_unknown");
    let mut reply = whole.clone();
    let source = ServiceName::source();
    reply.missing = world
        .account
        .introspect(&source, &source_query(&world, &ids.source))
        .unwrap()
        .missing;
    check(&reply, "chain_other_subject");
    // What leads on is installed, and the rest is asked for.
    let mut reply = whole.clone();
    reply.missing.pop();
    let effects = catch_up(&mut world, "sink", &reply).unwrap().effects();
    assert_eq!(names(&effects), ["Stop", "AskStatus"]);
    assert!(world.sink.service.consent(&ids.sink).unwrap().in_doubt);
    let rest = ask(&world, "sink", &ids.sink);
    assert_eq!(rest.missing.len(), 1);
    let effects = catch_up(&mut world, "sink", &rest).unwrap().effects();
    assert_eq!(names(&effects), ["Resume"]);
}

/// The source's id, for a question in its name.
struct ServiceName;

impl ServiceName {
    fn source() -> mydata::core::id::ServiceId {
        mydata::core::id::ServiceId::parse("source").unwrap()
    }
}

fn source_query(world: &World, cr_id: &ConsentId) -> mydata::record::message::StatusQuery {
    world.source.service.status_query(cr_id).unwrap()
}

/// CN-28: two records with one predecessor: the second is refused, and the consent is in doubt.
//= CN-28 test
#[test]
fn a_fork_is_refused_and_puts_the_consent_in_doubt() {
    let (mut world, ids) = consented();
    let pause = signed(&mut world, &ids.source, ConsentChange::Disable);
    let withdraw = signed(&mut world, &ids.source, ConsentChange::Withdraw);
    let owner = world.owner_act();
    let first = world.try_decide(&owner, &pause).unwrap();
    let second = world.try_decide(&owner, &withdraw).unwrap();
    let message =
        |decision: &mydata::operator::Decision| decision.outbox.first().unwrap().message.clone();
    let effects = hand(&mut world, "source", &message(&first))
        .unwrap()
        .effects();
    assert_eq!(names(&effects), ["Stop"]);
    let refusal = hand(&mut world, "source", &message(&second)).unwrap_err();
    assert_eq!(refusal.code(), "chain_fork");
    assert_eq!(world.source.service.doubts().count(), 1);
}

/// CN-28, P13: an old status of the same consent, sent again, is known and revives nothing.
//= CN-28 test
#[test]
fn an_old_status_revives_nothing() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    let active = world.sink.received.last().unwrap().clone();
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let message: ToService = mydata::record::message::read(&active).unwrap();
    let before = Still::of(&world);
    assert_eq!(
        hand(&mut world, "sink", &message).unwrap(),
        Installed::Already
    );
    before.assert(&world);
    assert_eq!(
        may(&world.sink.service, &ids.sink, &world),
        ["consent_withdrawn"]
    );
}

/// CN-27, CN-29: a status with a bad signature, from the right operator, is not installed and puts
/// the consent in doubt.
//= CN-27, CN-29 test
#[test]
fn a_status_that_does_not_verify_puts_the_consent_in_doubt() {
    let (mut world, ids) = consented();
    let command = signed(&mut world, &ids.sink, ConsentChange::Disable);
    let owner = world.owner_act();
    let decision = world.try_decide(&owner, &command).unwrap();
    let mut forged = to_json(&decision.outbox.last().unwrap().message);
    let status = payload_of(&inner(&mut forged)["csr"]);
    inner(&mut forged)["csr"] = envelope(&status, "mydata-csr+json", &new_key("stranger-1"));
    let before = world.sink.service.consent(&ids.sink).unwrap().chain.clone();
    let refusal = hand(&mut world, "sink", &from_json(&forged)).unwrap_err();
    assert_eq!(refusal.code(), "jws_kid_unknown");
    let held = world.sink.service.consent(&ids.sink).unwrap();
    assert!(held.in_doubt && held.chain == before);
    assert_eq!(
        may(&world.sink.service, &ids.sink, &world),
        ["consent_status_unknown"]
    );
    let reply = ask(&world, "sink", &ids.sink);
    let effects = catch_up(&mut world, "sink", &reply).unwrap().effects();
    assert_eq!(names(&effects), ["Resume"]);
}

/// C08, CN-27, SL-58: the operator's key may restrict, and may not end the owner's pause.
//= SL-58, CN-27 test
#[test]
fn the_operators_key_does_not_end_the_owners_pause() {
    let (mut world, ids) = consented();
    world.change(&ids.source, ConsentChange::Disable).unwrap();
    let owner = world.owner_act();
    let draft = world
        .with_env(|account, env| {
            account.draft_change(&owner, &ids.source, ConsentChange::Reactivate, env)
        })
        .unwrap();
    let csr = draft.status.sign(&world.status_key).unwrap().seal();
    let message = ToService::ConsentStatus(mydata::record::message::ConsentStatusDelivery { csr });
    let refusal = hand(&mut world, "source", &message).unwrap_err();
    assert_eq!(refusal.code(), "chain_signer_not_allowed");
}

/// CN-51, CN-53, CN-56, CN-58: each change of state tells the program what to do at once.
//= CN-51, CN-53, CN-56, CN-58 test
#[test]
fn a_change_of_state_says_what_to_do() {
    let (mut world, ids) = consented();
    let owner = world.owner_act();
    for (change, effect) in [
        (ConsentChange::Disable, vec!["Stop"]),
        (ConsentChange::Reactivate, vec!["Resume"]),
        (ConsentChange::Disable, vec!["Stop"]),
        (ConsentChange::Withdraw, vec![]),
    ] {
        let command = signed(&mut world, &ids.sink, change);
        for delivery in undelivered(&mut world, &owner, &command) {
            let to = delivery.to.as_str();
            let effects = hand(&mut world, to, &delivery.message).unwrap().effects();
            assert_eq!(names(&effects), effect, "{to} {change:?}");
        }
    }
}

/// CN-60, CN-63, SL-09: the end of a link stops everything under it, and ends the link.
//= SL-10, CN-63 test
#[test]
fn the_end_of_a_link_stops_what_is_under_it() {
    let (mut world, ids) = consented();
    let link = link_id(&world, "source");
    let act = operator_act(&world);
    let outbox = undelivered(&mut world, &act, &removal(&link));
    let status = outbox.last().unwrap().message.clone();
    assert!(matches!(status, ToService::LinkStatus(_)));
    // The status of the link alone is enough to end everything.
    let effects = hand(&mut world, "source", &status).unwrap().effects();
    assert_eq!(names(&effects), ["Stop", "Unlinked"]);
    let standing = world.source.service.standing(&ids.source, world.now);
    assert_eq!(standing.unwrap().code(), "link_removed");
    assert_eq!(
        hand(&mut world, "source", &status).unwrap(),
        Installed::Already
    );
}

/// SL-05, SL-09, P24: nothing is installed under a link that has ended.
//= SL-05, SL-09 test
#[test]
fn a_consent_that_comes_after_the_end_of_its_link_is_refused() {
    let (mut world, source, _) = on_its_way();
    let link = link_id(&world, "source");
    let act = operator_act(&world);
    let outbox = undelivered(&mut world, &act, &removal(&link));
    let status = outbox.last().unwrap().message.clone();
    assert!(hand(&mut world, "source", &status).is_ok());
    assert_eq!(unheard(&mut world, "source", &source), "link_removed");
}

/// CN-54, CN-64, P25: what is not affected goes on.
//= CN-54, CN-59, CN-64 test
#[test]
fn a_change_touches_no_other_consent() {
    let (mut world, ids) = consented();
    let others = world.consent("study", &["src/c"]);
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    assert_eq!(
        world.fetch(&ids.sink, "care", "src/a"),
        ["consent_withdrawn"]
    );
    assert_eq!(world.fetch(&others.sink, "study", "src/c"), [""; 0]);
}

/// CN-37, CN-38, P14, P28: a permission is for one moment, by the caller's clock, from `nbf` until
/// before `exp`.
//= CN-37, CN-38, CN-74, CN-82 test
#[test]
fn a_consent_permits_from_its_beginning_until_before_its_end() {
    let mut world = linked();
    let mut choice = world.choice("care", &["src/a"]);
    let begins = world.now.plus(mydata::core::time::Seconds::new(100));
    let ends = world.now.plus(mydata::core::time::Seconds::new(200));
    choice.validity = mydata::record::consent::Validity::new(Some(begins), Some(ends));
    let (command, ids) = world.try_pair(&choice).unwrap();
    world.command(&world.owner_act(), &command).unwrap();
    for (wait, codes) in [
        (99, vec!["consent_not_yet_valid"]),
        (1, vec![]),
        (99, vec![]),
        (1, vec!["consent_expired"]),
        (1000, vec!["consent_expired"]),
    ] {
        world.wait(wait);
        assert_eq!(may(&world.sink.service, &ids.sink, &world), codes);
        assert_eq!(world.fetch(&ids.sink, "care", "src/a"), codes);
    }
}

/// CN-77, CN-87: every reason is named: another purpose, another dataset, another consent.
//= CN-77, CN-87 test
#[test]
fn processing_beyond_the_consent_is_refused() {
    let (world, ids) = consented();
    let service = &world.sink.service;
    let ask = |cr_id: &ConsentId, purpose: &str, dataset: &str| {
        let (purpose, dataset) = (PurposeId::parse(purpose), DatasetId::parse(dataset));
        let (purpose, dataset) = (purpose.unwrap(), dataset.unwrap());
        service
            .may_process(cr_id, &purpose, &dataset, world.now)
            .codes()
    };
    assert_eq!(ask(&ids.sink, "care", "src/b"), [""; 0]);
    assert_eq!(ask(&ids.sink, "care", "src/c"), ["dataset_not_consented"]);
    assert_eq!(ask(&ids.sink, "study", "src/a"), ["purpose_not_consented"]);
    assert_eq!(ask(&ids.source, "care", "src/a"), ["held_consent_unknown"]);
    // A source's record permits no processing of its own (C13).
    let purpose = PurposeId::parse("care").unwrap();
    let dataset = DatasetId::parse("src/a").unwrap();
    let source = &world.source.service;
    let codes = source
        .may_process(&ids.source, &purpose, &dataset, world.now)
        .codes();
    assert_eq!(codes, ["purpose_not_consented"]);
}

/// SL-12, SL-43, C41: the pseudonym is 128 random bits that the caller's source gives, fresh for
/// each linking, in either direction; without randomness there is none.
//= SL-12, SL-43 test
#[test]
fn a_surrogate_is_128_random_bits_of_the_caller() {
    let bits = |random: &Counter| {
        use mydata::core::crypto::Random as _;
        let mut random = random.clone();
        SurrogateId::from_random(random.bits128().unwrap())
    };
    let mut world = World::new();
    invite(&mut world, "source");
    let expected = bits(&world.random);
    let (code, offer) = world.offer("source");
    assert_eq!(offer.surrogate_id, expected);
    assert_eq!(decode(offer.surrogate_id.as_str()).unwrap().len(), 16);
    // Asked again, the same linking has the same one.
    assert_eq!(world.offer("source").1, offer);

    let operator = world.operator_id.clone();
    let expected = bits(&world.random);
    let mut random = world.random.clone();
    let now = world.now;
    let service = &mut world.source.service;
    assert_eq!(
        service.start_linking(&operator, now, &mut random).unwrap(),
        expected
    );
    let refusal = service
        .start_linking(&operator, now, &mut Broken)
        .unwrap_err();
    assert_eq!(refusal.code(), "no_randomness");

    invite(&mut world, "sink");
    let sink_code = world.sink.code.clone().unwrap();
    let before = Still::of(&world);
    let refusal = world
        .sink
        .service
        .confirm_linking(&sink_code, None, &mut Broken);
    assert_eq!(refusal.unwrap_err().code(), "no_randomness");
    before.assert(&world);
    assert_ne!(code, sink_code);
}

/// A linking in which the owner has signed and the service has not.
fn proposed(direction: fn(&mut World, &str) -> mydata::core::id::LinkCode) -> World {
    let mut world = World::new();
    let code = direction(&mut world, "source");
    let offer = offered(&mut world, "source");
    world.command(&world.service_act("source"), &offer).unwrap();
    world.propose(&code);
    world
}

fn proposal(world: &World) -> Value {
    let octets = world.source.received.last().unwrap();
    serde_json::from_slice(octets).unwrap()
}

fn countersign(world: &mut World, message: &Value) -> Result<(), mydata::service::Refusal> {
    let ToService::LinkProposal(delivery) = from_json(message) else {
        panic!("not a proposal")
    };
    let from = world.operator_id.clone();
    let setting = Setting {
        from: &from,
        now: world.now,
        crypto: &Chosen,
    };
    let side = &mut world.source;
    side.service
        .countersign(&delivery, &side.key, setting)
        .map(|_| ())
}

/// SL-19, C29: the service signs what the owner has signed, for the surrogate that it gave, with an
/// operator key that it knew before; nothing else.
//= SL-19 test
#[test]
fn a_service_countersigns_only_what_it_has_agreed_to() {
    for direction in [invite, arrive] {
        let world = proposed(direction);
        let message = proposal(&world);
        let check = |forged: &Value, code: &str| {
            let mut world = fork(&world);
            let before = Still::of(&world);
            assert_eq!(countersign(&mut world, forged).unwrap_err().code(), code);
            before.assert(&world);
        };
        let record = payload_of(&message["link_proposal"]["slr"]);
        let typ = "mydata-slr+json";
        let other = new_key("operator-status");
        let other: Value = serde_json::from_str(&other.public().to_jwk()).unwrap();
        let tokens: Value = serde_json::from_str(&world.token_key.public().to_jwk()).unwrap();
        for (member, value, code) in [
            ("surrogate_id", json!("another-person"), "surrogate_unknown"),
            ("service_id", json!("sink"), "service_other"),
            ("operator_id", json!("another.example"), "operator_other"),
            ("operator_key", other, "operator_key_unknown"),
            ("operator_key", tokens, "operator_key_unknown"),
            ("version", json!("1.3"), "json_shape"),
        ] {
            let mut forged = message.clone();
            let mut altered = record.clone();
            altered[member] = value;
            forged["link_proposal"]["slr"] = envelope(&altered, typ, &world.owner);
            check(&forged, code);
        }
        // Signed with a key that does not stand in `cr_keys`.
        let mut forged = message.clone();
        forged["link_proposal"]["slr"] = envelope(&record, typ, &new_key("stranger-1"));
        check(&forged, "jws_kid_unknown");
        let mut forged = message.clone();
        forged["link_proposal"]["data"]["code"] = json!("another-code");
        check(&forged, "code_unknown");
        // As it came, it is signed.
        let mut world = fork(&world);
        countersign(&mut world, &message).unwrap();
    }
}

/// SL-11, SL-17: the service signs only after the person has confirmed there.
//= SL-11, SL-17 test
#[test]
fn a_service_countersigns_only_after_confirmation() {
    let world = proposed(invite);
    let message = from_json(&proposal(&world));
    // Another service value, which has the invitation and no confirmation.
    let mut early = World::new();
    early.operator_id = world.operator_id.clone();
    early.source.service = unconfirmed(&world);
    assert_eq!(unheard(&mut early, "source", &message), "not_confirmed");
    let refusal = countersign(&mut early, &proposal(&world)).unwrap_err();
    assert_eq!(refusal.code(), "not_confirmed");
}

/// The source as it was when it had only been invited.
fn unconfirmed(world: &World) -> Service {
    let known = KnownOperator::new(
        world.operator_id.clone(),
        world.status_key.public().clone(),
        world.token_key.public().clone(),
    );
    let known = known.unwrap();
    let keys = world.source.key.public().clone();
    let mut service = Service::new(world.source.service.id().clone(), keys, vec![known]);
    let octets = world.source.received.first().unwrap();
    let invitation: ToService = mydata::record::message::read(octets).unwrap();
    let setting = Setting {
        from: &world.operator_id,
        now: world.now,
        crypto: &Chosen,
    };
    assert!(service.receive(&invitation, setting).is_ok());
    service
}

/// SL-14: a surrogate that the service has not given out is not taken from an invitation.
//= SL-14 test
#[test]
fn an_invitation_with_a_foreign_surrogate_is_refused() {
    let mut world = World::new();
    let invitation = mydata::record::message::LinkInvitation {
        code: mydata::core::id::LinkCode::from_random(world.bits()),
        operator_id: world.operator_id.clone(),
        service_id: world.source.service.id().clone(),
        surrogate_id: Some(SurrogateId::from_random(world.bits())),
    };
    let message = ToService::LinkInvitation(invitation.clone());
    assert_eq!(unheard(&mut world, "source", &message), "surrogate_unknown");
    assert_eq!(unheard(&mut world, "sink", &message), "service_other");
}

/// SL-20, SL-48, SL-19: a link is installed with both signatures and its first status only.
//= SL-08, SL-19, SL-48, SL-52, SL-53, SL-54 test
#[test]
fn a_link_without_both_signatures_is_refused() {
    let mut world = World::new();
    world.link("source");
    let octets = world.source.received.last().unwrap().clone();
    let message: Value = serde_json::from_slice(&octets).unwrap();
    let fresh = || {
        let mut other = fork(&world);
        let known = KnownOperator::new(
            world.operator_id.clone(),
            world.status_key.public().clone(),
            world.token_key.public().clone(),
        );
        let known = known.unwrap();
        let keys = world.source.key.public().clone();
        other.source.service = Service::new(world.source.service.id().clone(), keys, vec![known]);
        other
    };
    // A service that has lost its copy takes a new one (SL-33): its own signature is on it.
    let mut lost = fresh();
    let effects = hand(&mut lost, "source", &from_json(&message))
        .unwrap()
        .effects();
    assert_eq!(names(&effects), ["Linked"]);

    let signatures = message["link"]["slr"]["signatures"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(signatures.len(), 2);
    let mut forged = message.clone();
    forged["link"]["slr"]["signatures"] = json!([signatures[0], signatures[0]]);
    assert_eq!(
        unheard(&mut fresh(), "source", &from_json(&forged)),
        "jws_signer_set"
    );
    for one in &signatures {
        let mut forged = message.clone();
        forged["link"]["slr"]["signatures"] = json!([one]);
        assert_eq!(
            unheard(&mut fresh(), "source", &from_json(&forged)),
            "jws_signer_set"
        );
    }
    // The order of the signatures is free (C28).
    let mut turned = message.clone();
    turned["link"]["slr"]["signatures"] = json!([signatures[1], signatures[0]]);
    assert!(hand(&mut fresh(), "source", &from_json(&turned)).is_ok());
    // The first status is the owner's, Active, and of this link.
    let status = payload_of(&message["link"]["ssr"]);
    for (member, value, code) in [
        ("sl_status", json!("Removed"), "chain_first_not_active"),
        ("slr_id", json!("another-link"), "chain_other_subject"),
        ("surrogate_id", json!("another"), "chain_other_surrogate"),
        (
            "prev_record_id",
            json!("earlier"),
            "chain_first_has_previous",
        ),
    ] {
        let mut altered = status.clone();
        altered[member] = value;
        let mut forged = message.clone();
        forged["link"]["ssr"] = envelope(&altered, "mydata-ssr+json", &world.owner);
        assert_eq!(unheard(&mut fresh(), "source", &from_json(&forged)), code);
    }
    let mut forged = message.clone();
    forged["link"]["ssr"] = envelope(&status, "mydata-ssr+json", &world.status_key);
    let code = unheard(&mut fresh(), "source", &from_json(&forged));
    assert_eq!(code, "chain_first_not_owner");
}

/// SL-09, P24: a link that has ended cannot be made active again, by anybody.
//= SL-09 test
#[test]
fn a_link_status_after_the_end_is_refused() {
    let mut world = linked();
    let link = link_id(&world, "source");
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    let chain = world.account.link(&link).unwrap().chain.clone();
    let record_id = mydata::core::id::RecordId::from_random(world.bits());
    let state = mydata::record::link::LinkState::Active;
    let revived = chain.draft(state, record_id, world.now, &Chosen);
    let ssr = mydata::core::jws::Unsigned::new(revived)
        .sign(&world.owner)
        .unwrap()
        .seal();
    let message = ToService::LinkStatus(mydata::record::message::LinkStatusDelivery { ssr });
    assert_eq!(unheard(&mut world, "source", &message), "chain_terminal");
}

/// SL-29 to SL-32: the service asks for the removal and waits; until the operator's status has come
/// the link stands.
//= SL-29, SL-30, SL-31, SL-32 test
#[test]
fn a_service_waits_for_the_operator_before_a_link_is_removed() {
    let mut world = linked();
    let link = link_id(&world, "source");
    let asked = world.source.service.ask_removal(&link).unwrap();
    assert_eq!(asked.slr_id, link);
    let held = world.source.service.link(&link).unwrap();
    assert!(held.removal_asked && held.is_active());
    assert_eq!(world.source.service.ask_removal(&link).unwrap(), asked);
    let act = world.service_act("source");
    world.command(&act, &removal(&asked.slr_id)).unwrap();
    let held = world.source.service.link(&link).unwrap();
    assert!(!held.removal_asked && !held.is_active());
    let unknown = mydata::core::id::LinkId::parse("no-such-link").unwrap();
    let refusal = world.source.service.ask_removal(&unknown).unwrap_err();
    assert_eq!(refusal.code(), "held_link_unknown");
}

/// SL-01, CN-01, CN-26: what is received is stored: the accepted messages, received again in order,
/// make the same service.
//= SL-01, CN-01, CN-26 test
#[test]
fn a_service_is_rebuilt_from_its_messages() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    let messages = world.sink.received.clone();
    let mut restored = World::new();
    restored.operator_id = world.operator_id.clone();
    let known = KnownOperator::new(
        world.operator_id.clone(),
        world.status_key.public().clone(),
        world.token_key.public().clone(),
    );
    let known = known.unwrap();
    let keys = world.sink.key.public().clone();
    restored.sink.service = Service::new(world.sink.service.id().clone(), keys, vec![known]);
    for octets in &messages {
        let message: ToService = mydata::record::message::read(octets).unwrap();
        if !matches!(
            message,
            ToService::LinkProposal(_) | ToService::LinkInvitation(_)
        ) {
            assert!(hand(&mut restored, "sink", &message).is_ok());
        }
    }
    let service = &restored.sink.service;
    assert!(service.links().eq(world.sink.service.links()));
    assert!(service.consents().eq(world.sink.service.consents()));
}

/// A command that the operator gives is also one that the service understands: nothing refused.
//= SL-57, CN-97 test
#[test]
fn everything_that_the_operator_sends_is_installed() {
    let (mut world, ids) = consented();
    let (command, _) = single(&mut world);
    world.command(&world.owner_act(), &command).unwrap();
    let act = operator_act(&world);
    for command in [
        change(&ids.sink, ConsentChange::Disable, Reason::LegalOrder),
        change(&ids.sink, ConsentChange::Reactivate, Reason::LegalOrder),
        Command::Expire,
    ] {
        world.command(&act, &command).unwrap();
    }
    world.wait(30 * 86_400);
    world.command(&act, &Command::Expire).unwrap();
    assert_eq!(world.sink.service.doubts().count(), 0);
    assert_eq!(world.source.service.doubts().count(), 0);
}
