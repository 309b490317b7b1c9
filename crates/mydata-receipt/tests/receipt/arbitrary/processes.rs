//! What for, and which data.

use super::values::{country, id, term, text};
use mydata_core::id::{DatasetId, PurposeId};
use mydata_receipt::category::{PiiCategory, PurposeCategory};
use mydata_receipt::dpv::{LegalBasisTerm, PersonalDataTerm, ProcessingTerm, PurposeTerm};
use mydata_receipt::receipt::{DataItem, Necessity, Process, Recipient, Retention};
use mydata_record::description::{Basis, Category};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// One to three purposes; a dataset that is chosen for one is left out of another now and then.
pub(super) fn processes(basis: Basis) -> impl Strategy<Value = Vec<Process>> {
    let is_shared = proptest::bool::weighted(0.3);
    (vec(process(basis), 1..4), is_shared).prop_map(|(mut processes, is_shared)| {
        if is_shared && let [first, second, ..] = processes.as_mut_slice() {
            second.left_out.extend(first.data.first().cloned());
            first.left_out.extend(second.data.first().cloned());
        }
        processes
    })
}

fn process(basis: Basis) -> impl Strategy<Value = Process> {
    let purpose = (
        id(PurposeId::parse),
        text(),
        text(),
        term(PURPOSES, PurposeTerm::parse),
        select(PurposeCategory::ALL),
        any::<bool>(),
    );
    let data = (
        vec(item(), 1..4),
        vec(item(), 0..2),
        vec(term(OPERATIONS, ProcessingTerm::parse), 1..3),
    );
    let after = (
        vec((text(), country()), 0..3),
        vec(country(), 1..3),
        text(),
        option::of(0..4000_u32),
    );
    (purpose, data, after).prop_map(move |(purpose, (data, left_out, operations), after)| {
        let (purpose_id, title, description, purpose, category, is_primary) = purpose;
        let (recipients, storage, rule, days) = after;
        let (article, special) = match basis {
            Basis::Consent => ("eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"),
            Basis::Contract => ("eu-gdpr:A6-1-b", "eu-gdpr:A9-2-b"),
            Basis::LegalObligation => ("eu-gdpr:A6-1-c", "eu-gdpr:A9-2-b"),
            Basis::VitalInterest => ("eu-gdpr:A6-1-d", "eu-gdpr:A9-2-c"),
            Basis::PublicInterest => ("eu-gdpr:A6-1-e", "eu-gdpr:A9-2-g"),
            Basis::LegitimateInterest => ("eu-gdpr:A6-1-f", "eu-gdpr:A9-2-d"),
        };
        let is_special = |item: &DataItem| item.sensitivity == Category::Special;
        let special = data.iter().any(is_special).then_some(special);
        Process {
            purpose_id,
            title,
            description,
            purpose,
            category,
            is_primary,
            legal_basis: [article]
                .into_iter()
                .chain(special)
                .map(|term| LegalBasisTerm::parse(term).unwrap())
                .collect(),
            data,
            left_out,
            operations,
            recipients: recipients
                .into_iter()
                .map(|(name, country)| Recipient { name, country })
                .collect(),
            storage,
            retention: Retention { rule, days },
        }
    })
}

fn item() -> impl Strategy<Value = DataItem> {
    let sensitivity = select(
        &[
            Category::Ordinary,
            Category::Confidential,
            Category::Special,
        ][..],
    );
    let necessity = select(&[Necessity::Required, Necessity::Optional][..]);
    let terms = (
        term(DATA, PersonalDataTerm::parse),
        select(PiiCategory::ALL),
    );
    (
        id(DatasetId::parse),
        text(),
        text(),
        necessity,
        sensitivity,
        terms,
    )
        .prop_map(
            |(dataset_id, title, description, necessity, sensitivity, terms)| DataItem {
                dataset_id,
                title,
                description,
                necessity,
                sensitivity,
                personal_data: terms.0,
                category: terms.1,
            },
        )
}

const PURPOSES: &[&str] = &[
    "dpv:RequestedServiceProvision",
    "dpv:RecordManagement",
    "dpv:ServicePersonalisation",
    "dpv:Marketing",
];
const DATA: &[&str] = &["pd:Preference", "pd:Health", "pd:Contact", "pd:Income"];
const OPERATIONS: &[&str] = &["dpv:Collect", "dpv:Store", "dpv:Use", "dpv:Erase"];
