//! Datasets and their distributions (Service Descriptions 2.0 §2.2, table 4).

use mydata_core::id::{DatasetId, DistributionId};
use mydata_core::lang::{InLanguage, Language, Texts};
use serde::{Deserialize, Serialize};

/// A dataset that a service processes or provides.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
    /// Unique in the description.
    pub dataset_id: DatasetId,
    /// What it is, by language.
    pub description: Texts<DatasetText>,
    /// What kind of data it is: two services mean the same kind by the same `@id` (SD-22).
    pub dataset_schema: DatasetSchema,
    /// Where the schema is described.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Where it is fetched; none for data that stays in the service (SD-17).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    //= SD-17
    pub distribution: Vec<Distribution>,
    /// Our extension members.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "x_mydata")]
    pub extension: Option<DataExtension>,
}

/// What a dataset is, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DatasetText {
    /// The language.
    pub language: Language,
    /// A name.
    pub title: String,
    /// A sentence or two.
    pub description: String,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty", alias = "keywords")]
    pub keyword: Vec<String>,
}

impl InLanguage for DatasetText {
    fn language(&self) -> Language {
        self.language
    }
}

/// The kind of data (SD-18).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
//= SD-18
pub struct DatasetSchema {
    /// A JSON-LD context.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "@context")]
    pub context: Option<String>,
    /// A type.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "@type")]
    pub kind: Option<String>,
    /// The identity of the schema.
    #[serde(rename = "@id")]
    pub id: String,
}

/// A way to fetch a dataset (SD-19).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
//= SD-16, SD-19
pub struct Distribution {
    /// Unique in the description.
    pub distribution_id: DistributionId,
    /// The address, or a path on the service's domain (C44).
    #[serde(alias = "accessURL")]
    pub access_url: String,
    /// The media type.
    pub format: String,
}

/// How sensitive a dataset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Category {
    /// Ordinary personal data.
    #[default]
    Ordinary,
    /// Confidential by law.
    Confidential,
    /// A special category (GDPR Art. 9).
    Special,
}

/// What we add to a dataset (decision D13).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DataExtension {
    /// How sensitive it is.
    #[serde(default)]
    pub category: Category,
    /// How often it changes, in free words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<String>,
}
