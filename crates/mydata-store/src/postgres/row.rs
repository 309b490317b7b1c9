//! Rows back into what they were. Whatever does not fit was not written by us.

use crate::fault::StoreRefusal;
use crate::model::{Held, Kept, Mark, Position, Reading, Request, RequestKey, Snapshot, Version};
use crate::store::Answer;
use mydata::core::crypto::Sha256;
use mydata::core::id::InvalidId;
use mydata::core::time::Timestamp;
use mydata::record::consent::ConsentState;
use mydata::record::link::LinkState;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

/// A column.
pub(super) fn cell<'r, T: FromSql<'r>>(row: &'r Row, column: usize) -> Answer<T> {
    row.try_get(column)
        .map_err(|_| StoreRefusal::Corrupt.into())
}

/// An id in a column.
pub(super) fn id<T>(
    row: &Row,
    column: usize,
    parse: fn(&str) -> Result<T, InvalidId>,
) -> Answer<T> {
    parse(cell(row, column)?).map_err(|_| StoreRefusal::Corrupt.into())
}

/// A number of the database from one of ours: what is larger than any there, as the largest.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn number(row: &Row, column: usize) -> Answer<u64> {
    u64::try_from(cell::<i64>(row, column)?).map_err(|_| StoreRefusal::Corrupt.into())
}

pub(super) fn mark(row: &Row, column: usize) -> Answer<Mark> {
    Mark::try_from(cell::<&[u8]>(row, column)?).map_err(|_| StoreRefusal::Corrupt.into())
}

pub(super) fn time(row: &Row, column: usize) -> Answer<Option<Timestamp>> {
    match cell::<Option<i64>>(row, column)? {
        None => Ok(None),
        Some(_) => Timestamp::from_seconds(number(row, column)?)
            .map(Some)
            .ok_or_else(|| StoreRefusal::Corrupt.into()),
    }
}

/// An entry whose version, position, digest, body and mark stand from a column on.
pub(super) fn kept(row: &Row, from: usize, key: RequestKey) -> Answer<Kept> {
    let digest = Sha256::from_octets(mark(row, from + 2)?);
    Ok(Kept {
        version: Version::new(number(row, from)?),
        position: Position::new(number(row, from + 1)?),
        request: Request { key, digest },
        body: cell(row, from + 3)?,
        mark: mark(row, from + 4)?,
    })
}

/// The same, after its key.
pub(super) fn keyed(row: &Row, from: usize) -> Answer<Kept> {
    let key = RequestKey::kept(cell(row, from)?).ok_or(StoreRefusal::Corrupt)?;
    kept(row, from + 1, key)
}

/// What `held` gives.
pub(super) fn held(rows: &[Row], reading: Reading) -> Answer<Option<Held>> {
    let mut rows = rows.iter();
    let Some(head) = rows.next() else {
        return Ok(None);
    };
    let from = match reading {
        Reading::Since(_) => None,
        Reading::Newest | Reading::Whole => {
            let row = rows.next().ok_or(StoreRefusal::Corrupt)?;
            Some(Snapshot {
                version: Version::new(number(row, 1)?),
                head: mark(row, 3)?,
                octets: cell(row, 4)?,
                mark: mark(row, 5)?,
            })
        }
    };
    Ok(Some(Held {
        version: Version::new(number(head, 1)?),
        from,
        entries: rows.map(|row| keyed(row, 0)).collect::<Answer<_>>()?,
    }))
}

/// The states by name, as a DBA reads them.
pub(super) const fn link_name(state: LinkState) -> &'static str {
    match state {
        LinkState::Active => "active",
        LinkState::Removed => "removed",
    }
}

pub(super) const fn consent_name(state: ConsentState) -> &'static str {
    match state {
        ConsentState::Active => "active",
        ConsentState::Disabled => "disabled",
        ConsentState::Withdrawn => "withdrawn",
    }
}

/// The state of a name.
pub(super) fn named<T: Copy>(all: &[T], name: fn(T) -> &'static str, found: &str) -> Answer<T> {
    let state = all.iter().find(|state| name(**state) == found);
    state.copied().ok_or_else(|| StoreRefusal::Corrupt.into())
}
