//! The signed envelope: JWS (RFC 7515) in its compact, flattened and general forms.
//!
//! ```text
//! T ─Unsigned::new─▶ Unsigned<T> ─sign─▶ Signed<T> ─seal─▶ Sealed<T> ─▶ octets
//! octets ─▶ Sealed<T> ─open─▶ Unverified<T> ─verify─▶ Verified<T>
//! ```
//!
//! What was signed is kept as it was received and never serialised again: the parsed `T` is a view.
//! A payload type says which `typ` it carries and whose signatures it must bear
//! ([`Payload::SIGNERS`]), so that no record passes as another and no verification is weaker than
//! the record demands. Headers are closed: a member that is not known is refused, `crit` and
//! embedded keys by name. The one kind whose header must bring its key ([`KeyNaming::Jwk`]) is compared
//! with the key that is bound, and never verified with the one it brings.

mod header;
mod kept;
mod sealed;
mod sign;
mod verify;

pub use header::KeyNaming;
pub use kept::Kept;
pub use sealed::Sealed;
pub use sign::{SignFault, Signed, Unsigned};
pub use verify::{Unverified, Verified};

use crate::json::Limits;
use crate::party::SignerRule;
use crate::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

crate::refusals! {
    /// Why an envelope is refused.
    pub enum JwsRefusal {
        Malformed = "jws_malformed": "not a JWS in the form expected here",
        MixedForms = "jws_mixed_forms": "members of the flattened and the general form stand together",
        NotBase64url = "jws_not_base64url": "a part is not canonical base64url without padding",
        HeaderTooLarge = "jws_header_too_large": "a protected header has more than 1024 characters",
        HeaderUnknownMember = "jws_header_unknown_member": "a header has a member that is not known here",
        Crit = "jws_crit": "a header has `crit` or `b64`; no extension is understood",
        KeyInHeader = "jws_key_in_header": "a header brings or names a key of its own",
        Nested = "jws_nested": "a header has `cty`; nothing nested is understood",
        AlgUnsupported = "jws_alg_unsupported": "`alg` is not EdDSA, Ed25519 or ES256",
        AlgMismatch = "jws_alg_mismatch": "`alg` is not the algorithm of the key",
        KidMissing = "jws_kid_missing": "a header has no `kid`",
        KidTwice = "jws_kid_twice": "`kid` stands in the protected and in the unprotected header",
        KidUnknown = "jws_kid_unknown": "no key bound to a party that may sign has this `kid`",
        KidAmbiguous = "jws_kid_ambiguous": "keys of two parties have this `kid`",
        JwkMissing = "jws_jwk_missing": "a header has no `jwk`, by which records of this kind name their key",
        JwkInvalid = "jws_jwk_invalid": "the `jwk` of a header is not a public key of Ed25519 or P-256",
        JwkUnknown = "jws_jwk_unknown": "the `jwk` of a header is not a key bound to a party that may sign",
        TypMissing = "jws_typ_missing": "the protected header has no `typ`",
        TypMismatch = "jws_typ_mismatch": "the `typ` is that of another kind of record",
        SignerSet = "jws_signer_set": "the signatures are not exactly those that the record must bear",
        KeyNotInForce = "jws_key_not_in_force": "the key that signed was not in force at the time that the record states",
        SignatureInvalid = "jws_signature_invalid": "a signature does not verify",
    }
}

/// Why an envelope was not opened or verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsFault {
    /// The envelope itself.
    #[error("{0}")]
    Envelope(JwsRefusal),
    /// The JSON of the envelope.
    #[error("envelope: {0}")]
    Json(crate::json::JsonFault),
    /// The JSON of the payload.
    #[error("payload: {0}")]
    Payload(crate::json::JsonFault),
}

impl JwsFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Envelope(refusal) => refusal.code(),
            Self::Json(fault) | Self::Payload(fault) => fault.code(),
        }
    }
}

impl From<JwsRefusal> for JwsFault {
    fn from(refusal: JwsRefusal) -> Self {
        Self::Envelope(refusal)
    }
}

/// What may stand in a signed envelope.
///
/// Implemented once per kind of record, beside its definition.
pub trait Payload: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The `typ` of the protected header (RFC 7515 §4.1.9, RFC 8725 §3.11): one per kind.
    const TYP: &'static str;

    /// Whose signatures the record must bear.
    const SIGNERS: SignerRule;

    /// How a header names the key. `kid` for all that MyData defines.
    const NAMING: KeyNaming = KeyNaming::Kid;

    /// Bounds of the payload.
    const LIMITS: Limits = Limits::RECORD;

    /// What an unverified record may be looked up by, and nothing more.
    type Hint;

    /// The id by which the verifier finds the keys that it has bound already.
    fn hint(&self) -> &Self::Hint;

    /// When it says that it was signed, where that is not the `iat` of its payload (RFC 7519 §4.1.6),
    /// which is read in its place: held against the life of the key that signed.
    fn signed_at(&self) -> Option<Timestamp> {
        None
    }
}

crate::coded!(ref JwsFault);
crate::coded!(SignFault);
