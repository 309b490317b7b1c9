//! Members as older systems wrote them: times (C06), wrapped keys (C03), sets of keys (C04), ends of a
//! chain (C10), account ids (C46), and lists of one that are no list.

use crate::RecordRefusal;
use mydata_core::id::{AccountId, RecordId};
use mydata_core::jwk::{KeySet, PublicKey};
use mydata_core::time::Timestamp;
use mydata_record::chain::Previous;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer as _, MapAccess, SeqAccess,
    Visitor,
};
use std::fmt;
use std::marker::PhantomData;

/// From here on a number counts milliseconds, below it seconds: seconds of the year 5138, and
/// milliseconds of 1973. No moment that a MyData system has seen is written alike in both.
const MILLISECONDS: u64 = 100_000_000_000;

/// A scalar where a time, an id or the end of a chain belongs; which of them it is, the member says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    Whole(u64),
    Fraction(f64),
    Text(Box<str>),
    Null,
    Other,
}

impl Scalar {
    /// A whole number, or one of 1 to 13 decimal digits in a string: no sign, no leading zero, no
    /// point, no exponent, no white space.
    fn whole(&self) -> Result<u64, RecordRefusal> {
        match self {
            Self::Whole(number) => Ok(*number),
            Self::Text(text) => {
                let digits = text.bytes().all(|b| b.is_ascii_digit());
                let plain = digits && (text.len() == 1 || !text.starts_with('0'));
                let number = text.parse().ok().filter(|_| plain && text.len() <= 13);
                number.ok_or(RecordRefusal::Time)
            }
            Self::Fraction(_) | Self::Null | Self::Other => Err(RecordRefusal::Time),
        }
    }

    /// A time of a record or a token: seconds.
    pub(crate) fn seconds(&self) -> Result<Timestamp, RecordRefusal> {
        let seconds = Some(self.whole()?).filter(|seconds| *seconds < MILLISECONDS);
        seconds
            .and_then(Timestamp::from_seconds)
            .ok_or(RecordRefusal::Time)
    }

    /// `ts` of a data request: seconds, whole or with a fraction, which is cut off (C18).
    pub(crate) fn instant(&self) -> Result<Timestamp, RecordRefusal> {
        let Self::Fraction(seconds) = *self else {
            return self.seconds();
        };
        // Below the limit every whole number stands exactly in 64 bits of binary floating point.
        if (0.0..MILLISECONDS as f64).contains(&seconds) {
            Timestamp::from_seconds(seconds as u64).ok_or(RecordRefusal::Time)
        } else {
            Err(RecordRefusal::Time)
        }
    }

    /// `createdOnDate` of a description: milliseconds, of which the last three digits are cut off.
    pub(crate) fn milliseconds(&self) -> Result<Timestamp, RecordRefusal> {
        let milliseconds = Some(self.whole()?).filter(|number| *number >= MILLISECONDS);
        milliseconds
            .and_then(|number| Timestamp::from_seconds(number / 1000))
            .ok_or(RecordRefusal::Time)
    }

    /// `prev_record_id`: null, `NULL`, `null` and the empty string are none (C10).
    pub(crate) fn previous(&self) -> Result<Previous, RecordRefusal> {
        match self {
            Self::Null => Ok(Previous::None),
            Self::Text(text) if matches!(&**text, "" | "NULL" | "null") => Ok(Previous::None),
            Self::Text(text) => RecordId::parse(text)
                .map(Previous::Record)
                .map_err(|_| RecordRefusal::Previous),
            Self::Whole(_) | Self::Fraction(_) | Self::Other => Err(RecordRefusal::Previous),
        }
    }

    /// An account id: a number of the account's table, or a string (C46).
    pub(crate) fn account(&self) -> Result<AccountId, RecordRefusal> {
        let parse = |text: &str| AccountId::parse(text).map_err(|_| RecordRefusal::AccountId);
        match self {
            Self::Whole(number) => parse(&number.to_string()),
            Self::Text(text) => parse(text),
            Self::Fraction(_) | Self::Null | Self::Other => Err(RecordRefusal::AccountId),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a string or null")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar::Whole(number))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar::Fraction(number))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.into()))
            }

            fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
                Ok(Scalar::Null)
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// A public key, bare or as the only member of an object `{"jwk": …}` (C03).
#[derive(Debug, Clone)]
pub(crate) struct Key(pub(crate) PublicKey);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JWK, or an object with one as `jwk`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Key, A::Error> {
                let first: Option<String> = map.next_key()?;
                if first.as_deref() != Some("jwk") {
                    let members = Bare { first, rest: map };
                    return PublicKey::deserialize(MapAccessDeserializer::new(members)).map(Key);
                }
                let key = map.next_value()?;
                match map.next_key::<String>()? {
                    None => Ok(Key(key)),
                    Some(_) => Err(A::Error::custom("a member beside `jwk`")),
                }
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

/// The members of a bare key, the first of which has been looked at; `jwk` is not one of them.
struct Bare<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Bare<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let name = match self.first.take() {
            Some(name) => Some(name),
            None => self.rest.next_key()?,
        };
        match name {
            Some(name) if name == "jwk" => Err(A::Error::custom("`jwk` inside a key")),
            Some(name) => seed.deserialize(name.into_deserializer()).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}

/// `cr_keys`: a JWK Set, or a bare array of keys (C04).
#[derive(Debug, Clone)]
pub(crate) struct Keys(pub(crate) KeySet);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Set {
            keys: Vec<Key>,
        }

        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Vec<Key>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JWK Set or an array of JWKs")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<Key>, A::Error> {
                Set::deserialize(MapAccessDeserializer::new(map)).map(|set| set.keys)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Vec<Key>, A::Error> {
                Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(seq))
            }
        }

        let keys = deserializer.deserialize_any(Reader)?;
        let keys = keys.into_iter().map(|key| key.0).collect();
        KeySet::new(keys).map(Self).map_err(D::Error::custom)
    }
}

/// Objects in an array, or one object without the array.
#[derive(Debug, Clone)]
pub(crate) struct OneOrMany<T>(pub(crate) Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or an array of objects")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|one| OneOrMany(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(OneOrMany)
            }
        }

        deserializer.deserialize_any(Reader(PhantomData))
    }
}

/// The value of a member that has had two names: under exactly one of them.
pub(crate) fn either<T>(one: Option<T>, other: Option<T>) -> Result<T, RecordRefusal> {
    match (one, other) {
        (Some(value), None) | (None, Some(value)) => Ok(value),
        (None, None) => Err(RecordRefusal::MemberMissing),
        (Some(_), Some(_)) => Err(RecordRefusal::NamedTwice),
    }
}
