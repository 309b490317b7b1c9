//! What must hold of a store after whatever happened to it.

use super::load::request;
use super::{Survived, hold, told};
use crate::people::at_once;
use mydata::core::id::{AccountId, ActorId, ServiceId};
use mydata::keys::Ring;
use mydata::operator::{Account, Act, Capacity, Command, Entry};
use mydata_store::{
    Courier, Dispatcher, Held, Letter, Operator, OperatorFault, Parcel, ParcelId, Partition,
    Position, Reading, Store, StoreRefusal, Undelivered, Version, Which,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// A command that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ack {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub key: String,
    /// The version that was acknowledged.
    pub version: u64,
}

/// A message that was handed over.
pub type Handed = (String, String);

impl Ack {
    /// Out of the words of a line.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("ack ")?.split(' ');
        Some(Self {
            account: AccountId::parse(words.next()?).ok()?,
            key: words.next()?.to_owned(),
            version: words.next()?.parse().ok()?,
        })
    }
}

/// A parcel out of the words of a line.
#[must_use]
pub fn parcel(line: &str) -> Option<Handed> {
    let (service, id) = line.strip_prefix("parcel ")?.split_once(' ')?;
    Some((service.to_owned(), id.to_owned()))
}

/// What was promised, and what was found so far.
#[derive(Debug, Clone, Default)]
pub struct Book {
    accounts: BTreeMap<AccountId, Found>,
    /// Up to where the log was read.
    log: BTreeMap<Partition, Position>,
    /// Everything that was handed over, in all lives.
    pub handed: BTreeSet<Handed>,
}

#[derive(Debug, Clone, Default)]
struct Found {
    version: u64,
    requests: BTreeMap<String, u64>,
}

/// What a check has found; nothing else is amiss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amiss {
    /// Acknowledged, and not there.
    pub lost: u64,
    /// There more than once.
    pub twice: u64,
}

impl std::ops::AddAssign for Amiss {
    fn add_assign(&mut self, other: Self) {
        self.lost += other.lost;
        self.twice += other.twice;
    }
}

impl Book {
    /// A book that takes the store as it is now for granted, and what was handed over of it.
    ///
    /// # Errors
    /// What does not hold.
    pub async fn begun<S: Store>(operator: &Operator<S>) -> Survived<Self> {
        let mut book = Self::default();
        book.read(operator).await?;
        for (to, id) in book.logged(operator).await? {
            book.handed.insert((to.to_string(), id.to_string()));
        }
        Ok(book)
    }

    /// Whether everything acknowledged is there once. Versions and positions are gapless. Reads what is
    /// new since the last time.
    ///
    /// # Errors
    /// What else does not hold.
    pub async fn look<S: Store>(
        &mut self,
        operator: &Operator<S>,
        acks: &[Ack],
    ) -> Survived<Amiss> {
        let twice = self.read(operator).await?;
        let lost = acks.iter().filter(|ack| {
            let found = self.accounts.get(&ack.account);
            found.and_then(|found| found.requests.get(&ack.key)) != Some(&ack.version)
        });
        let lost = lost.count() as u64;
        Ok(Amiss { lost, twice })
    }

    /// The accounts, from where they were read the last time.
    async fn read<S: Store>(&mut self, operator: &Operator<S>) -> Survived<u64> {
        let mut twice = 0;
        let all = operator.store().accounts(&Which::All, None, 1000).await;
        for id in all.map_err(told("accounts"))? {
            let found = self.accounts.entry(id.clone()).or_default();
            let since = Reading::Since(Version::new(found.version));
            let held = operator.store().account(&id, since).await;
            let held = held.map_err(told("account"))?.ok_or("an account is gone")?;
            hold(held.version.get() >= found.version, || {
                "a version went back".to_owned()
            })?;
            twice += found.take(&held)?;
        }
        Ok(twice)
    }

    /// The log, from where it was read the last time: its positions, and the messages in it.
    async fn logged<S: Store>(
        &mut self,
        operator: &Operator<S>,
    ) -> Survived<Vec<(ServiceId, ParcelId)>> {
        let mut parcels = Vec::new();
        for partition in (0..operator.store().partitions()).map(Partition) {
            let after = self.log.entry(partition).or_default();
            loop {
                let page = operator.store().log(partition, None, *after, 256).await;
                let page = page.map_err(told("log"))?;
                if page.is_empty() {
                    break;
                }
                for logged in page {
                    let position = logged.entry.position;
                    hold(position == after.next(), || {
                        format!("a gap in the log after {}", after.get())
                    })?;
                    *after = position;
                    let entry = Entry::read(&logged.entry.body).map_err(told("entry"))?;
                    let outbox = entry.outbox().map_err(told("outbox"))?;
                    parcels.extend(outbox.into_iter().enumerate().map(|(number, delivery)| {
                        let id = ParcelId {
                            partition,
                            position,
                            number,
                        };
                        (delivery.to, id)
                    }));
                }
            }
        }
        Ok(parcels)
    }

