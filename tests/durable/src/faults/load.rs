//! People who pause and resume their consents as fast as they can, in a process that is going to die.

use super::{Dice, Survived, told};
use crate::people::{Hands, House, Keys, Pair, Person, ask, at_once, by_operator};
use crate::post::{Post, Side};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{AccountId, ConsentId, KeyId, OperatorId};
use mydata::keys::{MasterKey, PrivateKey};
use mydata::operator::{Capacity, Command};
use mydata::record::consent::{ConsentChange, ConsentState};
use mydata_store::{
    Courier, Dispatcher, Letter, Limits, OperatorFault, Parcel, PostgresOptions, PostgresStore,
    Request, SqliteOptions, SqliteStore, Store, Undelivered,
};
use serde_json::{Value, json};
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// So many people are under load.
pub const PEOPLE: usize = 16;

/// Request numbers of one life begin at a multiple of this.
const LIFE: u64 = 1_000_000;

/// Which store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// `store.db` in the folder.
    Sqlite,
    /// A schema of the database at `MYDATA_POSTGRES`.
    Postgres(String),
}

/// Where a store is, with the keys of everybody beside it.
#[derive(Debug, Clone)]
pub struct Place {
    /// The keys are in `keys.json` here.
    pub folder: PathBuf,
    /// The store.
    pub engine: Engine,
}

/// What everybody in a store has: what a process needs to go on.
#[derive(Debug)]
pub struct Town {
    /// The operator's keys.
    pub keys: Arc<Keys>,
    /// The people, with a pair of consents each.
    pub people: Vec<(Person, Pair)>,
}

/// Snapshots come often, so that many are written when the process dies.
#[must_use]
pub fn limits() -> Limits {
    Limits {
        snapshot_entries: 12,
        snapshot_share: 1,
        cached: NonZeroUsize::new(PEOPLE / 2).unwrap(),
        ..Limits::default()
    }
}

impl Place {
    /// The file of the embedded store.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.join("store.db")
    }

    /// Opens the embedded store.
    ///
    /// # Errors
    /// What the store said.
    pub fn sqlite(&self) -> Survived<Arc<SqliteStore>> {
        let store = SqliteStore::open(&self.file(), SqliteOptions::default());
        Ok(Arc::new(store.map_err(told("the store does not open"))?))
    }

    /// Opens the store in a database.
    ///
    /// # Errors
    /// What the store said, or that `MYDATA_POSTGRES` is not set.
    pub async fn postgres(&self) -> Survived<Arc<PostgresStore>> {
        let Engine::Postgres(schema) = &self.engine else {
            return Err("there is no schema".to_owned());
        };
        let url = std::env::var("MYDATA_POSTGRES").map_err(told("MYDATA_POSTGRES"))?;
        let mut options = PostgresOptions::new(&url, schema).ok_or("MYDATA_POSTGRES: no URL")?;
        (options.partitions, options.tables, options.connections) = (4, 2, 8);
        let store = PostgresStore::open(options).await;
        Ok(Arc::new(store.map_err(told("the store does not open"))?))
    }

    /// What a child is told of the place.
    #[must_use]
    pub fn arguments(&self) -> [String; 2] {
        let engine = match &self.engine {
            Engine::Sqlite => "sqlite",
            Engine::Postgres(schema) => schema,
        };
        [engine.to_owned(), self.folder.display().to_string()]
    }

    /// The place that a child was told of.
    #[must_use]
    pub fn of(engine: &str, folder: &str) -> Self {
        let engine = match engine {
            "sqlite" => Engine::Sqlite,
            schema => Engine::Postgres(schema.to_owned()),
        };
        Self {
            folder: folder.into(),
            engine,
        }
    }
}

fn text(key: &PrivateKey) -> Value {
    serde_json::from_slice(key.to_jwk().expose()).unwrap()
}

fn read(key: &Value) -> Arc<PrivateKey> {
    Arc::new(PrivateKey::from_jwk(key.to_string().as_bytes()).unwrap())
}

impl Town {
    /// Sixteen people link and consent, and all of it is delivered.
    pub async fn founded<S: Store>(store: Arc<S>) -> (Self, House<S>) {
        let house = House::new(store, Hands::new()).await;
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let person = house.linked(&format!("person-{number:02}")).await;
            let pair = person.consent(&house, "care", &["src/a"]).await;
            people.push((person, pair));
        }
        house.dispatcher.drain().await;
        let keys = Arc::clone(&house.keys);
        (Self { keys, people }, house)
    }

    /// Writes everybody's keys down, for a test and for nothing else.
    pub fn write(&self, folder: &Path) {
        let people = self.people.iter().map(|(person, pair)| {
            json!({
                "id": person.id.as_str(),
                "owner": text(&person.owner),
                "source": pair.source.as_str(),
                "sink": pair.sink.as_str(),
            })
        });
        let master = self.keys.master.to_text();
        let written = json!({
            "status": text(&self.keys.status),
            "tokens": text(&self.keys.tokens),
            "master": std::str::from_utf8(master.expose()).unwrap(),
            "people": people.collect::<Vec<_>>(),
        });
        std::fs::write(folder.join("keys.json"), written.to_string()).unwrap();
    }

    /// Reads them; the requests of everybody begin at those of this life.
    #[must_use]
    pub fn read(folder: &Path, life: u64) -> Self {
        let written = std::fs::read(folder.join("keys.json")).unwrap();
        let written: Value = serde_json::from_slice(&written).unwrap();
        let name = KeyId::parse("master-1").unwrap();
        let master = MasterKey::parse(name, written["master"].as_str().unwrap()).unwrap();
        let people = written["people"].as_array().unwrap().iter().map(|person| {
            let name = |member: &str| person[member].as_str().unwrap();
            let id = AccountId::parse(name("id")).unwrap();
            let pair = Pair {
                source: ConsentId::parse(name("source")).unwrap(),
                sink: ConsentId::parse(name("sink")).unwrap(),
            };
            let owner = read(&person["owner"]);
            (Person::again(id, owner, life * LIFE), pair)
        });
        Self {
            people: people.collect(),
            keys: Arc::new(Keys {
                status: read(&written["status"]),
                tokens: read(&written["tokens"]),
                master: Arc::new(master),
            }),
        }
    }

    /// The operator in a new life, with services that have forgotten everything.
    pub async fn house<S: Store>(&self, store: Arc<S>, clock: Arc<Hands>) -> House<S> {
        let id = OperatorId::parse("operator.example").unwrap();
        let (status, tokens) = (self.keys.status.public(), self.keys.tokens.public());
        let post = Post::new(&id, status, tokens, Arc::clone(&clock) as _);
        let keys = Arc::clone(&self.keys);
        House::over(store, keys, post, clock, limits()).await
    }
}

