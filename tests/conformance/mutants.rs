//! Implementations that are ours but for one mistake each: the vectors find every one of them, and name
//! the requirement that it breaks.
//!
//! A mutant hears something else than was said (a record with a member changed and signed anew, as
//! somebody who does not look at that member would take it), or says something else than was decided.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a vector that is not as expected fails the test"
)]

use crate::vectors::folder;
use mydata::core::id::KeyId;
use mydata_conformance::base64url;
use mydata_conformance::exam::{
    Case, Implementation, Ours, Refused, Task, Vectors, Verdict, judge,
};
use mydata_conformance::make::forge::{Jws, Part};
use mydata_conformance::make::keys::{Key, bits};
use serde_json::{Value, json};

/// An envelope as a mutant hears it: what it may change before it is signed anew.
struct Heard {
    typ: String,
    headers: Vec<Value>,
    payload: Value,
    /// Whether signing it anew gives the same: the members stand as we write them, and every
    /// signature is by the key of the vectors that it names.
    is_good: bool,
}

/// Changes an envelope, or leaves it alone.
type Hears = fn(&mut Heard) -> bool;
/// Changes what is said of a step: its input, the verdict, and the steps before it.
type Says = fn(&Value, &mut Verdict, &[Verdict]);

struct Mutant {
    name: &'static str,
    breaks: &'static str,
    hears: Option<Hears>,
    task: Option<fn(&mut Value)>,
    says: Option<Says>,
}

impl Implementation for Mutant {
    fn name(&self) -> &str {
        self.name
    }

    fn sit(&mut self, id: &str, task: &Task) -> Vec<Verdict> {
        let mut value = serde_json::to_value(task).unwrap();
        if let Some(change) = self.task {
            change(&mut value);
        }
        if let Some(hears) = self.hears {
            value = rewritten(&value, hears);
        }
        let heard: Task = serde_json::from_value(value).unwrap();
        let mut verdicts = Ours::default().sit(id, &heard);
        if let Some(says) = self.says {
            let value = serde_json::to_value(task).unwrap();
            let inputs = steps(&value);
            for (at, input) in inputs.iter().enumerate() {
                let (before, rest) = verdicts.split_at_mut(at);
                says(input, &mut rest[0], before);
            }
        }
        verdicts
    }
}

/// The input of each step; of a task without steps the task itself.
fn steps(task: &Value) -> Vec<Value> {
    let session = task.get("service").or_else(|| task.get("operator"));
    match session.and_then(|session| session["steps"].as_array()) {
        Some(steps) => steps.iter().map(|step| step["do"].clone()).collect(),
        None => vec![task.clone()],
    }
}

