//! Subscriptions and notifications, between the operator and the sink (Notification 2.0).
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a world that fails fails the test"
)]

use crate::state_tables::{outcome, row, table_by};
use crate::support::{
    Still, as_service, believed, envelope, fork, hand, header_of, link_id, linked, names, new_key,
    payload_of, refused, removal, to_json, unheard,
};
use crate::tables::encrypted;
use mydata::core::id::{NotificationId, ServiceId, SubscriptionId, SurrogateId};
use mydata::core::jws::{JwsFault, Payload, Sealed, Unsigned};
use mydata::core::party::{Party, PartyKeys};
use mydata::core::time::Seconds;
use mydata::operator::{Account, Capacity, Command, Registered, Reply, Told};
use mydata::record::message::{SubscriptionDelivery, ToService};
use mydata::record::notification::{
    Jwe, Notification, NotificationPush, NotificationRefusal, PushedNotification, Selection,
    Subscribed, Subscription,
};
use mydata::service::{Effect, Service};
use mydata_chosen::Chosen;
use mydata_conformance::World;
use mydata_conformance::wishes::{messages, selections};
use serde_json::{Value, json};
use std::sync::Arc;

fn in_force(world: &World) -> Vec<String> {
    let link = world.account.link(&world.sink_link()).unwrap();
    let subscribed = link.mailbox().unwrap().in_force();
    subscribed
        .types()
        .map(|id| id.as_str().to_owned())
        .collect()
}

/// Each subscription changes what the earlier ones say, at the operator and at the service alike; to
/// cancel what is not there changes nothing.
//= NT-01, NT-05, NT-06, NT-07, NT-08, NT-12, NT-13, NT-14, FW-42, FW-43, FW-44, FW-47 test
#[test]
fn subscribe_change_cancel() {
    let mut world = linked();
    world.subscribe(&["news"]).unwrap();
    assert_eq!(in_force(&world), ["news"]);
    world.wait(60);
    world.subscribe(&["alerts"]).unwrap();
    assert_eq!(in_force(&world), ["alerts", "news"]);
    world.subscribe(&["-news"]).unwrap();
    assert_eq!(in_force(&world), ["alerts"]);
    world.subscribe(&["-news", "-alerts"]).unwrap();
    assert_eq!(in_force(&world), [""; 0]);

    let link = world.account.link(&world.sink_link()).unwrap();
    let mailbox = link.mailbox().unwrap();
    assert_eq!(mailbox.subscriptions().len(), 4, "the history is kept");
    assert!(mailbox.is_confirmed());
    let held = world.sink.service.link(&world.sink_link()).unwrap();
    assert_eq!(held.subscribed, *mailbox.in_force());
    let replayed = Account::open(
        world.account.id().clone(),
        world.account.owner_keys().clone(),
    )
    .replay(&world.log);
    assert_eq!(replayed, world.account);

    // On the wire: an owner-signed record with the members of the table and no version.
    let sent = world.sink.received.last().unwrap();
    let sent: Value = serde_json::from_slice(sent).unwrap();
    let sealed = &sent["subscription"]["subscription"];
    assert_eq!(header_of(sealed)["typ"], "mydata-subscription+json");
    let payload = payload_of(sealed);
    let members: Vec<&str> = payload
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(members, ["encrypted", "iat", "id", "notifications", "sub"]);
    assert_eq!(payload["notifications"], json!(["-news", "-alerts"]));
    assert!(payload["iat"].is_u64() && payload["encrypted"] == false);
    let surrogate = payload["sub"].as_str().unwrap();
    assert_eq!(surrogate, link.record.surrogate_id.as_str());
}

