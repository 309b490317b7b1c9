//! Whoever receives signed requests of operators and services, led through a session.

use super::{Done, coded, settle, several, time, unknown};
use crate::base64url;
use crate::library::Library;
use crate::task::{KeyOfSender, KnownSender, PartyAct, PartyStep, PartyTask};
use crate::verdict::{Refused, Verdict};
use mydata::core::id::{OperatorId, ServiceId};
use mydata::core::jwk::{KeyHistory, KeyLife, PublicKey};
use mydata::core::resource::Origin;
use mydata::core::time::Timestamp;
use mydata::token::party::{PartyQuestion, Sender, Senders, authenticate};
use mydata::token::replay::TwoGenerations;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use serde_json::json;

/// Headers that must be signed where a request has them (guide 8.6).
const DEMANDED: &[&str] = &["content-type", "idempotency-key"];

/// A receiver with its memory.
#[derive(Debug)]
pub struct Receiver {
    origin: Origin,
    known: Known,
    memory: TwoGenerations,
}

/// Whom it knows.
#[derive(Debug)]
struct Known(Vec<(Sender, KeyHistory)>);

impl Senders for Known {
    fn keys_of(&self, sender: &Sender) -> Option<KeyHistory> {
        let found = self.0.iter().find(|(known, _)| known == sender);
        found.map(|(_, keys)| keys.clone())
    }
}

impl Receiver {
    /// At the beginning.
    ///
    /// # Errors
    /// The verdict on a task that cannot be begun.
    pub fn new(task: &PartyTask) -> Result<Self, Verdict> {
        let window = Window::default();
        let room = task.room.unwrap_or(TwoGenerations::DEFAULT_CAPACITY);
        let first = task.steps.first().map_or(0, |step| step.at);
        let memory = match task.started {
            Some(at) => TwoGenerations::starting(&window, room, time(at)?),
            None => TwoGenerations::without_past(&window, room, time(first)?),
        };
        let known = task.senders.iter().map(sender);
        Ok(Self {
            origin: Origin::parse(&task.origin).map_err(coded)?,
            known: Known(known.collect::<Result<_, Verdict>>()?),
            memory,
        })
    }

    /// One request.
    pub fn step(&mut self, step: &PartyStep) -> Verdict {
        settle(time(step.at).and_then(|now| self.act(now, &step.act)))
    }

    fn act(&mut self, now: Timestamp, act: &PartyAct) -> Done {
        let PartyAct::Authenticate {
            method,
            target,
            headers,
            body,
        } = act;
        let body = body.as_deref().unwrap_or_default();
        let body = base64url::decode(body).ok_or_else(unknown)?;
        let request = HttpRequest::received(&self.origin, target, method, &body).map_err(coded)?;
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (&**n, &**v)).collect();
        let request = request.with_headers(&headers).map_err(coded)?;
        let request = request.demanding(DEMANDED);
        let question = PartyQuestion {
            request: &request,
            now,
            window: Window::default(),
            senders: &self.known,
            crypto: &Library,
        };
        match authenticate(&question, &mut self.memory) {
            Ok(who) => Ok(json!({
                "role": role(who.sender()),
                "id": who.sender().as_str(),
                "nonce": who.nonce(),
            })),
            Err(denial) => {
                let reasons = denial.reasons().iter();
                let codes = reasons.flat_map(|r| std::iter::once(r.code()).chain(r.detail()));
                Err(Verdict::Refused(Refused {
                    told: Some(denial.wire_code().to_owned()),
                    ..several(codes)
                }))
            }
        }
    }
}

const fn role(sender: &Sender) -> &'static str {
    match sender {
        Sender::Operator(_) => "operator",
        Sender::Service(_) => "service",
    }
}

fn sender(known: &KnownSender) -> Result<(Sender, KeyHistory), Verdict> {
    let who = match &*known.role {
        "operator" => Sender::Operator(OperatorId::parse(&known.id).map_err(coded)?),
        "service" => Sender::Service(ServiceId::parse(&known.id).map_err(coded)?),
        _ => return Err(unknown()),
    };
    let lives = known
        .keys
        .iter()
        .map(life)
        .collect::<Result<_, Verdict>>()?;
    Ok((who, KeyHistory::new(lives).map_err(coded)?))
}

fn life(known: &KeyOfSender) -> Result<KeyLife, Verdict> {
    let octets = known.key.to_string().into_bytes();
    Ok(KeyLife {
        key: PublicKey::from_jwk(&octets).map_err(coded)?,
        from: time(known.from.unwrap_or_default())?,
        retired_at: known.retired_at.map(time).transpose()?,
    })
}
