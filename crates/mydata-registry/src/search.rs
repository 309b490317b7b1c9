//! Finding services: `/services/` and `/services/search/`.

use crate::entry::Entry;
use crate::fold::Folding;
use crate::registry::Registry;
use mydata_core::lang::{InLanguage, Language};
use mydata_record::description::{Profile, ServiceDescription};

/// Which end of a transfer a service can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a transfer has two ends")]
pub enum ServiceType {
    /// It gives data.
    Source,
    /// It uses data of others.
    Sink,
}

/// What is looked for: all that is said must hold. Nothing said finds every open service.
///
/// Words are separated by white space, and each must stand somewhere in what is searched, as a part
/// of a word too: Finnish bends its words at the end. More than 16 words, or 1024 octets, find
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Query {
    /// Words in any text: titles, descriptions, keywords, datasets, purposes, provider.
    pub text: Option<String>,
    /// Words in the title of a dataset.
    pub dataset: Option<String>,
    /// Words in the title of a purpose.
    pub purpose: Option<String>,
    /// A keyword, of the service or of a dataset.
    pub keyword: Option<String>,
    /// Words in the name of the provider, or its whole business id.
    pub provider: Option<String>,
    /// The country of the provider.
    pub country: Option<String>,
    /// The identity (`@id`) of the schema of a dataset, octet for octet.
    pub schema: Option<String>,
    /// A profile that it supports.
    pub profile: Option<Profile>,
    /// What it can be in a transfer.
    pub service_type: Option<ServiceType>,
    /// The only language whose texts are searched; any when none is said.
    pub language: Option<Language>,
    /// How many to leave out.
    pub offset: usize,
    /// How many to give: 20 unless said, 100 at the most.
    pub limit: Option<usize>,
}

impl Query {
    /// Every open service.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Services with these words in any text.
    #[must_use]
    pub fn words(text: &str) -> Self {
        Self {
            text: Some(text.to_owned()),
            ..Self::default()
        }
    }

    /// The same, in texts of one language only.
    #[must_use]
    pub const fn in_language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }

    /// The same, of one type only.
    #[must_use]
    pub const fn of_type(mut self, service_type: ServiceType) -> Self {
        self.service_type = Some(service_type);
        self
    }

    /// Another part of the same list.
    #[must_use]
    pub const fn page(mut self, offset: usize, limit: usize) -> Self {
        self.offset = offset;
        self.limit = Some(limit);
        self
    }
}

/// A part of what was found, in the order of the ids: the order never depends on the query, so that
/// pages neither overlap nor leave a gap while nothing is registered or retired.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<'a> {
    /// The services.
    pub services: Vec<&'a Entry>,
    /// How many were found in all.
    pub total: usize,
    /// The offset of the next part, when there is one.
    pub next: Option<usize>,
}

impl Registry {
    /// The open services that answer to `query`. Total: there is no text that it refuses.
    #[must_use]
    pub fn search(&self, query: &Query) -> Page<'_> {
        let is_short = query.is_short();
        let found = |entry: &&Entry| is_short && query.finds(entry);
        let all: Vec<&Entry> = self.services().filter(found).collect();
        let limit = query.limit.unwrap_or(USUAL).min(MOST);
        let services: Vec<&Entry> = all.iter().skip(query.offset).take(limit).copied().collect();
        let end = query.offset.saturating_add(services.len());
        Page {
            next: (!services.is_empty() && end < all.len()).then_some(end),
            services,
            total: all.len(),
        }
    }
}

/// A text of a description, with its language when it has one.
type Text<'a> = (Option<Language>, &'a str);

impl Query {
    /// Whether somebody could have meant it: what is longer is not looked at.
    fn is_short(&self) -> bool {
        let texts = [
            &self.text,
            &self.dataset,
            &self.purpose,
            &self.keyword,
            &self.provider,
            &self.country,
            &self.schema,
        ];
        let is_short = |text: &String| {
            text.len() <= MOST_OCTETS && text.split_whitespace().count() <= MOST_WORDS
        };
        texts.into_iter().flatten().all(is_short)
    }

