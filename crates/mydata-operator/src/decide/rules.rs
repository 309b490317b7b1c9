//! What a consent must say to be accepted: held against the links, the descriptions in force and
//! the consents there are.

use super::sign::recent;
use crate::account::{Account, Consent, Link};
use crate::env::{Env, Registered};
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{DatasetId, ServiceId};
use mydata_core::time::Seconds;
use mydata_record::consent::{Consent as _, SinkConsent, SourceConsent, Terms, UsageRule};
use mydata_record::description::{Basis, Purpose, ServiceDescription};
use mydata_record::standing::Bar;
use mydata_token::audience::Audience;
use mydata_token::claims::IssueRefusal;

/// The two halves of a pair with the services that they are for; signed or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Halves<'a> {
    pub(crate) source_service: &'a Registered,
    pub(crate) sink_service: &'a Registered,
    pub(crate) source: &'a SourceConsent,
    pub(crate) sink: &'a SinkConsent,
}

impl Account {
    /// Everything about a pair but its signatures.
    //= CN-48, CN-84, CN-85, CN-86
    pub(crate) fn check_pair(&self, pair: &Halves<'_>, env: &Env<'_>) -> Result<(), Rejection> {
        let (source, sink) = (pair.source.terms(), pair.sink.terms());
        if source.subject_id == sink.subject_id {
            return Err(Refusal::SourceIsSink.into());
        }
        check_terms(self, pair.source_service, source, env)?;
        check_terms(self, pair.sink_service, sink, env)?;
        let belong = pair.sink.source_cr_id() == &source.cr_id
            && source.cr_id != sink.cr_id
            && source.resource_set() == sink.resource_set()
            && source.consent_proposal == sink.consent_proposal
            && source.validity() == sink.validity();
        if !belong {
            return Err(Refusal::PairMismatch.into());
        }
        let sink_link = self.link(&sink.slr_id).ok_or(Refusal::LinkUnknown)?;
        let keys_agree = sink_link.pop_key.as_ref() == Some(pair.source.pop_key())
            && sink_link.record.proof_scheme() == pair.source.proof_scheme()
            && pair.source.token_issuer_key() == env.operator.token_key();
        if !keys_agree {
            return Err(Refusal::KeyNotBound.into());
        }
        let source_link = self.link(&source.slr_id).ok_or(Refusal::LinkUnknown)?;
        let is_status_key = |link: &Link| {
            pair.source
                .token_issuer_key()
                .overlaps(&link.record.operator_key)
        };
        if is_status_key(sink_link) || is_status_key(source_link) {
            return Err(Refusal::KeyInTwoRoles.into());
        }
        check_distributions(&pair.source_service.description, source)?;
        // No consent for which no token could be made.
        Audience::of(source.resource_set()).map_err(IssueRefusal::from)?;
        let (gives, uses) = (
            &pair.source_service.description,
            &pair.sink_service.description,
        );
        check_usage(uses, gives, sink, pair.sink.usage_rules())?;
        self.not_in_force(sink, Some(&source.subject_id), pair.sink.usage_rules(), env)
    }

    /// No consent in force covers one of these purposes between these services: a second yes would
    /// be a second answer to one question (C53, P27). Consents for different purposes stand beside
    /// each other, since each must be revocable by itself.
    pub(super) fn not_in_force(
        &self,
        terms: &Terms,
        source: Option<&ServiceId>,
        rules: &[UsageRule],
        env: &Env<'_>,
    ) -> Result<(), Rejection> {
        for (_, earlier) in self.consents() {
            let same_services =
                earlier.terms().subject_id == terms.subject_id && self.source_of(earlier) == source;
            let same_purpose = earlier.record.usage_rules().iter().any(|theirs| {
                rules
                    .iter()
                    .any(|ours| ours.purpose_id == theirs.purpose_id)
            });
            if !same_services || !same_purpose {
                continue;
            }
            // A pair whose source's half has ended is over, though the sink's half is left (C09).
            let source = earlier.source().and_then(|id| self.consent(id));
            let mut halves = std::iter::once(earlier).chain(source);
            let is_over = |half: &Consent| {
                let bar = self.standing_of(half, env.now).permit().err();
                bar.is_some_and(Bar::is_final)
            };
            if !halves.any(is_over) {
                return Err(Refusal::ConsentExists.into());
            }
        }
        Ok(())
    }

    fn source_of(&self, consent: &Consent) -> Option<&ServiceId> {
        let source = self.consent(consent.source()?)?;
        Some(&source.terms().subject_id)
    }
}

/// The common part, against the link and the description in force.
//= SL-05, CN-44, CN-70, CN-71, CN-76, AC-39
pub(super) fn check_terms(
    account: &Account,
    service: &Registered,
    terms: &Terms,
    env: &Env<'_>,
) -> Result<(), Rejection> {
    let description = &service.description;
    if description.service_id != terms.subject_id {
        return Err(Refusal::ServiceMismatch.into());
    }
    if !service.is_open {
        return Err(Refusal::ServiceSuspended.into());
    }
    let link = account.link(&terms.slr_id).ok_or(Refusal::LinkUnknown)?;
    if !link.is_active() {
        return Err(Bar::LinkRemoved.into());
    }
    let agreed = link.record.service_id == terms.subject_id
        && link.record.surrogate_id == terms.surrogate_id
        && *env.operator.id() == terms.operator;
    if !agreed {
        return Err(Refusal::RecordMismatch.into());
    }
    if description.service_description.service_description_version
        != terms.service_description_version
    {
        return Err(Refusal::DescriptionStale.into());
    }
    check_proposal(account, terms)?;
    recent(terms.iat, env)?;
    if terms.exp.is_some_and(|exp| exp <= env.now) {
        return Err(Bar::Expired.into());
    }
    //= CN-69
    if account.consent(&terms.cr_id).is_some() {
        return Err(Refusal::ConsentIdTaken.into());
    }
    //= CN-09
    let set = terms.resource_set().id();
    let taken = |id| {
        account
            .consents()
            .any(|(_, c)| c.terms().resource_set().id() == id)
    };
    if taken(set) {
        return Err(Refusal::ResourceSetTaken.into());
    }
    Ok(())
}

