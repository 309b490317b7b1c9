//! The part of the laws that is about notifications and objections.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test helper that fails fails the test"
)]

use crate::laws::{Op, Run, obey};
use crate::support::{Still, linked};
use mydata::core::id::{DatasetId, LinkId, ObjectedId, ObjectionId, PurposeId, ServiceId};
use mydata::operator::{Command, Scope, Told};
use mydata::record::description::Basis;
use mydata::record::notification::Subscribed;
use mydata::record::objection::{ObjectedState, ObjectionDecision, Verdict};
use mydata::service::{Ground, Lawful};
use mydata_conformance::wishes::verdicts;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was given, to be given again, and how far each item has been seen: at the operator and at the
/// sink.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    kept: Vec<Command>,
    seen: [BTreeMap<(ObjectionId, ObjectedId), ObjectedState>; 2],
}

fn processing(purpose: &str) -> Scope {
    Scope::Processing(PurposeId::parse(purpose).unwrap())
}

fn dataset(id: &str) -> Scope {
    Scope::Dataset(DatasetId::parse(id).unwrap())
}

impl Run {
    fn is_linked(&self) -> bool {
        let sink = ServiceId::parse("sink").unwrap();
        self.world.account.active_link(&sink).is_some()
    }

    /// Given by whom it is for, most of the time.
    fn by(&mut self, command: Command, rightly: usize, who: usize) {
        let who = if who > 5 { rightly } else { who };
        self.command(Self::capacity(who), &command);
        self.wishes.kept.push(command);
    }

    pub(crate) fn subscribe(&mut self, what: usize, who: usize) {
        let all: [&[&str]; 6] = [
            &["news"],
            &["alerts"],
            &["-news"],
            &["-alerts", "news"],
            &["alerts", "-news"],
            &["weather"],
        ];
        if let Ok(record) = self.world.signed_subscription(all[what]) {
            let service = Arc::clone(&self.world.sink.registered);
            let confirm = Command::ConfirmSubscription {
                surrogate_id: record.surrogate_id().clone(),
                id: record.id().clone(),
            };
            self.by(Command::Subscribe { service, record }, 0, who);
            self.wishes.kept.push(confirm);
        }
    }

    pub(crate) fn notify(&mut self, what: usize, who: usize) {
        let all: [&[&str]; 4] = [&["news"], &["alerts"], &["news", "alerts"], &[]];
        if !self.is_linked() {
            return;
        }
        let link = self.world.sink_link();
        if self.world.sink.service.link(&link).is_none() {
            return;
        }
        if let Ok(push) = self.world.notification(all[what]) {
            let command = self.world.told(&push);
            self.by(command, 5, who);
        }
    }

    pub(crate) fn object(&mut self, what: usize, who: usize) {
        let scopes = match what {
            0 => vec![processing("duty")],
            1 => vec![dataset("own"), processing("survey")],
            2 => vec![dataset("a"), dataset("b")],
            3 => vec![processing("deal")],
            _ => Vec::new(),
        };
        if let Ok(record) = self.world.signed_objection(scopes) {
            let service = Arc::clone(&self.world.sink.registered);
            self.by(Command::Object { service, record }, 0, who);
        }
    }

    pub(crate) fn answer(&mut self, objection: usize, chosen: [usize; 2], who: usize) {
        let service = &self.world.sink.service;
        let Some(at) = objection.checked_rem(service.objections().count()) else {
            return;
        };
        let (id, held) = service.objections().nth(at).unwrap();
        let id = id.clone();
        let items = held.request.items().iter().zip(chosen);
        let decisions: Vec<ObjectionDecision> = items
            .flat_map(|(item, n)| verdicts(&[item.id.as_str()], Verdict::ALL[n]))
            .collect();
        let before = Still::of(&self.world);
        match self.world.answer_of_sink(&id, decisions) {
            Ok(answer) => {
                let command = self.world.answered(&answer);
                self.by(command, 5, who);
            }
            Err(_) => before.assert(&self.world),
        }
    }

    pub(crate) fn again(&mut self, at: usize, who: usize) {
        if let Some(at) = at.checked_rem(self.wishes.kept.len()) {
            let command = self.wishes.kept[at].clone();
            let who = if who > 5 { 5 } else { who };
            self.command(Self::capacity(who), &command);
        }
    }

    /// What is in force follows from the subscriptions, whatever their order; nothing is there that
    /// was never asked for; no item goes back; and what the sink has accepted it does not do.
    pub(crate) fn assert_wishes(&mut self) {
        let account = &self.world.account;
        for (_, link) in account.links() {
            let Some(mailbox) = link.mailbox() else {
                continue;
            };
            let records = || mailbox.subscriptions().iter().map(|record| &**record);
            assert_eq!(*mailbox.in_force(), Subscribed::of(records()));
            let backwards: Vec<_> = records().collect();
            let backwards = Subscribed::of(backwards.into_iter().rev());
            assert_eq!(*mailbox.in_force(), backwards);
            for received in mailbox.history() {
                if let Told::Signed(record) = &received.notification {
                    let mut all = record.messages().iter();
                    let was_wished = |id| records().any(|r| Subscribed::of([r]).contains(id));
                    assert!(all.all(|message| was_wished(&message.id)));
                }
            }
        }
        let of_operator = account.objections().map(|(id, o)| (id, o.states()));
        see(&mut self.wishes.seen[0], of_operator);
        let service = &self.world.sink.service;
        see(
            &mut self.wishes.seen[1],
            service.objections().map(|(id, held)| (id, &held.states)),
        );
        // The operator has heard it from the service.
        for (item, state) in &self.wishes.seen[0] {
            if state.is_final() {
                assert_eq!(self.wishes.seen[1].get(item), Some(state));
            }
        }
        self.assert_ceased();
    }

