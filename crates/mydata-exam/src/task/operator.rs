//! A session of an operator.

use super::Registry;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One account at an operator and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct OperatorTask {
    /// The operator's id.
    pub operator_id: String,
    /// Its private keys, as JWK: `status` and `tokens`.
    pub keys: BTreeMap<String, Value>,
    /// The account.
    pub account: AccountOpened,
    /// The services registered.
    pub services: Registry,
    /// What it draws, base64url.
    pub random: Vec<String>,
    /// What happens.
    pub steps: Vec<OperatorStep>,
}

/// An account as it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct AccountOpened {
    /// Its id.
    pub id: String,
    /// A JWK Set.
    pub owner_keys: Value,
    /// Until when a new account waits to be activated; absent for one that is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activate_by: Option<u64>,
}

/// What a person objects to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ObjectedItem {
    /// A processing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processing_id: Option<String>,
    /// A dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset_id: Option<String>,
}

/// A service as registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Registration {
    /// Its description.
    pub description: Value,
    /// A JWK Set: its signature keys.
    pub keys: Value,
    /// Whether it may be linked and consented to.
    pub open: bool,
}

/// One thing that happens, when, and who does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct OperatorStep {
    /// The operator's clock.
    pub at: u64,
    /// Who.
    #[serde(rename = "as")]
    pub who: As,
    /// What.
    #[serde(rename = "do")]
    pub act: OperatorAct,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct As {
    /// In what capacity.
    pub capacity: WhoActs,
    /// Which service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The account meant, when it is not the one that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// In what capacity somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    missing_docs,
    reason = "the capacities of the operator"
)]
pub enum WhoActs {
    Owner,
    Representative,
    Operator,
    System,
    Service,
}

/// What an operator is asked to do; `spec/vectors/README.md` says what comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    clippy::exhaustive_enums,
    missing_docs,
    reason = "the members are those of the vectors, which a document describes"
)]
pub enum OperatorAct {
    StartLinking {
        service: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        surrogate_id: Option<String>,
    },
    Receive {
        kind: String,
        message: String,
    },
    DraftLink {
        code: String,
    },
    DraftFirstStatus {
        code: String,
    },
    ProposeLink {
        code: String,
        record: String,
    },
    CompleteLink {
        code: String,
        status: String,
    },
    DraftRemoval {
        link_id: String,
    },
    RemoveLink {
        link_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
    },
    ShowProposal {
        url: String,
        media_type: String,
        language: String,
        rests_on: BTreeMap<String, String>,
        text: String,
    },
    DraftSingle {
        service: String,
        choice: Value,
    },
    DraftPair {
        source: String,
        sink: String,
        choice: Value,
    },
    GiveSingle {
        service: String,
        record: String,
        status: String,
    },
    GivePair {
        source: String,
        sink: String,
        source_record: String,
        source_status: String,
        sink_record: String,
        sink_status: String,
    },
    DraftChange {
        cr_id: String,
        change: String,
    },
    ChangeConsent {
        cr_id: String,
        change: String,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mirrored: Option<String>,
    },
    Expire {},
    DraftSubscription {
        service: String,
        notifications: Vec<String>,
        encrypted: bool,
    },
    Subscribe {
        service: String,
        record: String,
    },
    DraftObjection {
        service: String,
        items: Vec<ObjectedItem>,
    },
    Object {
        service: String,
        record: String,
    },
    EndService {
        service: String,
    },
    AskVerification {
        what: String,
    },
    Confirm {
        what: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vouched: Option<String>,
    },
    Export {},
    UndoDeletion {},
    Erase {},
    Ask {
        kind: String,
        message: String,
    },
    Standing {
        cr_id: String,
    },
}
