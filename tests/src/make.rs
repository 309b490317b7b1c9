//! Makes the vectors of `spec/vectors`: the same octets every time.
//!
//! What must be refused, and with which code, is stated here by hand; the detail of what is accepted is what
//! our implementation says, and a reader in another language verifies it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::string_slice,
    reason = "vectors that cannot be made fail the test that makes them"
)]

pub mod bench;
pub mod case;
pub mod forge;
pub mod keys;
pub mod record;
pub mod rsa;
pub mod stage;

mod envelope;
mod flows;
mod http;
mod jose;
mod operator;
mod plain;
mod receipt;
mod service;
mod token;

use case::Book;
use std::collections::BTreeMap;

/// Every file: its path under `spec/vectors`, and its text.
#[must_use]
pub fn files() -> BTreeMap<String, String> {
    let books: Vec<Book> = [
        envelope::books(),
        plain::books(),
        service::books(),
        operator::books(),
        flows::books(),
        http::books(),
        receipt::books(),
        jose::books(),
        token::books(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let disagreements: Vec<String> = books
        .iter()
        .flat_map(|book| {
            book.disagreements()
                .iter()
                .map(|one| format!("{} {one}", book.name))
        })
        .collect();
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    books.iter().map(Book::written).collect()
}
