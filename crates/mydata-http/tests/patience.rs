//! What waits, for how long, and how much of it: a lane after refusals and after silence, and messages that a
//! service could not keep yet.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod town;

use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, StatusCode, Uri};
use mydata::core::resource::Origin;
use mydata::record::consent::ConsentChange;
use mydata::token::party::Sender;
use mydata_http::service_api;
use mydata_store::{Courier, Dispatcher, Letter, Parcel, Policy, Undelivered};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use town::{Demo, Town, hasty};

/// Answers as it was told, then takes everything; and remembers when it was asked.
#[derive(Debug)]
struct Told {
    answers: Mutex<Vec<Undelivered>>,
    asked: Mutex<Vec<Instant>>,
    has_taken: watch::Sender<bool>,
}

impl Courier for Told {
    async fn deliver(&self, _: &Parcel) -> Result<(), Undelivered> {
        self.asked.lock().unwrap().push(Instant::now());
        let next = self.answers.lock().unwrap().pop();
        match next {
            Some(answer) => Err(answer),
            None => {
                self.has_taken.send_replace(true);
                Ok(())
            }
        }
    }

    async fn write(&self, _: &Letter) -> Result<(), Undelivered> {
        Ok(())
    }
}

/// How long a lane has waited after each of these answers to its first message.
async fn pauses(answers: &[Undelivered]) -> Vec<Duration> {
    let town = Town::new().await;
    let ann = town.sign_up("ann").await;
    ann.begin(&town.source).await;
    let courier = Arc::new(Told {
        answers: Mutex::new(answers.iter().rev().cloned().collect()),
        asked: Mutex::default(),
        has_taken: watch::Sender::new(false),
    });
    let policy = Policy {
        first_pause: Duration::from_secs(1),
        longest_pause: Duration::from_secs(10),
        attempts: 9,
        ..Policy::default()
    };
    // From here on nothing takes time but waiting, which takes none.
    tokio::time::pause();
    let (stop, stopping) = watch::channel(false);
    let dispatcher = Dispatcher::new(Arc::clone(town.core()), Arc::clone(&courier), policy);
    let running = tokio::spawn(async move { dispatcher.run(stopping).await });
    let mut taken = courier.has_taken.subscribe();
    taken.wait_for(|has_taken| *has_taken).await.unwrap();
    stop.send(true).unwrap();
    running.await.unwrap();
    tokio::time::resume();
    let asked = courier.asked.lock().unwrap().clone();
    asked.windows(2).map(|two| two[1] - two[0]).collect()
}

/// From half of it on, so that no two lanes are in step; the runtime counts milliseconds.
fn is_about(pause: Duration, seconds: u64) -> bool {
    let most = Duration::from_secs(seconds);
    let slack = Duration::from_millis(5);
    pause + slack >= most / 2 && pause <= most + slack
}

#[tokio::test]
async fn a_lane_waits_longer_each_time_and_after_refusals_less_than_after_silence() {
    let refused = || Undelivered::Refused("held_consent_unknown".into());
    let found = pauses(&vec![refused(); 6]).await;
    assert_eq!(found.len(), 6);
    for (pause, seconds) in found.iter().zip([1, 2, 3, 4, 5, 6]) {
        assert!(is_about(*pause, seconds), "after refusals: {found:?}");
    }
    let found = pauses(&vec![Undelivered::Unreachable; 6]).await;
    for (pause, seconds) in found.iter().zip([1, 2, 4, 8, 10, 10]) {
        assert!(is_about(*pause, seconds), "after silence: {found:?}");
    }
    // A refusal after silence is the first one.
    let silent = || Undelivered::Unreachable;
    let found = pauses(&[silent(), silent(), silent(), silent(), refused()]).await;
    for (pause, seconds) in found.iter().zip([1, 2, 4, 8, 1]) {
        assert!(is_about(*pause, seconds), "after both: {found:?}");
    }
}

/// What a courier brings to the source, in order.
type Brought = Arc<Mutex<Vec<(Method, String, Vec<u8>)>>>;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_can_keep_nothing_takes_so_many_messages_and_no_more() {
    let town = Town::new().await;
    let ann = town.linked("ann").await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    let kept = town.source.desk.program().kept();
    // The same source, which holds on to three messages at the most.
    let desk = town.desk_with(&town.source, Demo::default());
    let desk = Arc::new(desk.without_past().unkept_at_most(3));
    let messages = kept.iter().map(|(from, at, octets)| (from, *at, &**octets));
    desk.restore(messages).unwrap();
    assert_eq!(desk.settle().await, 0);

    // Somebody else has taken six changes in its place, …
    let brought = Brought::default();
    let taking = Arc::clone(&brought);
    let take = async move |method: Method, uri: Uri, body: Bytes| {
        let message = (method, uri.path().to_owned(), body.to_vec());
        taking.lock().unwrap().push(message);
        StatusCode::CREATED
    };
    town.put_source(Router::new().fallback(take));
    for change in [ConsentChange::Disable, ConsentChange::Reactivate].repeat(3) {
        ann.change(&pair.sink, change).await;
    }
    let dispatcher = town.courier_to(town.source_at, hasty());
    dispatcher.drain().await;
    let brought = std::mem::take(&mut *brought.lock().unwrap());
    assert_eq!(brought.len(), 6);

    // … and brings them one after another, whatever it is told.
    town.put_source(service_api(Arc::clone(&desk)));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let out = town.out(Sender::Operator(town.id.clone()), town.keys_of_status());
    let bring = async || {
        let mut codes = Vec::new();
        for (method, path, body) in &brought {
            let url = Origin::parse("https://source.example").unwrap().at(path);
            let called = out.call(method.clone(), url.unwrap(), (None, body.clone()), None);
            codes.push(called.await.map_err(|fault| fault.code().to_owned()));
        }
        codes
    };
    let known = || {
        let held = desk.read();
        held.consent(&pair.source).unwrap().chain.iter().count()
    };
    assert_eq!(known(), 1);
    desk.program().break_disk(true);
    let codes = bring().await;
    let is_later = |code: &Result<_, String>| code.as_ref().is_err_and(|c| c == "http_unreachable");
    assert!(codes.iter().all(is_later), "{codes:?}");
    assert_eq!(known(), 4, "three were taken, and stop what is to stop");
    assert!(desk.program().kept().is_empty());
    // It goes on where it has stopped, and has kept everything, in order.
    desk.program().break_disk(false);
    let codes = bring().await;
    assert!(codes.iter().all(Result::is_ok), "{codes:?}");
    assert_eq!(known(), 7);
    let kept: Vec<Vec<u8>> = desk
        .program()
        .kept()
        .into_iter()
        .map(|kept| kept.2)
        .collect();
    let brought: Vec<Vec<u8>> = brought.into_iter().map(|brought| brought.2).collect();
    assert_eq!(kept, brought);
}
