//! What a service knows before anybody sends it anything.

use mydata_core::crypto::Crypto;
use mydata_core::id::OperatorId;
use mydata_core::jwk::KeySet;
use mydata_core::time::Timestamp;

/// An operator that the service works with, and its keys: from its operator description or its
/// contract, never from a message (P1, P2, C29).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct KnownOperator {
    /// Its id.
    pub id: OperatorId,
    /// The keys of its status records: `operator_key` of a link record is one of them.
    pub status_keys: KeySet,
    /// The keys of its tokens: a sink verifies with them what it is given.
    pub token_keys: KeySet,
}

/// From whom a message came and with what it is verified.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Setting<'a> {
    /// The operator, as the transport has authenticated it; never as the message says.
    pub from: &'a OperatorId,
    /// The service's clock, read by the caller.
    pub now: Timestamp,
    /// Verification and SHA-256.
    pub crypto: &'a dyn Crypto,
}
