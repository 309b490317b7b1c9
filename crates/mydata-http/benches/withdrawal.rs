//! From a withdrawal to the refusal at the source, over loopback, with a hundred linked services of which one is
//! dead.
//!
//! Method. One process with two workers holds the town of the tests: the operator on its store in memory with its
//! dispatcher (the policy is the default one), the source, and 99 sinks, each behind a listener of its own. Every
//! person has linked all hundred, and given a consent from the source to every sink. Then one sink dies: the
//! dispatcher finds a listener that accepts and never answers in its place. Its lanes are blocked for the whole
//! time, since every person withdraws its consent first, which is measured as the others are.
//!
//! A round is one withdrawal. Requests of the sink are signed before the clock starts, since no sink signs after
//! it was told. The clock starts when `execute` is called with the signed withdrawal, and stops with the answer
//! 403 `consent_withdrawn` to a data request of the sink, which asks again and again over one connection. So
//! the time has in it the operator's decision and its commit, the delivery, the source's own keeping of it, and
//! one request. All persons withdraw at the same time, each one consent after another.
//!
//! What is wanted: p99 < 1 s.
//!
//! `cargo bench -p mydata-http --bench withdrawal`; it prints, and fails for a withdrawal that the source does not
//! follow at all. With `--test` it does a few rounds with a few services.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, and one that cannot go on ends"
)]

#[path = "../tests/town/mod.rs"]
mod town;

use mydata::core::id::{DatasetId, PurposeId};
use mydata::record::consent::ConsentChange;
use mydata::service::Want;
use mydata_http::Bounds;
use mydata_store::Policy;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use town::{Pair, Person, Side, Town, code_of, status_of};

const WORKERS: usize = 2;

/// Requests that are signed for a round, and the pause after each that is answered.
const ASKED: usize = 400;
const PAUSE: Duration = Duration::from_millis(1);

/// After so many the pauses are longer, so that the last is asked after seconds.
const HASTY: usize = 200;
const LONG_PAUSE: Duration = Duration::from_millis(50);

/// Persons, and linked services of each.
struct Size {
    persons: usize,
    services: usize,
}

/// Accepts, and never answers.
async fn dead() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    address
}

/// The answer to a request, the last octet of its body included.
async fn ask(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::with_capacity(1024);
    loop {
        let count = stream.read_buf(&mut answer).await.unwrap();
        let text = String::from_utf8_lossy(&answer);
        assert!(count > 0, "the source hangs up: {text}");
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        let mut named = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let (_, length) = named.next().unwrap();
        if body.len() >= length.parse().unwrap() {
            return text.into_owned();
        }
    }
}

/// From the call of `execute` to the refusal at the source.
async fn round(town: &Town, person: &Person<'_>, sink: &Side, pair: &Pair) -> Duration {
    let purpose = PurposeId::parse("care").unwrap();
    let dataset = DatasetId::parse("src/a").unwrap();
    let want = Want::get(&pair.sink, &purpose, &dataset);
    let signed = town.many_prepared_by(sink, &want, ASKED).await;
    let mut requests = signed.iter().map(|prepared| {
        let value = &prepared.authorization;
        format!("GET /data/a HTTP/1.1\r\nHost: source.example\r\nAuthorization: {value}\r\n\r\n")
    });
    let mut stream = TcpStream::connect(town.source_at).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let before = ask(&mut stream, &requests.next().unwrap()).await;
    assert_eq!(status_of(&before), 200, "{before}");
    let withdrawal = person.drafted(&pair.sink, ConsentChange::Withdraw).await;

    let begun = Instant::now();
    person.does(&withdrawal).await;
    for (number, request) in requests.enumerate() {
        let answer = ask(&mut stream, &request).await;
        let time = begun.elapsed();
        match status_of(&answer) {
            403 => {
                assert_eq!(code_of(&answer), "consent_withdrawn");
                return time;
            }
            200 => {}
            _ => panic!("{answer}"),
        }
        let is_hasty = number < HASTY;
        tokio::time::sleep(if is_hasty { PAUSE } else { LONG_PAUSE }).await;
    }
    panic!(
        "the source gives the data after {:?} still",
        begun.elapsed()
    );
}

/// All withdrawals of a person, that of the dead sink first.
async fn rounds(town: &Town, person: Person<'_>, pairs: Vec<Pair>) -> Vec<Duration> {
    let mut times = Vec::new();
    for (sink, pair) in town.others.iter().zip(pairs) {
        times.push(round(town, &person, sink, &pair).await);
    }
    times
}

fn main() {
    let is_whole = std::env::args().any(|argument| argument == "--bench")
        && !std::env::args().any(|argument| argument == "--test");
    let size = match is_whole {
        true => Size {
            persons: 4,
            services: 100,
        },
        false => Size {
            persons: 2,
            services: 4,
        },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measured(&size));
}

async fn measured(size: &Size) {
    // All but the source; the first of them will die.
    let names: Vec<String> = (1..size.services).map(|n| format!("sink-{n}")).collect();
    let town: &'static Town = Box::leak(Box::new(Town::with(&names, Bounds::default()).await));
    let mut persons = Vec::new();
    for number in 0..size.persons {
        let person = town.sign_up(&format!("person-{number}")).await;
        person.link(&town.source).await;
        let mut pairs = Vec::new();
        for sink in &town.others {
            person.link(sink).await;
            pairs.push(person.consent_to(sink, "care", &["src/a"]).await);
        }
        town.deliver().await;
        persons.push((person, pairs));
    }
    assert!(
        town.waiting().await.is_empty(),
        "nothing is left to be told"
    );

    let there = dead().await;
    let gone = town.others.first().unwrap();
    let dispatcher = town.courier_past(gone, there, Policy::default());
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn({
        let dispatcher = std::sync::Arc::clone(&dispatcher);
        async move { dispatcher.run(stopped).await }
    });
    let mut measuring = JoinSet::new();
    for (person, pairs) in persons {
        measuring.spawn(rounds(town, person, pairs));
    }
    let mut times = Vec::new();
    while let Some(of_person) = measuring.join_next().await {
        times.extend(of_person.unwrap());
    }
    // It has been told nothing, and everybody else everything.
    let waiting = town.waiting().await;
    assert!(waiting.contains(&gone.id), "the dead one was told");
    drop((stop, running));

    times.sort_unstable();
    let at = |thousandths: usize| {
        let rank = (times.len() * thousandths).div_ceil(1000);
        let time = times.get(rank - 1).unwrap();
        time.as_secs_f64() * 1e3
    };
    let (count, Size { persons, services }) = (times.len(), size);
    println!(
        "{count} withdrawals of {persons} persons at once, {services} linked services, one dead"
    );
    for (name, thousandths) in [("p50", 500), ("p90", 900), ("p99", 990), ("max", 1000)] {
        println!("{name} {:9.2} ms", at(thousandths));
    }
    println!("wanted: p99 < 1000 ms");
}
