//! Who sends a request where there is no token: an operator to a service, a service to its operator.
//!
//! The documents name the messages that the two exchange and leave open how they prove who they are. Here
//! they do it as a sink does with its data requests ([`crate::proof`]): with a signed request that covers
//! method, address, query and body. What is signed names who signs; the key is one that the receiver
//! has bound to that name: a service's registered one, an operator's status key. No cookie, no
//! shared secret, nothing to renew (decision D78).

use crate::access::{AccessRefusal, AccessRule, Denial};
use crate::proof::{
    Hashed, ProofRefusal, Said, check_times, compact_form, hash_of_body, header_of, not_null,
};
use crate::replay::{ReplayGuard, ReplayKey, Witness};
use crate::request::HttpRequest;
use crate::window::Window;
use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::id::{Nonce, OperatorId, ServiceId};
use mydata_core::json::Limits;
use mydata_core::jwk::KeyHistory;
use mydata_core::jws::{Payload, Sealed, Signed, Verified};
use mydata_core::party::{Party, PartyKeys, SignerRule};
use mydata_core::time::Timestamp;
use mydata_record::possession::ProofScheme;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A party that speaks for itself: an operator or a service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "these two speak to each other")]
pub enum Sender {
    /// An operator.
    Operator(OperatorId),
    /// A service.
    Service(ServiceId),
}

impl Sender {
    /// Its id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Operator(id) => id.as_str(),
            Self::Service(id) => id.as_str(),
        }
    }

    const fn party(&self) -> Party {
        match self {
            Self::Operator(_) => Party::Operator,
            Self::Service(_) => Party::Service,
        }
    }
}

/// The keys by which senders are known: a registry, or what a service was configured with.
pub trait Senders: fmt::Debug {
    /// The keys that are bound to `sender`; none for somebody unknown.
    fn keys_of(&self, sender: &Sender) -> Option<KeyHistory>;
}

/// In what role somebody sends.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    Operator,
    Service,
}

/// The form of a signed request of a party.
#[derive(Clone, Serialize, Deserialize)]
struct Wire {
    iss: Box<str>,
    role: Role,
    ts: Timestamp,
    m: Box<str>,
    u: Box<str>,
    p: Box<str>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "not_null"
    )]
    q: Option<Hashed>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "not_null"
    )]
    h: Option<Hashed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    b: Option<Sha256>,
    nonce: Nonce,
}

/// The payload of a signed request of a party. `Debug` prints nothing of it.
///
/// Members that are not known are ignored; every one that is known is compared when it is there.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct PartyRequest {
    sender: Sender,
    wire: Wire,
}

/// The id is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`iss` is no id")]
struct NoId;

impl TryFrom<Wire> for PartyRequest {
    type Error = NoId;

    fn try_from(wire: Wire) -> Result<Self, NoId> {
        let sender = match wire.role {
            Role::Operator => OperatorId::parse(&wire.iss).map(Sender::Operator),
            Role::Service => ServiceId::parse(&wire.iss).map(Sender::Service),
        };
        let sender = sender.map_err(|_| NoId)?;
        Ok(Self { sender, wire })
    }
}

impl From<PartyRequest> for Wire {
    fn from(request: PartyRequest) -> Self {
        request.wire
    }
}

impl PartyRequest {
    /// The proof that `sender` sends `request`, to be signed with a key that the receiver has bound to it.
    ///
    /// `nonce` is fresh for every request.
    #[must_use]
    pub fn new(
        sender: &Sender,
        request: &HttpRequest<'_>,
        now: Timestamp,
        nonce: Nonce,
        crypto: &dyn Crypto,
    ) -> Self {
        let wire = Wire {
            iss: sender.as_str().into(),
            role: match sender {
                Sender::Operator(_) => Role::Operator,
                Sender::Service(_) => Role::Service,
            },
            ts: now,
            m: request.method().into(),
            u: request.url().authority().into(),
            p: request.url().path().into(),
            q: Hashed::of_query(request, crypto),
            h: Hashed::of_headers(request, crypto),
            b: hash_of_body(request, crypto),
            nonce,
        };
        Self {
            sender: sender.clone(),
            wire,
        }
    }

    /// `ts`: when it was signed.
    #[must_use]
    pub const fn signed_at(&self) -> Timestamp {
        self.wire.ts
    }

    fn check(
        &self,
        request: &HttpRequest<'_>,
        (now, window): (Timestamp, &Window),
        crypto: &dyn Crypto,
    ) -> Result<(), ProofRefusal> {
        let wire = &self.wire;
        check_times(wire.ts, now, window)?;
        let said = Said {
            m: &wire.m,
            u: &wire.u,
            p: &wire.p,
            q: wire.q.as_ref(),
            h: wire.h.as_ref(),
            b: wire.b.as_ref(),
        };
        said.check(request, crypto)
    }
}

