//! What the fuzz targets share: a world whose keys are fixed, so that an input means the same in
//! every run and a seed that was signed once stays signed.

pub mod bound;
mod commands;
pub mod corpus;
pub mod hold;
mod identity;
mod jose;
mod journal;
mod legacy;
mod messages;
pub mod peer;
mod published;
mod receipts;
pub mod seeds;
mod select;
/// The gateway's own source: as a package it would bring a web server into every build of this program.
#[path = "../../crates/mydata-gateway/src/select.rs"]
pub mod selector;
pub mod shapes;
mod statuses;
mod targets;
mod texts;
mod tokens;

pub use targets::{Share, TARGETS, Target, run};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use mydata::core::crypto::Signer as _;
use mydata::core::id::{KeyId, ServiceId};
use mydata::core::jwk::KeySet;
use mydata::core::jws::{KeyNaming, Payload};
use mydata::keys::PrivateKey;
use mydata::operator::{Account, Registered};
use mydata::record::possession::ProofScheme;
use mydata::service::{KnownOperator, Service};
use mydata::token::claims::TokenText;
use mydata_conformance::World;
use mydata_conformance::world::{PairIds, Side};
use std::sync::{Arc, OnceLock};

/// The Ed25519 key whose private number is 32 times `seed`, from a PKCS#8 document of version 1.
pub fn key(kid: &str, seed: u8) -> PrivateKey {
    let head = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    let document = [&head[..], &[seed; 32]].concat();
    PrivateKey::from_pkcs8(KeyId::parse(kid).unwrap(), &document).unwrap()
}

/// One key as a set.
pub fn one(key: &PrivateKey) -> KeySet {
    KeySet::from(key.public().clone())
}

/// The world of the conformance tests under fixed keys: both services linked, `care` consented to
/// with `src/a` and `src/b`.
pub fn consented() -> (World, PairIds) {
    consented_by(ProofScheme::Pop)
}

/// The same, with a sink that proves by this scheme that it holds its key.
fn consented_by(scheme: ProofScheme) -> (World, PairIds) {
    let mut world = World::new();
    world.sink.proof = scheme;
    world.owner = key("owner-1", 1);
    world.status_key = key("operator-status", 2);
    world.token_key = key("operator-tokens", 3);
    world.account = Account::open(world.account.id().clone(), one(&world.owner));
    let known = KnownOperator::new(
        world.operator_id.clone(),
        one(&world.status_key),
        one(&world.token_key),
    );
    let known = known.unwrap();
    let settle = |side: &mut Side, name: &str, seed: u8| {
        side.key = key(&format!("{name}-1"), seed);
        side.pop = key(&format!("{name}-pop"), seed + 1);
        let description = side.registered.description.clone();
        side.registered = Arc::new(Registered::new(description, one(&side.key)));
        let id = ServiceId::parse(name).unwrap();
        side.service = Service::new(id, one(&side.key), vec![known.clone()]);
    };
    settle(&mut world.source, "source", 4);
    settle(&mut world.sink, "sink", 6);
    world.link("source");
    world.link("sink");
    let ids = world.consent("care", &["src/a", "src/b"]);
    (world, ids)
}

/// [`consented`], with a token and an honest request for `src/a`; made once.
#[derive(Debug)]
pub struct Fixture {
    pub world: World,
    pub ids: PairIds,
    pub token: TokenText,
    pub authorization: String,
    /// The value of the header `DPoP`, in [`dpop_fixture`].
    pub dpop: Option<String>,
}

/// The fixture of this process.
pub fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| fixture_by(ProofScheme::Pop))
}

/// The same with a sink that has chosen DPoP.
pub fn dpop_fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| fixture_by(ProofScheme::Dpop))
}

fn fixture_by(scheme: ProofScheme) -> Fixture {
    let (mut world, ids) = consented_by(scheme);
    let token = world.token(&ids.sink).unwrap();
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    Fixture {
        authorization: prepared.authorization,
        dpop: prepared.dpop,
        world,
        ids,
        token,
    }
}

/// A compact JWS over any octets, as a `T`: what is checked after a signature is reached with it.
pub fn compact<T: Payload>(payload: &[u8], key: &PrivateKey) -> String {
    let public = key.public();
    let (alg, kid, typ) = (public.algorithm().name(), public.kid(), T::TYP);
    let header = match T::NAMING {
        KeyNaming::Kid => format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"{typ}"}}"#),
        KeyNaming::Jwk => {
            let jwk = public.material().to_bare_jwk();
            format!(r#"{{"typ":"{typ}","alg":"{alg}","jwk":{jwk}}}"#)
        }
    };
    compact_with(&header, payload, key)
}

/// A compact JWS with any header.
pub fn compact_with(header: &str, payload: &[u8], key: &PrivateKey) -> String {
    let input = [BASE64URL.encode(header), BASE64URL.encode(payload)].join(".");
    let signature = key.sign(input.as_bytes()).unwrap();
    [input, BASE64URL.encode(signature.as_octets())].join(".")
}

/// The payload of a compact JWS.
pub fn payload(compact: &str) -> Vec<u8> {
    BASE64URL
        .decode(compact.split('.').nth(1).unwrap())
        .unwrap()
}
