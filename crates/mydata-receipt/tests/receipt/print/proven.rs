//! Pages of receipts that have been verified.

use super::{DIGEST, page};
use mydata_chosen::Chosen;
use mydata_core::id::{OperatorId, ServiceId};
use mydata_core::jwk::{KeyHistory, KeySet};
use mydata_core::jws::Sealed;
use mydata_receipt::print::{Page, Reader, TEXTS, Zone};
use mydata_receipt::signed::{Proven, SignedReceipt, Trust, Unchecked};
use serde_json::Value;

/// A signed receipt of the vectors, verified.
pub(crate) fn proven(id: &str) -> Proven {
    let vectors = include_str!("../../../../../spec/vectors/receipt/signed.json");
    let vectors: Value = serde_json::from_str(vectors).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["id"] == id).unwrap();
    let task = &case["task"]["receipt"]["verify"];
    let keys = |of: &str, id: &str| -> Option<KeyHistory> {
        let set: KeySet = serde_json::from_value(task[of].get(id)?.clone()).unwrap();
        Some(set.into())
    };
    let envelope = task["envelope"].as_str().unwrap();
    let sealed = Sealed::<SignedReceipt>::from_json(envelope.as_bytes()).unwrap();
    let trust = Trust {
        operator: &|id: &OperatorId| keys("operators", id.as_str()),
        service: &|id: &ServiceId| keys("services", id.as_str()),
        crypto: &Chosen,
    };
    SignedReceipt::verify(&sealed, &trust).unwrap()
}

/// The page in every language.
pub(crate) fn pages(proven: &Proven) -> [String; 3] {
    Reader::ALL.map(|reader| Page::of(proven, reader, Zone::Helsinki).to_string())
}

fn own(name: &str, reader: Reader) -> &'static str {
    let (_, text) = TEXTS.iter().find(|(known, _)| *known == name).unwrap();
    reader.choose(*text)
}

#[test]
fn a_proven_page_says_so_and_what_is_not_shown() {
    for id in ["signed/pair", "signed/withdrawn", "signed/public-interest"] {
        let proven = proven(id);
        assert!(!proven.unchecked().is_empty(), "a check never shows all");
        for (reader, page) in Reader::ALL.into_iter().zip(pages(&proven)) {
            let (_, record) = page.split_once("<footer>").unwrap();
            assert!(
                record.contains(own("proven", reader)) && record.contains(own("proof", reader))
            );
            assert!(record.contains(&proven.digest().to_base64url()));
            assert!(record.contains(&format!("<h3>{}</h3>", own("unchecked", reader))));
            for one in Unchecked::ALL {
                let label = reader.choose(one.label());
                let label = label.replace('\'', "&#39;").to_lowercase();
                let told = record.to_lowercase().contains(&format!("<li>{label}</li>"));
                assert_eq!(told, proven.unchecked().contains(&one), "{}", one.name());
            }
            for word in ["unproven", "unproven_head"] {
                assert!(!page.contains(own(word, reader)), "{word}");
            }
        }
    }
}

#[test]
fn an_unproven_page_says_so_at_its_head() {
    let proven = proven("signed/pair");
    for reader in Reader::ALL {
        let page = page(&proven, reader);
        let (head, rest) = page.split_once("</header>").unwrap();
        assert!(head.contains(own("unproven_head", reader)));
        assert!(rest.contains(own("unproven", reader)) && rest.contains(&DIGEST.to_base64url()));
        for word in ["proven", "unchecked"] {
            assert!(!page.contains(own(word, reader)), "{word}");
        }
    }
}
