//! Sixty-four commands at once on one account, through two operators that do not know of each other.

use super::load::{Engine, Place};
use super::{Plan, Survived, hold, told};
use crate::people::{Hands, House, Pair, Person, by_operator};
use mydata::operator::{Capacity, Command};
use mydata::record::consent::ConsentChange;
use mydata_store::{
    Limits, MemoryStore, OperatorFault, OperatorRefusal, Outcome, Reading, Request, Store,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many at once.
const WRITERS: u64 = 64;

/// Two operators over one store.
struct Twins<S: Store> {
    houses: [Arc<House<S>>; 2],
    person: Person,
    pair: Pair,
}

#[derive(Debug, Default)]
struct Seen {
    stored: u64,
    repeated: u64,
    refused: u64,
    conflicts: u64,
    stale: u64,
}

/// Both stores that need no server.
///
/// # Errors
/// What was not survived.
pub async fn both(plan: &Plan) -> Survived<String> {
    let rounds = plan.points(8);
    let place = Place {
        folder: plan.folder.join("writers"),
        engine: Engine::Sqlite,
    };
    std::fs::create_dir_all(&place.folder).map_err(told("folder"))?;
    let memory = over("memory", Arc::new(MemoryStore::new(4)), rounds).await?;
    let sqlite = over("sqlite", place.sqlite()?, rounds).await?;
    Ok(format!("{memory}\n{sqlite}"))
}

async fn over<S: Store>(name: &str, store: Arc<S>, rounds: u64) -> Survived<String> {
    let clock = Hands::new();
    let first = House::new(Arc::clone(&store), Arc::clone(&clock) as _).await;
    let person = first.linked("ann").await;
    let pair = person.consent(&first, "care", &["src/a"]).await;
    let (keys, post) = (Arc::clone(&first.keys), Arc::clone(&first.post));
    let second = House::over(store, keys, post, clock, Limits::default()).await;
    let twins = Arc::new(Twins {
        houses: [Arc::new(first), Arc::new(second)],
        person,
        pair,
    });
    let mut seen = Seen::default();
    for _ in 0..rounds {
        round(&twins, &mut seen).await?;
        for _ in 0..WRITERS / 4 {
            stale(&twins, &mut seen).await?;
        }
    }
    let numbers = twins
        .houses
        .each_ref()
        .map(|house| house.operator.numbers());
    seen.conflicts = numbers.iter().map(|numbers| numbers.conflicts).sum();
    hold(seen.conflicts > 0, || "the operators never met".to_owned())?;
    Ok(format!(
        "fault writers, {name}: {rounds} times {WRITERS} at once, {} stored once, {} asked twice, \
         {} refused, {} conflicts; {} answers after another operator's, 0 stale",
        seen.stored, seen.repeated, seen.refused, seen.conflicts, seen.stale
    ))
}

/// As often as it takes: who was told to ask again asks again.
async fn patient<S: Store>(
    house: &House<S>,
    person: &Person,
    capacity: Capacity,
    request: &Request,
    command: &Command,
) -> Result<Outcome, OperatorFault> {
    loop {
        let act = person.act(capacity.clone());
        let answer = house.operator.execute(&act, request, command).await;
        if answer != Err(OperatorRefusal::Contended.into()) {
            return answer;
        }
    }
}

/// Tokens, pauses and their ends, all at once; each third request goes to both operators.
async fn round<S: Store>(twins: &Arc<Twins<S>>, seen: &mut Seen) -> Survived<()> {
    let mut all = tokio::task::JoinSet::new();
    for number in 0..WRITERS {
        let request = twins.person.next();
        let command = match number % 4 {
            0 => by_operator(&twins.pair.source, ConsentChange::Disable),
            1 => by_operator(&twins.pair.source, ConsentChange::Reactivate),
            _ => Command::IssueToken {
                cr_id: twins.pair.sink.clone(),
            },
        };
        for side in 0..2_u64 {
            if number % 3 != 0 && number % 2 != side {
                continue;
            }
            let (twins, request, command) = (Arc::clone(twins), request.clone(), command.clone());
            all.spawn(async move {
                let house = twins.houses.get(usize::try_from(side).unwrap()).unwrap();
                let capacity = match &command {
                    Command::IssueToken { .. } => Capacity::Service(house.post.sink.id.clone()),
                    _ => Capacity::Operator,
                };
                let answer = patient(house, &twins.person, capacity, &request, &command).await;
                (request, answer)
            });
        }
    }
    let mut answered: BTreeMap<String, u64> = BTreeMap::new();
    let mut new = 0;
    for (request, answer) in all.join_all().await {
        match answer {
            Ok(outcome) if outcome.position.get() > 0 => {
                new += u64::from(!outcome.is_repeated);
                let key = request.key.as_str().to_owned();
                let version = outcome.version.get();
                let before = answered.insert(key, version);
                seen.repeated += u64::from(before.is_some());
                hold(before.is_none_or(|before| before == version), || {
                    "one request got two answers".to_owned()
                })?;
            }
            Ok(_) | Err(OperatorFault::Rejected(_)) => seen.refused += 1,
            Err(fault) => return Err(format!("refused with {}", fault.code())),
        }
    }
    hold(new == answered.len() as u64, || {
        format!("{new} stored for {} requests", answered.len())
    })?;
    seen.stored += new;
    let [house, _] = &twins.houses;
    let held = house
        .operator
        .store()
        .account(&twins.person.id, Reading::Whole)
        .await;
    let held = held
        .map_err(told("account"))?
        .ok_or("the account is gone")?;
    let kept = held
        .entries
        .iter()
        .filter(|kept| answered.get(kept.request.key.as_str()) == Some(&kept.version.get()));
    hold(kept.count() == answered.len(), || {
        "not every command is there once".to_owned()
    })
}

/// One operator pauses, the other is asked for a token; and the other way round.
async fn stale<S: Store>(twins: &Twins<S>, seen: &mut Seen) -> Survived<()> {
    let Twins {
        houses,
        person,
        pair,
    } = twins;
    let turns = [
        (houses.first(), houses.last()),
        (houses.last(), houses.first()),
    ];
    for (one, other) in turns {
        let (one, other) = (one.unwrap(), other.unwrap());
        let sink = || Capacity::Service(other.post.sink.id.clone());
        let token = Command::IssueToken {
            cr_id: pair.sink.clone(),
        };
        for (change, is_wanted) in [
            (ConsentChange::Disable, false),
            (ConsentChange::Reactivate, true),
        ] {
            let command = by_operator(&pair.sink, change);
            let request = person.next();
            let changed = patient(one, person, Capacity::Operator, &request, &command).await;
            if is_wanted {
                changed.map_err(told("an end of a pause"))?;
                let source = by_operator(&pair.source, change);
                // It may stand already.
                let _ = patient(one, person, Capacity::Operator, &person.next(), &source).await;
            }
            let answer = patient(other, person, sink(), &person.next(), &token).await;
            hold(answer.is_ok() == is_wanted, || {
                format!("a stale answer, where a token is given: {is_wanted}")
            })?;
            seen.stale += 1;
        }
    }
    Ok(())
}