/// Only what was subscribed to is sent, and the operator takes nothing else; it keeps all of it, once.
//= NT-02, NT-09, NT-10, NT-11, NT-17, NT-18, FW-45, FW-46 test
#[test]
fn a_notification_reaches_the_person_once() {
    let mut world = linked();
    world.subscribe(&["news"]).unwrap();
    let push = world.notification(&["news"]).unwrap();
    let command = world.told(&push);
    let act = world.service_act("sink");
    assert_eq!(world.command(&act, &command).unwrap(), Reply::Done);
    let once = world.account.clone();
    let again = world.told(&push);
    world.command(&act, &again).unwrap();
    assert_eq!(
        world.account, once,
        "the same notification again changes nothing"
    );

    world.wait(5);
    let push = world.notification(&["news"]).unwrap();
    let command = world.told(&push);
    world.command(&act, &command).unwrap();
    let history = world.account.notifications();
    assert_eq!(history.len(), 2);
    let (link, newest) = history.first().unwrap();
    assert_eq!(newest.at, world.now, "the newest first");
    assert_eq!(link.record.service_id, ServiceId::parse("sink").unwrap());
    let Told::Signed(record) = &newest.notification else {
        panic!("it was sent signed")
    };
    assert_eq!(record.messages(), messages(&["news"]));
    assert!(
        !format!("{newest:?}").contains("Something"),
        "texts are not printed"
    );

    // After a cancellation nothing more goes out, and what is on its way is refused.
    let late = world.notification(&["news"]).unwrap();
    world.subscribe(&["-news"]).unwrap();
    let refusal = world.notification(&["news"]).unwrap_err();
    assert_eq!(refusal.code(), "not_subscribed");
    let command = world.told(&late);
    let code = refused(&mut world, as_service("sink"), &command);
    assert_eq!(code, "notification_not_subscribed");
    assert_eq!(world.account.notifications().len(), 2, "the history stays");
}

/// A JWE passes through unread, for somebody who is subscribed, wished for or not.
//= NT-15, NT-19, NT-20 test
#[test]
fn what_is_encrypted_is_passed_on() {
    let mut world = linked();
    let surrogate_id = link_of_sink(&world);
    let jwe = Jwe::parse("eyJhbGciOiJFQ0RILUVTIn0..iv.ciphertext.tag").unwrap();
    let push = NotificationPush {
        surrogate_id,
        notification: PushedNotification::Encrypted(jwe.clone()),
    };
    let command = world.told(&push);
    let code = refused(&mut world, as_service("sink"), &command);
    assert_eq!(code, "notification_not_subscribed");
    world.subscribe(&["news"]).unwrap();
    let act = world.service_act("sink");
    world.command(&act, &command).unwrap();
    world.command(&act, &command).unwrap();
    let history = world.account.notifications();
    let kept: Vec<_> = history.iter().map(|(_, n)| &n.notification).collect();
    assert_eq!(kept, [&Told::Encrypted(jwe)], "as received, and once");
    for text in [
        "",
        "a.b.c",
        "a.b.c.d.e.f",
        ".b.c.d.e",
        "a.b.c..e",
        "a.b.c.d/.e",
        "a.b.c.d=.e",
    ] {
        assert_eq!(Jwe::parse(text), Err(NotificationRefusal::Jwe), "{text}");
    }
}

fn link_of_sink(world: &World) -> SurrogateId {
    let link = world.account.link(&world.sink_link()).unwrap();
    link.record.surrogate_id.clone()
}

fn subscribe(world: &mut World, texts: &[&str]) -> Command {
    let record = world.signed_subscription(texts).unwrap();
    let service = Arc::clone(&world.sink.registered);
    Command::Subscribe { service, record }
}

fn signed(world: &World, iat: u32, id: &str) -> Command {
    let record = Subscription::new(
        SubscriptionId::parse(id).unwrap(),
        world.now.plus(Seconds::new(iat)),
        link_of_sink(world),
        selections(&["news"]),
        true,
    );
    Command::Subscribe {
        service: Arc::clone(&world.sink.registered),
        record: believed(record.unwrap(), &world.owner, Party::Owner),
    }
}

//= NT-04, NT-05, FW-44 test
pub(crate) fn not_offered() -> &'static str {
    let mut world = linked();
    let code = world.signed_subscription(&["weather"]).unwrap_err().code();
    // What is no longer offered can be cancelled.
    assert!(world.signed_subscription(&["-weather"]).is_ok());
    let service = Arc::clone(&world.source.registered);
    let none = world.with_env(|account, env| {
        account.draft_subscription(&service, selections(&["news"]), false, env)
    });
    assert_eq!(
        none.unwrap_err().code(),
        code,
        "the source has no profile for it"
    );
    code
}

