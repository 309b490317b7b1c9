//! An operator, a sink, and a gateway before some system, each on a port of the loopback.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

pub mod behind;
pub mod ground;
#[path = "../../../mydata-http/tests/town/logged.rs"]
pub mod logged;
#[path = "../../../mydata-http/tests/papers/mod.rs"]
pub mod papers;
pub mod person;
pub mod process;

use axum::Router;
use ground::{Ground, HEAD, LIMITS, at, listeners};
use mydata::core::crypto::{Crypto, Random as _, Signer as _};
use mydata::core::id::{
    AccountId, ConsentId, DatasetId, KeyId, LinkCode, OperatorId, PurposeId, ServiceId,
};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::resource::Origin;
use mydata::core::time::Timestamp;
use mydata::keys::{MasterKey, PrivateKey, Ring, SystemRandom, Vault};
use mydata::operator::{Account, Registered};
use mydata::service::{Effect, KnownOperator, PreparedRequest, Service, Want};
use mydata::token::claims::TokenText;
use mydata::token::party::Sender;
use mydata_conformance::descriptions;
use mydata_gateway::Gateway;
use mydata_gateway::config::Config;
use mydata_http::{
    Answer, Bounds, Desk, DeskFault, Door, Fixed, HttpCourier, Letters, OfOperators, OfServices,
    OperatorClient, OperatorDesk, Outbound, Problem, Program, Server, ServiceKeys, Services,
    operator_api, ops::Shutdown, service_api,
};
use mydata_store::{
    Clock, Custody, Dispatcher, Identity, Letter, Limits, MemoryStore, Operator, Policy,
    SystemClock, Undelivered,
};
use person::Person;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// What the application shows.
pub const SECRET: &str = "the-application-is-it";

pub fn key(kid: &str) -> Arc<PrivateKey> {
    let kid = KeyId::parse(kid).unwrap();
    Arc::new(PrivateKey::generate(kid, Algorithm::Ed25519).unwrap())
}

pub fn one(key: &PrivateKey) -> KeySet {
    KeySet::from(key.public().clone())
}

pub fn bits() -> [u8; 16] {
    SystemRandom::new().bits128().unwrap()
}

fn crypto() -> Arc<dyn Crypto> {
    Arc::new(Ring)
}

pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn origin(name: &str) -> Origin {
    Origin::parse(&format!("https://{name}.example")).unwrap()
}

/// A program of a sink that has nothing to do.
#[derive(Debug)]
pub struct Idle;

impl Program for Idle {
    fn happened(&self, _: &Effect) {}

    async fn keep(&self, _: &OperatorId, _: Timestamp, _: &[u8]) -> bool {
        true
    }
}

#[derive(Debug)]
struct Register(BTreeMap<ServiceId, Arc<Registered>>);

impl Services for Register {
    fn registered(&self, id: &ServiceId) -> Option<Arc<Registered>> {
        self.0.get(id).cloned()
    }
}

#[derive(Debug)]
pub struct NoLetters;

impl Letters for NoLetters {
    async fn write(&self, _: &Letter) -> Result<(), Undelivered> {
        Ok(())
    }
}

pub struct Town {
    /// None where it is a process of its own.
    gateway: Option<Arc<Gateway<Fixed>>>,
    /// Where sinks and operators reach the gateway.
    pub public: SocketAddr,
    /// Where the application reaches it.
    pub application: SocketAddr,
    pub directory: PathBuf,
    pub source: Arc<Registered>,
    pub registered_sink: Arc<Registered>,
    pub sink: Arc<Desk<Idle, Fixed>>,
    pub core: Arc<Operator<MemoryStore>>,
    custody: Custody<MemoryStore>,
    dispatcher: Arc<Dispatcher<MemoryStore, HttpCourier<Fixed, NoLetters>>>,
    sink_key: Arc<PrivateKey>,
    pop: Arc<PrivateKey>,
    operator: Origin,
    hosts: Fixed,
    clock: Arc<dyn Clock>,
    /// The operator, as long as it is reached.
    house: AbortHandle,
}

