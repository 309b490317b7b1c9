//! The page for people.

mod samples;

use crate::support::{sample, samples};
use mydata_core::crypto::Sha256;
use mydata_receipt::Receipt;
use mydata_receipt::print::{Page, Reader, Zone};

const DIGEST: Sha256 = Sha256::from_octets([7; 32]);

fn page(receipt: &Receipt, reader: Reader) -> String {
    Page::new(receipt, DIGEST, reader, Zone::Helsinki).to_string()
}

/// `MYDATA_BLESS=1 cargo test -p mydata-receipt --all-features print` writes the pages again.
#[test]
fn the_pages_are_those_of_the_vectors() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/vectors/receipt/print");
    let common = samples();
    let common = common.as_object().unwrap().keys();
    let mut all: Vec<(&str, Receipt)> = common.map(|name| (name.as_str(), sample(name))).collect();
    all.push(("two", samples::two()));
    for (name, receipt) in all {
        for reader in Reader::ALL {
            let page = page(&receipt, reader);
            let file = format!("{folder}/{name}.{}.html", reader.language());
            if std::env::var_os("MYDATA_BLESS").is_some_and(|value| value == "1") {
                std::fs::create_dir_all(folder).unwrap();
                std::fs::write(&file, &page).unwrap();
            }
            let there = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(there == page, "{name}, {reader:?}: bless it, and read the difference");
        }
    }
}
