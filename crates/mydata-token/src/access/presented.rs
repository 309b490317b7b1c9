//! The proof that came with a request, by either scheme.

use super::denial::AccessRefusal;
use crate::claims::TokenText;
use crate::dpop::DpopProof;
use crate::proof::{self, DataRequest, ProofRefusal};
use crate::replay::ReplayKey;
use crate::request::HttpRequest;
use crate::window::Window;
use mydata_core::crypto::Crypto;
use mydata_core::jwk::PublicKey;
use mydata_core::jws::{JwsFault, Sealed, Unverified, Verified};
use mydata_core::party::{Party, PartyKeys};
use mydata_core::time::Timestamp;
use mydata_record::possession::ProofScheme;

/// Opened, and not believed.
pub(super) enum Presented {
    Pop(Unverified<DataRequest>),
    Dpop(TokenText, Unverified<DpopProof>),
}

/// Signed with the key of the consent.
pub(super) enum Proven {
    Pop(Verified<DataRequest>),
    Dpop(TokenText, Verified<DpopProof>),
}

impl Presented {
    /// What the header `Authorization`, and for DPoP the header of that name, have in them.
    pub(super) fn read(
        authorization: &str,
        request: &HttpRequest<'_>,
    ) -> Result<Self, AccessRefusal> {
        if proof::carries_proof(request) {
            return Err(ProofRefusal::CarriedTwice.into());
        }
        // Where the headers were given, what is judged is the one that came.
        let mut came = request.values("authorization");
        if came.next().is_some_and(|one| one != authorization) || came.next().is_some() {
            return Err(ProofRefusal::Header.into());
        }
        let (scheme, compact) = proof::parse_authorization(authorization)?;
        match scheme {
            ProofScheme::Pop => open(compact).map(Self::Pop),
            ProofScheme::Dpop => {
                let proof = proof::compact_form(dpop_header(request)?)?;
                Ok(Self::Dpop(TokenText::new(compact), open(proof)?))
            }
        }
    }

    pub(super) const fn scheme(&self) -> ProofScheme {
        match self {
            Self::Pop(_) => ProofScheme::Pop,
            Self::Dpop(..) => ProofScheme::Dpop,
        }
    }

    /// The token, not opened.
    pub(super) fn token(&self) -> &TokenText {
        match self {
            Self::Pop(proof) => proof.hint(),
            Self::Dpop(token, _) => token,
        }
    }

    /// The signature, by the key of the consent and by no other.
    pub(super) fn verify(self, crypto: &dyn Crypto, key: &PublicKey) -> Result<Proven, JwsFault> {
        let keys = PartyKeys::none().with_key(Party::Sink, key);
        match self {
            Self::Pop(proof) => Ok(Proven::Pop(proof.verify(crypto, &keys)?)),
            Self::Dpop(token, proof) => Ok(Proven::Dpop(token, proof.verify(crypto, &keys)?)),
        }
    }
}

impl Proven {
    /// Whether it is for this request and about now.
    pub(super) fn check(
        &self,
        request: &HttpRequest<'_>,
        when: (Timestamp, &Window),
        crypto: &dyn Crypto,
    ) -> Result<(), ProofRefusal> {
        match self {
            Self::Pop(proof) => proof.check(request, when, crypto),
            Self::Dpop(token, proof) => proof.check(token, request, when, crypto),
        }
    }

    /// What it is remembered by.
    pub(super) fn replay_key(&self, key: &PublicKey, crypto: &dyn Crypto) -> ReplayKey {
        match self {
            Self::Pop(proof) => ReplayKey::of_request(proof, crypto),
            Self::Dpop(_, proof) => ReplayKey::of_dpop(proof, key, crypto),
        }
    }
}

fn open<T: mydata_core::jws::Payload>(compact: &str) -> Result<Unverified<T>, AccessRefusal> {
    Sealed::from_compact(compact)
        .and_then(|sealed| sealed.open())
        .map_err(AccessRefusal::ProofJws)
}

/// The one header (RFC 9449 §4.3, item 1).
fn dpop_header<'a>(request: &HttpRequest<'a>) -> Result<&'a str, ProofRefusal> {
    let mut found = request.values("dpop");
    match (found.next(), found.next()) {
        (None, _) => Err(ProofRefusal::DpopMissing),
        (Some(_), Some(_)) => Err(ProofRefusal::DpopTwice),
        (Some(value), None) => Ok(value),
    }
}
