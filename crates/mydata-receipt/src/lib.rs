//! Consent receipts: what a person takes home of a decision.
//!
//! A [`Receipt`] is a decision frozen at issue: who, what for, which data, what was told and how it
//! was agreed, until when, what happened since, and which signed records show it. It is made of
//! records, descriptions, the operator's account of the ceremony and a city's register ([`issue`]); it
//! names all that is missing at once and invents nothing.
//!
//! ```text
//! records + descriptions + ceremony + city ──issue──▶ Receipt
//!     Receipt + records ──signed──▶ SignedReceipt ──verify──▶ Proven, years later
//!     Receipt ──kantara──▶ Kantara Consent Receipt 1.1
//!     Receipt ⇄ linked ⇄ ISO/IEC TS 27560 via DPV, as JSON-LD
//!     Proven ──print──▶ a page of HTML in three languages
//! ```
//!
//! Begin at [`issue::of_consent`]. What no record says is in a [`city::City`]; what a form cannot say is
//! a [`loss::Loss`]; what a validator finds in somebody else's receipt is a [`finding::Finding`].
//!
//! Sources: Kantara Consent Receipt 1.1; ISO/IEC TS 27560:2023 as the Data Privacy Vocabulary models
//! it; MyData Architecture Framework 2.0 §8.1. Our profiles are modelled on these and are certified by
//! nobody.

pub mod category;
pub mod city;
pub mod dpv;
pub mod finding;
pub mod issue;
pub mod kantara;
pub mod linked;
pub mod loss;
#[cfg(feature = "print")]
pub mod print;
pub mod receipt;
pub mod signed;
mod tree;

pub use receipt::Receipt;
