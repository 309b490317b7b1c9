//! Delivery: the log is the outbox.
//!
//! What an account decided has its messages in the entry, so there is nothing that could be stored
//! without them, or they without it. For each service and partition a *lane* reads the entries that have
//! something for the service from its cursor on, hands their messages over in order, and moves the
//! cursor after the acknowledgement: at least once and, while one dispatcher is at work, never out of order
//! within an account.
//!
//! * **Unreachable** is a service that did not answer, or said to come again: the lane waits, longer each
//!   time, and nothing is given up, however long it takes.
//! * **Refused** is a message that the service will not have: after [`Policy::attempts`] it is *parked*, to
//!   be seen and sent again by hand, and so is what comes later from the same account, since a service
//!   that lacks a link or a consent can take nothing that rests on it. Other accounts go on. A message of
//!   a linking under way is given up: nothing rests on it, and a service that was restarted meanwhile
//!   has forgotten the linking.
//! * **One service never waits for another**: each has lanes of its own, and a bound on what is under way
//!   holds while something is being handed over, not while a lane waits. One service has an eighth of it.
//! * **What is damaged** in the store is parked by its code, and others go on. A store that cannot be written
//!   makes a lane wait: nothing is handed over again before the cursor stands behind what was taken.
//!
//! Receivers must take a message twice ([`ParcelId`] says that it is the same), and pull what is missing
//! when they see a gap: `mydata::service::Service` does both.

mod lane;
mod parked;

pub use parked::{Parked, parked, parked_of};

use crate::model::{Partition, Position};
use crate::operator::Operator;
use crate::store::Store;
use mydata::core::id::{AccountId, ServiceId};
use mydata::operator::ToPerson;
use mydata::record::message::ToService;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// A lane whose courier has panicked begins again after this time.
const LANE_BROKEN: Duration = Duration::from_secs(1);

/// Hands messages over: an HTTP client, a queue, a test.
pub trait Courier: fmt::Debug + Send + Sync + 'static {
    /// Hands a message to its service. `Ok` says that the service has it for good.
    fn deliver(&self, parcel: &Parcel) -> impl Future<Output = Result<(), Undelivered>> + Send;

    /// Writes to a person. `Ok` says that the letter is on its way.
    fn write(&self, letter: &Letter) -> impl Future<Output = Result<(), Undelivered>> + Send;
}

impl<C: Courier> Courier for Arc<C> {
    fn deliver(&self, parcel: &Parcel) -> impl Future<Output = Result<(), Undelivered>> + Send {
        C::deliver(self, parcel)
    }

    fn write(&self, letter: &Letter) -> impl Future<Output = Result<(), Undelivered>> + Send {
        C::write(self, letter)
    }
}

/// Why a message was not handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "one is tried for ever, the other is not"
)]
pub enum Undelivered {
    /// The service cannot be reached, is too slow, or is busy: later.
    Unreachable,
    /// The service will not have it, and says why by this code; it must repeat nothing of the message.
    Refused(Box<str>),
}

/// Which message of the log it is: the same each time it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct ParcelId {
    /// The partition.
    pub partition: Partition,
    /// The entry.
    pub position: Position,
    /// The message in it, counted over all services.
    pub number: usize,
}

impl fmt::Display for ParcelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{}-{}",
            self.partition.0,
            self.position.get(),
            self.number
        )
    }
}

/// A message to a service. It has no account in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Parcel {
    /// Which it is.
    pub id: ParcelId,
    /// To whom.
    pub to: ServiceId,
    /// What.
    pub message: ToService,
}

/// A letter to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Letter {
    /// Which it is.
    pub id: ParcelId,
    /// To whom.
    pub to: AccountId,
    /// What.
    pub letter: ToPerson,
}

/// How deliveries go about.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Policy {
    /// Messages handed over at once, over all services; one service has an eighth of it at the most.
    pub under_way: NonZeroUsize,
    /// Entries read at once for a lane: so many are sent again after a crash, at the most.
    pub page: NonZeroUsize,
    /// A service that has not answered after this time is unreachable.
    pub timeout: Duration,
    /// How long a lane waits at first, …
    pub first_pause: Duration,
    /// … and at the most: it doubles.
    pub longest_pause: Duration,
    /// After so many refusals a message is parked.
    pub attempts: u32,
    /// How often the store is asked, when nothing is heard of new entries: other processes write too.
    pub poll: Duration,
}

impl Default for Policy {
    /// 64 at once, pages of 32, 10 seconds to answer, pauses of 0.5 to 60 seconds, 8 refusals, asked
    /// every half second.
    fn default() -> Self {
        let number = |number| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN);
        Self {
            under_way: number(64),
            page: number(32),
            timeout: Duration::from_secs(10),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
            attempts: 8,
            poll: Duration::from_millis(500),
        }
    }
}

