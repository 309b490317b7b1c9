//! Objections, between the operator and the sink (Objection 2.0).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a world that fails fails the test"
)]

use crate::state_tables::{question, row, table_by};
use crate::support::{
    as_service, believed, checked_in, envelope, fork, hand, header_of, linked, names, new_key,
    owned, payload_of, refused, removal, single, unheard,
};
use crate::tables::survey;
use mydata::core::id::{
    DatasetId, LinkId, ObjectedId, ObjectionId, ObjectionResponseId, PurposeId, ServiceId,
};
use mydata::core::jws::{JwsFault, Payload, Sealed};
use mydata::core::party::{Party, PartyKeys};
use mydata::core::time::Seconds;
use mydata::operator::{Account, Capacity, Command, Scope};
use mydata::record::description::Basis;
use mydata::record::message::{ObjectionCopy, ObjectionDelivery, ToService};
use mydata::record::objection::{
    Objected, ObjectedState, ObjectionDecision, ObjectionRefusal, ObjectionRequest,
    ObjectionResponse, Verdict,
};
use mydata::service::{Effect, Ground, Lawful};
use mydata_chosen::Chosen;
use mydata_conformance::wishes::verdicts;
use mydata_conformance::{World, descriptions};
use serde_json::{Value, json};
use std::sync::Arc;

fn processing(purpose: &str) -> Scope {
    Scope::Processing(PurposeId::parse(purpose).unwrap())
}

fn dataset(id: &str) -> Scope {
    Scope::Dataset(DatasetId::parse(id).unwrap())
}

fn both(purpose: &str, id: &str) -> Scope {
    Scope::ProcessingOf(
        PurposeId::parse(purpose).unwrap(),
        DatasetId::parse(id).unwrap(),
    )
}

/// What the sink may do on whatever basis, under one link.
fn may_use(world: &World, link: &LinkId, purpose: &str, dataset: &str) -> Lawful {
    may_use_of(world, std::slice::from_ref(link), purpose, dataset)
}

/// What the sink may do on whatever basis, about a person with these links.
fn may_use_of(world: &World, person: &[LinkId], purpose: &str, dataset: &str) -> Lawful {
    let description = &world.sink.registered.description;
    let (purpose, dataset) = (
        PurposeId::parse(purpose).unwrap(),
        DatasetId::parse(dataset).unwrap(),
    );
    world
        .sink
        .service
        .may_use(person, description, &purpose, &dataset, world.now)
}

fn code(world: &World, purpose: &str, dataset: &str) -> Option<&'static str> {
    may_use(world, &world.sink_link(), purpose, dataset).code()
}

/// The whole way: an objection, a first answer that it is being considered, the final one; processing
/// goes on until then and never after.
//= OB-03, OB-04, OB-05, OB-06, OB-07, OB-08, OB-11, OB-18, FW-48, FW-49, FW-50, FW-51 test
#[test]
fn object_wait_and_be_left_alone() {
    let mut world = linked();
    let public = Lawful::On(Ground::Basis(Basis::PublicInterest));
    let link = world.sink_link();
    assert_eq!(may_use(&world, &link, "survey", "own"), public);
    let id = world.object(vec![processing("survey")]).unwrap();
    let effects = std::mem::take(&mut world.sink.effects);
    assert_eq!(names(&effects).last().unwrap(), "Decide");
    assert!(matches!(effects.last(), Some(Effect::Decide { objection }) if *objection == id));

    // Where to look: what the description says of it.
    let found = concerned(&world, &id);
    assert_eq!(
        found,
        ["1 survey b PublicInterest", "1 survey own PublicInterest"]
    );

    let contested = Lawful::On(Ground::Contested(Basis::PublicInterest));
    for decided in [None, Some(Verdict::Pending)] {
        if let Some(verdict) = decided {
            world.decide_objection(&id, verdicts(&["1"], verdict));
        }
        let answer = may_use(&world, &link, "survey", "own");
        assert!(answer.is_permitted(), "not decided yet");
        assert_eq!(answer, contested);
    }
    assert_eq!(may_use(&world, &link, "duty", "a"), public, "not contested");
    world.wait(86_400);
    world.decide_objection(&id, verdicts(&["1"], Verdict::Accepted));
    for dataset in ["b", "own"] {
        assert_eq!(code(&world, "survey", dataset), Some("objected"));
    }
    assert_eq!(
        may_use(&world, &link, "duty", "a"),
        public,
        "not objected to"
    );

    let objection = world.account.objection(&id).unwrap();
    assert_eq!(objection.responses().len(), 2, "the history is kept");
    let item = ObjectedId::parse("1").unwrap();
    assert_eq!(
        objection.states().get(&item),
        Some(&ObjectedState::Accepted)
    );
    let replayed = Account::open(
        world.account.id().clone(),
        world.account.owner_keys().clone(),
    )
    .replay(&world.log);
    assert_eq!(replayed, world.account);

    // Never back: neither at the service nor, from a service that errs, at the operator.
    for verdict in [Verdict::Pending, Verdict::Rejected] {
        let refusal = world
            .answer_of_sink(&id, verdicts(&["1"], verdict))
            .unwrap_err();
        assert_eq!(refusal.code(), "verdict_final");
    }
    // That the link goes does not undo the objection.
    world
        .command(&world.act(Capacity::Operator), &removal(&link))
        .unwrap();
    assert_eq!(
        may_use(&world, &link, "survey", "own").code(),
        Some("objected")
    );
}

