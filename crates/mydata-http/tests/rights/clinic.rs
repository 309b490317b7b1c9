//! A clinic that has data about people, on a port of the loopback.

use crate::book::Book;
use axum::Router;
use hyper_util::client::legacy::connect::HttpConnector;
use mydata::keys::Ring;
use mydata_conformance::provider;
use mydata_http::identity::{Caching, HttpFetch, OidcResidents};
use mydata_http::ops::Shutdown;
use mydata_http::rights::{
    Check, Erasure, Fault, Key, Naming, Node, Owner, Reason, ReasonCode, Refusal, Rights,
    RightsOptions, SubjectData, SubjectId, Text3, Tree, Uuid, VerifiedSubject,
};
use mydata_http::{AccessEntry, Limits, RightsAct, RightsOutcome, Stage};
use mydata_identity::{Assurance, Audience, Issuer, Provider};
use mydata_store::SystemClock;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub(crate) const AUDIENCE: &str = "clinic";

/// Has data.
pub(crate) const AINO: &str = "65d4015d-1736-4848-9466-25d43a1fe8c7";
/// Has data, and an appointment: it must be kept.
pub(crate) const ELLA: &str = "9a7ff6ba-3d5c-4a2f-8f5d-0a4c9f2f1d11";
/// Has data.
pub(crate) const NOEL: &str = "0e9f2a6c-1b1d-4a52-9d0e-7c1f5b9d3a22";
/// Is not known.
pub(crate) const EINO: &str = "3b1c1d5e-7a3f-4d0b-8b1a-2f6e5d4c3b33";
/// Aino's profile.
pub(crate) const PROFILE: &str = "11111111-2222-4333-8444-555555555555";
/// What must stand in no log and no error.
pub(crate) const CANARY: &str = "canary-in-the-clinic";

/// What the clinic does otherwise than it should.
#[derive(Debug, Default)]
pub(crate) struct Clinic {
    pub(crate) people: Mutex<BTreeMap<String, bool>>,
    pub(crate) log: Arc<Book>,
    pub(crate) erased: AtomicUsize,
    /// An erasure waits for a permit.
    pub(crate) gate: Option<Arc<Semaphore>>,
    /// The next erasure removes the data and then fails.
    pub(crate) fails: AtomicBool,
    pub(crate) panics: AtomicBool,
    /// Nothing can be read.
    pub(crate) is_down: AtomicBool,
    /// Reading takes for ever.
    pub(crate) is_slow: AtomicBool,
    /// Says that it has erased, and has not.
    pub(crate) lies: bool,
    /// Octets of a photograph.
    pub(crate) photo: usize,
    /// The dry run refuses nothing.
    pub(crate) is_hasty: bool,
}

impl Clinic {
    pub(crate) fn new() -> Self {
        let people = [(AINO, false), (ELLA, true), (NOEL, false)];
        let people = people.map(|(id, is_kept)| (id.to_owned(), is_kept));
        Self {
            people: Mutex::new(people.into()),
            ..Self::default()
        }
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.people.lock().unwrap().contains_key(id)
    }

    fn person(&self, who: &VerifiedSubject) -> String {
        match who.id() {
            SubjectId::User(id) => id.expose().as_str().to_owned(),
            SubjectId::Profile(_) => who.resident().subject().expose().as_str().to_owned(),
        }
    }

    async fn read(&self) -> Result<(), Fault> {
        if self.is_slow.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        match self.is_down.load(Ordering::SeqCst) {
            true => Err(Fault::new("clinic_down")),
            false => Ok(()),
        }
    }
}

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

/// Why Ella's data is kept.
fn appointment() -> Refusal {
    let code = ReasonCode::parse("UPCOMING_APPOINTMENT").unwrap();
    let text = Text3::new(
        "Sinulla on varattu aika.",
        "Du har en bokad tid.",
        "You have an appointment.",
    );
    Refusal::new(Reason::new(code, text.unwrap()), [])
}

impl SubjectData for Clinic {
    type Plan = String;

    async fn owner(
        &self,
        profile: &mydata::core::personal::Personal<Uuid>,
    ) -> Result<Owner, Fault> {
        self.read().await?;
        Ok(match profile.expose().as_str() == PROFILE {
            true => Owner::Is(mydata::core::personal::Personal::new(
                Uuid::parse(AINO).unwrap(),
            )),
            false => Owner::Unknown,
        })
    }

