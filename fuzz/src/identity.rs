//! Tokens of an identity provider, and the keys that it publishes.

use crate::bound::bounded;
use crate::{BASE64URL, compact_with, key, peer};
use base64::Engine as _;
use mydata::core::crypto::Signer as _;
use mydata::core::id::KeyId;
use mydata::core::rsa::RsaKey;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring};
use mydata_conformance::world::START;
use mydata_identity::{
    Audience, IdentityRefusal, Issuer, Provider, ProviderKey, ProviderKeys, Token, VerifiedResident,
};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::OnceLock;

const ISSUER: &str = "https://id.town.example/realms/town";
const AUDIENCE: &str = "youth-card";

/// What an honest token says.
pub const HEADER: &str = r#"{"alg":"EdDSA","typ":"JWT","kid":"identity-1"}"#;
pub const RSA_HEADER: &str = r#"{"alg":"RS256","typ":"JWT","kid":"rsa-1"}"#;
pub const CLAIMS: &str = r#"{"iss":"https://id.town.example/realms/town","aud":["account","youth-card"],"sub":"3f6c1c5e","typ":"Bearer","iat":1736236800,"exp":1736237100,"auth_time":1736236800,"sid":"s","loa":"substantial","authorization":{"permissions":[{"scopes":["gdprquery"]}]}}"#;

/// What the provider signs with.
#[derive(Clone, Copy)]
enum By {
    Ed25519,
    Rsa,
}

impl By {
    fn header(self) -> &'static str {
        match self {
            Self::Ed25519 => HEADER,
            Self::Rsa => RSA_HEADER,
        }
    }
}

struct Fixture {
    ed25519: PrivateKey,
    rsa: RsaKeyPair,
    provider: Provider,
    keys: ProviderKeys,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let ed25519 = key("identity-1", 9);
        let p256 = PrivateKey::from_jwk(peer::P256).unwrap();
        let rsa = rsa();
        let modulus = PublicKeyComponents::<Vec<u8>>::from(rsa.public()).n;
        let public = RsaKey::new(KeyId::parse("rsa-1").unwrap(), &modulus).unwrap();
        let ours = [&ed25519, &p256].map(|key| ProviderKey::Ours(key.public().clone()));
        let keys = ours.into_iter().chain([ProviderKey::Rsa(public)]).collect();
        let issuer = Issuer::parse(ISSUER).unwrap();
        Fixture {
            provider: Provider::new(issuer, Audience::parse(AUDIENCE).unwrap()),
            keys: ProviderKeys::new(keys).unwrap(),
            ed25519,
            rsa,
        }
    })
}

/// A key for tests of this repository, whose public half is in `identity.json`.
fn rsa() -> RsaKeyPair {
    let all = include_str!("../../tests/conformance/legacy/rsa.json");
    let all: Value = serde_json::from_str(all).unwrap();
    let document = BASE64URL.decode(all["operator"].as_str().unwrap()).unwrap();
    RsaKeyPair::from_pkcs8(&document).unwrap()
}

/// A token that the provider signs.
fn signed(header: &str, claims: &[u8], by: By) -> String {
    let fixture = fixture();
    match by {
        By::Ed25519 => compact_with(header, claims, &fixture.ed25519),
        By::Rsa => {
            let input = [BASE64URL.encode(header), BASE64URL.encode(claims)].join(".");
            let mut signature = vec![0; fixture.rsa.public().modulus_len()];
            let random = SystemRandom::new();
            let done =
                fixture
                    .rsa
                    .sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature);
            done.unwrap();
            [input, BASE64URL.encode(signature)].join(".")
        }
    }
}

/// The honest tokens.
pub fn honest() -> &'static [String; 2] {
    static HONEST: OnceLock<[String; 2]> = OnceLock::new();
    HONEST.get_or_init(|| {
        let both = [By::Ed25519, By::Rsa].map(|by| signed(by.header(), CLAIMS.as_bytes(), by));
        // So that what stands behind the signature is reached with either.
        assert!(both.iter().all(|token| verify(token).is_ok()));
        both
    })
}

fn verify(text: &str) -> Result<VerifiedResident, IdentityRefusal> {
    let fixture = fixture();
    let now = Timestamp::from_seconds(START).unwrap();
    bounded(text.len(), || {
        Token::read(text)?.verify(&fixture.provider, &fixture.keys, now, &Ring)
    })
}

