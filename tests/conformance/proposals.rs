//! What a person was shown before they decided: archived, named by the consent, and hashed again
//! years later.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{
    code_of, consented, linked, owned, pair, pair_for, payload_of, refused, single, with_terms,
};
use mydata::core::crypto::{Crypto as _, Sha256};
use mydata::core::id::{PurposeId, ServiceId};
use mydata::core::lang::Language;
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Seconds;
use mydata::operator::{
    Capacity, Command, Event, Fact, NewConsent, Proposal, Registered, Reply, archived_proposal,
};
use mydata::record::consent::{
    AnyConsent, Consent as _, ConsentExtension, ConsentProposal, SingleConsent,
};
use mydata::record::proposal::{ProposalDocument, ProposalQuestion};
use mydata_chosen::Chosen;
use mydata_conformance::{World, descriptions};
use serde_json::{Value, json};
use std::sync::Arc;

/// A proposal of our own making, at `name`.
fn form(name: &str, octets: &[u8]) -> Proposal {
    let url = ResourceUrl::parse(&format!("https://operator.example/forms/{name}")).unwrap();
    let rests_on = ["source", "sink"].map(|id| {
        let version = mydata::core::id::DescriptionVersion::parse("1.0.0").unwrap();
        (ServiceId::parse(id).unwrap(), version)
    });
    Proposal::new(url, "text/html", Language::FI, rests_on.into(), octets).unwrap()
}

/// The payload of the newest event's record, as it was signed.
fn as_signed(world: &World) -> Value {
    let Some(Fact::ConsentGiven { record, .. }) = world.log.last().map(|event| &event.fact) else {
        panic!("no consent was given last")
    };
    let AnyConsent::Sink(record) = record else {
        panic!("not a sink's")
    };
    payload_of(&serde_json::from_str(&record.seal().to_json()).unwrap())
}

/// CN-72, C15: the record that the owner signed has the address and the hash, in base64url; the
/// archive has the octets; and the octets give the hash.
//= CN-72, FW-28 test
#[test]
fn what_a_consent_names_can_be_shown_again() {
    let mut world = linked();
    let octets = "<p>Saako päiväkoti tietosi?</p>".as_bytes();
    let named = world.show(form("1", octets)).unwrap();
    let choice = world.choice_of(named.clone(), "care", &["src/a"]);
    let (command, _) = world.try_pair(&choice).unwrap();
    world.wait(7);
    world.command(&world.owner_act(), &command).unwrap();

    let said = &as_signed(&world)["common_part"]["consent_proposal"];
    assert_eq!(said["url"], "https://operator.example/forms/1");
    let hash = Chosen.sha256(octets);
    assert_eq!(said["hash"], crate::support::encode(hash.as_octets()));

    let proposal = archived_proposal(&world.log, &named, &Chosen).unwrap();
    assert_eq!(proposal.octets(), octets);
    assert_eq!(proposal.media_type(), "text/html");
    assert_eq!(proposal.language(), Language::FI);
    assert_eq!(proposal.reference(&Chosen), named);
    // Who showed it and when, and who consented and when, stand in the events (FW-28).
    let times: Vec<_> = world
        .log
        .iter()
        .filter(|event| {
            matches!(
                event.fact,
                Fact::ProposalShown { .. } | Fact::ConsentGiven { .. }
            )
        })
        .map(|event| (event.at.seconds(), event.act.actor.as_str()))
        .collect();
    let start = mydata_conformance::world::START;
    let expected = [
        (start, "actor-1"),
        (start + 7, "actor-1"),
        (start + 7, "actor-1"),
    ];
    assert_eq!(times, expected);
}

/// CN-72: the account remembers a hash and small facts; it is the events that have the octets.
#[test]
fn the_account_does_not_keep_the_octets() {
    let mut world = linked();
    let octets: Arc<[u8]> = vec![b'x'; 100_000].into();
    let before = format!("{:?}", world.account).len();
    let named = world.show(form("1", &octets)).unwrap();
    assert!(format!("{:?}", world.account).len() - before < 1000);
    let shown = world.account.proposal(&named).unwrap();
    assert_eq!(shown.hash, Chosen.sha256(&octets));
    assert_eq!(shown.at, world.now);
    let version = |id| shown.version_of(&ServiceId::parse(id).unwrap());
    assert_eq!(version("sink").unwrap().as_str(), "1.0.0");
    assert_eq!(version("another"), None);
    assert!(!format!("{:?}", world.log).contains("xxxx"));
}

