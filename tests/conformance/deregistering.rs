//! A service leaves the registry: the process over all accounts, interrupted anywhere.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{again, consented, fork, invite, linked, new_key, removal, single};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{AccountId, ActorId, ServiceId};
use mydata::core::jwk::KeySet;
use mydata::operator::{Account, Capacity, Command, Deregistration, Fact, Reason, Verification};
use mydata::record::consent::ConsentState;
use mydata::record::link::LinkState;
use mydata::record::message::{self, ToService};
use mydata::service::Installed;
use mydata_conformance::World;
use proptest::prelude::*;
use std::sync::LazyLock;

fn service(name: &str) -> ServiceId {
    ServiceId::parse(name).unwrap()
}

fn leaving(name: &str) -> Deregistration {
    Deregistration::of(service(name), ActorId::parse("registry-1").unwrap())
}

/// The kinds of accounts that there are at one operator.
const KINDS: usize = 8;

/// An account of a kind, before anybody leaves.
fn account(number: usize, kind: usize) -> World {
    let mut world = World::new();
    let id = AccountId::parse(&format!("account-{number}")).unwrap();
    let keys = KeySet::from(world.owner.public().clone());
    world.account = Account::open(id, keys);
    match kind {
        0 => {}
        1 => drop(world.link("source")),
        2 => drop(world.link("sink")),
        3 => {
            // A linking under way, and a pair that has nothing to do with it.
            world.link("sink");
            invite(&mut world, "source");
        }
        4 => {
            let link = world.link("source");
            world.link("sink");
            world.command(&world.owner_act(), &removal(&link)).unwrap();
        }
        5 => {
            // Linked a second time.
            let link = world.link("source");
            world.command(&world.owner_act(), &removal(&link)).unwrap();
            world.link("source");
        }
        6 | 7 => {
            world.link("source");
            world.link("sink");
            world.consent("care", &["src/a"]);
            let (own, _) = single(&mut world);
            world.command(&world.owner_act(), &own).unwrap();
        }
        _ => panic!("no such kind"),
    }
    if kind == 7 {
        // The operator has lost the key that the links name, for the time being.
        let lost = std::mem::replace(&mut world.status_key, new_key("operator-status-2"));
        world.earlier[0].push(lost);
    }
    world
}

static ACCOUNTS: LazyLock<Vec<World>> =
    LazyLock::new(|| (0..KINDS).map(|kind| account(kind, kind)).collect());

/// What has become of an account: each link and consent by service, without ids that chance made.
fn outcome(world: &World) -> Vec<(String, String)> {
    let links = world.account.links().map(|(_, link)| {
        let state = format!(
            "{:?} after {}",
            link.chain.state(),
            link.chain.iter().count()
        );
        (link.record.service_id.as_str().to_owned(), state)
    });
    let consents = world.account.consents().map(|(_, consent)| {
        let state = format!(
            "{:?} after {}",
            consent.chain.state(),
            consent.chain.iter().count()
        );
        let kind = if consent.source().is_some() {
            "sink"
        } else {
            "other"
        };
        (
            format!("{kind} of {}", consent.terms().subject_id.as_str()),
            state,
        )
    });
    let linkings = world.account.linkings().map(|(_, linking)| {
        (
            linking.service_id.as_str().to_owned(),
            "under way".to_owned(),
        )
    });
    let mut all: Vec<_> = links.chain(consents).chain(linkings).collect();
    all.sort();
    all
}

/// What happens at one visit.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Luck {
    /// Both are stored.
    Good,
    /// The machine stops before anything is stored.
    Nothing,
    /// The machine stops between the decision and the process.
    Half,
}

/// The process, until it is done; each stop reads it from where it was stored.
fn drive(worlds: &mut [World], name: &str, lucks: &[Luck]) -> Deregistration {
    let mut stored = serde_json::to_string(&leaving(name)).unwrap();
    let mut lucks = lucks.iter().copied().chain(std::iter::repeat(Luck::Good));
    for pass in 0.. {
        assert!(pass < 4, "it never ends");
        loop {
            let process: Deregistration = serde_json::from_str(&stored).unwrap();
            // The store gives accounts in the order of their ids.
            let due = |world: &&mut World| process.is_due(world.account.id());
            let Some(world) = worlds.iter_mut().find(due) else {
                break;
            };
            // On the second pass the lost key has been found in a safe.
            let earlier = std::mem::take(&mut world.earlier);
            if pass > 0 {
                world.earlier = [earlier[0].iter().map(again).collect(), Vec::new()];
            }
            let visit = world.with_env(|account, env| process.visit(account, env));
            world.earlier = earlier;
            let luck = lucks.next().unwrap();
            if luck == Luck::Nothing {
                continue;
            }
            if let Ok(decision) = &visit.decision {
                world.commit(decision);
                deliver(world, &decision.outbox);
            }
            if luck == Luck::Good {
                stored = serde_json::to_string(&visit.process).unwrap();
            }
        }
        let process: Deregistration = serde_json::from_str(&stored).unwrap();
        let process = process.pass_over();
        if process.is_done() {
            return process;
        }
        stored = serde_json::to_string(&process).unwrap();
    }
    panic!("it never ends")
}

