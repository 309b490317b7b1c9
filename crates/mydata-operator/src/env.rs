//! What a decision needs from outside: the time, chance, cryptography, and who the operator is.

use crate::rejection::Refusal;
use mydata_core::crypto::{Crypto, Random, Signer};
use mydata_core::id::OperatorId;
use mydata_core::jwk::{KeyHistory, PublicKey};
use mydata_core::time::{Seconds, Timestamp};
use mydata_record::description::ServiceDescription;
use mydata_token::policy::TokenPolicy;

/// The operator itself: its name, its keys of both roles, now and before, and its limits.
#[derive(Debug, Clone, Copy)]
pub struct Operator<'a> {
    id: &'a OperatorId,
    status: &'a dyn Signer,
    tokens: &'a dyn Signer,
    earlier: Earlier<'a>,
    timing: Timing,
}

/// The operator's limits.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Timing {
    /// Life and reuse of tokens.
    pub tokens: TokenPolicy,
    /// How records in the making age.
    pub drafts: Drafts,
    /// Codes, exports and the grace before a deletion.
    pub account: AccountTimes,
}

impl Timing {
    /// These tokens, and drafts as by default.
    #[must_use]
    pub fn with_tokens(tokens: TokenPolicy) -> Self {
        Self {
            tokens,
            ..Self::default()
        }
    }
}

/// How long the steps of an account's life may take.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct AccountTimes {
    /// A code is good for this time.
    pub code: Seconds,
    /// After it was verified, everything can be taken out for this time.
    pub export: Seconds,
    /// A deletion can be undone for this time (AC-28).
    pub deletion_grace: Seconds,
}

impl Default for AccountTimes {
    /// One hour for a code, one day for an export, 14 days of grace.
    fn default() -> Self {
        Self {
            code: Seconds::minutes(60),
            export: Seconds::days(1),
            deletion_grace: Seconds::days(14),
        }
    }
}

/// How records in the making age.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Drafts {
    /// A linking must be complete within this time.
    pub linking: Seconds,
    /// A draft must come back signed within this time.
    pub signing: Seconds,
    /// A record may be this far in the future: clocks differ.
    pub skew: Seconds,
}

impl Default for Drafts {
    /// 30 minutes to link, 30 minutes to sign, 5 seconds of skew.
    fn default() -> Self {
        Self {
            linking: Seconds::minutes(30),
            signing: Seconds::minutes(30),
            skew: Seconds::new(5),
        }
    }
}

/// The operator's keys of before, role by role.
#[derive(Debug, Clone, Copy, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Earlier<'a> {
    /// Of status records.
    pub status: &'a [&'a dyn Signer],
    /// Of tokens.
    pub tokens: &'a [&'a dyn Signer],
}

fn signer<'a>(
    present: &'a dyn Signer,
    earlier: &'a [&'a dyn Signer],
    key: &PublicKey,
) -> Result<&'a dyn Signer, Refusal> {
    let mut all = std::iter::once(present).chain(earlier.iter().copied());
    let found = all.find(|signer| signer.public() == key);
    found.ok_or(Refusal::OperatorKeyOther)
}

/// A status key and a token key of the operator's, of whatever time, are one by numbers or by id: a
/// key never serves two roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a status key and a token key of the operator are one key, or have one id")]
#[non_exhaustive]
pub struct OperatorFault;

impl<'a> Operator<'a> {
    /// `status` signs status records (`operator_key`), `tokens` signs tokens (`token_issuer_key`).
    ///
    /// # Errors
    /// [`OperatorFault`] when they are one key.
    pub fn new(
        id: &'a OperatorId,
        status: &'a dyn Signer,
        tokens: &'a dyn Signer,
        timing: Timing,
    ) -> Result<Self, OperatorFault> {
        if status.public().overlaps(tokens.public()) {
            return Err(OperatorFault);
        }
        Ok(Self {
            id,
            status,
            tokens,
            earlier: Earlier::default(),
            timing,
        })
    }

    /// With keys that were in use before: a link record names the operator's key of its time, and a
    /// source's consent its token key, so what is done under them is signed with those.
    ///
    /// # Errors
    /// [`OperatorFault`] when a key of one role, of whatever time, is a key of the other.
    pub fn with_earlier(mut self, earlier: Earlier<'a>) -> Result<Self, OperatorFault> {
        self.earlier = earlier;
        let tokens: Vec<&PublicKey> = self.token_keys().collect();
        let twice = |key: &PublicKey| tokens.iter().any(|other| key.overlaps(other));
        if self.status_keys().any(twice) {
            return Err(OperatorFault);
        }
        Ok(self)
    }

    /// The signer of status records whose public key is `key`: the present one, or one of before.
    pub(crate) fn status_signer(&self, key: &PublicKey) -> Result<&'a dyn Signer, Refusal> {
        signer(self.status, self.earlier.status, key)
    }

    /// The signer of tokens whose public key is `key`: the present one, or one of before.
    pub(crate) fn token_signer(&self, key: &PublicKey) -> Result<&'a dyn Signer, Refusal> {
        signer(self.tokens, self.earlier.tokens, key)
    }

    fn status_keys(&self) -> impl Iterator<Item = &PublicKey> {
        std::iter::once(self.status.public()).chain(self.earlier.status.iter().map(|s| s.public()))
    }

    fn token_keys(&self) -> impl Iterator<Item = &PublicKey> {
        std::iter::once(self.tokens.public()).chain(self.earlier.tokens.iter().map(|s| s.public()))
    }

    /// Every key of the operator's, of whatever time.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.status_keys().chain(self.token_keys())
    }

    /// The operator's id.
    #[must_use]
    pub const fn id(&self) -> &OperatorId {
        self.id
    }

    /// The key of its status records.
    #[must_use]
    pub fn status_key(&self) -> &PublicKey {
        self.status.public()
    }

    /// The key of its tokens.
    #[must_use]
    pub fn token_key(&self) -> &PublicKey {
        self.tokens.public()
    }

    pub(crate) const fn timing(&self) -> &Timing {
        &self.timing
    }
}

/// Everything from outside that one decision may use.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Env<'a> {
    /// The operator's clock, read by the caller.
    pub now: Timestamp,
    /// Unguessable numbers.
    pub random: &'a mut dyn Random,
    /// Verification and SHA-256.
    pub crypto: &'a dyn Crypto,
    /// The operator that hosts the account: everything that is decided is decided in its name
    /// (AC-06, FW-09). A person may be their own operator.
    //= AC-06, FW-09
    pub operator: Operator<'a>,
}

/// A service as the operator's registry knows it (SL-13).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
//= SL-13
pub struct Registered {
    /// Its description, checked.
    pub description: ServiceDescription,
    /// Its signature keys of whatever time, each with its life: registered with the description and
    /// never taken from a message.
    pub keys: KeyHistory,
    /// Whether it may be linked to and consented to now.
    pub is_open: bool,
}

impl Registered {
    /// A service that is open.
    #[must_use]
    pub fn new(description: ServiceDescription, keys: impl Into<KeyHistory>) -> Self {
        Self {
            description,
            keys: keys.into(),
            is_open: true,
        }
    }

    /// The same service, closed to new links and consents.
    #[must_use]
    pub fn suspended(mut self) -> Self {
        self.is_open = false;
        self
    }
}

impl OperatorFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "operator_keys_are_one"
    }
}

mydata_core::coded!(OperatorFault);
