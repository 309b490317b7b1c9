//! A connection that is cut somewhere: in the request, before the commit, in the answer.

use super::{Dice, account, count, database, decide, fresh, holds, open, request, sql, stored};
use mydata::record::consent::ConsentState;
use mydata_store::postgres::{PostgresOptions, PostgresStore};
use mydata_store::{Append, Appended, Change, Reading, Store, StoreRefusal, Version};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// No cut is coming.
const NEVER: i64 = i64::MAX;

/// Passes octets on in both directions, until so many have passed since it was told.
struct Scissors {
    left: AtomicI64,
    /// How many more connections are cut like this, each after as many octets.
    again: AtomicU64,
    after: AtomicI64,
    /// How many were cut, and how many of them in an answer.
    cuts: [AtomicU64; 2],
    passed: AtomicU64,
    /// Nothing passes any more, and nobody is told.
    is_silent: AtomicBool,
}

impl Scissors {
    fn arm(&self, after: i64, times: u64) {
        self.after.store(after, Ordering::SeqCst);
        self.again.store(times - 1, Ordering::SeqCst);
        self.left.store(after, Ordering::SeqCst);
    }

    fn disarm(&self) {
        self.left.store(NEVER, Ordering::SeqCst);
    }

    /// How much of these octets still passes; `None` when that is all.
    fn pass(&self, octets: usize, is_answer: bool) -> Result<usize, usize> {
        self.passed.fetch_add(octets as u64, Ordering::SeqCst);
        let octets = i64::try_from(octets).unwrap();
        let left = self.left.load(Ordering::SeqCst);
        if left == NEVER {
            return Ok(usize::try_from(octets).unwrap());
        }
        self.left.fetch_sub(octets, Ordering::SeqCst);
        match left >= octets {
            true => Ok(usize::try_from(octets).unwrap()),
            false => {
                let [cuts, answers] = &self.cuts;
                cuts.fetch_add(1, Ordering::SeqCst);
                answers.fetch_add(u64::from(is_answer), Ordering::SeqCst);
                let next = match self.again.load(Ordering::SeqCst) {
                    0 => NEVER,
                    times => {
                        self.again.store(times - 1, Ordering::SeqCst);
                        self.after.load(Ordering::SeqCst)
                    }
                };
                self.left.store(next, Ordering::SeqCst);
                Err(usize::try_from(left.max(0)).unwrap())
            }
        }
    }
}

async fn carry(
    scissors: Arc<Scissors>,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    is_answer: bool,
) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let (octets, is_last) = match scissors.pass(read, is_answer) {
            Ok(octets) => (octets, false),
            Err(octets) => (octets, true),
        };
        let done = to.write_all(buffer.get(..octets).unwrap()).await;
        if is_last && scissors.is_silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if is_last || done.is_err() {
            return;
        }
    }
}

