//! A receipt of ISO/IEC TS 27560 in whatever spelling: nothing panics, and what could be read is read
//! again as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata_fuzz::run_linked;

fuzz_target!(|data: &[u8]| run_linked(data));
