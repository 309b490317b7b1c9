//! A service that is down for a day, and a message that a service will not have.

use super::{Plan, Survived, hold, told};
use crate::people::{Hands, House, Pair, Person, at_once, by_operator};
use crate::post::Post;
use mydata::core::id::ServiceId;
use mydata::operator::Capacity;
use mydata::record::consent::ConsentChange;
use mydata_store::{
    Courier, Dispatcher, Letter, MemoryStore, Parcel, ParcelId, Policy, Undelivered,
};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;

const PEOPLE: usize = 4;

/// Hands over to real services, but for the sink when it is down, and for what is poison to it.
#[derive(Debug)]
struct Door {
    post: Arc<Post>,
    is_down: AtomicBool,
    poison: Mutex<Option<ParcelId>>,
    taken: Mutex<Vec<(ServiceId, ParcelId)>>,
}

impl Door {
    fn taken(&self, side: &ServiceId) -> Vec<ParcelId> {
        let taken = self.taken.lock().unwrap();
        let of_side = taken.iter().filter(|(to, _)| to == side);
        of_side.map(|(_, id)| *id).collect()
    }
}

impl Courier for Door {
    async fn deliver(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let is_sink = parcel.to == self.post.sink.id;
        if is_sink && self.is_down.load(Ordering::SeqCst) {
            return Err(Undelivered::Unreachable);
        }
        if is_sink && *self.poison.lock().unwrap() == Some(parcel.id) {
            return Err(Undelivered::Refused("poison".into()));
        }
        let handed = self.post.hand(parcel);
        handed.map_err(|refusal| Undelivered::Refused(refusal.code().into()))?;
        self.taken
            .lock()
            .unwrap()
            .push((parcel.to.clone(), parcel.id));
        Ok(())
    }

    async fn write(&self, _: &Letter) -> Result<(), Undelivered> {
        Ok(())
    }
}

