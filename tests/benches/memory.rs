//! What an account takes in memory beyond the signed octets that it must keep; that converting a
//! hundred thousand receipts takes no more than converting one; and how often a data request asks for memory.
//!
//! Counted by an allocator that counts, not guessed from the process: octets asked for by the
//! account, less the octets of its records (payload, headers and signatures in base64url). Each of
//! its pairs rests on a proposal of its own, whose octets are in the events and not in the account.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up ends")]

use mydata::core::json::{self, Limits};
use mydata::core::jws::{Payload, Verified};
use mydata::core::lang::Language;
use mydata::core::resource::Origin;
use mydata::core::time::Seconds;
use mydata::keys::Ring;
use mydata::operator::{Account, Command};
use mydata::receipt::receipt::ReceiptId;
use mydata::receipt::{Receipt, kantara, linked};
use mydata::record::consent::{AnyConsent, Validity};
use mydata::token::access::Gate;
use mydata::token::cache::TokenCache;
use mydata::token::proof::DataRequest;
use mydata::token::request::HttpRequest;
use mydata_conformance::World;
use mydata_conformance::base64url;
use mydata_conformance::receipts::{self, Case};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let count = if std::env::args().any(|arg| arg == "--test") {
        100
    } else {
        100_000
    };
    request();
    convert(count);
    let world = full_account();
    let kept = kept_octets(&world.account);
    let (links, consents) = (
        world.account.links().count(),
        world.account.consents().count(),
    );
    let proposals = world.account.proposals().count();
    // All but the account goes first, so that what it shares with the log and the services counts
    // as its own; then what giving it up gives back is what it took.
    let account = world.account.clone();
    drop(world);
    let region = Region::new(GLOBAL);
    drop(account);
    let taken = region.change().bytes_deallocated;
    println!(
        "account with {links} links, {consents} consents and {proposals} proposals: {:.1} KiB, of which {:.1} KiB are kept \
         octets: {:.1} KiB beyond (target ≤ 64 KiB)",
        taken as f64 / 1024.0,
        kept as f64 / 1024.0,
        (taken - kept) as f64 / 1024.0
    );
}

/// What the decision about a data request asks for when the token is known, and how much of it is the parsing of
/// what the sink has signed, which an owned value cannot do without.
fn request() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    let cache = TokenCache::new(10, world.now);
    let origin = Origin::parse("https://source.example").unwrap();
    let mut last = (0, 0);
    for _ in 0..3 {
        let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
        let header = &prepared.authorization;
        let payload = header.split('.').nth(1).unwrap();
        let payload = base64url::decode(payload).unwrap();
        let region = Region::new(GLOBAL);
        let parsed = json::from_slice::<DataRequest>(&payload, Limits::TOKEN).unwrap();
        let of_json = region.change().allocations;
        drop(parsed);
        let mut gate = Gate {
            replay: &mut world.replay,
            tokens: Some(&cache),
        };
        let (service, now) = (&world.source.service, world.now);
        let region = Region::new(GLOBAL);
        let request = HttpRequest::received(&origin, "/data/a", "GET", b"").unwrap();
        let access = service.answer(header, &request, now, &Ring, &mut gate);
        last = (region.change().allocations, of_json);
        assert!(access.granted().is_ok());
    }
    let (all, of_json) = last;
    println!(
        "data request with a known token: {all} allocations, of which {of_json} are the JSON of the request: \
         {} beyond (target 0)",
        all - of_json
    );
}

/// Issues `count` receipts one after the other, each with an id of its own, writes each in both foreign
/// forms, and looks after each at what is still held.
fn convert(count: u32) {
    let mut world = receipts::world();
    world.link("source");
    world.link("sink");
    let ids = world.consent("care", &["src/a", "src/b"]);
    let mut case = Case::of(&world);
    // What is computed once and kept, the table of terms among it, is not of any receipt.
    let _ = write_both(&case.consent(&world, &ids.sink).unwrap());
    let region = Region::new(GLOBAL);
    let held = || {
        let change = region.change();
        change
            .bytes_allocated
            .saturating_sub(change.bytes_deallocated)
    };
    let (mut most, mut octets) = (0, 0);
    for number in 0..count {
        let mut bits = [0; 16];
        for (bit, byte) in bits.iter_mut().zip(number.to_be_bytes()) {
            *bit = byte;
        }
        case.receipt_id = ReceiptId::from_random(bits);
        octets += write_both(&case.consent(&world, &ids.sink).unwrap());
        most = most.max(held());
    }
    println!(
        "{count} receipts in both forms, {:.1} MiB written: at most {most} octets held after any of \
         them (target: constant)",
        octets as f64 / 1024.0 / 1024.0
    );
}

fn write_both(receipt: &Receipt) -> usize {
    let kantara = kantara::Document::of(receipt, Language::SV)
        .unwrap()
        .to_json()
        .unwrap();
    let linked = linked::Document::of(receipt).to_json().unwrap();
    kantara.len() + linked.len()
}

/// Three times linked and twice unlinked, five pairs each time.
fn full_account() -> World {
    let mut world = World::new();
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
    world
}

fn kept_octets(account: &Account) -> usize {
    let of_links: usize = account
        .links()
        .map(|(_, link)| {
            let chain: usize = link.chain.iter().map(octets).sum();
            octets(&link.record) + chain
        })
        .sum();
    let of_consents: usize = account
        .consents()
        .map(|(_, consent)| {
            let record = match &consent.record {
                AnyConsent::Single(record) => octets(record),
                AnyConsent::Source(record) => octets(record),
                AnyConsent::Sink(record) => octets(record),
            };
            let chain: usize = consent.chain.iter().map(octets).sum();
            record + chain
        })
        .sum();
    of_links + of_consents
}

fn octets<T: Payload>(record: &Verified<T>) -> usize {
    record.seal().kept_octets()
}
