//! Giving a consent (Consenting 2.0 §3.1).
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{
    code_of, consented, linked, owned, pair, pair_for, refused, single, undelivered,
};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{DatasetId, PurposeId};
use mydata::core::party::Party;
use mydata::core::time::Seconds;
use mydata::operator::{Capacity, ConsentChoice, Registered};
use mydata::record::consent::{
    AnyConsent, Consent as _, ConsentChange, ConsentProposal, ConsentState, Role, SinkConsent,
    SourceConsent, UsageRule, Validity,
};
use mydata::record::message::ToService;
use mydata_conformance::{World, descriptions};
use serde_json::json;
use std::sync::Arc;

/// CN-02, CN-04, CN-66, CN-68, C11, C13: inside one service: one record, flat, role `Sink`, and
/// nothing about distributions.
//= CN-02, CN-04, CN-66, CN-68 test
#[test]
fn a_single_consent_is_one_flat_record() {
    let mut world = linked();
    let (command, cr_id) = single(&mut world);
    let act = world.owner_act();
    let outbox = undelivered(&mut world, &act, &command);
    assert!(matches!(outbox.as_slice(), [d] if matches!(d.message, ToService::SingleConsent(_))));
    world.deliver(&outbox);
    let AnyConsent::Single(record) = &world.account.consent(&cr_id).unwrap().record else {
        panic!("not single")
    };
    let held = &world.sink.service.consent(&cr_id).unwrap().record;
    assert!(matches!(held, AnyConsent::Single(held) if held.seal() == record.seal()));
    let json = serde_json::to_value(&**record).unwrap();
    assert_eq!(
        (&json["version"], &json["role"]),
        (&json!("2.0"), &json!("Sink"))
    );
    assert_eq!(
        json["usage_rules"],
        json!([{ "purposeId": "own", "datasets": ["own"] }])
    );
    let datasets = &json["rs_description"]["resource_set"]["dataset"];
    assert_eq!(*datasets, json!([{ "dataset_id": "own" }]));
    let (purpose, dataset) = (
        PurposeId::parse("own").unwrap(),
        DatasetId::parse("own").unwrap(),
    );
    let service = &world.sink.service;
    assert!(
        service
            .may_process(&cr_id, &purpose, &dataset, world.now)
            .is_permitted()
    );
}

/// CN-05, CN-06, CN-45, CN-47, CN-48, CN-84 to CN-86: from a source to a sink: two records, each to
/// its own service with its first status, bound to each other by id, key and resource set.
//= CN-05, CN-06, CN-45, CN-47, CN-48, CN-84, CN-85, CN-86, AC-40, AC-41, AC-42 test
#[test]
fn a_pair_is_two_records_bound_to_each_other() {
    let mut world = linked();
    let (command, ids) = pair_for(&mut world, "care", &["src/a", "src/b"]);
    let act = world.owner_act();
    let outbox = undelivered(&mut world, &act, &command);
    let [to_source, to_sink] = outbox.as_slice() else {
        panic!("not two messages")
    };
    let ToService::SourceConsent(source) = &to_source.message else {
        panic!("not the source's")
    };
    let ToService::SinkConsent(sink) = &to_sink.message else {
        panic!("not the sink's")
    };
    assert_eq!(
        (to_source.to.as_str(), to_sink.to.as_str()),
        ("source", "sink")
    );
    let keys = world.account.party_keys(None);
    let verify = |status: &mydata::core::jws::Sealed<mydata::record::consent::ConsentStatus>| {
        status
            .open()
            .unwrap()
            .verify(&mydata_chosen::Chosen, &keys)
            .unwrap()
    };
    for (status, cr_id) in [(&source.csr, &ids.source), (&sink.csr, &ids.sink)] {
        let status = verify(status);
        assert_eq!(status.cr_id, *cr_id);
        assert_eq!(status.consent_status, ConsentState::Active);
        assert!(status.is_signed_by(Party::Owner));
    }
    let source = source
        .cr
        .open()
        .unwrap()
        .verify(&mydata_chosen::Chosen, &keys)
        .unwrap();
    let sink = sink
        .cr
        .open()
        .unwrap()
        .verify(&mydata_chosen::Chosen, &keys)
        .unwrap();
    assert_eq!(sink.source_cr_id(), &source.terms().cr_id);
    assert_eq!(source.pop_key(), world.sink.pop.public());
    assert_eq!(source.token_issuer_key(), world.token_key.public());
    assert_eq!(source.terms().resource_set(), sink.terms().resource_set());
    assert_ne!(source.terms().cr_id, sink.terms().cr_id);
    assert_ne!(source.terms().surrogate_id, sink.terms().surrogate_id);
    assert_eq!(
        (source.terms().role, sink.terms().role),
        (Role::Source, Role::Sink)
    );
    assert_eq!(source.usage_rules(), []);
    assert_eq!(sink.usage_rules().len(), 1);
}

