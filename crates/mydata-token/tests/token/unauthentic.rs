//! Every way in which a request is denied before it is authentic, and that nothing is remembered
//! of it.

use crate::fixture::*;
use mydata_token::access::DenialClass;
use mydata_token::claims::TokenText;
use mydata_token::request::HttpRequest;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Of nothing: of the right form where a digest stands.
const DIGEST: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

/// Asks with and without a cache, cold; checks that exactly `code` comes out, once, and that
/// nothing was remembered.
fn unauthentic(
    world: &World,
    header: &str,
    request: &HttpRequest<'_>,
    now: u64,
    code: &str,
) -> String {
    for cache in [true, false] {
        let mut desk = Desk::at(now);
        if !cache {
            desk.cache = None;
        }
        let denial = denial(world.ask(header, request, &mut desk));
        assert_eq!(codes(&denial), [code]);
        assert_eq!(denial.wire_code(), "request_not_authentic");
        assert_eq!(denial.class(), DenialClass::AuthenticityFailed);
        assert_eq!(denial.consent(), None);
        assert_eq!((desk.guard.len(), desk.kept()), (0, 0), "{code}");
    }
    // And with a token that is known already.
    let mut desk = Desk::at(now);
    let earlier = mydata_token::proof::DataRequest::new(
        world.token(),
        &get(),
        at(NOW - 1),
        nonce(),
        &mydata_chosen::Chosen,
    );
    desk.now = NOW - 1;
    let _ = world.ask(&world.sign_proof(earlier), &get(), &mut desk);
    let before = (desk.guard.len(), desk.kept());
    desk.now = now;
    assert_eq!(
        codes(&denial(world.ask(header, request, &mut desk))),
        [code]
    );
    assert_eq!((desk.guard.len(), desk.kept()), before, "{code}");
    code.split(':').next().unwrap().to_owned()
}

/// The payload of the sink's proof, to be spoilt.
pub(crate) fn payload(world: &World, request: &HttpRequest<'_>) -> Value {
    serde_json::to_value(world.proof(world.token(), request)).unwrap()
}

//= HR-10 test
pub(crate) fn headers(world: &World, seen: &mut BTreeSet<String>) {
    let header = world.header(&get());
    let compact = header.strip_prefix("PoP ").unwrap();
    for (text, code) in [
        (String::new(), "proof_scheme"),
        ("PoP".to_owned(), "proof_header"),
        ("PoP ".to_owned(), "proof_header"),
        (compact.to_owned(), "proof_scheme"),
        (format!("Bearer {compact}"), "proof_scheme"),
        (format!("PoPP {compact}"), "proof_scheme"),
        (format!(" PoP {compact}"), "proof_scheme"),
        (format!("PoP\t{compact}"), "proof_scheme"),
        (format!("PoP  {compact}"), "proof_header"),
        (format!("PoP {compact} "), "proof_header"),
        (format!("PoP {compact},Bearer x"), "proof_header"),
        (format!("PoP {compact}, PoP {compact}"), "proof_header"),
        (format!("PoP \"{compact}\""), "proof_header"),
        (format!("PoP {compact}="), "proof_header"),
        (format!("PoP {}", "a".repeat(8193)), "proof_too_large"),
        ("PoP a".to_owned(), "proof_not_verified:jws_malformed"),
        ("PoP a.b".to_owned(), "proof_not_verified:jws_malformed"),
        (
            format!("PoP {compact}.a"),
            "proof_not_verified:jws_malformed",
        ),
        (
            format!("PoP {}", "a".repeat(8192)),
            "proof_not_verified:jws_malformed",
        ),
    ] {
        seen.insert(unauthentic(world, &text, &get(), NOW, code));
    }
    let request = received("/data/tax?x=1&pop_access_token=y", "GET", b"");
    let header = world.header(&request);
    seen.insert(unauthentic(
        world,
        &header,
        &request,
        NOW,
        "proof_carried_twice",
    ));
    for body in [&b"pop_access_token=y"[..], b"a=1&pop_access_token"] {
        let request = received("/data/tax", "POST", body);
        let header = world.header(&request);
        unauthentic(world, &header, &request, NOW, "proof_carried_twice");
    }
}

