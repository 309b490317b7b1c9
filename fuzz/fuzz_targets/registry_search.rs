//! Anybody may search: no text stops a search, and folding what is folded changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata_fuzz::run_search;

fuzz_target!(|text: &str| run_search(text));
