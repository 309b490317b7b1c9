//! Entries and snapshots of an account.

use crate::bound::bounded;
use crate::fixture;
use mydata::core::crypto::{Crypto, Sha256, Signature};
use mydata::core::jwk::PublicKey;
use mydata::keys::Ring;
use mydata::operator::{Account, Decision, Entry};
use std::sync::OnceLock;

/// Believes every signature, so that what is behind them is reached.
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

/// The account of the fixture after each of its decisions, from the first on.
fn accounts() -> &'static [Account] {
    static ACCOUNTS: OnceLock<Vec<Account>> = OnceLock::new();
    ACCOUNTS.get_or_init(|| {
        let world = &fixture().world;
        let (id, keys) = (world.account.id(), world.account.owner_keys());
        let mut accounts = vec![Account::open(id.clone(), keys.clone())];
        for decision in &world.decisions {
            let last = accounts.last().unwrap().clone();
            accounts.push(last.replay(&decision.events));
        }
        accounts
    })
}

/// As an entry, and as a snapshot. Laws: what is read is written as it was read; what is taken leaves an
/// account that a snapshot keeps; what is refused leaves it alone; and what the real cryptography
/// takes, one that believes everything takes alike.
pub fn run(data: &[u8]) {
    if let Ok(entry) = bounded(data.len(), || Entry::read(data)) {
        taken(&entry, data.len());
    }
    let read = bounded(data.len(), || Account::from_snapshot(data, &Trusting));
    let believed = Account::from_snapshot(data, &Ring);
    match read {
        Ok(account) => {
            kept(&account);
            assert!(believed.is_err() || believed == Ok(account));
        }
        Err(fault) => assert!(!fault.code().is_empty() && believed.is_err()),
    }
}

fn taken(entry: &Entry, length: usize) {
    let octets = entry.to_octets().unwrap();
    let again = Entry::read(&octets).unwrap();
    assert_eq!(again.to_octets().unwrap(), octets);
    assert_eq!(again.outbox(), entry.outbox());
    assert_eq!(again.reply(), entry.reply());
    assert_eq!(again.letters(), entry.letters());
    let accounts = accounts();
    let is_next = |account: &&Account| account.version() == entry.version();
    let before = accounts.iter().find(is_next).unwrap_or(&accounts[0]);
    let (mut trusting, mut real) = (before.clone(), before.clone());
    // The copy of an account is as large as the account, and not as the input.
    let account = before.snapshot().unwrap().len();
    let events = bounded(length + account, || trusting.resume(entry, &Trusting));
    match (events, real.resume(entry, &Ring)) {
        (Ok(events), found) => {
            assert_eq!(before.clone().replay(&events), trusting);
            kept(&trusting);
            match found {
                Ok(found) => assert!(found == events && real == trusting),
                Err(_) => assert_eq!(real, *before),
            }
            for event in &events {
                assert!(
                    event.check_service_keys(&|_| None).is_ok() == event.service_keys().is_empty()
                );
            }
        }
        (Err(fault), found) => {
            assert!(!fault.code().is_empty());
            assert!(found.is_err());
            assert_eq!(trusting, *before);
        }
    }
}

fn kept(account: &Account) {
    let octets = account.snapshot().unwrap();
    let again = Account::from_snapshot(&octets, &Trusting).unwrap();
    assert_eq!(again, *account);
    assert_eq!(again.snapshot().unwrap(), octets);
    std::hint::black_box(account.due());
}

/// Entries of the fixture, and snapshots.
pub fn seeds() -> Vec<(String, Vec<u8>)> {
    let octets = |decision: &Decision| Entry::of(decision).unwrap().to_octets().unwrap();
    let decisions = fixture().world.decisions.iter().enumerate();
    let mut seeds: Vec<_> = decisions
        .map(|(at, decision)| (format!("entry-{at:02}"), octets(decision)))
        .collect();
    let accounts = accounts();
    for (name, account) in [("opening", accounts.first()), ("snapshot", accounts.last())] {
        seeds.push((name.to_owned(), account.unwrap().snapshot().unwrap()));
    }
    seeds
}
