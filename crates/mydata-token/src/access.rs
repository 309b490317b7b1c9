//! May this request have the data? The whole decision of a source (Data Transfer 2.0 §3.2.2).
//!
//! ```text
//! header ─▶ proof, not believed ─▶ token, not believed ─▶ consent by the token's `cr_id`
//!        ─▶ token by the consent's token_issuer_key ─▶ proof by the consent's scheme and pop_key
//!        ─▶ time, method, address, query, headers, body, nonce          — authentic —
//!        ─▶ audience, resource set, replay, standing                    — permitted —
//! ```
//!
//! Until a request is authentic the first reason ends it, and the peer is told that only. After
//! that, every reason is collected: the peer and the source's log are told what is wrong. Only the
//! replay guard is not asked about a consent that has ended for good.
//!
//! The guard is one for all sinks. A source that gives each a rate asks for it between the two halves:
//! [`prove`] says who it is, and [`Proven::decide`] remembers.

mod authentic;
mod denial;
mod grant;
mod held;
mod presented;

pub use denial::{AccessRefusal, AccessRule, Denial, DenialClass};
pub use grant::Grant;
pub use held::{HeldConsent, HeldConsents};

use crate::cache::TokenCache;
use crate::replay::{ReplayGuard, Witness};
use crate::request::HttpRequest;
use crate::window::Window;
use authentic::Authentic;
use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::time::Timestamp;
use mydata_record::consent::Consent;
use mydata_record::standing::Standing;
use std::fmt;

/// What is asked.
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a new input of the decision must break whoever asks"
)]
pub struct Question<'a> {
    /// The value of the one `Authorization` header.
    pub authorization: &'a str,
    /// The request that it came with.
    pub request: &'a HttpRequest<'a>,
    /// The source's own time (P14).
    pub now: Timestamp,
    /// How far clocks may be apart.
    pub window: Window,
    /// The consents that the source holds.
    pub consents: &'a dyn HeldConsents,
    /// Verifies and hashes.
    pub crypto: &'a dyn Crypto,
}

impl fmt::Debug for Question<'_> {
    /// The request and the time; the header is a credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Question({:?} at {})", self.request, self.now)
    }
}

/// What a source remembers from one request to the next.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a new memory of the decision must break whoever asks"
)]
pub struct Gate<'g> {
    /// Which requests there have been. There is no decision without it.
    pub replay: &'g mut dyn ReplayGuard,
    /// Which tokens have been verified; without it each is verified every time.
    pub tokens: Option<&'g TokenCache>,
}

/// The decision.
#[derive(Debug)]
#[must_use = "a decision that nobody reads protects nothing"]
#[expect(
    clippy::exhaustive_enums,
    reason = "access is granted, or it is denied"
)]
pub enum Access {
    /// The data may be given, once, as the grant says.
    Granted(Grant),
    /// Nothing may be given.
    Denied(Denial),
}

impl Access {
    /// The grant.
    ///
    /// # Errors
    /// The [`Denial`].
    pub fn granted(self) -> Result<Grant, Denial> {
        match self {
            Self::Granted(grant) => Ok(grant),
            Self::Denied(denial) => Err(denial),
        }
    }
}

/// Decides. Total, and by `question.now` only; it looks up at most one consent.
//= DT-01, DT-06, DT-24, DT-25, DT-35, DT-45, DT-46
pub fn access(question: &Question<'_>, gate: &mut Gate<'_>) -> Access {
    match prove(question, gate.tokens) {
        Ok(proven) => proven.decide(gate.replay),
        Err(denial) => Access::Denied(denial),
    }
}

/// A request that the sink of a consent has signed: this request, and about now. It may have come before, and
/// nothing is decided. Only [`prove`] makes one.
#[must_use = "nothing is decided yet"]
pub struct Proven<'a> {
    authentic: Authentic<'a>,
    question: Question<'a>,
}

impl Proven<'_> {
    /// The thumbprint of the sink's key (RFC 7638), as of a [`Grant`].
    #[must_use]
    pub fn sink_thumbprint(&self) -> Sha256 {
        let key = self.authentic.held.consent.pop_key();
        key.thumbprint(self.question.crypto)
    }

    /// The second half of [`access`].
    pub fn decide(self, replay: &mut dyn ReplayGuard) -> Access {
        permit(self.authentic, &self.question, replay)
    }
}

impl fmt::Debug for Proven<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proven({:?})", self.question)
    }
}

/// The first half of [`access`]: who has sent this request? Nothing is remembered of it but its token.
///
/// # Errors
/// [`Denial`]: of what is not authentic.
pub fn prove<'a>(
    question: &Question<'a>,
    tokens: Option<&TokenCache>,
) -> Result<Proven<'a>, Denial> {
    let authentic = authentic::authenticate(question, tokens).map_err(Denial::unauthentic)?;
    Ok(Proven {
        authentic,
        question: *question,
    })
}

fn permit(
    authentic: Authentic<'_>,
    question: &Question<'_>,
    replay: &mut dyn ReplayGuard,
) -> Access {
    let Authentic { held, token, proof } = authentic;
    let url = question.request.url();
    let mut refusals = Vec::new();

    //= DT-42
    if !token.audience().allows(url) {
        refusals.push(AccessRule::Audience.into());
    }
    //= DT-07, DT-08, DT-41
    let dataset = held.consent.terms().resource_set().at(url);
    if dataset.is_none() {
        refusals.push(AccessRule::Resource.into());
    }
    //= DT-09, DT-43
    let standing = held.standing(question.now);
    // The guard is asked now and not before: it must remember only what the sink has signed for
    // this very request, or anybody could fill it, and use up a captured proof with another
    // request. It is asked even when the request fails otherwise, since what fails today for a
    // pause may be repeated by somebody else when the consent is active again. What has ended for
    // good is never granted again, and takes no room.
    if !is_over(standing) {
        let key = proof.replay_key(held.consent.pop_key(), question.crypto);
        //= HR-12
        match replay.witness(key, question.now) {
            Witness::First => {}
            Witness::Again => refusals.push(AccessRule::Replayed.into()),
            Witness::Full => refusals.push(AccessRule::GuardFull.into()),
            Witness::BeforeMemory => refusals.push(AccessRule::GuardMemory.into()),
        }
    }
    match standing {
        Standing::Active => {}
        Standing::Barred(bar) => refusals.push(AccessRefusal::Standing(bar)),
    }

    match dataset {
        Some(dataset) if refusals.is_empty() => Access::Granted(Grant::new(
            held.consent.clone(),
            token,
            dataset.dataset_id.clone(),
            url.clone(),
            question.now,
        )),
        _ => Access::Denied(Denial::authentic(
            refusals,
            held.consent.terms().cr_id.clone(),
        )),
    }
}

/// Whether the consent can never permit anything again.
const fn is_over(standing: Standing) -> bool {
    match standing {
        Standing::Active => false,
        Standing::Barred(bar) => bar.is_final(),
    }
}
