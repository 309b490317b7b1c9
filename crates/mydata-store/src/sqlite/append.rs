//! What one request writes, inside the transaction of the batch that it came with.

use super::read;
use super::row::{self, ConsentSum, LinkSum};
use super::trouble::{Tried, change, first, number, signed, unsigned};
use crate::fault::StoreRefusal;
use crate::model::{
    Append, Appended, Change, ConsentRow, Index, LinkRow, Position, Request, Snapshot, TokenRow,
    Version,
};
use crate::paper::{Paper, PaperName, Revision};
use mydata::core::id::{AccountId, LinkCode, ServiceId};
use mydata::core::time::Timestamp;
use mydata::record::consent::ConsentState;
use mydata::record::link::LinkState;
use rusqlite::{Connection, params};

/// An account, as far as an append needs it.
struct Row {
    no: i64,
    version: Version,
    due: Option<i64>,
    opened: Request,
}

/// The last position that was given.
pub(super) fn last(db: &Connection) -> Tried<Position> {
    let sql = "SELECT max(last, coalesce((SELECT max(position) FROM entry), 0)) FROM part";
    Ok(Position::new(number(db, sql, [])?))
}

/// Appends after the last position, and moves it.
pub(super) fn append(db: &Connection, last: &mut Position, append: &Append) -> Tried<Appended> {
    let sql = "SELECT no, version, due, key, asked FROM account WHERE id = ?1";
    let found = first(db, sql, [append.account.as_str()], |row| {
        Ok(Row {
            no: row.get(0)?,
            version: Version::new(unsigned(row, 1)?),
            due: row.get(2)?,
            opened: row::request(row, 3)?,
        })
    })?;
    let Some(row) = found else {
        if read::tombstone(db, &append.account)?.is_some() {
            return Err(StoreRefusal::AccountErased.into());
        }
        return match &append.change {
            Change::Open { opening, index } => open(db, append, opening, index),
            Change::Decide { .. } | Change::Erase => Err(StoreRefusal::AccountUnknown.into()),
        };
    };
    if let Change::Open { .. } = append.change {
        return match row.opened == append.request {
            true => Ok(Appended::Repeated(None)),
            false => Err(StoreRefusal::AccountExists.into()),
        };
    }
    if let Some(settled) = settled(db, &row, append)? {
        return Ok(settled);
    }
    match &append.change {
        Change::Decide {
            body,
            mark,
            to,
            index,
            snapshot,
        } => {
            *last = last.next();
            let (position, version) = (signed(last.get()), append.expect.next());
            let request = &append.request;
            change(
                db,
                "INSERT INTO entry (position, account, version, key, asked, mark, body)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    position,
                    row.no,
                    signed(version.get()),
                    request.key.as_str(),
                    request.digest.as_octets(),
                    mark,
                    body
                ],
            )?;
            let due = index.due.map(|due| signed(due.seconds()));
            // An index is rewritten for every column that is named, also when it stays the same.
            if due == row.due {
                let sql = "UPDATE account SET version = ?2 WHERE no = ?1";
                change(db, sql, params![row.no, signed(version.get())])?;
            } else {
                let sql = "UPDATE account SET version = ?2, due = ?3 WHERE no = ?1";
                change(db, sql, params![row.no, signed(version.get()), due])?;
            }
            for service in to {
                let sql =
                    "INSERT INTO queue (service, position) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
                change(db, sql, params![number_of(db, service)?, position])?;
            }
            if let Some(snapshot) = snapshot {
                keep(
                    db,
                    "INSERT OR REPLACE INTO snapshot (account, version, head, mark, octets) VALUES (?1, ?2, ?3, ?4, ?5)",
                    row.no,
                    snapshot,
                )?;
            }
            find_by(db, row.no, index, append.at)?;
            Ok(Appended::Stored {
                version,
                position: *last,
            })
        }
        Change::Erase => erase(db, *last, &row, append),
        Change::Open { .. } => Err(StoreRefusal::AccountExists.into()),
    }
}

/// What there is to say without storing anything.
fn settled(db: &Connection, row: &Row, append: &Append) -> Tried<Option<Appended>> {
    let request = &append.request;
    if row.opened.key == request.key {
        return Err(StoreRefusal::RequestKeyReused.into());
    }
    let before = first(
        db,
        row::OF_REQUEST,
        params![row.no, request.key.as_str()],
        row::kept,
    )?;
    match before {
        Some(kept) if kept.request == *request => Ok(Some(Appended::Repeated(Some(kept)))),
        Some(_) => Err(StoreRefusal::RequestKeyReused.into()),
        None if row.version == append.expect => Ok(None),
        None => Ok(Some(Appended::Conflict {
            version: row.version,
        })),
    }
}