pub(crate) fn stale() -> &'static str {
    let mut world = linked();
    let first = signed(&world, 2, "first");
    world.command(&world.owner_act(), &first).unwrap();
    let kept = world.account.clone();
    world.command(&world.owner_act(), &first).unwrap();
    assert_eq!(world.account, kept, "the same one again changes nothing");
    let same_id = signed(&world, 3, "first");
    let same_time = signed(&world, 2, "second");
    let code = refused(&mut world, Capacity::Owner, &same_id);
    assert_eq!(refused(&mut world, Capacity::Owner, &same_time), code);
    code
}

pub(crate) fn unknown() -> &'static str {
    let mut world = linked();
    let command = Command::ConfirmSubscription {
        surrogate_id: link_of_sink(&world),
        id: SubscriptionId::parse("never-made").unwrap(),
    };
    let code = refused(&mut world, as_service("sink"), &command);
    world.subscribe(&["news"]).unwrap();
    assert_eq!(refused(&mut world, as_service("sink"), &command), code);
    code
}

pub(crate) fn not_subscribed() -> &'static str {
    let mut world = linked();
    let before = by_sink(&world, "n", "news");
    let code = refused(&mut world, as_service("sink"), &before);
    world.subscribe(&["alerts"]).unwrap();
    assert_eq!(refused(&mut world, as_service("sink"), &before), code);
    code
}

/// A notification of the sink, whatever it holds about subscriptions.
fn by_sink(world: &World, id: &str, about: &str) -> Command {
    let record = Notification::new(
        NotificationId::parse(id).unwrap(),
        world.now,
        ServiceId::parse("sink").unwrap(),
        link_of_sink(world),
        messages(&[about]),
    );
    let sealed = Unsigned::new(record.unwrap()).sign(&world.sink.key);
    world.told(&NotificationPush {
        surrogate_id: link_of_sink(world),
        notification: PushedNotification::Signed(sealed.unwrap().seal()),
    })
}

pub(crate) fn id_taken() -> &'static str {
    let mut world = linked();
    world.subscribe(&["news", "alerts"]).unwrap();
    let first = by_sink(&world, "one", "news");
    world.command(&world.service_act("sink"), &first).unwrap();
    let other = by_sink(&world, "one", "alerts");
    refused(&mut world, as_service("sink"), &other)
}

/// The owner's key, and the registered key of the service: nobody else's.
//= NT-16, NT-18 test
#[test]
fn a_foreign_signature_is_refused() {
    let mut world = linked();
    let mut command = subscribe(&mut world, &["news"]);
    if let Command::Subscribe { record, .. } = &mut command {
        *record = believed((**record).clone(), &new_key("owner-1"), Party::Owner);
    }
    let code = refused(&mut world, Capacity::Owner, &command);
    assert_eq!(code, "key_not_bound");

    world.subscribe(&["news"]).unwrap();
    let mut command = by_sink(&world, "one", "news");
    if let Command::ReceiveNotification { notification, .. } = &mut command
        && let Told::Signed(record) = notification
    {
        *record = believed((**record).clone(), &new_key("sink-1"), Party::Service);
    }
    let code = refused(&mut world, as_service("sink"), &command);
    assert_eq!(code, "key_not_bound");

    // In an envelope: unsigned by the party, without a kid, of another kind.
    let record = payload_of_push(&mut world);
    let open = |sealed: &Value| -> Result<_, JwsFault> {
        let sealed = Sealed::<Notification>::from_json(sealed.to_string().as_bytes())?;
        let keys = PartyKeys::none().with_history(Party::Service, &world.sink.registered.keys);
        sealed.open()?.verify(&Chosen, &keys)
    };
    assert!(open(&envelope(&record, Notification::TYP, &world.sink.key)).is_ok());
    for (sealed, code) in [
        (
            envelope(&record, Notification::TYP, &world.owner),
            "jws_kid_unknown",
        ),
        (
            envelope(&record, Subscription::TYP, &world.sink.key),
            "jws_typ_mismatch",
        ),
        (
            envelope(&record, Notification::TYP, &new_key("sink-1")),
            "jws_signature_invalid",
        ),
    ] {
        assert_eq!(open(&sealed).unwrap_err().code(), code);
    }
}

