//! Issue and verify, beside other libraries: `README.md` says how and what.

use jsonwebtoken::{Algorithm as Alg, DecodingKey, EncodingKey, Header, Validation};
use jwt_simple::algorithms::{
    ECDSAP256KeyPairLike as _, ECDSAP256PublicKeyLike as _, ES256KeyPair as SimpleEs256,
    Ed25519KeyPair as SimpleEd25519, EdDSAKeyPairLike as _, EdDSAPublicKeyLike as _,
};
use jwt_simple::claims::Claims as SimpleClaims;
use jwt_simple::common::VerificationOptions;
use mydata::core::crypto::Signer as _;
use mydata::core::id::{KeyId, TokenId};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::jws::Unsigned;
use mydata::core::party::{Party, PartyKeys};
use mydata::keys::{Backend, PrivateKey, Ring};
use mydata::record::consent::AnyConsent;
use mydata::token::claims::{Token, TokenText};
use mydata::token::policy::TokenPolicy;
use mydata_conformance::World;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::hint::black_box;
use std::time::Instant;

const BATCH: usize = 16;
const ROUNDS: usize = 200;

/// The claims, as a program would have them with a library that knows nothing of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims {
    iss: String,
    cnf: Confirmation,
    aud: Vec<String>,
    exp: u64,
    nbf: u64,
    iat: u64,
    jti: String,
    cr_id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Confirmation {
    kid: String,
}

/// The claims that `jwt-simple` does not know.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Custom {
    cnf: Confirmation,
    cr_id: String,
}

/// One library: issues a token, and verifies the one it has issued.
struct Contender {
    name: &'static str,
    issue: Box<dyn Fn() -> usize>,
    verify: Box<dyn Fn()>,
}

