//! What this crate promises, through its public surface.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a sample that is not there fails the test"
)]

mod forms;
#[cfg(feature = "print")]
mod print;
mod support;
