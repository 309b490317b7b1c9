//! Receipts.

mod model;
mod signed;

use super::case::Book;

/// Every file of this family.
pub(super) fn books() -> Vec<Book> {
    vec![signed::accepted(), signed::refused()]
}
