//! What the parties send each other, and the forms that strangers fill in.

use crate::bound::bounded;
use crate::{fixture, one};
use mydata::account::{Export, ExportFormat, Registration, Submitted, Trust};
use mydata::core::id::{DatasetId, PurposeId, ServiceId};
use mydata::core::json::{self, JsonRefusal};
use mydata::core::lang::Language;
use mydata::keys::Ring;
use mydata::record::description::{Policy, ServiceDescription};
use mydata::record::message::{
    self, ConsentCopy, Countersigned, LinkCopyRequest, LinkRemoval, ObjectionAnswer, ObjectionCopy,
    StatusQuery, StatusReply, SubscriptionConfirmation, SurrogateOffer, ToService, TokenReply,
    TokenRequest,
};
use mydata::record::notification::NotificationPush;
use mydata::service::{Service, Setting, Want};
use mydata::token::claims::TokenText;
use mydata_conformance::chance::Counter;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// Reads a message; what is read is written and read the same. What is JSON is refused for its form, and not
/// for its syntax.
fn read<M: DeserializeOwned + Serialize + PartialEq + Debug>(octets: &[u8]) -> Option<M> {
    match bounded(octets.len(), || message::read::<M>(octets)) {
        Ok(message) => {
            let written = message::write(&message).unwrap();
            assert!(message::read::<M>(&written).unwrap() == message);
            Some(message)
        }
        Err(fault) if fault.refusal == JsonRefusal::Syntax => {
            assert!(serde_json::from_slice::<serde_json::Value>(octets).is_err());
            None
        }
        Err(_) => None,
    }
}

fn setting() -> Setting<'static> {
    let world = &fixture().world;
    Setting {
        from: &world.operator_id,
        now: world.now,
        crypto: &Ring,
    }
}

/// What a service is sent by its operator. A message that comes a second time changes nothing.
pub fn to_service(data: &[u8]) {
    let Some(message) = read::<ToService>(data) else {
        return;
    };
    let world = &fixture().world;
    for side in [&world.source, &world.sink] {
        let mut service = side.service.clone();
        let first = bounded(data.len(), || service.receive(&message, setting()));
        let once = service.clone();
        let second = service.receive(&message, setting());
        assert_eq!(first.is_ok(), second.is_ok());
        // A refusal may leave a consent in doubt, and does so each time anew.
        if first.is_ok() {
            assert_eq!(service, once);
        }
    }
}

/// The kinds of [`message`], as the vectors name them, in the order of its octet.
pub const MESSAGES: [&str; 13] = [
    "surrogate_offer",
    "countersigned",
    "token_request",
    "token_reply",
    "status_query",
    "status_reply",
    "link_copy_request",
    "link_removal",
    "consent_copy",
    "subscription_confirmation",
    "notification_push",
    "objection_answer",
    "objection_copy",
];

/// Every other message; the first octet says which. A question is answered to the service that it is about
/// and to nobody else.
pub fn message(data: &[u8]) {
    let Some((kind, octets)) = data.split_first() else {
        return;
    };
    match MESSAGES[usize::from(*kind) % MESSAGES.len()] {
        "surrogate_offer" => drop(read::<SurrogateOffer>(octets)),
        "countersigned" => drop(read::<Countersigned>(octets)),
        "token_request" => drop(read::<TokenRequest>(octets)),
        "token_reply" => token_reply(octets),
        "status_query" => status_query(octets),
        "status_reply" => status_reply(octets),
        "link_copy_request" => copies(octets),
        "link_removal" => drop(read::<LinkRemoval>(octets)),
        "consent_copy" => consent_copy(octets),
        "subscription_confirmation" => drop(read::<SubscriptionConfirmation>(octets)),
        "notification_push" => drop(read::<NotificationPush>(octets)),
        "objection_answer" => drop(read::<ObjectionAnswer>(octets)),
        _ => objection_copy(octets),
    }
}

/// A sink uses no token but the one that was issued.
fn token_reply(octets: &[u8]) {
    let Some(reply) = read::<TokenReply>(octets) else {
        return;
    };
    let fixture = fixture();
    let sink = &fixture.world.sink;
    let (purpose, dataset) = (
        PurposeId::parse("care").unwrap(),
        DatasetId::parse("src/a").unwrap(),
    );
    let want = Want::get(&fixture.ids.sink, &purpose, &dataset);
    let token = TokenText::new(&reply.auth_token);
    let (now, mut random) = (fixture.world.now, Counter::default());
    let prepared = bounded(octets.len(), || {
        let service = &sink.service;
        service.prepare_request(&want, &token, now, &sink.pop, &mut random, &Ring)
    });
    assert_eq!(prepared.is_ok(), token.as_str() == fixture.token.as_str());
}