fn payload_of_push(world: &mut World) -> Value {
    let push = world.notification(&["news"]).unwrap();
    let push = serde_json::to_value(&push).unwrap();
    payload_of(&push["notification"]["signed"])
}

/// A notification of another service, for another person, from tomorrow, or by a service that it is
/// not from.
//= NT-17 test
#[test]
fn a_notification_says_who_it_is_from_and_for() {
    let mut world = linked();
    world.subscribe(&["news"]).unwrap();
    let command = by_sink(&world, "one", "news");
    assert_eq!(
        refused(&mut world, as_service("source"), &command),
        "link_unknown"
    );
    let record = |service: &str, sub: SurrogateId, ahead| {
        Notification::new(
            NotificationId::parse("one").unwrap(),
            world.now.plus(Seconds::new(ahead)),
            ServiceId::parse(service).unwrap(),
            sub,
            messages(&["news"]),
        )
        .unwrap()
    };
    let cases = [
        (record("source", link_of_sink(&world), 0), "record_mismatch"),
        (
            record("sink", SurrogateId::from_random([9; 16]), 0),
            "record_mismatch",
        ),
        (record("sink", link_of_sink(&world), 6), "record_time"),
    ];
    for (record, code) in cases {
        let command = Command::ReceiveNotification {
            surrogate_id: link_of_sink(&world),
            service: Arc::clone(&world.sink.registered),
            notification: Told::Signed(believed(record, &world.sink.key, Party::Service)),
        };
        assert_eq!(refused(&mut world, as_service("sink"), &command), code);
    }
    let mut command = by_sink(&world, "one", "news");
    if let Command::ReceiveNotification { service, .. } = &mut command {
        *service = Arc::clone(&world.source.registered);
    }
    assert_eq!(
        refused(&mut world, as_service("sink"), &command),
        "service_mismatch"
    );
}

/// Before there is a link, and after it is removed, nothing is subscribed and nothing is told.
//= NT-01, NT-04, SL-05, FW-21 test
#[test]
fn without_an_active_link_there_are_no_notifications() {
    let mut world = World::new();
    let service = Arc::clone(&world.sink.registered);
    let none = world.with_env(|account, env| {
        account.draft_subscription(&service, selections(&["news"]), false, env)
    });
    assert_eq!(none.unwrap_err().code(), "link_unknown");

    let mut world = linked();
    world.subscribe(&["news"]).unwrap();
    let (link, push) = (world.sink_link(), world.notification(&["news"]).unwrap());
    let subscription = subscribe(&mut world, &["alerts"]);
    let gone = removal(&link);
    world
        .command(&world.act(Capacity::Operator), &gone)
        .unwrap();
    assert_eq!(
        refused(&mut world, Capacity::Owner, &subscription),
        "link_removed"
    );
    let command = world.told(&push);
    assert_eq!(
        refused(&mut world, as_service("sink"), &command),
        "link_removed"
    );
    let (sink, random) = (&world.sink, &mut world.random.clone());
    let refusal = sink
        .service
        .prepare_notification(&link, messages(&["news"]), &sink.key, world.now, random)
        .unwrap_err();
    assert_eq!(refusal.code(), "link_removed");
    let Command::Subscribe { record, .. } = &subscription else {
        panic!("made so above")
    };
    let message = ToService::Subscription(SubscriptionDelivery {
        subscription: record.seal(),
    });
    assert_eq!(unheard(&mut world, "sink", &message), "link_removed");
}

