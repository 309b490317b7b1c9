//! What the gateway adds to a system behind that takes 5 ms: 200 requests a second over the loopback, by turns
//! straight to that system and through the gateway, each request signed anew before the clock starts.
//!
//! Latency is from when a request was due to the last octet of its answer, so that one that waits for its turn
//! is not counted as fast. Whoever asks and the system behind sleep by the system's timer: the runtime's has a
//! grain of a millisecond, which is more than what is measured. Both rows of the access log are synced to the
//! disk. There are five turns of 400 of each; one of 20 with `--test`, which asks whether it runs.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a measurement that cannot go on ends"
)]

#[path = "../tests/town/mod.rs"]
mod town;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::time::Instant;
use town::Town;

const RATE: u32 = 200;

type Asks = Client<HttpConnector, Empty<Bytes>>;

async fn slow() -> ([(axum::http::HeaderName, &'static str); 1], &'static str) {
    let sleep = || std::thread::sleep(Duration::from_millis(5));
    tokio::task::spawn_blocking(sleep).await.unwrap();
    let body = r#"{"wishes":[{"unit":"Solvik","start":"2027-08-01","note":"left out"}],"name":"left out"}"#;
    ([(CONTENT_TYPE, "application/json")], body)
}

/// Asks at a steady pace; the times.
async fn measure(client: &Asks, requests: Vec<Request<Empty<Bytes>>>) -> Vec<Duration> {
    let (client, runtime) = (client.clone(), Handle::current());
    let paced = move || {
        let begin = Instant::now();
        let asked = (0..).zip(requests).map(|(index, request)| {
            let due = begin + Duration::from_secs(1) * index / RATE;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let client = client.clone();
            runtime.spawn(async move {
                let answer = client.request(request).await.unwrap();
                assert_eq!(answer.status().as_u16(), 200);
                answer.into_body().collect().await.unwrap();
                due.elapsed()
            })
        });
        asked.collect::<Vec<_>>()
    };
    let asked = tokio::task::spawn_blocking(paced).await.unwrap();
    let mut times = Vec::new();
    for asked in asked {
        times.push(asked.await.unwrap());
    }
    times
}

fn request(to: SocketAddr, path: &str, authorization: Option<&str>) -> Request<Empty<Bytes>> {
    let mut request = Request::get(format!("http://{to}{path}"));
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    request.body(Empty::new()).unwrap()
}

#[tokio::main]
async fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (turns, count) = if is_test { (1, 20) } else { (5, 400) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let behind = listener.local_addr().unwrap();
    let router = Router::new().route("/of/{who}", get(slow));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let town = Town::new(&format!(
        r#"
[upstreams.register]
base = "http://{behind}/"

[[routes]]
path = "/data/a"
dataset = "src/a"
upstream = "register"
request.path = "of/{{subject}}"
fields = ["wishes[].unit", "wishes[].start"]
"#
    ))
    .await;
    let (_ann, cr_id) = town.consented("ann", "ann").await;
    let client: Asks = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let (mut straight, mut through) = (Vec::new(), Vec::new());
    for turn in 0..=turns {
        let to_behind = (0..count).map(|_| request(behind, "/of/ann", None));
        let of_behind = measure(&client, to_behind.collect()).await;
        let proofs = town.proofs(&cr_id, count).await;
        let signed = proofs
            .iter()
            .map(|proof| request(town.public, "/data/a", Some(proof)));
        let of_gateway = measure(&client, signed.collect()).await;
        // The first turn warms up.
        if turn > 0 {
            straight.extend(of_behind);
            through.extend(of_gateway);
        }
    }
    straight.sort_unstable();
    through.sort_unstable();
    let at = |times: &[Duration], part: usize| times[(times.len() - 1) * part / 1000];
    println!("{RATE} requests a second, {turns} turns of {count} of each");
    for (name, part) in [("p50", 500), ("p90", 900), ("p99", 990), ("max", 1000)] {
        let (straight, through) = (at(&straight, part), at(&through, part));
        println!(
            "{name}: {straight:?} straight, {through:?} through the gateway, {:?} more",
            through.saturating_sub(straight)
        );
    }
}
