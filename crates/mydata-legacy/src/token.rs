//! Authorisation tokens of older systems (Data Transfer 1.3 §4.1).

use crate::authentic::payload;
use crate::raw::Scalar;
use crate::{Fault, Gap, Kind, RecordRefusal};
use mydata_core::id::{ConsentId, OperatorId, TokenId};
use mydata_core::json::Limits;
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::{Seconds, Timestamp};
use serde::Deserialize;
use std::fmt;

/// The claims of a token: a JWT whose header says `{"alg":"ES256"}` and nothing else. It opens no door
/// here, whatever its times say. `Debug` prints no claim.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token {
    /// `iss`: the operator.
    pub issuer: OperatorId,
    /// `pi_id`: the source's consent, which is `cnf.kid` too (C16).
    pub source_cr_id: ConsentId,
    /// `aud`: one string, the domain of the source (C16).
    pub audience: String,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `nbf`.
    pub not_before: Timestamp,
    /// `exp`: thirty days later in the SDK.
    pub expires: Timestamp,
    /// `jti`.
    pub id: TokenId,
}

impl Token {
    /// What 2.0 demands and this token does not keep.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let life = self.expires.since(self.issued_at);
        Vec::from_iter((life > Seconds::days(1)).then_some(Gap::LongToken))
    }
}

impl Kind for Token {
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Operator]);
    const LIMITS: Limits = Limits::TOKEN;
    const NAMES_KEY: bool = false;

    fn signed_at(&self) -> Timestamp {
        self.issued_at
    }

    fn read(octets: &[u8]) -> Result<Self, Fault> {
        let wire: Wire = payload(octets, Self::LIMITS)?;
        if wire.cnf.kid != wire.pi_id {
            return Err(RecordRefusal::Confirmation.into());
        }
        let (not_before, expires) = (wire.nbf.seconds()?, wire.exp.seconds()?);
        if expires <= not_before {
            return Err(RecordRefusal::Validity.into());
        }
        Ok(Self {
            issuer: wire.iss,
            source_cr_id: wire.pi_id,
            audience: wire.aud,
            issued_at: wire.iat.seconds()?,
            not_before,
            expires,
            id: wire.jti,
        })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

#[derive(Deserialize)]
struct Wire {
    iss: OperatorId,
    cnf: Confirmation,
    aud: String,
    exp: Scalar,
    nbf: Scalar,
    iat: Scalar,
    jti: TokenId,
    pi_id: ConsentId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    kid: ConsentId,
}
