//! The JSON forms: closed objects, one form at a time, nothing unprotected but a key id.

use super::{Family, Subject};
use crate::make::case::{Book, altered, without};
use crate::make::forge::Jws;
use crate::make::keys::Key;
use crate::make::record;
use serde_json::{Value, json};

/// An envelope as JSON text, and the code.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    String,
    &'static str,
);

pub(super) fn book() -> Book {
    let title =
        "The flattened and the general form: what is missing, doubled, mixed or unprotected";
    let mut family = Family::new("jose/form", title, "FW-02");
    for subject in [Subject::status(), Subject::notification()] {
        let good = subject.sealed();
        let rows = [
            parts(&good),
            mixed(&good),
            doubled(&good),
            documents(&good),
            unprotected(&good),
        ];
        for (id, more, says, text, code) in rows.into_iter().flatten() {
            family.text(&subject, id, more, says, &text, code);
        }
        alone_unprotected(&mut family, &subject);
    }
    family.into_book()
}

/// The general form of the same.
fn general(jws: &Jws) -> Value {
    let part = without(&jws.flat_value(), &["payload"]);
    json!({ "payload": jws.payload, "signatures": [part] })
}

fn parts(good: &Jws) -> Vec<Row> {
    let (flat, general) = (good.flat_value(), general(good));
    let missing = "A part is missing.";
    let kind = "A part is of another type.";
    let row = |id, says, value: Value, code| (id, "A12", says, value.to_string(), code);
    let many = |count: usize| {
        let part = &general["signatures"][0];
        altered(&general, &["signatures"], json!(vec![part; count]))
    };
    #[rustfmt::skip]
    let rows = vec![
        row("payload-missing", missing, without(&flat, &["payload"]), "json_missing_member"),
        row("protected-missing", missing, without(&flat, &["protected"]), "jws_malformed"),
        row("signature-missing", missing, without(&flat, &["signature"]), "jws_malformed"),
        row("general-payload-missing", missing, without(&general, &["payload"]), "json_missing_member"),
        row("general-protected-missing", missing, without(&general, &["signatures", "0", "protected"]), "json_missing_member"),
        row("general-signature-missing", missing, without(&general, &["signatures", "0", "signature"]), "json_missing_member"),
        row("payload-null", kind, altered(&flat, &["payload"], Value::Null), "json_shape"),
        row("protected-null", kind, altered(&flat, &["protected"], Value::Null), "json_shape"),
        row("signature-null", kind, altered(&flat, &["signature"], Value::Null), "json_shape"),
        row("signatures-null", kind, altered(&general, &["signatures"], Value::Null), "json_shape"),
        row("signatures-null-beside", kind, altered(&flat, &["signatures"], Value::Null), "json_shape"),
        row("payload-object", "The payload stands as JSON and not as base64url.", altered(&flat, &["payload"], json!({ "iat": 1 })), "json_shape"),
        row("protected-object", "The header stands as JSON and not as base64url.", altered(&flat, &["protected"], json!({ "alg": "none" })), "json_shape"),
        row("payload-number", kind, altered(&flat, &["payload"], json!(1)), "json_shape"),
        row("signature-false", kind, altered(&flat, &["signature"], json!(false)), "json_shape"),
        row("signature-list", kind, altered(&flat, &["signature"], json!([flat["signature"]])), "json_shape"),
        row("signatures-object", kind, altered(&general, &["signatures"], general["signatures"][0].clone()), "json_shape"),
        row("signatures-text", kind, altered(&general, &["signatures"], json!(flat["signature"])), "json_shape"),
        row("signatures-of-text", kind, altered(&general, &["signatures"], json!([flat["signature"]])), "json_shape"),
        row("signatures-of-array", "A part is an array of its values.", altered(&general, &["signatures"], json!([[flat["protected"], flat["signature"]]])), "json_array_for_object"),
        row("signatures-none", "The list of signatures is empty.", altered(&general, &["signatures"], json!([])), "jws_malformed"),
        row("signatures-two", "One signature stands twice, where one belongs.", many(2), "jws_signer_set"),
        row("signatures-four", "Four signatures are read, and are three too many.", many(4), "jws_signer_set"),
        row("signatures-five", "Five signatures are more than anything has.", many(5), "jws_malformed"),
        row("general", "One signature in the general form.", general.clone(), ""),
    ];
    rows
}

