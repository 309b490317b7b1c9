//! Any text may be asked about as a token, and any answer read. A text that is good is the one that
//! was issued, and an answer is written as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::core::id::ServiceId;
use mydata::core::json::{self, Limits};
use mydata::keys::Ring;
use mydata::token::claims::TokenText;
use mydata::token::introspection::Introspection;
use mydata_fuzz::fixture;

fuzz_target!(|text: &str| {
    let (world, source) = (&fixture().world, ServiceId::parse("source").unwrap());
    let token = TokenText::new(text);
    let answer = world
        .account
        .introspect_token(&source, &token, world.now, &Ring);
    assert_eq!(answer.is_active(), text == fixture().token.as_str());
    if let Ok(answer) = json::from_slice::<Introspection>(text.as_bytes(), Limits::TOKEN) {
        let written = json::to_vec(&answer).unwrap();
        assert_eq!(json::from_slice(&written, Limits::TOKEN), Ok(answer));
    }
});