/// An archive that somebody has been at shows it, and what is not there is not made up.
//= CN-72 test
#[test]
fn the_archive_is_hashed_again_whenever_it_is_asked() {
    let mut world = linked();
    let named = world.show(form("1", b"yes?")).unwrap();
    let ask = |events: &[Event], named: &ConsentProposal| {
        let found = archived_proposal(events, named, &Chosen);
        found
            .map(|found| found.octets().to_vec())
            .map_err(|r| r.code())
    };
    assert_eq!(ask(&world.log, &named), Ok(b"yes?".to_vec()));
    let mut other = named.clone();
    other.hash = Sha256::from_octets([7; 32]);
    assert_eq!(ask(&world.log, &other), Err("proposal_unknown"));
    let mut elsewhere = named.clone();
    elsewhere.url = ResourceUrl::parse("https://operator.example/forms/2").unwrap();
    assert_eq!(ask(&world.log, &elsewhere), Err("proposal_unknown"));
    let mut altered = world.log.clone();
    for event in &mut altered {
        if let Fact::ProposalShown { proposal, .. } = &mut event.fact {
            *proposal = form("1", b"yes!");
        }
    }
    assert_eq!(ask(&altered, &named), Err("proposal_altered"));
}

/// The same again is the same; an address serves one document for good.
#[test]
fn an_address_serves_one_document() {
    let mut world = linked();
    let named = world.show(form("1", b"yes?")).unwrap();
    world.wait(60);
    let act = world.owner_act();
    let proposal = form("1", b"yes?");
    let again = world
        .try_decide(&act, &Command::ShowProposal { proposal })
        .unwrap();
    assert!(again.events.is_empty() && again.outbox.is_empty());
    assert_eq!(again.reply, Reply::Proposal(named.clone()));
    for other in [
        form("1", b"no?"),
        Proposal::new(
            named.url.clone(),
            "text/html",
            Language::SV,
            form("1", b"yes?").rests_on().cloned().collect(),
            b"yes?",
        )
        .unwrap(),
    ] {
        let command = Command::ShowProposal { proposal: other };
        let code = refused(&mut world, Capacity::Owner, &command);
        assert_eq!(code, "proposal_url_taken");
    }
    // The same octets at another address are another proposal.
    assert!(world.show(form("2", b"yes?")).is_ok());
}

/// CN-72: no consent on what was not shown in this account; neither half of a pair gets round it,
/// nor a record that the owner signed without asking for a draft.
//= CN-72 test
#[test]
fn no_consent_on_what_is_not_archived() {
    let other = |alter: fn(&mut ConsentProposal)| {
        let mut world = linked();
        let (mut command, _) = pair_for(&mut world, "care", &["src/a"]);
        with_terms(&world, pair(&mut command), |terms| {
            alter(&mut terms.consent_proposal);
        });
        refused(&mut world, Capacity::Owner, &command)
    };
    let hash = |named: &mut ConsentProposal| named.hash = Sha256::from_octets([7; 32]);
    assert_eq!(other(hash), "proposal_unknown");
    let url = |named: &mut ConsentProposal| {
        named.url = ResourceUrl::parse("https://operator.example/proposals/1").unwrap();
    };
    assert_eq!(other(url), "proposal_unknown");

    // Shown in another account is not shown here.
    let mut elsewhere = linked();
    let named = elsewhere.show(form("1", b"yes?")).unwrap();
    let mut world = linked();
    let choice = world.choice_of(named, "care", &["src/a"]);
    let code = code_of(&mut world, |world| world.try_pair(&choice));
    assert_eq!(code, "proposal_unknown");

    // A single consent is no different.
    let (command, _) = single(&mut world);
    let Command::GiveConsent(consent) = command else {
        panic!("not a consent")
    };
    let NewConsent::Single {
        service,
        record,
        status,
    } = *consent
    else {
        panic!("not for one service")
    };
    let mut terms = record.terms().clone();
    terms.consent_proposal.hash = Sha256::from_octets([7; 32]);
    let record = SingleConsent::new(terms, record.usage_rules().to_vec()).unwrap();
    let record = owned(&world, record);
    let consent = NewConsent::Single {
        service,
        record,
        status,
    };
    let command = Command::GiveConsent(Box::new(consent));
    assert_eq!(
        refused(&mut world, Capacity::Owner, &command),
        "proposal_unknown"
    );
}

