//! DPoP: a source answers requests whose proof is beside the token, and a sink makes them (guide 8.5); and
//! the nonces that a source may demand with either scheme.

use super::answer::Request;
use crate::exam::task::{Bound, ServiceAct};
use crate::exam::{Role, Task};
use crate::make::bench::{Bench, first_link_status, first_status};
use crate::make::case::{ALL, About, Book, Stated, altered, without};
use crate::make::forge::Jws;
use crate::make::keys::{Key, bits, set};
use crate::make::record::{self, START};
use mydata::core::crypto::Crypto as _;
use mydata::core::jwk::PublicKey;
use mydata_chosen::Chosen;
use serde_json::{Value, json};

/// When requests are made and signed: a minute after the beginning.
const LATER: u64 = 60;

pub(super) fn book() -> Book {
    let title = "DPoP (RFC 9449) at a source and at a sink, and the nonces of a source";
    let mut book = Book::new("service/dpop", title);
    answered(&mut book);
    proofs(&mut book);
    headers(&mut book);
    bound(&mut book);
    order(&mut book);
    alone(&mut book);
    replays(&mut book);
    nonces(&mut book);
    prepared(&mut book);
    linking(&mut book);
    book
}

fn hash(text: &str) -> String {
    Chosen.sha256(text.as_bytes()).to_base64url()
}

fn pop() -> Key {
    Key::named("sink-pop-1")
}

/// The required members of a key, and no name.
fn bare(key: &Key) -> Value {
    let jwk = without(&without(&key.jwk(), &["kid"]), &["use"]);
    without(&jwk, &["alg"])
}

fn thumbprint(key: &Key) -> String {
    let key = PublicKey::from_jwk(key.jwk().to_string().as_bytes()).unwrap();
    key.thumbprint(&Chosen).to_base64url()
}

/// A request in parts, each of which can be wrong.
struct Dpop {
    token: Value,
    header: Value,
    payload: Value,
    key: Key,
    method: &'static str,
    target: &'static str,
    body: Option<&'static str>,
}

impl Dpop {
    fn good() -> Self {
        let key = pop();
        let cnf = json!({ "kid": key.kid(), "jkt": thumbprint(&key) });
        Self {
            token: altered(&record::token(), &["cnf"], cnf),
            header: json!({ "typ": "dpop+jwt", "alg": key.alg(), "jwk": bare(&key) }),
            payload: json!({
                "jti": bits("jti"), "htm": "GET", "htu": record::address("a"),
                "iat": START + LATER,
            }),
            key,
            method: "GET",
            target: "/data/a",
            body: None,
        }
    }

    fn token(&self) -> String {
        let key = Key::named("operator-tokens-1");
        Jws::of(&self.token, "mydata-at+jwt", &[&key]).compact()
    }

    /// `ath` is right unless it stands there already.
    fn proof(&self) -> String {
        let mut payload = self.payload.clone();
        if payload.get("ath").is_none() {
            payload["ath"] = json!(hash(&self.token()));
        }
        let mut jws = Jws::of(&payload, "dpop+jwt", &[]);
        jws.sign(&self.key, &self.header);
        jws.compact()
    }

    fn sent(&self, authorization: String, headers: &[(&str, &str)], nonces: &[&str]) -> ServiceAct {
        let text = |text: &&str| (*text).to_owned();
        ServiceAct::Answer {
            origin: "https://source.example".to_owned(),
            method: self.method.to_owned(),
            target: self.target.to_owned(),
            body: self
                .body
                .map(|body| crate::base64url::encode(body.as_bytes())),
            authorization,
            headers: headers.iter().map(|(n, v)| (text(n), text(v))).collect(),
            nonces: nonces.iter().map(text).collect(),
        }
    }

    /// As it arrives.
    fn act(&self) -> ServiceAct {
        self.act_with(&[])
    }

    fn act_with(&self, nonces: &[&str]) -> ServiceAct {
        let proof = self.proof();
        self.sent(
            format!("DPoP {}", self.token()),
            &[("DPoP", &proof)],
            nonces,
        )
    }
}

/// A source whose consent is for DPoP.
fn source() -> Bench {
    let mut bench = Bench::linked("source").at(LATER);
    let path = ["role_specific_part", "x_mydata"];
    let payload = altered(&record::source_consent(), &path, json!({ "proof": "DPoP" }));
    let cr = record::sealed("source_consent", &payload);
    let csr = first_status("source");
    bench.good(
        "source_consent",
        &json!({ "cr": cr.value(), "csr": csr.value() }),
    );
    bench
}

