//! What stays and what changes while a gateway runs: its configuration, who is who, what it has kept, its
//! health and its certificate.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use mydata_gateway::config::Config;
use mydata_gateway::{Gateway, watch};
use mydata_http::ops::{Shutdown, ops_api};
use mydata_http::tls::{TlsClient, Trust};
use mydata_http::{Fixed, Limits, Server};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use town::behind::{Behind, Says};
use town::{JSON, SECRET, Town, body_of, raw, routes, status_of, told, town};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_changes_nothing() {
    let behind = Behind::new().await;
    let town = town(&behind).await;
    let (_ann, cr_id) = town.consented("ann", "ann").await;
    behind.answers("200 OK", JSON, r#"{"kept": 1, "other": 2}"#);
    let body = async || body_of(&town.ask(&cr_id, None, "").await).to_owned();
    assert_eq!(body().await, r#"{"kept":1}"#);
    let file = town.directory.join("gateway.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    for (from, to, code) in [
        ("fields = [", "feilds = [", "gateway_config_unknown"),
        ("\"kept\"", "\"kept..x\"", "gateway_config_fields"),
        (
            "https://source.example",
            "https://other.example",
            "gateway_config_dataset",
        ),
        (
            "directory = \"state\"",
            "directory = \"other\"",
            "gateway_reload_fixed",
        ),
        (
            "public = \"127.0.0.1:0\"",
            "public = \"127.0.0.1:1\"",
            "gateway_reload_fixed",
        ),
        ("[limits]", "[limits]\nrequests = 7", "gateway_reload_fixed"),
        // The listener would give up before.
        ("total = \"5s\"", "total = \"10s\"", "gateway_reload_fixed"),
    ] {
        std::fs::write(&file, before.replacen(from, to, 1)).unwrap();
        let faults = town.gateway().reload(&file).unwrap_err();
        assert!(
            faults.iter().any(|fault| fault.refusal.code() == code),
            "{to}: {faults:?}"
        );
        assert_eq!(body().await, r#"{"kept":1}"#, "{to}");
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(
        town.gateway().reload(&file).unwrap_err()[0].refusal.code(),
        "gateway_config_file"
    );
    // A good one is seen by whoever watches, and taken over whole.
    std::fs::write(&file, before.replacen("\"kept\"", "\"kept..\"", 1)).unwrap();
    let (gateway, path) = (Arc::clone(town.gateway()), file.clone());
    let asked = Arc::new(tokio::sync::Notify::new());
    let hears = Arc::clone(&asked);
    let watching =
        tokio::spawn(
            async move { watch(&gateway, &path, Duration::from_millis(20), &hears).await },
        );
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(body().await, r#"{"kept":1}"#);
    std::fs::write(&file, before.replacen("\"kept\"", "\"other\"", 1)).unwrap();
    let mut tries = 0;
    while body().await != r#"{"other":2}"# {
        tries += 1;
        assert!(tries < 200, "it is never taken over");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // So is a file that it names, alone: here another secret for the system behind.
    behind.asked();
    std::fs::write(town.directory.join("register.token"), "renewed-token").unwrap();
    let mut tries = 0;
    loop {
        assert_eq!(body().await, r#"{"other":2}"#);
        if behind.asked().concat().contains("Bearer renewed-token") {
            break;
        }
        tries += 1;
        assert!(tries < 200, "it is never taken over");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    watching.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_application_says_who_it_is() {
    let behind = Behind::new().await;
    let town = town(&behind).await;
    let ann = town.sign_up("ann").await;
    let code = ann.begin(&town.source).await;
    let refused = (401, "request_not_authentic".to_owned());
    for secret in [
        "",
        "wrong",
        "the-application-is-i",
        "the-application-is-it-",
    ] {
        assert_eq!(
            told(&town.confirm(&code, "ann", secret).await),
            refused,
            "{secret}"
        );
    }
    let on_public = raw(town.public, "POST /linking HTTP/1.1\r\nHost: source.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(told(&on_public), (404, "http_path_unknown".into()));
    let unknown = mydata::core::id::LinkCode::from_random([7; 16]);
    assert_eq!(
        told(&town.confirm(&unknown, "ann", SECRET).await),
        (404, "code_unknown".into())
    );
    assert_eq!(status_of(&town.confirm(&code, "ann\n", SECRET).await), 400);
    // Said twice it is one linking, of whoever was named first.
    for _ in 0..2 {
        assert_eq!(status_of(&town.confirm(&code, "ann-7", SECRET).await), 201);
    }
    assert_eq!(
        told(&town.confirm(&code, "ann", SECRET).await),
        (409, "keep_member_other".into())
    );
    town.deliver().await;
    town.deliver().await;
    ann.link_sink().await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    behind.answers("200 OK", JSON, "{}");
    assert_eq!(status_of(&town.ask(&pair.sink, None, "").await), 200);
    let asked = behind.asked();
    assert!(asked[0].starts_with("GET /api/of/ann-7/all?"), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_it_holds_what_it_held() {
    let behind = Behind::new().await;
    let town = town(&behind).await;
    let (ann, cr_id) = town.consented("ann", "ann-7").await;
    behind.answers("200 OK", JSON, "{\"kept\":1}");
    assert!(town.fetch(&cr_id, None).await.is_ok());
    let file = town.directory.join("gateway.toml");
    // Two have not one state.
    let config = Config::read(&file).unwrap().unwrap();
    assert!(Gateway::open(config, Fixed::default()).await.is_err());
    // What it has kept, in another process that reaches no operator: the link, the member and the consent are
    // there, and nothing is given before the operator has been asked.
    let state = town.directory.join("state/journal");
    let names =
        |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).contains("ann-7");
    let text = std::fs::read_to_string(&file).unwrap();
    let elsewhere = |name: &str, more: &[u8]| {
        let text = text.replacen(
            "directory = \"state\"",
            &format!("directory = \"{name}\""),
            1,
        );
        let copy = town.directory.join(name);
        std::fs::create_dir_all(&copy).unwrap();
        let kept = [&std::fs::read(&state).unwrap()[..], more].concat();
        std::fs::write(copy.join("journal"), kept).unwrap();
        (Config::parse(&file, &text).unwrap(), copy.join("journal"))
    };
    // The last entry was being written.
    let (config, copy) = elsewhere("copy", &[0, 0, 1]);
    let alone = Gateway::open(config, Fixed::default()).await.unwrap();
    let at = serve(&alone).await;
    let sent = town.signed(&cr_id, None, "").await;
    assert_eq!(
        told(&raw(at, &sent).await),
        (503, "replay_guard_memory".into()),
        "it may have answered it before"
    );
    assert!(names(&copy));
    drop(alone);
    // A link that is over names nobody any more: in no file after the next start.
    ann.unlink_source().await;
    town.deliver().await;
    let (config, later) = elsewhere("later", &[]);
    assert!(names(&later));
    drop(Gateway::open(config, Fixed::default()).await.unwrap());
    assert!(!names(&later));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_reads_nothing_holds_no_place() {
    let behind = Behind::new().await;
    let routes = routes(&behind, "body_limit = \"64MiB\"\n");
    let routes = routes.replace("[\"kept\", \"part.name\"]", "[\"*\"]");
    let town =
        Town::new(&routes.replace("total = \"5s\"", "total = \"3s\"\nconnections = 1")).await;
    let (_ann, cr_id) = town.consented("ann", "ann").await;
    let length = 32 * 1024 * 1024;
    let head = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: {length}\r\n\r\n");
    behind.says(Says::Many(head.into_bytes(), length));
    let mut deaf = TcpStream::connect(town.public).await.unwrap();
    let signed = town.signed(&cr_id, None, "").await;
    deaf.write_all(signed.as_bytes()).await.unwrap();
    while behind.asked().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The one place is another's when the time of the upstream is over, long before the wall closes.
    behind.answers("200 OK", JSON, "{}");
    let mut was_full = false;
    for tries in 0.. {
        let answer = town.ask(&cr_id, None, "").await;
        if status_of(&answer) == 200 {
            break;
        }
        assert_eq!(told(&answer), (503, "gateway_upstream_busy".into()));
        was_full = true;
        assert!(tries < 200, "the place is never free");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(was_full, "the place was held");
}

async fn serve(gateway: &Arc<Gateway<Fixed>>) -> SocketAddr {
    town::opened(Server::new(Limits::default()), gateway.public()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_how_it_is() {
    let behind = Behind::new().await;
    let town = town(&behind).await;
    let (_ann, cr_id) = town.consented("ann", "CANARY").await;
    behind.answers("200 OK", JSON, "{\"kept\":\"CANARY\"}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let ops = ops_api(town.gateway().health(shutdown.clone()));
    let ending = shutdown.clone();
    tokio::spawn(async move {
        Server::new(Limits::default())
            .run(listener, ops, &ending)
            .await
    });
    let ask = async |path: &str| {
        raw(
            at,
            &format!("GET {path} HTTP/1.1\r\nHost: ops\r\nConnection: close\r\n\r\n"),
        )
        .await
    };
    assert_eq!(status_of(&town.ask(&cr_id, None, "").await), 200);
    let good = r#"{"checks":{"configuration":"good","log":"good","operator":"good"},"ready":true}"#;
    assert_eq!(body_of(&ask("/health/ready").await), good);
    let file = town.directory.join("nothing.toml");
    town.gateway().reload(&file).unwrap_err();
    assert!(
        ask("/health/ready")
            .await
            .contains(r#""configuration":"weak""#),
        "and it is ready all the same"
    );
    let numbers = ask("/metrics").await;
    assert!(numbers.contains("status_staleness_seconds"), "{numbers}");
    assert!(!numbers.contains("CANARY"), "{numbers}");
    shutdown.begin();
    assert_eq!(status_of(&ask("/health/ready").await), 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_speaks_tls_where_it_has_a_certificate() {
    let made = rcgen::generate_simple_self_signed(vec!["source.example".to_owned()]).unwrap();
    let behind = Behind::new().await;
    let town = town(&behind).await;
    let put = |name: &str, text: &str| std::fs::write(town.directory.join(name), text).unwrap();
    put("chain.pem", &made.cert.pem());
    put("key.pem", &made.signing_key.serialize_pem());
    let file = town.directory.join("gateway.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replacen("directory = \"state\"", "directory = \"tls\"", 1);
    let tls = "[listen.tls]\ncertificate = \"chain.pem\"\nkey = \"key.pem\"\n\n[linking]";
    let text = text.replacen("[linking]", tls, 1);
    let other = text.replacen("\"key.pem\"", "\"chain.pem\"", 1);
    let faults = Config::parse(&file, &other).unwrap_err();
    assert_eq!(faults[0].refusal.code(), "gateway_config_file");
    let config = Config::parse(&file, &text).unwrap();
    let gateway = Gateway::open(config, Fixed::default()).await.unwrap();
    let server = Server::new(Limits::default()).with_tls(gateway.tls().unwrap().clone());
    let at = town::opened(server, gateway.public()).await;
    let plain = raw(
        at,
        "GET /data/a HTTP/1.1\r\nHost: source.example\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(
        status_of(&plain),
        0,
        "nothing is said in plain text: {plain}"
    );
    let pem = made.cert.pem();
    let client = TlsClient::new(Trust::Roots(pem.as_bytes())).unwrap();
    let client = client.over(Fixed::new([("source.example".to_owned(), at)]));
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(client);
    let answer = client
        .get("https://source.example/data/a".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 401);
}
