//! The operator's process: its house on a file, its API for services, and the dispatcher of its messages.

use super::clock::TownClock;
use super::line::{Opening, Ready, Wish};
use super::login;
use super::people::ORIGIN;
use super::role::{FromTown, Serves, answer, not_mine};
use super::service::{listen, serve};
use crate::durable::house::{Fault, House};
use crate::file::{self, Town};
use crate::post::Refused;
use axum::Router;
use mydata::core::id::ServiceId;
use mydata::core::jwk::{KeyHistory, KeySet};
use mydata::core::resource::Origin;
use mydata::identity::{Audience, Issuer, Provider};
use mydata::keys::Ring;
use mydata::operator::Registered;
use mydata::record::description::{Policy as Reading, ServiceDescription};
use mydata::token::party::Sender;
use mydata_http::identity::{Caching, HttpFetch, OidcResidents};
use mydata_http::ops::Shutdown;
use mydata_http::{
    Around, Bounds, Door, Fixed, HttpCourier, Letters, NoMandates, OfServices, OperatorDesk,
    Outbound, ResidentDesk, Services, operator_api, residents_api,
};
use mydata_store::{Dispatcher, Letter, Partition, Policy, Store as _, Undelivered};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The services of the town, as contracts have registered them.
#[derive(Debug)]
pub struct Register(BTreeMap<ServiceId, Arc<Registered>>);

impl Register {
    /// With the descriptions of the town, and the keys that the services have brought.
    ///
    /// # Errors
    /// When a service is not described.
    pub fn new(town: &Town, services: &BTreeMap<ServiceId, KeySet>) -> Result<Self, Refused> {
        let register = |(id, keys): (&ServiceId, &KeySet)| {
            let octets = town.description(id)?;
            let description = ServiceDescription::from_json(&octets, &Reading::default())?;
            let registered = Registered::new(description, KeyHistory::from(keys.clone()));
            Ok((id.clone(), Arc::new(registered)))
        };
        Ok(Self(
            services
                .iter()
                .map(register)
                .collect::<Result<_, Refused>>()?,
        ))
    }
}

impl Services for Register {
    fn registered(&self, id: &ServiceId) -> Option<Arc<Registered>> {
        self.0.get(id).cloned()
    }
}

/// Nobody is written to in this story.
#[derive(Debug)]
struct NoLetters;

impl Letters for NoLetters {
    async fn write(&self, _: &Letter) -> Result<(), Undelivered> {
        Ok(())
    }
}

/// The town, where it is read from by every process.
///
/// # Errors
/// When it cannot be read.
pub fn town() -> Result<Town, Fault> {
    Town::read(&file::directory()).map_err(|error| error.to_string().into())
}

/// Is the operator until the town ends.
///
/// # Errors
/// [`Fault`].
pub async fn run(folder: PathBuf) -> Result<(), Fault> {
    let clock = TownClock::ahead(0);
    std::fs::create_dir_all(&folder)?;
    let house = House::open(&folder, Arc::clone(&clock) as _).await?;
    let house = Arc::new(house);
    let (listener, for_people) = (listen().await?, listen().await?);
    let mut line = FromTown::default();
    let ready = Ready {
        at: listener.local_addr()?,
        people: Some(for_people.local_addr()?),
        keys: vec![house.status_keys(), house.token_keys()],
    };
    let (number, opening) = line.ready(ready).await?;
    clock.wait(opening.ahead);
    let register: Arc<dyn Services> = Arc::new(Register::new(&town()?, &opening.services)?);
    let shutdown = Shutdown::new();
    let delivering = deliver(&house, &register, &opening, shutdown.watch());
    let api = api(&house, &register, opening.is_again)?;
    let serving = serve(listener, api, &shutdown);
    let counter = counter(&house, &register, &opening).await?;
    let counter = serve(for_people, counter, &shutdown);
    let served = Arc::new(Serving {
        house,
        clock,
        shutdown,
    });
    line.serve(number, served).await?;
    delivering.await?;
    serving.await?;
    counter.await?;
    Ok(())
}

