//! What older systems have signed. The first octet chooses the kind; what is kept is what came, and
//! nothing verifies but what was signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata_fuzz::run_legacy;

fuzz_target!(|data: &[u8]| run_legacy(data));