fn case(book: &mut Book, id: &str, says: &str, act: ServiceAct, codes: &str) {
    let mut bench = source();
    bench.does(act);
    bench.into_case(book, id, "DT-39 DT-06 D68", says, stated(codes));
}

fn stated(codes: &str) -> Stated<'_> {
    match codes {
        "" => Stated::Accepted,
        codes => Stated::Refused(codes),
    }
}

fn answered(book: &mut Book) {
    case(
        book,
        "good",
        "Token and proof are as they must be.",
        Dpop::good().act(),
        "",
    );
    let mut port = Dpop::good();
    port.payload["htu"] = json!("https://source.example:443/data/a");
    case(
        book,
        "port-named",
        "The default port may be named.",
        port.act(),
        "",
    );
    let mut more = Dpop::good();
    more.payload["client"] = json!("x");
    case(
        book,
        "claim-unknown",
        "A claim that is not known says nothing.",
        more.act(),
        "",
    );
    let mut named = Dpop::good();
    named.header["jwk"] = named.key.jwk();
    case(
        book,
        "jwk-with-kid",
        "What the key in the header is called says nothing.",
        named.act(),
        "",
    );
    for (id, says, member) in [
        ("header-kid", "A key id beside the key says nothing.", "kid"),
        (
            "header-unknown",
            "A member of the header that is not known says nothing.",
            "z",
        ),
    ] {
        let mut dpop = Dpop::good();
        dpop.header[member] = json!("sink-pop-1");
        case(book, id, says, dpop.act(), "");
    }
    for (id, says, sent, codes) in [
        (
            "headers",
            "A header is covered, as in a signed request.",
            "7",
            "",
        ),
        (
            "headers-other",
            "A header is another than the one covered.",
            "8",
            "proof_headers_mismatch",
        ),
    ] {
        let mut dpop = Dpop::good();
        dpop.payload["x_mydata"] = json!({ "h": [["x-purpose"], hash("x-purpose: 7")] });
        let proof = dpop.proof();
        let authorization = format!("DPoP {}", dpop.token());
        let headers = [("DPoP", proof.as_str()), ("X-Purpose", sent)];
        let act = dpop.sent(authorization, &headers, &[]);
        let mut bench = source();
        bench.does(act);
        bench.into_case(book, id, "HR-08 D69", says, stated(codes));
    }
    let good = Dpop::good();
    let (authorization, proof) = (format!("DPoP {}", good.token()), good.proof());
    for (id, says, second, codes) in [
        (
            "authorization-given",
            "The header that is judged is among those given.",
            &*authorization,
            "",
        ),
        (
            "authorization-other",
            "Another header came than the one that is judged.",
            "Bearer x",
            "proof_header",
        ),
    ] {
        let headers = [("DPoP", proof.as_str()), ("Authorization", second)];
        case(
            book,
            id,
            says,
            good.sent(authorization.clone(), &headers, &[]),
            codes,
        );
    }
    let mut query = Dpop::good();
    query.target = "/data/a?a=foo&b=bar";
    query.payload["x_mydata"] = json!({ "q": hash("a=foo&b=bar") });
    case(
        book,
        "query",
        "A query is covered as it stands on the wire.",
        query.act(),
        "",
    );
    let mut body = Dpop::good();
    body.method = "POST";
    body.body = Some("{\"since\":1}");
    body.payload["htm"] = json!("POST");
    body.payload["x_mydata"] = json!({ "b": hash("{\"since\":1}") });
    case(book, "body", "A body is covered.", body.act(), "");

    for (id, says, codes, target, sent, covered) in [
        (
            "query-missing",
            "A query that the proof does not cover.",
            "proof_query_missing",
            "/data/a?a=1",
            None,
            json!({}),
        ),
        (
            "query-unexpected",
            "A proof over a query that is not there.",
            "proof_query_unexpected",
            "/data/a",
            None,
            json!({ "q": hash("a=1") }),
        ),
        (
            "query-other",
            "A proof over another query.",
            "proof_query_mismatch",
            "/data/a?a=2",
            None,
            json!({ "q": hash("a=1") }),
        ),
        (
            "body-missing",
            "A body that the proof does not cover.",
            "proof_body_missing",
            "/data/a",
            Some("x"),
            json!({}),
        ),
        (
            "body-other",
            "A proof over another body.",
            "proof_body_mismatch",
            "/data/a",
            Some("x"),
            json!({ "b": hash("y") }),
        ),
    ] {
        let mut dpop = Dpop::good();
        dpop.target = target;
        dpop.body = sent;
        dpop.payload["x_mydata"] = covered;
        let mut bench = source();
        bench.does(dpop.act());
        bench.into_case(book, id, "DT-34 P17 D69", says, stated(codes));
    }
}

