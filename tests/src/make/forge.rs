//! Envelopes put together by hand, so that each part of them can be wrong. Nothing of the examined
//! library writes here.

use super::keys::Key;
use crate::base64url;
use mydata::core::crypto::Crypto as _;
use mydata_chosen::Chosen;
use serde_json::{Value, json};

/// An envelope in parts.
#[derive(Debug, Clone)]
pub struct Jws {
    /// base64url.
    pub payload: String,
    /// At least one.
    pub signatures: Vec<Part>,
}

/// One signature.
#[derive(Debug, Clone)]
pub struct Part {
    /// base64url.
    pub protected: String,
    /// The unprotected header.
    pub header: Option<Value>,
    /// base64url.
    pub signature: String,
}

impl Jws {
    /// `payload` with the signatures of `keys`.
    #[must_use]
    pub fn of(payload: &Value, typ: &str, keys: &[&Key]) -> Self {
        Self::of_octets(payload.to_string().as_bytes(), typ, keys)
    }

    /// The same for any octets.
    #[must_use]
    pub fn of_octets(payload: &[u8], typ: &str, keys: &[&Key]) -> Self {
        let mut jws = Self {
            payload: base64url::encode(payload),
            signatures: Vec::new(),
        };
        for key in keys {
            jws.sign(
                key,
                &json!({ "alg": key.alg(), "kid": key.kid(), "typ": typ }),
            );
        }
        jws
    }

    /// One signature more, with this protected header.
    pub fn sign(&mut self, key: &Key, protected: &Value) {
        self.sign_octets(key, protected.to_string().as_bytes());
    }

    /// The same for any octets of a header.
    pub fn sign_octets(&mut self, key: &Key, protected: &[u8]) {
        let protected = base64url::encode(protected);
        let input = [&*protected, ".", &self.payload].concat();
        let signature = base64url::encode(&key.signature(input.as_bytes()));
        self.signatures.push(Part {
            protected,
            header: None,
            signature,
        });
    }

    /// With an altered protected header in the first signature, signed anew.
    #[must_use]
    pub fn with_header(mut self, key: &Key, alter: impl FnOnce(&mut Value)) -> Self {
        let first = self.signatures.remove(0);
        let mut header: Value =
            serde_json::from_slice(&base64url::decode(&first.protected).unwrap()).unwrap();
        alter(&mut header);
        self.sign(key, &header);
        let last = self.signatures.pop().unwrap();
        self.signatures.insert(0, last);
        self
    }

    /// Flattened JSON with the first signature.
    #[must_use]
    pub fn flat_value(&self) -> Value {
        let mut value = part(self.signatures.first().unwrap());
        value["payload"] = json!(self.payload);
        value
    }

    /// Flattened for one signature, general for any other number.
    #[must_use]
    pub fn value(&self) -> Value {
        if self.signatures.len() == 1 {
            self.flat_value()
        } else {
            let signatures: Vec<Value> = self.signatures.iter().map(part).collect();
            json!({ "payload": self.payload, "signatures": signatures })
        }
    }

    /// As text.
    #[must_use]
    pub fn text(&self) -> String {
        self.value().to_string()
    }

    /// The compact form of the first signature.
    #[must_use]
    pub fn compact(&self) -> String {
        let first = self.signatures.first().unwrap();
        format!("{}.{}.{}", first.protected, self.payload, first.signature)
    }

    /// SHA-256 of what the first signature is over, base64url.
    #[must_use]
    pub fn digest(&self) -> String {
        let first = self.signatures.first().unwrap();
        let signed = format!("{}.{}", first.protected, self.payload);
        Chosen.sha256(signed.as_bytes()).to_base64url()
    }
}

fn part(part: &Part) -> Value {
    let mut value = json!({ "protected": part.protected, "signature": part.signature });
    if let Some(header) = &part.header {
        value["header"] = header.clone();
    }
    value
}

/// One bit of base64url text turned, in a place where every bit counts.
#[must_use]
pub fn flipped(text: &str) -> String {
    let mut octets = base64url::decode(text).unwrap();
    let middle = octets.len() / 2;
    *octets.get_mut(middle).unwrap() ^= 1;
    base64url::encode(&octets)
}
