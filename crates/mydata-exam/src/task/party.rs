//! A session of whoever receives signed requests of operators and services.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A receiver and the requests that come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct PartyTask {
    /// Its own origin, as it is configured.
    pub origin: String,
    /// Whom it knows.
    pub senders: Vec<KnownSender>,
    /// When its memory begins, for one that may have run before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<u64>,
    /// How many requests it can remember.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<usize>,
    /// What happens.
    pub steps: Vec<PartyStep>,
}

/// A sender and the keys that are bound to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct KnownSender {
    /// `operator` or `service`.
    pub role: String,
    /// Its id.
    pub id: String,
    /// Every key that it has had.
    pub keys: Vec<KeyOfSender>,
}

/// A key and its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct KeyOfSender {
    /// The key, a JWK.
    pub key: Value,
    /// The first second in which it signs; always, when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// The first second in which it signs no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<u64>,
}

/// One request, and when it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct PartyStep {
    /// The receiver's clock.
    pub at: u64,
    /// What.
    #[serde(rename = "do")]
    pub act: PartyAct,
}

/// What a receiver is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    clippy::exhaustive_enums,
    missing_docs,
    reason = "the members are those of the vectors, which a document describes"
)]
pub enum PartyAct {
    /// Who has sent this?
    Authenticate {
        method: String,
        target: String,
        headers: Vec<(String, String)>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
}
