//! An operator's desk and courier, which read the registry.

use crate::house::*;
use crate::plain::serve;
use axum::Router;
use axum::http::StatusCode;
use mydata::core::crypto::Signer as _;
use mydata::core::id::{LinkCode, OperatorId, ServiceId};
use mydata::record::message::{LinkInvitation, ToService};
use mydata::token::party::{Sender, Senders as _};
use mydata_conformance::descriptions;
use mydata_http::{Fixed, HttpCourier, Letters, OfServices, Outbound, Services};
use mydata_store::{
    Courier as _, Letter, Parcel, ParcelId, Partition, Position, SystemClock, Undelivered,
};
use std::sync::Arc;

#[tokio::test]
async fn an_operator_reads_it() {
    let house = House::new(Fixed::default()).await;
    let own = key("source-1");
    let services: Arc<dyn Services> = Arc::clone(&house.book) as _;
    assert!(services.registered(&id("source")).is_none());
    house.open_service(ANN, &descriptions::source(), &own).await;
    let registered = services.registered(&id("source")).unwrap();
    assert!(registered.is_open);
    assert_eq!(registered.description.service_id, id("source"));
    let senders = OfServices(Arc::clone(&services));
    let keys = senders.keys_of(&Sender::Service(id("source"))).unwrap();
    assert!(keys.get(own.public().kid()).is_some());
    // A key that was rotated away is known for what it has signed.
    let next = key("source-2");
    let target = "/api/v1/services/source/keys";
    assert_eq!(house.put(ANN, target, &jwks(&[&next])).await, done());
    let keys = services.registered(&id("source")).unwrap().keys.clone();
    assert!(keys.get(own.public().kid()).is_some());
    assert!(keys.get(next.public().kid()).is_some());
    let retire = "/api/v1/services/source/retire";
    assert_eq!(
        house.post(ANN, retire, br#"{"links":"stay"}"#).await,
        done()
    );
    assert!(!services.registered(&id("source")).unwrap().is_open);
    assert!(!services.has_left(&id("source")));
    assert_eq!(house.post(ANN, retire, br#"{"links":"end"}"#).await, done());
    assert!(
        services.registered(&id("source")).is_some(),
        "it is told of endings"
    );
    assert!(services.has_left(&id("source")));
    assert!(!services.has_left(&id("nobody")));
}

/// Nobody is written to.
#[derive(Debug)]
struct NoLetters;

impl Letters for NoLetters {
    async fn write(&self, _: &Letter) -> Result<(), Undelivered> {
        Ok(())
    }
}

#[tokio::test]
async fn a_service_that_is_gone_is_not_tried_for_ever() {
    let house = House::new(Fixed::default()).await;
    house
        .open_service(ANN, &descriptions::source(), &key("source-1"))
        .await;
    // The service says yes to everything, or nothing at all.
    let yes = Router::new().fallback(async || StatusCode::CREATED);
    let listening = Fixed::new([("source.example".to_owned(), serve(yes).await)]);
    let elsewhere = Router::new();
    let misplaced = Fixed::new([("source.example".to_owned(), serve(elsewhere).await)]);
    let silent = Fixed::default();
    let operator = OperatorId::parse("operator.example").unwrap();
    let deliver = async |to: &str, hosts: &Fixed| {
        let sender = Sender::Operator(operator.clone());
        let own = Arc::new(key("operator-status"));
        let out = Outbound::new(
            hosts.clone(),
            sender,
            own as _,
            Arc::new(SystemClock),
            crypto(),
        );
        let services = Arc::clone(&house.book) as _;
        let courier = HttpCourier::new(Arc::new(out), services, NoLetters);
        let message = ToService::LinkInvitation(LinkInvitation {
            code: LinkCode::from_random([7; 16]),
            operator_id: operator.clone(),
            service_id: id(to),
            surrogate_id: None,
        });
        let id = ParcelId {
            partition: Partition(0),
            position: Position::new(1),
            number: 0,
        };
        let to = ServiceId::parse(to).unwrap();
        courier.deliver(&Parcel { id, to, message }).await
    };
    let given_up = |code: &str| Err(Undelivered::Refused(code.into()));
    // In force: it is waited for, however long it is silent.
    assert_eq!(deliver("source", &listening).await, Ok(()));
    for hosts in [&silent, &misplaced] {
        assert_eq!(
            deliver("source", hosts).await,
            Err(Undelivered::Unreachable)
        );
    }
    // Nobody has ever heard of it: after the attempts of a refusal its messages are parked.
    let unknown = given_up("registry_service_unknown");
    assert_eq!(deliver("nobody", &listening).await, unknown);
    // Closed to new links: those that there are go on, and it is waited for.
    let retire = "/api/v1/services/source/retire";
    assert_eq!(
        house.post(ANN, retire, br#"{"links":"stay"}"#).await,
        done()
    );
    assert_eq!(
        deliver("source", &silent).await,
        Err(Undelivered::Unreachable)
    );
    // Gone: it is told while it listens, and not waited for.
    assert_eq!(house.post(ANN, retire, br#"{"links":"end"}"#).await, done());
    assert_eq!(deliver("source", &listening).await, Ok(()));
    for hosts in [&silent, &misplaced] {
        assert_eq!(deliver("source", hosts).await, given_up("registry_retired"));
    }
}
