//! Records for the owner to sign. A draft is refused for every reason that lies in the account, the
//! descriptions or the choice, so nobody is asked to sign in vain. Who may act is asked of the
//! command; of a draft only where the answer depends on it.

mod modification;
mod wish;

pub use wish::Scope;

use crate::account::{Account, Link};
use crate::command::Act;
use crate::decide::rules::Halves;
use crate::env::{Env, Registered};
use crate::linking::Stage;
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{ConsentId, DatasetId, LinkCode, LinkId, RecordId, ResourceSetId};
use mydata_core::jws::Unsigned;
use mydata_core::lang::Language;
use mydata_record::Version;
use mydata_record::chain::{ChainRefusal, Previous, StatusRecord};
use mydata_record::consent::{
    Consent as _, ConsentChange, ConsentExtension, ConsentProposal, ConsentStatus, Role,
    SingleConsent, SinkConsent, SourceConsent, Terms, UsageRule, Validity,
};
use mydata_record::link::{LinkProposal, LinkState, LinkStatus};
use mydata_record::resource_set::{ResourceDataset, ResourceSet};
use mydata_record::standing::Bar;

/// What the person has chosen on the consent form.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ConsentChoice {
    /// For each purpose chosen, the datasets chosen: the source's ids.
    pub rules: Vec<UsageRule>,
    /// From when to when.
    pub validity: Validity,
    /// What the person was shown, as it is archived; it says in which language.
    pub proposal: ConsentProposal,
}

/// A consent record to sign, with its first status.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConsentDraft<C> {
    /// The record.
    pub record: Unsigned<C>,
    /// The status.
    pub status: Unsigned<ConsentStatus>,
}

/// A consent for processing inside one service.
pub type SingleDraft = ConsentDraft<SingleConsent>;

/// A pair to sign: four records.
#[derive(Debug)]
#[non_exhaustive]
pub struct PairDraft {
    /// The source's half.
    pub source: ConsentDraft<SourceConsent>,
    /// The sink's half.
    pub sink: ConsentDraft<SinkConsent>,
}

/// A change to sign.
#[derive(Debug)]
#[non_exhaustive]
pub struct ChangeDraft {
    /// The status of the consent itself.
    pub status: Unsigned<ConsentStatus>,
    /// The status of the source's consent, when the change is mirrored there.
    pub mirrored: Option<Unsigned<ConsentStatus>>,
}

/// A modification to sign: the end of the old consent, and the new one.
#[derive(Debug)]
#[non_exhaustive]
pub struct ModificationDraft<C> {
    /// The status records that end the old consent.
    pub withdrawal: ChangeDraft,
    /// The new consent.
    pub consent: C,
}

impl Account {
    /// The link record, once the service has brought a surrogate.
    ///
    /// # Errors
    /// [`Rejection`].
    //= SL-19, AC-33
    pub fn draft_link(
        &self,
        code: &LinkCode,
        env: &Env<'_>,
    ) -> Result<Unsigned<LinkProposal>, Rejection> {
        self.is_open()?;
        let linking = self.linking_under_way(code, env)?;
        match &linking.stage {
            Stage::Offered(offer) => {
                let record = self.link_record(linking, offer, env);
                Ok(Unsigned::new(LinkProposal(record)))
            }
            Stage::Invited | Stage::Proposed(..) | Stage::Countersigned(..) => {
                Err(Refusal::LinkingStage.into())
            }
        }
    }

    /// The link's first status, once the service has countersigned.
    ///
    /// # Errors
    /// [`Rejection`].
    //= SL-08, AC-35
    pub fn draft_first_status(
        &self,
        code: &LinkCode,
        env: &mut Env<'_>,
    ) -> Result<Unsigned<LinkStatus>, Rejection> {
        self.is_open()?;
        let linking = self.linking_under_way(code, env)?;
        let Stage::Countersigned(offer, _) = &linking.stage else {
            return Err(Refusal::LinkingStage.into());
        };
        if self.active_link(&linking.service_id).is_some() {
            return Err(Refusal::LinkExists.into());
        }
        let status = LinkStatus::make(
            RecordId::from_random(env.random.bits128()?),
            offer.link_id.clone(),
            offer.surrogate_id.clone(),
            LinkState::Active,
            env.now,
            Previous::None,
            None,
        );
        Ok(Unsigned::new(status))
    }

