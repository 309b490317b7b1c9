//! Messages and keys at the border.

use super::stated;
use crate::exam::{Role, Task};
use crate::make::bench::{consent_body, first_status, link_body};
use crate::make::case::{About, Book, Stated, altered, without};
use crate::make::keys::{Key, set};
use crate::make::record::{self, OPERATOR};
use serde_json::{Value, json};

/// A kind of message: its name, who reads it, its rows, a good one, and a member that it must have.
type Kind = (
    &'static str,
    &'static [Role],
    &'static str,
    Value,
    &'static [&'static str],
);

const SERVICES: &[Role] = &[Role::Source, Role::Sink];
const OP: &[Role] = &[Role::Operator];

fn kinds() -> Vec<Kind> {
    let cr_id = record::id("sink", "consent");
    let first = first_status("sink").value();
    let surrogate = record::id("sink", "surrogate");
    vec![
        (
            "to_service",
            SERVICES,
            "CN-97 SL-57 FW-01",
            json!({ "link": link_body("sink") }),
            &["link", "ssr"],
        ),
        (
            "surrogate_offer",
            OP,
            "SL-56 SL-16 FW-01",
            json!({ "code": "code-1", "surrogate_id": surrogate, "pop_key": Key::named("sink-pop-1").jwk() }),
            &["surrogate_id"],
        ),
        (
            "countersigned",
            OP,
            "SL-56 SL-20 FW-01",
            json!({ "data": { "code": "code-1" }, "slr": record::link_of("sink").value() }),
            &["slr"],
        ),
        (
            "token_request",
            OP,
            "DT-17 DT-58 FW-01",
            json!({ "cr_id": cr_id }),
            &["cr_id"],
        ),
        (
            "token_reply",
            &[Role::Sink],
            "DT-58 FW-01",
            json!({ "auth_token": record::sealed("token", &record::token()).compact() }),
            &["auth_token"],
        ),
        (
            "status_query",
            OP,
            "CN-96 DT-57 FW-01",
            json!({ "cr_id": cr_id, "since": "status-1", "round": 3 }),
            &["cr_id"],
        ),
        (
            "status_reply",
            SERVICES,
            "CN-30 CN-41 FW-01",
            json!({ "cr_id": cr_id, "round": 3, "csr_id": "status-1", "latest": first, "missing": [first] }),
            &["latest"],
        ),
        (
            "link_copy_request",
            OP,
            "SL-35 SL-38 FW-01",
            json!({ "surrogate_id": surrogate }),
            &["surrogate_id"],
        ),
        (
            "link_removal",
            OP,
            "SL-26 SL-56 FW-01",
            json!({ "surrogate_id": surrogate, "slr_id": record::id("sink", "link") }),
            &["slr_id"],
        ),
        (
            "consent_copy",
            SERVICES,
            "CN-96 FW-01",
            json!({ "sink": consent_body("sink").1 }),
            &["sink", "cr"],
        ),
    ]
}

fn task(kind: &str, text: &str) -> Task {
    Task::Read {
        kind: kind.to_owned(),
        text: Some(text.to_owned()),
        octets: None,
    }
}

pub(super) fn messages() -> Book {
    let mut book = Book::new(
        "plain/messages",
        "Messages at the border: read strictly, or not at all",
    );
    for (kind, binds, requirements, good, member) in kinds() {
        let name = kind.replace('_', "-");
        let text = good.to_string();
        let inner = text.get(1..).unwrap();
        let deep = format!("{{\"x\":{}1{},{inner}", "[".repeat(50), "]".repeat(50));
        let many = format!("{{\"x\":[{}0],{inner}", "0,".repeat(40_000));
        #[rustfmt::skip]
        let rows = [
            ("good", "Read.", text.clone(), ""),
            ("spaced", "White space means nothing.", format!(" \n\t{text}\r\n"), ""),
            ("member-unknown", "A member that is not known is ignored.", format!("{{\"x_other\":1,{inner}"), ""),
            ("truncated", "It breaks off.", text.get(..text.len() - 1).unwrap().to_owned(), "json_syntax"),
            ("trailing", "Something follows.", format!("{text}x"), "json_syntax"),
            ("empty", "There is nothing.", String::new(), "json_syntax"),
            ("array", "An array stands for the object.", format!("[{text}]"), "json_array_for_object"),
            ("member-twice", "A member name stands twice, though nobody reads it.", format!("{{\"x\":1,\"x\":2,{inner}"), "json_duplicate_member"),
            ("nested-deep", "It is nested deeper than any message is.", deep, "json_too_deep"),
            ("member-missing", "A member that must be there is not.", without(&good, member).to_string(), "json_missing_member"),
            ("member-null", "A member is null.", altered(&good, member, Value::Null).to_string(), "json_shape"),
        ];
        for (id, says, text, code) in rows {
            // A message that is one of several has one member, and that names it.
            let is_one_of_several = matches!(kind, "to_service" | "consent_copy");
            if is_one_of_several && matches!(id, "member-unknown" | "member-twice" | "nested-deep")
            {
                continue;
            }
            let code = if is_one_of_several && id == "array" {
                "json_shape"
            } else {
                code
            };
            let id = format!("{name}-{id}");
            let about = About {
                id: &id,
                requirements,
                binds,
                says,
            };
            book.task(about, &task(kind, &text), stated(code));
        }
        if kind == "status_query" {
            let about = About {
                id: "many-values",
                requirements: "FW-01 D9",
                binds,
                says: "It has more values than any message needs.",
            };
            book.task(about, &task(kind, &many), Stated::Refused("json_too_many"));
            let octets = Task::Read {
                kind: kind.to_owned(),
                text: None,
                octets: Some(crate::base64url::encode(b"{\"cr_id\":\"\xff\xfe\"}")),
            };
            let about = About {
                id: "not-utf-8",
                requirements: "FW-01 D9",
                binds,
                says: "It is not UTF-8.",
            };
            book.task(about, &octets, Stated::Refused("json_syntax"));
        }
    }
    for (id, requirements, says, text, code) in [
        (
            "kind-unknown",
            "CN-97",
            "A message of no kind.",
            json!({ "greeting": {} }),
            "json_shape",
        ),
        (
            "kinds-two",
            "CN-97",
            "A message of two kinds.",
            json!({ "link": link_body("sink"), "link_status": {} }),
            "json_shape",
        ),
        (
            "id-with-space",
            "SL-41",
            "An id has a space in it.",
            json!({ "link_invitation": { "code": "a b", "operator_id": OPERATOR, "service_id": "sink" } }),
            "json_shape",
        ),
        (
            "id-null-word",
            "SL-41 C10",
            "An id is the word that ends a chain.",
            json!({ "link_invitation": { "code": "null", "operator_id": OPERATOR, "service_id": "sink" } }),
            "json_shape",
        ),
        (
            "id-empty",
            "SL-41",
            "An id is empty.",
            json!({ "link_invitation": { "code": "c", "operator_id": "", "service_id": "sink" } }),
            "json_shape",
        ),
    ] {
        let about = About {
            id,
            requirements,
            binds: SERVICES,
            says,
        };
        book.task(about, &task("to_service", &text.to_string()), stated(code));
    }
    book
}

