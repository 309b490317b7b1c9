//! What for, and which data: the words of the description, and the register's facts.

use super::lack::{LackKind, Wanting};
use super::parties;
use crate::city::{City, PurposeEntry};
use crate::dpv::{LegalBasisTerm, PurposeTerm, RightTerm};
use crate::receipt::{DataItem, Localized, Necessity, Process, Remedy, RemedyKind, Right};
use mydata_core::id::{DatasetId, PurposeId};
use mydata_core::lang::{InLanguage, Language, Texts};
use mydata_core::web::WebLink;
use mydata_record::description::{Basis, Category, Dataset, Purpose, ServiceDescription};

/// What a person has chosen for one purpose, and whether the act was about this consent alone.
#[derive(Clone, Copy)]
pub(super) struct Chosen<'a> {
    /// As whoever gives them names them.
    pub(super) datasets: &'a [DatasetId],
    pub(super) is_explicit: bool,
}

/// From where the data comes and who uses it.
#[derive(Clone, Copy)]
pub(super) struct Flow<'a> {
    pub(super) sink: &'a ServiceDescription,
    /// None when the data stays in the sink.
    pub(super) source: Option<&'a ServiceDescription>,
    pub(super) city: &'a City,
    pub(super) told: Language,
}

impl<'a> Flow<'a> {
    /// The dataset as whoever gives it describes it.
    fn given(&self, id: &DatasetId) -> Option<&'a Dataset> {
        self.source.unwrap_or(self.sink).dataset(id)
    }

    /// The sink's dataset `id`, as whoever gives it describes it: of another service the one of the
    /// same kind (SD-22).
    fn of_kind(&self, id: &DatasetId) -> Option<&'a Dataset> {
        let wanted = self.sink.dataset(id)?;
        let Some(source) = self.source else {
            return Some(wanted);
        };
        let mut all = source.data_description.iter();
        all.find(|given| given.dataset_schema.id == wanted.dataset_schema.id)
    }

    /// The process for one purpose; without a choice, for all that the purpose requires.
    pub(super) fn process(
        &self,
        purpose_id: &PurposeId,
        basis: Basis,
        chosen: Option<Chosen<'_>>,
        wanting: &mut Wanting,
    ) -> Option<Process> {
        let at = purpose_id.as_str();
        let found = self.sink.purpose(purpose_id);
        let found = found
            .filter(|(of, _)| *of == basis)
            .map(|(_, purpose)| purpose);
        let purpose = wanting.need(found, LackKind::PurposeUnknown, at);
        let entry = self.entry(purpose_id, wanting);
        let purpose = purpose?;
        let data = match &chosen {
            Some(chosen) => self.chosen(purpose, chosen.datasets, wanting),
            None => self.required(purpose, wanting),
        };
        let is_chosen = |dataset: &&Dataset| data.iter().any(|d| self.is_same_kind(d, dataset));
        let optional = purpose.optional_datasets.iter();
        let optional = optional.filter_map(|kind| self.of_kind(kind));
        let left_out: Vec<&Dataset> = optional.filter(|d| !is_chosen(d)).collect();
        let mut item = |dataset: &&Dataset| {
            let is_required = self.is_of(dataset, &purpose.required_datasets);
            let necessity = if is_required {
                Necessity::Required
            } else {
                Necessity::Optional
            };
            self.item(dataset, necessity, wanting)
        };
        let items: Vec<Option<DataItem>> = data.iter().map(&mut item).collect();
        let others: Vec<Option<DataItem>> = left_out.iter().map(&mut item).collect();
        let is_special = |item: &DataItem| item.sensitivity == Category::Special;
        let is_special = items.iter().flatten().any(is_special);
        let is_explicit = chosen.as_ref().is_none_or(|chosen| chosen.is_explicit);
        let legal_basis = legal_basis(purpose, basis, (is_special, is_explicit), wanting);
        let term = self.term(purpose, entry, wanting);
        let (title, description) = words(
            &purpose.description,
            self.told,
            |text| (&text.title, &text.description),
            (at, wanting),
        )?;
        let entry = entry?;
        Some(Process {
            purpose_id: purpose_id.clone(),
            title,
            description,
            purpose: term?,
            category: entry.category,
            is_primary: entry.is_primary,
            legal_basis: legal_basis?,
            data: items.into_iter().collect::<Option<_>>()?,
            left_out: others.into_iter().collect::<Option<_>>()?,
            operations: entry.operations.clone(),
            recipients: entry.recipients.clone(),
            storage: entry.storage.clone(),
            retention: entry.retention.clone(),
        })
    }

    /// What was chosen: datasets that the purpose names, and every one that it requires among them.
    fn chosen(
        &self,
        purpose: &Purpose,
        ids: &[DatasetId],
        wanting: &mut Wanting,
    ) -> Vec<&'a Dataset> {
        let mut data = Vec::with_capacity(ids.len());
        for id in ids {
            let named = self.given(id).filter(|dataset| {
                self.is_of(dataset, &purpose.required_datasets)
                    || self.is_of(dataset, &purpose.optional_datasets)
            });
            data.extend(wanting.need(named, LackKind::DatasetUnknown, id.as_str()));
        }
        for kind in &purpose.required_datasets {
            let is_given = data
                .iter()
                .any(|d| self.is_of(d, std::slice::from_ref(kind)));
            wanting.hold(is_given, LackKind::Required, kind.as_str());
        }
        data
    }

    /// Everything that the purpose requires, as whoever gives it describes it.
    fn required(&self, purpose: &Purpose, wanting: &mut Wanting) -> Vec<&'a Dataset> {
        let mut data = Vec::with_capacity(purpose.required_datasets.len());
        for kind in &purpose.required_datasets {
            data.extend(wanting.need(self.of_kind(kind), LackKind::Required, kind.as_str()));
        }
        wanting.hold(
            !purpose.required_datasets.is_empty(),
            LackKind::Required,
            purpose.purpose_id.as_str(),
        );
        data
    }

    /// Whether a dataset is of one of the kinds that the sink names: two services mean the same kind
    /// by the same schema (SD-22).
    fn is_of(&self, dataset: &Dataset, kinds: &[DatasetId]) -> bool {
        let mut kinds = kinds.iter().filter_map(|kind| self.sink.dataset(kind));
        kinds.any(|kind| self.is_same_kind(kind, dataset))
    }

    /// In one service a dataset is itself; between two it is its kind.
    fn is_same_kind(&self, one: &Dataset, other: &Dataset) -> bool {
        match self.source {
            Some(_) => one.dataset_schema.id == other.dataset_schema.id,
            None => one.dataset_id == other.dataset_id,
        }
    }

    fn entry(&self, purpose: &PurposeId, wanting: &mut Wanting) -> Option<&'a PurposeEntry> {
        let at = purpose.as_str();
        let service = parties::entry(self.sink, self.city, wanting);
        let entry = service.and_then(|service| service.purposes.get(purpose));
        let entry = wanting.need(entry, LackKind::Purpose, at)?;
        wanting.hold(!entry.operations.is_empty(), LackKind::Operations, at);
        wanting.hold(!entry.storage.is_empty(), LackKind::Storage, at);
        Some(entry)
    }

    fn item(
        &self,
        dataset: &Dataset,
        necessity: Necessity,
        wanting: &mut Wanting,
    ) -> Option<DataItem> {
        let schema = &dataset.dataset_schema.id;
        let entry = self.city.datasets.get(schema);
        let entry = wanting.need(entry, LackKind::Dataset, schema);
        let at = dataset.dataset_id.as_str();
        let (title, description) = words(
            &dataset.description,
            self.told,
            |text| (&text.title, &text.description),
            (at, wanting),
        )?;
        let entry = entry?;
        Some(DataItem {
            dataset_id: dataset.dataset_id.clone(),
            title,
            description,
            necessity,
            sensitivity: dataset
                .extension
                .as_ref()
                .map_or(Category::Ordinary, |own| own.category),
            personal_data: entry.personal_data.clone(),
            category: entry.category,
        })
    }

    /// The purpose as a term: the description's own, else the register's.
    fn term(
        &self,
        purpose: &Purpose,
        entry: Option<&PurposeEntry>,
        wanting: &mut Wanting,
    ) -> Option<PurposeTerm> {
        let at = purpose.purpose_id.as_str();
        let own = purpose
            .extension
            .as_ref()
            .and_then(|own| own.purpose.as_deref());
        if let Some(own) = own {
            return wanting.need(PurposeTerm::parse(own), LackKind::TermUnknown, at);
        }
        let term = entry.and_then(|entry| entry.purpose.clone());
        wanting.need(term, LackKind::PurposeTerm, at)
    }

    /// What the person can do about it. `objection` says where one objects, where one may.
    pub(super) fn remedy(&self, basis: Basis, wanting: &mut Wanting) -> Option<Remedy> {
        let kind = RemedyKind::of(basis);
        let rights = parties::entry(self.sink, self.city, wanting).map(|entry| &entry.rights);
        let (url, otherwise) = match kind {
            RemedyKind::Withdraw => {
                let consents = &self.city.consents;
                (consents.url.clone(), &consents.otherwise)
            }
            RemedyKind::Object => (self.objection(wanting)?, &rights?.otherwise),
            RemedyKind::EndContract | RemedyKind::Nothing => {
                (rights?.url.clone(), &rights?.otherwise)
            }
        };
        Some(Remedy {
            kind,
            url,
            otherwise: otherwise.clone(),
        })
    }

    fn objection(&self, wanting: &mut Wanting) -> Option<WebLink> {
        let urls = &self.sink.service_description.service_urls;
        let path = urls.objection_uri.as_deref();
        let url = path.and_then(|path| {
            let whole = [urls.library_domain.as_str(), path].concat();
            WebLink::parse(path)
                .or_else(|_| WebLink::parse(&whole))
                .ok()
        });
        wanting.need(url, LackKind::ObjectionUrl, self.sink.service_id.as_str())
    }

    /// The rights that a person has towards processing on this basis, and where each is exercised.
    pub(super) fn rights(
        &self,
        basis: Basis,
        remedy: &Remedy,
        complaints: &WebLink,
        wanting: &mut Wanting,
    ) -> Option<Vec<Right>> {
        let rights = &parties::entry(self.sink, self.city, wanting)?.rights;
        let right = |article: &&str| {
            let url = match *article {
                "eu-gdpr:A77" => complaints,
                "eu-gdpr:A7-3" | "eu-gdpr:A21" => &remedy.url,
                _ => &rights.url,
            };
            Some(Right {
                right: RightTerm::parse(article)?,
                url: url.clone(),
            })
        };
        articles(basis).iter().map(right).collect()
    }
}

