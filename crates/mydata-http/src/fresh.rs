//! How old what a source knows of its consents may be.
//!
//! An operator tells its services of every change. A source cannot tell an operator that has nothing to say
//! from one that is down; so it asks ([`Desk::refresh`](crate::Desk::refresh)) whether anything still waits
//! for it. From the last "nothing does" on it may serve for its declared staleness, and then it refuses with
//! `consent_status_unknown`: a withdrawal that nobody could tell it is not ignored for longer than that.

use mydata::core::id::{ConsentId, OperatorId};
use mydata::core::time::{Seconds, Timestamp};
use mydata::record::consent::Consent as _;
use mydata::service::Service;
use mydata::token::access::{HeldConsent, HeldConsents};
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// How long a source serves on what it knows, if nothing else is declared.
pub const STALENESS: Seconds = Seconds::minutes(5);

/// How often a source asks, if nothing else is said.
pub const POLL: Duration = Duration::from_secs(30);

/// When each operator has last said that nothing waits.
#[derive(Debug)]
pub(crate) struct Heard {
    bound: Seconds,
    /// Before anything was heard: what is there at the start was asked for, or has come since.
    begun: Timestamp,
    last: RwLock<BTreeMap<OperatorId, Timestamp>>,
}

impl Heard {
    pub(crate) fn new(bound: Seconds, begun: Timestamp) -> Self {
        Self {
            bound,
            begun,
            last: RwLock::default(),
        }
    }

    /// The same beginning, and another bound.
    pub(crate) fn within(self, bound: Seconds) -> Self {
        Self { bound, ..self }
    }

    /// An operator has said, to a question that was asked at `asked`, that nothing waits.
    pub(crate) fn from(&self, operator: &OperatorId, asked: Timestamp) {
        let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
        let last = last.entry(operator.clone()).or_insert(asked);
        *last = asked.max(*last);
    }

    fn since(&self, operator: &OperatorId) -> Timestamp {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        last.get(operator).copied().unwrap_or(self.begun)
    }

    /// Whether what is known of this operator's consents may be used at `now`.
    pub(crate) fn is_fresh(&self, operator: &OperatorId, now: Timestamp) -> bool {
        now <= self.since(operator).plus(self.bound)
    }

    /// Seconds since each of these operators has said that nothing waits.
    pub(crate) fn ages<'o>(
        &self,
        operators: impl Iterator<Item = &'o OperatorId>,
        now: Timestamp,
    ) -> BTreeMap<OperatorId, Seconds> {
        let age = |operator: &OperatorId| (operator.clone(), now.since(self.since(operator)));
        operators.map(age).collect()
    }
}

/// The consents of a service, as far as they are not too old.
#[derive(Debug)]
pub(crate) struct Fresh<'a> {
    service: &'a Service,
    heard: &'a Heard,
    now: Timestamp,
}

impl<'a> Fresh<'a> {
    pub(crate) const fn new(service: &'a Service, heard: &'a Heard, now: Timestamp) -> Self {
        Self {
            service,
            heard,
            now,
        }
    }
}

impl HeldConsents for Fresh<'_> {
    fn source_consent(&self, id: &ConsentId) -> Option<HeldConsent<'_>> {
        let held = self.service.source_consent(id)?;
        let is_fresh = self
            .heard
            .is_fresh(&held.consent.terms().operator, self.now);
        Some(HeldConsent {
            complete: held.complete && is_fresh,
            ..held
        })
    }
}
