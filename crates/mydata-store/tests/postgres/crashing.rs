//! A server that is killed while it is written to.

use super::{Dice, account, count, decide, fresh, holds, open, sql, stored};
use mydata::record::consent::ConsentState;
use mydata_store::postgres::PostgresStore;
use mydata_store::{Append, Appended, Store, StoreRefusal, Version};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// A server that ends with the test.
struct Server {
    folder: PathBuf,
    url: String,
}

impl Server {
    fn start() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("mydata-{}-{number}", std::process::id()));
        let url = script(&["start", folder.to_str().unwrap()]);
        Self { folder, url }
    }

    fn be(&self, what: &str) {
        let words = [what, self.folder.to_str().unwrap()];
        tokio::task::block_in_place(|| script(&words));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.be("stop");
    }
}

fn script(words: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres/server");
    let output = Command::new(script).args(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What came of one request, however often it had to be said.
#[derive(Default)]
struct Told {
    acknowledged: AtomicU64,
    unknown: AtomicU64,
    repeated: AtomicU64,
}

/// Says it until there is an answer: what a caller does.
async fn insist(store: &PostgresStore, append: &Append, told: &Told) -> Version {
    let mut is_doubtful = false;
    loop {
        match store.append(append.clone()).await {
            Ok(Appended::Stored { version, .. }) => return version,
            // Only what was in doubt may turn out to be there.
            Ok(Appended::Repeated(Some(kept))) if is_doubtful => {
                told.repeated.fetch_add(1, Ordering::Relaxed);
                return kept.version;
            }
            Ok(other) => panic!("{other:?}"),
            Err(fault) => match fault.refusal() {
                StoreRefusal::OutcomeUnknown => {
                    is_doubtful = true;
                    told.unknown.fetch_add(1, Ordering::Relaxed);
                }
                StoreRefusal::Unavailable | StoreRefusal::Busy => {}
                _ => panic!("{fault}"),
            },
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_loses_nothing_and_doubles_nothing() {
    const WRITERS: u64 = 16;
    let kills = count("MYDATA_KILLS", 40);
    let server = Server::start();
    let store = Arc::new(PostgresStore::open(fresh(&server.url)).await.unwrap());
    let told = Arc::new(Told::default());
    let is_over = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        stored(&*store, open(number)).await;
        let (store, told, is_over) = (store.clone(), told.clone(), is_over.clone());
        writers.spawn(async move {
            let mut version = 0;
            while !is_over.load(Ordering::Relaxed) {
                let consent = format!("consent-{number}-{}", version % 3);
                let key = format!("k{version}");
                let append = decide(number, version, &key, &consent, ConsentState::Active);
                version += 1;
                let found = insist(&store, &append, &told).await;
                assert_eq!(found.get(), version);
                told.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            version
        });
    }
    let mut dice = Dice(u64::from(kills) + 7);
    let mut slowest = Duration::ZERO;
    for kill in 0..kills {
        tokio::time::sleep(Duration::from_millis(50 + dice.below(250))).await;
        let (since, mut wakes) = (Instant::now(), 0);
        // Every eighth time all of it, otherwise any one of its processes.
        server.be(if kill % 8 == 7 { "kill" } else { "hit" });
        let before = told.acknowledged.load(Ordering::Relaxed);
        while told.acknowledged.load(Ordering::Relaxed) < before + WRITERS {
            assert!(
                since.elapsed() < Duration::from_secs(120),
                "it serves no more"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
            if since.elapsed() > Duration::from_secs(2) * (wakes + 1) {
                wakes += 1;
                server.be("wake");
            }
        }
        slowest = slowest.max(since.elapsed());
    }
    is_over.store(true, Ordering::Relaxed);
    let mut acknowledged = 0;
    let mut each = Vec::new();
    while let Some(versions) = writers.join_next().await {
        let versions = versions.unwrap();
        acknowledged += versions;
        each.push(versions);
    }
    assert!(each.iter().all(|versions| *versions > 0), "everybody wrote");
    let client = sql(&server.url, &store).await;
    assert_eq!(
        holds(&client).await,
        acknowledged,
        "entries, and what was acknowledged"
    );
    for number in 0..WRITERS {
        let held = store
            .account(&account(number), mydata_store::Reading::Whole)
            .await;
        let held = held.unwrap().unwrap();
        let keys: Vec<_> = held
            .entries
            .iter()
            .map(|kept| kept.request.key.as_str().to_owned())
            .collect();
        let wanted: Vec<_> = (0..held.version.get())
            .map(|version| format!("k{version}"))
            .collect();
        assert_eq!(keys, wanted);
    }
    println!(
        "killed, PostgreSQL: {kills} times, {acknowledged} acknowledged, 0 missing, 0 twice; {} unknown, {} of them \
         stored; serving again within {slowest:?}",
        told.unknown.load(Ordering::Relaxed),
        told.repeated.load(Ordering::Relaxed),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_write_through_is_refused() {
    let server = Server::start();
    let store = PostgresStore::open(fresh(&server.url)).await.unwrap();
    stored(&store, open(1)).await;
    let client = sql(&server.url, &store).await;
    for setting in ["fsync", "full_page_writes"] {
        for value in ["off", "on"] {
            let change = format!("ALTER SYSTEM SET {setting} = {value}");
            client.batch_execute(&change).await.unwrap();
            client
                .batch_execute("SELECT pg_reload_conf()")
                .await
                .unwrap();
            let shown = format!("SHOW {setting}");
            while plain_setting(&server.url, &shown).await != value {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let fault = PostgresStore::open(fresh(&server.url)).await.err();
            let found = fault.map(|fault| (fault.refusal(), fault.engine().map(str::to_owned)));
            let wanted =
                (value == "off").then(|| (StoreRefusal::SettingOther, Some(setting.to_owned())));
            assert_eq!(found, wanted, "{setting} {value}");
        }
    }
}

async fn plain_setting(url: &str, show: &str) -> String {
    super::plain(url)
        .await
        .query_one(show, &[])
        .await
        .unwrap()
        .get(0)
}
