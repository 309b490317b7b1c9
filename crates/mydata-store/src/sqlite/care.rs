//! The care of a file that is in use: examining it, and copying it.

use super::file;
use super::row::{self, ConsentSum, LinkSum};
use super::trouble::{Tried, change, every, first, number, of_system};
use crate::fault::StoreRefusal;
use crate::store::Answer;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::File;
use std::path::Path;

/// What the examination of a store has found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteCheck {
    /// Accounts.
    pub accounts: u64,
    /// Entries of the log.
    pub entries: u64,
    /// Links and consents that are looked up.
    pub rows: u64,
    /// What must not be, and how often it is.
    pub flaws: Vec<(&'static str, u64)>,
}

impl SqliteCheck {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.flaws.is_empty()
    }
}

/// What must not be, and how it is counted.
const FLAWS: &[(&str, &str)] = &[
    (
        "rows that refer to what is not there",
        "SELECT count(*) FROM pragma_foreign_key_check",
    ),
    (
        "accounts whose version is not that of their last entry",
        "SELECT count(*) FROM account a
            WHERE version <> (SELECT coalesce(max(version), 0) FROM entry e WHERE e.account = a.no)",
    ),
    (
        "accounts with a hole in their entries",
        "SELECT count(*) FROM account a
            WHERE version <> (SELECT count(*) FROM entry e WHERE e.account = a.no)",
    ),
    (
        "accounts without an opening",
        "SELECT count(*) FROM account WHERE no NOT IN (SELECT account FROM opening)",
    ),
    (
        "snapshots ahead of their account",
        "SELECT count(*) FROM snapshot s JOIN account a ON a.no = s.account WHERE s.version > a.version",
    ),
    (
        "positions of the log that are neither there nor erased",
        "SELECT abs(max(last, coalesce((SELECT max(position) FROM entry), 0)) - erased
            - (SELECT count(*) FROM entry)) FROM part",
    ),
    (
        "messages that wait without an entry",
        "SELECT count(*) FROM queue WHERE position NOT IN (SELECT position FROM entry)",
    ),
    (
        "consents under the link of another account",
        "SELECT count(*) FROM consent c LEFT JOIN link l ON l.no = c.link
            WHERE c.link IS NOT NULL AND l.account IS NOT c.account",
    ),
];

/// Examines what the file holds, as it stands at one moment.
pub(super) fn check(db: &Connection) -> Tried<SqliteCheck> {
    change(db, "BEGIN", [])?;
    let found = within(db);
    change(db, "COMMIT", [])?;
    found
}

fn within(db: &Connection) -> Tried<SqliteCheck> {
    // With the indexes, which a quick check leaves out. What SQLite says of a row may repeat it, so it
    // is only counted.
    let said = every(db, "PRAGMA integrity_check(100)", [], |row| {
        Ok(row::text(row, 0)? == "ok")
    })?;
    let damaged = said.iter().filter(|is_ok| !**is_ok).count() as u64;
    let mut flaws = vec![("pages or rows that are damaged", damaged)];
    for (flaw, sql) in FLAWS {
        flaws.push((flaw, number(db, sql, [])?));
    }
    let links = every(
        db,
        "SELECT id, account, service, surrogate, state, sum FROM link",
        [],
        |row| Ok(LinkSum::of(row, 0)?.sum() == row.get::<_, i64>(5)?),
    )?;
    let consents = every(
        db,
        "SELECT id, account, link, state, nbf, exp, sum FROM consent",
        [],
        |row| Ok(ConsentSum::of(row, 0)?.sum() == row.get::<_, i64>(6)?),
    )?;
    let turned = links
        .iter()
        .chain(&consents)
        .filter(|is_whole| !**is_whole)
        .count();
    flaws.push((
        "links and consents that are not as they were written",
        turned as u64,
    ));
    flaws.retain(|(_, count)| *count > 0);
    Ok(SqliteCheck {
        accounts: number(db, "SELECT count(*) FROM account", [])?,
        entries: number(db, "SELECT count(*) FROM entry", [])?,
        rows: (links.len() + consents.len()) as u64,
        flaws,
    })
}

/// Copies the store as it stands at one moment to a file that does not exist yet.
pub(super) fn backup(db: &Connection, to: &Path) -> Answer<()> {
    let system = |error| of_system(&error);
    let part = file::beside(to, "-part");
    file::private(&part).map_err(system)?;
    let copied = copy(db, &part).and_then(|()| {
        File::open(&part)
            .and_then(|part| part.sync_all())
            .map_err(system)?;
        // A link is refused where there is a file: nothing is ever written over.
        Ok(std::fs::hard_link(&part, to).map_err(system)?)
    });
    let _ = std::fs::remove_file(&part);
    copied?;
    file::sync_folder(file::folder(to)).map_err(system)
}

fn copy(db: &Connection, part: &Path) -> Tried<()> {
    // A transaction that is open holds the state of this moment: without it, every commit of the writer
    // would make the copy begin again.
    change(db, "BEGIN", [])?;
    first(db, "SELECT no FROM part", [], |_| Ok(()))?.ok_or(StoreRefusal::Corrupt)?;
    let copied = steps(db, part);
    change(db, "COMMIT", [])?;
    copied
}

fn steps(db: &Connection, part: &Path) -> Tried<()> {
    let mut to = Connection::open_with_flags(part, file::writing())?;
    // It is synced as a whole, and thrown away unless it is complete.
    to.execute_batch("PRAGMA synchronous = off; PRAGMA journal_mode = off")?;
    let backup = Backup::new(db, &mut to)?;
    loop {
        let step = backup.step(1024)?;
        if step == StepResult::Done {
            break;
        }
        if step != StepResult::More {
            return Err(StoreRefusal::Busy.into());
        }
    }
    drop(backup);
    to.close().map_err(|(_, error)| error.into())
}
