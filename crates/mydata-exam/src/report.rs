//! What is written after an examination.

use super::Outcome;
use serde_json::{Value, json};

/// The report as JSON: who sat, how it ended, each failure with its requirements.
#[must_use]
pub fn report(implementation: &str, outcome: &Outcome) -> Value {
    json!({
        "implementation": implementation,
        "passed": outcome.passed,
        "failed": outcome.failures.len(),
        "failures": outcome.failures,
    })
}
