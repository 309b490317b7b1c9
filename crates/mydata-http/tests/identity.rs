//! A provider's keys over the wire: when they are fetched, and what holds while they cannot be.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::IntoResponse as _;
use hyper_util::client::legacy::connect::HttpConnector;
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::Ring;
use mydata_conformance::provider::{Kind, Provider as Town, SigningKey, jwks};
use mydata_http::identity::{
    BearerRefusal, Caching, FetchRefusal, Fetches, HttpFetch, NotVerified, OidcResidents,
    Residents, bearer, resident,
};
use mydata_identity::{Audience, IdentityRefusal, Issuer, Provider};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

const NOW: u64 = 1_736_236_800;
const AUDIENCE: &str = "youth-card";

type Oidc = OidcResidents<HttpFetch<HttpConnector>>;

fn provider(town: &Town) -> Provider {
    let issuer = Issuer::parse(&town.issuer()).unwrap();
    Provider::new(issuer, Audience::parse(AUDIENCE).unwrap())
}

fn fetch() -> HttpFetch<HttpConnector> {
    HttpFetch::new(HttpConnector::new())
}

fn oidc(town: &Town) -> Oidc {
    OidcResidents::new(provider(town), Caching::default(), fetch(), Arc::new(Ring)).unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(NOW + seconds).unwrap()
}

/// A good token of that moment, by a key of this kind.
fn token(town: &Town, kind: Kind, seconds: u64) -> String {
    let claims = town.claims("ann", AUDIENCE, NOW + seconds);
    town.sign_as(kind, &json!({}), &claims)
}

/// The same with the id of a key that there is not.
fn of_no_key(town: &Town, number: usize, seconds: u64) -> String {
    let claims = town.claims("ann", AUDIENCE, NOW + seconds);
    town.sign_as(
        Kind::EdDsa,
        &json!({ "kid": format!("no-{number}") }),
        &claims,
    )
}

async fn verify(residents: &Oidc, token: &str, seconds: u64) -> Result<(), NotVerified> {
    let verified = residents.verify(token, at(seconds)).await;
    verified.map(|resident| assert_eq!(resident.subject().expose().as_str(), "ann"))
}

const UNKNOWN: Result<(), NotVerified> = Err(NotVerified::Refused(IdentityRefusal::Kid));
const UNAVAILABLE: Result<(), NotVerified> = Err(NotVerified::Unavailable);

const fn fetches(good: u64, failed: u64) -> Fetches {
    Fetches { good, failed }
}

