//! What an operator says of a token when it is asked: token introspection (RFC 7662 §2.2), with the
//! confirmation of RFC 7800 §3.4.
//!
//! It stands beside the framework's own question about a consent: that one gives signed records,
//! this one an answer for one moment, in a form that programs for OAuth know.

use crate::audience::Audience;
use crate::claims::{Confirmation, Token};
use mydata_core::id::{ConsentId, OperatorId, TokenId};
use mydata_core::time::Timestamp;
use mydata_record::possession::ProofScheme;
use serde::{Deserialize, Serialize};

/// The answer to "is this token good now?".
///
/// Of a token that is not good, for whatever reason, it says that and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
#[expect(clippy::exhaustive_enums, reason = "good now, or not")]
pub enum Introspection {
    /// Not good now, or not for whoever asks to know.
    Inactive,
    /// Good at this moment.
    Active(Box<ActiveToken>),
}

/// A token that is good now: the members of RFC 7662 §2.2 that the token states, and `cr_id`.
///
/// No `sub`, no `client_id` and no `username`: whoever asks has the record that says who the person
/// is to them, and the source's record names the sink by its key only. `Debug` prints no member.
#[derive(Clone, PartialEq, Eq)]
pub struct ActiveToken(Token);

impl Introspection {
    /// `token` is good now.
    #[must_use]
    pub fn active(token: Token) -> Self {
        Self::Active(Box::new(ActiveToken(token)))
    }

    /// Whether the token is good now.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        match self {
            Self::Inactive => false,
            Self::Active(_) => true,
        }
    }
}

impl ActiveToken {
    /// What the token states.
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.0
    }
}

impl std::fmt::Debug for ActiveToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ActiveToken(redacted)")
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    active: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_type: Option<ProofScheme>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iss: Option<OperatorId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aud: Option<Audience>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exp: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iat: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<TokenId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cr_id: Option<ConsentId>,
}

impl From<Introspection> for Wire {
    fn from(answer: Introspection) -> Self {
        let active = answer.is_active();
        let token = match answer {
            Introspection::Inactive => None,
            Introspection::Active(active) => Some(active.0),
        };
        let token = token.as_ref();
        Self {
            active,
            token_type: token.map(Token::scheme),
            iss: token.map(|token| token.issuer().clone()),
            cnf: token.map(|token| token.cnf().clone()),
            aud: token.map(|token| token.audience().clone()),
            exp: token.map(Token::exp),
            nbf: token.map(Token::nbf),
            iat: token.map(Token::iat),
            jti: token.map(|token| token.id().clone()),
            cr_id: token.map(|token| token.consent().clone()),
        }
    }
}

impl TryFrom<Wire> for Introspection {
    type Error = &'static str;

    /// Of an answer that is not active nothing else is taken, whatever it says.
    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        if !wire.active {
            return Ok(Self::Inactive);
        }
        let whole = "an active token has all of its members";
        let scheme = wire.token_type.ok_or(whole)?;
        let token = Token::of_claims(
            (wire.iss.ok_or(whole)?, wire.cnf.ok_or(whole)?),
            wire.aud.ok_or(whole)?,
            (
                wire.nbf.ok_or(whole)?,
                wire.iat.ok_or(whole)?,
                wire.exp.ok_or(whole)?,
            ),
            (wire.jti.ok_or(whole)?, wire.cr_id.ok_or(whole)?),
        )?;
        if token.scheme() != scheme {
            return Err("`token_type` is not that of the confirmation");
        }
        Ok(Self::active(token))
    }
}

/// The two shapes that an answer has, for the schema.
#[cfg(feature = "schema")]
mod shape {
    use super::{Audience, Confirmation, ConsentId, OperatorId, ProofScheme, Timestamp, TokenId};

    #[derive(schemars::JsonSchema)]
    #[schemars(rename = "InactiveToken")]
    #[expect(dead_code, reason = "the schema is computed from it")]
    pub(super) struct Inactive {
        active: bool,
    }

    #[derive(schemars::JsonSchema)]
    #[schemars(rename = "ActiveToken")]
    #[expect(dead_code, reason = "the schema is computed from it")]
    pub(super) struct Active {
        active: bool,
        token_type: ProofScheme,
        iss: OperatorId,
        cnf: Confirmation,
        aud: Audience,
        exp: Timestamp,
        nbf: Timestamp,
        iat: Timestamp,
        jti: TokenId,
        cr_id: ConsentId,
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Introspection {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Introspection".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let inactive = generator.subschema_for::<shape::Inactive>();
        let active = generator.subschema_for::<shape::Active>();
        schemars::json_schema!({ "anyOf": [inactive, active] })
    }
}
