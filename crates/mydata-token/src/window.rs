//! How far the clocks of the parties may be apart.

use mydata_core::time::Seconds;

/// The time window of a source.
///
/// A request is accepted when it was signed at most `past` ago and, by the source's own clock, at
/// most `future` ahead (draft-ietf-oauth-signed-http-request-03 §5, HR-12). The beginning of a
/// token is read with `token_leeway` (RFC 7519 §4.1.5); its end never is, since a new token costs a
/// sink one request (DT-50).
///
/// Invariant: `past` is 1 to 300 seconds, `future` and `token_leeway` are at most 30.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    past: Seconds,
    future: Seconds,
    token_leeway: Seconds,
}

impl Window {
    /// `None` outside the bounds.
    #[must_use]
    pub fn new(past: Seconds, future: Seconds, token_leeway: Seconds) -> Option<Self> {
        let ok = (1..=300).contains(&past.get()) && future.get() <= 30 && token_leeway.get() <= 30;
        ok.then_some(Self {
            past,
            future,
            token_leeway,
        })
    }

    /// How old a signed request may be.
    #[must_use]
    pub const fn past(&self) -> Seconds {
        self.past
    }

    /// How far ahead of the source's clock a sink's may be.
    #[must_use]
    pub const fn future(&self) -> Seconds {
        self.future
    }

    /// How far ahead an operator's clock may be.
    #[must_use]
    pub const fn token_leeway(&self) -> Seconds {
        self.token_leeway
    }

    /// The longest time between two acceptable arrivals of one request: what a replay guard must
    /// remember.
    #[must_use]
    pub fn span(&self) -> Seconds {
        // At most 330: it fits.
        let sum = self.past.get() + self.future.get();
        Seconds::new(u32::try_from(sum).unwrap_or(u32::MAX))
    }
}

impl Default for Window {
    /// 60 seconds back, 5 ahead, and 5 for the beginning of a token.
    fn default() -> Self {
        Self {
            past: Seconds::new(60),
            future: Seconds::new(5),
            token_leeway: Seconds::new(5),
        }
    }
}