/// Waits for what happens behind.
async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..2000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it has not happened");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_once_and_anew_behind_a_request() {
    let town = Town::start();
    let residents = oidc(&town);
    assert_eq!(residents.fetches(), fetches(0, 0));
    for kind in Kind::ALL {
        for seconds in [0, 1, 299, 600] {
            let token = token(&town, kind, seconds);
            assert_eq!(verify(&residents, &token, seconds).await, Ok(()));
        }
    }
    assert_eq!((residents.fetches(), town.fetched()), (fetches(1, 0), 1));
    // Older than ten minutes: a request takes the old ones, and the key that is gone is gone after it.
    let old = token(&town, Kind::Rs256, 601);
    town.rotate();
    assert_eq!(verify(&residents, &old, 601).await, Ok(()));
    until(|| residents.fetches() == fetches(2, 0)).await;
    let new = token(&town, Kind::Rs256, 601);
    assert_eq!(verify(&residents, &new, 601).await, Ok(()));
    assert_eq!(town.fetched(), 2);
    assert_eq!(verify(&residents, &old, 601).await, UNKNOWN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_good_at_once_and_an_old_one_no_more() {
    let town = Town::start();
    let residents = oidc(&town);
    let old = token(&town, Kind::Es256, 0);
    assert_eq!(verify(&residents, &old, 0).await, Ok(()));
    town.rotate();
    let new = token(&town, Kind::Es256, 1);
    assert_eq!(verify(&residents, &new, 1).await, Ok(()));
    assert_eq!(residents.fetches(), fetches(2, 0));
    assert_eq!(verify(&residents, &old, 1).await, UNKNOWN);
    assert_eq!(verify(&residents, &new, 1).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_rotate_during_a_fetch_are_fetched_again() {
    let town = Town::start();
    town.take(Duration::from_millis(400));
    let residents = Arc::new(oidc(&town));
    let old = token(&town, Kind::EdDsa, 0);
    let first = tokio::spawn({
        let (residents, old) = (Arc::clone(&residents), old.clone());
        async move { verify(&residents, &old, 0).await }
    });
    // The answer is on its way and has the old keys in it.
    until(|| town.fetched() == 1).await;
    town.rotate();
    let new = token(&town, Kind::EdDsa, 0);
    assert_eq!(verify(&residents, &new, 0).await, Ok(()));
    assert_eq!(first.await.unwrap(), Ok(()));
    assert_eq!(residents.fetches(), fetches(2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_keys_that_there_are_not_cost_three_fetches() {
    let town = Town::start();
    let residents = Arc::new(oidc(&town));
    assert_eq!(
        verify(&residents, &token(&town, Kind::EdDsa, 0), 0).await,
        Ok(())
    );
    let texts: Vec<String> = (0..1000)
        .map(|number| of_no_key(&town, number, 0))
        .collect();
    let tries: Vec<_> = texts
        .into_iter()
        .map(|text| {
            let residents = Arc::clone(&residents);
            tokio::spawn(async move { verify(&residents, &text, 0).await })
        })
        .collect();
    for tried in tries {
        assert_eq!(tried.await.unwrap(), UNKNOWN);
    }
    assert!(town.fetched() <= 3, "{} fetches", town.fetched());
    // The bucket is empty: nothing is fetched, and a key that is known serves.
    for number in 0..3 {
        assert_eq!(
            verify(&residents, &of_no_key(&town, number, 0), 0).await,
            UNKNOWN
        );
    }
    let spent = town.fetched();
    assert_eq!(spent, 3);
    assert_eq!(
        verify(&residents, &of_no_key(&town, 0, 9), 9).await,
        UNKNOWN
    );
    assert_eq!(
        verify(&residents, &token(&town, Kind::EdDsa, 9), 9).await,
        Ok(())
    );
    assert_eq!(town.fetched(), spent);
    // One more each ten seconds.
    for _ in 0..5 {
        assert_eq!(
            verify(&residents, &of_no_key(&town, 0, 10), 10).await,
            UNKNOWN
        );
    }
    assert_eq!(town.fetched(), spent + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_hangs_up_leaves_the_fetch_to_the_others() {
    let town = Town::start();
    town.take(Duration::from_millis(300));
    let residents = Arc::new(oidc(&town));
    let token = token(&town, Kind::EdDsa, 0);
    let mut others = Vec::new();
    for _ in 0..50 {
        let (residents, token) = (Arc::clone(&residents), token.clone());
        others.push(tokio::spawn(
            async move { verify(&residents, &token, 0).await },
        ));
    }
    until(|| town.fetched() == 1).await;
    let gone = others.split_off(25);
    for task in &gone {
        task.abort();
    }
    for task in others {
        assert_eq!(task.await.unwrap(), Ok(()));
    }
    // Those who came after the fetch had begun share a second one.
    assert!(town.fetched() <= 2, "{} fetches", town.fetched());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_was_never_reached_is_not_stormed() {
    let town = Town::start();
    town.go_down();
    let residents = oidc(&town);
    let token = token(&town, Kind::Rs256, 0);
    for _ in 0..20 {
        assert_eq!(verify(&residents, &token, 0).await, UNAVAILABLE);
    }
    assert_eq!(residents.fetches(), fetches(0, 3));
    town.come_up();
    assert_eq!(verify(&residents, &token, 9).await, UNAVAILABLE);
    assert_eq!(verify(&residents, &token, 10).await, Ok(()));
    assert_eq!(residents.fetches(), fetches(1, 3));
    // What is no token is refused in any case, and nothing is fetched for it.
    let said = verify(&residents, "no.token.this", 10).await;
    assert_eq!(said, Err(NotVerified::Refused(IdentityRefusal::Malformed)));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_outlast_an_outage_of_an_hour() {
    let town = Town::start();
    let residents = oidc(&town);
    assert_eq!(
        verify(&residents, &token(&town, Kind::Rs256, 0), 0).await,
        Ok(())
    );
    town.go_down();
    for seconds in [1, 600, 601, 1800, 3600] {
        let token = token(&town, Kind::Rs256, seconds);
        assert_eq!(
            verify(&residents, &token, seconds).await,
            Ok(()),
            "{seconds}"
        );
    }
    // Whether there is a new key cannot be said.
    until(|| residents.fetches().failed > 0).await;
    let said = verify(&residents, &of_no_key(&town, 1, 3600), 3600).await;
    assert_eq!(said, UNAVAILABLE);
    let late = token(&town, Kind::Rs256, 3601);
    assert_eq!(verify(&residents, &late, 3601).await, UNAVAILABLE);
    town.come_up();
    assert_eq!(verify(&residents, &late, 3631).await, Ok(()));
    assert_eq!(residents.fetches().good, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_set_changes_nothing() {
    let town = Town::start();
    let residents = oidc(&town);
    let known = token(&town, Kind::Rs256, 0);
    assert_eq!(verify(&residents, &known, 0).await, Ok(()));
    let one = jwks(&[]).to_string();
    let twice = format!(r#"{{"keys":[{0},{0}]}}"#, ed25519());
    let large = format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(256 * 1024));
    let mut failed = 0;
    for bad in ["<html>", "{}", &one, &twice, &large] {
        town.publish(Some(bad));
        let later = 30 * (failed + 1);
        let said = verify(&residents, &of_no_key(&town, 1, later), later).await;
        assert_eq!(said, UNAVAILABLE, "{bad:.40}");
        failed += 1;
        assert_eq!(residents.fetches(), fetches(1, failed));
        assert_eq!(verify(&residents, &known, later).await, Ok(()), "{bad:.40}");
    }
}

fn ed25519() -> &'static str {
    r#"{"kid":"a","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_comes_from_the_configuration_and_no_other_place() {
    let (town, other) = (Town::start(), Town::start());
    let token = token(&town, Kind::Es256, 0);
    let issuer = town.issuer();
    let elsewhere =
        |issuer: &str, keys: &str| json!({ "issuer": issuer, "jwks_uri": keys }).to_string();
    let own = format!("{issuer}/certs");
    for discovery in [
        elsewhere(&other.issuer(), &own),
        elsewhere(&format!("{issuer}/"), &own),
        elsewhere(&issuer, &format!("{}/certs", other.issuer())),
        elsewhere(&issuer, "http://id.town.example/certs"),
        elsewhere(&issuer, "/certs"),
        elsewhere(&issuer, &own.replace("http://", "http://a@")),
        elsewhere(&issuer, &own).replacen('{', r#"{"issuer":"x","#, 1),
        "{}".to_owned(),
    ] {
        let residents = oidc(&town);
        town.discover(Some(&discovery));
        assert_eq!(
            verify(&residents, &token, 0).await,
            UNAVAILABLE,
            "{discovery}"
        );
        // Nothing that went wrong is remembered.
        town.discover(None);
        assert_eq!(verify(&residents, &token, 0).await, Ok(()), "{discovery}");
    }
    assert_eq!(other.fetched(), 0);
    // The configuration may say it itself; then the provider is not asked.
    town.discover(Some("{}"));
    let with_keys_at = |keys: &str| {
        let crypto = Arc::new(Ring);
        Oidc::with_keys_at(provider(&town), keys, Caching::default(), fetch(), crypto)
    };
    let residents = with_keys_at(&own).unwrap();
    assert_eq!(verify(&residents, &token, 0).await, Ok(()));
    for bad in [
        "http://id.town.example/certs",
        "ftp://localhost/",
        "certs",
        "",
        "https://a@b/",
    ] {
        assert_eq!(
            with_keys_at(bad).err(),
            Some(FetchRefusal::Address),
            "{bad}"
        );
    }
    assert!(with_keys_at("https://keys.example/certs?p=a").is_ok());
}

/// Answers everything with these octets.
fn answering(answer: String) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut room = [0; 4096];
            // A request is small and comes in one piece.
            if stream.read(&mut room).is_ok() {
                drop(stream.write_all(answer.as_bytes()));
            }
        }
    });
    format!("http://{address}/certs")
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_with_a_200_from_where_they_were_asked_for() {
    let town = Town::start();
    let token = token(&town, Kind::EdDsa, 0);
    let own = format!("{}/certs", town.issuer());
    let set = jwks(&[SigningKey::generate("EdDSA-1", Kind::EdDsa)]).to_string();
    let answer = |head: &str, body: &str| {
        let length = body.len();
        format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    };
    for head in [
        format!("302 Found\r\nLocation: {own}"),
        format!("307 Temporary Redirect\r\nLocation: {own}"),
        "206 Partial Content".to_owned(),
        "404 Not Found".to_owned(),
        "500 Internal Server Error".to_owned(),
    ] {
        let keys = answering(answer(&head, &set));
        let crypto = Arc::new(Ring);
        let residents =
            Oidc::with_keys_at(provider(&town), &keys, Caching::default(), fetch(), crypto);
        let residents = residents.unwrap();
        assert_eq!(verify(&residents, &token, 0).await, UNAVAILABLE, "{head}");
        assert_eq!(residents.fetches(), fetches(0, 1));
    }
    assert_eq!(town.fetched(), 0);
    // The same set with a 200 is taken: the key has the id of the provider's, and is another.
    let keys = answering(answer("200 OK", &set));
    let crypto = Arc::new(Ring);
    let residents = Oidc::with_keys_at(provider(&town), &keys, Caching::default(), fetch(), crypto);
    let said = verify(&residents.unwrap(), &token, 0).await;
    assert_eq!(said, Err(NotVerified::Refused(IdentityRefusal::Signature)));
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_keys_serve_is_configured() {
    let town = Town::start();
    let caching = Caching {
        refresh: Seconds::new(5),
        stale: Seconds::new(20),
    };
    let residents = Oidc::new(provider(&town), caching, fetch(), Arc::new(Ring)).unwrap();
    let token = token(&town, Kind::EdDsa, 0);
    assert_eq!(verify(&residents, &token, 0).await, Ok(()));
    assert_eq!(verify(&residents, &token, 5).await, Ok(()));
    assert_eq!(town.fetched(), 1);
    assert_eq!(verify(&residents, &token, 6).await, Ok(()));
    until(|| residents.fetches() == fetches(2, 0)).await;
    town.go_down();
    assert_eq!(verify(&residents, &token, 26).await, Ok(()));
    assert_eq!(verify(&residents, &token, 27).await, UNAVAILABLE);
}

fn headers(values: &[&str]) -> HeaderMap {
    let value = |value: &&str| HeaderValue::from_bytes(value.as_bytes()).unwrap();
    let values = values.iter().map(value);
    values.map(|value| (AUTHORIZATION, value)).collect()
}

#[test]
fn a_bearer_stands_in_one_header() {
    for (value, token) in [
        ("Bearer a.b.c", "a.b.c"),
        ("bearer a", "a"),
        ("BEARER A-._~+/=", "A-._~+/="),
    ] {
        assert_eq!(bearer(&headers(&[value])), Ok(token));
    }
    let missing = Err(BearerRefusal::Missing);
    for values in [
        &[][..],
        &["Bearer"],
        &["Bearer "],
        &["Bearer  a"],
        &["Bearer a b"],
        &["Bearer a,b"],
        &["Bearer ä"],
        &["Basic YTpi"],
        &["DPoP a.b.c"],
        &["a.b.c"],
        &["Bearer a", "Bearer a"],
        &["Bearer a", "Basic YTpi"],
    ] {
        assert_eq!(bearer(&headers(values)), missing, "{values:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bearer_is_told_a_class_and_no_more() {
    let town = Town::start();
    let residents = oidc(&town);
    let good = format!("Bearer {}", token(&town, Kind::Rs256, 0));
    let expired = format!("Bearer {}", token(&town, Kind::Rs256, 0));
    assert!(
        resident(&residents, &headers(&[&good]), at(0))
            .await
            .is_ok()
    );
    town.go_down();
    let unknown = format!("Bearer {}", of_no_key(&town, 1, 0));
    let told = [
        (
            resident(&residents, &headers(&[]), at(0)).await,
            401,
            "resident_token_missing",
            Some("Bearer"),
        ),
        (
            resident(&residents, &headers(&[&expired]), at(999)).await,
            401,
            "resident_token_invalid",
            Some(r#"Bearer error="invalid_token""#),
        ),
        (
            resident(&residents, &headers(&[&unknown]), at(0)).await,
            503,
            "resident_provider_unavailable",
            None,
        ),
        (
            Err(NotVerified::Refused(IdentityRefusal::TooOld).into()),
            401,
            "resident_assurance",
            Some(r#"Bearer error="insufficient_user_authentication""#),
        ),
    ];
    for (answer, status, code, challenge) in told {
        let problem = answer.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (status, code));
        let response = problem.into_response();
        let said = response.headers().get(WWW_AUTHENTICATE);
        assert_eq!(
            said.map(|value| value.to_str().unwrap()),
            challenge,
            "{code}"
        );
        assert_eq!(response.headers().contains_key(RETRY_AFTER), status == 503);
    }
}
