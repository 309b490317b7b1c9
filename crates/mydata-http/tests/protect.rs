//! The layer before routes that know nothing of it: what comes through, what does not, and with which word.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod town;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use axum::routing::{any, get};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use mydata::core::id::{DatasetId, PurposeId};
use mydata::record::consent::ConsentChange;
use mydata::service::{PreparedRequest, Transfer, Want};
use mydata_http::ops::Rate;
use mydata_http::{Bounds, Granted, MemoryLog, Protect, service_api};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use tokio::net::TcpListener;
use tower_layer::Layer as _;
use town::{Demo, Pair, Person, Town, code_of, raw, status_of};

/// The request as text, to the source or to whoever stands for it.
fn text(method: &str, target: &str, prepared: &PreparedRequest, body: &str) -> String {
    let lines: String = prepared
        .headers()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = match body.is_empty() {
        true => String::new(),
        false => format!("Content-Length: {}\r\n", body.len()),
    };
    format!("{method} {target} HTTP/1.1\r\nHost: source.example\r\n{length}{lines}\r\n{body}")
}

fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

/// Somebody who has consented to `src/a`, for `care`.
async fn consented(town: &Town) -> (Person<'_>, Pair) {
    let ann = town.linked("ann").await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    (ann, pair)
}

async fn listening(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What the sink wants of the source on its consent.
fn want(pair: &Pair) -> Want<'_> {
    static OF: LazyLock<(PurposeId, DatasetId)> = LazyLock::new(|| {
        let purpose = PurposeId::parse("care").unwrap();
        (purpose, DatasetId::parse("src/a").unwrap())
    });
    Want::get(&pair.sink, &OF.0, &OF.1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_is_reached_by_what_was_granted_and_by_nothing_else() {
    let town = Town::new().await;
    let (_ann, pair) = consented(&town).await;
    let reached = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reached);
    let handler = move |granted: Granted, headers: HeaderMap, body: String| async move {
        count.fetch_add(1, Ordering::SeqCst);
        // The credentials have ended before.
        assert!(!headers.contains_key("authorization") && !headers.contains_key("dpop"));
        format!("{} {}", granted.into_grant().dataset(), body.len())
    };
    let routes = Router::new().route("/data/a", any(handler.clone()));
    let routes = routes.route("/data/b", any(handler));
    let protect = Protect::new(Arc::clone(&town.source.desk));
    let address = listening(routes.route_layer(protect)).await;

    let want = want(&pair);
    let prepared = town.prepared(&want).await;
    let sent = text("GET", "/data/a", &prepared, "");
    let answer = raw(address, &sent).await;
    assert_eq!(
        (status_of(&answer), body_of(&answer)),
        (200, "src/a 0"),
        "{answer}"
    );
    // Once.
    let again = raw(address, &sent).await;
    assert_eq!(status_of(&again), 401);
    assert_eq!(code_of(&again), "request_not_authentic");
    assert!(again.contains("www-authenticate: PoP, DPoP"), "{again}");
    assert!(again.contains("cache-control: no-store"), "{again}");

    let other = [
        ("GET", "/data/a?all=1", ""),
        ("POST", "/data/a", ""),
        ("GET", "/data/a", "x"),
        ("GET", "/data/b", ""),
    ];
    for (method, target, body) in other {
        let prepared = town.prepared(&want).await;
        let answer = raw(address, &text(method, target, &prepared, body)).await;
        let found = (status_of(&answer), code_of(&answer));
        assert_eq!(
            found,
            (401, "request_not_authentic".to_owned()),
            "{method} {target}"
        );
    }
    let bare = raw(
        address,
        "GET /data/a HTTP/1.1\r\nHost: source.example\r\n\r\n",
    )
    .await;
    assert_eq!(code_of(&bare), "request_not_authentic");
    let twice = sent.replacen(
        "Authorization",
        "Authorization: PoP a.b.c\r\nAuthorization",
        1,
    );
    let twice = raw(address, &twice).await;
    assert_eq!(
        (status_of(&twice), code_of(&twice)),
        (400, "http_header_twice".to_owned())
    );
    assert_eq!(reached.load(Ordering::SeqCst), 1);

    // With query and body that are signed it comes through.
    let want = Want {
        method: "POST",
        query: Some("all=1"),
        body: b"{}",
        ..want
    };
    let prepared = town.prepared(&want).await;
    let answer = raw(address, &text("POST", "/data/a?all=1", &prepared, "{}")).await;
    assert_eq!(body_of(&answer), "src/a 2", "{answer}");
    assert_eq!(reached.load(Ordering::SeqCst), 2);

    let written = town.source.desk.program().transfers();
    let granted = |outcome| {
        written
            .iter()
            .filter(|entry| entry.outcome == outcome)
            .count()
    };
    assert_eq!(
        (granted(Transfer::Granted), granted(Transfer::Denied)),
        (2, 6)
    );
    let of = |entry: &&mydata::service::TransferEntry| entry.outcome == Transfer::Denied;
    // Of whoever has proven nothing nothing stands there.
    assert!(
        written
            .iter()
            .filter(of)
            .all(|entry| entry.surrogate_id.is_none())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_given_that_cannot_be_written_down() {
    let town = Town::new().await;
    let (_ann, pair) = consented(&town).await;
    let want = want(&pair);
    town.source.desk.program().break_disk(true);
    let fault = town.sink.desk.fetch(&want).await.unwrap_err();
    assert_eq!(fault.code(), "http_unreachable");
    town.source.desk.program().break_disk(false);
    assert!(town.sink.desk.fetch(&want).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_told_to_whoever_has_proven_to_be_the_sink() {
    let town = Town::new().await;
    let (ann, pair) = consented(&town).await;
    let want = want(&pair);
    let prepared = town.prepared(&want).await;
    ann.change(&pair.sink, ConsentChange::Disable).await;
    town.deliver().await;
    let desk = Arc::clone(&town.source.desk);
    let routes = Router::new().route("/data/a", get(async |_: Granted| "data"));
    let address = listening(routes.route_layer(Protect::new(desk))).await;
    let answer = raw(address, &text("GET", "/data/a", &prepared, "")).await;
    assert_eq!(status_of(&answer), 403);
    assert_eq!(code_of(&answer), "consent_disabled");
    assert!(!answer.contains("www-authenticate"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_writes_no_row_above_the_rate() {
    let town = Town::new().await;
    let bounds = Bounds {
        rate: Some(Rate::new(1, 20)),
        ..Bounds::default()
    };
    let desk = Arc::new(town.desk_within(&town.source, bounds, Demo::default()));
    let log = Arc::new(MemoryLog::new());
    let routes = Router::new().route("/data/a", get(async |_: Granted| "data"));
    let protect = Protect::new(Arc::clone(&desk)).logged(Arc::clone(&log));
    let routes = routes.route_layer(protect);
    town.put_source(service_api(Arc::clone(&desk)).merge(routes));
    let ann = town.sign_up("ann").await;
    let code = ann.begin(&town.source).await;
    town.deliver().await;
    desk.confirm(&code).await.unwrap();
    town.deliver().await;
    ann.link(&town.sink).await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    let prepared = town.prepared(&want(&pair)).await;
    ann.change(&pair.sink, ConsentChange::Withdraw).await;
    town.deliver().await;
    let sent = text("GET", "/data/a", &prepared, "");
    let mut answers = Vec::new();
    for _ in 0..60 {
        answers.push(status_of(&raw(town.source_at, &sent).await));
    }
    let count = |of: u16| answers.iter().filter(|status| **status == of).count();
    let (refused, late) = (count(403), count(429));
    assert!(refused >= 20 && late > 0, "{answers:?}");
    assert_eq!(refused + late, answers.len(), "{answers:?}");
    assert_eq!(log.rows().len(), refused);
    assert_eq!(desk.program().transfers().len(), refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_above_its_rate_takes_no_place_from_others() {
    let bounds = Bounds {
        replay: 80,
        rate: Some(Rate::new(1, 40)),
        ..Bounds::default()
    };
    let town = Town::with(&["modest".to_owned()], bounds).await;
    let (ann, pair) = consented(&town).await;
    let modest = &town.others[0];
    ann.link(modest).await;
    let theirs = ann.consent_to(modest, "care", &["src/a"]).await;
    town.deliver().await;
    let sent = async |prepared: &PreparedRequest| {
        let sent = text("GET", "/data/a", prepared, "");
        status_of(&raw(town.source_at, &sent).await)
    };
    // More than could be remembered.
    let mut answers = Vec::new();
    let many = town.many_prepared(&want(&pair), 100).await;
    for prepared in &many {
        answers.push(sent(prepared).await);
    }
    let count = |of: u16| answers.iter().filter(|status| **status == of).count();
    let (served, late) = (count(200), count(429));
    assert!(served >= 40 && late > 20, "{answers:?}");
    assert_eq!(served + late, answers.len(), "{answers:?}");
    // What was not remembered was not answered either: it may come again, and does not come twice.
    let others = town.many_prepared_by(modest, &want(&theirs), 15).await;
    for prepared in &others {
        assert_eq!(sent(prepared).await, 200);
    }
    // What comes again uses up the rate of whoever signed it, and nobody else's.
    let again = many.first().unwrap();
    assert!([401, 429].contains(&sent(again).await));
    assert_eq!(sent(others.first().unwrap()).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_service_of_hyper_is_protected() {
    let town = Town::new().await;
    let (_ann, pair) = consented(&town).await;
    let inner = tower_fn(async |mut request: Request<Body>| {
        let granted = Granted::take(request.extensions_mut());
        let text = granted.map(|granted| granted.dataset().to_string());
        // Taken once.
        assert!(Granted::take(request.extensions_mut()).is_err());
        Ok::<_, Infallible>(axum::http::Response::new(text.unwrap()))
    });
    let service = Protect::new(Arc::clone(&town.source.desk)).layer(inner);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            let server = hyper::server::conn::http1::Builder::new();
            let serving = server.serve_connection(TokioIo::new(stream), service);
            tokio::spawn(serving);
        }
    });
    let prepared = town.prepared(&want(&pair)).await;
    let sent = text("GET", "/data/a", &prepared, "");
    let answer = raw(address, &sent).await;
    assert_eq!(
        (status_of(&answer), body_of(&answer)),
        (200, "src/a"),
        "{answer}"
    );
    assert_eq!(status_of(&raw(address, &sent).await), 401);
}

/// A service of tower that is a function.
fn tower_fn<F>(function: F) -> Function<F> {
    Function(function)
}

#[derive(Clone)]
struct Function<F>(F);

impl<F, R> tower_service::Service<Request<Body>> for Function<F>
where
    F: Fn(Request<Body>) -> R,
    R: Future<Output = Result<axum::http::Response<String>, Infallible>>,
{
    type Response = axum::http::Response<String>;
    type Error = Infallible;
    type Future = R;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> R {
        (self.0)(request)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_without_protection_gives_nothing() {
    let routes = Router::new().route("/data/a", get(async |_: Granted| "data"));
    let address = listening(routes).await;
    let answer = raw(
        address,
        "GET /data/a HTTP/1.1\r\nHost: source.example\r\n\r\n",
    )
    .await;
    assert_eq!(
        (status_of(&answer), code_of(&answer)),
        (500, "http_internal".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_may_demand_a_nonce_of_its_own() {
    let town = Town::new().await;
    let (_ann, pair) = consented(&town).await;
    let routes = Router::new().route("/data/a", get(async |_: Granted| "data"));
    let desk = Arc::clone(&town.source.desk);
    let address = listening(routes.route_layer(Protect::new(Arc::clone(&desk)))).await;
    desk.turn_nonces().unwrap();
    let want = want(&pair);
    let prepared = town.prepared(&want).await;
    let answer = raw(address, &text("GET", "/data/a", &prepared, "")).await;
    assert_eq!(
        (status_of(&answer), &*code_of(&answer)),
        (401, "proof_nonce_needed"),
        "{answer}"
    );
    assert!(answer.contains("use_dpop_nonce"), "{answer}");
    let nonce = answer
        .lines()
        .find_map(|line| line.strip_prefix("dpop-nonce: "));
    let nonce = mydata::core::id::Nonce::parse(nonce.unwrap()).unwrap();
    let prepared = town.prepared(&want.with_nonce(&nonce)).await;
    let sent = text("GET", "/data/a", &prepared, "");
    desk.turn_nonces().unwrap();
    assert_eq!(
        status_of(&raw(address, &sent).await),
        200,
        "the one before is taken"
    );
    // What is two turns old is not.
    let prepared = town.prepared(&want.with_nonce(&nonce)).await;
    desk.turn_nonces().unwrap();
    let answer = raw(address, &text("GET", "/data/a", &prepared, "")).await;
    assert_eq!(status_of(&answer), 401);
    // A sink that fetches through its desk learns the nonce, and asks again by itself.
    assert!(town.sink.desk.fetch(&want).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_may_prove_its_key_by_dpop() {
    let town = Town::new().await;
    let desk = town.desk_with(&town.sink, Demo::default());
    let desk = Arc::new(desk.without_past().by_dpop());
    town.put_sink(service_api(Arc::clone(&desk)));
    let ann = town.sign_up("ann").await;
    ann.link(&town.source).await;
    let code = ann.begin(&town.sink).await;
    town.deliver().await;
    desk.confirm(&code).await.unwrap();
    town.deliver().await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    let want = want(&pair);
    let answer = desk.fetch(&want).await.unwrap();
    assert!(answer.body.starts_with(b"{\"of\":"));
    // It was DPoP: two headers, and neither is good without the other.
    let token = desk.token(&pair.sink).await.unwrap();
    let prepared = town.prepared_for(&desk, &want, &token);
    assert!(prepared.authorization.starts_with("DPoP "));
    let sent = text("GET", "/data/a", &prepared, "");
    let proof = format!("DPoP: {}\r\n", prepared.dpop.as_deref().unwrap());
    let without = raw(town.source_at, &sent.replacen(&proof, "", 1)).await;
    assert_eq!(status_of(&without), 401);
    let twice = raw(town.source_at, &sent.replacen(&proof, &proof.repeat(2), 1)).await;
    assert_eq!(code_of(&twice), "http_header_twice");
    assert_eq!(status_of(&raw(town.source_at, &sent).await), 200);
    // A source that demands nonces gives one, and is asked again with it.
    town.source.desk.turn_nonces().unwrap();
    assert!(desk.fetch(&want).await.is_ok());
}
