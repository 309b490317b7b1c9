//! What an account has decided, kept as octets and read back: the account is the account, the messages
//! are the messages, and nothing is believed because it was kept.
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use mydata::core::crypto::{Crypto, Sha256, Signature};
use mydata::core::jwk::PublicKey;
use mydata::operator::{Account, Decision, Entry, ToPerson};
use mydata_chosen::Chosen;
use mydata_conformance::exam::ours::OperatorParty;
use mydata_conformance::exam::{Task, Vectors};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// What a store passes that has proven the octets to be its own.
#[derive(Debug)]
pub(crate) struct Trusting;

impl Crypto for Trusting {
    fn verify(&self, _: &PublicKey, _: &[u8], _: &Signature) -> bool {
        true
    }

    fn sha256(&self, octets: &[u8]) -> Sha256 {
        Chosen.sha256(octets)
    }
}

fn hash(account: &Account) -> u64 {
    let mut hasher = DefaultHasher::new();
    account.hash(&mut hasher);
    hasher.finish()
}

fn same(one: &Account, other: &Account) {
    assert_eq!(one, other);
    assert_eq!(hash(one), hash(other));
}

/// A decision as it is kept.
pub(crate) fn octets(decision: &Decision) -> Vec<u8> {
    Entry::of(decision).unwrap().to_octets().unwrap()
}

/// Every prefix of the decisions of an account, kept and read back, is that account; what a decision
/// tells others, its entry tells.
pub(crate) fn assert_kept(fresh: &Account, decisions: &[Decision]) {
    let (mut replayed, mut resumed) = (fresh.clone(), fresh.clone());
    let mut trusting = fresh.clone();
    for decision in decisions {
        let octets = octets(decision);
        let entry = Entry::read(&octets).unwrap();
        assert_eq!(entry.to_octets().unwrap(), octets);
        assert_eq!(entry.version(), decision.version);
        assert_eq!(entry.events(), decision.events.len());
        assert_eq!(entry.outbox().unwrap(), decision.outbox);
        assert_eq!(entry.reply().unwrap(), decision.reply);
        let may_be_kept = |letter: &&ToPerson| !matches!(letter, ToPerson::Verify { .. });
        let letters = decision.to_person.iter().filter(may_be_kept);
        assert!(entry.letters().iter().eq(letters));
        let events = resumed.resume(&entry, &Chosen).unwrap();
        assert_eq!(events, decision.events);
        assert_eq!(trusting.resume(&entry, &Trusting).unwrap(), events);
        replayed = replayed.replay(&decision.events);
        same(&resumed, &replayed);
        same(&trusting, &replayed);
        let snapshot = replayed.snapshot().unwrap();
        let read = Account::from_snapshot(&snapshot, &Trusting).unwrap();
        same(&read, &replayed);
        assert_eq!(read.snapshot().unwrap(), snapshot);
        // From here on an account that was read goes on like any other.
        trusting = read;
    }
    let snapshot = replayed.snapshot().unwrap();
    same(
        &Account::from_snapshot(&snapshot, &Chosen).unwrap(),
        &replayed,
    );
}

/// No code that a person was sent stands in what is kept.
pub(crate) fn assert_no_code(codes: &[String], decisions: &[Decision]) {
    for decision in decisions {
        let text = String::from_utf8(octets(decision)).unwrap();
        assert!(codes.iter().all(|code| !text.contains(code.as_str())));
    }
}

/// Every session of an operator among the vectors, and every flow.
#[test]
fn the_vectors_are_kept() {
    let vectors = Vectors::read(&crate::vectors::folder()).unwrap();
    let (mut sessions, mut decisions) = (0, 0);
    for case in vectors.cases() {
        let Task::Operator(task) = &case.task else {
            continue;
        };
        let signer = &mydata_conformance::exam::ours::signer;
        let Ok(mut party) = OperatorParty::new(task, signer) else {
            continue;
        };
        let fresh = party.account().clone();
        for step in &task.steps {
            party.step(step);
        }
        assert_kept(&fresh, party.decisions());
        sessions += 1;
        decisions += party.decisions().len();
    }
    assert!(
        sessions > 100 && decisions > 1000,
        "{sessions}, {decisions}"
    );
}