/// The rights by basis: GDPR Art. 17(3)(b), 18, 20(1)(a), 21(1) and 7(3).
const fn articles(basis: Basis) -> &'static [&'static str] {
    match basis {
        Basis::Consent => &[
            "eu-gdpr:A15",
            "eu-gdpr:A16",
            "eu-gdpr:A17",
            "eu-gdpr:A18",
            "eu-gdpr:A20",
            "eu-gdpr:A7-3",
            "eu-gdpr:A77",
        ],
        Basis::Contract => &[
            "eu-gdpr:A15",
            "eu-gdpr:A16",
            "eu-gdpr:A17",
            "eu-gdpr:A18",
            "eu-gdpr:A20",
            "eu-gdpr:A77",
        ],
        Basis::LegalObligation => &["eu-gdpr:A15", "eu-gdpr:A16", "eu-gdpr:A18", "eu-gdpr:A77"],
        Basis::VitalInterest => &[
            "eu-gdpr:A15",
            "eu-gdpr:A16",
            "eu-gdpr:A17",
            "eu-gdpr:A18",
            "eu-gdpr:A77",
        ],
        Basis::PublicInterest => &[
            "eu-gdpr:A15",
            "eu-gdpr:A16",
            "eu-gdpr:A18",
            "eu-gdpr:A21",
            "eu-gdpr:A77",
        ],
        Basis::LegitimateInterest => &[
            "eu-gdpr:A15",
            "eu-gdpr:A16",
            "eu-gdpr:A17",
            "eu-gdpr:A18",
            "eu-gdpr:A21",
            "eu-gdpr:A77",
        ],
    }
}

