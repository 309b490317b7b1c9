//! What a service must be told to be a source or a sink.

use crate::client::{OperatorClient, Outbound};
use crate::door::{Bounds, Door};
use crate::senders::OfOperators;
use crate::service::{Desk, Program, ServiceKeys};
use hyper_util::client::legacy::connect::Connect;
use mydata::core::crypto::{Crypto, Signer};
use mydata::core::id::{OperatorId, ServiceId};
use mydata::core::json::{self, Limits};
use mydata::core::jwk::{KeyHistory, KeySet};
use mydata::core::refusals;
use mydata::core::resource::Origin;
use mydata::keys::{PrivateKey, Ring};
use mydata::service::{KnownOperator, Service};
use mydata::token::party::Sender;
use mydata_store::{Clock, SystemClock};
use serde::Deserialize;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// Who the service is, its keys, and the operators that it works with.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Setup {
    /// Its id.
    pub id: ServiceId,
    /// Where it is reached: what the addresses of signed requests are held against, whatever `Host` says.
    pub origin: Origin,
    /// Its private keys.
    pub keys: ServiceKeys,
    /// Its public signature keys, of whatever time: by them it knows its own signature again.
    pub public: KeyHistory,
    /// The operators, and where each is reached.
    pub operators: Vec<(KnownOperator, Origin)>,
    /// What is read of a request at the most.
    pub bounds: Bounds,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Verifies and hashes.
    pub crypto: Arc<dyn Crypto>,
}

refusals! {
    /// Why a setup cannot be read.
    pub enum SetupRefusal {
        File = "setup_file": "a file of the setup cannot be read",
        Json = "setup_json": "`setup.json` is no setup",
        PrivateKey = "setup_private_key": "a file of the setup is no private key",
        Keys = "setup_operator_keys": "the keys of an operator are none, or not two sets",
    }
}

/// `setup.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: ServiceId,
    origin: Origin,
    operators: Vec<WrittenOperator>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOperator {
    id: OperatorId,
    at: Origin,
    status_keys: Value,
    token_keys: Value,
}

impl WrittenOperator {
    fn known(self) -> Option<(KnownOperator, Origin)> {
        let keys = |keys: &Value| KeySet::from_jwks(keys.to_string().as_bytes()).ok();
        let (status, tokens) = (keys(&self.status_keys)?, keys(&self.token_keys)?);
        let known = KnownOperator::new(self.id, status, tokens).ok()?;
        Some((known, self.at))
    }
}

impl Setup {
    /// Reads a folder: `setup.json` with `id`, `origin` and `operators` (`id`, `at`, `status_keys` and
    /// `token_keys` as JWK sets), the private key `service.jwk`, and a sink's `possession.jwk`. The time is
    /// the machine's.
    ///
    /// # Errors
    /// [`SetupRefusal`].
    pub fn read(folder: &Path) -> Result<Self, SetupRefusal> {
        let octets = |name: &str| std::fs::read(folder.join(name));
        let key = |octets: &[u8]| {
            let key = PrivateKey::from_jwk(octets);
            key.map(Arc::new).map_err(|_| SetupRefusal::PrivateKey)
        };
        let written = octets("setup.json").map_err(|_| SetupRefusal::File)?;
        let written = json::from_slice(&written, Limits::MESSAGE);
        let written: Written = written.map_err(|_| SetupRefusal::Json)?;
        let signature = octets("service.jwk").map_err(|_| SetupRefusal::File)?;
        let signature = key(&signature)?;
        let possession = match octets("possession.jwk") {
            Ok(octets) => Some(key(&octets)? as Arc<dyn Signer>),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) => return Err(SetupRefusal::File),
        };
        let operators = written.operators.into_iter().map(WrittenOperator::known);
        let operators: Option<Vec<_>> = operators.collect();
        Ok(Self {
            id: written.id,
            origin: written.origin,
            public: signature.public().clone().into(),
            keys: ServiceKeys {
                signature,
                possession,
            },
            operators: operators.ok_or(SetupRefusal::Keys)?,
            bounds: Bounds::default(),
            clock: Arc::new(SystemClock),
            crypto: Arc::new(Ring),
        })
    }

    /// The desk of the service, which goes out through `connector`. Where there has been one before, what it
    /// has kept is to be taken again first ([`Desk::recall`], [`Desk::restore`]).
    pub fn desk<P, C>(self, connector: C, program: P) -> Desk<P, C>
    where
        P: Program,
        C: Connect + Clone + Send + Sync + 'static,
    {
        let known: Vec<KnownOperator> = self.operators.iter().map(|(op, _)| op.clone()).collect();
        let senders = Arc::new(OfOperators(known.clone()));
        let clock = || Arc::clone(&self.clock);
        let crypto = || Arc::clone(&self.crypto);
        let door = Door::new(self.origin, senders, clock(), crypto(), self.bounds);
        let (sender, key) = (
            Sender::Service(self.id.clone()),
            Arc::clone(&self.keys.signature),
        );
        let out = Outbound::new(connector, sender, key, clock(), crypto());
        let out = Arc::new(out);
        let ways = self.operators.iter().map(|(operator, at)| {
            let way = OperatorClient::new(Arc::clone(&out), at.clone());
            (operator.id().clone(), way)
        });
        let ways = ways.collect();
        let service = Service::new(self.id, self.public, known);
        Desk::new(service, self.keys, door, out, ways, program)
    }
}
