//! Private keys are read from files. Whatever is read signs under its own public key, and comes
//! back from both forms as the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::core::crypto::{Crypto as _, Signer as _};
use mydata::core::id::KeyId;
use mydata::keys::{PrivateKey, Ring};

fuzz_target!(|data: &[u8]| {
    let kid = KeyId::parse("key-1").unwrap();
    let read = [
        PrivateKey::from_pkcs8(kid, data),
        PrivateKey::from_jwk(data),
    ];
    for key in read.into_iter().flatten() {
        let public = key.public();
        assert!(Ring.verify(public, b"message", &key.sign(b"message").unwrap()));
        let pkcs8 = PrivateKey::from_pkcs8(public.kid().clone(), key.to_pkcs8().expose());
        assert_eq!(pkcs8.unwrap().public(), public);
        let jwk = PrivateKey::from_jwk(key.to_jwk().expose());
        assert_eq!(jwk.unwrap().public(), public);
    }
});
