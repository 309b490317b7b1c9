//! JOSE headers: closed objects, checked before anything in them is used.

use super::{JwsFault, JwsRefusal};
use crate::base64;
use crate::id::KeyId;
use crate::json::{self, JsonRefusal, Limits, Present};
use crate::jwk::Algorithm;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;

/// The protected header as we write it.
#[derive(Serialize)]
struct Written<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

/// A `kid` that is there has a value: `null` is not the same as absent.
fn not_null<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    String::deserialize(d).map(|kid| Some(Cow::Owned(kid)))
}

/// Every member that we know, most of them only to refuse them by name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(default, borrow)]
    alg: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "not_null")]
    kid: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    typ: Option<Cow<'a, str>>,
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
    #[serde(default)]
    x5t: Present,
    #[serde(default, rename = "x5t#S256")]
    x5t_s256: Present,
}

/// The unprotected header: `kid` and nothing else (decision D12).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unprotected {
    pub(super) kid: KeyId,
}

/// A protected header that has been checked.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) alg: Algorithm,
    pub(super) kid: KeyId,
}

/// The protected header of a record of kind `typ`, signed by `kid`, base64url.
pub(super) fn write(alg: Algorithm, kid: &KeyId, typ: &str) -> String {
    let written = Written {
        alg: alg.name(),
        kid: kid.as_str(),
        typ,
    };
    base64::encode(&serde_json::to_vec(&written).unwrap_or_default())
}

/// A header that is octet for octet what [`write`] writes: most are, and need not be parsed. The
/// long way gives the same answer, since nothing in a `kid` has a meaning in JSON.
fn as_written(octets: &[u8], typ: &str) -> Option<Header> {
    let text = std::str::from_utf8(octets).ok()?;
    let rest = text.strip_suffix("\"}")?.strip_suffix(typ)?;
    let rest = rest
        .strip_suffix("\",\"typ\":\"")?
        .strip_prefix("{\"alg\":\"")?;
    let (alg, kid) = rest.split_once("\",\"kid\":\"")?;
    Some(Header {
        alg: Algorithm::parse(alg)?,
        kid: KeyId::parse(kid).ok()?,
    })
}

/// Checks a protected header, with the unprotected one beside it if there is one.
pub(super) fn read(
    protected: &str,
    unprotected: Option<&Unprotected>,
    typ: &str,
) -> Result<Header, JwsFault> {
    if protected.len() > Limits::HEADER.octets {
        return Err(JwsRefusal::HeaderTooLarge.into());
    }
    let octets = base64::decode(protected).ok_or(JwsRefusal::NotBase64url)?;
    if unprotected.is_none()
        && let Some(header) = as_written(&octets, typ)
    {
        return Ok(header);
    }
    let wire: Wire<'_> = json::from_slice(&octets, Limits::HEADER).map_err(|fault| {
        if fault.refusal == JsonRefusal::Shape {
            JwsRefusal::HeaderUnknownMember.into()
        } else {
            JwsFault::Json(fault)
        }
    })?;
    if wire.crit.0 || wire.b64.0 {
        return Err(JwsRefusal::Crit.into());
    }
    if [
        wire.jwk,
        wire.jku,
        wire.x5u,
        wire.x5c,
        wire.x5t,
        wire.x5t_s256,
    ]
    .iter()
    .any(|member| member.0)
    {
        return Err(JwsRefusal::KeyInHeader.into());
    }
    if wire.cty.0 {
        return Err(JwsRefusal::Nested.into());
    }
    //= HR-01
    let alg = wire.alg.as_deref().and_then(Algorithm::parse);
    let alg = alg.ok_or(JwsRefusal::AlgUnsupported)?;
    match wire.typ.as_deref() {
        None => return Err(JwsRefusal::TypMissing.into()),
        Some(found) if found != typ => return Err(JwsRefusal::TypMismatch.into()),
        Some(_) => {}
    }
    //= SL-49, SL-55, CN-79, CN-89, CN-95, DT-56
    let kid = match (wire.kid, unprotected) {
        (Some(_), Some(_)) => return Err(JwsRefusal::KidTwice.into()),
        (None, None) => return Err(JwsRefusal::KidMissing.into()),
        (Some(kid), None) => KeyId::parse(&kid).map_err(|_| JwsRefusal::KidUnknown)?,
        (None, Some(header)) => header.kid.clone(),
    };
    Ok(Header { alg, kid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_write_is_read_the_short_way_and_the_long_way_alike() {
        let kid = KeyId::parse("acc-kid-1:2~3_4.5").unwrap();
        for alg in Algorithm::ALL {
            let protected = write(alg, &kid, "mydata-cr+json");
            let octets = base64::decode(&protected).unwrap();
            let short = as_written(&octets, "mydata-cr+json").unwrap();
            // A space more, and the header takes the long way.
            let mut spaced = octets.clone();
            spaced.insert(1, b' ');
            assert!(as_written(&spaced, "mydata-cr+json").is_none());
            let long = read(&base64::encode(&spaced), None, "mydata-cr+json").unwrap();
            assert_eq!((short.alg, &short.kid), (long.alg, &long.kid));
        }
        for text in [
            r#"{"alg":"EdDSA","kid":"k","typ":"t","typ":"t"}"#,
            r#"{"alg":"EdDSA","kid":"k","crit":["b64"],"typ":"t"}"#,
            r#"{"alg":"none","kid":"k","typ":"t"}"#,
            r#"{"alg":"EdDSA","kid":"","typ":"t"}"#,
        ] {
            assert!(as_written(text.as_bytes(), "t").is_none(), "{text}");
        }
    }
}
