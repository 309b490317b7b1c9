//! The real operator over the store in memory, real commands and restarts, held against lists.

use crate::faults::load::request;
use crate::faults::{Plan, Survived, hold, told};
use crate::people::{Hands, House, Pair, Person, by_operator};
use mydata::core::id::{AccountId, ConsentId};
use mydata::operator::{Capacity, Command};
use mydata::record::consent::{ConsentChange, ConsentState};
use mydata_store::{Kept, Limits, MemoryStore, OperatorFault, Request, Store as _};
use std::collections::BTreeMap;
use std::sync::Arc;

/// After so many steps there are new people.
const STEPS: u64 = 250;

/// What has become of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Stored,
    Given,
    Refused,
}

/// What there should be: a list of requests for each account, and a state for each consent.
#[derive(Debug, Default)]
struct Naive {
    requests: BTreeMap<AccountId, Vec<Request>>,
    states: BTreeMap<ConsentId, ConsentState>,
}

/// Some thousands of steps.
///
/// # Errors
/// Where the operator and the lists differ.
pub async fn walk(plan: &Plan) -> Survived<String> {
    let mut dice = plan.dice("operator");
    let wanted = plan.points(3_000);
    let (mut done, mut stored, mut refused, mut repeated, mut restarts) = (0, 0, 0, 0, 0);
    while done < wanted {
        let store = Arc::new(MemoryStore::new(2));
        let clock = Hands::new();
        let mut house = House::new(Arc::clone(&store), Arc::clone(&clock) as _).await;
        let mut people: Vec<(Person, Pair)> = Vec::new();
        let mut naive = Naive::default();
        for number in 0..3 {
            let person = house.linked(&format!("person-{number}")).await;
            let pair = person.consent(&house, "care", &["src/a"]).await;
            for id in [&pair.source, &pair.sink] {
                naive.states.insert(id.clone(), ConsentState::Active);
            }
            naive.begin(&house, &person).await?;
            people.push((person, pair));
        }
        for _ in 0..STEPS.min(wanted - done) {
            done += 1;
            let (person, pair) = dice.one_of(&people);
            match dice.below(12) {
                0 => {
                    let (keys, post) = (Arc::clone(&house.keys), Arc::clone(&house.post));
                    let clock = Arc::clone(&clock) as _;
                    let limits = Limits {
                        snapshot_entries: 3,
                        snapshot_share: 0,
                        ..Limits::default()
                    };
                    house = House::over(Arc::clone(&store), keys, post, clock, limits).await;
                    restarts += 1;
                }
                1 => house.dispatcher.drain().await,
                2 => clock.forward(dice.below(30)),
                3 => {
                    let list = naive.requests.get(&person.id).ok_or("nobody")?;
                    let number = dice.below(list.len() as u64);
                    let request = list
                        .get(usize::try_from(number).unwrap())
                        .ok_or("nothing")?;
                    // Whoever it was that asked; nobody else gets the answer.
                    let services = [&house.post.source.id, &house.post.sink.id];
                    let mut all = vec![Capacity::Owner, Capacity::Operator];
                    all.extend(services.map(|id| Capacity::Service(id.clone())));
                    let mut answers = Vec::new();
                    for capacity in all {
                        let act = person.act(capacity);
                        let again = house.operator.execute(&act, request, &Command::Expire);
                        answers.extend(again.await.ok());
                    }
                    let [again] = answers.as_slice() else {
                        return Err(format!("{} got the answer of a request", answers.len()));
                    };
                    hold(
                        again.is_repeated && again.version.get() == number + 1,
                        || "a repeated request was answered otherwise".to_owned(),
                    )?;
                    repeated += 1;
                }
                4 | 5 => {
                    let states = [&pair.source, &pair.sink].map(|id| naive.states.get(id));
                    let is_active = states == [Some(&ConsentState::Active); 2];
                    let cr_id = pair.sink.clone();
                    let sink = Capacity::Service(house.post.sink.id.clone());
                    let command = Command::IssueToken { cr_id };
                    let asked = naive.asked(&house, person, sink, &command).await?;
                    hold((asked != Asked::Refused) == is_active, || {
                        format!("a token is {asked:?}, and there should be one: {is_active}")
                    })?;
                    stored += u64::from(asked == Asked::Stored);
                }
                wish => {
                    let id = if wish % 2 == 0 {
                        &pair.source
                    } else {
                        &pair.sink
                    };
                    let change = match dice.below(40) {
                        0 => ConsentChange::Withdraw,
                        1..20 => ConsentChange::Disable,
                        _ => ConsentChange::Reactivate,
                    };
                    let (capacity, command) = match dice.percent(60) {
                        true => (Capacity::Operator, by_operator(id, change)),
                        false => match person.signed_change(&house, id, change).await {
                            Ok(command) => (Capacity::Owner, command),
                            Err(OperatorFault::Rejected(_)) => continue,
                            Err(fault) => return Err(fault.code().to_owned()),
                        },
                    };
                    let before = naive.states.get(id).copied();
                    let asked = naive.asked(&house, person, capacity, &command).await?;
                    let is_stored = asked == Asked::Stored;
                    stored += u64::from(is_stored);
                    refused += u64::from(!is_stored);
                    hold(
                        !is_stored || before != Some(ConsentState::Withdrawn),
                        || "what was withdrawn has changed".to_owned(),
                    )?;
                    if is_stored {
                        naive.changed(&house, person, pair, id, change).await?;
                    }
                }
            }
            naive.compare(&house, person, pair).await?;
        }
        house.dispatcher.drain().await;
        hold(house.dispatcher.traffic().refused == 0, || {
            "a service refused".to_owned()
        })?;
    }
    Ok(format!(
        "fault operator: {done} steps and restarts, {stored} stored, {refused} refused, \
         {repeated} repeated, {restarts} restarts, 0 different from the reference"
    ))
}

