//! Tasks about receipts.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is asked about a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an implementation must be able to do every task"
)]
pub enum ReceiptTask {
    /// Verifies a signed receipt and the records in it.
    Verify {
        /// As it travels: flattened JSON.
        envelope: String,
        /// The keys of receipts of operators, a JWK Set each.
        operators: BTreeMap<String, Value>,
        /// The registered keys of services, a JWK Set each.
        services: BTreeMap<String, Value>,
    },
}