fn serve(listener: TcpListener, router: Router) -> AbortHandle {
    let serving = tokio::spawn(async move {
        let limits = mydata_http::Limits::default();
        Server::new(limits)
            .run(listener, router, &Shutdown::new())
            .await
    });
    serving.abort_handle()
}

/// Serves this on a port of its own, and says where.
pub async fn opened(server: Server, router: Router) -> SocketAddr {
    let [listener] = listeners().await;
    let place = at(&listener);
    tokio::spawn(async move { server.run(listener, router, &Shutdown::new()).await });
    place
}

/// Waits until this is so.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}

impl Town {
    /// With these upstreams and routes.
    pub async fn new(routes: &str) -> Self {
        Self::by(routes, clock()).await
    }

    /// The same by another clock.
    pub async fn by(routes: &str, clock: Arc<dyn Clock>) -> Self {
        let [public, application] = listeners().await;
        let operator = origin("operator");
        let ground = Ground::new(operator, (at(&public), at(&application)), clock).await;
        let file = ground.configure(&[HEAD, routes, LIMITS].concat());
        let config = Config::read(&file).unwrap();
        let config = config.unwrap_or_else(|faults| panic!("{faults:#?}"));
        let limits = config.limits;
        let clock = Arc::clone(&ground.clock);
        let gateway = Gateway::open_by(config, ground.hosts.clone(), clock);
        let gateway = gateway.await.unwrap();
        let to_public = gateway.public();
        tokio::spawn(async move {
            Server::new(limits)
                .run(public, to_public, &Shutdown::new())
                .await
        });
        serve(application, gateway.application());
        let (town, _) = Self::on(ground).await;
        Self {
            gateway: Some(gateway),
            ..town
        }
    }

    /// All but the gateway; and the operator's routes.
    async fn on(ground: Ground) -> (Self, Router) {
        let Ground {
            operator,
            status,
            tokens,
            hosts,
            clock,
            ..
        } = ground;
        let id = OperatorId::parse("operator.example").unwrap();
        let known = KnownOperator::new(id.clone(), one(&status), one(&tokens)).unwrap();
        let (sink_key, pop) = (key("sink-1"), key("sink-pop"));
        let registered = |description: serde_json::Value, key: &PrivateKey| {
            Arc::new(Registered::new(
                descriptions::checked(&description),
                one(key),
            ))
        };
        let source = registered(descriptions::source(), &ground.source);
        let registered_sink = registered(descriptions::sink(), &sink_key);
        let register = [("source", &source), ("sink", &registered_sink)];
        let register = register.map(|(id, it)| (ServiceId::parse(id).unwrap(), Arc::clone(it)));
        let register: Arc<dyn Services> = Arc::new(Register(register.into_iter().collect()));
        let ways = (&operator, &hosts, &clock);
        let desk = Self::sink(&known, (&sink_key, &pop), ways);
        serve(ground.sink, service_api(Arc::clone(&desk)));

        let master = MasterKey::generate(KeyId::parse("master-1").unwrap()).unwrap();
        let vault = Arc::new(Vault::new(Arc::new(master)));
        let store = Arc::new(MemoryStore::new(2));
        let identity = Identity::new(id.clone(), Arc::clone(&status) as _, tokens as _);
        let limits = Limits::default();
        let core = Operator::open(
            Arc::clone(&store),
            Arc::clone(&vault),
            identity,
            Arc::clone(&clock),
            limits,
        );
        let core = Arc::new(core.await.unwrap());
        let custody = || Custody::new(Arc::clone(&store), Arc::clone(&vault));
        let senders = Arc::new(OfServices(Arc::clone(&register)));
        let door = Door::new(
            operator.clone(),
            senders,
            Arc::clone(&clock),
            crypto(),
            Bounds::default(),
        );
        let house = (Arc::clone(&core), Arc::clone(&register));
        let house = OperatorDesk::new(house.0, house.1, custody(), door.without_past());
        let house = operator_api(Arc::new(house));
        let serving = serve(ground.house, house.clone());

        let out = Outbound::new(
            hosts.clone(),
            Sender::Operator(id),
            status as _,
            Arc::clone(&clock),
            crypto(),
        );
        let courier = HttpCourier::new(Arc::new(out), register, NoLetters);
        let policy = Policy {
            attempts: 2,
            first_pause: Duration::from_millis(1),
            ..Policy::default()
        };
        let town = Self {
            dispatcher: Dispatcher::new(Arc::clone(&core), courier, policy),
            gateway: None,
            public: ground.gateway.0,
            application: ground.gateway.1,
            directory: ground.directory,
            source,
            registered_sink,
            sink: desk,
            core,
            custody: custody(),
            sink_key,
            pop,
            operator,
            hosts,
            clock,
            house: serving,
        };
        (town, house)
    }

