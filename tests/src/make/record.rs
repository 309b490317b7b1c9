//! The records of the vectors, as JSON written out: one person, one operator, a source and a sink.

use super::forge::Jws;
use super::keys::{Key, bits, set};
use serde_json::{Value, json};

/// 2025-01-07T08:00:00Z
pub const START: u64 = 1_736_236_800;
/// Thirty days.
pub const DAYS30: u64 = 30 * 24 * 3600;
/// The operator.
pub const OPERATOR: &str = "operator.example";

/// `typ` of a kind of record.
#[must_use]
pub fn typ(kind: &str) -> &'static str {
    match kind {
        "link_proposal" | "link_record" => "mydata-slr+json",
        "link_status" => "mydata-ssr+json",
        "single_consent" => "mydata-cr+json",
        "source_consent" => "mydata-source-cr+json",
        "sink_consent" => "mydata-sink-cr+json",
        "consent_status" => "mydata-csr+json",
        "service_description" => "mydata-service+json",
        "operator_description" => "mydata-operator+json",
        "subscription" => "mydata-subscription+json",
        "notification" => "mydata-notification+json",
        "objection" => "mydata-objection+json",
        "objection_response" => "mydata-objection-response+json",
        "token" => "mydata-at+jwt",
        "data_request" => "pop",
        other => panic!("no kind {other}"),
    }
}

/// Who signs a good record of a kind: key ids.
#[must_use]
pub fn signers(kind: &str) -> Vec<&'static str> {
    match kind {
        "link_record" => vec!["owner-1", "sink-1"],
        "link_proposal" | "link_status" | "single_consent" | "source_consent" | "sink_consent"
        | "consent_status" | "subscription" | "objection" => vec!["owner-1"],
        "service_description" | "notification" | "objection_response" => vec!["sink-1"],
        "operator_description" => vec!["operator-status-1"],
        "token" => vec!["operator-tokens-1"],
        "data_request" => vec!["sink-pop-1"],
        other => panic!("no kind {other}"),
    }
}

/// The envelope of a payload of a kind, signed as it must be.
#[must_use]
pub fn sealed(kind: &str, payload: &Value) -> Jws {
    let keys: Vec<Key> = signers(kind).into_iter().map(Key::named).collect();
    Jws::of(payload, typ(kind), &keys.iter().collect::<Vec<_>>())
}

/// Signed by the keys named.
#[must_use]
pub fn sealed_by(kind: &str, payload: &Value, kids: &[&str]) -> Jws {
    let keys: Vec<Key> = kids.iter().map(|kid| Key::named(kid)).collect();
    Jws::of(payload, typ(kind), &keys.iter().collect::<Vec<_>>())
}

/// The id of something of a service: `id("sink", "link")`.
#[must_use]
pub fn id(service: &str, what: &str) -> String {
    bits(&format!("{service} {what}"))
}

/// A link record.
#[must_use]
pub fn link_record(service: &str) -> Value {
    json!({
        "version": "2.0",
        "link_id": id(service, "link"),
        "operator_id": OPERATOR,
        "service_id": service,
        "service_description_version": "1.0.0",
        "surrogate_id": id(service, "surrogate"),
        "operator_key": Key::named("operator-status-1").jwk(),
        "cr_keys": set(&["owner-1", "owner-2"]),
        "iat": START,
    })
}

/// The link record of a service with both signatures.
#[must_use]
pub fn link_of(service: &str) -> Jws {
    sealed_by(
        "link_record",
        &link_record(service),
        &["owner-1", &format!("{service}-1")],
    )
}

/// A status record of a link; `previous` is a record id and its digest.
#[must_use]
pub fn link_status(service: &str, record: &str, state: &str, previous: Option<&Jws>) -> Value {
    let mut status = json!({
        "version": "2.0",
        "record_id": id(service, record),
        "surrogate_id": id(service, "surrogate"),
        "slr_id": id(service, "link"),
        "sl_status": state,
        "iat": START,
        "prev_record_id": "NULL",
    });
    follow(&mut status, previous);
    status
}

/// A status record of a consent.
#[must_use]
pub fn consent_status(
    service: &str,
    record: &str,
    state: &str,
    previous: Option<&Jws>,
    iat: u64,
) -> Value {
    let mut status = json!({
        "version": "2.0",
        "record_id": id(service, record),
        "surrogate_id": id(service, "surrogate"),
        "cr_id": id(service, "consent"),
        "consent_status": state,
        "iat": iat,
        "prev_record_id": "NULL",
    });
    follow(&mut status, previous);
    status
}

/// Names the record before, by its id and its digest (D13).
fn follow(status: &mut Value, previous: Option<&Jws>) {
    if let Some(previous) = previous {
        let payload = payload(previous);
        status["prev_record_id"] = payload["record_id"].clone();
        status["x_mydata"] = json!({ "prev_sha256": previous.digest() });
    }
}

/// The payload of an envelope.
#[must_use]
pub fn payload(jws: &Jws) -> Value {
    serde_json::from_slice(&crate::base64url::decode(&jws.payload).unwrap()).unwrap()
}

/// The source's address of a dataset.
#[must_use]
pub fn address(kind: &str) -> String {
    format!("https://source.example/data/{kind}")
}

