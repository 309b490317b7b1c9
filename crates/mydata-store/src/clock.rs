//! What time it is.

use mydata::core::time::Timestamp;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock. The operator holds what it says against what each account has seen: none goes back.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing in it")]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one clock of the leaf")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = since.map_or(0, |since| since.as_secs());
        Timestamp::from_seconds(seconds).unwrap_or(Timestamp::EPOCH)
    }
}
