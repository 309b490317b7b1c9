//! How the tables came to be: a numbered list of texts, which only ever grows. What has been done to a
//! file, and by which text, stands in it.

use super::trouble::{Tried, change, every, unsigned};
use crate::fault::StoreRefusal;
use mydata::core::crypto::Crypto;
use mydata::keys::Ring;
use rusqlite::{Connection, params};

/// Every text there has been. A text that was released is never changed: the next one corrects it.
pub(super) const MIGRATIONS: &[&str] = &[include_str!("schema/1.sql")];

const OF_MIGRATIONS: &str = "CREATE TABLE IF NOT EXISTS migration (
    number INTEGER PRIMARY KEY,
    sum BLOB NOT NULL
) STRICT";

/// Does what has not been done, each text in a transaction of its own; nothing to a file that has seen
/// other texts than these.
pub(super) fn migrate(db: &Connection, texts: &[&str]) -> Tried<()> {
    let sums: Vec<[u8; 32]> = texts
        .iter()
        .map(|text| *Ring.sha256(text.as_bytes()).as_octets())
        .collect();
    let is_new = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        row.get::<_, i64>(0)
    })? == 0;
    if is_new {
        db.execute_batch(OF_MIGRATIONS)?;
    }
    let done = every(
        db,
        "SELECT number, sum FROM migration ORDER BY number",
        [],
        |row| Ok((unsigned(row, 0)?, row.get::<_, [u8; 32]>(1)?)),
    )?;
    if done.len() > texts.len() {
        return Err(StoreRefusal::SchemaNewer.into());
    }
    let known = (1..).zip(sums.iter().copied());
    if !done.iter().copied().eq(known.take(done.len())) {
        return Err(StoreRefusal::SchemaOther.into());
    }
    for (number, (text, sum)) in (1_i64..).zip(texts.iter().zip(&sums)).skip(done.len()) {
        db.execute_batch("BEGIN IMMEDIATE")?;
        // Left open when something fails: the connection is closed then, and nothing has happened.
        db.execute_batch(text)?;
        change(
            db,
            "INSERT INTO migration VALUES (?1, ?2)",
            params![number, sum],
        )?;
        db.execute_batch(&format!("PRAGMA user_version = {number}; COMMIT"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::trouble::{Trouble, number};

    const FIRST: &str = "CREATE TABLE person (no INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
        INSERT INTO person VALUES (1, 'Sofia')";
    const SECOND: &str = "ALTER TABLE person ADD COLUMN age INTEGER; UPDATE person SET age = 15";
    const BROKEN: &str = "ALTER TABLE person ADD COLUMN town TEXT; SELECT nothing FROM nowhere";

    fn refusal(tried: Tried<()>) -> Option<StoreRefusal> {
        match tried {
            Err(Trouble::Refused(fault)) => Some(fault.refusal()),
            Ok(()) | Err(Trouble::Engine(_)) => None,
        }
    }

    #[test]
    fn a_file_of_an_earlier_version_is_brought_up_to_date() {
        let db = Connection::open_in_memory().unwrap();
        migrate(&db, &[FIRST]).unwrap();
        migrate(&db, &[FIRST, SECOND]).unwrap();
        migrate(&db, &[FIRST, SECOND]).unwrap();
        assert_eq!(
            number(&db, "SELECT age FROM person WHERE name = 'Sofia'", []).unwrap(),
            15
        );
        assert_eq!(number(&db, "PRAGMA user_version", []).unwrap(), 2);
    }

    #[test]
    fn other_texts_are_refused() {
        let db = Connection::open_in_memory().unwrap();
        migrate(&db, &[FIRST, SECOND]).unwrap();
        assert_eq!(
            refusal(migrate(&db, &[FIRST])),
            Some(StoreRefusal::SchemaNewer)
        );
        for texts in [[FIRST, BROKEN], [SECOND, FIRST]] {
            assert_eq!(
                refusal(migrate(&db, &texts)),
                Some(StoreRefusal::SchemaOther)
            );
        }
    }

    #[test]
    fn a_text_that_fails_leaves_the_file_as_it_was() {
        let folder = std::env::temp_dir().join(format!("mydata-schema-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("store");
        let db = Connection::open(&file).unwrap();
        migrate(&db, &[FIRST]).unwrap();
        assert!(matches!(
            migrate(&db, &[FIRST, BROKEN]),
            Err(Trouble::Engine(_))
        ));
        drop(db);
        let db = Connection::open(&file).unwrap();
        assert_eq!(number(&db, "PRAGMA user_version", []).unwrap(), 1);
        migrate(&db, &[FIRST, SECOND]).unwrap();
        drop(db);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
