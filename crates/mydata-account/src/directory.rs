//! Which usernames are taken.

use crate::personal::Username;
use mydata_core::id::AccountId;
use mydata_core::refusals;
use std::collections::BTreeMap;
use std::fmt;

refusals! {
    /// Why a username cannot be had.
    pub enum DirectoryRefusal {
        UsernameTaken = "username_taken": "the username is taken",
    }
}

/// The usernames of one operator, each with its account. An index, to be rebuilt from the profiles:
/// that no two are stored at once is the store's to hold (D30).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Directory {
    /// By the username in lower case.
    taken: BTreeMap<Box<str>, AccountId>,
}

/// A username that was free: made by [`Directory::claim`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a claim that is not applied is no claim"]
pub struct Claim {
    username: Username,
    account: AccountId,
}

impl Directory {
    /// A directory of nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether `username` is free for `account`; changes nothing. Upper and lower case are one.
    ///
    /// # Errors
    /// [`DirectoryRefusal`]. Whoever asks learns that somebody has the name: say so only to somebody
    /// who signs up, and not too often.
    //= AC-11
    pub fn claim(
        &self,
        username: &Username,
        account: &AccountId,
    ) -> Result<Claim, DirectoryRefusal> {
        match self.account(username) {
            Some(other) if other != account => Err(DirectoryRefusal::UsernameTaken),
            Some(_) | None => Ok(Claim {
                username: username.clone(),
                account: account.clone(),
            }),
        }
    }

    /// Enters a claim. Total: of two claims of one name, made before either was entered, the first
    /// holds.
    pub fn apply(&mut self, claim: &Claim) {
        let account = || claim.account.clone();
        let entry = self.taken.entry(folded(&claim.username));
        entry.or_insert_with(account);
    }

    /// The account was deleted: its usernames are free again, and nothing is kept of them.
    //= AC-26
    pub fn release(&mut self, account: &AccountId) {
        self.taken.retain(|_, holder| holder != account);
    }

    /// Whose username it is.
    #[must_use]
    pub fn account(&self, username: &Username) -> Option<&AccountId> {
        self.taken.get(&folded(username))
    }
}

fn folded(username: &Username) -> Box<str> {
    username.expose().to_ascii_lowercase().into()
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Directory({} usernames)", self.taken.len())
    }
}
