//! A courier that loses, doubles, delays and reorders, between a dispatcher and real services.

use super::{Dice, Plan, Survived, hold, told};
use crate::people::{Hands, House, Pair, Person, at_once, by_operator};
use crate::post::{Post, Side};
use mydata::core::id::{ConsentId, DatasetId, PurposeId};
use mydata::operator::Capacity;
use mydata::record::consent::{ConsentChange, ConsentState};
use mydata_store::{
    Courier, Dispatcher, Letter, Lookup, MemoryStore, OperatorFault, Parcel, Undelivered,
};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

/// After so many stories there are new people: a consent that was paused a thousand times is nobody's.
const STORIES: u64 = 200;

const PEOPLE: usize = 4;

/// What has become of messages.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Never came, and no answer either.
    lost: u64,
    /// Came, and the answer was lost: it comes again.
    unanswered: u64,
    /// Came twice at once.
    doubled: u64,
    /// Came late, after others.
    delayed: u64,
    /// Acknowledged, and never handed over: what a courier must not do.
    swallowed: u64,
    /// Questions with which services filled their gaps.
    pulled: u64,
    /// Consents that services had lost.
    restored: u64,
    /// Messages that a service did not take.
    refused: u64,
}

/// Between the dispatcher and the services.
#[derive(Debug)]
struct Storm {
    post: Arc<Post>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    dice: Dice,
    is_calm: bool,
    late: Vec<Parcel>,
    counts: Counts,
    /// Consents whose end a service has taken.
    ended: BTreeSet<(bool, ConsentId)>,
    broken: Option<String>,
}

impl Storm {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Hands over; then no consent whose end was taken is permitted.
    fn hand(&self, inner: &mut Inner, parcel: &Parcel) -> Result<(), Undelivered> {
        let handed = self.post.hand(parcel);
        let now = self.post.clock.now();
        let (purpose, dataset) = (
            PurposeId::parse("care").unwrap(),
            DatasetId::parse("src/a").unwrap(),
        );
        let is_source = parcel.to == self.post.source.id;
        self.post.side(&parcel.to).with(|service| {
            for (id, consent) in service.consents() {
                if consent.chain.state() == ConsentState::Withdrawn {
                    inner.ended.insert((is_source, id.clone()));
                }
            }
            for (_, id) in inner.ended.iter().filter(|(of, _)| *of == is_source) {
                if service
                    .may_process(id, &purpose, &dataset, now)
                    .is_permitted()
                {
                    inner.broken = Some("a withdrawn consent was permitted".to_owned());
                }
            }
        });
        handed.map_err(|refusal| {
            inner.counts.refused += 1;
            Undelivered::Refused(refusal.code().into())
        })
    }
}

impl Storm {
    /// What was acknowledged before it came, and is not taken when it comes, is as good as swallowed.
    fn hand_late(&self, inner: &mut Inner, parcel: &Parcel) {
        if self.hand(inner, parcel).is_err() {
            inner.counts.swallowed += 1;
        }
    }
}

impl Courier for Storm {
    async fn deliver(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let inner = &mut *self.inner();
        if inner.is_calm {
            return self.hand(inner, parcel);
        }
        // Something older arrives first.
        if !inner.late.is_empty() && inner.dice.percent(30) {
            let number = inner.dice.below(inner.late.len() as u64);
            let older = inner.late.swap_remove(usize::try_from(number).unwrap());
            self.hand_late(inner, &older);
        }
        match inner.dice.below(100) {
            0..15 => {
                inner.counts.lost += 1;
                Err(Undelivered::Unreachable)
            }
            15..25 => {
                inner.counts.unanswered += 1;
                let _ = self.hand(inner, parcel);
                Err(Undelivered::Unreachable)
            }
            25..35 => {
                inner.counts.doubled += 1;
                let _ = self.hand(inner, parcel);
                self.hand(inner, parcel)
            }
            35..45 => {
                // A copy is on its way for long.
                inner.counts.delayed += 1;
                inner.late.push(parcel.clone());
                self.hand(inner, parcel)
            }
            45..52 => {
                // It was taken for delivered, and is overtaken.
                inner.counts.delayed += 1;
                inner.late.push(parcel.clone());
                Ok(())
            }
            52..56 => {
                inner.counts.swallowed += 1;
                Ok(())
            }
            _ => self.hand(inner, parcel),
        }
    }

    async fn write(&self, _: &Letter) -> Result<(), Undelivered> {
        Ok(())
    }
}