fn main() {
    let rounds = match std::env::args().nth(1).as_deref() {
        Some("--test") => 1,
        _ => ROUNDS,
    };
    for algorithm in Algorithm::ALL {
        let contenders = contenders(algorithm);
        let mut times = vec![[Vec::new(), Vec::new()]; contenders.len()];
        for round in 0..rounds {
            // A different order each round.
            for step in 0..contenders.len() {
                let at = (step + round) % contenders.len();
                let one = &contenders[at];
                times[at][0].push(timed(&one.issue));
                times[at][1].push(timed(&one.verify));
            }
        }
        println!(
            "{:<34} {:>10} {:>8} {:>10} {:>8}",
            algorithm.name(),
            "issue ns",
            "ratio",
            "verify ns",
            "ratio"
        );
        for (one, own) in contenders.iter().zip(&times) {
            let [issue, verify] = [0, 1].map(|op| {
                let ratios = own[op].iter().zip(&times[0][op]).map(|(a, b)| a / b);
                (median(own[op].clone()), median(ratios.collect()))
            });
            println!(
                "{:<34} {:>10.0} {:>8.3} {:>10.0} {:>8.3}",
                one.name, issue.0, issue.1, verify.0, verify.1
            );
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Nanoseconds for one call.
fn timed<R>(call: &dyn Fn() -> R) -> f64 {
    let before = Instant::now();
    for _ in 0..BATCH {
        black_box(call());
    }
    before.elapsed().as_nanos() as f64 / BATCH as f64
}

/// An Ed25519 key of a fixed number in PKCS#8, version 1: every library reads that.
fn ed25519() -> PrivateKey {
    let head = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    PrivateKey::from_pkcs8(kid(), &[&head[..], &[7; 32]].concat()).unwrap()
}

/// A P-256 key whose private number is 32 times the octet 7.
const P256: &[u8] = br#"{"kid":"operator-tokens","kty":"EC","crv":"P-256",
"d":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
"x":"HhhTL9R1TALzBB2cdc6zO4P_2BrHzk_ogsyxyYvFiW4",
"y":"pGwxHE4v9A3ZajZT5uRURdMt_khuztdcepDGoYiBwKM"}"#;

fn kid() -> KeyId {
    KeyId::parse("operator-tokens").unwrap()
}

/// The first is ring alone.
fn contenders(algorithm: Algorithm) -> Vec<Contender> {
    let (world, ids) = World::consented();
    let AnyConsent::Source(source) = world.account.consent(&ids.source).unwrap().record.clone()
    else {
        panic!("the source's consent is a source's");
    };
    let now = world.now;
    let policy = TokenPolicy::default();
    let claims =
        move || Token::for_consent(&source, now, &policy, TokenId::from_random([7; 16]), &Ring);
    let claims = move || claims().unwrap();
    let key = match algorithm {
        Algorithm::Ed25519 => ed25519(),
        Algorithm::Es256 => PrivateKey::from_jwk(P256).unwrap(),
    };
    let value = serde_json::to_value(claims()).unwrap();
    let token = TokenText::from(Unsigned::new(claims()).sign(&key).unwrap());
    println!("a token of {} octets", token.as_str().len());
    let raw = raw(algorithm, &key, &token);
    let [it, other, simple] = [
        jsonwebtoken(algorithm, &key, &value),
        josekit(algorithm, &key, &value),
        jwt_simple(algorithm, &value),
    ];
    let on = |backend| PrivateKey::from_jwk_on(backend, key.to_jwk().expose()).unwrap();
    vec![
        raw,
        ours(
            "ours, ring",
            Backend::Ring,
            on(Backend::Ring),
            token.clone(),
            claims.clone(),
        ),
        ours(
            "ours, aws-lc",
            Backend::AwsLc,
            on(Backend::AwsLc),
            token,
            claims,
        ),
        it,
        other,
        simple,
    ]
}

fn raw(algorithm: Algorithm, key: &PrivateKey, token: &TokenText) -> Contender {
    let input = token
        .as_str()
        .rsplit_once('.')
        .unwrap()
        .0
        .as_bytes()
        .to_vec();
    let random = ring::rand::SystemRandom::new();
    let document = key.to_pkcs8();
    let (sign, public): (Box<dyn Fn(&[u8]) -> Vec<u8>>, Vec<u8>) = match algorithm {
        Algorithm::Ed25519 => {
            use ring::signature::KeyPair as _;
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(document.expose()).unwrap();
            let public = pair.public_key().as_ref().to_vec();
            (
                Box::new(move |input| pair.sign(input).as_ref().to_vec()),
                public,
            )
        }
        Algorithm::Es256 => {
            use ring::signature::KeyPair as _;
            let alg = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = EcdsaKeyPair::from_pkcs8(alg, document.expose(), &random).unwrap();
            let public = pair.public_key().as_ref().to_vec();
            let sign = move |input: &[u8]| pair.sign(&random, input).unwrap().as_ref().to_vec();
            (Box::new(sign), public)
        }
    };
    let signature = sign(&input);
    let again = input.clone();
    Contender {
        name: "ring alone",
        issue: Box::new(move || sign(black_box(&again)).len()),
        verify: Box::new(move || {
            let (input, signature) = (black_box(&input), black_box(&signature));
            match algorithm {
                Algorithm::Ed25519 => {
                    UnparsedPublicKey::new(&ED25519, &public).verify(input, signature)
                }
                Algorithm::Es256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &public)
                    .verify(input, signature),
            }
            .unwrap();
        }),
    }
}

fn ours(
    name: &'static str,
    backend: Backend,
    key: PrivateKey,
    token: TokenText,
    claims: impl Fn() -> Token + 'static,
) -> Contender {
    let set = KeySet::from(key.public().clone());
    Contender {
        name,
        issue: Box::new(move || {
            let signed = Unsigned::new(claims()).sign(&key).unwrap();
            TokenText::from(signed).as_str().len()
        }),
        verify: Box::new(move || {
            let keys = PartyKeys::none().with(Party::Operator, &set);
            let opened = black_box(&token).sealed().unwrap().open().unwrap();
            black_box(opened.verify(&backend, &keys).unwrap());
        }),
    }
}

fn jsonwebtoken(algorithm: Algorithm, key: &PrivateKey, value: &Value) -> Contender {
    let claims: Claims = serde_json::from_value(value.clone()).unwrap();
    let (document, spki) = (key.to_pkcs8(), key.public().material().to_spki());
    let (alg, private, public) = match algorithm {
        Algorithm::Ed25519 => (
            Alg::EdDSA,
            EncodingKey::from_ed_der(document.expose()),
            DecodingKey::from_ed_der(&spki[spki.len() - 32..]),
        ),
        Algorithm::Es256 => (
            Alg::ES256,
            EncodingKey::from_ec_der(document.expose()),
            DecodingKey::from_ec_der(&spki[spki.len() - 65..]),
        ),
    };
    let mut header = Header::new(alg);
    header.typ = Some("mydata-at+jwt".to_owned());
    header.kid = Some(kid().as_str().to_owned());
    let mut validation = Validation::new(alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    let issue = move || jsonwebtoken::encode(&header, black_box(&claims), &private).unwrap();
    let token = issue();
    Contender {
        name: "jsonwebtoken 11, aws-lc",
        issue: Box::new(move || issue().len()),
        verify: Box::new(move || {
            let decoded = jsonwebtoken::decode::<Claims>(black_box(&token), &public, &validation);
            black_box(decoded.unwrap());
        }),
    }
}

fn josekit(algorithm: Algorithm, key: &PrivateKey, value: &Value) -> Contender {
    use josekit::jws::{ES256, EdDSA, JwsHeader, JwsSigner, JwsVerifier};
    use josekit::jwt::{self, JwtPayload};
    let payload = JwtPayload::from_map(value.as_object().unwrap().clone()).unwrap();
    let (document, spki) = (key.to_pkcs8(), key.public().material().to_spki());
    let (signer, verifier): (Box<dyn JwsSigner>, Box<dyn JwsVerifier>) = match algorithm {
        Algorithm::Ed25519 => (
            Box::new(
                EdDSA
                    .signer_from_der(josekit_der(document.expose()))
                    .unwrap(),
            ),
            Box::new(EdDSA.verifier_from_der(spki).unwrap()),
        ),
        Algorithm::Es256 => (
            Box::new(ES256.signer_from_der(document.expose()).unwrap()),
            Box::new(ES256.verifier_from_der(spki).unwrap()),
        ),
    };
    let mut header = JwsHeader::new();
    header.set_token_type("mydata-at+jwt");
    header.set_key_id(kid().as_str());
    let issue = move || jwt::encode_with_signer(black_box(&payload), &header, &*signer).unwrap();
    let token = issue();
    Contender {
        name: "josekit 0.10, OpenSSL",
        issue: Box::new(move || issue().len()),
        verify: Box::new(move || {
            black_box(jwt::decode_with_verifier(black_box(&token), &*verifier).unwrap());
        }),
    }
}

/// OpenSSL wants the private number without the public one beside it.
fn josekit_der(_: &[u8]) -> Vec<u8> {
    let head = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    [&head[..], &[7; 32]].concat()
}

fn jwt_simple(algorithm: Algorithm, value: &Value) -> Contender {
    let claims: Claims = serde_json::from_value(value.clone()).unwrap();
    let (iat, exp) = (claims.iat, claims.exp);
    let build = move || {
        let custom = Custom {
            cnf: claims.cnf.clone(),
            cr_id: claims.cr_id.clone(),
        };
        let lifetime = jwt_simple::prelude::Duration::from_secs(exp - iat);
        SimpleClaims::with_custom_claims(custom, lifetime)
            .with_issuer(&claims.iss)
            .with_audiences(claims.aud.iter().cloned().collect())
            .with_jwt_id(&claims.jti)
    };
    let options = VerificationOptions::default();
    let id = kid();
    let id = id.as_str();
    let name = "jwt-simple 0.15, pure Rust";
    match algorithm {
        Algorithm::Ed25519 => {
            let pair = SimpleEd25519::from_der(&josekit_der(&[]))
                .unwrap()
                .with_key_id(id);
            let public = pair.public_key();
            let issue = move || pair.sign(build()).unwrap();
            let token = issue();
            Contender {
                name,
                issue: Box::new(move || issue().len()),
                verify: Box::new(move || {
                    let options = Some(options.clone());
                    black_box(
                        public
                            .verify_token::<Custom>(black_box(&token), options)
                            .unwrap(),
                    );
                }),
            }
        }
        Algorithm::Es256 => {
            let pair = SimpleEs256::from_bytes(&[7; 32]).unwrap().with_key_id(id);
            let public = pair.public_key();
            let issue = move || pair.sign(build()).unwrap();
            let token = issue();
            Contender {
                name,
                issue: Box::new(move || issue().len()),
                verify: Box::new(move || {
                    let options = Some(options.clone());
                    black_box(
                        public
                            .verify_token::<Custom>(black_box(&token), options)
                            .unwrap(),
                    );
                }),
            }
        }
    }
}
