//! The contract locker: which contracts a person has with a service, as links to them (Framework
//! 2.0 §7).
//!
//! The framework has a profile of that name and no function behind it, so this is storage: nothing
//! is permitted, refused or sent because a contract is filed.

use crate::rejection::Refusal;
use mydata_core::crypto::Sha256;
use mydata_core::id::{ContractId, ContractVersion, LinkId, ServiceId};
use mydata_core::lang::{InLanguage, Language, Texts};
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One version of a contract, as it is filed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ContractFiling {
    /// The contract: the service's name for it.
    pub id: ContractId,
    /// The link under which it is filed.
    pub link_id: LinkId,
    /// What it is called, by language.
    pub title: Texts<ContractTitle>,
    /// Where it can be read.
    pub url: ResourceUrl,
    /// Which version.
    pub version: ContractVersion,
    /// SHA-256 of the octets at the address, when whoever files it knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// From when it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// Until when it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// What a contract is called, in one language: 1 to 200 octets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ContractTitle {
    /// The language.
    pub language: Language,
    /// The title.
    pub title: String,
}

impl InLanguage for ContractTitle {
    fn language(&self) -> Language {
        self.language
    }
}

/// One version of a contract in the locker.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ContractEntry {
    /// The service, as the link names it.
    pub service_id: ServiceId,
    /// What was filed.
    pub filing: ContractFiling,
    /// When it was filed.
    pub iat: Timestamp,
}

/// A contract with its history; nothing in it is ever deleted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Contract {
    first: ContractEntry,
    later: Vec<ContractEntry>,
    ended: Option<Timestamp>,
}

impl Contract {
    pub(crate) const fn new(first: ContractEntry) -> Self {
        Self {
            first,
            later: Vec::new(),
            ended: None,
        }
    }

    pub(crate) fn supersede(&mut self, entry: ContractEntry) {
        self.later.push(entry);
    }

    pub(crate) const fn end(&mut self, at: Timestamp) {
        self.ended = Some(at);
    }

    /// The version filed last: it supersedes those before it.
    #[must_use]
    pub fn current(&self) -> &ContractEntry {
        self.later.last().unwrap_or(&self.first)
    }

    /// All versions, oldest first.
    pub fn history(&self) -> impl DoubleEndedIterator<Item = &ContractEntry> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// When it was ended, if somebody has ended it.
    #[must_use]
    pub const fn ended(&self) -> Option<Timestamp> {
        self.ended
    }
}

impl ContractFiling {
    /// What can be said of it without an account.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let is_title = |text: &ContractTitle| (1..=200).contains(&text.title.len());
        if !self.title.iter().all(is_title) {
            return Err(Refusal::ContractTitle);
        }
        match (self.valid_from, self.valid_until) {
            (Some(from), Some(until)) if from >= until => Err(Refusal::ContractValidity),
            _ => Ok(()),
        }
    }
}
