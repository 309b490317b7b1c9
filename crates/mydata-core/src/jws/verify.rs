//! Believing envelopes.

use super::header::{self, Header};
use super::sealed::Parts;
use super::{JwsFault, JwsRefusal, Payload, Sealed};
use crate::base64;
use crate::crypto::{Crypto, Sha256, Signature};
use crate::json;
use crate::jwk::PublicKey;
use crate::party::{Party, PartyKeys, SignedBy, SignerRule};
use crate::time::Timestamp;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A record that has been read and not verified. Its contents are out of reach but for
/// [`hint`](Self::hint), which may be used to find the keys to verify it with.
pub struct Unverified<T> {
    parts: Arc<Parts>,
    headers: Vec<Header>,
    value: T,
}

impl<T: Payload> Unverified<T> {
    pub(super) fn open(sealed: &Sealed<T>) -> Result<Self, JwsFault> {
        let parts = &sealed.parts;
        let headers = parts
            .signatures()
            .map(|(signing, _)| header::read(signing.protected, signing.header, T::TYP, T::NAMING))
            .collect::<Result<Vec<_>, _>>()?;
        if parts.payload().len() / 4 * 3 > T::LIMITS.octets {
            let fault = json::JsonFault::nowhere(json::JsonRefusal::TooLarge);
            return Err(JwsFault::Payload(fault));
        }
        let octets = base64::decode(parts.payload()).ok_or(JwsRefusal::NotBase64url)?;
        let value = json::from_slice(&octets, T::LIMITS).map_err(JwsFault::Payload)?;
        Ok(Self {
            parts: Arc::clone(parts),
            headers,
            value,
        })
    }

    /// What the record says it is about. Untrusted: for looking up keys only.
    pub fn hint(&self) -> &T::Hint {
        self.value.hint()
    }

    /// Demands exactly the signatures that a `T` must bear ([`Payload::SIGNERS`]), each by a key
    /// that `keys` binds to its party: no more, no fewer, none twice.
    ///
    /// # Errors
    /// [`JwsFault`]; the record is given up, since a record that once failed is not tried again
    /// with other keys.
    //= FW-02, CN-33
    pub fn verify(
        self,
        crypto: &dyn Crypto,
        keys: &PartyKeys<'_>,
    ) -> Result<Verified<T>, JwsFault> {
        let (parties, count) = match T::SIGNERS {
            SignerRule::All(parties) => (parties, parties.len()),
            SignerRule::OneOf(parties) => (parties, 1),
        };
        if self.headers.len() != count {
            return Err(JwsRefusal::SignerSet.into());
        }
        let mut signed_by: Vec<SignedBy> = Vec::with_capacity(count);
        for (header, (signing, input)) in self.headers.iter().zip(self.parts.signatures()) {
            let (party, key) = find(header, parties, keys)?;
            // Two signatures are two parties with two keys: one key under two ids is one signer.
            let twice = |earlier: &SignedBy| {
                earlier.party == party || earlier.key.material() == key.material()
            };
            if signed_by.iter().any(twice) {
                return Err(JwsRefusal::SignerSet.into());
            }
            if key.algorithm() != header.alg {
                return Err(JwsRefusal::AlgMismatch.into());
            }
            let signature = signature(signing.signature)?;
            if !crypto.verify(key, input.as_bytes(), &signature) {
                return Err(JwsRefusal::SignatureInvalid.into());
            }
            if !keys.admits(party, key, || stated(&self.value, &self.parts)) {
                return Err(JwsRefusal::KeyNotInForce.into());
            }
            signed_by.push(SignedBy::new(party, key.clone()));
        }
        // Order of the signatures is free (contradiction C28); order of our list is not.
        signed_by.sort_by_key(|signed| signed.party);
        Ok(Verified(Arc::new(Believed {
            parts: self.parts,
            signed_by: signed_by.into(),
            value: self.value,
        })))
    }
}