    async fn export(&self, who: &VerifiedSubject) -> Result<Option<Tree>, Fault> {
        assert_eq!(who.act(), RightsAct::Export);
        self.read().await?;
        if !self.has(&self.person(who)) {
            return Ok(None);
        }
        let visits = json!([{ "date": "2025-01-07", "nurse": CANARY }, { "date": "2025-02-01" }]);
        let naming = Naming::new().with("visits", key("VISIT"));
        let visits = json!({ "visits": visits, "language": "sv" });
        let visits = Tree::from_json(key("CARE"), &visits, &naming).unwrap();
        let health = match who.assurance() >= Assurance::Substantial {
            true => Node::value(key("HEALTH"), CANARY),
            false => {
                let text = Text3::new(
                    "Tunnistaudu vahvasti.",
                    "Identifiera dig starkt.",
                    "Sign in strongly.",
                );
                Node::withheld(key("HEALTH"), &text.unwrap())
            }
        };
        let mut nodes = vec![visits.root().clone(), health.unwrap()];
        if self.photo > 0 {
            let photo = Node::value(key("PHOTO"), &"x".repeat(self.photo));
            nodes.push(photo.map_err(|refusal| Fault::new(refusal.code()))?);
        }
        Ok(Some(Tree::new(
            Node::children(key("CLINIC"), nodes).unwrap(),
        )))
    }

    async fn check(&self, who: &VerifiedSubject) -> Result<Check<String>, Fault> {
        self.read().await?;
        let person = self.person(who);
        let is_kept = self.people.lock().unwrap().get(&person).copied();
        Ok(match is_kept {
            None => Check::Nothing,
            Some(true) if self.is_hasty && who.act() == RightsAct::Check => Check::Allowed(person),
            Some(true) => Check::Refused(appointment()),
            Some(false) => Check::Allowed(person),
        })
    }

    async fn erase(&self, _: &VerifiedSubject, plan: String) -> Result<Erasure, Fault> {
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        self.erased.fetch_add(1, Ordering::SeqCst);
        if !self.lies {
            self.people.lock().unwrap().remove(&plan);
        }
        assert!(!self.panics.swap(false, Ordering::SeqCst), "as it was told");
        match self.fails.swap(false, Ordering::SeqCst) {
            true => Err(Fault::new("clinic_failed")),
            false => Ok(Erasure::Erased),
        }
    }
}

impl Book {
    /// What was kept, in order.
    pub(crate) fn outcomes(&self) -> Vec<(RightsAct, RightsOutcome)> {
        let rows = self.rows.rows();
        let mut all = Vec::new();
        for row in &rows {
            if let Stage::Rights(act, outcome) = row.stage {
                all.push((act, outcome));
            }
        }
        assert_eq!(all.len(), rows.len(), "all rows are of rights");
        all
    }

    /// Why something was refused, and the requests of the rows.
    pub(crate) fn rows(&self) -> Vec<AccessEntry> {
        self.rows.rows()
    }
}

pub(crate) type Oidc = OidcResidents<HttpFetch<HttpConnector>>;
pub(crate) type ClinicRights = Rights<Clinic, Oidc, Book>;

/// A claim of an older provider's, which has scopes in it.
pub(crate) const FLAT: &str = "https://api.example/auth";

/// Residents of this issuer.
pub(crate) fn residents(issuer: &str) -> Oidc {
    let (issuer, audience) = (Issuer::parse(issuer), Audience::parse(AUDIENCE));
    let provider = Provider::new(issuer.unwrap(), audience.unwrap());
    let provider = provider.with_scope_claims([FLAT]);
    let fetch = HttpFetch::new(HttpConnector::new());
    OidcResidents::new(provider, Caching::default(), fetch, Arc::new(Ring)).unwrap()
}

pub(crate) fn rights(clinic: Clinic, issuer: &str, options: RightsOptions) -> Arc<ClinicRights> {
    let (log, clock) = (Arc::clone(&clinic.log), Arc::new(SystemClock));
    Arc::new(Rights::new(clinic, residents(issuer), log, clock, options))
}

/// Serves below `/gdpr`, behind a listener that asks nothing.
pub(crate) async fn serve_bare(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().nest("/gdpr", router);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Serves below `/gdpr`.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().nest("/gdpr", router);
    // Whoever tries what is refused all day is not slowed down here.
    let limits = Limits {
        refusals: None,
        per_address: 1024,
        ..Limits::default()
    };
    tokio::spawn(
        async move { mydata_http::serve(listener, router, &limits, &Shutdown::new()).await },
    );
    address
}

/// The same behind a listener that bounds and logs.
pub(crate) async fn serve_within(router: Router, limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().nest("/gdpr", router);
    tokio::spawn(
        async move { mydata_http::serve(listener, router, &limits, &Shutdown::new()).await },
    );
    address
}

/// A provider; keys are made in it, so it is started where that may take its time.
pub(crate) async fn provider() -> provider::Provider {
    tokio::task::spawn_blocking(provider::Provider::start)
        .await
        .unwrap()
}
