//! An envelope as it travels: nothing in it is decoded, nothing believed.

use super::header::Unprotected;
use super::{JwsFault, JwsRefusal, Payload, Unverified};
use crate::json;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

/// At most this many signatures: no record of the framework bears more than two.
const MAX_SIGNATURES: usize = 4;

/// One signature with its headers, in base64url as received.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) protected: Box<str>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "not_null"
    )]
    pub(super) header: Option<Unprotected>,
    pub(super) signature: Box<str>,
}

/// The parts of an envelope, as received; at least one signature.
///
/// Protected header and payload stand together, as the signature is over them: nothing has to be
/// put together again to verify it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Parts {
    /// `protected.payload.signature` of the first signature: its compact form.
    compact: Box<str>,
    /// Where the payload begins.
    payload: u32,
    /// Where the signature begins.
    signature: u32,
    header: Option<Box<Unprotected>>,
    /// The other signatures.
    more: Box<[Part]>,
}

/// One signature, wherever it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signing<'a> {
    pub(super) protected: &'a str,
    pub(super) header: Option<&'a Unprotected>,
    pub(super) signature: &'a str,
}

impl Parts {
    /// `None` for more octets than any record has.
    pub(super) fn new(payload: &str, first: Part, more: Box<[Part]>) -> Option<Self> {
        let compact = [&*first.protected, ".", payload, ".", &*first.signature].concat();
        Some(Self {
            payload: u32::try_from(first.protected.len() + 1).ok()?,
            signature: u32::try_from(compact.len() - first.signature.len()).ok()?,
            compact: compact.into(),
            header: first.header.map(Box::new),
            more,
        })
    }

    /// From the compact form: three parts, none of which has a full stop in it.
    pub(super) fn from_compact(text: Box<str>) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (protected, payload) = signed.split_once('.')?;
        if payload.contains('.') {
            return None;
        }
        Some(Self {
            payload: u32::try_from(protected.len() + 1).ok()?,
            signature: u32::try_from(text.len() - signature.len()).ok()?,
            compact: text,
            header: None,
            more: Box::default(),
        })
    }

    /// The compact form, when it can carry all there is: it would not tell a full stop in a part, which
    /// is no base64url but may have come in JSON, from one between the parts.
    pub(super) fn as_compact(&self) -> Option<&str> {
        let stops = self.compact.bytes().filter(|octet| *octet == b'.').count();
        let is_compact = self.more.is_empty() && self.header.is_none() && stops == 2;
        is_compact.then_some(&self.compact)
    }

    fn part(&self, from: u32, to: u32) -> &str {
        let range = from as usize..to as usize;
        self.compact.get(range).unwrap_or_default()
    }

    pub(super) fn payload(&self) -> &str {
        self.part(self.payload, self.signature - 1)
    }

    /// The octets that the first signature is over (RFC 7515 §5.1 step 8).
    pub(super) fn signed(&self) -> &str {
        self.part(0, self.signature - 1)
    }

    pub(super) fn first(&self) -> Signing<'_> {
        Signing {
            protected: self.part(0, self.payload - 1),
            header: self.header.as_deref(),
            signature: self
                .compact
                .get(self.signature as usize..)
                .unwrap_or_default(),
        }
    }

    /// All signatures, in their order, each with the octets that it is over.
    pub(super) fn signatures(&self) -> impl Iterator<Item = (Signing<'_>, Cow<'_, str>)> {
        let more = self.more.iter().map(|part| {
            let signing = Signing {
                protected: &part.protected,
                header: part.header.as_ref(),
                signature: &part.signature,
            };
            let input = [&*part.protected, ".", self.payload()].concat();
            (signing, Cow::Owned(input))
        });
        std::iter::once((self.first(), Cow::Borrowed(self.signed()))).chain(more)
    }

    /// The same with one signature more.
    pub(super) fn with(&self, part: Part) -> Self {
        let mut more = self.more.to_vec();
        more.push(part);
        Self {
            compact: self.compact.clone(),
            payload: self.payload,
            signature: self.signature,
            header: self.header.clone(),
            more: more.into(),
        }
    }
}

/// A signed record on its way: what messages carry. In JSON the flattened form for one signature,
/// the general form for several; [`Sealed::open`] is the next step.
///
/// Two are equal when their octets are; that says nothing about who signed.
//= FW-02, SL-06, CN-12
pub struct Sealed<T> {
    pub(super) parts: Arc<Parts>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Sealed<T> {
    pub(super) const fn from_parts(parts: Arc<Parts>) -> Self {
        Self {
            parts,
            kind: PhantomData,
        }
    }

    /// The same octets under another name: nothing in them has been believed, and [`Sealed::open`]
    /// still refuses what is not of the kind.
    #[must_use]
    pub fn renamed<U>(&self) -> Sealed<U> {
        Sealed::from_parts(Arc::clone(&self.parts))
    }

    /// The octets kept: payload, headers and signatures in base64url.
    #[must_use]
    pub fn kept_octets(&self) -> usize {
        let more = self.parts.more.iter();
        let more: usize = more.map(|p| p.protected.len() + p.signature.len()).sum();
        self.parts.compact.len() - 2 + more
    }
}

impl<T: Payload> Sealed<T> {
    /// Reads the flattened or general JSON form.
    ///
    /// # Errors
    /// [`JwsFault`].
    pub fn from_json(octets: &[u8]) -> Result<Self, JwsFault> {
        let wire: Wire = json::from_slice(octets, T::LIMITS.enveloped()).map_err(JwsFault::Json)?;
        Self::try_from(wire)
    }

