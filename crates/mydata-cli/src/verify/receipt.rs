//! Signed receipts: with public keys alone, and never without what was not established.

use crate::finding::{Finding, refusal};
use crate::keys::Keys;
use crate::kind::signatures;
use crate::paper::{Answer, Page};
use mydata::core::jwk::KeyHistory;
use mydata::core::jws::Sealed;
use mydata::core::lang::Language;
use mydata::keys::Ring;
use mydata::receipt::signed::{SignedReceipt, Trust};
use serde_json::{Value, json};

pub(super) fn verify(text: &str, keys: &Keys, language: Language) -> Answer {
    let mut page = Page::default();
    page.row("kind", "signed receipt (receipt)");
    let json = json!({ "kind": "receipt" });
    let sealed = match Sealed::<SignedReceipt>::from_json(text.as_bytes()) {
        Ok(sealed) => sealed,
        Err(fault) => return refusal(page, json, &[Finding::jws(&fault)]),
    };
    let trust = Trust {
        operator: &|id| keys.operator(id).map(KeyHistory::from),
        service: &|id| keys.service(id).map(KeyHistory::from),
        crypto: &Ring,
    };
    let proven = match SignedReceipt::verify(&sealed, &trust) {
        Ok(proven) => proven,
        Err(fault) => return refusal(page, json, &[Finding::of(&fault)]),
    };
    let signed_by = signatures(proven.signed());
    for by in &signed_by {
        page.row(
            "signed by",
            &format!("{}, {} ({})", by.party, by.kid, by.thumbprint),
        );
    }
    let state = proven.given().and_then(|given| given.state());
    let digest = proven.digest().to_base64url();
    page.row("receipt", &proven.receipt_id.to_string());
    page.row("issued", &proven.issued.to_string());
    page.row("basis", proven.basis().label().get(language));
    if let Some(state) = state {
        page.row("state then", state.label().get(language));
    }
    page.row("digest", &digest);
    page.verdict(true, "VERIFIED");
    let unchecked: Vec<&str> = proven
        .unchecked()
        .iter()
        .map(|one| one.label().get(language))
        .collect();
    page.list("not established", &unchecked);
    let unchecked = proven
        .unchecked()
        .iter()
        .map(|one| json!({ "name": one.name(), "text": one.label().get(language) }));
    let signed_by = signed_by.iter().map(
        |by| json!({ "party": by.party.to_string(), "kid": by.kid, "thumbprint": by.thumbprint }),
    );
    let json = json!({
        "kind": "receipt",
        "receipt_id": proven.receipt_id,
        "issued": proven.issued,
        "basis": proven.basis(),
        "state": state,
        "digest": digest,
        "signed_by": signed_by.collect::<Value>(),
        "not_established": unchecked.collect::<Value>(),
    });
    Answer::valid(page, json)
}