//= FW-01, DT-32, DT-33, DT-39, HR-01, HR-02, HR-03 test
pub(crate) fn proofs(world: &World, seen: &mut BTreeSet<String>) {
    let good = json!({ "alg": world.alg(), "kid": "sink-1", "typ": "pop" });
    let body = payload(world, &get());
    let mut check = |header: &str, code: &str| {
        let code = format!("proof_not_verified:{code}");
        seen.insert(unauthentic(world, header, &get(), NOW, &code));
    };
    for (member, value, code) in [
        ("alg", json!("none"), "jws_alg_unsupported"),
        ("alg", json!("HS256"), "jws_alg_unsupported"),
        ("alg", json!("ES256"), "jws_alg_mismatch"),
        ("typ", json!("mydata-at+jwt"), "jws_typ_mismatch"),
        ("typ", json!("POP"), "jws_typ_mismatch"),
        ("kid", json!("operator-1"), "jws_kid_unknown"),
        ("jwk", json!({}), "jws_key_in_header"),
        ("crit", json!([]), "jws_crit"),
        ("b64", json!(false), "jws_crit"),
        ("cty", json!("JWT"), "jws_nested"),
        ("x", json!(1), "jws_header_unknown_member"),
    ] {
        let mut header = good.clone();
        header[member] = value;
        check(&format!("PoP {}", jws(&header, &body, &world.sink)), code);
    }
    let stranger = key("sink-1", world.sink_algorithm());
    check(
        &format!("PoP {}", jws(&good, &body, &stranger)),
        "jws_signature_invalid",
    );
    check(
        &format!("PoP {}", jws(&good, &body, &world.operator)),
        "jws_signature_invalid",
    );

    // C17, C18, DT-32, DT-33, P17.
    for member in ["at", "ts", "m", "u", "p"] {
        let mut body = body.clone();
        body.as_object_mut().unwrap().remove(member);
        check(&world.sign_payload(&body), "json_missing_member");
    }
    for (member, value) in [
        ("at", json!({ "auth_token": world.token() })),
        ("ts", json!(1_800_000_000.0)),
        ("ts", json!("1800000000")),
        ("ts", json!(-1)),
        ("m", json!(["GET"])),
        ("q", json!([["a"]])),
        ("q", json!({ "a": "b" })),
        ("q", json!([["a"], DIGEST, "x"])),
        ("h", json!(null)),
        ("h", json!([["etag"]])),
        ("h", json!([["etag"], DIGEST, null])),
        ("b", json!("")),
        ("nonce", json!(7)),
    ] {
        let mut body = body.clone();
        body[member] = value;
        check(&world.sign_payload(&body), "json_shape");
    }
    let twice = body.to_string().replacen('{', "{\"ts\":1,", 1);
    let twice = jws_of_text(&good.to_string(), &twice, &world.sink);
    check(&format!("PoP {twice}"), "json_duplicate_member");
    let array = jws_of_text(&good.to_string(), "[]", &world.sink);
    check(&format!("PoP {array}"), "json_array_for_object");
}

