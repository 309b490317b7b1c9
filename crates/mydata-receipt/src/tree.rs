//! A JSON document as it is, faults and all: what the validators and the tolerant readers look at.
//!
//! The strict reader of the core refuses at the first fault. Here a document is kept whole, with names
//! that stand twice and values of any kind, so that everything that is wrong with it can be told.
//! Bounds hold while it is read.

mod typed;

use mydata_core::json::{JsonRefusal, Limits};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number without a fraction or an exponent, from 0.
    Unsigned(u64),
    /// A number without a fraction or an exponent, below 0.
    Negative(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    Array(Vec<Self>),
    /// An object: members as they stand, also two of one name.
    Object(Vec<(Cow<'a, str>, Self)>),
}

impl<'a> Tree<'a> {
    /// Reads one document under `limits`.
    pub(crate) fn read(octets: &'a [u8], limits: Limits) -> Result<Self, JsonRefusal> {
        if octets.len() > limits.octets {
            return Err(JsonRefusal::TooLarge);
        }
        let watch = Watch {
            limits,
            values: Cell::new(0),
            broken: Cell::new(None),
        };
        let mut reader = serde_json::Deserializer::from_slice(octets);
        let seed = Seed {
            watch: &watch,
            depth: 0,
        };
        let tree = seed.deserialize(&mut reader);
        let tree = tree.and_then(|tree| reader.end().map(|()| tree));
        tree.map_err(|_| watch.broken.get().unwrap_or(JsonRefusal::Syntax))
    }

    /// The members of an object.
    pub(crate) fn members(&self) -> Option<&[(Cow<'a, str>, Self)]> {
        if let Self::Object(members) = self {
            Some(members)
        } else {
            None
        }
    }

    /// The first member of an object with this name.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let mut members = self.members()?.iter();
        members
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// A string.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The pointers of the objects in which a name stands twice. A pointer ends at the object in which
    /// a name is not one of `known`, since what the document says is never repeated.
    pub(crate) fn doubled(&self, known: &dyn Fn(&str) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(&mut String::new(), true, known, &mut found);
        found.dedup();
        found
    }

    /// Whether a name stands twice in some object of it.
    pub(crate) fn has_doubled(&self) -> bool {
        match self {
            Self::Object(members) => {
                has_twice(members) || members.iter().any(|(_, value)| value.has_doubled())
            }
            Self::Array(values) => values.iter().any(Self::has_doubled),
            Self::Null
            | Self::Bool(_)
            | Self::Unsigned(_)
            | Self::Negative(_)
            | Self::Float(_)
            | Self::Text(_) => false,
        }
    }

    fn walk(
        &self,
        pointer: &mut String,
        is_known: bool,
        known: &dyn Fn(&str) -> bool,
        found: &mut Vec<String>,
    ) {
        let whole = pointer.len();
        match self {
            Self::Object(members) => {
                if has_twice(members) {
                    found.push(pointer.clone());
                }
                for (name, value) in members {
                    let is_known = is_known && known(name);
                    if is_known {
                        push_name(pointer, name);
                    }
                    value.walk(pointer, is_known, known, found);
                    pointer.truncate(whole);
                }
            }
            Self::Array(values) => {
                for (at, value) in values.iter().enumerate() {
                    if is_known {
                        push_index(pointer, at);
                    }
                    value.walk(pointer, is_known, known, found);
                    pointer.truncate(whole);
                }
            }
            Self::Null
            | Self::Bool(_)
            | Self::Unsigned(_)
            | Self::Negative(_)
            | Self::Float(_)
            | Self::Text(_) => {}
        }
    }
}

/// Whether a name stands twice among the members of one object. Few are compared with each other, which
/// takes no memory; many are sorted, since their number is the document's choice.
fn has_twice(members: &[(Cow<'_, str>, Tree<'_>)]) -> bool {
    const FEW: usize = 32;
    if members.len() <= FEW {
        return members.iter().enumerate().any(|(at, (name, _))| {
            let mut later = members.iter().skip(at + 1);
            later.any(|(other, _)| other == name)
        });
    }
    let mut names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair.first() == pair.last())
}

/// A step into an object (RFC 6901 §3); our own names have neither `~` nor `/` in them.
pub(crate) fn push_name(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(name);
}

/// A step into an array.
pub(crate) fn push_index(pointer: &mut String, at: usize) {
    pointer.push('/');
    pointer.push_str(&at.to_string());
}

struct Watch {
    limits: Limits,
    values: Cell<usize>,
    broken: Cell<Option<JsonRefusal>>,
}

impl Watch {
    fn broken<E: Error>(&self, refusal: JsonRefusal) -> E {
        self.broken.set(Some(refusal));
        E::custom(refusal)
    }
}

#[derive(Clone, Copy)]
struct Seed<'w> {
    watch: &'w Watch,
    depth: usize,
}

impl Seed<'_> {
    fn inside<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > self.watch.limits.depth {
            return Err(self.watch.broken(JsonRefusal::TooDeep));
        }
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Tree<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree<'de>, D::Error> {
        let values = self.watch.values.get() + 1;
        self.watch.values.set(values);
        if values > self.watch.limits.values {
            return Err(self.watch.broken(JsonRefusal::TooMany));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree<'de>, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree<'de>, E> {
        Ok(Tree::Unsigned(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree<'de>, E> {
        Ok(u64::try_from(value).map_or(Tree::Negative(value), Tree::Unsigned))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree<'de>, E> {
        Ok(Tree::Float(value))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree<'de>, A::Error> {
        let inside = self.inside()?;
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(inside)? {
            values.push(value);
        }
        Ok(Tree::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree<'de>, A::Error> {
        let inside = self.inside()?;
        let mut members = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            if members.len() == self.watch.limits.members {
                return Err(self.watch.broken(JsonRefusal::TooMany));
            }
            members.push((name, map.next_value_seed(inside)?));
        }
        Ok(Tree::Object(members))
    }
}

/// A name, borrowed where it stands without escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
