//! A consent proposal as a document: what a person is told before they decide (Framework 2.0 §8.1).
//!
//! A consent names a proposal by its address and the SHA-256 of its octets (CN-72), so it may be
//! anything that can be shown. This is a plain one, for whoever has no form of their own: the words
//! are those of the descriptions, in one language, with the versions that they stand in.

use crate::Version;
use crate::description::{Basis, Dataset, Issued, Purpose, ServiceDescription};
use mydata_core::id::{DatasetId, DescriptionVersion, OperatorId, PurposeId, ServiceId};
use mydata_core::lang::Language;
use mydata_core::refusals;
use mydata_core::time::Timestamp;
use serde::{Deserialize, Serialize};

refusals! {
    /// Why no proposal is made of a question.
    pub enum ProposalRefusal {
        NoPurpose = "proposal_no_purpose": "the proposal is for no purpose",
        PurposeUnknown = "proposal_purpose_unknown": "the service has no such purpose, or it does not rest on consent",
        Source = "proposal_source": "the purpose does not draw on this source, or the source lacks a dataset that it requires",
        Text = "proposal_text_missing": "a description has no text in the language of the proposal",
    }
}

/// What is to be asked of a person, and out of which descriptions.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ProposalQuestion<'a> {
    /// Who would give the data; none when it stays in one service.
    pub source: Option<&'a ServiceDescription>,
    /// Who would use the data.
    pub sink: &'a ServiceDescription,
    /// What for: purposes of the sink, in the order in which they are to be read.
    pub purposes: &'a [PurposeId],
    /// The language in which the person reads.
    pub language: Language,
}

/// What a person was told: who asks, what for, and which data, with versions and dates (FW-27).
///
/// The same question at the same time gives the same octets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ProposalDocument {
    /// `2.0`.
    pub version: Version,
    /// The operator that asks.
    pub operator: OperatorId,
    /// When the document was made.
    pub iat: Timestamp,
    /// The language of every text in it.
    pub language: Language,
    /// Who would use the data.
    pub sink: ProposalService,
    /// Who would give the data; none when it stays in one service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ProposalService>,
    /// What for.
    pub purposes: Vec<ProposalPurpose>,
    /// The datasets that the purposes name, each once.
    pub datasets: Vec<ProposalDataset>,
}

/// A service in a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ProposalService {
    /// The service.
    pub service_id: ServiceId,
    /// The version of its description that the texts are from.
    pub service_description_version: DescriptionVersion,
    /// When that description was made: free form (C06).
    pub issued: Issued,
    /// Its name.
    pub title: String,
    /// The data controller.
    pub provider: String,
    /// What the service does.
    pub description: String,
}

/// A purpose in a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ProposalPurpose {
    /// The purpose.
    pub purpose_id: PurposeId,
    /// Its name.
    pub title: String,
    /// What happens, and what happens if one says no.
    pub description: String,
    /// The legal basis, in words.
    pub basis: String,
    /// For how many days at the most the consent may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_days: Option<u32>,
    /// The datasets without which the purpose cannot work.
    pub required: Vec<DatasetId>,
    /// The datasets that the person may leave out.
    pub optional: Vec<DatasetId>,
}

/// A dataset in a proposal, by the id that a consent names it with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ProposalDataset {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// Its name.
    pub title: String,
    /// What it is.
    pub description: String,
}

impl ProposalDocument {
    /// The answer to "what would I agree to?" at `now`.
    ///
    /// Every text is in the language asked for, or there is no proposal: a person who is told half
    /// of it in another language has not been told.
    ///
    /// # Errors
    /// [`ProposalRefusal`].
    //= FW-27
    pub fn of(
        question: &ProposalQuestion<'_>,
        operator: &OperatorId,
        now: Timestamp,
    ) -> Result<Self, ProposalRefusal> {
        let mut purposes: Vec<ProposalPurpose> = Vec::with_capacity(question.purposes.len());
        let mut datasets: Vec<ProposalDataset> = Vec::new();
        for id in question.purposes {
            if purposes.iter().any(|known| known.purpose_id == *id) {
                continue;
            }
            purposes.push(purpose(question, id, &mut datasets)?);
        }
        if purposes.is_empty() {
            return Err(ProposalRefusal::NoPurpose);
        }
        let about = |service| ProposalService::of(service, question.language);
        Ok(Self {
            version: Version,
            operator: operator.clone(),
            iat: now,
            language: question.language,
            sink: about(question.sink)?,
            source: question.source.map(about).transpose()?,
            purposes,
            datasets,
        })
    }

