//! What has failed here: told to nobody, and counted by its code.

use crate::clinic::{AINO, Clinic, NOEL};
use crate::house::House;
use axum::Router;
use mydata_http::identity::BearerRefusal;
use mydata_http::ops::{Metrics, Shutdown, Side};
use mydata_http::rights::{RightsFault, RightsOptions};
use mydata_http::{Class, Limits, Server, class};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;

/// The same house behind a listener that counts.
async fn counted(options: RightsOptions) -> (House, Arc<Metrics>) {
    let mut house = House::with(Clinic::new(), options).await;
    let metrics = Arc::new(Metrics::new());
    let server = Server::new(Limits::default()).counted(Side::Rights, Arc::clone(&metrics));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    house.address = listener.local_addr().unwrap();
    let router = Router::new().nest("/gdpr", house.rights.router());
    tokio::spawn(async move { server.run(listener, router, &Shutdown::new()).await });
    (house, metrics)
}

/// How many requests have ended with this code.
fn count(metrics: &Metrics, code: &str) -> u32 {
    let text = metrics.text();
    let label = format!("code=\"{code}\"}} ");
    let rows = text
        .lines()
        .filter(|row| row.starts_with("mydata_requests_total{side=\"rights\""));
    let counts = rows.filter_map(|row| row.split_once(&label)?.1.parse::<u32>().ok());
    counts.sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_told_to_nobody_and_counted() {
    let (house, metrics) = counted(RightsOptions::default()).await;
    let [aino, noel] = [AINO, NOEL].map(|person| house.token(person));
    let technical = "technical_error";
    let unavailable = BearerRefusal::Unavailable.code();
    house.provider.go_down();
    house.get(AINO, &aino).await.is(500, technical);
    assert_eq!(count(&metrics, unavailable), 1, "{}", metrics.text());
    house.provider.come_up();
    let failed = RightsFault::ErasureFailed.code();
    house.clinic().fails.store(true, Ordering::SeqCst);
    house.erase(AINO, &aino).await.is(500, technical);
    assert_eq!(count(&metrics, failed), 1, "{}", metrics.text());
    let panicked = RightsFault::ErasurePanicked.code();
    house.clinic().panics.store(true, Ordering::SeqCst);
    house.erase(NOEL, &noel).await.is(500, technical);
    assert_eq!(count(&metrics, panicked), 1, "{}", metrics.text());
    assert_eq!(count(&metrics, technical), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_late_is_counted_so() {
    let options = RightsOptions {
        deadline: Duration::from_millis(200),
        ..RightsOptions::default()
    };
    let (house, metrics) = counted(options).await;
    let token = house.token(AINO);
    house.clinic().is_slow.store(true, Ordering::SeqCst);
    house.get(AINO, &token).await.is(500, "technical_error");
    assert_eq!(
        count(&metrics, RightsFault::Late.code()),
        1,
        "{}",
        metrics.text()
    );
    for fault in RightsFault::ALL {
        assert_eq!(class(fault.code()), Some(Class::Ours), "{fault}");
    }
}
