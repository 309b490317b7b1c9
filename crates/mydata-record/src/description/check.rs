//! The rules of a service description. All faults are named at once: who publishes a description
//! mends it in one go.

use super::data::{Dataset, Distribution};
use super::issued::Issued;
use super::published::PublishedRefusal;
use super::purpose::{Basis, Purpose};
use super::service::{Certificate, Profile, Provider, Service};
use mydata_core::id::{DatasetId, PurposeId, ServiceId};
use mydata_core::json::{self, JsonFault, Limits};
use mydata_core::jws::JwsFault;
use mydata_core::lang::{InLanguage, Language, Texts};
use mydata_core::refusals;
use mydata_core::resource::{Origin, ResourceRefusal, ResourceUrl};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;

refusals! {
    /// Which rule a service description breaks.
    pub enum DescriptionRefusal {
        NoData = "description_no_data": "there is no dataset",
        NoPurpose = "description_no_purpose": "there is neither a purpose nor a distribution: the service does nothing here",
        NoProcessing = "description_no_processing": "no purpose is described, and this city demands one of every service",
        NoProvider = "description_no_provider": "the provider has no name or no business id",
        CertificateUrl = "description_certificate_url": "`cert.x5u` is no canonical https address",
        EndpointUrl = "description_endpoint_url": "an endpoint is neither a path nor a canonical https address",
        NoProfile = "description_no_profile": "no supported profile is named",
        ProfileTwice = "description_profile_twice": "a supported profile is named twice",
        ProfileNeedsPurpose = "description_profile_needs_purpose": "the consenting profile needs a purpose with consent as its basis",
        ProfileNeedsDistribution = "description_profile_needs_distribution": "the re-use profile needs a distribution, or a purpose that draws on other services",
        ProfileNeedsObjectionUri = "description_profile_needs_objection_uri": "the objection profile needs `objectionUri`",
        ProfileNeedsNotification = "description_profile_needs_notification": "the notification profile needs `notificationUri` and a notification",
        NotificationId = "description_notification_id": "a notification id is empty, doubled or begins with `-`",
        DuplicateDataset = "description_duplicate_dataset": "a dataset id stands twice",
        DuplicateDistribution = "description_duplicate_distribution": "a distribution id stands twice",
        DistributionUrl = "description_distribution_url": "a distribution has no canonical https address",
        DuplicateUrl = "description_duplicate_url": "two datasets are fetched at one address",
        DuplicatePurpose = "description_duplicate_purpose": "a purpose id stands twice",
        PurposeWithoutData = "description_purpose_without_data": "a purpose names no dataset",
        UnknownDataset = "description_unknown_dataset": "a purpose names a dataset that is not described",
        OptionalWithoutConsent = "description_optional_without_consent": "optional datasets stand under a basis other than consent",
        MissingLanguage = "description_missing_language": "a text is missing in a language that must be there",
    }
}

/// One fault, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DescriptionFault {
    /// The rule.
    pub refusal: DescriptionRefusal,
    /// The id of the dataset, purpose or text, as the description names it.
    pub at: String,
}

impl fmt::Display for DescriptionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A notification's id is free text: escaped, it cannot forge a line of a log.
        write!(f, "{}: `{}`", self.refusal, self.at.escape_debug())
    }
}

/// What a city demands of the descriptions that it publishes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Policy {
    /// Languages in which every text must stand.
    pub languages: Vec<Language>,
    /// Whether a service must describe a purpose even if it only gives data to others (FW-58, D44).
    pub processing: bool,
}

impl Default for Policy {
    /// Finnish, Swedish and English.
    fn default() -> Self {
        Self::in_languages(vec![Language::FI, Language::SV, Language::EN])
    }
}

impl Policy {
    /// Demands these languages.
    #[must_use]
    pub const fn in_languages(languages: Vec<Language>) -> Self {
        Self {
            languages,
            processing: false,
        }
    }

    /// Demands a purpose of every service, also of one that only gives data to others.
    #[must_use]
    pub const fn with_processing(mut self) -> Self {
        self.processing = true;
        self
    }
}

/// A service description in which every rule holds. It reads as the [`Service`] that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceDescription(Service);

