//! A source answers data requests.

use crate::exam::task::ServiceAct;
use crate::make::bench::Bench;
use crate::make::case::{Book, Stated, altered, without};
use crate::make::forge::{Jws, flipped};
use crate::make::keys::{Key, bits};
use crate::make::record::{self, START};
use mydata::core::crypto::Crypto as _;
use mydata_chosen::Chosen;
use serde_json::{Value, json};

/// A data request in parts, each of which can be wrong.
pub(crate) struct Request {
    pub(crate) token: Value,
    pub(crate) token_key: Key,
    pub(crate) proof: Value,
    pub(crate) proof_key: Key,
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) body: Option<&'static str>,
}

impl Request {
    /// A good one, signed at `ts`.
    pub(crate) fn good(ts: u64) -> Self {
        Self {
            token: record::token(),
            token_key: Key::named("operator-tokens-1"),
            proof: record::data_request("", ts),
            proof_key: Key::named("sink-pop-1"),
            method: "GET",
            target: "/data/a".to_owned(),
            body: None,
        }
    }

    pub(crate) fn token(&self) -> Jws {
        Jws::of(&self.token, "mydata-at+jwt", &[&self.token_key])
    }

    pub(crate) fn proof_with(&self, token: &str) -> Jws {
        let payload = altered(&self.proof, &["at"], json!(token));
        Jws::of(&payload, "pop", &[&self.proof_key])
    }

    pub(crate) fn proof(&self) -> Jws {
        self.proof_with(&self.token().compact())
    }

    pub(crate) fn with_header(&self, authorization: String) -> ServiceAct {
        ServiceAct::Answer {
            origin: "https://source.example".to_owned(),
            method: self.method.to_owned(),
            target: self.target.clone(),
            body: self
                .body
                .map(|body| crate::base64url::encode(body.as_bytes())),
            authorization,
            headers: Vec::new(),
            nonces: Vec::new(),
        }
    }

    /// As it arrives.
    pub(crate) fn act(&self) -> ServiceAct {
        self.with_header(format!("PoP {}", self.proof().compact()))
    }
}

/// The hash of `q` and `b`.
pub(crate) fn hash(text: &str) -> String {
    Chosen.sha256(text.as_bytes()).to_base64url()
}

/// When requests are made and signed: a minute after the beginning.
const LATER: u64 = 60;

pub(super) fn book() -> Book {
    let title = "A source decides whether a data request may have the data";
    let mut book = Book::new("service/answer", title);
    accepted(&mut book);
    tokens(&mut book);
    proofs(&mut book);
    queries(&mut book);
    resources(&mut book);
    standing(&mut book);
    headers(&mut book);
    book
}

fn case(book: &mut Book, id: &str, requirements: &str, says: &str, request: &Request, codes: &str) {
    one(book, id, requirements, says, LATER, request.act(), codes);
}

fn one(
    book: &mut Book,
    id: &str,
    requirements: &str,
    says: &str,
    at: u64,
    act: ServiceAct,
    codes: &str,
) {
    let mut bench = Bench::consented("source").at(at);
    bench.does(act);
    bench.into_case(book, id, requirements, says, stated(codes));
}

fn stated(codes: &str) -> Stated<'_> {
    match codes {
        "" => Stated::Accepted,
        codes => Stated::Refused(codes),
    }
}

fn good() -> Request {
    Request::good(START + LATER)
}

