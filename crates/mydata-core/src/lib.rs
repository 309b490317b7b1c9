//! Names, time, languages, public keys and the signed envelope of the MyData protocol.
//!
//! This crate is what every other crate of the workspace shares. It imports nothing of ours, does
//! no cryptography (it asks a [`Crypto`](crypto::Crypto) for it) and no IO; it has no clock and no
//! source of randomness: both are arguments.
//!
//! The way of the data through it is one-directional:
//!
//! ```text
//! bytes ──json──▶ Sealed<T> ──open──▶ Unverified<T> ──verify(keys)──▶ Verified<T>
//! T ──▶ Unsigned<T> ──sign(signer)──▶ Signed<T> ──seal──▶ Sealed<T> ──json──▶ bytes
//! ```
//!
//! Only a verification makes a [`Verified`](jws::Verified), so a function that takes one needs no
//! check of its own.

pub mod base64;
pub mod crypto;
pub mod id;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod lang;
pub mod party;
pub mod personal;
mod refusal;
pub mod resource;
#[cfg(feature = "rsa")]
pub mod rsa;
mod text;
pub mod time;
pub mod web;

pub use refusal::Coded;
