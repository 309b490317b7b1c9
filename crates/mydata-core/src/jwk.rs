//! Public keys as JWK and JWK Sets (RFC 7517), with thumbprints (RFC 7638).
//!
//! Two kinds of key exist: Ed25519 (RFC 8037) and P-256. There is no symmetric key, no RSA and no
//! `none`, so no header can ask for them: the algorithm is a property of the key.

mod ed25519;
mod history;
mod set;
mod wire;

pub use history::{KeyHistory, KeyLife};
pub use set::KeySet;

use crate::base64;
use crate::crypto::{Crypto, Sha256};
use crate::id::KeyId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::sync::Arc;

crate::refusals! {
    /// Why a JWK or a set of them is refused.
    pub enum KeyRefusal {
        NoKid = "key_no_kid": "the key has no `kid`",
        KidInvalid = "key_kid_invalid": "the `kid` is not 1 to 128 of A-Z a-z 0-9 . _ ~ : -",
        TypeUnsupported = "key_type_unsupported": "the key type or curve is not Ed25519 or P-256",
        Private = "key_private": "a private or symmetric key stands where a public key belongs",
        Coordinate = "key_coordinate": "a coordinate is missing, too many, not base64url or not 32 octets",
        SmallOrder = "key_small_order": "the Ed25519 point has small order, so it would verify anything",
        NotCanonical = "key_not_canonical": "the Ed25519 point is not in its canonical encoding",
        AlgMismatch = "key_alg_mismatch": "`alg` does not belong to this type of key",
        NotForSigning = "key_not_for_signing": "`use` or `key_ops` say that the key is not for signatures",
        SetEmpty = "key_set_empty": "the key set is empty",
        SetTooLarge = "key_set_too_large": "the key set has more than 64 keys",
        DuplicateKid = "key_duplicate_kid": "two keys of the set have one `kid`",
        DuplicateKey = "key_duplicate_key": "one key stands in the set twice",
        HistoryTooLarge = "key_history_too_large": "the history has more than 1024 keys",
        Life = "key_life": "a key is retired before it begins",
        Retired = "key_retired": "a key that was retired does not come back",
        Shape = "key_shape": "the document is not a JWK",
    }
}

/// A signature algorithm. Closed: what is not here cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new algorithm must break every place that chooses one"
)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ECDSA with P-256 and SHA-256 (RFC 7518 §3.4).
    Es256,
}

impl Algorithm {
    /// Both algorithms.
    pub const ALL: [Self; 2] = [Self::Ed25519, Self::Es256];

    /// The `alg` that we write: `EdDSA` rather than `Ed25519` (RFC 9864), since every deployed
    /// library reads the former.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "EdDSA",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm that an `alg` names; both names of Ed25519 are read.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "EdDSA" | "Ed25519" => Some(Self::Ed25519),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

/// The public numbers of a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "as `Algorithm`")]
pub enum KeyMaterial {
    /// The encoded point of Ed25519; never of small order, always canonical.
    Ed25519([u8; 32]),
    /// The coordinates `x` and `y` on P-256, big-endian.
    P256 {
        /// x
        x: [u8; 32],
        /// y
        y: [u8; 32],
    },
}

/// A public key with its id. Whatever holds one holds a key that may verify signatures.
///
/// Cloning shares: every record that a key has verified holds it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey(Arc<Inner>);

#[derive(PartialEq, Eq, Hash)]
struct Inner {
    kid: KeyId,
    material: KeyMaterial,
}

impl KeyMaterial {
    /// The JWK of the numbers and nothing else: the required members in the order of their names,
    /// without white space (RFC 7638 §3). Its SHA-256 is the thumbprint, and it is what a header
    /// brings that names its key by `jwk` (RFC 9449 §4.2).
    #[must_use]
    pub fn to_bare_jwk(&self) -> String {
        match self {
            Self::Ed25519(point) => format!(
                r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#,
                base64::encode(point)
            ),
            Self::P256 { x, y } => format!(
                r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
                base64::encode(x),
                base64::encode(y)
            ),
        }
    }

    /// Reads the public JWK of a header; a `kid` in it says nothing. `None` when it is no such key.
    pub(crate) fn brought<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Self>, D::Error> {
        Ok(wire::Jwk::deserialize(d)?.material().ok())
    }