fn proofs(book: &mut Book) {
    for (id, says, member, value, codes) in [
        (
            "method",
            "Another method.",
            "htm",
            json!("POST"),
            "proof_method_mismatch",
        ),
        (
            "method-case",
            "The method in small letters.",
            "htm",
            json!("get"),
            "proof_method_mismatch",
        ),
        (
            "uri",
            "Another address.",
            "htu",
            json!(record::address("b")),
            "proof_uri_mismatch",
        ),
        (
            "uri-scheme",
            "The address by http.",
            "htu",
            json!("http://source.example/data/a"),
            "proof_uri_mismatch",
        ),
        (
            "uri-query",
            "The address with a query.",
            "htu",
            json!("https://source.example/data/a?a=1"),
            "",
        ),
        (
            "uri-host-case",
            "The host in capitals.",
            "htu",
            json!("https://SOURCE.example/data/a"),
            "",
        ),
        (
            "uri-dots",
            "An address that would have to be mended.",
            "htu",
            json!("https://source.example/data/../data/a"),
            "proof_uri_mismatch",
        ),
        (
            "token-hash",
            "The hash of another token.",
            "ath",
            json!(hash("another")),
            "proof_token_hash_mismatch",
        ),
        (
            "old",
            "Signed 61 seconds ago.",
            "iat",
            json!(START + LATER - 61),
            "proof_too_old",
        ),
        (
            "ahead",
            "Signed 6 seconds from now.",
            "iat",
            json!(START + LATER + 6),
            "proof_in_future",
        ),
        (
            "time-fraction",
            "A time with a fraction.",
            "iat",
            json!(1.5),
            "proof_not_verified json_shape",
        ),
        (
            "time-text",
            "A time that is a string.",
            "iat",
            json!("1736236860"),
            "proof_not_verified json_shape",
        ),
        (
            "jti-empty",
            "An empty `jti`.",
            "jti",
            json!(""),
            "proof_not_verified json_shape",
        ),
    ] {
        let mut dpop = Dpop::good();
        dpop.payload[member] = value;
        case(book, id, says, dpop.act(), codes);
    }
    for member in ["jti", "htm", "htu", "iat"] {
        let mut dpop = Dpop::good();
        dpop.payload = without(&dpop.payload, &[member]);
        let codes = "proof_not_verified json_missing_member";
        case(
            book,
            &format!("no-{member}"),
            "A claim is missing.",
            dpop.act(),
            codes,
        );
    }
    let mut null = Dpop::good();
    null.payload["ath"] = json!(null);
    case(
        book,
        "ath-null",
        "There is no hash of the token.",
        null.act(),
        "proof_not_verified json_shape",
    );
    for (id, iat) in [("60-before", LATER - 60), ("5-ahead", LATER + 5)] {
        let mut dpop = Dpop::good();
        dpop.payload["iat"] = json!(START + iat);
        case(book, id, "The edge of the window.", dpop.act(), "");
    }
}