/// The request of this key, as [`Person::next`] made it.
#[must_use]
pub fn request(account: &AccountId, key: &str) -> Request {
    let number = key.trim_start_matches('r');
    ask(key, &format!("{} {number}", account.as_str()))
}

/// Takes everything, and says so.
#[derive(Debug)]
struct Reporter;

/// One line in one write: whoever reads it reads all of it or nothing.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

impl Courier for Reporter {
    async fn deliver(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        say(&format!("parcel {} {}", parcel.to, parcel.id));
        Ok(())
    }

    async fn write(&self, letter: &Letter) -> Result<(), Undelivered> {
        say(&format!("letter {}", letter.id));
        Ok(())
    }
}

/// The life of a child: everybody asks until so many commands were asked, or until it is killed.
pub async fn child(place: &Place, life: u64, seed: u64, commands: u64) {
    match &place.engine {
        Engine::Sqlite => live(place.sqlite(), place, life, seed, commands).await,
        Engine::Postgres(_) => live(place.postgres().await, place, life, seed, commands).await,
    }
    say("end");
}

async fn live<S: Store>(
    store: Survived<Arc<S>>,
    place: &Place,
    life: u64,
    seed: u64,
    commands: u64,
) {
    let town = Town::read(&place.folder, life);
    let clock = Hands::new();
    clock.forward(life * 10);
    let house = Arc::new(town.house(store.unwrap(), clock).await);
    let dispatcher = Dispatcher::new(Arc::clone(&house.operator), Reporter, at_once());
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(async move { dispatcher.run(stopped).await });
    let each = commands.div_ceil(PEOPLE as u64);
    let mut everybody = tokio::task::JoinSet::new();
    for (number, (person, pair)) in town.people.into_iter().enumerate() {
        let (house, mut dice) = (Arc::clone(&house), Dice::new(seed ^ number as u64));
        everybody.spawn(async move {
            for _ in 0..each {
                one(&house, &person, &pair, &mut dice).await;
            }
        });
    }
    everybody.join_all().await;
    stop.send(true).unwrap();
    running.await.unwrap();
    house.operator.close().await;
}

/// One command, and what was answered.
async fn one<S: Store>(house: &House<S>, person: &Person, pair: &Pair, dice: &mut Dice) {
    let request = person.next();
    let answer = match wish(house, person, pair, dice).await {
        Ok((capacity, command)) => {
            let act = person.act(capacity);
            house.operator.execute(&act, &request, &command).await
        }
        Err(fault) => Err(fault),
    };
    let (account, key) = (person.id.as_str(), request.key.as_str());
    match answer {
        Ok(outcome) if outcome.position.get() == 0 => say(&format!("nothing {account} {key}")),
        Ok(outcome) => say(&format!("ack {account} {key} {}", outcome.version.get())),
        Err(fault) => say(&format!("no {account} {key} {}", fault.code())),
    }
}

/// What somebody wants next: half of it is signed by the owner.
async fn wish<S: Store>(
    house: &House<S>,
    person: &Person,
    pair: &Pair,
    dice: &mut Dice,
) -> Result<(Capacity, Command), OperatorFault> {
    let account = house.operator.account(&person.id).await?;
    let state = |id| account.consent(id).unwrap().chain.state();
    if state(&pair.source) == ConsentState::Active
        && state(&pair.sink) == ConsentState::Active
        && dice.percent(20)
    {
        let sink: &Side = &house.post.sink;
        let cr_id = pair.sink.clone();
        return Ok((
            Capacity::Service(sink.id.clone()),
            Command::IssueToken { cr_id },
        ));
    }
    let of = if dice.percent(50) {
        &pair.source
    } else {
        &pair.sink
    };
    let change = match state(of) {
        ConsentState::Active => ConsentChange::Disable,
        ConsentState::Disabled => ConsentChange::Reactivate,
        ConsentState::Withdrawn => ConsentChange::Withdraw,
    };
    if dice.percent(50) {
        return Ok((Capacity::Operator, by_operator(of, change)));
    }
    let command = person.signed_change(house, of, change).await?;
    Ok((Capacity::Owner, command))
}
