//! Receipts to begin with.

use mydata_receipt::Receipt;
use serde_json::Value;

/// Receipts as JSON: `pair` (a consent for a source and a sink), `withdrawn` (the same, ended) and
/// `law` (a legal obligation).
pub(crate) fn samples() -> Value {
    serde_json::from_str(include_str!("receipts.json")).unwrap()
}

/// One of them.
pub(crate) fn sample(name: &str) -> Receipt {
    serde_json::from_value(samples()[name].clone()).unwrap()
}