/// The article of a basis, for a description that names none.
pub(crate) const fn article(basis: Basis) -> &'static str {
    match basis {
        Basis::Consent => "eu-gdpr:A6-1-a",
        Basis::Contract => "eu-gdpr:A6-1-b",
        Basis::LegalObligation => "eu-gdpr:A6-1-c",
        Basis::VitalInterest => "eu-gdpr:A6-1-d",
        Basis::PublicInterest => "eu-gdpr:A6-1-e",
        Basis::LegitimateInterest => "eu-gdpr:A6-1-f",
    }
}

/// The articles that permit the processing. Art. 9 counts only where there is data of a special
/// category: a person who has left it out is not told of it.
fn legal_basis(
    purpose: &Purpose,
    basis: Basis,
    (is_special, is_explicit): (bool, bool),
    wanting: &mut Wanting,
) -> Option<Vec<LegalBasisTerm>> {
    let at = purpose.purpose_id.as_str();
    let named = purpose.extension.as_ref().map_or(&[][..], |own| &own.gdpr);
    let is_of_special = |term: &str| term.starts_with("eu-gdpr:A9-");
    let mut terms = Vec::with_capacity(2);
    if !named.iter().any(|term| term.starts_with(article(basis))) {
        terms.extend(LegalBasisTerm::parse(article(basis)));
    }
    for term in named {
        let known = wanting.need(LegalBasisTerm::parse(term), LackKind::TermUnknown, at)?;
        let is_other = term.starts_with("eu-gdpr:A6-1-") && !term.starts_with(article(basis));
        wanting.hold(!is_other, LackKind::ArticleOther, at);
        if is_special || !is_of_special(term) {
            let claims = term.starts_with("eu-gdpr:A9-2-a");
            wanting.hold(is_explicit || !claims, LackKind::NotExplicit, at);
            terms.push(known);
        }
    }
    let is_permitted = !is_special || terms.iter().any(|term| is_of_special(term.as_str()));
    wanting.hold(is_permitted, LackKind::SpecialBasis, at);
    Some(terms)
}

/// Name and description in every language that they have; the language of the person must be one.
fn words<T: InLanguage>(
    texts: &Texts<T>,
    told: Language,
    of: impl Fn(&T) -> (&String, &String),
    (at, wanting): (&str, &mut Wanting),
) -> Option<(Localized, Localized)> {
    wanting.need(texts.get(told), LackKind::Text, at)?;
    let all = |pick: fn((&String, &String)) -> String| {
        let texts = texts.iter().map(|text| (text.language(), pick(of(text))));
        Localized::new(texts.collect())
    };
    let title = all(|(title, _)| title.clone());
    let description = all(|(_, description)| description.clone());
    let both = title.zip(description);
    wanting.need(both, LackKind::Text, at)
}
