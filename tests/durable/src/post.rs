//! A source and a sink that hold the links and consents of everybody, and a courier to them.

use mydata::core::crypto::{Crypto, Signer as _};
use mydata::core::id::{KeyId, LinkCode, OperatorId, ServiceId};
use mydata::core::jwk::{Algorithm, KeySet, PublicKey};
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring};
use mydata::operator::Registered;
use mydata::record::message::{
    self, ConsentCopy, Countersigned, LinkProposalDelivery, StatusQuery, StatusReply,
    SurrogateOffer, ToService,
};
use mydata::service::{Effect, KnownOperator, Refusal, Service, Setting};
use mydata_conformance::{chance, descriptions};
use mydata_store::{Clock, Courier, Letter, Parcel, Undelivered};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// A key of a known value would do for a harness; these are drawn.
#[must_use]
pub fn key(kid: &str) -> PrivateKey {
    PrivateKey::generate(KeyId::parse(kid).unwrap(), Algorithm::Ed25519).unwrap()
}

/// The keys of one.
#[must_use]
pub fn one(key: &PublicKey) -> KeySet {
    KeySet::from(key.clone())
}

/// A service with its keys.
#[derive(Debug)]
pub struct Side {
    /// Its id.
    pub id: ServiceId,
    /// As the operator's registry knows it.
    pub registered: Arc<Registered>,
    key: PrivateKey,
    pop: PrivateKey,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    service: Service,
    random: chance::Counter,
    asked: Vec<LinkCode>,
    proposals: BTreeMap<LinkCode, LinkProposalDelivery>,
}

impl Side {
    fn new(name: &str, description: &serde_json::Value, operator: KnownOperator) -> Self {
        let key = key(&format!("{name}-1"));
        let id = ServiceId::parse(name).unwrap();
        let registered = Registered::new(descriptions::checked(description), one(key.public()));
        let held = Held {
            service: Service::new(id.clone(), one(key.public()), vec![operator]),
            random: chance::Counter::default(),
            asked: Vec::new(),
            proposals: BTreeMap::new(),
        };
        let (pop, held) = (self::key(&format!("{name}-pop")), Mutex::new(held));
        Self {
            id,
            registered: Arc::new(registered),
            key,
            pop,
            held,
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    /// Looks at what the service holds.
    pub fn with<R>(&self, look: impl FnOnce(&Service) -> R) -> R {
        look(&self.held().service)
    }

    /// Takes a message as it comes over a wire.
    ///
    /// # Errors
    /// The service's own refusal.
    pub fn receive(&self, from: &OperatorId, octets: &[u8], now: Timestamp) -> Result<(), Refusal> {
        let message: ToService = message::read(octets).unwrap();
        let mut held = self.held();
        let setting = Setting {
            from,
            now,
            crypto: &Ring,
        };
        for effect in held.service.receive(&message, setting)?.effects() {
            match effect {
                Effect::AskPerson { code } => held.asked.push(code),
                Effect::Countersign(delivery) => {
                    held.proposals.insert(delivery.data.code.clone(), delivery);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What the service must ask, since it doubts a consent.
    #[must_use]
    pub fn doubts(&self) -> Vec<StatusQuery> {
        let held = self.held();
        let asked = held.service.doubts().filter_map(|effect| match effect {
            Effect::AskStatus { query, .. } => Some(query),
            _ => None,
        });
        asked.collect()
    }

    /// The service cannot be sure that it was told everything.
    pub fn doubt_all(&self, now: Timestamp) {
        self.held().service.doubt_all(now);
    }

    /// What the operator has answered.
    ///
    /// # Errors
    /// The service's own refusal.
    pub fn catch_up(
        &self,
        from: &OperatorId,
        reply: &StatusReply,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let setting = Setting {
            from,
            now,
            crypto: &Ring,
        };
        self.held().service.catch_up(reply, setting).map(|_| ())
    }

    /// A copy of a consent that the service does not have.
    ///
    /// # Errors
    /// The service's own refusal.
    pub fn restore(
        &self,
        from: &OperatorId,
        copy: &ConsentCopy,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let setting = Setting {
            from,
            now,
            crypto: &Ring,
        };
        self.held().service.restore(copy, setting).map(|_| ())
    }

    /// The person has signed in: the service brings the surrogate of the linking.
    pub fn offer(&self, code: &LinkCode) -> SurrogateOffer {
        let mut held = self.held();
        let Held {
            service, random, ..
        } = &mut *held;
        let is_sink = self.registered.description.is_sink();
        let pop = is_sink.then(|| {
            (
                self.pop.public(),
                mydata::record::possession::ProofScheme::Pop,
            )
        });
        service.confirm_linking_with(code, pop, random).unwrap()
    }

    /// Countersigns what it was sent.
    pub fn countersign(&self, code: &LinkCode, from: &OperatorId, now: Timestamp) -> Countersigned {
        let mut held = self.held();
        let delivery = held.proposals.remove(code).unwrap();
        let setting = Setting {
            from,
            now,
            crypto: &Ring,
        };
        let signed = held
            .service
            .countersign(&delivery, &self.key, setting)
            .unwrap();
        message::read(&message::write(&signed).unwrap()).unwrap()
    }
}

/// The services of the harness, and the way to them.
#[derive(Debug)]
pub struct Post {
    /// The operator.
    pub operator: OperatorId,
    /// Gives data.
    pub source: Side,
    /// Uses data.
    pub sink: Side,
    /// The time at the services.
    pub clock: Arc<dyn Clock>,
    /// Letters to persons.
    pub letters: Mutex<Vec<Letter>>,
}

impl Post {
    /// Services that know the operator by these keys.
    #[must_use]
    pub fn new(
        operator: &OperatorId,
        status: &PublicKey,
        tokens: &PublicKey,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        let known = || KnownOperator::new(operator.clone(), one(status), one(tokens)).unwrap();
        Arc::new(Self {
            operator: operator.clone(),
            source: Side::new("source", &descriptions::source(), known()),
            sink: Side::new("sink", &descriptions::sink(), known()),
            clock,
            letters: Mutex::default(),
        })
    }

    /// The service of this name.
    #[must_use]
    pub fn side(&self, id: &ServiceId) -> &Side {
        if *id == self.source.id {
            &self.source
        } else {
            &self.sink
        }
    }

    /// Hands a parcel to its service, as octets.
    ///
    /// # Errors
    /// The service's own refusal.
    pub fn hand(&self, parcel: &Parcel) -> Result<(), Refusal> {
        let octets = message::write(&parcel.message).unwrap();
        self.side(&parcel.to)
            .receive(&self.operator, &octets, self.clock.now())
    }
}

impl Courier for Post {
    async fn deliver(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        self.hand(parcel)
            .map_err(|refusal| Undelivered::Refused(refusal.code().into()))
    }

    async fn write(&self, letter: &Letter) -> Result<(), Undelivered> {
        self.letters.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

/// SHA-256.
#[must_use]
pub fn digest(octets: &[u8]) -> mydata::core::crypto::Sha256 {
    Ring.sha256(octets)
}
