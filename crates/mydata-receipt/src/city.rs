//! A city's register: what a receipt must say and no record or description does.
//!
//! A description of MyData 2.0 has no policy, no retention, no place of storage, no recipients and no
//! categories; a city keeps them here, in one JSON document of this crate's own form. What a signed
//! description does say goes before it.

use crate::category::{PiiCategory, PurposeCategory};
use crate::dpv::{PersonalDataTerm, ProcessingTerm, PurposeTerm};
use crate::receipt::{
    Address, Contact, Country, Email, Localized, Party, Phone, Recipient, Retention,
};
use mydata_core::id::{PurposeId, ServiceId};
use mydata_core::json::{self, JsonFault, Limits};
use mydata_core::web::WebLink;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The register. A member that this form does not know is refused, since it would be a slip of
/// somebody's pen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct City {
    /// Where a person sees and withdraws consents.
    pub consents: Place,
    /// What descriptions leave out about their providers, by business id.
    pub providers: BTreeMap<String, Provider>,
    /// Services.
    pub services: BTreeMap<ServiceId, ServiceEntry>,
    /// Kinds of data, by the identity of their schema (`@id`).
    pub datasets: BTreeMap<String, DatasetEntry>,
    /// To whom one complains, by country.
    pub authorities: BTreeMap<Country, Party>,
}

/// Where a person does something: on the web, and without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// On the web.
    pub url: WebLink,
    /// A simple way without it.
    pub otherwise: Localized,
}

/// What a description leaves out about its provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Its e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Its telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Its pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<WebLink>,
    /// Whom to ask about data protection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ServiceEntry {
    /// Policy and terms in force; the address goes on giving this text after it has changed.
    pub policy_url: WebLink,
    /// Where rights under the GDPR are exercised.
    pub rights: Place,
    /// Its purposes.
    #[serde(default)]
    pub purposes: BTreeMap<PurposeId, PurposeEntry>,
}

/// A purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PurposeEntry {
    /// As a term of DPV, where the description has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<PurposeTerm>,
    /// As a category of Kantara: its number.
    pub category: PurposeCategory,
    /// Whether the service cannot do its main work without it.
    pub is_primary: bool,
    /// What is done with the data.
    pub operations: Vec<ProcessingTerm>,
    /// To whom the controller gives the data further; an empty array says that it gives it to nobody.
    pub recipients: Vec<Recipient>,
    /// Where the data is kept.
    pub storage: Vec<Country>,
    /// For how long.
    pub retention: Retention,
}

/// A kind of data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DatasetEntry {
    /// As a term of DPV.
    pub personal_data: PersonalDataTerm,
    /// As a category of Kantara: its number.
    pub category: PiiCategory,
}

impl City {
    /// The bounds of a register: a large city's services and purposes.
    pub const LIMITS: Limits = Limits::new(4 << 20, 16, 16 * 1024, 1 << 18);

    /// Reads a register.
    ///
    /// # Errors
    /// [`JsonFault`], with the place: also for a term that DPV has not, a category without a number and
    /// a country that there is not.
    pub fn from_json(octets: &[u8]) -> Result<Self, JsonFault> {
        json::from_slice(octets, Self::LIMITS)
    }
}