fn mixed(good: &Jws) -> Vec<Row> {
    let (flat, general) = (good.flat_value(), general(good));
    let signatures = &general["signatures"];
    let says = "Members of both forms stand together.";
    let row = |id, value: Value| (id, "A12", says, value.to_string(), "jws_mixed_forms");
    #[rustfmt::skip]
    let rows = vec![
        row("both-whole", altered(&flat, &["signatures"], signatures.clone())),
        row("both-protected", altered(&general, &["protected"], flat["protected"].clone())),
        row("both-signature", altered(&general, &["signature"], flat["signature"].clone())),
        row("both-signature-empty", altered(&general, &["signature"], json!(""))),
        row("both-header", altered(&general, &["header"], json!({ "kid": "owner-1" }))),
        row("both-signatures-many", altered(&flat, &["signatures"], json!(vec![&signatures[0]; 5]))),
    ];
    rows
}

fn doubled(good: &Jws) -> Vec<Row> {
    let flat = good.flat_value().to_string();
    let general = general(good).to_string();
    let inner = flat.get(1..).unwrap();
    let twice = "A member stands twice: two readers would read two envelopes.";
    let escaped = "A member stands twice, once with an escape in its name.";
    let code = "json_duplicate_member";
    let part = "{\"protected\":\"e30\",";
    #[rustfmt::skip]
    let rows = vec![
        ("payload-twice", "A6 P6", twice, format!("{{\"payload\":\"e30\",{inner}"), code),
        ("payload-twice-behind", "A6 P6", twice, format!("{},\"payload\":\"e30\"}}", flat.get(..flat.len() - 1).unwrap()), code),
        ("payload-twice-escaped", "A6 P6", escaped, format!("{{\"\\u0070ayload\":\"e30\",{inner}"), code),
        ("protected-twice", "A6", twice, format!("{{\"protected\":\"e30\",{inner}"), code),
        ("protected-twice-escaped", "A6", escaped, format!("{{\"\\u0070\\u0072otected\":\"e30\",{inner}"), code),
        ("signature-twice", "A6", twice, format!("{{\"signature\":\"\",{inner}"), code),
        ("header-twice", "A6 A10", twice, format!("{{\"header\":{{\"kid\":\"a\"}},\"header\":{{\"kid\":\"b\"}},{inner}"), code),
        ("header-kid-twice", "A6 A10", twice, format!("{{\"header\":{{\"kid\":\"a\",\"kid\":\"b\"}},{inner}"), code),
        ("signatures-twice", "A6", twice, format!("{{\"signatures\":[],{}", general.get(1..).unwrap()), code),
        ("part-twice", "A6", twice, general.replacen("[{", &format!("[{part}"), 1), code),
    ];
    rows
}