fn headers(book: &mut Book) {
    let stranger = Key::ed25519_of("impostor", "sink-pop-1");
    for (id, says, member, value, code) in [
        (
            "typ",
            "The `typ` of a signed request.",
            "typ",
            json!("pop"),
            "jws_typ_mismatch",
        ),
        (
            "typ-jwt",
            "The `typ` of any JWT.",
            "typ",
            json!("JWT"),
            "jws_typ_mismatch",
        ),
        (
            "alg-none",
            "No signature.",
            "alg",
            json!("none"),
            "jws_alg_unsupported",
        ),
        (
            "alg-hs256",
            "A symmetric algorithm.",
            "alg",
            json!("HS256"),
            "jws_alg_unsupported",
        ),
        (
            "alg-other",
            "The algorithm of another type of key.",
            "alg",
            json!("ES256"),
            "jws_alg_mismatch",
        ),
        (
            "jku",
            "The address of a key set.",
            "jku",
            json!("https://source.example/k"),
            "jws_key_in_header",
        ),
        (
            "x5c",
            "A certificate.",
            "x5c",
            json!(["AA"]),
            "jws_key_in_header",
        ),
        (
            "crit",
            "A critical extension.",
            "crit",
            json!(["b64"]),
            "jws_crit",
        ),
        (
            "cty",
            "Something nested.",
            "cty",
            json!("JWT"),
            "jws_nested",
        ),
        (
            "jwk-private",
            "A private key in the header.",
            "jwk",
            without(&without(pop().private(), &["kid"]), &["use"]),
            "jws_jwk_invalid",
        ),
        (
            "jwk-symmetric",
            "A symmetric key in the header.",
            "jwk",
            json!({ "kty": "oct", "k": "AA" }),
            "jws_jwk_invalid",
        ),
        (
            "jwk-rsa",
            "A key of a type that is not known.",
            "jwk",
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }),
            "jws_jwk_invalid",
        ),
        (
            "jwk-small-order",
            "A key that would verify anything.",
            "jwk",
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }),
            "jws_jwk_invalid",
        ),
        (
            "jwk-stranger",
            "Another key than the sink's.",
            "jwk",
            bare(&stranger),
            "jws_jwk_unknown",
        ),
    ] {
        let mut dpop = Dpop::good();
        dpop.header[member] = value;
        case(
            book,
            &format!("header-{id}"),
            says,
            dpop.act(),
            &format!("proof_not_verified {code}"),
        );
    }
    for (member, code) in [
        ("typ", "jws_typ_missing"),
        ("alg", "jws_alg_unsupported"),
        ("jwk", "jws_jwk_missing"),
    ] {
        let mut dpop = Dpop::good();
        dpop.header = without(&dpop.header, &[member]);
        let codes = format!("proof_not_verified {code}");
        case(
            book,
            &format!("header-no-{member}"),
            "A member of the header is missing.",
            dpop.act(),
            &codes,
        );
    }
    let mut forged = Dpop::good();
    forged.key = Key::ed25519_of("impostor", "sink-pop-1");
    let codes = "proof_not_verified jws_signature_invalid";
    case(
        book,
        "forged",
        "The sink's key is brought, and a stranger has signed.",
        forged.act(),
        codes,
    );
    forged.header["jwk"] = bare(&forged.key);
    let codes = "proof_not_verified jws_jwk_unknown";
    case(
        book,
        "own-key",
        "A stranger brings a key of their own and signs with it.",
        forged.act(),
        codes,
    );
}

/// What binds token, proof, scheme and consent to each other.
fn bound(book: &mut Book) {
    for (id, says, cnf) in [
        (
            "token-without-jkt",
            "The token is one for the framework's own scheme.",
            json!({ "kid": "sink-pop-1" }),
        ),
        (
            "token-other-jkt",
            "The token is bound to another key.",
            json!({ "kid": "sink-pop-1", "jkt": hash("another") }),
        ),
        (
            "token-other-kid",
            "The token names another key.",
            json!({ "kid": "sink-pop-2", "jkt": thumbprint(&pop()) }),
        ),
    ] {
        let mut dpop = Dpop::good();
        dpop.token["cnf"] = cnf;
        case(book, id, says, dpop.act(), "token_key_mismatch");
    }
    let good = Dpop::good();
    let (token, proof) = (good.token(), good.proof());
    let authorization = format!("DPoP {token}");
    let answers: [(&str, &str, ServiceAct, &str); 8] = [
        (
            "scheme-case",
            "The scheme in small letters, the header's name too.",
            good.sent(format!("dpop {token}"), &[("dpop", &proof)], &[]),
            "",
        ),
        (
            "scheme-bearer",
            "The token as a bearer's.",
            good.sent(format!("Bearer {token}"), &[("DPoP", &proof)], &[]),
            "proof_scheme",
        ),
        (
            "scheme-pop",
            "A proof of the framework's own scheme, with the right token.",
            pop_act(&good, &token),
            "proof_scheme_other",
        ),
        (
            "no-proof",
            "The request has no proof.",
            good.sent(authorization.clone(), &[], &[]),
            "proof_dpop_missing",
        ),
        (
            "two-proofs",
            "The request has two proofs.",
            good.sent(
                authorization.clone(),
                &[("DPoP", &proof), ("DPoP", &proof)],
                &[],
            ),
            "proof_dpop_twice",
        ),
        (
            "two-in-one",
            "Two proofs in one header.",
            good.sent(
                authorization.clone(),
                &[("DPoP", &format!("{proof}, {proof}"))],
                &[],
            ),
            "proof_header",
        ),
        (
            "proof-is-token",
            "The token stands where the proof belongs.",
            good.sent(authorization, &[("DPoP", &token)], &[]),
            "proof_not_verified jws_typ_mismatch",
        ),
        (
            "token-is-proof",
            "The proof stands where the token belongs.",
            good.sent(format!("DPoP {proof}"), &[("DPoP", &proof)], &[]),
            "token_not_verified jws_key_in_header",
        ),
    ];
    for (id, says, act, codes) in answers {
        case(book, id, says, act, codes);
    }
    // The other way round: the consent is for the framework's own scheme.
    let mut bench = Bench::consented("source").at(LATER);
    let mut own = Dpop::good();
    own.token = record::token();
    bench.does(own.act());
    let says = "DPoP for a consent whose sink has chosen the framework's own scheme.";
    bench.into_case(
        book,
        "not-chosen",
        "DT-39 D68",
        says,
        Stated::Refused("proof_scheme_other"),
    );
}

