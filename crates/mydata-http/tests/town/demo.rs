//! The program of a service: it remembers what it is told.

use mydata::core::id::{ConsentId, LinkCode, OperatorId};
use mydata::core::time::Timestamp;
use mydata::service::{Effect, TransferEntry};
use mydata_http::Program;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// A message that was kept: from whom, when, and its octets.
pub(crate) type Kept = (OperatorId, Timestamp, Vec<u8>);

/// The program of a service: it remembers what it is told.
#[derive(Debug, Default)]
pub(crate) struct Demo {
    pub(super) codes: Mutex<Vec<LinkCode>>,
    stopped: Mutex<Vec<ConsentId>>,
    kept: Mutex<Vec<Kept>>,
    transfers: Mutex<Vec<TransferEntry>>,
    is_broken: AtomicBool,
}

impl Demo {
    /// What it has kept.
    pub(crate) fn kept(&self) -> Vec<Kept> {
        self.kept.lock().unwrap().clone()
    }

    /// What it has written down of data requests.
    pub(crate) fn transfers(&self) -> Vec<TransferEntry> {
        self.transfers.lock().unwrap().clone()
    }

    /// What it has stopped.
    pub(crate) fn stopped(&self) -> Vec<ConsentId> {
        self.stopped.lock().unwrap().clone()
    }

    /// From now on it can keep nothing, or can again.
    pub(crate) fn break_disk(&self, is_broken: bool) {
        self.is_broken.store(is_broken, Ordering::SeqCst);
    }
}

impl Program for Demo {
    fn happened(&self, effect: &Effect) {
        if let Effect::AskPerson { code } = effect {
            self.codes.lock().unwrap().push(code.clone());
        }
        if let Effect::Stop { cr_id } = effect {
            self.stopped.lock().unwrap().push(cr_id.clone());
        }
    }

    async fn keep(&self, from: &OperatorId, at: Timestamp, octets: &[u8]) -> bool {
        let is_broken = self.is_broken.load(Ordering::SeqCst);
        if !is_broken {
            let kept = (from.clone(), at, octets.to_vec());
            self.kept.lock().unwrap().push(kept);
        }
        !is_broken
    }

    async fn transferred(&self, entry: TransferEntry) -> bool {
        self.transfers.lock().unwrap().push(entry);
        !self.is_broken.load(Ordering::SeqCst)
    }
}
