//! The copy of everything, and what becomes of it at another operator (Account 2.0 §3.1.2, §4.6).
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::contracts;
use crate::support::{
    as_service, consented, envelope, link_id, linked, new_key, payload_of, refused, removal, single,
};
use mydata::account::{Carried, Export, ExportFormat, Trust};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{AccountId, OperatorId, PurposeId, ServiceId};
use mydata::core::jwk::{KeyHistory, KeySet};
use mydata::core::lang::Language;
use mydata::core::time::Seconds;
use mydata::operator::{
    Capacity, Command, Lifecycle, Reply, Scope, ToPerson, Told, Verification, archived_proposal,
};
use mydata::record::consent::ConsentChange;
use mydata::record::notification::{Jwe, NotificationPush, PushedNotification};
use mydata::record::objection::Verdict;
use mydata_chosen::Chosen;
use mydata_conformance::World;
use mydata_conformance::account::{CANARIES, sofia};
use mydata_conformance::wishes::verdicts;
use serde_json::{Value, json};
use std::sync::Arc;

/// A life: a removed link, a link made anew, a pair with a history, a consent for one service.
fn lived() -> World {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    let (command, _) = single(&mut world);
    world.command(&world.owner_act(), &command).unwrap();
    world.token(&ids.sink).unwrap();
    let link = link_id(&world, "source");
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    world.link("source");
    world.consent("study", &["src/c"]);
    world
}

fn copy(world: &mut World) -> Value {
    let octets = world.export().write(ExportFormat::default()).unwrap();
    serde_json::from_slice(&octets).unwrap()
}

/// Read and verified by somebody who knows the owner's keys and those of the services.
fn taken_in(world: &World, copy: &Value) -> Result<Carried, &'static str> {
    let export = Export::read(copy.to_string().as_bytes()).map_err(|fault| fault.code())?;
    let service = |id: &ServiceId| match id.as_str() {
        "source" => Some(KeyHistory::from(world.source.key.public().clone())),
        "sink" => Some(KeyHistory::from(world.sink.key.public().clone())),
        _ => None,
    };
    let trust = Trust {
        owner: world.account.owner_keys(),
        service: &service,
        crypto: &Chosen,
    };
    export.verify(&trust).map_err(|fault| fault.code())
}

//= AC-16, AC-17, AC-18, AC-19 test
#[test]
fn a_copy_is_the_owners_and_is_made_after_the_verification() {
    let mut world = linked();
    assert_eq!(
        refused(&mut world, Capacity::Owner, &Command::Export),
        "export_not_verified"
    );
    let what = Verification::Export;
    for who in [
        Capacity::Representative,
        Capacity::Operator,
        Capacity::System,
        as_service("sink"),
    ] {
        let ask = Command::AskVerification { what };
        assert_eq!(
            refused(&mut world, who.clone(), &ask),
            "capacity_not_allowed"
        );
        assert_eq!(
            refused(&mut world, who, &Command::Export),
            "capacity_not_allowed"
        );
    }
    let code = world.ask(what).unwrap();
    assert!(matches!(
        world.letters.last(),
        Some(ToPerson::Verify {
            what: Verification::Export,
            ..
        })
    ));
    assert_eq!(
        refused(&mut world, Capacity::Owner, &Command::Export),
        "export_not_verified"
    );
    world.confirm(what, &code).unwrap();
    //= AC-22 test
    let until = world.now.plus(Seconds::days(1));
    assert_eq!(world.letters.last(), Some(&ToPerson::ExportReady { until }));
    // Within the day as often as wanted, each time with an event; and not after it.
    for _ in 0..2 {
        let reply = world.command(&world.owner_act(), &Command::Export).unwrap();
        assert!(matches!(reply, Reply::Export(_)));
    }
    world.now = until;
    assert_eq!(
        refused(&mut world, Capacity::Owner, &Command::Export),
        "export_not_verified"
    );
}

