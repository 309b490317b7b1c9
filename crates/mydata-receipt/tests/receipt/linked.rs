//! The linked form: there and back, what it says, and what it keeps in words of ours.

use crate::arbitrary;
use crate::support::{sample, samples};
use mydata_receipt::Receipt;
use mydata_receipt::linked::{self, Document};
use proptest::prelude::*;

/// What every receipt is held to: it comes back, its document is written alike twice, and the reader
/// finds nothing in it.
fn holds(receipt: &Receipt) -> Document {
    let document = Document::of(receipt);
    let octets = document.to_json().unwrap();
    let reading = linked::read(&octets).map_err(|report| format!("{:?}", report.findings));
    let reading = reading.unwrap();
    assert_eq!(reading.report.findings, []);
    assert_eq!(reading.repairs, []);
    assert!(reading.document == document);
    assert_eq!(reading.document.to_json().unwrap(), octets);
    let back = reading.document.receipt();
    let back = back
        .map_err(|report| format!("{:?}", report.findings))
        .unwrap();
    assert!(back == *receipt);
    document
}

#[test]
fn the_samples_come_back() {
    for (name, _) in samples().as_object().unwrap() {
        holds(&sample(name));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_receipt_comes_back(receipt in arbitrary::receipt()) {
        holds(&receipt);
    }
}
