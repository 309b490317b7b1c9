//! What the services have not confirmed yet, in numbers.

use mydata::core::id::ServiceId;
use mydata::core::time::Timestamp;
use mydata::operator::Entry;
use mydata::record::consent::ConsentState;
use mydata::record::message::ToService;
use mydata_store::{Logged, Operator, OperatorFault, Partition, Position, Store, parked};
use std::collections::BTreeMap;

/// Entries that are looked at for one service in one partition. Where more wait, the numbers are of the
/// oldest so many: those that matter.
const MOST: usize = 1000;

/// What one service has not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Unconfirmed {
    /// Messages that wait.
    pub waiting: usize,
    /// Decisions that wait for somebody to look at them: the service has refused a message of theirs, or an
    /// earlier one.
    pub parked: usize,
    /// When the oldest consent was withdrawn or paused of which the service has not confirmed to know.
    pub withdrawn: Option<Timestamp>,
}

impl Unconfirmed {
    fn count(&mut self, logged: &Logged, service: &ServiceId) {
        let entry = Entry::read(&logged.entry.body);
        let outbox = entry.and_then(|entry| entry.outbox());
        // What cannot be read is parked when its turn comes.
        for delivery in outbox.into_iter().flatten() {
            if delivery.to == *service {
                self.waiting += 1;
                let withdrawn = withdrawn(&delivery.message);
                self.withdrawn = earliest(self.withdrawn, withdrawn);
            }
        }
    }
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// When a message takes a consent away. A link that is removed takes its consents with it, each by a message
/// of its own.
fn withdrawn(message: &ToService) -> Option<Timestamp> {
    let ToService::ConsentStatus(delivery) = message else {
        return None;
    };
    // Of our own log, and for a number: nothing is decided by it.
    let status = delivery.csr.open().ok()?;
    let status = status.hint();
    match status.consent_status {
        ConsentState::Active => None,
        ConsentState::Disabled | ConsentState::Withdrawn => Some(status.iat),
    }
}

/// What each service has not confirmed; a service of which nothing waits is not in it.
///
/// # Errors
/// [`OperatorFault`].
pub async fn unconfirmed<S: Store>(
    operator: &Operator<S>,
) -> Result<BTreeMap<ServiceId, Unconfirmed>, OperatorFault> {
    let store = operator.store();
    let mut all: BTreeMap<ServiceId, Unconfirmed> = BTreeMap::new();
    for partition in (0..store.partitions()).map(Partition) {
        for service in store.waiting(partition).await? {
            let page = store.log(partition, Some(&service), Position::ZERO, MOST);
            let mut of = Unconfirmed::default();
            for logged in page.await? {
                of.count(&logged, &service);
            }
            // Letters to persons wait under a name that no service has, and have no messages.
            if of.waiting > 0 {
                let sum = all.entry(service).or_default();
                sum.waiting += of.waiting;
                sum.withdrawn = earliest(sum.withdrawn, of.withdrawn);
            }
        }
    }
    for (number, parked) in parked(&**store).await?.into_iter().enumerate() {
        let of = all.entry(parked.service.clone()).or_default();
        of.parked += 1;
        if number >= MOST {
            continue;
        }
        let before = Position::new(parked.position.get().saturating_sub(1));
        let page = store.log(parked.partition, None, before, 1).await?;
        let logged = page.first();
        if let Some(logged) = logged.filter(|l| l.entry.position == parked.position) {
            let mut told = Unconfirmed::default();
            told.count(logged, &parked.service);
            of.withdrawn = earliest(of.withdrawn, told.withdrawn);
        }
    }
    Ok(all)
}
