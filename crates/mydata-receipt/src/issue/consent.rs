//! A receipt of a decision.

use super::lack::{LackKind, Lacks, Wanting};
use super::parties;
use super::processes::{Chosen, Flow};
use super::records::{Causes, record_ref};
use crate::city::City;
use crate::receipt::{
    ActingAs, Actor, Ceremony, Given, Grounds, Notice, Receipt, ReceiptId, ReceiptVersion,
    RecordRef,
};
use mydata_core::crypto::Crypto;
use mydata_core::id::{ConsentId, RecordId};
use mydata_core::jws::Verified;
use mydata_core::lang::Language;
use mydata_core::time::Timestamp;
use mydata_record::chain::Chain;
use mydata_record::consent::{
    Consent, ConsentStatus, SingleConsent, SinkConsent, SourceConsent, Terms, UsageRule,
};
use mydata_record::description::{Basis, CheckedOperator, ServiceDescription};

/// A consent record with its history, and the description of its service at the version that the
/// record names.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Half<'a, C> {
    /// The record.
    pub consent: &'a Verified<C>,
    /// Its history.
    pub chain: &'a Chain<ConsentStatus>,
    /// The service.
    pub service: &'a ServiceDescription,
}

/// The records of one decision.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "the framework has these two")]
pub enum Decision<'a> {
    /// Data that stays in one service.
    Single(Half<'a, SingleConsent>),
    /// Data that goes from a source to a sink: one decision in two records.
    Pair {
        /// The source's half.
        source: Half<'a, SourceConsent>,
        /// The sink's half.
        sink: Half<'a, SinkConsent>,
    },
}

/// When the proposal was shown, and in which language: the operator's record of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ShownNotice {
    /// When.
    pub at: Timestamp,
    /// In which language.
    pub language: Language,
}

/// Everything of which a receipt of a decision is made.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ConsentFacts<'a> {
    /// A new id.
    pub receipt_id: ReceiptId,
    /// The operator's clock: the receipt is as of now.
    pub now: Timestamp,
    /// The operator.
    pub operator: &'a CheckedOperator,
    /// The register.
    pub city: &'a City,
    /// The records.
    pub decision: Decision<'a>,
    /// What the person was shown.
    pub shown: ShownNotice,
    /// How the person decided.
    pub ceremony: &'a Ceremony,
    /// The causes of what followed.
    pub causes: &'a Causes,
    /// The consent that this one took the place of.
    pub replaces: Option<&'a ConsentId>,
}

/// A receipt of a decision, as of now: also of one that has ended since.
///
/// # Errors
/// [`Lacks`]: everything that is missing.
pub fn of_consent(facts: &ConsentFacts<'_>, crypto: &dyn Crypto) -> Result<Receipt, Lacks> {
    let mut wanting = Wanting::default();
    let whole = put_together(facts, crypto, &mut wanting);
    wanting.settle(whole)
}

/// The two halves as one: what both kinds of decision have in common.
struct Common<'a> {
    terms: &'a Terms,
    rules: &'a [UsageRule],
    sink: &'a ServiceDescription,
    source: Option<(&'a Terms, &'a ServiceDescription)>,
}

impl<'a> Common<'a> {
    fn of(decision: &Decision<'a>) -> Self {
        match decision {
            Decision::Single(half) => Self {
                terms: half.consent.terms(),
                rules: half.consent.usage_rules(),
                sink: half.service,
                source: None,
            },
            Decision::Pair { source, sink } => Self {
                terms: sink.consent.terms(),
                rules: sink.consent.usage_rules(),
                sink: sink.service,
                source: Some((source.consent.terms(), source.service)),
            },
        }
    }
}

