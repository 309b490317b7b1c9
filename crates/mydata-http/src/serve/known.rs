//! What is said of a request while it is answered, beside the answer: where it happens, and taken down by the
//! listener, so that no handler knows of numbers.

use mydata::core::time::Timestamp;
use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

/// What was said.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Noted {
    /// Whoever sent the request has proven who they are.
    pub(crate) is_known: bool,
    /// How long it took to decide what a sink may have.
    pub(crate) decision: Option<Duration>,
    /// When it says that it was signed, and when it came, of what was signed indeed.
    pub(crate) signed: Option<(Timestamp, Timestamp)>,
    /// Rows that were told whose receiver nobody knows.
    pub(crate) strangers: u64,
}

tokio::task_local! {
    static NOTED: Cell<Noted>;
}

/// Says something of the request that is being answered. Of one that no listener of ours has taken, nobody asks.
pub(crate) fn note(say: impl FnOnce(&mut Noted)) {
    let _ = NOTED.try_with(|noted| {
        let mut said = noted.get();
        say(&mut said);
        noted.set(said);
    });
}

/// Whoever sent the request that is being answered has proven who they are.
pub(crate) fn known() {
    note(|noted| noted.is_known = true);
}

/// Answers a request, and gives what was said by then.
pub(super) async fn observed<F: Future>(answering: F) -> (F::Output, Noted) {
    let answering = async {
        let answered = answering.await;
        (answered, NOTED.with(Cell::get))
    };
    NOTED.scope(Cell::default(), answering).await
}
