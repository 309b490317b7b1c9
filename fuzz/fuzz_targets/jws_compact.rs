//! The compact form, around a token: the text is kept as it came, and no text verifies but one
//! around what the operator has signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::core::jws::Sealed;
use mydata::core::party::{Party, PartyKeys};
use mydata::keys::Ring;
use mydata::token::claims::Token;
use mydata_fuzz::{fixture, one};

fuzz_target!(|text: &str| {
    let Ok(sealed) = Sealed::<Token>::from_compact(text) else {
        return;
    };
    assert_eq!(sealed.to_compact().as_deref(), Some(text));
    assert_eq!(
        Sealed::from_json(sealed.to_json().as_bytes()),
        Ok(sealed.clone())
    );
    let Ok(token) = sealed.open() else { return };
    let keys = one(&fixture().world.token_key);
    if let Ok(token) = token.verify(&Ring, &PartyKeys::none().with(Party::Operator, &keys)) {
        let ours = fixture().token.sealed().unwrap().open().unwrap();
        assert_eq!(token.consent(), ours.hint());
    }
});