/// Each service takes what it is told, and for the first time.
fn deliver(world: &mut World, outbox: &[mydata::operator::Delivery]) {
    for delivery in outbox {
        let installed = crate::support::hand(world, delivery.to.as_str(), &delivery.message);
        assert!(matches!(installed, Ok(Installed::New(_))), "{installed:?}");
    }
}

fn accounts(numbers: &[usize]) -> Vec<World> {
    numbers
        .iter()
        .map(|number| fork(&ACCOUNTS[*number]))
        .collect()
}

/// How often a link to the service was ended by the process in this account's events.
fn ended(world: &World, name: &str) -> usize {
    let of_service = |fact: &Fact| {
        let Fact::LinkChanged {
            link_id, reason, ..
        } = fact
        else {
            return false;
        };
        let link = world.account.link(link_id).unwrap();
        *reason == Reason::ServiceLeft && link.record.service_id.as_str() == name
    };
    world
        .log
        .iter()
        .filter(|event| of_service(&event.fact))
        .count()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// CN-62: stopped anywhere and begun again, it comes to the end that it comes to without a stop:
    /// each active link to the service is removed exactly once, and nothing else is touched.
    //= CN-62 test
    #[test]
    fn an_interrupted_deregistration_comes_to_the_same_end(
        numbers in prop::sample::subsequence((0..KINDS).collect::<Vec<_>>(), 0..=KINDS),
        lucks in prop::collection::vec(
            prop_oneof![Just(Luck::Good), Just(Luck::Nothing), Just(Luck::Half)], 0..24),
        name in prop::sample::select(vec!["source", "sink"]),
    ) {
        let before = accounts(&numbers);
        let mut interrupted = accounts(&numbers);
        let mut straight = accounts(&numbers);
        drive(&mut interrupted, name, &lucks);
        let counted = drive(&mut straight, name, &[]);
        let mut links = 0;
        for ((before, world), straight) in before.iter().zip(&interrupted).zip(&straight) {
            prop_assert_eq!(outcome(world), outcome(straight));
            let was = before.account.active_link(&service(name)).is_some();
            links += u64::from(was);
            prop_assert_eq!(ended(world, name), usize::from(was));
            prop_assert!(world.account.active_link(&service(name)).is_none());
            let to_it = |(_, linking): &(_, &mydata::operator::Linking)| linking.service_id == service(name);
            prop_assert!(!world.account.linkings().any(|linking| to_it(&linking)));
            // Another service's link is as it was, and so is whatever does not need the one that left.
            let other = if name == "source" { "sink" } else { "source" };
            let of_other = |world: &World| {
                let link = world.account.active_link(&service(other));
                link.map(|(id, link)| (id.clone(), link.chain.iter().count()))
            };
            prop_assert_eq!(of_other(before), of_other(world));
            if !was && before.account.linkings().next().is_none() {
                prop_assert_eq!(&before.account, &world.account);
            }
            // The account is its events, still.
            let id = world.account.id().clone();
            let empty = Account::open(id, world.account.owner_keys().clone());
            prop_assert!(empty.replay(&world.log) == world.account);
        }
        prop_assert_eq!(counted.links(), links);
    }
}

/// CN-62: the service that leaves is told, and so is the peer of each of its pairs; the record of why
/// stays at the operator.
//= CN-62 test
#[test]
fn the_service_and_the_peers_of_its_pairs_are_told() {
    for name in ["source", "sink"] {
        let (mut world, ids) = consented();
        let (own, own_id) = single(&mut world);
        world.command(&world.owner_act(), &own).unwrap();
        let process = leaving(name);
        let visit = world.with_env(|account, env| process.visit(account, env));
        let decision = visit.decision.unwrap();
        let told: Vec<_> = decision
            .outbox
            .iter()
            .map(|delivery| {
                let is_link = matches!(delivery.message, ToService::LinkStatus(_));
                (delivery.to.as_str().to_owned(), is_link)
            })
            .collect();
        for peer in ["source", "sink"] {
            assert!(told.contains(&(peer.to_owned(), false)), "{peer}");
        }
        assert_eq!(told.last(), Some(&(name.to_owned(), true)));
        for event in &decision.events {
            assert_eq!(event.act.actor.as_str(), "registry-1");
            assert_eq!(event.act.capacity, Capacity::System);
            match &event.fact {
                Fact::ConsentChanged { reason, .. } | Fact::LinkChanged { reason, .. } => {
                    assert_eq!(*reason, Reason::ServiceLeft);
                }
                other => panic!("{other:?}"),
            }
        }
        for delivery in &decision.outbox {
            let octets = message::write(&delivery.message).unwrap();
            let text = String::from_utf8(octets).unwrap();
            assert!(!text.contains("left") && !text.contains("registry"));
        }
        world.commit(&decision);
        deliver(&mut world, &decision.outbox);
        for half in [&ids.source, &ids.sink] {
            let consent = world.account.consent(half).unwrap();
            assert_eq!(consent.chain.state(), ConsentState::Withdrawn);
        }
        // What the sink does with its own data ends when the sink leaves, and not otherwise.
        let own = world.account.consent(&own_id).unwrap().chain.state();
        assert_eq!(own == ConsentState::Withdrawn, name == "sink");
        let counts = (visit.process.links(), visit.process.consents());
        assert_eq!(counts, (1, if name == "sink" { 3 } else { 2 }));
    }
}