/// What an objection is about, as the sink's description has it.
fn concerned(world: &World, id: &ObjectionId) -> Vec<String> {
    let description = &world.sink.registered.description;
    let found = world.sink.service.objected_processing(id, description);
    let text = |one: &mydata::service::ObjectedProcessing<'_>| {
        let (item, purpose, dataset) = (one.item.as_str(), one.purpose, one.dataset);
        format!(
            "{item} {} {} {:?}",
            purpose.as_str(),
            dataset.as_str(),
            one.basis
        )
    };
    found.unwrap().iter().map(text).collect()
}

/// A service looks at what one can object to, and at its own description.
//= FW-50, OB-11, OB-12, OB-13 test
#[test]
fn where_to_look_before_deciding() {
    let mut world = linked();
    let scopes = vec![dataset("a"), both("survey", "b"), dataset("b")];
    let id = world.object(scopes).unwrap();
    let found = [
        "1 duty a PublicInterest",
        "2 survey b PublicInterest",
        "3 survey b PublicInterest",
    ];
    assert_eq!(
        concerned(&world, &id),
        found,
        "neither consent nor contract"
    );
    let service = &world.sink.service;
    let other = descriptions::checked(&descriptions::source());
    assert_eq!(service.objected_processing(&id, &other), Some(Vec::new()));
    let unknown = ObjectionId::parse("unheard-of").unwrap();
    assert_eq!(service.objected_processing(&unknown, &other), None);
}

/// An objection to a dataset stops what one can object to, and leaves a contract alone.
//= OB-01, OB-12 test
#[test]
fn an_objection_to_a_dataset_does_not_stop_a_contract() {
    let mut world = linked();
    let link = world.sink_link();
    let id = world.object(vec![dataset("a")]).unwrap();
    let by_contract = Lawful::On(Ground::Basis(Basis::Contract));
    assert_eq!(may_use(&world, &link, "deal", "a"), by_contract);
    world.decide_objection(&id, verdicts(&["1"], Verdict::Accepted));
    assert_eq!(code(&world, "duty", "a"), Some("objected"));
    assert_eq!(may_use(&world, &link, "deal", "a"), by_contract);
}

/// The person leaves and comes again, under another name: what was promised them holds, until they
/// consent under the link that they have now.
//= FW-51, FW-52, SL-02 test
#[test]
fn an_objection_outlives_its_link() {
    let mut world = linked();
    let first = world.sink_link();
    let id = world.object(vec![dataset("own")]).unwrap();
    world.decide_objection(&id, verdicts(&["1"], Verdict::Accepted));
    let operator = world.act(Capacity::Operator);
    world.command(&operator, &removal(&first)).unwrap();
    let second = world.link("sink");
    let surrogate = |id| &world.sink.service.link(id).unwrap().record.surrogate_id;
    assert_ne!(surrogate(&first), surrogate(&second));

    // Whose the links are only the program knows.
    let public = Lawful::On(Ground::Basis(Basis::PublicInterest));
    assert_eq!(may_use(&world, &second, "survey", "own"), public);
    let person = [first.clone(), second.clone()];
    let answer = |world: &World, purpose| may_use_of(world, &person, purpose, "own");
    assert_eq!(answer(&world, "survey").code(), Some("objected"));
    assert_eq!(answer(&world, "own").code(), Some("objected"));
    let (command, cr_id) = single(&mut world);
    world.command(&world.owner_act(), &command).unwrap();
    let consented = Lawful::On(Ground::Consent(cr_id));
    assert_eq!(answer(&world, "own"), consented);
    assert_eq!(answer(&world, "survey").code(), Some("objected"));
    world.command(&operator, &removal(&second)).unwrap();
    assert_eq!(answer(&world, "own").code(), Some("objected"));

    // Nobody's links, and a link that is not known, are no person.
    let stranger = LinkId::parse("stranger").unwrap();
    for person in [&[][..], &[second, stranger]] {
        let answer = may_use_of(&world, person, "survey", "own");
        assert_eq!(answer.code(), Some("held_link_unknown"));
    }
}