/// FW-27: what was told was told out of a version. When the service has published another, what was
/// told no longer holds, and the person is to be told anew.
//= FW-27 test
#[test]
fn a_proposal_holds_for_the_versions_that_it_rests_on() {
    let mut world = linked();
    let choice = world.choice("care", &["src/a"]);
    let mut newer = descriptions::sink();
    newer["serviceDescription"]["serviceDescriptionVersion"] = json!("1.1.0");
    let keys = world.sink.registered.keys.clone();
    let registered = Registered::new(descriptions::checked(&newer), keys);
    world.sink.registered = Arc::new(registered);
    let code = code_of(&mut world, |world| world.try_pair(&choice));
    assert_eq!(code, "proposal_other_description");
    let choice = world.choice("care", &["src/a"]);
    assert!(world.try_pair(&choice).is_ok());

    // About the sink alone: the source's half rests on nothing.
    let about_sink = form("1", b"yes?").rests_on().take(1).cloned().collect();
    let url = ResourceUrl::parse("https://operator.example/forms/3").unwrap();
    let proposal = Proposal::new(url, "text/plain", Language::FI, about_sink, b"yes?").unwrap();
    let mut world = linked();
    let named = world.show(proposal).unwrap();
    let choice = world.choice_of(named, "care", &["src/a"]);
    let code = code_of(&mut world, |world| world.try_pair(&choice));
    assert_eq!(code, "proposal_other_description");
}

/// The record says the language of what was shown, and was made after it was shown.
#[test]
fn a_record_says_in_which_language_and_comes_after() {
    let mut world = linked();
    let (mut command, _) = pair_for(&mut world, "care", &["src/a"]);
    assert_eq!(
        pair(&mut command).sink.terms().x_mydata,
        Some(ConsentExtension::shown_in(Language::SV))
    );
    with_terms(&world, pair(&mut command), |terms| {
        terms.x_mydata = Some(ConsentExtension::shown_in(Language::EN));
    });
    let code = refused(&mut world, Capacity::Owner, &command);
    assert_eq!(code, "proposal_other_language");

    let (mut command, _) = pair_for(&mut world, "care", &["src/a"]);
    let earlier = world.now.minus(Seconds::new(1));
    with_terms(&world, pair(&mut command), |terms| terms.iat = earlier);
    let code = refused(&mut world, Capacity::Owner, &command);
    assert_eq!(code, "proposal_late");
}

/// FW-27: the plain proposal says who asks, what for and which data, in one language, with versions
/// and dates; and the same question gives the same octets.
//= FW-27 test
#[test]
fn the_plain_proposal_says_it_all() {
    let mut world = linked();
    let proposal = world.proposal();
    assert_eq!(proposal.octets(), world.proposal().octets());
    let document: Value = serde_json::from_slice(proposal.octets()).unwrap();
    let read: ProposalDocument = serde_json::from_slice(proposal.octets()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), document);
    assert_eq!(document["version"], "2.0");
    assert_eq!(document["language"], "sv");
    assert_eq!(document["operator"], "operator.example");
    assert_eq!(document["iat"], mydata_conformance::world::START);
    for service in ["source", "sink"] {
        assert_eq!(document[service]["service_id"], service);
        assert_eq!(document[service]["service_description_version"], "1.0.0");
        assert_eq!(document[service]["issued"], "2025-01-07T08:00:00Z");
    }
    let purposes = document["purposes"].as_array().unwrap();
    assert_eq!(purposes.len(), 2);
    assert_eq!(
        purposes[0],
        json!({ "purpose_id": "care", "title": "care (sv)", "description": "care, sv",
            "basis": "samtycke", "max_days": 30, "required": ["src/a"], "optional": ["src/b"] })
    );
    assert_eq!(purposes[1]["required"], json!(["src/c"]));
    let datasets = document["datasets"].as_array().unwrap();
    let ids: Vec<_> = datasets
        .iter()
        .map(|dataset| &dataset["dataset_id"])
        .collect();
    assert_eq!(ids, ["src/a", "src/b", "src/c"]);
    assert_eq!(datasets[1]["title"], "src/b (sv)");
    world.wait(1);
    assert_ne!(proposal.octets(), world.proposal().octets());
}