fn open(db: &Connection, append: &Append, opening: &Snapshot, index: &Index) -> Tried<Appended> {
    let due = index.due.map(|due| signed(due.seconds()));
    let request = &append.request;
    change(
        db,
        "INSERT INTO account (id, version, due, key, asked) VALUES (?1, 0, ?2, ?3, ?4)",
        params![
            append.account.as_str(),
            due,
            request.key.as_str(),
            request.digest.as_octets()
        ],
    )?;
    let no = db.last_insert_rowid();
    keep(
        db,
        "INSERT INTO opening (account, version, head, mark, octets) VALUES (?1, ?2, ?3, ?4, ?5)",
        no,
        opening,
    )?;
    find_by(db, no, index, append.at)?;
    Ok(Appended::Stored {
        version: Version::ZERO,
        position: Position::ZERO,
    })
}

fn keep(db: &Connection, sql: &str, account: i64, snapshot: &Snapshot) -> Tried<usize> {
    let Snapshot {
        version,
        head,
        octets,
        mark,
    } = snapshot;
    change(
        db,
        sql,
        params![account, signed(version.get()), head, mark, octets],
    )
}

fn find_by(db: &Connection, account: i64, index: &Index, at: Timestamp) -> Tried<()> {
    index
        .linkings
        .iter()
        .try_for_each(|(code, service)| linking(db, account, code, service.as_ref()))?;
    index
        .links
        .iter()
        .try_for_each(|row| link(db, account, row))?;
    index
        .consents
        .iter()
        .try_for_each(|row| consent(db, account, row))?;
    index
        .tokens
        .iter()
        .try_for_each(|row| token(db, account, row, at))
}

/// Refuses when a row was not written because it is another account's.
fn own(written: Tried<usize>) -> Tried<()> {
    match written? {
        0 => Err(StoreRefusal::IdTaken.into()),
        _ => Ok(()),
    }
}

fn linking(
    db: &Connection,
    account: i64,
    code: &LinkCode,
    service: Option<&ServiceId>,
) -> Tried<()> {
    let Some(service) = service else {
        let sql = "DELETE FROM linking WHERE code = ?1 AND account = ?2";
        let gone = change(db, sql, params![code.as_str(), account])?;
        let sql = "SELECT count(*) FROM linking WHERE code = ?1";
        return match gone == 0 && number(db, sql, [code.as_str()])? > 0 {
            true => Err(StoreRefusal::IdTaken.into()),
            false => Ok(()),
        };
    };
    own(change(
        db,
        "INSERT INTO linking (code, account, service) VALUES (?1, ?2, ?3)
            ON CONFLICT (code) DO UPDATE SET service = excluded.service WHERE account = excluded.account",
        params![code.as_str(), account, number_of(db, service)?],
    ))
}

fn link(db: &Connection, account: i64, row: &LinkRow) -> Tried<()> {
    let sum = LinkSum {
        id: row.id.as_str(),
        account,
        service: number_of(db, &row.service)?,
        surrogate: row.surrogate.as_str(),
        state: row::state(&LinkState::ALL, &row.state),
    };
    let others =
        "SELECT count(*) FROM link WHERE service = ?1 AND surrogate = ?2 AND account <> ?3";
    if number(db, others, params![sum.service, sum.surrogate, account])? > 0 {
        return Err(StoreRefusal::IdTaken.into());
    }
    own(change(
        db,
        "INSERT INTO link (id, account, service, surrogate, state, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (id) DO UPDATE SET service = excluded.service, surrogate = excluded.surrogate,
                state = excluded.state, sum = excluded.sum
            WHERE account = excluded.account",
        params![sum.id, account, sum.service, sum.surrogate, sum.state, sum.sum()],
    ))
}

fn consent(db: &Connection, account: i64, row: &ConsentRow) -> Tried<()> {
    let sql = "SELECT no FROM link WHERE id = ?1 AND account = ?2";
    let link = first(db, sql, params![row.link.as_str(), account], |row| {
        Ok(row.get(0)?)
    })?;
    let seconds = |moment: Timestamp| signed(moment.seconds());
    let sum = ConsentSum {
        id: row.id.as_str(),
        account,
        link,
        state: row::state(&ConsentState::ALL, &row.state),
        nbf: row.validity.nbf.map(seconds),
        exp: row.validity.exp.map(seconds),
    };
    own(change(
        db,
        "INSERT INTO consent (id, account, link, state, nbf, exp, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT (id) DO UPDATE SET link = excluded.link, state = excluded.state,
                nbf = excluded.nbf, exp = excluded.exp, sum = excluded.sum
            WHERE account = excluded.account",
        params![sum.id, account, sum.link, sum.state, sum.nbf, sum.exp, sum.sum()],
    ))
}

/// A token, and a few of the account's that have ended go: as many as come, and more.
fn token(db: &Connection, account: i64, row: &TokenRow, at: Timestamp) -> Tried<()> {
    let ended = "DELETE FROM token WHERE id IN
        (SELECT id FROM token WHERE account = ?1 AND exp <= ?2 LIMIT 4)";
    change(db, ended, params![account, signed(at.seconds())])?;
    own(change(
        db,
        "INSERT INTO token (id, account, exp) VALUES (?1, ?2, ?3)
            ON CONFLICT (id) DO UPDATE SET exp = excluded.exp WHERE account = excluded.account",
        params![row.id.as_str(), account, signed(row.exp.seconds())],
    ))
}