/// A dataset alone means all that is done with it; both mean that processing of that dataset.
//= OB-11, OB-12, OB-13, OB-14 test
#[test]
fn what_an_objection_covers() {
    let covers = |processing: Option<&str>, dataset: Option<&str>, of: (&str, &str)| {
        let item = Objected {
            id: ObjectedId::parse("1").unwrap(),
            processing_id: processing.map(|id| PurposeId::parse(id).unwrap()),
            dataset_id: dataset.map(|id| DatasetId::parse(id).unwrap()),
        };
        item.covers(
            &PurposeId::parse(of.0).unwrap(),
            &DatasetId::parse(of.1).unwrap(),
        )
    };
    let mut rows = String::from(
        "# What an objection covers\n\nWritten by `tests/conformance/objections.rs` (`MYDATA_BLESS=1`); do not edit.\n\n\
         | processingId | datasetId | P of D | P of another | another of D | another of another |\n|---|---|---|---|---|---|\n",
    );
    for (processing, dataset) in [
        (Some("P"), None),
        (None, Some("D")),
        (Some("P"), Some("D")),
        (None, None),
    ] {
        let asked = [("P", "D"), ("P", "x"), ("x", "D"), ("x", "x")];
        let cells = asked.map(|of| {
            if covers(processing, dataset, of) {
                "yes"
            } else {
                "no"
            }
        });
        let named = |id: Option<&str>| id.unwrap_or("absent").to_owned();
        rows += &format!(
            "| {} | {} | {} |\n",
            named(processing),
            named(dataset),
            cells.join(" | ")
        );
    }
    checked_in("tables/objection-scope.md", &rows);

    let mut world = linked();
    let scopes = vec![dataset("b"), both("duty", "a")];
    let id = world.object(scopes).unwrap();
    world.decide_objection(&id, verdicts(&["1", "2"], Verdict::Accepted));
    assert_eq!(code(&world, "survey", "b"), Some("objected"));
    assert_eq!(code(&world, "survey", "own"), None);
    assert_eq!(code(&world, "duty", "a"), Some("objected"));
}

/// Only a consent opens what an objection has closed, and it closes again with the consent.
//= FW-52 test
#[test]
fn only_consent_opens_it_again() {
    let mut world = linked();
    let id = world.object(vec![dataset("own")]).unwrap();
    world.decide_objection(&id, verdicts(&["1"], Verdict::Accepted));
    assert_eq!(code(&world, "own", "own"), Some("objected"));
    assert_eq!(code(&world, "survey", "own"), Some("objected"));
    let (command, cr_id) = single(&mut world);
    world.command(&world.owner_act(), &command).unwrap();
    let link = world.sink_link();
    assert_eq!(
        may_use(&world, &link, "own", "own"),
        Lawful::On(Ground::Consent(cr_id.clone()))
    );
    assert_eq!(
        code(&world, "survey", "own"),
        Some("objected"),
        "another purpose"
    );
    world
        .change(&cr_id, mydata::record::consent::ConsentChange::Disable)
        .unwrap();
    assert_eq!(code(&world, "own", "own"), Some("objected"));
}

/// What rests on consent needs one, objection or not; what is not described is not permitted.
#[test]
fn a_use_needs_a_ground() {
    let world = linked();
    assert_eq!(code(&world, "own", "own"), Some("consent_needed"));
    assert_eq!(
        code(&world, "unheard-of", "own"),
        Some("processing_unknown")
    );
    assert_eq!(code(&world, "duty", "own"), Some("processing_unknown"));
    let nobody = LinkId::parse("nobody").unwrap();
    assert_eq!(
        may_use(&world, &nobody, "duty", "a").code(),
        Some("held_link_unknown")
    );
    let other = descriptions::checked(&descriptions::source());
    let (purpose, data) = (
        PurposeId::parse("duty").unwrap(),
        DatasetId::parse("a").unwrap(),
    );
    let answer =
        world
            .sink
            .service
            .may_use(&[world.sink_link()], &other, &purpose, &data, world.now);
    assert_eq!(
        answer.code(),
        Some("processing_unknown"),
        "somebody else's description"
    );
}

