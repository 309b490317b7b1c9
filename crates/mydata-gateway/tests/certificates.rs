//! Client certificates at the public listener: an operator is known by its own, and nobody by another.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use mydata::core::id::LinkCode;
use mydata_gateway::Gateway;
use mydata_gateway::config::Config;
use mydata_http::tls::{TlsClient, Trust};
use mydata_http::{Fixed, Limits, Problem, Server};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use town::behind::Behind;
use town::ground::{HEAD, directory, write_files};
use town::papers::{Authority, GOOD, Paper};
use town::{bits, key, routes};

const LIMITS: &str = "[limits]\nrefusals = \"none\"\nconnections_per_address = \"none\"\n";

const TLS: &str = "[listen.tls]\ncertificate = \"chain.pem\"\nkey = \"key.pem\"\nclients = \"roots.pem\"\n\n[linking]";

/// A directory with a configuration, and whoever vouches for the gateway and for its clients.
struct Place {
    directory: PathBuf,
    file: PathBuf,
    text: String,
    ours: Authority,
    theirs: Authority,
    operator: Paper,
}

impl Place {
    async fn new() -> Self {
        let directory = directory();
        let keys = ["source-1", "status-1", "tokens-1"].map(key);
        write_files(&directory, &keys[0], &keys[1], &keys[2]);
        let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
        let operator = theirs.vouch("operator", GOOD);
        let text = [HEAD, &routes(&Behind::new().await, ""), LIMITS].concat();
        let text = text.replacen("[linking]", TLS, 1);
        let text = text.replacen(
            "token_keys =",
            "certificate = \"operator.pem\"\ntoken_keys =",
            1,
        );
        let place = Self {
            file: directory.join("gateway.toml"),
            directory,
            text,
            ours,
            theirs,
            operator,
        };
        place.shows(&place.ours.vouch("source.example", GOOD));
        place.put("roots.pem", &place.theirs.pem());
        place.put("operator.pem", &place.operator.certificate);
        place.put("gateway.toml", &place.text);
        place
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.directory.join(name), text).unwrap();
    }

    fn shows(&self, paper: &Paper) {
        self.put("chain.pem", &paper.certificate);
        self.put("key.pem", &paper.key);
    }

    async fn open(&self) -> (Arc<Gateway<Fixed>>, SocketAddr) {
        let config = Config::read(&self.file).unwrap();
        let config = config.unwrap_or_else(|faults| panic!("{faults:#?}"));
        let gateway = Gateway::open(config, Fixed::default()).await.unwrap();
        let server = Server::new(Limits::default()).with_tls(gateway.tls().unwrap().clone());
        let at = town::opened(server, gateway.public()).await;
        (gateway, at)
    }

    /// Sends an unsigned message of the operator's, or asks for data; `None` where there is no connection.
    async fn send(
        &self,
        at: SocketAddr,
        (roots, shows): (&Authority, Option<&Paper>),
        path: &str,
    ) -> Option<(u16, String)> {
        let roots = roots.pem();
        let trust = Trust::Roots(roots.as_bytes());
        let client = match shows {
            None => TlsClient::new(trust),
            Some(paper) => TlsClient::with_certificate(trust, paper.identity()),
        };
        let hosts = Fixed::new([("source.example".to_owned(), at)]);
        let client = Client::builder(TokioExecutor::new()).build(client.unwrap().over(hosts));
        let request = Request::builder().uri(format!("https://source.example{path}"));
        let request = match path {
            "/slr/linking" => {
                let code = LinkCode::from_random(bits());
                let body = serde_json::json!({"link_invitation": {
                    "code": code.as_str(), "operator_id": "operator.example", "service_id": "source",
                }});
                let request = request
                    .method("POST")
                    .header("content-type", "application/json");
                request.body(Body::from(body.to_string()))
            }
            _ => request.body(Body::empty()),
        };
        let answer = client.request(request.unwrap()).await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        Some((status, Problem::code_of(&body).unwrap_or_default()))
    }
}

const MESSAGE: &str = "/slr/linking";

