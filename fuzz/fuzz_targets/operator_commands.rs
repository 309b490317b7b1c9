//! Commands in any order, by anybody, at any time: the laws of the account hold after each.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mydata_fuzz::run_commands(data));
