//! A log in memory: for tests, and for what may be forgotten when a process ends.

use super::index::pick;
use super::{AccessEntry, AccessLog, LogFault, Page, Period, Position, Span, Usages};
use mydata::core::id::SurrogateId;
use mydata::core::time::Timestamp;
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// Rows in memory, durable for as long as the process is. Every question looks at every row.
#[derive(Default)]
pub struct MemoryLog {
    rows: RwLock<Vec<(Position, AccessEntry)>>,
}

impl MemoryLog {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every row, in the order of their writing.
    #[must_use]
    pub fn rows(&self) -> Vec<AccessEntry> {
        let rows = self.read();
        rows.iter().map(|(_, entry)| entry.clone()).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<(Position, AccessEntry)>> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AccessLog for MemoryLog {
    async fn append(&self, entry: AccessEntry) -> Result<Position, LogFault> {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        let offset = rows.last().map_or(0, |(last, _)| last.offset + 1);
        let position = Position { segment: 0, offset };
        rows.push((position, entry));
        Ok(position)
    }

    async fn usages(
        &self,
        whose: &[SurrogateId],
        span: Span,
        page: Page,
    ) -> Result<Usages, LogFault> {
        let rows = self.read();
        let of = |entry: &AccessEntry| {
            let surrogate = entry.surrogate_id.as_ref();
            entry.stage.is_usage() && surrogate.is_some_and(|id| whose.contains(id))
        };
        let found = rows.iter().filter(|(_, entry)| of(entry));
        let found = found.map(|(position, entry)| (entry.at, *position));
        let (total, picked) = pick(found, &span, &page);
        let row = |position: &Position| {
            let row = rows.binary_search_by_key(position, |(position, _)| *position);
            let row = row.ok().and_then(|row| rows.get(row));
            row.map(|(_, entry)| entry.clone())
        };
        let rows = picked.iter().filter_map(row).collect();
        Ok(Usages { total, rows })
    }

    async fn period(&self) -> Result<Period, LogFault> {
        let rows = self.read();
        let times = || rows.iter().map(|(_, entry)| entry.at);
        Ok(Period {
            first: times().min(),
            last: times().max(),
        })
    }

    async fn forget(&self, before: Timestamp) -> Result<usize, LogFault> {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        let were = rows.len();
        rows.retain(|(_, entry)| entry.at >= before);
        Ok(were - rows.len())
    }

    async fn probe(&self) -> Result<(), LogFault> {
        Ok(())
    }
}

impl fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryLog({} rows)", self.read().len())
    }
}
