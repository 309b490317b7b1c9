//! "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020): signatures on which libraries differ.
//!
//! Its twelve cases and the three that its authors added. What is a matter of the key is refused when the
//! key comes in; the rest is the backend's, and a change of backend shows here.

use crate::support::{encode, signature, text, unhex};
use mydata_chosen::Chosen;
use mydata_core::crypto::Crypto;
use mydata_core::jwk::PublicKey;
use serde_json::{Value, json};

/// Accepted, refused, or the code with which the key is refused.
fn verdict(case: &Value) -> &'static str {
    let x = encode(unhex(text(&case["pub_key"])));
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x });
    let key = match PublicKey::from_jwk(jwk.to_string().as_bytes()) {
        Ok(key) => key,
        Err(refusal) => return refusal.code(),
    };
    let signature = signature(&encode(unhex(text(&case["signature"]))));
    if Chosen.verify(&key, &unhex(text(&case["message"])), &signature) {
        "accepted"
    } else {
        "refused"
    }
}

/// All fifteen.
pub(crate) fn cases() -> Vec<Value> {
    let mut file: Value = serde_json::from_str(include_str!("speccheck.json")).unwrap();
    let cases = file["cases"].as_array_mut().map(std::mem::take).unwrap();
    assert_eq!(cases.len(), 15);
    cases
}

#[test]
fn what_taming_the_many_eddsas_asks() {
    for (at, case) in cases().iter().enumerate() {
        assert_eq!(verdict(case), text(&case["ours"]), "{at}: {}", case["says"]);
    }
}
