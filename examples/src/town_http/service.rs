//! A source's or a sink's process: the library behind its door, and a program around it.

use super::careless::Careless;
use super::clock::TownClock;
use super::line::{Fetch, Opening, Ready, Wish};
use super::operator::town;
use super::people::ORIGIN;
use super::role::{FromTown, Serves, answer, not_mine};
use crate::durable::house::Fault;
use crate::file::CustomerData;
use crate::post::Refused;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use mydata::core::crypto::Signer as _;
use mydata::core::id::{KeyId, LinkCode, OperatorId, ServiceId};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::resource::Origin;
use mydata::core::time::Seconds;
use mydata::keys::{PrivateKey, Ring};
use mydata::record::description::{Policy, ServiceDescription};
use mydata::service::{KnownOperator, Service, Want};
use mydata::token::party::Sender;
use mydata_http::ops::Shutdown;
use mydata_http::{
    Bounds, Desk, Door, FileProgram, Fixed, Granted, HttpRefusal, Limits, OfOperators,
    OperatorClient, Outbound, Problem, Protect, Server, ServiceKeys, service_api,
};
use mydata_store::Clock;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Some free port of the loopback.
///
/// # Errors
/// When there is none.
pub async fn listen() -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await
}

/// Serves until the shutdown is over, with the library's own bounds; nobody in a story waits for a balancer.
pub fn serve(listener: TcpListener, router: Router, shutdown: &Shutdown) -> JoinHandle<usize> {
    let limits = Limits {
        drain_delay: Duration::ZERO,
        drain: Duration::from_secs(1),
        ..Limits::default()
    };
    let shutdown = shutdown.clone();
    tokio::spawn(async move { Server::new(limits).run(listener, router, &shutdown).await })
}

/// The desk of a service: its memory is a file. What stops is stopped by the library, since nothing runs here
/// between two requests.
pub type TownDesk = Desk<FileProgram<()>, Fixed>;

/// How long a source of this town serves while its operator says nothing. It has said so to everybody.
pub const DECLARED: Seconds = Seconds::minutes(2);

/// How often it asks.
const ASKING: Duration = Duration::from_millis(500);

struct Serving {
    desk: Arc<TownDesk>,
    clock: Arc<TownClock>,
    careless: Option<Careless>,
    /// What it has fetched: it goes on working with it.
    fetched: Mutex<Vec<Vec<u8>>>,
    shutdown: Shutdown,
}

/// Is a source, with the files of the other folder, or a sink, until the town ends.
///
/// # Errors
/// [`Fault`].
pub async fn run(id: ServiceId, folder: &Path, data: Option<PathBuf>) -> Result<(), Fault> {
    std::fs::create_dir_all(folder)?;
    let program = FileProgram::open(&folder.join("journal"), ())?;
    let key = Arc::new(PrivateKey::generate(
        KeyId::parse(&format!("{id}-1"))?,
        Algorithm::Ed25519,
    )?);
    let pop = KeyId::parse(&format!("{id}-pop-1"))?;
    let pop = Arc::new(PrivateKey::generate(pop, Algorithm::Ed25519)?);
    let listener = listen().await?;
    let mut line = FromTown::default();
    let ready = Ready {
        at: listener.local_addr()?,
        people: None,
        keys: vec![KeySet::from(key.public().clone())],
    };
    let (number, opening) = line.ready(ready).await?;
    let clock = TownClock::ahead(opening.ahead);
    let octets = town()?.description(&id)?;
    let description = ServiceDescription::from_json(&octets, &Policy::default())?;
    let is_sink = data.is_none();
    let keys = ServiceKeys {
        signature: Arc::clone(&key) as _,
        possession: is_sink.then(|| Arc::clone(&pop) as _),
    };
    let known = known(&opening)?;
    let out = Arc::new(Outbound::new(
        Fixed::new(opening.hosts.clone()),
        Sender::Service(id.clone()),
        Arc::clone(&key) as _,
        Arc::clone(&clock) as _,
        Arc::new(Ring),
    ));
    let client = OperatorClient::new(Arc::clone(&out), Origin::parse(ORIGIN)?);
    let domain = description.service_description.service_urls.domain.clone();
    let door = Door::new(
        domain,
        Arc::new(OfOperators(vec![known.clone()])),
        Arc::clone(&clock) as _,
        Arc::new(Ring),
        Bounds::default(),
    );
    let desk = Desk::new(
        Service::new(
            id.clone(),
            KeySet::from(key.public().clone()),
            vec![known.clone()],
        ),
        keys,
        door.without_past(),
        Arc::clone(&out),
        BTreeMap::from([(known.id().clone(), client)]),
        program,
    );
    let desk = Arc::new(desk.without_past().stale_after(DECLARED));
    let asking = tokio::spawn(Arc::clone(&desk).keep_fresh(ASKING));
    let mut router = service_api(Arc::clone(&desk));
    if let Some(folder) = data {
        let data = Arc::new(read(&folder, &description)?);
        let given = Router::new()
            .route("/datasets/{kind}", any(give))
            .route_layer(Protect::new(Arc::clone(&desk)))
            .with_state((Arc::clone(&desk), data));
        router = router.merge(given);
    }
    let shutdown = Shutdown::new();
    let serving = serve(listener, router, &shutdown);
    let careless = Careless::new(id, (key, pop), opening.hosts, Arc::clone(&clock))?;
    let served = Arc::new(Serving {
        desk,
        clock,
        careless: is_sink.then_some(careless),
        fetched: Mutex::default(),
        shutdown,
    });
    line.serve(number, served).await?;
    asking.abort();
    serving.await?;
    Ok(())
}

