//! A deserialiser around a deserialiser, which watches what passes through it.
//!
//! One pass: the target type is built while its input is checked, so nothing is read twice and
//! nothing unchecked exists in between.

mod choice;

use super::{JsonRefusal, Limits};
use choice::{Choice, Nothing};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;

/// What all wrappers of one reading share.
#[derive(Debug)]
pub(super) struct Watch<'de> {
    limits: Limits,
    values: Cell<usize>,
    seen: Cell<Option<JsonRefusal>>,
    /// The member names of the objects that are open, the innermost last.
    names: RefCell<Vec<Cow<'de, str>>>,
}

impl<'de> Watch<'de> {
    pub(super) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            values: Cell::new(0),
            seen: Cell::new(None),
            names: RefCell::new(Vec::new()),
        }
    }

    /// A name of the object whose names begin at `first`.
    fn note<E: Error>(&self, first: usize, name: Cow<'de, str>) -> Result<(), E> {
        let mut names = self.names.borrow_mut();
        let known = names.get(first..).unwrap_or_default();
        if known.contains(&name) {
            return Err(self.refuse(JsonRefusal::DuplicateMember));
        }
        if known.len() >= self.limits.members {
            return Err(self.refuse(JsonRefusal::TooMany));
        }
        if names.is_empty() {
            names.reserve(64);
        }
        names.push(name);
        Ok(())
    }

    /// The refusal that this watch has made, if it was the watch.
    pub(super) const fn seen(&self) -> Option<JsonRefusal> {
        self.seen.get()
    }

    fn refuse<E: Error>(&self, refusal: JsonRefusal) -> E {
        self.seen.set(Some(refusal));
        E::custom(refusal)
    }

    fn enter<E: Error>(&self, depth: usize) -> Result<usize, E> {
        if depth < self.limits.depth {
            Ok(depth + 1)
        } else {
            Err(self.refuse(JsonRefusal::TooDeep))
        }
    }

    fn count<E: Error>(&self) -> Result<(), E> {
        let values = self.values.get() + 1;
        self.values.set(values);
        if values <= self.limits.values {
            Ok(())
        } else {
            Err(self.refuse(JsonRefusal::TooMany))
        }
    }
}

/// The wrapper: a deserialiser, a seed, a visitor or an access, at some depth.
#[derive(Debug)]
pub(super) struct Strict<'w, 'de, I> {
    inner: I,
    watch: &'w Watch<'de>,
    depth: usize,
    /// For visitors: an object is expected, so an array is refused.
    object: bool,
}

impl<'w, 'de, I> Strict<'w, 'de, I> {
    pub(super) const fn new(inner: I, watch: &'w Watch<'de>) -> Self {
        Self {
            inner,
            watch,
            depth: 0,
            object: false,
        }
    }

    fn wrap<J>(&self, inner: J) -> Strict<'w, 'de, J> {
        Strict {
            inner,
            watch: self.watch,
            depth: self.depth,
            object: false,
        }
    }

    fn members<A: MapAccess<'de>>(&self, access: A) -> Result<Members<'w, 'de, A>, A::Error> {
        let depth = self.watch.enter(self.depth)?;
        let access = Strict {
            depth,
            ..self.wrap(access)
        };
        let first = self.watch.names.borrow().len();
        Ok(Members { access, first })
    }
}

macro_rules! forward {
    ($($method:ident($($arg:ident: $type:ty),*))+) => {$(
        fn $method<V: Visitor<'de>>(self, $($arg: $type,)* visitor: V) -> Result<V::Value, Self::Error> {
            let visitor = self.wrap(visitor);
            self.inner.$method($($arg,)* visitor)
        }
    )+};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<'_, 'de, D> {
    type Error = D::Error;

    forward! {
        deserialize_any() deserialize_bool()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64() deserialize_char() deserialize_str() deserialize_string()
        deserialize_bytes() deserialize_byte_buf() deserialize_option() deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq() deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_map()
        deserialize_identifier()
    }

    /// A reader may skip what nobody wants without looking at it; here it is looked at.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserialize_any(visitor)
    }

    /// A reader has its own faults for what is no enumeration, and they are those of no JSON; so it
    /// is asked for anything, and the enumeration is made of a string or an object.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let visitor = Choice(self.wrap(visitor));
        self.inner.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let visitor = Strict {
            object: true,
            ..self.wrap(visitor)
        };
        self.inner.deserialize_struct(name, fields, visitor)
    }
}

macro_rules! visit {
    ($($method:ident: $type:ty),+) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )+};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<'_, 'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    visit! {
        visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_i128: i128,
        visit_u128: u128, visit_str: &str, visit_borrowed_str: &'de str, visit_string: String
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let inner = self.wrap(inner);
        self.inner.visit_some(inner)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let inner = self.wrap(inner);
        self.inner.visit_newtype_struct(inner)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        if self.object {
            return Err(self.watch.refuse(JsonRefusal::ArrayForObject));
        }
        let depth = self.watch.enter(self.depth)?;
        let mut access = Strict {
            depth,
            ..self.wrap(access)
        };
        let value = self.inner.visit_seq(&mut access)?;
        // A pair reads two elements and stops; the reader would call a third one no JSON.
        match access.next_element_seed(Nothing)? {
            None => Ok(value),
            Some(never) => match never {},
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let members = self.members(access)?;
        self.inner.visit_map(members)
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<'_, 'de, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.watch.count()?;
        let inner = self.wrap(inner);
        self.inner.deserialize(inner)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<'_, 'de, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let seed = self.wrap(seed);
        self.inner.next_element_seed(seed)
    }
}

/// The members of one object, whose names begin at `first` among those of all.
#[derive(Debug)]
struct Members<'w, 'de, A> {
    access: Strict<'w, 'de, A>,
    first: usize,
}

/// The object is closed: its names say nothing more.
impl<A> Drop for Members<'_, '_, A> {
    fn drop(&mut self) {
        self.access.watch.names.borrow_mut().truncate(self.first);
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let name = Name {
            inner: seed,
            watch: self.access.watch,
            first: self.first,
        };
        self.access.inner.next_key_seed(name)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let seed = self.access.wrap(seed);
        self.access.inner.next_value_seed(seed)
    }
}

/// A member name on its way to the target type: a seed, then a deserialiser, then a visitor.
#[derive(Debug)]
struct Name<'w, 'de, I> {
    inner: I,
    watch: &'w Watch<'de>,
    first: usize,
}

impl<'w, 'de, I> Name<'w, 'de, I> {
    const fn wrap<J>(&self, inner: J) -> Name<'w, 'de, J> {
        Name {
            inner,
            watch: self.watch,
            first: self.first,
        }
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Name<'_, 'de, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        let inner = self.wrap(inner);
        self.inner.deserialize(inner)
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Name<'_, 'de, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.wrap(visitor);
        self.inner.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Name<'_, 'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<V::Value, E> {
        self.watch.note(self.first, Cow::Owned(name.to_owned()))?;
        self.inner.visit_str(name)
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<V::Value, E> {
        self.watch.note(self.first, Cow::Borrowed(name))?;
        self.inner.visit_borrowed_str(name)
    }
}