/// Everybody, and the weather.
struct World {
    house: House<MemoryStore>,
    storm: Arc<Storm>,
    dispatcher: Arc<Dispatcher<MemoryStore, Arc<Storm>>>,
    people: Vec<(Person, Pair)>,
}

/// Stories that each end in calm weather.
///
/// # Errors
/// What was not survived.
pub async fn seeded(plan: &Plan) -> Survived<String> {
    let mut dice = plan.dice("courier");
    let runs = plan.points(10_000);
    let mut counts = Counts::default();
    let (mut told_of, mut refused, mut done) = (0, 0, 0);
    while done < runs {
        let mut world = World::new(Dice::new(dice.roll()), counts).await;
        for _ in 0..STORIES.min(runs - done) {
            let story = world.story(&mut dice).await;
            let (commands, refusals) = story.map_err(|why| format!("in story {done}: {why}"))?;
            told_of += commands;
            refused += refusals;
            done += 1;
        }
        counts = world.storm.inner().counts;
    }
    let Counts {
        lost,
        unanswered,
        doubled,
        delayed,
        swallowed,
        pulled,
        restored,
        ..
    } = counts;
    Ok(format!(
        "fault courier: {runs} runs, {told_of} commands and {refused} refused, {lost} lost, \
         {unanswered} answers lost, {doubled} doubled, {delayed} delayed or reordered, {swallowed} \
         swallowed, {pulled} gaps pulled, {restored} consents restored, 0 otherwise at a service, \
         0 withdrawn permitted"
    ))
}

