//! A registry that is served, and whoever speaks to it.

use crate::logged;
use crate::plain::{Heard, send, serve};
use mydata::core::crypto::{Crypto, Signer as _};
use mydata::core::id::{ActorId, KeyId, ServiceId};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::keys::{PrivateKey, Ring};
use mydata::record::description::{Policy, Published, Service, Trust};
use mydata::registry::{Act, Capacity, Effect, Registry, State};
use mydata_http::Fixed;
use mydata_http::describe::{DescriptionReader, WellKnown};
use mydata_http::registry::{FollowUp, RegistryBook, RegistryDesk, Tokens, registry_api};
use mydata_store::SystemClock;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Staff, and two registrants, by their tokens.
pub(crate) const STAFF: &str = "token-of-staff";
pub(crate) const ANN: &str = "token-of-ann";
pub(crate) const BO: &str = "token-of-bo";

pub(crate) fn crypto() -> Arc<dyn Crypto> {
    Arc::new(Ring)
}

pub(crate) fn key(kid: &str) -> PrivateKey {
    PrivateKey::generate(KeyId::parse(kid).unwrap(), Algorithm::Ed25519).unwrap()
}

pub(crate) fn jwks(keys: &[&PrivateKey]) -> Vec<u8> {
    let keys = keys.iter().map(|key| key.public().clone()).collect();
    serde_json::to_vec(&KeySet::new(keys).unwrap()).unwrap()
}

pub(crate) fn id(name: &str) -> ServiceId {
    ServiceId::parse(name).unwrap()
}

pub(crate) fn act(actor: &str, capacity: Capacity) -> Act {
    Act {
        actor: ActorId::parse(actor).unwrap(),
        capacity,
    }
}

/// What was begun.
#[derive(Debug, Default)]
pub(crate) struct Begun(pub(crate) Mutex<Vec<(u64, Effect)>>);

impl Begun {
    pub(crate) fn all(&self) -> Vec<(u64, Effect)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl FollowUp for Begun {
    fn begin(&self, number: u64, effect: &Effect) {
        self.0.lock().unwrap().push((number, effect.clone()));
    }
}

/// A registry in a file of its own.
pub(crate) struct House {
    pub(crate) folder: PathBuf,
    pub(crate) book: Arc<RegistryBook>,
    pub(crate) begun: Arc<Begun>,
    pub(crate) at: SocketAddr,
}

impl House {
    /// Services are found at these addresses.
    pub(crate) async fn new(hosts: Fixed) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        logged::begin();
        for token in [STAFF, ANN, BO] {
            logged::plant(token);
        }
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mydata-registry-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).unwrap();
        let begun = Arc::new(Begun::default());
        let book = Self::open(&folder, &begun);
        let whose =
            |token: &str, actor, capacity| (Ring.sha256(token.as_bytes()), act(actor, capacity));
        let tokens = [
            whose(STAFF, "1", Capacity::Staff),
            whose(ANN, "2", Capacity::Registrant),
            whose(BO, "3", Capacity::Registrant),
        ];
        let tokens = Tokens::new(tokens, crypto());
        let reader = DescriptionReader::new(hosts);
        let desk = RegistryDesk::new(Arc::clone(&book), tokens, reader, crypto());
        let at = serve(registry_api(Arc::new(desk))).await;
        Self {
            folder,
            book,
            begun,
            at,
        }
    }

    pub(crate) fn open(folder: &std::path::Path, begun: &Arc<Begun>) -> Arc<RegistryBook> {
        let path = folder.join("registry");
        let clock = Arc::new(SystemClock);
        let book = RegistryBook::open(&path, Arc::clone(begun) as _, clock, &Ring);
        Arc::new(book.unwrap())
    }

    /// The same file, as another process would read it.
    pub(crate) fn again(&self) -> (Registry, Vec<(u64, Effect)>) {
        let copy = self.folder.join("copy");
        let _ = std::fs::remove_dir_all(&copy);
        std::fs::create_dir(&copy).unwrap();
        std::fs::copy(self.folder.join("registry"), copy.join("registry")).unwrap();
        let begun = Arc::new(Begun::default());
        let book = Self::open(&copy, &begun);
        (book.look(Clone::clone), begun.all())
    }

    pub(crate) async fn get(&self, target: &str) -> Heard {
        send(self.at, ("GET", target), &[], b"").await
    }

    /// Ids of the services in an answer.
    pub(crate) async fn ids(&self, target: &str) -> Vec<String> {
        let heard = self.get(target).await;
        assert_eq!(heard.status, 200, "{target}: {}", heard.body);
        let told = heard.json();
        let id = |service: &Value| {
            service
                .get("serviceId")
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        told.as_array().unwrap().iter().map(id).collect()
    }

    pub(crate) async fn put(&self, token: &str, target: &str, body: &[u8]) -> (u16, String) {
        self.does(token, ("PUT", target), body).await
    }

    pub(crate) async fn post(&self, token: &str, target: &str, body: &[u8]) -> (u16, String) {
        self.does(token, ("POST", target), body).await
    }

    pub(crate) async fn does(&self, token: &str, what: (&str, &str), body: &[u8]) -> (u16, String) {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("Authorization", &*bearer),
            ("Content-Type", "application/json"),
        ];
        let heard = send(self.at, what, &headers, body).await;
        (heard.status, heard.code())
    }

    /// Obtains an id, describes it, and has staff vouch for it.
    pub(crate) async fn open_service(&self, token: &str, description: &Value, key: &PrivateKey) {
        let name = description.get("serviceId").unwrap().as_str().unwrap();
        let of = |what: &str| format!("/api/v1/services/{name}/{what}");
        assert_eq!(self.put(token, &of("keys"), &jwks(&[key])).await, done());
        let octets = description.to_string().into_bytes();
        assert_eq!(self.post(token, "/api/v1/services/", &octets).await, done());
        assert_eq!(self.post(STAFF, &of("vouch"), b"").await, done());
    }

    pub(crate) fn state(&self, name: &str) -> State {
        self.book
            .look(|registry| registry.service(&id(name)).unwrap().state())
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn done() -> (u16, String) {
    (201, String::new())
}

pub(crate) fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Serves a description at its place.
pub(crate) async fn published(description: &Value) -> SocketAddr {
    let octets = serde_json::to_vec(description).unwrap();
    let trust = Trust {
        of: None,
        keys: None,
        must_be_signed: false,
        policy: &Policy::default(),
        crypto: &Ring,
    };
    let found = Published::<Service>::read(&octets).unwrap();
    let found = found.check(&trust).unwrap();
    serve(Arc::new(WellKnown::new(&found, crypto())).routes()).await
}
