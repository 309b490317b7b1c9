//! The side door: residents whose identity is not proven by a token.
//!
//! Whoever calls [`resident`] says that they have checked it: a client certificate, a counter where a document
//! was shown, a test. A review finds every such place by the name of this module.

use crate::level::Assurance;
use crate::provider::Issuer;
use crate::resident::{Scopes, Subject, VerifiedResident};
use mydata_core::personal::Personal;
use mydata_core::time::Timestamp;

/// What the caller vouches for.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Vouched {
    /// Who has identified the resident.
    pub issuer: Issuer,
    /// Who they are, at the issuer.
    pub subject: Subject,
    /// How well they were identified.
    pub assurance: Assurance,
    /// When.
    pub authenticated: Option<Timestamp>,
    /// Until when this holds.
    pub until: Timestamp,
    /// What they may do.
    pub scopes: Scopes,
}

/// A resident on the caller's word.
#[must_use]
pub fn resident(vouched: Vouched) -> VerifiedResident {
    VerifiedResident {
        issuer: vouched.issuer,
        subject: Personal::new(vouched.subject),
        assurance: vouched.assurance,
        authenticated: vouched.authenticated,
        until: vouched.until,
        scopes: vouched.scopes,
        session: None,
    }
}
