//! How fast the durable operator is, against what the disk and the key can do by themselves in the same
//! minutes: the figures of `crates/mydata-store/docs/bench.md`.

pub mod commands;
pub mod large;
pub mod raw;
pub mod sheet;
pub mod stopped;
pub mod town;

use commands::{Load, disk, measure, people};
use large::{Reader, Times, build, cached, octets, store};
use mydata_store::{PostgresOptions, PostgresStore, Store};
use raw::{Slices, now};
use sheet::{Bar, Sheet, Target, machine, quantile};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use town::{PAIRS, Town};

/// How much is measured.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "made by the program from its arguments"
)]
pub struct Plan {
    /// Accounts of the small store: thirty consents each.
    pub few: u64,
    /// Accounts of the large store.
    pub many: u64,
    /// Slices of each measure.
    pub slices: Slices,
    /// Accounts of a slice of commands, one at a time and many at once.
    pub people: [usize; 2],
    /// How often a process is killed.
    pub kills: u64,
    /// Which parts: all when it is empty.
    pub only: Vec<String>,
    /// Where the stores are built: on the disk that is measured.
    pub folder: PathBuf,
    /// The URL of a database of PostgreSQL.
    pub postgres: Option<String>,
}

impl Plan {
    /// Ten thousand consents and a million.
    #[must_use]
    pub fn whole(folder: PathBuf) -> Self {
        Self {
            few: 334,
            many: 33_334,
            slices: Slices {
                count: 9,
                of_store: Duration::from_millis(600),
                of_disk: Duration::from_millis(200),
            },
            people: [150, 450],
            kills: 5,
            only: Vec::new(),
            folder,
            postgres: std::env::var("MYDATA_POSTGRES").ok(),
        }
    }

    /// Some hundred consents: that the program works, and nothing about speed.
    #[must_use]
    pub fn small(folder: PathBuf) -> Self {
        Self {
            few: 10,
            many: 40,
            slices: Slices {
                count: 2,
                of_store: Duration::from_millis(100),
                of_disk: Duration::from_millis(50),
            },
            people: [3, 10],
            kills: 1,
            ..Self::whole(folder)
        }
    }

    /// Nine in ten accounts are at the service that is suspended: five consents each.
    const fn crowd(accounts: u64) -> u64 {
        accounts * 9 / 10
    }

    fn has(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }
}

/// Measures, and gives the table with what must be known to read it.
pub async fn run(plan: &Plan) -> (Sheet, String) {
    let (begin, machine) = (now(), machine());
    let mut sheet = Sheet::default();
    if plan.has("commands") {
        embedded(plan, &mut sheet).await;
    }
    if plan.has("postgres") {
        postgres(plan, &mut sheet).await;
    }
    if plan.has("large") {
        large(plan, &mut sheet).await;
    }
    let seconds = begin.elapsed().as_secs();
    (sheet, format!("{machine}. It took {seconds} s."))
}

