//! Looking for what must not be there.
//!
//! A record travels in base64url inside JSON, a token inside a signed request inside a header: so a
//! search of the octets alone would find nothing, ever. Here every run of characters that decodes to
//! text is searched as well, and what that decodes to, and so on.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Everything that can be read in `octets`: the text itself, and each text hidden in it.
#[must_use]
pub fn unfold(octets: &[u8]) -> Vec<String> {
    let mut texts = vec![String::from_utf8_lossy(octets).into_owned()];
    let mut next = 0;
    while let Some(text) = texts.get(next) {
        let hidden: Vec<String> = runs(text).filter_map(decode).collect();
        texts.extend(hidden);
        next += 1;
    }
    texts
}

/// Whether `canary` can be read in `octets`.
#[must_use]
pub fn reads(octets: &[u8], canary: &str) -> bool {
    unfold(octets).iter().any(|text| text.contains(canary))
}

/// The words of a dataset that stand nowhere else: its longer texts.
#[must_use]
pub fn words(dataset: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut values = vec![serde_json::from_str(dataset).unwrap_or(Value::Null)];
    while let Some(value) = values.pop() {
        match value {
            Value::Array(entries) => values.extend(entries),
            Value::Object(members) => values.extend(members.into_iter().map(|(_, value)| value)),
            Value::String(text) if text.len() >= 8 => words.push(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    words
}

fn runs(text: &str) -> impl Iterator<Item = &str> {
    let is_base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let runs = text.split(move |c| !is_base64url(c));
    runs.filter(|run| run.len() >= 16)
}

fn decode(run: &str) -> Option<String> {
    let octets = URL_SAFE_NO_PAD.decode(run).ok()?;
    String::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_hidden_by_two_layers() {
        let inner = URL_SAFE_NO_PAD.encode(r#"{"name":"Sofia Lind"}"#);
        let outer = URL_SAFE_NO_PAD.encode(format!(r#"{{"payload":"{inner}"}}"#));
        let octets = format!(r#"{{"authorization":"PoP e30.{outer}.AA"}}"#);
        assert!(!octets.contains("Sofia"));
        assert!(reads(octets.as_bytes(), "Sofia Lind"));
        assert!(!reads(octets.as_bytes(), "Mikko"));
    }

    #[test]
    fn the_words_of_a_dataset_are_its_longer_texts() {
        let words = words(r#"{"a":["Daghemmet Fiskmåsen","sv"],"b":{"c":"2025-02-17","d":1}}"#);
        assert_eq!(words, ["2025-02-17", "Daghemmet Fiskmåsen"]);
    }
}
