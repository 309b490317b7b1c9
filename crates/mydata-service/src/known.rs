//! What a service knows before anybody sends it anything.

use crate::refusal::ServiceRefusal;
use mydata_core::crypto::Crypto;
use mydata_core::id::OperatorId;
use mydata_core::jwk::KeyHistory;
use mydata_core::time::Timestamp;

/// An operator that the service works with, and its keys: from its operator description or its
/// contract, never from a message (P1, P2, C29).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownOperator {
    id: OperatorId,
    status_keys: KeyHistory,
    token_keys: KeyHistory,
}

impl KnownOperator {
    /// The operator `id`. `operator_key` of a new link record is one of the `status_keys` that sign
    /// then, and what such a key signs under its link ends with its life; a sink verifies the tokens
    /// that it is given with `token_keys`. A plain set of keys has no beginning and no end.
    ///
    /// # Errors
    /// [`ServiceRefusal::KeysOverlap`] when a key of one role, of whatever time, is a key of the other.
    pub fn new(
        id: OperatorId,
        status_keys: impl Into<KeyHistory>,
        token_keys: impl Into<KeyHistory>,
    ) -> Result<Self, ServiceRefusal> {
        let (status_keys, token_keys) = (status_keys.into(), token_keys.into());
        if status_keys.overlaps(&token_keys) {
            return Err(ServiceRefusal::KeysOverlap);
        }
        Ok(Self {
            id,
            status_keys,
            token_keys,
        })
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> &OperatorId {
        &self.id
    }

    /// The keys of its status records.
    #[must_use]
    pub const fn status_keys(&self) -> &KeyHistory {
        &self.status_keys
    }

    /// The keys of its tokens.
    #[must_use]
    pub const fn token_keys(&self) -> &KeyHistory {
        &self.token_keys
    }
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
