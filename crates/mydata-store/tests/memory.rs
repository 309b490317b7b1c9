//! The store in memory, under the contract.

use mydata_store::{MemoryStore, contract};

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_memory_keeps_the_contract() {
    for partitions in [1, 4] {
        let report = contract::examine(async || Ok(MemoryStore::new(partitions))).await;
        assert!(report.is_passed(), "{report}");
        println!("contract, memory: {} rules kept", report.count());
    }
}
