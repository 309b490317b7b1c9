//! Checking signatures of older systems, and what that gives.

use crate::header::{self, Header};
use crate::received::Parts;
use crate::{EnvelopeRefusal, Fault, Kind, Received, base64};
use mydata_core::crypto::{Crypto, Signature};
use mydata_core::json::{self, Limits};
use mydata_core::jwk::PublicKey;
use mydata_core::party::{Party, PartyKeys, SignerRule};
use std::fmt;
use std::sync::Arc;

/// Who made a signature, and with which key.
///
/// Not the `SignedBy` of 2.0: what stands here convinces a reader and no machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Signatory {
    /// The party to which the caller had bound the key.
    pub party: Party,
    /// The key.
    pub key: PublicKey,
}

/// A record that has been read and not verified.
pub struct Unverified<T> {
    parts: Arc<Parts>,
    headers: Vec<Header>,
    value: T,
}

impl<T: Kind> Unverified<T> {
    pub(crate) fn open(parts: &Arc<Parts>) -> Result<Self, Fault> {
        let headers = parts
            .signatures
            .iter()
            .map(|part| header::read(&part.protected, part.header.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        let payload = base64::decode(&parts.payload).ok_or(EnvelopeRefusal::NotBase64url)?;
        Ok(Self {
            parts: Arc::clone(parts),
            headers,
            value: T::read(&payload)?,
        })
    }

    /// What the record claims: for finding the keys to verify it with, and for showing that it did
    /// not verify. Nobody is known to have signed it.
    #[must_use]
    pub const fn claims(&self) -> &T {
        &self.value
    }

    /// Demands exactly the signatures that a `T` must bear, each by a key that `keys` binds to its
    /// party: no more, no fewer, none twice. A key that a header brings must be the bound one, octet
    /// for octet, and changes nothing then (C30).
    ///
    /// # Errors
    /// [`Fault`]; the record is given up.
    pub fn verify(self, crypto: &dyn Crypto, keys: &PartyKeys<'_>) -> Result<Authentic<T>, Fault> {
        let (parties, count) = match T::SIGNERS {
            SignerRule::All(parties) => (parties, parties.len()),
            SignerRule::OneOf(parties) => (parties, 1),
        };
        if self.headers.len() != count {
            return Err(EnvelopeRefusal::SignerSet.into());
        }
        let mut signed_by: Vec<Signatory> = Vec::with_capacity(count);
        for (header, part) in self.headers.iter().zip(&self.parts.signatures) {
            let (party, key) = match &header.kid {
                Some(kid) => find(parties, keys, |key| key.kid() == kid)?
                    .ok_or(EnvelopeRefusal::KidUnknown)?,
                None if T::NAMES_KEY => return Err(EnvelopeRefusal::KidMissing.into()),
                None => told(parties, keys)?,
            };
            if header.brought.iter().any(|brought| brought != key) {
                return Err(EnvelopeRefusal::KeyDiffers.into());
            }
            // Two signatures are two parties with two keys: one key under two ids is one signer.
            let twice = |earlier: &Signatory| {
                earlier.party == party || earlier.key.material() == key.material()
            };
            if signed_by.iter().any(twice) {
                return Err(EnvelopeRefusal::SignerSet.into());
            }
            if key.algorithm() != header.alg {
                return Err(EnvelopeRefusal::AlgMismatch.into());
            }
            let input = [&*part.protected, ".", &*self.parts.payload].concat();
            let signature = signature(&part.signature)?;
            if !crypto.verify(key, input.as_bytes(), &signature) {
                return Err(EnvelopeRefusal::SignatureInvalid.into());
            }
            if !keys.admits(party, key, || Some(self.value.signed_at())) {
                return Err(EnvelopeRefusal::KeyNotInForce.into());
            }
            let key = key.clone();
            signed_by.push(Signatory { party, key });
        }
        signed_by.sort_by_key(|signed| signed.party);
        Ok(Authentic(Arc::new(Checked {
            parts: self.parts,
            signed_by,
            value: self.value,
        })))
    }
}

/// A signature of 64 octets.
fn signature(text: &str) -> Result<Signature, EnvelopeRefusal> {
    let octets = base64::decode(text).ok_or(EnvelopeRefusal::NotBase64url)?;
    let octets = <[u8; 64]>::try_from(octets).map_err(|_| EnvelopeRefusal::SignatureInvalid)?;
    Ok(Signature::from_octets(octets))
}

/// The one key that is meant among those of the parties that may sign, if there is one.
fn find<'k>(
    parties: &[Party],
    keys: &PartyKeys<'k>,
    is_meant: impl Fn(&PublicKey) -> bool,
) -> Result<Option<(Party, &'k PublicKey)>, EnvelopeRefusal> {
    let mut found = None;
    for party in parties {
        let mut bound = keys.keys(*party);
        if let Some(key) = bound.find(|key| is_meant(key))
            && found.replace((*party, key)).is_some()
        {
            return Err(EnvelopeRefusal::KidAmbiguous);
        }
    }
    Ok(found)
}

/// The one key that the caller has bound, where no header names one.
fn told<'k>(
    parties: &[Party],
    keys: &PartyKeys<'k>,
) -> Result<(Party, &'k PublicKey), EnvelopeRefusal> {
    let of = |party: &Party| {
        let party = *party;
        keys.keys(party).map(move |key| (party, key))
    };
    let mut bound = parties.iter().flat_map(of);
    match (bound.next(), bound.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(EnvelopeRefusal::KeyNotTold),
    }
}

impl<T> fmt::Debug for Unverified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unverified({} octets)", self.parts.payload.len())
    }
}

/// What an older system has signed: the signatures are good, and exactly those that were due.
///
/// Made by [`Unverified::verify`] only. It permits nothing: no machine of this workspace takes it, and
/// whether what it says still holds is not asked here.
pub struct Authentic<T>(Arc<Checked<T>>);

struct Checked<T> {
    parts: Arc<Parts>,
    signed_by: Vec<Signatory>,
    value: T,
}

impl<T> Authentic<T> {
    /// What it said: a plain value, for showing and for proposing what is to be signed anew.
    #[must_use]
    pub fn said(&self) -> &T {
        &self.0.value
    }

    /// Who signed, in the order of [`Party`].
    #[must_use]
    pub fn signed_by(&self) -> &[Signatory] {
        &self.0.signed_by
    }

    /// Whether `party` signed.
    #[must_use]
    pub fn is_signed_by(&self, party: Party) -> bool {
        self.0.signed_by.iter().any(|signed| signed.party == party)
    }

    /// The envelope as it came, for an export.
    #[must_use]
    pub fn received(&self) -> Received<T> {
        Received::from_parts(Arc::clone(&self.0.parts))
    }

    /// Whether the two are the same signed octets: the first signature's header and the payload.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let first = |parts: &Parts| parts.signatures.first().map(|part| part.protected.clone());
        let (one, two) = (&self.0.parts, &other.0.parts);
        one.payload == two.payload && first(one) == first(two)
    }
}

impl<T> Clone for Authentic<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Authentic<T> {
    /// Who signed, never what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authentic").field(&self.0.signed_by).finish()
    }
}

/// Reads a payload under its bounds, as every kind does.
pub(crate) fn payload<W: serde::de::DeserializeOwned>(
    octets: &[u8],
    limits: Limits,
) -> Result<W, Fault> {
    json::from_slice(octets, limits).map_err(Fault::Payload)
}