/// A folder of this name that is new.
fn fresh(plan: &Plan, name: &str) -> PathBuf {
    let folder = plan.folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

async fn embedded(plan: &Plan, sheet: &mut Sheet) {
    let folder = fresh(plan, "commands");
    let town = Arc::new(Town::new());
    let operator = town.operator(store(&folder), cached(10_000)).await;
    let load = |name, in_flight, accounts| Load {
        name,
        in_flight,
        accounts,
        slices: plan.slices,
    };
    let single = load("commands one at a time", 1, plan.people[0]);
    let many = load("64 commands at once", 64, plan.people[1]);
    let count = single.wanted() + many.wanted() + 1;
    let all = people(&town, &operator, count, "people for the commands").await;
    let (somebody, rest) = all.split_first().unwrap();
    let (first, second) = rest.split_at(single.wanted());
    let mut disk = disk(&town, &operator, somebody, &folder).await;
    for (people, load, target, what) in [
        (first, single, 0.6, "embedded: commands one at a time ÷ raw"),
        (second, many, 2.0, "embedded: commands, 64 at once ÷ raw"),
    ] {
        let ratio = measure(&town, &operator, people, load, &mut disk).await;
        let more = format!("{}; {} octets each", ratio.told(), disk.octets());
        sheet.add(what, (ratio.median(), "×"), Target::AtLeast(target), more);
    }
}

async fn postgres(plan: &Plan, sheet: &mut Sheet) {
    let Some(url) = &plan.postgres else {
        eprintln!("  PostgreSQL is not measured: MYDATA_POSTGRES names no database");
        return;
    };
    let folder = fresh(plan, "postgres");
    let schema = format!("bench_{}", std::process::id());
    let mut options = PostgresOptions::new(url, &schema).unwrap();
    options.connections = 8;
    let store = Arc::new(PostgresStore::open(options).await.unwrap());
    let town = Arc::new(Town::new());
    let operator = town.operator(store, cached(10_000)).await;
    let load = Load {
        name: "PostgreSQL: 8 connections",
        in_flight: 16,
        accounts: plan.people[1],
        slices: plan.slices,
    };
    let count = load.wanted() + 1;
    let all = people(&town, &operator, count, "people for PostgreSQL").await;
    let (somebody, rest) = all.split_first().unwrap();
    let mut disk = disk(&town, &operator, somebody, &folder).await;
    let ratio = measure(&town, &operator, rest, load, &mut disk).await;
    let what = "PostgreSQL: commands, 8 connections ÷ raw";
    let partitions = operator.store().partitions();
    let more = format!("{}; 16 at once, {partitions} partitions", ratio.told());
    sheet.add(what, (ratio.median(), "×"), Target::AtLeast(1.2), more);
    eprintln!("  to be dropped by hand: DROP SCHEMA {schema} CASCADE");
}

async fn large(plan: &Plan, sheet: &mut Sheet) {
    let town = Arc::new(Town::new());
    let crowd = Plan::crowd(plan.many);
    let few = build(
        &town,
        &fresh(plan, "few"),
        (plan.few, Plan::crowd(plan.few)),
        ["few: accounts and links", "few: consents"],
    )
    .await;
    let folder = fresh(plan, "many");
    let begin = now();
    let names = ["many: accounts and links", "many: consents"];
    let many = build(&town, &folder, (plan.many, crowd), names).await;
    let consents = 2 * PAIRS * plan.many;
    let took = begin.elapsed().as_secs_f64();
    let more = format!("{} MiB on disk", many.after >> 20);
    let what = format!("a store of {consents} consents is built");
    sheet.add(what, (took, "s"), Target::None, more);

    sizes(sheet, &many, plan.many * PAIRS);
    let (mut one, mut two) = (
        Reader::new(&town, &few).await,
        Reader::new(&town, &many).await,
    );
    let mut bar = Bar::new("accounts and consents are read", plan.slices.count as u64);
    for slice in 0..plan.slices.count {
        one.slice().await;
        two.slice().await;
        bar.at(slice as u64 + 1);
    }
    reads(sheet, one.times(), two.times(), octets(&two).await);
    drop((one, two));
    stops(plan, &town, sheet, &folder, &many).await;
}

#[expect(clippy::cast_precision_loss, reason = "octets of a file")]
fn sizes(sheet: &mut Sheet, many: &large::Built, pairs: u64) {
    let pair = (many.after - many.before) as f64 / pairs as f64;
    let more = format!("{pair:.0} octets of file ÷ {} signed", many.signed);
    let ratio = (pair / many.signed as f64, "×");
    sheet.add(
        "octets on disk per pair ÷ its signed records",
        ratio,
        Target::AtMost(1.6),
        more,
    );
    let all = many.after as f64 / pairs as f64;
    let what = "whole file per pair, with links and what was shown";
    sheet.add(what, (all, "octets"), Target::None, "");
}

fn reads(sheet: &mut Sheet, few: Times, many: Times, (log, snapshot): (usize, usize)) {
    let more = format!("{log} octets read; its snapshot would have {snapshot}");
    let what = "account of 30 consents loaded, p50";
    sheet.add(what, (many.account, "µs"), Target::AtMost(300.0), more);
    let what = "standing of a consent by its id, p50";
    sheet.add(what, (many.standing, "µs"), Target::AtMost(20.0), "");
    let ratio = (many.account / few.account, "×");
    let more = format!("{:.0} µs in the small store", few.account);
    sheet.add(
        "growth of the account's, few to many",
        ratio,
        Target::AtMost(1.3),
        more,
    );
    let ratio = (many.standing / few.standing, "×");
    let more = format!("{:.1} µs in the small store", few.standing);
    sheet.add(
        "growth of the standing's, few to many",
        ratio,
        Target::AtMost(1.3),
        more,
    );
    let what = "account of anywhere, pages of the system's cache or the disk, p50";
    sheet.add(what, (many.anywhere, "µs"), Target::None, "");
}

async fn stops(plan: &Plan, town: &Town, sheet: &mut Sheet, folder: &Path, many: &large::Built) {
    town.leave_keys(folder);
    let quiet = (Plan::crowd(plan.many), plan.many);
    let took = stopped::recovery(town, folder, quiet, plan.kills).await;
    let worst = quantile(took.iter().copied(), 1.0);
    let middle = quantile(took.iter().copied(), 0.5);
    let more = format!("the worst of {}; in the middle {middle:.0} ms", plan.kills);
    let what = "serving again after SIGKILL";
    sheet.add(what, (worst, "ms"), Target::AtMost(1000.0), more);
    let done = stopped::suspension(town, folder, (quiet.0, &many.consents)).await;
    let more = format!(
        "{} consents of {} accounts in {:.1} s, killed after {} accounts; {:.0} signatures/s, the key alone {:.0}/s",
        many.consents.len(),
        quiet.0,
        done.seconds,
        done.killed_at,
        done.rate,
        done.signing
    );
    let what = "suspension of a service, signatures ÷ raw signing on one core";
    sheet.add(
        what,
        (done.rate / done.signing, "×"),
        Target::AtLeast(0.6),
        more,
    );
}
