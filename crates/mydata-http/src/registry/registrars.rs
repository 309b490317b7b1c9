//! Who may change the registry: by a bearer's token, and a small trait that says whose it is.

use super::RegistrarRefusal;
use crate::problem::Problem;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use mydata::core::crypto::{Crypto, Sha256};
use mydata::core::time::Timestamp;
use mydata::registry::Act;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// Why a token has proven nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever answers needs both")]
pub enum NotAdmitted {
    /// It is not good: 401.
    Refused,
    /// Nobody can say now: 503.
    Unavailable,
}

/// Says who asks, and in what capacity. Where staff and registrants sign in at an identity provider, this asks
/// [`Residents`](crate::identity::Residents) and maps scopes to a capacity.
pub trait Registrars: Send + Sync + 'static {
    /// Whose token this is: the text after `Bearer `.
    fn act(
        &self,
        bearer: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Act, NotAdmitted>> + Send;
}

/// Tokens that a configuration names by their SHA-256: nobody reads a token out of it, and a comparison tells
/// nothing of one.
pub struct Tokens {
    known: BTreeMap<Sha256, Act>,
    crypto: Arc<dyn Crypto>,
}

impl Tokens {
    /// Digests of tokens, each of at least 128 random bits, and whose they are.
    pub fn new(known: impl IntoIterator<Item = (Sha256, Act)>, crypto: Arc<dyn Crypto>) -> Self {
        Self {
            known: known.into_iter().collect(),
            crypto,
        }
    }
}

impl Registrars for Tokens {
    async fn act(&self, bearer: &str, _: Timestamp) -> Result<Act, NotAdmitted> {
        let digest = self.crypto.sha256(bearer.as_bytes());
        let known = self.known.get(&digest).cloned();
        known.ok_or(NotAdmitted::Refused)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.known.len())
    }
}

/// Who asks, by the one `Authorization` of the request (RFC 6750 §2.1).
pub(super) async fn admit<R: Registrars>(
    registrars: &R,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Act, Problem> {
    let unproven = || Problem::from(RegistrarRefusal::Unproven).challenging("Bearer");
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none());
    let value = value.and_then(|value| value.to_str().ok());
    let (scheme, token) = value
        .and_then(|value| value.split_once(' '))
        .ok_or_else(unproven)?;
    let is_token = !token.is_empty() && token.len() <= 16 * 1024 && !token.contains(' ');
    if !(scheme.eq_ignore_ascii_case("bearer") && is_token) {
        return Err(unproven());
    }
    registrars.act(token, now).await.map_err(|not| match not {
        NotAdmitted::Refused => unproven(),
        NotAdmitted::Unavailable => RegistrarRefusal::Unavailable.into(),
    })
}
