//! What a system behind takes is counted with the answer, by its name in the configuration, and is written down.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata_http::ops::Side;
use mydata_http::{Limits, Server};
use std::sync::Arc;
use town::behind::Behind;
use town::{JSON, logged, raw, status_of, town};

#[tokio::test(flavor = "multi_thread")]
async fn a_system_behind_is_counted_by_its_name() {
    let behind = Behind::new().await;
    let town = town(&behind).await;
    let (_ann, cr_id) = town.consented("ann", "CANARY-7").await;
    let metrics = Arc::clone(town.gateway().metrics());
    let server = Server::new(Limits::default()).counted(Side::Gateway, Arc::clone(&metrics));
    let at = town::opened(server, town.gateway().public()).await;
    for (answer, status) in [("200 OK", 200), ("500 Oops", 502), ("503 Later", 503)] {
        behind.answers(answer, JSON, r#"{"kept":"CANARY"}"#);
        let sent = town.signed(&cr_id, None, "").await;
        assert_eq!(status_of(&raw(at, &sent).await), status, "{answer}");
    }
    town.gateway().finish().await;
    let text = metrics.text();
    for row in [
        r#"mydata_upstream_seconds_count{upstream="register"} 3"#,
        r#"mydata_upstream_failures_total{upstream="register",code="gateway_upstream_broken"} 1"#,
        r#"mydata_upstream_failures_total{upstream="register",code="gateway_upstream_busy"} 1"#,
        "mydata_decision_seconds_count 3",
        // Two rows of each request.
        "mydata_access_log_append_seconds_count 6",
    ] {
        assert!(text.lines().any(|line| line == row), "{row} in {text}");
    }
    assert!(!text.contains("CANARY"), "{text}");
    let log = logged::written();
    let lines = log
        .lines()
        .filter(|line| line.contains(r#"upstream{upstream="register"}"#));
    let told = lines.filter(|line| line.contains(r#"asked code="ok" micros="#));
    assert_eq!(told.count(), 3, "{log}");
}
