//! An operator on its store in memory, a source and a sink, on three ports of the loopback.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test that has a town uses a part of it"
)]

mod demo;
mod person;
pub(crate) mod residents;
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
    pub(crate) dispatcher: Arc<DemoDispatcher>,
    pub(crate) metrics: Arc<ops::Metrics>,
    register: Arc<dyn Services>,
    core: Arc<Operator<MemoryStore>>,
    custody: Custody<MemoryStore>,
    vault: Arc<Vault>,
    status: Arc<PrivateKey>,
    known: KnownOperator,
    hosts: Fixed,
}

/// Behind the listener that a program would use.
fn serve(listener: TcpListener, router: Router, side: ops::Side, metrics: &Arc<ops::Metrics>) {
    // Whoever tries what is refused all day is not slowed down here.
    let limits = mydata_http::Limits {
        refusals: None,
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

/// Where an operator is reached.
fn origin_of(operator: &OperatorId) -> Origin {
    Origin::parse(&format!("https://{}", operator.as_str())).unwrap()
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::of("operator.example", key("source-1")).await
    }

    /// Another operator, with which the same source works.
    pub(crate) async fn beside(&self, operator: &str) -> Self {
        Self::of(operator, self.source.signature()).await
    }

    async fn of(id: &str, source_key: Arc<PrivateKey>) -> Self {
        let [house, source, sink] = [(), (), ()].map(|()| TcpListener::bind("127.0.0.1:0"));
        let (house, source, sink) = (
            house.await.unwrap(),
            source.await.unwrap(),
            sink.await.unwrap(),
        );
        let host = |name: &str, listener: &TcpListener| {
            (format!("{name}.example"), listener.local_addr().unwrap())
        };
        let hosts = Fixed::new([
            (id.to_owned(), house.local_addr().unwrap()),
            host("source", &source),
            host("sink", &sink),
        ]);
        let operator = house.local_addr().unwrap();
        let source_at = source.local_addr().unwrap();
        let sink_at = sink.local_addr().unwrap();
        let id = OperatorId::parse(id).unwrap();
        let (status, tokens) = (key("operator-status"), key("operator-tokens"));
        let known = KnownOperator::new(id.clone(), one(&status), one(&tokens)).unwrap();
        let known_here = known.clone();
        let side = |name: &str, key, description: serde_json::Value| {
            Self::side((name, key), &description, &known_here, &hosts)
        };
        let source_side = side("source", source_key, descriptions::source());
        let sink_side = side("sink", key("sink-1"), descriptions::sink());
        let both = [&source_side, &sink_side];
        let register = both.map(|side| (side.id.clone(), Arc::clone(&side.registered)));
        let register: Arc<dyn Services> = Arc::new(Register(register.into_iter().collect()));

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
        let api = operator_api(Arc::new(desk));
        serve(house, api, ops::Side::Operator, &metrics);
        let routes = Self::routes_of(&source_side.desk);
        let behind_source = swapped(source, routes, ops::Side::Source, &metrics);
        let routes = service_api(Arc::clone(&sink_side.desk));
        let behind_sink = swapped(sink, routes, ops::Side::Sink, &metrics);

        let dispatcher = Self::courier(&core, (&id, &status), &register, &hosts, hasty());
        Self {
            dispatcher,
            metrics,
            register,
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
            core,
            status,
            known,
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
        let hosts = Fixed::new([
            ("source.example".to_owned(), source),
            ("sink.example".to_owned(), self.sink_at),
        ]);
        let operator = (&self.id, &self.status);
        Self::courier(&self.core, operator, &self.register, &hosts, policy)
    }

    /// A dispatcher that signs with a key of which nobody knows.
    pub(crate) fn courier_with(&self, key: &Arc<PrivateKey>) -> Arc<DemoDispatcher> {
        let operator = (&self.id, key);
        Self::courier(&self.core, operator, &self.register, &self.hosts, hasty())
    }

    fn side(
        (name, key): (&str, Arc<PrivateKey>),
        description: &serde_json::Value,
        known: &KnownOperator,
        hosts: &Fixed,
    ) -> Side {
        let pop = self::key(&format!("{name}-pop"));
        let id = ServiceId::parse(name).unwrap();
        let registered = Registered::new(descriptions::checked(description), one(&key));
        let desk = Self::desk(name, (&key, &pop), &[known], hosts, Demo::default());
        Side {
            id,
            registered: Arc::new(registered),
            desk: Arc::new(desk),
            key,
            pop,
        }
    }

    fn desk<P: Program>(
        name: &str,
        (key, pop): (&Arc<PrivateKey>, &Arc<PrivateKey>),
        known: &[&KnownOperator],
        hosts: &Fixed,
        program: P,
    ) -> Desk<P, Fixed> {
        let id = ServiceId::parse(name).unwrap();
        let all: Vec<KnownOperator> = known.iter().copied().cloned().collect();
        let service = Service::new(id.clone(), one(key), all.clone());
        let senders = Arc::new(OfOperators(all));
        let door = Door::new(origin(name), senders, clock(), crypto(), Bounds::default());
        let sender = Sender::Service(id);
        let out = Outbound::new(
            hosts.clone(),
            sender,
            Arc::clone(key) as _,
            clock(),
            crypto(),
        );
        let out = Arc::new(out);
        let client = |known: &&KnownOperator| {
            let id = known.id().clone();
            let origin = origin_of(&id);
            (id, OperatorClient::new(Arc::clone(&out), origin))
        };
        let keys = ServiceKeys {
            signature: Arc::clone(key) as _,
            possession: (name == "sink").then(|| Arc::clone(pop) as _),
        };
        let operators = known.iter().map(client).collect();
        let desk = Desk::new(service, keys, door.without_past(), out, operators, program);
        desk.without_past()
    }

    /// The same service in a new process, with nothing yet.
    pub(crate) fn again(&self, side: &Side) -> DemoDesk {
        self.desk_with(side, Demo::default())
    }

    /// The same with a program of another kind.
    pub(crate) fn desk_with<P: Program>(&self, side: &Side, program: P) -> Desk<P, Fixed> {
        let keys = (&side.key, &side.pop);
        Self::desk(side.id.as_str(), keys, &[&self.known], &self.hosts, program)
    }

    /// The source in a new process that works with two operators, with nothing yet; where it finds the other.
    pub(crate) fn source_of_both(&self, other: &Self, at: SocketAddr) -> DemoDesk {
        let hosts = Fixed::new([
            (self.id.as_str().to_owned(), self.operator),
            (other.id.as_str().to_owned(), at),
        ]);
        let (keys, known) = (
            (&self.source.key, &self.source.pop),
            [&self.known, &other.known],
        );
        Self::desk("source", keys, &known, &hosts, Demo::default())
    }

    /// What the data of a source are served behind.
    pub(crate) fn routes_of(desk: &Arc<DemoDesk>) -> Router {
        let routes = Router::new().route("/data/{kind}", get(data));
        let routes = routes.route_layer(Protect::new(Arc::clone(desk)));
        service_api(Arc::clone(desk)).merge(routes)
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
        let token = self.client(&self.sink).token(want.cr_id).await.unwrap();
        let token = TokenText::new(&token.auth_token);
        let (now, pop) = (clock().now(), &*self.sink.pop);
        let held = self.sink.desk.read();
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

    /// A `GET` of a service to the operator, as text.
    pub(crate) fn signed(&self, side: &Side, target: &str, headers: &[(&str, &str)]) -> String {
        self.text(side, "GET", target, (headers, b""))
    }

    /// A `POST`.
    pub(crate) fn signed_post(
        &self,
        side: &Side,
        target: &str,
        media: &str,
        body: &[u8],
    ) -> String {
        let length = body.len().to_string();
        let head = self.text(side, "POST", target, (&[("Content-Type", media)], body));
        let head = head.replacen(
            "\r\n\r\n",
            &format!("\r\nContent-Length: {length}\r\n\r\n"),
            1,
        );
        head + std::str::from_utf8(body).unwrap()
    }

    fn text(
        &self,
        side: &Side,
        method: &str,
        target: &str,
        (headers, body): (&[(&str, &str)], &[u8]),
    ) -> String {
        let request = HttpRequest::received(&origin_of(&self.id), target, method, body).unwrap();
        let request = request.with_headers(headers).unwrap();
        let sender = Sender::Service(side.id.clone());
        let nonce = Nonce::from_random(bits());
        let proof = PartyRequest::new(&sender, &request, clock().now(), nonce, &Ring);
        let signed = Unsigned::new(proof).sign(&*side.key).unwrap();
        let proof = authorization_header(signed).unwrap();
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!(
            "{method} {target} HTTP/1.1\r\nHost: operator.example\r\nConnection: close\r\n{lines}\
             Authorization: {proof}\r\n\r\n"
        )
    }

    /// Somebody who has linked both services.
    pub(crate) async fn linked(&self, name: &str) -> Person<'_> {
        let person = self.sign_up(name).await;
        person.link(&self.source).await;
        person.link(&self.sink).await;
        person
    }

    pub(crate) async fn sign_up(&self, name: &str) -> Person<'_> {
        let owner = key(&format!("{name}-1"));
        let id = AccountId::parse(name).unwrap();
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
