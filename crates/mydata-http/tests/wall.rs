//! What a listener does with peers that are slow, loud, many, or not what they seem: over sockets, octet by
//! octet.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod town;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::routing::{get, post};
use mydata_http::ops::{Rate, Shutdown};
use mydata_http::{Bounds, Limits, serve};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use town::{Town, code_of, status_of};

/// Longer than any answer takes that is to come.
const LONG: Duration = Duration::from_secs(20);

/// A listener under test.
struct Wall {
    at: SocketAddr,
    shutdown: Shutdown,
    served: JoinHandle<usize>,
}

impl Wall {
    async fn open(limits: Limits) -> Self {
        Self::with(limits, routes()).await
    }

    async fn with(limits: Limits, router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (at, shutdown) = (listener.local_addr().unwrap(), Shutdown::new());
        let of_server = shutdown.clone();
        let served = async move { serve(listener, router, &limits, &of_server).await };
        let served = tokio::spawn(served);
        Self {
            at,
            shutdown,
            served,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.at).await.unwrap()
    }

    /// Sends octets, and gives what comes back until the other side closes.
    async fn send(&self, octets: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        let _ = stream.write_all(octets.as_ref()).await;
        rest(&mut stream).await
    }

    /// Asks until this is the status of the answer: soon, or never.
    async fn until(&self, target: &str, status: u16) -> String {
        let sent = head("GET", target, &["Connection: close"]);
        for _ in 0..1000 {
            let answer = self.send(&sent).await;
            if status_of(&answer) == status {
                return answer;
            }
            sleep(Duration::from_millis(5)).await;
        }
        "it does not come".to_owned()
    }

    /// A connection that has had an answer, and is kept: soon, or never.
    async fn seat(&self) -> TcpStream {
        for _ in 0..1000 {
            let mut stream = self.connect().await;
            let _ = stream.write_all(head("GET", "/", &[]).as_bytes()).await;
            let mut answer = [0; 12];
            let read = timeout(LONG, stream.read_exact(&mut answer)).await;
            if read.unwrap().is_ok() && answer == *b"HTTP/1.1 200" {
                return stream;
            }
            sleep(Duration::from_millis(5)).await;
        }
        panic!("nobody has a place");
    }

    /// A connection whose request is being answered.
    async fn asks_for(&self, target: &str, entered: &Notify) -> TcpStream {
        let mut stream = self.connect().await;
        let sent = head("GET", target, &[]);
        stream.write_all(sent.as_bytes()).await.unwrap();
        timeout(LONG, entered.notified()).await.unwrap();
        stream
    }

    /// The status of a `GET`, and the code.
    async fn get(&self, target: &str) -> (u16, String) {
        let answer = self.send(head("GET", target, &["Connection: close"])).await;
        (status_of(&answer), code_of(&answer))
    }
}

fn routes() -> Router {
    Router::new()
        .route("/", get(|| async { "here" }))
        .route("/late", get(|| async { sleep(LONG).await }))
        .route("/panic", get(|| async { broken() }))
        .route(
            "/size",
            post(|body: Bytes| async move { body.len().to_string() }),
        )
        .route(
            "/who",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }),
        )
}

/// The routes, with one whose answer takes this time, and what is told when it is asked.
fn held(time: Duration) -> (Router, Arc<Notify>) {
    let entered = Arc::new(Notify::new());
    let enters = Arc::clone(&entered);
    let answer = async move || {
        enters.notify_one();
        sleep(time).await;
    };
    (routes().route("/held", get(answer)), entered)
}

fn broken() -> String {
    assert!(std::hint::black_box(false), "a handler with a fault");
    String::new()
}

fn head(method: &str, target: &str, lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{method} {target} HTTP/1.1\r\nHost: here.example\r\n{lines}\r\n")
}

/// Until the other side closes. It must.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(LONG, stream.read_to_end(&mut answer)).await;
    let _ = read.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Short, so that nobody waits.
