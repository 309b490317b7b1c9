//! Tokens, proofs and the decision of a source, with real keys and real records.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "helpers of tests, which the configuration does not count among the tests"
)]

mod access;
mod audience;
mod cache;
mod claims;
mod dpop;
mod dpop_requests;
mod fixture;
mod flips;
mod nonces;
mod peers;
mod policy;
mod proof;
mod request;
mod spelling;
mod unauthentic;
