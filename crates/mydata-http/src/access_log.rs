//! Who has used a person's data, and who has tried: the log of a source, kept by whoever serves the data.
//!
//! Two rows for a request: one when it is decided, one when it is known what has left. **No octet of data may
//! leave before the row of [`Stage::Granted`] is durable**, that is before [`AccessLog::append`] has returned; if it
//! cannot be written, the answer is [`LogFault::Unavailable`] and no data. A log keeps its rows as they were
//! written: nothing here changes one.
//!
//! ```text
//! decide ─▶ append Granted ─▶ fetch, send ─▶ append Released | Interrupted | NotReleased
//!        └▶ append Denied                 └ the process ends here: Lost, at the next start
//! ```

mod entry;
mod file;
mod index;
mod memory;

pub use entry::{AccessEntry, RequestId, RightsAct, RightsOutcome, Stage};
pub use file::FileLog;
pub use memory::MemoryLog;

use mydata::core::id::SurrogateId;
use mydata::core::refusals;
use mydata::core::time::Timestamp;
use std::fmt;
use std::future::Future;

refusals! {
    /// Why a row of the access log cannot be written or read.
    pub enum LogFault {
        Unavailable = "access_log_unavailable": "the access log cannot be written or read now",
        Locked = "access_log_locked": "another process writes this access log",
        Corrupt = "access_log_corrupt": "a row of the access log is damaged, and good ones follow it",
    }
}

/// Where a row stands: later rows of one log have greater positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Days since the epoch.
    pub(crate) segment: u64,
    /// Octets before it in its segment, or rows.
    pub(crate) offset: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.segment, self.offset)
    }
}

/// A time from `from` to `to`, with both: whoever asks for a day would rather have a row too many than miss
/// the one at its end. Elsewhere in this project spans are half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Span {
    /// The first second; from the beginning without it.
    pub from: Option<Timestamp>,
    /// The last second; to the end without it.
    pub to: Option<Timestamp>,
}

impl Span {
    /// Whether it has this second in it.
    #[must_use]
    pub fn has(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to)
    }
}

/// Which of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Page {
    /// How many to leave out, from the newest.
    pub offset: usize,
    /// How many to give at the most.
    pub limit: usize,
}

/// Rows of a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "made by logs, read elsewhere")]
pub struct Usages {
    /// How many there are in the whole span.
    pub total: usize,
    /// Those of the page: the newest first, and of one second the last written first.
    pub rows: Vec<AccessEntry>,
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "made by logs, read elsewhere")]
pub struct Period {
    /// The time of the oldest row, whatever it says; none in an empty log.
    pub first: Option<Timestamp>,
    /// The time of the newest one.
    pub last: Option<Timestamp>,
}

/// An access log.
pub trait AccessLog: Send + Sync + 'static {
    /// Writes a row. It is durable when this returns, and not before.
    ///
    /// # Errors
    /// [`LogFault::Unavailable`]: it is not written, and nothing may be given on it.
    fn append(&self, entry: AccessEntry)
    -> impl Future<Output = Result<Position, LogFault>> + Send;

    /// What has been used of the data of these surrogates, all of them one person's: rows whose stage
    /// [is a usage](Stage::is_usage).
    ///
    /// # Errors
    /// [`LogFault`].
    fn usages(
        &self,
        whose: &[SurrogateId],
        span: Span,
        page: Page,
    ) -> impl Future<Output = Result<Usages, LogFault>> + Send;

    /// From when to when there are rows.
    ///
    /// # Errors
    /// [`LogFault`].
    fn period(&self) -> impl Future<Output = Result<Period, LogFault>> + Send;

    /// Forgets rows that are older: as many as can be forgotten without touching a younger one.
    /// The number of rows forgotten.
    ///
    /// # Errors
    /// [`LogFault`].
    fn forget(&self, before: Timestamp) -> impl Future<Output = Result<usize, LogFault>> + Send;

    /// Whether a row could be written now; none is.
    ///
    /// # Errors
    /// [`LogFault`].
    fn probe(&self) -> impl Future<Output = Result<(), LogFault>> + Send;
}
