//! Linking, from both sides (Service Linking 2.0 §3.1).

use crate::state_tables::{States, question, row, rows, table_by};
use crate::support::{
    arrive, as_service, fork, invite, linked, names, new_key, offered, owned, refused, removal,
    undelivered,
};
use mydata::core::crypto::Signer as _;
use mydata::core::id::SurrogateId;
use mydata::core::time::Seconds;
use mydata::operator::{Capacity, Command, Registered, Reply, Stage};
use mydata::record::link::LinkState;
use mydata::record::message::{self, ToService};
use mydata_conformance::World;
use std::sync::Arc;

/// SL-04, SL-08, SL-14, SL-19 to SL-22: started at the operator or at the service, the linking ends
/// with the same octets at both, and a first status that is Active.
//= SL-04, SL-08, SL-14, SL-19, SL-21, SL-22, AC-33, AC-35, AC-36, AC-37 test
#[test]
fn a_link_is_the_same_record_at_operator_and_service() {
    for direction in [invite, arrive] {
        for name in ["source", "sink"] {
            let mut world = World::new();
            direction(&mut world, name);
            let link_id = world.finish_link(name);
            let link = world.account.link(&link_id).unwrap().clone();
            let side = world.side(name);
            let held = side.service.link(&link_id).unwrap();
            assert_eq!(held.record.seal(), link.record.seal());
            assert_eq!(held.chain.latest().seal(), link.chain.latest().seal());
            assert_eq!(link.chain.state(), LinkState::Active);
            assert_eq!(names(&side.effects).last().unwrap(), "Linked");
            assert_eq!(world.account.linkings().count(), 0);
        }
    }
}

/// SL-39 to SL-46, SL-02: what the record says.
//= SL-39, SL-41, SL-42, SL-44, SL-45, SL-47, AC-32 test
#[test]
fn the_record_says_what_was_agreed() {
    let mut world = World::new();
    let link_id = world.link("source");
    let link = world.account.link(&link_id).unwrap();
    let record = serde_json::to_value(&*link.record).unwrap();
    assert_eq!(record["version"], "2.0");
    assert_eq!(record["link_id"], link_id.as_str());
    assert_eq!(record["operator_id"], "operator.example");
    assert_eq!(record["service_id"], "source");
    assert_eq!(record["service_description_version"], "1.0.0");
    assert_eq!(record["operator_key"]["kid"], "operator-status");
    assert_eq!(record["cr_keys"]["keys"][0]["kid"], "owner-1");
    assert_eq!(record["iat"], world.now.seconds());
    assert!(record["surrogate_id"].is_string());
    assert_eq!(record.as_object().unwrap().len(), 9);
}

/// SL-14: a linking that the service started uses the surrogate that the service gave.
//= SL-14 test
#[test]
fn the_surrogate_of_the_start_is_that_of_the_link() {
    let mut world = World::new();
    let code = arrive(&mut world, "source");
    let named = world.account.linking(&code).unwrap().surrogate_id.clone();
    let link_id = world.finish_link("source");
    let link = world.account.link(&link_id).unwrap();
    assert_eq!(Some(&link.record.surrogate_id), named.as_ref());
}

/// SL-16, SL-18: a sink brings its key, which is kept; a source's is not wanted.
//= SL-16, SL-18, AC-30 test
#[test]
fn a_sinks_key_is_kept_and_a_sources_is_not() {
    let mut world = World::new();
    let sink = world.link("sink");
    let kept = world.account.link(&sink).unwrap().pop_key.clone();
    assert_eq!(kept.as_ref(), Some(world.sink.pop.public()));
    invite(&mut world, "source");
    let mut command = offered(&mut world, "source");
    if let Command::OfferSurrogate { pop_key, .. } = &mut command {
        assert_eq!(*pop_key, None);
        *pop_key = Some(new_key("source-pop").public().clone());
    }
    let act = world.service_act("source");
    world.command(&act, &command).unwrap();
    let code = world.source.code.clone().unwrap();
    let stage = &world.account.linking(&code).unwrap().stage;
    assert!(matches!(stage, Stage::Offered(offer) if offer.pop_key.is_none()));
}

