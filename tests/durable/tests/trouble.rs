//! What deliveries and jobs do when the store, an entry or a courier fails.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on fails, and a courier panics or refuses some"
)]

use mydata::core::id::ActorId;
use mydata::operator::{Capacity, Command};
use mydata::record::consent::ConsentChange;
use mydata::record::message::ToService;
use mydata_durable::people::{Hands, House, at_once, by_operator};
use mydata_durable::post::Post;
use mydata_store::{
    Courier, Dispatcher, Letter, Limits, Parcel, Partition, Policy, Request, RequestKey, Run,
    SqliteOptions, SqliteStore, Store as _, Task, Undelivered,
};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// Counts what it hands over, and panics so many times before.
#[derive(Debug)]
struct Counting {
    post: Arc<Post>,
    handed: Mutex<Vec<String>>,
    panics: AtomicU64,
}

impl Counting {
    fn of(post: &Arc<Post>, panics: u64) -> Self {
        Self {
            post: Arc::clone(post),
            handed: Mutex::default(),
            panics: AtomicU64::new(panics),
        }
    }

    fn handed(&self) -> Vec<String> {
        self.handed.lock().unwrap().clone()
    }
}

impl Courier for Counting {
    async fn deliver(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let left = self.panics.load(Ordering::SeqCst);
        if left > 0 {
            self.panics.store(left - 1, Ordering::SeqCst);
            std::panic::panic_any("a courier of a city's own");
        }
        self.handed.lock().unwrap().push(parcel.id.to_string());
        self.post.deliver(parcel).await
    }

    async fn write(&self, letter: &Letter) -> Result<(), Undelivered> {
        self.post.write(letter).await
    }
}

/// Of a service that was restarted: it knows of no linking.
#[derive(Debug)]
struct Forgetful(Arc<Post>);

impl Courier for Forgetful {
    async fn deliver(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        match &parcel.message {
            ToService::LinkInvitation(_) | ToService::LinkProposal(_) => {
                Err(Undelivered::Refused("code_unknown".into()))
            }
            _ => self.0.deliver(parcel).await,
        }
    }

    async fn write(&self, letter: &Letter) -> Result<(), Undelivered> {
        self.0.write(letter).await
    }
}

type Durable = House<SqliteStore>;

async fn house(folder: &Path) -> (Arc<Hands>, Durable) {
    let store = SqliteStore::open(&folder.join("operator.db"), SqliteOptions::default());
    let clock = Hands::new();
    let house = House::new(Arc::new(store.unwrap()), Arc::clone(&clock) as _).await;
    (clock, house)
}

/// Past the store, into its file.
fn sql(folder: &Path, statement: &str) -> usize {
    let db = rusqlite::Connection::open(folder.join("operator.db")).unwrap();
    db.busy_timeout(Duration::from_secs(5)).unwrap();
    db.execute(statement, []).unwrap()
}

/// Waits for what must come true within ten seconds.
async fn until(is_true: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if is_true() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(is_true(), "it does not come true");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_written_is_waited_for_and_nothing_is_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (_, house) = house(folder.path()).await;
    let ann = house.linked("ann").await;
    let pair = ann.consent(&house, "care", &["src/a", "src/b"]).await;
    house.dispatcher.drain().await;
    let pause = by_operator(&pair.sink, ConsentChange::Disable);
    ann.does(&house, Capacity::Operator, &pause).await.unwrap();
    // From here on no cursor moves: a table that takes what it has, and no more.
    sql(folder.path(), "ALTER TABLE cursor RENAME TO good_cursor");
    let bad =
        "CREATE TABLE cursor (reader TEXT PRIMARY KEY, position INTEGER CHECK (position < 0))";
    sql(folder.path(), bad);
    // What it has stands in it all the same.
    let filled = "PRAGMA ignore_check_constraints = ON; INSERT INTO cursor SELECT reader, position FROM good_cursor";
    rusqlite::Connection::open(folder.path().join("operator.db"))
        .unwrap()
        .execute_batch(filled)
        .unwrap();
    let courier = Counting::of(&house.post, 0);
    let dispatcher = Dispatcher::new(Arc::clone(&house.operator), courier, at_once());
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn({
        let dispatcher = Arc::clone(&dispatcher);
        async move { dispatcher.run(stopped).await }
    });
    until(|| dispatcher.traffic().faults >= 6).await;
    let handed = dispatcher.courier().handed();
    assert_eq!(
        handed.len(),
        2,
        "the source's and the sink's, each once: {handed:?}"
    );
    sql(folder.path(), "DROP TABLE cursor");
    sql(folder.path(), "ALTER TABLE good_cursor RENAME TO cursor");
    let store = house.operator.store();
    for _ in 0..2_000 {
        if store.waiting(Partition(0)).await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(store.waiting(Partition(0)).await.unwrap(), Vec::new());
    assert_eq!(dispatcher.courier().handed(), handed);
    stop.send(true).unwrap();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_entry_is_parked_and_a_job_passes_its_account() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, house) = house(folder.path()).await;
    let (ann, ben) = (house.linked("ann").await, house.linked("ben").await);
    let mut pairs = Vec::new();
    for person in [&ann, &ben] {
        pairs.push(person.consent(&house, "care", &["src/a", "src/b"]).await);
    }
    house.dispatcher.drain().await;
    for (person, pair) in [&ann, &ben].into_iter().zip(&pairs) {
        let pause = by_operator(&pair.sink, ConsentChange::Disable);
        person
            .does(&house, Capacity::Operator, &pause)
            .await
            .unwrap();
    }
    let newest_of_ann = "(SELECT max(e.position) FROM entry e JOIN account a ON a.no = e.account
        WHERE a.id = 'ann')";
    let spoiled = "CAST(replace(body, '\"v\":1', '\"v\": 1') AS BLOB)";
    let statement = format!("UPDATE entry SET body = {spoiled} WHERE position = {newest_of_ann}");
    assert_eq!(sql(folder.path(), &statement), 1);
    // A process that has nothing in memory.
    let store = Arc::clone(house.operator.store());
    let (keys, post) = (Arc::clone(&house.keys), Arc::clone(&house.post));
    let house = House::over(store, keys, post, clock as _, Limits::default()).await;
    house.dispatcher.drain().await;
    let parked = house.dispatcher.parked().await.unwrap();
    let codes: Vec<&str> = parked.iter().map(|parked| &*parked.code).collect();
    assert_eq!(codes, ["operator_mark_broken"; 2], "of either service");
    assert!(parked.iter().all(|parked| parked.account == ann.id));
    assert_eq!(house.dispatcher.traffic().delivered, 2, "ben's");
    assert_eq!(
        house
            .dispatcher
            .send_parked(&house.post.sink.id)
            .await
            .unwrap(),
        0
    );

    let run = Run {
        name: "resume".into(),
        actor: ActorId::parse("job-1").unwrap(),
        at_once: NonZeroUsize::MIN,
    };
    let (_stop, stopped) = watch::channel(false);
    let task = Task::Deregister(house.post.sink.id.clone());
    let done = house
        .operator
        .run(&run, &task, stopped, |_| {})
        .await
        .unwrap();
    assert_eq!((done.visited, done.stored, done.failed), (2, 1, 1));
    assert!(done.is_finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_courier_that_panics_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let (_, house) = house(folder.path()).await;
    let ann = house.linked("ann").await;
    ann.consent(&house, "care", &["src/a", "src/b"]).await;
    let courier = Counting::of(&house.post, 1);
    let policy = Policy {
        under_way: NonZeroUsize::MIN,
        ..at_once()
    };
    let dispatcher = Dispatcher::new(Arc::clone(&house.operator), courier, policy);
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn({
        let dispatcher = Arc::clone(&dispatcher);
        async move { dispatcher.run(stopped).await }
    });
    until(|| dispatcher.courier().handed().len() == 2).await;
    // Whoever would stop it may be gone as well: that is a stop.
    drop(stop);
    let ended = tokio::time::timeout(Duration::from_secs(10), running).await;
    ended.unwrap().unwrap();
}

