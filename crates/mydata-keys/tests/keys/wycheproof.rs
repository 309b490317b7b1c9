//! Project Wycheproof's signatures: each judged as Wycheproof labels it.
//!
//! A key comes in as a JWK, since nothing else is a way in here; a signature that has not 64 octets never
//! becomes a [`Signature`], and counts as refused.

use crate::support::{encode, text};
use mydata_chosen::Chosen;
use mydata_core::crypto::{Crypto, Signature};
use mydata_core::jwk::PublicKey;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wycheproof::{TestResult, ecdsa, eddsa};

/// What became of one set: how many tests there are, and the ids of those that are judged otherwise
/// than Wycheproof does, with our verdict.
#[derive(Default)]
struct Count {
    accepted: usize,
    refused: usize,
    otherwise: BTreeMap<u64, &'static str>,
}

impl Count {
    fn judge(&mut self, id: usize, label: TestResult, jwk: &Value, message: &[u8], octets: &[u8]) {
        let key = PublicKey::from_jwk(jwk.to_string().as_bytes());
        let signature = <[u8; 64]>::try_from(octets).map(Signature::from_octets);
        let is_good = match (key, signature) {
            (Ok(key), Ok(signature)) => Chosen.verify(&key, message, &signature),
            (Err(_), _) | (_, Err(_)) => false,
        };
        // What is merely acceptable is left to the implementation.
        let is_otherwise = match label {
            TestResult::Valid => !is_good,
            TestResult::Invalid => is_good,
            TestResult::Acceptable => false,
        };
        let (count, said) = if is_good {
            (&mut self.accepted, "accepted")
        } else {
            (&mut self.refused, "refused")
        };
        *count += 1;
        if is_otherwise {
            self.otherwise.insert(id as u64, said);
        }
    }

    /// Exactly the exceptions of `wycheproof.json` are judged otherwise: one that is not needed any
    /// more is a fault, and so is one that is not written there.
    fn hold(&self, name: &str, total: usize) {
        let exceptions: Value = serde_json::from_str(include_str!("wycheproof.json")).unwrap();
        let mut written = BTreeMap::new();
        for exception in exceptions["exceptions"].as_array().unwrap() {
            assert!(
                text(&exception["reason"]).len() >= 30,
                "{exception}: a reason"
            );
            if exception["set"] == name {
                let id = exception["tcId"].as_u64().unwrap();
                let twice = written.insert(id, text(&exception["ours"]).to_owned());
                assert_eq!(twice, None, "{name} {id}");
            }
        }
        let found: BTreeMap<u64, String> = self
            .otherwise
            .iter()
            .map(|(id, said)| (*id, (*said).to_owned()))
            .collect();
        println!(
            "wycheproof {name}: {} tests, {} accepted, {} refused, {} judged otherwise than labelled",
            self.accepted + self.refused,
            self.accepted,
            self.refused,
            found.len()
        );
        assert_eq!(
            found, written,
            "{name}: judged otherwise, and the written exceptions"
        );
        assert_eq!(
            self.accepted + self.refused,
            total,
            "{name}: every test of the set"
        );
    }
}

#[test]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut count = Count::default();
    for group in &set.test_groups {
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": encode(&group.key.pk) });
        for test in &group.tests {
            count.judge(test.tc_id, test.result, &jwk, &test.msg, &test.sig);
        }
    }
    count.hold("ed25519", set.number_of_tests);
}

#[test]
fn p256() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut count = Count::default();
    for group in &set.test_groups {
        // 4, x, y (SEC 1 §2.3.3).
        let point: &[u8] = &group.key.key;
        let (x, y) = point[1..].split_at(32);
        let jwk =
            json!({ "kty": "EC", "crv": "P-256", "kid": "k", "x": encode(x), "y": encode(y) });
        assert_eq!((point[0], point.len()), (4, 65));
        for test in &group.tests {
            count.judge(test.tc_id, test.result, &jwk, &test.msg, &test.sig);
        }
    }
    count.hold("ecdsa_secp256r1_sha256_p1363", set.number_of_tests);
}
