//! Envelopes of older systems under fixed keys. They are signed with Ed25519, whose signatures are the
//! same every time; the SDK would have used ES256.

use crate::BASE64URL;
use crate::bound::bounded;
use crate::{key, one};
use base64::Engine as _;
use mydata::core::crypto::Signer as _;
use mydata::core::party::{Party, PartyKeys};
use mydata::keys::{PrivateKey, Ring};
use mydata::legacy::consent::Consent;
use mydata::legacy::description::OldService;
use mydata::legacy::link::Link;
use mydata::legacy::request::DataRequest;
use mydata::legacy::status::{ConsentStatus, LinkStatus};
use mydata::legacy::token::Token;
use mydata::legacy::{Kind, Received};
use serde_json::{Value, json};

fn owner() -> PrivateKey {
    key("acc-kid-1", 1)
}

fn service() -> PrivateKey {
    key("service-1", 4)
}

/// Reads what follows the first octet as the kind that it chooses.
pub fn run(data: &[u8]) {
    let Some((kind, octets)) = data.split_first() else {
        return;
    };
    match kind % 7 {
        0 => run_as::<Link>(octets),
        1 => run_as::<LinkStatus>(octets),
        2 => run_as::<Consent>(octets),
        3 => run_as::<ConsentStatus>(octets),
        4 => run_as::<Token>(octets),
        5 => run_as::<DataRequest>(octets),
        _ => {
            let fi = mydata::core::lang::Language::FI;
            let service = bounded(octets.len(), || OldService::from_json(octets));
            let _ = service.map(|service| service.draft(fi));
        }
    }
}

fn run_as<T: Kind>(octets: &[u8]) {
    let length = octets.len();
    let _ = bounded(length, || T::read(octets).is_ok());
    let text = std::str::from_utf8(octets).unwrap_or_default();
    let json = bounded(length, || Received::<T>::from_json(octets));
    let compact = bounded(length, || Received::from_compact(text));
    for received in [json, compact].into_iter().flatten() {
        assert_eq!(received.octets(), octets);
        let (owner, service) = (one(&owner()), one(&service()));
        let keys = PartyKeys::none()
            .with(Party::Owner, &owner)
            .with(Party::Operator, &service)
            .with(Party::Sink, &service);
        let believed = bounded(length, || {
            received.open().and_then(|open| open.verify(&Ring, &keys))
        });
        if let Ok(believed) = believed {
            assert_eq!(believed.received().octets(), octets);
            assert_eq!(believed.signed_by().len(), 1);
        }
    }
}

/// One envelope of each kind, with the octet that chooses it.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let jwk = |key: &PrivateKey| -> Value { serde_json::from_str(&key.public().to_jwk()).unwrap() };
    let (owner, service) = (owner(), service());
    let link = json!({ "version": "1.3", "link_id": "l", "operator_id": "Operator112",
        "service_id": "service-1", "surrogate_id": "s", "operator_key": { "jwk": jwk(&service) },
        "cr_keys": [jwk(&owner)], "iat": 1_510_000_000 });
    let status = json!({ "Version": "1.2.1", "record_id": "r", "surrogate_id": "s", "slr_id": "l",
        "account_id": 1, "sl_status": "Active", "iat": "1510000000", "prev_record_id": null });
    let consent = json!({ "common_part": { "version": "1.2", "cr_id": "c", "surrogate_id": "s",
        "slr_id": "l", "rs_id": "h.exampleX", "rs_description": { "resource_set": { "rs_id": "h.exampleX",
        "dataset": [{ "dataset_id": "d" }] } }, "iat": 1, "nbf": 1, "exp": 2, "operator": "Operator112",
        "subject_id": "service-1", "role": "Sink" }, "role_specific_part": { "source_cr_id": "o",
        "usage_rules": ["title"] }, "consent_receipt_part": { "ki_cr": {} } });
    let change = json!({ "version": "1.3", "record_id": "r", "surrogate_id": "s", "cr_id": "c",
        "consent_status": "Active", "iat": 1, "prev_record_id": "null" });
    let token = json!({ "iss": "Operator112", "cnf": { "kid": "c" }, "aud": "http://h.example",
        "exp": 3, "nbf": 1, "iat": 1, "jti": "j", "pi_id": "c" });
    let token = compact(&token, &service);
    let request = json!({ "at": { "auth_token": token }, "ts": 1.5, "m": "GET", "p": "/d" });
    let description = json!({ "serviceId": "service-1", "serviceDescription": {
        "serviceDescriptionTitle": "t" }, "serviceInstance": [{ "domain": "http://h.example",
        "serviceAccessEndPoint": { "serviceAccessURI": "/a" } }], "serviceDataDescription": [{ "dataset": [{
        "datasetId": "d", "title": "t", "purpose": ["p"], "distribution": [{ "distributionId": "x",
        "accessURL": "/b" }] }] }], "createdOnDate": 1_510_000_000_000_u64 });
    let json = |value: &Value| {
        let [protected, payload, signature] = parts(value, &owner);
        json!({ "payload": payload, "protected": protected,
            "header": { "kid": "acc-kid-1", "jwk": jwk(&owner) }, "signature": signature })
        .to_string()
    };
    [
        ("link", 0, json(&link)),
        ("link-payload", 0, link.to_string()),
        ("link-status", 1, json(&status)),
        ("consent", 2, json(&consent)),
        ("consent-payload", 2, consent.to_string()),
        ("consent-status", 3, json(&change)),
        ("token", 4, token.clone()),
        ("request", 5, compact(&request, &service)),
        ("description", 6, description.to_string()),
    ]
    .map(|(name, kind, text)| (name, [&[kind], text.as_bytes()].concat()))
    .to_vec()
}

fn parts(payload: &Value, key: &PrivateKey) -> [String; 3] {
    let protected = BASE64URL.encode(r#"{"alg": "EdDSA"}"#);
    let payload = BASE64URL.encode(payload.to_string());
    let signature = key
        .sign([&*protected, ".", &*payload].concat().as_bytes())
        .unwrap();
    [protected, payload, BASE64URL.encode(signature.as_octets())]
}

fn compact(payload: &Value, key: &PrivateKey) -> String {
    parts(payload, key).join(".")
}
