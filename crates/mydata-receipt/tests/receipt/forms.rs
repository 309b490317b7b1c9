//! The model as JSON.

use crate::support::{sample, samples};
use mydata_core::json::{self, Limits};
use mydata_receipt::Receipt;

#[test]
fn a_receipt_reads_as_it_was_written() {
    for (name, sample) in samples().as_object().unwrap() {
        let octets = serde_json::to_vec(sample).unwrap();
        let receipt: Receipt = json::from_slice(&octets, Limits::MESSAGE).unwrap();
        assert!(serde_json::to_value(&receipt).unwrap() == *sample, "{name}");
    }
}

#[test]
fn a_receipt_is_not_printed() {
    let receipt = sample("pair");
    let printed = format!("{receipt:?}{:?}{:?}", receipt.controller, receipt.grounds);
    assert!(!printed.contains("AAAAAAAAAAAAAAAAAAAAAQ"), "{printed}");
}
