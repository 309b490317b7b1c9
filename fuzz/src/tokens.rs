//! Addresses, audiences, requests, tokens, and the memory of a source.

use crate::bound::bounded;
use crate::{compact, compact_with, dpop_fixture, fixture, payload};
use mydata::core::crypto::{Crypto as _, Signer as _};
use mydata::core::id::{Nonce, ServiceId};
use mydata::core::json::{self, Limits};
use mydata::core::jwk::{KeyHistory, KeySet};
use mydata::core::jws::Unsigned;
use mydata::core::resource::{Origin, ResourceUrl};
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::Ring;
use mydata::token::access::{Access, Gate};
use mydata::token::audience::{Audience, AudiencePattern};
use mydata::token::claims::{Token, TokenText};
use mydata::token::dpop::DpopProof;
use mydata::token::introspection::Introspection;
use mydata::token::party::{PartyQuestion, PartyRequest, Sender, Senders, authenticate};
use mydata::token::proof::{DataRequest, parse_authorization};
use mydata::token::replay::{ReplayGuard, ReplayKey, TwoGenerations, Witness};
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use mydata_conformance::world::START;
use std::collections::BTreeSet;
use std::sync::OnceLock;

fn home() -> Origin {
    Origin::parse("https://source.example").unwrap()
}

/// Addresses decide who may have what, so each has one spelling: what is accepted comes out octet
/// for octet, has no way up and hides nothing.
pub fn resource_url(text: &str) {
    let length = text.len();
    if let Ok(url) = bounded(length, || ResourceUrl::parse(text)) {
        assert_eq!(url.as_str(), text);
        assert_eq!([url.origin().as_str(), url.path()].concat(), text);
        assert_eq!(url.origin().at(url.path()), Ok(url.clone()));
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:".contains(c);
        assert!(url.authority().chars().all(is_plain));
        assert!(!url.authority().contains(".."));
        let lower = text.to_ascii_lowercase();
        let hidden = [
            "%2e", "%2f", "%5c", "%00", "%25", "\\", "?", "#", "/../", "/./",
        ];
        assert!(hidden.iter().all(|part| !lower.contains(part)));
    }
    if let Ok(origin) = bounded(length, || Origin::parse(text)) {
        assert_eq!(origin.at("/a").unwrap().origin(), origin);
    }
}

/// A request line and headers as they come: target, method, and a header a line. What is made of them is
/// what came, at the origin that the source is configured to be.
pub fn http_request(text: &str) {
    let mut lines = text.split('\n');
    let target = lines.next().unwrap_or_default();
    let method = lines.next().unwrap_or("GET");
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let origin = home();
    let request = bounded(text.len(), || {
        HttpRequest::received(&origin, target, method, text.as_bytes())
    });
    let Ok(request) = request else { return };
    assert_eq!(request.url().origin(), origin);
    assert_eq!(request.method(), method);
    let written = match request.query() {
        Some(query) => [request.url().path(), "?", query].concat(),
        None => request.url().path().to_owned(),
    };
    assert_eq!(written, target);
    if let Ok(request) = bounded(text.len(), || request.with_headers(&headers)) {
        assert_eq!(request.headers(), headers);
        assert!(
            !headers
                .iter()
                .any(|(_, value)| value.contains(['\r', '\n', '\0']))
        );
    }
}

/// Patterns say where a token is good. A pattern never reaches another origin, and an audience is
/// written as it was read.
pub fn audience(text: &str) {
    let length = text.len();
    let (url, rest) = text.split_once('\n').unwrap_or((text, ""));
    let url = bounded(length, || ResourceUrl::parse(url));
    let pattern = bounded(length, || AudiencePattern::parse(rest));
    if let (Ok(url), Ok(pattern)) = (url, pattern) {
        let below = [url.origin().as_str(), "/"].concat();
        let is_below = pattern.as_str().starts_with(&below);
        assert!(is_below || !pattern.matches(&url));
        assert_eq!(
            pattern.as_str() == url.as_str(),
            pattern.matches(&url) && !rest.ends_with('*')
        );
    }
    let read = || json::from_slice::<Audience>(text.as_bytes(), Limits::TOKEN);
    if let Ok(audience) = bounded(length, read) {
        let written = json::to_vec(&audience).unwrap();
        assert_eq!(json::from_slice(&written, Limits::TOKEN), Ok(audience));
    }
}

