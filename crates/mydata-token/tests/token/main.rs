//! Tokens, proofs and the decision of a source, with real keys and real records.

mod access;
mod audience;
mod cache;
mod claims;
mod fixture;
mod flips;
mod peers;
mod policy;
mod proof;
mod request;