/// Every envelope in a task, however deep and in whatever text.
fn rewritten(value: &Value, hears: Hears) -> Value {
    match value {
        Value::Object(members) => envelope(value, hears).unwrap_or_else(|| {
            let members = members.iter();
            let members = members.map(|(name, value)| (name.clone(), rewritten(value, hears)));
            Value::Object(members.collect())
        }),
        Value::Array(values) => values.iter().map(|value| rewritten(value, hears)).collect(),
        Value::String(text) => Value::String(text_rewritten(text, hears)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn text_rewritten(text: &str, hears: Hears) -> String {
    if let Some(bare) = text.strip_prefix("PoP ") {
        return format!("PoP {}", text_rewritten(bare, hears));
    }
    if text.starts_with(['{', '[']) {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return text.to_owned();
        };
        let other = rewritten(&value, hears);
        return if other == value {
            text.to_owned()
        } else {
            other.to_string()
        };
    }
    let parts: Vec<&str> = text.split('.').collect();
    let [protected, payload, signature] = parts.as_slice() else {
        return text.to_owned();
    };
    let value = json!({ "protected": protected, "payload": payload, "signature": signature });
    match envelope(&value, hears) {
        Some(heard) => ["protected", "payload", "signature"]
            .map(|name| heard[name].as_str().unwrap())
            .join("."),
        None => text.to_owned(),
    }
}

fn decoded(text: &Value) -> Option<Value> {
    serde_json::from_slice(&base64url::decode(text.as_str()?)?).ok()
}

/// The key of the vectors with this id, which may be none that a key could have.
fn key(kid: &str) -> Option<Key> {
    KeyId::parse(kid).is_ok().then(|| Key::named(kid))
}

/// Whether a header stands as we write it, and its signature is the one that the key of the vectors makes.
fn is_good(part: &Value, payload: &Value) -> bool {
    let Some(header) = decoded(&part["protected"]) else {
        return false;
    };
    let Some(key) = header["kid"].as_str().and_then(key) else {
        return false;
    };
    if part["protected"] != base64url::encode(header.to_string().as_bytes()) {
        return false;
    }
    let (protected, payload) = (part["protected"].as_str(), payload.as_str());
    let input = [protected, payload]
        .map(Option::unwrap_or_default)
        .join(".");
    let signature = key.signature(input.as_bytes());
    part["signature"] == base64url::encode(&signature)
}

/// The envelope of these parts as we write it: another form of it, or a member more, is none of ours.
fn as_written(payload: &Value, parts: &[Value]) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let signatures = parts.iter().map(|part| Part {
        protected: text(&part["protected"]),
        header: part["header"]["kid"]
            .as_str()
            .map(|kid| json!({ "kid": kid })),
        signature: text(&part["signature"]),
    });
    let jws = Jws {
        payload: text(payload),
        signatures: signatures.collect(),
    };
    jws.value()
}

/// The envelope with what the mutant hears; `None` for what is none, or is left alone.
fn envelope(value: &Value, hears: Hears) -> Option<Value> {
    let payload = decoded(value.get("payload")?)?;
    let parts = match value.get("signatures") {
        Some(parts) => parts.as_array()?.clone(),
        None => vec![value.clone()],
    };
    let header = |part: &Value| -> Option<Value> {
        let mut header = decoded(part.get("protected")?)?;
        if let Some(kid) = part.get("header").and_then(|header| header.get("kid")) {
            header["unprotected kid"] = kid.clone();
        }
        Some(header)
    };
    // A token stands in a data request.
    let inside = rewritten(&payload, hears);
    let mut heard = Heard {
        typ: String::new(),
        headers: parts.iter().map(header).collect::<Option<_>>()?,
        payload: inside.clone(),
        is_good: base64url::encode(payload.to_string().as_bytes()) == value["payload"]
            && *value == as_written(&value["payload"], &parts)
            && parts.iter().all(|part| is_good(part, &value["payload"])),
    };
    heard.typ = heard.headers.first()?["typ"].as_str()?.to_owned();
    if !hears(&mut heard) && inside == payload {
        return None;
    }
    let mut jws = Jws {
        payload: base64url::encode(heard.payload.to_string().as_bytes()),
        signatures: Vec::new(),
    };
    for header in &mut heard.headers {
        let members = header.as_object_mut()?;
        let unprotected = members.remove("unprotected kid");
        let kid = members.get("kid").or(unprotected.as_ref())?.as_str()?;
        let key = key(kid)?;
        jws.sign(&key, header);
        if let (Some(kid), Some(part)) = (unprotected, jws.signatures.last_mut()) {
            part.header = Some(json!({ "kid": kid }));
        }
    }
    Some(jws.value())
}

/// Takes for good what ours refuses with one of these codes, in this step if one is named.
fn lenient(input: &Value, verdict: &mut Verdict, step: &str, codes: &[&str]) {
    let is_meant = step.is_empty() || input.get(step).is_some();
    if is_meant && verdict.codes().iter().any(|code| codes.contains(code)) {
        *verdict = Verdict::Accepted(json!({}));
    }
}

/// The outbox of an accepted step.
fn outbox(verdict: &mut Verdict) -> Option<&mut Vec<Value>> {
    match verdict {
        Verdict::Accepted(done) => done.get_mut("outbox")?.as_array_mut(),
        Verdict::Refused(_) => None,
    }
}

fn without_effect(verdict: &mut Verdict, name: &str) {
    let effects = match verdict {
        Verdict::Accepted(done) => done.get_mut("effects").and_then(Value::as_array_mut),
        Verdict::Refused(Refused { effects, .. }) => effects.as_mut(),
    };
    if let Some(effects) = effects {
        effects.retain(|effect| effect.get(name).is_none());
    }
}

/// The common part of a consent.
fn terms(heard: &mut Heard) -> Option<&mut Value> {
    if !heard.typ.ends_with("cr+json") {
        return None;
    }
    if heard.payload.get("common_part").is_some() {
        heard.payload.get_mut("common_part")
    } else {
        Some(&mut heard.payload)
    }
}

fn forget(heard: &mut Heard, member: &str) -> bool {
    let terms = terms(heard).and_then(Value::as_object_mut);
    terms.is_some_and(|terms| terms.remove(member).is_some())
}

const fn hears(name: &'static str, breaks: &'static str, hears: Hears) -> Mutant {
    Mutant {
        name,
        breaks,
        hears: Some(hears),
        task: None,
        says: None,
    }
}

const fn says(name: &'static str, breaks: &'static str, says: Says) -> Mutant {
    Mutant {
        name,
        breaks,
        hears: None,
        task: None,
        says: Some(says),
    }
}

fn deaf() -> Vec<Mutant> {
    vec![
        hears("does not look at the end of a consent", "CN-38", |heard| {
            forget(heard, "exp")
        }),
        hears(
            "does not look at the beginning of a consent",
            "DT-09",
            |heard| forget(heard, "nbf"),
        ),
        hears("takes any version of a link record", "SL-39", |heard| {
            let is_link = heard.typ == "mydata-slr+json" && heard.payload["version"] != "2.0";
            if is_link {
                heard.payload["version"] = json!("2.0");
            }
            is_link
        }),
        hears("takes any version of a status", "CN-90", |heard| {
            let is_status = heard.typ == "mydata-csr+json" && heard.payload["version"] != "2.0";
            if is_status {
                heard.payload["version"] = json!("2.0");
            }
            is_status
        }),
        hears(
            "takes a consent that the operator has signed",
            "CN-03",
            |heard| {
                let by_operator =
                    terms(heard).is_some() && heard.headers[0]["kid"] == "operator-status-1";
                if by_operator {
                    heard.headers[0]["kid"] = json!("owner-1");
                    heard.headers[0]["alg"] = json!("ES256");
                }
                by_operator
            },
        ),
        hears("takes the key that a header brings", "CN-89", |heard| {
            let mut found = false;
            for header in &mut heard.headers {
                found |= header
                    .as_object_mut()
                    .is_some_and(|h| h.remove("jwk").is_some());
            }
            found
        }),
        hears("takes an algorithm of none", "DT-37", |heard| {
            let is_none = heard.headers[0]["alg"] == "none";
            if is_none {
                heard.headers[0]["alg"] = json!("EdDSA");
            }
            is_none
        }),
        hears("believes a key id in both headers", "CN-95", |heard| {
            let mut found = false;
            for header in &mut heard.headers {
                if header.get("kid").is_some() {
                    let header = header.as_object_mut().unwrap();
                    found |= header.remove("unprotected kid").is_some();
                }
            }
            found
        }),
        hears("takes a token after its end", "DT-50", |heard| {
            let is_token = heard.typ == "mydata-at+jwt" && heard.payload.get("exp").is_some();
            if is_token {
                let iat = heard.payload["iat"].as_u64().unwrap_or(0);
                heard.payload["exp"] = json!(iat.saturating_add(86_400));
            }
            is_token
        }),
        hears("takes a token before its beginning", "DT-51", |heard| {
            let is_token = heard.typ == "mydata-at+jwt" && heard.payload.get("nbf").is_some();
            if is_token {
                heard.payload["nbf"] = heard.payload["iat"].clone();
            }
            is_token
        }),
        hears(
            "takes a token at every address of its host",
            "DT-42",
            |heard| {
                let aud = heard.payload.get_mut("aud").and_then(Value::as_array_mut);
                let is_token = aud.is_some();
                if let Some(aud) = aud {
                    *aud = vec![json!("https://source.example/*")];
                }
                is_token
            },
        ),
        hears("does not compare the path of a request", "DT-08", |heard| {
            let is_request = heard.typ == "pop" && heard.payload["p"] == "/data/b";
            if is_request {
                heard.payload["p"] = json!("/data/a");
            }
            is_request
        }),
        hears("does not bind a status to its consent", "CN-35", |heard| {
            let is_other = heard.typ == "mydata-csr+json" && heard.payload["cr_id"] == "another";
            if is_other {
                let service = ["source", "sink"].into_iter().find(|service| {
                    let surrogate = bits(&format!("{service} surrogate"));
                    heard.payload["surrogate_id"] == *surrogate
                });
                let service = service.unwrap_or("sink");
                heard.payload["cr_id"] = json!(bits(&format!("{service} consent")));
            }
            is_other
        }),
    ]
}

fn mumbling() -> Vec<Mutant> {
    vec![
        says("treats Disabled as Active", "CN-13", |input, verdict, _| {
            lenient(input, verdict, "", &["consent_disabled"]);
        }),
        says("does not check the chain", "CN-28", |input, verdict, _| {
            lenient(input, verdict, "", &["chain_gap", "chain_fork"]);
        }),
        says("revives a removed link", "SL-09", |input, verdict, _| {
            lenient(input, verdict, "", &["chain_terminal"]);
        }),
        says(
            "installs a consent under a removed link",
            "SL-05",
            |input, verdict, _| {
                lenient(input, verdict, "receive", &["link_removed"]);
            },
        ),
        says(
            "countersigns before the person agreed",
            "SL-17",
            |input, verdict, _| {
                lenient(input, verdict, "receive", &["not_confirmed"]);
            },
        ),
        says(
            "does not look at the resource set",
            "DT-07",
            |input, verdict, _| {
                lenient(input, verdict, "answer", &["access_resource"]);
            },
        ),
        says("takes old requests", "HR-12", |input, verdict, _| {
            lenient(input, verdict, "answer", &["proof_too_old"]);
        }),
        says(
            "signs for purposes not consented to",
            "DT-03",
            |input, verdict, _| {
                lenient(
                    input,
                    verdict,
                    "prepare_request",
                    &["purpose_not_consented"],
                );
            },
        ),
        says(
            "drafts without what a purpose requires",
            "CN-43",
            |input, verdict, _| {
                lenient(input, verdict, "", &["dataset_required"]);
            },
        ),
        says("uses a resource set twice", "CN-09", |input, verdict, _| {
            lenient(input, verdict, "give_pair", &["resource_set_taken"]);
        }),
        says(
            "issues tokens during a pause",
            "DT-18",
            |input, verdict, before| {
                let earlier = before.iter().rev().find_map(|verdict| match verdict {
                    Verdict::Accepted(done) if done["reply"].get("auth_token").is_some() => {
                        Some(done)
                    }
                    Verdict::Accepted(_) | Verdict::Refused(_) => None,
                });
                if let (Some(done), true) = (earlier, input.get("receive").is_some())
                    && verdict.codes() == ["consent_disabled"]
                {
                    *verdict = Verdict::Accepted(done.clone());
                }
            },
        ),
        says(
            "gives a token again for ever",
            "DT-20",
            |_, verdict, before| {
                let is_token = |verdict: &Verdict| match verdict {
                    Verdict::Accepted(done) => done["reply"].get("auth_token").is_some(),
                    Verdict::Refused(_) => false,
                };
                if let (Some(first), true) =
                    (before.iter().find(|v| is_token(v)), is_token(verdict))
                {
                    *verdict = first.clone();
                }
            },
        ),
        says(
            "swaps the halves of a pair",
            "CN-48",
            |input, verdict, _| {
                if let (Some(outbox), true) = (outbox(verdict), input.get("give_pair").is_some()) {
                    for delivery in outbox {
                        let other = if delivery["to"] == "sink" {
                            "source"
                        } else {
                            "sink"
                        };
                        delivery["to"] = json!(other);
                    }
                }
            },
        ),
        says(
            "does not mirror a change to the source",
            "CN-21",
            |input, verdict, _| {
                if let (Some(outbox), true) =
                    (outbox(verdict), input.get("change_consent").is_some())
                {
                    outbox.retain(|delivery| delivery["to"] != "source");
                }
            },
        ),
        says(
            "tells nobody of a removed link",
            "SL-27",
            |input, verdict, _| {
                if let (Some(outbox), true) = (outbox(verdict), input.get("remove_link").is_some())
                {
                    outbox.retain(|delivery| delivery["message"].get("link_status").is_none());
                }
            },
        ),
        says(
            "leaves consents under a removed link",
            "CN-60",
            |input, verdict, _| {
                if let (Some(outbox), true) = (outbox(verdict), input.get("remove_link").is_some())
                {
                    outbox.retain(|delivery| delivery["message"].get("consent_status").is_none());
                }
            },
        ),
        says("does not deliver the link", "SL-22", |_, verdict, _| {
            if let Some(outbox) = outbox(verdict) {
                outbox.retain(|delivery| delivery["message"].get("link").is_none());
            }
        }),
        says("goes on after a withdrawal", "CN-51", |_, verdict, _| {
            without_effect(verdict, "stop");
        }),
        says(
            "does not ask what it has missed",
            "CN-30",
            |_, verdict, _| {
                without_effect(verdict, "ask_status");
            },
        ),
        says("processes in doubt", "CN-29", |input, verdict, _| {
            lenient(input, verdict, "", &["consent_status_unknown"]);
        }),
        says("forgets what it has installed", "CN-01", |_, verdict, _| {
            if let Verdict::Accepted(done) = verdict
                && let Some(done) = done.as_object_mut()
            {
                done.remove("known");
            }
        }),
    ]
}

/// Each surrogate offer of a sink gets its key, whether it had one or not.
fn with_pop_key(task: &mut Value) {
    each_message(task, "surrogate_offer", &|message| {
        if message.get("pop_key").is_none() {
            message["pop_key"] = Key::named("sink-pop-1").jwk();
        }
    });
}

/// The service's signature on each countersigned record is made good.
fn with_service_signature(task: &mut Value) {
    each_message(task, "countersigned", &|message| {
        let Some(payload) = decoded(&message["slr"]["payload"]) else {
            return;
        };
        let keys = [Key::named("owner-1"), Key::named("sink-1")];
        let keys: Vec<&Key> = keys.iter().collect();
        message["slr"] = Jws::of(&payload, "mydata-slr+json", &keys).value();
    });
}

fn each_message(task: &mut Value, kind: &str, change: &dyn Fn(&mut Value)) {
    let steps = task.pointer_mut("/operator/steps");
    for step in steps.and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(receive) = step.pointer_mut("/do/receive") else {
            continue;
        };
        let text = receive["message"].as_str().unwrap_or_default();
        if let (true, Ok(mut message)) = (receive["kind"] == kind, serde_json::from_str(text)) {
            change(&mut message);
            receive["message"] = json!(message.to_string());
        }
    }
}

