//! When a description was made: the one time of the framework that has no fixed form (C06).

use mydata_core::time::Timestamp;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// When a description was made: whole seconds of UTC, as every other time of the framework, or text
/// as its author wrote it, which nobody reads as a time (C06).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the two forms that the documents have"
)]
pub enum Issued {
    /// A NumericDate: an integer on the wire. What we write ourselves.
    At(Timestamp),
    /// Free form: a string on the wire.
    Text(String),
}

impl Serialize for Issued {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::At(time) => time.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Issued {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Issued;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time in seconds, or text")
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Issued, E> {
                let time = Timestamp::from_seconds(seconds);
                let time = time.ok_or_else(|| E::custom("a time after the year 9999"))?;
                Ok(Issued::At(time))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Issued, E> {
                Ok(Issued::Text(text.to_owned()))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Issued {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Issued".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let time = generator.subschema_for::<Timestamp>();
        schemars::json_schema!({
            "description": "When the description was made: whole seconds of UTC, or text in a free form",
            "anyOf": [time, { "type": "string" }]
        })
    }
}
