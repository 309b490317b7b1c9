//! The store on PostgreSQL: the contract, and what only a server shows.
//!
//! `MYDATA_POSTGRES` is the URL of a database in which schemas may be made; without it the tests fail.
//! `tests/postgres/server` starts a server of one's own; the tests that kill one do that themselves.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot begin fails, and times a server"
)]

mod crashing;
mod cutting;
mod opening;
mod writing;

use mydata::core::crypto::Crypto;
use mydata::core::id::{AccountId, ConsentId, LinkId, ServiceId};
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::Ring;
use mydata::record::consent::{ConsentState, Validity};
use mydata_store::postgres::{PostgresOptions, PostgresStore};
use mydata_store::{
    Append, Appended, Change, ConsentRow, Index, Request, RequestKey, Snapshot, Store, Version,
    contract,
};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_postgres::{Client, NoTls};

#[tokio::test(flavor = "multi_thread")]
async fn the_store_on_postgresql_keeps_the_contract() {
    for partitions in [1, 8] {
        let fresh = async || {
            let mut options = fresh(&database());
            options.partitions = partitions;
            PostgresStore::open(options).await
        };
        let report = contract::examine(fresh).await;
        assert!(report.is_passed(), "{report}");
        println!("contract, PostgreSQL: {} rules kept", report.count());
    }
}

fn database() -> String {
    std::env::var("MYDATA_POSTGRES").expect("MYDATA_POSTGRES: the URL of a database")
}

/// A number from the environment, for the longer run by hand.
fn count(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// A schema that nobody else has.
fn fresh(database: &str) -> PostgresOptions {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("t_{}_{number}", std::process::id());
    let mut options = PostgresOptions::new(database, &name).unwrap();
    (options.partitions, options.tables) = (8, 4);
    options
}

/// Past the store, into its schema.
async fn sql(database: &str, store: &PostgresStore) -> Client {
    let client = plain(database).await;
    let path = format!("SET search_path = \"{}\"", store.schema());
    client.batch_execute(&path).await.unwrap();
    client
}

async fn plain(database: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Random numbers, the same ones each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

fn account(number: u64) -> AccountId {
    AccountId::parse(&format!("account-{number}")).unwrap()
}

fn at(seconds: u32) -> Timestamp {
    Timestamp::EPOCH.plus(Seconds::new(seconds))
}

fn request(key: &str) -> Request {
    Request {
        key: RequestKey::parse(key).unwrap(),
        digest: Ring.sha256(key.as_bytes()),
    }
}

fn open(number: u64) -> Append {
    Append {
        account: account(number),
        expect: Version::ZERO,
        request: request("open"),
        at: at(1),
        change: Change::Open {
            opening: Snapshot {
                version: Version::ZERO,
                head: [1; 32],
                octets: b"opening".to_vec(),
                mark: [2; 32],
            },
            index: Index::default(),
        },
    }
}

/// A decision whose body says what it does to a consent, `CONSENT STATE`, and to whom it goes.
fn decide(number: u64, expect: u64, key: &str, consent: &str, state: ConsentState) -> Append {
    let state_name = format!("{state:?}").to_lowercase();
    let row = ConsentRow {
        id: ConsentId::parse(consent).unwrap(),
        link: LinkId::parse("link").unwrap(),
        state,
        validity: Validity::until(at(100)),
    };
    Append {
        account: account(number),
        expect: Version::new(expect),
        request: request(key),
        at: at(1),
        change: Change::Decide {
            body: format!("{consent} {state_name}").into_bytes(),
            mark: *Ring.sha256(key.as_bytes()).as_octets(),
            to: vec![ServiceId::parse("library").unwrap()],
            index: Index {
                consents: vec![row],
                ..Index::default()
            },
            snapshot: None,
        },
    }
}

async fn stored(store: &impl Store, append: Append) -> Version {
    match store.append(append).await.unwrap() {
        Appended::Stored { version, .. } => version,
        other @ (Appended::Repeated(_) | Appended::Conflict { .. }) => panic!("{other:?}"),
    }
}

/// What must hold of a store, however it was written: each line a rule, and how often it is broken.
const RULES: &[(&str, &str)] = &[
    (
        "positions are 1 to n in each partition",
        "SELECT count(*) FROM part t LEFT JOIN (SELECT p, count(*) AS n, min(pos) AS first, max(pos) AS last \
            FROM entry GROUP BY p) e ON e.p = t.p \
            WHERE coalesce(e.n, 0) <> t.pos OR e.last <> t.pos OR e.first <> 1",
    ),
    (
        "versions are 1 to n in each account",
        "SELECT count(*) FROM account a LEFT JOIN (SELECT account, count(*) AS n, max(version) AS last \
            FROM entry GROUP BY account) e ON e.account = a.id \
            WHERE coalesce(e.n, 0) <> a.version OR e.last <> a.version",
    ),
    (
        "versions of an account are in the order of their positions",
        "SELECT count(*) FROM (SELECT pos, lag(pos) OVER (PARTITION BY account ORDER BY version) AS before \
            FROM entry) e WHERE e.before >= e.pos",
    ),
    (
        "no request is stored twice",
        "SELECT count(*) FROM (SELECT FROM entry GROUP BY account, key HAVING count(*) > 1) e",
    ),
    (
        "an account is in one partition",
        "SELECT count(*) FROM entry e LEFT JOIN account a ON a.id = e.account AND a.p = e.p WHERE a.id IS NULL",
    ),
    (
        "a consent is as the last entry about it says",
        "SELECT count(*) FROM (SELECT DISTINCT ON (account, id) account, id, state FROM (SELECT account, version, \
            split_part(convert_from(body, 'UTF8'), ' ', 1) AS id, \
            split_part(convert_from(body, 'UTF8'), ' ', 2) AS state FROM entry) e \
            ORDER BY account, id, version DESC) e FULL JOIN consent c ON c.id = e.id AND c.account = e.account \
            WHERE c.state IS DISTINCT FROM e.state",
    ),
    (
        "every entry is queued",
        "SELECT count(*) FROM entry e FULL JOIN queue q ON q.p = e.p AND q.pos = e.pos \
            WHERE q.service IS DISTINCT FROM 'library' OR e.pos IS NULL",
    ),
];

/// Holds a store, filled with [`decide`], against the rules; the number of its entries.
async fn holds(client: &Client) -> u64 {
    for (rule, breaches) in RULES {
        let found: i64 = client.query_one(*breaches, &[]).await.unwrap().get(0);
        assert_eq!(found, 0, "{rule}");
    }
    let entries = "SELECT count(*) FROM entry";
    let entries: i64 = client.query_one(entries, &[]).await.unwrap().get(0);
    u64::try_from(entries).unwrap()
}
