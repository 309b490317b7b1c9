//! Sets of public keys.

use super::{KeyRefusal, PublicKey};
use crate::id::KeyId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A JWK Set (RFC 7517 §5): 1 to 64 keys, no `kid` twice, no key twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeySet(Vec<PublicKey>);

impl KeySet {
    /// From keys.
    ///
    /// # Errors
    /// [`KeyRefusal`] for an empty or too large set, or one with a `kid` or a key twice.
    //= SL-45
    pub fn new(keys: Vec<PublicKey>) -> Result<Self, KeyRefusal> {
        if keys.is_empty() {
            return Err(KeyRefusal::SetEmpty);
        }
        if keys.len() > 64 {
            return Err(KeyRefusal::SetTooLarge);
        }
        for (at, key) in keys.iter().enumerate() {
            for earlier in keys.iter().take(at) {
                if earlier.kid() == key.kid() {
                    return Err(KeyRefusal::DuplicateKid);
                }
                if earlier.material() == key.material() {
                    return Err(KeyRefusal::DuplicateKey);
                }
            }
        }
        Ok(Self(keys))
    }

    /// The key with this id.
    #[must_use]
    pub fn get(&self, kid: &KeyId) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.kid() == kid)
    }

    /// The key of this set that a certificate is for: `spki` is the certificate's
    /// `SubjectPublicKeyInfo` in DER, octet for octet, as the caller's own X.509 library gives it once
    /// it has checked the chain and the time. A certificate so only ever says which of the keys that
    /// are bound already it confirms; it brings none (D22, SD-10).
    //= SD-10
    #[must_use]
    pub fn certified(&self, spki: &[u8]) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.material().to_spki() == spki)
    }

    /// All keys, in their order; at least one.
    pub fn iter(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.iter()
    }

    /// Reads a JWK Set.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub fn from_jwks(octets: &[u8]) -> Result<Self, KeyRefusal> {
        let wire: Wire = crate::json::from_slice(octets, crate::json::Limits::RECORD)
            .map_err(|_| KeyRefusal::Shape)?;
        wire.check()
    }
}

impl From<PublicKey> for KeySet {
    fn from(key: PublicKey) -> Self {
        Self(vec![key])
    }
}

#[derive(Deserialize)]
struct Wire {
    keys: Vec<super::wire::Jwk>,
}

impl Wire {
    fn check(self) -> Result<KeySet, KeyRefusal> {
        let keys: Result<Vec<_>, _> = self.keys.into_iter().map(PublicKey::try_from).collect();
        KeySet::new(keys?)
    }
}

#[derive(Serialize)]
struct Written<'a> {
    keys: &'a [PublicKey],
}

impl Serialize for KeySet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written { keys: &self.0 }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for KeySet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        wire.check().map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for KeySet {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KeySet".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let key = generator.subschema_for::<PublicKey>();
        schemars::json_schema!({
            "type": "object",
            "required": ["keys"],
            "properties": { "keys": { "type": "array", "minItems": 1, "maxItems": 64, "items": key } }
        })
    }
}