/// CN-07, CN-67, C44: the set holds exactly what was chosen, each dataset with the address at which
/// the source's description has it.
//= CN-07, CN-67 test
#[test]
fn the_resource_set_is_what_was_chosen() {
    let (world, ids) = consented();
    let set = world
        .account
        .consent(&ids.source)
        .unwrap()
        .terms()
        .resource_set()
        .clone();
    let found: Vec<_> = set
        .datasets()
        .iter()
        .map(|d| {
            (
                d.dataset_id.as_str(),
                d.distribution_url.as_ref().unwrap().as_str(),
            )
        })
        .collect();
    let expected = [
        ("src/a", "https://source.example/data/a"),
        ("src/b", "https://source.example/data/b"),
    ];
    assert_eq!(found, expected);
}

/// CN-08 to CN-11, C42, C43: every consent has a set id of its own, also on the same data: the
/// source's origin, a full stop and 128 random bits, and nothing of the person or the data.
//= CN-08, CN-10, CN-11 test
#[test]
fn every_consent_has_a_set_id_of_its_own_that_says_nothing() {
    let (mut world, ids) = consented();
    let first = world.account.consent(&ids.sink).unwrap().terms().clone();
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let again = world.consent("care", &["src/a", "src/b"]);
    let second = world.account.consent(&again.sink).unwrap().terms().clone();
    assert_ne!(first.resource_set().id(), second.resource_set().id());
    for terms in [first, second] {
        let id = terms.resource_set().id().as_str().to_owned();
        let key = id.strip_prefix("https://source.example.").unwrap();
        assert_eq!(crate::support::decode(key).unwrap().len(), 16);
        for word in [terms.surrogate_id.as_str(), "src/a", "care", "sofia"] {
            assert!(!id.contains(word));
        }
    }
}

/// CN-69 to CN-73, CN-76: what a record says of where it comes from.
//= CN-70, CN-71, CN-73, CN-76, AC-38 test
#[test]
fn a_record_says_under_what_it_was_given() {
    let (world, ids) = consented();
    let [(url, shown)] = world.account.proposals().collect::<Vec<_>>()[..] else {
        panic!("not one proposal")
    };
    let expected = ConsentProposal {
        url: url.clone(),
        hash: shown.hash,
    };
    for (cr_id, name) in [(&ids.source, "source"), (&ids.sink, "sink")] {
        let terms = world.account.consent(cr_id).unwrap().terms();
        let link = world.account.link(&terms.slr_id).unwrap();
        assert_eq!(terms.surrogate_id, link.record.surrogate_id);
        assert_eq!(terms.subject_id.as_str(), name);
        assert_eq!(terms.operator, world.operator_id);
        assert_eq!(terms.service_description_version.as_str(), "1.0.0");
        assert_eq!(terms.iat, world.now);
        assert_eq!(terms.consent_proposal, expected);
    }
}

fn choose(world: &mut World, rules: &[(&str, &[&str])]) -> ConsentChoice {
    let mut choice = world.choice("care", &["src/a"]);
    choice.rules = rules
        .iter()
        .map(|(purpose, datasets)| UsageRule {
            purpose_id: PurposeId::parse(purpose).unwrap(),
            datasets: datasets
                .iter()
                .map(|id| DatasetId::parse(id).unwrap())
                .collect(),
        })
        .collect();
    choice
}

