//! What is read. Every function sees one state of the file: a single statement does, and
//! [`account`] opens a transaction for its three.

use super::row::{self, ConsentSum, LinkSum};
use super::trouble::{Tried, change, every, first, id, number, signed, unsigned};
use crate::fault::StoreRefusal;
use crate::model::{
    Backlog, Held, Kept, Logged, Lookup, Position, Reading, Snapshot, Stands, Tombstone, Version,
    Which,
};
use crate::paper::{Paper, PaperName, Revision, Shelf};
use mydata::core::id::{AccountId, ConsentId, ServiceId};
use rusqlite::{Connection, ToSql, params};

/// So many accounts are sorted rather than sought in the order of their ids.
const FEW: u64 = 4096;

pub(super) fn account(db: &Connection, id: &AccountId, reading: Reading) -> Tried<Option<Held>> {
    change(db, "BEGIN", [])?;
    let held = within(db, id, reading);
    change(db, "COMMIT", [])?;
    held
}

fn within(db: &Connection, id: &AccountId, reading: Reading) -> Tried<Option<Held>> {
    let found = first(
        db,
        "SELECT no, version FROM account WHERE id = ?1",
        [id.as_str()],
        |row| Ok((row.get::<_, i64>(0)?, unsigned(row, 1)?)),
    )?;
    let Some((no, version)) = found else {
        return Ok(None);
    };
    let opening = || {
        snapshot(
            db,
            "SELECT version, head, mark, octets FROM opening WHERE account = ?1",
            no,
        )
    };
    let newest = || {
        snapshot(
            db,
            "SELECT version, head, mark, octets FROM snapshot WHERE account = ?1",
            no,
        )
    };
    let (from, after) = match reading {
        Reading::Since(version) => (None, version),
        Reading::Whole | Reading::Newest => {
            let newest = if reading == Reading::Newest {
                newest()?
            } else {
                None
            };
            let from = match newest {
                Some(newest) => newest,
                None => opening()?.ok_or(StoreRefusal::Corrupt)?,
            };
            let after = from.version;
            (Some(from), after)
        }
    };
    let entries = every(
        db,
        row::ENTRIES,
        params![no, signed(after.get())],
        row::kept,
    )?;
    // Whoever decides on these must have them all.
    let follow = (after.get() + 1..)
        .zip(&entries)
        .all(|(version, kept)| kept.version.get() == version);
    let last = entries
        .last()
        .map_or(after.get().min(version), |kept| kept.version.get());
    if !follow || last != version {
        return Err(StoreRefusal::Corrupt.into());
    }
    Ok(Some(Held {
        version: Version::new(version),
        from,
        entries,
    }))
}

fn snapshot(db: &Connection, sql: &str, account: i64) -> Tried<Option<Snapshot>> {
    first(db, sql, [account], |row| {
        Ok(Snapshot {
            version: Version::new(unsigned(row, 0)?),
            head: row.get(1)?,
            mark: row.get(2)?,
            octets: row.get(3)?,
        })
    })
}

pub(super) fn stands(db: &Connection, consent: &ConsentId) -> Tried<Option<Stands>> {
    const SQL: &str = "SELECT c.id, c.account, c.link, c.state, c.nbf, c.exp, c.sum,
            l.id, l.account, l.service, l.surrogate, l.state, l.sum, a.id, s.id
        FROM consent c
        JOIN link l ON l.no = c.link
        JOIN account a ON a.no = c.account
        JOIN service s ON s.no = l.service
        WHERE c.id = ?1";
    first(db, SQL, [consent.as_str()], |row| {
        let (consent, link) = (ConsentSum::of(row, 0)?, LinkSum::of(row, 7)?);
        let is_whole = consent.sum() == row.get::<_, i64>(6)?
            && link.sum() == row.get::<_, i64>(12)?
            && consent.account == link.account;
        if !is_whole {
            return Err(StoreRefusal::Corrupt.into());
        }
        Ok(Stands {
            account: id(row, 13, AccountId::parse)?,
            service: id(row, 14, ServiceId::parse)?,
            link: row::link_state(link.state)?,
            state: row::consent_state(consent.state)?,
            validity: consent.validity()?,
        })
    })
}

