//! Receipts are made of records and facts: frozen, complete or not at all.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a receipt that cannot be made fails the test"
)]

use crate::support::single;
use mydata::core::id::ConsentId;
use mydata::core::lang::Language;
use mydata::operator::{Capacity, Command, Reason};
use mydata::receipt::Receipt;
use mydata::receipt::issue::Lacks;
use mydata::receipt::receipt::{ActingAs, Actor, EventState, Given, Minor, Necessity, RemedyKind};
use mydata::record::consent::{ConsentChange, Role};
use mydata::record::description::Basis;
use mydata_conformance::World;
use mydata_conformance::descriptions;
use mydata_conformance::receipts::{self, Case};
use mydata_conformance::world::PairIds;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Both services are linked, and `care` is consented to with `a`; `b` is left out.
pub(crate) fn consented() -> (World, PairIds) {
    let mut world = receipts::world();
    world.link("source");
    world.link("sink");
    world.wait(60);
    let ids = world.consent("care", &["src/a"]);
    (world, ids)
}

fn given(receipt: &Receipt) -> &Given {
    receipt.given().unwrap()
}

/// The states of the sink's half, in order.
fn states(receipt: &Receipt) -> Vec<(EventState, Actor, Option<Reason>)> {
    let record = given(receipt)
        .records
        .iter()
        .find(|record| record.role == Role::Sink);
    let events = record.unwrap().events.iter();
    events
        .map(|event| (event.state, event.by, event.reason))
        .collect()
}

/// The codes of what is missing, and where.
pub(crate) fn lacks(made: Result<Receipt, Lacks>) -> BTreeSet<(&'static str, String)> {
    let lacks = made.unwrap_err();
    assert!(!lacks.0.is_empty());
    lacks
        .0
        .iter()
        .map(|lack| (lack.kind.code(), lack.at.clone()))
        .collect()
}

/// FW-25 to FW-29, S15, S19, P45: everything that a receipt says comes from the records, the
/// descriptions, the ceremony or the register.
//= FW-25, FW-26, FW-27, FW-28, FW-29 test
#[test]
fn a_receipt_says_what_the_records_say() {
    let (world, ids) = consented();
    let receipt = Case::of(&world).consent(&world, &ids.sink).unwrap();
    assert_eq!(receipt.issued, world.now);
    assert_eq!(receipt.operator_id.as_str(), "operator.example");
    assert_eq!(
        receipt.language,
        Language::SV,
        "the proposal was shown in Swedish"
    );
    let source = receipt.source.as_ref().unwrap();
    for (controller, cr_id, name) in [
        (&receipt.controller, &ids.sink, "sink"),
        (source, &ids.source, "source"),
    ] {
        let terms = world.account.consent(cr_id).unwrap().terms();
        assert_eq!(controller.service.service_id.as_str(), name);
        assert_eq!(controller.surrogate_id, terms.surrogate_id);
        assert_eq!(controller.service.version.as_str(), "1.0.0");
        assert_eq!(
            controller.policy_url.as_str(),
            format!("https://{name}.example/policy/1")
        );
    }
    let [process] = receipt.processes.as_slice() else {
        panic!("one purpose, one process");
    };
    assert_eq!(process.purpose_id.as_str(), "care");
    assert_eq!(process.title.get(Language::FI), Some("care (fi)"));
    let [item] = process.data.as_slice() else {
        panic!("one dataset was chosen");
    };
    assert_eq!(
        (item.dataset_id.as_str(), item.necessity),
        ("src/a", Necessity::Required)
    );
    assert_eq!(process.left_out[0].dataset_id.as_str(), "src/b");
    assert_eq!(process.left_out[0].necessity, Necessity::Optional);
    let articles: Vec<&str> = process
        .legal_basis
        .iter()
        .map(|term| term.as_str())
        .collect();
    assert_eq!(articles, ["eu-gdpr:A6-1-a"]);

    let decision = given(&receipt);
    let named = &world
        .account
        .consent(&ids.sink)
        .unwrap()
        .terms()
        .consent_proposal;
    assert_eq!(
        (&decision.notice.url, decision.notice.sha256),
        (&named.url, named.hash)
    );
    assert_eq!(decision.records.len(), 2);
    for (record, cr_id) in decision.records.iter().zip([&ids.source, &ids.sink]) {
        let consent = world.account.consent(cr_id).unwrap();
        assert_eq!(
            (&record.cr_id, &record.slr_id),
            (cr_id, &consent.terms().slr_id)
        );
        assert_eq!(record.kid.as_str(), "owner-1");
        assert_eq!(record.iat, consent.terms().iat);
        assert_eq!(record.events.len(), 1);
    }
    assert_eq!(
        states(&receipt),
        [(EventState::Given, Actor::DataSubject, None)]
    );
    assert_eq!(receipt.remedy.kind, RemedyKind::Withdraw);
    let rights: Vec<&str> = receipt
        .rights
        .iter()
        .map(|right| right.right.as_str())
        .collect();
    assert!(rights.contains(&"eu-gdpr:A7-3") && !rights.contains(&"eu-gdpr:A21"));
    // The source's half leads to the same receipt.
    assert_eq!(
        Case::of(&world).consent(&world, &ids.source).unwrap(),
        receipt
    );
}

