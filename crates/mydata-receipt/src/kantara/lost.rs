//! What the form loses.

use crate::loss::{self, Kept, Loss, Row};
use crate::receipt::Receipt;
use mydata_core::lang::Language;

/// The facts of a receipt that the form has no place of its own for, when the texts are written in
/// `language`: into our extension, or lost. A text is written in one language; the others are lost.
#[must_use]
pub fn losses(receipt: &Receipt, language: Language) -> Vec<Loss> {
    let texts: Vec<Loss> = loss::of(receipt, TEXTS);
    let mut losses = loss::of(receipt, &[TEXTS, OTHERS].concat());
    losses.retain(|loss| !is_written(&loss.pointer, &texts, language, receipt.language));
    losses
}

/// Whether the text at `pointer` is the one, of those in all its languages, that is written.
fn is_written(pointer: &str, texts: &[Loss], wanted: Language, told: Language) -> bool {
    let Some((text, language)) = pointer.rsplit_once('/') else {
        return false;
    };
    let all = texts
        .iter()
        .filter_map(|loss| loss.pointer.rsplit_once('/'));
    let there: Vec<&str> = all
        .filter(|(of, _)| *of == text)
        .map(|(_, language)| language)
        .collect();
    let asked = [wanted.as_str(), told.as_str()];
    let chosen = asked.into_iter().find(|one| there.contains(one));
    chosen.or_else(|| there.first().copied()) == Some(language)
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
