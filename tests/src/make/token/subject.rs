//! Whose data, under which consent, and how that consent stands: by the records, never by the request.

use super::{LATER, answer, good, session, stated};
use crate::base64url;
use crate::make::bench::{Bench, first_link_status};
use crate::make::case::Book;
use crate::make::keys::{Key, bits};
use crate::make::record::{self, START};
use crate::make::service::answer::{Request, hash};
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "Whose data a request is about, under which consent, and whether that stands now";
    let mut book = Book::new("token/subject", title);
    subjects(&mut book);
    consents(&mut book);
    standing(&mut book);
    told(&mut book);
    book
}

/// Another person's surrogate, in every place in which a gateway once looked.
fn subjects(book: &mut Book) {
    let other = bits("another person");
    let says = "The request names another person: whose data it is says the consent.";
    let requirements = "DT-40 P21";
    let mut queries = Vec::new();
    let mut claims = Vec::new();
    for name in ["sub", "surrogate_id", "user", "person", "account", "cr_id"] {
        let mut request = good();
        let query = format!("{name}={other}");
        request.target = format!("/data/a?{query}");
        request.proof["q"] = json!([[name], hash(&query)]);
        queries.push((name, request.act(), ""));
        let mut request = good();
        request.proof[format!("x_{name}")] = json!(other);
        if name != "cr_id" {
            request.proof[name] = json!(other);
            request.token[name] = json!(other);
        }
        claims.push((name, request.act(), ""));
    }
    let mut request = good();
    let query = "id=1%27%20OR%20%271%27=%271";
    request.target = format!("/data/a?{query}");
    request.proof["q"] = json!([["id"], hash(query)]);
    queries.push(("injected", request.act(), ""));
    session(book, "query", requirements, says, queries);
    session(book, "claims", requirements, says, claims);
    let mut request = good();
    (request.method, request.body) = ("POST", Some("{\"sub\":\"another\",\"cr_id\":\"another\"}"));
    request.proof["m"] = json!("POST");
    request.proof["b"] = json!(hash("{\"sub\":\"another\",\"cr_id\":\"another\"}"));
    answer(book, "body", requirements, says, request.act(), "");
}

/// Tokens for another consent than the source's.
fn consents(book: &mut Book) {
    let named = |value: Value| {
        let mut request = good();
        request.token["cr_id"] = value;
        request.act()
    };
    let (unknown, shape) = ("access_consent_unknown", "token_not_verified json_shape");
    #[rustfmt::skip]
    let requests = [
        ("sinks-half", named(json!(record::id("sink", "consent"))), unknown),
        ("nobodys", named(json!(bits("nobody's consent"))), unknown),
        ("link", named(json!(record::id("source", "link"))), unknown),
        ("status", named(json!(record::id("source", "status-1"))), unknown),
        ("pattern", named(json!("%")), unknown),
        ("longer", named(json!(format!("{}0", record::id("source", "consent")))), unknown),
        ("number", named(json!(1)), shape),
        ("list", named(json!([record::id("source", "consent")])), shape),
        ("null", named(Value::Null), shape),
        ("word", named(json!("NULL")), shape),
        ("sinks-half-again", named(json!(record::id("sink", "consent"))), unknown),
    ];
    let says = "The token names the sink's half of the pair, or nearly the source's, or none; the last one the sink's again.";
    session(book, "consent", "DT-36 DT-54 P16", says, requests);
    let fits = [
        (
            "issuer-other",
            "iss",
            json!("other.example"),
            "token_issuer_mismatch",
        ),
        (
            "issuer-capital",
            "iss",
            json!("Operator.example"),
            "token_issuer_mismatch",
        ),
        (
            "key-other",
            "cnf",
            json!({ "kid": "sink-pop-2" }),
            "token_key_mismatch",
        ),
        (
            "key-of-records",
            "cnf",
            json!({ "kid": "sink-1" }),
            "token_key_mismatch",
        ),
    ];
    let fits = fits.map(|(name, member, value, code)| {
        let mut request = good();
        request.token[member] = value;
        (name, request.act(), code)
    });
    let says = "The operator has signed tokens that do not fit the consent.";
    session(book, "fits-not", "DT-47 DT-48 A13 P4", says, fits);
    let mut request = good();
    request.token["cnf"] = json!({ "kid": "sink-pop-2" });
    request.proof_key = Key::named("sink-pop-2");
    let says = "A token for another key, and the request signed with that key.";
    answer(
        book,
        "fits-both-other",
        "DT-48 A13 P1",
        says,
        request.act(),
        "token_key_mismatch",
    );
}

