//! Residents: who a bearer token proves them to be.

use mydata::core::time::Timestamp;
use mydata_identity::{IdentityRefusal, VerifiedResident};
use std::future::Future;

/// Says who a resident is by the bearer token of a request.
///
/// For tests and for cities with another way to identify, implement it with
/// [`vouched::resident`](mydata_identity::vouched::resident).
pub trait Residents: Send + Sync + 'static {
    /// Whose token this is: the text after `Bearer `, at this time.
    fn verify(
        &self,
        bearer: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<VerifiedResident, NotVerified>> + Send;
}

/// Why a token has proven nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "whoever answers needs both")]
pub enum NotVerified {
    /// It is not good: 401.
    #[error("{0}")]
    Refused(IdentityRefusal),
    /// Nobody can say now, since the provider's keys cannot be had: 503.
    #[error("the identity provider's keys cannot be had")]
    Unavailable,
}