/// SL-43, C41, SL-02: every link has a pseudonym of its own, also the second with one service.
//= SL-02, SL-43 test
#[test]
fn a_new_link_has_a_new_surrogate_and_id() {
    let mut world = linked();
    let old = world.account.links().map(|(id, _)| id.clone());
    for link in old.collect::<Vec<_>>() {
        world.command(&world.owner_act(), &removal(&link)).unwrap();
    }
    world.link("source");
    world.link("sink");
    let surrogates: std::collections::BTreeSet<_> = world
        .account
        .links()
        .map(|(_, link)| link.record.surrogate_id.clone())
        .collect();
    assert_eq!((world.account.links().count(), surrogates.len()), (4, 4));
}

/// SL-13, SL-15, SL-42: the operator links by the description that its registry has at that moment:
/// where that has gone on, the link names the later one, and a service that is closed is not linked.
//= SL-13, SL-15, SL-42 test
#[test]
fn a_linking_begins_with_the_registry() {
    let mut world = World::new();
    let mut newer = mydata_conformance::descriptions::source();
    newer["serviceDescription"]["serviceDescriptionVersion"] = serde_json::json!("1.1.0");
    let newer = mydata_conformance::descriptions::checked(&newer);
    let keys = world.source.registered.keys.clone();
    world.source.registered = Arc::new(Registered::new(newer, keys));
    let mut closed = fork(&world);
    let suspended = Registered::clone(&world.source.registered).suspended();
    let command = Command::StartLinking {
        service: Arc::new(suspended),
        surrogate_id: None,
    };
    let code = refused(&mut closed, Capacity::Owner, &command);
    assert_eq!(code, "service_suspended");
    let link_id = world.link("source");
    let record = &world.account.link(&link_id).unwrap().record;
    assert_eq!(record.service_description_version.as_str(), "1.1.0");
}

/// SL-43: a surrogate is used once with its service; whether it stands with another service is
/// nobody's business, or services that conspire could ask whose it is.
//= SL-43 test
#[test]
fn a_surrogate_tells_nothing_of_other_services() {
    let mut world = World::new();
    world.link("source");
    let links = world.source.service.links();
    let theirs = links
        .map(|(_, link)| link.record.surrogate_id.clone())
        .next();
    invite(&mut world, "sink");
    let mut offer = offered(&mut world, "sink");
    if let Command::OfferSurrogate { surrogate_id, .. } = &mut offer {
        *surrogate_id = theirs.unwrap();
    }
    let act = world.service_act("sink");
    assert!(world.try_decide(&act, &offer).is_ok());
}

/// SL-15, SL-17, SL-19: no step is taken twice or before its time.
//= SL-17, SL-19 test
#[test]
fn every_step_has_its_time() {
    let mut world = World::new();
    let code = invite(&mut world, "source");
    let offer = offered(&mut world, "source");
    let service = as_service("source");
    let step = |world: &mut World, who: &Capacity, command: &Command| {
        let act = world.act(who.clone());
        world.command(&act, command).unwrap();
        assert_eq!(refused(world, who.clone(), command), "linking_stage");
    };
    step(&mut world, &service, &offer);
    let draft = world.with_env(|account, env| account.draft_link(&code, env));
    let record = world.by_owner(&draft.unwrap());
    let propose = Command::ProposeLink {
        code: code.clone(),
        record,
    };
    step(&mut world, &Capacity::Owner, &propose);
    let countersign = Command::Countersign {
        code: code.clone(),
        record: world.countersigned("source"),
    };
    step(&mut world, &service, &countersign);
    for early in [offer, propose, countersign] {
        let who = if matches!(early, Command::ProposeLink { .. }) {
            Capacity::Owner
        } else {
            service.clone()
        };
        assert_eq!(refused(&mut world, who, &early), "linking_stage");
    }
    let draft = world.with_env(|account, env| account.draft_first_status(&code, env));
    let complete = Command::CompleteLink {
        status: world.by_owner(&draft.unwrap()),
        code,
    };
    world.command(&world.owner_act(), &complete).unwrap();
    assert_eq!(
        refused(&mut world, Capacity::Owner, &complete),
        "linking_unknown"
    );
}

