//! How well a resident has been identified.

use crate::said::Said;
use std::fmt;

/// How well a resident has been identified; the later the better.
///
/// The words are those of eIDAS (Regulation 910/2014, Article 8), as Helsinki's `loa` has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever demands a level knows all of them"
)]
pub enum Assurance {
    /// The provider says nothing, or nothing that is known here.
    #[default]
    Unknown,
    /// A name and a password, an account elsewhere.
    Low,
    /// Strong identification.
    Substantial,
    /// Strong identification, with a document that was shown in person.
    High,
}

impl Assurance {
    /// All of them, the lowest first.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Low, Self::Substantial, Self::High];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Low => "low",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }

    /// The level of this word.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

impl fmt::Display for Assurance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which claim says how well a resident was identified, and what its words mean.
///
/// What is not listed means [`Assurance::Unknown`], the lowest. Where the claim is a list (`amr`, RFC 8176),
/// its best entry counts. Beware of Keycloak's `acr`: its words are mapped in the realm, and it can stay
/// raised for a whole session, so ask for a fresh `auth_time` as well
/// ([`at_least`](crate::VerifiedResident::at_least)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    claim: Box<str>,
    words: Vec<(Box<str>, Assurance)>,
}

impl Levels {
    /// Of this claim, with words and what they mean; of a word that stands twice the lower level.
    pub fn new<'w>(claim: &str, words: impl IntoIterator<Item = (&'w str, Assurance)>) -> Self {
        let words = words.into_iter();
        Self {
            claim: claim.into(),
            words: words.map(|(word, level)| (word.into(), level)).collect(),
        }
    }

    pub(crate) fn claim(&self) -> &str {
        &self.claim
    }

    pub(crate) fn of(&self, said: Option<&Said>) -> Assurance {
        let words = said.into_iter().flat_map(Said::texts);
        words
            .map(|word| self.of_word(word))
            .max()
            .unwrap_or_default()
    }

    fn of_word(&self, word: &str) -> Assurance {
        let meant = self.words.iter().filter(|(known, _)| **known == *word);
        meant.map(|(_, level)| *level).min().unwrap_or_default()
    }
}

impl Default for Levels {
    /// Helsinki's: the claim `loa`, whose words are the names of the levels.
    fn default() -> Self {
        Self::new("loa", Assurance::ALL.map(|level| (level.name(), level)))
    }
}
