//! Whether a receipt says what its records say.

use super::verify::{Bound, EvidenceFault};
use crate::dpv::LegalBasisTerm;
use crate::issue::{Cause, Causes, article, giver, is_in_order, record_ref};
use crate::receipt::{Controller, Given, Receipt, RecordRef, RemedyKind, Told};
use mydata_core::crypto::Crypto;
use mydata_core::id::DatasetId;
use mydata_record::consent::{
    Consent, SingleConsent, SinkConsent, SourceConsent, Terms, UsageRule,
};
use mydata_record::description::Basis;
use std::fmt;

/// A member of a receipt that a record speaks of too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// `operator_id`
    Operator,
    /// `controller`: service, version of its description, pseudonym.
    Controller,
    /// `source`: the same.
    Source,
    /// `language`
    Language,
    /// `notice`: address and hash.
    Notice,
    /// `nbf`, `exp`
    Validity,
    /// `processes`: purposes and datasets.
    Processes,
    /// `records`: ids, hashes, times, keys and states.
    Records,
    /// `remedy`: what one can do about processing on the basis named.
    Remedy,
    /// `basis` and `legal_basis`: what rests on consent has records, and the articles are of the basis.
    Basis,
    /// `issued`: not before what the receipt tells of.
    Issued,
    /// `shown_at`, `decided_at`: in this order, and before it was signed and told of.
    Times,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Operator => "`operator_id`",
            Self::Controller => "`controller`",
            Self::Source => "`source`",
            Self::Language => "`language`",
            Self::Notice => "`notice`",
            Self::Validity => "`nbf` or `exp`",
            Self::Processes => "`processes`",
            Self::Records => "`records`",
            Self::Remedy => "`remedy`",
            Self::Basis => "`basis` or `legal_basis`",
            Self::Issued => "`issued`",
            Self::Times => "`shown_at` or `decided_at`",
        })
    }
}

fn hold(holds: bool, fact: Fact) -> Result<(), EvidenceFault> {
    if holds {
        Ok(())
    } else {
        Err(EvidenceFault::Fact(fact))
    }
}

/// Processing under the law: it rests on no consent, and the receipt says what one can do about it.
pub(super) fn law(receipt: &Receipt, told: &Told) -> Result<(), EvidenceFault> {
    hold(told.basis != Basis::Consent, Fact::Basis)?;
    on_basis(receipt, told.basis)?;
    hold(told.at <= receipt.issued, Fact::Issued)
}

/// A consent for one service.
pub(super) fn single(
    receipt: &Receipt,
    given: &Given,
    bound: &Bound<SingleConsent>,
    crypto: &dyn Crypto,
) -> Result<(), EvidenceFault> {
    hold(receipt.source.is_none(), Fact::Source)?;
    let rules = bound.consent.usage_rules();
    common(receipt, given, bound.consent.terms(), rules)?;
    records(
        receipt,
        given,
        &[&|causes| again(receipt, given, bound, causes, crypto)],
    )
}

/// A consent for a source and a sink.
pub(super) fn pair(
    receipt: &Receipt,
    given: &Given,
    source: &Bound<SourceConsent>,
    sink: &Bound<SinkConsent>,
    crypto: &dyn Crypto,
) -> Result<(), EvidenceFault> {
    let is_source = |controller: &Controller| is_of(controller, source.consent.terms());
    hold(receipt.source.as_ref().is_some_and(is_source), Fact::Source)?;
    common(
        receipt,
        given,
        sink.consent.terms(),
        sink.consent.usage_rules(),
    )?;
    language(receipt, source.consent.terms())?;
    records(
        receipt,
        given,
        &[
            &|causes| again(receipt, given, source, causes, crypto),
            &|causes| again(receipt, given, sink, causes, crypto),
        ],
    )
}

