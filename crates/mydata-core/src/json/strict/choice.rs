//! Enumerations: a name alone is a string, a name with a value is an object of one member.
//!
//! What serde makes of an enumeration is wider: a name alone may be an object with `null` as well,
//! so that one signed value has two spellings. Here it has one.

use super::Strict;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, VariantAccess,
    Visitor,
};
use std::convert::Infallible;
use std::fmt;

/// The visitor of an enumeration.
#[derive(Debug)]
pub(super) struct Choice<'w, 'de, V>(pub(super) Strict<'w, 'de, V>);

impl<'de, V: Visitor<'de>> Visitor<'de> for Choice<'_, 'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<V::Value, E> {
        self.0.inner.visit_enum(name.into_deserializer())
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let mut members = self.0.members(access)?;
        let value = self.0.inner.visit_enum(OneMember(&mut members))?;
        match members.next_key_seed(Nothing)? {
            None => Ok(value),
            Some(never) => match never {},
        }
    }
}

/// The one member of an object: its name, then its value.
#[derive(Debug)]
struct OneMember<'m, M>(&'m mut M);

impl<'de, M: MapAccess<'de>> EnumAccess<'de> for OneMember<'_, M> {
    type Error = M::Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), M::Error> {
        let name = self.0.next_key_seed(seed)?;
        let name = name.ok_or_else(|| M::Error::custom("expected one member"))?;
        Ok((name, self))
    }
}

impl<'de, M: MapAccess<'de>> VariantAccess<'de> for OneMember<'_, M> {
    type Error = M::Error;

    fn unit_variant(self) -> Result<(), M::Error> {
        Err(M::Error::custom("expected a string"))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, M::Error> {
        self.0.next_value_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, M::Error> {
        self.0.next_value_seed(Elements(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, M::Error> {
        self.0.next_value_seed(Fields(fields, visitor))
    }
}

/// The value of a variant with several unnamed values.
#[derive(Debug)]
struct Elements<V>(usize, V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Elements<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        inner.deserialize_tuple(self.0, self.1)
    }
}

/// The value of a variant with named values.
#[derive(Debug)]
struct Fields<V>(&'static [&'static str], V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Fields<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        inner.deserialize_struct("", self.0, self.1)
    }
}

/// Where a form has ended: whatever comes is not of the form.
#[derive(Debug)]
pub(super) struct Nothing;

impl<'de> DeserializeSeed<'de> for Nothing {
    type Value = Infallible;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<Infallible, D::Error> {
        inner.deserialize_any(self)
    }
}

impl Visitor<'_> for Nothing {
    type Value = Infallible;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing more")
    }
}
