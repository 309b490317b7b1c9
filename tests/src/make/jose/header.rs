//! Protected headers: closed, so that nothing in one can ask for anything.

use super::{Family, Subject};
use crate::base64url;
use crate::make::case::Book;
use crate::make::keys::Key;
use serde_json::{Value, json};

/// A member put before the three that must be there: as JSON text, so that it can be anything.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    String,
    &'static str,
);

pub(super) fn book() -> Book {
    let title =
        "Protected headers: keys of their own, extensions, members that nobody knows, and no JSON";
    let mut family = Family::new("jose/header", title, "FW-02 D9");
    for subject in Subject::two() {
        let header = subject.header().to_string();
        let inner = header.get(1..).unwrap();
        for (id, more, says, member, code) in members(&subject).into_iter().chain(extensions()) {
            let jws = subject.with_header_text(format!("{{{member},{inner}").as_bytes());
            family.jws(&subject, id, more, says, &jws, code);
        }
        for (id, says, name) in UNKNOWN {
            let jws = subject.with_header_text(format!("{{{}:1,{inner}", json!(name)).as_bytes());
            let code = "jws_header_unknown_member";
            family.jws(
                &subject,
                &format!("unknown-{id}"),
                "A4 A5",
                says,
                &jws,
                code,
            );
        }
        for (id, more, says, octets, code) in documents(&header) {
            family.jws(
                &subject,
                id,
                more,
                says,
                &subject.with_header_text(&octets),
                code,
            );
        }
        types(&mut family, &subject);
    }
    family.into_book()
}

/// Keys that a header brings or names.
fn members(subject: &Subject) -> Vec<Row> {
    let own = subject.key.jwk();
    let stranger = Key::named("stranger-1").jwk();
    let code = "jws_key_in_header";
    let key = "The header brings a key.";
    let address = "The header names the address of a key.";
    let certificate = "The header brings a certificate.";
    let print = "The header names a certificate by its print.";
    #[rustfmt::skip]
    let rows: Vec<Row> = vec![
        ("jwk-own", "A4 P2 P3 D22", "The header brings the key that is bound: also that.", format!("\"jwk\":{own}"), code),
        ("jwk-stranger", "A4 P2 P3 D22", key, format!("\"jwk\":{stranger}"), code),
        ("jwk-null", "A4 D22", "`jwk` is null, and there.", "\"jwk\":null".to_owned(), code),
        ("jwk-empty", "A4 D22", key, "\"jwk\":{}".to_owned(), code),
        ("jwk-text", "A4 D22", key, "\"jwk\":\"k\"".to_owned(), code),
        ("jku", "A4 P1 P20 D22", address, "\"jku\":\"https://stranger.example/jwks.json\"".to_owned(), code),
        ("jku-local", "A4 P20 D22", address, "\"jku\":\"http://127.0.0.1:8080/admin\"".to_owned(), code),
        ("jku-file", "A4 P20 D22", address, "\"jku\":\"file:///etc/passwd\"".to_owned(), code),
        ("jku-null", "A4 D22", address, "\"jku\":null".to_owned(), code),
        ("jku-list", "A4 D22", address, "\"jku\":[\"https://stranger.example/\"]".to_owned(), code),
        ("x5u", "A4 P20 D22", address, "\"x5u\":\"https://stranger.example/chain.pem\"".to_owned(), code),
        ("x5u-empty", "A4 D22", address, "\"x5u\":\"\"".to_owned(), code),
        ("x5c", "A4 D22", certificate, "\"x5c\":[\"MIIB\"]".to_owned(), code),
        ("x5c-empty", "A4 D22", certificate, "\"x5c\":[]".to_owned(), code),
        ("x5c-null", "A4 D22", certificate, "\"x5c\":null".to_owned(), code),
        ("x5t", "A4 D22", print, "\"x5t\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\"".to_owned(), code),
        ("x5t-number", "A4 D22", print, "\"x5t\":0".to_owned(), code),
        ("x5t-s256", "A4 D22", print, "\"x5t#S256\":\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\"".to_owned(), code),
        ("x5t-s256-false", "A4 D22", print, "\"x5t#S256\":false".to_owned(), code),
        ("jwk-escaped", "A4 A6 D22", "The name of the member is written with an escape.", "\"jw\\u006b\":{}".to_owned(), code),
        ("jwk-and-jku", "A4 D22", "A key and its address.", "\"jwk\":{},\"jku\":\"https://stranger.example/\"".to_owned(), code),
    ];
    rows
}

