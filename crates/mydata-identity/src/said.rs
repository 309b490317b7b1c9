//! What a foreign document says, as far as it may mean something here.
//!
//! A tree of everything would take a hundred times the room of some documents, and whoever sends a token has
//! proven nothing yet. So of an object only a few members are kept, and of a list texts and objects; of all else it
//! is known that it was there.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;

/// Members of inner objects that are kept: of a permission, and of a JWK what says something about a key, with
/// the members of a private one, which are looked at to be refused.
const KEPT: [&str; 20] = [
    "alg",
    "crv",
    "d",
    "dp",
    "dq",
    "e",
    "k",
    "key_ops",
    "kid",
    "kty",
    "n",
    "oth",
    "p",
    "permissions",
    "q",
    "qi",
    "scopes",
    "use",
    "x",
    "y",
];

/// A value.
#[derive(Debug)]
pub(crate) enum Said {
    Text(Box<str>),
    /// A whole number that is not negative.
    Number(u64),
    /// A list of texts and objects.
    List(Vec<Self>),
    /// The texts and objects of a list with other values in it.
    Mixed(Vec<Self>),
    /// The members that are kept.
    Object(Vec<(&'static str, Self)>),
    /// Anything else.
    Other,
}

impl Said {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::List(_) | Self::Mixed(_) | Self::Object(_) | Self::Other => {
                None
            }
        }
    }

    /// The text, or those of a list.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let elements = self.elements().iter().filter_map(Self::text);
        self.text().into_iter().chain(elements)
    }

    /// The elements that are kept; none when it is no list.
    pub(crate) fn elements(&self) -> &[Self] {
        match self {
            Self::List(elements) | Self::Mixed(elements) => elements,
            Self::Text(_) | Self::Number(_) | Self::Object(_) | Self::Other => &[],
        }
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let found = members.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Said;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Said, E> {
        Ok(Said::Other)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Said, E> {
        Ok(u64::try_from(number).map_or(Said::Other, Said::Number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Said, E> {
        Ok(Said::Number(number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Said, E> {
        Ok(Said::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Said, E> {
        Ok(Said::Text(text.into()))
    }

    fn visit_unit<E>(self) -> Result<Said, E> {
        Ok(Said::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Said, A::Error> {
        let (mut kept, mut is_whole) = (Vec::new(), true);
        while let Some(said) = access.next_element()? {
            match said {
                Said::Text(_) => kept.push(said),
                Said::Object(ref members) if !members.is_empty() => kept.push(said),
                Said::Object(_)
                | Said::Number(_)
                | Said::List(_)
                | Said::Mixed(_)
                | Said::Other => {
                    is_whole = false;
                }
            }
        }
        Ok(if is_whole {
            Said::List(kept)
        } else {
            Said::Mixed(kept)
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Said, A::Error> {
        let mut members = Vec::new();
        while let Some(Name(name)) = access.next_key()? {
            match name {
                Some(name) => {
                    // Most objects have one at the most.
                    members.reserve_exact(1);
                    members.push((name, access.next_value()?));
                }
                None => drop(access.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Said::Object(members))
    }
}

/// The name of a member that is kept.
struct Name(Option<&'static str>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        mydata_core::json::from_text(deserializer, "a name", |text| {
            Some(Self(KEPT.into_iter().find(|name| *name == text)))
        })
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// As a reader of keys takes it: what is none of its values comes as a number, which is no value of a JWK's.
impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(elements) => serializer.collect_seq(elements),
            Self::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, said)| (name, said)))
            }
            Self::Number(_) | Self::Mixed(_) | Self::Other => serializer.serialize_u8(0),
        }
    }
}

/// The members of an object, all of them.
#[derive(Debug)]
pub(crate) struct Members(Vec<(Box<str>, Said)>);

impl Members {
    pub(crate) fn get(&self, name: &str) -> Option<&Said> {
        let found = self.0.iter().find(|(known, _)| **known == *name);
        found.map(|(_, value)| value)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;

        impl<'de> Visitor<'de> for Whole {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((name, said)) = access.next_entry::<Box<str>, Said>()? {
                    members.push((name, said));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Whole)
    }
}