/// A description could not be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// It is not JSON of the right shape.
    #[error(transparent)]
    Json(#[from] JsonFault),
    /// Its signature is not that of a key that is bound to it.
    #[error(transparent)]
    Jws(#[from] JwsFault),
    /// It is not the one that was asked for.
    #[error(transparent)]
    Published(#[from] PublishedRefusal),
    /// It breaks rules: all of them are listed.
    #[error("the description has {} faults, the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
    Rules(Vec<DescriptionFault>),
}

impl DescriptionError {
    /// The stable code; for broken rules that of the first.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json(fault) => fault.code(),
            Self::Jws(fault) => fault.code(),
            Self::Published(refusal) => refusal.code(),
            Self::Rules(faults) => faults
                .first()
                .map_or("description_invalid", |f| f.refusal.code()),
        }
    }
}

impl ServiceDescription {
    /// Reads and checks.
    ///
    /// # Errors
    /// [`DescriptionError`] with every fault.
    pub fn from_json(octets: &[u8], policy: &Policy) -> Result<Self, DescriptionError> {
        let service = json::from_slice(octets, Limits::MESSAGE)?;
        Self::check(service, policy).map_err(DescriptionError::Rules)
    }

    /// Checks.
    ///
    /// # Errors
    /// Every fault there is.
    pub fn check(service: Service, policy: &Policy) -> Result<Self, Vec<DescriptionFault>> {
        let mut faults = Faults(Vec::new());
        faults.about(&service);
        faults.profiles(&service, policy);
        faults.data(&service);
        faults.purposes(&service);
        faults.notifications(&service);
        faults.languages(&service, policy);
        if faults.0.is_empty() {
            Ok(Self(service))
        } else {
            Err(faults.0)
        }
    }

    /// The same with another creation log (SD-07), which breaks no rule.
    pub(super) fn created(mut self, issued: Issued, by: &str) -> Self {
        self.0.issued = issued;
        self.0.created_by_user_id = by.to_owned();
        self
    }

    /// Whether the service gives data to others.
    #[must_use]
    pub fn is_source(&self) -> bool {
        self.data_description
            .iter()
            .any(|d| !d.distribution.is_empty())
    }

    /// Whether the service draws on data of others: then it must bring a proof-of-possession key
    /// when it is linked (SL-16).
    #[must_use]
    pub fn is_sink(&self) -> bool {
        let reuse = &self.service_description.supported_profiles;
        reuse.contains(&Profile::ThirdPartyReuse) && self.purposes().next().is_some()
    }

    /// The dataset with this id.
    #[must_use]
    pub fn dataset(&self, id: &DatasetId) -> Option<&Dataset> {
        self.data_description.iter().find(|d| d.dataset_id == *id)
    }

    /// All purposes with their bases.
    pub fn purposes(&self) -> impl Iterator<Item = (Basis, &Purpose)> {
        purposes(self)
    }

    /// The purpose with this id.
    #[must_use]
    pub fn purpose(&self, id: &PurposeId) -> Option<(Basis, &Purpose)> {
        self.purposes()
            .find(|(_, purpose)| purpose.purpose_id == *id)
    }

    /// Where a distribution is fetched (CN-67, C44).
    ///
    /// # Errors
    /// [`ResourceRefusal`]; never for a distribution of this description.
    pub fn distribution_url(&self, d: &Distribution) -> Result<ResourceUrl, ResourceRefusal> {
        distribution_url(self, d)
    }

    /// Whether `source` may serve this purpose, as far as the purpose limits its sources.
    #[must_use]
    pub fn allows_source(&self, purpose: &Purpose, source: &ServiceId) -> bool {
        let named = purpose
            .extension
            .as_ref()
            .and_then(|ext| ext.sources.as_ref());
        named.is_none_or(|sources| sources.contains(source))
    }
}

impl Deref for ServiceDescription {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.0
    }
}