//= DT-37, DT-49, DT-55, DT-56 test
pub(crate) fn tokens(world: &World, seen: &mut BTreeSet<String>) {
    let good = json!({ "alg": world.alg(), "kid": "operator-1", "typ": "mydata-at+jwt" });
    let claims = world.claims();
    let mut check = |token: &str, code: &str| {
        let header = world.sign_proof(world.proof(TokenText::new(token), &get()));
        let code = format!("token_not_verified:{code}");
        seen.insert(unauthentic(world, &header, &get(), NOW, &code));
    };
    for (member, value, code) in [
        ("alg", json!("none"), "jws_alg_unsupported"),
        ("alg", json!("HS256"), "jws_alg_unsupported"),
        ("alg", json!("ES256"), "jws_alg_mismatch"),
        ("typ", json!("JWT"), "jws_typ_mismatch"),
        ("typ", json!("mydata-source-cr+json"), "jws_typ_mismatch"),
        ("kid", json!("operator-2"), "jws_kid_unknown"),
        ("jku", json!("https://evil.example/"), "jws_key_in_header"),
    ] {
        let mut header = good.clone();
        header[member] = value;
        check(&jws(&header, &claims, &world.operator), code);
    }
    let mut headerless = good.clone();
    headerless.as_object_mut().unwrap().remove("kid");
    check(
        &jws(&headerless, &claims, &world.operator),
        "jws_kid_missing",
    );
    let stranger = key("operator-1", world.sink_algorithm());
    check(&jws(&good, &claims, &stranger), "jws_signature_invalid");
    check(&jws(&good, &claims, &world.sink), "jws_signature_invalid");
    check("", "jws_malformed");
    check("a.b", "jws_malformed");
    let token = world.token();
    check(&format!("{}.a", token.as_str()), "jws_malformed");
    check(&format!("{}=", token.as_str()), "jws_not_base64url");

    for claim in ["iss", "cnf", "aud", "exp", "nbf", "iat", "jti", "cr_id"] {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(claim);
        check(&jws(&good, &claims, &world.operator), "json_missing_member");
        claims[claim] = Value::Null;
        check(&jws(&good, &claims, &world.operator), "json_shape");
    }
    for (claim, value) in [
        ("aud", json!(URL)),
        ("aud", json!([])),
        ("aud", json!([URL, URL])),
        ("aud", json!(["https://vero.example/data*"])),
        ("aud", json!([1])),
        ("exp", json!(NOW as f64 + 0.5)),
        ("exp", json!("1800000290")),
        ("exp", json!(1e300)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(-1)),
        ("exp", json!(NOW - 10)),
        ("exp", json!(NOW - 10 + 86_401)),
        ("iat", json!(NOW + 291)),
        ("nbf", json!(NOW + 290)),
        ("cnf", json!({ "kid": "sink-1", "jwk": {} })),
        ("cnf", json!("sink-1")),
        ("cr_id", json!("NULL")),
    ] {
        let mut claims = claims.clone();
        claims[claim] = value;
        check(&jws(&good, &claims, &world.operator), "json_shape");
    }
}

//= DT-36, DT-38, DT-39, DT-47, DT-48, DT-50, DT-51, DT-54 test
pub(crate) fn claims_against_consent(world: &mut World, seen: &mut BTreeSet<String>) {
    for (claim, value, code) in [
        ("cr_id", json!("cr-other"), "access_consent_unknown"),
        ("iss", json!("operator-vantaa"), "token_issuer_mismatch"),
        ("cnf", json!({ "kid": "sink-2" }), "token_key_mismatch"),
        ("cnf", json!({ "kid": CONSENT }), "token_key_mismatch"),
        ("nbf", json!(NOW + 6), "token_not_yet_valid"),
        ("iat", json!(NOW + 6), "token_not_yet_valid"),
        ("exp", json!(NOW), "token_expired"),
        ("exp", json!(NOW - 1), "token_expired"),
    ] {
        let mut claims = world.claims();
        claims[claim] = value;
        let header = world.header_of_claims(&claims);
        seen.insert(unauthentic(world, &header, &get(), NOW, code));
    }
    // A store that gives the wrong record does not make it the right one.
    world.confused = true;
    let mut claims = world.claims();
    claims["cr_id"] = json!("cr-other");
    let header = world.header_of_claims(&claims);
    seen.insert(unauthentic(
        world,
        &header,
        &get(),
        NOW,
        "token_consent_mismatch",
    ));
    world.confused = false;
}

/// `h` against the headers of the request.
//= HR-08, HR-13, HR-14, DT-34 test
pub(crate) fn header_hashes(world: &World, seen: &mut BTreeSet<String>) {
    let sent = [
        ("Content-Type", "application/json"),
        ("ETag", "742-3u8f34-3r2nvv3"),
    ];
    let signed = get().with_headers(&sent).unwrap();
    let header = world.header(&signed);
    granted(world.ask(&header, &signed, &mut Desk::new()));
    for (headers, code) in [
        (&sent[..1], "proof_header_unknown"),
        (&[], "proof_header_unknown"),
        (
            &[("content-type", "application/xml"), sent[1]],
            "proof_headers_mismatch",
        ),
        (
            &[sent[0], ("etag", "742-3U8f34-3r2nvv3")],
            "proof_headers_mismatch",
        ),
        // One more of a name that is signed.
        (&[sent[0], sent[1], sent[1]], "proof_header_not_covered"),
    ] {
        let request = get().with_headers(headers).unwrap();
        seen.insert(unauthentic(world, &header, &request, NOW, code));
    }
    // A header that is not signed is as the source wishes.
    let bare = world.header(&get());
    let request = get().with_headers(&sent).unwrap();
    granted(world.ask(&bare, &request, &mut Desk::new()));
    let request = request.demanding(&["etag", "digest"]);
    unauthentic(world, &bare, &request, NOW, "proof_header_not_covered");
    let request = signed.demanding(&["etag", "digest"]);
    granted(world.ask(&header, &request, &mut Desk::new()));
}