//= AC-17, AC-19 test
#[test]
fn a_permit_is_for_one_account_and_one_day() {
    let mut world = linked();
    let permit = world.permit();
    let profile = sofia();
    let mut other = World::new();
    other.account = mydata::operator::Account::open(
        AccountId::parse("account-of-aleksi").unwrap(),
        world.account.owner_keys().clone(),
    );
    let code = |permit, world: &World, now| {
        Export::collect(permit, world.holdings(&profile), now)
            .map(drop)
            .map_err(|r| r.code())
    };
    assert_eq!(
        code(permit.clone(), &other, world.now),
        Err("export_other_account")
    );
    let until = permit.until();
    assert_eq!(
        code(permit.clone(), &world, until),
        Err("export_permit_over")
    );
    assert_eq!(code(permit, &world, world.now), Ok(()));
}

//= AC-04, AC-20, AC-51, AC-52 test
/// Held against the store by hand: everything is in it, in the members of the framework's schema.
#[test]
fn everything_is_in_the_copy() {
    let mut world = lived();
    let copy = copy(&mut world);
    assert_eq!(copy["type"], "Account");
    assert_eq!(copy["id"], world.account.id().as_str());
    assert_eq!(
        copy["gid"],
        format!("operator.example/{}", world.account.id().as_str())
    );
    let attributes = &copy["attributes"];
    let info = &attributes["account_info"][0];
    assert_eq!(info["type"], "AccountInfo");
    assert_eq!(info["attributes"]["firstname"], "Sofia Maria");
    let whole = copy.to_string();
    for word in CANARIES {
        assert!(whole.contains(word), "{word}");
    }
    let own = &attributes["x_mydata"];
    let keys = serde_json::to_value(world.account.owner_keys()).unwrap();
    assert_eq!(own["owner_keys"], keys);

    let log = attributes["event_logs"].as_array().unwrap();
    assert_eq!(log.len(), world.log.len());
    assert_eq!(log[0]["type"], "Event");
    assert_eq!(log[0]["attributes"]["timestamp"], "2025-01-07T08:00:00Z");

    let links = attributes["service_links"].as_array().unwrap();
    assert_eq!(links.len(), world.account.links().count());
    let mut consents = 0;
    for link in links {
        let id = mydata::core::id::LinkId::parse(link["id"].as_str().unwrap()).unwrap();
        let stored = world.account.link(&id).unwrap();
        let octets: Value = serde_json::from_str(&stored.record.seal().to_json()).unwrap();
        assert_eq!(link["attributes"], octets, "the octets as they were signed");
        assert_eq!(
            link["status_records"].as_array().unwrap().len(),
            stored.chain.iter().count()
        );
        for consent in link["consent_records"].as_array().unwrap() {
            let id = consent["id"].as_str().unwrap();
            let id = mydata::core::id::ConsentId::parse(id).unwrap();
            let stored = world.account.consent(&id).unwrap();
            let status = consent["status_records"].as_array().unwrap();
            assert_eq!(status.len(), stored.chain.iter().count());
            for (written, kept) in status.iter().zip(stored.chain.iter()) {
                let octets: Value = serde_json::from_str(&kept.seal().to_json()).unwrap();
                assert_eq!(written["attributes"], octets);
            }
            consents += 1;
        }
    }
    assert_eq!(consents, world.account.consents().count());
}

