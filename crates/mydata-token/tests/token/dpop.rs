//! DPoP (RFC 9449): what is signed, and everything that is refused.

use crate::fixture::*;
use mydata_chosen::Chosen;
use mydata_core::crypto::{Crypto as _, Signer as _};
use mydata_core::id::{KeyId, Nonce};
use mydata_core::jwk::{Algorithm, KeySet, PublicKey};
use mydata_core::jws::{JwsFault, JwsRefusal, Sealed, Unsigned};
use mydata_core::party::{Party, PartyKeys};
use mydata_keys::PrivateKey;
use mydata_record::possession::ProofScheme;
use mydata_token::access::Access;
use mydata_token::claims::TokenText;
use mydata_token::dpop::{self, DpopProof};
use mydata_token::nonces::Nonces;
use mydata_token::request::HttpRequest;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) fn world(algorithm: Algorithm) -> World {
    World::of(&Plan {
        algorithm,
        proof: ProofScheme::Dpop,
        ..Plan::default()
    })
}

pub(crate) fn proof(token: &TokenText, request: &HttpRequest<'_>) -> DpopProof {
    let jti = Nonce::parse("jti-1").unwrap();
    DpopProof::new(token, request, at(NOW), jti, &Chosen)
}

pub(crate) fn headers(world: &World, request: &HttpRequest<'_>) -> (String, String) {
    headers_of(world, &world.token(), request)
}

pub(crate) fn headers_of(
    world: &World,
    token: &TokenText,
    request: &HttpRequest<'_>,
) -> (String, String) {
    let signed = Unsigned::new(proof(token, request)).sign(&world.sink);
    dpop::headers(token, signed.unwrap()).unwrap()
}

pub(crate) fn ask(
    world: &World,
    (authorization, proof): &(String, String),
    target: &str,
) -> Access {
    let sent = [("dpop", proof.as_str())];
    let request = received(target, "GET", b"").with_headers(&sent).unwrap();
    world.ask(authorization, &request, &mut Desk::new())
}

pub(crate) fn refused(access: Access) -> Vec<String> {
    codes(&denial(access))
}

/// The header and the payload of the proof for a plain `GET` with this token, to be spoilt.
fn parts(world: &World, token: &TokenText) -> (Value, Value) {
    let (_, proof) = headers_of(world, token, &get());
    let part = |at| {
        use base64::Engine as _;
        let text = proof.split('.').nth(at).unwrap();
        let octets = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text);
        serde_json::from_slice(&octets.unwrap()).unwrap()
    };
    (part(0), part(1))
}

fn with(world: &World, spoil: impl FnOnce(&mut Value, &mut Value)) -> (String, String) {
    let token = world.token();
    let (mut header, mut payload) = parts(world, &token);
    spoil(&mut header, &mut payload);
    let authorization = format!("DPoP {}", token.as_str());
    (authorization, jws(&header, &payload, &world.sink))
}

/// The proof and the hashes that RFC 9449 prints (figures 2, 12 and 13, §6.1).
#[test]
fn the_vectors_of_the_rfc() {
    let key = br#"{"kid":"rfc","kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#;
    let key = PublicKey::from_jwk(key).unwrap();
    let jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    assert_eq!(key.thumbprint(&Chosen).to_base64url(), jkt);
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    let ath = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo";
    assert_eq!(Chosen.sha256(token.as_bytes()).to_base64url(), ath);

    let header = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19";
    let payload = "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9";
    let signature =
        "2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
    let proof = Sealed::<DpopProof>::from_compact(&[header, payload, signature].join("."));
    let keys = KeySet::from(key);
    let keys = PartyKeys::none().with(Party::Sink, &keys);
    let proof = proof
        .unwrap()
        .open()
        .unwrap()
        .verify(&Chosen, &keys)
        .unwrap();
    assert_eq!(proof.id().as_str(), "e1j3V_bKic8-LAEB");
    assert_eq!(proof.signed_at(), at(1_562_262_618));
    // The proof for a token endpoint has no `ath`, and is none for a source.
    let bare = "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ";
    let bare_signature =
        "2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let bare = Sealed::<DpopProof>::from_compact(&[header, bare, bare_signature].join("."));
    assert_eq!(
        bare.unwrap().open().unwrap_err().code(),
        "json_missing_member"
    );
}

