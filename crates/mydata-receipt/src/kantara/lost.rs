//! What the form loses.

use crate::loss::{self, Kept, Loss, Row};
use crate::receipt::Receipt;
use mydata_core::lang::Language;
use std::collections::{BTreeMap, BTreeSet};

/// The facts of a receipt that the form has no place of its own for, when the texts are written in
/// `language`: into our extension, or lost. A text is written in one language; the others are lost.
#[must_use]
pub fn losses(receipt: &Receipt, language: Language) -> Vec<Loss> {
    let texts = loss::of(receipt, TEXTS);
    let written = written(&texts, [language, receipt.language]);
    let mut losses = loss::of(receipt, &[TEXTS, OTHERS].concat());
    losses.retain(|loss| !written.contains(loss.pointer.as_str()));
    losses
}

/// Of each text in all its languages, the one that is written: in the first language asked for that it
/// has, else in the first that it has.
fn written(texts: &[Loss], asked: [Language; 2]) -> BTreeSet<&str> {
    let mut chosen: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for loss in texts {
        let pointer = loss.pointer.as_str();
        let Some((text, language)) = pointer.rsplit_once('/') else {
            continue;
        };
        let place = asked.iter().position(|one| one.as_str() == language);
        let rank = place.unwrap_or(asked.len());
        let best = chosen.entry(text).or_insert((rank, pointer));
        if rank < best.0 {
            *best = (rank, pointer);
        }
    }
    chosen.into_values().map(|(_, pointer)| pointer).collect()
}

/// The texts of which one language is written.
const TEXTS: &[Row] = &[
    ("/operator/name/*", Kept::Nowhere),
    ("/operator/contact/role/*", Kept::Nowhere),
    ("/source/party/name/*", Kept::Nowhere),
    ("/source/party/contact/role/*", Kept::Nowhere),
    ("/source/service/title/*", Kept::Nowhere),
    ("/controller/party/name/*", Kept::Nowhere),
    ("/controller/party/contact/role/*", Kept::Nowhere),
    ("/controller/service/title/*", Kept::Nowhere),
    ("/processes/*/title/*", Kept::Nowhere),
    ("/processes/*/description/*", Kept::Nowhere),
    ("/processes/*/recipients/*/name/*", Kept::Nowhere),
    ("/remedy/otherwise/*", Kept::Nowhere),
];

/// Everything else that the form has no place of its own for.
const OTHERS: &[Row] = &[
    ("/version", Kept::Extension),
    ("/issued", Kept::Extension),
    ("/operator_id", Kept::Extension),
    ("/operator/business_id", Kept::Extension),
    ("/source/party/business_id", Kept::Extension),
    ("/source/service/**", Kept::Extension),
    ("/source/surrogate_id", Kept::Extension),
    ("/source/policy_url", Kept::Extension),
    ("/controller/party/business_id", Kept::Extension),
    ("/controller/service/**", Kept::Extension),
    ("/authority/**", Kept::Nowhere),
    // The end and the beginning stand in the form too, but as words.
    ("/grounds/consent/nbf", Kept::Extension),
    ("/grounds/consent/exp", Kept::Extension),
    ("/grounds/consent/replaces", Kept::Extension),
    ("/grounds/consent/notice/*", Kept::Extension),
    ("/grounds/consent/ceremony/is_explicit", Kept::Extension),
    ("/grounds/consent/ceremony/acting/capacity", Kept::Extension),
    // Whoever is handed this form need not know who stands for whom.
    ("/grounds/consent/ceremony/acting/**", Kept::Nowhere),
    ("/grounds/consent/ceremony/assurance", Kept::Extension),
    ("/grounds/consent/ceremony/custody", Kept::Extension),
    ("/grounds/consent/records/**", Kept::Extension),
    ("/processes/*/purpose_id", Kept::Extension),
    ("/processes/*/purpose", Kept::Nowhere),
    ("/processes/*/legal_basis/*", Kept::Nowhere),
    ("/processes/*/data/*/dataset_id", Kept::Extension),
    ("/processes/*/data/*/necessity", Kept::Extension),
    ("/processes/*/data/*/sensitivity", Kept::Extension),
    ("/processes/*/data/*/title/*", Kept::Nowhere),
    ("/processes/*/data/*/description/*", Kept::Nowhere),
    ("/processes/*/data/*/personal_data", Kept::Nowhere),
    ("/processes/*/left_out/*/dataset_id", Kept::Extension),
    ("/processes/*/left_out/**", Kept::Nowhere),
    ("/processes/*/operations/*", Kept::Nowhere),
    ("/processes/*/storage/*", Kept::Nowhere),
    ("/processes/*/retention/**", Kept::Nowhere),
    ("/rights/**", Kept::Nowhere),
];