/// Consent is withdrawn and a contract ended: neither is objected to. Nor is what there is not.
//= OB-01, OB-02, FW-48 test
#[test]
fn what_cannot_be_objected_to() {
    let mut world = linked();
    for (scope, code) in [
        (processing("own"), "objection_basis"),
        (processing("deal"), "objection_basis"),
        (dataset("c"), "objection_basis"),
        (processing("unheard-of"), "purpose_unknown"),
        (dataset("unheard-of"), "dataset_unknown"),
        (both("duty", "own"), "dataset_not_for_purpose"),
    ] {
        let refusal = world.signed_objection(vec![scope]).unwrap_err();
        assert_eq!(refusal.code(), code);
    }
    assert_eq!(
        world.signed_objection(Vec::new()).unwrap_err().code(),
        "objection_items"
    );
}

fn object(world: &mut World) -> Command {
    let record = world.signed_objection(vec![processing("survey")]).unwrap();
    Command::Object {
        service: Arc::clone(&world.sink.registered),
        record,
    }
}

pub(crate) fn basis() -> &'static str {
    linked()
        .signed_objection(vec![processing("deal")])
        .unwrap_err()
        .code()
}

pub(crate) fn not_offered() -> &'static str {
    let mut world = linked();
    let service = Arc::clone(&world.source.registered);
    let none = world
        .with_env(|account, env| account.draft_objection(&service, vec![dataset("src/a")], env));
    none.unwrap_err().code()
}

pub(crate) fn id_taken() -> &'static str {
    let mut world = linked();
    let first = object(&mut world);
    world.command(&world.owner_act(), &first).unwrap();
    let kept = world.account.clone();
    world.command(&world.owner_act(), &first).unwrap();
    assert_eq!(world.account, kept, "the same one again changes nothing");
    world.wait(1);
    let mut second = object(&mut world);
    let Command::Object { record, .. } = &mut second else {
        panic!("made so above")
    };
    let Command::Object {
        record: earlier, ..
    } = &first
    else {
        panic!("made so above")
    };
    let other = ObjectionRequest::new(
        earlier.id().clone(),
        world.now,
        earlier.surrogate_id().clone(),
        record.items().to_vec(),
    );
    *record = believed(other.unwrap(), &world.owner, Party::Owner);
    refused(&mut world, Capacity::Owner, &second)
}

pub(crate) fn unknown() -> &'static str {
    let mut world = linked();
    let id = world.object(vec![processing("survey")]).unwrap();
    let answer = world
        .answer_of_sink(&id, verdicts(&["1"], Verdict::Accepted))
        .unwrap();
    let command = world.answered(&answer);
    let code = refused(&mut world, as_service("source"), &command);
    let mut other = linked();
    let command = other.answered(&answer);
    assert_eq!(refused(&mut other, as_service("sink"), &command), code);
    code
}

/// An answer of the sink with these verdicts, whatever it holds.
fn answer(
    world: &World,
    id: &str,
    request: &ObjectionId,
    decisions: Vec<ObjectionDecision>,
) -> Command {
    let request = world.account.objection(request).unwrap().request();
    let record = ObjectionResponse::to(
        request,
        ObjectionResponseId::parse(id).unwrap(),
        ServiceId::parse("sink").unwrap(),
        world.now,
        decisions,
    );
    Command::ReceiveObjectionResponse {
        service: Arc::clone(&world.sink.registered),
        record: believed(record.unwrap(), &world.sink.key, Party::Service),
    }
}

//= OB-17, OB-21 test
pub(crate) fn answer_mismatch() -> &'static str {
    let mut world = linked();
    let id = world
        .object(vec![processing("survey"), processing("duty")])
        .unwrap();
    let whole = answer(&world, "r", &id, verdicts(&["1", "2"], Verdict::Accepted));
    let Command::ReceiveObjectionResponse { record, .. } = &whole else {
        panic!("made so above")
    };
    let payload = serde_json::to_value(&**record).unwrap();
    let code = "objection_answer_mismatch";
    for (member, value) in [
        ("decisions", json!([{ "id": "1", "decision": "accepted" }])),
        (
            "decisions",
            json!([{ "id": "1", "decision": "accepted" }, { "id": "3", "decision": "accepted" }]),
        ),
        ("sub", json!("somebody-else")),
        ("service_id", json!("source")),
    ] {
        let mut altered = payload.clone();
        altered[member] = value;
        let altered: ObjectionResponse = serde_json::from_value(altered).unwrap();
        let command = Command::ReceiveObjectionResponse {
            service: Arc::clone(&world.sink.registered),
            record: believed(altered, &world.sink.key, Party::Service),
        };
        assert_eq!(
            refused(&mut world, as_service("sink"), &command),
            code,
            "{member}"
        );
    }
    code
}

