//! Purposes by legal basis, and notifications (Service Descriptions 2.0 §2.3 and §2.5).

use mydata_core::id::{DatasetId, PurposeId, ServiceId};
use mydata_core::lang::{InLanguage, Language, Texts, Trilingual};
use serde::{Deserialize, Serialize};

/// The legal basis of a processing (GDPR Art. 6(1)); `LegalObligation` is our extension. Its name is
/// that of the member of `processingBases`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "the law closes the set")]
pub enum Basis {
    /// (a) consent
    Consent,
    /// (b) contract
    Contract,
    /// (c) legal obligation
    LegalObligation,
    /// (d) vital interests
    VitalInterest,
    /// (e) public interest or official authority
    PublicInterest,
    /// (f) legitimate interests
    LegitimateInterest,
}

impl Basis {
    /// Every basis.
    pub const ALL: [Self; 6] = [
        Self::Consent,
        Self::Contract,
        Self::LegalObligation,
        Self::VitalInterest,
        Self::PublicInterest,
        Self::LegitimateInterest,
    ];

    /// Whether a person may object to processing on this basis: consent is withdrawn and a contract
    /// ended instead (C36), and a legal obligation leaves the service no choice (decision D33, GDPR
    /// Art. 21(1)).
    #[must_use]
    pub const fn is_objectionable(self) -> bool {
        match self {
            Self::PublicInterest | Self::LegitimateInterest | Self::VitalInterest => true,
            Self::Consent | Self::Contract | Self::LegalObligation => false,
        }
    }

    /// The basis in a resident's words.
    #[must_use]
    pub const fn label(self) -> Trilingual {
        let (fi, sv, en) = match self {
            Self::Consent => ("suostumus", "samtycke", "consent"),
            Self::Contract => ("sopimus", "avtal", "contract"),
            Self::LegalObligation => (
                "lakisääteinen velvoite",
                "rättslig förpliktelse",
                "legal obligation",
            ),
            Self::VitalInterest => (
                "elintärkeiden etujen suojaaminen",
                "skydd av intressen av grundläggande betydelse",
                "vital interest",
            ),
            Self::PublicInterest => (
                "yleistä etua koskeva tehtävä tai julkinen valta",
                "uppgift av allmänt intresse eller myndighetsutövning",
                "public interest",
            ),
            Self::LegitimateInterest => (
                "oikeutettu etu",
                "berättigat intresse",
                "legitimate interest",
            ),
        };
        Trilingual { fi, sv, en }
    }
}

/// Purposes by the framework's five bases (SD-06, C25). A basis that is not one of these is
/// refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
//= SD-06
pub struct ProcessingBases {
    /// Contract.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contract: Vec<Purpose>,
    /// Consent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consent: Vec<Purpose>,
    /// Public interest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_interest: Vec<Purpose>,
    /// Legitimate interest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legitimate_interest: Vec<Purpose>,
    /// Vital interest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vital_interest: Vec<Purpose>,
}

/// A purpose with the data that it needs (table 5).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Purpose {
    /// Unique in the description, across all bases (SD-23).
    pub purpose_id: PurposeId,
    /// What it is, by language.
    pub description: Texts<PurposeText>,
    /// Datasets of this description without which the purpose cannot work (SD-25).
    #[serde(default)]
    pub required_datasets: Vec<DatasetId>,
    /// Datasets that the person may leave out; under consent only (SD-24).
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        alias = "optionaldDatasets"
    )]
    pub optional_datasets: Vec<DatasetId>,
    /// Our extension members.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "x_mydata")]
    pub extension: Option<PurposeExtension>,
}

/// What a purpose is, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PurposeText {
    /// The language.
    pub language: Language,
    /// A name.
    pub title: String,
    /// What happens, and what happens if one says no.
    pub description: String,
    /// More to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description_url: Option<String>,
    /// An icon.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "iconUlr")]
    pub icon_url: Option<String>,
}

impl InLanguage for PurposeText {
    fn language(&self) -> Language {
        self.language
    }
}

/// Who must say yes before a purpose is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Activation {
    /// The person whose data it is.
    DataSubjectActivates,
    /// Any one of those who may act.
    AnyActivatorActivates,
    /// All of those who may act.
    AllActivatorsActivate,
    /// Nobody is asked.
    AutomaticallyActivated,
}

/// What we add to a purpose (decision D13).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PurposeExtension {
    /// The purpose as a term of DPV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Articles of the GDPR, as DPV names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gdpr: Vec<String>,
    /// Who must say yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
    /// For how many days at the most a consent may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_days: Option<u32>,
    /// The only sources that the purpose may draw on; none means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<ServiceId>>,
    /// A note to colleagues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Something that one can subscribe to (table 6).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotificationType {
    /// Unique in the description; never begins with `-`, which cancels (SD-27, NT-08).
    pub id: String,
    /// What it is, by language.
    pub description: Texts<NotificationText>,
}

/// What a notification is, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NotificationText {
    /// The language.
    pub language: Language,
    /// A name.
    pub name: String,
    /// A sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_description: Option<String>,
    /// A paragraph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long_description: Option<String>,
    /// More to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl InLanguage for NotificationText {
    fn language(&self) -> Language {
        self.language
    }
}