fn pop_act(good: &Dpop, token: &str) -> ServiceAct {
    let payload = record::data_request(token, START + LATER);
    let proof = Jws::of(&payload, "pop", &[&pop()]).compact();
    good.sent(format!("PoP {proof}"), &[], &[])
}

fn replays(book: &mut Book) {
    let mut other = Dpop::good();
    other.payload["jti"] = json!(bits("another jti"));
    let mut later = Dpop::good();
    later.payload["iat"] = json!(START + LATER + 1);
    for (id, says, second, codes) in [
        (
            "replayed",
            "The same proof again.",
            Dpop::good(),
            "request_replayed",
        ),
        (
            "jti-again",
            "Another proof with the same `jti`.",
            later,
            "request_replayed",
        ),
        (
            "second-request",
            "A second proof with the same token.",
            other,
            "",
        ),
    ] {
        let mut bench = source();
        assert!(bench.does(Dpop::good().act()).is_accepted());
        bench.does(second.act());
        bench.into_case(book, id, "HR-12 DT-01 D69 P13", says, stated(codes));
    }
}

fn nonces(book: &mut Book) {
    let (now, before, old) = (bits("nonce 3"), bits("nonce 2"), bits("nonce 1"));
    let demanded = [now.as_str(), before.as_str()];
    let with = |nonce: Option<&str>| {
        let mut dpop = Dpop::good();
        if let Some(nonce) = nonce {
            dpop.payload["nonce"] = json!(nonce);
        }
        dpop.act_with(&demanded)
    };
    let with_pop = |nonce: &str| {
        let mut request = Request::good(START + LATER);
        request.proof["nonce"] = json!(nonce);
        request.proof["jti"] = json!(bits("jti"));
        let ServiceAct::Answer { authorization, .. } = request.act() else {
            panic!("not an answer")
        };
        Dpop::good().sent(authorization, &[], &demanded)
    };
    for (id, says, nonce, codes) in [
        (
            "nonce",
            "The nonce that the source gives now.",
            Some(&*now),
            "",
        ),
        ("nonce-before", "The nonce before it.", Some(&*before), ""),
        (
            "nonce-old",
            "A nonce from before that.",
            Some(&*old),
            "proof_nonce_needed",
        ),
        ("nonce-none", "No nonce.", None, "proof_nonce_needed"),
    ] {
        let mut bench = source();
        bench.does(with(nonce));
        bench.into_case(book, id, "DT-39 D70", says, stated(codes));
        let Some(nonce) = nonce else { continue };
        let mut bench = Bench::consented("source").at(LATER);
        bench.does(with_pop(nonce));
        bench.into_case(book, &format!("pop-{id}"), "DT-39 D70", says, stated(codes));
    }
    let mut own = Bench::consented("source").at(LATER);
    own.does(with_pop(&bits("nonce")));
    let says = "A nonce of the sink's own where the source demands one of its.";
    own.into_case(
        book,
        "pop-nonce-own",
        "DT-39 D70",
        says,
        Stated::Refused("proof_nonce_needed"),
    );
    // The nonce is asked for last: a request that is wrong otherwise hears that.
    let mut forged = Dpop::good();
    forged.key = Key::ed25519_of("impostor", "sink-pop-1");
    let codes = "proof_not_verified jws_signature_invalid";
    let says = "A forged proof without the nonce.";
    case(
        book,
        "nonce-forged",
        says,
        forged.act_with(&demanded),
        codes,
    );
}

/// The sink's side: linked with DPoP, and its half of the pair.
fn sink() -> Bench {
    let mut bench = Bench::new("sink").at(LATER);
    let link = altered(
        &record::link_record("sink"),
        &["x_mydata"],
        json!({ "proof": "DPoP" }),
    );
    let link = record::sealed_by("link_record", &link, &["owner-1", "sink-1"]);
    let ssr = first_link_status("sink");
    bench.good("link", &json!({ "slr": link.value(), "ssr": ssr.value() }));
    let (cr, csr) = (
        record::sealed("sink_consent", &record::sink_consent()),
        first_status("sink"),
    );
    bench.good(
        "sink_consent",
        &json!({ "cr": cr.value(), "csr": csr.value() }),
    );
    bench
}

