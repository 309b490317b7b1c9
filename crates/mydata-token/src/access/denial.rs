//! Why nothing is given.

use crate::proof::ProofRefusal;
use mydata_core::id::ConsentId;
use mydata_core::jws::JwsFault;
use mydata_core::refusals;
use mydata_record::standing::Bar;
use std::fmt;

refusals! {
    /// Rules of the decision that are neither about an envelope nor about the standing.
    pub enum AccessRule {
        SenderUnknown = "access_sender_unknown": "no operator or service of this name is known here",
        ConsentUnknown = "access_consent_unknown": "no consent of this source has the id that the token names",
        IssuerMismatch = "token_issuer_mismatch": "the token's issuer is not the operator of the consent",
        ConsentMismatch = "token_consent_mismatch": "the token is about another consent than the one looked up",
        KeyMismatch = "token_key_mismatch": "the token is bound to another key than the consent",
        TokenNotYetValid = "token_not_yet_valid": "the token's time has not begun",
        TokenExpired = "token_expired": "the token's time is over",
        Audience = "token_audience": "the token is not good at this address",
        Resource = "access_resource": "no dataset of the consent is fetched at this address",
        Replayed = "request_replayed": "this very request has been made before",
        GuardFull = "replay_guard_full": "too many requests within the window: none can be remembered",
        GuardMemory = "replay_guard_memory": "the request was signed before the time from which all are remembered",
    }
}

/// One reason against a request. Nothing in it repeats input: it is safe in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessRefusal {
    /// The header, or the signed request against the real one.
    Proof(ProofRefusal),
    /// The envelope, the signature or the payload of the signed request.
    ProofJws(JwsFault),
    /// The envelope, the signature or the claims of the token.
    TokenJws(JwsFault),
    /// A rule of the decision itself.
    Rule(AccessRule),
    /// The consent is not in force.
    Standing(Bar),
}

impl AccessRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Proof(refusal) => refusal.code(),
            Self::ProofJws(_) => "proof_not_verified",
            Self::TokenJws(_) => "token_not_verified",
            Self::Rule(rule) => rule.code(),
            Self::Standing(bar) => bar.code(),
        }
    }

    /// The code of what is wrong with an envelope, when one is.
    #[must_use]
    pub const fn detail(&self) -> Option<&'static str> {
        match self {
            Self::ProofJws(fault) | Self::TokenJws(fault) => Some(fault.code()),
            Self::Proof(_) | Self::Rule(_) | Self::Standing(_) => None,
        }
    }

    /// What kind of denial it makes.
    #[must_use]
    pub const fn class(&self) -> DenialClass {
        match self {
            Self::Proof(ProofRefusal::Nonce) => DenialClass::NonceNeeded,
            Self::Proof(_) | Self::ProofJws(_) | Self::TokenJws(_) => {
                DenialClass::AuthenticityFailed
            }
            Self::Rule(rule) => match rule {
                AccessRule::SenderUnknown
                | AccessRule::ConsentUnknown
                | AccessRule::IssuerMismatch
                | AccessRule::ConsentMismatch
                | AccessRule::KeyMismatch
                | AccessRule::TokenNotYetValid
                | AccessRule::TokenExpired
                | AccessRule::Replayed => DenialClass::AuthenticityFailed,
                AccessRule::Audience | AccessRule::Resource => DenialClass::NotPermitted,
                AccessRule::GuardFull | AccessRule::GuardMemory => DenialClass::Busy,
            },
            Self::Standing(_) => DenialClass::NotPermitted,
        }
    }
}

impl From<AccessRule> for AccessRefusal {
    fn from(rule: AccessRule) -> Self {
        Self::Rule(rule)
    }
}

impl From<ProofRefusal> for AccessRefusal {
    fn from(refusal: ProofRefusal) -> Self {
        Self::Proof(refusal)
    }
}

impl fmt::Display for AccessRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proof(refusal) => write!(f, "{refusal}"),
            Self::ProofJws(fault) => write!(f, "the signed request does not verify: {fault}"),
            Self::TokenJws(fault) => write!(f, "the token does not verify: {fault}"),
            Self::Rule(rule) => write!(f, "{rule}"),
            Self::Standing(bar) => write!(f, "{bar}"),
        }
    }
}

