//! What is signed: one JSON object of one meaning, with whole seconds for times.

use super::{Family, Subject};
use crate::base64url;
use crate::make::case::{Book, altered};
use crate::make::record::START;
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "Signed payloads: members twice, arrays for objects, numbers that are no times, other documents";
    let mut family = Family::new("jose/payload", title, "FW-01 D9");
    for (subject, members) in [
        (Subject::token(), &["exp", "nbf", "iat"][..]),
        (Subject::request(), &["ts"]),
        (Subject::status(), &["iat"]),
        (Subject::notification(), &["iat"]),
    ] {
        for (at, member) in members.iter().enumerate() {
            // The same reader reads them all: a third of the texts is enough for the others.
            let is_first = at == 0 && subject.name != "data_request";
            times(&mut family, &subject, member, if is_first { 1 } else { 3 });
        }
        twice(&mut family, &subject);
        if subject.name != "data_request" {
            documents(&mut family, &subject);
        }
        limits(&mut family, &subject);
    }
    for subject in [Subject::token(), Subject::notification()] {
        arrays(&mut family, &subject);
    }
    octets_kept(&mut family);
    family.into_book()
}

/// Texts that stand for a time, and what they are.
#[rustfmt::skip]
const NUMBERS: &[(&str, &str, &str, &str)] = &[
    ("fraction", "A fraction, as one library writes times.", "1736236800.5", "json_shape"),
    ("fraction-zero", "A fraction of nothing.", "1736236800.0", "json_shape"),
    ("exponent", "An exponent.", "1.7362368e9", "json_shape"),
    ("exponent-whole", "An exponent of a whole number.", "17362368e2", "json_shape"),
    ("negative", "A time before 1970.", "-1", "json_shape"),
    ("negative-zero", "Less than nothing.", "-0", "json_shape"),
    ("milliseconds", "Milliseconds, far beyond the year 9999.", "1736236800000", "json_shape"),
    ("year-10000", "The first second of the year 10000.", "253402300800", "json_shape"),
    ("i64-largest", "The largest number of 63 bits.", "9223372036854775807", "json_shape"),
    ("i64-smallest", "The smallest number of 64 bits.", "-9223372036854775808", "json_shape"),
    ("u64-largest", "The largest number of 64 bits.", "18446744073709551615", "json_shape"),
    ("u64-overflow", "One more than the largest number of 64 bits.", "18446744073709551616", "json_shape"),
    ("wraps-around", "A number that is the right time when it wraps around at 64 bits.", "18446744075445788416", "json_shape"),
    ("e18", "A thousand million million million.", "1e18", "json_shape"),
    ("e300", "A number with three hundred digits.", "1e300", "json_shape"),
    ("digits-300", "Three hundred digits.", "DIGITS300", "json_shape"),
    ("digits-400", "Four hundred digits: more than any reader holds.", "DIGITS400", "json_syntax"),
    ("e999", "More than any reader holds.", "1e999", "json_syntax"),
    ("tiny", "Nearly nothing.", "1e-300", "json_shape"),
    ("text", "A string of digits.", "\"1736236800\"", "json_shape"),
    ("text-empty", "An empty string.", "\"\"", "json_shape"),
    ("text-date", "A date as people write it.", "\"2025-01-07T08:00:00Z\"", "json_shape"),
    ("null", "Null.", "null", "json_shape"),
    ("true", "A truth value.", "true", "json_shape"),
    ("array", "A time in an array.", "[1736236800]", "json_shape"),
    ("array-empty", "An empty array.", "[]", "json_shape"),
    ("object", "An empty object.", "{}", "json_shape"),
    ("zeros-before", "A zero before it.", "01736236800", "json_syntax"),
    ("plus", "A plus before it.", "+1736236800", "json_syntax"),
    ("point-first", "A point before it.", ".5", "json_syntax"),
    ("point-last", "A point behind it.", "1736236800.", "json_syntax"),
    ("hexadecimal", "Hexadecimal digits.", "0x677cdd80", "json_syntax"),
    ("underscores", "Digits in groups.", "1_736_236_800", "json_syntax"),
    ("nan", "Not a number.", "NaN", "json_syntax"),
    ("infinity", "No end.", "Infinity", "json_syntax"),
    ("missing", "Nothing stands there.", "", "json_syntax"),
    ("two-points", "A number with two points: before the second it is a fraction, and that is the first fault.", "1.0.0", "json_shape"),
    ("exponent-empty", "An exponent of no digits.", "1e", "json_syntax"),
];

