//! One decision: one statement, and what its answer means.

use super::PostgresStore;
use super::fault::Trouble;
use super::pool::{Param, Taken};
use super::row::{cell, consent_name, count, kept, link_name, number};
use crate::fault::{StoreFault, StoreRefusal};
use crate::model::{
    Append, Appended, Change, ConsentRow, Index, LinkRow, Partition, Position, TokenRow, Version,
};
use crate::store::{Answer, Store};
use mydata::core::id::{LinkCode, ServiceId};
use mydata::core::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_postgres::Row;

/// How often it is tried, in all.
const TRIES: u32 = 6;

/// The first pause; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(25);

const OPEN: &str = "SELECT open_account($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
    $15, $16, $17, $18, $19, $20, $21, $22, $23)";
const DECIDE: &str = "SELECT * FROM decide($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, \
    $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)";
const ERASE: &str = "SELECT * FROM erase($1, $2, $3, $4, $5)";

/// The refusals of who has looked at the account.
const SETTLE: &[StoreRefusal] = &[
    StoreRefusal::AccountErased,
    StoreRefusal::AccountExists,
    StoreRefusal::AccountUnknown,
    StoreRefusal::IdTaken,
    StoreRefusal::RequestKeyReused,
    StoreRefusal::Undelivered,
];

impl PostgresStore {
    /// Stores it. The request's key makes it safe to say the same again after a connection has broken.
    pub(super) async fn insist(&self, append: &Append) -> Answer<Appended> {
        let partition = self.partition(&append.account);
        let mut is_doubtful = false;
        let mut last = StoreFault::from(StoreRefusal::OutcomeUnknown);
        for attempt in 0..TRIES {
            if let Some(before) = attempt.checked_sub(1) {
                tokio::time::sleep(PAUSE.saturating_mul(1 << before)).await;
            }
            let answer = match self.pool.take().await {
                Ok(taken) => once(taken, partition, append).await,
                Err(fault) => Err(Trouble::Refused(fault)),
            };
            match answer {
                Err(Trouble::Again(fault)) => last = fault,
                Err(Trouble::Lost) => is_doubtful = true,
                Ok(appended) if is_doubtful => return Ok(own(append, appended)),
                // Too busy to look, say: that does not settle what became of the first time.
                Err(Trouble::Refused(fault)) if is_doubtful => {
                    if SETTLE.contains(&fault.refusal()) {
                        return self.erased(append, fault).await;
                    }
                }
                Ok(appended) => return Ok(appended),
                Err(Trouble::Refused(fault)) => return Err(fault),
            }
        }
        match is_doubtful {
            true => Err(StoreRefusal::OutcomeUnknown.into()),
            false => Err(last),
        }
    }

    /// Whether the account is gone because this very request has erased it, and its answer was lost.
    async fn erased(&self, append: &Append, fault: StoreFault) -> Answer<Appended> {
        let is_erasure = matches!(append.change, Change::Erase);
        if is_erasure && fault.refusal() == StoreRefusal::AccountErased {
            let stone = self.tombstone(&append.account).await?;
            if stone.is_some_and(|stone| (stone.version, stone.at) == (append.expect, append.at)) {
                return Ok(stored(append.expect, Position::ZERO));
            }
        }
        Err(fault)
    }
}

/// What is repeated, and is this very decision, is the one whose answer was lost on its way.
fn own(append: &Append, appended: Appended) -> Appended {
    match (&append.change, appended) {
        (Change::Decide { body, mark, .. }, Appended::Repeated(Some(kept)))
            if kept.version == append.expect.next() && kept.mark == *mark && kept.body == *body =>
        {
            stored(kept.version, kept.position)
        }
        (Change::Open { .. }, Appended::Repeated(None)) => stored(Version::ZERO, Position::ZERO),
        (_, appended) => appended,
    }
}

const fn stored(version: Version, position: Position) -> Appended {
    Appended::Stored { version, position }
}

/// One try.
async fn once(
    taken: Taken<'_>,
    partition: Partition,
    append: &Append,
) -> Result<Appended, Trouble> {
    let p = i32::from(partition.0);
    let account = append.account.as_str();
    let key = append.request.key.as_str();
    let digest = append.request.digest.as_octets().as_slice();
    let at = seconds(append.at);
    let expect = count(append.expect.get());
    match &append.change {
        Change::Open { opening, index } => {
            let due = index.due.map(seconds);
            let (head, mark) = (opening.head.as_slice(), opening.mark.as_slice());
            let mut params: Vec<Param<'_>> = vec![
                &p,
                &account,
                &key,
                &digest,
                &head,
                &opening.octets,
                &mark,
                &at,
                &due,
            ];
            let looked = Looked::of(index);
            params.extend(looked.params());
            let rows = taken.rows(OPEN, &params).await?;
            match cell(first(&rows)?, 0)? {
                "stored" => Ok(stored(Version::ZERO, Position::ZERO)),
                "same" => Ok(Appended::Repeated(None)),
                _ => Err(StoreRefusal::AccountExists.into()),
            }
        }
        Change::Decide {
            body,
            mark,
            to,
            index,
            snapshot,
        } => {
            let mark = mark.as_slice();
            let to: Vec<&str> = to.iter().map(ServiceId::as_str).collect();
            let snapshot = snapshot.as_ref();
            let version = snapshot.map(|snapshot| count(snapshot.version.get()));
            let head = snapshot.map(|snapshot| snapshot.head.as_slice());
            let octets = snapshot.map(|snapshot| snapshot.octets.as_slice());
            let over = snapshot.map(|snapshot| snapshot.mark.as_slice());
            let due = index.due.map(seconds);
            let looked = Looked::of(index);
            let is_indexed = looked.is_something();
            let mut params: Vec<Param<'_>> = vec![
                &p,
                &account,
                &expect,
                &key,
                &digest,
                body,
                &mark,
                &to,
                &version,
                &head,
                &octets,
                &over,
                &is_indexed,
                &at,
                &due,
            ];
            params.extend(looked.params());
            settled(&taken.rows(DECIDE, &params).await?, append)
        }
        Change::Erase => {
            let params: [Param<'_>; 5] = [&p, &account, &expect, &key, &at];
            settled(&taken.rows(ERASE, &params).await?, append)
        }
    }
}