pub(super) fn find(db: &Connection, what: &Lookup) -> Tried<Option<AccountId>> {
    const CONSENT: &str =
        "SELECT a.id FROM consent x JOIN account a ON a.no = x.account WHERE x.id = ?1";
    const LINK: &str = "SELECT a.id FROM link x JOIN account a ON a.no = x.account WHERE x.id = ?1";
    const SURROGATE: &str = "SELECT a.id FROM link x JOIN account a ON a.no = x.account
        WHERE x.service = (SELECT no FROM service WHERE id = ?1) AND x.surrogate = ?2 LIMIT 1";
    const LINKING: &str =
        "SELECT a.id FROM linking x JOIN account a ON a.no = x.account WHERE x.code = ?1";
    const TOKEN: &str =
        "SELECT a.id FROM token x JOIN account a ON a.no = x.account WHERE x.id = ?1";
    let (sql, params) = match what {
        Lookup::Consent(id) => (CONSENT, vec![id.as_str()]),
        Lookup::Link(id) => (LINK, vec![id.as_str()]),
        Lookup::Surrogate(service, id) => (SURROGATE, vec![service.as_str(), id.as_str()]),
        Lookup::Linking(code) => (LINKING, vec![code.as_str()]),
        Lookup::Token(id) => (TOKEN, vec![id.as_str()]),
    };
    first(db, sql, rusqlite::params_from_iter(params), |row| {
        id(row, 0, AccountId::parse)
    })
}

pub(super) fn accounts(
    db: &Connection,
    which: &Which,
    after: Option<&AccountId>,
    max: usize,
) -> Tried<Vec<AccountId>> {
    // No id is empty.
    let after = after.map_or("", AccountId::as_str);
    let max = signed(max as u64);
    let all = |sql, of: &dyn ToSql| {
        every(db, sql, params![after, max, of], |row| {
            id(row, 0, AccountId::parse)
        })
    };
    let are_few = |sql, of: &dyn ToSql| {
        Ok::<_, super::trouble::Trouble>(number(db, sql, params![of, signed(FEW)])? < FEW)
    };
    match which {
        Which::All => every(
            db,
            "SELECT id FROM account WHERE id > ?1 ORDER BY id LIMIT ?2",
            params![after, max],
            |row| id(row, 0, AccountId::parse),
        ),
        Which::Due(now) => {
            let now = signed(now.seconds());
            let sql = match are_few(
                "SELECT count(*) FROM (SELECT 1 FROM account WHERE due <= ?1 LIMIT ?2)",
                &now,
            )? {
                true => {
                    "SELECT id FROM account INDEXED BY account_due WHERE due <= ?3 AND id > ?1 ORDER BY id LIMIT ?2"
                }
                false => "SELECT id FROM account WHERE +due <= ?3 AND id > ?1 ORDER BY id LIMIT ?2",
            };
            all(sql, &now)
        }
        Which::Of(service) => {
            let service = first(
                db,
                "SELECT no FROM service WHERE id = ?1",
                [service.as_str()],
                |row| Ok(row.get::<_, i64>(0)?),
            )?;
            let Some(service) = service else {
                return Ok(Vec::new());
            };
            const MEMBERS: &str = "SELECT count(*) FROM (SELECT 1 FROM link WHERE service = ?1
                UNION ALL SELECT 1 FROM linking WHERE service = ?1 LIMIT ?2)";
            let sql = match are_few(MEMBERS, &service)? {
                true => "SELECT a.id FROM (SELECT account FROM link WHERE service = ?3
                        UNION SELECT account FROM linking WHERE service = ?3) m
                    CROSS JOIN account a ON a.no = m.account WHERE a.id > ?1 ORDER BY a.id LIMIT ?2",
                false => "SELECT a.id FROM account a WHERE a.id > ?1 AND
                        (EXISTS (SELECT 1 FROM link x WHERE x.account = a.no AND x.service = ?3)
                        OR EXISTS (SELECT 1 FROM linking x WHERE x.account = a.no AND x.service = ?3))
                    ORDER BY a.id LIMIT ?2",
            };
            all(sql, &service)
        }
    }
}

