//! Who is who.

use super::Many;
use crate::receipt::Localized;
use serde::{Deserialize, Serialize};

nodes! {
    /// A party.
    PartyNode {
        /// What the records call it.
        #[serde(rename = "@id")]
        id: String,
        /// Its id in a register; of the person the pseudonym.
        party_id: String,
        /// The same for readers of Dublin Core.
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<String>,
        /// Its name; a person has none here.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_name: Option<Localized>,
        /// Its postal address.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_address: Option<AddressNode>,
        /// Its e-mail address.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_email: Option<String>,
        /// Its pages.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_url: Option<String>,
        /// Its telephone, a `tel:` URI.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_phone: Option<String>,
        /// What it does here.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        party_role: Many<String>,
        /// Whom to ask.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_contact: Option<ContactNode>,
        /// What it is.
        party_type: Vec<String>,
    }
    /// A postal address.
    AddressNode {
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// Street and number.
        #[serde(skip_serializing_if = "Option::is_none")]
        street_address: Option<String>,
        /// The postal code.
        #[serde(skip_serializing_if = "Option::is_none")]
        postal_code: Option<String>,
        /// The city.
        #[serde(skip_serializing_if = "Option::is_none")]
        address_locality: Option<String>,
        /// The country, ISO 3166-1 alpha-2.
        #[serde(skip_serializing_if = "Option::is_none")]
        address_country: Option<String>,
    }
    /// Whom to ask.
    ContactNode {
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// The role.
        #[serde(skip_serializing_if = "Option::is_none")]
        contact_type: Option<Localized>,
        /// The e-mail address of the role.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_email: Option<String>,
    }
}