/// The routes for services.
fn api(
    house: &Arc<House>,
    register: &Arc<dyn Services>,
    is_again: bool,
) -> Result<Router, Refused> {
    let senders = Arc::new(OfServices(Arc::clone(register)));
    let (clock, crypto) = (Arc::clone(&house.clock), Arc::new(Ring));
    let door = Door::new(
        Origin::parse(ORIGIN)?,
        senders,
        clock,
        crypto,
        Bounds::default(),
    );
    // After a restart it takes nothing that may have been taken before.
    let door = if is_again { door } else { door.without_past() };
    let (core, custody) = (Arc::clone(&house.operator), house.custody());
    let desk = OperatorDesk::new(core, Arc::clone(register), custody, door);
    Ok(operator_api(Arc::new(desk)))
}

/// The routes for residents, who are whoever the city's identity provider says. Their keys are in custody
/// here, as for all who have no device that holds one.
async fn counter(
    house: &Arc<House>,
    register: &Arc<dyn Services>,
    opening: &Opening,
) -> Result<Router, Fault> {
    let provider = Provider::new(
        Issuer::parse(login::ISSUER)?,
        Audience::parse(login::AUDIENCE)?,
    );
    let fetch = HttpFetch::new(Fixed::new(opening.hosts.clone()));
    let residents = OidcResidents::with_keys_at(
        provider,
        login::KEYS,
        Caching::default(),
        fetch,
        Arc::new(Ring),
    )?;
    let people = house.people().await?;
    let around = Around {
        residents,
        owners: house.custody(),
        mandates: NoMandates,
        letters: NoLetters,
    };
    let (core, services) = (Arc::clone(&house.operator), Arc::clone(register));
    let desk = ResidentDesk::new(core, services, people, around, Origin::parse(ORIGIN)?);
    Ok(residents_api(Arc::new(desk)))
}

/// Hands messages over, until it is stopped.
fn deliver(
    house: &Arc<House>,
    register: &Arc<dyn Services>,
    opening: &Opening,
    stopped: watch::Receiver<bool>,
) -> tokio::task::JoinHandle<()> {
    let sender = Sender::Operator(house.operator.identity().id.clone());
    let key = Arc::clone(&house.operator.identity().status);
    let hosts = Fixed::new(opening.hosts.clone());
    let out = Outbound::new(hosts, sender, key, Arc::clone(&house.clock), Arc::new(Ring));
    let courier = HttpCourier::new(Arc::new(out), Arc::clone(register), NoLetters);
    // Nobody in a story waits for half a minute.
    let policy = Policy {
        first_pause: Duration::from_millis(100),
        longest_pause: Duration::from_secs(1),
        poll: Duration::from_millis(100),
        ..Policy::default()
    };
    let dispatcher = Dispatcher::new(Arc::clone(&house.operator), courier, policy);
    tokio::spawn(async move {
        dispatcher.run(stopped).await;
    })
}

struct Serving {
    house: Arc<House>,
    clock: Arc<TownClock>,
    shutdown: Shutdown,
}

impl Serves for Serving {
    async fn wish(&self, wish: Wish) -> Result<Value, String> {
        match wish {
            Wish::Wait(seconds) => {
                self.clock.wait(seconds);
                answer(&self.house.clock.now())
            }
            Wish::Waiting => {
                let store = self.house.store();
                let mut waiting = Vec::new();
                for partition in 0..store.partitions() {
                    let found = store.waiting(Partition(partition)).await;
                    waiting.extend(found.map_err(|fault| fault.to_string())?);
                }
                answer(&waiting)
            }
            Wish::Open(_)
            | Wish::SignIn(_)
            | Wish::Confirm(..)
            | Wish::Fetch(_)
            | Wish::Token(..)
            | Wish::Demand(_) => not_mine(),
        }
    }

    async fn close(&self) {
        self.house.operator.close().await;
        self.shutdown.begin();
    }
}
