//! Numbers for whoever is called at night: each is there and moves when it should, and none has a label by which a
//! person could be found.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "town/book.rs"]
mod book;
mod town;

use book::Book;
use mydata::core::crypto::Sha256;
use mydata::core::id::{DatasetId, OperatorId, PurposeId, ServiceId, SurrogateId};
use mydata::core::lang::Language;
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::Ring;
use mydata::service::Want;
use mydata::token::party::Sender;
use mydata_conformance::descriptions;
use mydata_conformance::provider::{Kind, Provider as Login};
use mydata_http::identity::{Caching, HttpFetch, NotVerified, OidcResidents, Residents as _};
use mydata_http::ops::{Behind, Metrics, Rate, Shutdown, Side, Signed, TimedLog, Unconfirmed};
use mydata_http::usage::{
    Channel, PersonCode, Persons, PersonsFault, Receiver, UsageDesk, UsageOptions, UsageWords,
    usage_api,
};
use mydata_http::{
    AccessEntry, AccessLog as _, Bounds, Limits, MemoryLog, OperatorClient, Outbound, Protect,
    RequestId, Server, Stage, service_api,
};
use mydata_identity::{Audience, Issuer, Provider};
use mydata_store::{Clock, SystemClock, Traffic};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::net::{TcpListener, TcpStream};
use town::{Pair, Town, code_of, raw, status_of};

/// Everybody has one surrogate.
struct Everybody(SurrogateId);

impl Persons for Everybody {
    async fn links(&self, _: &PersonCode) -> Result<Vec<SurrogateId>, PersonsFault> {
        Ok(vec![self.0.clone()])
    }
}

/// As far before the others as may be: a request that is under way for less than that is still ahead.
#[derive(Debug)]
struct Ahead;

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(Seconds::new(5))
    }
}

async fn opened(router: axum::Router, limits: Limits, side: Side, town: &Town) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let server = Server::new(limits).counted(side, Arc::clone(&town.metrics));
    tokio::spawn(async move { server.run(listener, router, &Shutdown::new()).await });
    at
}

/// The value of a row, which begins with this.
fn value(text: &str, row: &str) -> Option<f64> {
    let row = ["mydata_", row, " "].concat();
    let rows = text.lines().filter_map(|line| line.strip_prefix(&*row));
    rows.filter_map(|rest| rest.trim().parse().ok()).next()
}

const ROOM: usize = 256;

/// A town in which one person has consented, with a log of data that are given.
async fn open() -> (Town, Arc<Book>, Pair) {
    let bounds = Bounds {
        replay: ROOM,
        ..Bounds::default()
    };
    let town = Town::with(&[], bounds).await;
    let ann = town.linked("ann").await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    let book = Arc::new(Book::default());
    let log = TimedLog::new(Arc::clone(&book), Arc::clone(&town.metrics));
    let protect = Protect::new(Arc::clone(&town.source.desk)).logged(Arc::new(log));
    let give = axum::routing::get(async |_: mydata_http::Granted| "{}");
    let routes = axum::Router::new().route("/data/{kind}", give);
    let routes = routes.route_layer(protect);
    town.put_source(service_api(Arc::clone(&town.source.desk)).merge(routes));
    (town, book, pair)
}