/// CN-43, CN-77, CN-87, FW-36: the minimum of each purpose is met, and nothing beyond it is taken.
//= CN-43, CN-77, CN-87, SD-25 test
#[test]
fn the_minimum_requirements_hold_for_each_purpose() {
    type Case = (
        &'static [(&'static str, &'static [&'static str])],
        Option<&'static str>,
    );
    let cases: [Case; 12] = [
        (&[("care", &["src/a"])], None),
        (&[("care", &["src/a", "src/b"])], None),
        (&[("study", &["src/c"])], None),
        (&[("care", &["src/a"]), ("study", &["src/c"])], None),
        (&[("care", &["src/b"])], Some("dataset_required")),
        (
            &[("care", &["src/a"]), ("study", &["src/a"])],
            Some("dataset_required"),
        ),
        (
            &[("care", &["src/a", "src/b", "src/c"])],
            Some("dataset_not_for_purpose"),
        ),
        (
            &[("study", &["src/c", "src/b"])],
            Some("dataset_not_for_purpose"),
        ),
        (&[("care", &["src/d"])], Some("dataset_unknown")),
        (&[("care", &[])], Some("dataset_required")),
        (&[], Some("dataset_required")),
        (
            &[("care", &["src/a"]), ("care", &["src/a"])],
            Some("consent_usage_rules"),
        ),
    ];
    for (rules, expected) in cases {
        let mut world = linked();
        let choice = choose(&mut world, rules);
        match expected {
            None => {
                let (command, _) = world.try_pair(&choice).unwrap();
                world.command(&world.owner_act(), &command).unwrap();
            }
            Some(code) => {
                let found = code_of(&mut world, |world| world.try_pair(&choice));
                assert_eq!(found, code, "{rules:?}");
            }
        }
    }
}

/// What a draft refuses, the signed record is refused for as well: nobody gets round a draft by
/// signing something else.
//= CN-43, CN-77, SD-21 test
#[test]
fn a_signed_record_is_checked_as_its_draft_was() {
    let alter = |alter: &dyn Fn(&mut Vec<UsageRule>), code: &str| {
        let mut world = linked();
        let (mut command, _) = pair_for(&mut world, "care", &["src/a", "src/b"]);
        let given = pair(&mut command);
        let mut rules = given.sink.usage_rules().to_vec();
        alter(&mut rules);
        let (terms, other) = (
            given.sink.terms().clone(),
            given.sink.source_cr_id().clone(),
        );
        given.sink = owned(&world, SinkConsent::new(terms, other, rules).unwrap());
        assert_eq!(refused(&mut world, Capacity::Owner, &command), code);
    };
    let purpose = |name: &'static str| {
        move |rules: &mut Vec<UsageRule>| {
            for rule in rules {
                rule.purpose_id = PurposeId::parse(name).unwrap();
            }
        }
    };
    alter(&purpose("marketing"), "purpose_unknown");
    alter(&purpose("duty"), "purpose_not_consent");
    alter(&purpose("elsewhere"), "purpose_source");
    alter(&purpose("study"), "dataset_required");
    alter(
        &|rules| {
            for rule in rules {
                rule.datasets.retain(|id| id.as_str() == "src/b");
            }
        },
        "dataset_required",
    );
}

/// CN-84, CN-85, P4: keys in the source's half are the sink's from the linking, and the operator's.
//= CN-84, CN-85 test
#[test]
fn a_source_half_with_another_key_is_refused() {
    let other = crate::support::new_key("sink-pop");
    for swap_pop in [true, false] {
        let mut world = linked();
        let (mut command, _) = pair_for(&mut world, "care", &["src/a"]);
        let given = pair(&mut command);
        let (pop, issuer) = if swap_pop {
            (other.public(), given.source.token_issuer_key())
        } else {
            (given.source.pop_key(), other.public())
        };
        let terms = given.source.terms().clone();
        let record = SourceConsent::new(terms, pop.clone(), issuer.clone()).unwrap();
        given.source = owned(&world, record);
        assert_eq!(
            refused(&mut world, Capacity::Owner, &command),
            "key_not_bound"
        );
    }
}