/// What lies with the account beside its records: the forms that the person was shown, octet for
/// octet, and the contracts with every version, also those of a removed link.
//= AC-03, AC-20 test
#[test]
fn what_was_shown_and_what_was_agreed_is_in_the_copy() {
    let mut world = lived();
    let contract = |world: &World, version| contracts::filing(world, "source", "terms", version);
    for version in ["1", "2"] {
        let filing = contract(&world, version);
        let file = Command::FileContract { filing };
        world.command(&world.owner_act(), &file).unwrap();
    }
    let end = contracts::end("source", "terms");
    world.command(&world.owner_act(), &end).unwrap();
    let link = link_id(&world, "source");
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    let copy = copy(&mut world);
    let export = Export::read(copy.to_string().as_bytes()).unwrap();
    let own = &export.attributes.x_mydata;

    assert_eq!(own.contracts.len(), 1);
    for (item, (key, kept)) in own.contracts.iter().zip(world.account.contracts()) {
        assert_eq!((&item.service_id, &item.id), (&key.0, &key.1));
        assert_eq!(item.ended, kept.ended());
        assert_eq!(item.ended, Some(world.now));
        assert!(item.versions.iter().eq(kept.history()));
        assert_eq!(item.versions.len(), 2);
    }

    assert!(own.proposals.len() > 1);
    assert_eq!(own.proposals.len(), world.account.proposals().count());
    for (_, consent) in world.account.consents() {
        let named = &consent.terms().consent_proposal;
        let mut all = own.proposals.iter();
        let item = all.find(|item| item.url == named.url).unwrap();
        let kept = archived_proposal(&world.log, named, &Chosen).unwrap();
        assert_eq!(item.octets.as_slice(), kept.octets());
        assert_eq!(
            (&item.sha256, &*item.media_type),
            (&named.hash, kept.media_type())
        );
        assert_eq!(item.language, kept.language());
        let shown = world.account.proposal(named).unwrap();
        assert_eq!(item.shown_at, shown.at);
        let rests_on = item.rests_on.iter();
        let rests_on = rests_on.map(|on| (&on.service_id, &on.service_description_version));
        assert!(rests_on.eq(kept.rests_on().map(|(service, version)| (service, version))));
    }
    // How much there is of it prints, and not what it says.
    assert!(!format!("{:?}", own.proposals).contains("[123"));
}

