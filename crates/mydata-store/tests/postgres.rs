//! The store on PostgreSQL, under the contract.
#![expect(clippy::unwrap_used, reason = "a test that cannot begin fails")]

use mydata_store::{PostgresOptions, PostgresStore, contract};
use std::sync::atomic::{AtomicU32, Ordering};

fn database() -> String {
    std::env::var("MYDATA_POSTGRES").expect("MYDATA_POSTGRES: the URL of a database")
}

/// A schema that nobody else has.
fn fresh() -> PostgresOptions {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("t_{}_{number}", std::process::id());
    let mut options = PostgresOptions::new(&database(), &name).unwrap();
    (options.partitions, options.tables) = (8, 4);
    options
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_on_postgresql_keeps_the_contract() {
    for partitions in [1, 8] {
        let report = contract::examine(async || {
            let mut options = fresh();
            options.partitions = partitions;
            PostgresStore::open(options).await
        })
        .await;
        assert!(report.is_passed(), "{report}");
        println!("contract, PostgreSQL: {} rules kept", report.count());
    }
}
