//! Around what a line of the log stands: each span is there, with fields that name a thing of ours and nobody. That
//! nothing else stands in them is searched for in every test program (`town::logged`).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata::core::id::ActorId;
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::record::consent::ConsentChange;
use mydata_conformance::provider::{Kind, Provider as Login};
use mydata_http::identity::{Caching, HttpFetch, OidcResidents, Residents as _};
use mydata_http::ops::run_job;
use mydata_identity::{Audience, Issuer, Provider};
use mydata_store::{Clock as _, Run, SystemClock, Task};
use serde_json::json;
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::watch;
use town::{Town, logged};

/// The lines that stand in this span and say all of this.
fn lines(span: &str, said: &[&str]) -> usize {
    let all = logged::written();
    let lines = all.lines().filter(|line| line.contains(span));
    let lines = lines.filter(|line| said.iter().all(|said| line.contains(said)));
    lines.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_says_to_whom_and_for_the_how_manieth_time() {
    let town = Town::new().await;
    let ann = town.linked("ann").await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    let first = [r#"service="source" attempt=1}"#, r#"code="ok""#];
    assert!(lines("deliver{", &first) > 0, "{}", logged::written());
    assert_eq!(lines("deliver{", &["attempt=2}"]), 0);
    town.source.desk.program().break_disk(true);
    ann.change(&pair.sink, ConsentChange::Withdraw).await;
    for _ in 0..3 {
        town.dispatcher.drain().await;
    }
    for attempt in ["attempt=2}", "attempt=3}"] {
        let later = [attempt, r#"service="source""#, r#"code="http_unreachable""#];
        assert_eq!(lines("deliver{", &later), 1, "{}", logged::written());
    }
    town.source.desk.program().break_disk(false);
    town.dispatcher.drain().await;
    let over = [r#"service="source" attempt=4}"#, r#"code="ok""#];
    assert_eq!(lines("deliver{", &over), 1, "{}", logged::written());
    // The next one is tried for the first time.
    ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    assert!(town.waiting().await.is_empty());
    assert_eq!(lines("deliver{", &["attempt=5}"]), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_says_what_it_does_and_how_far_it_has_come() {
    let town = Town::new().await;
    for name in ["ann", "ben"] {
        town.linked(name).await.consent("care", &["src/a"]).await;
    }
    let run = Run {
        // Whoever names a job may name somebody in it.
        name: [logged::BIRD, "-pause"].concat().into(),
        actor: ActorId::parse(&[logged::BIRD, "-staff"].concat()).unwrap(),
        at_once: NonZeroUsize::MIN,
    };
    let (_go_on, stop) = watch::channel(false);
    let task = Task::Suspend(town.sink.id.clone());
    let done = run_job(town.core(), &run, &task, stop.clone()).await;
    assert_eq!(done.unwrap().stored, 2);
    let of = r#"job{task="suspend" service="sink"}"#;
    let said = ["visited=2", "stored=2", "is_finished=true"];
    assert_eq!(lines(of, &said), 1, "{}", logged::written());
    // The name is another job's.
    let other = run_job(town.core(), &run, &Task::Expire, stop).await;
    let code = format!("code=\"{}\"", other.unwrap_err().code());
    let said = ["ERROR", &code];
    assert_eq!(lines(r#"job{task="expire"}"#, &said), 1, "{code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fetching_keys_says_of_whom() {
    logged::begin();
    let login = tokio::task::spawn_blocking(Login::start).await.unwrap();
    let of = |issuer: &str| {
        let issuer = Issuer::parse(issuer).unwrap();
        let provider = Provider::new(issuer, Audience::parse("card").unwrap());
        let fetch = HttpFetch::new(hyper_util::client::legacy::connect::HttpConnector::new());
        OidcResidents::new(provider, Caching::default(), fetch, Arc::new(Ring)).unwrap()
    };
    let now: Timestamp = SystemClock.now();
    let subject = [logged::BIRD, "-subject"].concat();
    let claims = login.claims(&subject, "card", now.seconds());
    let token = login.sign_as(Kind::Es256, &json!({}), &claims);
    logged::plant(&token);
    let gone = "http://127.0.0.1:1/realm";
    of(&login.issuer()).verify(&token, now).await.unwrap();
    of(gone).verify(&token, now).await.unwrap_err();
    for (issuer, level, code) in [
        (&*login.issuer(), "INFO", "good"),
        (gone, "WARN", "provider_unreachable"),
    ] {
        let span = format!("keys.fetch{{issuer=\"{issuer}\"}}");
        let code = format!("code=\"{code}\"");
        assert_eq!(lines(&span, &[level, &code]), 1, "{}", logged::written());
    }
}
