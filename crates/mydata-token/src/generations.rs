//! Memory that is bounded in entries and in time: a young and an old generation of entries.

use mydata_core::time::{Seconds, Timestamp};
use std::collections::HashMap;
use std::hash::Hash;

/// What [`Generations::turn`] has forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgot {
    Nothing,
    Old,
    Both,
}

/// Two maps. Entries go into the young one; when it has existed for `span` it becomes the old one,
/// and the old one is forgotten. So an entry is remembered for `span` at least and for two spans at
/// the most, and neither map ever has more than `capacity` entries.
#[derive(Debug)]
pub(crate) struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    began: Timestamp,
    span: Seconds,
    capacity: usize,
}

impl<K: Eq + Hash, V> Generations<K, V> {
    pub(crate) fn new(span: Seconds, capacity: usize, now: Timestamp) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            began: now,
            span,
            capacity: capacity.max(1),
        }
    }

    /// Lets time pass. A clock that has gone back only makes the memory longer.
    pub(crate) fn turn(&mut self, now: Timestamp) -> Forgot {
        if now < self.began {
            self.began = now;
        }
        if now < self.began.plus(self.span) {
            return Forgot::Nothing;
        }
        let forgot = if now < self.began.plus(self.span).plus(self.span) {
            Forgot::Old
        } else {
            self.young.clear();
            Forgot::Both
        };
        self.age(now);
        forgot
    }

    /// Young becomes old, old is forgotten; the allocations are kept.
    pub(crate) fn age(&mut self, now: Timestamp) {
        self.old.clear();
        std::mem::swap(&mut self.young, &mut self.old);
        self.began = now;
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    pub(crate) fn is_young(&self, key: &K) -> bool {
        self.young.contains_key(key)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// How many more the young one takes.
    pub(crate) fn room(&self) -> usize {
        self.capacity.saturating_sub(self.young.len())
    }

    /// Remembers as young; the caller has seen to it that there is room.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    pub(crate) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}
