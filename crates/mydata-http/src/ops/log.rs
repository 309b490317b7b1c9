//! An access log whose rows are timed and whose failures are counted.

use super::Metrics;
use crate::access_log::{AccessEntry, AccessLog, LogFault, Page, Period, Position, Span, Usages};
use mydata::core::id::SurrogateId;
use mydata::core::time::Timestamp;
use std::sync::Arc;
use tokio::time::Instant;

/// An access log, and the numbers of it. Whoever writes rows is given this in the place of the log.
#[derive(Debug)]
pub struct TimedLog<L> {
    log: Arc<L>,
    metrics: Arc<Metrics>,
}

impl<L: AccessLog> TimedLog<L> {
    /// This log, with its numbers among these.
    #[must_use]
    pub const fn new(log: Arc<L>, metrics: Arc<Metrics>) -> Self {
        Self { log, metrics }
    }

    fn told<T>(&self, act: &'static str, done: Result<T, LogFault>) -> Result<T, LogFault> {
        if let Err(fault) = &done {
            self.metrics.log_failed(act, fault.code());
        }
        done
    }
}

impl<L: AccessLog> AccessLog for TimedLog<L> {
    async fn append(&self, entry: AccessEntry) -> Result<Position, LogFault> {
        let begun = Instant::now();
        let written = self.log.append(entry).await;
        self.metrics.appended(begun.elapsed());
        self.told("append", written)
    }

    async fn usages(
        &self,
        whose: &[SurrogateId],
        span: Span,
        page: Page,
    ) -> Result<Usages, LogFault> {
        self.told("read", self.log.usages(whose, span, page).await)
    }

    async fn period(&self) -> Result<Period, LogFault> {
        self.told("read", self.log.period().await)
    }

    async fn forget(&self, before: Timestamp) -> Result<usize, LogFault> {
        self.told("forget", self.log.forget(before).await)
    }

    async fn probe(&self) -> Result<(), LogFault> {
        self.told("probe", self.log.probe().await)
    }
}
