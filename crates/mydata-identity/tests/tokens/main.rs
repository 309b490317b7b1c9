//! A token that is good, and the same with one thing wrong: each check of the table has its code, and the first
//! that applies is the one that is told.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod claims;

use mydata::core::time::Timestamp;
use mydata::keys::{AwsLc, Ring};
use mydata_conformance::base64url;
use mydata_conformance::provider::{Kind, SigningKey, jwks, with};
use mydata_identity::{
    Assurance, Audience, IdentityRefusal, Issuer, Provider, ProviderKeys, Token, TokenCrypto,
    VerifiedResident,
};
use serde_json::{Value, json};
use std::sync::LazyLock;

const ISSUER: &str = "https://id.town.example/realms/town";
const AUDIENCE: &str = "youth-card";
const SUBJECT: &str = "3f6c1c5e-canary-of-ann";
const NOW: u64 = 1_736_236_800;

/// One key of each kind; made once, since RSA takes its time.
static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let key = |kind: Kind| SigningKey::generate(&format!("{}-1", kind.name()), kind);
    Kind::ALL.map(key).into()
});

fn key(kind: Kind) -> &'static SigningKey {
    KEYS.iter().find(|key| key.kind() == kind).unwrap()
}

fn published() -> ProviderKeys {
    ProviderKeys::from_jwks(jwks(&KEYS).to_string().as_bytes()).unwrap()
}

fn provider() -> Provider {
    Provider::new(
        Issuer::parse(ISSUER).unwrap(),
        Audience::parse(AUDIENCE).unwrap(),
    )
}

fn now() -> Timestamp {
    Timestamp::from_seconds(NOW).unwrap()
}

/// What a good token claims.
fn good() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "typ": "Bearer", "azp": "profile-ui",
        "iat": NOW, "exp": NOW + 300, "auth_time": NOW - 60, "sid": "session-1", "loa": "substantial",
        "authorization": { "permissions": [{ "scopes": ["gdprquery"] }, { "scopes": ["gdprdelete"] }] },
    })
}

fn read(text: &str, provider: &Provider) -> Result<VerifiedResident, &'static str> {
    let token = Token::read(text).map_err(IdentityRefusal::code)?;
    let verify = |crypto: &dyn TokenCrypto| {
        let verified = token.verify(provider, &published(), now(), crypto);
        verified.map_err(IdentityRefusal::code)
    };
    let (one, other) = (verify(&Ring), verify(&AwsLc));
    assert_eq!(
        one.as_ref().err(),
        other.as_ref().err(),
        "the two libraries differ"
    );
    one
}

fn code(text: &str) -> &'static str {
    read(text, &provider()).map_or_else(|code| code, |_| "good")
}

/// A good token by a key of this kind, but for these members.
fn but(kind: Kind, header: &Value, claims: &Value) -> String {
    key(kind).token(header, &with(good(), claims))
}

fn code_but(header: &Value, claims: &Value) -> &'static str {
    let codes = Kind::ALL.map(|kind| code(&but(kind, header, claims)));
    assert!(
        codes.iter().all(|code| *code == codes[0]),
        "{header} {claims}: {codes:?}"
    );
    codes[0]
}

fn claiming(claims: &Value) -> &'static str {
    code_but(&json!({}), claims)
}

#[test]
fn a_good_token_says_who_the_resident_is() {
    for kind in Kind::ALL {
        let resident = read(&but(kind, &json!({}), &json!({})), &provider()).unwrap();
        assert_eq!(resident.issuer().as_str(), ISSUER);
        assert_eq!(resident.subject().expose().as_str(), SUBJECT);
        assert_eq!(resident.assurance(), Assurance::Substantial);
        assert_eq!(resident.authenticated().unwrap().seconds(), NOW - 60);
        assert_eq!(resident.until().seconds(), NOW + 300);
        assert_eq!(&**resident.session().unwrap().expose(), "session-1");
        let scopes: Vec<&str> = resident.scopes().iter().collect();
        assert_eq!(scopes, ["gdprdelete", "gdprquery"]);
        assert!(resident.scopes().has("gdprquery") && !resident.scopes().has("gdpr"));
        let shown = format!("{resident:?}");
        assert!(
            !shown.contains("canary") && !shown.contains("session-1"),
            "{shown}"
        );
    }
    assert_eq!((published().iter().count(), published().skipped()), (3, 1));
}

