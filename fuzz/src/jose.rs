//! JSON at the border, keys, and the signed envelope in all its forms.

use crate::bound::bounded;
use crate::{fixture, one};
use mydata::core::crypto::{Crypto as _, Signature, Signer as _};
use mydata::core::id::KeyId;
use mydata::core::json::{JsonRefusal, Limits, from_slice};
use mydata::core::jwk::{KeySet, PublicKey};
use mydata::core::jws::{JwsFault, Payload, Sealed, Verified};
use mydata::core::party::{Party, PartyKeys};
use mydata::keys::{PrivateKey, Ring};
use mydata::record::consent::{ConsentStatus, SingleConsent, SinkConsent, SourceConsent};
use mydata::record::description::{OperatorDescription, Service};
use mydata::record::link::{LinkProposal, LinkRecord, LinkStatus};
use mydata::record::notification::{Notification, Subscription};
use mydata::record::objection::{ObjectionRequest, ObjectionResponse};
use mydata::token::claims::Token;
use mydata::token::dpop::DpopProof;
use mydata::token::proof::DataRequest;
use serde_json::Value;

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The one door for JSON from outside. It must refuse more than `serde_json`, never less, and give
/// the same value for what it lets through.
pub fn json_strict(data: &[u8]) {
    let plain = serde_json::from_slice::<Value>(data);
    match bounded(data.len(), || from_slice::<Value>(data, Limits::HEADER)) {
        Ok(value) => {
            assert!(depth(&value) <= Limits::HEADER.depth);
            assert_eq!(Some(value), plain.ok());
        }
        Err(fault) if fault.refusal == JsonRefusal::Syntax => assert!(plain.is_err()),
        Err(_) => {}
    }
}

/// Keys come in messages. Whatever is read as a public key is written and read again as the same
/// key, and nothing private is ever taken for one.
pub fn jwk(data: &[u8]) {
    if let Ok(key) = bounded(data.len(), || PublicKey::from_jwk(data)) {
        assert_eq!(
            PublicKey::from_jwk(key.to_jwk().as_bytes()),
            Ok(key.clone())
        );
        let members: Value = serde_json::from_slice(data).unwrap();
        assert!(members.get("d").is_none() && members.get("k").is_none());
        assert!(!Ring.verify(&key, b"message", &Signature::from_octets([0; 64])));
    }
    if let Ok(set) = bounded(data.len(), || KeySet::from_jwks(data)) {
        let written = serde_json::to_vec(&set).unwrap();
        assert_eq!(KeySet::from_jwks(&written), Ok(set));
    }
}

/// Private keys are read from files. Whatever is read signs under its own public key, and comes
/// back from both forms as the same key.
pub fn private_key(data: &[u8]) {
    let kid = KeyId::parse("key-1").unwrap();
    let read = bounded(data.len(), || {
        [
            PrivateKey::from_pkcs8(kid, data),
            PrivateKey::from_jwk(data),
        ]
    });
    for key in read.into_iter().flatten() {
        let public = key.public();
        assert!(Ring.verify(public, b"message", &key.sign(b"message").unwrap()));
        let pkcs8 = PrivateKey::from_pkcs8(public.kid().clone(), key.to_pkcs8().expose());
        assert_eq!(pkcs8.unwrap().public(), public);
        let jwk = PrivateKey::from_jwk(key.to_jwk().expose());
        assert_eq!(jwk.unwrap().public(), public);
    }
}

/// The compact form, around a token: the text is kept as it came, and no text verifies but one
/// around what the operator has signed.
pub fn jws_compact(text: &str) {
    let Ok(sealed) = bounded(text.len(), || Sealed::<Token>::from_compact(text)) else {
        return;
    };
    assert_eq!(sealed.to_compact().as_deref(), Some(text));
    // The names of its members may be what is too much of the JSON form.
    let json = sealed.to_json();
    if json.len() <= Token::LIMITS.enveloped().octets {
        assert_eq!(Sealed::from_json(json.as_bytes()), Ok(sealed.clone()));
    }
    let Ok(token) = bounded(text.len(), || sealed.open()) else {
        return;
    };
    let keys = one(&fixture().world.token_key);
    let keys = PartyKeys::none().with(Party::Operator, &keys);
    if let Ok(token) = bounded(text.len(), || token.verify(&Ring, &keys)) {
        let ours = fixture().token.sealed().unwrap().open().unwrap();
        assert_eq!(token.consent(), ours.hint());
    }
}