    fn assert_ceased(&self) {
        let service = &self.world.sink.service;
        let person: Vec<LinkId> = service.links().map(|(id, _)| id.clone()).collect();
        if person.is_empty() {
            return;
        }
        let description = &self.world.sink.registered.description;
        for (purpose, dataset) in [("duty", "a"), ("survey", "b"), ("survey", "own")] {
            let (purpose, dataset) = (
                PurposeId::parse(purpose).unwrap(),
                DatasetId::parse(dataset).unwrap(),
            );
            let any = |wanted: &dyn Fn(ObjectedState) -> bool| {
                service.objections().any(|(_, held)| {
                    let mut items = held.request.items().iter();
                    items.any(|item| {
                        wanted(held.states[&item.id])
                            && item.processing_id.as_ref().is_none_or(|id| *id == purpose)
                            && item.dataset_id.as_ref().is_none_or(|id| *id == dataset)
                    })
                })
            };
            let answer = service.may_use(&person, description, &purpose, &dataset, self.world.now);
            let basis = Basis::PublicInterest;
            if any(&|state| state == ObjectedState::Accepted) {
                // No purpose with a basis of its own can be consented to.
                assert_eq!(answer.code(), Some("objected"));
            } else if any(&|state| !state.is_final()) {
                assert_eq!(answer, Lawful::On(Ground::Contested(basis)));
            } else {
                assert_eq!(answer, Lawful::On(Ground::Basis(basis)));
            }
        }
    }

    /// After all is delivered the sink has every subscription of a link that is active, and says of
    /// them what the operator says.
    pub(crate) fn assert_wishes_agree(&self) {
        let service = &self.world.sink.service;
        for (id, held) in service.links() {
            if held.is_active() {
                let link = self.world.account.link(id).unwrap();
                let subscribed = link.mailbox().map(|mailbox| mailbox.in_force().clone());
                assert_eq!(held.subscribed, subscribed.unwrap_or_default());
            }
        }
        for (id, objection) in self.world.account.objections() {
            let is_active = |link: &LinkId| service.link(link).is_some_and(|l| l.is_active());
            let held = service.objection(id);
            assert!(held.is_some() || !is_active(objection.link_id()));
        }
    }
}

fn see<'s>(
    seen: &mut BTreeMap<(ObjectionId, ObjectedId), ObjectedState>,
    all: impl Iterator<Item = (&'s ObjectionId, &'s BTreeMap<ObjectedId, ObjectedState>)>,
) {
    for (objection, states) in all {
        for (item, state) in states {
            let before = seen.insert((objection.clone(), item.clone()), *state);
            let is_back = match before {
                Some(ObjectedState::Accepted | ObjectedState::Rejected) => before != Some(*state),
                Some(ObjectedState::Pending) => *state == ObjectedState::Requested,
                Some(ObjectedState::Requested) | None => false,
            };
            assert!(!is_back, "{before:?} became {state:?}");
        }
    }
}

/// The laws would hold of a world in which nobody wishes anything: so much happens.
//= NT-09, OB-08, FW-51 test
#[test]
fn the_laws_see_wishes_and_refusals() {
    let courier = Op::Courier { message: 0 };
    let answer = |verdicts, who| Op::Answer {
        objection: 0,
        verdicts,
        who,
    };
    let run = obey(
        linked(),
        &[
            Op::Subscribe { what: 0, who: 9 },
            courier.clone(),
            Op::Notify { what: 0, who: 9 },
            Op::Notify { what: 0, who: 4 },
            Op::Object { what: 1, who: 0 },
            courier.clone(),
            answer([2, 2], 5),
            answer([0, 1], 9),
            answer([1, 1], 9),
            Op::Again { at: 0, who: 0 },
            Op::Subscribe { what: 4, who: 0 },
            Op::Again { at: 3, who: 5 },
            Op::Remove {
                service: 1,
                who: 1,
                sign: false,
            },
            Op::Link {
                service: 1,
                upto: 7,
            },
        ],
    );
    let (_, objection) = run.world.account.objections().next().unwrap();
    let states: Vec<_> = objection.states().values().copied().collect();
    assert_eq!(states, [ObjectedState::Accepted, ObjectedState::Rejected]);
    let link = run.world.account.link(objection.link_id()).unwrap();
    let mailbox = link.mailbox().unwrap();
    assert_eq!(mailbox.history().len(), 1);
    assert_eq!(mailbox.subscriptions().len(), 2);
    assert!(run.done >= 8 && run.refused >= 2);
}
