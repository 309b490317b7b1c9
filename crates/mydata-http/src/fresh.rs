//! How old what a source knows of its consents may be.
//!
//! An operator tells its services of every change. A source cannot tell an operator that has nothing to say
//! from one that is down; so it asks ([`Desk::refresh`](crate::Desk::refresh)) what still waits for it. Since
//! the last question *before which* nothing waits any more it may serve for its declared staleness, and then
//! it refuses with `consent_status_unknown`: a withdrawal that nobody could tell it is not ignored for longer
//! than that.
//!
//! Under steady traffic something nearly always waits, and is told within milliseconds. So a source remembers
//! what waited when it asked, and looks in later answers whether all of that is through:
//!
//! * Whatever an operator had decided when it was asked is through, or was waiting: not behind the `last` of
//!   its queue, since positions have the order of the commits and are read after the question.
//! * When a later answer has the queue's `first` behind that `last`, or has no such queue, all of it is through.
//! * Then the source knows whatever was decided before *it* asked the first time, by its own clock.
//!
//! No time of the operator's plays a part, and none of a decision: a clock that is wrong or set back there
//! makes nothing fresh. An answer that comes late, or never, makes what is known no newer than its question.
//! The source's own clock may be set back too: what was heard at a time that is still to come is old, and nothing is
//! younger than the time that has been measured since.

use crate::deliveries::Waiting;
use mydata::core::id::{ConsentId, OperatorId};
use mydata::core::time::{Seconds, Timestamp};
use mydata::record::consent::Consent as _;
use mydata::service::Service;
use mydata::token::access::{HeldConsent, HeldConsents};
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;
use tokio::time::Instant;

/// How long a source serves on what it knows, if nothing else is declared.
pub const STALENESS: Seconds = Seconds::minutes(5);

/// How often a source asks, if nothing else is said.
pub const POLL: Duration = Duration::from_secs(30);

/// A clock that is set back by no more than this is one that is kept right.
const STEP: Seconds = Seconds::new(10);

/// When it was, by the clock, which goes on while a machine sleeps, and by what nobody can set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    time: Timestamp,
    measured: Instant,
}

impl Moment {
    /// Now, which is `time`.
    pub(crate) fn at(time: Timestamp) -> Self {
        Self {
            time,
            measured: Instant::now(),
        }
    }

    /// Whether by the clock it is still to come at `now`.
    fn is_to_come(self, now: Timestamp) -> bool {
        self.time > now.plus(STEP)
    }

    /// How long ago it was: by whichever says more. Of a time that is to come nobody knows when it was.
    pub(crate) fn age(self, now: Timestamp) -> Seconds {
        let by_clock = now.since(match self.is_to_come(now) {
            true => Timestamp::EPOCH,
            false => self.time,
        });
        let measured = u32::try_from(self.measured.elapsed().as_secs()).unwrap_or(u32::MAX);
        by_clock.max(Seconds::new(measured))
    }

    /// Which of two came first is measured: the clock may have been set back a little between them.
    fn is_before(self, other: Self) -> bool {
        self.measured < other.measured
    }

    fn later(self, other: Self) -> Self {
        if self.is_before(other) { other } else { self }
    }
}

/// Answers that are remembered of each operator, of which something is not through yet: those of the whole
/// staleness, if it is not asked oftener than every ten seconds.
const OPEN: usize = 32;

/// Up to when each operator has told all.
#[derive(Debug)]
pub(crate) struct Heard {
    bound: Seconds,
    /// Before anything was heard: what is there at the start was asked for, or has come since.
    begun: Moment,
    last: RwLock<BTreeMap<OperatorId, Told>>,
}

/// What one operator has told.
#[derive(Debug)]
struct Told {
    /// Whatever was decided before is known here.
    up_to: Moment,
    open: Vec<Open>,
}

/// What waited when it was asked, some of it perhaps still.
#[derive(Debug)]
struct Open {
    asked: Moment,
    waiting: Vec<Waiting>,
}

impl Open {
    /// Whether all of it is through, by what waits later.
    fn is_through(&self, now: &[Waiting]) -> bool {
        let is_behind = |then: &Waiting| {
            let mut queue = now.iter().filter(|now| now.queue == then.queue);
            queue.all(|now| now.first > then.last)
        };
        self.waiting.iter().all(is_behind)
    }
}

impl Heard {
    pub(crate) fn new(bound: Seconds, begun: Timestamp) -> Self {
        Self {
            bound,
            begun: Moment::at(begun),
            last: RwLock::default(),
        }
    }