/// What the service is sent: verified with the owner's keys of the link, taken late too, never taken
/// back by an older one, and taken again without effect.
//= NT-06, NT-07, NT-16 test
#[test]
fn a_service_takes_subscriptions_as_they_come() {
    let mut world = linked();
    let first = subscribe(&mut world, &["news", "alerts"]);
    world.wait(10);
    let second = subscribe(&mut world, &["-news"]);
    let delivery = |command: &Command| {
        let Command::Subscribe { record, .. } = command else {
            panic!("made so above")
        };
        let subscription = record.seal();
        ToService::Subscription(SubscriptionDelivery { subscription })
    };
    let effects = hand(&mut world, "sink", &delivery(&second))
        .unwrap()
        .effects();
    assert_eq!(names(&effects), ["ConfirmSubscription"]);
    let effects = hand(&mut world, "sink", &delivery(&first)).unwrap();
    assert_eq!(names(&effects.effects()), ["ConfirmSubscription"]);
    let before = Still::of(&world);
    for known in [&first, &second] {
        let again = hand(&mut world, "sink", &delivery(known)).unwrap();
        assert!(again.effects().is_empty());
    }
    before.assert(&world);
    let held = world.sink.service.link(&world.sink_link()).unwrap();
    let types: Vec<_> = held.subscribed.types().map(|id| id.as_str()).collect();
    assert_eq!(types, ["alerts"], "of each type the latest word");
    assert_eq!(held.subscriptions.len(), 2);
    assert_eq!(
        unheard(&mut world, "source", &delivery(&second)),
        "held_link_unknown"
    );

    let mut forged = to_json(&delivery(&second));
    let sealed = &forged["subscription"]["subscription"];
    let payload = payload_of(sealed);
    let foreign = envelope(&payload, Subscription::TYP, &new_key("owner-1"));
    forged["subscription"]["subscription"] = foreign;
    let forged = crate::support::from_json(&forged);
    let code = unheard(&mut world, "sink", &forged);
    assert!(
        ["jws_alg_mismatch", "jws_signature_invalid"].contains(&code),
        "{code}"
    );

    // Restored from what it has stored, it is the same.
    let links: Vec<_> = world.sink.received.clone();
    let mut other = Service::new(
        ServiceId::parse("sink").unwrap(),
        world.sink.registered.keys.clone(),
        world.known_operator(),
    );
    std::mem::swap(&mut world.sink.service, &mut other);
    for octets in links {
        let message: ToService = mydata::record::message::read(&octets).unwrap();
        if matches!(message, ToService::Link(_)) {
            let _ = hand(&mut world, "sink", &message).unwrap();
        }
    }
    for known in [&first, &second] {
        let _ = hand(&mut world, "sink", &delivery(known)).unwrap();
    }
    let id = link_id(&world, "sink");
    assert_eq!(
        world.sink.service.link(&id).unwrap().subscribed,
        other.link(&id).unwrap().subscribed
    );
    let subscribers = world
        .sink
        .service
        .subscribers(&selections(&["alerts"])[0].notification_type().clone())
        .count();
    assert_eq!(subscribers, 1);
}

/// What cannot stand in the records.
//= NT-12, NT-13, NT-17, SD-27 test
#[test]
fn a_record_that_says_nothing_is_none() {
    let world = linked();
    let subscription = |texts: &[&str]| {
        Subscription::new(
            SubscriptionId::parse("s").unwrap(),
            world.now,
            link_of_sink(&world),
            selections(texts),
            false,
        )
    };
    for texts in [&[][..], &["news", "news"], &["news", "-news"]] {
        let refusal = subscription(texts).unwrap_err();
        assert_eq!(refusal, NotificationRefusal::Selections, "{texts:?}");
    }
    for text in ["\"--news\"", "\"-\"", "\"\"", "1", "null"] {
        assert!(serde_json::from_str::<Selection>(text).is_err(), "{text}");
    }
    let none = Notification::new(
        NotificationId::parse("n").unwrap(),
        world.now,
        ServiceId::parse("sink").unwrap(),
        link_of_sink(&world),
        Vec::new(),
    );
    assert_eq!(none.unwrap_err(), NotificationRefusal::Messages);
}

