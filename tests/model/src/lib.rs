//! The protocol of store, shell, dispatcher and receiver as a small model: every state of a small one is
//! explored, and a larger one is walked. It knows none of the code that it is a model of.
//!
//! A package of its own, so that it alone is optimised: a hundred million steps are walked.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::wildcard_enum_match_arm,
    reason = "a harness that cannot go on fails; a small model: what is out of bounds ends the run"
)]

mod dice;
mod explore;
mod model;

pub use dice::Dice;
pub use explore::{exhaustive, walk};
