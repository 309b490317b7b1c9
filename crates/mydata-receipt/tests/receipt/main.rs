//! What this crate promises, through its public surface.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a sample that is not there fails the test"
)]

mod arbitrary;
mod forms;
mod linked;
mod linked_reader;
mod linked_rules;
mod linked_vectors;
mod support;
