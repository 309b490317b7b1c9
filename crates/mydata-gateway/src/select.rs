//! What of an answer's JSON is passed on: some paths of it, octet for octet, while it streams by.
//!
//! JSON keeps a name before its value, so a list of what may pass is decided at each name, with a stack as
//! deep as the document: nothing is held but that stack and one name. What is kept is copied as it stands,
//! numbers, escapes and white space alike: a source passes data on unchanged (Data Governance Act art.
//! 12(d)), and a value that is read and written again is another value.

// With their places, since the fuzz target takes this room as it is, and nothing else of the crate.
#[path = "select/lexer.rs"]
mod lexer;
#[path = "select/path.rs"]
mod path;

pub use lexer::{MAX_DEPTH, MAX_NAME, Selector};
pub use path::{PathRefusal, Selection};

use mydata::core::refusals;

refusals! {
    /// Why an answer is not passed on: it is not the JSON that a selection can be made of.
    pub enum SelectRefusal {
        Syntax = "select_syntax": "the upstream's answer is not JSON, or goes on after its end",
        Unfinished = "select_unfinished": "the upstream's answer ends before the JSON in it does",
        TooDeep = "select_too_deep": "the upstream's answer has more than 64 levels",
        NameTooLong = "select_name_too_long": "the upstream's answer has a name of more than 1 KiB beside a selected one",
        NameTwice = "select_name_twice": "the upstream's answer has a selected name twice in one object",
        Shape = "select_shape": "the upstream's answer is no object or list where the selection begins",
    }
}
