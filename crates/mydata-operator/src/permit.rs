//! Permission to collect what an account holds.

use mydata_core::id::AccountId;
use mydata_core::time::Timestamp;

/// The owner may have a copy of everything: made by a decision only, after the verification has been
/// completed (AC-19). What collects an export takes one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a permit that is not used was asked for in vain"]
pub struct ExportPermit {
    account: AccountId,
    at: Timestamp,
    until: Timestamp,
}

impl ExportPermit {
    pub(crate) const fn new(account: AccountId, at: Timestamp, until: Timestamp) -> Self {
        Self { account, at, until }
    }

    /// Whose account.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }

    /// When it was given.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Until when it is good.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.until
    }
}
