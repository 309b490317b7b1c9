//! Who calls over HTTP: parties by their signed requests (guide 8.6), residents by their tokens (12.5).

mod claims;
mod party;
mod provider;
mod resident;

use super::case::{Book, Stated};

/// Every file of this family.
pub(super) fn books() -> Vec<Book> {
    vec![
        party::book(),
        resident::book(),
        claims::book(),
        provider::book(),
    ]
}

fn stated(codes: &str) -> Stated<'_> {
    match codes {
        "" => Stated::Accepted,
        codes => Stated::Refused(codes),
    }
}
