//! Descriptions as they are found, and the registry that they are searched in.

use crate::bound::bounded;
use crate::{key, one};
use mydata::core::id::ActorId;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring};
use mydata::record::description::{
    Description, DescriptionError, Found, OperatorDescription, Policy, Published, Service, Trust,
};
use mydata::registry::{Act, Capacity, Command, Folding, Query, Registry};
use mydata_conformance::descriptions;
use std::sync::OnceLock;

/// The key of every description that is signed.
pub(crate) fn publisher() -> PrivateKey {
    key("publisher-1", 9)
}

fn check<D: Description>(octets: &[u8]) -> Result<Found<D>, DescriptionError> {
    let (keys, policy) = (one(&publisher()), Policy::default());
    let published = bounded(octets.len(), || Published::<D>::read(octets))?;
    let has_signature = published.has_signature();
    let trust = Trust {
        of: None,
        keys: Some(&keys),
        must_be_signed: false,
        policy: &policy,
        crypto: &Ring,
    };
    let found = bounded(octets.len(), || published.check(&trust))?;
    assert_eq!(found.signed_by().is_some(), has_signature);
    assert!(found.fits(&keys));
    Ok(found)
}

fn run_as<D: Description>(octets: &[u8]) {
    match check::<D>(octets) {
        Ok(found) => assert_eq!(check::<D>(&found.to_json()), Ok(found)),
        Err(error) => assert!(!error.code().is_empty() && !error.to_string().is_empty()),
    }
}

/// Reads octets as either kind of description.
pub fn run(octets: &[u8]) {
    run_as::<Service>(octets);
    run_as::<OperatorDescription>(octets);
}

fn town() -> Registry {
    let act = Act {
        actor: ActorId::parse("staff-1").unwrap(),
        capacity: Capacity::Staff,
    };
    let mut registry = Registry::new();
    for (value, seed) in [(descriptions::source(), 4), (descriptions::sink(), 6)] {
        let found = check::<Service>(value.to_string().as_bytes()).unwrap();
        let service_id = found.description().service_id.clone();
        let commands = [
            Command::Obtain {
                service_id: service_id.clone(),
                registrant: act.actor.clone(),
                keys: one(&key("service-1", seed)),
            },
            Command::Describe {
                description: Box::new(found),
            },
            Command::Vouch { service_id },
        ];
        for command in &commands {
            let now = Timestamp::from_seconds(0).unwrap();
            for event in &registry.decide(&act, command, now).unwrap().events {
                registry.apply(event);
            }
        }
    }
    registry
}

/// Searches for a text in every way.
pub fn search(text: &str) {
    static TOWN: OnceLock<Registry> = OnceLock::new();
    let registry = TOWN.get_or_init(town);
    let mut query = Query::words(text);
    assert!(bounded(text.len(), || registry.search(&query)).total <= 2);
    query.dataset = Some(text.to_owned());
    query.keyword = Some(text.to_owned());
    query.provider = Some(text.to_owned());
    let narrow = bounded(text.len(), || registry.search(&query)).total;
    assert!(narrow <= registry.search(&Query::words(text)).total);
    for folding in [Folding::Own, Folding::Plain] {
        let folded = bounded(text.len(), || folding.fold(text));
        assert_eq!(folding.fold(&folded), folded);
    }
}