fn said(status: u16, code: &str) -> Option<(u16, String)> {
    Some((status, code.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_known_by_its_certificate() {
    let place = Place::new().await;
    let (_gateway, at) = place.open().await;
    let (ours, operator) = (&place.ours, Some(&place.operator));
    let unproven = said(401, "request_not_authentic");
    assert_eq!(
        place.send(at, (ours, operator), MESSAGE).await,
        said(201, "")
    );
    // Whoever has none, or one of somebody who is not known, signs.
    let other = place.theirs.vouch("operator", GOOD);
    for shows in [None, Some(&other)] {
        assert_eq!(place.send(at, (ours, shows), MESSAGE).await, unproven);
    }
    // One under other roots is no certificate.
    let foreign = place.ours.vouch("operator", GOOD);
    assert_eq!(place.send(at, (ours, Some(&foreign)), MESSAGE).await, None);
    // Data is for whoever has signed, whatever their connection shows.
    assert_eq!(place.send(at, (ours, operator), "/data/a").await, unproven);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_shown_and_a_wrong_one_is_not() {
    let place = Place::new().await;
    let (gateway, at) = place.open().await;
    let (ours, operator) = (&place.ours, Some(&place.operator));
    // From another authority: whoever trusts the first sees that it is another one.
    let next = Authority::new("next");
    place.shows(&next.vouch("source.example", GOOD));
    assert_eq!(
        place.send(at, (ours, operator), MESSAGE).await,
        said(201, "")
    );
    gateway.reload(&place.file).unwrap();
    assert_eq!(place.send(at, (ours, operator), MESSAGE).await, None);
    let sent = place.send(at, (&next, operator), MESSAGE).await;
    assert_eq!(sent, said(201, ""), "clients are asked as before");
    // What is wrong changes nothing.
    let other = next.vouch("source.example", GOOD);
    for (name, text, code) in [
        ("key.pem", &*other.key, "gateway_config_file"),
        ("roots.pem", "nothing", "gateway_config_file"),
        ("roots.pem", &next.pem(), "gateway_reload_fixed"),
        ("operator.pem", &other.certificate, "gateway_reload_fixed"),
        ("operator.pem", "nothing", "gateway_config_file"),
    ] {
        let before = std::fs::read(place.directory.join(name)).unwrap();
        place.put(name, text);
        let faults = gateway.reload(&place.file).unwrap_err();
        let codes: Vec<_> = faults.iter().map(|fault| fault.refusal.code()).collect();
        assert_eq!(codes, [code], "{name}: {faults:?}");
        std::fs::write(place.directory.join(name), before).unwrap();
        let sent = place.send(at, (&next, operator), MESSAGE).await;
        assert_eq!(sent, said(201, ""), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roots_and_certificates_belong_together() {
    let place = Place::new().await;
    for (from, to, at, code) in [
        (
            "clients = \"roots.pem\"\n",
            "",
            "\"operator.pem\"",
            "gateway_config_missing",
        ),
        (
            "certificate = \"operator.pem\"\n",
            "",
            "\"roots.pem\"",
            "gateway_config_missing",
        ),
        (
            "\"operator.pem\"",
            "\"key.pem\"",
            "\"key.pem\"\ntoken_keys",
            "gateway_config_file",
        ),
        (
            "\"roots.pem\"",
            "\"key.pem\"",
            "\"key.pem\"\n\n[linking]",
            "gateway_config_file",
        ),
    ] {
        let text = place.text.replacen(from, to, 1);
        let faults = Config::parse(&place.file, &text).unwrap_err();
        assert_eq!(faults.len(), 1, "{to}: {faults:?}");
        let before = &text[..text.find(at).unwrap()];
        let line = before.matches('\n').count() + 1;
        assert_eq!(
            (faults[0].refusal.code(), faults[0].line),
            (code, line),
            "{to}"
        );
    }
    // Two operators have not one certificate.
    let table = &place.text[place.text.find("[[operators]]").unwrap()..];
    let table = &table[..table.find("\n\n").unwrap()];
    let twice = table.replacen("\"operator.example\"", "\"other.example\"", 1);
    let text = place
        .text
        .replacen(table, &[table, "\n\n", &twice].concat(), 1);
    let faults = Config::parse(&place.file, &text).unwrap_err();
    assert_eq!(
        faults[0].refusal.code(),
        "gateway_config_twice",
        "{faults:?}"
    );
}
