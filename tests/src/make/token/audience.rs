//! Audiences: one spelling of an address or none, since the reader of URLs mends a good many.

use super::session;
use crate::exam::Task;
use crate::exam::task::Bound;
use crate::make::case::{About, Book, SERVICES, Stated, altered};
use crate::make::keys::{bits, set};
use crate::make::record;
use crate::make::token::good;
use serde_json::{Value, json};

/// Spellings that a reader of URLs mends, or that hide something, with what is done there.
#[rustfmt::skip]
const SPELLINGS: &[(&str, &str)] = &[
    ("dots", "https://source.example/data/../admin/"), ("dots-first", "https://source.example/../data/"), ("dots-last", "https://source.example/data/.."),
    ("dots-encoded", "https://source.example/data/%2e%2e/admin/"), ("dots-half-encoded", "https://source.example/data/.%2E/admin/"),
    ("dots-encoded-capital", "https://source.example/data/%2E%2E/admin/"), ("dot", "https://source.example/data/./a/"), ("dot-encoded", "https://source.example/data/%2e/a/"),
    ("slash-encoded", "https://source.example/data/..%2fadmin/"), ("slash-encoded-capital", "https://source.example/data%2Fa/"), ("backslash-encoded", "https://source.example/data%5Ca/"),
    ("backslash", "https://source.example/data\\a/"), ("backslash-for-slashes", "https:\\\\source.example\\data\\"), ("backslash-host", "https://source.example\\@stranger.example/"),
    ("tab", "https://source.example/da\tta/"), ("line-feed", "https://source.example/da\nta/"), ("return", "https://source.example/data\r/"), ("tab-in-host", "https://source\t.example/data/"),
    ("space-before", " https://source.example/data/"), ("space-within", "https://source.example/da ta/"), ("control-before", "\u{1}https://source.example/data/"), ("nul", "https://source.example/data\0/"),
    ("one-slash", "https:/source.example/data/"), ("no-slash", "https:source.example/data/"), ("three-slashes", "https:///source.example/data/"), ("no-scheme", "//source.example/data/"),
    ("port-default", "https://source.example:443/data/"), ("port-zeros", "https://source.example:0443/data/"), ("port-empty", "https://source.example:/data/"), ("port-large", "https://source.example:65536/data/"),
    ("host-capital", "https://Source.example/data/"), ("scheme-capital", "HTTPS://source.example/data/"), ("host-wide", "https://\u{ff53}ource.example/data/"), ("host-dot-wide", "https://source\u{3002}example/data/"),
    ("host-soft-hyphen", "https://sou\u{ad}rce.example/data/"), ("host-dot-encoded", "https://source%2eexample/data/"), ("host-letter-encoded", "https://s%6furce.example/data/"), ("host-cyrillic", "https://\u{455}ource.example/data/"),
    ("host-joiner", "https://sou\u{200d}rce.example/data/"), ("host-dot-last", "https://source.example./data/"), ("host-dots", "https://source..example/data/"), ("host-underscore", "https://_source.example/data/"),
    ("user", "https://source.example@stranger.example/data/"), ("user-password", "https://u:p@source.example/data/"), ("user-empty", "https://@source.example/data/"),
    ("number", "https://2130706433/data/"), ("number-short", "https://127.1/data/"), ("number-hexadecimal", "https://0x7f.1/data/"), ("number-octal", "https://0177.0.0.1/data/"), ("number-plain", "https://127.0.0.1/data/"),
    ("number-six", "https://[::1]/data/"), ("number-six-mapped", "https://[::ffff:127.0.0.1]/data/"), ("segment-empty", "https://source.example/data//a/"), ("segment-empty-first", "https://source.example//data/"), ("segment-empty-last", "https://source.example/data//"),
    ("letter-encoded", "https://source.example/d%61ta/"), ("letter-encoded-tilde", "https://source.example/%7Edata/"), ("percent-wrong", "https://source.example/data/%zz/"), ("percent-alone", "https://source.example/data/%/"),
    ("percent-nul", "https://source.example/data/%00/"), ("percent-percent", "https://source.example/data/%252e%252e/"), ("percent-lower", "https://source.example/data/%c3%a5/"), ("letter-wide", "https://source.example/d\u{e5}ta/"),
    ("bracket", "https://source.example/d[a]ta/"), ("caret", "https://source.example/d^ta/"), ("bar", "https://source.example/da|ta/"),
    ("query", "https://source.example/data/?a=1"), ("query-empty", "https://source.example/data/?"), ("fragment", "https://source.example/data/#a"), ("http", "http://source.example/data/"), ("javascript", "javascript:alert(1)"),
    ("data", "data:text/plain,a"), ("file", "file:///data/"), ("no-path", "https://source.example"), ("nothing", ""), ("word", "source"), ("urn", "urn:mydata:source"),
];

/// Stars anywhere but behind the last slash.
#[rustfmt::skip]
const STARS: &[(&str, &str)] = &[
    ("alone", "*"), ("host", "https://*/data/a"), ("label", "https://*.example/data/a"), ("within-label", "https://s*.example/data/a"), ("port", "https://source.example:*/data/a"), ("scheme", "*://source.example/data/a"),
    ("segment", "https://source.example/*/a"), ("within-segment", "https://source.example/da*"), ("two", "https://source.example/data/**"), ("two-apart", "https://source.example/*/*"), ("behind-host", "https://source.example*"), ("segment-end", "https://source.example/data*/a"),
    ("regular", "https://source.example/data/.*"), ("braces", "https://source.example/{data}/*"),
];

