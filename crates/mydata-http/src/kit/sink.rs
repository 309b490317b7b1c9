//! A sink's side of it.

use crate::client::CallFault;
use crate::kit::Fields;
use crate::service::{Desk, DeskFault, Program};
use hyper_util::client::legacy::connect::Connect;
use mydata::core::id::{ConsentId, LinkId, OperatorId, SurrogateId};
use mydata::core::time::Timestamp;
use mydata::service::{Effect, TransferEntry, Want};
use mydata::token::claims::TokenText;
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Changes that may wait for somebody who watches.
const WAITING: usize = 1024;

/// Something has changed for a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A consent is there: data may be fetched.
    Given(ConsentId),
    /// Stop whatever runs on this consent, also what is half done (CN-51, CN-53).
    Stopped(ConsentId),
    /// A consent may be used again.
    Resumed(ConsentId),
    /// A link is over, and what was under it.
    Unlinked(LinkId),
    /// More has changed than could wait: look at everything that runs.
    Missed,
}

impl Change {
    fn of(effect: &Effect) -> Option<Self> {
        if let Effect::Consented { cr_id } = effect {
            Some(Self::Given(cr_id.clone()))
        } else if let Effect::Stop { cr_id } = effect {
            Some(Self::Stopped(cr_id.clone()))
        } else if let Effect::Resume { cr_id } = effect {
            Some(Self::Resumed(cr_id.clone()))
        } else if let Effect::Unlinked { link_id } = effect {
            Some(Self::Unlinked(link_id.clone()))
        } else {
            None
        }
    }
}

/// A program of which the consents can be watched.
#[derive(Debug)]
pub struct Watching<P> {
    program: P,
    changes: broadcast::Sender<Change>,
}

impl<P> Watching<P> {
    /// Around a program.
    #[must_use]
    pub fn new(program: P) -> Self {
        Self {
            program,
            changes: broadcast::Sender::new(WAITING),
        }
    }

    /// The program.
    pub const fn program(&self) -> &P {
        &self.program
    }
}

impl<P: Program> Program for Watching<P> {
    fn happened(&self, effect: &Effect) {
        if let Some(change) = Change::of(effect) {
            // Nobody may be watching.
            let _ = self.changes.send(change);
        }
        self.program.happened(effect);
    }

    fn keep(
        &self,
        from: &OperatorId,
        at: Timestamp,
        octets: &[u8],
    ) -> impl Future<Output = bool> + Send {
        self.program.keep(from, at, octets)
    }

    fn transferred(&self, entry: TransferEntry) -> impl Future<Output = bool> + Send {
        self.program.transferred(entry)
    }

    fn signs(&self, surrogate: &SurrogateId) -> impl Future<Output = bool> + Send {
        self.program.signs(surrogate)
    }

    fn forget(&self, surrogate: &SurrogateId) -> impl Future<Output = ()> + Send {
        self.program.forget(surrogate)
    }
}

/// What changes, as it changes.
#[derive(Debug)]
pub struct Changes(broadcast::Receiver<Change>);

impl Changes {
    /// The next change, when there is one; `None` when the sink is no more.
    pub async fn next(&mut self) -> Option<Change> {
        match self.0.recv().await {
            Ok(change) => Some(change),
            Err(RecvError::Lagged(_)) => Some(Change::Missed),
            Err(RecvError::Closed) => None,
        }
    }
}

/// A sink: it asks, watches, fetches and stops.
pub struct SinkClient<P, C> {
    desk: Arc<Desk<Watching<P>, C>>,
}

impl<P: Program, C: Connect + Clone + Send + Sync + 'static> SinkClient<P, C> {
    /// By what this desk holds.
    pub const fn new(desk: Arc<Desk<Watching<P>, C>>) -> Self {
        Self { desk }
    }

    /// The desk.
    pub const fn desk(&self) -> &Arc<Desk<Watching<P>, C>> {
        &self.desk
    }

    /// Asks the operator whether data may be fetched on a consent now: the token says so. [`fetch`](Self::fetch)
    /// asks by itself.
    ///
    /// # Errors
    /// [`DeskFault`]: by its code, why not.
    pub async fn ask(&self, cr_id: &ConsentId) -> Result<TokenText, DeskFault> {
        self.desk.token(cr_id).await
    }

    /// What changes from now on.
    #[must_use]
    pub fn watch(&self) -> Changes {
        Changes(self.desk.program().changes.subscribe())
    }

    /// Fetches what is wanted, with a token that is asked for now, and reads it as a `T`.
    ///
    /// # Errors
    /// [`DeskFault`]; [`CallFault::Unreadable`] for what is no `T`.
    pub async fn fetch<T: DeserializeOwned>(&self, want: &Want<'_>) -> Result<T, DeskFault> {
        let answer = self.desk.fetch(want).await?;
        let read = serde_json::from_slice(&answer.body);
        read.map_err(|_| DeskFault::Call(CallFault::Unreadable))
    }

    /// Fetches some fields of what is wanted.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn fetch_fields<T: DeserializeOwned>(
        &self,
        want: &Want<'_>,
        fields: &Fields,
    ) -> Result<T, DeskFault> {
        let query = fields.to_query();
        let want = Want {
            query: query.as_deref(),
            ..*want
        };
        self.fetch(&want).await
    }

    /// Wants no more: asks for the end of a link ([`Desk::end_link`]), and with it of every consent under it.
    /// A sink has no other way to end a consent: it is the person's.
    ///
    /// # Errors
    /// [`DeskFault`].
    pub async fn stop(&self, link: &LinkId) -> Result<(), DeskFault> {
        self.desk.end_link(link).await
    }
}

impl<P: fmt::Debug, C> fmt::Debug for SinkClient<P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SinkClient").field(&self.desk).finish()
    }
}
