//! JSON as it stands in a file: members in their order, and those that stand twice.

use crate::paper::{Ink, Page, escape_json};
use mydata::core::time::Timestamp;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, json};
use std::collections::BTreeSet;
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

/// Members of a JWK that are private (RFC 7518 §6).
const PRIVATE: &[&str] = &["d", "k", "p", "q", "dp", "dq", "qi", "oth"];

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
        match self {
            Self::Object(members) => Some(members),
            Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Array(_)
            | Self::Jws(..)
            | Self::Secret => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Array(_)
            | Self::Object(_)
            | Self::Jws(..)
            | Self::Secret => None,
        }
    }

    pub(crate) fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.member(name).is_some())
    }

    /// Whether it is a key with something private in it.
    pub(crate) fn is_private_key(&self) -> bool {
        self.has(&["kty"]) && PRIVATE.iter().any(|name| self.has(&[name]))
    }

    /// The same without what is private: of a key its private members, and a text that hides one.
    pub(crate) fn redacted(self) -> Self {
        match self {
            Self::Object(members) => {
                // Also a key that has lost its `kty`.
                let of_key = |name: &str| matches!(name, "kty" | "crv" | "x");
                let is_key = members.iter().any(|(name, _)| of_key(name));
                let members = members.into_iter().map(|(name, value)| {
                    let is_private = is_key && PRIVATE.contains(&name.as_str());
                    let value = if is_private {
                        Self::Secret
                    } else {
                        value.redacted()
                    };
                    (name, value)
                });
                Self::Object(members.collect())
            }
            Self::Array(values) => Self::Array(values.into_iter().map(Self::redacted).collect()),
            Self::Text(text) if hides_a_key(&text) => Self::Secret,
            Self::Jws(what, inner) => Self::Jws(what, Box::new(inner.redacted())),
            other @ (Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Secret) => other,
        }
    }

    /// Where a member stands twice, as a JSON pointer.
    pub(crate) fn doubles(&self, at: &str, found: &mut Vec<String>) {
        match self {
            Self::Object(members) => {
                let mut names = BTreeSet::new();
                for (name, value) in members {
                    let here = pointer(at, name);
                    if !names.insert(name) {
                        found.push(here.clone());
                    }
                    value.doubles(&here, found);
                }
            }
            Self::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    value.doubles(&format!("{at}/{index}"), found);
                }
            }
            Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Jws(..)
            | Self::Secret => {}
        }
    }

    /// As plain JSON: of members that stand twice the last.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => json!(value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => json!(text),
            Self::Array(values) => values.iter().map(Self::json).collect(),
            Self::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| (name.clone(), value.json()));
                Value::Object(Map::from_iter(members))
            }
            Self::Jws(what, inner) => json!({ "jws": what, "content": inner.json() }),
            Self::Secret => json!("(redacted)"),
        }
    }

    /// Every time in it: pointer and moment.
    pub(crate) fn times(&self, at: &str, found: &mut Vec<(String, Timestamp)>) {
        match self {
            Self::Object(members) => {
                for (name, value) in members {
                    let here = pointer(at, name);
                    if let Some(time) = moment(name, value) {
                        found.push((here, time));
                    } else {
                        value.times(&here, found);
                    }
                }
            }
            Self::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    value.times(&format!("{at}/{index}"), found);
                }
            }
            Self::Jws(_, inner) => inner.times(&pointer(at, "content"), found),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Secret => {}
        }
    }

    /// Indented, with times in words beside the integers.
    pub(crate) fn print(&self, page: &mut Page, indent: usize) {
        self.value(page, indent);
        page.end();
    }

    fn value(&self, page: &mut Page, indent: usize) {
        match self {
            Self::Null => page.put(Ink::Plain, "null"),
            Self::Bool(value) => page.put(Ink::Plain, &value.to_string()),
            Self::Number(number) => page.put(Ink::Plain, &number.to_string()),
            Self::Text(text) => page.put(Ink::Plain, &quoted(text)),
            Self::Secret => page.put(Ink::Warning, "(redacted: a private key)"),
            Self::Jws(what, inner) => {
                page.put(Ink::Faint, &format!("signed {what} "));
                inner.value(page, indent);
            }
            Self::Array(values) => {
                let items = values.iter().map(|value| (None, value)).collect();
                block(page, indent, ("[", "]"), items);
            }
            Self::Object(members) => {
                let items = members
                    .iter()
                    .map(|(name, value)| (Some(name.as_str()), value));
                block(page, indent, ("{", "}"), items.collect());
            }
        }
    }
}

fn block(
    page: &mut Page,
    indent: usize,
    (open, close): (&str, &str),
    items: Vec<(Option<&str>, &Tree)>,
) {
    page.put(Ink::Plain, open);
    let last = items.len();
    for (at, (name, value)) in items.into_iter().enumerate() {
        page.end();
        page.put(Ink::Plain, &" ".repeat(indent + 2));
        if let Some(name) = name {
            page.put(Ink::Strong, &quoted(name));
            page.put(Ink::Plain, ": ");
        }
        value.value(page, indent + 2);
        if at + 1 < last {
            page.put(Ink::Plain, ",");
        }
        if let Some(time) = name.and_then(|name| moment(name, value)) {
            page.put(Ink::Faint, &format!("  ({time})"));
        }
    }
    if last > 0 {
        page.end();
        page.put(Ink::Plain, &" ".repeat(indent));
    }
    page.put(Ink::Plain, close);
}

fn moment(name: &str, value: &Tree) -> Option<Timestamp> {
    match value {
        Tree::Number(number) if TIMES.contains(&name) => Timestamp::from_seconds(number.as_u64()?),
        Tree::Null
        | Tree::Bool(_)
        | Tree::Number(_)
        | Tree::Text(_)
        | Tree::Array(_)
        | Tree::Object(_)
        | Tree::Jws(..)
        | Tree::Secret => None,
    }
}

/// A JSON string, every character that could steer a terminal written out.
fn quoted(text: &str) -> String {
    escape_json(&json!(text).to_string())
}

/// One step down a JSON pointer (RFC 6901).
pub(crate) fn pointer(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Whether a text has a private key in it: as JSON, as PEM, or either of them in base64.
pub(crate) fn hides_a_key(text: &str) -> bool {
    let says_so = |text: &str| {
        text.contains("PRIVATE KEY")
            || (["kty", "crv"].iter().any(|name| text.contains(name))
                && PRIVATE
                    .iter()
                    .any(|name| text.contains(&format!("\"{name}\""))))
    };
    says_so(text)
        || text.split('.').any(|part| {
            let octets = crate::inspect::base64::lenient(part);
            octets.is_some_and(|octets| says_so(&String::from_utf8_lossy(&octets)))
        })
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