/// The person was shown what the record names, before it was made, in the language that it names,
/// and out of the description that it is under (CN-72, FW-27).
//= CN-72, FW-27, FW-28
fn check_proposal(account: &Account, terms: &Terms) -> Result<(), Refusal> {
    let shown = account.proposal(&terms.consent_proposal);
    let shown = shown.ok_or(Refusal::ProposalUnknown)?;
    if shown.version_of(&terms.subject_id) != Some(&terms.service_description_version) {
        return Err(Refusal::ProposalOtherDescription);
    }
    let named = terms.x_mydata.as_ref().and_then(|ext| ext.language);
    if named.is_some_and(|language| language != shown.language) {
        return Err(Refusal::ProposalOtherLanguage);
    }
    if terms.iat < shown.at {
        return Err(Refusal::ProposalLate);
    }
    Ok(())
}

/// Every dataset is one that the source distributes there (CN-07, CN-65, CN-67).
//= CN-07, CN-65, CN-67
fn check_distributions(source: &ServiceDescription, terms: &Terms) -> Result<(), Refusal> {
    for entry in terms.resource_set().datasets() {
        let dataset = source
            .dataset(&entry.dataset_id)
            .ok_or(Refusal::DatasetUnknown)?;
        let offered = dataset.distribution.iter().any(|d| {
            Some(&d.distribution_id) == entry.distribution_id.as_ref()
                && source.distribution_url(d).ok() == entry.distribution_url
        });
        if !offered {
            return Err(Refusal::DatasetUnknown);
        }
    }
    Ok(())
}

/// Every dataset is the service's own, and none is fetched from anywhere (CN-66).
//= CN-65, CN-66
pub(super) fn check_internal(service: &ServiceDescription, terms: &Terms) -> Result<(), Refusal> {
    let internal = terms.resource_set().datasets().iter().all(|entry| {
        service.dataset(&entry.dataset_id).is_some()
            && entry.distribution_id.is_none()
            && entry.distribution_url.is_none()
    });
    if internal {
        Ok(())
    } else {
        Err(Refusal::DatasetUnknown)
    }
}

/// The minimum requirements of each purpose are met, and nothing beyond its purpose is taken
/// (CN-43, CN-77, FW-36).
//= SD-21, CN-43, CN-77, CN-87
pub(super) fn check_usage(
    sink: &ServiceDescription,
    source: &ServiceDescription,
    terms: &Terms,
    rules: &[UsageRule],
) -> Result<(), Refusal> {
    for rule in rules {
        let found = sink.purpose(&rule.purpose_id);
        let (basis, purpose) = found.ok_or(Refusal::PurposeUnknown)?;
        if basis != Basis::Consent {
            return Err(Refusal::PurposeNotConsent);
        }
        if sink.service_id != source.service_id && !sink.allows_source(purpose, &source.service_id)
        {
            return Err(Refusal::PurposeSource);
        }
        check_duration(purpose, terms)?;
        check_datasets(sink, source, purpose, &rule.datasets)?;
    }
    let used = |id: &DatasetId| rules.iter().any(|rule| rule.datasets.contains(id));
    let all = terms
        .resource_set()
        .datasets()
        .iter()
        .all(|entry| used(&entry.dataset_id));
    if all {
        Ok(())
    } else {
        Err(Refusal::DatasetWithoutPurpose)
    }
}

fn check_duration(purpose: &Purpose, terms: &Terms) -> Result<(), Refusal> {
    let Some(days) = purpose.extension.as_ref().and_then(|ext| ext.max_days) else {
        return Ok(());
    };
    let latest = terms.iat.plus(Seconds::days(days));
    if terms.exp.is_some_and(|exp| exp <= latest) {
        Ok(())
    } else {
        Err(Refusal::PurposeTooLong)
    }
}

/// The sink's and the source's datasets are the same kind when their schemas have one identity
/// (SD-22).
//= SD-22, SD-25, CN-43
fn check_datasets(
    sink: &ServiceDescription,
    source: &ServiceDescription,
    purpose: &Purpose,
    given: &[DatasetId],
) -> Result<(), Refusal> {
    let mut given_schemas = Vec::with_capacity(given.len());
    for id in given {
        given_schemas.push(schema(source, id).ok_or(Refusal::DatasetUnknown)?);
    }
    let named = |ids: &[DatasetId]| -> Vec<String> {
        let schemas = ids.iter().filter_map(|id| schema(sink, id));
        schemas.map(str::to_owned).collect()
    };
    let required = named(&purpose.required_datasets);
    let optional = named(&purpose.optional_datasets);
    if required
        .iter()
        .any(|wanted| !given_schemas.contains(&wanted.as_str()))
    {
        return Err(Refusal::DatasetRequired);
    }
    let is_named = |given: &&str| {
        required
            .iter()
            .chain(&optional)
            .any(|named| named == *given)
    };
    if !given_schemas.iter().all(is_named) {
        return Err(Refusal::DatasetNotForPurpose);
    }
    Ok(())
}

/// The identity of a dataset's schema.
fn schema<'d>(of: &'d ServiceDescription, id: &DatasetId) -> Option<&'d str> {
    of.dataset(id).map(|dataset| &*dataset.dataset_schema.id)
}
