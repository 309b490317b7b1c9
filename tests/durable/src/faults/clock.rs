//! A clock that goes back an hour, a day, ten years.

use super::{Dice, Plan, Survived, hold, told};
use crate::people::{Hands, House, Pair, Person, by_operator};
use mydata::core::time::Timestamp;
use mydata::operator::{Account, Capacity, Command, Reply};
use mydata::record::consent::{ConsentChange, ConsentState};
use mydata::record::standing::Standing;
use mydata_store::{MemoryStore, OperatorFault, Store as _};
use std::sync::Arc;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
const TEN_YEARS: u64 = 3653 * DAY;

/// Somebody, and a clock that nobody can trust.
struct Story {
    house: House<MemoryStore>,
    clock: Arc<Hands>,
    person: Person,
    pair: Pair,
    /// The time of the account's last decision.
    floor: Timestamp,
}

/// The clock of an operator.
///
/// # Errors
/// What was not survived.
pub async fn back(plan: &Plan) -> Survived<String> {
    let mut dice = plan.dice("clock-back");
    let points = plan.points(40);
    let (mut decided, mut refused, mut alarms) = (0, 0, 0);
    for _ in 0..points {
        let clock = Hands::new();
        let house = House::new(Arc::new(MemoryStore::new(1)), Arc::clone(&clock) as _).await;
        let person = house.linked("ann").await;
        let pair = person.consent(&house, "care", &["src/a"]).await;
        let floor = house.operator.clock().now();
        let mut story = Story {
            house,
            clock,
            person,
            pair,
            floor,
        };
        for _ in 0..12 {
            story.moves(&mut dice);
            match story.something(&mut dice).await? {
                true => decided += 1,
                false => refused += 1,
            }
        }
        story.ends(&mut dice).await?;
        alarms += story.house.operator.numbers().clock_back;
    }
    // In a single story it may never stand before the last decision.
    hold(alarms > 0, || {
        "nobody was told that the clock went back".to_owned()
    })?;
    Ok(format!(
        "fault clock-back: {points} stories, {decided} decided, {refused} refused, {alarms} alarms, \
         0 before their predecessor, 0 revived"
    ))
}

impl Story {
    fn moves(&self, dice: &mut Dice) {
        match dice.below(6) {
            0 => self.clock.back(HOUR),
            1 => self.clock.back(1),
            2 => self.clock.forward(2 * HOUR),
            3 => self.clock.forward(60),
            4 => self.clock.back(60),
            _ => self.clock.forward(1),
        }
    }

    /// A command that may be refused; whether it was decided.
    async fn something(&mut self, dice: &mut Dice) -> Survived<bool> {
        let (house, person) = (&self.house, &self.person);
        let account = house.operator.account(&person.id).await;
        let account = account.map_err(told("account"))?;
        let id = if dice.percent(50) {
            &self.pair.source
        } else {
            &self.pair.sink
        };
        let change = match account.consent(id).unwrap().chain.state() {
            ConsentState::Active => ConsentChange::Disable,
            ConsentState::Disabled | ConsentState::Withdrawn => ConsentChange::Reactivate,
        };
        let answer = match dice.below(3) {
            0 => {
                let sink = Capacity::Service(house.post.sink.id.clone());
                let cr_id = self.pair.sink.clone();
                person
                    .does(house, sink, &Command::IssueToken { cr_id })
                    .await
            }
            1 => {
                let command = by_operator(id, change);
                person.does(house, Capacity::Operator, &command).await
            }
            _ => match person.signed_change(house, id, change).await {
                Ok(command) => {
                    // The clock may also go back while the owner signs.
                    if dice.percent(30) {
                        self.clock.back(HOUR);
                    }
                    person.does(house, Capacity::Owner, &command).await
                }
                Err(fault) => Err(fault),
            },
        };
        let is_decided = match answer {
            Ok(_) => true,
            Err(OperatorFault::Rejected(_)) => false,
            Err(fault) => return Err(format!("refused with {}", fault.code())),
        };
        self.looks().await?;
        Ok(is_decided)
    }

    /// No event and no status is before the one that it follows.
    async fn looks(&mut self) -> Survived<Arc<Account>> {
        let events = self.house.operator.events(&self.person.id).await;
        let (account, events) = events.map_err(told("events"))?;
        let is_sorted = events.is_sorted_by_key(|event| event.at);
        hold(is_sorted, || {
            "an event is before its predecessor".to_owned()
        })?;
        let last = events.last().map_or(self.floor, |event| event.at);
        hold(last >= self.floor, || {
            "an account's time went back".to_owned()
        })?;
        self.floor = last;
        for id in [&self.pair.source, &self.pair.sink] {
            let chain = &account.consent(id).unwrap().chain;
            let times: Vec<_> = chain.iter().map(|status| status.iat).collect();
            hold(times.is_sorted(), || {
                "a status is before its predecessor".to_owned()
            })?;
        }
        Ok(account)
    }

    /// The consent ends; then the clock goes back to when it was in force: nothing comes to life.
    async fn ends(&mut self, dice: &mut Dice) -> Survived<()> {
        let withdrawn = dice.percent(50);
        if withdrawn {
            let id = self.pair.sink.clone();
            let changed = self
                .person
                .change(&self.house, &id, ConsentChange::Withdraw)
                .await;
            changed.map_err(told("a withdrawal"))?;
            self.clock.forward(HOUR);
        }
        self.clock.forward(TEN_YEARS);
        let expired = self
            .person
            .does(&self.house, Capacity::System, &Command::Expire)
            .await;
        expired.map_err(told("an expiry"))?;
        self.clock.back(TEN_YEARS + HOUR);
        let account = self.looks().await?;
        for id in [&self.pair.source, &self.pair.sink] {
            let now = self.house.operator.clock().now();
            let stands = self.house.operator.store().stands(id).await;
            let stands = stands.map_err(told("stands"))?.ok_or("a consent is gone")?;
            hold(stands.standing(now) != Standing::Active, || {
                "a consent that has ended stands again".to_owned()
            })?;
            let state = account.consent(id).unwrap().chain.state();
            hold(state == ConsentState::Withdrawn, || {
                "a consent has not ended".to_owned()
            })?;
            let by_operator = by_operator(id, ConsentChange::Reactivate);
            let again = self
                .person
                .does(&self.house, Capacity::Operator, &by_operator)
                .await;
            hold(again.is_err(), || "a consent was revived".to_owned())?;
        }
        let sink = Capacity::Service(self.house.post.sink.id.clone());
        let cr_id = self.pair.sink.clone();
        let token = self
            .person
            .does(&self.house, sink, &Command::IssueToken { cr_id })
            .await;
        let is_token = matches!(token.map(|outcome| outcome.reply), Ok(Reply::Token(_)));
        hold(!is_token, || {
            "a token was issued on what has ended".to_owned()
        })?;
        // Somebody else has seen nothing of the ten years.
        let bea = self.house.sign_up("bea").await;
        let other = self.house.operator.account(&bea.id).await;
        other.map(|_| ()).map_err(told("another account"))
    }
}
