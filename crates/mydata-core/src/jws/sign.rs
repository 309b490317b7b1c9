//! Making envelopes.

use super::sealed::{Part, Parts};
use super::verify::Verified;
use super::{Payload, Sealed, header};
use crate::base64;
use crate::crypto::{Signature, Signer, SignerFailed};
use crate::jwk::PublicKey;
use std::fmt;
use std::sync::Arc;

/// A signature could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignFault {
    /// The signer failed.
    #[error(transparent)]
    Signer(#[from] SignerFailed),
    /// The record is larger than its readers accept, or cannot stand in JSON.
    #[error("the record is too large to be read again")]
    TooLarge,
    /// A record is countersigned as a kind that it is not: a mistake in the calling program.
    #[error("a record of one kind cannot be countersigned as another")]
    OtherKind,
}

impl SignFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Signer(fault) => fault.code(),
            Self::TooLarge => "sign_too_large",
            Self::OtherKind => "sign_other_kind",
        }
    }
}

/// A record that is complete but not signed: it can be read, and signed, and nothing else.
#[must_use = "an unsigned record is worth nothing until somebody signs it"]
pub struct Unsigned<T> {
    value: T,
    payload: Box<str>,
    is_readable: bool,
}

impl<T: Payload> Unsigned<T> {
    /// Fixes the octets of `value`. What is signed, stored and sent later are these octets.
    pub fn new(value: T) -> Self {
        // What cannot be serialised leaves no octets, and nobody can sign that.
        let octets = serde_json::to_vec(&value).unwrap_or_default();
        Self {
            value,
            is_readable: (1..=T::LIMITS.octets).contains(&octets.len()),
            payload: base64::encode(&octets).into(),
        }
    }

    /// The record to be signed.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// The record to be signed, given up.
    pub fn into_value(self) -> T {
        self.value
    }

    /// Signs with a key at hand.
    ///
    /// # Errors
    /// [`SignFault::Signer`], and [`SignFault::TooLarge`] for what no reader would accept.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Signed<T>, SignFault> {
        let input = self.signing_input(signer.public());
        let signature = signer.sign(input.as_bytes())?;
        self.enveloped(input, &signature)
    }

    /// The octets to sign with a key that is elsewhere: a wallet, a hardware module.
    #[must_use]
    pub fn signing_input(&self, key: &PublicKey) -> String {
        [&*header::write(key, T::TYP, T::NAMING), ".", &*self.payload].concat()
    }

    /// The envelope around a signature that was made elsewhere over
    /// [`signing_input`](Self::signing_input) with the same key.
    ///
    /// # Errors
    /// [`SignFault::TooLarge`].
    pub fn signed(&self, key: &PublicKey, signature: &Signature) -> Result<Signed<T>, SignFault> {
        self.enveloped(self.signing_input(key), signature)
    }

    /// The signature behind what it is over, which is the compact form.
    fn enveloped(&self, input: String, signature: &Signature) -> Result<Signed<T>, SignFault> {
        if !self.is_readable {
            return Err(SignFault::TooLarge);
        }
        let signature = base64::encode(signature.as_octets());
        let compact = [&*input, ".", &*signature].concat();
        let parts = Parts::from_compact(compact.into()).ok_or(SignFault::TooLarge)?;
        Ok(Signed(Sealed::from_parts(Arc::new(parts))))
    }
}

impl<T> fmt::Debug for Unsigned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unsigned({} octets)", self.payload.len())
    }
}

/// A record with a signature of ours. It can be sent; whoever receives it verifies it, also we.
#[must_use = "a signed record that is not sent or stored is lost"]
pub struct Signed<T>(Sealed<T>);

impl<T: Payload> Signed<T> {
    /// The envelope to send.
    #[must_use]
    pub fn seal(self) -> Sealed<T> {
        self.0
    }
}

impl<T> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<T: Payload> Verified<T> {
    /// Adds a signature to a verified record, which makes it the next kind of record: a link
    /// proposal with the service's signature is a link record. Both have one `typ`, since both
    /// signatures are over the same octets.
    ///
    /// # Errors
    /// [`SignFault`].
    pub fn countersign<U: Payload>(&self, signer: &dyn Signer) -> Result<Signed<U>, SignFault> {
        if U::TYP != T::TYP {
            return Err(SignFault::OtherKind);
        }
        let earlier = self.parts();
        let protected = header::write(signer.public(), U::TYP, U::NAMING);
        let input = [&*protected, ".", earlier.payload()].concat();
        let signature = signer.sign(input.as_bytes())?;
        let parts = earlier.with(Part {
            protected: protected.into(),
            header: None,
            signature: base64::encode(signature.as_octets()).into(),
        });
        Ok(Signed(Sealed::from_parts(Arc::new(parts))))
    }
}