/// The envelope in its JSON forms, around the one record with two signatures. What verifies is the
/// record that was signed, and reading what was written gives the same envelope.
pub fn jws_json(data: &[u8]) {
    let Ok(sealed) = bounded(data.len(), || Sealed::<LinkRecord>::from_json(data)) else {
        return;
    };
    assert_eq!(
        Sealed::from_json(sealed.to_json().as_bytes()),
        Ok(sealed.clone())
    );
    let Ok(record) = bounded(data.len(), || sealed.open()) else {
        return;
    };
    let world = &fixture().world;
    let (owner, service) = (one(&world.owner), one(&world.sink.key));
    let keys = PartyKeys::none()
        .with(Party::Owner, &owner)
        .with(Party::Service, &service);
    if let Ok(record) = bounded(data.len(), || record.verify(&Ring, &keys)) {
        assert!(world.account.links().any(|(_, link)| link.record == record));
    }
}

/// Opens and verifies an envelope in whichever form it has, as a `T`.
fn believed<T: Payload>(octets: &[u8], keys: &PartyKeys<'_>) -> Result<Verified<T>, JwsFault> {
    let length = octets.len();
    let sealed = match std::str::from_utf8(octets) {
        Ok(text) if !text.starts_with('{') => bounded(length, || Sealed::<T>::from_compact(text))?,
        _ => bounded(length, || Sealed::<T>::from_json(octets))?,
    };
    let opened = bounded(length, || sealed.open())?;
    bounded(length, || opened.verify(&Ring, keys))
}

/// Every kind of record, under the keys of the fixture. The first octet says which, and how the rest is
/// carried: as it is, or signed by one of the parties, so that the rules behind a signature are reached.
/// What verifies is the same when it is read again.
pub fn record(data: &[u8]) {
    let Some((how, octets)) = data.split_first() else {
        return;
    };
    let (kind, by) = (how % 15, usize::from(how / 15));
    let signer = by.checked_sub(1).and_then(|at| signers().get(at).copied());
    match kind {
        0 => record_as::<LinkProposal>(octets, signer),
        1 => record_as::<LinkRecord>(octets, signer),
        2 => record_as::<LinkStatus>(octets, signer),
        3 => record_as::<SingleConsent>(octets, signer),
        4 => record_as::<SourceConsent>(octets, signer),
        5 => record_as::<SinkConsent>(octets, signer),
        6 => record_as::<ConsentStatus>(octets, signer),
        7 => record_as::<Subscription>(octets, signer),
        8 => record_as::<Notification>(octets, signer),
        9 => record_as::<ObjectionRequest>(octets, signer),
        10 => record_as::<ObjectionResponse>(octets, signer),
        11 => record_as::<Service>(octets, signer),
        12 => record_as::<OperatorDescription>(octets, signer),
        13 => record_as::<Token>(octets, signer),
        14 => record_as::<DataRequest>(octets, signer),
        _ => record_as::<DpopProof>(octets, signer),
    }
}

/// The kinds of [`record`], by their `typ`, in the order of its octet.
pub const RECORDS: [&str; 16] = [
    "mydata-slr+json",
    LinkRecord::TYP,
    LinkStatus::TYP,
    SingleConsent::TYP,
    SourceConsent::TYP,
    SinkConsent::TYP,
    ConsentStatus::TYP,
    Subscription::TYP,
    Notification::TYP,
    ObjectionRequest::TYP,
    ObjectionResponse::TYP,
    Service::TYP,
    OperatorDescription::TYP,
    Token::TYP,
    DataRequest::TYP,
    DpopProof::TYP,
];

/// Who signs, in the order of the octet.
fn signers() -> [&'static PrivateKey; 5] {
    let world = &fixture().world;
    [
        &world.owner,
        &world.status_key,
        &world.token_key,
        &world.sink.key,
        &world.sink.pop,
    ]
}

fn record_as<T: Payload>(octets: &[u8], signer: Option<&PrivateKey>) {
    let signed = signer.map(|signer| crate::compact::<T>(octets, signer).into_bytes());
    let octets = signed.as_deref().unwrap_or(octets);
    let [owner, status, tokens, service, sink] = signers();
    let both = vec![status.public().clone(), tokens.public().clone()];
    let operator = KeySet::new(both).unwrap();
    let [owner, service, sink] = [one(owner), one(service), one(sink)];
    let keys = PartyKeys::none()
        .with(Party::Owner, &owner)
        .with(Party::Operator, &operator)
        .with(Party::Service, &service)
        .with(Party::Sink, &sink);
    if let Ok(record) = believed::<T>(octets, &keys) {
        assert!(!record.signed_by().is_empty());
        let sealed = record.seal();
        let again = believed::<T>(sealed.to_json().as_bytes(), &keys).unwrap();
        assert_eq!(again.digest(&Ring), record.digest(&Ring));
        assert_eq!(again.seal(), sealed);
    }
}
