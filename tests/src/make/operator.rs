//! Operators: what they accept, whom they tell, and what they refuse.

mod changing;
mod consenting;
mod life;
mod linking;
mod queries;
mod removing;
mod tokens;
mod wishes;

use super::case::Book;

/// Every file of this family.
pub(super) fn books() -> Vec<Book> {
    vec![
        linking::book(),
        consenting::book(),
        changing::book(),
        removing::book(),
        tokens::book(),
        queries::book(),
        wishes::book(),
        life::book(),
    ]
}
