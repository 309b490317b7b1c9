//! What keeping an account costs, and how much room it takes: an account of six links and thirty consents,
//! read from its snapshot and from its entries.
//!
//! `cargo bench --bench journal`; with `--test` one round.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up ends")]

use mydata::core::crypto::{Crypto, Sha256, Signature};
use mydata::core::jwk::PublicKey;
use mydata::core::jws::{Payload, Verified};
use mydata::core::time::Seconds;
use mydata::keys::Ring;
use mydata::operator::{Account, Command, Decision, Entry, Fact};
use mydata::record::consent::{AnyConsent, Validity};
use mydata_conformance::World;
use std::hint::black_box;
use std::time::Duration;

/// Of a store that has proven the octets to be its own.
#[derive(Debug)]
struct Trusting;

impl Crypto for Trusting {
    fn verify(&self, _: &PublicKey, _: &[u8], _: &Signature) -> bool {
        true
    }

    fn sha256(&self, octets: &[u8]) -> Sha256 {
        Ring.sha256(octets)
    }
}

fn main() {
    let is_test = std::env::args().any(|arg| arg == "--test");
    let rounds = if is_test { 1 } else { 1000 };
    let fresh = World::new();
    let (world, fresh) = full_account(fresh);
    let entries: Vec<Vec<u8>> = world.decisions.iter().map(octets).collect();
    let snapshot = world.account.snapshot().unwrap();
    let links = world.account.links().count();
    let consents = world.account.consents().count();
    println!(
        "account of {links} links and {consents} consents: {} entries of {} octets, snapshot of {} octets",
        entries.len(),
        entries.iter().map(Vec::len).sum::<usize>(),
        snapshot.len()
    );
    pair(&world.decisions);
    println!("{:<46} {:>10} {:>10}", "µs", "least", "median");
    let report = |what: &str, times: [Duration; 2]| {
        let [least, median] = times.map(|time| time.as_nanos() as f64 / 1000.0);
        println!("{what:<46} {least:>10.1} {median:>10.1}");
    };
    report(
        "SHA-256 of the snapshot",
        timed(rounds, || Ring.sha256(black_box(&snapshot))),
    );
    let load = |crypto: &dyn Crypto| Account::from_snapshot(black_box(&snapshot), crypto).unwrap();
    assert_eq!(load(&Trusting), world.account);
    report(
        "snapshot read, its octets trusted (≤ 200)",
        timed(rounds, || load(&Trusting)),
    );
    report(
        "snapshot read, every signature verified",
        timed(rounds / 10 + 1, || load(&Ring)),
    );
    report(
        "snapshot written",
        timed(rounds, || world.account.snapshot().unwrap()),
    );
    let resume = |crypto: &dyn Crypto| {
        let mut account = fresh.clone();
        for entry in &entries {
            let entry = Entry::read(black_box(entry)).unwrap();
            account.resume(&entry, crypto).unwrap();
        }
        account
    };
    assert_eq!(resume(&Trusting), world.account);
    report(
        "all entries resumed, their octets trusted",
        timed(rounds, || resume(&Trusting)),
    );
    report(
        "all entries resumed, every signature verified",
        timed(rounds / 10 + 1, || resume(&Ring)),
    );
    let given = world.decisions.iter().find(|d| is_pair(d)).unwrap();
    report("a pair's entry written", timed(rounds, || octets(given)));
    let kept = octets(given);
    report(
        "a pair's entry read, and its outbox",
        timed(rounds, || {
            Entry::read(black_box(&kept)).unwrap().outbox().unwrap()
        }),
    );
    report(
        "the account cloned",
        timed(rounds, || world.account.clone()),
    );
}

fn octets(decision: &Decision) -> Vec<u8> {
    Entry::of(decision).unwrap().to_octets().unwrap()
}

fn is_pair(decision: &Decision) -> bool {
    decision.events.len() == 2
        && decision
            .events
            .iter()
            .all(|event| matches!(event.fact, Fact::ConsentGiven { .. }))
}

/// The entry of a pair, beside the octets of its four records.
fn pair(decisions: &[Decision]) {
    let given = decisions.iter().find(|d| is_pair(d)).unwrap();
    let mut sum = 0;
    for event in &given.events {
        if let Fact::ConsentGiven { record, chain } = &event.fact {
            sum += match record {
                AnyConsent::Single(record) => kept(record),
                AnyConsent::Source(record) => kept(record),
                AnyConsent::Sink(record) => kept(record),
            };
            sum += kept(chain.first());
        }
    }
    let entry = octets(given).len();
    println!(
        "entry of a pair: {entry} octets, of which {sum} are its signed records: {:.3} (target ≤ 1.25)",
        entry as f64 / sum as f64
    );
}

fn kept<T: Payload>(record: &Verified<T>) -> usize {
    record.seal().kept_octets()
}

/// Three times linked and twice unlinked, five pairs each time.
fn full_account(mut world: World) -> (World, Account) {
    let fresh = world.account.clone();
    for round in 0..3 {
        let links = [world.link("source"), world.link("sink")];
        for _ in 0..5 {
            let mut choice = world.choice("care", &["src/a", "src/b"]);
            choice.validity = Validity::until(world.now.plus(Seconds::new(60)));
            let (command, _) = world.try_pair(&choice).unwrap();
            world.command(&world.owner_act(), &command).unwrap();
            world.wait(61);
        }
        for link_id in links.into_iter().filter(|_| round < 2) {
            let command = Command::RemoveLink {
                link_id,
                signed: None,
            };
            world.command(&world.owner_act(), &command).unwrap();
        }
    }
    (world, fresh)
}

/// The least and the median of so many calls; giving up what they have made is not counted.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads a clock")]
fn timed<R>(rounds: usize, mut call: impl FnMut() -> R) -> [Duration; 2] {
    let time = |_| {
        let start = std::time::Instant::now();
        let made = black_box(call());
        let spent = start.elapsed();
        drop(made);
        spent
    };
    let mut times: Vec<Duration> = (0..rounds).map(time).collect();
    times.sort_unstable();
    [0, rounds / 2].map(|at| times.get(at).copied().unwrap_or_default())
}