/// RFC 9449 §4.2: what a proof says, and that its header brings the key and nothing else.
#[test]
fn a_proof_brings_its_key_and_says_what_the_request_is() {
    for algorithm in Algorithm::ALL {
        let world = world(algorithm);
        let token = world.token();
        let (header, payload) = parts(&world, &token);
        let mut jwk: Value = serde_json::from_str(&world.sink.public().to_jwk()).unwrap();
        for member in ["kid", "alg", "use"] {
            jwk.as_object_mut().unwrap().remove(member);
        }
        let expected = json!({ "typ": "dpop+jwt", "alg": algorithm.name(), "jwk": jwk });
        assert_eq!(header, expected);
        let ath = Chosen.sha256(token.as_str().as_bytes());
        assert_eq!(
            payload,
            json!({ "jti": "jti-1", "htm": "GET", "htu": URL, "iat": NOW, "ath": ath })
        );
        let grant = grant(ask(&world, &headers(&world, &get()), "/data/tax"));
        assert_eq!(grant.sink_key(), world.sink.public().kid());
    }
}

/// D69: RFC 9449 leaves the query and the body open; here both are signed (P17).
#[test]
fn query_and_body_are_covered() {
    let world = world(Algorithm::Ed25519);
    let answer = |signed: &HttpRequest<'_>, target: &str, method: &str, body: &[u8]| {
        let (authorization, proof) = headers(&world, signed);
        let sent = [("DPoP", proof.as_str())];
        let request = received(target, method, body).with_headers(&sent).unwrap();
        let access = world.ask(&authorization, &request, &mut Desk::new());
        access.granted().map(drop).map_err(|denial| codes(&denial))
    };
    let no = |code: &str| Err(vec![code.to_owned()]);
    let plain = get();
    let query = received("/data/tax?year=2024", "GET", b"");
    let body = received("/data/tax", "POST", b"[2024]");
    assert_eq!(answer(&query, "/data/tax?year=2024", "GET", b""), Ok(()));
    assert_eq!(answer(&body, "/data/tax", "POST", b"[2024]"), Ok(()));
    for (signed, target, method, sent, code) in [
        (
            &plain,
            "/data/tax?year=2024",
            "GET",
            &b""[..],
            "proof_query_missing",
        ),
        (&query, "/data/tax", "GET", b"", "proof_query_unexpected"),
        (
            &query,
            "/data/tax?year=2023",
            "GET",
            b"",
            "proof_query_mismatch",
        ),
        (&plain, "/data/tax", "GET", b"x", "proof_body_missing"),
        (&body, "/data/tax", "POST", b"[2023]", "proof_body_mismatch"),
        (&body, "/data/tax", "POST", b"", "proof_body_mismatch"),
        (&plain, "/data/tax", "POST", b"", "proof_method_mismatch"),
        (&plain, "/data/car", "GET", b"", "proof_uri_mismatch"),
    ] {
        assert_eq!(answer(signed, target, method, sent), no(code), "{target}");
    }
}