/// Linkings under way to the service end, at whatever step, and others go on.
#[test]
fn linkings_to_the_service_end() {
    let mut world = World::new();
    invite(&mut world, "source");
    let sink = invite(&mut world, "sink");
    let process = leaving("source");
    let visit = world.with_env(|account, env| process.visit(account, env));
    world.commit(&visit.decision.unwrap());
    let left: Vec<_> = world
        .account
        .linkings()
        .map(|(code, _)| code.clone())
        .collect();
    assert_eq!(left, [sink]);
    assert_eq!((visit.process.linkings(), visit.process.links()), (1, 0));
}

/// An account that refuses is noted with its code and asked again; it does not keep the others.
#[test]
fn an_account_that_refuses_is_asked_again() {
    let mut worlds = accounts(&[1, 7]);
    let mut process = leaving("source");
    for world in &mut worlds {
        let earlier = std::mem::take(&mut world.earlier);
        let visit = world.with_env(|account, env| process.visit(account, env));
        world.earlier = earlier;
        if let Ok(decision) = &visit.decision {
            world.commit(decision);
        }
        process = visit.process;
    }
    let refused: Vec<_> = process
        .refused()
        .map(|(id, code)| (id.as_str(), code))
        .collect();
    assert_eq!(refused, [("account-7", "operator_key_other")]);
    assert_eq!(worlds[0].account.active_link(&service("source")), None);
    assert!(!process.is_done());
    let process = process.pass_over();
    assert!(!process.is_done());
    assert!(!process.is_due(worlds[0].account.id()));
    assert!(process.is_due(worlds[1].account.id()));
    // One that was erased meanwhile is never met again: the store says so.
    let gone = process.clone().gone(worlds[1].account.id());
    assert!(gone.pass_over().is_done());
    let world = &mut worlds[1];
    let visit = world.with_env(|account, env| process.visit(account, env));
    world.commit(&visit.decision.unwrap());
    assert!(visit.process.pass_over().is_done());
    let link = world
        .account
        .links()
        .find(|(_, link)| link.record.service_id == service("source"));
    assert_eq!(link.unwrap().1.chain.state(), LinkState::Removed);
}

/// An account that has ended has no link left and refuses everything: it counts as visited, so that
/// the process comes to its end. One that is closing, or that nobody has activated, is visited.
#[test]
fn an_account_that_has_ended_does_not_hold_up_the_process() {
    let mut closing = linked();
    closing.verified(Verification::Deletion).unwrap();
    let mut ended = linked();
    ended.verified(Verification::DeletionAtOnce).unwrap();
    let mut erased = fork(&ended);
    let erase = erased.act(Capacity::System);
    erased.command(&erase, &Command::Erase).unwrap();
    for (mut world, facts) in [(World::created(), 0), (closing, 1), (ended, 0), (erased, 0)] {
        let process = leaving("source");
        let visit = world.with_env(|account, env| process.visit(account, env));
        let decision = visit.decision.unwrap();
        assert_eq!(decision.events.len(), facts);
        world.commit(&decision);
        assert_eq!(world.account.active_link(&service("source")), None);
        assert_eq!(visit.process.cursor(), Some(world.account.id()));
        assert!(visit.process.pass_over().is_done());
    }
}

/// The process is stored as JSON, and prints no account and nobody who acted.
#[test]
fn the_process_is_stored_and_prints_nobody() {
    let mut world = linked();
    let process = leaving("source");
    assert_eq!(process.service_id().as_str(), "source");
    assert_eq!(process.cursor(), None);
    let visit = world.with_env(|account, env| process.visit(account, env));
    let text = serde_json::to_string(&visit.process).unwrap();
    assert_eq!(
        serde_json::from_str::<Deregistration>(&text).unwrap(),
        visit.process
    );
    assert_eq!(visit.process.cursor(), Some(world.account.id()));
    for secret in [world.account.id().as_str(), "registry-1"] {
        assert!(text.contains(secret) && !format!("{:?}", visit.process).contains(secret));
    }
    // Visited once in this pass, and not twice.
    let twice = world.with_env(|account, env| visit.process.visit(account, env));
    assert!(twice.decision.unwrap().events.is_empty());
    assert_eq!(twice.process, visit.process);
    // The command is the operator's own; a service ends its own link by `RemoveLink`.
    let command = Command::EndService {
        service_id: service("source"),
    };
    for who in [
        Capacity::Owner,
        Capacity::Representative,
        crate::support::as_service("source"),
    ] {
        let code = crate::support::refused(&mut world, who, &command);
        assert_eq!(code, "capacity_not_allowed");
    }
}
