//! A description is found wherever somebody put it. What is believed is signed by the key that was
//! bound, or not signed at all; and it is found again as it is published.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata_fuzz::run_published;

fuzz_target!(|data: &[u8]| run_published(data));
