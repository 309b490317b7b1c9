//! What an account has decided, kept as octets and read back: the account is the account, the messages
//! are the messages, and nothing is believed because it was kept.
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

mod refused;

use crate::support::{consented, linked};
use mydata::core::crypto::{Crypto, Sha256, Signature};
use mydata::core::jwk::PublicKey;
use mydata::core::time::{Seconds, Timestamp};
use mydata::operator::{Account, Capacity, Command, Decision, Entry, ToPerson, Verification};
use mydata::record::consent::ConsentChange;
use mydata_chosen::Chosen;
use mydata_conformance::World;
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

/// What the timers find to do, they find at the moment that was said, and nothing before it.
pub(crate) fn assert_due(world: &mut World) {
    let act = world.act(Capacity::System);
    let due = world.account.due();
    let now = world.now;
    for at in [Some(now), due, due.map(|due| due.minus(Seconds::new(1)))] {
        let Some(at) = at.filter(|at| *at >= now) else {
            continue;
        };
        world.now = at;
        let finds = world
            .try_decide(&act, &Command::Expire)
            .is_ok_and(|decision| !decision.events.is_empty());
        assert_eq!(finds, due.is_some_and(|due| due <= at), "{due:?} at {at}");
    }
    world.now = now;
}

#[test]
fn an_account_says_when_the_timers_have_something_to_do() {
    let mut world = World::created();
    assert_eq!(world.account.due(), world.account.ends_at());
    assert_due(&mut world);

    let mut world = World::new();
    assert_eq!(world.account.due(), None);
    world.link("sink");
    assert_eq!(world.account.due(), None, "no linking is under way");

    let (mut world, ids) = consented();
    let exp = |world: &World| world.account.consent(&ids.sink).unwrap().terms().exp;
    assert_eq!(world.account.due(), exp(&world));
    assert_due(&mut world);
    // A linking that is left lying comes first.
    let link = world.sink_link();
    let removal = crate::support::removal(&link);
    world
        .command(&world.act(Capacity::Operator), &removal)
        .unwrap();
    assert_eq!(world.account.due(), None, "both halves have ended");
    let service = std::sync::Arc::clone(&world.sink.registered);
    let start = Command::StartLinking {
        service,
        surrogate_id: None,
    };
    world.command(&world.owner_act(), &start).unwrap();
    let (_, linking) = world.account.linkings().next().unwrap();
    assert_eq!(world.account.due(), Some(linking.expires));
    assert_due(&mut world);

    let (mut world, ids) = consented();
    world.verified(Verification::Deletion).unwrap();
    let grace = world.account.ends_at();
    assert_eq!(world.account.due(), exp_or(&world, grace));
    assert_due(&mut world);
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    assert_eq!(world.account.due(), grace);
    world.now = grace.unwrap();
    world.expire();
    assert_eq!(world.account.due(), None, "what has ended has no timers");
}

fn exp_or(world: &World, other: Option<Timestamp>) -> Option<Timestamp> {
    let exps = world.account.consents().filter_map(|(_, c)| c.terms().exp);
    exps.chain(other).min()
}

/// An account lives through everything that it can hold at once.
#[test]
fn every_part_of_an_account_is_kept() {
    let mut world = World::created();
    let fresh = world.account.clone();
    let code = world.ask(Verification::Activation).unwrap();
    world.confirm(Verification::Activation, &code).unwrap();
    world.link("source");
    world.link("sink");
    let ids = world.consent("care", &["src/a", "src/b"]);
    world.token(&ids.sink).unwrap();
    world.token(&ids.sink).unwrap();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    world.subscribe(&["news"]).unwrap();
    let push = world.notification(&["news"]).unwrap();
    let told = world.told(&push);
    world.command(&world.service_act("sink"), &told).unwrap();
    let dataset = mydata::core::id::DatasetId::parse("own").unwrap();
    let objection = world
        .object(vec![mydata::operator::Scope::Dataset(dataset)])
        .unwrap();
    let items = world
        .account
        .objection(&objection)
        .unwrap()
        .request()
        .items();
    let item = items[0].id.as_str().to_owned();
    let pending = mydata::record::objection::Verdict::Pending;
    world.decide_objection(
        &objection,
        mydata_conformance::wishes::verdicts(&[&item], pending),
    );
    let permit = world.permit();
    assert_eq!(permit.account(), world.account.id());
    world.ask(Verification::Deletion).unwrap();
    assert_kept(&fresh, &world.decisions);
    let codes: Vec<String> = world.letters.iter().filter_map(code_of).collect();
    assert_eq!(codes.len(), 3);
    assert_no_code(&codes, &world.decisions);
    let snapshot = String::from_utf8(world.account.snapshot().unwrap()).unwrap();
    assert!(codes.iter().all(|code| !snapshot.contains(code.as_str())));
}

fn code_of(letter: &ToPerson) -> Option<String> {
    if let ToPerson::Verify { code, .. } = letter {
        Some(code.as_str().to_owned())
    } else {
        None
    }
}

/// The largest proposal that there is goes in and out.
#[test]
fn a_proposal_of_half_a_mebibyte_is_kept() {
    let mut world = linked();
    let shown = world.proposal();
    let octets = vec![b'x'; 512 * 1024];
    let proposal = mydata::operator::Proposal::new(
        shown.url().clone(),
        "text/html",
        shown.language(),
        shown.rests_on().cloned().collect(),
        &octets,
    );
    world.show(proposal.unwrap()).unwrap();
    let decision = world.decisions.last().unwrap().clone();
    assert_kept(&kept_before(&world), std::slice::from_ref(&decision));
    // No decision is so large, but one that is would not be read again, so it is not written.
    let mut many = decision;
    many.events = vec![many.events[0].clone(); 24];
    let entry = Entry::of(&many).unwrap();
    assert_eq!(entry.to_octets().unwrap_err().code(), "journal_too_large");
}

/// The account before its last decision.
fn kept_before(world: &World) -> Account {
    let (id, keys) = (world.account.id(), world.account.owner_keys());
    let all = world.decisions.split_last().unwrap().1;
    let events = all.iter().flat_map(|decision| &decision.events);
    Account::open(id.clone(), keys.clone()).replay(events)
}