fn accepted(book: &mut Book) {
    let all = "DT-06 DT-07 DT-08 DT-09 DT-24 DT-25 DT-35 DT-36 DT-37 DT-39 DT-40 DT-42 DT-43 DT-45 \
               DT-05 DT-23 DT-31 DT-32 DT-33 DT-50 DT-51 DT-55 DT-56 CN-37 CN-39 HR-11 HR-13";
    case(
        book,
        "good",
        all,
        "A request that is as it must be is granted.",
        &good(),
        "",
    );
    let mut port = good();
    port.proof["u"] = json!("source.example:443");
    case(
        book,
        "port-named",
        "HR-05",
        "The default port may be named in the host.",
        &port,
        "",
    );
    let mut pattern = good();
    pattern.token["aud"] = json!(["https://source.example/data/*"]);
    case(
        book,
        "audience-pattern",
        "DT-42 DT-49 C54",
        "A pattern of the audience includes the address.",
        &pattern,
        "",
    );
    let mut query = good();
    query.target = "/data/a?b=bar&a=foo&c=duck".to_owned();
    query.proof["q"] = json!([
        ["b", "a", "c"],
        "u4LgkGUWhP9MsKrEjA4dizIllDXluDku6ZqCeyuR-JY"
    ]);
    case(
        book,
        "query",
        "DT-34 HR-07",
        "A query is covered by `q`: the example of the draft.",
        &query,
        "",
    );
    let mut turned = good();
    turned.target = "/data/a?a=foo&b=bar".to_owned();
    turned.proof["q"] = json!([["b", "a"], hash("b=bar&a=foo")]);
    case(
        book,
        "query-turned",
        "HR-07",
        "The order of `q` is that of the hash and not that of the query.",
        &turned,
        "",
    );
    let mut body = good();
    body.method = "POST";
    body.proof["m"] = json!("POST");
    body.body = Some("{\"since\":1}");
    body.proof["b"] = json!(hash("{\"since\":1}"));
    case(
        book,
        "body",
        "DT-34 HR-09",
        "A body is covered by `b`.",
        &body,
        "",
    );
    let mut bench = Bench::consented("source").at(LATER);
    bench.does(good().act());
    let mut second = good();
    second.proof["nonce"] = json!(bits("second nonce"));
    bench.does(second.act());
    bench.into_case(
        book,
        "second-request",
        "DT-01",
        "Many requests may follow with one token.",
        Stated::Accepted,
    );
    for (id, requirements, at, says) in [
        (
            "token-last-second",
            "DT-38 DT-50",
            3599,
            "The last second of a token.",
        ),
        (
            "token-leeway",
            "DT-51 DT-38",
            0,
            "The operator's clock may be 5 seconds ahead.",
        ),
    ] {
        let mut request = Request::good(START + at);
        if id == "token-leeway" {
            request.token["nbf"] = json!(START + 5);
        }
        one(book, id, requirements, says, at, request.act(), "");
    }
    for (id, ts, says) in [
        (
            "signed-60-before",
            LATER - 60,
            "A request may be 60 seconds old.",
        ),
        (
            "signed-5-ahead",
            LATER + 5,
            "The sink's clock may be 5 seconds ahead.",
        ),
    ] {
        let request = Request::good(START + ts);
        case(book, id, "HR-12 DT-33", says, &request, "");
    }
}

fn tokens(book: &mut Book) {
    let told = |detail: &str| format!("token_not_verified {detail}");
    let mut foreign = good();
    foreign.token_key = Key::ed25519_of("impostor", "operator-tokens-1");
    case(
        book,
        "token-foreign-key",
        "DT-06 DT-37 DT-55",
        "The token is signed by a foreign key under the right id.",
        &foreign,
        &told("jws_signature_invalid"),
    );
    let mut status = good();
    status.token_key = Key::named("operator-status-1");
    case(
        book,
        "token-other-role",
        "DT-37 D17",
        "The token is signed with the operator's key for status records.",
        &status,
        &told("jws_kid_unknown"),
    );
    let token = good()
        .token()
        .with_header(&Key::named("operator-tokens-1"), |header| {
            header.as_object_mut().unwrap().remove("kid");
        });
    let act = |token: &str| {
        let proof = good().proof_with(token);
        good().with_header(format!("PoP {}", proof.compact()))
    };
    one(
        book,
        "token-no-kid",
        "DT-56",
        "The token's header has no key id.",
        LATER,
        act(&token.compact()),
        &told("jws_kid_missing"),
    );
    let token = good()
        .token()
        .with_header(&Key::named("operator-tokens-1"), |header| {
            header["alg"] = json!("none");
        });
    one(
        book,
        "token-alg-none",
        "DT-37",
        "The token is not signed at all.",
        LATER,
        act(&token.compact()),
        &told("jws_alg_unsupported"),
    );
    let mut token = good().token();
    token.payload = crate::base64url::encode(
        altered(&record::token(), &["exp"], json!(START + 4000))
            .to_string()
            .as_bytes(),
    );
    one(
        book,
        "token-tampered",
        "DT-37",
        "The token's end was moved after it was signed.",
        LATER,
        act(&token.compact()),
        &told("jws_signature_invalid"),
    );
    one(
        book,
        "token-no-token",
        "DT-32",
        "Some text stands where the token belongs.",
        LATER,
        act("abc"),
        &told("jws_malformed"),
    );
    let mut other = good();
    other.token["cr_id"] = json!(record::id("sink", "consent"));
    case(
        book,
        "consent-unknown",
        "DT-36 DT-54",
        "The token names the sink's half of the pair.",
        &other,
        "access_consent_unknown",
    );
    let mut issuer = good();
    issuer.token["iss"] = json!("other.example");
    case(
        book,
        "token-issuer",
        "DT-47",
        "The issuer is not the operator of the consent.",
        &issuer,
        "token_issuer_mismatch",
    );
    let mut key = good();
    key.token["cnf"] = json!({ "kid": "sink-pop-2" });
    case(
        book,
        "token-other-sink",
        "DT-39 DT-48",
        "The token is bound to another key than the consent.",
        &key,
        "token_key_mismatch",
    );
    let expired = Request::good(START + 3600);
    one(
        book,
        "token-expired",
        "DT-38 DT-50",
        "The token's time is over at `exp`.",
        3600,
        expired.act(),
        "token_expired",
    );
    let mut early = good();
    early.token["nbf"] = json!(START + LATER + 6);
    case(
        book,
        "token-early",
        "DT-38 DT-51",
        "The token's time has not begun.",
        &early,
        "token_not_yet_valid",
    );
}

