//! Keys come in messages. Whatever is read as a public key is written and read again as the same
//! key, and nothing private is ever taken for one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::core::crypto::{Crypto as _, Signature};
use mydata::core::jwk::{KeySet, PublicKey};
use mydata::keys::Ring;

fuzz_target!(|data: &[u8]| {
    if let Ok(key) = PublicKey::from_jwk(data) {
        assert_eq!(
            PublicKey::from_jwk(key.to_jwk().as_bytes()),
            Ok(key.clone())
        );
        let members: serde_json::Value = serde_json::from_slice(data).unwrap();
        assert!(members.get("d").is_none() && members.get("k").is_none());
        assert!(!Ring.verify(&key, b"message", &Signature::from_octets([0; 64])));
    }
    if let Ok(set) = KeySet::from_jwks(data) {
        let written = serde_json::to_vec(&set).unwrap();
        assert_eq!(KeySet::from_jwks(&written), Ok(set));
    }
});