pub(super) fn keys() -> Book {
    let mut book = Book::new("plain/keys", "Public keys at the border");
    let binds = &[Role::Operator, Role::Source, Role::Sink][..];
    let mut one =
        |kind: &str, id: &str, requirements: &str, says: &str, value: &Value, code: &str| {
            let about = About {
                id,
                requirements,
                binds,
                says,
            };
            book.task(about, &task(kind, &value.to_string()), stated(code));
        };
    let (ed, ec) = (Key::named("owner-2").jwk(), Key::named("owner-1").jwk());
    one("key", "ed25519", "FW-03 SL-44", "An Ed25519 key.", &ed, "");
    one("key", "p-256", "FW-03 SL-44", "A P-256 key.", &ec, "");
    one(
        "key",
        "alg-of-rfc-9864",
        "FW-03 D21",
        "The newer name of the algorithm.",
        &altered(&ed, &["alg"], json!("Ed25519")),
        "",
    );
    let short = |text: &Value| json!(text.as_str().unwrap().get(..40).unwrap());
    #[rustfmt::skip]
    let rows = [
        ("no-kid", "SL-44 SL-46 CN-84 CN-85", "The key has no id.", without(&ed, &["kid"]), "key_no_kid"),
        ("kid-path", "SL-44 SL-46", "The id of the key is a path.", altered(&ed, &["kid"], json!("../../etc/keys")), "key_kid_invalid"),
        ("private", "FW-03", "The key is a private one.", Key::named("owner-2").private().clone(), "key_private"),
        ("private-p-256", "FW-03", "The key is a private one.", Key::named("owner-1").private().clone(), "key_private"),
        ("symmetric", "FW-03", "The key is a symmetric one.", json!({ "kty": "oct", "k": "AAAA", "kid": "k" }), "key_private"),
        ("rsa", "FW-03", "The type of key is not one of the two.", json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "k" }), "key_type_unsupported"),
        ("x25519", "FW-03", "The curve is not for signatures.", altered(&ed, &["crv"], json!("X25519")), "key_type_unsupported"),
        ("short", "FW-03", "A coordinate is too short.", altered(&ed, &["x"], short(&ed["x"])), "key_coordinate"),
        ("y-missing", "FW-03", "A coordinate is missing.", without(&ec, &["y"]), "key_coordinate"),
        ("alg-other", "FW-03", "The algorithm is not that of the key.", altered(&ed, &["alg"], json!("ES256")), "key_alg_mismatch"),
        ("for-encryption", "FW-03", "The key is for encryption.", altered(&ed, &["use"], json!("enc")), "key_not_for_signing"),
        ("small-order", "FW-03", "The point has small order, and would verify anything.", altered(&ed, &["x"], json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")), "key_small_order"),
    ];
    for (id, requirements, says, value, code) in &rows {
        one("key", id, requirements, says, value, code);
        let id = format!("set-{id}");
        one(
            "key_set",
            &id,
            requirements,
            says,
            &json!({ "keys": [value] }),
            code,
        );
    }
    one(
        "key_set",
        "set",
        "FW-03 SL-45",
        "A set of two keys.",
        &set(&["owner-1", "owner-2"]),
        "",
    );
    one(
        "key_set",
        "set-empty",
        "SL-45",
        "A set without a key.",
        &json!({ "keys": [] }),
        "key_set_empty",
    );
    one(
        "key_set",
        "set-kid-twice",
        "SL-46",
        "Two keys have one id.",
        &json!({ "keys": [ed, Key::ed25519_of("stranger-1", "owner-2").jwk()] }),
        "key_duplicate_kid",
    );
    one(
        "key_set",
        "set-key-twice",
        "SL-45",
        "One key stands twice.",
        &json!({ "keys": [ed, Key::ed25519_of("owner-2", "owner-3").jwk()] }),
        "key_duplicate_key",
    );
    one(
        "key_set",
        "set-array",
        "SL-45 C04",
        "An array is no set.",
        &json!([ed]),
        "key_shape",
    );
    book
}