fn times(family: &mut Family, subject: &Subject, member: &str, step: usize) {
    let payload = subject.payload.to_string();
    let right = format!("\"{member}\":{}", subject.payload[member]);
    assert!(payload.contains(&right), "{member}");
    for (id, says, text, code) in NUMBERS.iter().step_by(step) {
        let number = match *text {
            "DIGITS300" => "1".repeat(300),
            "DIGITS400" => "1".repeat(400),
            text => text.to_owned(),
        };
        let payload = payload.replace(&right, &format!("\"{member}\":{number}"));
        let jws = subject.with_payload(payload.as_bytes());
        let id = format!("{member}-{id}");
        family.jws(subject, &id, "FW-04 A18", says, &jws, code);
    }
}

fn twice(family: &mut Family, subject: &Subject) {
    let payload = subject.payload.to_string();
    let inner = payload.get(1..).unwrap();
    let open = payload.get(..payload.len() - 1).unwrap();
    let (name, value) = subject.payload.as_object().unwrap().iter().next().unwrap();
    let escaped: String = name
        .chars()
        .map(|c| format!("\\u{:04x}", u32::from(c)))
        .collect();
    let code = "json_duplicate_member";
    let says = "A member stands twice: two readers would read two records.";
    #[rustfmt::skip]
    let rows = [
        ("known-equal", format!("{{\"{name}\":{value},{inner}")),
        ("known-behind", format!("{open},\"{name}\":{value}}}")),
        ("known-null", format!("{open},\"{name}\":null}}")),
        ("known-escaped", format!("{open},\"{escaped}\":{value}}}")),
        ("unknown-escaped", format!("{{\"zoo\":1,\"z\\u006fo\":1,{inner}")),
        ("unknown-in-object", format!("{{\"x\":{{\"a\":1,\"b\":2,\"a\":1}},{inner}")),
        ("unknown-in-array", format!("{{\"x\":[{{}},{{\"a\":1,\"a\":1}}],{inner}")),
        ("unknown-deep", format!("{{\"x\":{{\"y\":[{{\"z\":{{\"\":1,\"\":2}}}}]}},{inner}")),
        ("empty-names", format!("{{\"\":1,\"\":1,{inner}")),
    ];
    for (id, payload) in rows {
        let jws = subject.with_payload(payload.as_bytes());
        family.jws(subject, &format!("twice-{id}"), "A6", says, &jws, code);
    }
}

fn documents(family: &mut Family, subject: &Subject) {
    let payload = subject.payload.to_string();
    let body = payload.get(1..payload.len() - 1).unwrap();
    let octets = |text: &str| text.as_bytes().to_vec();
    let other = Subject::token().sealed();
    let utf16: Vec<u8> = payload.encode_utf16().flat_map(u16::to_le_bytes).collect();
    #[rustfmt::skip]
    let rows = [
        ("array-of-one", "A7", "The payload stands in an array.", octets(&format!("[{payload}]")), "json_array_for_object"),
        ("array-empty", "A7", "An empty array.", octets("[]"), "json_array_for_object"),
        ("string", "A7", "A string.", octets(&json!(payload).to_string()), "json_shape"),
        ("number", "A7", "A number.", octets("1736236800"), "json_shape"),
        ("null", "A7", "Null.", octets("null"), "json_shape"),
        ("true", "A7", "A truth value.", octets("true"), "json_shape"),
        ("object-empty", "A7", "An empty object.", octets("{}"), "json_missing_member"),
        ("spaces", "A6", "White space and nothing else.", octets(" \r\n"), "json_syntax"),
        ("two", "A6", "Two documents, one behind the other.", octets(&format!("{payload}{payload}")), "json_syntax"),
        ("lines", "A6", "Two documents on two lines.", octets(&format!("{payload}\n{payload}")), "json_syntax"),
        ("nul-behind", "A6", "A NUL stands behind it.", octets(&format!("{payload}\0")), "json_syntax"),
        ("mark", "A6", "A byte order mark stands before it.", octets(&format!("\u{feff}{payload}")), "json_syntax"),
        ("utf-16", "A6", "It is UTF-16.", utf16, "json_syntax"),
        ("not-utf-8", "A6", "A string is not UTF-8.", [b"{\"x\":\"\xc0\xaf\",", body.as_bytes(), b"}"].concat(), "json_syntax"),
        ("surrogate", "A6", "Half a character is written as an escape.", octets(&format!("{{\"x\":\"\\udc00\",{body}}}")), "json_syntax"),
        ("control", "A6", "A control character stands in a string as it is.", octets(&format!("{{\"x\":\"\u{1f}\",{body}}}")), "json_syntax"),
        ("escape-unknown", "A6", "An escape that JSON has not.", octets(&format!("{{\"x\":\"\\x41\",{body}}}")), "json_syntax"),
        ("comma-behind", "A6", "A comma stands behind the last member.", octets(&format!("{{{body},}}")), "json_syntax"),
        ("comment", "A6", "A comment stands in it.", octets(&format!("{{{body}}}//")), "json_syntax"),
        ("single-quotes", "A6", "Names stand in single quotes.", octets(&payload.replace('"', "'")), "json_syntax"),
        ("bare-names", "A6", "A name without quotes.", octets(&format!("{{x:1,{body}}}")), "json_syntax"),
        ("encoded-twice", "A8", "The payload was encoded twice.", octets(&base64url::encode(payload.as_bytes())), "json_syntax"),
        ("nested-compact", "A14", "The payload is a signed envelope, compact.", octets(&other.compact()), "json_syntax"),
        ("nested-json", "A14", "The payload is a signed envelope in JSON.", octets(&other.text()), "json_missing_member"),
        ("names-in-capitals", "A6", "Every name is in capitals.", octets(&capitals(&subject.payload)), "json_missing_member"),
        ("spaced", "P11", "White space and escapes mean nothing, and are signed as they stand.", octets(&spaced(&payload)), ""),
    ];
    for (id, more, says, payload, code) in rows {
        let jws = subject.with_payload(&payload);
        family.jws(subject, &format!("document-{id}"), more, says, &jws, code);
    }
}

