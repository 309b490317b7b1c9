//! The receipt of Kantara, typed.

use super::extension::Extension;
use crate::category::{PiiCategory, PurposeCategory};
use crate::kantara::list;
use mydata_core::json::{self, JsonFault};
use mydata_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A consent receipt (Kantara 1.1 §4), in the order of the specification. It holds what a document
/// without errors can say, also one by somebody else: texts are as they stand there.
///
/// `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// `KI-CR-v1.1.0` (§4.3.1).
    pub version: String,
    /// Whose law applies: countries, with spaces between them (§4.3.2).
    pub jurisdiction: String,
    /// When consent was given, in seconds (§4.3.3).
    pub consent_timestamp: Timestamp,
    /// How (§4.3.4).
    pub collection_method: String,
    /// Unique; a UUID of version 4 (§4.3.5).
    #[serde(rename = "consentReceiptID")]
    pub consent_receipt_id: String,
    /// The controller's public key, in no particular form (§4.3.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The language in which consent was obtained (§4.3.7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The person; of ours the pseudonym towards whoever uses the data (§4.4.1).
    pub pii_principal_id: String,
    /// Who collects, then all others (§4.4.2).
    pub pii_controllers: Vec<PiiController>,
    /// Policy and terms in force (§4.4.10).
    pub policy_url: String,
    /// The services (§4.5.1).
    pub services: Vec<Service>,
    /// Whether any of the data is sensitive; of ours, of a special category (§4.5.12).
    pub sensitive: bool,
    /// The categories of the data that is (§4.5.13).
    pub spi_cat: Vec<String>,
    /// What we add.
    #[serde(rename = "x_mydata", default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
}

/// A controller, or a processor that acts for one (§4.4.3 to §4.4.9).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PiiController {
    /// The name.
    pub pii_controller: String,
    /// Whether it acts for a controller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf: Option<bool>,
    /// Whom to ask.
    pub contact: String,
    /// The postal address.
    pub address: PostalAddress,
    /// The e-mail address.
    pub email: String,
    /// The telephone, a `tel:` URI (RFC 3966).
    pub phone: String,
    /// The pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pii_controller_url: Option<String>,
}

/// A postal address, as schema.org has it; at least one member is there.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PostalAddress {
    /// `PostalAddress`, where an emitter says so.
    #[serde(rename = "@type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Street and number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// A box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_office_box_number: Option<String>,
    /// The postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_locality: Option<String>,
    /// The region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_region: Option<String>,
    /// The country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_country: Option<String>,
}

/// A service (§4.5.2).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// The name.
    pub service: String,
    /// What for.
    pub purposes: Vec<Purpose>,
}

/// A purpose of a service (§4.5.3 to §4.5.11).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Purpose {
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// As categories, `N - Label`.
    pub purpose_category: Vec<String>,
    /// `EXPLICIT`, or another type with a description of the method; of ours `AFFIRMATIVE`, where the act
    /// was not about this consent alone.
    pub consent_type: String,
    /// The data as categories, `N - Label`.
    pub pii_category: Vec<String>,
    /// Whether it is part of the core service; of ours only for whoever uses the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_purpose: Option<bool>,
    /// When and how it ends.
    pub termination: String,
    /// Whether data is disclosed to somebody else.
    pub third_party_disclosure: bool,
    /// To whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub third_party_name: Option<String>,
}

impl Document {
    /// The octets of the document: JSON, without white space, members in the order of the
    /// specification.
    ///
    /// # Errors
    /// [`JsonFault`] never, as far as is known: there is nothing in it that JSON cannot say.
    pub fn to_json(&self) -> Result<Vec<u8>, JsonFault> {
        json::to_vec(self)
    }

    /// The sensitive categories that are on the list.
    pub fn sensitive_categories(&self) -> impl Iterator<Item = PiiCategory> {
        self.spi_cat.iter().filter_map(|text| list::pii(text))
    }
}

impl Purpose {
    /// The categories of the purpose that are on the list.
    pub fn purpose_categories(&self) -> impl Iterator<Item = PurposeCategory> {
        self.purpose_category
            .iter()
            .filter_map(|text| list::purpose(text))
    }

    /// The categories of the data that are on the list.
    pub fn pii_categories(&self) -> impl Iterator<Item = PiiCategory> {
        self.pii_category.iter().filter_map(|text| list::pii(text))
    }
}

/// `Debug` that names the type and shows nothing of what somebody wrote.
macro_rules! silent {
    ($($name:ident)+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

silent!(Document PiiController PostalAddress Service Purpose);
