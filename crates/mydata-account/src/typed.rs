//! The word that says what a resource of the account's API is: `{"type": …, "id": …}`.

use mydata_core::json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// A kind of resource with its word.
pub trait Kind {
    /// The word, as it stands in `type`.
    const NAME: &'static str;
}

/// The word of `K`: written always, and nothing else is read.
pub struct Tag<K>(PhantomData<fn() -> K>);

impl<K> Tag<K> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<K: Kind> Serialize for Tag<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(K::NAME)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Tag<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, K::NAME, |text| {
            (text == K::NAME).then_some(Self::NEW)
        })
    }
}

impl<K> Clone for Tag<K> {
    fn clone(&self) -> Self {
        Self::NEW
    }
}

impl<K> PartialEq for Tag<K> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<K> Eq for Tag<K> {}

impl<K: Kind> fmt::Debug for Tag<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(K::NAME)
    }
}

#[cfg(feature = "schema")]
impl<K: Kind> schemars::JsonSchema for Tag<K> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Type{}", K::NAME).into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "const": K::NAME })
    }
}

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $word:literal)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(clippy::exhaustive_structs, reason = "a word and nothing more")]
        pub struct $name;

        impl $crate::typed::Kind for $name {
            const NAME: &'static str = $word;
        }
    )+};
}
pub(crate) use kinds;
