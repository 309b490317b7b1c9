//! Why the operator has not done what it was asked.

use crate::fault::{StoreFault, StoreRefusal};
use mydata::account::DirectoryRefusal;
use mydata::core::refusals;
use mydata::keys::VaultFault;
use mydata::operator::{JournalFault, OperatorFault as KeysAreOne, Rejection};

refusals! {
    /// A rule of the program around the machine.
    pub enum OperatorRefusal {
        Busy = "operator_busy": "too many commands are under way: ask again later",
        Closing = "operator_closing": "the operator is shutting down",
        Contended = "operator_contended": "others changed the account each time: ask again",
        MarkBroken = "operator_mark_broken": "what the store holds of the account is not what was written: nothing is decided on it",
        IdentityTaken = "operator_identity_taken": "the identity belongs to another account",
        KeyKept = "operator_key_kept": "a key with this id is kept already",
        NameInvalid = "operator_name_invalid": "no document can have this name",
        PersonLarge = "operator_person_large": "the details of the person are more than is kept of one",
        NotNew = "operator_account_not_new": "an account is opened before its first event",
        Recipient = "operator_recipient": "a service has the name under which the person is written to",
        MasterUnreadable = "operator_master_unreadable": "the file or the variable of the master key cannot be read",
        MasterExposed = "operator_master_exposed": "others than its owner may read or write the file of the master key",
        KeyMissing = "operator_key_missing": "no such key of the operator's is in custody",
        ParkedUnknown = "operator_parked_unknown": "no such message is parked",
        JobOther = "operator_job_other": "a job of this name does something else",
    }
}

/// Why the operator has not done what it was asked. It never repeats it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorFault {
    /// By the account: nothing was stored.
    #[error("{0}")]
    Rejected(Rejection),
    /// By the store.
    #[error("{0}")]
    Store(StoreFault),
    /// By what the store holds.
    #[error("{0}")]
    Journal(JournalFault),
    /// By the vault.
    #[error("{0}")]
    Vault(VaultFault),
    /// By the operator's own keys.
    #[error("{0}")]
    Keys(KeysAreOne),
    /// By the names that are taken.
    #[error("{0}")]
    Directory(DirectoryRefusal),
    /// By a rule of the program around the machine.
    #[error("{0}")]
    Rule(OperatorRefusal),
}

impl OperatorFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::Store(fault) => fault.code(),
            Self::Journal(fault) => fault.code(),
            Self::Vault(fault) => fault.code(),
            Self::Keys(fault) => fault.code(),
            Self::Directory(refusal) => refusal.code(),
            Self::Rule(refusal) => refusal.code(),
        }
    }
}

mydata::core::wraps!(OperatorFault {
    Rejected(Rejection),
    Store(StoreFault),
    Journal(JournalFault),
    Vault(VaultFault),
    Keys(KeysAreOne),
    Directory(DirectoryRefusal),
    Rule(OperatorRefusal),
});

impl From<StoreRefusal> for OperatorFault {
    fn from(refusal: StoreRefusal) -> Self {
        Self::Store(refusal.into())
    }
}

mydata::core::coded!(ref OperatorFault);