    /// From now on nobody reaches the operator.
    pub fn operator_is_down(&self) {
        self.house.abort();
    }

    /// With which the sink signs its requests for data.
    pub fn pop(&self) -> &PrivateKey {
        &self.pop
    }

    /// The gateway, where it is in this process.
    pub fn gateway(&self) -> &Arc<Gateway<Fixed>> {
        self.gateway.as_ref().unwrap()
    }

    fn sink(
        known: &KnownOperator,
        (key, pop): (&Arc<PrivateKey>, &Arc<PrivateKey>),
        (operator, hosts, clock): (&Origin, &Fixed, &Arc<dyn Clock>),
    ) -> Arc<Desk<Idle, Fixed>> {
        let id = ServiceId::parse("sink").unwrap();
        let service = Service::new(id.clone(), one(key), vec![known.clone()]);
        let senders = Arc::new(OfOperators(vec![known.clone()]));
        let door = Door::new(
            origin("sink"),
            senders,
            Arc::clone(clock),
            crypto(),
            Bounds::default(),
        );
        let sender = Sender::Service(id);
        let out = Outbound::new(
            hosts.clone(),
            sender,
            Arc::clone(key) as _,
            Arc::clone(clock),
            crypto(),
        );
        let out = Arc::new(out);
        let client = OperatorClient::new(Arc::clone(&out), operator.clone());
        let keys = ServiceKeys {
            signature: Arc::clone(key) as _,
            possession: Some(Arc::clone(pop) as _),
        };
        let operators = BTreeMap::from([(known.id().clone(), client)]);
        let desk = Desk::new(service, keys, door.without_past(), out, operators, Idle);
        Arc::new(desk)
    }

    /// Hands over whatever waits, and what follows from it.
    pub async fn deliver(&self) {
        for _ in 0..4 {
            self.dispatcher.drain().await;
        }
    }

    pub async fn sign_up(&self, name: &str) -> Person<'_> {
        let name = [logged::BIRD, "-", name].concat();
        let owner = key(&format!("{name}-1"));
        let id = AccountId::parse(&name).unwrap();
        let person = Person::new(self, owner, id);
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

    /// Somebody who is `member` behind, has linked both and consented to `src/a`.
    pub async fn consented(&self, name: &str, member: &str) -> (Person<'_>, ConsentId) {
        let person = self.sign_up(name).await;
        person.link_source(member).await;
        person.link_sink().await;
        let pair = person.consent("care", &["src/a"]).await;
        self.deliver().await;
        (person, pair.sink)
    }

    /// The application says who has confirmed a linking.
    pub async fn confirm(&self, code: &LinkCode, member: &str, secret: &str) -> String {
        // A shorter one stands in other words too.
        if member.len() > 4 {
            logged::plant(member);
        }
        let body = serde_json::json!({ "code": code.as_str(), "user_id": member }).to_string();
        self.says("/linking", &body, secret).await
    }

    /// The application says something, and shows this.
    pub async fn says(&self, path: &str, body: &str, secret: &str) -> String {
        let text = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {secret}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        raw(self.application, &text).await
    }

    /// What the sink gets.
    pub async fn fetch(&self, cr_id: &ConsentId, query: Option<&str>) -> Result<Answer, DeskFault> {
        let (purpose, dataset) = of_care();
        let want = Want {
            query,
            ..Want::get(cr_id, &purpose, &dataset)
        };
        self.sink.fetch(&want).await
    }