impl Naive {
    /// The requests of an account so far.
    async fn begin(&mut self, house: &House<MemoryStore>, person: &Person) -> Survived<()> {
        let held = house
            .operator
            .store()
            .account(&person.id, mydata_store::Reading::Whole)
            .await;
        let held = held.map_err(told("account"))?.ok_or("nobody")?;
        // As they were asked; what is kept is bound to who has asked.
        let asked = |kept: Kept| request(&person.id, kept.request.key.as_str());
        let requests = held.entries.into_iter().map(asked);
        self.requests.insert(person.id.clone(), requests.collect());
        Ok(())
    }

    /// Asks for something; what is stored is the next version.
    async fn asked(
        &mut self,
        house: &House<MemoryStore>,
        person: &Person,
        capacity: Capacity,
        command: &Command,
    ) -> Survived<Asked> {
        let request = person.next();
        let act = person.act(capacity);
        let answer = house.operator.execute(&act, &request, command).await;
        let list = self.requests.get_mut(&person.id).ok_or("nobody")?;
        match answer {
            Ok(outcome) if outcome.position.get() > 0 => {
                list.push(request);
                hold(outcome.version.get() == list.len() as u64, || {
                    "a version was left out".to_owned()
                })?;
                Ok(Asked::Stored)
            }
            // A token that is good still is given again, and nothing is stored.
            Ok(_) => Ok(Asked::Given),
            Err(OperatorFault::Rejected(_)) => Ok(Asked::Refused),
            Err(fault) => Err(fault.code().to_owned()),
        }
    }

    /// What a change has led to; a change of the sink's may be that of the source's too.
    async fn changed(
        &mut self,
        house: &House<MemoryStore>,
        person: &Person,
        pair: &Pair,
        id: &ConsentId,
        change: ConsentChange,
    ) -> Survived<()> {
        let wanted = match change {
            ConsentChange::Disable => ConsentState::Disabled,
            ConsentChange::Reactivate => ConsentState::Active,
            ConsentChange::Withdraw => ConsentState::Withdrawn,
        };
        self.states.insert(id.clone(), wanted);
        let account = house
            .operator
            .account(&person.id)
            .await
            .map_err(told("account"))?;
        let other = if *id == pair.sink {
            &pair.source
        } else {
            &pair.sink
        };
        let is_now = account.consent(other).unwrap().chain.state();
        let was = self.states.insert(other.clone(), is_now);
        hold(was == Some(is_now) || is_now == wanted, || {
            "the other half has become something else".to_owned()
        })
    }

    /// What is looked up, what is read, and the lists say the same.
    async fn compare(
        &self,
        house: &House<MemoryStore>,
        person: &Person,
        pair: &Pair,
    ) -> Survived<()> {
        let account = house
            .operator
            .account(&person.id)
            .await
            .map_err(told("account"))?;
        for id in [&pair.source, &pair.sink] {
            let stands = house
                .operator
                .store()
                .stands(id)
                .await
                .map_err(told("stands"))?;
            let stands = stands.ok_or("a consent is gone")?;
            let chain = account.consent(id).unwrap().chain.state();
            let wanted = self.states.get(id).copied();
            hold(
                wanted == Some(chain) && wanted == Some(stands.state),
                || {
                    format!(
                        "{wanted:?} is {chain:?}, and is looked up as {:?}",
                        stands.state
                    )
                },
            )?;
        }
        Ok(())
    }
}
