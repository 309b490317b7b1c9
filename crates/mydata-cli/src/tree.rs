//! JSON as it stands in a file: members in their order, and those that stand twice.

use crate::inspect::place::Place;
use mydata::core::time::Timestamp;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// A JSON value, a signed envelope in it opened, a secret in it taken out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
    /// An envelope: what it seems to be, and its parts.
    Jws(&'static str, Box<Self>),
    /// Something that is not shown.
    Secret,
    /// So many values more, for which there was no room.
    More(usize),
}

/// Members of ours that are whole seconds since 1970.
const TIMES: &[&str] = &[
    "at",
    "consentTimestamp",
    "created",
    "exp",
    "iat",
    "issued",
    "nbf",
    "shown_at",
    "told_at",
    "ts",
    "valid_from",
    "valid_until",
    "createdOnDate",
];

impl Tree {
    /// Any JSON; serde_json's own bound of depth holds.
    pub(crate) fn read(octets: &[u8]) -> Option<Self> {
        serde_json::from_slice(octets).ok()
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        self.members()?
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn members(&self) -> Option<&[(String, Self)]> {
        let Self::Object(members) = self else {
            return None;
        };
        Some(members)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        let Self::Text(text) = self else {
            return None;
        };
        Some(text)
    }

    pub(crate) fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.member(name).is_some())
    }

    /// Where a member stands twice: of every such name in an object once.
    pub(crate) fn doubles<F: FnMut(&Place<'_>)>(&self, at: &Place<'_>, found: &mut F) {
        match self {
            Self::Object(members) => {
                let mut names = BTreeMap::new();
                for (name, value) in members {
                    let here = Place::Member(at, name);
                    let count = names.entry(name.as_str()).or_insert(0_usize);
                    *count += 1;
                    if *count == 2 {
                        found(&here);
                    }
                    value.doubles(&here, found);
                }
            }
            Self::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    value.doubles(&Place::Item(at, index), found);
                }
            }
            Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Jws(..)
            | Self::More(_)
            | Self::Secret => {}
        }
    }

    /// As plain JSON: of members that stand twice the last, and nothing of what is left out.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => json!(value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => json!(text),
            Self::Array(values) => {
                let shown = values.iter().filter(|value| !value.is_more());
                shown.map(Self::json).collect()
            }
            Self::Object(members) => {
                let members = members
                    .iter()
                    .filter(|(_, value)| !value.is_more())
                    .map(|(name, value)| (name.clone(), value.json()));
                Value::Object(Map::from_iter(members))
            }
            Self::Jws(what, inner) => json!({ "jws": what, "content": inner.json() }),
            Self::More(count) => json!(count),
            Self::Secret => json!("(redacted)"),
        }
    }

    pub(crate) const fn is_more(&self) -> bool {
        matches!(self, Self::More(_))
    }

    /// Every time in it: place and moment.
    pub(crate) fn times<F: FnMut(&Place<'_>, Timestamp)>(&self, at: &Place<'_>, found: &mut F) {
        match self {
            Self::Object(members) => {
                for (name, value) in members {
                    let here = Place::Member(at, name);
                    match moment(name, value) {
                        Some(time) => found(&here, time),
                        None => value.times(&here, found),
                    }
                }
            }
            Self::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    value.times(&Place::Item(at, index), found);
                }
            }
            Self::Jws(_, inner) => inner.times(&Place::Member(at, "content"), found),
            Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::More(_)
            | Self::Secret => {}
        }
    }
}

/// The time that a member is, if its name is one of those that are.
pub(crate) fn moment(name: &str, value: &Tree) -> Option<Timestamp> {
    let Tree::Number(number) = value else {
        return None;
    };
    let seconds = number.as_u64()?;
    TIMES
        .contains(&name)
        .then(|| Timestamp::from_seconds(seconds))?
}

/// One step down a JSON pointer (RFC 6901).
pub(crate) fn pointer(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Bool(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Tree, E> {
                Ok(Tree::Number(value.into()))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Tree, E> {
                Ok(Tree::Number(value.into()))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Tree, E> {
                Ok(Number::from_f64(value).map_or(Tree::Null, Tree::Number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Tree, E> {
                Ok(Tree::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Tree::Array(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Tree::Object(members))
            }
        }

        deserializer.deserialize_any(Any)
    }
}