    /// The same as the sink hears it: status, head and body.
    pub async fn ask(&self, cr_id: &ConsentId, query: Option<&str>, headers: &str) -> String {
        raw(self.public, &self.signed(cr_id, query, headers).await).await
    }

    /// Values of `Authorization` for so many requests of the sink's.
    pub async fn proofs(&self, cr_id: &ConsentId, count: usize) -> Vec<String> {
        let token = self.token(cr_id).await;
        let proof = |_| self.prepared(cr_id, None, &token).authorization;
        (0..count).map(proof).collect()
    }

    async fn token(&self, cr_id: &ConsentId) -> TokenText {
        let sender = Sender::Service(ServiceId::parse("sink").unwrap());
        let key = Arc::clone(&self.sink_key);
        let out = Outbound::new(
            self.hosts.clone(),
            sender,
            key as _,
            Arc::clone(&self.clock),
            crypto(),
        );
        let client = OperatorClient::new(Arc::new(out), self.operator.clone());
        let token = client.token(cr_id).await.unwrap();
        TokenText::new(&token.auth_token)
    }

    fn prepared(
        &self,
        cr_id: &ConsentId,
        query: Option<&str>,
        token: &TokenText,
    ) -> PreparedRequest {
        let (purpose, dataset) = of_care();
        let want = Want {
            query,
            ..Want::get(cr_id, &purpose, &dataset)
        };
        let (now, random) = (self.clock.now(), &mut SystemRandom::new());
        let desk = self.sink.read();
        let prepared = desk.prepare_request(&want, token, now, &*self.pop, random, &Ring);
        prepared.unwrap()
    }

    /// A request of the sink's as text.
    pub async fn signed(&self, cr_id: &ConsentId, query: Option<&str>, headers: &str) -> String {
        let token = self.token(cr_id).await;
        self.signed_with(cr_id, query, headers, &token)
    }

    /// The same with a token that the sink has.
    pub fn signed_with(
        &self,
        cr_id: &ConsentId,
        query: Option<&str>,
        headers: &str,
        token: &TokenText,
    ) -> String {
        let prepared = self.prepared(cr_id, query, token);
        let query = query.map_or_else(String::new, |query| format!("?{query}"));
        let path = prepared.url.path();
        format!(
            "GET {path}{query} HTTP/1.1\r\nHost: source.example\r\nConnection: close\r\n{headers}Authorization: {}\r\n\r\n",
            prepared.authorization
        )
    }
}

/// What for, and which data: what every test of this town asks for.
fn of_care() -> (PurposeId, DatasetId) {
    (
        PurposeId::parse("care").unwrap(),
        DatasetId::parse("src/a").unwrap(),
    )
}

/// Sends octets as they are, and gives all that comes back.
pub async fn raw(to: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    // Whoever refuses may close before everything was sent.
    let _ = stream.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

pub fn status_of(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    status.parse().unwrap_or(0)
}

pub fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

/// Status, and the code of a problem document.
pub fn told(answer: &str) -> (u16, String) {
    (
        status_of(answer),
        Problem::code_of(body_of(answer).as_bytes()).unwrap_or_default(),
    )
}

/// The header of an answer that is JSON.
pub const JSON: &str = "Content-Type: application/json\r\n";

/// One route before a system behind, and `more` of it.
pub fn routes(behind: &behind::Behind, more: &str) -> String {
    let address = behind.address;
    format!(
        r#"
[upstreams.register]
base = "http://{address}/api/"
bearer = "register.token"
headers = "1s"
idle = "300ms"
total = "5s"

[[routes]]
path = "/data/a"
dataset = "src/a"
upstream = "register"
request.path = "of/{{subject}}/all"
request.query = {{ on = "{{date}}", who = "{{subject}}" }}
request.headers = {{ "X-Case" = "{{consent}}" }}
pass.query = {{ page = "integer" }}
fields = ["kept", "part.name"]
{more}
"#
    )
}

/// A town with that route.
pub async fn town(behind: &behind::Behind) -> Town {
    Town::new(&routes(behind, "")).await
}