fn short() -> Limits {
    let mut limits = Limits {
        head_time: Duration::from_millis(300),
        idle: Duration::from_secs(2),
        handler: Duration::from_millis(300),
        stall: Duration::from_millis(500),
        drain_delay: Duration::ZERO,
        ..Limits::default()
    };
    limits.bounds.time = Duration::from_millis(300);
    limits
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_have_a_time_and_a_size() {
    let wall = Wall::open(short()).await;
    // Nothing at all; a head that never ends; one that comes an octet at a time.
    assert_eq!(wall.send("").await, "");
    assert_eq!(wall.send("GET / HTTP/1.1\r\nHost: he").await, "");
    let mut slow = wall.connect().await;
    let mut sent = 0;
    for octet in head("GET", "/", &[]).as_bytes() {
        sleep(Duration::from_millis(20)).await;
        if slow.write_all(&[*octet]).await.is_err() {
            break;
        }
        sent += 1;
    }
    assert!(sent < head("GET", "/", &[]).len());
    assert_eq!(rest(&mut slow).await, "");
    // One line too many, and one octet too many.
    let lines = |count: usize| vec!["X-A: b"; count];
    let with = |lines: &[&str]| {
        let lines = [&["Connection: close"], lines].concat();
        head("GET", "/", &lines)
    };
    assert_eq!(status_of(&wall.send(with(&lines(62))).await), 200);
    assert_eq!(status_of(&wall.send(with(&lines(63))).await), 431);
    let long = |octets: usize| {
        let bare = with(&["X-A: "]).len();
        with(&[&format!("X-A: {}", "b".repeat(octets - bare))])
    };
    assert_eq!(status_of(&wall.send(long(32 * 1024)).await), 200);
    assert_eq!(status_of(&wall.send(long(32 * 1024 + 1)).await), 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_kept_and_no_longer_than_its_idle_time() {
    let wall = Wall::open(short()).await;
    let mut kept = wall.connect().await;
    let mut answer = vec![0; 4096];
    // Longer in sum than a head may take: each has its own time.
    for _ in 0..4 {
        kept.write_all(head("GET", "/", &[]).as_bytes())
            .await
            .unwrap();
        let octets = kept.read(&mut answer).await.unwrap();
        assert!(octets > 0);
        sleep(Duration::from_millis(150)).await;
    }
    assert_eq!(rest(&mut kept).await, "");
    // Two at once are answered in their order.
    let both = [
        head("GET", "/nothing", &[]),
        head("GET", "/who", &["Connection: close"]),
    ];
    let answer = wall.send(both.concat()).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 2);
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(answer.contains("127.0.0.1:"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_comes_in_time_or_says_so() {
    let wall = Wall::open(short()).await;
    assert_eq!(wall.get("/late").await, is(503, "http_late"));
    assert_eq!(wall.get("/panic").await, is(500, "http_internal"));
    assert_eq!(wall.get("/").await, is(200, ""));
    // A body that stops coming does not hold a handler for ever.
    let body = ["Content-Length: 10"];
    let answer = wall.send(head("POST", "/size", &body) + "12345").await;
    assert_eq!((status_of(&answer), code_of(&answer)), is(503, "http_late"));
    assert!(answer.contains("retry-after: 1"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_have_one_spelling_whatever_is_behind() {
    let wall = Wall::open(short()).await;
    for (target, code) in [
        ("/%2e%2e/", "url_not_canonical"),
        ("/a/../", "url_not_canonical"),
        ("//", "url_empty_segment"),
        ("/a%2Fb", "url_encoded_separator"),
        ("/?", "request_query"),
        ("*", "request_target_form"),
        ("http://here.example/", "request_target_form"),
        ("http://user:secret@here.example/", "request_target_form"),
    ] {
        assert_eq!(wall.get(target).await, is(400, code), "{target}");
    }
    // What is no address at all hyper answers itself, and with nothing.
    for target in ["/?a=\"b\"", "/?a=<b>", "/a b"] {
        let answer = wall.send(head("GET", target, &[])).await;
        assert_eq!(status_of(&answer), 400, "{target}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    }
    let target = 100;
    let wall = Wall::open(Limits { target, ..short() }).await;
    let longest = format!("/{}", "a".repeat(target - 1));
    assert_eq!(wall.get(&longest).await, is(404, ""));
    let longer = format!("{longest}a");
    assert_eq!(wall.get(&longer).await, is(414, "http_target_too_long"));
    let twice = head("GET", "/", &["Host: other.example", "Connection: close"]);
    let answer = wall.send(twice).await;
    assert_eq!(code_of(&answer), "http_header_twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_behind_a_body_of_two_lengths_is_a_request() {
    let wall = Wall::open(short()).await;
    let hidden = head("GET", "/who", &[]);
    for lines in [
        ["Content-Length: 4", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 4"],
    ] {
        let body = format!("0\r\n\r\n{hidden}");
        let answer = wall.send(head("POST", "/size", &lines) + &body).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        assert!(!answer.contains("127.0.0.1:"), "{answer}");
    }
    for lines in [
        ["Content-Length: 4", "Content-Length: 5"],
        ["Transfer-Encoding: chunked, identity", "X-A: b"],
        ["Content-Length: +4", "X-A: b"],
    ] {
        let answer = wall.send(head("POST", "/size", &lines) + "1234").await;
        assert_eq!(status_of(&answer), 400, "{answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_room_for_so_many_and_no_more() {
    let limits = Limits {
        per_address: 3,
        requests: 1,
        handler: LONG,
        ..short()
    };
    let (router, entered) = held(LONG);
    let wall = Wall::with(limits, router).await;
    let first = wall.asks_for("/held", &entered).await;
    let busy = wall.until("/", 503).await;
    assert_eq!(code_of(&busy), "http_busy");
    assert!(busy.contains("retry-after: 1"), "{busy}");
    drop(first);
    // Room is made when whoever asked has gone.
    assert_eq!(status_of(&wall.until("/", 200).await), 200);
    // Three connections of one address, and the fourth is closed.
    let held = [wall.seat().await, wall.seat().await, wall.seat().await];
    assert_eq!(wall.get("/").await, is(0, ""));
    drop(held);
    assert_eq!(status_of(&wall.until("/", 200).await), 200);
    let none = Wall::open(Limits {
        connections: 0,
        ..short()
    })
    .await;
    assert_eq!(none.get("/").await, is(0, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_refuses_is_no_stranger_at_the_wall() {
    // The legal reasons of data rights are such answers: they are the program's, and tell no code of ours.
    let refusal = || async { (StatusCode::FORBIDDEN, r#"{"reasons":[]}"#) };
    let router = Router::new().route("/kept", get(refusal));
    let limits = Limits {
        refusals: Some(Rate::new(1, 3)),
        ..short()
    };
    let wall = Wall::with(limits, router).await;
    for _ in 0..50 {
        assert_eq!(wall.get("/kept").await, is(403, ""));
    }
    // What cannot be a request is counted as before.
    let refused = wall.until("//", 429).await;
    assert_eq!(code_of(&refused), "http_rate");
    assert_eq!(wall.get("/kept").await, is(429, "http_rate"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_nothing_is_left() {
    let all = "x".repeat(64 * 1024 * 1024);
    let router = Router::new().route("/", get(move || async move { all }));
    let wall = Wall::with(short(), router).await;
    let mut deaf = wall.connect().await;
    deaf.write_all(head("GET", "/", &[]).as_bytes())
        .await
        .unwrap();
    sleep(Duration::from_secs(2)).await;
    let mut got = Vec::new();
    let _ = timeout(LONG, deaf.read_to_end(&mut got)).await.unwrap();
    assert!(got.len() < 64 * 1024 * 1024, "{} octets", got.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_finished_and_nobody_else_comes_in() {
    let limits = Limits {
        handler: LONG,
        ..short()
    };
    let (router, entered) = held(Duration::from_secs(3));
    let wall = Wall::with(limits, router).await;
    let mut under_way = wall.asks_for("/held", &entered).await;
    wall.shutdown.begin();
    let mut is_closed = false;
    for _ in 0..400 {
        is_closed = TcpStream::connect(wall.at).await.is_err();
        if is_closed {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert!(is_closed, "somebody else comes in");
    let answer = rest(&mut under_way).await;
    assert_eq!(status_of(&answer), 200);
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(timeout(LONG, wall.served).await.unwrap().unwrap(), 0);
    // What does not come to an end is broken off.
    let limits = Limits {
        drain: Duration::from_millis(200),
        ..limits
    };
    let (router, entered) = held(LONG);
    let wall = Wall::with(limits, router).await;
    let mut under_way = wall.asks_for("/held", &entered).await;
    wall.shutdown.begin();
    assert_eq!(timeout(LONG, wall.served).await.unwrap().unwrap(), 1);
    assert_eq!(rest(&mut under_way).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_nothing_is_torn_by_a_shutdown() {
    let wall = Wall::open(short()).await;
    let clients: Vec<_> = (0..40)
        .map(|_| {
            let at = wall.at;
            tokio::spawn(async move {
                let (mut whole, mut torn) = (0, 0);
                loop {
                    // One that is not taken any more was asked nothing.
                    let Ok(mut stream) = TcpStream::connect(at).await else {
                        return (whole, torn);
                    };
                    let sent = head("POST", "/size", &["Content-Length: 3", "Connection: close"]);
                    let _ = stream.write_all((sent + "abc").as_bytes()).await;
                    match rest(&mut stream).await {
                        answer if answer.is_empty() => return (whole, torn),
                        answer if answer.ends_with("\r\n\r\n3") => whole += 1,
                        _ => torn += 1,
                    }
                }
            })
        })
        .collect();
    sleep(Duration::from_millis(300)).await;
    wall.shutdown.begin();
    assert_eq!(timeout(LONG, wall.served).await.unwrap().unwrap(), 0);
    let mut sum = (0, 0);
    for client in clients {
        let (whole, torn) = timeout(LONG, client).await.unwrap().unwrap();
        sum = (sum.0 + whole, sum.1 + torn);
    }
    assert!(sum.0 > 40 && sum.1 == 0, "{sum:?}");
}

/// What an operator's door says to a `POST` that nobody has signed.
async fn unsigned(town: &Town, lines: &[&str], body: &[u8]) -> (u16, String) {
    let length = format!("Content-Length: {}", body.len());
    let lines = [&[&*length, "Connection: close"], lines].concat();
    let mut sent = head("POST", "/link", &lines).into_bytes();
    sent.extend_from_slice(body);
    let mut stream = TcpStream::connect(town.operator).await.unwrap();
    let _ = stream.write_all(&sent).await;
    let answer = rest(&mut stream).await;
    (status_of(&answer), code_of(&answer))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_reads_so_much_and_each_header_once() {
    let town = Town::new().await;
    let json = "Content-Type: application/json";
    let most = Bounds::default().body;
    let unproven = is(401, "request_not_authentic");
    for octets in [most - 1, most] {
        assert_eq!(
            unsigned(&town, &[json], &vec![b' '; octets]).await,
            unproven
        );
    }
    let answer = unsigned(&town, &[json], &vec![b' '; most + 1]).await;
    assert_eq!(answer, is(413, "http_body_too_large"));
    for twice in ["Content-Type: text/plain", "content-type: application/json"] {
        let answer = unsigned(&town, &[json, twice], b"{}").await;
        assert_eq!(answer, is(400, "http_header_twice"), "{twice}");
    }
    let twice = ["Authorization: PoP a.b.c", "authorization: PoP a.b.c"];
    assert_eq!(
        unsigned(&town, &twice, b"").await,
        is(400, "http_header_twice")
    );
    let twice = ["Idempotency-Key: a", "Idempotency-Key: a"];
    assert_eq!(
        unsigned(&town, &twice, b"").await,
        is(400, "http_header_twice")
    );
    let latin = ["X-Name: \u{e4}"];
    assert_eq!(
        unsigned(&town, &latin, b"").await,
        is(400, "http_header_twice")
    );
}

/// The defaults as the README tells them.
#[test]
fn the_defaults_are_written_down() {
    let seconds = |time: Duration| format!("{} s", time.as_secs());
    let rate = |rate: Option<Rate>| {
        let rate = rate.unwrap();
        format!("{}/s, {} at once", rate.per_second, rate.burst)
    };
    // One that is new is missing here, and then the table is too.
    let Limits {
        connections,
        per_address,
        head_time,
        idle,
        headers,
        head,
        target,
        handler,
        requests,
        refusals,
        stall,
        drain_delay,
        drain,
        bounds,
    } = Limits::default();
    let Bounds {
        body,
        time,
        replay,
        rate: of_party,
    } = bounds;
    let defaults = [
        ("connections", connections.to_string()),
        ("per_address", per_address.to_string()),
        ("head_time", seconds(head_time)),
        ("idle", seconds(idle)),
        ("headers", headers.to_string()),
        ("head", head.to_string()),
        ("target", target.to_string()),
        ("handler", seconds(handler)),
        ("requests", requests.to_string()),
        ("refusals", rate(refusals)),
        ("stall", seconds(stall)),
        ("drain_delay", seconds(drain_delay)),
        ("drain", seconds(drain)),
        ("bounds.body", body.to_string()),
        ("bounds.time", seconds(time)),
        ("bounds.replay", replay.to_string()),
        ("bounds.rate", rate(of_party)),
    ];
    let readme = include_str!("../README.md");
    let (_, table) = readme.split_once("| limit | default |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let rows: Vec<_> = table
        .lines()
        .skip(2)
        .map(|row| {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            (cells[1].trim_matches('`'), cells[2].to_owned())
        })
        .collect();
    assert_eq!(rows, defaults);
}