//= OB-08 test
pub(crate) fn decided() -> &'static str {
    let mut world = linked();
    let id = world.object(vec![processing("survey")]).unwrap();
    let yes = answer(&world, "yes", &id, verdicts(&["1"], Verdict::Accepted));
    world.command(&world.service_act("sink"), &yes).unwrap();
    let kept = world.account.clone();
    world.command(&world.service_act("sink"), &yes).unwrap();
    assert_eq!(world.account, kept, "the same one again changes nothing");
    world.wait(1);
    let code = "objection_decided";
    for (id_of_answer, verdict) in [
        ("no", Verdict::Rejected),
        ("wait", Verdict::Pending),
        ("yes", Verdict::Accepted),
    ] {
        let command = answer(&world, id_of_answer, &id, verdicts(&["1"], verdict));
        assert_eq!(refused(&mut world, as_service("sink"), &command), code);
    }
    code
}

/// Where an item stands after each verdict.
//= OB-08, OB-18 test
#[test]
fn states_of_an_objection() {
    let mut rows = String::from(
        "# States of an item of an objection\n\nWritten by `tests/conformance/objections.rs` (`MYDATA_BLESS=1`); do not edit.\n\n\
         | state | verdict | next |\n|---|---|---|\n",
    );
    for state in ObjectedState::ALL {
        for verdict in Verdict::ALL {
            let next = state
                .after(verdict)
                .map_or("not allowed".to_owned(), |next| format!("{next:?}"));
            rows += &format!("| {state:?} | {verdict:?} | {next} |\n");
            assert_ne!(state.after(verdict), Some(ObjectedState::Requested));
        }
        assert!(!state.label().fi.is_empty());
    }
    checked_in("tables/objection-states.md", &rows);
}

/// On the wire: the members of the tables, the owner's signature, the service's.
//= OB-09, OB-10, OB-15, OB-16, OB-17, OB-20, OB-21 test
#[test]
fn objections_and_answers_on_the_wire() {
    let mut world = linked();
    let id = world.object(vec![both("survey", "own")]).unwrap();
    let sent: Value = serde_json::from_slice(world.sink.received.last().unwrap()).unwrap();
    let sealed = &sent["objection"]["objection"];
    assert_eq!(header_of(sealed)["typ"], ObjectionRequest::TYP);
    let payload = payload_of(sealed);
    assert_eq!(payload["version"], "2.0");
    assert_eq!(payload["id"], id.as_str());
    let item = json!([{ "id": "1", "processingId": "survey", "datasetId": "own" }]);
    assert_eq!(payload["processing_objected"], item);

    let answer = world
        .answer_of_sink(&id, verdicts(&["1"], Verdict::Rejected))
        .unwrap();
    let sealed = serde_json::to_value(&answer).unwrap()["response"].clone();
    let payload = payload_of(&sealed);
    assert_eq!(
        (&payload["version"], &payload["request_id"]),
        (&json!("2.0"), &json!(id.as_str()))
    );
    assert_eq!(payload["decisions"][0]["url"], "https://sink.example/why");
    let open = |sealed: &Value| -> Result<_, JwsFault> {
        let sealed = Sealed::<ObjectionResponse>::from_json(sealed.to_string().as_bytes())?;
        let keys = PartyKeys::none().with_history(Party::Service, &world.sink.registered.keys);
        sealed.open()?.verify(&Chosen, &keys)
    };
    assert!(open(&sealed).is_ok());
    let foreign = envelope(&payload, ObjectionResponse::TYP, &new_key("sink-1"));
    assert_eq!(open(&foreign).unwrap_err().code(), "jws_signature_invalid");
    let owners = envelope(&payload, ObjectionResponse::TYP, &world.owner);
    assert_eq!(open(&owners).unwrap_err().code(), "jws_kid_unknown");
    let mut older = payload.clone();
    older["version"] = json!("1.3");
    let older = envelope(&older, ObjectionResponse::TYP, &world.sink.key);
    assert_eq!(open(&older).unwrap_err().code(), "json_shape");
}

