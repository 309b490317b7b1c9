//! For which addresses a token is good: the `aud` of a token (Data Transfer 2.0 §4.1, DT-49).
//!
//! The framework says "URL patterns" and gives no grammar. Ours (C54) is an exact address, or an
//! address that ends in `/*` and stands for everything below it. Both sides of a comparison are
//! canonical ([`ResourceUrl`]), so comparing octets compares resources.

use mydata_core::json;
use mydata_core::refusals;
use mydata_core::resource::ResourceUrl;
use mydata_record::resource_set::ResourceSet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

refusals! {
    /// Why a text is not an audience pattern, or patterns are not an audience.
    pub enum AudienceRefusal {
        Url = "audience_url": "the pattern is not a canonical https address",
        Wildcard = "audience_wildcard": "`*` stands anywhere but at the very end, after a `/`",
        Count = "audience_count": "there are no patterns, or more than 64",
        Duplicate = "audience_duplicate": "a pattern stands twice",
        TooLarge = "audience_too_large": "the patterns have more than 3072 characters together",
    }
}

/// One pattern: `https://h.example/data/tax`, or `https://h.example/data/*` for all that is below.
///
/// Invariant: canonical, and no `*` but the one at the end.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AudiencePattern(Box<str>);

impl AudiencePattern {
    /// Accepts the canonical spelling only.
    ///
    /// # Errors
    /// [`AudienceRefusal::Wildcard`] or [`AudienceRefusal::Url`].
    pub fn parse(text: &str) -> Result<Self, AudienceRefusal> {
        let address = match text.strip_suffix('*') {
            Some(below) if below.ends_with('/') => below,
            Some(_) => return Err(AudienceRefusal::Wildcard),
            None => text,
        };
        if address.contains('*') {
            return Err(AudienceRefusal::Wildcard);
        }
        ResourceUrl::parse(address).map_err(|_| AudienceRefusal::Url)?;
        Ok(Self(text.into()))
    }

    /// The pattern for exactly this address, in which there is never a `*`.
    #[must_use]
    pub fn exact(url: &ResourceUrl) -> Self {
        Self(url.as_str().into())
    }

    /// Whether `url` is the address, or is below it: scheme, host and port are equal, and the path
    /// goes on after the pattern's last `/`.
    #[must_use]
    pub fn matches(&self, url: &ResourceUrl) -> bool {
        match self.0.strip_suffix('*') {
            // The pattern has a `/` after its host and another, or the same, before the `*`: a
            // common beginning cannot end inside the host, the port or a segment.
            Some(below) => url.as_str().starts_with(below),
            None => url.as_str() == &*self.0,
        }
    }

    /// The pattern as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AudiencePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AudiencePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AudiencePattern({})", self.0)
    }
}

impl Serialize for AudiencePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AudiencePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, "an audience pattern", |text| {
            Self::parse(text).ok()
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for AudiencePattern {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AudiencePattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^https://[^*]+/(\\*|[^*]*)$",
            "description": "a canonical https address, or one that ends in /* for all that is below it"
        })
    }
}

/// The `aud` of a token: 1 to 64 patterns, none twice, 3072 characters together at the most, so
/// that a signed request around the token stays within 8 KiB. On the wire always an array; a lone
/// string, which RFC 7519 §4.1.3 would allow, is refused (C16).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<AudiencePattern>", into = "Vec<AudiencePattern>")]
pub struct Audience(Vec<AudiencePattern>);

impl Audience {
    /// From patterns, whose order is kept.
    ///
    /// # Errors
    /// [`AudienceRefusal`] for none, too many, too long ones, or one twice.
    pub fn new(patterns: Vec<AudiencePattern>) -> Result<Self, AudienceRefusal> {
        if !(1..=64).contains(&patterns.len()) {
            return Err(AudienceRefusal::Count);
        }
        if patterns.iter().map(|p| p.0.len()).sum::<usize>() > 3072 {
            return Err(AudienceRefusal::TooLarge);
        }
        let repeated = |(at, pattern)| patterns.iter().take(at).any(|earlier| earlier == pattern);
        if patterns.iter().enumerate().any(repeated) {
            return Err(AudienceRefusal::Duplicate);
        }
        Ok(Self(patterns))
    }

    /// Exactly the addresses at which the datasets of `set` are fetched (DT-49). An operator asks
    /// this before it makes a consent for which no token could be made.
    ///
    /// # Errors
    /// [`AudienceRefusal`]: no dataset is fetched, or there are too many addresses.
    //= DT-49
    pub fn of(set: &ResourceSet) -> Result<Self, AudienceRefusal> {
        let urls = set
            .datasets()
            .iter()
            .filter_map(|d| d.distribution_url.as_ref());
        Self::new(urls.map(AudiencePattern::exact).collect())
    }

    /// Whether a token with this audience is good at `url` (DT-42).
    #[must_use]
    //= DT-42
    pub fn allows(&self, url: &ResourceUrl) -> bool {
        self.0.iter().any(|pattern| pattern.matches(url))
    }

    /// All patterns, in their order; at least one.
    pub fn iter(&self) -> impl Iterator<Item = &AudiencePattern> {
        self.0.iter()
    }
}

impl TryFrom<Vec<AudiencePattern>> for Audience {
    type Error = AudienceRefusal;

    fn try_from(patterns: Vec<AudiencePattern>) -> Result<Self, AudienceRefusal> {
        Self::new(patterns)
    }
}

impl From<Audience> for Vec<AudiencePattern> {
    fn from(audience: Audience) -> Self {
        audience.0
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Audience {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Audience".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let pattern = generator.subschema_for::<AudiencePattern>();
        schemars::json_schema!({
            "type": "array", "minItems": 1, "maxItems": 64, "uniqueItems": true, "items": pattern
        })
    }
}
