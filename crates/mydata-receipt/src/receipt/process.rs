//! What for, and which data.

use super::place::Country;
use super::several;
use super::text::Localized;
use crate::category::{PiiCategory, PurposeCategory};
use crate::dpv::{LegalBasisTerm, PersonalDataTerm, ProcessingTerm, PurposeTerm};
use mydata_core::id::{DatasetId, PurposeId};
use mydata_record::description::Category;
use serde::{Deserialize, Serialize};

/// Processing for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Process {
    /// The purpose, as the service's description names it.
    pub purpose_id: PurposeId,
    /// Its name.
    pub title: Localized,
    /// What happens, and what happens if one says no.
    pub description: Localized,
    /// The purpose as a term of DPV.
    pub purpose: PurposeTerm,
    /// The purpose as a category of Kantara.
    pub category: PurposeCategory,
    /// Whether the service cannot do its main work without it.
    pub is_primary: bool,
    /// The articles of the GDPR that permit it, as DPV names them; at least one.
    #[serde(deserialize_with = "several::read")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub legal_basis: Vec<LegalBasisTerm>,
    /// The data; at least one.
    #[serde(deserialize_with = "several::read")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub data: Vec<DataItem>,
    /// Data that was asked for and that the person left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<DataItem>,
    /// What is done with the data; at least one.
    #[serde(deserialize_with = "several::read")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub operations: Vec<ProcessingTerm>,
    /// To whom the controller gives the data further; none means to nobody.
    pub recipients: Vec<Recipient>,
    /// Where it is kept; at least one.
    #[serde(deserialize_with = "several::read")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub storage: Vec<Country>,
    /// For how long.
    pub retention: Retention,
}

/// One kind of data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DataItem {
    /// The dataset, as whoever gives it names it.
    pub dataset_id: DatasetId,
    /// Its name.
    pub title: Localized,
    /// What it is.
    pub description: Localized,
    /// Whether the purpose can do without.
    pub necessity: Necessity,
    /// How sensitive it is.
    pub sensitivity: Category,
    /// What it is, as a term of DPV.
    pub personal_data: PersonalDataTerm,
    /// What it is, as a category of Kantara.
    pub category: PiiCategory,
}

/// Whether a purpose can do without some data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "it can, or it cannot")]
pub enum Necessity {
    /// It cannot.
    Required,
    /// It can: the person could leave it out.
    Optional,
}

/// Somebody to whom the controller gives the data further.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recipient {
    /// Who.
    pub name: Localized,
    /// Where; another country than the controller's changes whose law applies.
    pub country: Country,
}

/// For how long data is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Retention {
    /// The rule, in words.
    pub rule: Localized,
    /// At the most so many days after the end; none when the rule names no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}
