//! What is signed of a request.

use crate::fixture::*;
use mydata_chosen::Chosen;
use mydata_core::crypto::Crypto;
use mydata_core::jws::Unsigned;
use mydata_record::possession::ProofScheme;
use mydata_token::claims::TokenText;
use mydata_token::proof::{ProofRefusal, authorization_header, parse_authorization};
use proptest::prelude::*;
use serde_json::json;

/// HR-07 and HR-09: the vectors.
//= HR-07, HR-09 test
#[test]
fn the_hashes_are_those_of_the_draft() {
    let world = World::new();
    let request = received("/data/tax?b=bar&a=foo&c=duck", "GET", b"");
    let wire = serde_json::to_value(world.proof(TokenText::new("t"), &request)).unwrap();
    assert_eq!(
        wire,
        json!({
            "at": "t", "ts": NOW, "m": "GET", "u": "vero.example", "p": "/data/tax",
            "q": [["b", "a", "c"], "u4LgkGUWhP9MsKrEjA4dizIllDXluDku6ZqCeyuR-JY"],
            "nonce": "nonce-1"
        })
    );
    assert_eq!(
        Chosen.sha256(b"").to_base64url(),
        "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    );
    let request = received("/data/tax", "POST", b"body");
    let wire = serde_json::to_value(world.proof(TokenText::new("t"), &request)).unwrap();
    assert_eq!(wire["b"], json!(Chosen.sha256(b"body")));
    assert!(wire.get("q").is_none() && wire.get("h").is_none());
}

/// HR-08, C19: lower-case names, one LF between two lines; the value printed in the draft is another.
//= HR-08, DT-34 test
#[test]
fn headers_are_hashed_with_line_feeds() {
    let world = World::new();
    let sent = [
        ("Content-Type", "application/json"),
        ("Etag", "742-3u8f34-3r2nvv3"),
    ];
    let request = get().with_headers(&sent).unwrap();
    let wire = serde_json::to_value(world.proof(TokenText::new("t"), &request)).unwrap();
    let names = ["content-type", "etag"];
    let hash = "P6z5XN4tTzHkfwe3XO1YvVUIurSuhvh_UG10N_j-aGs";
    assert_eq!(wire["h"], json!([names, hash]));
    let answer = |h: serde_json::Value, sent: &[(&str, &str)]| {
        let request = get().with_headers(sent).unwrap();
        let mut payload = serde_json::to_value(world.proof(world.token(), &get())).unwrap();
        payload["h"] = h;
        let access = world.ask(&world.sign_payload(&payload), &request, &mut Desk::new());
        access.granted().map(drop).map_err(|denial| codes(&denial))
    };
    assert_eq!(answer(json!([names, hash]), &sent), Ok(()));
    let printed = "bZA981YJBrPlIzOvplbu3e7ueREXXr38vSkxIBYOaxI";
    let mismatch = Err(vec!["proof_headers_mismatch".to_owned()]);
    assert_eq!(answer(json!([names, printed]), &sent), mismatch);
    // Names that are not in lower case are of no header.
    let unknown = Err(vec!["proof_header_unknown".to_owned()]);
    let as_sent = json!([["Content-Type", "Etag"], hash]);
    assert_eq!(answer(as_sent, &sent), unknown);
    // The order is the signer's; those of one name stay in their own.
    let many = [("b", "1"), ("A", "2"), ("b", "3")];
    let hash = |text: &str| Chosen.sha256(text.as_bytes()).to_base64url();
    let turned = json!([["b", "b", "a"], hash("b: 1\nb: 3\na: 2")]);
    assert_eq!(answer(turned, &many), Ok(()));
    let exchanged = json!([["b", "b", "a"], hash("b: 3\nb: 1\na: 2")]);
    assert_eq!(answer(exchanged, &many), mismatch);
    // An empty list covers nothing, and says so.
    assert_eq!(answer(json!([[], hash("")]), &many), Ok(()));
    assert_eq!(answer(json!([[], hash("\n")]), &many), mismatch);
}

/// HR-05, HR-07, HR-09: other spellings of the same that the draft allows.
//= HR-05, HR-07, HR-09, DT-34 test
#[test]
fn what_the_draft_allows_is_accepted() {
    let world = World::new();
    let token = json!(world.token());
    let good = |target: &str, members: serde_json::Value| {
        let request = received(target, "GET", b"");
        let mut payload =
            json!({ "at": token, "ts": NOW, "m": "GET", "u": "vero.example", "p": "/data/tax" });
        for (name, value) in members.as_object().unwrap() {
            payload[name] = value.clone();
        }
        world
            .ask(&world.sign_payload(&payload), &request, &mut Desk::new())
            .granted()
            .is_ok()
    };
    let hash = |text: &str| Chosen.sha256(text.as_bytes()).to_base64url();
    // No nonce, the default port, the hash of no body, members unknown here.
    assert!(good("/data/tax", json!({})));
    assert!(good("/data/tax", json!({ "u": "vero.example:443" })));
    assert!(good("/data/tax", json!({ "b": hash("") })));
    assert!(good(
        "/data/tax",
        json!({ "cnf": { "jwk": {} }, "jti": "x", "x": [1] })
    ));
    // Parameters in the signer's order; those of one name in their own.
    for (target, names, hashed, expected) in [
        (
            "/data/tax?c=duck&a=foo&b=bar",
            vec!["b", "a", "c"],
            "b=bar&a=foo&c=duck",
            true,
        ),
        (
            "/data/tax?a=1&b=2&a=3",
            vec!["a", "a", "b"],
            "a=1&a=3&b=2",
            true,
        ),
        (
            "/data/tax?a=1&b=2&a=3",
            vec!["a", "a", "b"],
            "a=3&a=1&b=2",
            false,
        ),
        ("/data/tax?a=1&b=2&a=3", vec!["a", "b"], "a=1&b=2", false),
        (
            "/data/tax?a=1&b=2",
            vec!["a", "b", "b"],
            "a=1&b=2&b=2",
            false,
        ),
        ("/data/tax?a=1&b=2", vec![], "", false),
        ("/data/tax?flag", vec!["flag"], "flag", true),
        ("/data/tax?flag", vec!["flag"], "flag=", false),
        ("/data/tax?a=1=2", vec!["a"], "a=1=2", true),
        ("/data/tax?%61=%20+", vec!["%61"], "%61=%20+", true),
        ("/data/tax?%61=1", vec!["a"], "%61=1", false),
    ] {
        let q = json!({ "q": [names, hash(hashed)] });
        assert_eq!(good(target, q), expected, "{target} {hashed}");
    }
}

#[test]
fn the_default_port_is_named_once_and_only_where_it_is_the_port() {
    let world = World::of(&Plan {
        urls: vec!["https://vero.example:8443/data/tax".to_owned()],
        ..Plan::default()
    });
    let origin = mydata_core::resource::Origin::parse("https://vero.example:8443").unwrap();
    let request =
        mydata_token::request::HttpRequest::received(&origin, "/data/tax", "GET", b"").unwrap();
    for (u, good) in [
        ("vero.example:8443", true),
        ("vero.example:8443:443", false),
        ("vero.example:443", false),
        ("vero.example", false),
    ] {
        let mut payload = serde_json::to_value(world.proof(world.token(), &request)).unwrap();
        payload["u"] = json!(u);
        let answer = world.ask(&world.sign_payload(&payload), &request, &mut Desk::new());
        assert_eq!(answer.granted().is_ok(), good, "{u}");
    }
}

//= HR-10 test
#[test]
fn a_header_that_no_source_reads_is_not_made() {
    let world = World::new();
    let signed = |token: &str| {
        let proof = world.proof(TokenText::new(token), &get());
        authorization_header(Unsigned::new(proof).sign(&world.sink).unwrap())
    };
    assert!(signed(&"a".repeat(5500)).is_ok());
    assert_eq!(signed(&"a".repeat(6500)), Err(ProofRefusal::TooLarge));
}

//= HR-10 test
#[test]
fn the_scheme_is_read_in_any_case() {
    for scheme in ["PoP", "pop", "POP", "pOp"] {
        let header = format!("{scheme} a.b.c");
        assert_eq!(
            parse_authorization(&header),
            Ok((ProofScheme::Pop, "a.b.c"))
        );
    }
    let world = World::new();
    let header = world.header(&get()).replacen("PoP", "pop", 1);
    let grant = grant(world.ask(&header, &get(), &mut Desk::new()));
    assert_eq!(grant.consent_id().as_str(), CONSENT);
}

#[test]
fn a_proof_prints_nothing_of_itself() {
    let world = World::new();
    let proof = world.proof(world.token(), &get());
    assert_eq!(format!("{proof:?}"), "DataRequest(redacted)");
    assert_eq!(
        (proof.signed_at(), proof.nonce()),
        (at(NOW), Some(&nonce()))
    );
    assert_eq!(proof.token(), &world.token());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a sink asks, its own proof fits; and in any order of the query.
    #[test]
    fn a_proof_fits_its_request(
        names in prop::collection::vec("([a-c2]|%2[0-9a-fA-F]){1,3}(=([a-z0-9=+]|%[0-9a-f]{2}){0,5})?", 0..8),
        body in prop::collection::vec(any::<u8>(), 0..20),
        method in prop::sample::select(vec!["GET", "POST", "DELETE"]),
    ) {
        let world = World::new();
        let query = names.join("&");
        let target = if names.is_empty() { "/data/tax".to_owned() } else { format!("/data/tax?{query}") };
        let request = received(&target, method, &body);
        let answer = world.ask(&world.header(&request), &request, &mut Desk::new());
        prop_assert!(answer.granted().is_ok());
    }
}
