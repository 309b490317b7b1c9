//! An operator on its store in memory, a source and a sink, on three ports of the loopback.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test that has a town uses a part of it"
)]

mod demo;
pub(crate) mod logged;
mod person;
pub(crate) mod residents;
mod side;
mod wire;

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
pub(crate) use demo::Demo;
use mydata::core::crypto::{Crypto, Random as _, Signer};
use mydata::core::id::{
    AccountId, ConsentId, KeyId, LinkCode, LinkId, Nonce, OperatorId, ServiceId, SurrogateId,
};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::jws::Unsigned;
use mydata::core::resource::Origin;
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::{MasterKey, PrivateKey, Ring, SystemRandom, Vault};
use mydata::operator::{Account, Registered};
use mydata::record::message::{LinkInvitation, ToService};
use mydata::service::{Effect, KnownOperator, PreparedRequest, Service, TransferEntry, Want};
use mydata::token::claims::TokenText;
use mydata::token::party::{PartyRequest, Sender, authorization_header};
use mydata::token::request::HttpRequest;
use mydata_conformance::descriptions;
use mydata_http::kit::Setup;
use mydata_http::{
    Bounds, Desk, Door, Fixed, Granted, HttpCourier, Letters, OfOperators, OfServices,
    OperatorClient, OperatorDesk, Outbound, Problem, Program, Protect, Server, ServiceKeys,
    Services, operator_api, ops, service_api,
};
use mydata_store::{
    Clock, Custody, Dispatcher, Identity, Letter, Limits, MemoryStore, Operator, Partition, Policy,
    Store as _, SystemClock, Undelivered,
};
pub(crate) use person::{Pair, Person};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tower_service::Service as _;
pub(crate) use wire::{code_of, raw, status_of};

/// A key that is drawn.
pub(crate) fn key(kid: &str) -> Arc<PrivateKey> {
    let kid = KeyId::parse(kid).unwrap();
    Arc::new(PrivateKey::generate(kid, Algorithm::Ed25519).unwrap())
}

fn one(key: &PrivateKey) -> KeySet {
    KeySet::from(key.public().clone())
}

fn bits() -> [u8; 16] {
    SystemRandom::new().bits128().unwrap()
}

fn crypto() -> Arc<dyn Crypto> {
    Arc::new(Ring)
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(Moved)
}

/// The time of all towns of one test program: that of the machine, and what was let pass besides.
#[derive(Debug)]
struct Moved;

static PASSED: AtomicU32 = AtomicU32::new(0);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        let passed = Seconds::new(PASSED.load(Ordering::SeqCst));
        SystemClock.now().plus(passed)
    }
}

/// Lets time pass at once, for everybody.
pub(crate) fn pass(seconds: u32) {
    PASSED.fetch_add(seconds, Ordering::SeqCst);
}

/// The services of the town.
#[derive(Debug)]
struct Register(BTreeMap<ServiceId, Arc<Registered>>);

impl Services for Register {
    fn registered(&self, id: &ServiceId) -> Option<Arc<Registered>> {
        self.0.get(id).cloned()
    }
}

/// Nobody is written to.
#[derive(Debug)]
pub(crate) struct NoLetters;

impl Letters for NoLetters {
    async fn write(&self, _: &Letter) -> Result<(), Undelivered> {
        Ok(())
    }
}

pub(crate) type DemoDesk = Desk<Demo, Fixed>;

type DemoDispatcher = Dispatcher<MemoryStore, HttpCourier<Fixed, NoLetters>>;

/// A service with its keys and its desk.
pub(crate) struct Side {
    pub(crate) id: ServiceId,
    pub(crate) registered: Arc<Registered>,
    pub(crate) desk: Arc<DemoDesk>,
    key: Arc<PrivateKey>,
    pop: Arc<PrivateKey>,
}

impl Side {
    /// Its registered key.
    pub(crate) fn signature(&self) -> Arc<PrivateKey> {
        Arc::clone(&self.key)
    }
}

pub(crate) struct Town {
    pub(crate) id: OperatorId,
    pub(crate) operator: SocketAddr,
    pub(crate) source_at: SocketAddr,
    pub(crate) sink_at: SocketAddr,
    behind_source: Arc<RwLock<Router>>,
    behind_sink: Arc<RwLock<Router>>,
    pub(crate) source: Side,
    pub(crate) sink: Side,
    /// Sinks besides the first.
    pub(crate) others: Vec<Side>,
    pub(crate) dispatcher: Arc<DemoDispatcher>,
    pub(crate) metrics: Arc<ops::Metrics>,
    register: Arc<dyn Services>,
    core: Arc<Operator<MemoryStore>>,
    /// The operator as services reach it.
    pub(crate) house: Arc<OperatorDesk<MemoryStore, Custody<MemoryStore>>>,
    custody: Custody<MemoryStore>,
    vault: Arc<Vault>,
    status: Arc<PrivateKey>,
    known: KnownOperator,
    places: Vec<(String, SocketAddr)>,
    hosts: Fixed,
}