/// Each data request gets a nonce of its own, so that none is a second one.
fn with_fresh_nonces(task: &mut Value) {
    let steps = task.pointer_mut("/service/steps");
    let steps = steps.and_then(Value::as_array_mut).into_iter().flatten();
    for (at, step) in steps.enumerate() {
        let Some(Value::String(text)) = step.pointer_mut("/do/answer/authorization") else {
            continue;
        };
        let parts: Vec<&str> = text.trim_start_matches("PoP ").split('.').collect();
        if let Some(mut payload) = parts.get(1).and_then(|part| decoded(&json!(part))) {
            payload["nonce"] = json!(bits(&format!("nonce {at}")));
            let jws = Jws::of(&payload, "pop", &[&Key::named("sink-pop-1")]);
            *text = format!("PoP {}", jws.compact());
        }
    }
}

/// A document is read as a careless reader reads it: of two members of one name the last.
fn with_last_member(task: &mut Value) {
    if let Some(Value::String(text)) = task.pointer_mut("/read/text")
        && let Ok(value) = serde_json::from_str::<Value>(text)
    {
        *text = value.to_string();
    }
}

fn careless() -> Vec<Mutant> {
    let task = |name, breaks, task| Mutant {
        name,
        breaks,
        hears: None,
        task: Some(task),
        says: None,
    };
    vec![
        task(
            "links a sink without its key",
            "SL-16",
            with_pop_key as fn(&mut Value),
        ),
        task(
            "does not verify the service's signature",
            "SL-20",
            with_service_signature,
        ),
        task(
            "forgets the requests there have been",
            "HR-12",
            with_fresh_nonces,
        ),
        task(
            "reads a member that stands twice",
            "FW-01",
            with_last_member,
        ),
    ]
}

