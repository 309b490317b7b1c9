//! Residents: who a bearer token proves them to be.
//!
//! ```text
//! headers ──bearer──▶ text ──Residents::verify──▶ VerifiedResident
//!                             OidcResidents: the provider's keys, fetched and kept
//! ```
//!
//! A city's identity provider signs; what is checked, and in which order, is in `mydata-identity`. Here is
//! what needs the network: where the keys are, when they are fetched anew, and what holds while they cannot be.
//! Every address comes from the configuration, or from the provider that it names: nothing of a token does.

mod bearer;
mod cache;
mod discovery;
mod fetch;
mod oidc;

pub use bearer::{BearerRefusal, bearer, resident};
pub use cache::{Caching, Fetches};
pub use fetch::{Fetch, FetchRefusal, HttpFetch};
pub use oidc::OidcResidents;

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

impl From<IdentityRefusal> for NotVerified {
    fn from(refusal: IdentityRefusal) -> Self {
        Self::Refused(refusal)
    }
}
