//! Whatever an operator signs as a receipt: what is believed is what the records in it say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata_fuzz::run_signed;

fuzz_target!(|data: &[u8]| run_signed(data));
