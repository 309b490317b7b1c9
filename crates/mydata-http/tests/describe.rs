//! Descriptions at their well-known places, served and fetched.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod plain;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use mydata::core::crypto::{Crypto, Signer as _};
use mydata::core::id::KeyId;
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::jws::Unsigned;
use mydata::core::resource::Origin;
use mydata::keys::{PrivateKey, Ring};
use mydata::record::description::{
    Description, Found, OperatorDescription, Policy, Published, Service, Trust,
};
use mydata_conformance::descriptions;
use mydata_http::Fixed;
use mydata_http::describe::{DescriptionReader, WellKnown};
use plain::{send, serve};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

const SERVICE: &str = "/.well-known/mydata/servicedescription";

fn crypto() -> Arc<dyn Crypto> {
    Arc::new(Ring)
}

fn check<D: Description>(octets: &[u8], keys: Option<&KeySet>) -> Found<D> {
    let trust = Trust {
        of: None,
        keys,
        must_be_signed: keys.is_some(),
        policy: &Policy::default(),
        crypto: &Ring,
    };
    Published::read(octets).unwrap().check(&trust).unwrap()
}

fn plain<D: Description>(description: &Value) -> Found<D> {
    check(&serde_json::to_vec(description).unwrap(), None)
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeyId::parse("source-1").unwrap(), Algorithm::Ed25519).unwrap()
}

/// The source's description, signed.
fn signed(key: &PrivateKey) -> Vec<u8> {
    let service: Service = serde_json::from_value(descriptions::source()).unwrap();
    let signed = Unsigned::new(service).sign(key).unwrap();
    signed.seal().to_json().into_bytes()
}

#[tokio::test]
async fn a_description_is_at_its_place_and_is_not_sent_twice() {
    let found = plain::<Service>(&descriptions::source());
    let of = Arc::new(WellKnown::new(&found, crypto()));
    let at = serve(Arc::clone(&of).routes()).await;
    let heard = send(at, ("GET", SERVICE), &[], b"").await;
    assert_eq!(heard.status, 200);
    assert_eq!(heard.body.as_bytes(), found.to_json());
    assert_eq!(heard.header("content-type"), Some("application/json"));
    assert_eq!(heard.header("cache-control"), Some("max-age=300"));
    let tag = heard.header("etag").unwrap().to_owned();
    let weak = format!("W/{tag}");
    let among = format!("\"other\", {tag}");
    for known in [&*tag, &weak, &among, "*"] {
        let headers = [("If-None-Match", known)];
        let heard = send(at, ("GET", SERVICE), &headers, b"").await;
        assert_eq!((heard.status, &*heard.body), (304, ""), "{known}");
        assert_eq!(heard.header("etag"), Some(&*tag));
        assert_eq!(heard.header("cache-control"), Some("max-age=300"));
    }
    for unknown in ["\"other\"", "W/\"other\"", tag.trim_matches('"')] {
        let headers = [("If-None-Match", unknown)];
        let heard = send(at, ("GET", SERVICE), &headers, b"").await;
        assert_eq!(heard.status, 200, "{unknown}");
    }
    let heard = send(at, ("HEAD", SERVICE), &[], b"").await;
    assert_eq!((heard.status, &*heard.body), (200, ""));
    let heard = send(at, ("POST", SERVICE), &[], b"").await;
    assert_eq!((heard.status, &*heard.code()), (405, "http_method_unknown"));
    // A new version has another tag.
    let mut newer = descriptions::source();
    newer["serviceDescription"]["serviceDescriptionVersion"] = json!("1.1.0");
    let newer = plain(&newer);
    of.publish(&newer);
    let heard = send(at, ("GET", SERVICE), &[("If-None-Match", &tag)], b"").await;
    assert_eq!(heard.status, 200);
    assert_eq!(heard.body.as_bytes(), newer.to_json());
    assert_ne!(heard.header("etag"), Some(&*tag));
}

