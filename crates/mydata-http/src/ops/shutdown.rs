//! An orderly end, as a value.

use std::sync::Arc;
use tokio::sync::watch;

/// That everything is to come to an end. Copies are one.
///
/// Nothing here listens for a signal: a program does, and calls [`begin`](Self::begin).
///
/// ```text
/// begin ─▶ not ready any more, still answering (Limits::drain_delay)
///       ─▶ nobody new, connections close behind their answers (Limits::drain)
///       ─▶ what is left is broken off
/// ```
#[derive(Debug, Clone)]
pub struct Shutdown(Arc<watch::Sender<bool>>);

impl Shutdown {
    /// Not begun.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// It begins; again it changes nothing.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Whether it has begun.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it begins.
    pub async fn begun(&self) {
        // The sender is held here, so it does not end before.
        let _ = self.0.subscribe().wait_for(|is_begun| *is_begun).await;
    }

    /// For whoever watches a value: [`mydata_store::Dispatcher::run`].
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}