/// RFC 9449 §4.3, item by item: a member other than it must be.
#[test]
fn every_member_is_held_against_the_request() {
    let world = world(Algorithm::Es256);
    type Spoil = fn(&mut Value, &mut Value);
    let rows: &[(&str, Spoil)] = &[
        ("proof_method_mismatch", |_, p| p["htm"] = json!("get")),
        ("proof_uri_mismatch", |_, p| {
            p["htu"] = json!("http://vero.example/data/tax")
        }),
        ("proof_uri_mismatch", |_, p| {
            p["htu"] = json!("https://vero.example:444/data/tax")
        }),
        ("proof_uri_mismatch", |_, p| {
            p["htu"] = json!("https://vero.example/data/../data/tax")
        }),
        ("proof_uri_mismatch", |_, p| {
            p["htu"] = json!("https://a@vero.example/data/tax")
        }),
        ("proof_token_hash_mismatch", |_, p| {
            p["ath"] = json!(Chosen.sha256(b"another"))
        }),
        ("proof_too_old", |_, p| p["iat"] = json!(NOW - 61)),
        ("proof_in_future", |_, p| p["iat"] = json!(NOW + 6)),
        ("proof_not_verified:json_shape", |_, p| {
            p["iat"] = json!(NOW as f64 + 0.5)
        }),
        ("proof_not_verified:json_shape", |_, p| {
            p["iat"] = json!(NOW.to_string())
        }),
        ("proof_not_verified:json_shape", |_, p| p["jti"] = json!("")),
        ("proof_not_verified:json_shape", |_, p| {
            p["htm"] = json!(["GET"])
        }),
        ("proof_not_verified:json_missing_member", |_, p| {
            drop(p.as_object_mut().unwrap().remove("jti"))
        }),
        ("proof_not_verified:json_missing_member", |_, p| {
            drop(p.as_object_mut().unwrap().remove("htm"))
        }),
        ("proof_not_verified:json_missing_member", |_, p| {
            drop(p.as_object_mut().unwrap().remove("htu"))
        }),
        ("proof_not_verified:json_missing_member", |_, p| {
            drop(p.as_object_mut().unwrap().remove("iat"))
        }),
        ("proof_not_verified:json_missing_member", |_, p| {
            drop(p.as_object_mut().unwrap().remove("ath"))
        }),
        ("proof_not_verified:jws_typ_mismatch", |h, _| {
            h["typ"] = json!("JWT")
        }),
        ("proof_not_verified:jws_typ_mismatch", |h, _| {
            h["typ"] = json!("pop")
        }),
        ("proof_not_verified:jws_typ_missing", |h, _| {
            drop(h.as_object_mut().unwrap().remove("typ"))
        }),
        ("proof_not_verified:jws_alg_unsupported", |h, _| {
            h["alg"] = json!("none")
        }),
        ("proof_not_verified:jws_alg_unsupported", |h, _| {
            h["alg"] = json!("HS256")
        }),
        ("proof_not_verified:jws_alg_mismatch", |h, _| {
            h["alg"] = json!("EdDSA")
        }),
        ("proof_not_verified:jws_jwk_missing", |h, _| {
            drop(h.as_object_mut().unwrap().remove("jwk"))
        }),
        ("proof_not_verified:jws_key_in_header", |h, _| {
            h["jku"] = json!("https://vero.example/jwks")
        }),
        ("proof_not_verified:jws_key_in_header", |h, _| {
            h["x5c"] = json!(["a"])
        }),
        ("proof_not_verified:jws_crit", |h, _| h["crit"] = json!([])),
        ("proof_not_verified:jws_nested", |h, _| {
            h["cty"] = json!("JWT")
        }),
        ("proof_not_verified:jws_jwk_invalid", |h, _| {
            h["jwk"]["d"] = h["jwk"]["x"].clone()
        }),
        ("proof_not_verified:jws_jwk_invalid", |h, _| {
            h["jwk"]["kty"] = json!("oct")
        }),
        ("proof_not_verified:jws_jwk_invalid", |h, _| {
            h["jwk"]["crv"] = json!("P-384")
        }),
        ("proof_not_verified:jws_jwk_invalid", |h, _| {
            h["jwk"]["y"] = json!("AA")
        }),
        ("proof_not_verified:jws_jwk_invalid", |h, _| {
            h["jwk"] = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" })
        }),
    ];
    for (code, spoil) in rows {
        let spoilt = with(&world, spoil);
        assert_eq!(refused(ask(&world, &spoilt, "/data/tax")), [*code]);
    }
    for whole in [
        URL,
        "https://vero.example:443/data/tax",
        "https://VERO.example/data/tax",
        "HTTPS://vero.example/data/tax",
        "https://vero.example/data/tax?a=1",
        "https://vero.example/data/tax#a",
    ] {
        let good = with(&world, |_, p| p["htu"] = json!(whole));
        granted(ask(&world, &good, "/data/tax"));
    }
    for member in ["kid", "z"] {
        let good = with(&world, |h, _| h[member] = json!("anything"));
        granted(ask(&world, &good, "/data/tax"));
    }
    // Members that nobody knows say nothing.
    let more = with(&world, |_, p| p["client"] = json!("x"));
    granted(ask(&world, &more, "/data/tax"));
    // A `kid` inside of the key says nothing either: the numbers do.
    let named = with(&world, |h, _| h["jwk"]["kid"] = json!("anything"));
    granted(ask(&world, &named, "/data/tax"));
}

/// Rows 2 to 4 of the catalogue: the key that a proof brings verifies nothing.
#[test]
fn a_key_of_ones_own_is_nobodys() {
    for algorithm in Algorithm::ALL {
        let mut world = world(algorithm);
        let token = world.token();
        let stranger = key("sink-1", algorithm);
        world.sink = stranger;
        let signed = Unsigned::new(proof(&token, &get()))
            .sign(&world.sink)
            .unwrap();
        let stolen = dpop::headers(&token, signed).unwrap();
        let code = "proof_not_verified:jws_jwk_unknown";
        assert_eq!(refused(ask(&world, &stolen, "/data/tax")), [code]);
    }
    // The right key brought, and a stranger's signature under it.
    let world = world(Algorithm::Ed25519);
    let token = world.token();
    let (header, payload) = parts(&world, &token);
    let forged = jws(&header, &payload, &key("sink-1", Algorithm::Ed25519));
    let authorization = format!("DPoP {}", token.as_str());
    let code = "proof_not_verified:jws_signature_invalid";
    assert_eq!(
        refused(ask(&world, &(authorization, forged), "/data/tax")),
        [code]
    );
}

