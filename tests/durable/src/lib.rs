//! The durable operator under load, faults and measurement: people who link and consent for real, a
//! courier that carries messages to real services, and programs that kill, cut and measure.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "a harness that cannot go on fails; it measures time, and looks for what it knows"
)]

pub mod bench;
pub mod faults;
pub mod people;
pub mod post;
pub mod suite;