/// A proposal that could not be consented to, or not be read, is not made.
#[test]
fn no_plain_proposal_of_half_a_question() {
    let world = linked();
    let (source, sink) = (&world.source.registered, &world.sink.registered);
    let ask = |with_source: bool, purposes: &[&str], language: &str| {
        let purposes: Vec<_> = purposes
            .iter()
            .map(|id| PurposeId::parse(id).unwrap())
            .collect();
        let question = ProposalQuestion {
            source: with_source.then_some(&source.description),
            sink: &sink.description,
            purposes: &purposes,
            language: Language::parse(language).unwrap(),
        };
        let document = ProposalDocument::of(&question, &world.operator_id, world.now);
        document
            .map(|document| document.datasets.len())
            .map_err(|r| r.code())
    };
    assert_eq!(ask(true, &["care"], "fi"), Ok(2));
    assert_eq!(ask(true, &["care", "care"], "en"), Ok(2));
    assert_eq!(ask(false, &["own"], "en"), Ok(1));
    assert_eq!(ask(true, &[], "fi"), Err("proposal_no_purpose"));
    assert_eq!(
        ask(true, &["marketing"], "fi"),
        Err("proposal_purpose_unknown")
    );
    assert_eq!(ask(true, &["duty"], "fi"), Err("proposal_purpose_unknown"));
    assert_eq!(ask(true, &["elsewhere"], "fi"), Err("proposal_source"));
    assert_eq!(ask(true, &["own"], "fi"), Err("proposal_source"));
    assert_eq!(ask(true, &["care"], "so"), Err("proposal_text_missing"));
}

/// What cannot be served, or rests on nothing, is no proposal.
#[test]
fn a_proposal_has_octets_a_type_and_services() {
    let good = form("1", b"yes?");
    let services: Vec<_> = good.rests_on().cloned().collect();
    let make = |kind: &str, services: Vec<_>, octets: &[u8]| {
        let made = Proposal::new(good.url().clone(), kind, Language::FI, services, octets);
        made.map_err(|refusal| refusal.code()).err()
    };
    for kind in [
        "text/html",
        "application/ld+json",
        "text/plain; charset=utf-8",
    ] {
        assert_eq!(make(kind, services.clone(), b"x"), None, "{kind}");
    }
    let long = format!("text/{}", "x".repeat(128));
    for kind in [
        "",
        "text",
        "text/",
        "/html",
        "text/ht ml",
        "text/html;\r\nX: y",
        &long,
    ] {
        let code = make(kind, services.clone(), b"x");
        assert_eq!(code, Some("proposal_media_type"), "{kind}");
    }
    assert_eq!(
        make("text/html", services.clone(), b""),
        Some("proposal_size")
    );
    let most = 512 * 1024;
    assert_eq!(make("text/html", services.clone(), &vec![0; most]), None);
    let code = make("text/html", services.clone(), &vec![0; most + 1]);
    assert_eq!(code, Some("proposal_size"));
    assert_eq!(
        make("text/html", Vec::new(), b"x"),
        Some("proposal_services")
    );
    let twice = vec![services[0].clone(), services[0].clone()];
    assert_eq!(make("text/html", twice, b"x"), Some("proposal_services"));
}

/// The world of all other tests goes through the archive as well.
#[test]
fn every_consent_of_the_world_rests_on_the_archive() {
    let (world, _) = consented();
    for (_, consent) in world.account.consents() {
        let named = &consent.terms().consent_proposal;
        assert!(archived_proposal(&world.log, named, &Chosen).is_ok());
    }
}