fn documents(good: &Jws) -> Vec<Row> {
    let text = good.text();
    let inner = text.get(1..).unwrap();
    let deep = |depth: usize| {
        format!(
            "{{\"header\":{}1{},{inner}",
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    #[rustfmt::skip]
    let rows = vec![
        ("array", "A7", "The envelope stands in an array.", format!("[{text}]"), "json_array_for_object"),
        ("array-empty", "A7", "An array with nothing in it.", "[]".to_owned(), "json_array_for_object"),
        ("string", "A7", "The envelope is a string.", json!(text).to_string(), "json_shape"),
        ("null", "A7", "Null.", "null".to_owned(), "json_shape"),
        ("empty-object", "A12", "An empty object.", "{}".to_owned(), "json_missing_member"),
        ("nothing", "A12", "There is nothing.", String::new(), "json_syntax"),
        ("compact", "A12", "The compact form stands where JSON belongs.", good.compact(), "json_syntax"),
        ("two", "A12", "Two envelopes, one behind the other.", format!("{text}{text}"), "json_syntax"),
        ("mark", "A12", "A byte order mark stands before it.", format!("\u{feff}{text}"), "json_syntax"),
        ("member-unknown", "A12", "A member that no envelope has.", format!("{{\"x\":1,{inner}"), "json_shape"),
        ("member-alg", "A1 A12", "The algorithm stands in the envelope itself.", format!("{{\"alg\":\"none\",{inner}"), "json_shape"),
        ("member-of-encryption", "A12", "A member of an encrypted message.", format!("{{\"ciphertext\":\"\",{inner}"), "json_shape"),
        ("name-capital", "A12", "The name of a part in capitals.", text.replace("\"payload\"", "\"Payload\""), "json_shape"),
        ("header-array", "A9 A10", "The unprotected header is an array.", deep(1), "json_array_for_object"),
        ("spaced", "A12", "White space means nothing.", format!(" \t{}\r\n", text.replace(',', " , ")), ""),
        ("name-escaped", "A12", "A name with an escape in it is the same name.", text.replace("\"payload\"", "\"p\\u0061yload\""), ""),
    ];
    rows
}

fn unprotected(good: &Jws) -> Vec<Row> {
    let flat = good.flat_value();
    let row = |id, says, header: Value, code| {
        let value = altered(&flat, &["header"], header);
        (id, "A10 D12", says, value.to_string(), code)
    };
    let key = "The unprotected header has more than a key id.";
    let kind = "The unprotected header is none.";
    let jwk = Key::named("stranger-1").jwk();
    #[rustfmt::skip]
    let rows = vec![
        row("header-alg", key, json!({ "alg": "none" }), "json_shape"),
        row("header-jwk", key, json!({ "jwk": jwk }), "json_shape"),
        row("header-jku", key, json!({ "jku": "https://stranger.example/" }), "json_shape"),
        row("header-crit", key, json!({ "crit": ["exp"] }), "json_shape"),
        row("header-b64", key, json!({ "b64": false }), "json_shape"),
        row("header-typ", key, json!({ "typ": "mydata-csr+json" }), "json_shape"),
        row("header-kid-and-alg", key, json!({ "alg": "none", "kid": "owner-1" }), "json_shape"),
        row("header-kid-and-jwk", key, json!({ "jwk": jwk, "kid": "owner-1" }), "json_shape"),
        row("header-kid-and-unknown", key, json!({ "kid": "owner-1", "x": 1 }), "json_shape"),
        row("header-empty", "The unprotected header is empty.", json!({}), "json_missing_member"),
        row("header-null", kind, Value::Null, "json_shape"),
        row("header-text", kind, json!("owner-1"), "json_shape"),
        row("header-kid-null", kind, json!({ "kid": null }), "json_shape"),
        row("header-kid-number", kind, json!({ "kid": 1 }), "json_shape"),
        row("header-kid-list", kind, json!({ "kid": ["owner-1"] }), "json_shape"),
        row("header-kid-path", "The key id of the unprotected header is a path.", json!({ "kid": "../owner-1" }), "json_shape"),
        row("header-kid-empty", "The key id of the unprotected header is empty.", json!({ "kid": "" }), "json_shape"),
        row("header-kid-other", "The headers name two keys.", json!({ "kid": "stranger-1" }), "jws_kid_twice"),
    ];
    rows
}

/// Members that stand in the unprotected header *only*, where earlier libraries found them.
fn alone_unprotected(family: &mut Family, subject: &Subject) {
    let sealed = |protected: &Value, header: Value| {
        let mut jws = subject.with_header(protected);
        jws.signatures.first_mut().unwrap().header = Some(header);
        jws
    };
    let (alg, kid, typ) = (
        subject.key.alg(),
        subject.key.kid(),
        record::typ(subject.name),
    );
    #[rustfmt::skip]
    let rows = [
        ("only-alg", "The algorithm stands in the unprotected header only.", sealed(&json!({ "kid": kid, "typ": typ }), json!({ "alg": alg })), "json_shape"),
        ("only-typ", "The kind of record stands in the unprotected header only.", sealed(&json!({ "alg": alg, "kid": kid }), json!({ "typ": typ })), "json_shape"),
        ("only-all", "All members stand in the unprotected header.", sealed(&json!({}), json!({ "alg": alg, "kid": kid, "typ": typ })), "json_shape"),
        ("only-kid-empty-protected", "Only the key id stands somewhere.", sealed(&json!({}), json!({ "kid": kid })), "jws_alg_unsupported"),
        ("only-kid-none", "The key id is unprotected, and the algorithm `none`.", sealed(&json!({ "alg": "none", "typ": typ }), json!({ "kid": kid })), "jws_alg_unsupported"),
        ("only-kid-crit", "The key id is unprotected, and an extension is demanded.", sealed(&json!({ "alg": alg, "typ": typ, "crit": ["exp"] }), json!({ "kid": kid })), "jws_crit"),
        ("only-kid-stranger", "The key id is unprotected and that of a stranger.", sealed(&json!({ "alg": alg, "typ": typ }), json!({ "kid": "stranger-1" })), "jws_kid_unknown"),
        ("only-kid", "The key id stands in the unprotected header only: the signature is by that key.", sealed(&json!({ "alg": alg, "typ": typ }), json!({ "kid": kid })), ""),
    ];
    for (id, says, jws, code) in rows {
        family.jws(subject, id, "A10 D12", says, &jws, code);
    }
    let mut jws = subject.sealed();
    let part = jws.signatures.first_mut().unwrap();
    part.protected = String::new();
    part.header = Some(json!({ "kid": kid }));
    let says = "There is no protected header, only an unprotected one.";
    family.jws(subject, "protected-empty", "A10", says, &jws, "json_syntax");
}
