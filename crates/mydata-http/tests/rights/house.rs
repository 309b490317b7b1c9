//! The clinic at its address, with the provider that it trusts, and what comes back from it.

use crate::clinic::{
    self, AINO, AUDIENCE, CANARY, Clinic, ClinicRights, EINO, ELLA, NOEL, PROFILE,
};
use crate::logged;
use axum::http::Method;
use mydata_conformance::provider::{Kind, Provider};
use mydata_http::Limits;
use mydata_http::rights::RightsOptions;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[expect(
    clippy::disallowed_methods,
    reason = "tokens are of the time at which they are used"
)]
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_secs()
}

pub(crate) struct House {
    pub(crate) provider: Provider,
    pub(crate) rights: Arc<ClinicRights>,
    pub(crate) address: SocketAddr,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The code of a problem, or of the only reason.
    pub(crate) fn code(&self) -> String {
        let body = self.json();
        let code = body.get("code").or_else(|| body.pointer("/errors/0/code"));
        code.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// A status, a code, and who may hear of it.
    pub(crate) fn is(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{code}: {}", self.head);
        assert_eq!(self.header("cache-control"), Some("no-store"), "{code}");
        match code {
            "" => assert!(self.body.is_empty()),
            _ => assert_eq!(self.code(), code),
        }
        let text = String::from_utf8_lossy(&self.body);
        if status >= 400 {
            for person in [AINO, ELLA, NOEL, EINO, PROFILE, CANARY] {
                assert!(!text.contains(person), "{code}");
            }
        }
    }
}

impl House {
    pub(crate) async fn with(clinic: Clinic, options: RightsOptions) -> Self {
        logged::begin();
        for person in [AINO, ELLA, NOEL, EINO, PROFILE] {
            logged::plant(person);
        }
        let provider = clinic::provider().await;
        let rights = clinic::rights(clinic, &provider.issuer(), options);
        let address = clinic::serve(rights.router()).await;
        Self {
            provider,
            rights,
            address,
        }
    }

    /// Behind a listener that bounds and logs.
    pub(crate) async fn within(limits: Limits) -> Self {
        let mut house = Self::new().await;
        house.address = clinic::serve_within(house.rights.router(), limits).await;
        house
    }

    pub(crate) async fn new() -> Self {
        Self::with(Clinic::new(), RightsOptions::default()).await
    }

    pub(crate) fn clinic(&self) -> &Clinic {
        self.rights.data()
    }

    /// A token of this person's, for everything, with other claims beside or in place of the usual ones.
    pub(crate) fn token_but(&self, person: &str, other: &Value) -> String {
        let claims = self.provider.claims(person, AUDIENCE, now());
        let claims = mydata_conformance::provider::with(claims, other);
        let token = self.provider.sign_as(Kind::Es256, &json!({}), &claims);
        logged::plant(&token);
        token
    }

    pub(crate) fn token(&self, person: &str) -> String {
        self.token_but(person, &json!({}))
    }

    pub(crate) async fn raw(&self, head: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{head}\r\nhost: clinic\r\nconnection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets).await.unwrap();
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n");
        let body = octets.split_off(end.unwrap() + 4);
        let head = String::from_utf8(octets).unwrap();
        let status = head[9..12].parse().unwrap();
        Answer { status, head, body }
    }

    pub(crate) async fn send(&self, method: &Method, rest: &str, bearer: &str) -> Answer {
        let head = format!("{method} /gdpr/{rest} HTTP/1.1\r\nauthorization: Bearer {bearer}");
        self.raw(&head, "").await
    }

    pub(crate) async fn get(&self, person: &str, bearer: &str) -> Answer {
        self.send(&Method::GET, person, bearer).await
    }

    /// Whether everything could be erased.
    pub(crate) async fn dry(&self, person: &str, bearer: &str) -> Answer {
        let rest = format!("{person}?dry_run=true");
        self.send(&Method::DELETE, &rest, bearer).await
    }

    pub(crate) async fn erase(&self, person: &str, bearer: &str) -> Answer {
        self.send(&Method::DELETE, person, bearer).await
    }

    /// The three acts of one bearer's on one person's data have one answer, and nothing is done.
    pub(crate) async fn each(&self, person: &str, bearer: &str, status: u16, code: &str) {
        self.get(person, bearer).await.is(status, code);
        self.dry(person, bearer).await.is(status, code);
        self.erase(person, bearer).await.is(status, code);
        assert_eq!(self.clinic().erased.load(Ordering::SeqCst), 0, "{code}");
    }
}