/// A rejection says where the reason stands, an item says what it is about, and none comes twice.
//= OB-14, OB-19 test
#[test]
fn what_cannot_stand_in_the_records() {
    let mut world = linked();
    let id = world.object(vec![processing("survey")]).unwrap();
    let mut bare = verdicts(&["1"], Verdict::Rejected);
    bare[0].url = None;
    let refusal = world.answer_of_sink(&id, bare).unwrap_err();
    assert_eq!(refusal.code(), "objection_explanation");
    for items in [&[][..], &["1", "1"], &["2"], &["1", "2"]] {
        let refusal = world
            .answer_of_sink(&id, verdicts(items, Verdict::Accepted))
            .unwrap_err();
        assert_eq!(refusal.code(), "objection_decisions", "{items:?}");
    }
    let request = |items: Value| {
        let request = json!({ "version": "2.0", "id": "o", "iat": 1, "sub": "s", "processing_objected": items });
        serde_json::from_value::<ObjectionRequest>(request)
    };
    assert!(request(json!([{ "id": "1", "datasetId": "d" }])).is_ok());
    for items in [
        json!([]),
        json!([{ "id": "1" }]),
        json!([{ "datasetId": "d" }]),
        json!([{ "id": "1", "datasetId": "d" }, { "id": "1", "processingId": "p" }]),
    ] {
        assert!(request(items.clone()).is_err(), "{items}");
    }
    let item = |dataset_id: Option<DatasetId>| Objected {
        id: ObjectedId::parse("1").unwrap(),
        processing_id: None,
        dataset_id,
    };
    let sub = world
        .account
        .link(&world.sink_link())
        .unwrap()
        .record
        .surrogate_id
        .clone();
    let made = |items| {
        let id = ObjectionId::parse("o").unwrap();
        ObjectionRequest::new(id, world.now, sub.clone(), items).unwrap_err()
    };
    assert_eq!(made(vec![item(None)]), ObjectionRefusal::Scope);
    let d = DatasetId::parse("d").ok();
    assert_eq!(
        made(vec![item(d.clone()), item(d)]),
        ObjectionRefusal::Items
    );
}

/// Nobody's objection but the person's, over an active link, just now.
//= OB-03, OB-15, FW-49, SL-05 test
#[test]
fn an_objection_is_the_owners_own() {
    let mut world = linked();
    let mut foreign = object(&mut world);
    if let Command::Object { record, .. } = &mut foreign {
        *record = believed((**record).clone(), &new_key("owner-1"), Party::Owner);
    }
    assert_eq!(
        refused(&mut world, Capacity::Owner, &foreign),
        "key_not_bound"
    );
    let late = object(&mut world);
    assert_eq!(
        refused(&mut world, Capacity::Operator, &late),
        "capacity_not_allowed"
    );
    let delivery = {
        let Command::Object { record, .. } = &late else {
            panic!("made so above")
        };
        ToService::Objection(ObjectionDelivery {
            objection: record.seal(),
        })
    };
    assert_eq!(
        unheard(&mut world, "source", &delivery),
        "held_link_unknown"
    );
    world.wait(3600);
    assert_eq!(refused(&mut world, Capacity::Owner, &late), "record_time");
    let link = world.sink_link();
    world
        .command(&world.act(Capacity::Operator), &removal(&link))
        .unwrap();
    assert_eq!(refused(&mut world, Capacity::Owner, &late), "link_removed");
    assert_eq!(unheard(&mut world, "sink", &delivery), "link_removed");
}

/// An answer by a key that is not registered, or from tomorrow.
//= OB-08, OB-20 test
#[test]
fn an_answer_is_the_services_own() {
    let mut world = linked();
    let id = world.object(vec![processing("survey")]).unwrap();
    let mut foreign = answer(&world, "r", &id, verdicts(&["1"], Verdict::Accepted));
    if let Command::ReceiveObjectionResponse { record, .. } = &mut foreign {
        *record = believed((**record).clone(), &new_key("sink-1"), Party::Service);
    }
    assert_eq!(
        refused(&mut world, as_service("sink"), &foreign),
        "key_not_bound"
    );
    let early = {
        let now = world.now;
        world.now = now.plus(Seconds::new(60));
        let early = answer(&world, "r", &id, verdicts(&["1"], Verdict::Accepted));
        world.now = now;
        early
    };
    assert_eq!(
        refused(&mut world, as_service("sink"), &early),
        "record_time"
    );
    let honest = answer(&world, "r", &id, verdicts(&["1"], Verdict::Accepted));
    let link = world.sink_link();
    world
        .command(&world.act(Capacity::Operator), &removal(&link))
        .unwrap();
    // What was asked is answered, also after the link has gone (D32).
    world.command(&world.service_act("sink"), &honest).unwrap();
    let states = world.account.objection(&id).unwrap().states();
    let item = ObjectedId::parse("1").unwrap();
    assert_eq!(states.get(&item), Some(&ObjectedState::Accepted));
}

