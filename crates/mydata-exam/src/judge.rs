//! Holding a verdict against what is expected.

use super::task::{Step, Task};
use super::vectors::{Briefly, Case, Expected, Role};
use super::verdict::Verdict;
use crate::base64url;
use crate::library::Library;
use mydata::core::crypto::{Crypto as _, Signature};
use mydata::core::jwk::PublicKey;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A case that was not passed. There is no private key in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Failure {
    /// The case.
    pub case: String,
    /// What it examines.
    pub requirements: Vec<String>,
    /// Whom it binds.
    pub binds: Vec<Role>,
    /// What it says.
    pub says: String,
    /// Which step of a session, from 0, and what was to be done in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<(usize, String)>,
    /// What was expected: the member that differs.
    pub expected: Value,
    /// What came instead.
    pub got: Value,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.case, self.requirements.join(", "))?;
        if let Some((at, what)) = &self.step {
            write!(f, ", step {at} {what}")?;
        }
        write!(f, ": expected {}, got {}", self.expected, self.got)
    }
}

/// The first difference, or none.
#[must_use]
pub fn judge(case: &Case, verdicts: &[Verdict]) -> Option<Failure> {
    let own = own_keys(&case.task);
    let failure = |at: usize, expected: Value, got: Value| Failure {
        case: case.id.clone(),
        requirements: case.requirements.clone(),
        binds: case.binds.clone(),
        says: case.says.clone(),
        step: step_name(&case.task, at).map(|name| (at, name)),
        expected,
        got,
    };
    for (at, expected) in case.expected.iter().enumerate() {
        let verdict = verdicts.get(at);
        let expected = match (expected, verdict) {
            (Expected::Fully(expected), _) => expected,
            (Expected::Briefly(Briefly::Accepted), Some(verdict)) if verdict.is_accepted() => {
                continue;
            }
            (Expected::Briefly(Briefly::Accepted), verdict) => {
                let got = verdict.map_or(json!("no verdict"), |verdict| shown(verdict, &own));
                return Some(failure(at, json!("accepted"), got));
            }
        };
        let Some(verdict) = verdict else {
            return Some(failure(at, shown(expected, &own), json!("no verdict")));
        };
        let (expected, got) = (shown(expected, &own), shown(verdict, &own));
        if let Some((expected, got)) = difference(&expected, &got) {
            return Some(failure(at, expected, got));
        }
    }
    (verdicts.len() > case.expected.len()).then(|| {
        failure(
            case.expected.len(),
            json!("no further verdict"),
            json!(verdicts.len()),
        )
    })
}

fn step_name(task: &Task, at: usize) -> Option<String> {
    let name = match task.steps()?.get(at)? {
        Step::Party(step) => serde_json::to_value(&step.act),
        Step::Service(step) => serde_json::to_value(&step.act),
        Step::Operator(step) => serde_json::to_value(&step.act),
    };
    let name = name.ok()?;
    name.as_object()?.keys().next().cloned()
}

fn own_keys(task: &Task) -> Vec<PublicKey> {
    task.own_keys().into_iter().filter_map(public).collect()
}

/// The public half of a private JWK.
#[must_use]
pub fn public(private: &Value) -> Option<PublicKey> {
    let mut key = private.as_object()?.clone();
    key.remove("d");
    PublicKey::from_jwk(Value::Object(key).to_string().as_bytes()).ok()
}

fn shown(verdict: &Verdict, own: &[PublicKey]) -> Value {
    normal(&serde_json::to_value(verdict).unwrap_or_default(), own)
}

