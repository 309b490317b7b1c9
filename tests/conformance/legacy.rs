//! What older systems have signed: read and checked as they wrote it, with data of our own in the shape
//! and the serialisation of the framework's reference SDK.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test helper that fails fails the test"
)]

mod descriptions;
mod envelopes;
mod forms;
mod histories;
mod laws;
mod records;
mod rsa;

use crate::support::encode;
use mydata::core::crypto::Signer as _;
use mydata::core::id::KeyId;
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::party::{Party, PartyKeys};
use mydata::keys::PrivateKey;
use mydata::legacy::{Authentic, Fault, Kind, Received};
use mydata_chosen::Chosen;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// The keys of an older system: ES256, and ids as the SDK chose them. The service signs its data
/// requests with the key that it signs links with.
struct Keys {
    owner: PrivateKey,
    operator: PrivateKey,
    service: PrivateKey,
    /// A key of nobody here, under the id of the owner's.
    forger: PrivateKey,
}

fn es256(kid: &str) -> PrivateKey {
    mydata_chosen::generate(KeyId::parse(kid).unwrap(), Algorithm::Es256).unwrap()
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys {
    owner: es256("acc-kid-5c1f4d6e-0b1a-4f6e-9a57-2f1f6f0f7a11"),
    operator: es256("Operator112"),
    service: es256("58a1c0de"),
    forger: es256("acc-kid-5c1f4d6e-0b1a-4f6e-9a57-2f1f6f0f7a11"),
});

fn set(key: &PrivateKey) -> KeySet {
    KeySet::from(key.public().clone())
}

/// The public key as the SDK exports it: no `alg`, no `use`.
fn jwk(key: &PrivateKey) -> Value {
    let mut jwk: Value = serde_json::from_str(&key.public().to_jwk()).unwrap();
    jwk.as_object_mut()
        .unwrap()
        .retain(|name, _| !matches!(name.as_str(), "alg" | "use"));
    jwk
}

/// JSON as Python writes it: a space after every comma and colon, and nothing but ASCII.
fn python(value: &Value) -> String {
    fn text(text: &str) -> String {
        let mut escaped = String::new();
        for c in Value::from(text).to_string().chars() {
            if c.is_ascii() {
                escaped.push(c);
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(escaped, "\\u{unit:04x}").unwrap();
                }
            }
        }
        escaped
    }
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(python).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let member =
                |(name, value): (&String, &Value)| format!("{}: {}", text(name), python(value));
            let members: Vec<_> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::String(string) => text(string),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// One signature: `protected` and `signature` over `protected.payload`.
fn signature(protected: &str, payload: &str, key: &PrivateKey) -> [String; 2] {
    let (protected, payload) = (encode(protected.as_bytes()), encode(payload.as_bytes()));
    let signed = key
        .sign(format!("{protected}.{payload}").as_bytes())
        .unwrap();
    [protected, encode(signed.as_octets())]
}

