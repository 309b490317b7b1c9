//! What a provider publishes, and what a configuration says of it.

use mydata::core::id::KeyId;
use mydata::core::time::{Seconds, Timestamp};
use mydata_conformance::provider::{Kind, SigningKey, jwks, with};
use mydata_identity::vouched::{self, Vouched};
use mydata_identity::{
    Assurance, Audience, Issuer, Provider, ProviderKeys, ProviderRefusal, Subject,
};
use serde_json::{Value, json};

fn keys(set: &Value) -> Result<(usize, usize), &'static str> {
    let keys = ProviderKeys::from_jwks(set.to_string().as_bytes());
    let keys = keys.map_err(ProviderRefusal::code)?;
    Ok((keys.iter().count(), keys.skipped()))
}

#[test]
fn keys_that_verify_nothing_here_are_skipped() {
    let es256 = SigningKey::generate("es", Kind::Es256);
    let rsa = SigningKey::generate("rsa", Kind::Rs256).jwk();
    let mut count = 0;
    let mut beside = |jwk: &Value, skipped: usize| {
        let set = json!({ "keys": [es256.jwk(), jwk] });
        assert_eq!(keys(&set), Ok((2 - skipped, skipped)), "{jwk}");
        count += 1;
    };
    beside(&rsa, 0);
    for members in [
        json!({ "use": "enc" }),
        json!({ "use": null, "key_ops": ["encrypt"] }),
        json!({ "alg": "RSA-OAEP" }),
        json!({ "alg": "RS512" }),
        json!({ "alg": "PS256" }),
        json!({ "e": "Aw" }),
        json!({ "n": "AQAB" }),
        json!({ "n": null }),
        json!({ "kid": null }),
        json!({ "kid": "a/b" }),
        json!({ "kid": 7 }),
        json!({ "kty": "oct", "k": "c2VjcmV0" }),
        json!({ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" }),
        json!({ "kty": null }),
        // A private half that was published is no key any more.
        json!({ "d": "AQAB" }),
    ] {
        beside(&with(rsa.clone(), &members), 1);
    }
    for jwk in [json!(null), json!("rsa"), json!([]), json!({})] {
        beside(&jwk, 1);
    }
    // A certificate chain says nothing, however long it is.
    beside(
        &with(rsa, &json!({ "x5c": ["M".repeat(20_000)], "x5t": "abc" })),
        0,
    );
    assert_eq!(count, 21);
}

#[test]
fn a_set_is_good_or_refused_as_a_whole() {
    let key = |kid: &str| SigningKey::generate(kid, Kind::EdDsa);
    assert_eq!(keys(&jwks(&[key("a"), key("b")])), Ok((2, 1)));
    assert_eq!(
        keys(&jwks(&[key("a"), key("a")])),
        Err("provider_kid_twice")
    );
    assert_eq!(keys(&jwks(&[])), Err("provider_keys_none"));
    assert_eq!(keys(&json!({ "keys": [] })), Err("provider_keys_none"));
    let many: Vec<SigningKey> = (0..64).map(|n| key(&n.to_string())).collect();
    assert_eq!(keys(&jwks(&many)), Err("provider_keys_many"));
    assert_eq!(keys(&jwks(&many[1..])), Ok((63, 1)));
    for text in [
        "",
        "{}",
        "[]",
        "<html>",
        r#"{"keys":{}}"#,
        r#"{"keys":[],"keys":[]}"#,
    ] {
        let read = ProviderKeys::from_jwks(text.as_bytes());
        assert_eq!(read, Err(ProviderRefusal::KeysShape), "{text}");
    }
    let large = jwks(&many[..1]).to_string() + &" ".repeat(256 * 1024);
    assert_eq!(
        ProviderKeys::from_jwks(large.as_bytes()),
        Err(ProviderRefusal::KeysShape)
    );
    assert_eq!(
        ProviderKeys::new(Vec::new()),
        Err(ProviderRefusal::KeysNone)
    );
    let set = ProviderKeys::from_jwks(jwks(&many[..2]).to_string().as_bytes()).unwrap();
    assert!(set.get(&KeyId::parse("1").unwrap()).is_some());
    assert!(set.get(&KeyId::parse("2").unwrap()).is_none());
    let again = ProviderKeys::new(set.iter().cloned().collect()).unwrap();
    assert!(again.iter().eq(set.iter()));
}

#[test]
fn an_issuer_is_an_address_that_can_be_trusted() {
    for good in [
        "https://id.town.example",
        "https://id.town.example/",
        "https://id.town.example:8443/realms/town",
        "http://127.0.0.1:9/realms/town",
        "http://localhost",
        "http://[::1]:80/x",
    ] {
        assert_eq!(Issuer::parse(good).unwrap().as_str(), good);
    }
    for bad in [
        "",
        "https://",
        "https:///x",
        "http://id.town.example",
        "http://localhost.town.example",
        "http://127.0.0.1.town.example",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:",
        "http://127.0.0.1@town.example",
        "https://a@town.example",
        "https://town.example?x",
        "https://town.example#x",
        "https://town.example/a b",
        "https://tåwn.example",
        "HTTPS://town.example",
        "ftp://town.example",
        "town.example",
    ] {
        assert_eq!(Issuer::parse(bad), Err(ProviderRefusal::Issuer), "{bad}");
    }
    let long = format!("https://town.example/{}", "a".repeat(255));
    assert_eq!(Issuer::parse(&long), Err(ProviderRefusal::Issuer));
}

#[test]
fn a_setting_has_its_bounds() {
    let issuer = || Issuer::parse("https://id.town.example").unwrap();
    let provider = || Provider::new(issuer(), Audience::parse("a").unwrap());
    for bad in ["", "a b", "ä", &"a".repeat(256)] {
        assert_eq!(
            Audience::parse(bad),
            Err(ProviderRefusal::Audience),
            "{bad}"
        );
    }
    let leeway = |seconds| provider().with_leeway(Seconds::new(seconds)).map(drop);
    assert_eq!(
        (leeway(60), leeway(61)),
        (Ok(()), Err(ProviderRefusal::Leeway))
    );
    let longest = |seconds| provider().with_longest(Seconds::new(seconds)).map(drop);
    assert_eq!((longest(86_400), longest(1)), (Ok(()), Ok(())));
    assert_eq!(longest(86_401), Err(ProviderRefusal::Longest));
    assert_eq!(longest(0), Err(ProviderRefusal::Longest));
    assert_eq!(provider().audience().as_str(), "a");
    for level in Assurance::ALL {
        assert_eq!(Assurance::parse(&level.to_string()), Some(level));
    }
    assert_eq!(Assurance::parse("High"), None);
}

#[test]
fn whoever_vouches_does_so_by_name() {
    let until = Timestamp::from_seconds(1_736_236_800).unwrap();
    let resident = vouched::resident(Vouched {
        issuer: Issuer::parse("https://counter.town.example").unwrap(),
        subject: Subject::parse("canary-of-ann").unwrap(),
        assurance: Assurance::High,
        authenticated: None,
        until,
        scopes: ["b", "a", "b"].into_iter().collect(),
    });
    assert_eq!(resident.assurance(), Assurance::High);
    assert_eq!(resident.until(), until);
    assert!(resident.scopes().iter().eq(["a", "b"]));
    assert!(!format!("{resident:?}").contains("canary"));
}
