//! Tokens of an identity provider, and the keys that it publishes.

use crate::bound::bounded;
use crate::{compact_with, key, peer};
use mydata::core::crypto::Signer as _;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring};
use mydata_conformance::world::START;
use mydata_identity::{
    Audience, IdentityRefusal, Issuer, Provider, ProviderKey, ProviderKeys, Token, VerifiedResident,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::OnceLock;

const ISSUER: &str = "https://id.town.example/realms/town";
const AUDIENCE: &str = "youth-card";

/// What an honest token says.
pub const HEADER: &str = r#"{"alg":"EdDSA","typ":"JWT","kid":"identity-1"}"#;
pub const CLAIMS: &str = r#"{"iss":"https://id.town.example/realms/town","aud":["account","youth-card"],"sub":"3f6c1c5e","typ":"Bearer","iat":1736236800,"exp":1736237100,"auth_time":1736236800,"sid":"s","loa":"substantial","authorization":{"permissions":[{"scopes":["gdprquery"]}]}}"#;

struct Fixture {
    ed25519: PrivateKey,
    provider: Provider,
    keys: ProviderKeys,
    honest: String,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let ed25519 = key("identity-1", 9);
        let p256 = PrivateKey::from_jwk(peer::P256).unwrap();
        let keys = [&ed25519, &p256].map(|key| ProviderKey::Ours(key.public().clone()));
        let issuer = Issuer::parse(ISSUER).unwrap();
        Fixture {
            provider: Provider::new(issuer, Audience::parse(AUDIENCE).unwrap()),
            keys: ProviderKeys::new(keys.into()).unwrap(),
            honest: compact_with(HEADER, CLAIMS.as_bytes(), &ed25519),
            ed25519,
        }
    })
}

/// The honest token.
pub fn honest() -> &'static str {
    &fixture().honest
}

fn verify(text: &str) -> Result<VerifiedResident, IdentityRefusal> {
    let fixture = fixture();
    let now = Timestamp::from_seconds(START).unwrap();
    bounded(text.len(), || {
        Token::read(text)?.verify(&fixture.provider, &fixture.keys, now, &Ring)
    })
}

/// The first octet says what the rest is: a token, the claims of one that the provider signs, the header of one, or a
/// set of keys. A resident is only who the provider says.
pub fn token(data: &[u8]) {
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    let fixture = fixture();
    let text = String::from_utf8_lossy(rest);
    match how % 4 {
        // Nobody but the provider can sign, and it has signed one.
        0 => assert!(verify(&text).is_err() || text == fixture.honest),
        1 => {
            let signed = compact_with(HEADER, rest, &fixture.ed25519);
            if let Ok(resident) = verify(&signed) {
                believed(rest, &resident);
            }
        }
        2 => {
            let signed = compact_with(&text, CLAIMS.as_bytes(), &fixture.ed25519);
            if verify(&signed).is_ok() {
                let header: Value = serde_json::from_str(&text).unwrap();
                assert!(["EdDSA", "Ed25519"].contains(&header["alg"].as_str().unwrap()));
                let typ = header["typ"].as_str().unwrap();
                assert!(["JWT", "at+jwt", "application/at+jwt"].contains(&typ));
                assert_eq!(header["kid"], "identity-1");
                let refused = ["crit", "b64", "cty", "jwk", "jku", "x5u", "x5c"];
                assert!(refused.iter().all(|name| header.get(name).is_none()));
            }
        }
        _ => set(rest),
    }
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
