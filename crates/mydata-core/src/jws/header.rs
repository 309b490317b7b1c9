//! JOSE headers: closed objects, checked before anything in them is used.

use super::{JwsFault, JwsRefusal};
use crate::base64;
use crate::id::KeyId;
use crate::json::{self, JsonRefusal, Limits, Present};
use crate::jwk::{Algorithm, KeyMaterial, PublicKey};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;

/// How the header of a kind of record names the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a third way must break whoever reads a header"
)]
pub enum KeyNaming {
    /// `kid`, protected, or unprotected for readers of older writers. No key in the header.
    Kid,
    /// `jwk`, the public key itself, protected (RFC 9449 §4.2). It is compared with the keys that are
    /// bound and selects among them, as a `kid` does; it never becomes one.
    Jwk,
}

/// What a header says about its key: a hint, by which one is found among those that are bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyHint {
    Kid(KeyId),
    Jwk(KeyMaterial),
}

impl KeyHint {
    pub(super) fn is_of(&self, key: &PublicKey) -> bool {
        match self {
            Self::Kid(kid) => key.kid() == kid,
            Self::Jwk(material) => key.material() == material,
        }
    }

    /// The refusal when no key that is bound is meant.
    pub(super) const fn unknown(&self) -> JwsRefusal {
        match self {
            Self::Kid(_) => JwsRefusal::KidUnknown,
            Self::Jwk(_) => JwsRefusal::JwkUnknown,
        }
    }
}

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

/// A header that brings its key. Others than MyData's own programs write these, so a member that is not
/// known is ignored (RFC 7515 §4), a `kid` too.
#[derive(Debug, Deserialize)]
struct ByJwk<'a> {
    #[serde(default, borrow)]
    alg: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    typ: Option<Cow<'a, str>>,
    #[serde(default)]
    jwk: Brought,
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

/// The `jwk` of a header that must have one.
#[derive(Debug, Default)]
enum Brought {
    #[default]
    Nothing,
    NoKey,
    Key(KeyMaterial),
}

impl<'de> Deserialize<'de> for Brought {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(KeyMaterial::brought(deserializer)?.map_or(Self::NoKey, Self::Key))
    }
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
    pub(super) key: KeyHint,
}

