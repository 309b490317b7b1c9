//! An envelope of an older system, as it came.

use crate::header::{self, not_null};
use crate::{EnvelopeRefusal, Fault, Kind, Unverified};
use mydata_core::json;
use serde::Deserialize;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// At most this many signatures: no record of the framework bears more than two.
const MAX_SIGNATURES: usize = 4;

/// One signature with its headers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    pub(crate) protected: Box<str>,
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) header: Option<header::Wire>,
    pub(crate) signature: Box<str>,
}

/// What an envelope is made of, and the octets that it came in.
#[derive(Debug)]
pub(crate) struct Parts {
    octets: Box<[u8]>,
    pub(crate) payload: Box<str>,
    pub(crate) signatures: Vec<Part>,
}

/// An envelope as it came: nothing in it is decoded, nothing believed.
///
/// It can be kept and shown, octet for octet, and sent nowhere: nothing in this workspace takes it.
pub struct Received<T> {
    parts: Arc<Parts>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Received<T> {
    pub(crate) const fn from_parts(parts: Arc<Parts>) -> Self {
        Self {
            parts,
            kind: PhantomData,
        }
    }

    /// The octets, exactly as they came, white space and all.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.parts.octets
    }
}

impl<T: Kind> Received<T> {
    /// Reads the flattened or general JSON form, in which the SDK keeps records.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn from_json(octets: &[u8]) -> Result<Self, Fault> {
        let wire: Wire = json::from_slice(octets, T::LIMITS.enveloped()).map_err(Fault::Json)?;
        let signatures = match (wire.protected, wire.header, wire.signature, wire.signatures) {
            (Some(protected), header, Some(signature), None) => vec![Part {
                protected,
                header,
                signature,
            }],
            (None, None, None, Some(parts)) if (1..=MAX_SIGNATURES).contains(&parts.len()) => parts,
            (None, None, None, _) | (_, _, _, None) => {
                return Err(EnvelopeRefusal::Malformed.into());
            }
            (_, _, _, Some(_)) => return Err(EnvelopeRefusal::MixedForms.into()),
        };
        Ok(Self::from_parts(Arc::new(Parts {
            octets: octets.into(),
            payload: wire.payload,
            signatures,
        })))
    }

    /// Reads the compact form, in which the SDK sends tokens and data requests.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn from_compact(text: &str) -> Result<Self, Fault> {
        let too_long = text.len() > T::LIMITS.enveloped().octets;
        let mut parts = text.split('.');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(protected), Some(payload), Some(signature), None) if !too_long => {
                Ok(Self::from_parts(Arc::new(Parts {
                    octets: text.as_bytes().into(),
                    payload: payload.into(),
                    signatures: vec![Part {
                        protected: protected.into(),
                        header: None,
                        signature: signature.into(),
                    }],
                })))
            }
            _ => Err(EnvelopeRefusal::Malformed.into()),
        }
    }

    /// Decodes the headers and the payload. What comes out is still not believed.
    ///
    /// # Errors
    /// [`Fault`] for a header or a payload that no older system writes.
    pub fn open(&self) -> Result<Unverified<T>, Fault> {
        Unverified::open(&self.parts)
    }
}

impl<T> Clone for Received<T> {
    fn clone(&self) -> Self {
        Self::from_parts(Arc::clone(&self.parts))
    }
}

impl<T> fmt::Debug for Received<T> {
    /// The number of octets only: a record may say who it is about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({} octets)", self.parts.octets.len())
    }
}

/// Both JSON forms at once, so that a mixture can be told from either.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    payload: Box<str>,
    #[serde(default, deserialize_with = "not_null")]
    protected: Option<Box<str>>,
    #[serde(default, deserialize_with = "not_null")]
    header: Option<header::Wire>,
    #[serde(default, deserialize_with = "not_null")]
    signature: Option<Box<str>>,
    #[serde(default, deserialize_with = "not_null")]
    signatures: Option<Vec<Part>>,
}
