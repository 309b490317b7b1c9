//! The embedded store, under the contract and under faults.
#![cfg(feature = "sqlite")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot make its files has failed"
)]

#[path = "sqlite/batches.rs"]
mod batches;
#[path = "sqlite/damage.rs"]
mod damage;
#[path = "sqlite/keeping.rs"]
mod keeping;
#[path = "sqlite/opening.rs"]
mod opening;
#[path = "sqlite/stopping.rs"]
mod stopping;
#[path = "sqlite/support.rs"]
mod support;

use mydata_store::{SqliteOptions, SqliteStore, contract};
use std::sync::atomic::{AtomicU32, Ordering};
use support::Folder;

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_keeps_the_contract() {
    let folder = Folder::new();
    let count = AtomicU32::new(0);
    let fresh = async || {
        let name = count.fetch_add(1, Ordering::Relaxed).to_string();
        SqliteStore::open(&folder.file(&name), SqliteOptions::default())
    };
    let report = contract::examine(fresh).await;
    assert!(report.is_passed(), "{report}");
    println!("contract, sqlite: {} rules kept", report.count());
}