/// CN-38, CN-74, CN-75: a consent without an end where the purpose sets none; within the purpose's
/// limit where it does; never one that is over already.
//= CN-75, CN-83 test
#[test]
fn a_consent_runs_no_longer_than_its_purpose() {
    let cases = [
        ("study", "src/c", None, None),
        ("care", "src/a", None, Some("purpose_too_long")),
        ("care", "src/a", Some(30 * 86_400), None),
        (
            "care",
            "src/a",
            Some(30 * 86_400 + 1),
            Some("purpose_too_long"),
        ),
        ("care", "src/a", Some(1), None),
        ("care", "src/a", Some(0), Some("consent_expired")),
    ];
    for (purpose, dataset, seconds, expected) in cases {
        let mut world = linked();
        let mut choice = world.choice(purpose, &[dataset]);
        let exp = seconds.map(|seconds| world.now.plus(Seconds::new(seconds)));
        choice.validity = Validity::new(None, exp);
        let found = world
            .try_pair(&choice)
            .map_err(|rejection| rejection.code());
        assert_eq!(found.err(), expected, "{purpose} {seconds:?}");
    }
    let mut world = linked();
    let mut choice = world.choice("care", &["src/a"]);
    choice.validity = Validity::new(Some(world.now.plus(Seconds::new(9))), Some(world.now));
    let found = code_of(&mut world, |world| world.try_pair(&choice));
    assert_eq!(found, "consent_validity");
}

/// C53, P27: a second yes to one question is refused while the first is in force or paused, whatever
/// data it names; a yes to another question is not. What is over stands in nobody's way.
#[test]
fn one_question_has_one_answer() {
    let (mut world, ids) = consented();
    let exists = |world: &mut World, datasets: &[&str]| {
        let choice = world.choice("care", datasets);
        code_of(world, |world| world.try_pair(&choice))
    };
    assert_eq!(exists(&mut world, &["src/a"]), "consent_exists");
    assert_eq!(exists(&mut world, &["src/a", "src/b"]), "consent_exists");
    let other = world.consent("study", &["src/c"]);
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    assert_eq!(exists(&mut world, &["src/a"]), "consent_exists");
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let second = world.consent("care", &["src/a"]);
    // The first is withdrawn still, and the other purpose is untouched.
    assert_eq!(
        world.fetch(&ids.sink, "care", "src/a"),
        ["consent_withdrawn"]
    );
    assert_eq!(world.fetch(&other.sink, "study", "src/c"), [""; 0]);
    // At its end it makes room without any timer.
    world.wait(30 * 86_400);
    assert_eq!(
        world.fetch(&second.sink, "care", "src/a"),
        ["consent_expired"]
    );
    let third = world.consent("care", &["src/a"]);
    assert_eq!(world.fetch(&third.sink, "care", "src/a"), [""; 0]);
}

/// C53: also for one service; and two commands signed at once do not both pass.
#[test]
fn of_two_answers_signed_at_once_the_second_is_refused() {
    let mut world = linked();
    let (first, _) = pair_for(&mut world, "care", &["src/a"]);
    let (second, _) = pair_for(&mut world, "care", &["src/a", "src/b"]);
    world.command(&world.owner_act(), &first).unwrap();
    assert_eq!(
        refused(&mut world, Capacity::Owner, &second),
        "consent_exists"
    );
    let (first, _) = single(&mut world);
    let (second, _) = single(&mut world);
    world.command(&world.owner_act(), &first).unwrap();
    assert_eq!(
        refused(&mut world, Capacity::Owner, &second),
        "consent_exists"
    );
    assert_eq!(
        refused(&mut world, Capacity::Owner, &first),
        "consent_id_taken"
    );
}

/// CN-42: to change a consent is to withdraw it and to give a new one, with a new set.
#[test]
fn a_consent_is_changed_by_a_new_one() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let new = world.consent("care", &["src/a"]);
    assert_eq!(world.fetch(&new.sink, "care", "src/a"), [""; 0]);
    assert_eq!(
        world.fetch(&new.sink, "care", "src/b"),
        ["dataset_not_consented"]
    );
    let old = world.account.consent(&ids.sink).unwrap();
    assert_eq!(old.chain.state(), ConsentState::Withdrawn);
}