//= HR-04, HR-05, HR-06, HR-07, HR-09, HR-13, DT-34 test
pub(crate) fn requests(world: &World, seen: &mut BTreeSet<String>) {
    let signed = received("/data/tax?b=bar&a=foo&a=2", "POST", b"body");
    let header = world.header(&signed);
    let bare = world.header(&get());
    for (header, request, code) in [
        (
            &header,
            received("/data/tax?b=bar&a=foo&a=2", "PUT", b"body"),
            "proof_method_mismatch",
        ),
        (
            &header,
            received("/data/car?b=bar&a=foo&a=2", "POST", b"body"),
            "proof_path_mismatch",
        ),
        (
            &header,
            received("/data/tax/?b=bar&a=foo&a=2", "POST", b"body"),
            "proof_path_mismatch",
        ),
        (
            &header,
            received("/data/tax", "POST", b"body"),
            "proof_query_unexpected",
        ),
        (
            &header,
            received("/data/tax?b=bar&a=foo", "POST", b"body"),
            "proof_query_not_covered",
        ),
        (
            &header,
            received("/data/tax?b=bar&a=foo&a=2&c=1", "POST", b"body"),
            "proof_query_not_covered",
        ),
        (
            &header,
            received("/data/tax?b=bar&a=foo&b=2", "POST", b"body"),
            "proof_query_not_covered",
        ),
        (
            &header,
            received("/data/tax?b=bar&a=2&a=foo", "POST", b"body"),
            "proof_query_mismatch",
        ),
        (
            &header,
            received("/data/tax?b=baz&a=foo&a=2", "POST", b"body"),
            "proof_query_mismatch",
        ),
        (
            &header,
            received("/data/tax?b=bar&a=foo&a=%32", "POST", b"body"),
            "proof_query_mismatch",
        ),
        (
            &header,
            received("/data/tax?b=bar&a=foo&a=2", "POST", b"Body"),
            "proof_body_mismatch",
        ),
        (
            &header,
            received("/data/tax?b=bar&a=foo&a=2", "POST", b""),
            "proof_body_mismatch",
        ),
        (
            &bare,
            received("/data/tax?a=1", "GET", b""),
            "proof_query_missing",
        ),
        (
            &bare,
            received("/data/tax", "GET", b"x"),
            "proof_body_missing",
        ),
    ] {
        seen.insert(unauthentic(world, header, &request, NOW, code));
    }
    let elsewhere = mydata_core::resource::Origin::parse("https://vero.example:8443").unwrap();
    let request = HttpRequest::received(&elsewhere, "/data/tax", "GET", b"").unwrap();
    seen.insert(unauthentic(
        world,
        &bare,
        &request,
        NOW,
        "proof_host_mismatch",
    ));
    for (member, value, code) in [
        ("m", json!("get"), "proof_method_mismatch"),
        ("u", json!("vero.example:8443"), "proof_host_mismatch"),
        ("u", json!("VERO.example"), "proof_host_mismatch"),
        ("u", json!("vero.example:443:443"), "proof_host_mismatch"),
        ("u", json!(""), "proof_host_mismatch"),
        ("p", json!("data/tax"), "proof_path_mismatch"),
        ("p", json!("/DATA/TAX"), "proof_path_mismatch"),
        (
            "q",
            json!([[], "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"]),
            "proof_query_unexpected",
        ),
        (
            "b",
            json!("u4LgkGUWhP9MsKrEjA4dizIllDXluDku6ZqCeyuR-JY"),
            "proof_body_mismatch",
        ),
        (
            "h",
            json!([["host"], "u4LgkGUWhP9MsKrEjA4dizIllDXluDku6ZqCeyuR-JY"]),
            "proof_header_unknown",
        ),
    ] {
        let mut body = payload(world, &get());
        body[member] = value;
        let header = world.sign_payload(&body);
        seen.insert(unauthentic(world, &header, &get(), NOW, code));
    }
    seen.insert(unauthentic(world, &bare, &get(), NOW + 61, "proof_too_old"));
    seen.insert(unauthentic(
        world,
        &bare,
        &get(),
        NOW - 6,
        "proof_in_future",
    ));
}
