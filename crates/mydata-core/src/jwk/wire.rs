//! The members of a JWK as they stand in JSON.

use super::{Algorithm, KeyMaterial, KeyRefusal, PublicKey, ed25519};
use crate::base64;
use crate::id::KeyId;
use crate::json::{self, Present};
use serde::{Deserialize, Deserializer, Serialize};

/// A JWK as it is read. Records hold many keys, so each text is taken at once for what it says.
#[derive(Deserialize)]
pub(super) struct Jwk {
    #[serde(default)]
    kid: Option<Text<KeyId>>,
    kty: Text<Type>,
    #[serde(default)]
    crv: Option<Text<Curve>>,
    #[serde(default)]
    x: Option<Text<[u8; 32]>>,
    #[serde(default)]
    y: Option<Text<[u8; 32]>>,
    #[serde(default)]
    alg: Option<Text<Algorithm>>,
    #[serde(default, rename = "use")]
    usage: Option<Text<ForSigning>>,
    #[serde(default)]
    key_ops: Option<Vec<Text<ToVerify>>>,
    // Members of a private or symmetric key: read only to be refused.
    #[serde(default)]
    d: Present,
    #[serde(default)]
    k: Present,
    #[serde(default)]
    p: Present,
    #[serde(default)]
    q: Present,
}

/// A text and what it says; none when it says nothing that is known here.
struct Text<T>(Option<T>);

/// What a text may say.
trait Said: Sized {
    fn said(text: &str) -> Option<Self>;
}

impl<'de, T: Said> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, "a text", |text| Some(Self(T::said(text))))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Okp,
    Ec,
    Symmetric,
}

#[derive(Clone, Copy)]
enum Curve {
    Ed25519,
    P256,
}

/// The `use` of a key that verifies.
struct ForSigning;

/// The element of `key_ops` that it has.
struct ToVerify;

impl Said for KeyId {
    fn said(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Said for Type {
    fn said(text: &str) -> Option<Self> {
        match text {
            "OKP" => Some(Self::Okp),
            "EC" => Some(Self::Ec),
            "oct" => Some(Self::Symmetric),
            _ => None,
        }
    }
}

impl Said for Curve {
    fn said(text: &str) -> Option<Self> {
        match text {
            "Ed25519" => Some(Self::Ed25519),
            "P-256" => Some(Self::P256),
            _ => None,
        }
    }
}

/// A coordinate.
impl Said for [u8; 32] {
    fn said(text: &str) -> Option<Self> {
        base64::decode_array(text)
    }
}

impl Said for Algorithm {
    fn said(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Said for ForSigning {
    fn said(text: &str) -> Option<Self> {
        (text == "sig").then_some(Self)
    }
}

impl Said for ToVerify {
    fn said(text: &str) -> Option<Self> {
        (text == "verify").then_some(Self)
    }
}

impl TryFrom<Jwk> for PublicKey {
    type Error = KeyRefusal;

    fn try_from(jwk: Jwk) -> Result<Self, KeyRefusal> {
        jwk.check_public()?;
        //= SL-44, SL-46, CN-84, CN-85
        let material = jwk.material();
        let kid = jwk.kid.ok_or(KeyRefusal::NoKid)?;
        let kid = kid.0.ok_or(KeyRefusal::KidInvalid)?;
        Ok(Self::of(kid, material?))
    }
}

impl Jwk {
    //= FW-03, SL-45
    fn check_public(&self) -> Result<(), KeyRefusal> {
        let is_symmetric = self.kty.0 == Some(Type::Symmetric);
        if self.d.0 || self.k.0 || self.p.0 || self.q.0 || is_symmetric {
            return Err(KeyRefusal::Private);
        }
        Ok(())
    }

    /// The public numbers, whatever the key is called.
    pub(super) fn material(&self) -> Result<KeyMaterial, KeyRefusal> {
        self.check_public()?;
        let x = coordinate(self.x.as_ref());
        let curve = self.crv.as_ref().and_then(|crv| crv.0);
        let (material, algorithm) = match (self.kty.0, curve) {
            (Some(Type::Okp), Some(Curve::Ed25519)) if self.y.is_some() => {
                return Err(KeyRefusal::Coordinate);
            }
            (Some(Type::Okp), Some(Curve::Ed25519)) => {
                let point = x?;
                ed25519::check(&point)?;
                (KeyMaterial::Ed25519(point), Algorithm::Ed25519)
            }
            (Some(Type::Ec), Some(Curve::P256)) => {
                let (x, y) = (x?, coordinate(self.y.as_ref())?);
                (KeyMaterial::P256 { x, y }, Algorithm::Es256)
            }
            _ => return Err(KeyRefusal::TypeUnsupported),
        };
        if self
            .alg
            .as_ref()
            .is_some_and(|alg| alg.0 != Some(algorithm))
        {
            return Err(KeyRefusal::AlgMismatch);
        }
        let is_use = self.usage.as_ref().is_none_or(|usage| usage.0.is_some());
        let ops = self.key_ops.as_ref();
        let is_op = ops.is_none_or(|ops| ops.iter().any(|op| op.0.is_some()));
        if is_use && is_op {
            Ok(material)
        } else {
            Err(KeyRefusal::NotForSigning)
        }
    }
}

fn coordinate(text: Option<&Text<[u8; 32]>>) -> Result<[u8; 32], KeyRefusal> {
    text.and_then(|text| text.0).ok_or(KeyRefusal::Coordinate)
}

/// A JWK as it is written.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    kid: &'a str,
    kty: &'a str,
    crv: &'a str,
    x: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    alg: &'a str,
    #[serde(rename = "use")]
    usage: &'a str,
}

impl<'a> From<&'a PublicKey> for Written<'a> {
    fn from(key: &'a PublicKey) -> Self {
        let (kty, crv, x, y) = match key.material() {
            KeyMaterial::Ed25519(point) => ("OKP", "Ed25519", point, None),
            KeyMaterial::P256 { x, y } => ("EC", "P-256", x, Some(base64::encode(y))),
        };
        Self {
            kid: key.kid().as_str(),
            kty,
            crv,
            x: base64::encode(x),
            y,
            alg: key.algorithm().name(),
            usage: "sig",
        }
    }
}