fn want(token: String, query: Option<&str>, nonce: Option<String>) -> ServiceAct {
    ServiceAct::PrepareRequest {
        cr_id: record::id("sink", "consent"),
        purpose: "care".to_owned(),
        dataset: "src/a".to_owned(),
        method: None,
        query: query.map(ToOwned::to_owned),
        body: None,
        token,
        nonce,
    }
}

fn prepared(book: &mut Book) {
    let good = Dpop::good().token();
    for (id, says, act) in [
        (
            "prepared",
            "The sink makes token and proof into two headers.",
            want(good.clone(), None, None),
        ),
        (
            "prepared-query",
            "A query is covered.",
            want(good.clone(), Some("a=foo&b=bar"), None),
        ),
        (
            "prepared-nonce",
            "The nonce that the source has given.",
            want(good, None, Some(bits("nonce 3"))),
        ),
    ] {
        let mut bench = sink();
        bench.does(act);
        bench.into_case(book, id, "DT-05 DT-31 D68", says, Stated::Accepted);
    }
    for (id, says, cnf) in [
        (
            "token-not-dpop",
            "A token for the other scheme is not used.",
            json!({ "kid": "sink-pop-1" }),
        ),
        (
            "token-not-ours",
            "A token bound to another key is not used.",
            json!({ "kid": "sink-pop-1", "jkt": hash("another") }),
        ),
    ] {
        let mut dpop = Dpop::good();
        dpop.token["cnf"] = cnf;
        let mut bench = sink();
        bench.does(want(dpop.token(), None, None));
        bench.into_case(
            book,
            id,
            "DT-22 D68",
            says,
            Stated::Refused("token_not_yours"),
        );
    }
    // In the framework's own scheme the fresh value moves to `jti`.
    let token = Jws::of(
        &record::token(),
        "mydata-at+jwt",
        &[&Key::named("operator-tokens-1")],
    );
    let mut bench = Bench::consented("sink").at(LATER);
    bench.does(want(token.compact(), None, Some(bits("nonce 3"))));
    let says = "The nonce of the source in a request of the framework's own scheme.";
    bench.into_case(
        book,
        "prepared-pop-nonce",
        "DT-05 D70",
        says,
        Stated::Accepted,
    );
}

/// What the sink offers is what it signs.
fn linking(book: &mut Book) {
    let code = bits("code");
    let surrogate = bits("sink draws 1");
    for (id, says, offered, recorded, codes) in [
        (
            "offered",
            "The sink offers DPoP and signs the record that says so.",
            Some("DPoP"),
            json!({ "proof": "DPoP" }),
            "",
        ),
        (
            "offered-own",
            "`PoP` by name is what silence means.",
            Some("PoP"),
            json!(null),
            "",
        ),
        (
            "weakened",
            "The record is silent where the sink has offered DPoP.",
            Some("DPoP"),
            json!(null),
            "proof_scheme_not_offered",
        ),
        (
            "imposed",
            "The record says DPoP where the sink has not.",
            None,
            json!({ "proof": "DPoP" }),
            "proof_scheme_not_offered",
        ),
    ] {
        let mut bench = Bench::new("sink");
        let invitation =
            json!({ "code": code, "operator_id": record::OPERATOR, "service_id": "sink" });
        bench.good("link_invitation", &invitation);
        let confirm = ServiceAct::ConfirmLinking {
            code: code.clone(),
            proof: offered.map(ToOwned::to_owned),
        };
        assert!(bench.does(confirm).is_accepted());
        let link = altered(
            &record::link_record("sink"),
            &["surrogate_id"],
            json!(surrogate),
        );
        let link = if recorded.is_null() {
            link
        } else {
            altered(&link, &["x_mydata"], recorded)
        };
        let slr = record::sealed_by("link_proposal", &link, &["owner-1"]);
        bench.hears(
            "link_proposal",
            &json!({ "data": { "code": code }, "slr": slr.value() }),
        );
        bench.into_case(book, id, "SL-16 SL-19 D68", says, stated(codes));
    }
    for (id, says, second, codes) in [
        (
            "confirmed-again",
            "Confirmed again as before.",
            Some("DPoP"),
            "",
        ),
        (
            "confirmed-otherwise",
            "Confirmed again with another scheme.",
            None,
            "proof_scheme_not_offered",
        ),
    ] {
        let mut bench = Bench::new("sink");
        let invitation =
            json!({ "code": code, "operator_id": record::OPERATOR, "service_id": "sink" });
        bench.good("link_invitation", &invitation);
        for proof in [Some("DPoP"), second] {
            bench.does(ServiceAct::ConfirmLinking {
                code: code.clone(),
                proof: proof.map(ToOwned::to_owned),
            });
        }
        bench.into_case(book, id, "SL-16 D68", says, stated(codes));
    }
}

