//! Two parties over mutual TLS, and whoever is not one of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod papers;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::routing::get;
use http_body_util::BodyExt as _;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use mydata::core::crypto::{Crypto, Sha256, Signer as _};
use mydata::core::id::{KeyId, ServiceId};
use mydata::core::jwk::{Algorithm, KeyHistory, KeySet};
use mydata::core::resource::Origin;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring};
use mydata::token::party::{Sender, Senders};
use mydata_http::ops::{Metrics, Rate, Shutdown, Side};
use mydata_http::tls::{Identity, Tls, TlsClient, TlsRefusal, Trust, thumbprint};
use mydata_http::{
    Bounds, Class, Door, Fixed, HttpRefusal, Limits, Outbound, Problem, Server, class,
};
use mydata_store::{Clock, SystemClock};
use papers::{Authority, GOOD, OLD, Paper};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// As parties tell each other.
fn thumbprint_of(paper: &Paper) -> Sha256 {
    thumbprint(paper.certificate.as_bytes()).unwrap()
}

#[derive(Debug)]
struct Known(BTreeMap<Sender, KeyHistory>);

impl Senders for Known {
    fn keys_of(&self, sender: &Sender) -> Option<KeyHistory> {
        self.0.get(sender).cloned()
    }
}

fn key(kid: &str) -> Arc<PrivateKey> {
    let kid = KeyId::parse(kid).unwrap();
    Arc::new(PrivateKey::generate(kid, Algorithm::Ed25519).unwrap())
}

fn service(name: &str) -> Sender {
    Sender::Service(ServiceId::parse(name).unwrap())
}

/// The time at which a test began.
#[derive(Debug, Clone, Copy)]
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

async fn who(State(door): State<Arc<Door>>, request: Request) -> Result<String, Problem> {
    let arrived = door.receive(request).await?;
    Ok(arrived.sender().as_str().to_owned())
}

/// An operator that says who has come.
struct House {
    at: SocketAddr,
    tls: Tls,
    key: Arc<PrivateKey>,
    sink: Arc<PrivateKey>,
    clock: Arc<Still>,
    metrics: Arc<Metrics>,
}

impl House {
    /// Known are `source`, `twin` with the same key, `sink` and, by its certificate only, `gone`.
    async fn open(shows: &Paper, clients: &Authority, certificates: &[(&str, &Paper)]) -> Self {
        Self::within(Limits::default(), shows, clients, certificates).await
    }

    async fn within(
        limits: Limits,
        shows: &Paper,
        clients: &Authority,
        certificates: &[(&str, &Paper)],
    ) -> Self {
        let (key, sink) = (key("source-1"), key("sink-1"));
        let history = |key: &PrivateKey| KeyHistory::from(KeySet::from(key.public().clone()));
        let known = [
            (service("source"), history(&key)),
            (service("twin"), history(&key)),
            (service("sink"), history(&sink)),
        ];
        let crypto: Arc<dyn Crypto> = Arc::new(Ring);
        let clock = Arc::new(Still(SystemClock.now()));
        let senders = Arc::new(Known(known.into_iter().collect()));
        let origin = Origin::parse("https://operator.example").unwrap();
        let door = Door::new(
            origin,
            senders,
            Arc::clone(&clock) as _,
            crypto,
            limits.bounds,
        );
        let certificates = certificates.iter();
        let certificates = certificates.map(|(name, paper)| (thumbprint_of(paper), service(name)));
        let door = door.without_past().with_certificates(certificates);
        let router = Router::new().route("/who", get(who));
        let router = router.with_state(Arc::new(door));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let tls = Tls::asking(shows.identity(), clients.pem().as_bytes()).unwrap();
        let limits = Limits {
            head_time: Duration::from_millis(500),
            ..limits
        };
        let metrics = Arc::new(Metrics::new());
        let server = Server::new(limits).counted(Side::Operator, Arc::clone(&metrics));
        let server = server.with_tls(tls.clone());
        tokio::spawn(async move { server.run(listener, router, &Shutdown::new()).await });
        Self {
            at,
            tls,
            key,
            sink,
            clock,
            metrics,
        }
    }