/// A token that was good a moment ago.
fn standing(book: &mut Book) {
    let again = |name: &str| -> Request {
        let mut request = Request::good(START + LATER + 1);
        request.proof["nonce"] = json!(bits(name));
        request
    };
    for (id, state, code) in [
        ("disabled", "Disabled", "consent_disabled"),
        ("withdrawn", "Withdrawn", "consent_withdrawn"),
    ] {
        let mut bench = Bench::consented("source").at(LATER);
        bench.does(good().act());
        bench = bench.at(LATER + 1);
        let first = bench.first_status();
        bench.status("status-2", state, &first, "owner-1");
        bench.does(again(id).act());
        let says =
            "The token was good a second ago, and has been seen; the consent has ended since.";
        bench.into_brief_case(
            book,
            &format!("standing-{id}"),
            "CN-39 DT-43 P18 P19",
            says,
            stated(code),
        );
    }
    let mut bench = Bench::consented("source").at(LATER);
    bench.does(good().act());
    bench = bench.at(LATER + 1);
    let first = first_link_status("source");
    let removed = record::link_status("source", "link-status-2", "Removed", Some(&first));
    bench.good(
        "link_status",
        &json!({ "ssr": record::sealed("link_status", &removed).value() }),
    );
    bench.does(again("removed").act());
    let says = "The token was good a second ago; the link has been removed since.";
    bench.into_brief_case(
        book,
        "standing-unlinked",
        "SL-10 DT-43 P18 P19",
        says,
        stated("link_removed"),
    );
    let mut bench = Bench::consented("source").at(LATER);
    bench.does(good().act());
    bench = bench.at(LATER + 1);
    let first = bench.first_status();
    bench.status("status-2", "Disabled", &first, "stranger-1");
    bench.does(again("doubt").act());
    let says = "A status came that does not verify: until it is known better, nothing is given.";
    let code = "consent_status_unknown";
    bench.into_brief_case(
        book,
        "standing-in-doubt",
        "CN-29 DT-43 P19",
        says,
        stated(code),
    );
    let mut bench = Bench::consented("source").at(LATER);
    let first = bench.first_status();
    let second = bench.status("status-2", "Disabled", &first, "owner-1");
    bench.does(good().act());
    bench = bench.at(LATER + 1);
    bench.status("status-3", "Active", &second, "owner-1");
    bench.does(again("resumed").act());
    let says = "Denied for a pause; after it a new request with the same token is granted.";
    bench.into_brief_case(book, "standing-resumed", "CN-58 P19", says, stated(""));
}

/// How far a request came is not told to whoever sent it, wherever it broke.
fn told(book: &mut Book) {
    let says = "Whoever cannot prove to be the sink is told one thing, wherever the proof failed.";
    let requirements = "DT-46 A25";
    let proof = good().proof();
    let octets = base64url::decode(&proof.signatures.first().unwrap().signature).unwrap();
    let turned = |at: usize| {
        let mut octets = octets.clone();
        octets[at] ^= 1;
        let mut proof = proof.clone();
        proof.signatures.first_mut().unwrap().signature = base64url::encode(&octets);
        good().with_header(format!("PoP {}", proof.compact()))
    };
    let mut unknown = good();
    unknown.token["cr_id"] = json!(bits("nobody's consent"));
    let mut foreign = good();
    foreign.token_key = Key::ed25519_of("impostor", "operator-tokens-1");
    let mut host = good();
    host.proof["u"] = json!("another.example");
    let signature = "proof_not_verified jws_signature_invalid";
    let requests = [
        ("octet 0", turned(0), signature),
        ("octet 31", turned(31), signature),
        ("octet 32", turned(32), signature),
        ("octet 63", turned(63), signature),
        ("consent", unknown.act(), "access_consent_unknown"),
        (
            "token",
            foreign.act(),
            "token_not_verified jws_signature_invalid",
        ),
        ("host", host.act(), "proof_host_mismatch"),
    ];
    session(book, "told", requirements, says, requests);
}
