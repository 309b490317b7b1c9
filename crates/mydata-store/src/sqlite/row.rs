//! Values as they stand in a row.

use super::trouble::{Tried, id, unsigned};
use crate::fault::StoreRefusal;
use crate::model::{Kept, Position, Request, RequestKey, Version};
use crate::paper::Paper;
use mydata::core::crypto::{Crypto, Sha256};
use mydata::core::id::AccountId;
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::record::consent::{ConsentState, Validity};
use mydata::record::link::LinkState;
use rusqlite::Row;
use rusqlite::types::ValueRef;

/// The entries of an account after a version, as [`kept`] reads them.
pub(super) const ENTRIES: &str = "SELECT version, position, key, asked, mark, body
    FROM entry WHERE account = ?1 AND version > ?2 ORDER BY version";

/// The entry of a request, likewise.
pub(super) const OF_REQUEST: &str = "SELECT version, position, key, asked, mark, body
    FROM entry WHERE account = ?1 AND key = ?2";

pub(super) fn kept(row: &Row<'_>) -> Tried<Kept> {
    Ok(Kept {
        version: Version::new(unsigned(row, 0)?),
        position: Position::new(unsigned(row, 1)?),
        request: request(row, 2)?,
        mark: row.get(4)?,
        body: row.get(5)?,
    })
}

/// A request, whose two columns begin at this one.
pub(super) fn request(row: &Row<'_>, column: usize) -> Tried<Request> {
    Ok(Request {
        key: id(row, column, |key| RequestKey::kept(key).ok_or(()))?,
        digest: Sha256::from_octets(row.get(column + 1)?),
    })
}

/// A document, whose two columns begin at this one.
pub(super) fn paper(row: &Row<'_>, column: usize) -> Tried<Paper> {
    let is_none = row.get_ref(column)? == ValueRef::Null;
    let account = (!is_none)
        .then(|| id(row, column, AccountId::parse))
        .transpose()?;
    Ok(Paper {
        account,
        octets: row.get(column + 1)?,
    })
}

pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> Tried<&'r str> {
    let text = row.get_ref(column)?.as_str();
    Ok(text.map_err(|_| StoreRefusal::Corrupt)?)
}

/// Under which a tombstone stands.
pub(super) fn digest(account: &AccountId) -> Sha256 {
    Ring.sha256(account.as_str().as_bytes())
}

pub(super) fn moment(seconds: i64) -> Tried<Timestamp> {
    let seconds = u64::try_from(seconds).ok();
    let moment = seconds.and_then(Timestamp::from_seconds);
    Ok(moment.ok_or(StoreRefusal::Corrupt)?)
}

/// The number of a state: where it stands in the list of all.
pub(super) fn state<T: PartialEq>(all: &[T], state: &T) -> i64 {
    (0..)
        .zip(all)
        .find(|(_, one)| *one == state)
        .map_or(-1, |(number, _)| number)
}

fn of_number<T: Copy>(all: &[T], number: i64) -> Tried<T> {
    let state = usize::try_from(number)
        .ok()
        .and_then(|number| all.get(number));
    Ok(*state.ok_or(StoreRefusal::Corrupt)?)
}

pub(super) fn link_state(number: i64) -> Tried<LinkState> {
    of_number(&LinkState::ALL, number)
}

pub(super) fn consent_state(number: i64) -> Tried<ConsentState> {
    of_number(&ConsentState::ALL, number)
}

/// What the sum of a link is over.
pub(super) struct LinkSum<'a> {
    pub(super) id: &'a str,
    pub(super) account: i64,
    pub(super) service: i64,
    pub(super) surrogate: &'a str,
    pub(super) state: i64,
}

impl<'a> LinkSum<'a> {
    /// Of a row whose columns begin here.
    pub(super) fn of(row: &'a Row<'_>, at: usize) -> Tried<Self> {
        Ok(Self {
            id: text(row, at)?,
            account: row.get(at + 1)?,
            service: row.get(at + 2)?,
            surrogate: text(row, at + 3)?,
            state: row.get(at + 4)?,
        })
    }

    pub(super) fn sum(&self) -> i64 {
        let Self {
            id,
            account,
            service,
            surrogate,
            state,
        } = self;
        sum(&format!("{id} {account} {service} {surrogate} {state}"))
    }
}

/// What the sum of a consent is over.
pub(super) struct ConsentSum<'a> {
    pub(super) id: &'a str,
    pub(super) account: i64,
    pub(super) link: Option<i64>,
    pub(super) state: i64,
    pub(super) nbf: Option<i64>,
    pub(super) exp: Option<i64>,
}

impl<'a> ConsentSum<'a> {
    /// Of a row whose columns begin here.
    pub(super) fn of(row: &'a Row<'_>, at: usize) -> Tried<Self> {
        Ok(Self {
            id: text(row, at)?,
            account: row.get(at + 1)?,
            link: row.get(at + 2)?,
            state: row.get(at + 3)?,
            nbf: row.get(at + 4)?,
            exp: row.get(at + 5)?,
        })
    }

    pub(super) fn sum(&self) -> i64 {
        let Self {
            id,
            account,
            link,
            state,
            nbf,
            exp,
        } = self;
        sum(&format!("{id} {account} {link:?} {state} {nbf:?} {exp:?}"))
    }

    pub(super) fn validity(&self) -> Tried<Validity> {
        let nbf = self.nbf.map(moment).transpose()?;
        Ok(Validity::new(nbf, self.exp.map(moment).transpose()?))
    }
}

/// Four octets of SHA-256: against what disks do, not against people, who could make it again.
fn sum(text: &str) -> i64 {
    let [a, b, c, d, ..] = *Ring.sha256(text.as_bytes()).as_octets();
    i64::from(u32::from_be_bytes([a, b, c, d]))
}
