//! Durable commands per second over distinct accounts, against the disk alone.

use super::raw::{Disk, Ratio, Slice, Slices, interleaved, now};
use super::sheet::Bar;
use super::town::{Resident, Town, act, give, request};
use mydata::core::id::AccountId;
use mydata::operator::{Capacity, Command};
use mydata_store::{Operator, Reading, Store};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// A command, and whose it is.
type Ready = (AccountId, Command);

/// Does `work` for every number, so many at once; what comes of them is in no order.
pub async fn at_once<T, F>(
    numbers: impl Iterator<Item = u64>,
    most: usize,
    work: impl Fn(u64) -> F,
    mut bar: Bar,
) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let (mut under_way, mut done) = (JoinSet::new(), Vec::new());
    for number in numbers {
        if under_way.len() >= most {
            done.push(under_way.join_next().await.unwrap().unwrap());
            bar.at(done.len() as u64);
        }
        under_way.spawn(work(number));
    }
    while let Some(one) = under_way.join_next().await {
        done.push(one.unwrap());
        bar.at(done.len() as u64);
    }
    done
}

/// How one kind of load is measured.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Its name while it runs.
    pub name: &'static str,
    /// Commands under way at once.
    pub in_flight: usize,
    /// Accounts of each slice: each has fifteen commands.
    pub accounts: usize,
    /// The slices.
    pub slices: Slices,
}

impl Load {
    /// Accounts of all slices.
    #[must_use]
    pub const fn wanted(&self) -> usize {
        self.accounts * self.slices.count
    }
}

/// People for the loads, with their links.
pub async fn people<S: Store>(
    town: &Arc<Town>,
    operator: &Arc<Operator<S>>,
    count: usize,
    name: &'static str,
) -> Vec<Resident> {
    let work = |number| {
        let (town, operator) = (Arc::clone(town), Arc::clone(operator));
        async move { town.settle(&operator, number, true).await }
    };
    at_once(0..count as u64, 96, work, Bar::new(name, count as u64)).await
}

/// Measures a load. The commands of a slice are signed before it; of two that follow each other the
/// accounts differ.
pub async fn measure<S: Store>(
    town: &Arc<Town>,
    operator: &Arc<Operator<S>>,
    people: &[Resident],
    load: Load,
    disk: &mut Disk,
) -> Ratio {
    let mut groups = people.chunks(load.accounts);
    let mut bar = Bar::new(load.name, load.slices.count as u64);
    let slice = |length| {
        let group = groups.next().unwrap_or_default().to_vec();
        let (town, operator) = (Arc::clone(town), Arc::clone(operator));
        async move {
            let ready = sign(&town, &operator, group).await;
            Slice::new(run(operator, ready, load.in_flight, length))
        }
    };
    interleaved(disk, load.slices, slice, |done| bar.at(done as u64)).await
}

async fn sign<S: Store>(
    town: &Arc<Town>,
    operator: &Arc<Operator<S>>,
    group: Vec<Resident>,
) -> Vec<Ready> {
    let mut signed = Vec::new();
    for resident in group {
        let account = operator.account(&resident.id).await.unwrap();
        let pairs = town.pairs(&account, &resident).into_iter().map(give);
        signed.push((resident.id, pairs.collect::<Vec<_>>()));
    }
    let mut ready = Vec::new();
    while signed.iter().any(|(_, commands)| !commands.is_empty()) {
        let next =
            |(id, commands): &mut (AccountId, Vec<Command>)| Some((id.clone(), commands.pop()?));
        ready.extend(signed.iter_mut().filter_map(next));
    }
    ready
}

async fn run<S: Store>(
    operator: Arc<Operator<S>>,
    ready: Vec<Ready>,
    in_flight: usize,
    length: Duration,
) -> f64 {
    let mut hands: Vec<Vec<Ready>> = (0..in_flight).map(|_| Vec::new()).collect();
    for (number, one) in ready.into_iter().enumerate() {
        hands[number % in_flight].push(one);
    }
    let begin = now();
    let mut under_way = JoinSet::new();
    for hand in hands {
        let operator = Arc::clone(&operator);
        under_way.spawn(async move {
            let mut done = 0_u32;
            for (id, command) in hand {
                if begin.elapsed() >= length {
                    break;
                }
                let act = act(&id, Capacity::Owner);
                operator.execute(&act, &request(), &command).await.unwrap();
                done += 1;
            }
            done
        });
    }
    let mut done = 0;
    while let Some(one) = under_way.join_next().await {
        done += one.unwrap();
    }
    f64::from(done) / begin.elapsed().as_secs_f64()
}

/// The disk, with the octets that the store keeps of one such command.
pub async fn disk<S: Store>(
    town: &Arc<Town>,
    operator: &Arc<Operator<S>>,
    somebody: &Resident,
    folder: &Path,
) -> Disk {
    let ready = sign(town, operator, vec![somebody.clone()]).await;
    let (id, command) = ready.into_iter().next().unwrap();
    super::town::does(operator, &id, Capacity::Owner, &command).await;
    let held = operator.store().account(&id, Reading::Whole).await;
    let entry = held.unwrap().unwrap().entries.pop().unwrap();
    Disk::new(folder, entry.body)
}