fn put_together(
    facts: &ConsentFacts<'_>,
    crypto: &dyn Crypto,
    wanting: &mut Wanting,
) -> Option<Receipt> {
    let common = Common::of(&facts.decision);
    let (terms, city, told) = (common.terms, facts.city, facts.shown.language);
    agree(facts, &common, wanting);
    acting(facts.ceremony, terms, wanting);
    let issued = issued(facts);
    times(facts, &common, issued, wanting);
    let records = records(facts, issued, crypto, wanting);
    let flow = Flow {
        sink: common.sink,
        source: common.source.map(|(_, service)| service),
        city,
        told,
    };
    let provider = &facts.operator.service_provider;
    let domain = facts.operator.operator_urls.domain.as_str();
    let operator = parties::party(provider, domain, city, told, wanting);
    let controller = parties::controller(common.sink, &terms.surrogate_id, city, told, wanting);
    let source = common.source.map(|(terms, service)| {
        parties::controller(service, &terms.surrogate_id, city, told, wanting)
    });
    let services: Vec<&ServiceDescription> =
        std::iter::once(common.sink).chain(flow.source).collect();
    let law = parties::jurisdiction(&services, city, wanting);
    let processes: Vec<_> = common
        .rules
        .iter()
        .map(|rule| {
            let chosen = Chosen {
                datasets: &rule.datasets,
                is_explicit: facts.ceremony.is_explicit,
            };
            flow.process(&rule.purpose_id, Basis::Consent, Some(chosen), wanting)
        })
        .collect();
    let remedy = flow.remedy(Basis::Consent, wanting);
    let (jurisdiction, authority) = law?;
    let remedy = remedy?;
    let rights = flow.rights(Basis::Consent, &remedy, &authority.url, wanting)?;
    let given = Given {
        notice: Notice {
            url: terms.consent_proposal.url.clone(),
            sha256: terms.consent_proposal.hash,
            shown_at: facts.shown.at,
        },
        ceremony: facts.ceremony.clone(),
        nbf: terms.nbf,
        exp: terms.exp,
        replaces: facts.replaces.cloned(),
        records: records?,
    };
    Some(Receipt {
        version: ReceiptVersion,
        receipt_id: facts.receipt_id,
        issued,
        operator_id: facts.operator.operator_id.clone(),
        operator: operator?,
        source: match source {
            None => None,
            Some(source) => Some(source?),
        },
        controller: controller?,
        jurisdiction,
        authority,
        language: told,
        grounds: Grounds::Consent(Box::new(given)),
        processes: processes.into_iter().collect::<Option<_>>()?,
        remedy,
        rights,
    })
}

/// Records, histories, descriptions and operator belong together.
fn agree(facts: &ConsentFacts<'_>, common: &Common<'_>, wanting: &mut Wanting) {
    let one = |terms: &Terms, service: &ServiceDescription, wanting: &mut Wanting| {
        let (id, about) = (service.service_id.as_str(), &service.service_description);
        let is_of = service.service_id == terms.subject_id;
        wanting.hold(is_of, LackKind::DescriptionService, id);
        let is_at = about.service_description_version == terms.service_description_version;
        wanting.hold(is_at || !is_of, LackKind::DescriptionVersion, id);
        let is_ours = terms.operator == facts.operator.operator_id;
        wanting.hold(is_ours, LackKind::OtherOperator, terms.cr_id.as_str());
        let shown = terms.x_mydata.as_ref().and_then(|own| own.language);
        let is_shown = shown.is_none_or(|language| language == facts.shown.language);
        wanting.hold(is_shown, LackKind::OtherLanguage, terms.cr_id.as_str());
    };
    one(common.terms, common.sink, wanting);
    if let Some((terms, service)) = common.source {
        one(terms, service, wanting);
    }
    let is_one = match &facts.decision {
        Decision::Single(half) => is_of(half),
        Decision::Pair { source, sink } => {
            is_of(source) && is_of(sink) && is_pair(source.consent, sink.consent)
        }
    };
    wanting.hold(is_one, LackKind::OtherDecision, common.terms.cr_id.as_str());
}

/// Whether the history is the record's.
fn is_of<C: Consent>(half: &Half<'_, C>) -> bool {
    let terms = half.consent.terms();
    let first = half.chain.first();
    first.cr_id == terms.cr_id && first.surrogate_id == terms.surrogate_id
}

