//! The service description document.

use super::data::Dataset;
use super::issued::Issued;
use super::purpose::{NotificationType, ProcessingBases, Purpose};
use mydata_core::id::{DescriptionVersion, ServiceId};
use mydata_core::json::Limits;
use mydata_core::jws::Payload;
use mydata_core::lang::{InLanguage, Language, Texts};
use mydata_core::party::{Party, SignerRule};
use mydata_core::resource::Origin;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A service description (Service Descriptions 2.0 §2.1, table 1), not yet checked.
///
/// Members are written as in the tables; the spellings of the published API files are read too
/// (C25).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Unique in the registry (SD-05).
    pub service_id: ServiceId,
    /// What the service is.
    pub service_description: About,
    /// The datasets that it processes or provides (SD-15).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_description: Vec<Dataset>,
    /// Why it processes them, by legal basis (SD-06).
    #[serde(default, alias = "processing_bases")]
    pub processing_bases: ProcessingBases,
    /// What one can subscribe to (SD-26).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notifications: Vec<NotificationType>,
    /// When the description was made (SD-07).
    #[serde(alias = "createdOnDate")]
    pub issued: Issued,
    /// Who made it, as the registry names them: published, so never a person's name (SD-07).
    pub created_by_user_id: String,
    /// Our extension members.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "x_mydata")]
    pub extension: Option<ServiceExtension>,
}

/// What we add to a service description (decision D13).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServiceExtension {
    /// Purposes whose basis is a legal obligation (GDPR Art. 6(1)(c)), which the framework's five
    /// bases leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legal_obligation: Vec<Purpose>,
}

/// The member `serviceDescription` (table 2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The data controller.
    pub service_provider: Provider,
    /// A short name.
    pub service_description_title: String,
    /// An icon.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        rename = "serviceIconURL"
    )]
    pub service_icon_url: Option<String>,
    /// What the service does, by language.
    pub description: Texts<ServiceText>,
    /// The version: changes whenever anything else does (FW-11).
    pub service_description_version: DescriptionVersion,
    /// The use cases that the service supports (SD-08, C26).
    #[serde(default)]
    pub supported_profiles: Vec<Profile>,
    /// Services that it may exchange data with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compatible_services: Vec<ServiceId>,
    /// Its certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert: Option<Certificate>,
    /// Where it is reached.
    pub service_urls: ServiceUrls,
}

/// The data controller (table 3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
//= SD-04, SD-12
pub struct Provider {
    /// The business id.
    #[serde(alias = "businessID")]
    pub business_id: String,
    /// The name.
    pub name: String,
    /// Street address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address1: Option<String>,
    /// Street address, second line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address2: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// E-mail address.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        alias = "contactEmail"
    )]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "contactTel")]
    pub telephone: Option<String>,
    /// Whose law applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// Our extension members.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "x_mydata")]
    pub extension: Option<ProviderExtension>,
}

/// What we add to a provider (decision D13): a city has a name in each of its languages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProviderExtension {
    /// The name, by language.
    pub names: BTreeMap<Language, String>,
    /// The number of the municipality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub municipality: Option<String>,
}

impl Provider {
    /// The name in `language`, else the name.
    #[must_use]
    pub fn name_in(&self, language: Language) -> &str {
        let names = self.extension.as_ref().map(|extension| &extension.names);
        names
            .and_then(|names| names.get(&language))
            .unwrap_or(&self.name)
    }
}

impl About {
    /// The title in `language`, else the title.
    #[must_use]
    pub fn title_in(&self, language: Language) -> &str {
        let text = self
            .description
            .get(language)
            .and_then(|text| text.extension.as_ref());
        text.map_or(&self.service_description_title, |extension| {
            &extension.title
        })
    }
}

/// What the service does, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServiceText {
    /// The language.
    pub language: Language,
    /// The text.
    pub human_readable_description: String,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Our extension members.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "x_mydata")]
    pub extension: Option<ServiceTextExtension>,
}

/// What we add to the text in one language (decision D13): the framework's title has no language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceTextExtension {
    /// The name of the service in this language.
    pub title: String,
}

impl InLanguage for ServiceText {
    fn language(&self) -> Language {
        self.language
    }
}

/// A use case of the framework (SD-08).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the framework closes the set")]
//= SD-08
pub enum Profile {
    /// Contracts; without functions in this version (FW-24).
    Contract,
    /// Consents within the service.
    #[serde(alias = "cconsenting")]
    Consenting,
    /// Giving data to, or using data of, another service.
    #[serde(rename = "3rd party re-use")]
    ThirdPartyReuse,
    /// Notifications.
    Notification,
    /// Objections.
    Objection,
}

/// `cert` (SD-10).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Certificate {
    /// The URL of an X.509 certificate. Never fetched by this library.
    pub x5u: String,
}

/// `serviceUrls` (SD-11); the members that are paths are joined to `domain`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
//= SD-01, SD-04, SD-11
pub struct ServiceUrls {
    /// The service itself.
    pub domain: Origin,
    /// Its MyData endpoints.
    pub library_domain: Origin,
    /// Where linking begins.
    pub linking_uri: String,
    /// Where the person returns to.
    pub linking_redirect_uri: String,
    /// Where objections go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objection_uri: Option<String>,
    /// Where subscriptions go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_uri: Option<String>,
}

/// A description may be signed by its service (SD-13, SD-14).
impl Payload for Service {
    const TYP: &'static str = "mydata-service+json";
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Service]);
    const LIMITS: Limits = Limits::MESSAGE;
    type Hint = ServiceId;

    fn hint(&self) -> &ServiceId {
        &self.service_id
    }
}