#[test]
fn a_consent_for_one_service_has_one_record_and_no_source() {
    let mut world = receipts::world();
    world.link("sink");
    world.link("source");
    let (command, cr_id) = single(&mut world);
    world.command(&world.owner_act(), &command).unwrap();
    let receipt = Case::of(&world).consent(&world, &cr_id).unwrap();
    assert!(receipt.source.is_none());
    assert_eq!(given(&receipt).records.len(), 1);
    assert_eq!(receipt.processes[0].data[0].dataset_id.as_str(), "own");
}

/// Table 3.3 of the mapping: who ended it, and why, makes it a withdrawal, a revocation or an expiry.
#[test]
fn an_ending_says_who_ended_it() {
    type Act = fn(&mut World, &ConsentId);
    let cases: [(&str, Act, EventState, Actor, Reason); 6] = [
        (
            "the person",
            |world, id| drop(world.change(id, ConsentChange::Withdraw).unwrap()),
            EventState::Withdrawn,
            Actor::DataSubject,
            Reason::OwnerWish,
        ),
        (
            "a representative",
            |world, id| {
                let command = Command::ChangeConsent {
                    cr_id: id.clone(),
                    change: ConsentChange::Withdraw,
                    reason: Reason::OwnerWish,
                    signed: None,
                };
                let act = world.act(Capacity::Representative);
                world.command(&act, &command).unwrap();
            },
            EventState::Withdrawn,
            Actor::Representative,
            Reason::OwnerWish,
        ),
        (
            "the operator",
            |world, id| {
                world
                    .operator_change(id, ConsentChange::Withdraw, Reason::LegalOrder)
                    .unwrap();
            },
            EventState::Revoked,
            Actor::Operator,
            Reason::LegalOrder,
        ),
        (
            "the timers, on time",
            |world, _| {
                world.wait(31 * 86_400);
                let act = world.act(Capacity::System);
                world.command(&act, &Command::Expire).unwrap();
            },
            EventState::Expired,
            Actor::System,
            Reason::Expired,
        ),
        (
            "nobody, since no timer ran",
            |world, _| world.wait(31 * 86_400),
            EventState::Expired,
            Actor::System,
            Reason::Expired,
        ),
        (
            "the person, by a pause",
            |world, id| drop(world.change(id, ConsentChange::Disable).unwrap()),
            EventState::Paused,
            Actor::DataSubject,
            Reason::OwnerWish,
        ),
    ];
    for (name, act, state, by, reason) in cases {
        let (mut world, ids) = consented();
        act(&mut world, &ids.sink);
        let receipt = Case::of(&world).consent(&world, &ids.sink).unwrap();
        let last = states(&receipt).pop().unwrap();
        assert_eq!(last, (state, by, Some(reason)), "{name}");
        assert_eq!(given(&receipt).state(), Some(state), "{name}");
    }
}

#[test]
fn a_pause_and_its_end_are_two_events_and_nothing_is_affirmed_anew() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    world.wait(60);
    world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    let receipt = Case::of(&world).consent(&world, &ids.sink).unwrap();
    let told: Vec<EventState> = states(&receipt).iter().map(|(state, ..)| *state).collect();
    assert_eq!(
        told,
        [EventState::Given, EventState::Paused, EventState::Resumed]
    );
    assert!(given(&receipt).state().unwrap().is_valid());
}

/// The source's half can be stopped alone (C09): then nothing may flow, and the receipt says so.
#[test]
fn a_half_that_has_ended_ends_the_whole() {
    let (mut world, ids) = consented();
    world
        .operator_change(
            &ids.source,
            ConsentChange::Withdraw,
            Reason::SuspectedMisuse,
        )
        .unwrap();
    let receipt = Case::of(&world).consent(&world, &ids.sink).unwrap();
    assert_eq!(states(&receipt).len(), 1, "the sink's half is as it was");
    assert_eq!(given(&receipt).state(), Some(EventState::Revoked));
}