/// What a dispatcher has counted since it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Traffic {
    /// Messages acknowledged.
    pub delivered: u64,
    /// Times that a service could not be reached.
    pub unreachable: u64,
    /// Times that a service refused a message.
    pub refused: u64,
    /// Messages parked.
    pub parked: u64,
    /// Messages of linkings that a service refused to the last: nothing rests on them.
    pub given_up: u64,
    /// Times that the store could not be asked or written.
    pub faults: u64,
}

#[derive(Debug, Default)]
struct Counters {
    delivered: AtomicU64,
    unreachable: AtomicU64,
    refused: AtomicU64,
    parked: AtomicU64,
    given_up: AtomicU64,
    faults: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Delivers what an operator has decided.
pub struct Dispatcher<S: Store, C> {
    operator: Arc<Operator<S>>,
    courier: C,
    policy: Policy,
    under_way: Semaphore,
    /// What each service may have of it: an eighth.
    shares: Mutex<BTreeMap<ServiceId, Arc<Semaphore>>>,
    counters: Counters,
}

impl<S: Store, C: Courier> Dispatcher<S, C> {
    /// A dispatcher for an operator. Of two at once, in two processes, one finds the cursor moved and
    /// leaves; a page that both have in hand is delivered twice, and while one of them parks a message
    /// the other may hand over a later one of the account. One at a time is better.
    #[must_use]
    pub fn new(operator: Arc<Operator<S>>, courier: C, policy: Policy) -> Arc<Self> {
        let under_way = Semaphore::new(policy.under_way.get());
        Arc::new(Self {
            operator,
            courier,
            policy,
            under_way,
            shares: Mutex::default(),
            counters: Counters::default(),
        })
    }

    /// The courier.
    #[must_use]
    pub const fn courier(&self) -> &C {
        &self.courier
    }

    /// What it has counted.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Traffic {
            delivered: read(&self.counters.delivered),
            unreachable: read(&self.counters.unreachable),
            refused: read(&self.counters.refused),
            parked: read(&self.counters.parked),
            given_up: read(&self.counters.given_up),
            faults: read(&self.counters.faults),
        }
    }

    fn share(&self, service: &ServiceId) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let share = shares.entry(service.clone());
        let most = (self.policy.under_way.get() / 8).max(1);
        Arc::clone(share.or_insert_with(|| Arc::new(Semaphore::new(most))))
    }

    fn store(&self) -> &S {
        self.operator.store()
    }

    /// Delivers until `stop` becomes true: what is being handed over then is finished, and every cursor
    /// stands behind what was acknowledged.
    pub async fn run(self: &Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut busy = BTreeSet::new();
        let mut lanes = JoinSet::new();
        while !*stop.borrow_and_update() {
            for partition in (0..self.store().partitions()).map(Partition) {
                // What cannot be asked now is asked again soon.
                let Ok(waiting) = self.store().waiting(partition).await else {
                    count(&self.counters.faults);
                    continue;
                };
                for service in waiting {
                    let lane = (service, partition);
                    if busy.insert(lane.clone()) {
                        let dispatcher = Arc::clone(self);
                        let stop = stop.clone();
                        // A courier that panics ends this lane and not the service's deliveries.
                        lanes.spawn(async move {
                            let (service, partition) = lane.clone();
                            let run = async move {
                                dispatcher.lane(&service, partition, Some(stop)).await;
                            };
                            if tokio::spawn(run).await.is_err() {
                                tokio::time::sleep(LANE_BROKEN).await;
                            }
                            lane
                        });
                    }
                }
            }
            let pause = tokio::time::sleep(self.policy.poll);
            tokio::pin!(pause);
            tokio::select! {
                () = self.operator.stored().notified() => {}
                () = &mut pause => {}
                Some(ended) = lanes.join_next() => {
                    if let Ok(lane) = ended {
                        busy.remove(&lane);
                    }
                }
                changed = stop.changed() => {
                    if changed.is_err() {
                        break;
                    }
                }
            }
            while let Some(ended) = lanes.try_join_next() {
                if let Ok(lane) = ended {
                    busy.remove(&lane);
                }
            }
        }
        while lanes.join_next().await.is_some() {}
    }

    /// Delivers what is waiting, in one go: until nothing is left but what waits for a service that
    /// cannot be reached. For tests and tools; [`run`](Self::run) is for a server.
    pub async fn drain(self: &Arc<Self>) {
        for partition in (0..self.store().partitions()).map(Partition) {
            let waiting = self.store().waiting(partition).await.unwrap_or_default();
            for service in waiting {
                self.lane(&service, partition, None).await;
            }
        }
    }
}

impl<S: Store, C: fmt::Debug> fmt::Debug for Dispatcher<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher")
            .field("courier", &self.courier)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