async fn until(what: &'static str, holds: impl Fn() -> bool) -> Survived<()> {
    let before = Instant::now();
    while !holds() {
        hold(before.elapsed() < Duration::from_secs(30), || {
            format!("in 30 s not {what}")
        })?;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// Pauses the sink's half or ends the pause, which the source is told too.
async fn toggle(
    house: &House<MemoryStore>,
    (person, pair): &(Person, Pair),
    change: ConsentChange,
) -> Survived<()> {
    let command = by_operator(&pair.sink, change);
    let changed = person.does(house, Capacity::Operator, &command).await;
    changed.map_err(told("a change"))?;
    let command = by_operator(&pair.source, change);
    // Where the change is mirrored, the source is paused already.
    let _ = person.does(house, Capacity::Operator, &command).await;
    Ok(())
}

/// First the day, then the poison.
///
/// # Errors
/// What was not survived.
pub async fn for_a_day(plan: &Plan) -> Survived<String> {
    let clock = Hands::new();
    let house = House::new(Arc::new(MemoryStore::new(2)), Arc::clone(&clock) as _).await;
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let person = house.linked(&format!("person-{number}")).await;
        let pair = person.consent(&house, "care", &["src/a"]).await;
        people.push((person, pair));
    }
    house.dispatcher.drain().await;
    let door = Arc::new(Door {
        post: Arc::clone(&house.post),
        is_down: AtomicBool::new(true),
        poison: Mutex::default(),
        taken: Mutex::default(),
    });
    let policy = Policy {
        attempts: 3,
        ..at_once()
    };
    let dispatcher = Dispatcher::new(Arc::clone(&house.operator), Arc::clone(&door), policy);
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn({
        let dispatcher = Arc::clone(&dispatcher);
        async move { dispatcher.run(stopped).await }
    });
    let (source, sink) = (&house.post.source.id, &house.post.sink.id);
    let hours = plan.points(24).next_multiple_of(2);
    let mut slowest = Duration::ZERO;
    for hour in 0..hours {
        clock.forward(3600);
        let change = match hour % 2 {
            0 => ConsentChange::Disable,
            _ => ConsentChange::Reactivate,
        };
        for person in &people {
            let before = (door.taken(source).len(), Instant::now());
            toggle(&house, person, change).await?;
            until("told the source", || door.taken(source).len() > before.0).await?;
            slowest = slowest.max(before.1.elapsed());
        }
    }
    let waited = dispatcher.traffic().unreachable;
    hold(door.taken(sink).is_empty(), || {
        "a service that is down was told".to_owned()
    })?;
    door.is_down.store(false, Ordering::SeqCst);
    let wanted = usize::try_from(hours).unwrap() * PEOPLE;
    until("told the sink", || door.taken(sink).len() >= wanted).await?;
    stop.send(true).unwrap();
    running.await.unwrap();
    for side in [source, sink] {
        in_order(&door.taken(side))?;
    }
    let traffic = dispatcher.traffic();
    hold(traffic.refused == 0 && traffic.faults == 0, || {
        format!("{traffic:?}")
    })?;
    same(&house, &people).await?;
    let day = format!(
        "fault service-down: {hours} hours, {wanted} messages waited through {waited} attempts and \
         came in order, the other service told within {} ms",
        slowest.as_millis()
    );
    Ok(format!("{day}\n{}", poison(&house, &door, &people).await?))
}

/// Of each partition in ascending order, each once.
fn in_order(taken: &[ParcelId]) -> Survived<()> {
    let partitions: BTreeSet<_> = taken.iter().map(|id| id.partition).collect();
    for partition in partitions {
        let mut of = taken.iter().filter(|id| id.partition == partition);
        hold(of.clone().is_sorted_by(|one, next| one < next), || {
            format!("out of order after {:?}", of.next())
        })?;
    }
    Ok(())
}

/// One message is refused: it is parked, and so is what comes after it of the same person. The others'
/// go on. When it is taken, all of it comes in order.
async fn poison(
    house: &House<MemoryStore>,
    door: &Arc<Door>,
    people: &[(Person, Pair)],
) -> Survived<String> {
    let policy = Policy {
        attempts: 3,
        ..at_once()
    };
    let dispatcher = Dispatcher::new(Arc::clone(&house.operator), Arc::clone(door), policy);
    let (victim, others) = people.split_first().ok_or("nobody is there")?;
    let before = door.taken(&house.post.sink.id).len();
    let command = by_operator(&victim.1.sink, ConsentChange::Disable);
    let outcome = victim.0.does(house, Capacity::Operator, &command).await;
    let position = outcome.map_err(told("a change"))?.position;
    let all = house.operator.store();
    let mut poisoned = None;
    for partition in (0..mydata_store::Store::partitions(&**all)).map(mydata_store::Partition) {
        let entries =
            mydata_store::Store::log(&**all, partition, None, position_before(position), 1);
        for logged in entries.await.map_err(told("log"))? {
            if logged.account == victim.0.id && logged.entry.position == position {
                let entry = mydata::operator::Entry::read(&logged.entry.body);
                let outbox = entry
                    .and_then(|entry| entry.outbox())
                    .map_err(told("entry"))?;
                let number = outbox.iter().position(|one| one.to == house.post.sink.id);
                poisoned = number.map(|number| ParcelId {
                    partition,
                    position,
                    number,
                });
            }
        }
    }
    hold(poisoned.is_some(), || "there is no poison".to_owned())?;
    *door.poison.lock().unwrap() = poisoned;
    toggle(house, victim, ConsentChange::Reactivate).await?;
    toggle(house, victim, ConsentChange::Disable).await?;
    for other in others {
        toggle(house, other, ConsentChange::Disable).await?;
    }
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn({
        let dispatcher = Arc::clone(&dispatcher);
        async move { dispatcher.run(stopped).await }
    });
    until("parked, and told the others", || {
        let to_others = door.taken(&house.post.sink.id).len() - before;
        dispatcher.traffic().parked >= 3 && to_others >= others.len()
    })
    .await?;
    stop.send(true).unwrap();
    running.await.unwrap();
    let parked = dispatcher.parked().await.map_err(told("parked"))?;
    let counted = (parked.len(), dispatcher.traffic().parked);
    let to_others = door.taken(&house.post.sink.id).len() - before;
    hold(parked.iter().all(|one| one.account == victim.0.id), || {
        "somebody else's message is parked".to_owned()
    })?;
    hold(counted.0 >= 3, || format!("parked: {counted:?}"))?;
    hold(to_others == others.len(), || {
        format!("{to_others} messages of others came")
    })?;
    *door.poison.lock().unwrap() = None;
    let sent = dispatcher.send_parked(&house.post.sink.id).await;
    let sent = sent.map_err(told("what is parked"))?;
    dispatcher.drain().await;
    let left = dispatcher.parked().await.map_err(told("parked"))?;
    hold(sent == counted.0 as u64 && left.is_empty(), || {
        format!("{sent} of {} were taken", counted.0)
    })?;
    same(house, people).await?;
    Ok(format!(
        "fault poison: 1 message parked and {} behind it, {to_others} of others went on, all {sent} \
         taken in order afterwards",
        counted.0 - 1
    ))
}

const fn position_before(position: mydata_store::Position) -> mydata_store::Position {
    mydata_store::Position::new(position.get() - 1)
}

/// Each service holds the chains that the operator holds.
async fn same(house: &House<MemoryStore>, people: &[(Person, Pair)]) -> Survived<()> {
    for (person, _) in people {
        let account = house
            .operator
            .account(&person.id)
            .await
            .map_err(told("account"))?;
        for (id, consent) in account.consents() {
            let side = house.post.side(&consent.terms().subject_id);
            let is_same = side.with(|service| {
                service
                    .consent(id)
                    .is_some_and(|held| held.chain == consent.chain)
            });
            hold(is_same, || "a service holds another chain".to_owned())?;
        }
    }
    Ok(())
}
