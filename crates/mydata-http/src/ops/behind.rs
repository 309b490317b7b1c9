//! A request to a system behind, with a span around it, and what is counted of it with the answer.

use super::span;
use axum::response::Response;
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;
use tracing::Instrument as _;

/// What came of a request to a system behind, as an extension of the answer: the listener counts it.
#[derive(Debug, Clone)]
pub struct Behind {
    pub(crate) upstream: String,
    pub(crate) time: Duration,
    pub(crate) failure: Option<&'static str>,
}

impl Behind {
    /// Asks the system of this name, which is one of the configuration: what has come, and how long it took. The
    /// code says why nothing good has come, in words of ours.
    pub async fn ask<T, E>(
        upstream: &str,
        asking: impl Future<Output = Result<T, E>> + Send,
        code: impl FnOnce(&E) -> &'static str + Send,
    ) -> (Result<T, E>, Self) {
        let (span, begun) = (span::upstream(upstream), Instant::now());
        let asked = asking.instrument(span.clone()).await;
        let failure = asked.as_ref().err().map(code);
        let time = begun.elapsed();
        span.in_scope(|| span::asked(failure, time));
        let behind = Self {
            upstream: upstream.to_owned(),
            time,
            failure,
        };
        (asked, behind)
    }

    /// What has come is nothing good after all: this code says why.
    pub const fn failed(&mut self, code: &'static str) {
        self.failure = Some(code);
    }

    /// With an answer, for the listener to count.
    #[must_use]
    pub fn with(self, mut answer: Response) -> Response {
        answer.extensions_mut().insert(self);
        answer
    }
}
