//! What a resident reads before she decides. Its octets are archived in the account, and the consent
//! names their digest: what was shown can be proven later (CN-72). Whoever needs no form of their own
//! takes [`mydata::operator::draft_proposal`].

use crate::post::Refused;
use crate::talk::Question;
use mydata::core::id::DatasetId;
use mydata::core::lang::Language;
use mydata::record::description::{Basis, Purpose, PurposeText, ServiceDescription};
use serde::{Deserialize, Serialize};

/// A consent form in one language.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Form {
    /// What is asked.
    pub question: Question,
    /// The purpose.
    pub title: String,
    /// What happens, and what happens if one says no.
    pub description: String,
    /// The legal basis.
    pub basis: String,
    /// Who gives the data.
    pub from: String,
    /// Who uses it.
    pub to: String,
    /// What can be ticked.
    pub boxes: Vec<TickBox>,
}

/// One dataset on the form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TickBox {
    /// The source's id.
    pub dataset: DatasetId,
    /// Its name.
    pub title: String,
    /// Whether the purpose cannot work without it.
    pub is_required: bool,
}

impl Form {
    /// The form as it is read; a cross stands where there is no choice.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} ({})", self.title, self.basis)];
        lines.push(self.description.clone());
        lines.push(format!("{} → {}", self.from, self.to));
        lines.extend(self.boxes.iter().map(|tick| {
            let mark = if tick.is_required { 'x' } else { ' ' };
            format!("[{mark}] {}", tick.title)
        }));
        lines
    }

    /// The form for `question`, out of what the two services have published.
    pub(crate) fn of(
        question: &Question,
        source: &ServiceDescription,
        sink: &ServiceDescription,
    ) -> Result<Self, Refused> {
        let language = question.language;
        let found = sink.purpose(&question.purpose);
        let (basis, purpose) = found.ok_or_else(|| Refused::new("form_purpose", "no purpose"))?;
        let text = words(purpose, language)?;
        let required = boxes(source, sink, &purpose.required_datasets, true, language);
        let optional = boxes(source, sink, &purpose.optional_datasets, false, language);
        Ok(Self {
            question: question.clone(),
            title: text.title.clone(),
            description: text.description.clone(),
            basis: basis.label().get(language).to_owned(),
            from: name(source, language),
            to: name(sink, language),
            boxes: required.into_iter().chain(optional).collect(),
        })
    }
}

/// What to say to somebody who was asked in vain: a purpose that rests on something else than
/// consent is not asked about (the description says why), and everything else says so itself.
pub(crate) fn not_asked(question: &Question, sink: &ServiceDescription) -> Vec<String> {
    let language = question.language;
    match sink.purpose(&question.purpose) {
        Some((basis, purpose)) if basis != Basis::Consent => {
            let label = basis.label().get(language);
            words(purpose, language).map_or_else(
                |_| Vec::new(),
                |text| {
                    vec![
                        format!("{} ({label})", text.title),
                        text.description.clone(),
                    ]
                },
            )
        }
        Some(_) | None => Vec::new(),
    }
}

fn words(purpose: &Purpose, language: Language) -> Result<&PurposeText, Refused> {
    let text = purpose.description.best(language);
    text.ok_or_else(|| Refused::new("form_text", "the purpose has no text"))
}

/// The service's name in the reader's language, else its title.
fn name(service: &ServiceDescription, language: Language) -> String {
    let about = &service.service_description;
    let provider = about.service_provider.name_in(language);
    format!("{}, {provider}", about.title_in(language))
}

/// The source's datasets of the kinds that the sink names: two services mean the same kind by the
/// same schema (SD-22).
fn boxes(
    source: &ServiceDescription,
    sink: &ServiceDescription,
    kinds: &[DatasetId],
    is_required: bool,
    language: Language,
) -> Vec<TickBox> {
    let wanted = kinds.iter().filter_map(|kind| sink.dataset(kind));
    let given = wanted.filter_map(|wanted| {
        let mut all = source.data_description.iter();
        all.find(|given| given.dataset_schema.id == wanted.dataset_schema.id)
    });
    let boxes = given.filter_map(|dataset| {
        let text = dataset.description.best(language)?;
        Some(TickBox {
            dataset: dataset.dataset_id.clone(),
            title: text.title.clone(),
            is_required,
        })
    });
    boxes.collect()
}