    fn connector(&self, roots: &Authority, shows: Option<&Paper>) -> HttpsConnector<Fixed> {
        let roots = roots.pem();
        let trust = Trust::Roots(roots.as_bytes());
        let client = match shows {
            None => TlsClient::new(trust),
            Some(paper) => TlsClient::with_certificate(trust, paper.identity()),
        };
        let hosts = Fixed::new([("operator.example".to_owned(), self.at)]);
        client.unwrap().over(hosts)
    }

    /// Asks without a signature; `None` when there is no connection.
    async fn ask(&self, roots: &Authority, shows: Option<&Paper>) -> Option<(u16, String)> {
        let client = Client::builder(TokioExecutor::new()).build(self.connector(roots, shows));
        let request = Request::builder().uri("https://operator.example/who");
        let request = request.body(Body::empty()).unwrap();
        let answer = client.request(request).await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        let code = Problem::code_of(&body);
        let said = code.unwrap_or_else(|| String::from_utf8_lossy(&body).into_owned());
        Some((status, said))
    }

    /// Asks with a signature of `sender`.
    async fn signed(
        &self,
        connector: HttpsConnector<Fixed>,
        sender: &str,
        key: &Arc<PrivateKey>,
    ) -> String {
        let (key, crypto) = (Arc::clone(key) as _, Arc::new(Ring));
        let out = Outbound::new(
            connector,
            service(sender),
            key,
            Arc::clone(&self.clock) as _,
            crypto,
        );
        let url = Origin::parse("https://operator.example").unwrap();
        let url = url.at("/who").unwrap();
        let answer = out.call(Method::GET, url, (None, Vec::new()), None).await;
        match answer {
            Ok(answer) => String::from_utf8_lossy(&answer.body).into_owned(),
            Err(fault) => fault.code().to_owned(),
        }
    }
}