/// SL-20, C30, P7: the operator takes a countersigned record only with the key that the registry
/// has, and of the very record that the owner signed.
//= SL-20, AC-34 test
#[test]
fn a_countersignature_with_an_unregistered_key_is_refused() {
    let mut world = World::new();
    let code = invite(&mut world, "source");
    let offer = offered(&mut world, "source");
    world.command(&world.service_act("source"), &offer).unwrap();
    world.propose(&code);
    let stage = world.account.linking(&code).unwrap().stage.clone();
    let Stage::Proposed(_, proposal) = stage else {
        panic!("{stage:?}")
    };
    // With the registered `kid`, and with another; the verification itself fails.
    for kid in ["source-1", "source-2"] {
        let key = new_key(kid);
        let sealed = proposal
            .countersign::<mydata::record::link::LinkRecord>(&key)
            .unwrap()
            .seal();
        let keys = world.account.linking_keys(&code).unwrap();
        let opened = sealed.open().unwrap();
        assert!(
            opened.verify(&mydata_chosen::Chosen, &keys).is_err(),
            "{kid}"
        );
        // Verified elsewhere with that key: the account asks which keys it was.
        let stranger = mydata::core::jwk::KeySet::from(key.public().clone());
        let keys = keys.with(mydata::core::party::Party::Service, &stranger);
        let opened = sealed.open().unwrap();
        let record = opened.verify(&mydata_chosen::Chosen, &keys).unwrap();
        let command = Command::Countersign {
            code: code.clone(),
            record,
        };
        let mut world = fork(&world);
        assert_eq!(
            refused(&mut world, as_service("source"), &command),
            "key_not_bound"
        );
    }
    // One signature is not two.
    let sealed = serde_json::to_value(proposal.seal()).unwrap();
    let sealed: mydata::core::jws::Sealed<mydata::record::link::LinkRecord> =
        serde_json::from_value(sealed).unwrap();
    let keys = world.account.linking_keys(&code).unwrap();
    let fault = sealed.open().unwrap().verify(&mydata_chosen::Chosen, &keys);
    assert_eq!(fault.unwrap_err().code(), "jws_signer_set");
}

/// SL-42, SL-44, SL-45, SL-47: the owner's signature makes nothing right that was not agreed.
//= SL-42, SL-44, SL-45, SL-47, AC-31 test
#[test]
fn a_proposal_that_says_something_else_is_refused() {
    let mut world = World::new();
    let code = invite(&mut world, "source");
    let offer = offered(&mut world, "source");
    world.command(&world.service_act("source"), &offer).unwrap();
    let draft = world.with_env(|account, env| account.draft_link(&code, env));
    let record = draft.unwrap().value().0.clone();
    let alter: [fn(&mut mydata::record::link::LinkRecord, &World); 6] = [
        |r, _| r.link_id = mydata::core::id::LinkId::parse("mine").unwrap(),
        |r, _| r.service_id = mydata::core::id::ServiceId::parse("sink").unwrap(),
        |r, _| r.surrogate_id = SurrogateId::parse("another").unwrap(),
        |r, w| r.operator_key = w.token_key.public().clone(),
        |r, w| r.cr_keys = w.sink.key.public().clone().into(),
        |r, _| {
            let version = mydata::core::id::DescriptionVersion::parse("0.9.0");
            r.service_description_version = version.unwrap();
        },
    ];
    for alter in alter {
        let mut record = record.clone();
        alter(&mut record, &world);
        let command = Command::ProposeLink {
            code: code.clone(),
            record: owned(&world, mydata::record::link::LinkProposal(record)),
        };
        assert_eq!(
            refused(&mut world, Capacity::Owner, &command),
            "record_mismatch"
        );
    }
    for (seconds, earlier) in [(6, false), (1801, true)] {
        let mut record = record.clone();
        let span = Seconds::new(seconds);
        record.iat = if earlier {
            record.iat.minus(span)
        } else {
            record.iat.plus(span)
        };
        let command = Command::ProposeLink {
            code: code.clone(),
            record: owned(&world, mydata::record::link::LinkProposal(record)),
        };
        assert_eq!(
            refused(&mut world, Capacity::Owner, &command),
            "record_time"
        );
    }
}