/// CN-44, SL-13: a service that is closed gets no new consents; one whose description has gone on is
/// read again first (CN-71).
//= CN-71 test
#[test]
fn the_description_in_force_and_an_open_service_are_needed() {
    let mut newer = descriptions::sink();
    newer["serviceDescription"]["serviceDescriptionVersion"] = json!("1.1.0");
    let keys = linked().sink.key.public().clone();
    let newer = Registered::new(descriptions::checked(&newer), keys);
    for source in [true, false] {
        let mut world = linked();
        let (mut command, _) = pair_for(&mut world, "care", &["src/a"]);
        let given = pair(&mut command);
        let slot = if source {
            &mut given.source_service
        } else {
            &mut given.sink_service
        };
        *slot = Arc::new(Registered::clone(slot).suspended());
        assert_eq!(
            refused(&mut world, Capacity::Owner, &command),
            "service_suspended"
        );
    }
    let mut world = linked();
    let (mut command, _) = pair_for(&mut world, "care", &["src/a"]);
    pair(&mut command).sink_service = Arc::new(newer.clone());
    assert_eq!(
        refused(&mut world, Capacity::Owner, &command),
        "description_stale"
    );
    // Drafted with the newer one it is accepted: the link does not bind the description.
    world.sink.registered = Arc::new(newer);
    let ids = world.consent("care", &["src/a"]);
    let terms = world.account.consent(&ids.sink).unwrap().terms();
    assert_eq!(terms.service_description_version.as_str(), "1.1.0");
}

/// AC-39, CN-70, CN-76: ids that are not those of the link, though the owner has signed them.
//= AC-39, CN-70, CN-76 test
#[test]
fn a_consent_with_the_ids_of_another_link_is_refused() {
    type Alter = fn(&mut mydata::record::consent::Terms, &World);
    let cases: [(Alter, &str); 5] = [
        (
            |t, _| t.surrogate_id = mydata::core::id::SurrogateId::parse("another").unwrap(),
            "record_mismatch",
        ),
        (
            |t, _| t.operator = mydata::core::id::OperatorId::parse("another.example").unwrap(),
            "record_mismatch",
        ),
        (
            |t, _| t.slr_id = mydata::core::id::LinkId::parse("another").unwrap(),
            "link_unknown",
        ),
        (
            |t, w| t.slr_id = crate::support::link_id(w, "source"),
            "record_mismatch",
        ),
        (
            |t, _| t.subject_id = mydata::core::id::ServiceId::parse("another").unwrap(),
            "service_mismatch",
        ),
    ];
    for (alter, code) in cases {
        let mut world = linked();
        let (mut command, _) = pair_for(&mut world, "study", &["src/c"]);
        let given = pair(&mut command);
        let mut terms = given.sink.terms().clone();
        alter(&mut terms, &world);
        let (rules, source) = (given.sink.usage_rules().to_vec(), given.sink.source_cr_id());
        let sink = SinkConsent::new(terms, source.clone(), rules).unwrap();
        given.sink = owned(&world, sink);
        assert_eq!(refused(&mut world, Capacity::Owner, &command), code);
    }
}

/// CN-14, CN-91, CN-94: both halves start Active, by the owner, with status records of their own.
//= CN-14, CN-91, AC-41 test
#[test]
fn a_pair_with_a_wrong_first_status_is_refused() {
    let mut world = linked();
    let (command, _) = pair_for(&mut world, "care", &["src/a"]);
    let mut swapped = command.clone();
    let given = pair(&mut swapped);
    std::mem::swap(&mut given.source_status, &mut given.sink_status);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &swapped),
        "chain_other_subject"
    );

    let mut paused = command.clone();
    let mut status = (*pair(&mut paused).sink_status).clone();
    status.consent_status = ConsentState::Disabled;
    pair(&mut paused).sink_status = owned(&world, status);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &paused),
        "chain_first_not_active"
    );

    let mut one_id = command.clone();
    let mut status = (*pair(&mut one_id).sink_status).clone();
    status.record_id = pair(&mut one_id).source_status.record_id.clone();
    pair(&mut one_id).sink_status = owned(&world, status);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &one_id),
        "record_id_taken"
    );
    world.command(&world.owner_act(), &command).unwrap();
}