/// S19: the law, a contract, an interest: each has a receipt that says what one can do.
#[test]
fn processing_without_consent_has_a_receipt_that_says_what_one_can_do() {
    let cases = [
        (
            "duty",
            Basis::PublicInterest,
            RemedyKind::Object,
            "https://sink.example/objections",
        ),
        (
            "interest",
            Basis::LegitimateInterest,
            RemedyKind::Object,
            "https://sink.example/objections",
        ),
        (
            "vital",
            Basis::VitalInterest,
            RemedyKind::Object,
            "https://sink.example/objections",
        ),
        (
            "deal",
            Basis::Contract,
            RemedyKind::EndContract,
            "https://sink.example/rights",
        ),
        (
            "law",
            Basis::LegalObligation,
            RemedyKind::Nothing,
            "https://sink.example/rights",
        ),
    ];
    for (purpose, basis, remedy, url) in cases {
        let (world, _) = consented();
        let mut case = Case::of(&world);
        case.sink = descriptions::checked(&sink_of_every_basis());
        let receipt = case.notice(&world, &[purpose]).unwrap();
        assert_eq!(receipt.basis(), basis);
        assert!(receipt.given().is_none());
        assert_eq!(
            (receipt.remedy.kind, receipt.remedy.url.as_str()),
            (remedy, url),
            "{purpose}"
        );
        let rights: Vec<&str> = receipt.rights.iter().map(|r| r.right.as_str()).collect();
        assert!(
            !rights.contains(&"eu-gdpr:A7-3"),
            "nothing to withdraw: {purpose}"
        );
        let by_article_21 = matches!(basis, Basis::PublicInterest | Basis::LegitimateInterest);
        assert_eq!(rights.contains(&"eu-gdpr:A21"), by_article_21, "{purpose}");
        assert!(rights.contains(&"eu-gdpr:A77"), "{purpose}");
    }
    let (world, _) = consented();
    let asked = Case::of(&world).notice(&world, &["care"]);
    let wanted = [("receipt_is_consent", "sink".to_owned())];
    assert_eq!(lacks(asked), wanted.into());
    let mixed = Case::of(&world).notice(&world, &["duty", "deal"]);
    assert_eq!(
        lacks(mixed),
        [("receipt_purpose_unknown", "deal".to_owned())].into()
    );
}

/// The sink of the small world, with a purpose on every basis.
pub(crate) fn sink_of_every_basis() -> Value {
    let mut sink = descriptions::sink();
    receipts::with_law(&mut sink);
    let of = |id: &str| {
        let text = |language| json!({ "language": language, "title": id, "description": id });
        let texts: Value = ["fi", "sv", "en"].map(text).into_iter().collect();
        json!([{ "purposeId": id, "description": texts, "requiredDatasets": ["a"] }])
    };
    sink["processingBases"]["legitimateInterest"] = of("interest");
    sink["processingBases"]["vitalInterest"] = of("vital");
    sink["x_mydata"] = json!({ "legalObligation": of("law") });
    sink
}

pub(crate) fn sink(case: &mut Case, change: impl Fn(&mut Value)) {
    let mut sink = descriptions::sink();
    receipts::with_law(&mut sink);
    change(&mut sink);
    case.sink = descriptions::checked(&sink);
}

/// Art. 9 is told to whom it concerns: with special data and its article there is a receipt that has
/// both, and whoever left the data out is not told of it.
#[test]
fn an_article_for_special_data_counts_where_there_is_such_data() {
    let mut world = receipts::world();
    let mut source = descriptions::source();
    receipts::with_law(&mut source);
    source["dataDescription"][1]["x_mydata"] = json!({ "category": "special" });
    world.link("source");
    world.link("sink");
    let mut case = Case::of(&world);
    case.source = descriptions::checked(&source);
    sink(&mut case, |sink| {
        sink["processingBases"]["consent"][0]["x_mydata"]["gdpr"] =
            json!(["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"]);
    });
    let without = world.consent("care", &["src/a"]);
    let receipt = case.consent(&world, &without.sink).unwrap();
    assert_eq!(receipt.processes[0].legal_basis.len(), 1);
    world
        .change(&without.sink, ConsentChange::Withdraw)
        .unwrap();
    let with = world.consent("care", &["src/a", "src/b"]);
    let receipt = case.consent(&world, &with.sink).unwrap();
    assert_eq!(
        receipt.processes[0].legal_basis[1].as_str(),
        "eu-gdpr:A9-2-a"
    );
}

/// FW-30: a child's age, and in what capacity and by what right somebody acted for it.
//= FW-30 test
#[test]
fn a_receipt_says_who_acted_for_a_minor() {
    let (world, ids) = consented();
    let mut case = Case::of(&world);
    case.ceremony.acting.capacity = ActingAs::Parent;
    case.ceremony.acting.authority = Some("population-register/custody".to_owned());
    case.ceremony.acting.minor = Some(Minor { age: 5 });
    let receipt = case.consent(&world, &ids.sink).unwrap();
    let acting = &given(&receipt).ceremony.acting;
    assert_eq!(
        (acting.capacity, acting.minor),
        (ActingAs::Parent, Some(Minor { age: 5 }))
    );
    assert_eq!(
        states(&receipt),
        [(EventState::Given, Actor::Representative, None)]
    );
    let printed = format!("{:?}", given(&receipt).ceremony);
    assert!(
        !printed.contains("age") && !printed.contains("register"),
        "{printed}"
    );
}