fn proofs(book: &mut Book) {
    let told = |detail: &str| format!("proof_not_verified {detail}");
    let mut foreign = good();
    foreign.proof_key = Key::ed25519_of("impostor", "sink-pop-1");
    case(
        book,
        "proof-foreign-key",
        "DT-05 DT-06 DT-23 DT-24 DT-31 DT-35 DT-39 HR-11",
        "The request is signed by a foreign key under the right id.",
        &foreign,
        &told("jws_signature_invalid"),
    );
    let mut record_key = good();
    record_key.proof_key = Key::named("sink-1");
    case(
        book,
        "proof-other-role",
        "DT-39 D17",
        "The request is signed with the sink's key for records.",
        &record_key,
        &told("jws_kid_unknown"),
    );
    let mut proof = good().proof();
    let part = proof.signatures.first_mut().unwrap();
    part.signature = flipped(&part.signature);
    let act = good().with_header(format!("PoP {}", proof.compact()));
    one(
        book,
        "proof-flipped",
        "DT-39",
        "One bit of the signature is turned.",
        LATER,
        act,
        &told("jws_signature_invalid"),
    );
    let proof = good()
        .proof()
        .with_header(&Key::named("sink-pop-1"), |header| {
            header["jwk"] = Key::named("sink-pop-1").jwk()
        });
    let act = good().with_header(format!("PoP {}", proof.compact()));
    one(
        book,
        "proof-key-in-header",
        "DT-39 D22",
        "The request brings a key.",
        LATER,
        act,
        &told("jws_key_in_header"),
    );
    let mut no_time = good();
    no_time.proof = without(&no_time.proof, &["ts"]);
    case(
        book,
        "proof-no-time",
        "DT-33",
        "The request has no time.",
        &no_time,
        &told("json_missing_member"),
    );
    let mut old = good();
    old.proof["ts"] = json!(START - 1);
    case(
        book,
        "proof-old",
        "HR-12 DT-33",
        "The request was signed 61 seconds ago.",
        &old,
        "proof_too_old",
    );
    let mut ahead = good();
    ahead.proof["ts"] = json!(START + LATER + 6);
    case(
        book,
        "proof-ahead",
        "HR-12 DT-33",
        "The request was signed 6 seconds in the future.",
        &ahead,
        "proof_in_future",
    );
    for (id, requirements, member, value, code) in [
        (
            "method-other",
            "HR-04 HR-13",
            "m",
            "DELETE",
            "proof_method_mismatch",
        ),
        (
            "host-other",
            "HR-05 HR-13",
            "u",
            "another.example",
            "proof_host_mismatch",
        ),
        (
            "port-other",
            "HR-05 HR-13",
            "u",
            "source.example:8443",
            "proof_host_mismatch",
        ),
        (
            "path-other",
            "HR-06 HR-13 DT-08",
            "p",
            "/data/b",
            "proof_path_mismatch",
        ),
    ] {
        let mut request = good();
        request.proof[member] = json!(value);
        case(
            book,
            id,
            requirements,
            "What is signed is not the request that came.",
            &request,
            code,
        );
    }
    let mut bench = Bench::consented("source").at(LATER);
    bench.does(good().act());
    bench.does(good().act());
    bench.into_case(
        book,
        "replayed",
        "HR-12 D20",
        "The same request a second time.",
        Stated::Refused("request_replayed"),
    );
    let mut bench = Bench::consented("source").at(LATER);
    bench.does(good().act());
    let mut again = good();
    // ES256 and Ed25519 signatures apart: only what is signed is looked at, and that is the same.
    again.proof["nonce"] = good().proof["nonce"].clone();
    bench = bench.at(LATER + 30);
    bench.does(again.act());
    bench.into_case(
        book,
        "replayed-later",
        "HR-12 D20",
        "The same request half a minute later.",
        Stated::Refused("request_replayed"),
    );
}

