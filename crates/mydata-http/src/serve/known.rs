//! Whether whoever sent a request has proven who they are: said where it is proven, and asked when it is answered.

use std::cell::Cell;
use std::future::Future;

tokio::task_local! {
    static KNOWN: Cell<bool>;
}

/// Whoever sent the request that is being answered has proven who they are. Of a request that no listener of
/// ours has taken, nobody asks.
pub(crate) fn known() {
    let _ = KNOWN.try_with(|known| known.set(true));
}

/// Answers a request, and says whether its sender was known by then.
pub(super) async fn observed<F: Future>(answering: F) -> (F::Output, bool) {
    let answering = async {
        let answered = answering.await;
        (answered, KNOWN.with(Cell::get))
    };
    KNOWN.scope(Cell::new(false), answering).await
}