fn said(status: u16, what: &str) -> Option<(u16, String)> {
    Some((status, what.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_is_known_by_its_certificate_or_its_signature() {
    let (ours, theirs) = (Authority::new("town"), Authority::new("town"));
    let shown = ours.vouch("operator.example", GOOD);
    let [source, sink, gone, other] =
        ["source", "sink", "gone", "other"].map(|name| theirs.vouch(name, GOOD));
    let registered = [("source", &source), ("sink", &sink), ("gone", &gone)];
    let house = House::open(&shown, &theirs, &registered).await;
    // By either alone.
    assert_eq!(house.ask(&ours, Some(&source)).await, said(200, "source"));
    assert_eq!(house.ask(&ours, Some(&sink)).await, said(200, "sink"));
    let unproven = said(401, "request_not_authentic");
    for shows in [None, Some(&other), Some(&gone)] {
        assert_eq!(house.ask(&ours, shows).await, unproven);
    }
    let over = |shows| house.connector(&ours, shows);
    let by = async |shows, key| house.signed(over(shows), "source", key).await;
    assert_eq!(by(None, &house.key).await, "source");
    assert_eq!(by(Some(&source), &house.key).await, "source");
    assert_eq!(by(Some(&other), &house.key).await, "source");
    // A signature that is not good is not mended by a certificate, and whoever has one signs for itself.
    let unknown = key("x-1");
    assert_eq!(by(Some(&source), &unknown).await, "request_not_authentic");
    let failed = |code: &str| {
        let row = format!("signature_failures_total{{what=\"request\",code=\"{code}\"}} 1\n");
        house.metrics.text().contains(&row)
    };
    let other = HttpRefusal::CertificateOther.code();
    assert!(!failed(other));
    // It is told as little as any other, and counted by what it is.
    assert_eq!(by(Some(&sink), &house.key).await, "request_not_authentic");
    assert!(failed(other), "{}", house.metrics.text());
    assert_eq!(class(other), Some(Class::Unproven));
    assert_eq!(
        house.signed(over(Some(&sink)), "sink", &house.sink).await,
        "sink"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_talks_to_a_stranger() {
    let (ours, theirs) = (Authority::new("town"), Authority::new("town"));
    let source = theirs.vouch("source", GOOD);
    let shown = ours.vouch("operator.example", GOOD);
    let house = House::open(&shown, &theirs, &[("source", &source)]).await;
    // A client under another root, and one whose time is over.
    let foreign = ours.vouch("source", GOOD);
    let expired = theirs.vouch("source", OLD);
    for paper in [&foreign, &expired] {
        assert_eq!(house.ask(&ours, Some(paper)).await, None);
    }
    // A server under another root, of another name, and one whose time is over.
    assert_eq!(house.ask(&theirs, Some(&source)).await, None);
    for (name, until) in [("other.example", GOOD), ("operator.example", OLD)] {
        let paper = ours.vouch(name, until);
        house.tls.renew(paper.identity()).unwrap();
        assert_eq!(house.ask(&ours, Some(&source)).await, None, "{name}");
    }
    house.tls.renew(shown.identity()).unwrap();
    assert_eq!(house.ask(&ours, Some(&source)).await, said(200, "source"));
    // What is not TLS, and what is nothing, is closed.
    for sent in ["GET /who HTTP/1.1\r\nHost: operator.example\r\n\r\n", ""] {
        let mut stream = TcpStream::connect(house.at).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let closed = stream.read_to_end(&mut answer);
        let closed = tokio::time::timeout(Duration::from_secs(20), closed).await;
        assert!(closed.is_ok() && !answer.starts_with(b"HTTP"));
    }
    assert_eq!(house.ask(&ours, Some(&source)).await, said(200, "source"));
}

/// A key in PEM of this kind whose octets are none.
fn no_key(kind: &str) -> String {
    format!("-----BEGIN {kind}-----\nbm8ga2V5\n-----END {kind}-----\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_certificate_or_a_key_is_told_when_it_is_given() {
    let ours = Authority::new("town");
    let [shown, other] = ["operator.example", "other.example"].map(|name| ours.vouch(name, GOOD));
    let house = House::open(&shown, &ours, &[("source", &other)]).await;
    let (certificate, key) = (shown.certificate.as_str(), shown.key.as_str());
    let (pkcs8, sec1, rsa) = (
        no_key("PRIVATE KEY"),
        no_key("EC PRIVATE KEY"),
        no_key("RSA PRIVATE KEY"),
    );
    let open = no_key("PUBLIC KEY");
    let torn = key.replace("-----END", "END");
    for (certificate, key, refusal) in [
        (certificate, other.key.as_str(), TlsRefusal::Certificate),
        ("nothing", key, TlsRefusal::Certificate),
        (key, key, TlsRefusal::Certificate),
        ("", key, TlsRefusal::Certificate),
        (certificate, "", TlsRefusal::Key),
        (certificate, "nothing", TlsRefusal::Key),
        (certificate, certificate, TlsRefusal::Key),
        (certificate, &pkcs8, TlsRefusal::Key),
        (certificate, &sec1, TlsRefusal::Key),
        (certificate, &rsa, TlsRefusal::Key),
        (certificate, &open, TlsRefusal::Key),
        (certificate, &torn, TlsRefusal::Key),
    ] {
        let identity = Identity {
            certificates: certificate.as_bytes(),
            key: key.as_bytes(),
        };
        // Of a listener, when it is made and when it is renewed, and of a client.
        let roots = ours.pem();
        let refused = Some(refusal);
        assert_eq!(
            Tls::new(identity).err(),
            refused,
            "{certificate:.30} {key:.30}"
        );
        assert_eq!(Tls::asking(identity, roots.as_bytes()).err(), refused);
        assert_eq!(house.tls.renew(identity).err(), refused);
        let trust = Trust::Roots(roots.as_bytes());
        assert_eq!(TlsClient::with_certificate(trust, identity).err(), refused);
        assert!(!format!("{identity:?}{refusal:?}").contains("BEGIN"));
    }
    for roots in [&b""[..], b"nothing", key.as_bytes()] {
        assert_eq!(
            Tls::asking(shown.identity(), roots).err(),
            Some(TlsRefusal::Roots)
        );
        assert_eq!(
            TlsClient::new(Trust::Roots(roots)).err(),
            Some(TlsRefusal::Roots)
        );
    }
    assert_eq!(thumbprint(b"nothing").err(), Some(TlsRefusal::Certificate));
    assert_eq!(
        [TlsRefusal::Key.code(), TlsRefusal::Certificate.code()],
        ["tls_key", "tls_certificate"]
    );
    // What was there before is there still.
    let unproven = said(401, "request_not_authentic");
    assert_eq!(house.ask(&ours, None).await, unproven);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_has_its_rate_and_no_other_s() {
    let (ours, theirs) = (Authority::new("town"), Authority::new("town"));
    let shown = ours.vouch("operator.example", GOOD);
    let [source, sink] = ["source", "sink"].map(|name| theirs.vouch(name, GOOD));
    let bounds = Bounds {
        rate: Some(Rate::new(1, 5)),
        ..Bounds::default()
    };
    let registered = [("source", &source), ("sink", &sink)];
    // Behind a proxy nobody counts refusals by address; those by rate are counted still.
    let limits = Limits {
        bounds,
        refusals: None,
        ..Limits::default()
    };
    let house = House::within(limits, &shown, &theirs, &registered).await;
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(house.ask(&ours, Some(&source)).await.unwrap());
    }
    // Time stands still here.
    assert_eq!(answers.iter().filter(|answer| answer.0 == 200).count(), 5);
    let last = answers.last().unwrap();
    assert_eq!(*last, (429, "http_rate".to_owned()));
    let text = house.metrics.text();
    let row = "mydata_rate_limited_total{why=\"party\"} 15\n";
    assert!(text.contains(row), "{text}");
    assert_eq!(house.ask(&ours, Some(&sink)).await, said(200, "sink"));
    // However it proves who it is.
    let connector = house.connector(&ours, None);
    let signed = house.signed(connector, "source", &house.key).await;
    assert_eq!(signed, "http_unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_takes_no_place_from_others() {
    let (ours, theirs) = (Authority::new("town"), Authority::new("town"));
    let shown = ours.vouch("operator.example", GOOD);
    let bounds = Bounds {
        rate: Some(Rate::new(1, 5)),
        replay: 8,
        ..Bounds::default()
    };
    let limits = Limits {
        bounds,
        ..Limits::default()
    };
    let house = House::within(limits, &shown, &theirs, &[]).await;
    let ask = async |sender| {
        let connector = house.connector(&ours, None);
        house.signed(connector, sender, &house.key).await
    };
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(ask("source").await);
    }
    assert_eq!(answers.iter().filter(|said| *said == "source").count(), 5);
    for _ in 0..3 {
        assert_eq!(ask("twin").await, "twin", "eight are remembered");
    }
}

/// The defaults of what stands over rustls bring a second cryptography, and a C build with it.
#[test]
fn there_is_one_cryptography() {
    let tree = std::process::Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "mydata-http",
            "--edges",
            "normal,build",
        ])
        .args(["--prefix", "none", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.lines().any(|line| line.starts_with("rustls v")));
    for other in [
        "aws-lc",
        "openssl v",
        "openssl-sys",
        "native-tls",
        "reqwest",
        "dashmap",
    ] {
        let found = tree.lines().find(|line| line.starts_with(other));
        assert_eq!(found, None);
    }
}
