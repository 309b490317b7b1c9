//! The registry over the loopback: how a service comes into it and leaves, who may do what, and that it is there again
//! after a restart.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod house;
#[path = "../town/logged.rs"]
mod logged;
mod operator;
#[path = "../plain/mod.rs"]
mod plain;

use house::*;
use mydata::core::crypto::{Crypto, Signer as _};
use mydata::core::id::ActorId;
use mydata::core::jwk::KeySet;
use mydata::core::jws::Unsigned;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring};
use mydata::record::description::{Policy, Service};
use mydata::registry::{Act, Capacity, Command, Effect, Registry, State};
use mydata_conformance::descriptions;
use mydata_http::Fixed;
use mydata_http::describe::DescriptionReader;
use mydata_http::identity::{NotVerified, Residents};
use mydata_http::registry::{
    NotAdmitted, Registrars, RegistryDesk, Scoped, Tokens, job_of, registry_api,
};
use mydata_identity::vouched::{self, Vouched};
use mydata_identity::{Assurance, Issuer, Subject, VerifiedResident};
use mydata_store::Task;
use plain::{Heard, send, serve};
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn a_service_comes_is_found_and_leaves() {
    let at = published(&descriptions::source()).await;
    let house = House::new(Fixed::new([("source.example".to_owned(), at)])).await;
    let (first, second) = (key("source-1"), key("source-2"));
    let source = descriptions::source().to_string().into_bytes();
    let of = |what: &str| format!("/api/v1/services/source/{what}");
    // Step by step, and none before the other.
    let unknown = refused(404, "registry_service_unknown");
    assert_eq!(house.post(ANN, "/api/v1/services/", &source).await, unknown);
    assert_eq!(house.post(ANN, &of("link"), b"").await, unknown);
    assert_eq!(house.get(&of("")).await.code(), "registry_service_unknown");
    assert_eq!(house.put(ANN, &of("keys"), &jwks(&[&first])).await, done());
    assert_eq!(
        house.get(&of("")).await.status,
        404,
        "nothing is told of it"
    );
    let early = refused(409, "registry_state");
    assert_eq!(house.post(ANN, &of("link"), b"").await, early);
    assert_eq!(house.post(ANN, "/api/v1/services/", &source).await, done());
    assert!(house.ids("/api/v1/services/").await.is_empty());
    assert_eq!(house.post(ANN, &of("link"), b"").await, done());
    assert_eq!(house.ids("/api/v1/services/").await, ["source"]);
    // The log of a description that nobody signed is the registry's.
    let told = house.get(&of("")).await.json();
    assert_eq!(told.get("createdByUserId"), Some(&json!("2")));
    // Other keys; the same again is no change.
    let again = refused(409, "registry_keys_unchanged");
    assert_eq!(house.put(ANN, &of("keys"), &jwks(&[&first])).await, again);
    let both = jwks(&[&first, &second]);
    assert_eq!(house.put(ANN, &of("keys"), &both).await, done());
    // A new version beside the old one.
    let mut newer = descriptions::source();
    newer["serviceDescription"]["serviceDescriptionVersion"] = json!("2.0.0");
    let newer = newer.to_string().into_bytes();
    assert_eq!(house.post(ANN, "/api/v1/services/", &newer).await, done());
    let version =
        |heard: Heard| heard.json()["serviceDescription"]["serviceDescriptionVersion"].clone();
    assert_eq!(version(house.get(&of("")).await), json!("2.0.0"));
    let old = house.get(&of("?version=1.0.0")).await;
    assert_eq!(version(old), json!("1.0.0"));
    assert_eq!(house.get(&of("?version=3.0.0")).await.status, 404);
    // Closed, and open again.
    assert!(house.begun.all().is_empty());
    let retire = of("retire");
    assert_eq!(
        house.post(ANN, &retire, br#"{"links":"stay"}"#).await,
        done()
    );
    assert!(house.ids("/api/v1/services/").await.is_empty());
    assert_eq!(
        house.get(&of("")).await.status,
        200,
        "records name it for years"
    );
    let close = Effect::Close {
        service_id: id("source"),
    };
    assert_eq!(house.begun.all(), [(6, close.clone())]);
    assert_eq!(
        job_of(6, &close),
        Some(("registry-6-close".to_owned(), Task::Suspend(id("source"))))
    );
    assert_eq!(house.again().1, [(6, close)], "it is begun again");
    assert_eq!(house.post(ANN, &of("reopen"), b"").await, done());
    assert_eq!(house.state("source"), State::Described);
    assert!(house.again().1.is_empty());
    // What is found at its origin is the version of before.
    let other = refused(422, "registry_evidence_other");
    assert_eq!(house.post(ANN, &of("link"), b"").await, other);
    assert_eq!(house.post(STAFF, &of("vouch"), b"").await, done());
    assert_eq!(house.state("source"), State::Linked);
    // It leaves.
    assert_eq!(
        house.post(STAFF, &retire, br#"{"links":"end"}"#).await,
        done()
    );
    let begun = house.begun.all();
    let leave = Effect::Deregister {
        service_id: id("source"),
        actor: ActorId::parse("1").unwrap(),
    };
    assert_eq!(begun, [(9, leave)]);
    let retired = refused(409, "registry_retired");
    assert_eq!(house.post(ANN, "/api/v1/services/", &source).await, retired);
    let held = refused(409, "registry_retired_by_staff");
    assert_eq!(house.post(ANN, &of("reopen"), b"").await, held);
    // Another process has the same registry.
    let (registry, again) = house.again();
    assert_eq!(registry, house.book.look(Clone::clone));
    assert_eq!(again, begun);
}

#[tokio::test]
async fn services_are_found_by_words_and_by_what_they_exchange() {
    let house = House::new(Fixed::default()).await;
    house
        .open_service(ANN, &descriptions::source(), &key("source-1"))
        .await;
    house
        .open_service(BO, &descriptions::sink(), &key("sink-1"))
        .await;
    let found = [
        ("/api/v1/services/", vec!["sink", "source"]),
        ("/api/v1/services", vec!["sink", "source"]),
        ("/api/v1/services/?limit=1", vec!["sink"]),
        ("/api/v1/services/?offset=1", vec!["source"]),
        ("/api/v1/services/?offset=1&limit=100", vec!["source"]),
        ("/api/v1/services/?offset=2", vec![]),
        ("/api/v1/services/?limit=0", vec![]),
        ("/api/v1/services/?serviceType=source&offset=1", vec![]),
        ("/api/v1/services/?serviceType=source", vec!["source"]),
        ("/api/v1/services/?serviceType=sink", vec!["sink"]),
        ("/api/v1/services/search/?searchTerm=src", vec!["source"]),
        ("/api/v1/services/search?searchTerm=src", vec!["source"]),
        ("/api/v1/services/search/?serchTerm=src", vec!["source"]),
        ("/api/v1/services/search/?searchTerm=care+sv", vec!["sink"]),
        (
            "/api/v1/services/search/?searchTerm=care%20sv&language=sv",
            vec!["sink"],
        ),
        (
            "/api/v1/services/search/?searchTerm=care%20sv&language=fi",
            vec![],
        ),
        (
            "/api/v1/services/search/?searchTerm=town",
            vec!["sink", "source"],
        ),
        (
            "/api/v1/services/search/?searchTerm=town&limit=1",
            vec!["sink"],
        ),
        (
            "/api/v1/services/search/?searchTerm=town&offset=1",
            vec!["source"],
        ),
        ("/api/v1/services/search/?searchTerm=town&limit=0", vec![]),
        (
            "/api/v1/services/search/?searchTerm=town&serviceType=sink",
            vec!["sink"],
        ),
        ("/api/v1/services/search/?searchTerm=nobody", vec![]),
        ("/api/v1/services/source/compatible", vec!["sink"]),
        (
            "/api/v1/services/source/compatible?serviceType=sink",
            vec!["sink"],
        ),
        (
            "/api/v1/services/source/compatible?serviceType=source",
            vec![],
        ),
        ("/api/v1/services/sink/compatible", vec!["source"]),
    ];
    for (target, ids) in found {
        assert_eq!(house.ids(target).await, ids, "{target}");
    }
    let refused = [
        ("/api/v1/services/?serviceType=both", 400, "registry_query"),
        ("/api/v1/services/?servicetype=sink", 400, "registry_query"),
        ("/api/v1/services/?limit=101", 400, "registry_limit"),
        ("/api/v1/services/?offset=-1", 400, "registry_query"),
        ("/api/v1/services/search/", 400, "registry_query"),
        (
            "/api/v1/services/search/?searchTerm=a&serchTerm=a",
            400,
            "registry_query",
        ),
        (
            "/api/v1/services/search/?searchTerm=a&searchTerm=a",
            400,
            "registry_query",
        ),
        (
            "/api/v1/services/search/?searchTerm=a&limit=101",
            400,
            "registry_limit",
        ),
        (
            "/api/v1/services/search/?searchTerm=a&limit=-1",
            400,
            "registry_query",
        ),
        (
            "/api/v1/services/search/?searchTerm=a&language=swedish",
            400,
            "registry_query",
        ),
        ("/api/v1/services/nobody/", 404, "registry_service_unknown"),
        (
            "/api/v1/services/nobody/compatible",
            404,
            "registry_service_unknown",
        ),
        ("/api/v1/services/a%20b/", 404, "registry_service_unknown"),
        ("/api/v1/services/%ff/", 400, "url_not_canonical"),
        ("/api/v1/service/", 404, "http_path_unknown"),
        ("/api/v1/services/source/keys", 405, "http_method_unknown"),
    ];
    for (target, status, code) in refused {
        let heard = house.get(target).await;
        assert_eq!((heard.status, &*heard.code()), (status, code), "{target}");
    }
    // A page that goes on is not cut to a smaller one.
    assert_eq!(
        house
            .get("/api/v1/services/search/?searchTerm=a&limit=100")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn nobody_changes_it_but_staff_and_whose_it_is() {
    let house = House::new(Fixed::default()).await;
    let key = key("source-1");
    let target = "/api/v1/services/source/keys";
    let body = jwks(&[&key]);
    let bearer = format!("Bearer {ANN}");
    let other = format!("Bearer {BO}");
    let json = ("Content-Type", "application/json");
    let no: [&[(&str, &str)]; 6] = [
        &[json],
        &[json, ("Authorization", ANN)],
        &[json, ("Authorization", "Bearer ")],
        &[json, ("Authorization", "Bearer token-of-nobody")],
        &[json, ("Authorization", "Basic token-of-ann")],
        &[json, ("Authorization", &bearer), ("Authorization", &other)],
    ];
    for headers in no {
        let heard = send(house.at, ("PUT", target), headers, &body).await;
        assert_eq!((heard.status, &*heard.code()), (401, "registrar_unproven"));
        assert_eq!(heard.header("www-authenticate"), Some("Bearer"));
    }
    // Whose an id is, only staff may say for another.
    let for_bo = format!("{target}?registrant=3");
    let own = refused(403, "registry_not_registrant");
    assert_eq!(house.put(ANN, &for_bo, &body).await, own);
    assert_eq!(house.put(STAFF, &for_bo, &body).await, done());
    let source = descriptions::source().to_string().into_bytes();
    let all: [(&str, &[u8]); 4] = [
        ("/api/v1/services/source/link", b""),
        ("/api/v1/services/source/retire", br#"{"links":"end"}"#),
        ("/api/v1/services/source/reopen", b""),
        ("/api/v1/services/", &source),
    ];
    for (target, body) in all {
        assert_eq!(house.post(ANN, target, body).await, own, "{target}");
    }
    assert_eq!(house.put(ANN, target, &body).await, own);
    assert_eq!(house.post(BO, "/api/v1/services/", &source).await, done());
    let staff = refused(403, "registry_capacity_not_allowed");
    assert_eq!(
        house.post(BO, "/api/v1/services/source/vouch", b"").await,
        staff
    );
    // What is wrong with a body is told to whose it is.
    let cases: [(&str, &[u8], (u16, &str)); 6] = [
        ("/api/v1/services/source/retire", b"", (400, "json_syntax")),
        (
            "/api/v1/services/source/retire",
            br#"{"links":"go"}"#,
            (400, "json_shape"),
        ),
        (
            "/api/v1/services/source/retire",
            br#"{"links":"end","links":"end"}"#,
            (400, "json_duplicate_member"),
        ),
        (
            "/api/v1/services/source/retire",
            br#"{"links":"end","why":"x"}"#,
            (400, "json_shape"),
        ),
        ("/api/v1/services/", b"[]", (400, "json_array_for_object")),
        ("/api/v1/services/", b"<html>", (400, "json_syntax")),
    ];
    for (target, body, (status, code)) in cases {
        assert_eq!(
            house.post(BO, target, body).await,
            refused(status, code),
            "{target}"
        );
    }
    assert_eq!(
        house.put(BO, target, b"{}").await,
        refused(422, "key_shape")
    );
    assert_eq!(house.put(BO, target, br#"{"keys":[]}"#).await.0, 422);
    let text = [("Authorization", &*other), ("Content-Type", "text/plain")];
    let heard = send(house.at, ("PUT", target), &text, &body).await;
    assert_eq!((heard.status, &*heard.code()), (415, "http_media_type"));
    assert_eq!(house.again().0, house.book.look(Clone::clone));
}

/// Nobody can say now.
struct Closed;

impl Registrars for Closed {
    async fn act(&self, _: &str, _: Timestamp) -> Result<Act, NotAdmitted> {
        Err(NotAdmitted::Unavailable)
    }
}

#[tokio::test]
async fn where_nobody_can_say_who_asks_it_is_tried_again() {
    let house = House::new(Fixed::default()).await;
    let reader = DescriptionReader::new(Fixed::default());
    let desk = RegistryDesk::new(Arc::clone(&house.book), Closed, reader, crypto());
    let at = serve(registry_api(Arc::new(desk))).await;
    let headers = [("Authorization", "Bearer x")];
    let heard = send(at, ("POST", "/api/v1/services/"), &headers, b"{}").await;
    assert_eq!(
        (heard.status, &*heard.code()),
        (503, "registrar_unavailable")
    );
    assert_eq!(heard.header("retry-after"), Some("1"));
}

/// Residents whose tokens say everything: `subject.level.scope+scope`.
struct Said;

impl Residents for Said {
    async fn verify(&self, bearer: &str, now: Timestamp) -> Result<VerifiedResident, NotVerified> {
        let mut said = bearer.split('.');
        let mut next = || said.next().ok_or(NotVerified::Unavailable);
        let (subject, level, scopes) = (next()?, next()?, next()?);
        Ok(vouched::resident(Vouched {
            issuer: Issuer::parse("https://id.example").unwrap(),
            subject: Subject::parse(subject).unwrap(),
            assurance: match level {
                "high" => Assurance::High,
                _ => Assurance::Low,
            },
            authenticated: None,
            until: now,
            scopes: scopes.split('+').collect(),
        }))
    }
}

#[tokio::test]
async fn staff_and_registrants_sign_in_at_the_citys_provider() {
    let registrars = Scoped::new(Said, ("staff", "own"), Assurance::Substantial, crypto());
    let known = async |token: &str| registrars.act(token, Timestamp::EPOCH).await;
    assert_eq!(known("ann.high.other").await, Err(NotAdmitted::Refused));
    assert_eq!(known("ann.low.staff").await, Err(NotAdmitted::Refused));
    assert_eq!(known("ann").await, Err(NotAdmitted::Unavailable));
    let own = known("ann.high.own").await.unwrap();
    let both = known("ann.high.own+staff").await.unwrap();
    let other = known("bo.high.own").await.unwrap();
    assert_eq!(own.capacity, Capacity::Registrant);
    assert_eq!(both.capacity, Capacity::Staff);
    assert_eq!(own.actor, both.actor);
    assert_ne!(own.actor, other.actor);
    assert!(!own.actor.as_str().contains("ann"));
}

#[tokio::test]
async fn all_faults_of_a_description_are_told_at_once() {
    let house = House::new(Fixed::default()).await;
    let key = key("source-1");
    let target = "/api/v1/services/source/keys";
    assert_eq!(house.put(ANN, target, &jwks(&[&key])).await, done());
    let mut wrong = descriptions::source();
    wrong["serviceDescription"]["supportedProfiles"] = json!([]);
    let twice = wrong["dataDescription"][0].clone();
    wrong["dataDescription"].as_array_mut().unwrap().push(twice);
    let bearer = format!("Bearer {ANN}");
    let headers = [
        ("Authorization", &*bearer),
        ("Content-Type", "application/json"),
    ];
    let octets = wrong.to_string().into_bytes();
    let heard = send(house.at, ("POST", "/api/v1/services/"), &headers, &octets).await;
    assert_eq!(heard.status, 422);
    let told = heard.json();
    let faults = told.get("faults").unwrap().as_array().unwrap();
    let fault = |fault: &Value| {
        let member = |name| fault.get(name).unwrap().as_str().unwrap().to_owned();
        (member("code"), member("at"))
    };
    let faults: Vec<_> = faults.iter().map(fault).collect();
    for (code, at) in [
        ("description_no_profile", None),
        ("description_duplicate_dataset", Some("src/a")),
        ("description_duplicate_distribution", Some("src/a.json")),
    ] {
        let is_it = |fault: &&(String, String)| fault.0 == code;
        let found = faults.iter().find(is_it);
        assert!(
            found.is_some_and(|found| at.is_none_or(|at| found.1 == at)),
            "{code}: {faults:?}"
        );
    }
    assert_eq!(
        Some(heard.code()),
        faults.first().map(|fault| fault.0.clone())
    );
    // Nothing of it was kept, and another problem has no such member.
    assert_eq!(house.state("source"), State::Obtained);
    let heard = house.get("/api/v1/services/nobody/").await;
    assert_eq!(heard.json().get("faults"), None);
}

fn signed(description: &Value, key: &PrivateKey) -> Vec<u8> {
    let service: Service = serde_json::from_value(description.clone()).unwrap();
    let signed = Unsigned::new(service).sign(key).unwrap();
    signed.seal().to_json().into_bytes()
}

#[tokio::test]
async fn a_signed_description_stays_signed() {
    let house = House::new(Fixed::default()).await;
    let (own, other) = (key("source-1"), key("source-1"));
    let target = "/api/v1/services/source/keys";
    assert_eq!(house.put(ANN, target, &jwks(&[&own])).await, done());
    let mut description = descriptions::source();
    let forged = signed(&description, &other);
    let stranger = refused(422, "jws_signature_invalid");
    assert_eq!(
        house.post(ANN, "/api/v1/services/", &forged).await,
        stranger
    );
    let octets = signed(&description, &own);
    assert_eq!(house.post(ANN, "/api/v1/services/", &octets).await, done());
    let heard = house.get("/api/v1/services/source/").await;
    assert_eq!(heard.body.as_bytes(), octets, "as it was signed");
    description["serviceDescription"]["serviceDescriptionVersion"] = json!("1.1.0");
    let plain = description.to_string().into_bytes();
    let dropped = refused(422, "registry_signature_dropped");
    assert_eq!(house.post(ANN, "/api/v1/services/", &plain).await, dropped);
    // With other keys it is still what it was, here and after a restart.
    let next = key("source-2");
    assert_eq!(house.put(ANN, target, &jwks(&[&next])).await, done());
    assert_eq!(
        house.begun.all(),
        [(
            3,
            Effect::AskNewVersion {
                service_id: id("source")
            }
        )]
    );
    assert_eq!(house.again().0, house.book.look(Clone::clone));
    let octets = signed(&description, &next);
    assert_eq!(house.post(ANN, "/api/v1/services/", &octets).await, done());
    assert_eq!(house.again().0, house.book.look(Clone::clone));
}

#[tokio::test]
async fn a_desk_that_demands_signatures_takes_no_others() {
    let house = House::new(Fixed::default()).await;
    let whose = (Ring.sha256(ANN.as_bytes()), act("2", Capacity::Registrant));
    let tokens = Tokens::new([whose], crypto());
    let reader = DescriptionReader::new(Fixed::default());
    let desk = RegistryDesk::new(Arc::clone(&house.book), tokens, reader, crypto());
    let desk = desk.demanding(Policy::default(), true);
    let at = serve(registry_api(Arc::new(desk))).await;
    let target = "/api/v1/services/source/keys";
    let own = key("source-1");
    assert_eq!(house.put(ANN, target, &jwks(&[&own])).await, done());
    let bearer = format!("Bearer {ANN}");
    let headers = [
        ("Authorization", &*bearer),
        ("Content-Type", "application/json"),
    ];
    let plain = descriptions::source().to_string().into_bytes();
    let what = ("POST", "/api/v1/services/");
    let heard = send(at, what, &headers, &plain).await;
    assert_eq!(
        (heard.status, &*heard.code()),
        (422, "description_not_signed")
    );
    let octets = signed(&descriptions::source(), &own);
    assert_eq!(send(at, what, &headers, &octets).await.status, 201);
}

#[tokio::test]
async fn what_is_decided_is_done_whether_anybody_waits_for_it() {
    let house = House::new(Fixed::default()).await;
    let key = key("source-1");
    let command = Command::Obtain {
        service_id: id("source"),
        registrant: ActorId::parse("2").unwrap(),
        keys: KeySet::from(key.public().clone()),
    };
    // Whoever asks goes away at once.
    tokio::select! {
        biased;
        _ = house.book.decide(act("1", Capacity::Staff), command) => {}
        () = std::future::ready(()) => {}
    }
    while house.book.look(Registry::version) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(house.again().0, house.book.look(Clone::clone));
}