/// Whatever is subscribed and cancelled in whatever order, the fold is the set that a person would
/// expect.
//= NT-07, NT-08 test
#[test]
fn the_last_word_on_each_type_counts() {
    use proptest::prelude::*;
    let world = linked();
    let step = prop::collection::btree_map("[a-e]", any::<bool>(), 1..4);
    let shuffle = prop::collection::vec(any::<u16>(), 12);
    proptest!(|(steps in prop::collection::vec(step, 0..12), shuffle in shuffle)| {
        let mut subscribed = Subscribed::default();
        let mut expected = std::collections::BTreeMap::new();
        let mut records = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            let texts: Vec<String> = step
                .iter()
                .map(|(id, on)| if *on { id.clone() } else { format!("-{id}") })
                .collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let record = Subscription::new(
                SubscriptionId::parse(&format!("s{at}")).unwrap(),
                world.now.plus(Seconds::new(u32::try_from(at).unwrap())),
                link_of_sink(&world),
                selections(&texts),
                at % 2 == 0,
            ).unwrap();
            subscribed.update(&record);
            records.push(record);
            expected.extend(step.clone());
            prop_assert_eq!(subscribed.encrypted(), at % 2 == 0);
        }
        let on: Vec<&str> = expected.iter().filter(|(_, on)| **on).map(|(id, _)| id.as_str()).collect();
        let got: Vec<&str> = subscribed.types().map(|id| id.as_str()).collect();
        prop_assert_eq!(got, on);
        // Late, early and twice: the same.
        let mut order: Vec<&Subscription> = records.iter().chain(&records).collect();
        order.sort_by_key(|record| {
            let at = records.iter().position(|known| known == *record).unwrap();
            shuffle.get(at).copied().unwrap_or_default()
        });
        prop_assert_eq!(&Subscribed::of(order.iter().copied()), &subscribed);
        order.reverse();
        prop_assert_eq!(&Subscribed::of(order), &subscribed);
    });
}

/// The same at a service: whatever the courier does, all is held, and what is in force is the same.
//= NT-07 test
#[test]
fn the_order_of_arrival_says_nothing() {
    use proptest::prelude::*;
    let mut world = linked();
    let mut deliveries = Vec::new();
    for texts in [
        &["news"][..],
        &["alerts", "-news"],
        &["-alerts"],
        &["news", "alerts"],
        &["-news"],
    ] {
        let Command::Subscribe { record, .. } = subscribe(&mut world, texts) else {
            panic!("made so above")
        };
        let subscription = record.seal();
        deliveries.push(ToService::Subscription(SubscriptionDelivery {
            subscription,
        }));
        world.wait(1);
    }
    let fresh = world.sink.service.clone();
    for delivery in &deliveries {
        let _ = hand(&mut world, "sink", delivery).unwrap();
    }
    let in_order = std::mem::replace(&mut world.sink.service, fresh.clone());
    let link = world.sink_link();
    let subscribed = &in_order.link(&link).unwrap().subscribed;
    let types: Vec<_> = subscribed.types().map(|id| id.as_str()).collect();
    assert_eq!(types, ["alerts"]);
    let order = Just((0..deliveries.len()).collect::<Vec<_>>()).prop_shuffle();
    let mut runner = proptest::test_runner::TestRunner::default();
    let run = runner.run(&order, |order| {
        let mut world = fork(&world);
        world.sink.service = fresh.clone();
        for at in order {
            let installed = hand(&mut world, "sink", &deliveries[at]).unwrap();
            prop_assert_eq!(names(&installed.effects()), ["ConfirmSubscription"]);
        }
        prop_assert!(world.sink.service == in_order);
        Ok(())
    });
    run.unwrap();
}

/// Two subscriptions under one id: the operator would have refused the second.
#[test]
fn a_service_holds_one_record_under_one_id() {
    let mut world = linked();
    let delivery = |command: &Command| {
        let Command::Subscribe { record, .. } = command else {
            panic!("made so above")
        };
        let subscription = record.seal();
        ToService::Subscription(SubscriptionDelivery { subscription })
    };
    let (first, second) = (signed(&world, 0, "one"), signed(&world, 1, "one"));
    let _ = hand(&mut world, "sink", &delivery(&first)).unwrap();
    assert_eq!(
        unheard(&mut world, "sink", &delivery(&second)),
        "held_subscription_differs"
    );
}

