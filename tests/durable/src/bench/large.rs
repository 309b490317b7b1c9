//! A store of few consents and one of many: how large they are, and how fast one is read.

use super::commands::at_once;
use super::raw::now;
use super::sheet::{Bar, median};
use super::town::{PAIRS, Resident, Town, does, give, signed_octets};
use mydata::core::id::{AccountId, ConsentId};
use mydata::operator::Capacity;
use mydata_store::{Limits, Operator, SqliteOptions, SqliteStore, Store as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A store that was built.
#[derive(Debug)]
pub struct Built {
    /// Where.
    pub folder: PathBuf,
    /// The accounts, in the order in which they were finished.
    pub accounts: Vec<AccountId>,
    /// The consents at the first sink: five of each account of the crowd.
    pub consents: Vec<ConsentId>,
    /// Octets of the file with links and what was shown, and no consent.
    pub before: u64,
    /// Octets with the consents.
    pub after: u64,
    /// Octets of the signed records of one pair.
    pub signed: usize,
}

/// The file of a store in a folder.
#[must_use]
pub fn file(folder: &Path) -> PathBuf {
    folder.join("operator.db")
}

/// Opens the store of a folder. It blocks.
#[must_use]
pub fn store(folder: &Path) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(&file(folder), SqliteOptions::default()).unwrap())
}

/// So many accounts in memory.
#[must_use]
pub fn cached(count: usize) -> Limits {
    Limits {
        cached: NonZeroUsize::new(count).unwrap(),
        ..Limits::default()
    }
}

/// Octets of the file once it is closed.
fn size(folder: &Path) -> u64 {
    std::fs::metadata(file(folder)).unwrap().len()
}

/// Builds a store of so many accounts, of which the first `crowd` are at the first sink: links first, for
/// all, and then consents, so that what these take on disk is seen.
pub async fn build(
    town: &Arc<Town>,
    folder: &Path,
    (accounts, crowd): (u64, u64),
    names: [&'static str; 2],
) -> Built {
    let operator = town.operator(store(folder), cached(512)).await;
    let settle = |number| {
        let (town, operator) = (Arc::clone(town), Arc::clone(&operator));
        async move { town.settle(&operator, number, number < crowd).await }
    };
    let bar = Bar::new(names[0], accounts);
    let residents: Vec<Resident> = at_once(0..accounts, 96, settle, bar).await;
    drop(operator);
    let before = size(folder);
    let operator = town.operator(store(folder), cached(512)).await;
    let residents = Arc::new(residents);
    let consent = |number| {
        let (town, operator) = (Arc::clone(town), Arc::clone(&operator));
        let residents = Arc::clone(&residents);
        async move {
            let resident = &residents[usize::try_from(number).unwrap()];
            consents_of(&town, &operator, resident).await
        }
    };
    let bar = Bar::new(names[1], accounts);
    let given = at_once(0..accounts, 96, consent, bar).await;
    drop(operator);
    let after = size(folder);
    let signed = given.first().map_or(0, |(signed, _)| *signed);
    Built {
        folder: folder.to_owned(),
        accounts: residents
            .iter()
            .map(|resident| resident.id.clone())
            .collect(),
        consents: given.into_iter().flat_map(|(_, ids)| ids).collect(),
        before,
        after,
        signed,
    }
}

/// Gives the fifteen pairs; the octets of the first, and the consents at the first of the sinks.
async fn consents_of(
    town: &Town,
    operator: &Operator<SqliteStore>,
    resident: &Resident,
) -> (usize, Vec<ConsentId>) {
    let account = operator.account(&resident.id).await.unwrap();
    let pairs = town.pairs(&account, resident);
    let signed = pairs.first().map_or(0, signed_octets);
    let first = pairs
        .iter()
        .take(if resident.is_of_crowd() { 5 } else { 0 });
    let ids = first.map(|pair| pair.sink_status.cr_id.clone()).collect();
    for pair in pairs {
        does(operator, &resident.id, Capacity::Owner, &give(pair)).await;
    }
    (signed, ids)
}

/// Times of reading, in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// An account whose pages are in memory.
    pub account: f64,
    /// A consent by its id.
    pub standing: f64,
    /// An account of anywhere in the store.
    pub anywhere: f64,
}

/// Reads a store whose accounts are not kept in memory.
#[derive(Debug)]
pub struct Reader<'a> {
    built: &'a Built,
    operator: Arc<Operator<SqliteStore>>,
    accounts: Vec<f64>,
    standings: Vec<f64>,
    anywhere: Vec<f64>,
    place: usize,
}

/// So many accounts, and their consents, are warm.
const WARM: usize = 200;

impl<'a> Reader<'a> {
    /// Of a store that was built.
    pub async fn new(town: &Town, built: &'a Built) -> Self {
        Self {
            built,
            operator: town.operator(store(&built.folder), cached(1)).await,
            accounts: Vec::new(),
            standings: Vec::new(),
            anywhere: Vec::new(),
            place: 0,
        }
    }

    /// Reads some: once to warm them, and once for the clock.
    pub async fn slice(&mut self) {
        let all = &self.built.accounts;
        for round in 0..2 {
            for number in 0..WARM.min(all.len()) {
                let begin = now();
                let account = self.operator.account(&all[number * 7 % all.len()]).await;
                let took = begin.elapsed().as_secs_f64() * 1e6;
                assert!(
                    account.unwrap().consents().count() >= 30,
                    "all its consents"
                );
                if round == 1 {
                    self.accounts.push(took);
                }
            }
            for number in 0..2 * WARM {
                let id = &self.built.consents[number * 37 % self.built.consents.len()];
                let begin = now();
                let stands = self.operator.store().stands(id).await;
                let took = begin.elapsed().as_secs_f64() * 1e6;
                assert!(stands.unwrap().is_some(), "it is there");
                if round == 1 {
                    self.standings.push(took);
                }
            }
        }
        for _ in 0..50 {
            self.place = (self.place + 7919) % all.len();
            let begin = now();
            let account = self.operator.account(&all[self.place]).await;
            self.anywhere.push(begin.elapsed().as_secs_f64() * 1e6);
            drop(account.unwrap());
        }
    }

    /// The medians.
    #[must_use]
    pub fn times(&self) -> Times {
        Times {
            account: median(self.accounts.iter().copied()),
            standing: median(self.standings.iter().copied()),
            anywhere: median(self.anywhere.iter().copied()),
        }
    }
}

/// Octets in an account, as the log has them and as a snapshot has them; and the pairs in it.
pub async fn octets(reader: &Reader<'_>) -> (usize, usize) {
    let id = &reader.built.accounts[0];
    let store = reader.operator.store();
    let held = store.account(id, mydata_store::Reading::Newest).await;
    let held = held.unwrap().unwrap();
    let entries: usize = held.entries.iter().map(|kept| kept.body.len()).sum();
    let begun = held.from.map_or(0, |from| from.octets.len());
    let account = reader.operator.account(id).await.unwrap();
    assert_eq!(account.consents().count() as u64, 2 * PAIRS);
    (entries + begun, account.snapshot().unwrap().len())
}
