//! The authorisation token: an operator's statement that the holder of a key may fetch what one
//! consent is about (Data Transfer 2.0 §2.2 and §4.1).
//!
//! A token permits nothing on its own. It names a consent, and the source asks *that consent* which
//! key signs tokens, which key signs requests, and whether it is in force now.

use crate::audience::{Audience, AudienceRefusal};
use crate::policy::{MAX_LIFETIME, TokenPolicy};
use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::id::{ConsentId, KeyId, OperatorId, TokenId};
use mydata_core::json::Limits;
use mydata_core::jwk::PublicKey;
use mydata_core::jws::{JwsFault, Payload, Sealed, Signed};
use mydata_core::party::{Party, SignerRule};
use mydata_core::refusals;
use mydata_core::time::{Seconds, Timestamp};
use mydata_record::consent::{Consent, SourceConsent};
use mydata_record::possession::ProofScheme;
use serde::{Deserialize, Serialize};
use std::fmt;

refusals! {
    /// Why no token is made for a consent.
    pub enum IssueRefusal {
        NotInForce = "token_consent_not_in_force": "the consent has not begun, or has ended",
        Audience = "token_audience_impossible": "the consent's addresses cannot stand in one token",
    }
}

impl From<AudienceRefusal> for IssueRefusal {
    fn from(_: AudienceRefusal) -> Self {
        Self::Audience
    }
}

/// The claims of an authorisation token (Data Transfer 2.0 §4.1); all of them are mandatory, and
/// claims that are not known are ignored (RFC 7519 §4).
///
/// Invariant: `nbf < exp`, `iat <= exp`, and no longer than [`MAX_LIFETIME`] from `iat` to `exp`.
/// `Debug` prints no claim.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Token {
    iss: OperatorId,
    cnf: Confirmation,
    aud: Audience,
    exp: Timestamp,
    nbf: Timestamp,
    iat: Timestamp,
    jti: TokenId,
    cr_id: ConsentId,
}

/// `cnf` (RFC 7800 §3.4): the id of the key, and never a key. The id selects; the key is that of
/// the consent (DT-48, C16). For DPoP also its thumbprint (RFC 9449 §6.1), and for nothing else: so a
/// token says how it is to be used.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    kid: KeyId,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "Sha256::deserialize_base64url_option"
    )]
    jkt: Option<Sha256>,
}

impl Confirmation {
    /// For the holder of `key`, who proves it so.
    fn of(key: &PublicKey, scheme: ProofScheme, crypto: &dyn Crypto) -> Self {
        let jkt = match scheme {
            ProofScheme::Pop => None,
            ProofScheme::Dpop => Some(key.thumbprint(crypto)),
        };
        let kid = key.kid().clone();
        Self { kid, jkt }
    }
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Token"))]
struct Wire {
    iss: OperatorId,
    cnf: Confirmation,
    aud: Audience,
    exp: Timestamp,
    nbf: Timestamp,
    iat: Timestamp,
    jti: TokenId,
    cr_id: ConsentId,
}

impl TryFrom<Wire> for Token {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        if wire.nbf >= wire.exp {
            return Err("`exp` is not after `nbf`");
        }
        if wire.iat > wire.exp {
            return Err("`exp` is before `iat`");
        }
        if wire.exp.since(wire.iat) > MAX_LIFETIME {
            return Err("the token lives longer than 24 hours");
        }
        Ok(Self {
            iss: wire.iss,
            cnf: wire.cnf,
            aud: wire.aud,
            exp: wire.exp,
            nbf: wire.nbf,
            iat: wire.iat,
            jti: wire.jti,
            cr_id: wire.cr_id,
        })
    }
}

impl Token {
    /// The token for the sink of `consent`, from `now` on: good at exactly the addresses of the
    /// consent, for the holder of its `pop_key`, and never beyond the consent's own end.
    ///
    /// The caller has asked for the consent's standing already (DT-18, P15).
    ///
    /// # Errors
    /// [`IssueRefusal::NotInForce`] outside the consent's `nbf` and `exp`;
    /// [`IssueRefusal::Audience`] when [`Audience::of`] refuses.
    //= DT-10, DT-47, DT-48, DT-49, DT-52, DT-54
    pub fn for_consent(
        consent: &SourceConsent,
        now: Timestamp,
        policy: &TokenPolicy,
        jti: TokenId,
        crypto: &dyn Crypto,
    ) -> Result<Self, IssueRefusal> {
        let terms = consent.terms();
        let validity = terms.validity();
        let end = now.plus(policy.lifetime());
        let exp = validity.exp.map_or(end, |exp| exp.min(end));
        if exp <= now || validity.nbf.is_some_and(|nbf| now < nbf) {
            return Err(IssueRefusal::NotInForce);
        }
        Ok(Self {
            iss: terms.operator.clone(),
            cnf: Confirmation::of(consent.pop_key(), consent.proof_scheme(), crypto),
            aud: Audience::of(terms.resource_set())?,
            exp,
            nbf: now,
            iat: now,
            jti,
            cr_id: terms.cr_id.clone(),
        })
    }