//= AC-21 test
#[test]
fn a_copy_is_json_unless_the_person_wants_to_read_it() {
    let mut world = lived();
    let export = world.export();
    let json = export.write(ExportFormat::default()).unwrap();
    assert_eq!(ExportFormat::default(), ExportFormat::Json);
    assert!(Export::read(&json).unwrap() == export);
    let read =
        |language| String::from_utf8(export.write(ExportFormat::Text(language)).unwrap()).unwrap();
    for (language, words) in [
        (Language::FI, ["Tilisi tiedot", "suostumus annettu"]),
        (Language::SV, ["Uppgifterna i ditt konto", "samtycke givet"]),
        (
            Language::EN,
            ["What is in your account", "consent was given"],
        ),
    ] {
        let text = read(language);
        for word in words
            .into_iter()
            .chain(["Sofia Maria Lindqvist", "service/source"])
        {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
}

//= AC-08 test
#[test]
fn what_is_taken_in_elsewhere_is_what_there_was() {
    let mut world = lived();
    let copy = copy(&mut world);
    let carried = taken_in(&world, &copy).unwrap();
    assert_eq!(carried.operator, world.operator_id);
    assert_eq!(carried.username, sofia().credentials.username);
    assert_eq!(carried.identities, sofia().credentials.identities);
    assert_eq!(carried.info, Some(sofia().info));
    assert_eq!(carried.owner_keys, *world.account.owner_keys());
    // Every link and consent, with its whole history, verified again.
    let mut links = world.account.links();
    assert_eq!(carried.links.len(), 3);
    for link in &carried.links {
        let (_, kept) = links.find(|(id, _)| **id == link.record.link_id).unwrap();
        assert!(kept.record == link.record && kept.chain == link.chain);
        assert_eq!(kept.pop_key, link.pop_key);
    }
    let consents: Vec<_> = carried
        .links
        .iter()
        .flat_map(|link| &link.consents)
        .collect();
    assert_eq!(consents.len(), world.account.consents().count());
    for consent in consents {
        let kept = world
            .account
            .consent(&consent.record.terms().cr_id)
            .unwrap();
        assert!(kept.record == consent.record && kept.chain == consent.chain);
    }
}

//= AC-08 test
/// The person and the keys go along; the links name the operator they were made with, and stay.
#[test]
fn at_another_operator_the_same_person_begins_anew() {
    let mut world = lived();
    let copy = copy(&mut world);
    let carried = taken_in(&world, &copy).unwrap();
    let again: Vec<&str> = carried.to_link_again().map(ServiceId::as_str).collect();
    let mut sorted = again.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["sink", "source"]);
    let open = world
        .account
        .consents()
        .filter(|(_, consent)| !consent.chain.is_ended());
    assert_eq!(carried.to_ask_again().count(), open.count());

    let mut elsewhere = World::new();
    elsewhere.operator_id = OperatorId::parse("elsewhere.example").unwrap();
    elsewhere.owner = crate::support::again(&world.owner);
    let until = elsewhere.now.plus(Seconds::days(7));
    elsewhere.account = carried.account(AccountId::parse("a-77").unwrap(), until);
    for side in [&mut elsewhere.source, &mut elsewhere.sink] {
        let keys = KeySet::from(side.key.public().clone());
        let known = mydata::service::KnownOperator::new(
            elsewhere.operator_id.clone(),
            elsewhere.status_key.public().clone(),
            elsewhere.token_key.public().clone(),
        );
        let known = known.unwrap();
        let id = side.service.id().clone();
        side.service = mydata::service::Service::new(id, keys, vec![known]);
    }
    assert_eq!(elsewhere.account.lifecycle(), Lifecycle::Created);
    elsewhere.verified(Verification::Activation).unwrap();
    for name in again {
        elsewhere.link(name);
    }
    let ids = elsewhere.consent("care", &["src/a"]);
    assert_eq!(elsewhere.fetch(&ids.sink, "care", "src/a"), [""; 0]);
}

/// Nothing of an export is believed: one stroke anywhere in what was signed, and it is refused.
#[test]
fn a_tampered_copy_is_refused() {
    let mut world = lived();
    let real = copy(&mut world);
    assert!(taken_in(&world, &real).is_ok());
    let links = real["attributes"]["service_links"].as_array().unwrap();
    let with_consents = links.iter().position(|link| {
        link["consent_records"]
            .as_array()
            .is_some_and(|all| all.len() > 1)
    });
    let at = with_consents.unwrap();
    let refusal = |alter: &dyn Fn(&mut Value)| {
        let mut copy = real.clone();
        alter(&mut copy["attributes"]);
        match taken_in(&world, &copy) {
            Ok(_) => panic!("believed"),
            Err(code) => code,
        }
    };
    assert_eq!(
        refusal(&|a| a["service_links"][at]["id"] = "another".into()),
        "export_id_mismatch"
    );
    let swapped = |a: &mut Value| {
        let all = a["service_links"][at]["consent_records"]
            .as_array_mut()
            .unwrap();
        let first = all[0]["attributes"].take();
        all[0]["attributes"] = all[1]["attributes"].take();
        all[1]["attributes"] = first;
    };
    assert_eq!(refusal(&swapped), "export_id_mismatch");
    let moved = |a: &mut Value| {
        let consent = a["service_links"][at]["consent_records"][0].take();
        a["service_links"][at]["consent_records"]
            .as_array_mut()
            .unwrap()
            .remove(0);
        let other = (at + 1) % 3;
        a["service_links"][other]["consent_records"]
            .as_array_mut()
            .unwrap()
            .push(consent);
    };
    assert_eq!(refusal(&moved), "export_link_mismatch");
    let no_status = |a: &mut Value| a["service_links"][at]["status_records"] = json!([]);
    assert_eq!(refusal(&no_status), "export_status_missing");
    let no_status = |a: &mut Value| {
        a["service_links"][at]["consent_records"][0]["status_records"] = json!([]);
    };
    assert_eq!(refusal(&no_status), "export_status_missing");
    let backwards = |a: &mut Value| {
        let long = a["service_links"].as_array_mut().unwrap().iter_mut();
        for link in long {
            let status = link["status_records"].as_array_mut().unwrap();
            status.reverse();
        }
    };
    assert_eq!(refusal(&backwards), "chain_first_has_previous");
    let status_id = |a: &mut Value| {
        a["service_links"][at]["status_records"][0]["id"] = "r".into();
    };
    assert_eq!(refusal(&status_id), "export_id_mismatch");
    let payload = |a: &mut Value| {
        let other = a["service_links"][(at + 1) % 3]["attributes"]["payload"].take();
        a["service_links"][at]["attributes"]["payload"] = other;
        a["service_links"][(at + 1) % 3]["attributes"]["payload"] = "e30".into();
    };
    assert!(!refusal(&payload).is_empty());
    let kind = |a: &mut Value| a["service_links"][at]["type"] = "ConsentRecord".into();
    assert_eq!(refusal(&kind), "json_shape");
    let operator = |a: &mut Value| a["x_mydata"]["operator_id"] = "elsewhere".into();
    assert_eq!(refusal(&operator), "export_operator_other");
    let stranger = KeySet::from(new_key("owner-1").public().clone());
    let keys =
        |a: &mut Value| a["x_mydata"]["owner_keys"] = serde_json::to_value(&stranger).unwrap();
    assert_eq!(refusal(&keys), "export_owner_keys_other");
    let as_status = |a: &mut Value| {
        let status = a["service_links"][at]["status_records"][0]["attributes"].clone();
        a["service_links"][at]["consent_records"][0]["attributes"] = status;
    };
    assert_eq!(refusal(&as_status), "jws_typ_mismatch");
    let shown = |a: &mut Value| a["x_mydata"]["proposals"][0]["octets"] = "e30".into();
    assert_eq!(refusal(&shown), "export_proposal_altered");
    let octets = |a: &mut Value| a["x_mydata"]["proposals"][0]["octets"] = "e30=".into();
    assert_eq!(refusal(&octets), "json_shape");
}

/// A service whose keys nobody knows cannot be believed, whatever the export says.
#[test]
fn an_unknown_service_is_refused() {
    let mut world = linked();
    let export = world.export();
    let trust = Trust {
        owner: world.account.owner_keys(),
        service: &|_| None,
        crypto: &Chosen,
    };
    assert_eq!(
        export.verify(&trust).unwrap_err().code(),
        "export_service_unknown"
    );
}

/// A life in which the sink was told and has told: under a link that is gone and under a new one.
fn corresponded() -> World {
    let mut world = lived();
    let sink = world.service_act("sink");
    for (now, types) in [(1, ["news"]), (2, ["alerts"]), (3, ["-alerts"])] {
        world.wait(now);
        world.subscribe(&types).unwrap();
    }
    world.wait(7);
    let push = world.notification(&["news"]).unwrap();
    let told = world.told(&push);
    world.command(&sink, &told).unwrap();
    world.wait(7);
    let jwe = Jwe::parse("eyJhbGciOiJFQ0RILUVTIn0..iv.ciphertext.tag").unwrap();
    let push = NotificationPush {
        surrogate_id: push.surrogate_id,
        notification: PushedNotification::Encrypted(jwe),
    };
    let told = world.told(&push);
    world.command(&sink, &told).unwrap();
    let survey = || vec![Scope::Processing(PurposeId::parse("survey").unwrap())];
    let decided = world.object(survey()).unwrap();
    world.decide_objection(&decided, verdicts(&["1"], Verdict::Pending));
    world.wait(60);
    world.decide_objection(&decided, verdicts(&["1"], Verdict::Accepted));
    let link = world.sink_link();
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    world.link("sink");
    world.wait(60);
    let record = world.signed_subscription(&["alerts"]).unwrap();
    let service = Arc::clone(&world.sink.registered);
    let unconfirmed = Command::Subscribe { service, record };
    world.command(&world.owner_act(), &unconfirmed).unwrap();
    world.object(survey()).unwrap();
    world
}

/// What was subscribed to, what was told and when, what was objected to and answered: all of it,
/// octet for octet, of the removed link too; and every step of it in the log.
//= AC-03, AC-04, AC-20, AC-43, AC-44 test
#[test]
fn what_was_told_and_objected_is_in_the_copy() {
    let mut world = corresponded();
    let copy = copy(&mut world);
    let own = &copy["attributes"]["x_mydata"];
    let octets = |sealed: &str| serde_json::from_str::<Value>(sealed).unwrap();
    let (mut subscriptions, mut notifications) = (Vec::new(), Vec::new());
    for (id, link) in world.account.links() {
        let Some(mailbox) = link.mailbox() else {
            continue;
        };
        for record in mailbox.subscriptions() {
            let is_last = mailbox.last_confirmed() == Some(record.id());
            subscriptions.push(json!({
                "link_id": id.as_str(), "confirmed": is_last,
                "subscription": octets(&record.seal().to_json()),
            }));
        }
        for received in mailbox.history() {
            let notification = match &received.notification {
                Told::Signed(record) => json!({ "signed": octets(&record.seal().to_json()) }),
                Told::Encrypted(jwe) => json!({ "encrypted": jwe.as_str() }),
            };
            notifications.push(json!({
                "link_id": id.as_str(), "received_at": received.at.seconds(),
                "notification": notification,
            }));
        }
    }
    assert_eq!((subscriptions.len(), notifications.len()), (4, 2));
    let confirmed = subscriptions
        .iter()
        .filter(|item| item["confirmed"] == true);
    assert_eq!(confirmed.count(), 1);
    assert_eq!(own["subscriptions"], Value::from(subscriptions));
    assert_eq!(own["notifications"], Value::from(notifications));

    let objections = world.account.objections().map(|(_, objection)| {
        let answers = objection.responses().iter();
        let answers = answers.map(|answer| octets(&answer.seal().to_json()));
        json!({
            "link_id": objection.link_id().as_str(),
            "request": octets(&objection.request().seal().to_json()),
            "responses": answers.collect::<Vec<_>>(),
        })
    });
    let objections: Vec<_> = objections.collect();
    assert_eq!(objections.len(), 2);
    let answers: usize = world
        .account
        .objections()
        .map(|(_, o)| o.responses().len())
        .sum();
    assert_eq!(answers, 2);
    assert_eq!(own["objections"], Value::from(objections));

    let log = copy["attributes"]["event_logs"].as_array().unwrap();
    for (action, times, about, actor) in [
        ("subscription_changed", 4, "link/", "owner"),
        ("subscription_confirmed", 3, "link/", "service/sink"),
        ("notification_received", 2, "link/", "service/sink"),
        ("objection_made", 2, "objection/", "owner"),
        ("objection_answered", 2, "objection/", "service/sink"),
    ] {
        let lines = log.iter().map(|line| &line["attributes"]);
        let lines: Vec<_> = lines.filter(|line| line["action"] == action).collect();
        assert_eq!(lines.len(), times, "{action}");
        for line in lines {
            let resource = line["resource"].as_str().unwrap();
            assert!(resource.starts_with(about), "{resource}");
            assert_eq!(line["actor"], actor);
        }
    }
    let text = world
        .export()
        .write(ExportFormat::Text(Language::EN))
        .unwrap();
    let text = String::from_utf8(text).unwrap();
    for line in ["Notifications from services: 2\n", "Objections: 2\n"] {
        assert!(text.contains(line), "{text}");
    }
}

//= AC-08 test
/// All of it is verified again: with the keys of the link what the owner signed, with those of the
/// service what the service signed.
#[test]
fn tampered_correspondence_is_refused() {
    let mut world = corresponded();
    let real = copy(&mut world);
    assert!(taken_in(&world, &real).is_ok());
    let refusal = |alter: &dyn Fn(&mut Value)| {
        let mut copy = real.clone();
        alter(&mut copy["attributes"]["x_mydata"]);
        match taken_in(&world, &copy) {
            Ok(_) => panic!("believed"),
            Err(code) => code,
        }
    };
    let other_link = link_id(&world, "source");
    let own = &real["attributes"]["x_mydata"];
    // In the order of the links' ids, which are random.
    let all = own["objections"].as_array().unwrap();
    let answers = |item: &Value| item["responses"].as_array().unwrap().len();
    let decided = all.iter().position(|item| answers(item) == 2).unwrap();
    let all = own["subscriptions"].as_array().unwrap();
    let old_link = &own["notifications"][0]["link_id"];
    let first = all.iter().position(|item| item["link_id"] == *old_link);
    let first = first.unwrap();
    for kind in ["subscriptions", "notifications", "objections"] {
        let unknown = |a: &mut Value| a[kind][0]["link_id"] = "another".into();
        assert_eq!(refusal(&unknown), "export_link_unknown", "{kind}");
        let twice = |a: &mut Value| {
            let again = a[kind][0].clone();
            a[kind].as_array_mut().unwrap().insert(1, again);
        };
        assert_eq!(refusal(&twice), "export_record_twice", "{kind}");
    }
    for kind in ["subscriptions", "objections"] {
        let moved = |a: &mut Value| a[kind][0]["link_id"] = other_link.as_str().into();
        assert_eq!(refusal(&moved), "export_link_mismatch", "{kind}");
    }
    // To the other service's key the notification is nobody's.
    let moved = |a: &mut Value| a["notifications"][0]["link_id"] = other_link.as_str().into();
    assert_eq!(refusal(&moved), "jws_kid_unknown");
    // And under another link of the same service it names another surrogate.
    let new_link = world.sink_link();
    let moved = |a: &mut Value| a["notifications"][0]["link_id"] = new_link.as_str().into();
    assert_eq!(refusal(&moved), "export_link_mismatch");
    let backwards = |a: &mut Value| {
        a["subscriptions"]
            .as_array_mut()
            .unwrap()
            .swap(first, first + 1);
    };
    assert_eq!(refusal(&backwards), "export_subscription_order");
    let backwards = |a: &mut Value| {
        let answers = a["objections"][decided]["responses"].as_array_mut();
        answers.unwrap().swap(0, 1);
    };
    assert_eq!(refusal(&backwards), "export_answer_order");
    let twice = |a: &mut Value| {
        let answers = a["objections"][decided]["responses"]
            .as_array_mut()
            .unwrap();
        let again = answers[1].clone();
        answers.push(again);
    };
    assert_eq!(refusal(&twice), "export_record_twice");
    let swapped = |a: &mut Value| {
        let answers = a["objections"][decided]["responses"].take();
        a["objections"][1 - decided]["responses"] = answers;
        a["objections"][decided]["responses"] = json!([]);
    };
    assert_eq!(refusal(&swapped), "export_answer_other");
    let as_other = |a: &mut Value| {
        a["subscriptions"][0]["subscription"] = a["objections"][0]["request"].clone();
    };
    assert_eq!(refusal(&as_other), "jws_typ_mismatch");
    let broken = |a: &mut Value| {
        let other = a["subscriptions"][1]["subscription"]["signature"].clone();
        a["subscriptions"][0]["subscription"]["signature"] = other;
    };
    assert_eq!(refusal(&broken), "jws_signature_invalid");
    let broken = |a: &mut Value| {
        let other = a["objections"][decided]["responses"][1]["signature"].clone();
        a["objections"][decided]["responses"][0]["signature"] = other;
    };
    assert_eq!(refusal(&broken), "jws_signature_invalid");
    let jwe = |a: &mut Value| a["notifications"][1]["notification"] = json!({ "encrypted": "a.b" });
    assert_eq!(refusal(&jwe), "json_shape");

    // Signed by somebody else, with the name of the right key.
    let owner = world.owner.public();
    let stranger = mydata_chosen::generate(owner.kid().clone(), owner.algorithm()).unwrap();
    let forged = envelope(
        &payload_of(&own["subscriptions"][0]["subscription"]),
        "mydata-subscription+json",
        &stranger,
    );
    let forged = |a: &mut Value| a["subscriptions"][0]["subscription"] = forged.clone();
    assert_eq!(refusal(&forged), "jws_signature_invalid");
}
