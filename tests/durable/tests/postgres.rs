//! The same rules over PostgreSQL: `MYDATA_POSTGRES` is the URL of a database in which schemas may be
//! made, and without it every one of them fails.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use mydata_durable::{each, suite};
use mydata_store::{PostgresOptions, PostgresStore};
use std::sync::Arc;

async fn fresh(rule: &str) -> PostgresStore {
    let database =
        std::env::var("MYDATA_POSTGRES").expect("MYDATA_POSTGRES: the URL of a database");
    // The name of a schema has 48 characters at the most.
    let name: String = format!("d{}_{rule}", std::process::id())
        .chars()
        .take(48)
        .collect();
    let mut options = PostgresOptions::new(&database, &name).unwrap();
    (options.partitions, options.tables) = (4, 2);
    PostgresStore::open(options).await.unwrap()
}

macro_rules! rules {
    ($rule:ident) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn $rule() {
            let store = fresh(stringify!($rule)).await;
            suite::$rule(Arc::new(store)).await;
        }
    };
}
each!(rules);