    /// From its claims: `iss` and `cnf`, `aud`, `nbf`, `iat` and `exp`, `jti` and `cr_id`.
    pub(crate) fn of_claims(
        (iss, cnf): (OperatorId, Confirmation),
        aud: Audience,
        (nbf, iat, exp): (Timestamp, Timestamp, Timestamp),
        (jti, cr_id): (TokenId, ConsentId),
    ) -> Result<Self, &'static str> {
        Self::try_from(Wire {
            iss,
            cnf,
            aud,
            exp,
            nbf,
            iat,
            jti,
            cr_id,
        })
    }

    /// `iss`: the operator (DT-47).
    #[must_use]
    pub const fn issuer(&self) -> &OperatorId {
        &self.iss
    }

    /// `cnf.kid`: the id of the sink's key (DT-48).
    #[must_use]
    pub const fn confirmation(&self) -> &KeyId {
        &self.cnf.kid
    }

    /// `cnf.jkt`: the thumbprint of the sink's key, in a token for DPoP (RFC 9449 §6.1).
    #[must_use]
    pub const fn thumbprint(&self) -> Option<&Sha256> {
        self.cnf.jkt.as_ref()
    }

    /// How the sink is to prove that it holds its key.
    #[must_use]
    pub const fn scheme(&self) -> ProofScheme {
        match self.cnf.jkt {
            None => ProofScheme::Pop,
            Some(_) => ProofScheme::Dpop,
        }
    }

    /// Whether the token is for the holder of `key`, who proves it by `scheme`.
    #[must_use]
    pub fn confirms(&self, key: &PublicKey, scheme: ProofScheme, crypto: &dyn Crypto) -> bool {
        self.cnf.kid == *key.kid()
            && match (scheme, &self.cnf.jkt) {
                (ProofScheme::Pop, None) => true,
                (ProofScheme::Dpop, Some(jkt)) => *jkt == key.thumbprint(crypto),
                (ProofScheme::Pop, Some(_)) | (ProofScheme::Dpop, None) => false,
            }
    }

    pub(crate) const fn cnf(&self) -> &Confirmation {
        &self.cnf
    }

    /// `aud`: where the token is good (DT-49).
    #[must_use]
    pub const fn audience(&self) -> &Audience {
        &self.aud
    }

    /// `exp`: not accepted at or after this moment (DT-50).
    #[must_use]
    pub const fn exp(&self) -> Timestamp {
        self.exp
    }

    /// `nbf`: not accepted before this moment (DT-51).
    #[must_use]
    pub const fn nbf(&self) -> Timestamp {
        self.nbf
    }

    /// `iat`: when the token was made (DT-52).
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.iat
    }

    /// `jti`: the token's own id (DT-53).
    #[must_use]
    pub const fn id(&self) -> &TokenId {
        &self.jti
    }

    /// `cr_id`: the consent record of the *source* (DT-54, P16).
    #[must_use]
    pub const fn consent(&self) -> &ConsentId {
        &self.cr_id
    }

    /// From `iat` to `exp`.
    #[must_use]
    pub const fn lifetime(&self) -> Seconds {
        self.exp.since(self.iat)
    }
}

impl Payload for Token {
    const TYP: &'static str = "mydata-at+jwt";
    //= DT-10, DT-55
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Operator]);
    const LIMITS: Limits = Limits::TOKEN;
    type Hint = ConsentId;

    fn hint(&self) -> &ConsentId {
        &self.cr_id
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Token {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Token".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Wire::json_schema(generator)
    }
}

/// A token as it travels: the compact form of a JWS, not opened and not believed. `auth_token` of
/// the operator's reply, and `at` of a signed request. `Debug` prints its length only.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct TokenText(Box<str>);

impl TokenText {
    /// Any text; whether it is a token shows when it is [taken apart](Self::sealed).
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The compact form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The envelope.
    ///
    /// # Errors
    /// [`JwsFault`] when the text is not a compact JWS, or too long for one.
    pub fn sealed(&self) -> Result<Sealed<Token>, JwsFault> {
        Sealed::from_compact(&self.0)
    }
}

impl From<Signed<Token>> for TokenText {
    /// A token bears one signature, so it always has a compact form.
    fn from(token: Signed<Token>) -> Self {
        Self(token.seal().to_compact().unwrap_or_default().into())
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenText({} octets)", self.0.len())
    }
}
