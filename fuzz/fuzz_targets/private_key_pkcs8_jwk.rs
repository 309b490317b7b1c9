#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mydata_fuzz::run("private_key_pkcs8_jwk", data));