    /// Delivers what is waiting, and holds what was handed over in all lives against the log: nothing
    /// is undelivered. How many messages are new in the log.
    ///
    /// # Errors
    /// What does not hold.
    pub async fn delivered<S: Store>(&mut self, operator: &Arc<Operator<S>>) -> Survived<u64> {
        let wanted = self.logged(operator).await?;
        let collector = Arc::new(Collector::default());
        let dispatcher = Dispatcher::new(Arc::clone(operator), Arc::clone(&collector), at_once());
        dispatcher.drain().await;
        for partition in (0..operator.store().partitions()).map(Partition) {
            let waiting = operator.store().waiting(partition).await;
            let waiting = waiting.map_err(told("waiting"))?;
            hold(waiting.is_empty(), || {
                format!(
                    "{} services wait after a drain: {:?}",
                    waiting.len(),
                    dispatcher.traffic()
                )
            })?;
        }
        self.handed.append(&mut collector.0.lock().unwrap());
        let is_handed = |(to, id): &&(ServiceId, ParcelId)| {
            self.handed.contains(&(to.to_string(), id.to_string()))
        };
        let missing = wanted.iter().filter(|one| !is_handed(one)).count();
        hold(missing == 0, || {
            format!("{missing} messages were never delivered")
        })?;
        Ok(wanted.len() as u64)
    }

    /// Reads an account from its beginning: what was found before is there still, every mark holds,
    /// and every signature and every chain verifies again.
    ///
    /// # Errors
    /// What does not hold.
    pub async fn verify<S: Store>(
        &self,
        operator: &Operator<S>,
        id: &AccountId,
    ) -> Survived<Account> {
        let held = operator.store().account(id, Reading::Whole).await;
        let held = held.map_err(told("account"))?.ok_or("an account is gone")?;
        let mut again = Found::default();
        again.take(&held)?;
        let found = self.accounts.get(id).ok_or("an account is new")?;
        hold(again.requests == found.requests, || {
            "an account reads otherwise from its beginning".to_owned()
        })?;
        let (as_read, events) = operator.events(id).await.map_err(told("marks"))?;
        hold(events.len() as u64 == as_read.version(), || {
            "an event is missing".to_owned()
        })?;
        let verified = verified(&held)?;
        hold(verified == *as_read, || {
            "an account that verifies is another".to_owned()
        })?;
        let cached = operator.account(id).await.map_err(told("account"))?;
        hold(*cached == verified, || {
            "an account read from its snapshot is another".to_owned()
        })?;
        Ok(verified)
    }

    /// Whose accounts were found.
    pub fn accounts(&self) -> impl Iterator<Item = &AccountId> {
        self.accounts.keys()
    }
}

impl Found {
    /// How many requests are there a second time.
    fn take(&mut self, held: &Held) -> Survived<u64> {
        let mut twice = 0;
        for kept in &held.entries {
            let version = kept.version.get();
            hold(version == self.version + 1, || {
                format!("a gap in an account after version {}", self.version)
            })?;
            self.version = version;
            let key = kept.request.key.as_str().to_owned();
            twice += u64::from(self.requests.insert(key, version).is_some());
        }
        hold(held.version.get() == self.version, || {
            "the newest version of an account is missing".to_owned()
        })?;
        Ok(twice)
    }
}

/// The account out of its opening and its entries, every signature verified.
fn verified(held: &Held) -> Survived<Account> {
    let opening = held.from.as_ref().ok_or("an account has no opening")?;
    let mut account = Account::from_snapshot(&opening.octets, &Ring).map_err(told("opening"))?;
    for kept in &held.entries {
        let entry = Entry::read(&kept.body).map_err(told("entry"))?;
        account.resume(&entry, &Ring).map_err(told("signatures"))?;
    }
    Ok(account)
}

/// Whether a request that was acknowledged gets its first answer again, whatever is asked with it, from
/// whoever has asked, and from nobody else.
///
/// # Errors
/// What does not hold.
pub async fn repeats<S: Store>(operator: &Operator<S>, ack: &Ack) -> Survived<()> {
    let request = request(&ack.account, &ack.key);
    let sink = ServiceId::parse("sink").unwrap();
    let all = [Capacity::Owner, Capacity::Operator, Capacity::Service(sink)];
    let mut answered = 0;
    for capacity in all {
        let act = Act {
            account: ack.account.clone(),
            actor: ActorId::parse("actor-1").unwrap(),
            capacity,
        };
        match operator.execute(&act, &request, &Command::Expire).await {
            Ok(outcome) if outcome.is_repeated && outcome.version.get() == ack.version => {
                answered += 1;
            }
            Ok(_) => return Err(format!("request {} was answered otherwise", ack.key)),
            Err(OperatorFault::Store(fault))
                if fault.refusal() == StoreRefusal::RequestKeyReused => {}
            Err(fault) => return Err(told("a repeated request")(fault)),
        }
    }
    hold(answered == 1, || {
        format!("request {} was answered to {answered}", ack.key)
    })
}

/// Takes everything.
#[derive(Debug, Default)]
struct Collector(Mutex<BTreeSet<Handed>>);

impl Courier for Collector {
    async fn deliver(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let handed = (parcel.to.to_string(), parcel.id.to_string());
        self.0.lock().unwrap().insert(handed);
        Ok(())
    }

    async fn write(&self, _: &Letter) -> Result<(), Undelivered> {
        Ok(())
    }
}