/// The failures of an implementation among the cases that are about a requirement.
fn failures(cases: &[&Case], implementation: &mut dyn Implementation) -> Vec<String> {
    let failed = cases.iter().filter_map(|case| {
        let verdicts = implementation.sit(&case.id, &case.task);
        judge(case, &verdicts)
    });
    failed.map(|failure| failure.case).collect()
}

#[test]
fn every_mutant_fails_on_the_requirement_that_it_breaks() {
    let vectors = Vectors::read(&folder()).unwrap();
    let mutants: Vec<Mutant> = [deaf(), mumbling(), careless()]
        .into_iter()
        .flatten()
        .collect();
    assert!(mutants.len() >= 20, "{} mutants", mutants.len());
    let mut alive = Vec::new();
    for mut mutant in mutants {
        let breaks = mutant.breaks.to_owned();
        let about: Vec<&Case> = vectors
            .cases()
            .iter()
            .filter(|case| case.requirements.contains(&breaks))
            .collect();
        let unbroken = failures(&about, &mut Ours::default());
        assert!(unbroken.is_empty(), "{breaks}: {unbroken:?}");
        if failures(&about, &mut mutant).is_empty() {
            alive.push(format!("{} ({breaks})", mutant.name));
        }
    }
    assert!(alive.is_empty(), "not found out: {alive:#?}");
}

/// What the mutants are built on changes nothing by itself: an implementation that hears every
/// record signed anew, word for word, passes.
#[test]
fn a_mutant_without_a_mistake_passes() {
    let vectors = Vectors::read(&folder()).unwrap();
    let mut mutant = hears("no mistake", "", |heard| heard.is_good);
    let all: Vec<&Case> = vectors.cases().iter().collect();
    assert_eq!(failures(&all, &mut mutant), Vec::<String>::new());
}
