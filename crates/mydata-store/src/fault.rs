//! Why a store has not done what it was asked.

use mydata::core::refusals;
use std::fmt;

refusals! {
    /// Why a store refuses, or cannot.
    pub enum StoreRefusal {
        AccountUnknown = "store_account_unknown": "there is no such account",
        AccountExists = "store_account_exists": "there is an account with this id",
        AccountErased = "store_account_erased": "the account was erased",
        RequestKeyReused = "store_key_reused": "this request key was used for another request",
        IdTaken = "store_id_taken": "another account has a link, a linking, a consent or a surrogate of this id",
        Undelivered = "store_undelivered": "services have yet to be told what happened in the account",
        Busy = "store_busy": "too much is waiting: ask again later",
        Stopped = "store_stopped": "the store has stopped after a failed commit and must be opened again",
        OutcomeUnknown = "store_outcome_unknown": "a commit was broken off: the same request again tells what became of it",
        Unavailable = "store_unavailable": "the database cannot be reached",
        Full = "store_full": "there is no room left on the disk",
        ReadOnly = "store_read_only": "the database cannot be written",
        Corrupt = "store_corrupt": "what the database holds is damaged",
        Foreign = "store_foreign": "this is no store of ours",
        SchemaNewer = "store_schema_newer": "a newer version of this program has written the store",
        SchemaOther = "store_schema_other": "a migration of the store is not the one that this program knows",
        SettingOther = "store_setting_other": "a setting on which durability rests is not in force",
        Locked = "store_locked": "another process has the store open for writing",
        Engine = "store_engine": "the database has failed",
    }
}

/// A refusal, and the engine's own code where it gave one. Never what was to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFault {
    refusal: StoreRefusal,
    engine: Option<Box<str>>,
}

impl StoreFault {
    /// With the engine's own code: `SQLITE_IOERR_FSYNC`, an SQLSTATE. Never its message, which may
    /// repeat a row.
    #[must_use]
    pub fn of_engine(refusal: StoreRefusal, code: &str) -> Self {
        Self {
            refusal,
            engine: Some(code.into()),
        }
    }

    /// Which refusal.
    #[must_use]
    pub const fn refusal(&self) -> StoreRefusal {
        self.refusal
    }

    /// The engine's own code.
    #[must_use]
    pub fn engine(&self) -> Option<&str> {
        self.engine.as_deref()
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.refusal.code()
    }
}

impl From<StoreRefusal> for StoreFault {
    fn from(refusal: StoreRefusal) -> Self {
        Self {
            refusal,
            engine: None,
        }
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.engine {
            Some(code) => write!(f, "{} ({code})", self.refusal),
            None => fmt::Display::fmt(&self.refusal, f),
        }
    }
}

impl std::error::Error for StoreFault {}

mydata::core::coded!(ref StoreFault);
