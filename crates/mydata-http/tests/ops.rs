//! How often one may ask, what is counted, and whether a process says truly how it is.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod town;

use axum::Router;
use axum::routing::get;
use mydata::core::id::{OperatorId, ServiceId};
use mydata::core::time::{Seconds, Timestamp};
use mydata::record::consent::ConsentChange;
use mydata_http::ops::{
    Condition, Health, Limiter, MOST_NAMES, Metrics, Rate, Shutdown, Side, Signed, ops_api,
    unconfirmed,
};
use mydata_http::{Limits, Server, ops};
use mydata_store::{Clock as _, SystemClock, Traffic};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use town::{Town, code_of, raw, status_of};

const fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn whoever_asks_too_often_waits_and_nobody_else() {
    let limiter = Limiter::new(Rate::new(10, 5));
    for _ in 0..5 {
        assert_eq!(limiter.take(&"ann", at(0)), Ok(()));
    }
    assert_eq!(limiter.take(&"ann", at(0)), Err(at(100)));
    assert_eq!(limiter.take(&"ann", at(99)), Err(at(1)));
    assert_eq!(limiter.take(&"ben", at(99)), Ok(()));
    // To look is not to take, and what was refused was not counted.
    assert_eq!(limiter.peek(&"ann", at(100)), Ok(()));
    assert_eq!(limiter.take(&"ann", at(100)), Ok(()));
    assert_eq!(limiter.take(&"ann", at(100)), Err(at(100)));
    // After a while all is there again, and no more than that.
    for _ in 0..5 {
        assert_eq!(limiter.take(&"ann", at(10_000)), Ok(()));
    }
    assert!(limiter.take(&"ann", at(10_000)).is_err());
    // A clock that is set back shuts nobody out for long.
    assert!(
        limiter
            .take(&"ann", at(500))
            .is_err_and(|wait| wait <= at(500))
    );
}

#[test]
fn over_a_long_time_it_is_the_rate_and_the_burst() {
    let limiter = Limiter::new(Rate::new(7, 3));
    let taken = (0..100_000).filter(|now| limiter.take(&(), at(*now)).is_ok());
    let taken = taken.count();
    assert!((700..=704).contains(&taken), "{taken}");
}

#[test]
fn callers_are_remembered_in_bounded_room() {
    let limiter = Limiter::with_capacity(Rate::new(10, 5), 100);
    let known = limiter.take(&0, at(0));
    let taken = (0..100_000).filter(|caller| limiter.take(caller, at(1)).is_ok());
    let taken = taken.count();
    assert!(known.is_ok() && limiter.callers() <= 200);
    // A hundred that are known, and five of all others together.
    assert_eq!(taken, 105);
    // Whoever is known has what is left of theirs.
    assert_eq!(limiter.take(&0, at(1)), Ok(()));
    // Later there is room again.
    assert!((200_000..200_100).all(|caller| limiter.take(&caller, at(1_000)).is_ok()));
    assert!(limiter.callers() <= 200);
}

