//! A provider's keys over https: whose certificate is taken, and what holds when it is not.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "town/logged.rs"]
mod logged;
mod papers;

use axum::Router;
use axum::http::header::{CONNECTION, LOCATION};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use hyper_rustls::HttpsConnector;
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::Ring;
use mydata_conformance::provider::{Kind, SigningKey, jwks};
use mydata_http::identity::{
    Caching, Fetch as _, FetchRefusal, Fetches, HttpFetch, NotVerified, OidcResidents,
    Residents as _,
};
use mydata_http::ops::Shutdown;
use mydata_http::tls::{Tls, TlsClient, Trust};
use mydata_http::{Fixed, Limits, Server};
use mydata_identity::{Audience, IdentityRefusal, Issuer, Provider};
use papers::{Authority, GOOD, OLD};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const NOW: u64 = 1_736_236_800;
const HOST: &str = "id.town.example";
const ISSUER: &str = "https://id.town.example/realms/town";
const DISCOVERY: &str = "/realms/town/.well-known/openid-configuration";
const KEYS: &str = "/realms/town/certs";
const MOVED: &str = "/realms/town/moved";

type Published = Arc<Mutex<BTreeMap<&'static str, (StatusCode, String)>>>;

/// A provider behind TLS: what it publishes at which path, and how often it was asked.
struct Town {
    at: SocketAddr,
    tls: Tls,
    published: Published,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Town {
    async fn open(authority: &Authority) -> Self {
        let tls = Tls::new(authority.vouch(HOST, GOOD).identity()).unwrap();
        let (published, asked) = (Published::default(), Arc::<Mutex<Vec<String>>>::default());
        let (all, heard) = (Arc::clone(&published), Arc::clone(&asked));
        let router = Router::new().fallback(move |uri: Uri| {
            heard.lock().unwrap().push(uri.path().to_owned());
            let found = all.lock().unwrap().get(uri.path()).cloned();
            let (status, text) = found.unwrap_or((StatusCode::NOT_FOUND, String::new()));
            async move { answer(status, text) }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let server = Server::new(Limits::default()).with_tls(tls.clone());
        tokio::spawn(async move { server.run(listener, router, &Shutdown::new()).await });
        let town = Self {
            at,
            tls,
            published,
            asked,
        };
        let document = json!({ "issuer": ISSUER, "jwks_uri": format!("https://{HOST}{KEYS}") });
        town.publish(DISCOVERY, StatusCode::OK, document.to_string());
        town
    }

    fn publish(&self, path: &'static str, status: StatusCode, text: String) {
        self.published.lock().unwrap().insert(path, (status, text));
    }

    /// A new key, in place of the one before.
    fn key(&self, kid: &str) -> SigningKey {
        let key = SigningKey::generate(kid, Kind::EdDsa);
        let keys = [key];
        self.publish(KEYS, StatusCode::OK, jwks(&keys).to_string());
        let [key] = keys;
        key
    }

    /// What was asked for since this was asked last.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// Trusts these roots, and finds the provider by its name.
    fn fetch(&self, roots: &Authority) -> HttpFetch<HttpsConnector<Fixed>> {
        let client = TlsClient::new(Trust::Roots(roots.pem().as_bytes())).unwrap();
        HttpFetch::new(client.over(Fixed::new([(HOST.to_owned(), self.at)])))
    }

    fn residents(&self, roots: &Authority) -> OidcResidents<HttpFetch<HttpsConnector<Fixed>>> {
        let caching = Caching {
            refresh: Seconds::new(100),
            stale: Seconds::new(1000),
        };
        let fetch = self.fetch(roots);
        OidcResidents::new(provider(), caching, fetch, Arc::new(Ring)).unwrap()
    }
}

/// Each over a connection of its own, so that each certificate is seen.
fn answer(status: StatusCode, text: String) -> Response {
    let close = [(CONNECTION, "close")];
    match status.is_redirection() {
        true => (status, close, [(LOCATION, text)]).into_response(),
        false => (status, close, text).into_response(),
    }
}

fn provider() -> Provider {
    let issuer = Issuer::parse(ISSUER).unwrap();
    Provider::new(issuer, Audience::parse("youth-card").unwrap())
}

fn token(key: &SigningKey, seconds: u64) -> String {
    let now = NOW + seconds;
    let claims = json!({
        "iss": ISSUER, "aud": "youth-card", "sub": "ann", "typ": "Bearer", "iat": now, "exp": now + 300,
        "auth_time": now, "loa": "substantial",
    });
    key.token(&json!({}), &claims)
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(NOW + seconds).unwrap()
}

const UNAVAILABLE: Option<NotVerified> = Some(NotVerified::Unavailable);

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_over_tls_from_who_is_vouched_for() {
    let (ours, theirs) = (Authority::new("town"), Authority::new("land"));
    let town = Town::open(&ours).await;
    let key = town.key("a");
    let residents = town.residents(&ours);
    let verified = residents.verify(&token(&key, 0), at(0)).await;
    assert_eq!(verified.unwrap().subject().expose().as_str(), "ann");
    assert_eq!(town.asked(), [DISCOVERY, KEYS]);
    // Where they are is known; a new key is fetched there.
    let next = town.key("b");
    assert!(residents.verify(&token(&next, 1), at(1)).await.is_ok());
    assert_eq!(town.asked(), [KEYS]);
    assert_eq!(residents.fetches(), Fetches { good: 2, failed: 0 });
    // Under another root nobody is believed, and nobody is asked for anything.
    let strangers = town.residents(&theirs);
    let refused = strangers.verify(&token(&next, 1), at(1)).await.err();
    assert_eq!(refused, UNAVAILABLE);
    assert_eq!(strangers.fetches(), Fetches { good: 0, failed: 1 });
    assert!(town.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_certificate_is_not_taken_has_a_code() {
    let (ours, theirs) = (Authority::new("town"), Authority::new("town"));
    let town = Town::open(&ours).await;
    let keys: Uri = format!("https://{HOST}{DISCOVERY}").parse().unwrap();
    assert!(town.fetch(&ours).get(&keys).await.is_ok());
    let untrusted = Err(FetchRefusal::Untrusted);
    assert_eq!(town.fetch(&theirs).get(&keys).await, untrusted);
    for (authority, name, until) in [
        (&ours, "other.example", GOOD),
        (&ours, HOST, OLD),
        (&theirs, HOST, GOOD),
    ] {
        let paper = authority.vouch(name, until);
        town.tls.renew(paper.identity()).unwrap();
        assert_eq!(town.fetch(&ours).get(&keys).await, untrusted, "{name}");
    }
    assert_eq!(town.asked().len(), 1);
    // Whoever is not there is no case for a certificate, and neither is who speaks no TLS.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = nobody.local_addr().unwrap();
    let plain = std::thread::spawn(move || {
        let (mut stream, _) = nobody.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{}").unwrap();
    });
    let client = TlsClient::new(Trust::Roots(ours.pem().as_bytes())).unwrap();
    let fetch = HttpFetch::new(client.over(Fixed::new([(HOST.to_owned(), gone)])));
    let unreachable = Err(FetchRefusal::Unreachable);
    assert_eq!(fetch.get(&keys).await, unreachable);
    plain.join().unwrap();
    assert_eq!(fetch.get(&keys).await, unreachable);
    // The clients of a city speak no plain text, were the address to ask for it.
    let plain: Uri = format!("http://{HOST}{DISCOVERY}").parse().unwrap();
    assert_eq!(town.fetch(&ours).get(&plain).await, unreachable);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_keys_serve_while_the_provider_cannot_show_who_it_is() {
    let (ours, theirs) = (Authority::new("town"), Authority::new("land"));
    let town = Town::open(&ours).await;
    let key = town.key("a");
    let residents = town.residents(&ours);
    assert!(residents.verify(&token(&key, 0), at(0)).await.is_ok());
    // Somebody else sits there now, with a key of the same id and one of their own.
    let theirs = theirs.vouch(HOST, GOOD);
    town.tls.renew(theirs.identity()).unwrap();
    let (same, own) = (town.key("a"), SigningKey::generate("x", Kind::EdDsa));
    let refused = |seconds, key| {
        let (residents, token) = (&residents, token(key, seconds));
        async move { residents.verify(&token, at(seconds)).await.err() }
    };
    let signature = Some(NotVerified::Refused(IdentityRefusal::Signature));
    assert_eq!(refused(1, &same).await, signature);
    assert_eq!(refused(1, &own).await, UNAVAILABLE);
    assert_eq!(residents.fetches(), Fetches { good: 1, failed: 1 });
    assert_eq!(refused(1000, &key).await, None);
    assert_eq!(refused(1001, &key).await, UNAVAILABLE);
    assert_eq!(residents.fetches().good, 1);
    assert_eq!(town.asked(), [DISCOVERY, KEYS], "nobody else was asked");
    // The provider is back.
    let paper = ours.vouch(HOST, GOOD);
    town.tls.renew(paper.identity()).unwrap();
    let new = town.key("b");
    assert_eq!(refused(1100, &new).await, None);
    assert_eq!(
        refused(1100, &key).await,
        Some(NotVerified::Refused(IdentityRefusal::Kid))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_provider_leads_anywhere_else() {
    let ours = Authority::new("town");
    let town = Town::open(&ours).await;
    let key = town.key("a");
    let there = town.published.lock().unwrap().get(KEYS).cloned();
    town.publish(MOVED, StatusCode::OK, there.unwrap().1);
    for status in [StatusCode::FOUND, StatusCode::PERMANENT_REDIRECT] {
        town.publish(KEYS, status, format!("https://{HOST}{MOVED}"));
        let residents = town.residents(&ours);
        let refused = residents.verify(&token(&key, 0), at(0)).await.err();
        assert_eq!(refused, UNAVAILABLE, "{status}");
        assert_eq!(town.asked(), [DISCOVERY, KEYS]);
        let address: Uri = format!("https://{HOST}{KEYS}").parse().unwrap();
        let said = town.fetch(&ours).get(&address).await;
        assert_eq!(said, Err(FetchRefusal::Unreachable));
        assert_eq!(town.asked(), [KEYS]);
    }
    // Keys in plain text are keys at another origin, on the loopback too.
    for keys in [
        format!("http://{HOST}{MOVED}"),
        format!("http://{}{MOVED}", town.at),
        format!("https://{HOST}:444{MOVED}"),
    ] {
        let document = json!({ "issuer": ISSUER, "jwks_uri": keys });
        town.publish(DISCOVERY, StatusCode::OK, document.to_string());
        let residents = town.residents(&ours);
        let refused = residents.verify(&token(&key, 0), at(0)).await.err();
        assert_eq!(refused, UNAVAILABLE, "{keys}");
        assert_eq!(town.asked(), [DISCOVERY]);
    }
    // An issuer in plain text is on the loopback, or is none.
    for (issuer, is_good) in [
        ("http://127.0.0.1:8080/realms/town", true),
        ("http://[::1]:8080/realms/town", true),
        ("http://id.town.example/realms/town", false),
        ("http://127.0.0.1.town.example/", false),
    ] {
        let made = Issuer::parse(issuer).ok().is_some_and(|issuer| {
            let provider = Provider::new(issuer, Audience::parse("youth-card").unwrap());
            let (fetch, crypto) = (town.fetch(&ours), Arc::new(Ring));
            OidcResidents::new(provider, Caching::default(), fetch, crypto).is_ok()
        });
        assert_eq!(made, is_good, "{issuer}");
    }
}

#[tokio::test]
async fn the_code_is_written_down_and_not_told() {
    logged::begin();
    let (ours, theirs) = (Authority::new("town"), Authority::new("land"));
    let town = Town::open(&ours).await;
    let key = town.key("a");
    let refused = town.residents(&theirs).verify(&token(&key, 0), at(0)).await;
    assert_eq!(refused.err(), UNAVAILABLE);
    let text = logged::written();
    let told = |line: &&str| line.contains("provider_untrusted");
    assert!(text.lines().any(|line| told(&line)), "{text}");
    let mut lines = text.lines().filter(told);
    assert!(!lines.any(|line| line.contains("ann")), "{text}");
}
