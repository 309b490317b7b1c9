//! Requests: the address that came, in its one spelling, and what the sink has signed of it.

use super::{good, session};
use crate::make::case::{Book, without};
use crate::make::service::answer::hash;
use serde_json::json;

/// Targets of a request line, and the code; where there are two codes the target is canonical and the
/// address of nothing.
#[rustfmt::skip]
const TARGETS: &[(&str, &str, &str)] = &[
    ("dots-encoded", "/data/%2e%2e/data/a", "url_not_canonical"), ("dots-half-encoded", "/data/.%2E/data/a", "url_not_canonical"),
    ("dot", "/data/./a", "url_not_canonical"), ("dots-last", "/data/a/..", "url_not_canonical"), ("slash-encoded-lower", "/data%2fa", "url_not_canonical"),
    ("slash-encoded", "/data/..%2Fdata%2Fa", "url_encoded_separator"), ("dots-encoded-capital", "/data/x%2E%2E/a", "url_encoded_separator"),
    ("backslash", "/data\\a", "url_not_canonical"), ("backslash-encoded", "/data%5Ca", "url_encoded_separator"), ("nul", "/data/a%00", "url_encoded_separator"),
    ("nul-json", "/data/a%00.json", "url_encoded_separator"), ("percent", "/data/%2561", "url_encoded_separator"), ("letter-encoded", "/data/%61", "url_not_canonical"),
    ("percent-wrong", "/data/a%zz", "url_not_canonical"), ("tab", "/data/a\t", "url_not_canonical"), ("space", "/data/a ", "url_not_canonical"), ("line", "/data/a\r\nHost: x", "url_not_canonical"),
    ("bracket", "/data/a[1]", "url_not_canonical"), ("bracket-close", "/data/a]", "url_not_canonical"), ("caret", "/data/a^", "url_not_canonical"), ("bar", "/data/a|b", "url_not_canonical"),
    ("quote", "/data/a\"", "url_not_canonical"), ("less", "/data/<a", "url_not_canonical"), ("backquote", "/data/a`", "url_not_canonical"), ("brace", "/data/{a}", "url_not_canonical"),
    ("bracket-star", "/data/a[*", "url_not_canonical"), ("bracket-encoded", "/data/a%5B1%5D%5E%7C", "access_resource token_audience"),
    ("letter-wide", "/data/\u{ff41}", "url_not_canonical"), ("star", "/data/*", "url_wildcard"), ("segment-empty-first", "//data/a", "url_empty_segment"), ("segment-empty-last", "/data/a//", "url_empty_segment"),
    ("nothing", "", "request_target_form"), ("options", "*", "request_target_form"), ("authority", "source.example:443", "request_target_form"), ("no-slash", "data/a", "request_target_form"),
    ("absolute-other", "https://stranger.example/data/a", "request_target_form"), ("backslash-first", "\\data\\a", "request_target_form"), ("query-empty", "/data/a?", "request_query"), ("query-and", "/data/a?&", "request_query"),
    ("query-space", "/data/a?a=1 2", "request_query"),
    ("query-quote", "/data/a?a=\"1\"", "request_query"), ("query-less", "/data/a?a=<1", "request_query"), ("query-greater", "/data/a?a>1", "request_query"), ("query-backslash", "/data/a?a=\\", "request_query"),
    ("query-caret", "/data/a?a=^", "request_query"), ("query-backquote", "/data/a?a=`", "request_query"), ("query-brace", "/data/a?a={1}", "request_query"), ("query-bar", "/data/a?a=1|2", "request_query"),
    ("query-bracket", "/data/a?a[]=1", "request_query"), ("query-bracket-close", "/data/a?a]", "request_query"), ("query-percent", "/data/a?a=100%", "request_query"), ("query-percent-one", "/data/a?a=%4", "request_query"),
    ("query-percent-odd", "/data/a?a=%4g", "request_query"), ("query-delete", "/data/a?a=\u{7f}", "request_query"), ("query-wide", "/data/a?a=\u{e4}", "request_query"), ("fragment-behind-query", "/data/a?a=1#b", "request_fragment"),
    ("slash-more", "/data/a/", "access_resource token_audience"), ("capitals", "/DATA/a", "access_resource token_audience"), ("parameter", "/data/a;v=1", "access_resource token_audience"),
    ("ending", "/data/a.json", "access_resource token_audience"), ("above", "/data", "access_resource token_audience"), ("root", "/", "access_resource token_audience"),
];

/// Every octet that may stand in a query, and such as may not, encoded.
const ALL_OF_QUERY: &str = "/data/a?a-._~!$&b/?:@%22%3c='()*+,;=&c=";