/// The flattened form, as the account of the SDK writes it.
fn flattened(payload: &Value, key: &PrivateKey) -> Value {
    let payload = python(payload);
    let [protected, signature] = signature(r#"{"alg": "ES256"}"#, &payload, key);
    json!({
        "payload": encode(payload.as_bytes()),
        "protected": protected,
        "header": { "kid": key.public().kid().as_str() },
        "signature": signature,
    })
}

/// The general form, as a link record ends: the owner first, then the service with its `jwk`.
fn general(payload: &Value, owner: &PrivateKey, service: &PrivateKey) -> Value {
    let payload = python(payload);
    let part = |key: &PrivateKey, header: Value| {
        let [protected, signature] = signature(r#"{"alg": "ES256"}"#, &payload, key);
        json!({ "protected": protected, "header": header, "signature": signature })
    };
    let kid = |key: &PrivateKey| key.public().kid().as_str().to_owned();
    json!({
        "payload": encode(payload.as_bytes()),
        "signatures": [
            part(owner, json!({ "kid": kid(owner) })),
            part(service, json!({ "kid": kid(service), "jwk": jwk(service) })),
        ],
    })
}

/// The compact form of tokens and data requests, under a header as given.
fn compact_under(header: &str, payload: &Value, key: &PrivateKey) -> String {
    let payload = python(payload);
    let [protected, signature] = signature(header, &payload, key);
    [protected, encode(payload.as_bytes()), signature].join(".")
}

fn compact(payload: &Value, key: &PrivateKey) -> String {
    compact_under(r#"{"alg":"ES256"}"#, payload, key)
}

fn link() -> Value {
    json!({
        "version": "1.3",
        "link_id": "2a7f1c0e-0c55-4a86-8f3a-6f1d0c1a9b01",
        "operator_id": "Operator112",
        "service_id": "58a1c0de",
        "surrogate_id": "9f0c2d4b7a18e6355d3e8c90a1b2f4e6",
        "operator_key": jwk(&KEYS.operator),
        "cr_keys": [jwk(&KEYS.owner)],
        "iat": 1_510_000_000,
    })
}

fn link_status() -> Value {
    json!({
        "version": "1.3",
        "account_id": 4711,
        "record_id": "7b0d6f6a-1111-4a86-8f3a-6f1d0c1a9b02",
        "surrogate_id": "9f0c2d4b7a18e6355d3e8c90a1b2f4e6",
        "slr_id": "2a7f1c0e-0c55-4a86-8f3a-6f1d0c1a9b01",
        "sl_status": "Active",
        "iat": 1_510_000_001,
        "prev_record_id": "NULL",
    })
}

fn common(role: &str) -> Value {
    json!({
        "version": "1.3",
        "cr_id": format!("c0000000-{role}"),
        "surrogate_id": "9f0c2d4b7a18e6355d3e8c90a1b2f4e6",
        "rs_description": { "resource_set": {
            "rs_id": "library.example:8081e1d5a3c2-77aa-4c1d-9a0e-5b1f3f9d2c03",
            "dataset": [
                { "dataset_id": "loans", "distribution_id": "loans-json",
                  "distribution_url": "http://library.example:8081/api/1.3/source_flow/datarequest" },
            ],
        } },
        "rs_id": "library.example:8081e1d5a3c2-77aa-4c1d-9a0e-5b1f3f9d2c03",
        "slr_id": "2a7f1c0e-0c55-4a86-8f3a-6f1d0c1a9b01",
        "iat": 1_510_000_100,
        "nbf": 1_510_000_100,
        "exp": 1_512_592_100,
        "operator": "Operator112",
        "subject_id": "58a1c0de",
        "role": role,
    })
}

fn consent(role: &str, part: &Value) -> Value {
    json!({
        "common_part": common(role),
        "role_specific_part": part,
        "consent_receipt_part": { "ki_cr": {} },
        "extension_part": { "extensions": {} },
    })
}

fn source() -> Value {
    let keys = json!({ "pop_key": jwk(&KEYS.service), "token_issuer_key": jwk(&KEYS.operator) });
    consent("Source", &keys)
}

fn sink() -> Value {
    let rules = json!({
        "source_cr_id": "c0000000-Source",
        "usage_rules": ["Lukuvinkkejä lapsille"],
    });
    consent("Sink", &rules)
}

fn consent_status() -> Value {
    json!({
        "version": "1.3",
        "record_id": "7b0d6f6a-2222-4a86-8f3a-6f1d0c1a9b04",
        "surrogate_id": "9f0c2d4b7a18e6355d3e8c90a1b2f4e6",
        "cr_id": "c0000000-Sink",
        "consent_status": "Active",
        "iat": 1_510_000_101,
        "prev_record_id": "null",
    })
}

fn token() -> Value {
    json!({
        "iss": "Operator112",
        "cnf": { "kid": "c0000000-Source" },
        "aud": "http://library.example:8081",
        "exp": 1_512_592_200,
        "nbf": 1_510_000_200,
        "iat": 1_510_000_200,
        "jti": "f3c1a9b0-3333-4a86-8f3a-6f1d0c1a9b05",
        "pi_id": "c0000000-Source",
    })
}

fn request() -> Value {
    json!({
        "at": { "auth_token": compact(&token(), &KEYS.operator) },
        "ts": 1_510_000_300.25,
        "m": "GET",
        "p": "/api/1.3/source_flow/datarequest",
    })
}

/// The same with one member set, at a path of names; `null` as a JSON null.
fn with(mut value: Value, path: &[&str], member: Value) -> Value {
    *at(&mut value, path) = member;
    value
}

/// The same with one member taken out.
fn without(mut value: Value, path: &[&str]) -> Value {
    let (last, path) = path.split_last().unwrap();
    members(at(&mut value, path)).remove(*last).unwrap();
    value
}

fn members(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().unwrap()
}

fn at<'v>(value: &'v mut Value, path: &[&str]) -> &'v mut Value {
    path.iter().fold(value, |value, name| {
        members(value).entry(*name).or_insert(Value::Null)
    })
}

/// Reads a payload.
fn read<T: Kind>(payload: &Value) -> Result<T, Fault> {
    T::read(python(payload).as_bytes())
}

/// The code of the refusal of a payload.
fn refused<T: Kind>(payload: &Value) -> &'static str {
    match read::<T>(payload) {
        Ok(_) => panic!("read: {payload}"),
        Err(fault) => fault.code(),
    }
}

/// Verifies under the keys of [`KEYS`].
fn verified<T: Kind>(received: &Received<T>) -> Result<Authentic<T>, Fault> {
    let (owner, operator) = (set(&KEYS.owner), set(&KEYS.operator));
    let service = set(&KEYS.service);
    let keys = PartyKeys::none()
        .with(Party::Owner, &owner)
        .with(Party::Operator, &operator)
        .with(Party::Service, &service)
        .with(Party::Sink, &service);
    received.open()?.verify(&Chosen, &keys)
}

/// Reads and verifies an envelope.
fn believed<T: Kind>(envelope: &Value) -> Result<Authentic<T>, Fault> {
    verified(&Received::from_json(envelope.to_string().as_bytes())?)
}

/// Reads and verifies the compact form.
fn told<T: Kind>(compact: &str) -> Result<Authentic<T>, Fault> {
    verified(&Received::from_compact(compact)?)
}

/// The code of a refused envelope.
fn code<T: Kind>(envelope: &Value) -> &'static str {
    match believed::<T>(envelope) {
        Ok(_) => panic!("believed: {envelope}"),
        Err(fault) => fault.code(),
    }
}