pub(super) fn book() -> Book {
    let title = "Audiences of tokens: spellings, stars, and what is no list of addresses";
    let mut book = Book::new("token/audience", title);
    let says = "The address is not in its one spelling: another reader would take it for another.";
    for (id, text) in SPELLINGS {
        one(
            &mut book,
            &format!("spelling-{id}"),
            says,
            json!([text]),
            "json_shape",
        );
        if text.ends_with('/') {
            let id = format!("spelling-{id}-star");
            one(
                &mut book,
                &id,
                says,
                json!([format!("{text}*")]),
                "json_shape",
            );
        }
    }
    for (id, text) in STARS {
        let says = "A star, or what stands for one elsewhere, is not at the end behind a slash.";
        one(
            &mut book,
            &format!("star-{id}"),
            says,
            json!([text]),
            "json_shape",
        );
    }
    types(&mut book);
    reach(&mut book);
    book
}

fn one(book: &mut Book, id: &str, says: &str, aud: Value, code: &str) {
    let mut payload = altered(&record::token(), &["aud"], aud);
    (payload["cr_id"], payload["jti"]) = (json!("c"), json!("j"));
    let task = Task::Verify {
        record: "token".to_owned(),
        envelope: record::sealed("token", &payload).compact(),
        keys: Bound {
            operator: Some(set(&["operator-tokens-1"])),
            ..Bound::default()
        },
    };
    let about = About {
        id,
        requirements: "DT-49 A16 P12 C54",
        binds: SERVICES,
        says,
    };
    let stated = match code {
        "" => Stated::Accepted,
        code => Stated::Refused(code),
    };
    book.task(about, &task, stated);
}

fn types(book: &mut Book) {
    let address = record::address("a");
    let many = |count: usize| -> Value {
        (0..count)
            .map(|n| format!("https://h.example/{n}"))
            .collect()
    };
    let long = |count: usize| {
        json!([
            format!("https://h.example/{}", "a".repeat(1500)),
            format!("https://h.example/{}", "b".repeat(count))
        ])
    };
    let no = "The audience is not a list of addresses.";
    #[rustfmt::skip]
    let rows = [
        ("null", no, Value::Null, "json_shape"),
        ("number", no, json!(1), "json_shape"),
        ("true", no, json!(true), "json_shape"),
        ("object", no, json!({ "url": address }), "json_shape"),
        ("of-null", no, json!([null]), "json_shape"),
        ("of-number", no, json!([1]), "json_shape"),
        ("of-array", no, json!([[address]]), "json_shape"),
        ("of-object", no, json!([{ "url": address }]), "json_shape"),
        ("good-and-null", no, json!([address, null]), "json_shape"),
        ("good-and-bad", "One address of two is in another spelling.", json!([address, "https://source.example/data/../b"]), "json_shape"),
        ("twice", "An address stands twice.", json!([address, address]), "json_shape"),
        ("pattern-twice", "A pattern stands twice.", json!(["https://source.example/*", "https://source.example/*"]), "json_shape"),
        ("largest", "64 addresses.", many(64), ""),
        ("larger", "65 addresses.", many(65), "json_shape"),
        ("longest", "As many characters as all addresses may have.", long(3072 - 1500 - 36), ""),
        ("longer", "One character too many.", long(3073 - 1500 - 36), "json_shape"),
        ("port", "A port that is not the usual one.", json!(["https://source.example:8443/data/*"]), ""),
        ("root", "The root of a host.", json!(["https://source.example/"]), ""),
        ("root-pattern", "All of a host.", json!(["https://source.example/*"]), ""),
        ("international", "A name of other letters, in its one spelling.", json!(["https://xn--vkk-qla.example/data/*"]), ""),
        ("encoded", "A letter that cannot stand in a path, in its one spelling.", json!(["https://source.example/d%C3%A5ta/a"]), ""),
    ];
    for (id, says, aud, code) in rows {
        one(book, &format!("type-{id}"), says, aud, code);
    }
}

/// Which addresses an audience reaches.
fn reach(book: &mut Book) {
    #[rustfmt::skip]
    let rows = [
        ("below", json!(["https://source.example/*"]), ""),
        ("second", json!([record::address("b"), record::address("a")]), ""),
        ("slash-more", json!(["https://source.example/data/a/"]), "token_audience"),
        ("below-itself", json!(["https://source.example/data/a/*"]), "token_audience"),
        ("segment-cut", json!(["https://source.example/dat/*"]), "token_audience"),
        ("other-port", json!(["https://source.example:8443/*"]), "token_audience"),
        ("host-longer", json!(["https://source.example.stranger.example/*"]), "token_audience"),
        ("host-below", json!(["https://www.source.example/*"]), "token_audience"),
        ("host-above", json!(["https://example/*"]), "token_audience"),
        ("case", json!(["https://source.example/Data/*"]), "token_audience"),
    ];
    for (id, says, wanted) in [
        ("reach", "Audiences that reach the address.", ""),
        (
            "reach-not",
            "Audiences that nearly reach the address.",
            "token_audience",
        ),
    ] {
        let rows = rows.iter().filter(|(.., code)| *code == wanted);
        let requests = rows.map(|(name, aud, code)| {
            let mut request = good();
            request.token["aud"] = aud.clone();
            request.proof["nonce"] = json!(bits(name));
            (*name, request.act(), *code)
        });
        session(book, id, "DT-42 DT-49 A16 P12 C54", says, requests);
    }
}