    /// The key as a `SubjectPublicKeyInfo` in DER (RFC 5280 §4.1.2.7, RFC 8410 §4, RFC 5480 §2): what
    /// stands in a certificate of this key, octet for octet. P-256 with its uncompressed point.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(point) => [&SPKI_ED25519[..], point].concat(),
            Self::P256 { x, y } => [&SPKI_P256[..], x, y].concat(),
        }
    }
}

impl PublicKey {
    /// An Ed25519 key from its encoded point.
    ///
    /// # Errors
    /// [`KeyRefusal::SmallOrder`] or [`KeyRefusal::NotCanonical`]: with such a point a signature
    /// made by nobody verifies, and most libraries do not look.
    pub fn ed25519(kid: KeyId, point: [u8; 32]) -> Result<Self, KeyRefusal> {
        ed25519::check(&point)?;
        Ok(Self::of(kid, KeyMaterial::Ed25519(point)))
    }

    /// A P-256 key from its coordinates. That they lie on the curve is checked by every
    /// verification.
    #[must_use]
    pub fn p256(kid: KeyId, x: [u8; 32], y: [u8; 32]) -> Self {
        Self::of(kid, KeyMaterial::P256 { x, y })
    }

    /// The material has been checked.
    fn of(kid: KeyId, material: KeyMaterial) -> Self {
        Self(Arc::new(Inner { kid, material }))
    }

    /// The key id.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        &self.0.kid
    }

    /// The public numbers.
    #[must_use]
    pub fn material(&self) -> &KeyMaterial {
        &self.0.material
    }

    /// The one algorithm that this key may be used with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.0.material {
            KeyMaterial::Ed25519(_) => Algorithm::Ed25519,
            KeyMaterial::P256 { .. } => Algorithm::Es256,
        }
    }

    /// Whether the two could pass for one another, by their numbers or by their id: then they may not
    /// belong to two parties, or serve two roles.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.material() == other.material() || self.kid() == other.kid()
    }

    /// The octets whose SHA-256 is the thumbprint (RFC 7638 §3): the required members in the order
    /// of their names, without white space.
    #[must_use]
    pub fn thumbprint_input(&self) -> String {
        self.material().to_bare_jwk()
    }

    /// The thumbprint (RFC 7638).
    #[must_use]
    pub fn thumbprint(&self, crypto: &dyn Crypto) -> Sha256 {
        crypto.sha256(self.thumbprint_input().as_bytes())
    }

    /// Reads a JWK. Members that say nothing about a signing key are ignored (RFC 7517 §4).
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub fn from_jwk(octets: &[u8]) -> Result<Self, KeyRefusal> {
        let wire: wire::Jwk = crate::json::from_slice(octets, crate::json::Limits::TOKEN)
            .map_err(|_| KeyRefusal::Shape)?;
        Self::try_from(wire)
    }

    /// The JWK as JSON: `kid`, `kty`, `crv`, the coordinates, `alg` and `use`.
    #[must_use]
    pub fn to_jwk(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.kid(), self.algorithm().name())
    }
}

/// SEQUENCE, SEQUENCE with the OID 1.3.101.112, BIT STRING of 32 octets.
const SPKI_ED25519: [u8; 12] = *b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
/// SEQUENCE, SEQUENCE with id-ecPublicKey and secp256r1, BIT STRING of an uncompressed point.
const SPKI_P256: [u8; 27] = *b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04";

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed25519(_) => "Ed25519(32 octets)",
            Self::P256 { .. } => "P256(64 octets)",
        })
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::Written::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = wire::Jwk::deserialize(deserializer)?;
        Self::try_from(wire).map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for PublicKey {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PublicKey".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "A public JWK (RFC 7517): Ed25519 (RFC 8037) or P-256, with its kid",
            "required": ["kid", "kty", "crv", "x"],
            "properties": {
                "kid": { "type": "string", "pattern": "^[A-Za-z0-9._~:-]{1,128}$" },
                "kty": { "enum": ["OKP", "EC"] },
                "crv": { "enum": ["Ed25519", "P-256"] },
                "x": { "type": "string", "pattern": "^[A-Za-z0-9_-]{43}$" },
                "y": { "type": "string", "pattern": "^[A-Za-z0-9_-]{43}$" },
                "alg": { "enum": ["EdDSA", "Ed25519", "ES256"] },
                "use": { "const": "sig" },
                "d": false
            }
        })
    }
}