fn queries(book: &mut Book) {
    let says = "What is signed does not cover the query.";
    let with = |target: &str, q: Option<Value>| {
        let mut request = good();
        request.target = target.to_owned();
        if let Some(q) = q {
            request.proof["q"] = q;
        }
        request
    };
    case(
        book,
        "query-not-signed",
        "HR-13 HR-14",
        says,
        &with("/data/a?a=1", None),
        "proof_query_missing",
    );
    case(
        book,
        "query-signed-in-vain",
        "HR-13",
        says,
        &with("/data/a", Some(json!([["a"], hash("a=1")]))),
        "proof_query_unexpected",
    );
    case(
        book,
        "query-more",
        "HR-13 HR-14",
        says,
        &with("/data/a?a=1&b=2", Some(json!([["a"], hash("a=1")]))),
        "proof_query_not_covered",
    );
    case(
        book,
        "query-other",
        "HR-07 HR-13",
        says,
        &with("/data/a?a=2", Some(json!([["a"], hash("a=1")]))),
        "proof_query_mismatch",
    );
    let mut body = good();
    body.body = Some("x");
    case(
        book,
        "body-not-signed",
        "HR-09 HR-13",
        "There is a body and nothing that covers it.",
        &body,
        "proof_body_missing",
    );
    body.proof["b"] = json!(hash("y"));
    case(
        book,
        "body-other",
        "HR-09 HR-13",
        "The body is another than the one signed.",
        &body,
        "proof_body_mismatch",
    );
    let mut header = good();
    header.proof["h"] = json!([["etag"], hash("etag: 1")]);
    case(
        book,
        "header-hash",
        "HR-08 HR-13 C19",
        "`h` covers a header that did not come with the request.",
        &header,
        "proof_header_unknown",
    );
    let twice = with(
        "/data/a?pop_access_token=x",
        Some(json!([["pop_access_token"], hash("pop_access_token=x")])),
    );
    case(
        book,
        "carried-twice",
        "HR-10",
        "The proof is carried in two ways at once.",
        &twice,
        "proof_carried_twice",
    );
}

fn resources(book: &mut Book) {
    let at = |kind: &str, aud: Value| {
        let mut request = good();
        request.target = format!("/data/{kind}");
        request.proof["p"] = json!(request.target);
        request.token["aud"] = aud;
        request
    };
    case(
        book,
        "resource-other",
        "DT-06 DT-07 DT-08 DT-40",
        "No dataset of the consent is at this address, though the token would reach it.",
        &at("c", json!(["https://source.example/data/*"])),
        "access_resource",
    );
    case(
        book,
        "audience-other",
        "DT-42",
        "The audience of the token does not include the address.",
        &at("b", json!([record::address("a")])),
        "token_audience",
    );
    case(
        book,
        "audience-prefix",
        "DT-42 C54",
        "An address of the audience is no prefix.",
        &at("a", json!(["https://source.example/data"])),
        "token_audience",
    );
    case(
        book,
        "audience-host",
        "DT-42 C54",
        "The audience is for another host.",
        &at(
            "a",
            json!(["https://source.example.attacker.example/data/a"]),
        ),
        "token_audience",
    );
    case(
        book,
        "both-other",
        "DT-46",
        "Every reason is found: neither the token nor the consent is for this.",
        &at("c", json!([record::address("a")])),
        "access_resource token_audience",
    );
    let mut lower = good();
    lower.method = "get";
    case(
        book,
        "method-form",
        "HR-04",
        "A method is upper-case.",
        &lower,
        "request_method",
    );
    for (id, target, code) in [
        (
            "target-absolute",
            "https://source.example/data/a",
            "request_target_form",
        ),
        ("target-fragment", "/data/a#x", "request_fragment"),
        ("target-dots", "/data/../data/a", "url_not_canonical"),
        ("target-hidden", "/data%2Fa", "url_encoded_separator"),
        ("target-empty-segment", "/data//a", "url_empty_segment"),
    ] {
        let mut request = good();
        request.target = target.to_owned();
        case(
            book,
            id,
            "DT-08 D16",
            "The target is not in its one canonical spelling.",
            &request,
            code,
        );
    }
}