#[test]
fn a_token_has_its_form() {
    let token = but(Kind::Rs256, &json!({}), &json!({}));
    let parts: Vec<&str> = token.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    let texts = [
        String::new(),
        "..".to_owned(),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{token}.{signature}"),
        format!(" {token}"),
        format!("{token}="),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}\n.{signature}"),
        format!("{token}{}", "A".repeat(16 * 1024)),
    ];
    for text in &texts {
        assert_eq!(code(text), "identity_malformed", "{text:.80}");
    }
    // The last character of 256 octets has bits that say nothing: they are zero.
    let (most, last) = signature.split_at(signature.len() - 1);
    assert!(["A", "Q", "g", "w"].contains(&last), "{last}");
    let next = char::from(last.as_bytes()[0] + 1);
    assert_eq!(
        code(&format!("{header}.{claims}.{most}{next}")),
        "identity_malformed"
    );

    let plain = r#"{"alg":"RS256","typ":"JWT","kid":"RS256-1"}"#;
    let claims = good().to_string();
    assert_eq!(code(&key(Kind::Rs256).token_of(plain, &claims)), "good");
    let twice = claims.replacen('{', r#"{"sub":"somebody else","#, 1);
    let deep = claims.replacen(
        '{',
        &format!(r#"{{"x":{}{},"#, "[".repeat(40), "]".repeat(40)),
        1,
    );
    for (header, claims) in [
        (
            r#"{"alg":"RS256","typ":"JWT","kid":"RS256-1","kid":"RS256-1"}"#,
            &*claims,
        ),
        (r#"{"alg":"RS256","typ":"JWT","kid":7}"#, &claims),
        (r#"["RS256"]"#, &claims),
        ("{}x", &claims),
        (plain, &twice),
        (plain, &deep),
        (plain, "[]"),
        (plain, "null"),
        (plain, "\"text\""),
        (plain, claims.trim_start_matches('{')),
    ] {
        let text = key(Kind::Rs256).token_of(header, claims);
        assert_eq!(code(&text), "identity_malformed", "{header} {claims:.80}");
    }
}

#[test]
fn a_header_says_what_is_known_and_brings_no_key() {
    for alg in [
        "none", "None", "HS256", "HS512", "RS384", "RS512", "PS256", "ES384", "rs256", "",
    ] {
        assert_eq!(
            code_but(&json!({ "alg": alg }), &json!({})),
            "identity_alg",
            "{alg}"
        );
    }
    assert_eq!(
        code_but(&json!({ "alg": null }), &json!({})),
        "identity_alg"
    );
    for typ in [
        "jwt",
        "JOSE",
        "dpop+jwt",
        "logout+jwt",
        "mydata-cr+json",
        "application/jwt",
        "",
    ] {
        assert_eq!(
            code_but(&json!({ "typ": typ }), &json!({})),
            "identity_typ",
            "{typ}"
        );
    }
    assert_eq!(
        code_but(&json!({ "typ": null }), &json!({})),
        "identity_typ"
    );
    for typ in ["at+jwt", "application/at+jwt"] {
        assert_eq!(
            code_but(&json!({ "typ": typ }), &json!({})),
            "good",
            "{typ}"
        );
    }
    for (member, value) in [
        ("crit", json!(["exp"])),
        ("b64", json!(true)),
        ("cty", json!("JWT")),
        ("jwk", key(Kind::Es256).jwk()),
        ("jku", json!("https://id.town.example/certs")),
        ("x5u", json!("https://id.town.example/cert")),
        ("x5c", json!(["MIIB"])),
        // There, and of no value.
        ("x5c", json!([])),
    ] {
        assert_eq!(
            code_but(&json!({ member: value }), &json!({})),
            "identity_header",
            "{member}"
        );
    }
    // What providers add.
    let added =
        json!({ "x5t": "abc", "x5t#S256": "abc", "nonce": "n", "acr": 7, "org": { "a": [1] } });
    assert_eq!(code_but(&added, &json!({})), "good");
}

#[test]
fn a_key_is_the_providers_and_of_the_kind_that_the_header_says() {
    for kid in [
        json!(null),
        json!(""),
        json!("other"),
        json!("../RS256-1"),
        json!("enc-1"),
    ] {
        assert_eq!(
            code_but(&json!({ "kid": kid }), &json!({})),
            "identity_kid",
            "{kid}"
        );
    }
    for kind in Kind::ALL {
        for other in Kind::ALL.into_iter().filter(|other| *other != kind) {
            let text = but(kind, &json!({ "alg": other.name() }), &json!({}));
            assert_eq!(
                code(&text),
                "identity_alg_mismatch",
                "{kind:?} as {other:?}"
            );
            let text = but(kind, &json!({ "kid": key(other).kid() }), &json!({}));
            assert_eq!(
                code(&text),
                "identity_alg_mismatch",
                "{kind:?} by {other:?}"
            );
        }
    }
    // Both names of Ed25519.
    let text = but(Kind::EdDsa, &json!({ "alg": "Ed25519" }), &json!({}));
    assert_eq!(code(&text), "good");
    // A key of a stranger's with the id of one of the provider's.
    for kind in Kind::ALL {
        let stranger = SigningKey::generate(key(kind).kid(), kind);
        assert_eq!(
            code(&stranger.token(&json!({}), &good())),
            "identity_signature"
        );
    }
}

#[test]
fn a_signature_is_over_these_octets() {
    for kind in Kind::ALL {
        let token = but(kind, &json!({}), &json!({}));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let octets = base64url::decode(signature).unwrap();
        let wrong = |octets: &[u8]| code(&[signed, &base64url::encode(octets)].join("."));
        for at in [0, octets.len() / 2, octets.len() - 1] {
            let mut flipped = octets.clone();
            flipped[at] ^= 1;
            assert_eq!(wrong(&flipped), "identity_signature", "{kind:?} {at}");
        }
        assert_eq!(wrong(&octets[1..]), "identity_signature");
        assert_eq!(wrong(&[&octets[..], &[0]].concat()), "identity_signature");
        assert_eq!(wrong(&[&[0], &octets[..]].concat()), "identity_signature");
        assert_eq!(wrong(&[0; 64]), "identity_signature");
        assert_eq!(wrong(&[0; 256]), "identity_signature");
        // The claims of another token.
        let other = but(kind, &json!({}), &json!({ "sub": "somebody-else" }));
        let claims = other.split('.').nth(1).unwrap();
        let header = signed.split('.').next().unwrap();
        assert_eq!(
            code(&[header, claims, signature].join(".")),
            "identity_signature"
        );
    }
}
