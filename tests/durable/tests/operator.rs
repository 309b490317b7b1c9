//! The durable operator over the store in memory and the embedded one; PostgreSQL has the same suite
//! where there is a server.

use mydata_durable::{each, suite};
use mydata_store::{MemoryStore, SqliteOptions, SqliteStore};
use std::sync::Arc;

macro_rules! over {
    ($name:ident, $store:expr) => {
        mod $name {
            use super::*;

            macro_rules! rules {
                ($rule:ident) => {
                    #[tokio::test(flavor = "multi_thread")]
                    async fn $rule() {
                        let (store, _kept) = $store;
                        suite::$rule(Arc::new(store)).await;
                    }
                };
            }
            each!(rules);
        }
    };
}

over!(memory, (MemoryStore::new(4), ()));
over!(sqlite, {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("operator.db"), SqliteOptions::default());
    (store.unwrap(), folder)
});
