//! JOSE headers of the reference SDK: `{"alg": "ES256"}`, and beside it, not signed, `{"kid": …}` or
//! `{"kid": …, "jwk": …}`.

use crate::{EnvelopeRefusal, Fault, base64};
use mydata_core::id::KeyId;
use mydata_core::json::{self, JsonRefusal, Limits, Present};
use mydata_core::jwk::{Algorithm, PublicKey};
use serde::{Deserialize, Deserializer};

/// A member that is there has a value: `null` is not the same as absent.
pub(crate) fn not_null<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Either header, with every member that we know, most of them only to refuse them by name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wire {
    #[serde(default, deserialize_with = "not_null")]
    alg: Option<Box<str>>,
    #[serde(default, deserialize_with = "not_null")]
    kid: Option<Box<str>>,
    #[serde(default, deserialize_with = "not_null")]
    jwk: Option<PublicKey>,
    #[serde(default)]
    typ: Present,
    #[serde(default)]
    crit: Present,
    #[serde(default)]
    b64: Present,
    #[serde(default)]
    cty: Present,
    #[serde(default)]
    jku: Present,
    #[serde(default)]
    x5u: Present,
    #[serde(default)]
    x5c: Present,
    #[serde(default)]
    x5t: Present,
    #[serde(default, rename = "x5t#S256")]
    x5t_s256: Present,
}

impl Wire {
    /// Members that are refused wherever they stand.
    fn check(&self) -> Result<(), EnvelopeRefusal> {
        if self.crit.0 || self.b64.0 {
            return Err(EnvelopeRefusal::Crit);
        }
        if [self.jku, self.x5u, self.x5c, self.x5t, self.x5t_s256]
            .iter()
            .any(|member| member.0)
        {
            return Err(EnvelopeRefusal::KeyNamed);
        }
        if self.cty.0 {
            return Err(EnvelopeRefusal::Nested);
        }
        if self.typ.0 {
            return Err(EnvelopeRefusal::Typ);
        }
        Ok(())
    }
}

/// What a header may say that it was signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alg {
    Ours(Algorithm),
    /// Verified only where the caller brings RSA keys.
    Rs256,
}

/// Headers that have been checked.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) alg: Alg,
    /// From either header, never from both (C31).
    pub(crate) kid: Option<KeyId>,
    /// Keys that the headers brought: none of them is trusted, all must be the bound one (C30).
    pub(crate) brought: Vec<PublicKey>,
}

/// Checks a protected header, with the unprotected one beside it if there is one.
pub(crate) fn read(protected: &str, unprotected: Option<&Wire>) -> Result<Header, Fault> {
    if protected.len() > Limits::HEADER.octets {
        return Err(EnvelopeRefusal::HeaderTooLarge.into());
    }
    let octets = base64::decode(protected).ok_or(EnvelopeRefusal::NotBase64url)?;
    let signed: Wire = json::from_slice(&octets, Limits::HEADER).map_err(|fault| {
        if fault.refusal == JsonRefusal::Shape {
            EnvelopeRefusal::HeaderUnknownMember.into()
        } else {
            Fault::Json(fault)
        }
    })?;
    signed.check()?;
    if let Some(beside) = unprotected {
        beside.check()?;
        if beside.alg.is_some() {
            return Err(EnvelopeRefusal::AlgUnprotected.into());
        }
    }
    let alg = algorithm(signed.alg.as_deref())?;
    let kid = match (
        &signed.kid,
        unprotected.and_then(|beside| beside.kid.as_ref()),
    ) {
        (Some(_), Some(_)) => return Err(EnvelopeRefusal::KidTwice.into()),
        (Some(kid), None) | (None, Some(kid)) => {
            Some(KeyId::parse(kid).map_err(|_| EnvelopeRefusal::KidUnknown)?)
        }
        (None, None) => None,
    };
    let beside = unprotected.and_then(|beside| beside.jwk.clone());
    let brought = signed.jwk.into_iter().chain(beside).collect();
    Ok(Header { alg, kid, brought })
}

/// The SDK could be set to RS256, with keys of 512 bits that anybody can break: it is known by name, and
/// refused unless there are RSA keys to verify it with.
fn algorithm(name: Option<&str>) -> Result<Alg, EnvelopeRefusal> {
    let name = name.ok_or(EnvelopeRefusal::AlgUnsupported)?;
    if let Some(alg) = Algorithm::parse(name) {
        return Ok(Alg::Ours(alg));
    }
    if name == "RS256" {
        return Ok(Alg::Rs256);
    }
    Err(if name.eq_ignore_ascii_case("none") {
        EnvelopeRefusal::AlgNone
    } else if name.starts_with("HS") {
        EnvelopeRefusal::AlgSymmetric
    } else if name.starts_with("RS") || name.starts_with("PS") {
        EnvelopeRefusal::AlgRsa
    } else {
        EnvelopeRefusal::AlgUnsupported
    })
}
