//! The members of a JWK as they stand in JSON.

use super::{Algorithm, KeyMaterial, KeyRefusal, PublicKey};
use crate::base64;
use crate::id::KeyId;
use crate::json::Present;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct Jwk {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    kid: Option<String>,
    kty: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    alg: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none", default)]
    usage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    key_ops: Option<Vec<String>>,
    // Members of a private or symmetric key: read only to be refused.
    #[serde(skip_serializing, default)]
    d: Present,
    #[serde(skip_serializing, default)]
    k: Present,
    #[serde(skip_serializing, default)]
    p: Present,
    #[serde(skip_serializing, default)]
    q: Present,
}

impl TryFrom<Jwk> for PublicKey {
    type Error = KeyRefusal;

    fn try_from(jwk: Jwk) -> Result<Self, KeyRefusal> {
        //= FW-03, SL-45
        if jwk.d.0 || jwk.k.0 || jwk.p.0 || jwk.q.0 || jwk.kty == "oct" {
            return Err(KeyRefusal::Private);
        }
        //= SL-44, SL-46, CN-84, CN-85
        let kid = jwk.kid.as_deref().ok_or(KeyRefusal::NoKid)?;
        let kid = KeyId::parse(kid).map_err(|_| KeyRefusal::KidInvalid)?;
        let x = coordinate(jwk.x.as_deref());
        let y = jwk.y.as_deref();
        let key = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("OKP", Some("Ed25519")) if y.is_some() => return Err(KeyRefusal::Coordinate),
            ("OKP", Some("Ed25519")) => Self::ed25519(kid, x?)?,
            ("EC", Some("P-256")) => Self::p256(kid, x?, coordinate(y)?),
            _ => return Err(KeyRefusal::TypeUnsupported),
        };
        if let Some(alg) = &jwk.alg
            && Algorithm::parse(alg) != Some(key.algorithm())
        {
            return Err(KeyRefusal::AlgMismatch);
        }
        let for_signing = jwk.usage.as_deref().is_none_or(|usage| usage == "sig")
            && jwk
                .key_ops
                .as_ref()
                .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !for_signing {
            return Err(KeyRefusal::NotForSigning);
        }
        Ok(key)
    }
}

fn coordinate(text: Option<&str>) -> Result<[u8; 32], KeyRefusal> {
    text.and_then(base64::decode_array)
        .ok_or(KeyRefusal::Coordinate)
}

impl From<&PublicKey> for Jwk {
    fn from(key: &PublicKey) -> Self {
        let (kty, crv, x, y) = match key.material() {
            KeyMaterial::Ed25519(point) => ("OKP", "Ed25519", point, None),
            KeyMaterial::P256 { x, y } => ("EC", "P-256", x, Some(base64::encode(y))),
        };
        Self {
            kid: Some(key.kid().as_str().to_owned()),
            kty: kty.to_owned(),
            crv: Some(crv.to_owned()),
            x: Some(base64::encode(x)),
            y,
            alg: Some(key.algorithm().name().to_owned()),
            usage: Some("sig".to_owned()),
            key_ops: None,
            d: Present(false),
            k: Present(false),
            p: Present(false),
            q: Present(false),
        }
    }
}