impl std::error::Error for AccessRefusal {}

/// Kinds of denial: what the peer may be told, and what it should do. In HTTP 401, 401, 503 and 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a transport must have an answer to each"
)]
pub enum DenialClass {
    /// It is not proven that the sink has sent this request, and sent it now. The peer may be
    /// anybody and is told nothing more.
    AuthenticityFailed,
    /// The source demands a nonce of its own: sign anew, with the one that comes with the answer
    /// (RFC 9449 §9: `use_dpop_nonce`, and the header `DPoP-Nonce`).
    NonceNeeded,
    /// Whether the request is a repetition cannot be said: sign anew, and try again in a while.
    Busy,
    /// The sink has sent it, and may not have the data.
    NotPermitted,
}

/// A denial: at least one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    reasons: Vec<AccessRefusal>,
    class: DenialClass,
    wire_code: &'static str,
    consent: Option<ConsentId>,
}

impl Denial {
    /// Ended before the request was authentic.
    pub(crate) fn unauthentic(refusal: AccessRefusal) -> Self {
        Self::new(vec![refusal], None)
    }

    /// The request was signed by the sink of `consent`.
    pub(super) fn authentic(reasons: Vec<AccessRefusal>, consent: ConsentId) -> Self {
        Self::new(reasons, Some(consent))
    }

    fn new(reasons: Vec<AccessRefusal>, consent: Option<ConsentId>) -> Self {
        // The gravest class speaks: a repeated request must not learn that a consent is paused, and
        // neither may one of which it is not known.
        let gravest = reasons.iter().min_by_key(|refusal| refusal.class());
        let class = gravest.map_or(DenialClass::AuthenticityFailed, AccessRefusal::class);
        let wire_code = match (class, gravest) {
            (DenialClass::AuthenticityFailed, _) | (_, None) => "request_not_authentic",
            (
                DenialClass::NonceNeeded | DenialClass::Busy | DenialClass::NotPermitted,
                Some(refusal),
            ) => refusal.code(),
        };
        Self {
            reasons,
            class,
            wire_code,
            consent,
        }
    }

    /// Every reason found, in the order of the checks, for the source's own log.
    #[must_use]
    pub fn reasons(&self) -> &[AccessRefusal] {
        &self.reasons
    }

    /// The kind of denial.
    #[must_use]
    pub const fn class(&self) -> DenialClass {
        self.class
    }

    /// What the peer is told: `request_not_authentic`, or the code of the first reason of the
    /// denial's class.
    #[must_use]
    pub const fn wire_code(&self) -> &'static str {
        self.wire_code
    }

    /// What a 401 must say in `WWW-Authenticate` (RFC 9110 §15.5.2): both schemes, for DPoP with the error
    /// by which its clients know what to do (RFC 9449 §7.1 and §9). `None` where the answer is no 401.
    ///
    /// With a nonce demanded the answer also has `DPoP-Nonce`
    /// ([`Nonces::current`](crate::nonces::Nonces::current)), and is not to be cached.
    #[must_use]
    pub const fn challenge(&self) -> Option<&'static str> {
        match self.class {
            DenialClass::AuthenticityFailed => {
                Some(r#"PoP, DPoP error="invalid_token", algs="EdDSA ES256""#)
            }
            DenialClass::NonceNeeded => {
                Some(r#"PoP, DPoP error="use_dpop_nonce", algs="EdDSA ES256""#)
            }
            DenialClass::Busy | DenialClass::NotPermitted => None,
        }
    }

    /// The consent, once it is proven that its sink has signed the request; before that there is
    /// none, since anybody can write any id.
    #[must_use]
    pub const fn consent(&self) -> Option<&ConsentId> {
        self.consent.as_ref()
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("access denied")?;
        for (at, refusal) in self.reasons.iter().enumerate() {
            write!(f, "{} {refusal}", if at == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Denial {}

mydata_core::coded!(ref AccessRefusal);