    fn finds(&self, entry: &Entry) -> bool {
        let Some(service) = entry.description().filter(|_| entry.is_open()) else {
            return false;
        };
        let about = &service.service_description;
        let provider = &about.service_provider;
        let is_type = |wanted: &ServiceType| match wanted {
            ServiceType::Source => service.is_source(),
            ServiceType::Sink => service.is_sink(),
        };
        let has_schema = |id: &String| {
            let mut data = service.data_description.iter();
            data.any(|dataset| dataset.dataset_schema.id == *id)
        };
        let is_in = |wanted: &String| {
            let country = provider.country.as_deref().unwrap_or_default();
            Folding::Plain.fold(country) == Folding::Plain.fold(wanted.trim())
        };
        let is_by = |wanted: &String| {
            provider.business_id == wanted.trim() || self.matches(wanted, &providers(service))
        };
        let is_keyword = |wanted: &String| {
            let wanted = wanted.trim();
            let mut keywords = keywords(service).into_iter().filter(|text| self.may(text));
            keywords.any(|(language, keyword)| {
                let folding = folding(language);
                folding.fold(keyword) == folding.fold(wanted)
            })
        };
        self.service_type.as_ref().is_none_or(is_type)
            && self
                .profile
                .is_none_or(|wanted| about.supported_profiles.contains(&wanted))
            && self.schema.as_ref().is_none_or(has_schema)
            && self.country.as_ref().is_none_or(is_in)
            && self.provider.as_ref().is_none_or(is_by)
            && self.keyword.as_ref().is_none_or(is_keyword)
            && self.fits(self.dataset.as_ref(), || datasets(service))
            && self.fits(self.purpose.as_ref(), || purposes(service))
            && self.fits(self.text.as_ref(), || everything(service))
    }

    fn fits<'a>(&self, wanted: Option<&String>, texts: impl FnOnce() -> Vec<Text<'a>>) -> bool {
        wanted.is_none_or(|wanted| self.matches(wanted, &texts()))
    }

    fn may(&self, (language, _): &Text<'_>) -> bool {
        match (self.language, language) {
            (Some(wanted), Some(language)) => wanted == *language,
            (None, _) | (_, None) => true,
        }
    }

    /// Whether each word stands in one of the texts.
    fn matches(&self, wanted: &str, texts: &[Text<'_>]) -> bool {
        let texts: Vec<(Folding, String)> = texts
            .iter()
            .filter(|text| self.may(text))
            .map(|(language, text)| (folding(*language), folding(*language).fold(text)))
            .collect();
        wanted.split_whitespace().all(|word| {
            let own = Folding::Own.fold(word);
            let plain = Folding::Plain.fold(word);
            texts.iter().any(|(folding, text)| match folding {
                Folding::Own => text.contains(&own),
                Folding::Plain => text.contains(&plain),
            })
        })
    }
}

/// A text without a language is a name: of a city in Finland as likely as not.
fn folding(language: Option<Language>) -> Folding {
    language.map_or(Folding::Own, Folding::of)
}

fn providers(service: &ServiceDescription) -> Vec<Text<'_>> {
    let provider = &service.service_description.service_provider;
    let names = provider.extension.iter().flat_map(|ext| &ext.names);
    let names = names.map(|(language, name)| (Some(*language), name.as_str()));
    names.chain([(None, provider.name.as_str())]).collect()
}

fn keywords(service: &ServiceDescription) -> Vec<Text<'_>> {
    let about = service.service_description.description.iter();
    let about = about.flat_map(|text| text.keywords.iter().map(|word| (text.language(), word)));
    let data = service.data_description.iter();
    let data = data.flat_map(|dataset| dataset.description.iter());
    let data = data.flat_map(|text| text.keyword.iter().map(|word| (text.language(), word)));
    about
        .chain(data)
        .map(|(language, word)| (Some(language), word.as_str()))
        .collect()
}

fn datasets(service: &ServiceDescription) -> Vec<Text<'_>> {
    let data = service.data_description.iter();
    let texts = data.flat_map(|dataset| dataset.description.iter());
    texts
        .map(|text| (Some(text.language()), text.title.as_str()))
        .collect()
}

fn purposes(service: &ServiceDescription) -> Vec<Text<'_>> {
    let purposes = service.purposes().map(|(_, purpose)| purpose);
    let texts = purposes.flat_map(|purpose| purpose.description.iter());
    texts
        .map(|text| (Some(text.language()), text.title.as_str()))
        .collect()
}

fn everything(service: &ServiceDescription) -> Vec<Text<'_>> {
    let about = &service.service_description;
    let mut texts = vec![(None, about.service_description_title.as_str())];
    for text in about.description.iter() {
        let language = Some(text.language());
        texts.push((language, &text.human_readable_description));
        texts.extend(
            text.extension
                .iter()
                .map(|ext| (language, ext.title.as_str())),
        );
    }
    for text in service
        .data_description
        .iter()
        .flat_map(|d| d.description.iter())
    {
        texts.push((Some(text.language()), &text.description));
    }
    for text in service.purposes().flat_map(|(_, p)| p.description.iter()) {
        texts.push((Some(text.language()), &text.description));
    }
    texts.extend(keywords(service));
    texts.extend(datasets(service));
    texts.extend(purposes(service));
    texts.extend(providers(service));
    texts
}

/// As many as a page has unless it is said.
const USUAL: usize = 20;
/// As many as a page has at the most.
const MOST: usize = 100;
/// Words of a search.
const MOST_WORDS: usize = 16;
/// Octets of each text of a search.
const MOST_OCTETS: usize = 1024;