    /// The same beginning, and another bound.
    pub(crate) fn within(self, bound: Seconds) -> Self {
        Self { bound, ..self }
    }

    /// An operator has said at `now`, to a question that was asked at `asked`, what waits.
    pub(crate) fn from(
        &self,
        operator: &OperatorId,
        (asked, now): (Moment, Timestamp),
        waiting: Vec<Waiting>,
    ) {
        let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
        let told = last.entry(operator.clone()).or_insert(Told {
            up_to: self.begun,
            open: Vec::new(),
        });
        if asked.is_to_come(now) {
            return;
        }
        told.open.retain(|open| !open.asked.is_to_come(now));
        if told.up_to.is_to_come(now) {
            told.up_to.time = Timestamp::EPOCH;
        }
        // What nothing waits of is through by its own answer. An answer to an earlier question says nothing
        // of a later one, however late it comes.
        let answer = Open { asked, waiting };
        let through = told.open.iter().chain([&answer]);
        let through = through
            .filter(|open| !asked.is_before(open.asked) && open.is_through(&answer.waiting))
            .map(|open| open.asked);
        told.up_to = through.fold(told.up_to, Moment::later);
        // What is through before, or would be of no use any more.
        let (up_to, oldest) = (told.up_to, asked.time.minus(self.bound));
        let is_of_use = |open: &Open| up_to.is_before(open.asked) && open.asked.time >= oldest;
        told.open.retain(is_of_use);
        if is_of_use(&answer) && told.open.len() < OPEN {
            told.open.push(answer);
        }
    }

    fn since(&self, operator: &OperatorId) -> Moment {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        last.get(operator).map_or(self.begun, |told| told.up_to)
    }

    /// How old what is known of this operator's consents is at `now`.
    fn age(&self, operator: &OperatorId, now: Timestamp) -> Seconds {
        self.since(operator).age(now)
    }

    /// Whether what is known of this operator's consents may be used at `now`.
    pub(crate) fn is_fresh(&self, operator: &OperatorId, now: Timestamp) -> bool {
        self.age(operator, now) <= self.bound
    }

