//! A consent receipt of Kantara 1.1, faults and all: nothing panics, and what could be read is read
//! again without a repair.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata_fuzz::run_kantara;

fuzz_target!(|data: &[u8]| run_kantara(data));
