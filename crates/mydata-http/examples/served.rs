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
    unused_imports,
    reason = "what the tests have is more than is served here"
)]

#[path = "../tests/plain/mod.rs"]
mod plain;
#[path = "../tests/registry/house.rs"]
mod registry;
#[path = "../tests/town/mod.rs"]
mod town;
#[path = "../tests/usage/house.rs"]
mod usage;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mydata::core::crypto::Signer as _;
use mydata::keys::PrivateKey;
use mydata_http::{Fixed, MemoryLog};
use serde_json::{Value, json};
use std::io::Read as _;
use std::net::SocketAddr;
use town::{Town, logged};

/// A line: which API, where, and how its caller proves who it is.
fn told(api: &str, at: SocketAddr, proof: &Value) {
    let mut line = json!({ "api": api, "url": format!("http://{at}") });
    let all = line.as_object_mut().unwrap();
    all.extend(proof.as_object().unwrap().clone());
    println!("{line}");
}

/// A party that signs its requests to `to`.
fn party(id: &str, role: &str, to: &str, key: &PrivateKey) -> Value {
    // The seed stands in one place of a PKCS #8 document of Ed25519 (RFC 8410, section 10.3).
    let document = key.to_pkcs8();
    let seed = document.expose().get(16..48).unwrap();
    json!({
        "id": id,
        "role": role,
        "to": to,
        "kid": key.public().kid().as_str(),
        "key": STANDARD.encode(seed),
    })
}

#[tokio::main]
async fn main() {
    let town = Town::new().await;
    let person = town.linked("ann").await;
    let _pair = person.consent("care", &["src/a", "src/b"]).await;
    town.deliver().await;
    let (sink, operator) = (town.sink.signature(), town.keys_of_status());
    let service = party("sink", "service", "operator.example", &sink);
    told("operator", town.operator, &service);
    let house = party(town.id.as_str(), "operator", "source.example", &operator);
    told("service", town.source_at, &house);
    let counter = town.counter().await;
    let resident = json!({ "token": "ann/high/1" });
    told("residents", counter.at, &resident);
    let register = registry::House::new(Fixed::default()).await;
    told(
        "registry",
        register.at,
        &json!({ "token": registry::STAFF }),
    );
    let usages = usage::House::over(MemoryLog::new()).await;
    usages
        .write(usage::ANN, usage::noon(), usage::RELEASED)
        .await;
    let channel = json!({
        "headers": { "X-Road-Client": usage::CLIENT, "X-Road-UserId": usage::ANN },
    });
    told("usage", usages.at, &channel);
    println!();
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
        .await
        .unwrap()
        .unwrap();
}
