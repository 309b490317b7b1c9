//! What has an OpenAPI document, served on the loopback for a program that holds it to the document: one line
//! of JSON for each API, then an empty one; until the input ends.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program of the tests"
)]
#![allow(
    dead_code,
    reason = "the town of the tests is more than is served here"
)]

#[path = "../tests/town/mod.rs"]
mod town;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mydata::core::crypto::Signer as _;
use mydata::keys::PrivateKey;
use serde_json::json;
use std::io::Read as _;
use town::Town;

/// A line: which API, where, and how its caller proves who it is.
fn told(api: &str, port: u16, (id, role, to): (&str, &str, &str), key: &PrivateKey) {
    // The seed stands in one place of a PKCS #8 document of Ed25519 (RFC 8410, section 10.3).
    let document = key.to_pkcs8();
    let seed = document.expose().get(16..48).unwrap();
    let line = json!({
        "api": api,
        "url": format!("http://127.0.0.1:{port}"),
        "id": id,
        "role": role,
        "to": to,
        "kid": key.public().kid().as_str(),
        "key": STANDARD.encode(seed),
    });
    println!("{line}");
}

#[tokio::main]
async fn main() {
    let town = Town::new().await;
    let person = town.linked("ann").await;
    let _pair = person.consent("care", &["src/a", "src/b"]).await;
    town.deliver().await;
    let (sink, operator) = (town.sink.signature(), town.keys_of_status());
    let service = ("sink", "service", "operator.example");
    told("operator", town.operator.port(), service, &sink);
    let house = (town.id.as_str(), "operator", "source.example");
    told("service", town.source_at.port(), house, &operator);
    println!();
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
        .await
        .unwrap()
        .unwrap();
}
