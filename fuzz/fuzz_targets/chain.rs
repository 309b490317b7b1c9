//! A chain takes exactly the status records that a naive list of rules takes, and is left alone by
//! all others.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mydata_fuzz::run_statuses(data));