#[test]
fn labels_are_bounded() {
    let metrics = Metrics::new();
    let now = Timestamp::from_seconds(1_800_000_000).unwrap();
    for number in 0..MOST_NAMES + 500 {
        let operator = OperatorId::parse(&format!("operator-{number}")).unwrap();
        metrics.statuses(&operator, Seconds::minutes(1), 0);
    }
    let text = metrics.text();
    let rows = text
        .lines()
        .filter(|line| line.starts_with("mydata_status_staleness_seconds{"));
    assert_eq!(rows.count(), MOST_NAMES + 1);
    assert!(text.contains(r#"operator="other""#));
    metrics.outbox(&[].into(), &Traffic::default(), now);
    metrics.signature_failed(Signed::Resident, "resident_token_invalid");
    let text = metrics.text();
    assert!(text.contains(
        r#"mydata_signature_failures_total{what="resident",code="resident_token_invalid"} 1"#
    ));
}

/// The value of a row.
fn value(text: &str, row: &str) -> Option<f64> {
    let rows = text.lines().filter_map(|line| line.strip_prefix(row));
    rows.filter_map(|rest| rest.trim().parse().ok()).next()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_that_nobody_has_confirmed_grows_old() {
    let town = Town::new().await;
    let ann = town.linked("ann").await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    let operator = town.core();
    assert!(unconfirmed(operator).await.unwrap().is_empty());
    town.source.desk.program().break_disk(true);
    ann.change(&pair.sink, ConsentChange::Withdraw).await;
    town.deliver().await;
    let found = unconfirmed(operator).await.unwrap();
    let source = ServiceId::parse("source").unwrap();
    let of = found.get(&source).unwrap();
    assert_eq!((found.len(), of.waiting, of.parked), (1, 1, 0));
    assert_eq!(ops::store_condition(operator).await, Condition::Good);
    ops::report_outbox(operator, &town.dispatcher.traffic(), &town.metrics).await;
    let text = town.metrics.text();
    assert_eq!(
        value(&text, r#"mydata_outbox_depth{service="source"}"#),
        Some(1.0)
    );
    let refused = value(&text, r#"mydata_deliveries{outcome="unreachable"}"#);
    assert!(refused.unwrap() >= 1.0, "{text}");
    let (metrics, later) = (Metrics::new(), SystemClock.now().plus(Seconds::minutes(2)));
    metrics.outbox(&found, &town.dispatcher.traffic(), later);
    let text = metrics.text();
    let age = r#"mydata_oldest_unconfirmed_withdrawal_seconds{service="source"}"#;
    assert!(
        (120.0..150.0).contains(&value(&text, age).unwrap()),
        "{text}"
    );
    assert_eq!(
        value(&text, r#"mydata_outbox_depth{service="source"}"#),
        Some(1.0)
    );
    // A pause that is followed by nothing else is as old, and one that is parked as well.
    town.source.desk.program().break_disk(false);
    town.deliver().await;
    let found = unconfirmed(operator).await.unwrap();
    assert!(found.is_empty());
    metrics.outbox(&found, &town.dispatcher.traffic(), later);
    assert_eq!(value(&metrics.text(), age), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_what_came_of_them() {
    let town = Town::new().await;
    let sent = town.signed(&town.sink, "/auth_token/x", &[]);
    assert_eq!(code_of(&raw(town.operator, &sent).await), "consent_unknown");
    let again = raw(town.operator, &sent).await;
    assert_eq!(code_of(&again), "request_not_authentic");
    assert_eq!(
        status_of(&raw(town.operator, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n").await),
        404
    );
    let text = town.metrics.text();
    for row in [
        r#"mydata_requests_total{side="operator",operation="issue_token",status="4xx",code="consent_unknown"}"#,
        r#"mydata_requests_total{side="operator",operation="issue_token",status="4xx",code="request_replayed"}"#,
        r#"mydata_requests_total{side="operator",operation="other",status="4xx",code="http_path_unknown"}"#,
        r#"mydata_signature_failures_total{what="request",code="request_replayed"}"#,
        r#"mydata_request_seconds_count{side="operator",operation="other"}"#,
    ] {
        assert_eq!(value(&text, row), Some(1.0), "{row}\n{text}");
    }
    assert_eq!(
        value(&text, r#"mydata_requests_in_flight{side="operator"}"#),
        Some(0.0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_says_how_old_what_it_holds_may_be() {
    let town = Town::new().await;
    let ann = town.linked("ann").await;
    ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    let kept = town.source.desk.program().kept();
    let again = town.again(&town.source);
    let messages = kept.iter().map(|(from, at, octets)| (from, *at, &**octets));
    again.restore(messages).unwrap();
    again.report(&town.metrics);
    let text = town.metrics.text();
    let of = |name: &str| value(&text, &format!(r#"{name}{{operator="operator.example"}}"#));
    assert_eq!(of("mydata_consents_in_doubt"), Some(1.0));
    assert!(
        of("mydata_status_staleness_seconds").unwrap() < 60.0,
        "{text}"
    );
    assert_eq!(again.settle().await, 0);
    again.report(&town.metrics);
    let doubts = r#"mydata_consents_in_doubt{operator="operator.example"}"#;
    assert_eq!(value(&town.metrics.text(), doubts), Some(0.0));
}

async fn open(router: Router, limits: Limits) -> SocketAddr {
    open_counted(router, limits, &Arc::default()).await
}

async fn open_counted(router: Router, limits: Limits, metrics: &Arc<Metrics>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let server = Server::new(limits).counted(Side::Ops, Arc::clone(metrics));
    tokio::spawn(async move { server.run(listener, router, &Shutdown::new()).await });
    at
}

async fn ask(at: SocketAddr, target: &str) -> String {
    raw(
        at,
        &format!("GET {target} HTTP/1.1\r\nHost: a.example\r\n\r\n"),
    )
    .await
}

/// Asks until this is the answer: soon, or never.
async fn until(at: SocketAddr, target: &str, status: u16) -> String {
    for _ in 0..1000 {
        let answer = ask(at, target).await;
        if status_of(&answer) == status {
            return answer;
        }
    }
    String::new()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_refused_too_often_is_not_looked_at() {
    let limits = Limits {
        refusals: Some(Rate::new(1, 3)),
        ..Limits::default()
    };
    let metrics = Arc::default();
    let routes = Router::new().route("/of/{name}", get(|| async { "here" }));
    let at = open_counted(routes, limits, &metrics).await;
    for name in 0..10 {
        assert_eq!(status_of(&ask(at, &format!("/of/{name}")).await), 200);
    }
    // What stood in the place of the name is no label.
    let row =
        r#"mydata_requests_total{side="ops",operation="/of/{name}",status="2xx",code="none"}"#;
    assert_eq!(value(&metrics.text(), row), Some(10.0));
    for _ in 0..3 {
        assert_eq!(status_of(&ask(at, "//").await), 400);
    }
    let refused = until(at, "//", 429).await;
    assert_eq!(code_of(&refused), "http_rate");
    assert!(refused.contains("retry-after: "), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_says_how_it_is() {
    let (shutdown, metrics) = (Shutdown::new(), Arc::new(Metrics::new()));
    let store = Arc::new(AtomicU8::new(0));
    let examined = Arc::clone(&store);
    let counted = Arc::clone(&metrics);
    let health = Health::new(shutdown.clone(), Arc::clone(&metrics))
        .with("store", move || {
            let condition = match examined.load(Ordering::SeqCst) {
                0 => Condition::Good,
                1 => Condition::Weak,
                _ => Condition::Bad,
            };
            std::future::ready(condition)
        })
        .refreshed(move || {
            counted.signature_failed(Signed::Record, "jws_signature_invalid");
            std::future::ready(())
        });
    let at = open(ops_api(health), Limits::default()).await;
    let is = async |target: &str| {
        let answer = ask(at, target).await;
        let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
        (status_of(&answer), body)
    };
    let said = |status: u16, body: &str| (status, body.to_owned());
    assert_eq!(is("/health/live").await, said(200, "live"));
    for (condition, text, status) in [(0, "good", 200), (1, "weak", 200), (2, "bad", 503)] {
        store.store(condition, Ordering::SeqCst);
        let ready = status == 200;
        let body = format!(r#"{{"checks":{{"store":"{text}"}},"ready":{ready}}}"#);
        assert_eq!(is("/health/ready").await, said(status, &body));
    }
    store.store(0, Ordering::SeqCst);
    assert!(
        is("/metrics")
            .await
            .1
            .contains(r#"{what="record",code="jws_signature_invalid"} 1"#)
    );
    assert!(
        is("/metrics")
            .await
            .1
            .contains(r#"{what="record",code="jws_signature_invalid"} 2"#)
    );
    assert_eq!(is("/other").await.0, 404);
    shutdown.begin();
    let (status, body) = is("/health/ready").await;
    assert_eq!(status, 503);
    assert!(body.contains(r#""shutdown":"begun""#), "{body}");
    assert_eq!(is("/health/live").await.0, 200);
}
