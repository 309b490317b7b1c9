//! The bearer token of a request, and what its bearer is told (RFC 6750).

use super::{NotVerified, Residents};
use crate::ops::Signed;
use crate::problem::Problem;
use crate::serve::known;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use mydata::core::refusals;
use mydata::core::time::Timestamp;
use mydata_identity::{IdentityRefusal, VerifiedResident};

refusals! {
    /// What a bearer is told. Why exactly a token is not good stands in the log alone: who tries tokens
    /// learns nothing from the answers.
    pub enum BearerRefusal {
        Missing = "resident_token_missing": "there is not exactly one `Authorization` header with a bearer token",
        Invalid = "resident_token_invalid": "the token is not good",
        Assurance = "resident_assurance": "the resident has not been identified well enough, or not lately enough",
        Unavailable = "resident_provider_unavailable": "the identity provider cannot be asked now",
    }
}

impl BearerRefusal {
    /// What `WWW-Authenticate` says (RFC 6750 §3, RFC 9470 §3).
    const fn challenge(self) -> Option<&'static str> {
        match self {
            Self::Missing => Some("Bearer"),
            Self::Invalid => Some(r#"Bearer error="invalid_token""#),
            Self::Assurance => Some(r#"Bearer error="insufficient_user_authentication""#),
            Self::Unavailable => None,
        }
    }
}

impl From<BearerRefusal> for Problem {
    fn from(refusal: BearerRefusal) -> Self {
        let problem = Self::new(refusal.code(), refusal);
        match refusal.challenge() {
            Some(challenge) => problem.challenging(challenge),
            None => problem,
        }
    }
}

impl From<NotVerified> for BearerRefusal {
    fn from(reason: NotVerified) -> Self {
        match reason {
            NotVerified::Unavailable => Self::Unavailable,
            NotVerified::Refused(IdentityRefusal::Assurance | IdentityRefusal::TooOld) => {
                Self::Assurance
            }
            NotVerified::Refused(_) => Self::Invalid,
        }
    }
}

impl From<NotVerified> for Problem {
    fn from(reason: NotVerified) -> Self {
        let told = BearerRefusal::from(reason);
        let problem = Self::from(told);
        match reason {
            // Counted and written down with the answer.
            NotVerified::Refused(refusal) if told == BearerRefusal::Invalid => {
                problem.because(refusal.code(), Signed::Resident)
            }
            NotVerified::Refused(_) | NotVerified::Unavailable => problem,
        }
    }
}

/// The token of a request: what stands after `Bearer` in its one `Authorization` header, in the characters
/// of RFC 6750 §2.1. It is not looked for in a query or a body.
///
/// # Errors
/// [`BearerRefusal::Missing`]: for no such header, several of them, another scheme, or what is no token.
pub fn bearer(headers: &HeaderMap) -> Result<&str, BearerRefusal> {
    let mut found = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (found.next(), found.next()) else {
        return Err(BearerRefusal::Missing);
    };
    let value = value.to_str().map_err(|_| BearerRefusal::Missing)?;
    let (scheme, token) = value.split_once(' ').ok_or(BearerRefusal::Missing)?;
    let of_token = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    let is_token = !token.is_empty() && token.bytes().all(of_token);
    match scheme.eq_ignore_ascii_case("Bearer") && is_token {
        true => Ok(token),
        false => Err(BearerRefusal::Missing),
    }
}

/// The resident who has sent a request with these headers. Why there is none stands in the log, by its code.
///
/// # Errors
/// A [`Problem`]: 401 with a challenge, or 503.
pub async fn resident(
    residents: &impl Residents,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<VerifiedResident, Problem> {
    let verified = residents.verify(bearer(headers)?, now).await?;
    known();
    Ok(verified)
}