/// A service that starts again takes what it has stored, in order, and is its former self.
#[test]
fn a_service_remembers_what_it_has_answered() {
    let mut world = linked();
    let id = world.object(vec![processing("survey")]).unwrap();
    let sent = world.sink.received.clone();
    let first = world
        .answer_of_sink(&id, verdicts(&["1"], Verdict::Pending))
        .unwrap();
    world.wait(1);
    let last = world
        .answer_of_sink(&id, verdicts(&["1"], Verdict::Accepted))
        .unwrap();
    let held = world.sink.service.objection(&id).unwrap().clone();
    world.sink.service = mydata::service::Service::new(
        ServiceId::parse("sink").unwrap(),
        world.sink.registered.keys.clone(),
        world.known_operator(),
    );
    for octets in sent {
        let message: ToService = mydata::record::message::read(&octets).unwrap();
        if matches!(message, ToService::Link(_) | ToService::Objection(_)) {
            let _ = hand(&mut world, "sink", &message).unwrap();
        }
    }
    let from = world.operator_id.clone();
    let setting = mydata::service::Setting {
        from: &from,
        now: world.now,
        crypto: &Chosen,
    };
    for answer in [&first, &last, &last, &first] {
        let _ = world.sink.service.recall_answer(answer, setting).unwrap();
    }
    assert_eq!(*world.sink.service.objection(&id).unwrap(), held);
    assert_eq!(code(&world, "survey", "own"), Some("objected"));
}

/// The sink has lost everything but its links.
fn forgetful(world: &mut World) {
    let sent = world.sink.received.clone();
    world.sink.service = mydata::service::Service::new(
        ServiceId::parse("sink").unwrap(),
        world.sink.registered.keys.clone(),
        world.known_operator(),
    );
    for octets in sent {
        let message: ToService = mydata::record::message::read(&octets).unwrap();
        if matches!(message, ToService::Link(_)) {
            let _ = hand(world, "sink", &message).unwrap();
        }
    }
}

/// A service that has lost its state has it again from the operator: subscriptions, and objections
/// with its own answers.
//= NT-11, OB-07 test
#[test]
fn copies_for_a_service_that_has_lost_its_state() {
    let mut world = linked();
    world.subscribe(&["news", "alerts"]).unwrap();
    world.subscribe(&["-news"]).unwrap();
    let open = world.object(vec![processing("duty")]).unwrap();
    let decided = world.object(vec![dataset("own"), dataset("b")]).unwrap();
    let mut first = verdicts(&["1", "2"], Verdict::Pending);
    first[0].decision = Verdict::Accepted;
    world.decide_objection(&decided, first.clone());
    world.wait(1);
    first[1].decision = Verdict::Rejected;
    world.decide_objection(&decided, first);
    let link = world.sink_link();
    let before = world.sink.service.clone();
    forgetful(&mut world);

    let sink = ServiceId::parse("sink").unwrap();
    let surrogate = before.link(&link).unwrap().record.surrogate_id.clone();
    let subscriptions = world.account.subscription_copies(&sink, &surrogate);
    for delivery in subscriptions.unwrap().into_iter().rev() {
        let _ = hand(&mut world, "sink", &ToService::Subscription(delivery)).unwrap();
    }
    let held = world.sink.service.link(&link).unwrap();
    assert_eq!(held.subscribed, before.link(&link).unwrap().subscribed);
    assert_eq!(held.subscriptions.len(), 2);

    let copies = world.account.objection_copies(&sink, &surrogate).unwrap();
    assert_eq!(copies.len(), 2);
    let mut effects = Vec::new();
    for copy in &copies {
        effects.extend(restored(&mut world, copy).unwrap().effects());
        let again = restored(&mut world, copy).unwrap();
        assert_eq!(again, mydata::service::Installed::Already);
    }
    let decide = Effect::Decide { objection: open };
    assert_eq!(effects, [decide], "what is decided needs nobody");
    assert_eq!(world.sink.service.link(&link), before.link(&link));
    assert!(world.sink.service.objections().eq(before.objections()));
    assert_eq!(code(&world, "survey", "own"), Some("objected"));

    // Who is not linked has nothing, and the copies of another are not taken.
    let source = ServiceId::parse("source").unwrap();
    let none = world.account.subscription_copies(&source, &surrogate);
    assert_eq!(none.unwrap_err().code(), "link_unknown");
    let none = world.account.objection_copies(&source, &surrogate);
    assert_eq!(none.unwrap_err().code(), "link_unknown");
    let of_source = &world.account.active_link(&source).unwrap().1.record;
    let of_source = of_source.surrogate_id.clone();
    let none = world.account.objection_copies(&source, &of_source);
    assert!(none.unwrap().is_empty());
    let none = world.account.subscription_copies(&source, &of_source);
    assert!(none.unwrap().is_empty());
}

