//! From a description of 1.x to a draft of one of 2.0.

use super::{OldDataset, OldInstance, OldService};
use crate::Gap;
use mydata_core::id::{DescriptionVersion, PurposeId};
use mydata_core::lang::{InLanguage, Language, Texts};
use mydata_core::resource::Origin;
use mydata_record::description::{
    About, Dataset, DatasetSchema, DatasetText, Distribution, Issued, ProcessingBases, Provider,
    Purpose, PurposeText, Service, ServiceText, ServiceUrls,
};

/// Stands where 1.x said nothing: a host that can never be (RFC 6761 §6.4).
const PLACEHOLDER: &str = "https://missing.invalid";

/// A 2.0 description to be mended: nothing has checked it, and `ServiceDescription::check` refuses it
/// as long as it has holes that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Draft {
    /// The description, with what 1.x said.
    pub service: Service,
    /// What it did not say, or said otherwise.
    pub open: Vec<Open>,
}

/// One thing for a person to settle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Open {
    /// What is missing.
    pub gap: Gap,
    /// The dataset, distribution, purpose or service.
    pub at: String,
}

impl OldService {
    /// A draft of the 2.0 description, with the texts as texts in `language`, which 1.x did not name.
    ///
    /// Nothing is guessed: an `http` address is not made `https`, and no profile is claimed. Purposes
    /// stand under consent, the only basis that 1.x had, and that is named as a gap as well. `None`
    /// when the service runs nowhere.
    #[must_use]
    pub fn draft(&self, language: Language) -> Option<Draft> {
        let instance = self.instances.first()?;
        let mut open = Gaps(Vec::new());
        let id = self.service_id.as_str();
        open.when(self.instances.len() > 1, Gap::OtherInstances, id);
        open.when(true, Gap::Language, id);
        open.when(true, Gap::Profiles, id);
        let data: Vec<Dataset> = self
            .datasets
            .iter()
            .filter_map(|dataset| open.dataset(dataset, instance, language))
            .collect();
        let consent = open.purposes(self, language);
        open.when(!consent.is_empty(), Gap::Basis, id);
        open.when(self.issued.is_none(), Gap::Issued, id);
        let about = open.about(self, instance, language)?;
        let service = Service {
            service_id: self.service_id.clone(),
            service_description: about,
            data_description: data,
            processing_bases: ProcessingBases {
                consent,
                ..ProcessingBases::default()
            },
            notifications: Vec::new(),
            issued: self
                .issued
                .map_or_else(|| Issued::Text(String::new()), Issued::At),
            created_by_user_id: open.text(self.created_by.as_ref(), Gap::CreatedBy, id),
            extension: None,
        };
        Some(Draft {
            service,
            open: open.0,
        })
    }
}

struct Gaps(Vec<Open>);

impl Gaps {
    fn when(&mut self, is_open: bool, gap: Gap, at: &str) {
        if is_open {
            let at = at.to_owned();
            self.0.push(Open { gap, at });
        }
    }

    fn text(&mut self, text: Option<&String>, gap: Gap, at: &str) -> String {
        let text = text.filter(|text| !text.is_empty());
        self.when(text.is_none(), gap, at);
        text.cloned().unwrap_or_default()
    }