/// The protected header of a record of kind `typ`, signed by `key`, base64url.
pub(super) fn write(key: &PublicKey, typ: &str, naming: KeyNaming) -> String {
    let alg = key.algorithm().name();
    let octets = match naming {
        KeyNaming::Kid => {
            let kid = key.kid().as_str();
            serde_json::to_vec(&Written { alg, kid, typ }).unwrap_or_default()
        }
        // Nothing in the three has a meaning in JSON.
        KeyNaming::Jwk => {
            let jwk = key.material().to_bare_jwk();
            format!(r#"{{"typ":"{typ}","alg":"{alg}","jwk":{jwk}}}"#).into_bytes()
        }
    };
    base64::encode(&octets)
}

/// A header that is octet for octet what [`write`] writes: most are, and need not be parsed. The
/// long way gives the same answer, since nothing in a `kid` has a meaning in JSON.
fn as_written(octets: &[u8], typ: &str) -> Option<Header> {
    let text = std::str::from_utf8(octets).ok()?;
    let rest = text.strip_suffix("\"}")?.strip_suffix(typ)?;
    let rest = rest
        .strip_suffix("\",\"typ\":\"")?
        .strip_prefix("{\"alg\":\"")?;
    let mut names = Algorithm::ALL.iter();
    let (alg, rest) = names.find_map(|alg| Some((*alg, rest.strip_prefix(alg.name())?)))?;
    let kid = rest.strip_prefix("\",\"kid\":\"")?;
    Some(Header {
        alg,
        key: KeyHint::Kid(KeyId::parse(kid).ok()?),
    })
}

/// Checks a protected header, with the unprotected one beside it if there is one.
pub(super) fn read(
    protected: &str,
    unprotected: Option<&Unprotected>,
    typ: &str,
    naming: KeyNaming,
) -> Result<Header, JwsFault> {
    if protected.len() > Limits::HEADER.octets {
        return Err(JwsRefusal::HeaderTooLarge.into());
    }
    let mut room = [0; Limits::HEADER.octets];
    let octets = base64::decode_into(protected, &mut room).ok_or(JwsRefusal::NotBase64url)?;
    match naming {
        KeyNaming::Kid => by_kid(octets, unprotected, typ),
        KeyNaming::Jwk => by_jwk(octets, unprotected, typ),
    }
}

fn by_kid(octets: &[u8], unprotected: Option<&Unprotected>, typ: &str) -> Result<Header, JwsFault> {
    if unprotected.is_none()
        && let Some(header) = as_written(octets, typ)
    {
        return Ok(header);
    }
    let wire: Wire<'_> = parse(octets)?;
    let keys = [
        wire.jwk,
        wire.jku,
        wire.x5u,
        wire.x5c,
        wire.x5t,
        wire.x5t_s256,
    ];
    check([wire.crit, wire.b64], &keys, wire.cty)?;
    let alg = algorithm(wire.alg.as_deref(), wire.typ.as_deref(), typ)?;
    //= SL-49, SL-55, CN-79, CN-89, CN-95, DT-56
    let kid = match (wire.kid, unprotected) {
        (Some(_), Some(_)) => return Err(JwsRefusal::KidTwice.into()),
        (None, None) => return Err(JwsRefusal::KidMissing.into()),
        (Some(kid), None) => KeyId::parse(&kid).map_err(|_| JwsRefusal::KidUnknown)?,
        (None, Some(header)) => header.kid.clone(),
    };
    let key = KeyHint::Kid(kid);
    Ok(Header { alg, key })
}

fn by_jwk(octets: &[u8], unprotected: Option<&Unprotected>, typ: &str) -> Result<Header, JwsFault> {
    let wire: ByJwk<'_> = parse(octets)?;
    let keys = [wire.jku, wire.x5u, wire.x5c, wire.x5t, wire.x5t_s256];
    check([wire.crit, wire.b64], &keys, wire.cty)?;
    if unprotected.is_some() {
        return Err(JwsRefusal::HeaderUnknownMember.into());
    }
    let alg = algorithm(wire.alg.as_deref(), wire.typ.as_deref(), typ)?;
    match wire.jwk {
        Brought::Nothing => Err(JwsRefusal::JwkMissing.into()),
        Brought::NoKey => Err(JwsRefusal::JwkInvalid.into()),
        Brought::Key(material) => {
            let key = KeyHint::Jwk(material);
            Ok(Header { alg, key })
        }
    }
}

fn parse<'a, W: Deserialize<'a>>(octets: &'a [u8]) -> Result<W, JwsFault> {
    json::from_slice(octets, Limits::HEADER).map_err(|fault| {
        if fault.refusal == JsonRefusal::Shape {
            JwsRefusal::HeaderUnknownMember.into()
        } else {
            JwsFault::Json(fault)
        }
    })
}

/// The members that no header may have.
fn check(extensions: [Present; 2], keys: &[Present], nested: Present) -> Result<(), JwsRefusal> {
    if extensions.iter().any(|member| member.0) {
        Err(JwsRefusal::Crit)
    } else if keys.iter().any(|member| member.0) {
        Err(JwsRefusal::KeyInHeader)
    } else if nested.0 {
        Err(JwsRefusal::Nested)
    } else {
        Ok(())
    }
}

/// The algorithm, in a header of this kind.
//= HR-01
fn algorithm(alg: Option<&str>, found: Option<&str>, typ: &str) -> Result<Algorithm, JwsRefusal> {
    let alg = alg.and_then(Algorithm::parse);
    let alg = alg.ok_or(JwsRefusal::AlgUnsupported)?;
    match found {
        None => Err(JwsRefusal::TypMissing),
        Some(found) if found != typ => Err(JwsRefusal::TypMismatch),
        Some(_) => Ok(alg),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_write_is_read_the_short_way_and_the_long_way_alike() {
        let kid = KeyId::parse("acc-kid-1:2~3_4.5").unwrap();
        let mut base = [0; 32];
        base[0] = 9;
        let ed25519 = PublicKey::ed25519(kid.clone(), base).unwrap();
        for key in [ed25519, PublicKey::p256(kid, [1; 32], [2; 32])] {
            let protected = write(&key, "mydata-cr+json", KeyNaming::Kid);
            let octets = base64::decode(&protected).unwrap();
            let short = as_written(&octets, "mydata-cr+json").unwrap();
            // A space more, and the header takes the long way.
            let mut spaced = octets.clone();
            spaced.insert(1, b' ');
            assert!(as_written(&spaced, "mydata-cr+json").is_none());
            let spaced = base64::encode(&spaced);
            let long = read(&spaced, None, "mydata-cr+json", KeyNaming::Kid).unwrap();
            assert_eq!((short.alg, &short.key), (long.alg, &long.key));
            assert_eq!(long.alg, key.algorithm());
            assert!(long.key.is_of(&key));
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
