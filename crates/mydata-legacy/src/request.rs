//! Signed data requests of older systems (Data Transfer 1.3 §3.2): what stood after `PoP ` in the
//! header `Authorization`.

use crate::authentic::payload;
use crate::raw::Scalar;
use crate::token::Token;
use crate::{Fault, Kind, Received, RecordRefusal};
use mydata_core::json::Limits;
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, de};
use std::fmt;

/// A data request that a sink signed. It is not held against any request here: the SDK's sources
/// did not, and these are for the record. `q`, `h` and `b` stay in the octets. `Debug` prints nothing.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataRequest {
    token: Box<str>,
    /// `ts`: when it was signed; a fraction is cut off (C18).
    pub signed_at: Timestamp,
    /// `m`: the method.
    pub method: Option<String>,
    /// `u`: the host; the SDK never wrote it.
    pub host: Option<String>,
    /// `p`: the path.
    pub path: Option<String>,
}

impl DataRequest {
    /// The token in it, unwrapped from `at` (C17): an envelope of its own, with a signature of its own.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn token(&self) -> Result<Received<Token>, Fault> {
        Received::from_compact(&self.token)
    }
}

impl Kind for DataRequest {
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Sink]);
    const LIMITS: Limits = Limits::TOKEN;
    const NAMES_KEY: bool = false;

    fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    fn read(octets: &[u8]) -> Result<Self, Fault> {
        let wire: Wire = payload(octets, Self::LIMITS)?;
        Ok(Self {
            token: wire.at.0.ok_or(RecordRefusal::At)?,
            signed_at: wire.ts.instant()?,
            method: wire.m,
            host: wire.u,
            path: wire.p,
        })
    }
}

impl fmt::Debug for DataRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataRequest(redacted)")
    }
}

#[derive(Deserialize)]
struct Wire {
    at: At,
    ts: Scalar,
    #[serde(default)]
    m: Option<String>,
    #[serde(default)]
    u: Option<String>,
    #[serde(default)]
    p: Option<String>,
}

/// The token in an object; none when a string stands there, as in 2.0.
struct At(Option<Box<str>>);

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wrapped {
            auth_token: Box<str>,
        }

        struct Reader;

        impl<'de> de::Visitor<'de> for Reader {
            type Value = At;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with `auth_token`")
            }

            fn visit_str<E: de::Error>(self, _: &str) -> Result<At, E> {
                Ok(At(None))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<At, A::Error> {
                let wrapped = Wrapped::deserialize(MapAccessDeserializer::new(map))?;
                Ok(At(Some(wrapped.auth_token)))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}