/// The whole decision of a source about one request. The first octet says how the rest is carried:
/// as the header, as what the sink signs, or as the token that the operator signs; so the rules
/// behind the signatures are reached as well. What is granted is granted once.
pub fn authorization_header(data: &[u8]) {
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    let fixture = fixture();
    let world = &fixture.world;
    let by_sink =
        |payload: &[u8]| ["PoP ", &compact::<DataRequest>(payload, &world.sink.pop)].concat();
    let header = match how % 3 {
        0 => String::from_utf8_lossy(rest).into_owned(),
        1 => by_sink(rest),
        _ => {
            let token = compact::<Token>(rest, &world.token_key);
            let honest = payload(&fixture.authorization);
            let mut proof: serde_json::Value = serde_json::from_slice(&honest).unwrap();
            proof["at"] = token.into();
            by_sink(&serde_json::to_vec(&proof).unwrap())
        }
    };
    let _ = bounded(header.len(), || parse_authorization(&header).is_ok());
    let origin = home();
    let headers = [("Content-Type", "text/plain"), ("b", "1"), ("B", "2")];
    let request = HttpRequest::received(&origin, "/data/a", "GET", b"").unwrap();
    let request = request.with_headers(&headers).unwrap();
    let mut replay = TwoGenerations::without_past(&Window::default(), 10, world.now);
    let mut gate = Gate {
        replay: &mut replay,
        tokens: None,
    };
    let mut ask = || {
        let service = &world.source.service;
        bounded(header.len(), || {
            service.answer(&header, &request, world.now, &Ring, &mut gate)
        })
    };
    if let Access::Granted(grant) = ask() {
        assert_eq!(*grant.consent_id(), fixture.ids.source);
        assert_eq!(grant.dataset().as_str(), "src/a");
        assert!(ask().granted().is_err());
    }
}

/// The whole decision about a request by DPoP. The first octet says how the rest is carried: as the proof,
/// as what the sink signs, as the header above what it signs, or as the token. What is granted is granted
/// once.
pub fn dpop(data: &[u8]) {
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    let fixture = dpop_fixture();
    let world = &fixture.world;
    let pop = &world.sink.pop;
    let honest = payload(fixture.dpop.as_deref().unwrap());
    let text = String::from_utf8_lossy(rest);
    let mut authorization = fixture.authorization.clone();
    let proof = match how % 4 {
        0 => text.into_owned(),
        1 => compact::<DpopProof>(rest, pop),
        2 => compact_with(&text, &honest, pop),
        _ => {
            let token = compact::<Token>(rest, &world.token_key);
            let mut claims: serde_json::Value = serde_json::from_slice(&honest).unwrap();
            claims["ath"] = Ring.sha256(token.as_bytes()).to_base64url().into();
            authorization = ["DPoP ", &token].concat();
            compact::<DpopProof>(&serde_json::to_vec(&claims).unwrap(), pop)
        }
    };
    let length = authorization.len() + proof.len();
    let origin = home();
    let headers = [("X-Purpose", "care"), ("DPoP", proof.as_str())];
    let request = HttpRequest::received(&origin, "/data/a", "GET", b"").unwrap();
    let Ok(request) = bounded(length, || request.with_headers(&headers)) else {
        return;
    };
    let request = request.demanding(&["x-more"]);
    let mut replay = TwoGenerations::without_past(&Window::default(), 10, world.now);
    let mut gate = Gate {
        replay: &mut replay,
        tokens: None,
    };
    let mut ask = || {
        let service = &world.source.service;
        bounded(length, || {
            service.answer(&authorization, &request, world.now, &Ring, &mut gate)
        })
    };
    if let Access::Granted(grant) = ask() {
        assert_eq!(*grant.consent_id(), fixture.ids.source);
        assert_eq!(grant.dataset().as_str(), "src/a");
        assert!(ask().granted().is_err());
    }
}

/// The keys of the fixture, as those whom a receiver knows.
#[derive(Debug)]
struct Town;

impl Senders for Town {
    fn keys_of(&self, sender: &Sender) -> Option<KeyHistory> {
        let world = &fixture().world;
        match sender {
            Sender::Operator(id) if *id == world.operator_id => {
                Some(KeySet::from(world.status_key.public().clone()).into())
            }
            Sender::Service(id) if id.as_str() == "source" => {
                Some(world.source.registered.keys.clone())
            }
            Sender::Operator(_) | Sender::Service(_) => None,
        }
    }
}

const MEDIA: (&str, &str) = ("content-type", "application/json");

fn asked(origin: &Origin) -> HttpRequest<'_> {
    HttpRequest::received(origin, "/link?round=1", "POST", b"{}").unwrap()
}

/// The proof of the source that it asks what [`party`] is asked.
pub fn party_proof() -> String {
    let world = &fixture().world;
    let origin = home();
    let request = asked(&origin).with_headers(&[MEDIA]).unwrap();
    let sender = Sender::Service(ServiceId::parse("source").unwrap());
    let nonce = Nonce::from_random([7; 16]);
    let proof = PartyRequest::new(&sender, &request, world.now, nonce, &Ring);
    let signed = Unsigned::new(proof).sign(&world.source.key).unwrap();
    signed.seal().to_compact().unwrap()
}

