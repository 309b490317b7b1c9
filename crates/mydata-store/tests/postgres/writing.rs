//! Many writers, conflicts and repetitions, judged afterwards in SQL.

use super::{Dice, account, count, database, decide, fresh, holds, open, sql, stored};
use log::{LevelFilter, Log, Metadata, Record};
use mydata::record::consent::ConsentState;
use mydata_store::postgres::PostgresStore;
use mydata_store::{Append, Appended, Reading, Store, StoreRefusal};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;

#[derive(Default)]
struct Tally {
    stored: u64,
    conflicts: u64,
    repeated: u64,
    taken: u64,
}

/// One writer: decisions on accounts that others write too, some of them stale, some for the second
/// time, some about a consent of somebody else.
async fn writer(store: Arc<PostgresStore>, number: u64, accounts: u64, each: u64) -> Tally {
    let mut dice = Dice(number * 7919 + 1);
    let mut tally = Tally::default();
    let mut before: Option<Append> = None;
    for step in 0..each {
        if let Some(again) = before.take_if(|_| dice.below(10) == 0) {
            match store.append(again).await.unwrap() {
                Appended::Repeated(Some(_)) => tally.repeated += 1,
                other => panic!("{other:?}"),
            }
        }
        let of = dice.below(accounts);
        let key = format!("w{number}-{step}");
        let whose = if dice.below(20) == 0 { of + 1 } else { of };
        let consent = format!("consent-{}-{}", whose % accounts, dice.below(3));
        let state = [
            ConsentState::Active,
            ConsentState::Disabled,
            ConsentState::Withdrawn,
        ];
        let state = *state.get(usize::try_from(dice.below(3)).unwrap()).unwrap();
        loop {
            let held = store.account(&account(of), Reading::Newest).await.unwrap();
            let held = held.unwrap();
            let version = held.version.get();
            // One moment, whatever is written meanwhile.
            assert_eq!(held.entries.len() as u64, version);
            let stale = u64::from(version > 0 && dice.below(20) == 0);
            let append = decide(of, version - stale, &key, &consent, state);
            match store.append(append.clone()).await {
                Ok(Appended::Stored { .. }) => {
                    tally.stored += 1;
                    before = Some(append);
                    break;
                }
                Ok(Appended::Conflict { .. }) => tally.conflicts += 1,
                Ok(other @ Appended::Repeated(_)) => panic!("{other:?}"),
                Err(fault) if fault.refusal() == StoreRefusal::IdTaken => {
                    tally.taken += 1;
                    break;
                }
                Err(fault) => panic!("{fault}"),
            }
        }
    }
    tally
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_two_writers_leave_no_hole_and_nothing_twice() {
    const ACCOUNTS: u64 = 24;
    let each = u64::from(count("MYDATA_WRITES", 60));
    let mut options = fresh(&database());
    options.wait = Duration::from_secs(60);
    let store = Arc::new(PostgresStore::open(options).await.unwrap());
    for number in 0..ACCOUNTS {
        stored(&*store, open(number)).await;
        // Its consents are its own from the start, so that who is refused is known.
        for consent in 0..3 {
            let id = format!("consent-{number}-{consent}");
            let append = decide(number, consent, &id, &id, ConsentState::Active);
            stored(&*store, append).await;
        }
    }
    let mut tasks = JoinSet::new();
    for number in 0..32 {
        tasks.spawn(writer(Arc::clone(&store), number, ACCOUNTS, each));
    }
    let mut all = Tally::default();
    while let Some(tally) = tasks.join_next().await {
        let tally = tally.unwrap();
        all.stored += tally.stored;
        all.conflicts += tally.conflicts;
        all.repeated += tally.repeated;
        all.taken += tally.taken;
    }
    let entries = holds(&sql(&database(), &store).await).await;
    assert_eq!(
        entries,
        all.stored + 3 * ACCOUNTS,
        "entries, and what was acknowledged"
    );
    assert!(
        all.conflicts > 0 && all.repeated > 0 && all.taken > 0,
        "a test that is too easy"
    );
    println!(
        "writers, PostgreSQL: {} stored, {} conflicts, {} repeated, {} refused; every rule holds",
        all.stored, all.conflicts, all.repeated, all.taken
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_too_long_is_told_that_the_store_is_busy() {
    let mut options = fresh(&database());
    options.connections = 1;
    (options.wait, options.answer) = (Duration::from_millis(200), Duration::from_secs(2));
    let store = Arc::new(PostgresStore::open(options).await.unwrap());
    stored(&*store, open(1)).await;
    let mut client = sql(&database(), &store).await;
    let lock = client.transaction().await.unwrap();
    lock.batch_execute("SELECT FROM account FOR UPDATE")
        .await
        .unwrap();
    let append = decide(1, 0, "k", "consent", ConsentState::Active);
    let first = tokio::spawn({
        let (store, append) = (Arc::clone(&store), append.clone());
        async move { store.append(append).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    // The only connection is in use, and the one who has it waits for a lock.
    let second = store.append(append.clone()).await.unwrap_err();
    assert_eq!(second.refusal(), StoreRefusal::Busy);
    let first = first.await.unwrap().unwrap_err();
    assert_eq!(
        (first.refusal(), first.engine()),
        (StoreRefusal::Busy, Some("55P03"))
    );
    drop(lock);
    stored(&*store, append).await;
}

/// What the client writes into a log at `debug`.
struct Heard(Mutex<Vec<String>>);

static HEARD: Heard = Heard(Mutex::new(Vec::new()));

impl Log for Heard {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().unwrap().push(record.args().to_string());
    }

    fn flush(&self) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_named_in_a_log() {
    log::set_logger(&HEARD).unwrap();
    log::set_max_level(LevelFilter::Debug);
    let store = PostgresStore::open(fresh(&database())).await.unwrap();
    stored(&store, open(1)).await;
    stored(
        &store,
        decide(1, 0, "key-1", "consent-1", ConsentState::Active),
    )
    .await;
    let held = store.account(&account(1), Reading::Newest).await.unwrap();
    log::set_max_level(LevelFilter::Off);
    assert_eq!(held.unwrap().version.get(), 1);
    let heard = HEARD.0.lock().unwrap();
    assert!(
        heard
            .iter()
            .any(|line| line.contains("with parameters: [hidden,"))
    );
    for word in ["account-", "consent-", "key-1"] {
        assert!(!heard.iter().any(|line| line.contains(word)), "{word}");
    }
}
