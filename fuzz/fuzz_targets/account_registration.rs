//! Forms of a registration are written by strangers: nothing panics, and a refusal says why.

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