/// A decision that only tells somebody again has no time of its own: no snapshot stands before it, or an
/// account that is read anew would believe a clock that has gone back.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_again_takes_the_time_along() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, house) = house(folder.path()).await;
    let ann = house.linked("ann").await;
    let limits = Limits {
        snapshot_entries: 1,
        snapshot_share: 0,
        ..Limits::default()
    };
    let again = async || {
        let store = Arc::clone(house.operator.store());
        let (keys, post) = (Arc::clone(&house.keys), Arc::clone(&house.post));
        House::over(store, keys, post, Arc::clone(&clock) as _, limits).await
    };
    let eager = again().await;
    let account = eager.operator.account(&ann.id).await.unwrap();
    let sink = account.active_link(&house.post.sink.id).unwrap().0.clone();
    let remove = Command::RemoveLink {
        link_id: sink,
        signed: None,
    };
    for _ in 0..2 {
        ann.does(&eager, Capacity::Owner, &remove).await.unwrap();
    }
    clock.back(3600);
    let read_anew = again().await;
    ann.does(&read_anew, Capacity::Owner, &remove)
        .await
        .unwrap();
    assert!(read_anew.operator.numbers().clock_back > 0);
}

/// A linking that its service has forgotten is given up; what comes later of the account is not parked
/// behind it.
#[tokio::test(flavor = "multi_thread")]
async fn a_linking_that_was_forgotten_keeps_nothing_back() {
    let folder = tempfile::tempdir().unwrap();
    let (_, house) = house(folder.path()).await;
    let ann = house.linked("ann").await;
    let bob = house.sign_up("bob").await;
    let pair = ann.consent(&house, "care", &["src/a", "src/b"]).await;
    house.dispatcher.drain().await;
    let service = Arc::clone(&house.post.sink.registered);
    let begin = Command::StartLinking {
        service,
        surrogate_id: None,
    };
    bob.does(&house, Capacity::Owner, &begin).await.unwrap();
    let pause = by_operator(&pair.sink, ConsentChange::Disable);
    ann.does(&house, Capacity::Operator, &pause).await.unwrap();
    let courier = Forgetful(Arc::clone(&house.post));
    let dispatcher = Dispatcher::new(Arc::clone(&house.operator), courier, at_once());
    dispatcher.drain().await;
    dispatcher.drain().await;
    let traffic = dispatcher.traffic();
    assert_eq!(
        (traffic.refused, traffic.given_up, traffic.parked),
        (1, 1, 0)
    );
    assert_eq!(traffic.delivered, 2, "both halves of the pause");
    assert!(dispatcher.parked().await.unwrap().is_empty());
    // The person begins anew, and it goes through.
    bob.link(&house, &house.post.sink).await;
    assert!(house.dispatcher.parked().await.unwrap().is_empty());
}

#[test]
fn a_jobs_keys_are_nobody_elses() {
    assert_eq!(RequestKey::parse("job:1"), None);
    let ours = RequestKey::kept("job:1").unwrap();
    assert_eq!(ours.as_str(), "job:1");
    let request = Request {
        key: ours,
        digest: mydata_durable::post::digest(b"x"),
    };
    assert!(!format!("{request:?}").contains("job:1"));
}