async fn fetched(town: &Town, pair: &Pair) -> Result<(), String> {
    let (purpose, dataset) = (
        PurposeId::parse("care").unwrap(),
        DatasetId::parse("src/a").unwrap(),
    );
    let want = Want::get(&pair.sink, &purpose, &dataset);
    let fetched = town.sink.desk.fetch(&want).await;
    fetched.map(drop).map_err(|fault| fault.code().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_source_decides_and_writes_is_timed() {
    let (town, book, pair) = open().await;
    let decided = |text: &str| value(text, "decision_seconds_count");
    assert_eq!(decided(&town.metrics.text()), Some(0.0));
    for _ in 0..2 {
        assert_eq!(fetched(&town, &pair).await, Ok(()));
    }
    // Whatever else wants something is decided of, too.
    raw(
        town.source_at,
        "GET /data/a HTTP/1.1\r\nHost: source.example\r\n\r\n",
    )
    .await;
    assert_eq!(decided(&town.metrics.text()), Some(3.0));
    // The rows of what has left are written when it has.
    written(&town, 4.0).await;
    book.is_full.store(true, Ordering::SeqCst);
    assert_eq!(
        fetched(&town, &pair).await,
        Err("http_unreachable".to_owned())
    );
    written(&town, 5.0).await;
    let text = town.metrics.text();
    let failed = r#"access_log_failures_total{act="append",code="access_log_unavailable"}"#;
    assert_eq!(value(&text, failed), Some(1.0), "{text}");
    assert_eq!(decided(&text), Some(4.0));
}

/// Waits until so many rows were written, or tried.
async fn written(town: &Town, rows: f64) {
    let count = || value(&town.metrics.text(), "access_log_append_seconds_count");
    for _ in 0..2000 {
        if count() == Some(rows) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{:?} rows", count());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_says_how_full_it_is() {
    let (town, _book, pair) = open().await;
    let fill = |from: &str| {
        town.source.desk.report(&town.metrics);
        town.house.report(&town.metrics);
        let row = format!(r#"replay_guard_fill_ratio{{from="{from}"}}"#);
        value(&town.metrics.text(), &row).unwrap()
    };
    assert!(fill("sinks").abs() < f64::EPSILON);
    fetched(&town, &pair).await.unwrap();
    fetched(&town, &pair).await.unwrap();
    let each = 1.0 / 256.0;
    assert!((fill("sinks") - 2.0 * each).abs() < f64::EPSILON);
    // Of the operator there came a few messages; at the operator itself few of very many are remembered.
    let (operators, services) = (fill("operators"), fill("services"));
    assert!((each..0.2).contains(&operators), "{operators}");
    assert!(services > 0.0 && services < 0.001, "{services}");
    // Full is full, and says so.
    for prepared in town.many_prepared(&want(&pair), ROOM).await {
        let lines: String = prepared
            .headers()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let path = prepared.url.path().to_owned();
        let text = format!("GET {path} HTTP/1.1\r\nHost: source.example\r\n{lines}\r\n");
        let answer = raw(town.source_at, &text).await;
        if code_of(&answer) == "replay_guard_full" {
            break;
        }
        assert_eq!(status_of(&answer), 200, "{answer}");
    }
    assert!((fill("sinks") - 1.0).abs() < f64::EPSILON);
}

static CARE: std::sync::LazyLock<(PurposeId, DatasetId)> = std::sync::LazyLock::new(|| {
    let ids = (PurposeId::parse("care"), DatasetId::parse("src/a"));
    (ids.0.unwrap(), ids.1.unwrap())
});

fn want(pair: &Pair) -> Want<'_> {
    let (purpose, dataset) = &*CARE;
    Want::get(&pair.sink, purpose, dataset)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_goes_wrong_is_seen_before_it_is_refused() {
    let (town, _book, pair) = open().await;
    let (setup, hosts) = town.setup(&town.sink);
    let sender = Sender::Service(setup.id.clone());
    let key = Arc::clone(&setup.keys.signature);
    let out = Outbound::new(hosts, sender, key, Arc::new(Ahead), Arc::new(Ring));
    let client = OperatorClient::new(Arc::new(out), setup.operators[0].1.clone());
    let count = |sender: &str, le: &str| {
        let row = format!(r#"clock_skew_seconds_bucket{{le="{le}",sender="{sender}"}}"#);
        value(&town.metrics.text(), &row).unwrap_or(0.0)
    };
    let behind = count("behind", "+Inf");
    assert!(behind > 0.0, "{}", town.metrics.text());
    client.token(&pair.sink).await.unwrap();
    assert_eq!(
        (count("ahead", "0.0"), count("ahead", "5.0")),
        (0.0, 1.0),
        "{}",
        town.metrics.text()
    );
    // Whoever has signed nothing has no clock.
    raw(town.operator, "GET /link HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!((count("behind", "+Inf") - behind).abs() < f64::EPSILON);
}

/// Residents of a provider that is there, and of one that is not.
async fn residents(metrics: &Metrics) -> String {
    let login = tokio::task::spawn_blocking(Login::start).await.unwrap();
    let now = SystemClock.now();
    let of = |issuer: &str| {
        let issuer = Issuer::parse(issuer).unwrap();
        let provider = Provider::new(issuer, Audience::parse("card").unwrap());
        let fetch = HttpFetch::new(hyper_util::client::legacy::connect::HttpConnector::new());
        OidcResidents::new(provider, Caching::default(), fetch, Arc::new(Ring)).unwrap()
    };
    let claims = login.claims("ann", "card", now.seconds());
    let token = login.sign_as(Kind::Es256, &json!({}), &claims);
    let (here, gone) = (of(&login.issuer()), of("http://127.0.0.1:1/realm"));
    gone.report(metrics, now);
    here.clone().verify(&token, now).await.unwrap();
    for _ in 0..2 {
        let verified = gone.verify(&token, now).await;
        assert_eq!(verified.unwrap_err(), NotVerified::Unavailable);
    }
    let later = now.plus(Seconds::minutes(7));
    here.report(metrics, later);
    gone.report(metrics, later);
    login.issuer()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_provider_grow_old_in_sight() {
    let metrics = Metrics::new();
    let issuer = residents(&metrics).await;
    let text = metrics.text();
    let fetches = |issuer: &str, outcome: &str| {
        let row = format!(r#"identity_key_fetches_total{{issuer="{issuer}",outcome="{outcome}"}}"#);
        value(&text, &row)
    };
    assert_eq!(fetches(&issuer, "good"), Some(1.0), "{text}");
    let gone = "http://127.0.0.1:1/realm";
    assert_eq!(fetches(gone, "provider_unreachable"), Some(2.0), "{text}");
    let age = |issuer: &str| {
        let row = format!(r#"identity_keys_age_seconds{{issuer="{issuer}"}}"#);
        value(&text, &row)
    };
    assert_eq!((age(&issuer), age(gone)), (Some(420.0), None), "{text}");
}

/// A person looks who has used their data, and of one row nobody knows who it was.
async fn looked(town: &Town) {
    let surrogate = SurrogateId::parse("surrogate-of-ann").unwrap();
    let log = Arc::new(MemoryLog::new());
    for (number, sink) in [7_u8, 8].into_iter().enumerate() {
        let id = RequestId::parse(&format!("request-{number}")).unwrap();
        let mut row = AccessEntry::new(SystemClock.now(), id, Stage::Released { octets: 1 });
        row.surrogate_id = Some(surrogate.clone());
        row.sink_key = Some(Sha256::from_octets([sink; 32]));
        log.append(row).await.unwrap();
    }
    let receiver = |code: &str| Receiver {
        code: code.to_owned(),
        name: None,
        system: "care".to_owned(),
    };
    let options = UsageOptions {
        channel: Channel {
            loopback: true,
            certificates: BTreeSet::new(),
            clients: BTreeSet::from(["portal".to_owned()]),
        },
        receivers: BTreeMap::from([(Sha256::from_octets([7; 32]), receiver("0000000-0"))]),
        own: receiver("1111111-1"),
        words: UsageWords::new(
            &descriptions::checked(&descriptions::source()),
            Language::FI,
        ),
        retention: Seconds::days(365),
    };
    let desk = UsageDesk::new(log, Everybody(surrogate), options, Arc::new(SystemClock));
    let routes = usage_api(Arc::new(desk));
    let at = opened(routes, Limits::default(), Side::Usage, town).await;
    let text = "GET /v2/findUsage?userCode=FI140386-901P HTTP/1.1\r\nHost: a\r\n\
                X-Road-Client: portal\r\nX-Road-UserId: FI140386-901P\r\n\r\n";
    let answer = raw(at, text).await;
    assert_eq!(status_of(&answer), 200, "{answer}");
}

async fn asked_behind(request: axum::extract::Request) -> axum::response::Response {
    let is_late = request.uri().path() == "/late";
    let asking = async { if is_late { Err(()) } else { Ok(()) } };
    let (_, behind) = Behind::ask("register", asking, |()| "gateway_upstream_late").await;
    behind.with(axum::response::Response::default())
}

/// All that there is has happened.
async fn night() -> Town {
    let (town, book, pair) = open().await;
    fetched(&town, &pair).await.unwrap();
    book.is_full.store(true, Ordering::SeqCst);
    fetched(&town, &pair).await.unwrap_err();
    town.source.desk.report(&town.metrics);
    town.house.report(&town.metrics);
    residents(&town.metrics).await;
    looked(&town).await;
    // One that is refused, one that comes too often, and one that comes while another is there.
    let limits = Limits {
        refusals: Some(Rate::new(1, 1)),
        per_address: 1,
        ..Limits::default()
    };
    let at = opened(axum::Router::new(), limits, Side::Ops, &town).await;
    let ask = "GET // HTTP/1.1\r\nHost: a.example\r\n\r\n";
    for wanted in [400, 429] {
        for _ in 0..1000 {
            if status_of(&raw(at, ask).await) == wanted {
                break;
            }
        }
    }
    let _held = TcpStream::connect(at).await.unwrap();
    for _ in 0..1000 {
        if status_of(&raw(at, ask).await) == 0 {
            break;
        }
    }
    let waiting = [(ServiceId::parse("source").unwrap(), Unconfirmed::default())].into();
    town.metrics
        .outbox(&waiting, &Traffic::default(), SystemClock.now());
    let operator = OperatorId::parse("operator.example").unwrap();
    town.metrics.statuses(&operator, Seconds::minutes(1), 2);
    town.metrics
        .signature_failed(Signed::Record, "jws_signature_invalid");
    // A gateway asks a system behind: once in vain.
    let gateway = axum::Router::new().route("/{what}", axum::routing::get(asked_behind));
    let at = opened(gateway, Limits::default(), Side::Gateway, &town).await;
    for what in ["good", "late"] {
        let ask = format!("GET /{what} HTTP/1.1\r\nHost: a.example\r\n\r\n");
        assert_eq!(status_of(&raw(at, &ask).await), 200);
    }
    town
}

/// Each number with its kind and the names of its labels.
fn served(text: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut all = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        if let Some(typed) = line.strip_prefix("# TYPE mydata_") {
            let (number, kind) = typed.split_once(' ').unwrap();
            name = number.to_owned();
            all.insert(name.clone(), (kind.to_owned(), BTreeSet::new()));
        }
        for (label, _) in labels(line) {
            if label != "le" {
                all.get_mut(&name).unwrap().1.insert(label);
            }
        }
    }
    all
}

/// The labels of a row.
fn labels(line: &str) -> Vec<(String, String)> {
    let inner = line
        .split_once('{')
        .and_then(|(_, rest)| rest.rsplit_once('}'));
    let Some((inner, _)) = inner.filter(|_| !line.starts_with('#')) else {
        return Vec::new();
    };
    let pairs = inner.split("\",").map(|pair| pair.trim_end_matches('"'));
    let pair = |pair: &str| {
        let (label, value) = pair.split_once("=\"").unwrap();
        (label.to_owned(), value.to_owned())
    };
    pairs.map(pair).collect()
}

/// The same as the README tells it.
fn told() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("\n## Numbers and alarms\n").unwrap();
    let (table, _) = rest.split_once("\n\nWhat is counted elsewhere").unwrap();
    let rows = table.lines().filter(|row| row.starts_with("| `"));
    let row = |row: &str| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let labels = cells[3]
            .split(',')
            .map(|label| label.trim().trim_matches('`'));
        let labels = labels.filter(|label| !label.is_empty()).map(str::to_owned);
        let name = cells[1].trim_matches('`').to_owned();
        (name, (cells[2].to_owned(), labels.collect()))
    };
    rows.map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_tells_all_numbers_and_their_labels() {
    let text = night().await.metrics.text();
    assert!(text.ends_with("# EOF\n"));
    assert_eq!(served(&text), told(), "{text}");
    let unknown = value(&text, "usage_receiver_unknown_total");
    assert_eq!(unknown, Some(1.0), "{text}");
    let failed = r#"upstream_failures_total{upstream="register",code="gateway_upstream_late"}"#;
    assert_eq!(value(&text, failed), Some(1.0), "{text}");
    let seconds = r#"upstream_seconds_count{upstream="register"}"#;
    assert_eq!(value(&text, seconds), Some(2.0), "{text}");
}

/// Codes of the project, of which no other stands in a label.
fn codes() -> BTreeSet<String> {
    let codes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/codes.md");
    let codes = std::fs::read_to_string(codes).unwrap();
    let rows = codes.lines().filter_map(|row| row.strip_prefix("| `"));
    let codes = rows.filter_map(|row| row.split('`').next());
    codes.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_have_closed_sets_of_values() {
    let town = night().await;
    let codes = codes();
    assert!(codes.len() > 300);
    let sides = [
        "operator",
        "residents",
        "source",
        "sink",
        "gateway",
        "rights",
        "usage",
        "ops",
    ];
    let text = town.metrics.text();
    let mut count = 0;
    for (label, value) in text.lines().flat_map(labels) {
        let is_one = |of: &[&str]| of.contains(&&*value);
        let is_known = match &*label {
            "le" => value.parse::<f64>().is_ok(),
            "version" => value == env!("CARGO_PKG_VERSION"),
            "side" => is_one(&sides),
            "status" => is_one(&["1xx", "2xx", "3xx", "4xx", "5xx"]),
            "what" => is_one(&["request", "data_request", "record", "resident"]),
            "act" => is_one(&["append", "read", "forget", "probe"]),
            "sender" => is_one(&["ahead", "behind"]),
            "from" => is_one(&["operators", "services", "sinks"]),
            "why" => is_one(&["address", "full", "party", "tls"]),
            "outcome" => {
                let deliveries = [
                    "delivered",
                    "unreachable",
                    "refused",
                    "parked",
                    "given_up",
                    "fault",
                ];
                is_one(&deliveries) || value == "good" || codes.contains(&value)
            }
            "code" => value == "none" || codes.contains(&value),
            // Ids of what is registered or configured, and names out of tables.
            "service" => is_one(&["source"]),
            "operator" => is_one(&["operator.example"]),
            "upstream" => is_one(&["register"]),
            "issuer" => value.starts_with("http://127.0.0.1:"),
            "operation" => value
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b"_/{}".contains(&b)),
            _ => false,
        };
        assert!(is_known, "{label}={value}");
        count += 1;
    }
    assert!(count > 100, "{count}");
    // No id of anybody, or of anything that is somebody's.
    let (link, surrogate) = town.link_of(&town.source);
    for secret in [link.as_str(), surrogate.as_str(), "ann", "901P"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
