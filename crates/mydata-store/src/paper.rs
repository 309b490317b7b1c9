//! Small documents beside the accounts: wrapped keys, the person's details, usernames, jobs, parked
//! messages.

use mydata::core::id::AccountId;
use std::fmt;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new kind must decide whether it is erased"
)]
pub enum Shelf {
    /// Wrapped keys.
    Key,
    /// How far a job has come.
    Job,
    /// Messages that a service has refused.
    Parked,
    /// The person's details.
    Person,
    /// Who has a username.
    Username,
}

impl Shelf {
    /// Every shelf.
    pub const ALL: [Self; 5] = [
        Self::Key,
        Self::Job,
        Self::Parked,
        Self::Person,
        Self::Username,
    ];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Job => "job",
            Self::Parked => "parked",
            Self::Person => "person",
            Self::Username => "username",
        }
    }
}

/// The name of a document: 1 to 512 octets.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaperName {
    shelf: Shelf,
    name: Box<str>,
}

impl PaperName {
    /// `None` for a name that is empty or too long.
    #[must_use]
    pub fn new(shelf: Shelf, name: &str) -> Option<Self> {
        let fits = (1..=512).contains(&name.len()) && !name.contains('\0');
        fits.then(|| Self {
            shelf,
            name: name.into(),
        })
    }

    /// The shelf.
    #[must_use]
    pub const fn shelf(&self) -> Shelf {
        self.shelf
    }

    /// The name on it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for PaperName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PaperName({})", self.shelf.name())
    }
}

/// A document.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Paper {
    /// The account with which it is erased.
    pub account: Option<AccountId>,
    /// What it says.
    pub octets: Vec<u8>,
}

impl fmt::Debug for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Paper({} octets)", self.octets.len())
    }
}

/// How often a document was written; zero before the first time.
pub type Revision = u64;
