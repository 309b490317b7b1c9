#![doc = include_str!("../docs/postgres.md")]

mod append;
mod fault;
mod migrate;
mod options;
mod pool;
mod row;

pub use self::options::PostgresOptions;

use self::append::seconds;
use self::fault::Trouble;
use self::pool::{Param, Pool};
use self::row::{cell, consent_name, count, held, id, keyed, link_name, mark, named, number, time};
use crate::fault::{StoreFault, StoreRefusal};
use crate::model::{
    Append, Appended, Backlog, Held, Logged, Lookup, Partition, Position, Reading, Stands,
    Tombstone, Version, Which,
};
use crate::paper::{Paper, PaperName, Revision, Shelf};
use crate::store::{Answer, Reader, Store};
use mydata::core::crypto::{Crypto, Sha256};
use mydata::core::id::{AccountId, ConsentId, ServiceId};
use mydata::keys::Ring;
use mydata::record::consent::{ConsentState, Validity};
use mydata::record::link::LinkState;
use std::fmt;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{NoTls, Row, Socket};

/// A store in a schema of a PostgreSQL database.
pub struct PostgresStore {
    pool: Pool,
    partitions: u16,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresStore({})", self.pool.options.schema())
    }
}

impl PostgresStore {
    /// Opens the store without TLS, and makes it where there is none: on this machine only.
    ///
    /// # Errors
    /// [`Unavailable`](StoreRefusal::Unavailable), with `tls` for a host elsewhere, and everything
    /// that [`open_with`](Self::open_with) refuses.
    pub async fn open(options: PostgresOptions) -> Result<Self, StoreFault> {
        match options.is_local() {
            true => Self::open_with(options, NoTls).await,
            false => Err(StoreFault::of_engine(StoreRefusal::Unavailable, "tls")),
        }
    }

    /// The same over a TLS of the caller's choice: `tokio-postgres-rustls`, `postgres-native-tls`;
    /// with `sslmode=require` in the URL, or the server may do without. Or with
    /// [`NoTls`], where the network is trusted.
    ///
    /// # Errors
    /// [`Unavailable`](StoreRefusal::Unavailable) with the SQLSTATE where there is one,
    /// [`SettingOther`](StoreRefusal::SettingOther) with the name of the setting,
    /// [`Foreign`](StoreRefusal::Foreign), [`SchemaNewer`](StoreRefusal::SchemaNewer),
    /// [`SchemaOther`](StoreRefusal::SchemaOther).
    pub async fn open_with<T>(options: PostgresOptions, tls: T) -> Result<Self, StoreFault>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let pool = Pool::new(options, tls);
        let partitions = migrate::migrate(&pool).await?;
        Ok(Self { pool, partitions })
    }

    /// The schema that it lives in.
    #[must_use]
    pub fn schema(&self) -> &str {
        self.pool.options.schema()
    }

    /// Where an account is: computed to find its rows, which have the number written in them.
    fn partition(&self, account: &AccountId) -> Partition {
        Partition::of(&digest(account), self.partitions)
    }

    /// The first row of an answer.
    async fn one(&self, sql: &'static str, params: &[Param<'_>]) -> Answer<Option<Row>> {
        Ok(self.pool.read(sql, params).await?.into_iter().next())
    }

    async fn ids<T>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
        parse: fn(&str) -> Result<T, mydata::core::id::InvalidId>,
    ) -> Answer<Vec<T>> {
        let rows = self.pool.read(sql, params).await?;
        rows.iter().map(|row| id(row, 0, parse)).collect()
    }

    /// Writes on condition. No key tells whether it was done before: after a broken connection the
    /// caller reads what stands there.
    async fn whether(&self, sql: &'static str, params: &[Param<'_>]) -> Answer<bool> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.pool.take().await?.rows(sql, params).await {
                Ok(rows) => return rows.first().map_or(Ok(false), |row| cell(row, 0)),
                Err(Trouble::Again(_)) if tries < 3 => {}
                Err(Trouble::Again(fault) | Trouble::Refused(fault)) => return Err(fault),
                Err(Trouble::Lost) => return Err(StoreRefusal::OutcomeUnknown.into()),
            }
        }
    }
}

fn digest(account: &AccountId) -> Sha256 {
    Ring.sha256(account.as_str().as_bytes())
}

impl Store for PostgresStore {
    fn partitions(&self) -> u16 {
        self.partitions
    }

