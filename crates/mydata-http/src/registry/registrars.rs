//! Who may change the registry: by a bearer's token, and a small trait that says whose it is.

use super::RegistrarRefusal;
use crate::identity::{NotVerified, Residents, bearer};
use crate::ops::Signed;
use crate::problem::Problem;
use crate::serve::known;
use axum::http::HeaderMap;
use mydata::core::crypto::{Crypto, Sha256};
use mydata::core::id::ActorId;
use mydata::core::time::Timestamp;
use mydata::registry::{Act, Capacity};
use mydata_identity::Assurance;
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

/// Says who asks, and in what capacity: [`Scoped`] where staff and registrants sign in at an identity provider,
/// [`Tokens`] where there are few.
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

/// Staff and registrants as the city's identity provider knows them, by the scopes of their access tokens.
///
/// Who acts is recorded as the digest of issuer and subject: it is published in descriptions that nobody has
/// signed, and must be no name.
pub struct Scoped<R> {
    residents: R,
    staff: Box<str>,
    registrant: Box<str>,
    least: Assurance,
    crypto: Arc<dyn Crypto>,
}

impl<R: Residents> Scoped<R> {
    /// The scopes of staff and of registrants; who has both is staff. Whoever is identified less well than
    /// `least` is neither.
    pub fn new(
        residents: R,
        (staff, registrant): (&str, &str),
        least: Assurance,
        crypto: Arc<dyn Crypto>,
    ) -> Self {
        Self {
            residents,
            staff: staff.into(),
            registrant: registrant.into(),
            least,
            crypto,
        }
    }
}

impl<R: Residents> Registrars for Scoped<R> {
    async fn act(&self, bearer: &str, now: Timestamp) -> Result<Act, NotAdmitted> {
        let verified = self.residents.verify(bearer, now).await;
        let verified = verified.map_err(|not| match not {
            NotVerified::Refused(_) => NotAdmitted::Refused,
            NotVerified::Unavailable => NotAdmitted::Unavailable,
        })?;
        let is_known = verified.at_least(self.least, None, now);
        is_known.map_err(|_| NotAdmitted::Refused)?;
        let scopes = verified.scopes();
        let capacity = if scopes.has(&self.staff) {
            Capacity::Staff
        } else if scopes.has(&self.registrant) {
            Capacity::Registrant
        } else {
            return Err(NotAdmitted::Refused);
        };
        let who = verified.digest(&*self.crypto).to_base64url();
        Ok(Act {
            actor: ActorId::parse(&who).map_err(|_| NotAdmitted::Refused)?,
            capacity,
        })
    }
}

impl<R> fmt::Debug for Scoped<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scoped({} and {})", self.staff, self.registrant)
    }
}

/// Who asks, by the one `Authorization` of the request (RFC 6750 §2.1).
pub(super) async fn admit<R: Registrars>(
    registrars: &R,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Act, Problem> {
    let unproven = || Problem::from(RegistrarRefusal::Unproven).challenging("Bearer");
    let token = bearer(headers).map_err(|_| unproven())?;
    let act = registrars.act(token, now).await;
    let act = act.map_err(|not| match not {
        // Counted: somebody has tried a token.
        NotAdmitted::Refused => {
            unproven().because(RegistrarRefusal::Unproven.code(), Signed::Resident)
        }
        NotAdmitted::Unavailable => RegistrarRefusal::Unavailable.into(),
    })?;
    known();
    Ok(act)
}
