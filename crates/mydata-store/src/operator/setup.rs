//! Who the operator is, what bounds it, and what it counts.

use mydata::core::crypto::Signer;
use mydata::core::id::OperatorId;
use mydata::operator::{Earlier, Operator as Machine, OperatorFault as KeysAreOne, Timing};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The operator's name, keys and times, owned: what [`mydata::operator::Operator`] borrows.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Identity {
    /// Its id.
    pub id: OperatorId,
    /// Signs status records.
    pub status: Arc<dyn Signer>,
    /// Signs tokens.
    pub tokens: Arc<dyn Signer>,
    /// Signed status records before.
    pub earlier_status: Vec<Arc<dyn Signer>>,
    /// Signed tokens before.
    pub earlier_tokens: Vec<Arc<dyn Signer>>,
    /// The times.
    pub timing: Timing,
}

impl Identity {
    /// With these keys, none of before, and the usual times.
    #[must_use]
    pub fn new(id: OperatorId, status: Arc<dyn Signer>, tokens: Arc<dyn Signer>) -> Self {
        Self {
            id,
            status,
            tokens,
            earlier_status: Vec::new(),
            earlier_tokens: Vec::new(),
            timing: Timing::default(),
        }
    }

    /// What a decision takes of it.
    pub(crate) fn with<T>(&self, then: impl FnOnce(Machine<'_>) -> T) -> Result<T, KeysAreOne> {
        let status: Vec<&dyn Signer> = self.earlier_status.iter().map(|key| &**key).collect();
        let tokens: Vec<&dyn Signer> = self.earlier_tokens.iter().map(|key| &**key).collect();
        let machine = Machine::new(&self.id, &*self.status, &*self.tokens, self.timing)?;
        let machine = machine.with_earlier(Earlier {
            status: &status,
            tokens: &tokens,
        })?;
        Ok(then(machine))
    }
}

/// What bounds the operator.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Limits {
    /// Commands under way at once.
    pub in_flight: NonZeroUsize,
    /// Accounts in memory. One of six links and thirty consents takes about 140 KiB.
    pub cached: NonZeroUsize,
    /// How often a command is decided anew when others have changed the account.
    pub attempts: usize,
    /// An account gets no snapshot before so many entries have come since the last, …
    pub snapshot_entries: usize,
    /// … and before these have so many times its octets: what snapshots cost on disk stays below one
    /// part in so many.
    pub snapshot_share: usize,
}

impl Default for Limits {
    /// 256 commands, 500 accounts, 16 attempts; a snapshot after 64 entries of 4 times its octets.
    fn default() -> Self {
        let number = |number| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN);
        Self {
            in_flight: number(256),
            cached: number(500),
            attempts: 16,
            snapshot_entries: 64,
            snapshot_share: 4,
        }
    }
}

/// What an operator has counted since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Numbers {
    /// Decisions stored.
    pub stored: u64,
    /// Requests that were known, and got their first answer.
    pub repeated: u64,
    /// Commands that the account refused.
    pub rejected: u64,
    /// Decisions made anew because the account had gone on.
    pub conflicts: u64,
    /// Commands refused because too many were under way.
    pub busy: u64,
    /// Decisions begun on a cached account.
    pub cached: u64,
    /// Times at which the clock stood before an account's last decision, by more than drafts may: an
    /// alarm.
    pub clock_back: u64,
    /// Accounts whose marks were broken: an alarm.
    pub broken: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    closed: AtomicBool,
    stored: AtomicU64,
    repeated: AtomicU64,
    rejected: AtomicU64,
    conflicts: AtomicU64,
    busy: AtomicU64,
    cached: AtomicU64,
    clock_back: AtomicU64,
    broken: AtomicU64,
}

macro_rules! count {
    ($($name:ident),+) => {
        $(pub(super) fn $name(&self) {
            self.$name.fetch_add(1, Ordering::Relaxed);
        })+

        pub(super) fn numbers(&self) -> Numbers {
            Numbers { $($name: self.$name.load(Ordering::Relaxed)),+ }
        }
    };
}

impl Counters {
    count!(
        stored, repeated, rejected, conflicts, busy, cached, clock_back, broken
    );

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }
}
