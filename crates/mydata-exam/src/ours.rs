//! Our own implementation, over the facade.

mod operator;
mod party;
mod receipt;
mod resident;
mod service;
mod single;

use super::Implementation;
use super::task::{OperatorTask, ServiceTask, Task};
use super::verdict::{Refused, Verdict};
use crate::base64url;
use mydata::core::Coded;
use mydata::core::crypto::{NoRandomness, Random, Signer};
use mydata::core::jwk::KeySet;
use mydata::core::time::Timestamp;
use serde_json::{Value, json};
use std::collections::VecDeque;

pub use operator::OperatorParty;
pub use party::Receiver;
pub use service::ServiceParty;

/// The libraries of this workspace.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Ours;

impl Ours {
    /// A session of a service, to be led step by step.
    ///
    /// # Errors
    /// The verdict on a task that cannot be begun.
    pub fn service(task: &ServiceTask) -> Result<ServiceParty, Verdict> {
        ServiceParty::new(task, &signer)
    }

    /// A session of an operator, to be led step by step.
    ///
    /// # Errors
    /// The verdict on a task that cannot be begun.
    pub fn operator(task: &OperatorTask) -> Result<OperatorParty, Verdict> {
        OperatorParty::new(task, &signer)
    }
}

impl Implementation for Ours {
    fn name(&self) -> &str {
        "mydata"
    }

    fn sit(&mut self, _: &str, task: &Task) -> Vec<Verdict> {
        match task {
            Task::Read { kind, text, octets } => {
                vec![single::read(kind, text.as_deref(), octets.as_deref())]
            }
            Task::Verify {
                record,
                envelope,
                keys,
            } => vec![single::verify(record, envelope, keys)],
            Task::Chain {
                record,
                envelopes,
                keys,
                subject,
                surrogate_id,
            } => vec![single::chain(
                record,
                envelopes,
                keys,
                subject,
                surrogate_id,
            )],
            Task::Standing {
                link,
                consent,
                nbf,
                exp,
                now,
            } => vec![single::standing(link, consent, *nbf, *exp, *now)],
            Task::Description { of, text } => vec![single::description(of, text)],
            Task::Locate { of, domain } => vec![single::locate(of, domain)],
            Task::Receipt(task) => vec![settle(receipt::receipt(task))],
            Task::Resident(task) => vec![settle(resident::resident(task))],
            Task::Party(session) => match Receiver::new(session) {
                Err(verdict) => vec![verdict],
                Ok(mut party) => session.steps.iter().map(|step| party.step(step)).collect(),
            },
            Task::Service(session) => match Self::service(session) {
                Err(verdict) => vec![verdict],
                Ok(mut party) => session.steps.iter().map(|step| party.step(step)).collect(),
            },
            Task::Operator(session) => match Self::operator(session) {
                Err(verdict) => vec![verdict],
                Ok(mut party) => session.steps.iter().map(|step| party.step(step)).collect(),
            },
        }
    }
}

/// Accepted with this, or the verdict that refuses.
type Done = Result<Value, Verdict>;

/// Makes a signer of a private JWK.
pub type MakeSigner = dyn Fn(&Value) -> Result<Box<dyn Signer>, Verdict>;

/// The signer of a private key, as a task has it.
///
/// # Errors
/// The verdict on what is no private key.
pub fn signer(jwk: &Value) -> Result<Box<dyn Signer>, Verdict> {
    let key = crate::library::from_jwk(jwk.to_string().as_bytes()).map_err(coded)?;
    Ok(Box::new(key))
}

/// The verdict of an error with a code.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in `map_err`, which gives the error away"
)]
fn coded(error: impl Coded) -> Verdict {
    Verdict::refused(error.code())
}

/// A task that this implementation does not know.
fn unknown() -> Verdict {
    Verdict::refused("task_unknown")
}

fn settle(done: Done) -> Verdict {
    match done {
        Ok(value) => Verdict::Accepted(value),
        Err(verdict) => verdict,
    }
}

fn several(codes: impl IntoIterator<Item = &'static str>) -> Refused {
    Refused {
        codes: codes.into_iter().map(str::to_owned).collect(),
        ..Refused::default()
    }
}

fn time(seconds: u64) -> Result<Timestamp, Verdict> {
    Timestamp::from_seconds(seconds).ok_or_else(unknown)
}

fn key_set(value: &Value) -> Result<KeySet, Verdict> {
    KeySet::from_jwks(value.to_string().as_bytes()).map_err(coded)
}

/// Anything of ours as JSON.
fn written(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|_| json!("not written"))
}

/// The numbers of the vector, in their order.
#[derive(Debug, Clone)]
pub struct Drawn(VecDeque<[u8; 16]>);

impl Drawn {
    fn new(random: &[String]) -> Result<Self, Verdict> {
        let number = |text: &String| base64url::decode(text)?.try_into().ok();
        let numbers: Option<_> = random.iter().map(number).collect();
        numbers.map(Self).ok_or_else(unknown)
    }

    fn left(&self) -> usize {
        self.0.len()
    }
}

impl Random for Drawn {
    fn bits128(&mut self) -> Result<[u8; 16], NoRandomness> {
        self.0.pop_front().ok_or_else(NoRandomness::new)
    }
}
