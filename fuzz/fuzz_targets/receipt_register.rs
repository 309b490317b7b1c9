//! A city's register of what receipts say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata_fuzz::run_register;

fuzz_target!(|data: &[u8]| run_register(data));
