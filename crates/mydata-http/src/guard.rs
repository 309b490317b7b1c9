//! The memory of requests that were taken, so that none is taken twice, and what whoever watches wants to know of
//! it.

use crate::serve::note;
use mydata::core::time::Timestamp;
use mydata::token::replay::{ReplayGuard, ReplayKey, TwoGenerations, Witness};
use mydata::token::window::Window;
use std::fmt;
use std::sync::Mutex;

/// A guard that the requests of one kind share.
pub(crate) struct Guard {
    seen: Mutex<TwoGenerations>,
    capacity: usize,
}

impl Guard {
    /// Of a party that may have been open before.
    pub(crate) fn starting(window: &Window, capacity: usize, now: Timestamp) -> Self {
        Self::of(TwoGenerations::starting(window, capacity, now), capacity)
    }

    /// Of one that has never been open.
    pub(crate) fn without_past(window: &Window, capacity: usize, now: Timestamp) -> Self {
        Self::of(
            TwoGenerations::without_past(window, capacity, now),
            capacity,
        )
    }

    const fn of(seen: TwoGenerations, capacity: usize) -> Self {
        Self {
            seen: Mutex::new(seen),
            capacity,
        }
    }

    /// How much of the present generation is used up, from 0 to 1. At 1 nobody is let through before it is
    /// over. One that is broken is full.
    pub(crate) fn fill(&self, now: Timestamp) -> f64 {
        let room = self.seen.lock().map_or(0, |mut seen| seen.room(now));
        let (room, all) = (count(room), count(self.capacity.max(1)));
        1.0 - room / all
    }
}

/// Exact up to four thousand million; above that nothing is remembered one by one.
fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

impl ReplayGuard for &Guard {
    fn witness(&mut self, key: ReplayKey, now: Timestamp) -> Witness {
        // Whatever comes to a guard was signed, and within the window: by how much the clocks differ, with the time
        // under way.
        note(|noted| noted.signed = Some((key.signed_at(), now)));
        (&mut &self.seen).witness(key, now)
    }
}

impl fmt::Debug for Guard {
    /// How many there can be, and not which.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