    fn about(
        &mut self,
        service: &OldService,
        instance: &OldInstance,
        language: Language,
    ) -> Option<About> {
        let id = service.service_id.as_str();
        let domain = Origin::parse(&instance.domain).ok();
        self.when(domain.is_none(), Gap::Domain, id);
        self.when(true, Gap::LibraryDomain, id);
        self.when(true, Gap::LinkingRedirectUri, id);
        let said = service.version.as_deref();
        let version = said.and_then(|version| DescriptionVersion::parse(version).ok());
        self.when(version.is_none(), Gap::Version, id);
        let placeholder = Origin::parse(PLACEHOLDER).ok()?;
        let provider = &service.provider;
        Some(About {
            service_provider: Provider {
                business_id: self.text(provider.business_id.as_ref(), Gap::BusinessId, id),
                name: self.text(provider.name.as_ref(), Gap::ProviderName, id),
                address1: None,
                address2: None,
                postal_code: None,
                city: None,
                state: None,
                country: None,
                email: provider.email.clone(),
                telephone: provider.telephone.clone(),
                jurisdiction: provider.jurisdiction.clone(),
                extension: None,
            },
            service_description_title: service.title.clone(),
            service_icon_url: service.icon.clone(),
            description: one(ServiceText {
                language,
                human_readable_description: service.text.clone(),
                keywords: service.keywords.clone(),
                extension: None,
            })?,
            service_description_version: version
                .or_else(|| DescriptionVersion::parse("missing").ok())?,
            supported_profiles: Vec::new(),
            compatible_services: Vec::new(),
            cert: None,
            service_urls: ServiceUrls {
                domain: domain.unwrap_or_else(|| placeholder.clone()),
                library_domain: placeholder,
                linking_uri: self.text(instance.login_uri.as_ref(), Gap::LinkingUri, id),
                linking_redirect_uri: String::new(),
                objection_uri: None,
                notification_uri: None,
            },
        })
    }

    fn dataset(
        &mut self,
        dataset: &OldDataset,
        instance: &OldInstance,
        language: Language,
    ) -> Option<Dataset> {
        let id = dataset.dataset_id.as_str();
        let schema = self.text(dataset.schema.as_ref(), Gap::Schema, id);
        let mut distribution = Vec::new();
        for old in &dataset.distributions {
            let at = old.distribution_id.as_str();
            // C44: a path was read below that of the instance, and 2.0 has none.
            let access_url = if old.access_url.starts_with('/') {
                [&*instance.access_path, &*old.access_url].concat()
            } else {
                old.access_url.clone()
            };
            let domain = Origin::parse(&instance.domain);
            let is_url = mydata_core::resource::ResourceUrl::parse(&access_url).is_ok()
                || domain.is_ok_and(|domain| domain.at(&access_url).is_ok());
            self.when(!is_url, Gap::DistributionUrl, at);
            distribution.push(Distribution {
                distribution_id: old.distribution_id.clone(),
                access_url,
                format: self.text(old.format.as_ref(), Gap::Format, at),
            });
        }
        Some(Dataset {
            dataset_id: dataset.dataset_id.clone(),
            description: one(DatasetText {
                language,
                title: dataset.title.clone(),
                description: dataset.description.clone(),
                keyword: dataset.keywords.clone(),
            })?,
            dataset_schema: DatasetSchema {
                context: None,
                kind: None,
                id: schema,
            },
            url: None,
            distribution,
            extension: None,
        })
    }

    /// One purpose for each title, with the datasets that bore it; in the order of their first mention.
    fn purposes(&mut self, service: &OldService, language: Language) -> Vec<Purpose> {
        let mut titles: Vec<&String> = Vec::new();
        for title in service.datasets.iter().flat_map(|d| &d.purposes) {
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
        let mut purposes = Vec::new();
        for (at, title) in titles.into_iter().enumerate() {
            let name = format!("purpose-{}", at + 1);
            self.when(true, Gap::PurposeId, &name);
            let uses = service.datasets.iter();
            let uses = uses.filter(|dataset| dataset.purposes.contains(title));
            let text = PurposeText {
                language,
                title: title.clone(),
                description: title.clone(),
                description_url: None,
                icon_url: None,
            };
            if let (Ok(purpose_id), Some(description)) = (PurposeId::parse(&name), one(text)) {
                purposes.push(Purpose {
                    purpose_id,
                    description,
                    required_datasets: uses.map(|dataset| dataset.dataset_id.clone()).collect(),
                    optional_datasets: Vec::new(),
                    extension: None,
                });
            }
        }
        purposes
    }
}

fn one<T: InLanguage>(text: T) -> Option<Texts<T>> {
    Texts::new(vec![text])
}
