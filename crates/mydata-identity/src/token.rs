//! A token as it comes: its form, its header, its signature. What it claims is in [`claims`](crate::claims).

use crate::claims::Claims;
use crate::keys::{ProviderKeys, TokenAlgorithm, TokenCrypto};
use crate::provider::Provider;
use crate::refusal::IdentityRefusal;
use crate::resident::VerifiedResident;
use mydata_core::base64;
use mydata_core::id::KeyId;
use mydata_core::json::{self, Limits, Present};
use mydata_core::time::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// Octets of a token.
const OCTETS: usize = 16 * 1024;

/// Of its claims: a token with many roles in it is large, and not deep.
const CLAIMS: Limits = Limits::new(OCTETS / 4 * 3, 16, 256, 2048);

/// What kind of token a header says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typ {
    /// `JWT`: ID tokens and logout tokens say so too.
    Jwt,
    /// `at+jwt`, an access token and nothing else (RFC 9068 §2.1).
    Access,
}

/// A provider's token, read and not believed.
pub struct Token<'t> {
    /// Header and claims with the full stop between them.
    signed: &'t str,
    algorithm: TokenAlgorithm,
    typ: Typ,
    kid: KeyId,
    claims: Claims,
    signature: Vec<u8>,
}

/// The members that are looked at, most of them only to be refused. Providers add others (RFC 7515 §4).
#[derive(Deserialize)]
struct Header<'a> {
    #[serde(default, borrow)]
    alg: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    typ: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    kid: Option<Cow<'a, str>>,
    #[serde(default)]
    crit: Present,
    #[serde(default)]
    b64: Present,
    #[serde(default)]
    cty: Present,
    #[serde(default)]
    jwk: Present,
    #[serde(default)]
    jku: Present,
    #[serde(default)]
    x5u: Present,
    #[serde(default)]
    x5c: Present,
}

impl<'t> Token<'t> {
    /// Reads the text of a bearer: form, header and JSON. Nothing is believed.
    ///
    /// # Errors
    /// [`IdentityRefusal`], from `identity_malformed` to `identity_kid`.
    pub fn read(text: &'t str) -> Result<Self, IdentityRefusal> {
        if text.len() > OCTETS {
            return Err(IdentityRefusal::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(IdentityRefusal::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(IdentityRefusal::Malformed)?;
        // A further full stop is no base64url, nor is there any of an empty part.
        let [header, claims, signature] = [header, claims, signature].map(decode);
        let (header, claims, signature) = (header?, claims?, signature?);
        let header: Header<'_> =
            json::from_slice(&header, Limits::HEADER).map_err(|_| IdentityRefusal::Malformed)?;
        let claims = json::from_slice(&claims, CLAIMS).map_err(|_| IdentityRefusal::Malformed)?;
        let algorithm = header.alg.as_deref().and_then(TokenAlgorithm::parse);
        let algorithm = algorithm.ok_or(IdentityRefusal::Alg)?;
        let typ = match header.typ.as_deref() {
            Some("JWT") => Typ::Jwt,
            Some("at+jwt" | "application/at+jwt") => Typ::Access,
            Some(_) | None => return Err(IdentityRefusal::Typ),
        };
        let refused = [
            header.crit,
            header.b64,
            header.cty,
            header.jwk,
            header.jku,
            header.x5u,
            header.x5c,
        ];
        if refused.iter().any(|member| member.0) {
            return Err(IdentityRefusal::Header);
        }
        let kid = header.kid.as_deref().map(KeyId::parse);
        let kid = kid.and_then(Result::ok).ok_or(IdentityRefusal::Kid)?;
        Ok(Self {
            signed,
            algorithm,
            typ,
            kid,
            claims: Claims::new(claims),
            signature,
        })
    }

    /// The id of the key that it says it is signed with: compared with those that the provider publishes, and
    /// good for nothing else.
    #[must_use]
    pub const fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// Whether it is this provider's, for us, and in force; then it says who the resident is.
    ///
    /// # Errors
    /// [`IdentityRefusal`]: the first that applies, in the order in which they are declared.
    pub fn verify(
        &self,
        provider: &Provider,
        keys: &ProviderKeys,
        now: Timestamp,
        crypto: &dyn TokenCrypto,
    ) -> Result<VerifiedResident, IdentityRefusal> {
        let key = keys.get(&self.kid).ok_or(IdentityRefusal::Kid)?;
        if key.algorithm() != self.algorithm {
            return Err(IdentityRefusal::AlgMismatch);
        }
        if !key.verifies(self.signed.as_bytes(), &self.signature, crypto) {
            return Err(IdentityRefusal::Signature);
        }
        self.claims.check(self.typ, provider, now)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, IdentityRefusal> {
    base64::decode(part)
        .filter(|octets| !octets.is_empty())
        .ok_or(IdentityRefusal::Malformed)
}

impl fmt::Debug for Token<'_> {
    /// Which key: the rest is about a person, or is the proof itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:?}, {:?})", self.algorithm, self.kid)
    }
}