pub(super) fn book() -> Book {
    let title =
        "Data requests: the address, the method and the body that came are those that were signed";
    let mut book = Book::new("token/target", title);
    for (id, wanted) in [
        ("mended", "url_not_canonical"),
        ("hidden", "url_encoded_separator"),
        ("segments", "url_empty_segment"),
        ("star", "url_wildcard"),
        ("form", "request_target_form"),
        ("query", "request_query"),
        ("fragment", "request_fragment"),
        ("elsewhere", "access_resource token_audience"),
    ] {
        let rows = TARGETS.iter().filter(|(.., codes)| *codes == wanted);
        let requests = rows.map(|(name, target, codes)| {
            let mut request = good();
            request.target = (*target).to_owned();
            request.proof["p"] = json!(target.split(['?', '#']).next());
            (*name, request.act(), *codes)
        });
        let says = "Targets that are no address of data here, however they are read.";
        let id = format!("target-{id}");
        session(&mut book, &id, "DT-08 D16 A16 P12", says, requests);
    }
    signed(&mut book);
    covered(&mut book);
    book
}

/// Members of the proof that nearly say what the request is; the right one is granted in the end.
fn signed(book: &mut Book) {
    #[rustfmt::skip]
    let rows = [
        ("u", "proof_host_mismatch", vec!["", "source.example.", "SOURCE.example", "source.example:0443", "source.example:", "user@source.example", "https://source.example", "source.example/", "source", "source.example:443:443", "127.0.0.1", "*"]),
        ("p", "proof_path_mismatch", vec!["", "/", "data/a", "/data/a/", "/data/./a", "/DATA/a", "/data/a?", "/data/%61", "/data/*", "/data/a#", " /data/a"]),
        ("m", "proof_method_mismatch", vec!["", "get", "GET ", "HEAD", "POST", "GETS", "*"]),
    ];
    for (member, code, values) in rows {
        let mut requests = Vec::new();
        for value in values {
            let mut request = good();
            request.proof[member] = json!(value);
            requests.push((value, request.act(), code));
        }
        let mut request = good();
        request.proof = without(&request.proof, &[member]);
        let codes = "proof_not_verified json_missing_member";
        requests.push(("missing", request.act(), codes));
        let missing = requests.last().cloned();
        let says = "A part of the request is not signed at all.";
        session(
            book,
            &format!("signed-{member}-missing"),
            "HR-13 P17",
            says,
            missing,
        );
        requests.push(("good", good().act(), ""));
        let says = "Requests that are not octet for octet what was signed; the one that was is granted in the end.";
        session(
            book,
            &format!("signed-{member}"),
            "HR-13 DT-08 A16 P17",
            says,
            requests,
        );
    }
}

/// Queries and bodies.
fn covered(book: &mut Book) {
    let q = |names: &[&str], text: &str| json!([names, hash(text)]);
    #[rustfmt::skip]
    let queries = [
        ("value-twice", "/data/a?a=1&a=2", q(&["a"], "a=1"), "proof_query_not_covered"),
        ("name-encoded", "/data/a?%61=1", q(&["a"], "a=1"), "proof_query_not_covered"),
        ("semicolon", "/data/a?a=1;b=2", q(&["a", "b"], "a=1&b=2"), "proof_query_not_covered"),
        ("names-none", "/data/a?a=1", q(&[], ""), "proof_query_not_covered"),
        ("names-more", "/data/a?a=1", q(&["a", "b"], "a=1&b=2"), "proof_query_not_covered"),
        ("name-case", "/data/a?A=1", q(&["a"], "a=1"), "proof_query_not_covered"),
        ("value-turned", "/data/a?a=2&a=1", q(&["a", "a"], "a=1&a=2"), "proof_query_mismatch"),
        ("value-encoded", "/data/a?a=%31", q(&["a"], "a=1"), "proof_query_mismatch"),
        ("plus", "/data/a?a=1+2", q(&["a"], "a=1%202"), "proof_query_mismatch"),
        ("value-none", "/data/a?a", q(&["a"], "a="), "proof_query_mismatch"),
        ("good", "/data/a?a=1", q(&["a"], "a=1"), ""),
        ("good-all", ALL_OF_QUERY, q(&["a-._~!$", "b/?:@%22%3c", "c"], "a-._~!$&b/?:@%22%3c='()*+,;=&c="), ""),
    ];
    let queries = queries.map(|(name, target, q, code)| {
        let mut request = good();
        request.target = target.to_owned();
        request.proof["q"] = q;
        (name, request.act(), code)
    });
    let says = "The query that came is not the one that was signed, all of it; the last ones are.";
    session(book, "query", "HR-07 HR-14 P17", says, queries);
    #[rustfmt::skip]
    let bodies = [
        ("none-signed", None, Some("x"), "proof_body_mismatch"),
        ("line-end", Some("x\n"), Some("x"), "proof_body_mismatch"),
        ("spaced", Some("{ }"), Some("{}"), "proof_body_mismatch"),
        ("not-signed", Some("{}"), None, "proof_body_missing"),
        ("empty", None, Some(""), ""),
        ("good", Some("{}"), Some("{}"), ""),
    ];
    let bodies = bodies.map(|(name, came, signed, code)| {
        let mut request = good();
        (request.method, request.body) = ("POST", came);
        request.proof["m"] = json!("POST");
        if let Some(signed) = signed {
            request.proof["b"] = json!(hash(signed));
        }
        (name, request.act(), code)
    });
    let says =
        "The body that came is not the one that was signed; the last ones are, and one is empty.";
    session(book, "body", "HR-09 HR-14 P17", says, bodies);
}