#[tokio::test]
async fn what_was_signed_is_published_as_it_was_signed() {
    let key = key();
    let octets = signed(&key);
    let keys = KeySet::from(key.public().clone());
    let found = check::<Service>(&octets, Some(&keys));
    let at = serve(Arc::new(WellKnown::new(&found, crypto())).routes()).await;
    let heard = send(at, ("GET", SERVICE), &[], b"").await;
    assert_eq!(heard.body.as_bytes(), octets);
    assert_eq!(
        check::<Service>(heard.body.as_bytes(), Some(&keys)).signed_by(),
        Some(key.public())
    );
}

#[tokio::test]
async fn the_places_of_older_documents_are_there_if_they_are_wanted() {
    let service = plain::<Service>(&descriptions::source());
    let operator = plain::<OperatorDescription>(&descriptions::operator());
    let service = Arc::new(WellKnown::new(&service, crypto()));
    let operator = Arc::new(WellKnown::new(&operator, crypto()));
    let few = serve(
        Arc::clone(&service)
            .routes()
            .merge(Arc::clone(&operator).routes()),
    )
    .await;
    let all = service
        .routes_with_aliases()
        .merge(operator.routes_with_aliases());
    let all = serve(all).await;
    let places = [
        (SERVICE, "source", 200),
        ("/.well-known/MyData/configuration", "source", 404),
        ("/.well-known/mydata/", "source", 404),
        ("/.well-known/mydata/operator", "operator.example", 200),
        (
            "/.well-known/mydata/mydata/operatorinfo/",
            "operator.example",
            404,
        ),
    ];
    for (place, id, status) in places {
        let heard = send(few, ("GET", place), &[], b"").await;
        assert_eq!(heard.status, status, "{place}");
        let heard = send(all, ("GET", place), &[], b"").await;
        assert_eq!(heard.status, 200, "{place}");
        let told = heard.json();
        let found = told.get("serviceId").or_else(|| told.get("operatorId"));
        assert_eq!(found.and_then(Value::as_str), Some(id), "{place}");
    }
}

/// A reader, to whom `source.example` is at this address.
fn reader(at: SocketAddr) -> DescriptionReader<Fixed> {
    DescriptionReader::new(Fixed::new([("source.example".to_owned(), at)]))
}

#[tokio::test]
async fn a_description_is_fetched_from_its_place_and_from_nowhere_else() {
    let origin = Origin::parse("https://source.example").unwrap();
    let found = plain::<Service>(&descriptions::source());
    let at = serve(Arc::new(WellKnown::new(&found, crypto())).routes()).await;
    let fetched = reader(at).at::<Service>(&origin).await.unwrap().unwrap();
    let trust = Trust {
        of: None,
        keys: None,
        must_be_signed: false,
        policy: &Policy::default(),
        crypto: &Ring,
    };
    let fetched = fetched.check(&trust).unwrap();
    assert_eq!(fetched.found_at(), Some(&origin));
    assert_eq!(fetched.description(), found.description());
    // Nobody there, nothing there, and somebody who sends elsewhere.
    let other = Origin::parse("https://other.example").unwrap();
    assert!(reader(at).at::<Service>(&other).await.unwrap().is_none());
    let octets = found.to_json();
    let elsewhere = Router::new()
        .route(SERVICE, get(async || Redirect::temporary("/elsewhere")))
        .route("/elsewhere", get(async move || octets.clone()));
    let failing = async || (StatusCode::INTERNAL_SERVER_ERROR, "{}").into_response();
    for router in [
        Router::new(),
        elsewhere,
        Router::new().route(SERVICE, get(failing)),
    ] {
        let at = serve(router).await;
        assert!(reader(at).at::<Service>(&origin).await.unwrap().is_none());
    }
    // What is there and no description is a fault; what is too long is not read to its end.
    let page = async || ([(header::CONTENT_TYPE, "text/html")], "<html>");
    let at = serve(Router::new().route(SERVICE, get(page))).await;
    let fault = reader(at).at::<Service>(&origin).await.unwrap_err();
    assert_eq!(fault.code(), "json_syntax");
    let long = async || "x".repeat(2 * 1024 * 1024);
    let at = serve(Router::new().route(SERVICE, get(long))).await;
    assert!(reader(at).at::<Service>(&origin).await.unwrap().is_none());
}