impl Payload for PartyRequest {
    const TYP: &'static str = "mydata-party+pop";
    const SIGNERS: SignerRule = SignerRule::OneOf(&[Party::Operator, Party::Service]);
    const LIMITS: Limits = Limits::TOKEN;
    /// Who says that they send it: whose keys are to be looked up.
    type Hint = Sender;

    fn hint(&self) -> &Sender {
        &self.sender
    }

    /// A key that was retired signs no request any more (D66).
    fn signed_at(&self) -> Option<Timestamp> {
        Some(self.wire.ts)
    }
}

impl fmt::Debug for PartyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartyRequest(redacted)")
    }
}

/// The value of the `Authorization` header: `PoP`, a space, and the signed request.
///
/// # Errors
/// [`ProofRefusal::TooLarge`] for more than 8192 characters, which nobody reads.
pub fn authorization_header(proof: Signed<PartyRequest>) -> Result<String, ProofRefusal> {
    header_of(proof)
}

/// What is asked of whoever receives a request.
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a new input of the decision must break whoever asks"
)]
pub struct PartyQuestion<'a> {
    /// The request, with the headers that it came with.
    pub request: &'a HttpRequest<'a>,
    /// The receiver's own time.
    pub now: Timestamp,
    /// How far clocks may be apart.
    pub window: Window,
    /// Who is known here.
    pub senders: &'a dyn Senders,
    /// Verifies and hashes.
    pub crypto: &'a dyn Crypto,
}

impl fmt::Debug for PartyQuestion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartyQuestion({:?} at {})", self.request, self.now)
    }
}

/// Somebody who has signed this request, now; it may have come before. Only [`prove`] makes one.
#[derive(Debug)]
#[must_use = "whether it has come before is still to be asked"]
pub struct Proven {
    sender: Sender,
    nonce: Nonce,
    key: ReplayKey,
    now: Timestamp,
}

impl Proven {
    /// Who it is.
    #[must_use]
    pub const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Whether it comes for the first time. The guard has remembered it then.
    ///
    /// # Errors
    /// [`Denial`], as [`authenticate`].
    pub fn once(self, guard: &mut dyn ReplayGuard) -> Result<Authenticated, Denial> {
        let Self {
            sender,
            nonce,
            key,
            now,
        } = self;
        let rule = match guard.witness(key, now) {
            Witness::First => return Ok(Authenticated { sender, nonce }),
            Witness::Again => AccessRule::Replayed,
            Witness::Full => AccessRule::GuardFull,
            Witness::BeforeMemory => AccessRule::GuardMemory,
        };
        Err(Denial::unauthentic(rule.into()))
    }
}

/// Somebody who has proven that they send this request, now and for the first time. Only
/// [`Proven::once`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    sender: Sender,
    nonce: Nonce,
}

impl Authenticated {
    /// Who it is.
    #[must_use]
    pub const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// The one-time value of the proof.
    #[must_use]
    pub const fn nonce(&self) -> &Nonce {
        &self.nonce
    }
}

/// Who has sent this request?
///
/// ```text
/// header ─▶ proof, not believed ─▶ keys of whom it names ─▶ signature, by a key of that party in that role
///        ─▶ time, method, address, query, headers, body ─▶ never before
/// ```
///
/// # Errors
/// [`Denial`]: on the wire `request_not_authentic` whatever the reason, but for a guard without room.
pub fn authenticate(
    question: &PartyQuestion<'_>,
    guard: &mut dyn ReplayGuard,
) -> Result<Authenticated, Denial> {
    prove(question)?.once(guard)
}

/// The same but for the last step, which takes a place in a memory that all share: between the two it can
/// be asked whether this party may have one more.
///
/// # Errors
/// [`Denial`]: on the wire `request_not_authentic` whatever the reason.
pub fn prove(question: &PartyQuestion<'_>) -> Result<Proven, Denial> {
    let proof = verified(question).map_err(Denial::unauthentic)?;
    Ok(Proven {
        sender: proof.sender.clone(),
        nonce: proof.wire.nonce.clone(),
        key: ReplayKey::of_party(&proof, question.crypto),
        now: question.now,
    })
}

fn verified(question: &PartyQuestion<'_>) -> Result<Verified<PartyRequest>, AccessRefusal> {
    let PartyQuestion {
        request,
        now,
        window,
        senders,
        crypto,
    } = *question;
    let value = request.authorization().ok_or(ProofRefusal::Header)?;
    let (scheme, compact) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case(ProofScheme::Pop.name()) {
        return Err(ProofRefusal::Scheme.into());
    }
    let compact = compact_form(compact)?;
    let proof = Sealed::<PartyRequest>::from_compact(compact)
        .and_then(|sealed| sealed.open())
        .map_err(AccessRefusal::ProofJws)?;
    let sender = proof.hint().clone();
    let keys = senders.keys_of(&sender).ok_or(AccessRule::SenderUnknown)?;
    let keys = PartyKeys::none().with_history(sender.party(), &keys);
    let proof = proof
        .verify(crypto, &keys)
        .map_err(AccessRefusal::ProofJws)?;
    proof.check(request, (now, &window), crypto)?;
    Ok(proof)
}