    async fn account(&self, account: &AccountId, reading: Reading) -> Answer<Option<Held>> {
        let p = i32::from(self.partition(account).0);
        let (since, is_whole) = match reading {
            Reading::Newest => (None, false),
            Reading::Whole => (None, true),
            Reading::Since(version) => (Some(count(version.get())), false),
        };
        let sql = "SELECT * FROM held($1, $2, $3, $4)";
        let params: [Param<'_>; 4] = [&p, &account.as_str(), &since, &is_whole];
        let rows = self.pool.read(sql, &params).await?;
        held(&rows, reading)
    }

    async fn append(&self, append: Append) -> Answer<Appended> {
        self.insist(&append).await
    }

    async fn stands(&self, consent: &ConsentId) -> Answer<Option<Stands>> {
        let sql = "SELECT * FROM stands($1) WHERE service IS NOT NULL";
        let Some(row) = self.one(sql, &[&consent.as_str()]).await? else {
            return Ok(None);
        };
        Ok(Some(Stands {
            account: id(&row, 0, AccountId::parse)?,
            service: id(&row, 1, ServiceId::parse)?,
            link: named(&LinkState::ALL, link_name, cell(&row, 2)?)?,
            state: named(&ConsentState::ALL, consent_name, cell(&row, 3)?)?,
            validity: Validity::new(time(&row, 4)?, time(&row, 5)?),
        }))
    }

    async fn find(&self, what: &Lookup) -> Answer<Option<AccountId>> {
        let (sql, name) = match what {
            Lookup::Consent(id) => ("SELECT account FROM consent WHERE id = $1", id.as_str()),
            Lookup::Link(id) => ("SELECT account FROM link WHERE id = $1", id.as_str()),
            Lookup::Linking(id) => ("SELECT account FROM linking WHERE id = $1", id.as_str()),
            Lookup::Token(id) => ("SELECT account FROM token WHERE id = $1", id.as_str()),
            Lookup::Surrogate(service, person) => {
                let sql = "SELECT account FROM surrogate WHERE id = $1 AND service = $2";
                let params: [Param<'_>; 2] = [&person.as_str(), &service.as_str()];
                let found = self.ids(sql, &params, AccountId::parse).await?;
                return Ok(found.into_iter().next());
            }
        };
        let found = self.ids(sql, &[&name], AccountId::parse).await?;
        Ok(found.into_iter().next())
    }

    async fn accounts(
        &self,
        which: &Which,
        after: Option<&AccountId>,
        max: usize,
    ) -> Answer<Vec<AccountId>> {
        // An id is at least one character: all are after none.
        let after = after.map_or("", AccountId::as_str);
        let max = count(max as u64);
        let parse = AccountId::parse;
        match which {
            Which::All => {
                let sql = "SELECT id FROM account WHERE id > $1 ORDER BY id LIMIT $2";
                self.ids(sql, &[&after, &max], parse).await
            }
            Which::Due(now) => {
                let sql = "SELECT due($1, $2, $3)";
                self.ids(sql, &[&after, &max, &seconds(*now)], parse).await
            }
            Which::Of(service) => {
                let sql = "(SELECT DISTINCT account FROM link \
                        WHERE service = $3 AND account > $1 ORDER BY account LIMIT $2) \
                    UNION (SELECT DISTINCT account FROM linking \
                        WHERE service = $3 AND account > $1 ORDER BY account LIMIT $2) \
                    ORDER BY account LIMIT $2";
                let params: [Param<'_>; 3] = [&after, &max, &service.as_str()];
                self.ids(sql, &params, parse).await
            }
        }
    }

    async fn tombstone(&self, account: &AccountId) -> Answer<Option<Tombstone>> {
        let account = digest(account);
        let sql = "SELECT at, version, head FROM tombstone WHERE account = $1";
        let Some(row) = self.one(sql, &[&account.as_octets().as_slice()]).await? else {
            return Ok(None);
        };
        Ok(Some(Tombstone {
            account,
            at: time(&row, 0)?.ok_or(StoreRefusal::Corrupt)?,
            version: Version::new(number(&row, 1)?),
            head: mark(&row, 2)?,
        }))
    }

    async fn log(
        &self,
        partition: Partition,
        to: Option<&ServiceId>,
        after: Position,
        max: usize,
    ) -> Answer<Vec<Logged>> {
        let (p, after) = (i32::from(partition.0), count(after.get()));
        let max = count(max as u64);
        let rows = match to {
            None => {
                let sql = "SELECT account, key, version, pos, digest, body, mark FROM entry \
                    WHERE p = $1 AND pos > $2 ORDER BY pos LIMIT $3";
                self.pool.read(sql, &[&p, &after, &max]).await?
            }
            Some(service) => {
                let sql = "SELECT e.account, e.key, e.version, e.pos, e.digest, e.body, e.mark \
                    FROM (SELECT pos FROM queue WHERE p = $1 AND service = $4 AND pos > $2 \
                        ORDER BY pos LIMIT $3) q, \
                    LATERAL (SELECT * FROM entry WHERE p = $1 AND pos = q.pos LIMIT 1) e \
                    ORDER BY e.pos";
                let params: [Param<'_>; 4] = [&p, &after, &max, &service.as_str()];
                self.pool.read(sql, &params).await?
            }
        };
        let logged = |row: &Row| {
            Ok(Logged {
                account: id(row, 0, AccountId::parse)?,
                entry: keyed(row, 1)?,
            })
        };
        rows.iter().map(logged).collect()
    }

    async fn waiting(&self, partition: Partition) -> Answer<Vec<ServiceId>> {
        // From each service on to the next: what lies between, however much, is not read.
        let sql = "WITH RECURSIVE w (service) AS ( \
                (SELECT service FROM queue WHERE p = $1 ORDER BY service LIMIT 1) \
                UNION ALL SELECT (SELECT q.service FROM queue q \
                    WHERE q.p = $1 AND q.service > w.service ORDER BY q.service LIMIT 1) \
                FROM w WHERE w.service IS NOT NULL) \
            SELECT service FROM w WHERE service IS NOT NULL";
        let p = i32::from(partition.0);
        self.ids(sql, &[&p], ServiceId::parse).await
    }

    async fn backlog(&self, partition: Partition, to: &ServiceId) -> Answer<Option<Backlog>> {
        let sql = "SELECT f.pos, l.pos FROM \
                (SELECT pos FROM queue WHERE p = $1 AND service = $2 ORDER BY pos LIMIT 1) f, \
                (SELECT pos FROM queue WHERE p = $1 AND service = $2 \
                    ORDER BY pos DESC LIMIT 1) l";
        let params: [Param<'_>; 2] = [&i32::from(partition.0), &to.as_str()];
        let Some(row) = self.one(sql, &params).await? else {
            return Ok(None);
        };
        Ok(Some(Backlog {
            first: Position::new(number(&row, 0)?),
            last: Position::new(number(&row, 1)?),
        }))
    }

    async fn cursor(&self, reader: &Reader, partition: Partition) -> Answer<Position> {
        let sql = "SELECT pos FROM cursor WHERE p = $1 AND reader = $2";
        let params: [Param<'_>; 2] = [&i32::from(partition.0), &reader.name()];
        let row = self.one(sql, &params).await?;
        let position = row.map(|row| number(&row, 0)).transpose()?;
        Ok(position.map_or(Position::ZERO, Position::new))
    }

    async fn advance(
        &self,
        reader: &Reader,
        partition: Partition,
        from: Position,
        to: Position,
    ) -> Answer<bool> {
        let service = match reader {
            Reader::Service(id) => Some(id.as_str()),
            Reader::Named(_) => None,
        };
        let (from, to) = (count(from.get()), count(to.get()));
        let sql = "SELECT advance($1, $2, $3, $4, $5)";
        let params: [Param<'_>; 5] = [
            &i32::from(partition.0),
            &reader.name(),
            &service,
            &from,
            &to,
        ];
        self.whether(sql, &params).await
    }

    async fn paper(&self, name: &PaperName) -> Answer<Option<(Revision, Paper)>> {
        let sql = "SELECT account, octets, revision FROM paper WHERE shelf = $1 AND name = $2";
        let params: [Param<'_>; 2] = [&name.shelf().name(), &name.name()];
        let Some(row) = self.one(sql, &params).await? else {
            return Ok(None);
        };
        Ok(Some((number(&row, 2)?, paper(&row)?)))
    }

    async fn file(
        &self,
        name: &PaperName,
        expect: Revision,
        paper: Option<&Paper>,
    ) -> Answer<bool> {
        let account = paper.and_then(|paper| paper.account.as_ref());
        if let Some(account) = account
            && self.tombstone(account).await?.is_some()
        {
            return Err(StoreRefusal::AccountErased.into());
        }
        let account = account.map(AccountId::as_str);
        let octets = paper.map(|paper| paper.octets.as_slice());
        let sql = "SELECT file($1, $2, $3, $4, $5)";
        let params: [Param<'_>; 5] = [
            &name.shelf().name(),
            &name.name(),
            &count(expect),
            &account,
            &octets,
        ];
        self.whether(sql, &params).await
    }

    async fn papers(
        &self,
        shelf: Shelf,
        after: Option<&str>,
        max: usize,
    ) -> Answer<Vec<(PaperName, Paper)>> {
        let sql = "SELECT account, octets, name FROM paper WHERE shelf = $1 AND name > $2 \
            ORDER BY name LIMIT $3";
        let params: [Param<'_>; 3] = [
            &shelf.name(),
            &after.unwrap_or_default(),
            &count(max as u64),
        ];
        let rows = self.pool.read(sql, &params).await?;
        let named = |row: &Row| {
            let name = PaperName::new(shelf, cell(row, 2)?).ok_or(StoreRefusal::Corrupt)?;
            Ok((name, paper(row)?))
        };
        rows.iter().map(named).collect()
    }
}

fn paper(row: &Row) -> Answer<Paper> {
    let account: Option<&str> = cell(row, 0)?;
    let account = account.map(|_| id(row, 0, AccountId::parse)).transpose()?;
    Ok(Paper {
        account,
        octets: cell(row, 1)?,
    })
}