/// The services of the fixture and one that nobody knows.
fn askers() -> [ServiceId; 3] {
    ["source", "sink", "stranger"].map(|name| ServiceId::parse(name).unwrap())
}

fn status_query(octets: &[u8]) {
    let Some(query) = read::<StatusQuery>(octets) else {
        return;
    };
    let account = &fixture().world.account;
    for service in askers() {
        let answer = bounded(octets.len(), || account.introspect(&service, &query));
        if let Ok(answer) = answer {
            let consent = account.consent(&query.cr_id).unwrap();
            assert_eq!(consent.terms().subject_id, service);
            assert_eq!((&answer.cr_id, answer.round), (&query.cr_id, query.round));
        }
    }
}

fn copies(octets: &[u8]) {
    let Some(request) = read::<LinkCopyRequest>(octets) else {
        return;
    };
    let account = &fixture().world.account;
    for service in askers() {
        let link = account.link_by_surrogate(&service, &request.surrogate_id);
        let copy = account.link_copy(&service, &request.surrogate_id);
        assert_eq!(copy.is_ok(), link.is_some());
        let status = account.link_status_copy(&service, &request.surrogate_id);
        assert_eq!(status.is_ok(), link.is_some());
        let consents = account.consent_copies(&service, &request.surrogate_id);
        assert!(consents.is_err() || link.is_some());
    }
}

/// Both services of the fixture take an answer; what is taken a second time changes nothing.
fn take<E>(length: usize, take: impl Fn(&mut Service) -> Result<(), E>) {
    let world = &fixture().world;
    for side in [&world.source, &world.sink] {
        let mut service = side.service.clone();
        if bounded(length, || take(&mut service)).is_ok() {
            let once = service.clone();
            assert!(take(&mut service).is_ok());
            assert_eq!(service, once);
        }
    }
}

fn status_reply(octets: &[u8]) {
    if let Some(reply) = read::<StatusReply>(octets) {
        take(octets.len(), |service| {
            service.catch_up(&reply, setting()).map(drop)
        });
    }
}

fn consent_copy(octets: &[u8]) {
    if let Some(copy) = read::<ConsentCopy>(octets) {
        take(octets.len(), |service| {
            service.restore(&copy, setting()).map(drop)
        });
    }
}

fn objection_copy(octets: &[u8]) {
    if let Some(copy) = read::<ObjectionCopy>(octets) {
        take(octets.len(), |service| {
            service.restore_objection(&copy, setting()).map(drop)
        });
    }
}

/// Descriptions are written by strangers. Every rule is applied without a panic; an accepted one
/// can be asked anything, and is accepted again as written.
pub fn service_description(data: &[u8]) {
    let policy = Policy::default();
    match bounded(data.len(), || ServiceDescription::from_json(data, &policy)) {
        Ok(description) => {
            for distribution in description
                .data_description
                .iter()
                .flat_map(|d| &d.distribution)
            {
                assert!(description.distribution_url(distribution).is_ok());
            }
            for (_, purpose) in description.purposes() {
                assert!(description.purpose(&purpose.purpose_id).is_some());
            }
            let written = json::to_vec(&*description).unwrap();
            assert_eq!(
                ServiceDescription::from_json(&written, &policy),
                Ok(description)
            );
        }
        Err(error) => assert!(!error.code().is_empty() && !error.to_string().is_empty()),
    }
}

/// Copies of accounts, as another operator takes them in: nothing panics, what is read is written
/// and read the same, and what is believed was signed by the owner of the fixture.
pub fn account_export(data: &[u8]) {
    let Ok(export) = bounded(data.len(), || Export::read(data)) else {
        return;
    };
    let octets = export.write(ExportFormat::Json).unwrap();
    assert!(Export::read(&octets).unwrap() == export);
    let _text = export.write(ExportFormat::Text(Language::FI)).unwrap();
    let world = &fixture().world;
    let trust = Trust {
        owner: world.account.owner_keys(),
        service: &|id| match id.as_str() {
            "source" => Some(one(&world.source.key).into()),
            _ => Some(one(&world.sink.key).into()),
        },
        crypto: &Ring,
    };
    if let Ok(carried) = bounded(data.len(), || export.verify(&trust)) {
        for link in &carried.links {
            assert!(world.account.link(&link.record.link_id).is_some());
        }
    }
}

/// Forms of a registration are written by strangers: nothing panics, and a refusal says why.
pub fn account_registration(data: &[u8]) {
    let length = data.len();
    if let Ok(form) = bounded(length, || Submitted::read(data))
        && let Err(faults) = bounded(length, || Registration::check(form, &|_| false))
    {
        assert!(!faults.is_empty());
    }
}