/// The first octet says what the rest is: a token, the claims of one that the provider signs, the header of one, or a
/// set of keys; claims and headers under Ed25519 or under RSA. A resident is only who the provider says.
pub fn token(data: &[u8]) {
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(rest);
    match how % 6 {
        // Nobody but the provider can sign, and it has signed these; neither kind of signature has a twin.
        0 => assert!(verify(&text).is_err() || honest().iter().any(|one| *one == text)),
        1 => claimed(rest, By::Ed25519),
        2 => headed(&text, By::Ed25519),
        3 => set(rest),
        4 => claimed(rest, By::Rsa),
        _ => headed(&text, By::Rsa),
    }
}

fn claimed(claims: &[u8], by: By) {
    if let Ok(resident) = verify(&signed(by.header(), claims, by)) {
        believed(claims, &resident);
    }
}

fn headed(header: &str, by: By) {
    if verify(&signed(header, CLAIMS.as_bytes(), by)).is_err() {
        return;
    }
    let header: Value = serde_json::from_str(header).unwrap();
    let (algs, kid): (&[&str], &str) = match by {
        By::Ed25519 => (&["EdDSA", "Ed25519"], "identity-1"),
        By::Rsa => (&["RS256"], "rsa-1"),
    };
    assert!(algs.contains(&header["alg"].as_str().unwrap()));
    let typ = header["typ"].as_str().unwrap();
    assert!(["JWT", "at+jwt", "application/at+jwt"].contains(&typ));
    assert_eq!(header["kid"], kid);
    let refused = ["crit", "b64", "cty", "jwk", "jku", "x5u", "x5c"];
    assert!(refused.iter().all(|name| header.get(name).is_none()));
}

/// What a good token must have claimed, read by another reader.
fn believed(claims: &[u8], resident: &VerifiedResident) {
    let claims: Value = serde_json::from_slice(claims).unwrap();
    assert_eq!(claims["iss"], ISSUER);
    let audience = &claims["aud"];
    let is_in = |all: &Vec<Value>| all.iter().any(|one| one == AUDIENCE);
    assert!(audience == AUDIENCE || audience.as_array().is_some_and(is_in));
    let time = |name: &str| claims[name].as_u64().unwrap();
    let (exp, iat) = (time("exp"), time("iat"));
    assert!(exp + 30 > START && iat <= START + 30 && exp <= iat + 3600);
    assert!(claims.get("nbf").is_none() || time("nbf") <= START + 30);
    assert!(claims.get("typ").is_none() || claims["typ"] == "Bearer");
    let others = ["nonce", "at_hash", "c_hash", "events", "cnf"];
    assert!(others.iter().all(|name| claims.get(name).is_none()));
    let subject = resident.subject().expose();
    assert_eq!(claims["sub"], subject.as_str());
    assert_eq!(resident.until().seconds(), exp);
    let level = resident.assurance().name();
    assert!(level == "unknown" || claims["loa"] == level || claims["loa"].is_array());
    let said = claims["authorization"].to_string();
    assert!(
        resident
            .scopes()
            .iter()
            .all(|scope| said.contains(&Value::from(scope).to_string()))
    );
    // Nothing of the person is shown.
    assert!(!format!("{resident:?}").contains(&format!("{:?}", subject.as_str())));
}

/// Keys that are taken stand in the set, each once.
fn set(octets: &[u8]) {
    let Ok(keys) = bounded(octets.len(), || ProviderKeys::from_jwks(octets)) else {
        return;
    };
    let all: Value = serde_json::from_slice(octets).unwrap();
    let all = all["keys"].as_array().unwrap();
    let kids: BTreeSet<&str> = keys.iter().map(|key| key.kid().as_str()).collect();
    assert_eq!(kids.len(), keys.iter().count());
    assert_eq!(kids.len() + keys.skipped(), all.len());
    assert!((1..=64).contains(&kids.len()));
    for key in keys.iter() {
        assert_eq!(keys.get(key.kid()), Some(key));
        assert!(all.iter().any(|jwk| jwk["kid"] == key.kid().as_str()));
    }
}
