//! A text as it stood at issue, in every language that it had then.

use mydata_core::json;
use mydata_core::lang::{Language, Trilingual};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::collections::BTreeMap;

/// One text in one or more languages, none of them empty. In JSON an object from language to text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Localized(BTreeMap<Language, String>);

impl Localized {
    /// From texts by language; `None` when there is none, or one is blank.
    #[must_use]
    pub fn new(texts: BTreeMap<Language, String>) -> Option<Self> {
        let is_blank = |text: &String| text.trim().is_empty();
        (!texts.is_empty() && !texts.values().any(is_blank)).then_some(Self(texts))
    }

    /// The text in `language`, if it has one.
    #[must_use]
    pub fn get(&self, language: Language) -> Option<&str> {
        self.0.get(&language).map(String::as_str)
    }

    /// The text in `wanted`, else in `told`, else in the first language that it has; and which.
    #[must_use]
    pub fn best(&self, wanted: Language, told: Language) -> (Language, &str) {
        let of = |language| self.get(language).map(|text| (language, text));
        let first = || self.iter().next();
        of(wanted)
            .or_else(|| of(told))
            .or_else(first)
            .unwrap_or((told, ""))
    }

    /// All languages with their texts, in the order of the languages.
    pub fn iter(&self) -> impl Iterator<Item = (Language, &str)> {
        self.0
            .iter()
            .map(|(language, text)| (*language, text.as_str()))
    }
}

/// Reads a text that is not blank.
pub(super) fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    json::from_text(deserializer, "a text", |text| {
        (!text.trim().is_empty()).then(|| text.to_owned())
    })
}

impl From<Trilingual> for Localized {
    fn from(text: Trilingual) -> Self {
        let of = |language, text: &str| (language, text.to_owned());
        Self(BTreeMap::from([
            of(Language::FI, text.fi),
            of(Language::SV, text.sv),
            of(Language::EN, text.en),
        ]))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Localized {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Localized".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object", "minProperties": 1, "additionalProperties": false,
            "patternProperties": { "^[a-z]{2}$": { "type": "string", "pattern": "\\S" } }
        })
    }
}

impl<'de> Deserialize<'de> for Localized {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = BTreeMap::deserialize(deserializer)?;
        Self::new(texts).ok_or_else(|| de::Error::custom("no language, or a blank text"))
    }
}
