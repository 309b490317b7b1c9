//! Who is who.

use super::place::Country;
use super::text::{Localized, filled};
use mydata_core::id::{DescriptionVersion, ServiceId, SurrogateId};
use mydata_core::json;
use mydata_core::web::WebLink;
use mydata_record::description::Issued;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An organisation: everything that one needs to write to it, ring it or sue it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Party {
    /// Its business id, or whatever its country's register has.
    #[serde(deserialize_with = "filled")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"\S")))]
    pub business_id: String,
    /// Its name.
    pub name: Localized,
    /// Its postal address.
    pub address: Address,
    /// Its e-mail address.
    pub email: Email,
    /// Its telephone.
    pub phone: Phone,
    /// Its pages.
    pub url: WebLink,
    /// Whom to ask about data protection.
    pub contact: Contact,
}

/// A postal address (schema.org `PostalAddress`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Address {
    /// Street and number, or a box; several lines are joined by a comma.
    #[serde(deserialize_with = "filled")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"\S")))]
    pub street: String,
    /// The postal code.
    #[serde(deserialize_with = "filled")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"\S")))]
    pub postal_code: String,
    /// The city.
    #[serde(deserialize_with = "filled")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"\S")))]
    pub city: String,
    /// The country.
    pub country: Country,
}

/// Whom to ask: a role, not a person (a name would be out of date within a year).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Contact {
    /// The role: "data protection officer".
    pub role: Localized,
    /// The e-mail address of the role.
    pub email: Email,
}

/// A service that takes part, with whoever answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Controller {
    /// The data controller.
    pub party: Party,
    /// The service.
    pub service: ServiceRef,
    /// The person towards this service: a pseudonym, and another one towards every other service.
    pub surrogate_id: SurrogateId,
    /// Policy and terms in force at issue.
    pub policy_url: WebLink,
}

/// A service by the description that was in force.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceRef {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub title: Localized,
    /// The version of its description that the texts of the receipt are from (FW-27).
    pub version: DescriptionVersion,
    /// When that description was made: free form (C06).
    pub issued: Issued,
}

/// Types that are a checked text.
macro_rules! text {
    ($($name:ident, $expected:literal, $pattern:literal;)+) => {$(
        impl $name {
            /// As it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                json::from_text(deserializer, $expected, Self::parse)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    )+};
}

/// A telephone number of any country: a plus and 5 to 15 digits (ITU-T E.164).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(Box<str>);

/// The e-mail address of an organisation: letters, digits and `._+-'` before an `@`, a domain after it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(Box<str>);

text! {
    Phone, "a telephone number with its country", "^\\+[1-9][0-9]{4,14}$";
    Email, "an e-mail address", "^[A-Za-z0-9._+'-]+@[A-Za-z0-9.-]+$";
}

impl Phone {
    /// Reads a global number as people write it, `+358 9 310 1691`, or as RFC 3966 does,
    /// `tel:+358-9-310-1691`; `None` without a country, since nobody could ring it from abroad.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.strip_prefix("tel:").unwrap_or(text);
        let kept = |c: &char| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}');
        let number: String = number.chars().filter(kept).collect();
        let digits = number.strip_prefix('+')?;
        let is_number = (5..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| Self(number.into()))
    }

    /// As a URI (RFC 3966).
    #[must_use]
    pub fn to_uri(&self) -> String {
        ["tel:", &self.0].concat()
    }
}

impl Email {
    /// Checks; `None` for what cannot be an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.split_once('@')?;
        // What stands in `mailto:` as it is: the address of an organisation is plain.
        let is_part = |part: &str, more: &[u8]| {
            let of_part = |b: u8| b.is_ascii_alphanumeric() || more.contains(&b);
            !part.is_empty() && part.bytes().all(of_part)
        };
        (text.len() <= 254 && is_part(local, b"._+-'") && is_part(domain, b".-"))
            .then(|| Self(text.into()))
    }
}