/// Who has sent a request. The first octet says how the rest is carried: as the header, as what a service signs,
/// or as what the operator signs. Whoever is believed is the one that has signed, and is believed once.
pub fn party(data: &[u8]) {
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    let world = &fixture().world;
    let signed = |key| ["PoP ", &compact::<PartyRequest>(rest, key)].concat();
    let header = match how % 3 {
        0 => String::from_utf8_lossy(rest).into_owned(),
        1 => signed(&world.source.key),
        _ => signed(&world.status_key),
    };
    let origin = home();
    let headers = [("authorization", header.as_str()), MEDIA];
    let request = asked(&origin);
    let Ok(request) = bounded(header.len(), || request.with_headers(&headers)) else {
        return;
    };
    let request = request.demanding(&["content-type"]);
    let mut replay = TwoGenerations::without_past(&Window::default(), 10, world.now);
    let question = PartyQuestion {
        request: &request,
        now: world.now,
        window: Window::default(),
        senders: &Town,
        crypto: &Ring,
    };
    let mut ask = || bounded(header.len(), || authenticate(&question, &mut replay));
    if let Ok(who) = ask() {
        let by = match who.sender() {
            Sender::Service(_) => 1,
            Sender::Operator(_) => 2,
        };
        // What nobody has signed here is a seed, which the service has.
        assert_eq!(if how % 3 == 0 { 1 } else { how % 3 }, by);
        assert!(ask().is_err());
    }
}

/// Any text may be asked about as a token, and any answer read. A text that is good is the one that
/// was issued, and an answer is written as it was read.
pub fn introspection(text: &str) {
    let (world, source) = (&fixture().world, ServiceId::parse("source").unwrap());
    let length = text.len();
    let token = TokenText::new(text);
    let account = &world.account;
    let answer = bounded(length, || {
        account.introspect_token(&source, &token, world.now, &Ring)
    });
    assert_eq!(answer.is_active(), text == fixture().token.as_str());
    let read = || json::from_slice::<Introspection>(text.as_bytes(), Limits::TOKEN);
    if let Ok(answer) = bounded(length, read) {
        let written = json::to_vec(&answer).unwrap();
        assert_eq!(json::from_slice(&written, Limits::TOKEN), Ok(answer));
    }
}

/// A guard that keeps what it is asked: nobody else can make a key of the memory.
#[derive(Debug, Default)]
struct Catch(Vec<ReplayKey>);

impl ReplayGuard for Catch {
    fn witness(&mut self, key: ReplayKey, _: Timestamp) -> Witness {
        self.0.push(key);
        Witness::First
    }
}

/// The keys of 32 honest requests, seven seconds apart.
fn requests() -> &'static [ReplayKey] {
    static REQUESTS: OnceLock<Vec<ReplayKey>> = OnceLock::new();
    REQUESTS.get_or_init(|| {
        let (mut world, ids) = crate::consented();
        let mut caught = Catch::default();
        for _ in 0..32 {
            world.wait(7);
            let token = world.token(&ids.sink).unwrap();
            let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
            let origin = home();
            let request = HttpRequest::received(&origin, "/data/a", "GET", b"").unwrap();
            let mut gate = Gate {
                replay: &mut caught,
                tokens: None,
            };
            let service = &world.source.service;
            let header = &prepared.authorization;
            let access = service.answer(header, &request, world.now, &Ring, &mut gate);
            assert!(access.granted().is_ok());
        }
        assert_eq!(caught.0.len(), 32);
        caught.0
    })
}

/// A guard under any window and any clock. Three octets choose the window and the room; then each two are a
/// step of the clock, forwards or back, and a request that comes. No request is new twice, the guard never
/// holds more than two generations, and it is full only when one of them is.
pub fn replay_guard(data: &[u8]) {
    let &[past, future, room, ref steps @ ..] = data else {
        return;
    };
    let (past, future) = (u32::from(past) * 2, u32::from(future));
    let [past, future] = [past, future].map(Seconds::new);
    let Some(window) = Window::new(past, future, future) else {
        return;
    };
    assert!((1..=300).contains(&past.get()) && future.get() <= 30);
    let capacity = usize::from(room % 16);
    // A guard without room would let nobody in: it has room for one.
    let most = capacity.max(1);
    let mut now = Timestamp::from_seconds(START).unwrap();
    let mut guard = match room / 16 % 2 {
        0 => TwoGenerations::without_past(&window, capacity, now),
        _ => TwoGenerations::starting(&window, capacity, now),
    };
    let mut new = BTreeSet::new();
    for step in steps.chunks_exact(2).take(512) {
        let &[clock, which] = step else { return };
        let seconds = Seconds::new(u32::from(clock & 127));
        now = match clock >> 7 {
            0 => now.plus(seconds),
            _ => now.minus(seconds),
        };
        let key = requests()[usize::from(which) % 32];
        match guard.witness(key, now) {
            Witness::First => assert!(new.insert(*key.octets()), "new twice"),
            Witness::Again => assert!(new.contains(key.octets())),
            Witness::Full => assert!(guard.len() >= most),
            Witness::BeforeMemory => assert!(key.signed_at() < guard.since()),
        }
        assert!(guard.len() <= 2 * most);
    }
}