    /// Reads the compact form.
    ///
    /// # Errors
    /// [`JwsFault`].
    pub fn from_compact(text: &str) -> Result<Self, JwsFault> {
        if text.len() > T::LIMITS.enveloped().octets {
            return Err(JwsRefusal::Malformed.into());
        }
        let parts = Parts::from_compact(text.into()).ok_or(JwsRefusal::Malformed)?;
        Ok(Self::from_parts(Arc::new(parts)))
    }

    /// The JSON form: flattened for one signature, general for several.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The compact form; `None` when there is more than one signature or an unprotected header,
    /// which it cannot carry, or a part is not of its characters.
    #[must_use]
    pub fn to_compact(&self) -> Option<String> {
        self.parts.as_compact().map(str::to_owned)
    }

    /// Decodes the headers and the payload. What comes out is still not believed.
    ///
    /// # Errors
    /// [`JwsFault`] for a header, a `typ` or a payload that is not of this kind.
    pub fn open(&self) -> Result<Unverified<T>, JwsFault> {
        Unverified::open(self)
    }
}

/// Both JSON forms at once, so that a mixture can be told from either.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    payload: Box<str>,
    #[serde(default, deserialize_with = "not_null")]
    protected: Option<Box<str>>,
    #[serde(default, deserialize_with = "not_null")]
    header: Option<Unprotected>,
    #[serde(default, deserialize_with = "not_null")]
    signature: Option<Box<str>>,
    #[serde(default, deserialize_with = "not_null")]
    signatures: Option<Vec<Part>>,
}

/// A member that is there has a value: `null` is not the same as absent.
fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}

impl<T> TryFrom<Wire> for Sealed<T> {
    type Error = JwsFault;

    fn try_from(wire: Wire) -> Result<Self, JwsFault> {
        let signatures = match (wire.protected, wire.header, wire.signature, wire.signatures) {
            (Some(protected), header, Some(signature), None) => vec![Part {
                protected,
                header,
                signature,
            }],
            (None, None, None, Some(parts)) if (1..=MAX_SIGNATURES).contains(&parts.len()) => parts,
            (None, None, None, _) | (_, _, _, None) => return Err(JwsRefusal::Malformed.into()),
            (_, _, _, Some(_)) => return Err(JwsRefusal::MixedForms.into()),
        };
        let mut signatures = signatures.into_iter();
        let first = signatures.next().ok_or(JwsRefusal::Malformed)?;
        let parts = Parts::new(&wire.payload, first, signatures.collect());
        let parts = parts.ok_or(JwsRefusal::Malformed)?;
        Ok(Self::from_parts(Arc::new(parts)))
    }
}

/// One signature as it is written.
#[derive(Serialize)]
struct Written<'a> {
    protected: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'a Unprotected>,
    signature: &'a str,
}

impl<'a> From<Signing<'a>> for Written<'a> {
    fn from(signing: Signing<'a>) -> Self {
        Self {
            protected: signing.protected,
            header: signing.header,
            signature: signing.signature,
        }
    }
}

#[derive(Serialize)]
struct Flattened<'a> {
    payload: &'a str,
    #[serde(flatten)]
    one: Written<'a>,
}

#[derive(Serialize)]
struct General<'a> {
    payload: &'a str,
    signatures: Vec<Written<'a>>,
}

impl<T> Serialize for Sealed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let payload = self.parts.payload();
        if self.parts.more.is_empty() {
            let one = self.parts.first().into();
            Flattened { payload, one }.serialize(serializer)
        } else {
            let signatures = self.parts.signatures().map(|(s, _)| s.into()).collect();
            General {
                payload,
                signatures,
            }
            .serialize(serializer)
        }
    }
}

impl<'de, T> Deserialize<'de> for Sealed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Self::try_from(wire).map_err(de::Error::custom)
    }
}

impl<T> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Self::from_parts(Arc::clone(&self.parts))
    }
}

impl<T> PartialEq for Sealed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl<T> Eq for Sealed<T> {}

impl<T> Hash for Sealed<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts.hash(state);
    }
}

impl<T> fmt::Debug for Sealed<T> {
    /// The number of octets only: a record may say who it is about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} octets)", self.kept_octets())
    }
}

#[cfg(feature = "schema")]
impl<T> schemars::JsonSchema for Sealed<T> {
    fn schema_name() -> Cow<'static, str> {
        "Jws".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A JWS in flattened (one signature) or general (two) JSON form (RFC 7515 section 7.2)",
            "oneOf": [
                { "type": "object", "required": ["payload", "protected", "signature"], "additionalProperties": false,
                  "properties": { "payload": { "type": "string" }, "protected": { "type": "string" },
                    "header": { "type": "object" }, "signature": { "type": "string" } } },
                { "type": "object", "required": ["payload", "signatures"], "additionalProperties": false,
                  "properties": { "payload": { "type": "string" }, "signatures": { "type": "array", "minItems": 1, "maxItems": 4 } } }
            ]
        })
    }
}