fn terms(service: &str, role: &str, datasets: Value) -> Value {
    json!({
        "version": "2.0",
        "cr_id": id(service, "consent"),
        "surrogate_id": id(service, "surrogate"),
        "rs_description": { "resource_set": {
            "rs_id": format!("https://source.example.{}", bits("resource set")),
            "dataset": datasets,
        } },
        "slr_id": id(service, "link"),
        "service_description_version": "1.0.0",
        "consent_proposal": {
            "url": "https://operator.example/proposals/1",
            "hash": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        },
        "iat": START,
        "exp": START + DAYS30,
        "operator": OPERATOR,
        "subject_id": service,
        "role": role,
        "x_mydata": { "language": "sv" },
    })
}

fn fetched() -> Value {
    let entry = |kind: &str| {
        json!({ "dataset_id": format!("src/{kind}"), "distribution_id": format!("src/{kind}.json"),
                "distribution_url": address(kind) })
    };
    json!([entry("a"), entry("b")])
}

/// The source's half of a pair.
#[must_use]
pub fn source_consent() -> Value {
    json!({
        "common_part": terms("source", "Source", fetched()),
        "role_specific_part": {
            "pop_key": Key::named("sink-pop-1").jwk(),
            "token_issuer_key": Key::named("operator-tokens-1").jwk(),
        },
    })
}

/// The sink's half of a pair.
#[must_use]
pub fn sink_consent() -> Value {
    json!({
        "common_part": terms("sink", "Sink", fetched()),
        "role_specific_part": {
            "source_cr_id": id("source", "consent"),
            "usage_rules": [{ "purposeId": "care", "datasets": ["src/a"] },
                            { "purposeId": "advice", "datasets": ["src/b"] }],
        },
    })
}

/// A consent for processing inside the sink.
#[must_use]
pub fn single_consent() -> Value {
    let mut consent = terms("sink", "Sink", json!([{ "dataset_id": "own" }]));
    consent["usage_rules"] = json!([{ "purposeId": "own", "datasets": ["own"] }]);
    consent
}

/// The claims of a token.
#[must_use]
pub fn token() -> Value {
    json!({
        "iss": OPERATOR,
        "cnf": { "kid": "sink-pop-1" },
        "aud": [address("a"), address("b")],
        "exp": START + 3600,
        "nbf": START,
        "iat": START,
        "jti": bits("token"),
        "cr_id": id("source", "consent"),
    })
}

/// A signed data request: `GET` of dataset `a`.
#[must_use]
pub fn data_request(token: &str, ts: u64) -> Value {
    json!({
        "at": token,
        "ts": ts,
        "m": "GET",
        "u": "source.example",
        "p": "/data/a",
        "nonce": bits("nonce"),
    })
}

/// A subscription at the sink.
#[must_use]
pub fn subscription() -> Value {
    json!({
        "id": id("sink", "subscription"),
        "iat": START,
        "sub": id("sink", "surrogate"),
        "notifications": ["news", "-alerts"],
        "encrypted": false,
    })
}

/// A notification of the sink.
#[must_use]
pub fn notification() -> Value {
    json!({
        "id": id("sink", "notification"),
        "iat": START,
        "service_id": "sink",
        "sub": id("sink", "surrogate"),
        "messages": [{ "subject": "About news", "id": "news", "message": "There are some.",
                       "url": "https://sink.example/news" }],
    })
}

/// An objection to processing at the sink.
#[must_use]
pub fn objection() -> Value {
    json!({
        "version": "2.0",
        "id": id("sink", "objection"),
        "iat": START,
        "sub": id("sink", "surrogate"),
        "processing_objected": [{ "id": "1", "processingId": "survey" },
                                { "id": "2", "processingId": "duty", "datasetId": "a" }],
    })
}

/// The sink's answer to it.
#[must_use]
pub fn objection_response() -> Value {
    json!({
        "version": "2.0",
        "id": id("sink", "answer"),
        "service_id": "sink",
        "sub": id("sink", "surrogate"),
        "iat": START,
        "request_id": id("sink", "objection"),
        "decisions": [{ "id": "1", "decision": "accepted" },
                      { "id": "2", "decision": "rejected", "url": "https://sink.example/why" }],
    })
}

/// A good payload of a kind.
#[must_use]
pub fn good(kind: &str) -> Value {
    match kind {
        "link_proposal" | "link_record" => link_record("sink"),
        "link_status" => link_status("sink", "link-status-1", "Active", None),
        "single_consent" => single_consent(),
        "source_consent" => source_consent(),
        "sink_consent" => sink_consent(),
        "consent_status" => consent_status("sink", "status-1", "Active", None, START),
        "service_description" => crate::descriptions::sink(),
        "operator_description" => operator_description(),
        "subscription" => subscription(),
        "notification" => notification(),
        "objection" => objection(),
        "objection_response" => objection_response(),
        "token" => token(),
        "data_request" => data_request(&sealed("token", &token()).compact(), START),
        other => panic!("no kind {other}"),
    }
}

/// An operator description.
#[must_use]
pub fn operator_description() -> Value {
    json!({
        "operatorId": OPERATOR,
        "serviceProvider": { "businessId": "0000000-0", "name": "Town (demo)" },
        "operatorservicedescriptionVersion": "1.0.0",
        "supportedProfiles": ["consenting", "3rd party re-use"],
        "operatorUrls": { "domain": "https://operator.example", "linkingRedirectUri": "/link" },
        "createdOnDate": "2025-01-07T08:00:00Z",
        "createdByUserId": "test",
    })
}
