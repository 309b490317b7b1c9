//! The process that is killed: it opens the house, serves wishes and delivers messages. What comes in
//! and goes out are lines of JSON; in a city they are HTTP.

use super::house::{Fault, House, StoryClock};
use super::serve::{Wish, serve};
use mydata::core::id::ServiceId;
use mydata::core::time::Timestamp;
use mydata::record::message;
use mydata_store::{Courier, Dispatcher, Letter, Parcel, ParcelId, Policy, Undelivered};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::sync::{oneshot, watch};

/// By this variable of the environment the program knows that it is the server.
pub const VARIABLE: &str = "MYDATA_OPERATOR_DURABLE";

/// How the server is started.
#[derive(Debug, Serialize, Deserialize)]
pub struct Start {
    /// The house.
    pub folder: PathBuf,
    /// What time it is.
    pub now: Timestamp,
}

/// A line to the server.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToServer {
    /// Somebody wishes something.
    Ask(Wish),
    /// A service acknowledges a message.
    Taken(String),
}

/// A line from the server.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromServer {
    /// It serves from now on.
    Open,
    /// It is done: an acknowledgement.
    Done {
        /// The name of the request.
        key: String,
        /// How many decisions the account has now.
        version: u64,
    },
    /// It is refused.
    Refused {
        /// The name of the request.
        key: String,
        /// Why.
        code: String,
    },
    /// A message to a service.
    Parcel {
        /// Which: partition, position, number.
        id: (u16, u64, usize),
        /// To whom.
        to: ServiceId,
        /// What.
        message: String,
    },
}

/// Whether this process is the server; it has served then, and was not killed.
///
/// # Errors
/// [`Fault`].
pub fn was_server() -> Result<bool, Fault> {
    let Ok(start) = std::env::var(VARIABLE) else {
        return Ok(false);
    };
    let start: Start = serde_json::from_str(&start)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(run(start))?;
    Ok(true)
}

/// Begins on a line of its own, whatever a test harness has written before.
fn say(line: &FromServer) {
    if let Ok(text) = serde_json::to_string(line) {
        let mut out = std::io::stdout().lock();
        // Nobody listens any more: then nobody was told either.
        let _ = writeln!(out, "\n{MARK}{text}").and_then(|()| out.flush());
    }
}

/// Before every line of the server's.
pub const MARK: &str = "server: ";

async fn run(start: Start) -> Result<(), Fault> {
    let house = Arc::new(House::open(&start.folder, StoryClock::new(start.now)).await?);
    let line = Arc::new(Line::default());
    let operator = Arc::clone(&house.operator);
    let dispatcher = Dispatcher::new(operator, Arc::clone(&line), Policy::default());
    let (stop, stopped) = watch::channel(false);
    let delivering = tokio::spawn(async move { dispatcher.run(stopped).await });
    say(&FromServer::Open);
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(text) = lines.next_line().await? {
        match serde_json::from_str(&text)? {
            ToServer::Taken(id) => line.taken(&id),
            ToServer::Ask(wish) => {
                let house = Arc::clone(&house);
                tokio::spawn(async move { answer(&house, wish).await });
            }
        }
    }
    // The end that is no crash: what is under way is finished.
    house.operator.close().await;
    stop.send(true)?;
    delivering.await?;
    Ok(())
}

async fn answer(house: &House, wish: Wish) {
    let key = wish.key.clone();
    say(&match serve(house, &wish).await {
        Ok(outcome) => FromServer::Done {
            key,
            version: outcome.version.get(),
        },
        Err(refused) => FromServer::Refused {
            key,
            code: refused.code.to_owned(),
        },
    });
}

/// The line over which messages go out and acknowledgements come back.
#[derive(Debug, Default)]
struct Line(Mutex<BTreeMap<String, oneshot::Sender<()>>>);

impl Line {
    fn waiting(&self) -> MutexGuard<'_, BTreeMap<String, oneshot::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn taken(&self, id: &str) {
        if let Some(waiting) = self.waiting().remove(id) {
            // Too late: the dispatcher has given it up, and sends it again.
            let _ = waiting.send(());
        }
    }
}

/// The name under which an acknowledgement comes back.
#[must_use]
pub fn receipt(to: &ServiceId, id: ParcelId) -> String {
    format!("{to} {id}")
}

impl Courier for Line {
    async fn deliver(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let (acknowledged, told) = oneshot::channel();
        let octets = message::write(&parcel.message).map_err(|_| Undelivered::Unreachable)?;
        let (id, name) = (parcel.id, receipt(&parcel.to, parcel.id));
        self.waiting().insert(name, acknowledged);
        say(&FromServer::Parcel {
            id: (id.partition.0, id.position.get(), id.number),
            to: parcel.to.clone(),
            message: String::from_utf8_lossy(&octets).into_owned(),
        });
        told.await.map_err(|_| Undelivered::Unreachable)
    }

    /// Nobody is written to in this part of the story.
    async fn write(&self, _: &Letter) -> Result<(), Undelivered> {
        Err(Undelivered::Unreachable)
    }
}