/// Extensions that nobody understands, also those whose names are known elsewhere.
#[rustfmt::skip]
fn extensions() -> Vec<Row> {
    let crit = "The header demands that something be understood: nothing can be demanded here.";
    let plain = "The header says that the payload is not base64url.";
    let nested = "The header says what the payload is.";
    let rows: [(&'static str, &'static str, &'static str, &'static str, &'static str); 26] = [
        ("crit-empty", "A5", crit, "\"crit\":[]", "jws_crit"),
        ("crit-null", "A5", crit, "\"crit\":null", "jws_crit"),
        ("crit-false", "A5", crit, "\"crit\":false", "jws_crit"),
        ("crit-text", "A5", crit, "\"crit\":\"kid\"", "jws_crit"),
        ("crit-object", "A5", crit, "\"crit\":{}", "jws_crit"),
        ("crit-alg", "A5", crit, "\"crit\":[\"alg\"]", "jws_crit"),
        ("crit-typ", "A5", crit, "\"crit\":[\"typ\",\"kid\"]", "jws_crit"),
        ("crit-exp", "A5", crit, "\"crit\":[\"exp\"]", "jws_crit"),
        ("crit-itself", "A5", crit, "\"crit\":[\"crit\"]", "jws_crit"),
        ("crit-absent-member", "A5", crit, "\"crit\":[\"bork\"]", "jws_crit"),
        ("crit-nothing", "A5", crit, "\"crit\":[\"\"]", "jws_crit"),
        ("crit-same-twice", "A5", crit, "\"crit\":[\"b64\",\"b64\"]", "jws_crit"),
        ("crit-numbers", "A5", crit, "\"crit\":[1,2]", "jws_crit"),
        ("crit-escaped", "A5 A6", crit, "\"cr\\u0069t\":[\"exp\"]", "jws_crit"),
        ("crit-before-key", "A4 A5", "An extension and a key: the extension is told.", "\"jwk\":{},\"crit\":[\"jwk\"]", "jws_crit"),
        ("b64-false", "A15", plain, "\"b64\":false", "jws_crit"),
        ("b64-true", "A15", "The header says that the payload is base64url, in words of an extension.", "\"b64\":true", "jws_crit"),
        ("b64-null", "A15", plain, "\"b64\":null", "jws_crit"),
        ("b64-text", "A15", plain, "\"b64\":\"false\"", "jws_crit"),
        ("b64-crit-true", "A5 A15", plain, "\"b64\":true,\"crit\":[\"b64\"]", "jws_crit"),
        ("cty-lower", "A14", nested, "\"cty\":\"jwt\"", "jws_nested"),
        ("cty-type", "A14", nested, "\"cty\":\"application/json\"", "jws_nested"),
        ("cty-empty", "A14", nested, "\"cty\":\"\"", "jws_nested"),
        ("cty-null", "A14", nested, "\"cty\":null", "jws_nested"),
        ("cty-list", "A14", nested, "\"cty\":[\"JWT\"]", "jws_nested"),
        ("crit-critical", "A5", "The header demands it under the name that one library looks for.", "\"critical\":[\"exp\"]", "jws_header_unknown_member"),
    ];
    rows.into_iter().map(|(id, more, says, member, code)| (id, more, says, member.to_owned(), code)).collect()
}

/// Names that no header here has.
#[rustfmt::skip]
const UNKNOWN: &[(&str, &str, &str)] = &[
    ("zip", "Compression.", "zip"), ("enc", "A member of encryption.", "enc"), ("epk", "A member of encryption.", "epk"),
    ("iv", "A member of encryption.", "iv"), ("p2c", "A member of encryption, to make work.", "p2c"),
    ("url", "A member of another protocol.", "url"), ("nonce", "A member of another protocol.", "nonce"),
    ("exp", "A claim in the header.", "exp"), ("iss", "A claim in the header.", "iss"),
    ("svt", "A token of another kind.", "svt"), ("ppt", "A token of another kind.", "ppt"), ("trust-chain", "A chain of others.", "trust_chain"),
    ("empty", "A name of no characters.", ""), ("jwk-capital", "The name of a key in capitals.", "JWK"), ("crit-capital", "The name of an extension in capitals.", "Crit"),
    ("x5t-lower", "The name of a print in lower case.", "x5t#s256"), ("alg-space", "A name with a space behind it.", "alg "),
    ("kid-nul", "A name with a NUL in it.", "kid\0"), ("typ-capital", "A name in capitals.", "TYP"), ("proto", "A name that means something in another language.", "__proto__"),
];

/// Headers that are no JSON object of one spelling.
fn documents(
    header: &str,
) -> Vec<(
    &'static str,
    &'static str,
    &'static str,
    Vec<u8>,
    &'static str,
)> {
    let inner = header.get(1..).unwrap();
    let body = header.get(1..header.len() - 1).unwrap();
    let text = |text: String| text.into_bytes();
    let utf16: Vec<u8> = header.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let many = |count: usize| vec!["0"; count].join(",");
    let twice = "A member stands twice.";
    let escaped = "A member stands twice, once with an escape in its name.";
    #[rustfmt::skip]
    let rows = vec![
        ("alg-twice", "A6", twice, text(format!("{{\"alg\":\"none\",{inner}")), "json_duplicate_member"),
        ("alg-twice-equal", "A6", twice, text(format!("{{{body},{inner}")), "json_duplicate_member"),
        ("kid-twice", "A6", twice, text(format!("{{\"kid\":\"stranger-1\",{inner}")), "json_duplicate_member"),
        ("typ-twice", "A6 A13", twice, text(format!("{{\"typ\":\"JWT\",{inner}")), "json_duplicate_member"),
        ("alg-twice-escaped", "A6", escaped, text(format!("{{\"\\u0061lg\":\"none\",{inner}")), "json_duplicate_member"),
        ("kid-twice-escaped", "A6", escaped, text(format!("{{\"k\\u0069d\":\"k\",{inner}")), "json_duplicate_member"),
        ("typ-twice-escaped", "A6 A13", escaped, text(format!("{{\"t\\u0079p\":\"JWT\",{inner}")), "json_duplicate_member"),
        ("crit-twice", "A5 A6", twice, text(format!("{{\"crit\":[],\"crit\":[],{inner}")), "json_duplicate_member"),
        ("jwk-twice", "A4 A6", twice, text(format!("{{\"jwk\":1,\"jwk\":2,{inner}")), "json_duplicate_member"),
        ("twice-inside", "A6", "A member stands twice inside a member that is refused anyhow.", text(format!("{{\"jwk\":{{\"a\":1,\"a\":2}},{inner}")), "json_duplicate_member"),
        ("array", "A7", "The header is an array of the three values.", text("[\"EdDSA\",\"k\",\"t\"]".to_owned()), "json_array_for_object"),
        ("array-of-one", "A7", "The header stands in an array.", text(format!("[{header}]")), "json_array_for_object"),
        ("string", "A7", "The header is a string.", text(serde_json::to_string(header).unwrap()), "jws_header_unknown_member"),
        ("number", "A7", "The header is a number.", text("1".to_owned()), "jws_header_unknown_member"),
        ("null", "A7", "The header is null.", text("null".to_owned()), "jws_header_unknown_member"),
        ("empty-object", "A1", "The header is an empty object.", text("{}".to_owned()), "jws_alg_unsupported"),
        ("truncated", "A6", "The header breaks off.", text(header.get(..header.len() - 1).unwrap().to_owned()), "json_syntax"),
        ("trailing", "A6", "Something follows the header.", text(format!("{header}{{}}")), "json_syntax"),
        ("comma-behind", "A6", "A comma stands behind the last member.", text(format!("{{{body},}}")), "json_syntax"),
        ("comment", "A6", "A comment stands in the header.", text(format!("{{/**/{inner}")), "json_syntax"),
        ("single-quotes", "A6", "Names stand in single quotes.", text(header.replace('"', "'")), "json_syntax"),
        ("mark", "A6", "A byte order mark stands before it.", text(format!("\u{feff}{header}")), "json_syntax"),
        ("utf-16", "A6", "It is not UTF-8 but UTF-16.", utf16, "json_syntax"),
        ("not-utf-8", "A6", "It is not UTF-8.", [b"{\"x5u\":\"\xff\",", inner.as_bytes()].concat(), "json_syntax"),
        ("surrogate", "A6", "Half a character is written as an escape.", text(format!("{{\"jku\":\"\\ud800\",{inner}")), "json_syntax"),
        ("control", "A6", "A control character stands in a string as it is.", text(format!("{{\"jku\":\"a\u{1}\",{inner}")), "json_syntax"),
        ("nan", "A6", "A number is none.", text(format!("{{\"b64\":NaN,{inner}")), "json_syntax"),
        ("number-too-large", "A6", "A number is too large for any reader.", text(format!("{{\"b64\":1e999,{inner}")), "json_syntax"),
        ("deep", "A9", "It is nested four deep.", text(format!("{{\"crit\":[[[1]]],{inner}")), "json_too_deep"),
        ("three-deep", "A5", "It is nested three deep, and that is read.", text(format!("{{\"crit\":[[1]],{inner}")), "jws_crit"),
        ("many", "A9", "It has more values than any header needs.", text(format!("{{\"crit\":[{}],{inner}", many(65))), "json_too_many"),
        ("spaced", "A6", "White space means nothing.", text(format!(" {{ {} }}\r\n", body.replace(',', " ,\t"))), ""),
        ("escaped-names", "A6", "Names with escapes in them are the same names.", text(header.replace("\"alg\"", "\"\\u0061lg\"").replace("\"kid\"", "\"ki\\u0064\"")), ""),
    ];
    rows
}

/// Members that are known, with values of other types.
fn types(family: &mut Family, subject: &Subject) {
    let code = "jws_header_unknown_member";
    for name in ["alg", "kid", "typ"] {
        let right = subject.header()[name].clone();
        for (id, value) in [
            ("number", json!(1)),
            ("true", json!(true)),
            ("array", json!([right])),
            ("object", json!({ "value": right })),
        ] {
            let mut header = subject.header();
            header[name] = value;
            let says = "A member has a value of another type.";
            let jws = subject.with_header(&header);
            family.jws(subject, &format!("{name}-{id}"), "A7", says, &jws, code);
        }
    }
    for (name, code) in [("kid", code), ("typ", "jws_typ_missing")] {
        let mut header = subject.header();
        header[name] = Value::Null;
        let says = "A member is null: for `kid` that is no value, for `typ` it is as good as none.";
        family.jws(
            subject,
            &format!("{name}-null"),
            "A7",
            says,
            &subject.with_header(&header),
            code,
        );
    }
    let encoded = base64url::encode(subject.header().to_string().as_bytes());
    let says = "The header was encoded twice.";
    let jws = subject.with_header_text(encoded.as_bytes());
    family.jws(subject, "encoded-twice", "A8", says, &jws, "json_syntax");
}