fn purposes(service: &Service) -> impl Iterator<Item = (Basis, &Purpose)> {
    let bases = &service.processing_bases;
    let obligation = service
        .extension
        .as_ref()
        .map(|ext| ext.legal_obligation.as_slice());
    [
        (Basis::Consent, bases.consent.as_slice()),
        (Basis::Contract, &bases.contract),
        (Basis::LegalObligation, obligation.unwrap_or_default()),
        (Basis::VitalInterest, &bases.vital_interest),
        (Basis::PublicInterest, &bases.public_interest),
        (Basis::LegitimateInterest, &bases.legitimate_interest),
    ]
    .into_iter()
    .flat_map(|(basis, purposes)| purposes.iter().map(move |purpose| (basis, purpose)))
}

//= CN-67
fn distribution_url(service: &Service, d: &Distribution) -> Result<ResourceUrl, ResourceRefusal> {
    let domain = &service.service_description.service_urls.domain;
    address(domain, &d.access_url)
}

/// A path of `domain`, or an address (C44).
fn address(domain: &Origin, text: &str) -> Result<ResourceUrl, ResourceRefusal> {
    if text.starts_with('/') {
        domain.at(text)
    } else {
        ResourceUrl::parse(text)
    }
}

pub(super) struct Faults(pub(super) Vec<DescriptionFault>);

impl Faults {
    fn add(&mut self, refusal: DescriptionRefusal, at: impl ToString) {
        let at = at.to_string();
        self.0.push(DescriptionFault { refusal, at });
    }

    /// What stands in the description of a service and of an operator alike.
    pub(super) fn common(
        &mut self,
        provider: &Provider,
        profiles: &[Profile],
        cert: Option<&Certificate>,
        id: &impl ToString,
    ) {
        if provider.name.trim().is_empty() || provider.business_id.trim().is_empty() {
            self.add(DescriptionRefusal::NoProvider, id.to_string());
        }
        if profiles.is_empty() {
            self.add(DescriptionRefusal::NoProfile, id.to_string());
        }
        let twice = |(at, profile)| profiles.iter().take(at).any(|earlier| earlier == profile);
        if profiles.iter().enumerate().any(twice) {
            self.add(DescriptionRefusal::ProfileTwice, id.to_string());
        }
        //= SD-10
        if cert.is_some_and(|cert| ResourceUrl::parse(&cert.x5u).is_err()) {
            self.add(DescriptionRefusal::CertificateUrl, id.to_string());
        }
    }

    /// An endpoint: a path of `domain`, or an address.
    pub(super) fn endpoint(&mut self, domain: &Origin, endpoint: &str, name: &str) {
        if address(domain, endpoint).is_err() {
            self.add(DescriptionRefusal::EndpointUrl, name);
        }
    }

    fn about(&mut self, service: &Service) {
        let about = &service.service_description;
        let (provider, profiles) = (&about.service_provider, &about.supported_profiles);
        self.common(provider, profiles, about.cert.as_ref(), &service.service_id);
        let urls = &about.service_urls;
        //= FW-57
        self.endpoint(&urls.domain, &urls.linking_uri, "linkingUri");
        self.endpoint(
            &urls.domain,
            &urls.linking_redirect_uri,
            "linkingRedirectUri",
        );
        for (uri, name) in [
            (&urls.objection_uri, "objectionUri"),
            (&urls.notification_uri, "notificationUri"),
        ] {
            if let Some(uri) = uri {
                self.endpoint(&urls.domain, uri, name);
            }
        }
    }

    //= SD-02, SD-11, SD-16, SD-26
    //= FW-15, FW-53
    fn profiles(&mut self, service: &Service, policy: &Policy) {
        let about = &service.service_description;
        let urls = &about.service_urls;
        let gives = service
            .data_description
            .iter()
            .any(|d| !d.distribution.is_empty());
        let uses = purposes(service).next().is_some();
        let by_consent = !service.processing_bases.consent.is_empty();
        let id = &service.service_id;
        for profile in &about.supported_profiles {
            let missing = match profile {
                Profile::Contract => None,
                Profile::Consenting => {
                    (!by_consent).then_some(DescriptionRefusal::ProfileNeedsPurpose)
                }
                Profile::ThirdPartyReuse => {
                    (!gives && !uses).then_some(DescriptionRefusal::ProfileNeedsDistribution)
                }
                Profile::Objection => urls
                    .objection_uri
                    .is_none()
                    .then_some(DescriptionRefusal::ProfileNeedsObjectionUri),
                Profile::Notification => (urls.notification_uri.is_none()
                    || service.notifications.is_empty())
                .then_some(DescriptionRefusal::ProfileNeedsNotification),
            };
            if let Some(refusal) = missing {
                self.add(refusal, id);
            }
        }
        //= FW-58
        if !gives && !uses {
            self.add(DescriptionRefusal::NoPurpose, id);
        } else if policy.processing && !uses {
            self.add(DescriptionRefusal::NoProcessing, id);
        }
    }

