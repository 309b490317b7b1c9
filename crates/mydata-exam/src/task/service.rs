//! A session of a source or a sink.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One service and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ServiceTask {
    /// Its id.
    pub service_id: String,
    /// Its private keys.
    pub keys: ServiceKeys,
    /// The operators that it works with.
    pub operators: Vec<KnownOperatorKeys>,
    /// What it draws, base64url.
    pub random: Vec<String>,
    /// What happens.
    pub steps: Vec<ServiceStep>,
}

/// Private keys, as JWK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ServiceKeys {
    /// Of its records.
    pub signature: Value,
    /// A sink's, of its data requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pop: Option<Value>,
}

/// An operator, as a service knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct KnownOperatorKeys {
    /// Its id.
    pub id: String,
    /// A JWK Set.
    pub status_keys: Value,
    /// A JWK Set.
    pub token_keys: Value,
}

/// One thing that happens, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ServiceStep {
    /// The service's clock.
    pub at: u64,
    /// What.
    #[serde(rename = "do")]
    pub act: ServiceAct,
}

/// What a service is asked to do; `spec/vectors/README.md` says what comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    clippy::exhaustive_enums,
    missing_docs,
    reason = "the members are those of the vectors, which a document describes"
)]
pub enum ServiceAct {
    /// A message of the operator.
    Receive { from: String, message: String },
    /// The person begins a linking here.
    StartLinking { operator: String },
    /// The person has signed in and agreed.
    ConfirmLinking {
        code: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<String>,
    },
    /// May this be processed?
    MayProcess {
        cr_id: String,
        purpose: String,
        dataset: String,
    },
    /// Does the consent permit anything?
    Standing { cr_id: String },
    /// A data request.
    Answer {
        origin: String,
        method: String,
        target: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        authorization: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<(String, String)>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        nonces: Vec<String>,
    },
    /// The sink asks for a token.
    TokenRequest { cr_id: String },
    /// The sink signs a data request.
    PrepareRequest {
        cr_id: String,
        purpose: String,
        dataset: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        method: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        query: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        token: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nonce: Option<String>,
    },
    /// The question for the operator.
    StatusQuery { cr_id: String },
    /// The operator's answer.
    CatchUp { from: String, message: String },
    /// A copy of a lost consent.
    Restore { from: String, message: String },
    /// After a restart.
    DoubtAll {},
    /// The service wishes to end a link.
    AskRemoval { link_id: String },
    /// The service has something to tell.
    PrepareNotification { link_id: String, messages: Value },
    /// The service answers an objection.
    AnswerObjection { objection: String, decisions: Value },
    /// May this be processed, on whatever basis?
    MayUse {
        link_id: String,
        description: Value,
        purpose: String,
        dataset: String,
    },
}
