//! Receipts.

mod alter;
mod convert;
mod kantara;
mod linked;
mod model;
mod signed;

use super::case::Book;

/// Every file of this family.
pub(super) fn books() -> Vec<Book> {
    vec![
        signed::accepted(),
        signed::refused(),
        kantara::validated(),
        kantara::read(),
        linked::validated(),
        linked::read(),
        convert::written(),
    ]
}
