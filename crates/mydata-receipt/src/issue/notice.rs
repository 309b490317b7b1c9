//! A receipt of processing that does not rest on consent.

use super::lack::{LackKind, Lacks, Wanting};
use super::parties;
use super::processes::Flow;
use crate::city::City;
use crate::receipt::{Grounds, Receipt, ReceiptId, ReceiptVersion, Told};
use mydata_core::id::{PurposeId, SurrogateId};
use mydata_core::lang::Language;
use mydata_core::time::Timestamp;
use mydata_record::description::{Basis, CheckedOperator, ServiceDescription};

/// Everything of which a receipt of processing under the law or a contract is made.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct NoticeFacts<'a> {
    /// A new id.
    pub receipt_id: ReceiptId,
    /// The operator's clock: the receipt is as of now.
    pub now: Timestamp,
    /// The operator.
    pub operator: &'a CheckedOperator,
    /// The register.
    pub city: &'a City,
    /// Who uses the data, and the person's pseudonym there.
    pub sink: (&'a ServiceDescription, &'a SurrogateId),
    /// Who gives it, and the person's pseudonym there; none when it stays in one service.
    pub source: Option<(&'a ServiceDescription, &'a SurrogateId)>,
    /// What for: purposes of the sink on one basis, at least one.
    pub purposes: &'a [PurposeId],
    /// When the person was told.
    pub told_at: Timestamp,
    /// In which language.
    pub language: Language,
}

/// A receipt of processing that does not rest on consent: it says on what it does rest, and what the
/// person can do about it.
///
/// # Errors
/// [`Lacks`]: everything that is missing.
pub fn of_notice(facts: &NoticeFacts<'_>) -> Result<Receipt, Lacks> {
    let mut wanting = Wanting::default();
    let whole = put_together(facts, &mut wanting);
    wanting.settle(whole)
}

fn put_together(facts: &NoticeFacts<'_>, wanting: &mut Wanting) -> Option<Receipt> {
    let (city, told) = (facts.city, facts.language);
    let (sink, surrogate) = facts.sink;
    let flow = Flow {
        sink,
        source: facts.source.map(|(service, _)| service),
        city,
        told,
    };
    let provider = &facts.operator.service_provider;
    let domain = facts.operator.operator_urls.domain.as_str();
    let operator = parties::party(provider, domain, city, told, wanting);
    let controller = parties::controller(sink, surrogate, city, told, wanting);
    let source = facts
        .source
        .map(|(service, surrogate)| parties::controller(service, surrogate, city, told, wanting));
    let services: Vec<&ServiceDescription> = std::iter::once(sink).chain(flow.source).collect();
    let law = parties::jurisdiction(&services, city, wanting);
    let at = sink.service_id.as_str();
    wanting.hold(facts.told_at <= facts.now, LackKind::Times, at);
    // The basis is that of the first purpose that there is; those of another are told by name.
    let known = facts.purposes.iter().find_map(|id| sink.purpose(id));
    let Some((basis, _)) = known else {
        let unknown = facts.purposes.iter().map(PurposeId::as_str);
        unknown.for_each(|id| wanting.note(LackKind::PurposeUnknown, id));
        wanting.hold(!facts.purposes.is_empty(), LackKind::PurposeUnknown, at);
        return None;
    };
    wanting.hold(basis != Basis::Consent, LackKind::IsConsent, at);
    let processes = facts
        .purposes
        .iter()
        .map(|id| flow.process(id, basis, None, wanting));
    let processes: Vec<_> = processes.collect();
    let remedy = flow.remedy(basis, wanting);
    let (jurisdiction, authority) = law?;
    let remedy = remedy?;
    let rights = flow.rights(basis, &remedy, &authority.url, wanting)?;
    Some(Receipt {
        version: ReceiptVersion,
        receipt_id: facts.receipt_id,
        issued: facts.now,
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
        grounds: Grounds::Law(Told {
            basis,
            at: facts.told_at,
        }),
        processes: processes.into_iter().collect::<Option<_>>()?,
        remedy,
        rights,
    })
}
