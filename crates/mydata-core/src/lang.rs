//! Text for people.
//!
//! [`Trilingual`] is for texts of our own: it has no constructor without Finnish, Swedish and
//! English, so a missing language does not compile. [`Texts`] is for what a service publishes:
//! any languages, at most one entry each.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A language, ISO 639-1: two lower-case letters (SD-09).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language([u8; 2]);

impl Language {
    /// Finnish.
    pub const FI: Self = Self(*b"fi");
    /// Swedish.
    pub const SV: Self = Self(*b"sv");
    /// English.
    pub const EN: Self = Self(*b"en");

    /// Two lower-case ASCII letters, or `None`.
    #[must_use]
    //= SD-09
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_lowercase)
            .then_some(Self(letters))
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::json::from_text(deserializer, "an ISO 639-1 language", Self::parse)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Language {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Language".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[a-z]{2}$" })
    }
}

/// Something that says which language it is in.
pub trait InLanguage {
    /// The language of this entry.
    fn language(&self) -> Language;
}

/// Entries in several languages: one or more, at most one per language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Texts<T>(Vec<T>);

impl<T: InLanguage> Texts<T> {
    /// From entries; `None` when there are none, or two in one language.
    #[must_use]
    pub fn new(entries: Vec<T>) -> Option<Self> {
        let mut seen: Vec<Language> = entries.iter().map(InLanguage::language).collect();
        seen.sort_unstable();
        let all = seen.len();
        seen.dedup();
        (all > 0 && seen.len() == all).then_some(Self(entries))
    }

    /// The entry in `language`, if there is one.
    #[must_use]
    pub fn get(&self, language: Language) -> Option<&T> {
        self.0.iter().find(|entry| entry.language() == language)
    }

    /// The entry in `wanted`, else the first.
    #[must_use]
    pub fn best(&self, wanted: Language) -> Option<&T> {
        self.get(wanted).or_else(|| self.0.first())
    }

    /// All entries, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<'de, T: InLanguage + Deserialize<'de>> Deserialize<'de> for Texts<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?)
            .ok_or_else(|| de::Error::custom("no language, or one twice"))
    }
}

/// One text of our own in Finnish, Swedish and English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a new language must break every place that has a text"
)]
pub struct Trilingual {
    /// suomeksi
    pub fi: &'static str,
    /// på svenska
    pub sv: &'static str,
    /// in English
    pub en: &'static str,
}

impl Trilingual {
    /// The text in `language`; English for any but Finnish and Swedish.
    #[must_use]
    pub fn get(&self, language: Language) -> &'static str {
        match language {
            Language::FI => self.fi,
            Language::SV => self.sv,
            _ => self.en,
        }
    }
}
