//! What an implementation is asked: the input of a case, without what is expected of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

mod operator;
mod party;
mod receipt;
mod resident;
mod service;

pub use operator::{
    AccountOpened, As, ObjectedItem, OperatorAct, OperatorStep, OperatorTask, Registration, WhoActs,
};
pub use party::{KeyOfSender, KnownSender, PartyAct, PartyStep, PartyTask};
pub use receipt::{ReceiptForm, ReceiptTask};
pub use resident::{KnownLevels, KnownProvider, ResidentTask};
pub use service::{KnownOperatorKeys, ServiceAct, ServiceKeys, ServiceStep, ServiceTask};

/// One task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an implementation must be able to do every task"
)]
pub enum Task {
    /// Reads one JSON document.
    Read {
        /// Of which kind.
        kind: String,
        /// The document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// The document, base64url, when it is not UTF-8.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        octets: Option<String>,
    },
    /// Verifies one record.
    Verify {
        /// Of which kind.
        record: String,
        /// As it travels.
        envelope: String,
        /// The keys that are bound already.
        keys: Bound,
    },
    /// Verifies the records of a chain.
    Chain {
        /// Of which kind.
        record: String,
        /// As they travel, in order.
        envelopes: Vec<String>,
        /// The keys that are bound already.
        keys: Bound,
        /// Whose status it is: a link or a consent.
        subject: String,
        /// Of whom.
        surrogate_id: String,
    },
    /// Whether a consent permits processing.
    Standing {
        /// The state of the link.
        link: String,
        /// The state of the consent.
        consent: String,
        /// Not before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nbf: Option<u64>,
        /// Not at or after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exp: Option<u64>,
        /// The moment.
        now: u64,
    },
    /// Reads and checks a description.
    Description {
        /// `service` or `operator`.
        of: String,
        /// The document.
        text: String,
    },
    /// Where a description is published.
    Locate {
        /// `service` or `operator`.
        of: String,
        /// The party's domain.
        domain: String,
    },
    /// Something about a receipt.
    Receipt(ReceiptTask),
    /// A resident's access token.
    Resident(ResidentTask),
    /// A session of whoever receives requests of operators and services.
    Party(PartyTask),
    /// A session of a source or a sink.
    Service(ServiceTask),
    /// A session of an operator.
    Operator(OperatorTask),
}

/// JWK Sets that a verifier has bound to parties.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Bound {
    /// The owner's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Value>,
    /// The operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Value>,
    /// The service's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Value>,
    /// The sink's, of possession.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sink: Option<Value>,
}

/// A step of a session.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "there are three sessions")]
pub enum Step<'a> {
    /// Of a receiver of signed requests.
    Party(&'a PartyStep),
    /// Of a service.
    Service(&'a ServiceStep),
    /// Of an operator.
    Operator(&'a OperatorStep),
}

impl Task {
    /// How many verdicts there are.
    #[must_use]
    pub const fn verdicts(&self) -> usize {
        match self {
            Self::Read { .. }
            | Self::Verify { .. }
            | Self::Chain { .. }
            | Self::Standing { .. }
            | Self::Description { .. }
            | Self::Locate { .. }
            | Self::Receipt(_)
            | Self::Resident(_) => 1,
            Self::Party(task) => task.steps.len(),
            Self::Service(task) => task.steps.len(),
            Self::Operator(task) => task.steps.len(),
        }
    }

    /// The steps of a session.
    #[must_use]
    pub fn steps(&self) -> Option<Vec<Step<'_>>> {
        match self {
            Self::Read { .. }
            | Self::Verify { .. }
            | Self::Chain { .. }
            | Self::Standing { .. }
            | Self::Description { .. }
            | Self::Locate { .. }
            | Self::Receipt(_)
            | Self::Resident(_) => None,
            Self::Party(task) => Some(task.steps.iter().map(Step::Party).collect()),
            Self::Service(task) => Some(task.steps.iter().map(Step::Service).collect()),
            Self::Operator(task) => Some(task.steps.iter().map(Step::Operator).collect()),
        }
    }

    /// The private keys of the party that is examined, as JWK.
    #[must_use]
    pub fn own_keys(&self) -> Vec<&Value> {
        match self {
            Self::Read { .. }
            | Self::Verify { .. }
            | Self::Chain { .. }
            | Self::Standing { .. }
            | Self::Description { .. }
            | Self::Locate { .. }
            | Self::Receipt(_)
            | Self::Resident(_)
            | Self::Party(_) => Vec::new(),
            Self::Service(task) => {
                let keys = &task.keys;
                std::iter::once(&keys.signature).chain(&keys.pop).collect()
            }
            Self::Operator(task) => task.keys.values().collect(),
        }
    }
}

/// What commands call the services that are registered.
pub type Registry = BTreeMap<String, Registration>;
