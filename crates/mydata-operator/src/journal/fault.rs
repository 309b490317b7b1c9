//! Why octets are not what an account has decided.

use crate::rejection::Refusal;
use mydata_core::json::{JsonFault, Limits};
use mydata_core::jws::JwsFault;
use mydata_record::chain::ChainRefusal;

mydata_core::refusals! {
    /// Why an entry or a snapshot is refused.
    pub enum JournalRefusal {
        Version = "journal_version": "the form of the octets is of a version that is not known here",
        TooLarge = "journal_too_large": "the entry or snapshot is larger than its readers accept",
        Decision = "journal_decision": "this is not a decision of an account",
        OtherAccount = "journal_other_account": "the entry is of another account",
        OutOfOrder = "journal_out_of_order": "the entry does not follow the events that the account has",
        Reference = "journal_reference": "an entry refers to a record that does not stand in it",
        Mismatch = "journal_mismatch": "what is kept does not belong to what the account holds",
        ServiceKey = "journal_service_key": "a key that is kept as a service's was not the service's at that time",
    }
}

/// Why octets are not what an account has decided. It never repeats them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JournalFault {
    /// By a rule of the journal.
    #[error("{0}")]
    Rule(JournalRefusal),
    /// The octets are not the JSON of an entry or a snapshot.
    #[error("{0}")]
    Json(JsonFault),
    /// A record in them does not open, or is not signed as it must be.
    #[error("{0}")]
    Record(JwsFault),
    /// A status record does not follow those before it.
    #[error("{0}")]
    Chain(ChainRefusal),
    /// What they name is not in the account, or cannot be made.
    #[error("{0}")]
    Account(Refusal),
}

impl JournalFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rule(refusal) => refusal.code(),
            Self::Json(fault) => fault.code(),
            Self::Record(fault) => fault.code(),
            Self::Chain(refusal) => refusal.code(),
            Self::Account(refusal) => refusal.code(),
        }
    }
}

mydata_core::wraps!(JournalFault {
    Rule(JournalRefusal),
    Json(JsonFault),
    Record(JwsFault),
    Chain(ChainRefusal),
    Account(Refusal),
});

mydata_core::coded!(ref JournalFault);

/// Bounds of an entry: room for a proposal of 524 288 octets, and for the end of thousands of
/// consents at once.
pub const ENTRY_LIMITS: Limits = Limits::new(16 << 20, 16, 128, 1 << 18);

/// Bounds of a snapshot: tens of thousands of records.
pub const SNAPSHOT_LIMITS: Limits = Limits::new(256 << 20, 16, 128, 1 << 22);