/// The operator, as the contract with it says.
fn known(opening: &Opening) -> Result<KnownOperator, Refused> {
    let id = OperatorId::parse("operator.town.example")?;
    let [status, tokens] = opening.operator.as_slice() else {
        return Err(Refused::new("no_operator", "two keys are wanted"));
    };
    Ok(KnownOperator::new(id, status.clone(), tokens.clone())?)
}

/// What the source holds: one file a customer and dataset.
fn read(folder: &Path, description: &ServiceDescription) -> Result<CustomerData, Fault> {
    crate::file::data_in(folder, description).map_err(|error| error.to_string().into())
}

type Given = (Arc<TownDesk>, Arc<CustomerData>);

/// The whole of what a source does for a sink: whose it is and which it is, the grant says.
async fn give(State((desk, data)): State<Given>, granted: Granted) -> Result<Response, Problem> {
    let grant = granted.into_grant();
    let customer = desk.program().member(grant.surrogate_id());
    let found = customer.and_then(|customer| {
        let key = (customer.expose().clone(), grant.dataset().clone());
        data.get(&key).cloned()
    });
    let body = found.ok_or(HttpRefusal::PathUnknown)?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, body).into_response())
}

impl Serving {
    /// A customer has signed in, and confirms.
    async fn confirm(&self, code: &LinkCode, customer: &str) -> Result<Value, String> {
        let confirmed = self.desk.confirm_member(code, customer).await;
        confirmed.map_err(|fault| fault.code().to_owned())?;
        answer(&())
    }

    async fn fetch(&self, fetch: &Fetch) -> Result<Value, String> {
        let mut want = Want::get(&fetch.consent, &fetch.purpose, &fetch.dataset);
        want.query = fetch.query.as_deref();
        if let Some(body) = &fetch.body {
            want.method = "POST";
            want.body = body.as_bytes();
        }
        let fetched = self.desk.fetch(&want).await;
        let fetched = fetched.map_err(|fault| fault.code().to_owned())?;
        let data: Value =
            serde_json::from_slice(&fetched.body).map_err(|_| "no_json".to_owned())?;
        lock(&self.fetched).push(fetched.body.to_vec());
        answer(&data)
    }
}

impl Serves for Serving {
    async fn wish(&self, wish: Wish) -> Result<Value, String> {
        match (wish, &self.careless) {
            (Wish::Wait(seconds), _) => {
                self.clock.wait(seconds);
                // In so much time it has asked more than once.
                self.desk.refresh().await;
                answer(&self.clock.now())
            }
            (Wish::Confirm(code, customer), _) => self.confirm(&code, &customer).await,
            (Wish::Fetch(fetch), Some(_)) => self.fetch(&fetch).await,
            (Wish::Token(consent, key), Some(careless)) => careless.token(&consent, key).await,
            (Wish::Demand(demand), Some(careless)) => careless.demand(&demand).await,
            _ => not_mine(),
        }
    }

    async fn close(&self) {
        self.shutdown.begin();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