/// Behind the listener that a program would use.
fn serve(listener: TcpListener, router: Router, side: ops::Side, metrics: &Arc<ops::Metrics>) {
    // A whole town comes from one address, and whoever tries what is refused all day is not slowed down here.
    let limits = mydata_http::Limits {
        refusals: None,
        per_address: 1024,
        ..mydata_http::Limits::default()
    };
    let server = Server::new(limits).counted(side, Arc::clone(metrics));
    tokio::spawn(async move { server.run(listener, router, &ops::Shutdown::new()).await });
}

/// Serves whatever is put behind it.
fn swapped(
    listener: TcpListener,
    router: Router,
    side: ops::Side,
    metrics: &Arc<ops::Metrics>,
) -> Arc<RwLock<Router>> {
    let behind = Arc::new(RwLock::new(router));
    let now = Arc::clone(&behind);
    let whoever = Router::new().fallback(async move |request: Request| {
        let mut router = now.read().unwrap().clone();
        router.call(request).await
    });
    serve(listener, whoever, side, metrics);
    behind
}

/// Pauses of nothing, and two refusals.
pub(crate) fn hasty() -> Policy {
    Policy {
        attempts: 2,
        first_pause: Duration::from_millis(1),
        ..Policy::default()
    }
}

async fn data(granted: Granted) -> String {
    format!("{{\"of\":\"{}\"}}", granted.surrogate_id().as_str())
}

fn origin(name: &str) -> Origin {
    Origin::parse(&format!("https://{name}.example")).unwrap()
}

/// The description of a sink by another name, at an address of its own.
fn namesake(name: &str) -> serde_json::Value {
    let mut sink = descriptions::sink();
    let place = serde_json::json!(origin(name).as_str());
    for (member, value) in [
        ("/serviceId", serde_json::json!(name)),
        ("/serviceDescription/serviceUrls/domain", place.clone()),
        ("/serviceDescription/serviceUrls/libraryDomain", place),
    ] {
        *sink.pointer_mut(member).unwrap() = value;
    }
    sink
}

