//! The members of a JWK as they stand in JSON.

use super::{Algorithm, KeyMaterial, KeyRefusal, PublicKey, ed25519};
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
        jwk.check_public()?;
        //= SL-44, SL-46, CN-84, CN-85
        let kid = jwk.kid.as_deref().ok_or(KeyRefusal::NoKid)?;
        let kid = KeyId::parse(kid).map_err(|_| KeyRefusal::KidInvalid)?;
        Ok(Self::of(kid, jwk.material()?))
    }
}

impl Jwk {
    //= FW-03, SL-45
    fn check_public(&self) -> Result<(), KeyRefusal> {
        if self.d.0 || self.k.0 || self.p.0 || self.q.0 || self.kty == "oct" {
            return Err(KeyRefusal::Private);
        }
        Ok(())
    }

    /// The public numbers, whatever the key is called.
    pub(super) fn material(&self) -> Result<KeyMaterial, KeyRefusal> {
        self.check_public()?;
        let x = coordinate(self.x.as_deref());
        let y = self.y.as_deref();
        let (material, algorithm) = match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) if y.is_some() => return Err(KeyRefusal::Coordinate),
            ("OKP", Some("Ed25519")) => {
                let point = x?;
                ed25519::check(&point)?;
                (KeyMaterial::Ed25519(point), Algorithm::Ed25519)
            }
            ("EC", Some("P-256")) => {
                let (x, y) = (x?, coordinate(y)?);
                (KeyMaterial::P256 { x, y }, Algorithm::Es256)
            }
            _ => return Err(KeyRefusal::TypeUnsupported),
        };
        if let Some(alg) = &self.alg
            && Algorithm::parse(alg) != Some(algorithm)
        {
            return Err(KeyRefusal::AlgMismatch);
        }
        let for_signing = self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self
                .key_ops
                .as_ref()
                .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !for_signing {
            return Err(KeyRefusal::NotForSigning);
        }
        Ok(material)
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
