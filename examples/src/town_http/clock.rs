//! The time of the town: that of the machine, and as much more as the story has let go by.

use mydata::core::time::{Seconds, Timestamp};
use mydata_store::{Clock, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Everybody's clock. Nobody waits for a consent to run out: the town lets the time go by instead.
#[derive(Debug, Default)]
pub struct TownClock(AtomicU32);

impl TownClock {
    /// So many seconds ahead of the machine.
    #[must_use]
    pub fn ahead(seconds: u32) -> Arc<Self> {
        Arc::new(Self(AtomicU32::new(seconds)))
    }

    /// So much time goes by at once.
    pub fn wait(&self, seconds: u32) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TownClock {
    fn now(&self) -> Timestamp {
        let ahead = self.0.load(Ordering::SeqCst);
        SystemClock.now().plus(Seconds::new(ahead))
    }
}
