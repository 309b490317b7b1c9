//! Whose requests are taken: by the keys of a registry, or of the operators that a service works with.

use crate::courier::Services;
use mydata::core::jwk::KeyHistory;
use mydata::service::KnownOperator;
use mydata::token::party::{Sender, Senders};
use std::fmt;
use std::sync::Arc;

/// The registered services, as an operator knows them: also those that are suspended or leave, since they
/// must ask about endings.
pub struct OfServices(pub Arc<dyn Services>);

impl Senders for OfServices {
    fn keys_of(&self, sender: &Sender) -> Option<KeyHistory> {
        match sender {
            Sender::Service(id) => Some(self.0.registered(id)?.keys.clone()),
            Sender::Operator(_) => None,
        }
    }
}

impl fmt::Debug for OfServices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OfServices").field(&self.0).finish()
    }
}

/// The operators that a service works with, by the keys of their status records.
#[derive(Debug, Clone)]
pub struct OfOperators(pub Vec<KnownOperator>);

impl Senders for OfOperators {
    fn keys_of(&self, sender: &Sender) -> Option<KeyHistory> {
        let Sender::Operator(id) = sender else {
            return None;
        };
        let known = self.0.iter().find(|operator| operator.id() == id);
        known.map(|operator| operator.status_keys().clone())
    }
}