/// The scheme is that of the records, whatever a request says: neither way round.
#[test]
fn the_other_scheme_is_refused() {
    for scheme in ProofScheme::ALL {
        let world = World::of(&Plan {
            proof: scheme,
            ..Plan::default()
        });
        let pop = (world.header(&get()), "x".to_owned());
        let dpop = headers(&world, &get());
        let (own, other) = match scheme {
            ProofScheme::Pop => (pop, dpop),
            ProofScheme::Dpop => (dpop, pop),
        };
        granted(ask(&world, &own, "/data/tax"));
        let denial = denial(ask(&world, &other, "/data/tax"));
        assert_eq!(codes(&denial), ["proof_scheme_other"]);
        assert_eq!(denial.wire_code(), "request_not_authentic");
    }
}

/// RFC 9449 §6.1: the token is bound to the key by its thumbprint, and to the scheme by having one.
#[test]
fn the_token_confirms_the_key_of_the_consent() {
    let other = Chosen.sha256(b"another key");
    for (scheme, jkt) in [
        (ProofScheme::Dpop, None),
        (ProofScheme::Dpop, Some(other)),
        (ProofScheme::Pop, Some(other)),
        (
            ProofScheme::Pop,
            Some(key("k", Algorithm::Ed25519).public().thumbprint(&Chosen)),
        ),
    ] {
        let world = World::of(&Plan {
            proof: scheme,
            ..Plan::default()
        });
        let mut claims = world.claims();
        claims["cnf"] = match jkt {
            None => json!({ "kid": "sink-1" }),
            Some(jkt) => json!({ "kid": "sink-1", "jkt": jkt }),
        };
        let token = world.sign_claims(&claims);
        let presented = match scheme {
            ProofScheme::Pop => (world.sign_proof(world.proof(token, &get())), "x".to_owned()),
            ProofScheme::Dpop => {
                let signed = Unsigned::new(proof(&token, &get())).sign(&world.sink);
                dpop::headers(&token, signed.unwrap()).unwrap()
            }
        };
        assert_eq!(
            refused(ask(&world, &presented, "/data/tax")),
            ["token_key_mismatch"]
        );
    }
    let world = world(Algorithm::Ed25519);
    let mut claims = world.claims();
    let jkt = world.sink.public().thumbprint(&Chosen);
    claims["cnf"] = json!({ "kid": "sink-1", "jkt": jkt });
    let token = world.sign_claims(&claims);
    let signed = Unsigned::new(proof(&token, &get()))
        .sign(&world.sink)
        .unwrap();
    granted(ask(
        &world,
        &dpop::headers(&token, signed).unwrap(),
        "/data/tax",
    ));
}

/// A proof that names its key by `jwk` cannot be made of a record that names it by `kid`, nor the
/// other way round.
#[test]
fn a_header_is_read_by_its_kind_only() {
    let sink = PrivateKey::generate(KeyId::parse("sink-1").unwrap(), Algorithm::Ed25519).unwrap();
    let world = world(Algorithm::Ed25519);
    let token = world.token();
    let by_jwk = Unsigned::new(proof(&token, &get()))
        .sign(&sink)
        .unwrap()
        .seal();
    let renamed = by_jwk.renamed::<mydata_token::proof::DataRequest>();
    let key_in_header = JwsFault::Envelope(JwsRefusal::KeyInHeader);
    assert_eq!(renamed.open().unwrap_err(), key_in_header);
    let by_kid = Unsigned::new(world.proof(token, &get()))
        .sign(&sink)
        .unwrap()
        .seal();
    let other = JwsFault::Envelope(JwsRefusal::TypMismatch);
    assert_eq!(by_kid.renamed::<DpopProof>().open().unwrap_err(), other);
}

/// One request for each refusal that only DPoP, or a nonce, has; for the count of all of them.
pub(crate) fn refusals(seen: &mut BTreeSet<String>) {
    let world = world(Algorithm::Ed25519);
    let (authorization, proof) = headers(&world, &get());
    let nonces = Nonces::new(Nonce::parse("n-1").unwrap());
    let own = [("DPoP", proof.as_str())];
    let twice = [own[0], own[0]];
    let plain = get().with_headers(&own).unwrap();
    for request in [
        get(),
        get().with_headers(&twice).unwrap(),
        plain.clone().with_nonces(&nonces),
    ] {
        seen.extend(refused(world.ask(
            &authorization,
            &request,
            &mut Desk::new(),
        )));
    }
    for spoil in [
        |p: &mut Value| p["htu"] = json!("https://vero.example/data/car"),
        |p: &mut Value| p["ath"] = json!(Chosen.sha256(b"another")),
    ] {
        let spoilt = with(&world, |_, p| spoil(p));
        seen.extend(refused(ask(&world, &spoilt, "/data/tax")));
    }
    let other = World::new();
    seen.extend(refused(ask(&other, &headers(&other, &get()), "/data/tax")));
}
