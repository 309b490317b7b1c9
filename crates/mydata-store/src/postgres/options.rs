//! Which database, and how it is used.

use std::fmt;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// Which database, and what may be asked of it.
#[derive(Clone)]
#[non_exhaustive]
pub struct PostgresOptions {
    pub(super) config: Config,
    schema: Box<str>,
    /// Partitions of the log, where the store is made now: at least 1. For ever.
    pub partitions: u16,
    /// Tables that each table is split into, where the store is made now: 1 to as many as there are
    /// partitions. For ever.
    pub tables: u16,
    /// Connections at once: at least 1.
    pub connections: usize,
    /// How long a caller waits for one of them, before the store is
    /// [`Busy`](crate::StoreRefusal::Busy).
    pub wait: Duration,
    /// How long a statement may take, at least a millisecond. After twice that time without an
    /// answer the connection is given up.
    pub answer: Duration,
}

impl PostgresOptions {
    /// A database by its URL, `postgres://user:password@host/database`, or by `key=value` pairs, and
    /// the schema in it that is the store's own. `None` for what is neither, and for a name of a
    /// schema that is not a lower-case letter and at most 47 more, digits or underscores.
    #[must_use]
    pub fn new(database: &str, schema: &str) -> Option<Self> {
        let of_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let is_name = (1..=48).contains(&schema.len())
            && schema.starts_with(|c: char| c.is_ascii_lowercase())
            && schema.bytes().all(of_name);
        let mut config: Config = database.parse().ok().filter(|_| is_name)?;
        if config.get_application_name().is_none() {
            config.application_name("mydata-store");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        // A connection on which nothing comes back is found out.
        config.keepalives_idle(Duration::from_secs(30));
        config.tcp_user_timeout(Duration::from_secs(15));
        Some(Self {
            config,
            schema: schema.into(),
            partitions: 64,
            tables: 16,
            connections: 8,
            wait: Duration::from_secs(2),
            answer: Duration::from_secs(10),
        })
    }

    /// The schema that is the store's own.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Whether nothing leaves the machine.
    pub(super) fn is_local(&self) -> bool {
        let is_local = |host: &Host| match host {
            Host::Tcp(name) => {
                let address = name.parse::<std::net::IpAddr>();
                name == "localhost" || address.is_ok_and(|address| address.is_loopback())
            }
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        let addresses = self.config.get_hostaddrs();
        match addresses.is_empty() {
            true => self.config.get_hosts().iter().all(is_local),
            false => addresses.iter().all(std::net::IpAddr::is_loopback),
        }
    }
}

impl fmt::Debug for PostgresOptions {
    /// Without the URL: there may be a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresOptions({})", self.schema)
    }
}
