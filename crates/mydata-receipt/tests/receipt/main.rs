//! What this crate promises, through its public surface.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a sample that is not there fails the test"
)]

mod arbitrary;
mod forms;
mod kantara;
mod kantara_faults;
mod kantara_laws;
mod kantara_losses;
mod kantara_plain;
mod kantara_reading;
mod kantara_repairs;
mod kantara_rules;
mod kantara_schema;
mod linked;
mod linked_alone;
mod linked_dropped;
mod linked_hostile;
mod linked_reader;
mod linked_rules;
mod linked_vectors;
#[cfg(feature = "print")]
mod print;
mod support;