/// A way to the database that can be cut, and the URL of it.
async fn way(database: &str) -> (Arc<Scissors>, String) {
    let config: Config = database.parse().unwrap();
    let Some(Host::Tcp(host)) = config.get_hosts().first().cloned() else {
        panic!("MYDATA_POSTGRES: a host");
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = listener.local_addr().unwrap().port();
    let scissors = Arc::new(Scissors {
        left: AtomicI64::new(NEVER),
        again: AtomicU64::new(0),
        after: AtomicI64::new(0),
        cuts: Default::default(),
        passed: AtomicU64::new(0),
        is_silent: AtomicBool::new(false),
    });
    let url = format!(
        "host=127.0.0.1 port={near} user={} dbname={}",
        config.get_user().unwrap(),
        config.get_dbname().unwrap()
    );
    let cut = scissors.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect((host.as_str(), port)).await.unwrap();
            let (client, server) = (client.into_split(), server.into_split());
            let there = carry(cut.clone(), client.0, server.1, false);
            let back = carry(cut.clone(), server.0, client.1, true);
            // Whichever is cut takes the other with it.
            tokio::spawn(async move {
                tokio::select! { () = there => {}, () = back => {} }
            });
        }
    });
    (scissors, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_in_a_commit_leaves_one_effect() {
    let cuts = u64::from(count("MYDATA_CUTS", 200));
    let (scissors, url) = way(&database()).await;
    let mut options: PostgresOptions = fresh(&url);
    (options.connections, options.answer) = (1, Duration::from_secs(1));
    let store = PostgresStore::open(options).await.unwrap();
    let client = sql(&database(), &store).await;
    stored(&store, open(1)).await;
    let mut dice = Dice(99);
    let (mut at_once, mut later, mut unknown, mut silent) = (0, 0, 0, 0);
    // So many octets are a request and its answer, on a connection that knows it.
    let first = decide(1, 0, "first", "consent", ConsentState::Active);
    let second = decide(1, 1, "k1", "consent", ConsentState::Active);
    stored(&store, first).await;
    let before = scissors.passed.load(Ordering::SeqCst);
    stored(&store, second).await;
    let octets = scissors.passed.load(Ordering::SeqCst) - before;
    for version in 2..cuts + 2 {
        // The connection is warm: the next octets are those of the request.
        let since = Reading::Since(Version::new(version));
        drop(store.account(&account(1), since).await);
        let append = decide(
            1,
            version,
            &format!("k{version}"),
            "consent",
            ConsentState::Active,
        );
        // Now and then the way goes silent in place of being cut.
        let is_silent = version % 25 == 0;
        silent += u64::from(is_silent);
        scissors.is_silent.store(is_silent, Ordering::SeqCst);
        // Twenty are more than it tries.
        let times = if !is_silent && dice.below(10) == 0 {
            20
        } else {
            1 + dice.below(2)
        };
        scissors.arm(i64::try_from(dice.below(octets + 20)).unwrap(), times);
        let answer = store.append(append.clone()).await;
        scissors.disarm();
        let written = "SELECT count(*) FROM entry WHERE key = $1";
        match answer {
            Ok(Appended::Stored { version: found, .. }) => {
                assert_eq!(found.get(), version + 1);
                at_once += 1;
            }
            Ok(other) => panic!("{other:?}"),
            Err(fault) => {
                assert_eq!(fault.refusal(), StoreRefusal::OutcomeUnknown, "{fault}");
                unknown += 1;
                // The same again tells, and changes nothing that was done.
                match store.append(append).await.unwrap() {
                    Appended::Stored { .. } => {}
                    Appended::Repeated(Some(_)) => later += 1,
                    other => panic!("{other:?}"),
                }
            }
        }
        let found: i64 = client
            .query_one(written, &[&format!("k{version}")])
            .await
            .unwrap()
            .get(0);
        assert_eq!(found, 1, "one effect");
    }
    assert_eq!(holds(&client).await, cuts + 2);
    let [all, answers] = scissors
        .cuts
        .each_ref()
        .map(|count| count.load(Ordering::SeqCst));
    println!(
        "cut, PostgreSQL: {cuts} requests of {octets} octets, {all} connections cut, {answers} of them in an answer, {silent} not cut but silent; \
         {at_once} answered all the same, {unknown} unknown, {later} of them stored; each once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_opened_and_erased_once_whatever_is_cut() {
    let accounts = u64::from(count("MYDATA_CUTS", 200)) / 4;
    let (scissors, url) = way(&database()).await;
    let mut options: PostgresOptions = fresh(&url);
    options.connections = 1;
    let store = PostgresStore::open(options).await.unwrap();
    let mut dice = Dice(5);
    let mut unknown = 0;
    for number in 0..accounts {
        let erase = Append {
            request: request("erase"),
            change: Change::Erase,
            ..open(number)
        };
        for (append, again) in [
            (open(number), Ok(Appended::Repeated(None))),
            (erase, Err(StoreRefusal::AccountErased.into())),
        ] {
            drop(store.account(&account(number), Reading::Newest).await);
            let times = if dice.below(8) == 0 { 20 } else { 1 };
            scissors.arm(i64::try_from(dice.below(700)).unwrap(), times);
            let answer = store.append(append.clone()).await;
            scissors.disarm();
            match answer {
                Ok(Appended::Stored { .. }) => {
                    assert_eq!(store.append(append).await, again, "the same once more");
                }
                Err(fault) if fault.refusal() == StoreRefusal::OutcomeUnknown => {
                    unknown += 1;
                    let told = store.append(append).await;
                    assert!(matches!(told, Ok(Appended::Stored { .. })) || told == again);
                }
                other => panic!("{other:?}"),
            }
        }
        let stone = store.tombstone(&account(number)).await.unwrap();
        assert!(stone.is_some());
    }
    println!(
        "cut, PostgreSQL: {accounts} accounts opened and erased once, {unknown} answers unknown"
    );
}
