//! Kantara Consent Receipt 1.1: a strict writer, a validator, and a reader that repairs.
//!
//! There is no machine-checkable standard for this form: the published schema accepts a receipt without
//! a controller, without a service and with empty texts, and emitters do not follow it. So what we
//! write is stricter than the text, what we judge is judged by the text, with a word on what the schema
//! would have said ([`Schema`]), and what we read is repaired where nothing must be invented for it
//! ([`read`]), each repair reported.
//!
//! ```text
//! Receipt ──Document::of──▶ Document ──to_json──▶ octets ──validate──▶ findings
//!                              ▲                    │
//!                              └───────read─────────┘  repairs
//! ```
//!
//! One table of fields (`fields.rs`) is what the validator, the model of the schema and the reader go
//! by. What the form has no place for stands in our extension member `x_mydata`, or is lost
//! ([`losses`]): the form is made from a receipt, and no receipt is made from it.

mod checks;
mod document;
mod extension;
mod fields;
mod list;
mod lost;
mod mend;
mod rule;
mod schema;
mod validate;
mod write;

pub use document::{Document, PiiController, PostalAddress, Purpose, Service};
pub use extension::{
    DatasetEvidence, Decided, Extension, OperatorEvidence, PurposeEvidence, ServiceEvidence,
};
pub use lost::losses;
pub use mend::{KantaraRepair, Reading, Repair, read};
pub use rule::{KantaraRule, Schema};
pub use schema::schema_accepts;
pub use validate::validate;
pub use write::KantaraRefusal;

use crate::signed::SignedReceipt;
use mydata_core::json::Limits;
use mydata_core::jws::Payload;

/// The version that a receipt of this form names (§4.3.1).
pub const VERSION: &str = "KI-CR-v1.1.0";

/// Bounds of a receipt of this form; ours, since Kantara has none. They are those of the signed form: a
/// consent with a long life is told in both.
pub const LIMITS: Limits = SignedReceipt::LIMITS;