/// What `decide` and `erase` say.
fn settled(rows: &[Row], append: &Append) -> Result<Appended, Trouble> {
    let row = first(rows)?;
    Ok(match cell(row, 0)? {
        "stored" => stored(
            Version::new(number(row, 1)?),
            Position::new(number(row, 2)?),
        ),
        "conflict" => Appended::Conflict {
            version: Version::new(number(row, 1)?),
        },
        "known" => {
            let kept = kept(row, 1, append.request.key.clone())?;
            if kept.request != append.request {
                return Err(StoreRefusal::RequestKeyReused.into());
            }
            Appended::Repeated(Some(kept))
        }
        "reused" => return Err(StoreRefusal::RequestKeyReused.into()),
        "undelivered" => return Err(StoreRefusal::Undelivered.into()),
        "erased" => return Err(StoreRefusal::AccountErased.into()),
        "unknown" => return Err(StoreRefusal::AccountUnknown.into()),
        _ => return Err(StoreRefusal::Corrupt.into()),
    })
}

fn first(rows: &[Row]) -> Answer<&Row> {
    rows.first().ok_or_else(|| StoreRefusal::Corrupt.into())
}

pub(super) fn seconds(time: Timestamp) -> i64 {
    count(time.seconds())
}

/// What is looked up, as columns; of several rows with one id the last.
#[derive(Default)]
struct Looked<'a> {
    over: Vec<&'a str>,
    linkings: [Vec<&'a str>; 2],
    links: [Vec<&'a str>; 4],
    consents: [Vec<&'a str>; 3],
    validities: [Vec<Option<i64>>; 2],
    tokens: Vec<&'a str>,
    ends: Vec<i64>,
}

impl<'a> Looked<'a> {
    fn of(index: &'a Index) -> Self {
        let mut all = Self::default();
        let linkings = index.linkings.iter();
        for (id, to) in linkings
            .map(|(id, to)| (id, to.as_ref()))
            .collect::<BTreeMap<_, _>>()
        {
            match to {
                Some(to) => push(&mut all.linkings, [LinkCode::as_str(id), to.as_str()]),
                None => all.over.push(id.as_str()),
            }
        }
        let links = index.links.iter().map(|row| (&row.id, row));
        for LinkRow {
            id,
            service,
            surrogate,
            state,
        } in links.collect::<BTreeMap<_, _>>().values()
        {
            let state = link_name(*state);
            let row = [id.as_str(), service.as_str(), surrogate.as_str(), state];
            push(&mut all.links, row);
        }
        let consents = index.consents.iter().map(|row| (&row.id, row));
        for ConsentRow {
            id,
            link,
            state,
            validity,
        } in consents.collect::<BTreeMap<_, _>>().values()
        {
            push(
                &mut all.consents,
                [id.as_str(), link.as_str(), consent_name(*state)],
            );
            push(
                &mut all.validities,
                [validity.nbf, validity.exp].map(|time| time.map(seconds)),
            );
        }
        let tokens = index.tokens.iter().map(|row| (&row.id, row));
        for TokenRow { id, exp } in tokens.collect::<BTreeMap<_, _>>().values() {
            all.tokens.push(id.as_str());
            all.ends.push(seconds(*exp));
        }
        all
    }

    fn is_something(&self) -> bool {
        let [linkings, _] = &self.linkings;
        let [links, ..] = &self.links;
        let [consents, ..] = &self.consents;
        [&self.over, linkings, links, consents, &self.tokens]
            .iter()
            .any(|ids| !ids.is_empty())
    }

    /// In the order of `set_index`.
    fn params(&self) -> impl Iterator<Item = Param<'_>> {
        let texts = std::iter::once(&self.over)
            .chain(&self.linkings)
            .chain(&self.links)
            .chain(&self.consents);
        let texts = texts.map(|column| -> Param<'_> { column });
        let times = self.validities.iter().map(|column| -> Param<'_> { column });
        let tokens: [Param<'_>; 2] = [&self.tokens, &self.ends];
        texts.chain(times).chain(tokens)
    }
}

fn push<T, const COLUMNS: usize>(columns: &mut [Vec<T>; COLUMNS], row: [T; COLUMNS]) {
    for (column, value) in columns.iter_mut().zip(row) {
        column.push(value);
    }
}
