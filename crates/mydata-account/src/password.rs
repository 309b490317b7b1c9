//! Passwords: what is taken, and how it is kept from the log.

use mydata_core::json;
use serde::{Deserialize, Deserializer};
use std::fmt;
use zeroize::Zeroizing;

/// A password as somebody typed it: wiped when it is dropped, and never printed, cloned or written.
///
/// 12 to 128 characters, of any script, spaces among them, and no rule of composition: length is
/// what counts (NIST SP 800-63B-4 section 3.1.1.2, which wants 8 beside a second factor and 15
/// without; 64 at least must be possible). Hashing it is the program's, with a slow and salted
/// function; the buffer of whoever read the request is not ours to wipe.
pub struct Password(Zeroizing<String>);

/// The fewest characters.
pub(crate) const SHORTEST: usize = 12;
/// The most: a longer one is a way to keep the hash busy.
pub(crate) const LONGEST: usize = 128;

impl Password {
    /// What was typed.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text itself: for the hash.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn length(&self) -> usize {
        self.0.chars().count()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(redacted)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, "a password", |text| Some(Self::new(text)))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Password {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Password".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "format": "password", "minLength": SHORTEST, "maxLength": LONGEST
        })
    }
}

/// The hash of a password, as the program's function writes it. It stays in the store: it is neither
/// printed nor exported, since who has it can guess at leisure.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Zeroizing<String>);

impl PasswordHash {
    /// What the hash function gave.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text: into the store, and for the comparison.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(redacted)")
    }
}