/// The service is not asked to tell anybody of what it does not tell.
#[test]
fn a_suspended_service_may_still_be_told_to_stop() {
    let mut world = linked();
    world.subscribe(&["news"]).unwrap();
    let registered = Registered::clone(&world.sink.registered).suspended();
    world.sink.registered = Arc::new(registered);
    world.subscribe(&["-news"]).unwrap();
    assert_eq!(in_force(&world), [""; 0]);
    assert!(
        !world
            .sink
            .effects
            .iter()
            .any(|e| matches!(e, Effect::ConfirmSubscription(_)))
    );
}

//= NT-06, NT-07, NT-09, FW-43 test
#[test]
fn subscription_states() {
    let none = linked();
    let mut world = fork(&none);
    let service = || Arc::clone(&none.sink.registered);
    let subscribe = |record| Command::Subscribe {
        service: service(),
        record,
    };
    let record = world.signed_subscription(&["news"]).unwrap();
    let stale = subscribe(world.signed_subscription(&["alerts"]).unwrap());
    let first = subscribe(record.clone());
    let surrogate = record.surrogate_id().clone();
    let confirm = |id| Command::ConfirmSubscription {
        surrogate_id: surrogate.clone(),
        id,
    };
    world.command(&world.owner_act(), &first).unwrap();
    let sent = fork(&world);
    let confirmation = confirm(record.id().clone());
    world
        .command(&world.service_act("sink"), &confirmation)
        .unwrap();
    let news = world.notification(&["news"]).unwrap();
    let news = world.told(&news);
    let made = |types: &[&str]| {
        let id = NotificationId::parse("notification-1").unwrap();
        let sink = none.sink.registered.description.service_id.clone();
        let made = Notification::new(id, none.now, sink, surrogate.clone(), messages(types));
        Command::ReceiveNotification {
            surrogate_id: surrogate.clone(),
            service: service(),
            notification: Told::Signed(believed(made.unwrap(), &none.sink.key, Party::Service)),
        }
    };
    let mut told = fork(&world);
    told.command(&told.service_act("sink"), &news).unwrap();
    let mut cancelled = fork(&world);
    cancelled.subscribe(&["-news"]).unwrap();
    let mut removed = fork(&world);
    let link = removed.sink_link();
    removed
        .command(&removed.act(Capacity::Operator), &removal(&link))
        .unwrap();
    let states = vec![
        ("none", fork(&none)),
        ("sent", sent),
        ("confirmed", world),
        ("confirmed, and told", told),
        ("cancelled", cancelled),
        ("link removed", removed),
    ];
    let by_sink = || as_service("sink");
    let newer = |world: &mut World| {
        world.wait(5);
        match world.signed_subscription(&["alerts"]) {
            Ok(record) => outcome(world, &Capacity::Owner, &subscribe(record)),
            Err(refused) => refused.code().to_owned(),
        }
    };
    let other = SubscriptionId::parse("another").unwrap();
    let of = [
        row("Subscribe", Capacity::Owner, first.clone()),
        row("Subscribe, of the same time", Capacity::Owner, stale),
        ("Subscribe, newer".to_owned(), Box::new(newer)),
        row("ConfirmSubscription", by_sink(), confirmation),
        row("ConfirmSubscription, of another", by_sink(), confirm(other)),
        row("ReceiveNotification", by_sink(), news),
        row(
            "ReceiveNotification, of another type",
            by_sink(),
            made(&["alerts"]),
        ),
        row(
            "ReceiveNotification, encrypted",
            by_sink(),
            encrypted(&none),
        ),
    ];
    let title = "What a subscription in each state allows";
    table_by(
        "notifications.rs",
        "subscription-commands.md",
        title,
        &states,
        &of,
    );
}