    /// How many seconds ago whatever these operators had decided is known to have come.
    pub(crate) fn ages<'o>(
        &self,
        operators: impl Iterator<Item = &'o OperatorId>,
        now: Timestamp,
    ) -> BTreeMap<OperatorId, Seconds> {
        let age = |operator: &OperatorId| (operator.clone(), self.age(operator, now));
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::OnceLock;

    const BOUND: Seconds = Seconds::new(60);

    fn at(second: u64) -> Timestamp {
        Timestamp::from_seconds(1_000_000 + second).unwrap()
    }

    fn moment(second: u64) -> Moment {
        static BEGUN: OnceLock<Instant> = OnceLock::new();
        let begun = *BEGUN.get_or_init(Instant::now);
        Moment {
            time: at(second),
            measured: begun + Duration::from_secs(second),
        }
    }

    fn heard() -> Heard {
        Heard {
            bound: BOUND,
            begun: moment(0),
            last: RwLock::default(),
        }
    }

    /// The same numbers for the same seed (xorshift64).
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, most: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 >> 33).unwrap() % most
        }
    }

    /// One queue of an operator: when each entry was decided, and how many were acknowledged.
    #[derive(Default)]
    struct Queue {
        decided: Vec<Timestamp>,
        taken: usize,
    }

    fn waiting(queues: &[Queue]) -> Vec<Waiting> {
        let queues = (0..).zip(queues);
        let waits = queues.filter(|(_, queue)| queue.taken < queue.decided.len());
        waits
            .map(|(number, queue)| Waiting {
                queue: number,
                first: queue.taken as u64 + 1,
                last: queue.decided.len() as u64,
            })
            .collect()
    }

    fn id() -> OperatorId {
        OperatorId::parse("operator.example").unwrap()
    }

    /// Questions that are read late, answers that come in any order, queues that are told in any order: what
    /// was decided before the time up to which a source has heard is known to it.
    #[test]
    fn whatever_was_decided_before_is_known() {
        let (mut newer, mut older) = (0, 0);
        for seed in 1..=2000_u64 {
            let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let mut queues: [Queue; 3] = Default::default();
            let (mut now, mut asked, mut answers) = (0, Vec::new(), Vec::new());
            let heard = heard();
            for _ in 0..300 {
                match dice.below(8) {
                    0 => now += 1,
                    1 => queues[dice.below(3)].decided.push(at(now)),
                    2..=4 => {
                        let queue = &mut queues[dice.below(3)];
                        queue.taken = queue.decided.len().min(queue.taken + 1);
                    }
                    5 => asked.push(now),
                    6 if !asked.is_empty() => {
                        let of = asked.swap_remove(dice.below(asked.len()));
                        answers.push((of, waiting(&queues)));
                    }
                    7 if !answers.is_empty() => {
                        let (of, waiting) = answers.swap_remove(dice.below(answers.len()));
                        let is_all = waiting.is_empty();
                        let before = heard.since(&id()).time;
                        heard.from(&id(), (moment(of), at(now)), waiting);
                        let up_to = heard.since(&id()).time;
                        newer += usize::from(up_to > before && !is_all);
                        older += usize::from(at(of) < before);
                        let unknown = queues
                            .iter()
                            .flat_map(|queue| &queue.decided[queue.taken..]);
                        assert!(unknown.min().is_none_or(|first| *first >= up_to), "{seed}");
                    }
                    _ => {}
                }
            }
        }
        // Both happened, and often.
        assert!(newer > 1000 && older > 1000, "{newer}, {older}");
    }

    #[test]
    fn steady_traffic_that_is_told_makes_nothing_old() {
        let mut queues: [Queue; 3] = Default::default();
        let heard = heard();
        let mut oldest = Seconds::ZERO;
        for second in 0..6000_u64 {
            for queue in &mut queues {
                // One a second, and the last two on their way.
                queue.decided.push(at(second));
                queue.taken = queue.decided.len().saturating_sub(2);
            }
            if second % 10 == 0 {
                let waits = waiting(&queues);
                assert!(!waits.is_empty());
                heard.from(&id(), (moment(second), at(second)), waits);
            }
            oldest = oldest.max(at(second).since(heard.since(&id()).time));
        }
        assert!(oldest <= Seconds::new(20), "{oldest:?}");
    }

    #[test]
    fn what_was_heard_at_a_time_to_come_is_old() {
        let told = |heard: &Heard, asked: u64, now: u64| {
            heard.from(&id(), (moment(asked), at(now)), Vec::new());
        };
        // It began three hours ahead, and then the clock was set right.
        let heard = Heard::new(BOUND, at(10_800));
        assert!(heard.is_fresh(&id(), at(10_800)));
        assert!(!heard.is_fresh(&id(), at(60)));
        let ages = heard.ages([id()].iter(), at(60));
        assert!(ages.values().all(|age| *age > BOUND));
        told(&heard, 90, 90);
        assert_eq!(heard.since(&id()).time, at(90));
        assert!(heard.is_fresh(&id(), at(150)) && !heard.is_fresh(&id(), at(151)));
        // A question from before the clock was set back, and answers to it that are looked at in vain.
        told(&heard, 10_900, 160);
        assert!(!heard.is_fresh(&id(), at(160)));
        let waits = || {
            vec![Waiting {
                queue: 0,
                first: 1,
                last: 1,
            }]
        };
        heard.from(&id(), (moment(10_900), at(10_900)), waits());
        told(&heard, 170, 170);
        assert_eq!(heard.since(&id()).time, at(170));
        // A second is not the world.
        assert!(heard.is_fresh(&id(), at(169)));
    }

    #[test]
    fn one_queue_that_stands_still_makes_all_old() {
        let mut queues: [Queue; 3] = Default::default();
        let heard = heard();
        let mut asked = |second: u64, is_stuck: bool| {
            for (number, queue) in queues.iter_mut().enumerate() {
                queue.decided.push(at(second));
                if number != 1 || !is_stuck {
                    queue.taken = queue.decided.len() - 1;
                }
            }
            heard.from(&id(), (moment(second), at(second)), waiting(&queues));
        };
        let seconds = |from: u64, to: u64| (from..to).filter(|second| second % 10 == 0);
        seconds(0, 110).for_each(|second| asked(second, false));
        let known = heard.since(&id()).time;
        assert_eq!(known, at(90));
        seconds(110, 500).for_each(|second| asked(second, true));
        // The one of the last second before it is the first that does not come through.
        assert_eq!(heard.since(&id()).time, known);
        assert!(heard.is_fresh(&id(), at(150)) && !heard.is_fresh(&id(), at(151)));
        // It goes on: with the next answer what is known is new again.
        seconds(500, 520).for_each(|second| asked(second, false));
        assert!(heard.since(&id()).time >= at(490));
    }
}