/// Where an operator is reached.
fn origin_of(operator: &OperatorId) -> Origin {
    Origin::parse(&format!("https://{}", operator.as_str())).unwrap()
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::with(&[], Bounds::default()).await
    }

    /// With sinks of these names besides, and other bounds of its services.
    pub(crate) async fn with(names: &[String], bounds: Bounds) -> Self {
        Self::of(("operator.example", key("source-1")), names, bounds).await
    }

    /// Another operator, with which the same source works.
    pub(crate) async fn beside(&self, operator: &str) -> Self {
        let source = (operator, self.source.signature());
        Self::of(source, &[], Bounds::default()).await
    }

    async fn of(
        (id, source_key): (&str, Arc<PrivateKey>),
        names: &[String],
        bounds: Bounds,
    ) -> Self {
        logged::begin();
        let [house, source, sink] = [(), (), ()].map(|()| TcpListener::bind("127.0.0.1:0"));
        let (house, source, sink) = (
            house.await.unwrap(),
            source.await.unwrap(),
            sink.await.unwrap(),
        );
        let host = |name: &str, listener: &TcpListener| {
            (format!("{name}.example"), listener.local_addr().unwrap())
        };
        let mut places = vec![
            (id.to_owned(), house.local_addr().unwrap()),
            host("source", &source),
            host("sink", &sink),
        ];
        let mut listeners = Vec::new();
        for name in names {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            places.push(host(name, &listener));
            listeners.push(listener);
        }
        let hosts = Fixed::new(places.clone());
        let operator = house.local_addr().unwrap();
        let source_at = source.local_addr().unwrap();
        let sink_at = sink.local_addr().unwrap();
        let id = OperatorId::parse(id).unwrap();
        let (status, tokens) = (key("operator-status"), key("operator-tokens"));
        let known = KnownOperator::new(id.clone(), one(&status), one(&tokens)).unwrap();
        let known_here = known.clone();
        let side = |name: &str, key, description: serde_json::Value| {
            Self::side((name, key, bounds), &description, &known_here, &hosts)
        };
        let source_side = side("source", source_key, descriptions::source());
        let sink_side = side("sink", key("sink-1"), descriptions::sink());
        let others: Vec<Side> = names
            .iter()
            .map(|name| side(name, key(&format!("{name}-1")), namesake(name)))
            .collect();
        let all = [&source_side, &sink_side].into_iter().chain(&others);
        let register = all.map(|side| (side.id.clone(), Arc::clone(&side.registered)));
        let register: Arc<dyn Services> = Arc::new(Register(register.collect()));

        let master = MasterKey::generate(KeyId::parse("master-1").unwrap()).unwrap();
        let vault = Arc::new(Vault::new(Arc::new(master)));
        let store = Arc::new(MemoryStore::new(2));
        let identity = Identity::new(id.clone(), Arc::clone(&status) as _, tokens as _);
        let core = Operator::open(
            Arc::clone(&store),
            Arc::clone(&vault),
            identity,
            clock(),
            Limits::default(),
        );
        let core = Arc::new(core.await.unwrap());
        let custody = || Custody::new(Arc::clone(&store), Arc::clone(&vault));
        let senders = Arc::new(OfServices(Arc::clone(&register)));
        let door = Door::new(
            origin_of(&id),
            senders,
            clock(),
            crypto(),
            Bounds::default(),
        );
        let desk = OperatorDesk::new(
            Arc::clone(&core),
            Arc::clone(&register),
            custody(),
            door.without_past(),
        );
        let metrics = Arc::new(ops::Metrics::new());
        let desk = Arc::new(desk);
        let api = operator_api(Arc::clone(&desk));
        serve(house, api, ops::Side::Operator, &metrics);
        let routes = Self::routes_of(&source_side.desk);
        let behind_source = swapped(source, routes, ops::Side::Source, &metrics);
        let routes = service_api(Arc::clone(&sink_side.desk));
        let behind_sink = swapped(sink, routes, ops::Side::Sink, &metrics);
        for (listener, side) in listeners.into_iter().zip(&others) {
            let routes = service_api(Arc::clone(&side.desk));
            serve(listener, routes, ops::Side::Sink, &metrics);
        }

        let dispatcher = Self::courier(&core, (&id, &status), &register, &hosts, hasty());
        Self {
            dispatcher,
            metrics,
            register,
            house: desk,
            custody: custody(),
            vault: Arc::clone(&vault),
            id,
            operator,
            source_at,
            sink_at,
            behind_source,
            behind_sink,
            source: source_side,
            sink: sink_side,
            others,
            core,
            status,
            known,
            places,
            hosts,
        }
    }

    /// A dispatcher in the operator's name, with some key.
    fn courier(
        core: &Arc<Operator<MemoryStore>>,
        (id, key): (&OperatorId, &Arc<PrivateKey>),
        register: &Arc<dyn Services>,
        hosts: &Fixed,
        policy: Policy,
    ) -> Arc<DemoDispatcher> {
        let (sender, key) = (Sender::Operator(id.clone()), Arc::clone(key));
        let out = Outbound::new(hosts.clone(), sender, key as _, clock(), crypto());
        let courier = HttpCourier::new(Arc::new(out), Arc::clone(register), NoLetters);
        Dispatcher::new(Arc::clone(core), courier, policy)
    }

    /// A dispatcher that finds the source at another address.
    pub(crate) fn courier_to(&self, source: SocketAddr, policy: Policy) -> Arc<DemoDispatcher> {
        self.courier_past(&self.source, source, policy)
    }

    /// A dispatcher that finds a service at another address.
    pub(crate) fn courier_past(
        &self,
        side: &Side,
        there: SocketAddr,
        policy: Policy,
    ) -> Arc<DemoDispatcher> {
        let moved = (format!("{}.example", side.id.as_str()), there);
        let hosts = Fixed::new(self.places.iter().cloned().chain([moved]));
        let operator = (&self.id, &self.status);
        Self::courier(&self.core, operator, &self.register, &hosts, policy)
    }

    /// A dispatcher that signs with a key of which nobody knows.
    pub(crate) fn courier_with(&self, key: &Arc<PrivateKey>) -> Arc<DemoDispatcher> {
        let operator = (&self.id, key);
        Self::courier(&self.core, operator, &self.register, &self.hosts, hasty())
    }

    pub(crate) const fn core(&self) -> &Arc<Operator<MemoryStore>> {
        &self.core
    }

    /// Puts another service in the place of the source.
    pub(crate) fn put_source(&self, router: Router) {
        *self.behind_source.write().unwrap() = router;
    }

    /// The same of the sink.
    pub(crate) fn put_sink(&self, router: Router) {
        *self.behind_sink.write().unwrap() = router;
    }

    /// What a service that takes the place of one must be told, and its way out.
    pub(crate) fn setup(&self, side: &Side) -> (Setup, Fixed) {
        let setup = Setup {
            id: side.id.clone(),
            origin: origin(side.id.as_str()),
            keys: ServiceKeys {
                signature: Arc::clone(&side.key) as _,
                possession: (side.id.as_str() == "sink").then(|| Arc::clone(&side.pop) as _),
            },
            public: one(&side.key).into(),
            operators: vec![(self.known.clone(), origin_of(&self.id))],
            bounds: Bounds::default(),
            clock: clock(),
            crypto: crypto(),
        };
        (setup, self.hosts.clone())
    }

    /// The one link of a service.
    pub(crate) fn link_of(&self, side: &Side) -> (LinkId, SurrogateId) {
        let held = side.desk.read();
        let (id, link) = held.links().next().unwrap();
        (id.clone(), link.record.surrogate_id.clone())
    }

    pub(crate) fn keys_of_status(&self) -> Arc<PrivateKey> {
        Arc::clone(&self.status)
    }

    /// A way out in somebody's name, with some key.
    pub(crate) fn out(&self, sender: Sender, key: Arc<PrivateKey>) -> Outbound<Fixed> {
        Outbound::new(self.hosts.clone(), sender, key as _, clock(), crypto())
    }

    /// The service's way to the operator.
    pub(crate) fn client(&self, side: &Side) -> OperatorClient<Fixed> {
        let out = self.out(Sender::Service(side.id.clone()), side.signature());
        OperatorClient::new(Arc::new(out), origin_of(&self.id))
    }

    /// A request of the sink's, signed and not sent.
    pub(crate) async fn prepared(&self, want: &Want<'_>) -> PreparedRequest {
        let token = self.client(&self.sink).token(want.cr_id).await.unwrap();
        let token = TokenText::new(&token.auth_token);
        let (now, pop) = (clock().now(), &*self.sink.pop);
        let held = self.sink.desk.read();
        held.prepare_request(want, &token, now, pop, &mut SystemRandom::new(), &Ring)
            .unwrap()
    }

    /// One of a sink in the place of the first, with a token that it has.
    pub(crate) fn prepared_for<P: Program>(
        &self,
        desk: &Desk<P, Fixed>,
        want: &Want<'_>,
        token: &TokenText,
    ) -> PreparedRequest {
        let (now, pop) = (clock().now(), &*self.sink.pop);
        let held = desk.read();
        held.prepare_request(want, token, now, pop, &mut SystemRandom::new(), &Ring)
            .unwrap()
    }

    /// Many of them, on one token.
    pub(crate) async fn many_prepared(
        &self,
        want: &Want<'_>,
        count: usize,
    ) -> Vec<PreparedRequest> {
        self.many_prepared_by(&self.sink, want, count).await
    }

    /// The same of any sink.
    pub(crate) async fn many_prepared_by(
        &self,
        sink: &Side,
        want: &Want<'_>,
        count: usize,
    ) -> Vec<PreparedRequest> {
        let token = self.client(sink).token(want.cr_id).await.unwrap();
        let token = TokenText::new(&token.auth_token);
        let (now, pop) = (clock().now(), &*sink.pop);
        let held = sink.desk.read();
        let mut random = SystemRandom::new();
        let mut one = || held.prepare_request(want, &token, now, pop, &mut random, &Ring);
        (0..count).map(|_| one().unwrap()).collect()
    }

    /// Hands over whatever waits, and what follows from it.
    pub(crate) async fn deliver(&self) {
        for _ in 0..4 {
            self.dispatcher.drain().await;
        }
    }

    /// Services of which something is not delivered.
    pub(crate) async fn waiting(&self) -> Vec<ServiceId> {
        let store = self.core.store();
        let mut all = Vec::new();
        for partition in 0..store.partitions() {
            all.extend(store.waiting(Partition(partition)).await.unwrap());
        }
        all
    }

    pub(crate) fn invitation(&self, side: &Side, code: &LinkCode) -> ToService {
        ToService::LinkInvitation(LinkInvitation {
            code: code.clone(),
            operator_id: self.id.clone(),
            service_id: side.id.clone(),
            surrogate_id: None,
        })
    }

    /// Somebody who has linked both services.
    pub(crate) async fn linked(&self, name: &str) -> Person<'_> {
        let person = self.sign_up(name).await;
        person.link(&self.source).await;
        person.link(&self.sink).await;
        person
    }

    pub(crate) async fn sign_up(&self, name: &str) -> Person<'_> {
        let name = match name.contains(logged::BIRD) {
            true => name.to_owned(),
            false => [logged::BIRD, "-", name].concat(),
        };
        let owner = key(&format!("{name}-1"));
        let id = AccountId::parse(&name).unwrap();
        let person = Person {
            town: self,
            owner,
            id,
            asked: AtomicU64::new(0),
        };
        let account = Account::open(person.id.clone(), one(&person.owner));
        self.core
            .open_account(account, person.next())
            .await
            .unwrap();
        self.custody
            .keep_owner(&person.id, &person.owner)
            .await
            .unwrap();
        person
    }
}
