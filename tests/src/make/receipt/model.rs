//! Receipts as JSON written out: those of the records of the vectors.

use super::super::forge::Jws;
use super::super::keys::Key;
use super::super::record::{self, DAYS30, OPERATOR, START, id};
use serde_json::{Value, json};

pub(super) fn texts(text: &str) -> Value {
    json!({ "fi": format!("{text} (fi)"), "sv": format!("{text} (sv)"), "en": format!("{text} (en)") })
}

fn party(number: u8, name: &str) -> Value {
    json!({
        "business_id": format!("000000{number}-0"),
        "name": texts(name),
        "address": { "street": "Street 1", "postal_code": "00100", "city": "Town", "country": "FI" },
        "email": format!("office@{name}.example"),
        "phone": format!("+35890000{number:03}"),
        "url": format!("https://{name}.example/"),
        "contact": { "role": texts("data protection officer"), "email": format!("dpo@{name}.example") },
    })
}

fn controller(service: &str) -> Value {
    json!({
        "party": party(1, "town"),
        "service": { "service_id": service, "title": texts(service), "version": "1.0.0",
                     "issued": "2025-01-07T08:00:00Z" },
        "surrogate_id": id(service, "surrogate"),
        "policy_url": format!("https://{service}.example/policy/1"),
    })
}

pub(super) fn item(dataset: &str) -> Value {
    json!({
        "dataset_id": dataset, "title": texts(dataset), "description": texts(dataset),
        "necessity": "required", "sensitivity": "ordinary", "personal_data": "pd:Preference",
        "category": 15,
    })
}

fn process(purpose: &str, article: &str, datasets: &[&str]) -> Value {
    json!({
        "purpose_id": purpose, "title": texts(purpose), "description": texts(purpose),
        "purpose": "dpv:RequestedServiceProvision", "category": 1, "is_primary": true,
        "legal_basis": [article],
        "data": datasets.iter().map(|dataset| item(dataset)).collect::<Vec<_>>(),
        "operations": ["dpv:Collect", "dpv:Use"], "recipients": [], "storage": ["FI"],
        "retention": { "rule": texts("two years"), "days": 730 },
    })
}

/// Everything but the grounds.
fn around(grounds: Value, source: bool, processes: Value, remedy: &str) -> Value {
    let mut receipt = json!({
        "version": "1.0",
        "receipt_id": "6b1d1d3c-7c5a-4e53-9e0e-2f6a4f0f3f10",
        "issued": START,
        "operator_id": OPERATOR,
        "operator": party(2, "operator"),
        "controller": controller("sink"),
        "jurisdiction": ["FI"],
        "authority": party(3, "authority"),
        "language": "sv",
        "grounds": grounds,
        "processes": processes,
        "remedy": { "kind": remedy, "url": "https://operator.example/consents", "otherwise": texts("call us") },
        "rights": [{ "right": "eu-gdpr:A15", "url": "https://sink.example/rights" }],
    });
    if source {
        receipt["source"] = controller("source");
    }
    receipt
}

/// A record with its history, each status with who and why.
pub(super) fn record(role: &str, service: &str, consent: &Jws, history: &[(Jws, Value)]) -> Value {
    let events: Vec<Value> = history
        .iter()
        .map(|(status, told)| {
            let payload = record::payload(status);
            let mut event = told.clone();
            event["at"] = payload["iat"].clone();
            event["record"] =
                json!({ "record_id": payload["record_id"], "sha256": status.digest() });
            event
        })
        .collect();
    json!({
        "role": role, "cr_id": id(service, "consent"), "slr_id": id(service, "link"), "iat": START,
        "kid": "owner-1", "sha256": consent.digest(), "events": events,
    })
}

/// The ceremony, and what the records are about.
fn given(records: Vec<Value>) -> Value {
    json!({ "consent": {
        "notice": {
            "url": "https://operator.example/proposals/1",
            "sha256": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
            "shown_at": START,
        },
        "ceremony": {
            "decided_at": START, "channel": "web", "method": "tick_and_confirm", "is_explicit": true,
            "acting": { "capacity": "oneself" }, "assurance": "substantial", "custody": "own_device",
        },
        "exp": START + DAYS30,
        "records": records,
    } })
}

/// The receipt of a pair.
pub(super) fn pair(records: Vec<Value>) -> Value {
    let article = "eu-gdpr:A6-1-a";
    let processes = json!([
        process("care", article, &["src/a"]),
        process("advice", article, &["src/b"])
    ]);
    around(given(records), true, processes, "withdraw")
}

/// The receipt of a consent for the sink alone.
pub(super) fn single(record: Value) -> Value {
    let processes = json!([process("own", "eu-gdpr:A6-1-a", &["own"])]);
    around(given(vec![record]), false, processes, "withdraw")
}

/// The receipt of a notice.
pub(super) fn notice(basis: &str, article: &str, remedy: &str) -> Value {
    let grounds = json!({ "law": { "basis": basis, "at": START } });
    around(
        grounds,
        false,
        json!([process("duty", article, &["a"])]),
        remedy,
    )
}

/// The envelope of a receipt, by the operator's key of receipts.
pub(super) fn sealed(receipt: &Value, evidence: &Value) -> Jws {
    let payload = json!({ "receipt": receipt, "evidence": evidence });
    Jws::of(
        &payload,
        "mydata-receipt+json",
        &[&Key::named("operator-receipts-1")],
    )
}