/// What the record of whoever uses the data says.
fn common(
    receipt: &Receipt,
    given: &Given,
    terms: &Terms,
    rules: &[UsageRule],
) -> Result<(), EvidenceFault> {
    hold(terms.operator == receipt.operator_id, Fact::Operator)?;
    hold(is_of(&receipt.controller, terms), Fact::Controller)?;
    language(receipt, terms)?;
    let notice = &terms.consent_proposal;
    let is_shown = notice.url == given.notice.url && notice.hash == given.notice.sha256;
    hold(is_shown, Fact::Notice)?;
    hold(terms.validity() == given.validity(), Fact::Validity)?;
    let (shown, decided) = (given.notice.shown_at, given.ceremony.decided_at);
    hold(
        is_in_order(shown, decided, terms.iat, receipt.issued),
        Fact::Times,
    )?;
    let of_rule = |rule: &UsageRule| (rule.purpose_id.clone(), rule.datasets.clone());
    let said = receipt.processes.iter().map(|process| {
        let datasets: Vec<DatasetId> = process.data.iter().map(|d| d.dataset_id.clone()).collect();
        (process.purpose_id.clone(), datasets)
    });
    hold(said.eq(rules.iter().map(of_rule)), Fact::Processes)?;
    on_basis(receipt, Basis::Consent)
}

/// Articles, remedy and data fit the basis: what was left out was not given.
fn on_basis(receipt: &Receipt, basis: Basis) -> Result<(), EvidenceFault> {
    hold(receipt.remedy.kind == RemedyKind::of(basis), Fact::Remedy)?;
    for process in &receipt.processes {
        let article_of = |term: &str| term.starts_with("eu-gdpr:A6-1-");
        let mut terms = process.legal_basis.iter().map(LegalBasisTerm::as_str);
        let article = article(basis);
        let has_article = process
            .legal_basis
            .iter()
            .any(|term| term.as_str().starts_with(article));
        let is_of_basis = terms.all(|term| !article_of(term) || term.starts_with(article));
        hold(has_article && is_of_basis, Fact::Basis)?;
        let is_given = |id: &DatasetId| process.data.iter().any(|item| item.dataset_id == *id);
        let mut left_out = process.left_out.iter();
        hold(
            !left_out.any(|item| is_given(&item.dataset_id)),
            Fact::Processes,
        )?;
    }
    Ok(())
}

fn is_of(controller: &Controller, terms: &Terms) -> bool {
    controller.service.service_id == terms.subject_id
        && controller.service.version == terms.service_description_version
        && controller.surrogate_id == terms.surrogate_id
}

fn language(receipt: &Receipt, terms: &Terms) -> Result<(), EvidenceFault> {
    let shown = terms.x_mydata.as_ref().and_then(|own| own.language);
    hold(
        shown.is_none_or(|language| language == receipt.language),
        Fact::Language,
    )
}

type Again<'a> = &'a dyn Fn(&Causes) -> Option<RecordRef>;

/// The records as they would be told today with the causes that the receipt names: they must be what
/// it says.
fn records(receipt: &Receipt, given: &Given, again: &[Again<'_>]) -> Result<(), EvidenceFault> {
    hold(given.records.len() == again.len(), Fact::Records)?;
    for (said, again) in given.records.iter().zip(again) {
        let told = said.events.iter().filter_map(|event| {
            let record = event.record.as_ref()?;
            let cause = Cause {
                by: event.by,
                reason: event.reason,
            };
            Some((record.record_id.clone(), cause))
        });
        hold(again(&told.collect()).as_ref() == Some(said), Fact::Records)?;
        hold(said.times().all(|at| at <= receipt.issued), Fact::Issued)?;
    }
    Ok(())
}

fn again<C: Consent>(
    receipt: &Receipt,
    given: &Given,
    bound: &Bound<C>,
    causes: &Causes,
    crypto: &dyn Crypto,
) -> Option<RecordRef> {
    let giver = giver(&given.ceremony);
    record_ref(
        &bound.consent,
        &bound.chain,
        giver,
        causes,
        receipt.issued,
        crypto,
    )
    .ok()
}
