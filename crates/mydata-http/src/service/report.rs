//! What a desk says of itself, in numbers.

use super::{Desk, Program};
use crate::ops::Metrics;
use hyper_util::client::legacy::connect::Connect;
use mydata::core::id::OperatorId;
use mydata::service::Effect;
use std::collections::BTreeMap;

impl<P: Program, C: Connect + Clone + Send + Sync + 'static> Desk<P, C> {
    /// Takes down how old what is held may be, how many consents are in doubt, and how full the memories of
    /// requests are: to be called when somebody asks for numbers
    /// ([`Health::refreshed`](crate::ops::Health::refreshed)).
    pub fn report(&self, metrics: &Metrics) {
        let mut doubts: BTreeMap<OperatorId, usize> = BTreeMap::new();
        for effect in self.read().doubts() {
            if let Effect::AskStatus { operator, .. } = effect {
                *doubts.entry(operator).or_default() += 1;
            }
        }
        for (operator, age) in self.staleness() {
            let in_doubt = doubts.get(&operator).copied().unwrap_or(0);
            metrics.statuses(&operator, age, in_doubt);
        }
        metrics.filled("operators", self.door.fill());
        metrics.filled("sinks", self.replay.fill(self.door.now()));
    }
}