/// Two faults at once: the one that is asked for first is told, in the log as to the peer.
fn order(book: &mut Book) {
    let forged = || {
        let mut dpop = Dpop::good();
        dpop.key = Key::ed25519_of("impostor", "sink-pop-1");
        dpop
    };
    let mut no_jwk = Dpop::good();
    no_jwk.header = without(&no_jwk.header, &["jwk"]);
    no_jwk.header["alg"] = json!("none");
    let mut both = Dpop::good();
    both.header["typ"] = json!("pop");
    both.token = without(&both.token, &["aud"]);
    let mut expired = forged();
    expired.token["exp"] = json!(START + LATER);
    let mut elsewhere = Dpop::good();
    elsewhere.payload["htm"] = json!("POST");
    elsewhere.payload["htu"] = json!(record::address("b"));
    let mut stale = Dpop::good();
    stale.payload["iat"] = json!(START + LATER - 61);
    stale.payload["ath"] = json!(hash("another"));
    let mut nonceless = Dpop::good();
    nonceless.payload["ath"] = json!(hash("another"));
    let nonceless = nonceless.act_with(&[&bits("nonce 3")]);
    #[rustfmt::skip]
    let rows = [
        ("order-alg-jwk", "No `alg` that is known, and no `jwk`.", no_jwk.act(), "proof_not_verified jws_alg_unsupported"),
        ("order-proof-token", "A proof that does not open, with a token that does not.", both.act(), "proof_not_verified jws_typ_mismatch"),
        ("order-token-proof", "A token that has expired, with a forged proof.", expired.act(), "token_expired"),
        ("order-method-address", "Another method and another address.", elsewhere.act(), "proof_method_mismatch"),
        ("order-time-token", "Signed too long ago, for another token.", stale.act(), "proof_too_old"),
        ("order-token-nonce", "For another token, without the nonce that is demanded.", nonceless, "proof_token_hash_mismatch"),
    ];
    for (id, says, act, codes) in rows {
        case(book, id, says, act, codes);
    }
    // The scheme comes after the token's times and before the signature of the proof.
    let token = |exp: u64| altered(&record::token(), &["exp"], json!(exp));
    for (id, says, exp, codes) in [
        (
            "order-scheme-forged",
            "The scheme that was not chosen, with a forged proof.",
            START + 3600,
            "proof_scheme_other",
        ),
        (
            "order-expired-scheme",
            "A token that has expired, by the scheme that was not chosen.",
            START + LATER,
            "token_expired",
        ),
    ] {
        let mut dpop = forged();
        dpop.token = token(exp);
        let mut bench = Bench::consented("source").at(LATER);
        bench.does(dpop.act());
        bench.into_case(book, id, "DT-39 D68", says, Stated::Refused(codes));
    }
    // The other half of "no other token has a thumbprint".
    let cnf = json!({ "kid": "sink-pop-1", "jkt": thumbprint(&pop()) });
    let mut pop = Request::good(START + LATER);
    pop.token = altered(&pop.token, &["cnf"], cnf);
    let mut bench = Bench::consented("source").at(LATER);
    bench.does(pop.act());
    let says = "A token for DPoP in a request of the framework's own scheme.";
    bench.into_case(
        book,
        "pop-token-with-jkt",
        "DT-48 D68",
        says,
        Stated::Refused("token_key_mismatch"),
    );
    let mut bench = Bench::consented("sink").at(LATER);
    bench.does(want(Dpop::good().token(), None, None));
    let says = "A token for DPoP is not used by a sink that has not chosen it.";
    bench.into_case(
        book,
        "prepared-token-with-jkt",
        "DT-22 D68",
        says,
        Stated::Refused("token_not_yours"),
    );
}