/// SL-21: both records or neither: a linking left lying leaves nothing, and the next one replaces it.
//= SL-21, AC-36 test
#[test]
fn a_linking_that_is_left_lying_is_given_up() {
    let mut world = World::new();
    let code = invite(&mut world, "source");
    let again = invite(&mut world, "source");
    assert_ne!(code, again);
    assert!(world.account.linking(&code).is_none());
    world.wait(1799);
    let act = world.act(Capacity::System);
    assert_eq!(world.try_decide(&act, &Command::Expire).unwrap().events, []);
    world.wait(1);
    world.command(&act, &Command::Expire).unwrap();
    assert_eq!(world.account.linkings().count(), 0);
    assert_eq!(world.account.links().count(), 0);
}

/// SL-05, SL-40: of two linkings with one service only one is completed.
#[test]
fn a_second_link_beside_an_active_one_is_refused() {
    let mut world = linked();
    let command = Command::StartLinking {
        service: Arc::clone(&world.sink.registered),
        surrogate_id: None,
    };
    assert_eq!(
        refused(&mut world, Capacity::Owner, &command),
        "link_exists"
    );
    let link = crate::support::link_id(&world, "sink");
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    let reply = world.command(&world.owner_act(), &command).unwrap();
    assert!(matches!(reply, Reply::Linking(_)));
}

/// SL-22, SL-24, SL-27: the outbox is made in the decision: invitation, proposal, link.
//= SL-22 test
#[test]
fn what_is_sent_when() {
    let mut world = World::new();
    let act = world.owner_act();
    let command = Command::StartLinking {
        service: Arc::clone(&world.source.registered),
        surrogate_id: None,
    };
    let outbox = undelivered(&mut fork(&world), &act, &command);
    assert!(matches!(outbox.as_slice(), [d] if matches!(d.message, ToService::LinkInvitation(_))));
    world.link("source");
    let kinds: Vec<String> = world
        .source
        .received
        .iter()
        .map(|octets| {
            let message: serde_json::Value = serde_json::from_slice(octets).unwrap();
            message.as_object().unwrap().keys().next().unwrap().clone()
        })
        .collect();
    assert_eq!(kinds, ["link_invitation", "link_proposal", "link"]);
}

