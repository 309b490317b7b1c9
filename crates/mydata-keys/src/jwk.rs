//! Private keys as JWK: RFC 7517, RFC 7518 §6.2.2 and RFC 8037 §2.

use crate::base64url;
use crate::refusal::PrivateKeyRefusal;
use crate::secret::{Number, Secret};
use mydata_core::id::KeyId;
use mydata_core::json::{self, Limits};
use mydata_core::jwk::{Algorithm, KeyMaterial, PublicKey};
use serde::de::{Error, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// Reads a private JWK; that its two halves belong together is not looked at here.
pub(crate) fn read(octets: &[u8]) -> Result<(KeyId, Number, KeyMaterial), PrivateKeyRefusal> {
    let wire: Wire =
        json::from_slice(octets, Limits::TOKEN).map_err(|_| PrivateKeyRefusal::NotJwk)?;
    if wire.kty == "oct" || wire.k.is_some() {
        return Err(PrivateKeyRefusal::Symmetric);
    }
    let kid = wire.kid.as_deref().ok_or(PrivateKeyRefusal::NoKid)?;
    let kid = KeyId::parse(kid).map_err(|_| PrivateKeyRefusal::KidInvalid)?;
    let (material, algorithm) = match (wire.kty.as_str(), wire.crv.as_deref()) {
        ("OKP", Some("Ed25519")) if wire.y.is_some() => return Err(PrivateKeyRefusal::Coordinate),
        ("OKP", Some("Ed25519")) => {
            let point = coordinate(wire.x)?;
            (KeyMaterial::Ed25519(point), Algorithm::Ed25519)
        }
        ("EC", Some("P-256")) => {
            let (x, y) = (coordinate(wire.x)?, coordinate(wire.y)?);
            (KeyMaterial::P256 { x, y }, Algorithm::Es256)
        }
        _ => return Err(PrivateKeyRefusal::TypeUnsupported),
    };
    let alg = wire.alg.as_deref().map(Algorithm::parse);
    if alg.is_some_and(|alg| alg != Some(algorithm)) {
        return Err(PrivateKeyRefusal::AlgMismatch);
    }
    let usage = wire.usage.as_deref();
    let ops = wire.key_ops.as_ref();
    if usage.is_some_and(|usage| usage != "sig")
        || ops.is_some_and(|ops| ops.iter().all(|op| op != "sign"))
    {
        return Err(PrivateKeyRefusal::NotForSigning);
    }
    let number = wire.d.ok_or(PrivateKeyRefusal::NotPrivate)?;
    let number = number.0.ok_or(PrivateKeyRefusal::Length)?;
    Ok((kid, number, material))
}

/// Writes a private JWK. By hand, since a serialiser grows its buffer and leaves copies behind;
/// there is nothing to escape, as a `kid` has no character that JSON would.
pub(crate) fn write(number: &Number, public: &PublicKey) -> Secret {
    let (head, x, y) = match public.material() {
        KeyMaterial::Ed25519(point) => (r#"","kty":"OKP","crv":"Ed25519","x":""#, point, None),
        KeyMaterial::P256 { x, y } => (r#"","kty":"EC","crv":"P-256","x":""#, x, Some(y)),
    };
    let y_text = y.map(base64url::encode);
    let (y_head, y_text) = match &y_text {
        Some(text) => (r#"","y":""#, text.as_slice()),
        None => ("", [].as_slice()),
    };
    Secret::join(&[
        br#"{"kid":""#,
        public.kid().as_str().as_bytes(),
        head.as_bytes(),
        &base64url::encode(x),
        y_head.as_bytes(),
        y_text,
        br#"","alg":""#,
        public.algorithm().name().as_bytes(),
        br#"","use":"sig","d":""#,
        &base64url::encode(number.as_octets()),
        br#""}"#,
    ])
}

fn coordinate(text: Option<Coded>) -> Result<[u8; 32], PrivateKeyRefusal> {
    let number = text.and_then(|coded| coded.0);
    let number = number.ok_or(PrivateKeyRefusal::Coordinate)?;
    Ok(*number.as_octets())
}

/// The members that we look at; others say nothing about a signing key (RFC 7517 §4).
#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    kid: Option<String>,
    kty: String,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    x: Option<Coded>,
    #[serde(default)]
    y: Option<Coded>,
    #[serde(default)]
    d: Option<Coded>,
    #[serde(default)]
    k: Option<IgnoredAny>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    key_ops: Option<Vec<String>>,
}

/// 32 octets in base64url, decoded where they stand: no string of them is made. `None` when the
/// text is not that.
struct Coded(Option<Number>);

impl<'de> Deserialize<'de> for Coded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Coded;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64url")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Coded, E> {
        let mut number = Number::zero();
        let decoded = base64url::decode(text, number.as_mut_octets());
        Ok(Coded(decoded.then_some(number)))
    }
}
