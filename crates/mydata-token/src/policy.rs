//! How long an operator's tokens live, and when an earlier one is given again (Data Transfer 2.0
//! §2.2 and §3.1).

use mydata_core::time::{Seconds, Timestamp};
use std::num::NonZeroU32;

/// The longest life of a token, issued or accepted: 24 hours.
pub const MAX_LIFETIME: Seconds = Seconds::days(1);

/// An operator's policy for tokens.
///
/// Invariant: the lifetime is 1 second to [`MAX_LIFETIME`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenPolicy {
    lifetime: Seconds,
    parts: NonZeroU32,
}

impl TokenPolicy {
    /// Tokens live for `lifetime`; one that has less than one of `parts` parts of its life left is
    /// replaced (C55). `None` when the lifetime is nothing, or more than [`MAX_LIFETIME`].
    #[must_use]
    pub fn new(lifetime: Seconds, parts: NonZeroU32) -> Option<Self> {
        (Seconds::ZERO < lifetime && lifetime <= MAX_LIFETIME).then_some(Self { lifetime, parts })
    }

    /// How long a new token lives.
    #[must_use]
    pub const fn lifetime(&self) -> Seconds {
        self.lifetime
    }

    /// Whether a token issued earlier may be given again: while `now` is before `exp` less the
    /// threshold, a part of the token's own life (DT-12, DT-20, C55). At that moment exactly a new
    /// one is made.
    #[must_use]
    //= DT-11, DT-12, DT-20
    pub fn reusable(&self, exp: Timestamp, iat: Timestamp, now: Timestamp) -> bool {
        now < exp.minus(exp.since(iat).part(self.parts))
    }
}

impl Default for TokenPolicy {
    /// Five minutes, of which the last tenth is too late to give the token again.
    fn default() -> Self {
        Self {
            lifetime: Seconds::minutes(5),
            parts: NonZeroU32::MIN.saturating_add(9),
        }
    }
}
