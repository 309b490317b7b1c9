//! Making receipts: out of records, descriptions, the operator's account of the ceremony and a city's
//! register.
//!
//! Nothing is invented. What is missing, and what contradicts something else, is named all at once: an
//! operator mends its register in one go.

mod consent;
mod lack;
mod notice;
mod parties;
mod processes;
mod records;

pub use consent::{ConsentFacts, Decision, Half, ShownNotice, of_consent};
pub use lack::{Lack, LackKind, Lacks};
pub use notice::{NoticeFacts, of_notice};
pub use records::{Cause, Causes};

pub(crate) use consent::{giver, is_in_order, is_pair};
pub(crate) use processes::article;
pub(crate) use records::record_ref;
