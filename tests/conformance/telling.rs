//! What a consent shows afterwards, to the person and to whoever must be able to show it (Framework
//! 2.0 §8).

use crate::support::{consented, link_id, removal, single};
use mydata::core::id::ActorId;
use mydata::core::lang::Language;
use mydata::core::party::Party;
use mydata::operator::{Capacity, Fact};
use mydata::record::consent::{AnyConsent, ConsentChange, ConsentState};
use mydata_conformance::World;

const LANGUAGES: [Language; 3] = [Language::FI, Language::SV, Language::EN];

/// FW-25, FW-26, FW-29: a consent shows who consented, when, and whether and when it was withdrawn,
/// each under a signature.
//= FW-25, FW-26, FW-29 test
#[test]
fn a_consent_shows_who_and_when() {
    let (mut world, ids) = consented();
    let given = world.now;
    world.wait(60);
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let keys = world.account.party_keys(None);
    for cr_id in [&ids.source, &ids.sink] {
        let consent = world.account.consent(cr_id).unwrap();
        let terms = consent.terms();
        let link = world.account.link(&terms.slr_id).unwrap();
        assert_eq!(terms.surrogate_id, link.record.surrogate_id);
        let is_owners = match &consent.record {
            AnyConsent::Single(record) => record.is_signed_with(&keys),
            AnyConsent::Source(record) => record.is_signed_with(&keys),
            AnyConsent::Sink(record) => record.is_signed_with(&keys),
        };
        assert!(is_owners);
        assert_eq!(terms.iat, given);
        let states: Vec<_> = consent
            .chain
            .iter()
            .map(|status| (status.consent_status, status.iat))
            .collect();
        let expected = [
            (ConsentState::Active, given),
            (ConsentState::Withdrawn, world.now),
        ];
        assert_eq!(states, expected);
        assert!(consent.chain.latest().is_signed_by(Party::Owner));
    }
}

/// FW-30: who acted for the person, and in what capacity, stands in the operator's events.
//= FW-30 test
#[test]
fn who_acted_for_the_person_is_recorded() {
    let (mut world, ids) = consented();
    let command = crate::support::signed(&mut world, &ids.sink, ConsentChange::Disable);
    let mut act = world.act(Capacity::Representative);
    act.actor = ActorId::parse("guardian-of-sofia").unwrap();
    world.command(&act, &command).unwrap();
    for event in world.log.iter().rev().take(2) {
        assert!(matches!(event.fact, Fact::ConsentChanged { .. }));
        assert_eq!(event.act, act);
    }
}

/// FW-32: what has ended stays: consents that were withdrawn, that ran out, or whose link has gone,
/// with all their status.
//= FW-32 test
#[test]
fn what_has_ended_stays_in_the_account() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let second = world.consent("care", &["src/a"]);
    world.wait(31 * 86_400);
    let (command, own) = single(&mut world);
    world.command(&world.owner_act(), &command).unwrap();
    let link = link_id(&world, "sink");
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    let kept = |world: &World| world.account.consents().count();
    assert_eq!((kept(&world), world.account.links().count()), (5, 2));
    for cr_id in [&ids.source, &ids.sink, &second.source, &second.sink, &own] {
        let consent = world.account.consent(cr_id).unwrap();
        assert_eq!(consent.chain.iter().count(), 2);
        assert_eq!(consent.chain.first().consent_status, ConsentState::Active);
    }
}

/// FW-33: everything that a person must read of a consent can be had in words, in each of the three
/// languages: who gives and who uses, which data, what for, on what basis, and how it stands.
//= FW-33 test
#[test]
fn a_consent_can_be_shown_in_words() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    let consent = world.account.consent(&ids.sink).unwrap();
    let (source, sink) = (
        &world.source.registered.description,
        &world.sink.registered.description,
    );
    let standing = world.account.standing(&ids.sink, world.now).unwrap();
    let bar = standing.permit().unwrap_err();
    for language in LANGUAGES {
        let mut words: Vec<&str> = vec![
            source.service_description.title_in(language),
            sink.service_description.title_in(language),
            sink.service_description.service_provider.name_in(language),
            consent.chain.state().label().get(language),
            bar.label().get(language),
        ];
        for rule in consent.record.usage_rules() {
            let (basis, purpose) = sink.purpose(&rule.purpose_id).unwrap();
            let text = purpose.description.get(language).unwrap();
            words.extend([text.title.as_str(), &text.description]);
            words.push(basis.label().get(language));
            for id in &rule.datasets {
                let dataset = source.dataset(id).unwrap();
                let text = dataset.description.get(language).unwrap();
                words.extend([text.title.as_str(), &text.description]);
            }
        }
        assert_eq!(words.len(), 12);
        assert!(words.iter().all(|word| !word.is_empty()));
    }
    let labels = LANGUAGES.map(|language| consent.chain.state().label().get(language));
    assert_eq!(labels, ["keskeytetty", "pausat", "paused"]);
}
