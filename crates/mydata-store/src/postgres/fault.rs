//! What an error of the database means for what was asked.

use crate::fault::{StoreFault, StoreRefusal};
use tokio_postgres::Error;
use tokio_postgres::error::Severity;

/// Why a statement gave no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Nothing was done.
    Refused(StoreFault),
    /// Nothing was done, but the same may succeed now.
    Again(StoreFault),
    /// The connection is gone: whether it was done, nobody knows.
    Lost,
}

impl From<StoreFault> for Trouble {
    fn from(fault: StoreFault) -> Self {
        Self::Refused(fault)
    }
}

impl From<StoreRefusal> for Trouble {
    fn from(refusal: StoreRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let Some(answer) = error.as_db_error() else {
            return Self::Lost;
        };
        // Whoever ends a connection may do so after the commit: while it waits for a standby.
        let is_over = !matches!(answer.parsed_severity(), Some(Severity::Error));
        let code = answer.code().code();
        if is_over || code.starts_with("08") || code.starts_with("57P") {
            return Self::Lost;
        }
        let fault = StoreFault::of_engine(meaning(code), code);
        match code {
            // A serialization failure, a deadlock; a row of the same id that came in between, and that
            // the next time will be seen.
            "40001" | "40P01" | "23505" => Self::Again(fault),
            _ => Self::Refused(fault),
        }
    }
}

/// The refusal for an SQLSTATE; those of `MD` are our own.
fn meaning(code: &str) -> StoreRefusal {
    match code {
        "MD001" => StoreRefusal::IdTaken,
        "MD002" => StoreRefusal::AccountErased,
        // Too long for a lock, or altogether; too many connections or locks; deadlocks without end.
        "55P03" | "57014" | "53300" | "53200" | "40001" | "40P01" => StoreRefusal::Busy,
        "53100" => StoreRefusal::Full,
        "25006" => StoreRefusal::ReadOnly,
        "XX001" | "XX002" => StoreRefusal::Corrupt,
        _ => StoreRefusal::Engine,
    }
}

/// What it means that there is no connection.
pub(super) fn unreachable(error: &Error) -> StoreFault {
    match error.code() {
        Some(code) => StoreFault::of_engine(StoreRefusal::Unavailable, code.code()),
        None => StoreRefusal::Unavailable.into(),
    }
}
