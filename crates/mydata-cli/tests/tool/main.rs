//! The tool as it is used: the program itself, over files, its output and its exit status.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod chains;
mod inspecting;
mod inspecting_vectors;
mod keys;
mod readme;
mod signing;
mod support;
mod terminal;
mod vectors;
mod verifying;
mod weak;