/// Whether two records are the halves of one decision: they name the same data, times, notice and
/// operator, and the sink's names the source's.
pub(crate) fn is_pair(source: &SourceConsent, sink: &SinkConsent) -> bool {
    let (one, other) = (source.terms(), sink.terms());
    sink.source_cr_id() == &one.cr_id
        && one.resource_set() == other.resource_set()
        && one.consent_proposal == other.consent_proposal
        && one.validity() == other.validity()
        && one.operator == other.operator
}

/// Who acts for another says by what right, and for a child how old it is (FW-30).
//= FW-30
fn acting(ceremony: &Ceremony, terms: &Terms, wanting: &mut Wanting) {
    let (acting, at) = (&ceremony.acting, terms.cr_id.as_str());
    let by_right = acting.capacity.is_for_another();
    // A reference that is blank refers to nothing, whoever acts.
    let is_blank = |right: &String| right.trim().is_empty();
    let is_right = acting
        .authority
        .as_ref()
        .map_or(!by_right, |right| !is_blank(right));
    wanting.hold(is_right, LackKind::ActingAuthority, at);
    let is_parent = acting.capacity == ActingAs::Parent;
    wanting.hold(!is_parent || acting.minor.is_some(), LackKind::MinorAge, at);
}

/// Now, but not before what the records tell of: clocks differ.
fn issued(facts: &ConsentFacts<'_>) -> Timestamp {
    let of = |chain: &Chain<ConsentStatus>| chain.latest().iat;
    let latest = match &facts.decision {
        Decision::Single(half) => half.consent.terms().iat.max(of(half.chain)),
        Decision::Pair { source, sink } => {
            let records = source.consent.terms().iat.max(sink.consent.terms().iat);
            records.max(of(source.chain)).max(of(sink.chain))
        }
    };
    facts.now.max(latest)
}

/// One is shown something before one decides, and what is decided is signed.
fn times(facts: &ConsentFacts<'_>, common: &Common<'_>, issued: Timestamp, wanting: &mut Wanting) {
    let (terms, decided) = (common.terms, facts.ceremony.decided_at);
    let is_in_order = is_in_order(facts.shown.at, decided, terms.iat, issued);
    wanting.hold(is_in_order, LackKind::Times, terms.cr_id.as_str());
    let is_itself = |cr_id: &ConsentId| {
        let source = common.source.map(|(terms, _)| &terms.cr_id);
        *cr_id == terms.cr_id || source == Some(cr_id)
    };
    let is_other = !facts.replaces.is_some_and(is_itself);
    wanting.hold(is_other, LackKind::OtherDecision, terms.cr_id.as_str());
}

/// Whether times can have followed upon each other: shown, decided, signed, told of. The draft of a
/// record may be older than the click that had it signed.
pub(crate) fn is_in_order(
    shown: Timestamp,
    decided: Timestamp,
    signed: Timestamp,
    issued: Timestamp,
) -> bool {
    shown <= signed && shown <= decided && decided <= issued
}

fn records(
    facts: &ConsentFacts<'_>,
    issued: Timestamp,
    crypto: &dyn Crypto,
    wanting: &mut Wanting,
) -> Option<Vec<RecordRef>> {
    let (giver, causes) = (giver(facts.ceremony), facts.causes);
    let mut one = |record: Result<RecordRef, Vec<RecordId>>| match record {
        Ok(record) => Some(record),
        Err(unknown) => {
            for status in unknown {
                wanting.note(LackKind::Cause, status.as_str());
            }
            None
        }
    };
    match &facts.decision {
        Decision::Single(half) => {
            let record = record_ref(half.consent, half.chain, giver, causes, issued, crypto);
            Some(vec![one(record)?])
        }
        Decision::Pair { source, sink } => {
            let source = record_ref(source.consent, source.chain, giver, causes, issued, crypto);
            let sink = record_ref(sink.consent, sink.chain, giver, causes, issued, crypto);
            let (source, sink) = (one(source), one(sink));
            Some(vec![source?, sink?])
        }
    }
}

/// Who gave the consent: an official at a desk writes down what the person decides, and decides
/// nothing.
pub(crate) const fn giver(ceremony: &Ceremony) -> Actor {
    if ceremony.acting.capacity.is_for_another() {
        Actor::Representative
    } else {
        Actor::DataSubject
    }
}
