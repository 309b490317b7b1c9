//! What is opened, and what is not.

use super::{database, fresh, open, plain, sql, stored};
use mydata_store::postgres::{PostgresOptions, PostgresStore};
use mydata_store::{Reading, Store, StoreFault, StoreRefusal};
use tokio::task::JoinSet;

async fn refusal(options: &PostgresOptions) -> (StoreRefusal, Option<String>) {
    let fault: StoreFault = PostgresStore::open(options.clone()).await.unwrap_err();
    (fault.refusal(), fault.engine().map(str::to_owned))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_made_once_and_stays_as_it_was_made() {
    let options = fresh(&database());
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        tasks.spawn(PostgresStore::open(options.clone()));
    }
    while let Some(store) = tasks.join_next().await {
        assert_eq!(store.unwrap().unwrap().partitions(), 8);
    }
    let store = PostgresStore::open(options.clone()).await.unwrap();
    stored(&store, open(1)).await;
    let mut others = options;
    others.partitions = 3;
    let store = PostgresStore::open(others).await.unwrap();
    assert_eq!(store.partitions(), 8, "the number that it was made with");
    let held = store.account(&super::account(1), Reading::Newest).await;
    assert!(held.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_write_rows_opens_what_is_there() {
    let options = fresh(&database());
    let store = PostgresStore::open(options.clone()).await.unwrap();
    let (client, schema) = (sql(&database(), &store).await, store.schema());
    let role = format!("r_{schema}");
    let grants = format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {role}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};"
    );
    client.batch_execute(&grants).await.unwrap();
    let url = database().replace("://mydata@", &format!("://{role}@"));
    let store = PostgresStore::open(PostgresOptions::new(&url, schema).unwrap()).await;
    stored(&store.unwrap(), open(1)).await;
    // Nor does it make anything elsewhere.
    let elsewhere = PostgresOptions::new(&url, &format!("{schema}_other")).unwrap();
    assert_eq!(
        refusal(&elsewhere).await,
        (StoreRefusal::Engine, Some("42501".to_owned()))
    );
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    client.batch_execute(&drop).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ours_is_left_alone() {
    let foreign = [
        "CREATE TABLE invoice (id integer)",
        "CREATE TABLE migration (id integer)",
        "CREATE TABLE migration (number integer, checksum text); INSERT INTO migration VALUES (0, 'x')",
        "CREATE TABLE migration (number integer, checksum bytea); CREATE VIEW invoice AS SELECT 1",
    ];
    for table in foreign {
        let options = fresh(&database());
        let client = plain(&database()).await;
        let schema = options.schema();
        let make = format!("CREATE SCHEMA {schema}; SET search_path = {schema}; {table}");
        client.batch_execute(&make).await.unwrap();
        assert_eq!(
            refusal(&options).await,
            (StoreRefusal::Foreign, None),
            "{table}"
        );
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = $1";
        let tables: i64 = client.query_one(tables, &[&schema]).await.unwrap().get(0);
        assert_eq!(tables, 1, "{table}");
    }
    for (change, wanted) in [
        (
            "INSERT INTO migration VALUES (999, '')",
            StoreRefusal::SchemaNewer,
        ),
        (
            "UPDATE migration SET checksum = '' WHERE number = 0",
            StoreRefusal::SchemaOther,
        ),
    ] {
        let options = fresh(&database());
        let store = PostgresStore::open(options.clone()).await.unwrap();
        let client = sql(&database(), &store).await;
        client.batch_execute(change).await.unwrap();
        assert_eq!(refusal(&options).await, (wanted, None), "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_stored_where_it_would_not_last() {
    for weak in ["off", "local", "remote_write"] {
        let url = format!("{}?options=-csynchronous_commit%3D{weak}", database());
        let wanted = Some("synchronous_commit".to_owned());
        assert_eq!(
            refusal(&fresh(&url)).await,
            (StoreRefusal::SettingOther, wanted)
        );
    }
    let url = format!(
        "{}?options=-cdefault_transaction_read_only%3Don",
        database()
    );
    let (refusal, code) = refusal(&fresh(&url)).await;
    assert_eq!(
        (refusal, code.as_deref()),
        (StoreRefusal::ReadOnly, Some("25006"))
    );
}

#[tokio::test]
async fn what_cannot_be_reached_says_so() {
    let nobody = PostgresOptions::new("postgres://mydata@127.0.0.1:1/postgres", "s").unwrap();
    assert_eq!(refusal(&nobody).await, (StoreRefusal::Unavailable, None));
    let database = PostgresOptions::new(&format!("{}_none", database()), "s").unwrap();
    let wanted = Some("3D000".to_owned());
    assert_eq!(
        refusal(&database).await,
        (StoreRefusal::Unavailable, wanted)
    );
    // Without TLS nothing is sent to another machine.
    for elsewhere in [
        "postgres://db.example/x",
        "host=localhost hostaddr=192.0.2.1",
    ] {
        let options = PostgresOptions::new(elsewhere, "s").unwrap();
        let wanted = Some("tls".to_owned());
        assert_eq!(refusal(&options).await, (StoreRefusal::Unavailable, wanted));
    }
}

#[test]
fn a_name_of_a_schema_is_a_plain_word() {
    for name in ["", "1a", "A", "a-b", "a\"b", "ä", &"a".repeat(49)] {
        assert!(
            PostgresOptions::new("postgres://x/y", name).is_none(),
            "{name}"
        );
    }
    assert!(PostgresOptions::new("http://x/y", "a").is_none());
    let options = PostgresOptions::new("postgres://u:secret@x/y", "a_1").unwrap();
    assert!(!format!("{options:?}").contains("secret"));
}
