//! Histories of older systems under the rules of 2.0.

use super::{KEYS, believed, consent_status, flattened, link_status, with};
use mydata::core::id::{ConsentId, LinkId, SurrogateId};
use mydata::keys::PrivateKey;
use mydata::legacy::Authentic;
use mydata::legacy::history::History;
use mydata::legacy::status::{ConsentStatus, LinkStatus};
use mydata::record::chain::ChainRefusal;
use mydata::record::consent::ConsentState;
use mydata::record::link::LinkState;
use serde_json::{Value, json};

/// A status record: its id, its predecessor, its state, seconds after the first, and its signer.
type Step<'s> = (&'s str, &'s str, &'s str, u64, &'s PrivateKey);

fn payload((id, previous, state, after, _): Step<'_>) -> Value {
    let status = with(consent_status(), &["record_id"], id.into());
    let status = with(status, &["prev_record_id"], previous.into());
    let status = with(status, &["consent_status"], state.into());
    with(status, &["iat"], json!(1_510_000_101 + after))
}

fn record(step: Step<'_>) -> Authentic<ConsentStatus> {
    believed(&flattened(&payload(step), step.4)).unwrap()
}

fn subject() -> (ConsentId, SurrogateId) {
    let consent = ConsentId::parse("c0000000-Sink").unwrap();
    let surrogate = SurrogateId::parse("9f0c2d4b7a18e6355d3e8c90a1b2f4e6").unwrap();
    (consent, surrogate)
}

fn assembled(steps: &[Step<'_>]) -> Result<History<ConsentStatus>, ChainRefusal> {
    let records = steps.iter().map(|step| record(*step)).collect();
    let (consent, surrogate) = subject();
    History::assemble(records, &consent, &surrogate)
}

/// C10: linked by the id of the predecessor, whatever the order they come in.
#[test]
fn an_export_has_no_order_and_a_history_has_one() {
    let (owner, operator) = (&KEYS.owner, &KEYS.operator);
    let steps: [Step<'_>; 5] = [
        ("s5", "s4", "Withdrawn", 9, operator),
        ("s3", "s2", "Active", 5, owner),
        ("s1", "null", "Active", 0, owner),
        ("s4", "s3", "Disabled", 5, operator),
        ("s2", "s1", "Disabled", 3, owner),
    ];
    let history = assembled(&steps).unwrap();
    let ids: Vec<_> = history
        .iter()
        .map(|r| r.said().record_id.as_str())
        .collect();
    assert_eq!(ids, ["s1", "s2", "s3", "s4", "s5"]);
    assert_eq!(history.state(), ConsentState::Withdrawn);
    assert!(history.is_ended());
    assert_eq!(format!("{history:?}"), "History(5 records)");
}

/// C08: who may sign what, as in 2.0.
#[test]
fn what_2_0_refuses_in_a_chain_is_refused_here() {
    let (owner, operator) = (&KEYS.owner, &KEYS.operator);
    let first: Step<'_> = ("s1", "NULL", "Active", 0, owner);
    let paused: Step<'_> = ("s2", "s1", "Disabled", 1, owner);
    for (steps, refusal) in [
        (vec![], ChainRefusal::Gap),
        (
            vec![("s1", "s0", "Active", 0, owner)],
            ChainRefusal::FirstHasPrevious,
        ),
        (
            vec![("s1", "", "Disabled", 0, owner)],
            ChainRefusal::FirstNotInitial,
        ),
        (
            vec![("s1", "null", "Active", 0, operator)],
            ChainRefusal::FirstNotOwner,
        ),
        (
            vec![first, ("s2", "s0", "Disabled", 1, owner)],
            ChainRefusal::Gap,
        ),
        (
            vec![first, paused, ("s3", "s1", "Withdrawn", 2, owner)],
            ChainRefusal::Fork,
        ),
        (
            vec![first, ("s2", "null", "Active", 1, owner)],
            ChainRefusal::Fork,
        ),
        (
            vec![first, ("s1", "s1", "Disabled", 1, owner)],
            ChainRefusal::RecordIdReused,
        ),
        (vec![first, first], ChainRefusal::Repeated),
        (
            vec![first, ("s2", "s1", "Active", 1, owner)],
            ChainRefusal::TransitionNotAllowed,
        ),
        (
            vec![first, paused, ("s3", "s2", "Active", 2, operator)],
            ChainRefusal::SignerNotAllowed,
        ),
        (
            vec![first, paused, ("s3", "s2", "Withdrawn", 0, owner)],
            ChainRefusal::TimeBackwards,
        ),
        (
            vec![
                first,
                ("s2", "s1", "Withdrawn", 1, owner),
                ("s3", "s2", "Active", 2, owner),
            ],
            ChainRefusal::Terminal,
        ),
    ] {
        // ES256 signs differently every time: the same record twice is still the same record.
        assert_eq!(assembled(&steps).unwrap_err(), refusal, "{:?}", steps.len());
    }
    // A pause of the operator's own, which it may end.
    let own = [
        first,
        ("s2", "s1", "Disabled", 1, operator),
        ("s3", "s2", "Active", 2, operator),
    ];
    assert_eq!(assembled(&own).unwrap().state(), ConsentState::Active);
}

#[test]
fn a_history_is_of_one_subject_and_one_person() {
    let (consent, surrogate) = subject();
    let first = record(("s1", "null", "Active", 0, &KEYS.owner));
    let other = ConsentId::parse("another").unwrap();
    let refusal = History::begin(first.clone(), &other, &surrogate).unwrap_err();
    assert_eq!(refusal, ChainRefusal::OtherSubject);
    let somebody = SurrogateId::parse("another").unwrap();
    let refusal = History::begin(first.clone(), &consent, &somebody).unwrap_err();
    assert_eq!(refusal, ChainRefusal::OtherSurrogate);
    let mut history = History::begin(first, &consent, &surrogate).unwrap();
    let next = payload(("s2", "s1", "Withdrawn", 1, &KEYS.owner));
    for (member, refusal) in [
        ("cr_id", ChainRefusal::OtherSubject),
        ("surrogate_id", ChainRefusal::OtherSurrogate),
    ] {
        let other = with(next.clone(), &[member], "another".into());
        let other = believed(&flattened(&other, &KEYS.owner)).unwrap();
        assert_eq!(history.append(other), Err(refusal));
    }
    assert_eq!(history.iter().count(), 1, "a refusal changes nothing");
}

/// The keys of a link verify what happened under it, once the link itself is believed.
#[test]
fn a_link_is_removed_by_its_operator() {
    let removed = with(link_status(), &["record_id"], "r2".into());
    let removed = with(removed, &["sl_status"], "Removed".into());
    let first = link_status();
    let id = first["record_id"].as_str().unwrap();
    let removed = with(removed, &["prev_record_id"], id.into());
    let records: Vec<Authentic<LinkStatus>> = vec![
        believed(&flattened(&removed, &KEYS.operator)).unwrap(),
        believed(&flattened(&first, &KEYS.owner)).unwrap(),
    ];
    let link = LinkId::parse("2a7f1c0e-0c55-4a86-8f3a-6f1d0c1a9b01").unwrap();
    let history = History::assemble(records, &link, &subject().1).unwrap();
    assert_eq!(history.state(), LinkState::Removed);
    assert!(history.is_ended());
}
