//! How much a call may allocate: 16 times the length of its input, and a constant.
//!
//! What is counted is every octet that the call asks for, given back or not. Counted is the whole
//! process, so nothing is judged before [`judge`] was called: by a program of one thread.

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Octets for each octet of the input.
pub const FACTOR: usize = 16;

/// Octets beside: the tables of a deserialiser, an error with its place, a key set, a clone of the
/// fixture's consent. An input of a few octets costs as much.
pub const CONSTANT: usize = 64 * 1024;

/// What may be allocated about one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    pub factor: usize,
    pub constant: usize,
}

impl Bound {
    /// The rule.
    pub const RULE: Self = Self {
        factor: FACTOR,
        constant: CONSTANT,
    };

    /// For what keeps a foreign document as a tree, with the members that it does not know and the place of everything
    /// that is wrong with it: twice the rule.
    pub const OF_A_TREE: Self = Self {
        factor: 2 * FACTOR,
        constant: 512 * 1024,
    };
}

/// The bound of the target that runs.
static BOUND: [AtomicUsize; 2] = [AtomicUsize::new(FACTOR), AtomicUsize::new(CONSTANT)];

/// From now on this is the bound.
pub fn set(bound: Bound) {
    BOUND[0].store(bound.factor, Ordering::Relaxed);
    BOUND[1].store(bound.constant, Ordering::Relaxed);
}

/// Whether a call that takes more than its bound is a finding at once.
static IS_JUDGED: AtomicBool = AtomicBool::new(false);

/// The largest share of its bound that a call has taken, in thousandths.
static MOST: AtomicUsize = AtomicUsize::new(0);

/// From now on each call is held to its bound.
pub fn judge() {
    IS_JUDGED.store(true, Ordering::Relaxed);
}

/// The largest share of its bound that a call has taken since this was last asked, in thousandths.
pub fn most() -> usize {
    MOST.swap(0, Ordering::Relaxed)
}

/// Makes the call about an input of `length` octets.
///
/// # Panics
/// When calls are judged and this one allocates too much.
pub fn bounded<R>(length: usize, call: impl FnOnce() -> R) -> R {
    let region = Region::new(GLOBAL);
    let result = call();
    let taken = region.change().bytes_allocated;
    let [factor, constant] = BOUND.each_ref().map(|part| part.load(Ordering::Relaxed));
    let bound = factor * length + constant;
    MOST.fetch_max(taken * 1000 / bound, Ordering::Relaxed);
    assert!(
        taken <= bound || !IS_JUDGED.load(Ordering::Relaxed),
        "{taken} octets allocated for an input of {length}: more than {factor} for one and {constant}"
    );
    result
}