fn restored(
    world: &mut World,
    copy: &ObjectionCopy,
) -> Result<mydata::service::Installed, mydata::service::Refusal> {
    let octets = mydata::record::message::write(copy).unwrap();
    let copy: ObjectionCopy = mydata::record::message::read(&octets).unwrap();
    let from = world.operator_id.clone();
    let setting = mydata::service::Setting {
        from: &from,
        now: world.now,
        crypto: &Chosen,
    };
    world.sink.service.restore_objection(&copy, setting)
}

/// A copy that cannot be right is refused, and nothing of it is kept; one of a link that has been
/// removed since is taken.
//= OB-08, OB-15, OB-20, FW-51 test
#[test]
fn copies_are_verified_like_the_first_ones() {
    let mut world = linked();
    let id = world.object(vec![dataset("own")]).unwrap();
    let link = world.sink_link();
    let surrogate = world
        .account
        .link(&link)
        .unwrap()
        .record
        .surrogate_id
        .clone();
    world.decide_objection(&id, verdicts(&["1"], Verdict::Accepted));
    let sink = ServiceId::parse("sink").unwrap();
    let copies = world.account.objection_copies(&sink, &surrogate).unwrap();
    let copy = copies.first().unwrap().clone();
    let rejected = answer(&world, "no", &id, verdicts(&["1"], Verdict::Rejected));
    let Command::ReceiveObjectionResponse { record, .. } = &rejected else {
        panic!("made so above")
    };
    let other = world.object(vec![dataset("b")]).unwrap();
    let others = answer(&world, "yes", &other, verdicts(&["1"], Verdict::Accepted));
    let Command::ReceiveObjectionResponse { record: others, .. } = &others else {
        panic!("made so above")
    };
    let foreign = believed((**record).clone(), &new_key("sink-1"), Party::Service);
    forgetful(&mut world);
    let empty = world.sink.service.clone();
    for (response, code) in [
        (record.seal(), "verdict_final"),
        (others.seal(), "held_objection_differs"),
        (foreign.seal(), "jws_signature_invalid"),
    ] {
        let mut copy = copy.clone();
        copy.responses.push(response);
        let refusal = restored(&mut world, &copy).unwrap_err();
        assert_eq!(refusal.code(), code);
        assert!(world.sink.service == empty, "nothing is kept");
    }
    let operator = world.act(Capacity::Operator);
    world.command(&operator, &removal(&link)).unwrap();
    assert!(restored(&mut world, &copy).unwrap().effects().is_empty());
    assert_eq!(
        may_use(&world, &link, "survey", "own").code(),
        Some("objected")
    );
}

//= OB-05, OB-06, OB-08 test
#[test]
fn objection_states() {
    let none = linked();
    let mut world = fork(&none);
    let service = || Arc::clone(&none.sink.registered);
    let object = |record| Command::Object {
        service: service(),
        record,
    };
    let record = world.signed_objection(survey()).unwrap();
    let id: ObjectionId = record.id().clone();
    let twin = ObjectionRequest::new(
        id.clone(),
        record.iat().plus(Seconds::new(1)),
        record.surrogate_id().clone(),
        record.items().to_vec(),
    );
    let twin = object(owned(&world, twin.unwrap()));
    let first = object(record);
    world.command(&world.owner_act(), &first).unwrap();
    let mut states = vec![("none", fork(&none)), ("Requested", fork(&world))];
    let mut of = vec![
        row("Object", Capacity::Owner, first),
        row("Object, another with its id", Capacity::Owner, twin),
    ];
    for verdict in Verdict::ALL {
        let name = match verdict {
            Verdict::Pending => "Pending",
            Verdict::Accepted => "Accepted",
            Verdict::Rejected => "Rejected",
        };
        let mut decided = fork(&world);
        decided.decide_objection(&id, verdicts(&["1"], verdict));
        states.push((name, decided));
        // Another answer than the one that led there.
        world.bits();
        let answer = fork(&world).answer_of_sink(&id, verdicts(&["1"], verdict));
        let answer = world.answered(&answer.unwrap());
        let row_name = format!("ReceiveObjectionResponse, {name}");
        of.push(row(&row_name, as_service("sink"), answer.clone()));
        let row_name = format!("{row_name}, from another service");
        of.push(row(&row_name, as_service("source"), answer));
        world.bits();
    }
    let link = world.sink_link();
    world
        .command(&world.act(Capacity::Operator), &removal(&link))
        .unwrap();
    states.push(("link removed", world));
    of.push(question("draft of another objection", |world| {
        world.signed_objection(survey())
    }));
    let title = "What an objection in each state allows";
    table_by(
        "objections.rs",
        "objection-commands.md",
        title,
        &states,
        &of,
    );
}
