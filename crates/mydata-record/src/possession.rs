//! How a sink proves with each data request that it holds its key: chosen when it is linked, and said
//! in the records.

use serde::{Deserialize, Deserializer, Serialize};

/// The way of a proof of possession. On the wire the name of its authentication scheme.
///
/// A sink chooses one when it offers its `pop_key`; the link record, which it signs, and the source's
/// half of each pair, which the owner signs, then name it. So nobody in between chooses another, and a
/// source never takes the other one for it. What records say nothing about is the framework's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a source must know how to check each of them"
)]
pub enum ProofScheme {
    /// draft-ietf-oauth-signed-http-request-03 (Data Transfer 2.0 §2.1): the token inside of a signed
    /// request.
    #[default]
    #[serde(rename = "PoP")]
    Pop,
    /// RFC 9449: the token, and a proof beside it that brings its key.
    #[serde(rename = "DPoP")]
    Dpop,
}

impl ProofScheme {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Pop, Self::Dpop];

    /// The authentication scheme of the `Authorization` header (RFC 9110 §11.1).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pop => "PoP",
            Self::Dpop => "DPoP",
        }
    }

    /// What a record without the member means, and one with it says.
    #[must_use]
    pub fn said(extension: Option<&PossessionExtension>) -> Self {
        extension.map_or(Self::Pop, |extension| extension.proof)
    }

    /// What a record says of it: nothing, where a reader of plain 2.0 would expect nothing else.
    #[must_use]
    pub fn to_extension(self) -> Option<PossessionExtension> {
        match self {
            Self::Pop => None,
            Self::Dpop => Some(PossessionExtension { proof: self }),
        }
    }
}

/// What we add to what concerns a sink's key (D13, D68).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PossessionExtension {
    /// How the key is used.
    #[serde(default, deserialize_with = "null_is_absent")]
    pub proof: ProofScheme,
}

fn null_is_absent<'de, D: Deserializer<'de>>(d: D) -> Result<ProofScheme, D::Error> {
    Option::deserialize(d).map(Option::unwrap_or_default)
}
