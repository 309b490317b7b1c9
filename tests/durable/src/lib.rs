//! The durable operator under load, faults and measurement: people who link and consent for real, a
//! courier that carries messages to real services, and programs that kill, cut and measure.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a harness that cannot go on fails"
)]

pub mod bench;
pub mod faults;
pub mod people;
pub mod post;
pub mod suite;