    //= SD-02, SD-15
    //= FW-16, FW-17, FW-58
    fn data(&mut self, service: &Service) {
        if service.data_description.is_empty() {
            self.add(DescriptionRefusal::NoData, &service.service_id);
        }
        let (mut datasets, mut distributions) = (BTreeSet::new(), BTreeSet::new());
        let mut urls = Vec::new();
        for dataset in &service.data_description {
            if !datasets.insert(&dataset.dataset_id) {
                self.add(DescriptionRefusal::DuplicateDataset, &dataset.dataset_id);
            }
            for d in &dataset.distribution {
                if !distributions.insert(&d.distribution_id) {
                    self.add(
                        DescriptionRefusal::DuplicateDistribution,
                        &d.distribution_id,
                    );
                }
                match distribution_url(service, d) {
                    Err(_) => self.add(DescriptionRefusal::DistributionUrl, &d.distribution_id),
                    Ok(url) if urls.contains(&url) => {
                        self.add(DescriptionRefusal::DuplicateUrl, &d.distribution_id);
                    }
                    Ok(url) => urls.push(url),
                }
            }
        }
    }

    //= SD-02, SD-20, SD-22, SD-23, SD-24
    fn purposes(&mut self, service: &Service) {
        let known: BTreeSet<_> = service
            .data_description
            .iter()
            .map(|d| &d.dataset_id)
            .collect();
        let mut seen = BTreeSet::new();
        for (basis, purpose) in purposes(service) {
            let id = &purpose.purpose_id;
            if !seen.insert(id) {
                self.add(DescriptionRefusal::DuplicatePurpose, id);
            }
            if purpose.required_datasets.is_empty() && purpose.optional_datasets.is_empty() {
                self.add(DescriptionRefusal::PurposeWithoutData, id);
            }
            let named = purpose
                .required_datasets
                .iter()
                .chain(&purpose.optional_datasets);
            for dataset in named.filter(|dataset| !known.contains(dataset)) {
                self.add(
                    DescriptionRefusal::UnknownDataset,
                    format!("{id}: {dataset}"),
                );
            }
            if basis != Basis::Consent && !purpose.optional_datasets.is_empty() {
                self.add(DescriptionRefusal::OptionalWithoutConsent, id);
            }
        }
    }

    //= SD-27
    fn notifications(&mut self, service: &Service) {
        let mut seen = BTreeSet::new();
        for notification in &service.notifications {
            let id = notification.id.as_str();
            if id.is_empty() || id.starts_with('-') || !seen.insert(id) {
                self.add(DescriptionRefusal::NotificationId, id);
            }
        }
    }

    fn languages(&mut self, service: &Service, policy: &Policy) {
        let id = &service.service_id;
        self.texts(&service.service_description.description, id, policy);
        for dataset in &service.data_description {
            self.texts(&dataset.description, &dataset.dataset_id, policy);
        }
        for (_, purpose) in purposes(service) {
            self.texts(&purpose.description, &purpose.purpose_id, policy);
        }
        for notification in &service.notifications {
            self.texts(&notification.description, &notification.id, policy);
        }
    }

    fn texts<T: InLanguage>(&mut self, texts: &Texts<T>, at: &impl fmt::Display, policy: &Policy) {
        for language in &policy.languages {
            if texts.get(*language).is_none() {
                self.add(
                    DescriptionRefusal::MissingLanguage,
                    format!("{at} ({language})"),
                );
            }
        }
    }
}

mydata_core::coded!(ref DescriptionError);
