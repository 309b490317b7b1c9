//! Terms of the Data Privacy Vocabulary, each held against the list that was made from it.
//!
//! `terms.txt` says which terms DPV 2.3 has and of what kind each is; `tests/linked-data/vocabulary.py`
//! makes it. A term that is not in it can be neither read nor written.

use mydata_core::json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

/// The version of the vocabulary.
pub const VERSION: &str = "2.3";

/// The list as it was made.
pub const TERMS: &str = include_str!("dpv/terms.txt");

/// The namespaces that the list uses, by prefix.
pub const NAMESPACES: [(&str, &str); 4] = [
    ("dpv", "https://w3id.org/dpv#"),
    ("eu-gdpr", "https://w3id.org/dpv/legal/eu/gdpr#"),
    ("loc", "https://w3id.org/dpv/loc#"),
    ("pd", "https://w3id.org/dpv/pd#"),
];

/// What a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the two that a vocabulary has")]
pub enum Kind {
    /// A class, and the class of which it is an instance; `-` when it is none.
    Class(&'static str),
    /// A property, and the class to which it points; `-` when DPV names none.
    Property(&'static str),
}

static KINDS: LazyLock<HashMap<&'static str, Kind>> = LazyLock::new(|| {
    let term = |line: &'static str| {
        let mut words = line.split(' ');
        let (what, of, term) = (words.next()?, words.next()?, words.next()?);
        let kind = match what {
            "CLASS" => Kind::Class(of),
            "PROPERTY" => Kind::Property(of),
            _ => return None,
        };
        Some((term, kind))
    };
    TERMS.lines().filter_map(term).collect()
});

/// What `term` is, `dpv:Marketing`; `None` when DPV has no such term.
#[must_use]
pub fn kind(term: &str) -> Option<Kind> {
    KINDS.get(term).copied()
}

macro_rules! terms {
    ($($(#[$meta:meta])* $name:ident, $class:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// Reads a term by its prefix and name; `None` when DPV has no such term of this kind.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                (kind(text) == Some(Kind::Class($class))).then(|| Self(text.into()))
            }

            /// The prefix and the name.
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
                json::from_text(deserializer, concat!("a term of DPV: ", $class), Self::parse)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string", "pattern": "^(dpv|pd|eu-gdpr):[A-Za-z0-9-]+$",
                    "description": concat!("A term of DPV 2.3: ", $class)
                })
            }
        }
    )+};
}

terms! {
    /// Why data is processed: `dpv:RequestedServiceProvision`.
    PurposeTerm, "Purpose";
    /// What data it is: `pd:Preference`.
    PersonalDataTerm, "PersonalData";
    /// What permits it: `eu-gdpr:A6-1-a`.
    LegalBasisTerm, "LegalBasis";
    /// A right of the person: `eu-gdpr:A15`.
    RightTerm, "Right";
    /// What is done with data: `dpv:Collect`.
    ProcessingTerm, "Processing";
}