/// Records by themselves: what names a scheme, and proofs.
fn alone(book: &mut Book) {
    let mut one = |id: &str, binds: &[Role], says: &str, task: &Task, codes: &str| {
        let about = About {
            id,
            requirements: "SL-16 D68",
            binds,
            says,
        };
        book.task(about, task, stated(codes));
    };
    for (name, codes) in [
        ("PoP", ""),
        ("DPoP", ""),
        ("dpop", "json_shape"),
        ("Bearer", "json_shape"),
    ] {
        let said = json!({ "proof": name });
        let id = |of: &str| format!("{of}-says-{name}");
        let offer =
            json!({ "code": "c", "surrogate_id": "s", "pop_key": pop().jwk(), "x_mydata": said });
        let read = Task::Read {
            kind: "surrogate_offer".to_owned(),
            text: Some(offer.to_string()),
            octets: None,
        };
        let says = "The name of a scheme in an offer.";
        one(&id("offer"), &[Role::Operator], says, &read, codes);
        let link = altered(&record::link_record("sink"), &["x_mydata"], said.clone());
        let link = record::sealed_by("link_record", &link, &["owner-1", "sink-1"]);
        let says = "The name of a scheme in a link record.";
        one(
            &id("link"),
            ALL,
            says,
            &verify("link_record", link.text(), "sink-1"),
            codes,
        );
        let path = ["role_specific_part", "x_mydata"];
        let consent = altered(&record::source_consent(), &path, said);
        let consent = record::sealed("source_consent", &consent);
        let says = "The name of a scheme in a source's consent.";
        one(
            &id("consent"),
            ALL,
            says,
            &verify("source_consent", consent.text(), "source-1"),
            codes,
        );
    }
    let source = &[Role::Source][..];
    type Spoil = fn(&mut Dpop);
    #[rustfmt::skip]
    let rows: [(&str, &str, Spoil, &str); 21] = [
        ("proof", "A proof as it must be.", |_| {}, ""),
        ("proof-covered-null", "Members of ours that are null.", |d| d.payload["x_mydata"] = json!({ "q": null, "b": null }), ""),
        ("proof-x_mydata-unknown", "A member of ours that is not known.", |d| d.payload["x_mydata"] = json!({ "z": 1 }), ""),
        ("proof-nonce-null", "`nonce` is null.", |d| d.payload["nonce"] = json!(null), ""),
        ("proof-htm-list", "A list of methods.", |d| d.payload["htm"] = json!(["GET"]), "json_shape"),
        ("proof-ath-hex", "`ath` in hexadecimal digits.", |d| d.payload["ath"] = json!("0".repeat(64)), "json_shape"),
        ("proof-iat-negative", "A time before 1970.", |d| d.payload["iat"] = json!(-1), "json_shape"),
        ("proof-iat-exponent", "A time in the notation of a float.", |d| d.payload["iat"] = json!(1e9), "json_shape"),
        ("proof-large", "A payload that is too large.", |d| d.payload["z"] = json!("z".repeat(8192)), "json_too_large"),
        ("proof-jwk-null", "`jwk` is null.", |d| d.header["jwk"] = json!(null), "jws_header_unknown_member"),
        ("proof-jwk-empty", "`jwk` is empty.", |d| d.header["jwk"] = json!({}), "json_missing_member"),
        ("proof-jwk-array", "`jwk` is a list.", |d| d.header["jwk"] = json!([]), "json_array_for_object"),
        ("proof-jwk-alg", "The key names another algorithm.", |d| d.header["jwk"]["alg"] = json!("ES256"), "jws_jwk_invalid"),
        ("proof-jwk-use", "The key is for encryption.", |d| d.header["jwk"]["use"] = json!("enc"), "jws_jwk_invalid"),
        ("proof-jwk-ops", "The key is not for verifying.", |d| d.header["jwk"]["key_ops"] = json!(["sign"]), "jws_jwk_invalid"),
        ("proof-jwk-y", "An Ed25519 key with a second coordinate.", |d| d.header["jwk"]["y"] = d.header["jwk"]["x"].clone(), "jws_jwk_invalid"),
        ("proof-jwk-p", "A member of a private RSA key.", |d| d.header["jwk"]["p"] = json!("AQAB"), "jws_jwk_invalid"),
        ("proof-x5u", "The address of a certificate.", |d| d.header["x5u"] = json!("https://source.example/c"), "jws_key_in_header"),
        ("proof-x5t", "The thumbprint of a certificate.", |d| d.header["x5t#S256"] = json!("AA"), "jws_key_in_header"),
        ("proof-b64", "A payload that is not encoded.", |d| d.header["b64"] = json!(false), "jws_crit"),
        ("proof-header-large", "A header that is too large.", |d| d.header["z"] = json!("z".repeat(800)), "jws_header_too_large"),
    ];
    for (id, says, spoil, codes) in rows {
        let mut dpop = Dpop::good();
        spoil(&mut dpop);
        one(
            id,
            source,
            says,
            &verify("dpop_proof", dpop.proof(), "source-1"),
            codes,
        );
    }
}

fn verify(record: &str, envelope: String, service: &str) -> Task {
    Task::Verify {
        record: record.to_owned(),
        envelope,
        keys: Bound {
            owner: Some(set(&["owner-1", "owner-2"])),
            operator: Some(set(&["operator-status-1"])),
            service: Some(set(&[service])),
            sink: Some(set(&["sink-pop-1"])),
        },
    }
}
