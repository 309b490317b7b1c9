//! What protection costs: a route behind the layer against the same route without it, over loopback.
//!
//! Method. One process with two workers holds the town of the tests, the same handler at two listeners, one of
//! them behind `Protect` (without an access log), and as many clients as connections, which are kept alive and
//! have one request under way each. Requests are signed before the clock starts, and each is sent once; those to
//! the bare route are the same octets, credentials and all, so that reading them costs both the same. A run is
//! 4,000 requests over `CLIENTS` connections, and its figure the time of the run by the number of requests. The
//! signature arithmetic that a request cannot do without is one verification of Ed25519, since the token is
//! known after the first request; it is timed alone, in as many threads as there are workers, over as many
//! verifications. The three are run side by side, one after another, 25 times; the ratio is taken round by round,
//! and its quartiles are printed.
//!
//! What is wanted: protected ≤ 1.25 × (bare + arithmetic).
//!
//! `cargo bench -p mydata-http --bench protect`; it prints, and fails for an answer that is not 200 and for
//! nothing else. With `--test` it is one round of 160.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, and one that cannot go on ends"
)]

#[path = "../tests/town/mod.rs"]
mod town;

use axum::Router;
use axum::routing::get;
use mydata::core::crypto::{Crypto as _, Signer as _};
use mydata::core::id::{DatasetId, PurposeId};
use mydata::keys::Ring;
use mydata::service::Want;
use mydata_http::ops::Rate;
use mydata_http::{Bounds, Granted, Protect};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use town::Town;

const WORKERS: usize = 2;
const CLIENTS: usize = 16;

const BODY: &str = r#"{"unit":"Kivenlahti","start":"2027-01-07"}"#;

async fn listening(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Sends requests one after another over one connection.
async fn client(to: SocketAddr, requests: Vec<String>) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut answer = Vec::with_capacity(1024);
    for request in requests {
        stream.write_all(request.as_bytes()).await.unwrap();
        answer.clear();
        // The answer ends with the body, which is known.
        while !answer.ends_with(BODY.as_bytes()) {
            let count = stream.read_buf(&mut answer).await.unwrap();
            assert!(count > 0, "{}", String::from_utf8_lossy(&answer));
            let is_good = answer.len() < 12 || answer.starts_with(b"HTTP/1.1 200");
            assert!(is_good, "{}", String::from_utf8_lossy(&answer));
        }
    }
}

/// The time of a request, when so many clients send theirs at once.
async fn run(to: SocketAddr, requests: Vec<String>) -> Duration {
    let count = u32::try_from(requests.len()).unwrap();
    let shares: Vec<Vec<String>> = requests
        .chunks(requests.len() / CLIENTS)
        .map(Into::into)
        .collect();
    let begun = Instant::now();
    let clients: Vec<_> = shares
        .into_iter()
        .map(|share| tokio::spawn(client(to, share)))
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    begun.elapsed() / count
}

/// The time of a verification, when every worker verifies.
fn arithmetic(requests: usize) -> Duration {
    let key = town::key("bench-1");
    let message = vec![b'x'; 1200];
    let signature = key.sign(&message).unwrap();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                for _ in 0..requests / WORKERS {
                    assert!(Ring.verify(key.public(), &message, &signature));
                }
            });
        }
    });
    begun.elapsed() / u32::try_from(requests).unwrap()
}

/// The lower quartile, the median and the upper quartile.
fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_unstable_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| *values.get(values.len() * quarter / 4).unwrap())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn main() {
    // A source remembers 120,000 requests: no more are sent in all.
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (requests, rounds) = if is_test { (160, 1) } else { (4_000, 25) };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measured(requests, rounds));
}

async fn measured(count: usize, rounds: usize) {
    // Each request is counted, and none is one too many.
    let rate = Some(Rate::new(1_000_000, 1_000_000));
    let bounds = Bounds {
        rate,
        ..Bounds::default()
    };
    let town = Town::with(&[], bounds).await;
    let ann = town.linked("ann").await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    let protect = Protect::new(Arc::clone(&town.source.desk));
    let bare = Router::new().route("/data/a", get(async || BODY));
    let protected = Router::new().route("/data/a", get(async |_: Granted| BODY));
    let bare = listening(bare).await;
    let protected = listening(protected.route_layer(protect)).await;
    let purpose = PurposeId::parse("care").unwrap();
    let dataset = DatasetId::parse("src/a").unwrap();
    let want = Want::get(&pair.sink, &purpose, &dataset);
    let mut measured = Vec::new();
    for round in 0..=rounds {
        let requests = town.many_prepared(&want, count).await;
        let requests: Vec<String> = requests
            .iter()
            .map(|prepared| {
                let value = &prepared.authorization;
                format!(
                    "GET /data/a HTTP/1.1\r\nHost: source.example\r\nAuthorization: {value}\r\n\r\n"
                )
            })
            .collect();
        let without = run(bare, requests.clone()).await;
        let with = run(protected, requests).await;
        let verifying = tokio::task::spawn_blocking(move || arithmetic(count))
            .await
            .unwrap();
        // The first round warms up.
        if round > 0 {
            measured.push([without, verifying, with].map(micros));
        }
    }
    let of = |what: fn(&[f64; 3]) -> f64| quartiles(measured.iter().map(what).collect());
    let rows = [
        ("bare, µs a request", of(|[bare, _, _]| *bare)),
        ("arithmetic, µs", of(|[_, arithmetic, _]| *arithmetic)),
        (
            "protected, µs a request",
            of(|[_, _, protected]| *protected),
        ),
        // What one round measures one after the other has met the same machine.
        (
            "ratio, wanted ≤ 1.25",
            of(|[bare, arithmetic, protected]| protected / (bare + arithmetic)),
        ),
    ];
    println!("{CLIENTS} at once, {WORKERS} workers, {rounds} rounds of {count} requests");
    for (what, [lower, median, upper]) in rows {
        println!("{what:24} {median:8.3}   quartiles {lower:.3} and {upper:.3}");
    }
}
