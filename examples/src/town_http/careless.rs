//! What a sink does that ignores its own records, with HTTP written by hand: here only to show that nobody
//! relies on its good will. No city copies this file.

use super::clock::TownClock;
use super::line::{Demand, KeyUsed};
use super::people::ORIGIN;
use super::role::answer;
use super::wire::{host_of, send};
use crate::post::Refused;
use mydata::core::crypto::{Random as _, Signer as _};
use mydata::core::id::{ConsentId, Nonce, ServiceId};
use mydata::core::jwk::Algorithm;
use mydata::core::jws::Unsigned;
use mydata::core::resource::{Origin, ResourceUrl};
use mydata::keys::{PrivateKey, Ring, SystemRandom};
use mydata::token::claims::TokenText;
use mydata::token::party::Sender;
use mydata::token::proof::{DataRequest, authorization_header};
use mydata::token::request::HttpRequest;
use mydata_http::{Fixed, OperatorClient, Outbound};
use mydata_store::Clock as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// A sink without manners.
#[derive(Debug)]
pub struct Careless {
    id: ServiceId,
    own: Arc<PrivateKey>,
    pop: Arc<PrivateKey>,
    /// A key that nobody knows.
    other: Arc<PrivateKey>,
    hosts: BTreeMap<String, SocketAddr>,
    clock: Arc<TownClock>,
    token: Mutex<Option<TokenText>>,
}

impl Careless {
    /// With the sink's name and its keys: for requests to the operator, and to sources.
    ///
    /// # Errors
    /// When no key can be drawn.
    pub fn new(
        id: ServiceId,
        (own, pop): (Arc<PrivateKey>, Arc<PrivateKey>),
        hosts: BTreeMap<String, SocketAddr>,
        clock: Arc<TownClock>,
    ) -> Result<Self, Refused> {
        let other = PrivateKey::generate(own.public().kid().clone(), Algorithm::Ed25519)?;
        Ok(Self {
            id,
            own,
            pop,
            other: Arc::new(other),
            hosts,
            clock,
            token: Mutex::new(None),
        })
    }

    /// Asks for a token without having looked whether the consent stands, and keeps it.
    ///
    /// # Errors
    /// The operator's code.
    pub async fn token(&self, consent: &ConsentId, used: KeyUsed) -> Result<Value, String> {
        let key = match used {
            KeyUsed::Own => Arc::clone(&self.own),
            KeyUsed::Other => Arc::clone(&self.other),
        };
        let out = Outbound::new(
            Fixed::new(self.hosts.clone()),
            Sender::Service(self.id.clone()),
            key as _,
            Arc::clone(&self.clock) as _,
            Arc::new(Ring),
        );
        let origin = Origin::parse(ORIGIN).map_err(|fault| fault.code().to_owned())?;
        let reply = OperatorClient::new(Arc::new(out), origin)
            .token(consent)
            .await;
        let reply = reply.map_err(|fault| fault.code().to_owned())?;
        let token = TokenText::new(&reply.auth_token);
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        answer(&())
    }

    /// Demands data with the token that it has kept.
    ///
    /// # Errors
    /// When nothing can be sent.
    pub async fn demand(&self, demand: &Demand) -> Result<Value, String> {
        let text = self
            .text(demand)
            .map_err(|refused| refused.code.to_owned())?;
        let at = self
            .hosts
            .get(&host_of(&demand.url))
            .ok_or("no_such_host")?;
        let heard = send(*at, text.as_bytes()).await;
        answer(&heard.map_err(|error| error.to_string())?)
    }

    fn text(&self, demand: &Demand) -> Result<String, Refused> {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let token = token.clone();
        let token = token.ok_or_else(|| Refused::new("no_token", "none kept"))?;
        let url = ResourceUrl::parse(&demand.url)?;
        let query = demand.query.as_ref().map(|query| format!("?{query}"));
        let target = [url.path(), query.as_deref().unwrap_or_default()].concat();
        let request = HttpRequest::to(url, demand.query.as_deref(), "GET", &[])?;
        let nonce = Nonce::from_random(SystemRandom::new().bits128()?);
        let proof = DataRequest::new(token, &request, self.clock.now(), nonce, &Ring);
        let key = match demand.key {
            KeyUsed::Own => &*self.pop,
            KeyUsed::Other => &*self.other,
        };
        let authorization = authorization_header(Unsigned::new(proof).sign(key)?)?;
        let host = host_of(&demand.url);
        Ok(format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\n\r\n"
        ))
    }
}
