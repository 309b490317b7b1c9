//! What may go wrong underneath, and the little that rooms above need of SQL.

use crate::fault::{StoreFault, StoreRefusal};
use rusqlite::{Connection, Params, Row, ffi};
use std::io;

/// A refusal of ours, or an error of SQLite, whose code decides how it goes on.
#[derive(Debug)]
pub(super) enum Trouble {
    Refused(StoreFault),
    Engine(rusqlite::Error),
}

pub(super) type Tried<T> = Result<T, Trouble>;

impl From<StoreRefusal> for Trouble {
    fn from(refusal: StoreRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<StoreFault> for Trouble {
    fn from(fault: StoreFault) -> Self {
        Self::Refused(fault)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Trouble> for StoreFault {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(fault) => fault,
            Trouble::Engine(error) => of_engine(&error),
        }
    }
}

/// What a program can do something about, by name; the rest by number.
const NAMES: &[(i32, &str)] = &[
    (ffi::SQLITE_BUSY, "SQLITE_BUSY"),
    (ffi::SQLITE_CANTOPEN, "SQLITE_CANTOPEN"),
    (ffi::SQLITE_CORRUPT, "SQLITE_CORRUPT"),
    (ffi::SQLITE_CORRUPT_INDEX, "SQLITE_CORRUPT_INDEX"),
    (ffi::SQLITE_FULL, "SQLITE_FULL"),
    (ffi::SQLITE_IOERR, "SQLITE_IOERR"),
    (ffi::SQLITE_IOERR_DIR_FSYNC, "SQLITE_IOERR_DIR_FSYNC"),
    (ffi::SQLITE_IOERR_FSTAT, "SQLITE_IOERR_FSTAT"),
    (ffi::SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC"),
    (ffi::SQLITE_IOERR_READ, "SQLITE_IOERR_READ"),
    (ffi::SQLITE_IOERR_SHMMAP, "SQLITE_IOERR_SHMMAP"),
    (ffi::SQLITE_IOERR_SHMOPEN, "SQLITE_IOERR_SHMOPEN"),
    (ffi::SQLITE_IOERR_SHMSIZE, "SQLITE_IOERR_SHMSIZE"),
    (ffi::SQLITE_IOERR_SHORT_READ, "SQLITE_IOERR_SHORT_READ"),
    (ffi::SQLITE_IOERR_TRUNCATE, "SQLITE_IOERR_TRUNCATE"),
    (ffi::SQLITE_IOERR_WRITE, "SQLITE_IOERR_WRITE"),
    (ffi::SQLITE_NOMEM, "SQLITE_NOMEM"),
    (ffi::SQLITE_NOTADB, "SQLITE_NOTADB"),
    (ffi::SQLITE_READONLY, "SQLITE_READONLY"),
];

/// The code of SQLite; none where what it gave back is not what was ever stored.
pub(super) fn code(error: &rusqlite::Error) -> Option<i32> {
    if let rusqlite::Error::SqlInputError { error, .. } = error {
        return Some(error.extended_code);
    }
    error.sqlite_extended_error_code()
}

/// The name of a code.
pub(super) fn name(code: i32) -> String {
    let known = NAMES.iter().find(|(number, _)| *number == code);
    known.map_or_else(|| format!("SQLITE_{code}"), |(_, name)| (*name).to_owned())
}

fn of_engine(error: &rusqlite::Error) -> StoreFault {
    let Some(code) = code(error) else {
        return StoreRefusal::Corrupt.into();
    };
    let refusal = match code & 0xff {
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => StoreRefusal::Busy,
        ffi::SQLITE_CANTOPEN => StoreRefusal::Unavailable,
        ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => StoreRefusal::Corrupt,
        ffi::SQLITE_FULL => StoreRefusal::Full,
        ffi::SQLITE_READONLY | ffi::SQLITE_PERM => StoreRefusal::ReadOnly,
        _ => StoreRefusal::Engine,
    };
    StoreFault::of_engine(refusal, &name(code))
}

/// An error of the operating system.
pub(super) fn of_system(error: &io::Error) -> StoreFault {
    use io::ErrorKind as Kind;
    let refusals = [
        (Kind::PermissionDenied, StoreRefusal::ReadOnly),
        (Kind::ReadOnlyFilesystem, StoreRefusal::ReadOnly),
        (Kind::StorageFull, StoreRefusal::Full),
        (Kind::QuotaExceeded, StoreRefusal::Full),
        (Kind::NotFound, StoreRefusal::Unavailable),
        (Kind::NotADirectory, StoreRefusal::Unavailable),
    ];
    let known = refusals.iter().find(|(kind, _)| *kind == error.kind());
    let refusal = known.map_or(StoreRefusal::Engine, |(_, refusal)| *refusal);
    match error.raw_os_error() {
        Some(number) => StoreFault::of_engine(refusal, &format!("errno {number}")),
        None => refusal.into(),
    }
}

/// The first row.
pub(super) fn first<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Tried<T>,
) -> Tried<Option<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// Every row.
pub(super) fn every<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Tried<T>,
) -> Tried<Vec<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

/// Changes rows, and says how many.
pub(super) fn change(db: &Connection, sql: &str, params: impl Params) -> Tried<usize> {
    Ok(db.prepare_cached(sql)?.execute(params)?)
}

/// A number, or the one number of a row that must be there.
pub(super) fn number(db: &Connection, sql: &str, params: impl Params) -> Tried<u64> {
    first(db, sql, params, |row| unsigned(row, 0))?.ok_or(StoreRefusal::Corrupt.into())
}

/// A number as SQLite has it. Ours do not reach 2^63.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that was stored.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> Tried<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| StoreRefusal::Corrupt.into())
}

/// An id that was stored.
pub(super) fn id<T, E>(
    row: &Row<'_>,
    column: usize,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Tried<T> {
    let text = row.get_ref(column)?.as_str();
    let damaged = |_| StoreRefusal::Corrupt;
    Ok(parse(text.map_err(damaged)?).map_err(|_| StoreRefusal::Corrupt)?)
}