impl World {
    async fn new(dice: Dice, counts: Counts) -> Self {
        let clock = Hands::new();
        let house = House::new(Arc::new(MemoryStore::new(2)), clock).await;
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let person = house.linked(&format!("person-{number}")).await;
            let pair = person.consent(&house, "care", &["src/a"]).await;
            people.push((person, pair));
        }
        house.dispatcher.drain().await;
        let inner = Mutex::new(Inner {
            dice,
            is_calm: false,
            late: Vec::new(),
            counts,
            ended: BTreeSet::new(),
            broken: None,
        });
        let post = Arc::clone(&house.post);
        let storm = Arc::new(Storm { post, inner });
        let operator = Arc::clone(&house.operator);
        let dispatcher = Dispatcher::new(operator, Arc::clone(&storm), at_once());
        Self {
            house,
            storm,
            dispatcher,
            people,
        }
    }

    /// Some commands in the storm, then calm: each service holds what the operator holds.
    async fn story(&mut self, dice: &mut Dice) -> Survived<(u64, u64)> {
        self.storm.inner().is_calm = false;
        let swallowed = self.storm.inner().counts.swallowed;
        let number = usize::try_from(dice.below(PEOPLE as u64)).unwrap();
        let (mut commands, mut refused) = (0, 0);
        for _ in 0..=dice.below(3) {
            match self.command(number, dice).await {
                Ok(()) => commands += 1,
                Err(OperatorFault::Rejected(_)) => refused += 1,
                Err(fault) => return Err(format!("refused with {}", fault.code())),
            }
            if dice.percent(70) {
                self.dispatcher.drain().await;
            }
            if dice.percent(20) {
                self.pull().await?;
            }
        }
        self.calm(number, swallowed).await?;
        Ok((commands, refused))
    }

    async fn command(&mut self, number: usize, dice: &mut Dice) -> Result<(), OperatorFault> {
        let house = &self.house;
        let (person, pair) = self.people.get_mut(number).unwrap();
        let account = house.operator.account(&person.id).await?;
        let state = |id| account.consent(id).unwrap().chain.state();
        if [&pair.source, &pair.sink]
            .map(state)
            .contains(&ConsentState::Withdrawn)
        {
            *pair = person.consent(house, "care", &["src/a"]).await;
            return Ok(());
        }
        // A source does not resume before its sink.
        let is_sink = state(&pair.sink) == ConsentState::Disabled || dice.percent(50);
        let id = if is_sink { &pair.sink } else { &pair.source };
        let change = match state(id) {
            _ if dice.percent(12) => ConsentChange::Withdraw,
            ConsentState::Active => ConsentChange::Disable,
            ConsentState::Disabled | ConsentState::Withdrawn => ConsentChange::Reactivate,
        };
        if dice.percent(70) {
            let command = by_operator(id, change);
            let changed = person.does(house, Capacity::Operator, &command).await;
            // What the owner has paused, the owner resumes.
            if !matches!(changed, Err(OperatorFault::Rejected(_))) {
                return changed.map(|_| ());
            }
        }
        person.change(house, id, change).await.map(|_| ())
    }

    /// What services doubt is asked and answered, until they doubt nothing.
    async fn pull(&self) -> Survived<()> {
        let post = &self.house.post;
        let now = post.clock.now();
        for side in [&post.source, &post.sink] {
            for _ in 0..8 {
                for query in side.doubts() {
                    let what = Lookup::Consent(query.cr_id.clone());
                    let account = self
                        .house
                        .operator
                        .find(&what)
                        .await
                        .map_err(told("find"))?
                        .ok_or("a consent is gone")?;
                    let reply = account.introspect(&side.id, &query);
                    let reply = reply.map_err(told("introspect"))?;
                    side.catch_up(&post.operator, &reply, now)
                        .map_err(told("catch up"))?;
                    self.storm.inner().counts.pulled += u64::from(!reply.missing.is_empty());
                }
            }
            hold(side.doubts().is_empty(), || {
                "a doubt does not end".to_owned()
            })?;
        }
        Ok(())
    }

    /// A service asks for the consents of a person of whom it holds less than there is.
    async fn restore(&self, number: usize, side: &Side) -> Survived<()> {
        let (person, _) = self.people.get(number).unwrap();
        let account = self
            .house
            .operator
            .account(&person.id)
            .await
            .map_err(told("account"))?;
        let link = account
            .links()
            .find(|(_, link)| link.record.service_id == side.id);
        let surrogate = &link.ok_or("a link is gone")?.1.record.surrogate_id;
        let copies = account.consent_copies(&side.id, surrogate);
        let held = side.with(|service| service.consents().count());
        let of_person = side.with(|service| {
            let of_link = service.consents().map(|(_, held)| held.record.terms());
            of_link
                .filter(|terms| terms.surrogate_id == *surrogate)
                .count()
        });
        let at_operator = account.consents().map(|(_, consent)| consent.terms());
        if at_operator
            .filter(|terms| terms.subject_id == side.id)
            .count()
            == of_person
        {
            return Ok(());
        }
        for copy in copies.map_err(told("copies"))? {
            side.restore(
                &self.house.post.operator,
                &copy,
                self.house.post.clock.now(),
            )
            .map_err(told("restore"))?;
        }
        let more = side.with(|service| service.consents().count()) - held;
        self.storm.inner().counts.restored += more as u64;
        Ok(())
    }

    async fn calm(&self, number: usize, swallowed: u64) -> Survived<()> {
        let post = &self.house.post;
        {
            let inner = &mut *self.storm.inner();
            inner.is_calm = true;
            for parcel in std::mem::take(&mut inner.late) {
                self.storm.hand_late(inner, &parcel);
            }
        }
        self.dispatcher.drain().await;
        for side in [&post.source, &post.sink] {
            self.restore(number, side).await?;
            // A service that hears nothing does not know that it missed something: it asks at times.
            if self.storm.inner().counts.swallowed > swallowed {
                side.doubt_all(post.clock.now());
            }
        }
        self.pull().await?;
        for side in [&post.source, &post.sink] {
            let sent = self.dispatcher.send_parked(&side.id).await;
            sent.map_err(told("what is parked"))?;
        }
        self.pull().await?;
        let parked = self.dispatcher.parked().await.map_err(told("parked"))?;
        hold(parked.is_empty(), || format!("{parked:?} is still parked"))?;
        if let Some(broken) = self.storm.inner().broken.take() {
            return Err(broken);
        }
        let (person, _) = self.people.get(number).unwrap();
        let account = self
            .house
            .operator
            .account(&person.id)
            .await
            .map_err(told("account"))?;
        for (id, consent) in account.consents() {
            let side = post.side(&consent.terms().subject_id);
            let is_same = side.with(|service| {
                service
                    .consent(id)
                    .is_some_and(|held| held.chain == consent.chain)
            });
            hold(is_same, || "a service holds another chain".to_owned())?;
        }
        for (id, link) in account.links() {
            let is_same = post.side(&link.record.service_id).with(|service| {
                service
                    .link(id)
                    .is_some_and(|held| held.chain == link.chain)
            });
            hold(is_same, || "a service holds another link".to_owned())?;
        }
        Ok(())
    }
}
