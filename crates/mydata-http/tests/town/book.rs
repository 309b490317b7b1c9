//! A log that can be full.
#![allow(dead_code, reason = "each test program uses a part of it")]

use mydata::core::id::SurrogateId;
use mydata::core::time::Timestamp;
use mydata_http::{
    AccessEntry, AccessLog, LogFault, MemoryLog, Page, Period, Position, Span, Usages,
};
use std::sync::atomic::{AtomicBool, Ordering};

/// When it is full it is read, and nothing else.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) rows: MemoryLog,
    pub(crate) is_full: AtomicBool,
}

impl Book {
    fn open(&self) -> Result<&MemoryLog, LogFault> {
        match self.is_full.load(Ordering::SeqCst) {
            true => Err(LogFault::Unavailable),
            false => Ok(&self.rows),
        }
    }
}

impl AccessLog for Book {
    async fn append(&self, entry: AccessEntry) -> Result<Position, LogFault> {
        self.open()?.append(entry).await
    }

    async fn usages(
        &self,
        whose: &[SurrogateId],
        span: Span,
        page: Page,
    ) -> Result<Usages, LogFault> {
        self.rows.usages(whose, span, page).await
    }

    async fn period(&self) -> Result<Period, LogFault> {
        self.rows.period().await
    }

    async fn forget(&self, before: Timestamp) -> Result<usize, LogFault> {
        self.open()?.forget(before).await
    }

    async fn probe(&self) -> Result<(), LogFault> {
        self.open().map(drop)
    }
}
