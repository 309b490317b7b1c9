//! A sealed record as a store keeps it: in few octets.

use super::sealed::{Parts, Wire};
use super::{JwsRefusal, Sealed};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// A sealed record that stands in JSON in its shortest form: one that has a compact form as that text,
/// any other as the object that messages carry. Both are the octets that were received.
#[expect(clippy::exhaustive_structs, reason = "a form of what is in it")]
pub struct Kept<T>(pub Sealed<T>);

impl<T> Serialize for Kept<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parts.as_compact() {
            Some(text) => serializer.serialize_str(text),
            None => self.0.serialize(serializer),
        }
    }
}

impl<'de, T> Deserialize<'de> for Kept<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<fn() -> T>);

        impl<'de, T> Visitor<'de> for Reader<T> {
            type Value = Sealed<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JWS")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Sealed<T>, E> {
                let parts = Parts::from_compact(text.into());
                let parts = parts.ok_or_else(|| E::custom(JwsRefusal::Malformed))?;
                Ok(Sealed::from_parts(Arc::new(parts)))
            }

            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Sealed<T>, A::Error> {
                let wire: Wire = Wire::deserialize(MapAccessDeserializer::new(access))?;
                Sealed::try_from(wire).map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_any(Reader(PhantomData)).map(Self)
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
