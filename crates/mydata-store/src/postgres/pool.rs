//! Connections: few, each used by one caller at a time, and none that was left in the middle of
//! something.

use super::fault::{Trouble, unreachable};
use super::options::PostgresOptions;
use crate::fault::{StoreFault, StoreRefusal};
use bytes::BytesMut;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::{Format, IsNull, ToSql, Type};
use tokio_postgres::{Client, Config, Error, Row, Socket, Statement};

/// One parameter of a statement.
pub(super) type Param<'a> = &'a (dyn ToSql + Sync);

/// A parameter that does not show itself: at `debug` the client writes what it sends into the log.
struct Hidden<'a>(Param<'a>);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hidden")
    }
}

impl ToSql for Hidden<'_> {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Encoded {
        self.0.to_sql_checked(of, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, of: &Type, out: &mut BytesMut) -> Encoded {
        self.0.to_sql_checked(of, out)
    }

    fn encode_format(&self, of: &Type) -> Format {
        self.0.encode_format(of)
    }
}

type Encoded = Result<IsNull, Box<dyn std::error::Error + Sync + Send>>;

type Connected = Result<(Client, JoinHandle<()>), Error>;
type Connecting = Pin<Box<dyn Future<Output = Connected> + Send>>;

/// The connections.
pub(super) struct Pool {
    pub(super) options: PostgresOptions,
    connect: Box<dyn Fn(&Config) -> Connecting + Send + Sync>,
    turns: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

/// A connection; dropped, it is cut.
pub(super) struct Connection {
    client: Client,
    task: JoinHandle<()>,
    statements: HashMap<&'static str, Statement>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Pool {
    pub(super) fn new<T>(options: PostgresOptions, tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let connect = move |config: &Config| -> Connecting {
            let (config, tls) = (config.clone(), tls.clone());
            Box::pin(async move {
                let (client, connection) = config.connect(tls).await?;
                // It ends with an error where the server does, and its statements say so.
                let task = tokio::spawn(async move { drop(connection.await) });
                Ok((client, task))
            })
        };
        Self {
            turns: Semaphore::new(options.connections.max(1)),
            options,
            connect: Box::new(connect),
            idle: Mutex::default(),
        }
    }

    /// A turn, and a connection for it.
    pub(super) async fn take(&self) -> Result<Taken<'_>, StoreFault> {
        let turn = match timeout(self.options.wait, self.turns.acquire()).await {
            Ok(Ok(turn)) => turn,
            Ok(Err(_)) | Err(_) => return Err(StoreRefusal::Busy.into()),
        };
        let idle = loop {
            match self.idle().pop() {
                Some(connection) if connection.client.is_closed() => {}
                other => break other,
            }
        };
        let connection = match idle {
            Some(connection) => connection,
            None => match timeout(self.options.answer, self.fresh()).await {
                Ok(connection) => connection?,
                Err(_) => return Err(StoreRefusal::Unavailable.into()),
            },
        };
        Ok(Taken {
            pool: self,
            connection,
            _turn: turn,
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new connection, with its limits set and what durability rests on read back.
    async fn fresh(&self) -> Result<Connection, StoreFault> {
        let (client, task) = (self.connect)(&self.options.config)
            .await
            .map_err(|error| unreachable(&error))?;
        let connection = Connection {
            client,
            task,
            statements: HashMap::new(),
        };
        let millis = |span: Duration| format!("{}ms", span.as_millis());
        let path = format!("\"{}\", pg_temp", self.options.schema());
        let answer = millis(self.options.answer);
        let lock = millis(self.options.answer / 2);
        let params: [Param<'_>; 3] = [&path, &answer, &lock];
        let row = connection.client.query_one(SETTINGS, &params).await;
        let row = row.map_err(|error| unreachable(&error))?;
        for (column, name, allowed) in IN_FORCE {
            let value: Option<&str> = row.try_get(*column).ok();
            if !value.is_some_and(|value| allowed.contains(&value)) {
                return Err(StoreFault::of_engine(StoreRefusal::SettingOther, name));
            }
        }
        Ok(connection)
    }
}

/// Everything of a new connection in one statement. Plans are made once: of the tables that a table is
/// split into a plan finds its own as it runs, and making one costs more than most of ours take. The
/// same of JIT.
const SETTINGS: &str = "SELECT current_setting('fsync'), current_setting('full_page_writes'), \
    current_setting('synchronous_commit'), current_setting('server_encoding'), \
    set_config('search_path', $1, false), set_config('statement_timeout', $2, false), \
    set_config('lock_timeout', $3, false), \
    set_config('idle_in_transaction_session_timeout', $2, false), set_config('jit', 'off', false), \
    set_config('plan_cache_mode', 'force_generic_plan', false), \
    set_config('default_transaction_isolation', 'read committed', false)";

/// What must be read back: the column, the setting, what it may be.
const IN_FORCE: &[(usize, &str, &[&str])] = &[
    (0, "fsync", &["on"]),
    (1, "full_page_writes", &["on"]),
    (2, "synchronous_commit", &["on", "remote_apply"]),
    (3, "server_encoding", &["UTF8"]),
];

/// A connection for one turn. It goes back only after an answer: dropped before that, it is cut.
pub(super) struct Taken<'p> {
    pool: &'p Pool,
    connection: Connection,
    _turn: SemaphorePermit<'p>,
}

impl Taken<'_> {
    /// The client itself, for statements that are not repeated.
    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.connection.client
    }

    /// Asks for rows, in one round trip once the statement is prepared.
    pub(super) async fn rows(
        mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, Trouble> {
        let hidden: Vec<_> = params.iter().map(|param| Hidden(*param)).collect();
        let params: Vec<Param<'_>> = hidden.iter().map(|param| -> Param<'_> { param }).collect();
        // Beyond the time that the server gives itself.
        let patience = self.pool.options.answer.saturating_mul(2);
        let connection = &mut self.connection;
        let answer = timeout(patience, async {
            let statement = match connection.statements.get(sql) {
                Some(statement) => statement.clone(),
                None => {
                    let statement = connection.client.prepare(sql).await?;
                    connection.statements.insert(sql, statement.clone());
                    statement
                }
            };
            connection.client.query(&statement, &params).await
        });
        let answer = match answer.await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => Err(Trouble::from(error)),
            Err(_) => Err(Trouble::Lost),
        };
        match &answer {
            // What broke this one has mostly broken the others.
            Err(Trouble::Lost) => self.pool.idle().clear(),
            Ok(_) | Err(Trouble::Again(_) | Trouble::Refused(_)) => self.give_back(),
        }
        answer
    }

    /// For the next turn.
    pub(super) fn give_back(self) {
        let Self {
            pool, connection, ..
        } = self;
        pool.idle().push(connection);
    }
}

impl Pool {
    /// What is read may be asked for twice: when a connection has broken, on another one.
    pub(super) async fn read(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StoreFault> {
        let mut last = StoreRefusal::Unavailable.into();
        for _ in 0..2 {
            match self.take().await?.rows(sql, params).await {
                Ok(rows) => return Ok(rows),
                Err(Trouble::Refused(fault)) => return Err(fault),
                Err(Trouble::Again(fault)) => last = fault,
                Err(Trouble::Lost) => last = StoreRefusal::Unavailable.into(),
            }
        }
        Err(last)
    }
}