    /// The status that ends a link.
    ///
    /// # Errors
    /// [`Rejection`].
    pub fn draft_removal(
        &self,
        link_id: &LinkId,
        env: &mut Env<'_>,
    ) -> Result<Unsigned<LinkStatus>, Rejection> {
        let link = self.link(link_id).ok_or(Refusal::LinkUnknown)?;
        if !link.is_active() {
            return Err(ChainRefusal::Terminal.into());
        }
        let record_id = RecordId::from_random(env.random.bits128()?);
        let status = link
            .chain
            .draft(LinkState::Removed, record_id, env.now, env.crypto);
        Ok(Unsigned::new(status))
    }

    /// The status records of a change: one, or two when it is mirrored to the source.
    ///
    /// # Errors
    /// [`Rejection`].
    pub fn draft_change(
        &self,
        act: &Act,
        cr_id: &ConsentId,
        change: ConsentChange,
        env: &mut Env<'_>,
    ) -> Result<ChangeDraft, Rejection> {
        if act.account != *self.id() {
            return Err(Refusal::AccountMismatch.into());
        }
        if !act.capacity.is_for_owner() {
            return Err(Refusal::CapacityNotAllowed.into());
        }
        if change == ConsentChange::Reactivate {
            self.is_open()?;
        }
        let consent = self.consent(cr_id).ok_or(Refusal::ConsentUnknown)?;
        self.check_change(act, consent, change, true, env.now)?;
        let mirrored = self.mirror(consent, change);
        let mut draft = |consent: &crate::account::Consent| -> Result<_, Rejection> {
            let record_id = RecordId::from_random(env.random.bits128()?);
            let status = consent
                .chain
                .draft(change.target(), record_id, env.now, env.crypto);
            Ok(Unsigned::new(status))
        };
        Ok(ChangeDraft {
            status: draft(consent)?,
            mirrored: mirrored.map(draft).transpose()?,
        })
    }

    /// A consent for processing inside one service.
    ///
    /// # Errors
    /// [`Rejection`].
    pub fn draft_single(
        &self,
        service: &Registered,
        choice: &ConsentChoice,
        env: &mut Env<'_>,
    ) -> Result<SingleDraft, Rejection> {
        self.is_open()?;
        let link = self.link_for(service)?;
        let internal = |id: &DatasetId| Ok(ResourceDataset::internal(id.clone()));
        let set = resource_set(service, choice, internal, env)?;
        let chosen = (choice, self.language_of(choice)?);
        let terms = terms(service, link, Role::Sink, set, chosen, env)?;
        let record = SingleConsent::new(terms, choice.rules.clone())?;
        self.check_single(service, &record, env)?;
        let status = first_status(record.terms(), env)?;
        Ok(ConsentDraft {
            record: Unsigned::new(record),
            status,
        })
    }

    /// A consent for data from a source to a sink.
    ///
    /// # Errors
    /// [`Rejection`].
    //= CN-05, CN-06
    pub fn draft_pair(
        &self,
        source_service: &Registered,
        sink_service: &Registered,
        choice: &ConsentChoice,
        env: &mut Env<'_>,
    ) -> Result<PairDraft, Rejection> {
        self.is_open()?;
        let (source_link, sink_link) =
            (self.link_for(source_service)?, self.link_for(sink_service)?);
        let set = resource_set(
            source_service,
            choice,
            |id| fetched(source_service, id),
            env,
        )?;
        let chosen = (choice, self.language_of(choice)?);
        let source = terms(
            source_service,
            source_link,
            Role::Source,
            set.clone(),
            chosen,
            env,
        )?;
        let sink = terms(sink_service, sink_link, Role::Sink, set, chosen, env)?;
        let source_id = source.cr_id.clone();
        let pop_key = sink_link.pop_key.clone().ok_or(Refusal::PopKeyMissing)?;
        let source = SourceConsent::new(source, pop_key, env.operator.token_key().clone())?
            .proven_by(sink_link.record.proof_scheme());
        let sink = SinkConsent::new(sink, source_id, choice.rules.clone())?;
        let halves = Halves {
            source_service,
            sink_service,
            source: &source,
            sink: &sink,
        };
        self.check_pair(&halves, env)?;
        let source_status = first_status(source.terms(), env)?;
        let sink_status = first_status(sink.terms(), env)?;
        Ok(PairDraft {
            source: ConsentDraft {
                record: Unsigned::new(source),
                status: source_status,
            },
            sink: ConsentDraft {
                record: Unsigned::new(sink),
                status: sink_status,
            },
        })
    }

