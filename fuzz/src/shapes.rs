//! Inputs of a given length that have hurt parsers before: deep, long, many, and what grows when it is read. They
//! are the same in every run.

use serde_json::Value;

/// So many octets, or a little fewer: `head`, then `part` as often as there is room, then `tail`.
fn fill(length: usize, head: &str, part: &str, tail: &str) -> Vec<u8> {
    let room = length.saturating_sub(head.len() + tail.len());
    [head, &part.repeat(room / part.len()), tail]
        .concat()
        .into_bytes()
}

/// As [`fill`], of numbered parts.
fn count(length: usize, head: &str, part: impl Fn(usize) -> String, tail: &str) -> Vec<u8> {
    let mut text = head.to_owned();
    for at in 0.. {
        let part = part(at);
        if text.len() + part.len() + tail.len() > length {
            break;
        }
        text.push_str(&part);
    }
    text.push_str(tail);
    text.into_bytes()
}

/// Opened and closed again.
fn nest(length: usize, open: &str, close: &str) -> Vec<u8> {
    let depth = length / (open.len() + close.len());
    [open.repeat(depth), close.repeat(depth)]
        .concat()
        .into_bytes()
}

/// The shapes that know nothing of what they are given to.
pub fn plain(length: usize) -> Vec<(&'static str, Vec<u8>)> {
    let signature = r#"{"protected":"e30","signature":"AA"},"#;
    let key = r#"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AA"},"#;
    vec![
        ("nothing but zeros", vec![0; length]),
        ("no UTF-8", vec![0xff; length]),
        ("open arrays", fill(length, "", "[", "")),
        ("deep arrays", nest(length, "[", "]")),
        (
            "deep objects",
            nest(length, r#"{"a":"#, "}").into_iter().collect(),
        ),
        ("a long string", fill(length, "\"", "a", "\"")),
        ("a string without an end", fill(length, "\"", "a", "")),
        ("escapes", fill(length, "\"", "\\u0000", "\"")),
        ("surrogates", fill(length, "\"", "\\ud83d\\ude00", "\"")),
        ("a long name", fill(length, "{\"", "a", "\":0}")),
        ("a long value", fill(length, r#"{"payload":""#, "A", "\"}")),
        ("a long number", fill(length, "", "1", "")),
        ("a long fraction", fill(length, "1.", "0", "1e1")),
        ("white space", fill(length, "", " ", "{}")),
        ("many values", fill(length, "[", "0,", "0]")),
        ("many objects", fill(length, "[", "{},", "{}]")),
        ("many arrays", fill(length, "[", "[],", "[]]")),
        ("many strings", fill(length, "[", "\"\",", "\"\"]")),
        (
            "many members",
            count(length, "{", |at| format!("\"{at}\":0,"), "\"a\":0}"),
        ),
        (
            "one member again and again",
            fill(length, "{", "\"a\":0,", "\"a\":0}"),
        ),
        (
            "many signatures",
            fill(
                length,
                r#"{"payload":"e30","signatures":["#,
                signature,
                "{}]}",
            ),
        ),
        ("many keys", fill(length, r#"{"keys":["#, key, "{}]}")),
        ("full stops", fill(length, "", ".", "")),
        ("a long header", fill(length, "", "A", ".e30.AA")),
        ("a long payload", fill(length, "e30.", "A", ".AA")),
        ("a long signature", fill(length, "e30.e30.", "A", "")),
        ("a long proof", fill(length, "PoP ", "A", "")),
        ("no base64url", fill(length, "e30.", "=", ".AA")),
        ("a long path", fill(length, "https://h.example", "/a", "")),
        ("a way up", fill(length, "https://h.example", "/..", "/a")),
        ("a long host", fill(length, "https://", "a.", "a/")),
        ("one label", fill(length, "https://", "a", ".example/")),
        (
            "encoded octets",
            fill(length, "https://h.example/", "%C3%A5", ""),
        ),
        ("slashes", fill(length, "https:", "/", "")),
        ("stars", fill(length, "https://h.example/", "*", "")),
        ("a long target", fill(length, "/", "a", "")),
        ("many parameters", fill(length, "/a?", "a&", "a")),
        (
            "many headers",
            count(length, "/a\nGET", |at| format!("\na{at}:b"), ""),
        ),
        ("lines", fill(length, "", "\n", "")),
        ("letters that grow in lower case", fill(length, "", "İ", "")),
        (
            "letters that grow when taken apart",
            fill(length, "", "ﷺ", ""),
        ),
        ("marks", fill(length, "a", "\u{308}", "")),
        (
            "marks out of order",
            fill(length, "a", "\u{323}\u{308}\u{5b0}", ""),
        ),
        ("words", fill(length, "", "a ", "")),
    ]
}

/// A seed made longer: with white space after it, with a member that nobody knows, and with the last value of each of
/// its first arrays as often as there is room.
pub fn grown(seed: &[u8], length: usize) -> Vec<(&'static str, Vec<u8>)> {
    let mut padded = seed.to_vec();
    padded.resize(length.max(seed.len()), b' ');
    let mut grown = vec![("white space after a seed", padded)];
    let start = seed
        .iter()
        .position(|octet| *octet == b'{')
        .unwrap_or(0)
        .min(1);
    let (head, document) = seed.split_at(start);
    let Ok(Value::Object(mut members)) = serde_json::from_slice::<Value>(document) else {
        return grown;
    };
    let mut arrays = Vec::new();
    for (name, value) in &members {
        paths(
            value,
            &format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            &mut arrays,
        );
    }
    for path in arrays.iter().take(6) {
        let mut value = Value::Object(members.clone());
        let Some(Value::Array(values)) = value.pointer_mut(path) else {
            continue;
        };
        let Some(last) = values.last().cloned() else {
            continue;
        };
        let room = length.saturating_sub(document.len()) / (last.to_string().len() + 1);
        values.extend(std::iter::repeat_n(last, room));
        grown.push((
            "a value of a seed again and again",
            [head, value.to_string().as_bytes()].concat(),
        ));
    }
    members.insert(
        "unknown".to_owned(),
        Value::String("a".repeat(length.saturating_sub(seed.len()))),
    );
    let value = Value::Object(members);
    grown.push((
        "an unknown member in a seed",
        [head, value.to_string().as_bytes()].concat(),
    ));
    grown
}

/// Where the arrays of a value stand (RFC 6901).
fn paths(value: &Value, at: &str, arrays: &mut Vec<String>) {
    match value {
        Value::Array(values) => {
            arrays.push(at.to_owned());
            if let Some(first) = values.first() {
                paths(first, &format!("{at}/0"), arrays);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                paths(value, &format!("{at}/{name}"), arrays);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
