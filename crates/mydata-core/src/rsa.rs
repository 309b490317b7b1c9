//! What records of older systems need of RSA, as a trait: verifying, and nothing else.
//!
//! No key, no algorithm and no envelope of 2.0 knows of it. Whoever implements
//! [`Crypto`](crate::crypto::Crypto) need not.

use std::fmt;

/// Verifies RSASSA-PKCS1-v1_5 with SHA-256, `RS256` (RFC 8017 §8.2.2, RFC 7518 §3.3).
pub trait Rs256: fmt::Debug + Send + Sync {
    /// Whether `signature` is over `message` by the key with this modulus, big-endian without leading
    /// zeros, and the exponent 65537. What is no such signature, of whatever length, is none.
    fn verify_rs256(&self, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool;
}