fn capitals(payload: &Value) -> String {
    let members = payload.as_object().unwrap().iter();
    let members = members.map(|(name, value)| (name.to_uppercase(), value.clone()));
    Value::Object(members.collect()).to_string()
}

fn spaced(payload: &str) -> String {
    let text = payload
        .replacen("{\"", "{ \r\n\t\"", 1)
        .replace(",\"", " ,\n\"");
    format!("\n{text} ")
        .replace("\"iat\"", "\"i\\u0061t\"")
        .replace("\"ts\"", "\"t\\u0073\"")
}

/// How many values a document has: each element, and each value of a member.
fn values(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(|item| 1 + values(item)).sum(),
        Value::Object(members) => members.values().map(|member| 1 + values(member)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// The last that is read, and the first that is not.
fn limits(family: &mut Family, subject: &Subject) {
    let (depth, members, most) = match subject.name {
        "token" | "data_request" => (8, 64, 512),
        "notification" => return,
        _ => (16, 128, 4096),
    };
    let own = subject.payload.as_object().unwrap().len();
    let with = |value: Value| altered(&subject.payload, &["x"], value);
    let deep = |levels: usize| {
        let text = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        with(serde_json::from_str(&text).unwrap())
    };
    let wide = |count: usize| {
        let names = (own..count).map(|n| (format!("x{n}"), json!(0)));
        let mut payload = subject.payload.clone();
        payload.as_object_mut().unwrap().extend(names);
        payload
    };
    let many = |count: usize| with(json!(vec![0; count - 1 - values(&subject.payload)]));
    #[rustfmt::skip]
    let rows = [
        ("depth-largest", "It is nested as deep as it may be.", deep(depth - 1), ""),
        ("depth-larger", "It is nested one deeper than it may be.", deep(depth), "json_too_deep"),
        ("members-largest", "It has as many members as an object may.", wide(members), ""),
        ("members-larger", "It has one member too many.", wide(members + 1), "json_too_many"),
        ("values-largest", "It has as many values as a document may.", many(most), ""),
        ("values-larger", "It has one value too many.", many(most + 1), "json_too_many"),
    ];
    for (id, says, payload, code) in rows {
        let jws = subject.with_payload(payload.to_string().as_bytes());
        family.jws(subject, &format!("limit-{id}"), "A9", says, &jws, code);
    }
}

/// Arrays for objects inside, and members twice in objects that are known.
fn arrays(family: &mut Family, subject: &Subject) {
    let payload = subject.payload.to_string();
    #[rustfmt::skip]
    let rows = if subject.name == "token" {
        let cnf = "{\"kid\":\"sink-pop-1\"}";
        vec![
            ("cnf-array", "A7", "The confirmation is an array.", cnf, "[\"sink-pop-1\"]", "json_array_for_object"),
            ("cnf-array-of-object", "A7", "The confirmation stands in an array.", cnf, "[{\"kid\":\"sink-pop-1\"}]", "json_array_for_object"),
            ("cnf-text", "A7", "The confirmation is a string.", cnf, "\"sink-pop-1\"", "json_shape"),
            ("cnf-null", "A7", "The confirmation is null.", cnf, "null", "json_shape"),
            ("cnf-empty", "A7", "The confirmation names no key.", cnf, "{}", "json_missing_member"),
            ("cnf-kid-twice", "A6", "The confirmation names two keys.", cnf, "{\"kid\":\"sink-pop-1\",\"kid\":\"stranger-1\"}", "json_duplicate_member"),
            ("cnf-kid-twice-escaped", "A6", "The confirmation names two keys, one with an escape.", cnf, "{\"kid\":\"sink-pop-1\",\"\\u006bid\":\"sink-pop-1\"}", "json_duplicate_member"),
            ("cnf-kid-array", "A7", "The key id of the confirmation stands in an array.", cnf, "{\"kid\":[\"sink-pop-1\"]}", "json_shape"),
            ("cnf-kid-path", "A3", "The key id of the confirmation is a path.", cnf, "{\"kid\":\"../key\"}", "json_shape"),
            ("cnf-with-jwk", "A4", "The confirmation brings a key beside its id.", cnf, "{\"jwk\":{},\"kid\":\"sink-pop-1\"}", "json_shape"),
            ("cnf-with-jku", "A4 P20", "The confirmation has the address of a key.", cnf, "{\"jku\":\"https://stranger.example/\",\"kid\":\"sink-pop-1\"}", "json_shape"),
            ("cnf-with-x5t", "A4", "The confirmation has the print of a certificate, which is another way to bind.", cnf, "{\"x5t#S256\":\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\",\"kid\":\"sink-pop-1\"}", "json_shape"),
        ]
    } else {
        let message = payload.split("\"messages\":[").nth(1).unwrap().split(']').next().unwrap();
        vec![
            ("message-array", "A7", "A message is an array of its values.", message, "[\"a\",\"b\",\"c\"]", "json_array_for_object"),
            ("message-text", "A7", "A message is a string.", message, "\"news\"", "json_shape"),
            ("message-null", "A7", "A message is null.", message, "null", "json_shape"),
            ("message-id-twice", "A6", "A message has two ids.", message, "{\"id\":\"news\",\"id\":\"alerts\"}", "json_duplicate_member"),
            ("message-unknown-twice", "A6", "A message has a member twice that nobody reads.", message, "{\"x\":1,\"x\":1}", "json_duplicate_member"),
        ]
    };
    for (id, more, says, right, wrong, code) in rows {
        let jws = subject.with_payload(payload.replacen(right, wrong, 1).as_bytes());
        family.jws(subject, &format!("inside-{id}"), more, says, &jws, code);
    }
}

/// The digest is of the octets as they travel, and not of what they say.
fn octets_kept(family: &mut Family) {
    let subject = Subject::status();
    let mut placeholder = subject.payload.clone();
    placeholder["record_id"] = json!("to-be-filled-in");
    let signed = subject.with_payload(placeholder.to_string().as_bytes());
    let mut filled = signed.clone();
    filled.payload = base64url::encode(subject.payload.to_string().as_bytes());
    let code = "jws_signature_invalid";
    let says =
        "An id that was a placeholder when the record was signed, and was filled in afterwards.";
    family.jws(&subject, "placeholder", "P4 P5", says, &filled, code);
    let says =
        "The octets were written anew behind the signature: the same members in another order.";
    let mut again = subject.sealed();
    let members = subject.payload.as_object().unwrap().iter().rev();
    let members: Vec<String> = members
        .map(|(name, value)| format!("{}:{value}", json!(name)))
        .collect();
    again.payload = base64url::encode(format!("{{{}}}", members.join(",")).as_bytes());
    family.jws(&subject, "written-anew", "P5 P6 P11", says, &again, code);
    let says = "A time was cut to whole minutes behind the signature.";
    let mut cut = subject.sealed();
    let payload = altered(&subject.payload, &["iat"], json!(START - START % 3600 - 60));
    cut.payload = base64url::encode(payload.to_string().as_bytes());
    family.jws(&subject, "time-cut", "P11", says, &cut, code);
}
