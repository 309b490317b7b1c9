//! One service and one partition, from a cursor on.

use super::{Courier, Dispatcher, Letter, Parcel, ParcelId, Undelivered, count, parked_of};
use crate::model::{Logged, Partition, Position};
use crate::operator::PERSON;
use crate::operator::fault::{OperatorFault, OperatorRefusal};
use crate::store::{Reader, Store};
use mydata::core::id::{AccountId, ServiceId};
use mydata::operator::Entry;
use mydata::record::message::ToService;
use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Where a lane stands.
struct Lane<'a> {
    service: &'a ServiceId,
    partition: Partition,
    reader: Reader,
    /// Where the cursor stood; none before it was read.
    cursor: Option<Position>,
    /// Up to where all was handed over or parked.
    done: Position,
    /// Accounts of which a message is parked: what is later of them is parked behind it. Read again
    /// after each pause.
    held: Option<BTreeSet<AccountId>>,
    /// How often in a row something could not be handed over.
    failures: u32,
    /// How often the first message of the page was refused.
    refusals: u32,
    /// Whether it was refused the last time, rather than not reached.
    is_refused: bool,
}

/// What became of an entry.
enum Handed {
    Over,
    Later,
    Parked,
}

impl<S: Store, C: Courier> Dispatcher<S, C> {
    /// Hands over what waits for a service in a partition; ends when nothing is left, when another
    /// dispatcher has moved the cursor, or when it is to stop. Without a `stop` it does not wait for
    /// anything either: it ends at the first message that cannot be handed over now.
    pub(super) async fn lane(
        self: &Arc<Self>,
        service: &ServiceId,
        partition: Partition,
        mut stop: Option<watch::Receiver<bool>>,
    ) {
        let mut lane = Lane {
            service,
            partition,
            reader: Reader::Service(service.clone()),
            cursor: None,
            done: Position::ZERO,
            held: None,
            failures: 0,
            refusals: 0,
            is_refused: false,
        };
        loop {
            match self.page(&mut lane).await {
                Ok(Some(Handed::Over | Handed::Parked)) => {
                    lane.failures = 0;
                    if stop.as_ref().is_some_and(is_stopping) {
                        return;
                    }
                    continue;
                }
                Ok(Some(Handed::Later)) => {}
                Ok(None) => return,
                // The store cannot be asked, or cannot be written: nothing is handed over again before
                // what was acknowledged is behind the cursor.
                Err(_) => count(&self.counters.faults),
            }
            lane.failures = lane.failures.saturating_add(1);
            lane.held = None;
            let Some(stop) = stop.as_mut().filter(|stop| !is_stopping(stop)) else {
                return;
            };
            tokio::select! {
                () = tokio::time::sleep(self.pause(&lane)) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Hands a page over, as far as it goes, and moves the cursor; `None` when the lane is to end.
    async fn page(&self, lane: &mut Lane<'_>) -> Result<Option<Handed>, OperatorFault> {
        lane.is_refused = false;
        let (reader, partition) = (&lane.reader, lane.partition);
        let cursor = self.store().cursor(reader, partition).await?;
        if lane.cursor.is_some_and(|known| known != cursor) {
            // Another dispatcher is at work here.
            return Ok(None);
        }
        lane.cursor = Some(cursor);
        if !self.settle(lane).await? {
            return Ok(None);
        }
        let cursor = lane.cursor.unwrap_or(cursor);
        if lane.held.is_none() {
            let parked = parked_of(self.store(), lane.service).await?;
            lane.held = Some(parked.into_iter().map(|parked| parked.account).collect());
        }
        let max = self.policy.page.get();
        let page = self.store().log(partition, Some(lane.service), cursor, max);
        let page = page.await?;
        if page.is_empty() {
            return Ok(None);
        }
        let mut handed = Ok(Some(Handed::Over));
        for logged in page {
            match self.entry(lane, &logged).await {
                Ok(Handed::Over | Handed::Parked) => {
                    lane.refusals = 0;
                    lane.done = logged.entry.position;
                }
                Ok(Handed::Later) => {
                    handed = Ok(Some(Handed::Later));
                    break;
                }
                Err(error) => {
                    handed = Err(error);
                    break;
                }
            }
        }
        // What was acknowledged is behind the cursor, whatever came after it.
        match self.settle(lane).await? {
            true => handed,
            false => Ok(None),
        }
    }

    /// Moves the cursor behind what was acknowledged; `false` when it stands elsewhere.
    async fn settle(&self, lane: &mut Lane<'_>) -> Result<bool, OperatorFault> {
        let Some(cursor) = lane.cursor.filter(|cursor| lane.done > *cursor) else {
            return Ok(true);
        };
        let (reader, partition) = (&lane.reader, lane.partition);
        let is_moved = self.store().advance(reader, partition, cursor, lane.done);
        if is_moved.await? {
            lane.cursor = Some(lane.done);
            return Ok(true);
        }
        Ok(false)
    }

    async fn entry(&self, lane: &mut Lane<'_>, logged: &Logged) -> Result<Handed, OperatorFault> {
        if lane
            .held
            .as_ref()
            .is_some_and(|held| held.contains(&logged.account))
        {
            return self.park(lane, logged, 0, "behind").await;
        }
        lane.is_refused = false;
        let handed = self.hand_over(lane.service, lane.partition, logged);
        let handed = match handed.await {
            // What the store holds of it is not what was written: others do not wait for that.
            Err(fault) if is_damaged(&fault) => {
                return self.park(lane, logged, 0, fault.code()).await;
            }
            handed => handed?,
        };
        match handed {
            Ok(()) => Ok(Handed::Over),
            Err(Undelivered::Unreachable) => {
                count(&self.counters.unreachable);
                Ok(Handed::Later)
            }
            Err(Undelivered::Refused(code)) => {
                count(&self.counters.refused);
                lane.is_refused = true;
                lane.refusals = lane.refusals.saturating_add(1);
                if lane.refusals < self.policy.attempts {
                    return Ok(Handed::Later);
                }
                if is_of_a_linking(logged, lane.service)? {
                    count(&self.counters.given_up);
                    return Ok(Handed::Over);
                }
                let refusals = lane.refusals;
                self.park(lane, logged, refusals, &code).await
            }
        }
    }

    async fn park(
        &self,
        lane: &mut Lane<'_>,
        logged: &Logged,
        attempts: u32,
        code: &str,
    ) -> Result<Handed, OperatorFault> {
        self.file_parked(lane.service, lane.partition, logged, attempts, code)
            .await?;
        lane.held
            .get_or_insert_default()
            .insert(logged.account.clone());
        count(&self.counters.parked);
        Ok(Handed::Parked)
    }

    /// Hands over all that an entry has for a service.
    pub(super) async fn hand_over(
        &self,
        service: &ServiceId,
        partition: Partition,
        logged: &Logged,
    ) -> Result<Result<(), Undelivered>, OperatorFault> {
        let proven = self.operator.proven(&logged.account, &logged.entry);
        let entry = proven.await?;
        let id = |number| ParcelId {
            partition,
            position: logged.entry.position,
            number,
        };
        if service.as_str() == PERSON {
            for (number, letter) in entry.letters().iter().enumerate() {
                let letter = Letter {
                    id: id(number),
                    to: logged.account.clone(),
                    letter: letter.clone(),
                };
                if let Err(why) = self.in_time(service, self.courier.write(&letter)).await {
                    return Ok(Err(why));
                }
                count(&self.counters.delivered);
            }
            return Ok(Ok(()));
        }
        for (number, delivery) in entry.outbox()?.into_iter().enumerate() {
            if delivery.to != *service {
                continue;
            }
            let parcel = Parcel {
                id: id(number),
                to: delivery.to,
                message: delivery.message,
            };
            if let Err(why) = self.in_time(service, self.courier.deliver(&parcel)).await {
                return Ok(Err(why));
            }
            count(&self.counters.delivered);
        }
        Ok(Ok(()))
    }

    async fn in_time(
        &self,
        service: &ServiceId,
        handing: impl Future<Output = Result<(), Undelivered>>,
    ) -> Result<(), Undelivered> {
        // Its own share first: whoever does not answer takes no more than that from the others.
        let share = self.share(service);
        let (Ok(_share), Ok(_permit)) = (share.acquire().await, self.under_way.acquire().await)
        else {
            return Err(Undelivered::Unreachable);
        };
        let handed = tokio::time::timeout(self.policy.timeout, handing).await;
        handed.unwrap_or(Err(Undelivered::Unreachable))
    }

    /// Twice as long each time, and never two lanes in step. A service that answers is asked again sooner:
    /// messages of other accounts wait behind the one that it refuses.
    fn pause(&self, lane: &Lane<'_>) -> Duration {
        let doubled = match lane.is_refused {
            true => lane.refusals,
            false => 2_u32.saturating_pow(lane.failures.saturating_sub(1).min(16)),
        };
        let whole = self
            .policy
            .first_pause
            .saturating_mul(doubled)
            .min(self.policy.longest_pause);
        let dice = RandomState::new().hash_one(lane.service);
        let share = u32::try_from(dice % 50).unwrap_or_default();
        whole.saturating_mul(100 - share) / 100
    }
}

/// Whether all that an entry has for a service belongs to a linking under way. Nothing rests on that yet: a
/// service that has forgotten it refuses it, and the person begins anew.
fn is_of_a_linking(logged: &Logged, service: &ServiceId) -> Result<bool, OperatorFault> {
    let outbox = Entry::read(&logged.entry.body)?.outbox()?;
    let mut for_it = outbox.iter().filter(|delivery| delivery.to == *service);
    let is_of_it = |message: &ToService| {
        matches!(
            message,
            ToService::LinkInvitation(_) | ToService::LinkProposal(_)
        )
    };
    let first = for_it.next();
    Ok(first.is_some_and(|first| is_of_it(&first.message))
        && for_it.all(|delivery| is_of_it(&delivery.message)))
}

/// Whether nothing more is to be begun; whoever would say so may be gone.
fn is_stopping(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

/// Whether an entry cannot be read, as against a store that cannot be asked now.
pub(super) const fn is_damaged(fault: &OperatorFault) -> bool {
    matches!(
        fault,
        OperatorFault::Rule(OperatorRefusal::MarkBroken) | OperatorFault::Journal(_)
    )
}