/// The number that stands for a service.
fn number_of(db: &Connection, service: &ServiceId) -> Tried<i64> {
    let sql = "SELECT no FROM service WHERE id = ?1";
    let known = first(db, sql, [service.as_str()], |row| Ok(row.get(0)?))?;
    if let Some(number) = known {
        return Ok(number);
    }
    change(
        db,
        "INSERT INTO service (id) VALUES (?1)",
        [service.as_str()],
    )?;
    Ok(db.last_insert_rowid())
}

fn erase(db: &Connection, last: Position, row: &Row, append: &Append) -> Tried<Appended> {
    let untold = "SELECT 1 FROM service s CROSS JOIN entry e ON e.account = ?1
        CROSS JOIN queue q ON q.service = s.no AND q.position = e.position LIMIT 1";
    let parked = "SELECT 1 FROM paper WHERE account = ?1 AND shelf = 'parked' LIMIT 1";
    let is_untold = first(db, untold, [row.no], |_| Ok(()))?.is_some()
        || first(db, parked, [append.account.as_str()], |_| Ok(()))?.is_some();
    if is_untold {
        return Err(StoreRefusal::Undelivered.into());
    }
    change(
        db,
        "INSERT INTO tombstone (account, at, version, head) VALUES (?1, ?2, ?3, coalesce(
            (SELECT mark FROM entry WHERE account = ?4 ORDER BY version DESC LIMIT 1),
            (SELECT head FROM opening WHERE account = ?4)))",
        params![
            row::digest(&append.account).as_octets(),
            signed(append.at.seconds()),
            signed(row.version.get()),
            row.no
        ],
    )?;
    let entries = change(db, "DELETE FROM entry WHERE account = ?1", [row.no])?;
    let sql = "UPDATE part SET last = ?1, erased = erased + ?2";
    change(db, sql, params![signed(last.get()), signed(entries as u64)])?;
    for sql in [
        "DELETE FROM consent WHERE account = ?1",
        "DELETE FROM link WHERE account = ?1",
        "DELETE FROM linking WHERE account = ?1",
        "DELETE FROM token WHERE account = ?1",
        "DELETE FROM snapshot WHERE account = ?1",
        "DELETE FROM opening WHERE account = ?1",
        "DELETE FROM account WHERE no = ?1",
    ] {
        change(db, sql, [row.no])?;
    }
    change(
        db,
        "DELETE FROM paper WHERE account = ?1",
        [append.account.as_str()],
    )?;
    Ok(Appended::Stored {
        version: row.version,
        position: Position::ZERO,
    })
}

/// Moves a cursor, and takes what it has passed out of the queue of a service.
pub(super) fn advance(
    db: &Connection,
    reader: &str,
    service: Option<&ServiceId>,
    from: Position,
    to: Position,
) -> Tried<bool> {
    if read::cursor(db, reader)? != from || to < from {
        return Ok(false);
    }
    let to = signed(to.get());
    let sql = "INSERT INTO cursor (reader, position) VALUES (?1, ?2)
        ON CONFLICT (reader) DO UPDATE SET position = excluded.position";
    change(db, sql, params![reader, to])?;
    if let Some(service) = service {
        let sql = "DELETE FROM queue WHERE position <= ?2
            AND service = (SELECT no FROM service WHERE id = ?1)";
        change(db, sql, params![service.as_str(), to])?;
    }
    Ok(true)
}

/// Writes a document over the revision that was read, or removes it.
pub(super) fn file(
    db: &Connection,
    name: &PaperName,
    expect: Revision,
    paper: Option<&Paper>,
) -> Tried<bool> {
    if let Some(account) = paper.and_then(|paper| paper.account.as_ref()) {
        let sql = "SELECT 1 FROM tombstone WHERE account = ?1";
        let digest = row::digest(account);
        if first(db, sql, [digest.as_octets()], |_| Ok(()))?.is_some() {
            return Err(StoreRefusal::AccountErased.into());
        }
    }
    let place = [name.shelf().name(), name.name()];
    let sql = "SELECT revision FROM paper WHERE shelf = ?1 AND name = ?2";
    let revision = first(db, sql, place, |row| unsigned(row, 0))?.unwrap_or(0);
    if revision != expect {
        return Ok(false);
    }
    match paper {
        None => change(
            db,
            "DELETE FROM paper WHERE shelf = ?1 AND name = ?2",
            place,
        )?,
        Some(paper) => change(
            db,
            "INSERT INTO paper (shelf, name, revision, account, octets) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (shelf, name) DO UPDATE SET revision = excluded.revision,
                    account = excluded.account, octets = excluded.octets",
            params![
                name.shelf().name(),
                name.name(),
                signed(revision + 1),
                paper.account.as_ref().map(AccountId::as_str),
                paper.octets
            ],
        )?,
    };
    Ok(true)
}