fn standing(book: &mut Book) {
    for (id, requirements, state, code) in [
        (
            "disabled",
            "CN-13 CN-37 CN-39 CN-58 DT-06 DT-43",
            "Disabled",
            "consent_disabled",
        ),
        (
            "withdrawn",
            "CN-37 CN-39 CN-53 CN-54 DT-43",
            "Withdrawn",
            "consent_withdrawn",
        ),
    ] {
        let mut bench = Bench::consented("source").at(LATER);
        let first = bench.first_status();
        bench.status("status-2", state, &first, "owner-1");
        bench.does(good().act());
        bench.into_case(
            book,
            id,
            requirements,
            "The consent is not Active.",
            Stated::Refused(code),
        );
    }
    let mut bench = Bench::consented("source").at(LATER);
    let first = bench.first_status();
    let second = bench.status("status-2", "Disabled", &first, "owner-1");
    bench.status("status-3", "Active", &second, "owner-1");
    bench.does(good().act());
    bench.into_case(
        book,
        "resumed",
        "CN-13 CN-58",
        "The pause is over.",
        Stated::Accepted,
    );
    for (id, requirements, says, at, member, value, code) in [
        (
            "expired",
            "CN-38 CN-37 DT-09 DT-43",
            "The consent has ended, at `exp`.",
            LATER,
            "exp",
            START + LATER,
            "consent_expired",
        ),
        (
            "not-begun",
            "CN-38 DT-09 DT-43",
            "The consent has not begun.",
            LATER,
            "nbf",
            START + LATER + 1,
            "consent_not_yet_valid",
        ),
        (
            "begins-now",
            "CN-38 DT-09",
            "The consent begins at `nbf`.",
            LATER,
            "nbf",
            START + LATER,
            "",
        ),
        (
            "ends-after",
            "CN-38 DT-09",
            "The consent ends in a second.",
            LATER,
            "exp",
            START + LATER + 1,
            "",
        ),
    ] {
        let mut bench = Bench::linked("source");
        let payload = altered(
            &record::source_consent(),
            &["common_part", member],
            json!(value),
        );
        let cr = record::sealed("source_consent", &payload).value();
        bench.good(
            "source_consent",
            &json!({ "cr": cr, "csr": bench.first_status().value() }),
        );
        bench = bench.at(at);
        bench.does(good().act());
        bench.into_case(book, id, requirements, says, stated(code));
    }
    let mut bench = Bench::consented("source").at(LATER);
    let first = crate::make::bench::first_link_status("source");
    let removed = record::link_status("source", "link-status-2", "Removed", Some(&first));
    let removed = record::sealed("link_status", &removed);
    bench.good("link_status", &json!({ "ssr": removed.value() }));
    bench.does(good().act());
    bench.into_case(
        book,
        "link-removed",
        "SL-05 SL-10 CN-63",
        "The link has been removed.",
        Stated::Refused("link_removed"),
    );
    let mut bench = Bench::consented("source").at(LATER);
    let first = bench.first_status();
    bench.status("status-2", "Disabled", &first, "stranger-1");
    bench.does(good().act());
    bench.into_case(
        book,
        "in-doubt",
        "CN-29 DT-43",
        "A status could not be verified.",
        Stated::Refused("consent_status_unknown"),
    );
}

fn headers(book: &mut Book) {
    let compact = good().proof().compact();
    for (id, header, code) in [
        ("scheme-bearer", format!("Bearer {compact}"), "proof_scheme"),
        ("scheme-missing", compact.clone(), "proof_scheme"),
        ("two-spaces", format!("PoP  {compact}"), "proof_header"),
        ("empty", "PoP ".to_owned(), "proof_header"),
        ("trailing", format!("PoP {compact}, x"), "proof_header"),
        (
            "oversized",
            format!("PoP {}", "a".repeat(9000)),
            "proof_too_large",
        ),
        (
            "truncated",
            format!("PoP {}", compact.get(..compact.len() - 22).unwrap()),
            "proof_not_verified jws_signature_invalid",
        ),
        (
            "two-parts",
            "PoP a.b".to_owned(),
            "proof_not_verified jws_malformed",
        ),
    ] {
        let act = good().with_header(header);
        one(
            book,
            id,
            "HR-10",
            "The header is not `PoP`, one space and a compact JWS.",
            LATER,
            act,
            code,
        );
    }
    let act = good().with_header(format!("pop {compact}"));
    one(
        book,
        "scheme-lower-case",
        "HR-10",
        "The name of the scheme is read in any case.",
        LATER,
        act,
        "",
    );
}