/// When a record says that it was signed.
fn stated<T: Payload>(value: &T, parts: &Parts) -> Option<Timestamp> {
    #[derive(serde::Deserialize)]
    struct Issued {
        iat: Timestamp,
    }

    value.signed_at().or_else(|| {
        let octets = base64::decode(parts.payload())?;
        let issued: Issued = json::from_slice(&octets, T::LIMITS).ok()?;
        Some(issued.iat)
    })
}

/// A signature of 64 octets; the last of its 86 characters has no bits to spare.
fn signature(text: &str) -> Result<Signature, JwsRefusal> {
    if let Some(octets) = base64::decode_array(text) {
        return Ok(Signature::from_octets(octets));
    }
    // Of another length, or no base64url at all.
    Err(base64::decode(text).map_or(JwsRefusal::NotBase64url, |_| JwsRefusal::SignatureInvalid))
}

/// The one key that the header names among those of the parties that may sign.
fn find<'k>(
    header: &Header,
    parties: &[Party],
    keys: &PartyKeys<'k>,
) -> Result<(Party, &'k PublicKey), JwsRefusal> {
    let mut found = None;
    for party in parties {
        if let Some(key) = keys.keys(*party).find(|key| header.key.is_of(key))
            && found.replace((*party, key)).is_some()
        {
            return Err(JwsRefusal::KidAmbiguous);
        }
    }
    found.ok_or(header.key.unknown())
}

impl<T> fmt::Debug for Unverified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unverified({} octets)", self.parts.payload().len())
    }
}

/// A record whose signatures have been verified: exactly those that it must bear.
///
/// Only [`Unverified::verify`] makes one. It reads as the record itself; cloning shares. Two are
/// equal when the same parties signed the same octets, the header of the first signature among them.
pub struct Verified<T>(Arc<Believed<T>>);

struct Believed<T> {
    parts: Arc<Parts>,
    signed_by: Box<[SignedBy]>,
    value: T,
}

impl<T: Payload> Verified<T> {
    /// Who signed, in the order of [`Party`].
    #[must_use]
    pub fn signed_by(&self) -> &[SignedBy] {
        &self.0.signed_by
    }

    /// Whether `party` signed.
    #[must_use]
    pub fn is_signed_by(&self, party: Party) -> bool {
        self.0.signed_by.iter().any(|signed| signed.party == party)
    }

    /// Whether the keys that verified this record are the very keys that `keys` binds, and were in force
    /// when it was signed.
    ///
    /// A proof is only as good as the keys it was made with, and those were the caller's. Whoever
    /// receives a verified record from elsewhere in the program asks this first.
    #[must_use]
    pub fn is_signed_with(&self, keys: &PartyKeys<'_>) -> bool {
        self.0.signed_by.iter().all(|signed| {
            let bound = keys.get(signed.party, signed.key.kid());
            let stated = || stated(&self.0.value, &self.0.parts);
            bound == Some(&signed.key) && keys.admits(signed.party, &signed.key, stated)
        })
    }

    /// The envelope as it was received, to be sent on or stored.
    #[must_use]
    pub fn seal(&self) -> Sealed<T> {
        Sealed::from_parts(Arc::clone(&self.0.parts))
    }

    /// SHA-256 of the octets that the first signature is over: `protected`, a full stop and
    /// `payload` as they stand in the envelope. It commits to the whole record and not to the
    /// signature, which has a twin under ES256.
    #[must_use]
    pub fn digest(&self, crypto: &dyn Crypto) -> Sha256 {
        crypto.sha256(self.0.parts.signed().as_bytes())
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.0.parts
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T> Clone for Verified<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Verified<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.parts.signed() == other.0.parts.signed()
                && self.0.signed_by == other.0.signed_by)
    }
}

impl<T> Eq for Verified<T> {}

impl<T> Hash for Verified<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.parts.signed().hash(state);
        self.0.signed_by.hash(state);
    }
}

impl<T> fmt::Debug for Verified<T> {
    /// Who signed, never what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Verified").field(&self.0.signed_by).finish()
    }
}