/// The value with every envelope in it opened, so that two that say the same are the same.
#[must_use]
pub fn normal(value: &Value, own: &[PublicKey]) -> Value {
    match value {
        Value::Object(members) => envelope(members, own).unwrap_or_else(|| {
            let members = members.iter();
            let members = members.map(|(name, value)| (name.clone(), normal(value, own)));
            Value::Object(members.collect())
        }),
        Value::Array(values) => values.iter().map(|value| normal(value, own)).collect(),
        Value::String(text) => compact(text, own).unwrap_or_else(|| value.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// One signature of an envelope.
struct Part<'a> {
    protected: &'a str,
    header: Option<&'a Map<String, Value>>,
    signature: &'a str,
}

/// Flattened or general JSON.
fn envelope(members: &Map<String, Value>, own: &[PublicKey]) -> Option<Value> {
    let payload = members.get("payload")?.as_str()?;
    let part = |members: &'_ Map<String, Value>| -> Option<Value> {
        let part = Part {
            protected: members.get("protected")?.as_str()?,
            header: members.get("header").and_then(Value::as_object),
            signature: members.get("signature")?.as_str()?,
        };
        signature(payload, &part, own)
    };
    let signatures = match members.get("signatures") {
        None => vec![part(members)?],
        Some(signatures) => {
            let signatures = signatures.as_array()?.iter();
            let signatures = signatures.map(|one| part(one.as_object()?));
            signatures.collect::<Option<Vec<_>>>()?
        }
    };
    opened(payload, signatures, own)
}

/// A compact form, alone or after the scheme of a data request.
fn compact(text: &str, own: &[PublicKey]) -> Option<Value> {
    let bare = text.strip_prefix("PoP ").or(text.strip_prefix("DPoP "));
    let bare = bare.unwrap_or(text);
    let mut parts = bare.split('.');
    let (protected, payload, last) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !protected.starts_with("ey") {
        return None;
    }
    let part = Part {
        protected,
        header: None,
        signature: last,
    };
    opened(payload, vec![signature(payload, &part, own)?], own)
}

fn opened(payload: &str, mut signatures: Vec<Value>, own: &[PublicKey]) -> Option<Value> {
    let payload: Value = serde_json::from_slice(&base64url::decode(payload)?).ok()?;
    signatures.sort_by_key(Value::to_string);
    Some(json!({ "payload": normal(&payload, own), "signatures": signatures }))
}

/// Who signed and how; of a signature by the party's own key, whether it verifies.
fn signature(payload: &str, part: &Part<'_>, own: &[PublicKey]) -> Option<Value> {
    let protected: Value = serde_json::from_slice(&base64url::decode(part.protected)?).ok()?;
    let mut header = protected.as_object()?.clone();
    for (name, value) in part.header.into_iter().flatten() {
        header.insert(name.clone(), value.clone());
    }
    // Two names of one algorithm (RFC 9864, D21).
    if header.get("alg").and_then(Value::as_str) == Some("Ed25519") {
        header.insert("alg".to_owned(), json!("EdDSA"));
    }
    // A proof of DPoP names its key by the key itself.
    let is_meant = |key: &&PublicKey| match header.get("jwk") {
        None => header.get("kid").and_then(Value::as_str) == Some(key.kid().as_str()),
        Some(jwk) => {
            serde_json::from_str(&key.material().to_bare_jwk())
                .ok()
                .as_ref()
                == Some(jwk)
        }
    };
    let key = own.iter().find(is_meant);
    let signature = match key {
        None => json!(part.signature),
        Some(key) => {
            let input = [part.protected, ".", payload].concat();
            let octets = base64url::decode(part.signature)?.try_into().ok()?;
            let octets = Signature::from_octets(octets);
            let is_good = Library.verify(key, input.as_bytes(), &octets);
            json!(if is_good {
                "verifies"
            } else {
                "does not verify"
            })
        }
    };
    Some(json!({ "header": header, "signature": signature }))
}

/// The innermost members that differ.
fn difference(expected: &Value, got: &Value) -> Option<(Value, Value)> {
    if expected == got {
        return None;
    }
    if let (Value::Object(wanted), Value::Object(given)) = (expected, got) {
        let names: Vec<&String> = wanted
            .keys()
            .chain(given.keys())
            .filter(|name| wanted.get(*name) != given.get(*name))
            .collect();
        if let Some(name) = names.first() {
            let of = |map: &Map<String, Value>| map.get(*name).cloned();
            return match (of(wanted), of(given)) {
                (Some(wanted), Some(given)) => difference(&wanted, &given)
                    .map(|(wanted, given)| (json!({ *name: wanted }), json!({ *name: given }))),
                (wanted, given) => {
                    let member = |value: Option<Value>| {
                        value.map_or(json!({}), |value| json!({ *name: value }))
                    };
                    Some((member(wanted), member(given)))
                }
            };
        }
    }
    Some((expected.clone(), got.clone()))
}
