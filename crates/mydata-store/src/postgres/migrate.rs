//! The schema, and what is asked of one that is there.

use super::fault::Trouble;
use super::options::PostgresOptions;
use super::pool::Pool;
use crate::fault::{StoreFault, StoreRefusal};
use mydata::core::crypto::{Crypto, Sha256};
use mydata::keys::Ring;
use std::time::Duration;
use tokio_postgres::{Client, GenericClient};

/// Every migration, in order. Those that have been released never change: a new one is added.
const MIGRATIONS: &[&str] = &[include_str!("0001.sql")];

/// Before another try.
const PAUSE: Duration = Duration::from_millis(50);

/// What has been done to a schema.
enum Found {
    /// Everything.
    Current,
    /// Nothing, or not all of it: so many migrations.
    Older(usize),
}

/// Makes the store in its schema, or brings it up to date; the number of its partitions.
pub(super) async fn migrate(pool: &Pool) -> Result<u16, StoreFault> {
    let mut taken = pool.take().await?;
    let client = taken.client();
    // Without a lock, and without any right to make something, as long as there is nothing to do.
    let mut tries = 0;
    while !matches!(found(client, pool.options.schema()).await?, Found::Current) {
        tries += 1;
        match make(client, &pool.options).await {
            // Others make the schema at this moment, and were first.
            Err(Trouble::Again(_)) if tries < 8 => tokio::time::sleep(PAUSE).await,
            Err(trouble) => return Err(definite(trouble)),
            Ok(()) => {}
        }
    }
    let row = client.query_one("SELECT partitions FROM store", &[]).await;
    let row = row.map_err(definite)?;
    taken.give_back();
    let count: i32 = row.try_get(0).map_err(|_| StoreRefusal::Corrupt)?;
    u16::try_from(count).map_err(|_| StoreRefusal::Corrupt.into())
}

async fn make(client: &mut Client, options: &PostgresOptions) -> Result<(), Trouble> {
    let work = client.transaction().await?;
    // The name was checked: letters, digits and underscores.
    let schema = options.schema();
    let partitions = options.partitions.max(1);
    let tables = options.tables.clamp(1, partitions);
    let begin = format!(
        "CREATE SCHEMA IF NOT EXISTS \"{schema}\"; \
         CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY, checksum bytea NOT NULL); \
         LOCK TABLE migration IN ACCESS EXCLUSIVE MODE; \
         SELECT set_config('mydata.partitions', '{partitions}', true), \
                set_config('mydata.tables', '{tables}', true), \
                set_config('statement_timeout', '0', true);",
    );
    work.batch_execute(&begin).await?;
    let Found::Older(from) = found(&work, schema).await? else {
        return Ok(());
    };
    for (number, sql) in (0_i32..).zip(MIGRATIONS).skip(from) {
        work.batch_execute(sql).await?;
        let insert = "INSERT INTO migration (number, checksum) VALUES ($1, $2)";
        let checksum = checksum(sql);
        work.execute(insert, &[&number, &checksum.as_octets().as_slice()])
            .await?;
    }
    Ok(work.commit().await?)
}

/// Reads what was done, and holds it against what this program knows.
async fn found(client: &impl GenericClient, schema: &str) -> Result<Found, StoreFault> {
    let tables = "SELECT count(*), count(*) FILTER (WHERE c.relname = 'migration') \
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')";
    let row = client.query_one(tables, &[&schema]).await;
    let row = row.map_err(definite)?;
    let (tables, ours): (i64, i64) = match (row.try_get(0), row.try_get(1)) {
        (Ok(tables), Ok(ours)) => (tables, ours),
        _ => return Err(StoreRefusal::Corrupt.into()),
    };
    if tables == 0 {
        return Ok(Found::Older(0));
    }
    if ours == 0 {
        return Err(StoreRefusal::Foreign.into());
    }
    let done = "SELECT checksum FROM migration ORDER BY number";
    let done = client.query(done, &[]).await;
    let done = done.map_err(|error| match error.code().map(|code| code.code()) {
        // No such table or column: somebody else's of that name.
        Some("42P01" | "42703") => StoreRefusal::Foreign.into(),
        _ => definite(error),
    })?;
    for (row, known) in done.iter().zip(MIGRATIONS) {
        let there: &[u8] = row.try_get(0).map_err(|_| StoreRefusal::Foreign)?;
        if there != checksum(known).as_octets() {
            return Err(StoreRefusal::SchemaOther.into());
        }
    }
    match done.len() {
        0 if tables > 1 => Err(StoreRefusal::Foreign.into()),
        count if count > MIGRATIONS.len() => Err(StoreRefusal::SchemaNewer.into()),
        count if count == MIGRATIONS.len() => Ok(Found::Current),
        count => Ok(Found::Older(count)),
    }
}

fn checksum(sql: &str) -> Sha256 {
    Ring.sha256(sql.as_bytes())
}

/// A migration happens as a whole or not at all, and opening again tells which.
fn definite(trouble: impl Into<Trouble>) -> StoreFault {
    match trouble.into() {
        Trouble::Refused(fault) | Trouble::Again(fault) => fault,
        Trouble::Lost => StoreRefusal::Unavailable.into(),
    }
}
