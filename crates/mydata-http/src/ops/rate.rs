//! How much one caller may ask: the generic cell rate algorithm, in bounded memory. Time is an argument.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many a second, and so many at once after a while of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Rate {
    /// A second.
    pub per_second: NonZeroU32,
    /// At once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// `per_second` and `burst`; zero of either is one.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            per_second: number(per_second),
            burst: number(burst),
        }
    }

    fn interval(self) -> Duration {
        Duration::from_secs(1) / self.per_second.get()
    }

    /// How long it takes from nothing left to everything.
    fn whole(self) -> Duration {
        self.interval().saturating_mul(self.burst.get())
    }
}

/// When the next request would be due if all had come at the rate. One that is past says nothing any more.
type Due<K> = BTreeMap<K, Duration>;

struct State<K> {
    now: Due<K>,
    before: Due<K>,
    /// When `now` began.
    since: Duration,
    /// Of all callers together for whom there was no room.
    others: Duration,
}

/// Counts what callers ask, each for itself.
///
/// Callers are remembered in two generations of the time in which a caller gets everything back: whoever is
/// in neither has asked nothing that counts. Where a generation has no room, new callers are counted as one.
pub struct Limiter<K> {
    rate: Rate,
    capacity: usize,
    state: Mutex<State<K>>,
}

impl<K: Ord + Clone> Limiter<K> {
    /// Callers remembered in each generation.
    pub const CAPACITY: usize = 10_000;

    /// At this rate for each caller, of whom [`CAPACITY`](Self::CAPACITY) are remembered.
    #[must_use]
    pub const fn new(rate: Rate) -> Self {
        Self::with_capacity(rate, Self::CAPACITY)
    }

    /// The same, and `capacity` are remembered in each generation.
    #[must_use]
    pub const fn with_capacity(rate: Rate, capacity: usize) -> Self {
        Self {
            rate,
            capacity,
            state: Mutex::new(State {
                now: BTreeMap::new(),
                before: BTreeMap::new(),
                since: Duration::ZERO,
                others: Duration::ZERO,
            }),
        }
    }

    /// Counts a request of `caller` at `now`, which is the time since any fixed moment.
    ///
    /// # Errors
    /// How long until there is room for one. A request that is refused is not counted.
    pub fn take(&self, caller: &K, now: Duration) -> Result<(), Duration> {
        self.ask(caller, now, true)
    }

    /// Whether there is room for a request, which is not counted.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn peek(&self, caller: &K, now: Duration) -> Result<(), Duration> {
        self.ask(caller, now, false)
    }

    fn ask(&self, caller: &K, now: Duration, is_counted: bool) -> Result<(), Duration> {
        let (interval, whole) = (self.rate.interval(), self.rate.whole());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.turn(now, whole);
        let due = state.due(caller, self.capacity);
        // A clock that was set back does not shut anybody out for longer than a whole burst.
        let due = due.clamp(now, now.saturating_add(whole));
        let next = due.saturating_add(interval);
        let wait = next.saturating_sub(now.saturating_add(whole));
        if !wait.is_zero() {
            return Err(wait);
        }
        if is_counted {
            state.count(caller, next, self.capacity);
        }
        Ok(())
    }

    /// How many callers are remembered.
    #[must_use]
    pub fn callers(&self) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now.len() + state.before.len()
    }
}

impl<K: Ord + Clone> State<K> {
    fn turn(&mut self, now: Duration, whole: Duration) {
        // Set back, it begins again.
        let is_over = now.checked_sub(self.since).is_none_or(|age| age >= whole);
        if is_over {
            self.before = std::mem::take(&mut self.now);
            self.since = now;
        }
    }

    fn due(&self, caller: &K, capacity: usize) -> Duration {
        let known = self.now.get(caller).or_else(|| self.before.get(caller));
        match known {
            Some(due) => *due,
            None if self.now.len() < capacity => Duration::ZERO,
            None => self.others,
        }
    }

    fn count(&mut self, caller: &K, next: Duration, capacity: usize) {
        if let Some(due) = self.now.get_mut(caller) {
            *due = next;
        } else if self.now.len() < capacity {
            self.now.insert(caller.clone(), next);
        } else if let Some(due) = self.before.get_mut(caller) {
            *due = next;
        } else {
            self.others = next;
        }
    }
}

impl<K> fmt::Debug for Limiter<K> {
    /// How many, and not who.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("rate", &self.rate)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