pub(super) fn tombstone(db: &Connection, account: &AccountId) -> Tried<Option<Tombstone>> {
    let digest = row::digest(account);
    let sql = "SELECT at, version, head FROM tombstone WHERE account = ?1";
    first(db, sql, [digest.as_octets()], |row| {
        Ok(Tombstone {
            account: digest,
            at: row::moment(row.get(0)?)?,
            version: Version::new(unsigned(row, 1)?),
            head: row.get(2)?,
        })
    })
}

pub(super) fn log(
    db: &Connection,
    to: Option<&ServiceId>,
    after: Position,
    max: usize,
) -> Tried<Vec<Logged>> {
    const ALL: &str = "SELECT e.version, e.position, e.key, e.asked, e.mark, e.body, a.id
        FROM entry e JOIN account a ON a.no = e.account
        WHERE e.position > ?1 ORDER BY e.position LIMIT ?2";
    const QUEUED: &str = "SELECT e.version, e.position, e.key, e.asked, e.mark, e.body, a.id
        FROM queue q CROSS JOIN entry e ON e.position = q.position JOIN account a ON a.no = e.account
        WHERE q.service = (SELECT no FROM service WHERE id = ?3) AND q.position > ?1
        ORDER BY q.position LIMIT ?2";
    let read = |row: &rusqlite::Row<'_>| {
        let entry: Kept = row::kept(row)?;
        Ok(Logged {
            account: id(row, 6, AccountId::parse)?,
            entry,
        })
    };
    let (after, max) = (signed(after.get()), signed(max as u64));
    match to {
        None => every(db, ALL, params![after, max], read),
        Some(to) => every(db, QUEUED, params![after, max, to.as_str()], read),
    }
}

pub(super) fn waiting(db: &Connection) -> Tried<Vec<ServiceId>> {
    const SQL: &str = "SELECT id FROM service s
        WHERE EXISTS (SELECT 1 FROM queue q WHERE q.service = s.no)";
    every(db, SQL, [], |row| id(row, 0, ServiceId::parse))
}

pub(super) fn backlog(db: &Connection, to: &ServiceId) -> Tried<Option<Backlog>> {
    // One state of the file: an end that is there has the other one beside it.
    const SQL: &str = "SELECT f.position, l.position FROM
        (SELECT position FROM queue WHERE service = (SELECT no FROM service WHERE id = ?1)
            ORDER BY position LIMIT 1) f,
        (SELECT position FROM queue WHERE service = (SELECT no FROM service WHERE id = ?1)
            ORDER BY position DESC LIMIT 1) l";
    first(db, SQL, [to.as_str()], |row| {
        Ok(Backlog {
            first: Position::new(unsigned(row, 0)?),
            last: Position::new(unsigned(row, 1)?),
        })
    })
}

pub(super) fn cursor(db: &Connection, reader: &str) -> Tried<Position> {
    let sql = "SELECT position FROM cursor WHERE reader = ?1";
    let found = first(db, sql, [reader], |row| unsigned(row, 0))?;
    Ok(Position::new(found.unwrap_or(0)))
}

pub(super) fn paper(db: &Connection, name: &PaperName) -> Tried<Option<(Revision, Paper)>> {
    let sql = "SELECT revision, account, octets FROM paper WHERE shelf = ?1 AND name = ?2";
    first(db, sql, [name.shelf().name(), name.name()], |row| {
        Ok((unsigned(row, 0)?, row::paper(row, 1)?))
    })
}

pub(super) fn papers(
    db: &Connection,
    shelf: Shelf,
    after: Option<&str>,
    max: usize,
) -> Tried<Vec<(PaperName, Paper)>> {
    let sql = "SELECT name, account, octets FROM paper
        WHERE shelf = ?1 AND name > ?2 ORDER BY name LIMIT ?3";
    let params = params![shelf.name(), after.unwrap_or(""), signed(max as u64)];
    every(db, sql, params, |row| {
        let name = id(row, 0, |name| PaperName::new(shelf, name).ok_or(()))?;
        Ok((name, row::paper(row, 1)?))
    })
}