    /// The language in which the proposal was shown.
    fn language_of(&self, choice: &ConsentChoice) -> Result<Language, Refusal> {
        let shown = self.proposal(&choice.proposal);
        Ok(shown.ok_or(Refusal::ProposalUnknown)?.language)
    }

    //= CN-44, AC-38
    fn link_for(&self, service: &Registered) -> Result<&Link, Rejection> {
        let id = &service.description.service_id;
        match self.active_link(id) {
            Some((_, link)) => Ok(link),
            None if self.links().any(|(_, link)| link.record.service_id == *id) => {
                Err(Bar::LinkRemoved.into())
            }
            None => Err(Refusal::LinkUnknown.into()),
        }
    }
}

/// A dataset as its source distributes it: by its first distribution.
fn fetched(source: &Registered, id: &DatasetId) -> Result<ResourceDataset, Refusal> {
    let description = &source.description;
    let dataset = description.dataset(id).ok_or(Refusal::DatasetUnknown)?;
    let distribution = dataset
        .distribution
        .first()
        .ok_or(Refusal::DatasetUnknown)?;
    let url = description
        .distribution_url(distribution)
        .map_err(|_| Refusal::DatasetUnknown)?;
    Ok(ResourceDataset::fetched(
        id.clone(),
        distribution.distribution_id.clone(),
        url,
    ))
}

/// Exactly the datasets chosen, each once, under a fresh id.
//= CN-07, CN-10
fn resource_set(
    source: &Registered,
    choice: &ConsentChoice,
    entry: impl Fn(&DatasetId) -> Result<ResourceDataset, Refusal>,
    env: &mut Env<'_>,
) -> Result<ResourceSet, Rejection> {
    let mut ids: Vec<&DatasetId> = choice
        .rules
        .iter()
        .flat_map(|rule| &rule.datasets)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let datasets = ids.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    let origin = &source.description.service_description.service_urls.domain;
    let id = ResourceSetId::from_random(origin, env.random.bits128()?);
    Ok(ResourceSet::new(id, datasets).ok_or(Refusal::DatasetRequired)?)
}

//= CN-70, CN-71, CN-73, CN-76
fn terms(
    service: &Registered,
    link: &Link,
    role: Role,
    set: ResourceSet,
    (choice, language): (&ConsentChoice, Language),
    env: &mut Env<'_>,
) -> Result<Terms, Rejection> {
    let about = &service.description.service_description;
    Ok(Terms {
        version: Version::default(),
        cr_id: ConsentId::from_random(env.random.bits128()?),
        surrogate_id: link.record.surrogate_id.clone(),
        rs_description: set.into(),
        slr_id: link.record.link_id.clone(),
        service_description_version: about.service_description_version.clone(),
        consent_proposal: choice.proposal.clone(),
        iat: env.now,
        nbf: choice.validity.nbf,
        exp: choice.validity.exp,
        operator: env.operator.id().clone(),
        subject_id: service.description.service_id.clone(),
        role,
        x_mydata: Some(ConsentExtension::shown_in(language)),
    })
}

fn first_status(terms: &Terms, env: &mut Env<'_>) -> Result<Unsigned<ConsentStatus>, Rejection> {
    let status = ConsentStatus::make(
        RecordId::from_random(env.random.bits128()?),
        terms.cr_id.clone(),
        terms.surrogate_id.clone(),
        ConsentStatus::INITIAL,
        env.now,
        Previous::None,
        None,
    );
    Ok(Unsigned::new(status))
}
