//! Arbitrary receipts, for the laws of every form: each is one that could be issued.
//!
//! A consent has one record or two, each with a history of its own, one to three purposes, and texts in
//! one to three languages, with the characters that a careless writer of some form would trip over.

mod history;
mod processes;
mod values;

pub(crate) use values::{language, moment, party, text};

use history::{ISSUED, Lives, given};
use mydata_core::id::OperatorId;
use mydata_core::time::{Seconds, Timestamp};
use mydata_receipt::Receipt;
use mydata_receipt::dpv::RightTerm;
use mydata_receipt::receipt::{
    EventState, Grounds, ReceiptId, ReceiptVersion, Remedy, RemedyKind, Right, Told,
};
use mydata_record::description::{Basis, Category};
use processes::processes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use values::{controller, country, id, term, web};

/// A receipt of any kind.
pub(crate) fn receipt() -> BoxedStrategy<Receipt> {
    prop_oneof![3 => consent(), 1 => law()].boxed()
}

/// A consent receipt in any state, with halves that need not agree.
pub(crate) fn consent() -> BoxedStrategy<Receipt> {
    of_consent(Lives::Anyhow)
}

/// A consent receipt of a consent that is in force at issue.
pub(crate) fn in_force() -> BoxedStrategy<Receipt> {
    of_consent(Lives::InForce)
}

/// The same, with a few events only: for laws that look at every fact.
pub(crate) fn in_force_for_days() -> BoxedStrategy<Receipt> {
    of_consent(Lives::Briefly)
}

/// A notice receipt, on any basis but consent.
pub(crate) fn law() -> BoxedStrategy<Receipt> {
    let bases: Vec<Basis> = Basis::ALL.into_iter().skip(1).collect();
    (select(bases), moment(), any::<bool>())
        .prop_flat_map(|(basis, at, has_source)| {
            let told = Grounds::Law(Told { basis, at });
            whole(Just(told), basis, has_source, at)
        })
        .boxed()
}

fn of_consent(lives: Lives) -> BoxedStrategy<Receipt> {
    (any::<bool>(), moment())
        .prop_flat_map(move |(has_source, at)| {
            let grounds = given(lives, has_source, at);
            whole(grounds, Basis::Consent, has_source, at)
        })
        .boxed()
}

/// The rest of a receipt around its grounds; all that is in them lies in the days
/// between `at` and issue. One organisation may be on both sides.
fn whole(
    grounds: impl Strategy<Value = Grounds> + 'static,
    basis: Basis,
    has_source: bool,
    at: Timestamp,
) -> BoxedStrategy<Receipt> {
    let source = if has_source {
        controller().prop_map(Some).boxed()
    } else {
        Just(None).boxed()
    };
    let operator = (id(OperatorId::parse), party());
    let parties = (operator, source, controller(), party());
    let rest = (
        any::<[u8; 16]>(),
        vec(country(), 1..3),
        language(),
        processes(basis),
        (web(), text()),
        vec((term(RIGHTS, RightTerm::parse), web()), 1..4),
    );
    let is_one_organisation = proptest::bool::weighted(0.2);
    (grounds, parties, rest, is_one_organisation)
        .prop_map(move |(mut grounds, parties, rest, is_one_organisation)| {
            let ((operator_id, operator), mut source, controller, authority) = parties;
            let (id, jurisdiction, language, processes, (url, otherwise), rights) = rest;
            if let Some(source) = source.as_mut().filter(|_| is_one_organisation) {
                source.party = controller.party.clone();
            }
            // Data of a special category takes explicit consent (GDPR Art. 9(2)(a)).
            let mut data = processes.iter().flat_map(|process| &process.data);
            if data.any(|item| item.sensitivity == Category::Special)
                && let Grounds::Consent(given) = &mut grounds
            {
                given.ceremony.is_explicit = true;
            }
            Receipt {
                version: ReceiptVersion::default(),
                receipt_id: ReceiptId::from_random(id),
                issued: at.plus(Seconds::days(ISSUED)),
                operator_id,
                operator,
                source,
                controller,
                jurisdiction,
                authority,
                language,
                grounds,
                processes,
                remedy: Remedy {
                    kind: RemedyKind::of(basis),
                    url,
                    otherwise,
                },
                rights: rights
                    .into_iter()
                    .map(|(right, url)| Right { right, url })
                    .collect(),
            }
        })
        .boxed()
}

const RIGHTS: &[&str] = &[
    "eu-gdpr:A15",
    "eu-gdpr:A16",
    "eu-gdpr:A21",
    "eu-gdpr:A7-3",
    "eu-gdpr:A77",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_arbitrary_receipt_reads_as_it_was_written(receipt in receipt()) {
        let octets = mydata_core::json::to_vec(&receipt).unwrap();
        let read: Receipt = serde_json::from_slice(&octets).unwrap();
        prop_assert!(read == receipt);
    }

    #[test]
    fn a_consent_in_force_is_one(receipt in in_force()) {
        let given = receipt.given().unwrap();
        prop_assert!(given.state().unwrap().is_valid());
        prop_assert!(given.validity().is_possible());
        prop_assert_eq!(given.records.len(), receipt.controllers().count());
    }

    #[test]
    fn a_consent_in_any_state_could_be_issued(receipt in consent()) {
        let given = receipt.given().unwrap();
        prop_assert!(given.validity().is_possible());
        for record in &given.records {
            let events = &record.events;
            prop_assert!(events.windows(2).all(|pair| pair[0].at <= pair[1].at));
            prop_assert!(events.iter().all(|event| event.at <= receipt.issued));
            let ended = events.iter().position(|event| event.state.is_end());
            prop_assert!(ended.is_none_or(|at| at + 1 == events.len()));
            for event in events.iter().filter(|event| event.state == EventState::Expired) {
                prop_assert_eq!(Some(event.at), given.exp);
            }
        }
    }
}
