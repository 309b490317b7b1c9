//! The profile's data-rights API over the loopback: the contract line by line, erasures that outlive their
//! connection, and the runner, which finds nothing here and something in every broken
//! service.
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on fails"
)]

#[path = "../town/book.rs"]
mod book;
mod broken;
mod clinic;
mod contract;
mod erasing;
mod faults;
mod house;
#[path = "../town/logged.rs"]
mod logged;
#[path = "../papers/mod.rs"]
mod papers;
mod real;
mod runner;
mod secured;
