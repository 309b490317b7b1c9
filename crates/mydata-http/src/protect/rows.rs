//! The two rows of the access log for a request: what was decided, and what has left.

use crate::access_log::{AccessEntry, AccessLog, LogFault, Stage};
use axum::body::{Body, HttpBody};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use mydata_store::Clock;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// A log, whichever it is.
pub(crate) trait Rows: Send + Sync {
    fn write<'l>(
        &'l self,
        entry: AccessEntry,
    ) -> Pin<Box<dyn Future<Output = Result<(), LogFault>> + Send + 'l>>;
}

impl<L: AccessLog> Rows for L {
    fn write<'l>(
        &'l self,
        entry: AccessEntry,
    ) -> Pin<Box<dyn Future<Output = Result<(), LogFault>> + Send + 'l>> {
        Box::pin(async move { self.append(entry).await.map(drop) })
    }
}

/// The second row of a request, to be written.
pub(crate) struct Row {
    granted: AccessEntry,
    rows: Arc<dyn Rows>,
    clock: Arc<dyn Clock>,
}

impl Row {
    pub(crate) fn new(granted: AccessEntry, rows: Arc<dyn Rows>, clock: Arc<dyn Clock>) -> Self {
        Self {
            granted,
            rows,
            clock,
        }
    }

    /// Writes what has come of it; who waits for the answer does not wait for that. What cannot be written is
    /// told as lost at the log's next start.
    fn end(self, stage: Stage) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            let row = self.granted.then(stage, self.clock.now());
            let _ = self.rows.write(row).await;
        });
    }
}

/// An answer of which it is written down how much has left.
pub(crate) fn counted(response: Response, row: Row) -> Response {
    let is_given = response.status().is_success() && response.status() != StatusCode::NO_CONTENT;
    if !is_given {
        // A handler that could not give it: what it says then is no data.
        row.end(Stage::NotReleased);
        return response;
    }
    response.map(|body| {
        Body::new(Counted {
            body,
            octets: 0,
            row: Some(row),
        })
    })
}

struct Counted {
    body: Body,
    octets: u64,
    row: Option<Row>,
}

impl Counted {
    fn end(&mut self, is_whole: bool) {
        let stage = match (is_whole, self.octets) {
            (true, octets) => Stage::Released { octets },
            (false, 0) => Stage::NotReleased,
            (false, octets) => Stage::Interrupted { octets },
        };
        if let Some(row) = self.row.take() {
            row.end(stage);
        }
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            None => self.end(true),
            Some(Err(_)) => self.end(false),
            Some(Ok(frame)) => {
                let octets = frame.data_ref().map_or(0, |data| data.len() as u64);
                self.octets = self.octets.saturating_add(octets);
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Counted {
    /// A connection does not ask for what follows the last octet.
    fn drop(&mut self) {
        let is_whole = self.body.is_end_stream();
        self.end(is_whole);
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Row").field(&self.granted).finish()
    }
}
