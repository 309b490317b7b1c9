//! Checking signatures of older systems, and what that gives.

use crate::header::{self, Alg, Header};
use crate::received::Parts;
#[cfg(feature = "rsa")]
use crate::rsa::{RsaKey, RsaKeys};
use crate::{EnvelopeRefusal, Fault, Kind, Received, base64};
use mydata_core::crypto::{Crypto, Signature};
use mydata_core::id::KeyId;
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
    pub key: SignatoryKey,
}

/// A key that older systems have signed with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatoryKey {
    /// One of the two kinds that 2.0 knows.
    Ours(PublicKey),
    /// RSA: with the feature `rsa`, and where the caller has bound it.
    #[cfg(feature = "rsa")]
    Rsa(RsaKey),
}

impl SignatoryKey {
    /// Its id.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        match self {
            Self::Ours(key) => key.kid(),
            #[cfg(feature = "rsa")]
            Self::Rsa(key) => key.kid(),
        }
    }

    /// Whether the two are one key, under whatever id.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ours(one), Self::Ours(other)) => one.material() == other.material(),
            #[cfg(feature = "rsa")]
            (Self::Rsa(one), Self::Rsa(other)) => one.modulus() == other.modulus(),
            #[cfg(feature = "rsa")]
            (Self::Ours(_), Self::Rsa(_)) | (Self::Rsa(_), Self::Ours(_)) => false,
        }
    }
}

/// All that a verification may use.
struct Bound<'a> {
    crypto: &'a dyn Crypto,
    keys: PartyKeys<'a>,
    #[cfg(feature = "rsa")]
    rsa: Option<&'a RsaKeys<'a>>,
}

impl Bound<'_> {
    /// Every key of a party.
    fn of(&self, party: Party) -> Vec<SignatoryKey> {
        let ours = self.keys.keys(party).cloned().map(SignatoryKey::Ours);
        #[cfg(feature = "rsa")]
        let ours = {
            let rsa = self
                .rsa
                .into_iter()
                .flat_map(|rsa| rsa.keys(party).cloned());
            ours.chain(rsa.map(SignatoryKey::Rsa))
        };
        ours.collect()
    }

    /// Whether an algorithm can be verified at all.
    const fn knows(&self, alg: Alg) -> bool {
        match alg {
            Alg::Ours(_) => true,
            #[cfg(feature = "rsa")]
            Alg::Rs256 => self.rsa.is_some(),
            #[cfg(not(feature = "rsa"))]
            Alg::Rs256 => false,
        }
    }

    /// Whether the signature in base64url is `key`'s over `message`.
    fn check(
        &self,
        alg: Alg,
        key: &SignatoryKey,
        message: &[u8],
        text: &str,
    ) -> Result<(), EnvelopeRefusal> {
        let is_good = match (alg, key) {
            (Alg::Ours(alg), SignatoryKey::Ours(key)) if key.algorithm() == alg => {
                self.crypto.verify(key, message, &signature(text)?)
            }
            #[cfg(feature = "rsa")]
            (Alg::Rs256, SignatoryKey::Rsa(key)) => {
                let octets = base64::decode(text).ok_or(EnvelopeRefusal::NotBase64url)?;
                self.rsa
                    .is_some_and(|rsa| rsa.verify(key, message, &octets))
            }
            _ => return Err(EnvelopeRefusal::AlgMismatch),
        };
        is_good
            .then_some(())
            .ok_or(EnvelopeRefusal::SignatureInvalid)
    }
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
        self.verify_by(&Bound {
            crypto,
            keys: *keys,
            #[cfg(feature = "rsa")]
            rsa: None,
        })
    }

    /// [`verify`](Self::verify), with RSA keys beside the others: a signature under `RS256` verifies with
    /// one of them, and with nothing else.
    ///
    /// # Errors
    /// [`Fault`].
    #[cfg(feature = "rsa")]
    pub fn verify_with_rsa(
        self,
        crypto: &dyn Crypto,
        keys: &PartyKeys<'_>,
        rsa: &RsaKeys<'_>,
    ) -> Result<Authentic<T>, Fault> {
        self.verify_by(&Bound {
            crypto,
            keys: *keys,
            rsa: Some(rsa),
        })
    }

    fn verify_by(self, bound: &Bound<'_>) -> Result<Authentic<T>, Fault> {
        if !self.headers.iter().all(|header| bound.knows(header.alg)) {
            return Err(EnvelopeRefusal::AlgRsa.into());
        }
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
                Some(kid) => find(parties, bound, kid)?.ok_or(EnvelopeRefusal::KidUnknown)?,
                None if T::NAMES_KEY => return Err(EnvelopeRefusal::KidMissing.into()),
                None => told(parties, bound)?,
            };
            let differs = |brought: &PublicKey| SignatoryKey::Ours(brought.clone()) != key;
            if header.brought.iter().any(differs) {
                return Err(EnvelopeRefusal::KeyDiffers.into());
            }
            // Two signatures are two parties with two keys: one key under two ids is one signer.
            let twice = |earlier: &Signatory| earlier.party == party || earlier.key.is_same(&key);
            if signed_by.iter().any(twice) {
                return Err(EnvelopeRefusal::SignerSet.into());
            }
            let input = [&*part.protected, ".", &*self.parts.payload].concat();
            bound.check(header.alg, &key, input.as_bytes(), &part.signature)?;
            if let SignatoryKey::Ours(key) = &key
                && !bound
                    .keys
                    .admits(party, key, || Some(self.value.signed_at()))
            {
                return Err(EnvelopeRefusal::KeyNotInForce.into());
            }
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

/// The one key with this id among those of the parties that may sign, if there is one.
fn find(
    parties: &[Party],
    bound: &Bound<'_>,
    kid: &KeyId,
) -> Result<Option<(Party, SignatoryKey)>, EnvelopeRefusal> {
    let mut found = None;
    for party in parties {
        for key in bound.of(*party) {
            if key.kid() == kid && found.replace((*party, key)).is_some() {
                return Err(EnvelopeRefusal::KidAmbiguous);
            }
        }
    }
    Ok(found)
}

/// The one key that the caller has bound, where no header names one.
fn told(parties: &[Party], bound: &Bound<'_>) -> Result<(Party, SignatoryKey), EnvelopeRefusal> {
    let of = |party: &Party| {
        let party = *party;
        let keys = bound.of(party).into_iter();
        keys.map(move |key| (party, key))
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