/// What an operator sends is an object of one member, whose name says what it is; another form is
/// no fault of syntax.
#[test]
fn a_message_has_exactly_one_member() {
    let mut world = World::new();
    invite(&mut world, "source");
    let octets = world.source.received.last().unwrap();
    let good = std::str::from_utf8(octets).unwrap();
    assert!(message::read::<ToService>(octets).is_ok());
    let open = good.strip_suffix('}').unwrap();
    let twice = [open, ",", good.strip_prefix('{').unwrap()].concat();
    for (text, code) in [
        (format!(r#"{open},"link":{{}}}}"#), "json_shape"),
        (format!(r#"{open},"unknown":null}}"#), "json_shape"),
        (twice, "json_duplicate_member"),
        (format!("[{good}]"), "json_shape"),
        (r#"{"unknown":{}}"#.to_owned(), "json_shape"),
        (r#""link_invitation""#.to_owned(), "json_shape"),
        (r#"{"link_invitation":null}"#.to_owned(), "json_shape"),
        ("{}".to_owned(), "json_shape"),
        ("[]".to_owned(), "json_shape"),
        ("null".to_owned(), "json_shape"),
        ("1".to_owned(), "json_shape"),
        (open.to_owned(), "json_syntax"),
        (format!("{open},}}"), "json_syntax"),
        (format!("{good}{good}"), "json_syntax"),
        (format!("{open}]"), "json_syntax"),
    ] {
        let fault = message::read::<ToService>(text.as_bytes()).unwrap_err();
        assert_eq!(fault.code(), code, "{text}");
    }
}

//= SL-13, SL-16, SL-19, SL-21, AC-35 test
#[test]
fn linking_stages() {
    let none = World::new();
    let service = Arc::clone(&none.source.registered);
    let start = Command::StartLinking {
        service,
        surrogate_id: None,
    };
    let mut world = fork(&none);
    arrive(&mut world, "source");
    let from_service = world.account.linkings().next().unwrap().1;
    let arrived = Command::StartLinking {
        service: Arc::clone(&none.source.registered),
        surrogate_id: from_service.surrogate_id.clone(),
    };
    let mut world = fork(&none);
    let code = invite(&mut world, "source");
    let mut states = vec![("none", fork(&none)), ("invited", fork(&world))];
    let (owner, by_service) = (world.owner_act(), world.service_act("source"));
    let offer = offered(&mut world, "source");
    world.command(&by_service, &offer).unwrap();
    states.push(("offered", fork(&world)));
    let draft = world.with_env(|account, env| account.draft_link(&code, env));
    let propose = Command::ProposeLink {
        record: world.by_owner(&draft.unwrap()),
        code: code.clone(),
    };
    world.command(&owner, &propose).unwrap();
    states.push(("proposed", fork(&world)));
    let countersign = Command::Countersign {
        record: world.countersigned("source"),
        code: code.clone(),
    };
    world.command(&by_service, &countersign).unwrap();
    states.push(("countersigned", fork(&world)));
    let draft = world.with_env(|account, env| account.draft_first_status(&code, env));
    let complete = Command::CompleteLink {
        status: world.by_owner(&draft.unwrap()),
        code: code.clone(),
    };
    let mut expired: States = Vec::new();
    for (name, before) in states.iter().skip(1) {
        let mut later = fork(before);
        later.now = later.account.linking(&code).unwrap().expires;
        expired.push((name, later));
        // No stage is left out.
        match &before.account.linking(&code).unwrap().stage {
            Stage::Invited => assert_eq!(*name, "invited"),
            Stage::Offered(_) => assert_eq!(*name, "offered"),
            Stage::Proposed(..) => assert_eq!(*name, "proposed"),
            Stage::Countersigned(..) => assert_eq!(*name, "countersigned"),
        }
    }
    world.command(&owner, &complete).unwrap();
    let own = || as_service("source");
    let of = [
        row("StartLinking", Capacity::Owner, start),
        row("StartLinking, from the service", Capacity::Owner, arrived),
        row("OfferSurrogate", own(), offer.clone()),
        row("OfferSurrogate, another service", as_service("sink"), offer),
        question("draft of a link record", |world| {
            world.with_env(|account, env| account.draft_link(&code, env))
        }),
        row("ProposeLink", Capacity::Owner, propose),
        row("Countersign", own(), countersign),
        question("draft of a first status", |world| {
            world.with_env(|account, env| account.draft_first_status(&code, env))
        }),
        row("CompleteLink", Capacity::Owner, complete),
        row("Expire", Capacity::System, Command::Expire),
    ];
    // Whatever it was that expired, the answers are the same.
    for row in rows(&expired, &of) {
        let mut cells: Vec<_> = row.iter().skip(1).collect();
        cells.dedup();
        assert_eq!(cells.len(), 1, "{row:?}");
    }
    states.push(("expired", expired.pop().unwrap().1));
    states.push(("linked", world));
    let title = "What a linking at each stage allows";
    table_by("linking.rs", "linking-commands.md", title, &states, &of);
}