    /// The services that it tells of, each with the version of its description.
    pub fn rests_on(&self) -> impl Iterator<Item = (&ServiceId, &DescriptionVersion)> {
        let services = self.source.iter().chain([&self.sink]);
        services.map(|service| (&service.service_id, &service.service_description_version))
    }
}

impl ProposalService {
    fn of(service: &ServiceDescription, language: Language) -> Result<Self, ProposalRefusal> {
        let about = &service.service_description;
        let text = about.description.get(language);
        let text = text.ok_or(ProposalRefusal::Text)?;
        Ok(Self {
            service_id: service.service_id.clone(),
            service_description_version: about.service_description_version.clone(),
            issued: service.issued.clone(),
            title: about.title_in(language).to_owned(),
            provider: about.service_provider.name_in(language).to_owned(),
            description: text.human_readable_description.clone(),
        })
    }
}

/// One purpose; its datasets join those that are there already.
fn purpose(
    question: &ProposalQuestion<'_>,
    id: &PurposeId,
    datasets: &mut Vec<ProposalDataset>,
) -> Result<ProposalPurpose, ProposalRefusal> {
    let found = question.sink.purpose(id);
    let (basis, purpose) = found.ok_or(ProposalRefusal::PurposeUnknown)?;
    if basis != Basis::Consent {
        return Err(ProposalRefusal::PurposeUnknown);
    }
    let draws_on = |source: &ServiceDescription| {
        source.service_id == question.sink.service_id
            || question.sink.allows_source(purpose, &source.service_id)
    };
    if !question.source.is_none_or(draws_on) {
        return Err(ProposalRefusal::Source);
    }
    let required = given(question, &purpose.required_datasets);
    if required.len() < purpose.required_datasets.len() {
        return Err(ProposalRefusal::Source);
    }
    let optional = given(question, &purpose.optional_datasets);
    for dataset in required.iter().chain(&optional) {
        if datasets
            .iter()
            .any(|known| known.dataset_id == dataset.dataset_id)
        {
            continue;
        }
        let text = dataset.description.get(question.language);
        let text = text.ok_or(ProposalRefusal::Text)?;
        datasets.push(ProposalDataset {
            dataset_id: dataset.dataset_id.clone(),
            title: text.title.clone(),
            description: text.description.clone(),
        });
    }
    let ids = |datasets: &[&Dataset]| datasets.iter().map(|d| d.dataset_id.clone()).collect();
    let (required, optional) = (ids(&required), ids(&optional));
    in_words(purpose, basis, question.language, required, optional)
}

fn in_words(
    purpose: &Purpose,
    basis: Basis,
    language: Language,
    required: Vec<DatasetId>,
    optional: Vec<DatasetId>,
) -> Result<ProposalPurpose, ProposalRefusal> {
    let text = purpose.description.get(language);
    let text = text.ok_or(ProposalRefusal::Text)?;
    Ok(ProposalPurpose {
        purpose_id: purpose.purpose_id.clone(),
        title: text.title.clone(),
        description: text.description.clone(),
        basis: basis.label().get(language).to_owned(),
        max_days: purpose.extension.as_ref().and_then(|ext| ext.max_days),
        required,
        optional,
    })
}

/// The datasets as whoever gives them names them: of another service, those of the kinds that the
/// sink names, which are one kind when their schemas have one identity (SD-22).
fn given<'a>(question: &ProposalQuestion<'a>, kinds: &[DatasetId]) -> Vec<&'a Dataset> {
    let wanted = kinds.iter().filter_map(|kind| question.sink.dataset(kind));
    let Some(source) = question.source else {
        return wanted.collect();
    };
    let given = wanted.filter_map(|wanted| {
        let mut all = source.data_description.iter();
        all.find(|given| given.dataset_schema.id == wanted.dataset_schema.id)
    });
    given.collect()
}
