//! A service of the town: its keys and its desk.

use super::{Demo, DemoDesk, Side, Town, clock, crypto, data, one, origin, origin_of};
use axum::Router;
use axum::routing::get;
use mydata::core::id::ServiceId;
use mydata::keys::PrivateKey;
use mydata::operator::Registered;
use mydata::service::{KnownOperator, Service};
use mydata::token::party::Sender;
use mydata_conformance::descriptions;
use mydata_http::{
    Bounds, Desk, Door, Fixed, OfOperators, OperatorClient, Outbound, Program, Protect,
    ServiceKeys, service_api,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

impl Town {
    pub(super) fn side(
        (name, key, bounds): (&str, Arc<PrivateKey>, Bounds),
        description: &serde_json::Value,
        known: &KnownOperator,
        hosts: &Fixed,
    ) -> Side {
        let pop = super::key(&format!("{name}-pop"));
        let id = ServiceId::parse(name).unwrap();
        let registered = Registered::new(descriptions::checked(description), one(&key));
        let keys = (&key, &pop);
        let desk = Self::desk((name, bounds), keys, &[known], hosts, Demo::default());
        Side {
            id,
            registered: Arc::new(registered),
            desk: Arc::new(desk),
            key,
            pop,
        }
    }

    pub(super) fn desk<P: Program>(
        (name, bounds): (&str, Bounds),
        (key, pop): (&Arc<PrivateKey>, &Arc<PrivateKey>),
        known: &[&KnownOperator],
        hosts: &Fixed,
        program: P,
    ) -> Desk<P, Fixed> {
        let id = ServiceId::parse(name).unwrap();
        let all: Vec<KnownOperator> = known.iter().copied().cloned().collect();
        let service = Service::new(id.clone(), one(key), all.clone());
        let senders = Arc::new(OfOperators(all));
        let door = Door::new(origin(name), senders, clock(), crypto(), bounds);
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
            possession: (name != "source").then(|| Arc::clone(pop) as _),
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
        self.desk_within(side, Bounds::default(), program)
    }

    /// The same within other bounds.
    pub(crate) fn desk_within<P: Program>(
        &self,
        side: &Side,
        bounds: Bounds,
        program: P,
    ) -> Desk<P, Fixed> {
        let keys = (&side.key, &side.pop);
        let who = (side.id.as_str(), bounds);
        Self::desk(who, keys, &[&self.known], &self.hosts, program)
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
        let who = ("source", Bounds::default());
        Self::desk(who, keys, &known, &hosts, Demo::default())
    }

    /// What the data of a source are served behind.
    pub(crate) fn routes_of(desk: &Arc<DemoDesk>) -> Router {
        let routes = Router::new().route("/data/{kind}", get(data));
        let routes = routes.route_layer(Protect::new(Arc::clone(desk)));
        service_api(Arc::clone(desk)).merge(routes)
    }
}
