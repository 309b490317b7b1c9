//! How long a source serves while its operator is down. Time is let pass, for everybody at once: one test at a
//! time.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod town;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use mydata::core::crypto::Crypto as _;
use mydata::core::id::{DatasetId, PurposeId};
use mydata::core::time::Seconds;
use mydata::keys::Ring;
use mydata::record::consent::ConsentChange;
use mydata::service::Want;
use mydata_http::{Deliveries, Problem, STALENESS};
use mydata_store::{Partition, Policy};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tower_service::Service as _;
use town::{DemoDesk, Pair, Person, Side, Town, code_of, logged, pass, raw, status_of};

static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn want(pair: &Pair) -> Want<'_> {
    static OF: LazyLock<(PurposeId, DatasetId)> = LazyLock::new(|| {
        let purpose = PurposeId::parse("care").unwrap();
        (purpose, DatasetId::parse("src/a").unwrap())
    });
    Want::get(&pair.sink, &OF.0, &OF.1)
}

async fn consented(town: &Town) -> (Person<'_>, Pair) {
    let ann = town.linked("ann").await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    (ann, pair)
}

/// What the source says to the sink now.
async fn asked(town: &Town, pair: &Pair) -> (u16, String) {
    let prepared = town.prepared(&want(pair)).await;
    let lines: String = prepared
        .headers()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let text = format!("GET /data/a HTTP/1.1\r\nHost: source.example\r\n{lines}\r\n");
    let answer = raw(town.source_at, &text).await;
    (status_of(&answer), code_of(&answer))
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_serves_for_as_long_as_it_has_declared_and_not_longer() {
    let _alone = ALONE.lock().await;
    let town = Town::new().await;
    let (_ann, pair) = consented(&town).await;
    let desk = &town.source.desk;
    assert_eq!(STALENESS, Seconds::new(300));
    assert_eq!(asked(&town, &pair).await.0, 200);
    // The operator says nothing more; it is not asked either. A second or two go by on their own.
    pass(290);
    assert_eq!(asked(&town, &pair).await.0, 200);
    pass(11);
    assert_eq!(asked(&town, &pair).await, is(403, "consent_status_unknown"));
    let age = |town: &Town| town.source.desk.staleness().remove(&town.id).unwrap();
    assert!(age(&town) >= Seconds::new(301));
    // It says that nothing waits: good for another five minutes.
    assert_eq!(desk.refresh().await, 0);
    assert!(age(&town) < Seconds::new(30));
    assert_eq!(asked(&town, &pair).await.0, 200);
    pass(290);
    assert_eq!(asked(&town, &pair).await.0, 200);
    pass(20);
    assert_eq!(asked(&town, &pair).await, is(403, "consent_status_unknown"));
    // A declaration of its own.
    let again = town.again(&town.source).stale_after(Seconds::new(20));
    assert_eq!(again.staleness().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_source_makes_nothing_fresh() {
    let _alone = ALONE.lock().await;
    let town = Town::new().await;
    let (ann, pair) = consented(&town).await;
    let client = town.client(&town.source);
    let told: Deliveries = client.deliveries().await.unwrap();
    assert_eq!((&*told.waiting, &told.parked), (&[][..], &None));
    // A withdrawal that cannot be delivered.
    ann.change(&pair.source, ConsentChange::Withdraw).await;
    let is_waiting = async |side: &Side| {
        let told = town.client(side).deliveries().await.unwrap();
        !told.waiting.is_empty()
    };
    assert!(is_waiting(&town.source).await);
    // It is about this service: what waits for another is nothing to it.
    let another = ann.consent("care", &["src/a"]).await;
    assert!(is_waiting(&town.sink).await);
    pass(301);
    assert_eq!(town.source.desk.refresh().await, 1);
    let age = town.source.desk.staleness().remove(&town.id).unwrap();
    assert!(age >= Seconds::new(301));
    town.deliver().await;
    assert_eq!(town.source.desk.refresh().await, 0);
    let held = town.source.desk.read();
    assert!(held.consent(&another.source).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_told_all_the_time_stays_fresh() {
    let _alone = ALONE.lock().await;
    let town = Town::new().await;
    let (_ann, pair) = consented(&town).await;
    let bob = town.linked("bob").await;
    let theirs = bob.consent("care", &["src/a"]).await;
    town.deliver().await;
    let desk = &town.source.desk;
    // Six times the staleness, and at every question something waits.
    let mut change = [ConsentChange::Disable, ConsentChange::Reactivate]
        .into_iter()
        .cycle();
    for _ in 0..30 {
        bob.change(&theirs.source, change.next().unwrap()).await;
        assert_eq!(desk.refresh().await, 1);
        assert_eq!(asked(&town, &pair).await.0, 200);
        let age = desk.staleness().remove(&town.id).unwrap();
        assert!(age < Seconds::new(90), "{age:?}");
        town.deliver().await;
        pass(60);
    }
    // What was told the last time is known; the operator is not asked again, and this gets old.
    pass(250);
    assert_eq!(asked(&town, &pair).await, is(403, "consent_status_unknown"));
}

/// The source, but that messages of one of the operator's queues come through to it no more.
fn without_queue(town: &Town, queue: Partition) -> Router {
    let routes = Town::routes_of(&town.source.desk);
    let name = format!("{}-", queue.0);
    Router::new().fallback(async move |request: Request| {
        let key = request.headers().get("idempotency-key");
        if key.is_some_and(|key| key.as_bytes().starts_with(name.as_bytes())) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        routes.clone().call(request).await.into_response()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn one_queue_that_stands_still_makes_a_source_stale_in_time() {
    let _alone = ALONE.lock().await;
    let town = Town::new().await;
    let (ann, pair) = consented(&town).await;
    let queue = |name: &str| Partition::of(&Ring.sha256(name.as_bytes()), 2);
    let named = |name: &str| [logged::BIRD, "-", name].concat();
    let of_ann = queue(&named("ann"));
    let names = (0..).map(|number| named(&format!("bob-{number}")));
    let mut elsewhere = names.filter(|name| queue(name) != of_ann);
    let [bob, carl] = [
        town.linked(&elsewhere.next().unwrap()).await,
        town.linked(&elsewhere.next().unwrap()).await,
    ];
    let theirs = bob.consent("care", &["src/a"]).await;
    let other = carl.consent("care", &["src/a"]).await;
    town.deliver().await;
    let desk = &town.source.desk;
    assert_eq!(desk.refresh().await, 0);
    // Ann withdraws, and the source cannot be told; of everybody else it goes on to be told.
    town.put_source(without_queue(&town, of_ann));
    ann.change(&pair.source, ConsentChange::Withdraw).await;
    let mut change = [ConsentChange::Disable, ConsentChange::Reactivate]
        .into_iter()
        .cycle();
    let mut goes_on = async || {
        carl.change(&other.source, change.next().unwrap()).await;
        assert_eq!(desk.refresh().await, 1);
        town.deliver().await;
        asked(&town, &theirs).await
    };
    for _ in 0..9 {
        assert_eq!(goes_on().await.0, 200);
        pass(30);
    }
    pass(31);
    assert_eq!(goes_on().await, is(403, "consent_status_unknown"));
    let is_withdrawn = || {
        let held = desk.read();
        let state = held.consent(&pair.source).unwrap().chain.state();
        state == mydata::record::consent::ConsentState::Withdrawn
    };
    assert!(!is_withdrawn());
    // It comes through again.
    town.put_source(Town::routes_of(desk));
    town.deliver().await;
    assert!(is_withdrawn());
    assert_eq!(goes_on().await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_back_from_a_source_is_asked_for() {
    let _alone = ALONE.lock().await;
    let town = Town::new().await;
    let (ann, pair) = consented(&town).await;
    // Where the source should be, somebody refuses everything for a while.
    let refusing = Router::new().fallback(async || Problem::new("held_consent_unknown", ""));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dispatcher = town.courier_to(
        listener.local_addr().unwrap(),
        Policy {
            attempts: 1,
            ..town::hasty()
        },
    );
    tokio::spawn(async move { axum::serve(listener, refusing).await });
    ann.change(&pair.sink, ConsentChange::Disable).await;
    for _ in 0..4 {
        dispatcher.drain().await;
    }
    let parked = town.dispatcher.parked().await.unwrap();
    assert!(!parked.is_empty());
    // The pause was never told, and nothing waits.
    let told = town.client(&town.source).deliveries().await.unwrap();
    assert!(told.waiting.is_empty() && told.parked.is_some());
    assert_eq!(town.source.desk.refresh().await, 0);
    town.source.desk.settle().await;
    {
        let held = town.source.desk.read();
        let held = held.consent(&pair.source).unwrap();
        assert_eq!(
            held.chain.state(),
            mydata::record::consent::ConsentState::Disabled
        );
        assert!(!held.in_doubt);
    }
    // The same again is no news.
    assert_eq!(town.source.desk.refresh().await, 0);
    {
        let held = town.source.desk.read();
        assert!(!held.consent(&pair.source).unwrap().in_doubt);
    }
    // Of what comes now nobody knows whether it has ended since: it is asked for at once.
    let carl = town.linked("carl").await;
    let new = carl.consent("care", &["src/a"]).await;
    town.deliver().await;
    let round = town.source.desk.read().status_query(&new.source).unwrap();
    assert!(round.round > 0);
    for _ in 0..1000 {
        if town.source.desk.read().doubts().count() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(asked(&town, &new).await.0, 200);
    // Of another operator's consents nothing has become uncertain.
    let other = town.beside("another.example").await;
    let (_bob, theirs) = consented(&other).await;
    let desk = restarted(&town, &other, other.operator).await;
    assert_eq!(desk.settle().await, 0);
    let round = |pair: &Pair| desk.read().status_query(&pair.source).unwrap().round;
    let before = (round(&pair), round(&theirs));
    assert_eq!(desk.refresh().await, 0);
    assert!(round(&pair) > before.0);
    assert_eq!(round(&theirs), before.1);
}

/// Takes every connection and answers nothing.
async fn deaf() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok(taken) = listener.accept().await {
            held.push(taken);
        }
    });
    at
}

/// A source of both operators after a restart, and where it finds the other.
async fn restarted(town: &Town, other: &Town, at: std::net::SocketAddr) -> Arc<DemoDesk> {
    let desk = town.source_of_both(other, at);
    for of in [town, other] {
        let kept = of.source.desk.program().kept();
        let messages = kept.iter().map(|(from, at, octets)| (from, *at, &**octets));
        desk.restore(messages).unwrap();
    }
    Arc::new(desk)
}

fn in_doubt(desk: &DemoDesk, of: &Town) -> usize {
    let held = desk.read();
    let theirs = held.consents().filter(|(_, consent)| {
        let is_theirs = consent.record.terms().operator == of.id;
        is_theirs && consent.in_doubt
    });
    theirs.count()
}

/// Far less than eight questions that nobody answers would take, and far more than one.
const PATIENCE: Duration = Duration::from_secs(40);

async fn until(what: impl Fn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_that_is_down_makes_nothing_of_another_stale() {
    let _alone = ALONE.lock().await;
    let town = Town::new().await;
    let (_ann, pair) = consented(&town).await;
    let other = town.beside("absent.example").await;
    for number in 0..8 {
        let person = other.linked(&format!("bob-{number}")).await;
        person.consent("care", &["src/a"]).await;
    }
    other.deliver().await;
    let desk = restarted(&town, &other, deaf().await).await;
    town.put_source(Town::routes_of(&desk));
    assert_eq!((in_doubt(&desk, &town), in_doubt(&desk, &other)), (1, 8));
    assert_eq!(asked(&town, &pair).await, is(403, "consent_status_unknown"));
    let fresh = tokio::spawn(desk.keep_fresh(Duration::from_millis(10)));
    until(|| in_doubt(&desk, &town) == 0).await;
    assert_eq!(asked(&town, &pair).await.0, 200);
    let age = |of: &Town| desk.staleness().remove(&of.id).unwrap();
    for _ in 0..2 {
        pass(200);
        until(|| age(&town) < Seconds::new(100)).await;
        assert_eq!(asked(&town, &pair).await.0, 200);
    }
    // Of the other, nothing is known any more.
    assert!(age(&other) >= Seconds::new(400));
    assert_eq!(in_doubt(&desk, &other), 8);
    fresh.abort();
}
