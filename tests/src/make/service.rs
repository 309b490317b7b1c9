//! Sources and sinks: what they hear and what they answer.

pub(super) mod answer;
mod dpop;
mod installing;
mod linking;
mod prepare;
mod processing;
mod status;

use super::case::Book;

/// Every file of this family.
pub(super) fn books() -> Vec<Book> {
    vec![
        linking::book(),
        installing::book(),
        status::book(),
        processing::book(),
        answer::book(),
        dpop::book(),
        prepare::book(),
    ]
}

/// Both services.
const BOTH: [&str; 2] = ["source", "sink"];
