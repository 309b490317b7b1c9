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
    /// Finds all that is wrong with a document of another form.
    Validate {
        /// Of which form.
        form: ReceiptForm,
        /// The document.
        text: String,
        /// How many spaces stand after it, for one that is too large.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pad: Option<usize>,
    },
    /// Reads a document as others write it, with all that had to be repaired.
    Read {
        /// Of which form.
        form: ReceiptForm,
        /// The document.
        text: String,
    },
    /// Writes a receipt in another form.
    Write {
        /// In which form.
        form: ReceiptForm,
        /// The receipt, as the model has it.
        receipt: Value,
        /// In which language the texts are written, for a form that has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
    },
}

/// A form of receipts beside the signed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "an implementation has each form")]
pub enum ReceiptForm {
    /// Kantara Consent Receipt 1.1.
    Kantara,
    /// ISO/IEC TS 27560 by way of DPV.
    Linked,
}
