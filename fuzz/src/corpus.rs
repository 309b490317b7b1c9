//! What the vectors of `spec/vectors` have for each target. It is gathered when it is needed: to keep it here as
//! well would be to keep it twice.

use crate::jose::RECORDS;
use crate::messages::MESSAGES;
use crate::{BASE64URL, TARGETS};
use base64::Engine as _;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The inputs of each target, none twice.
#[derive(Debug, Default)]
pub struct Corpus(BTreeMap<&'static str, BTreeSet<Vec<u8>>>);

/// Writes the inputs of every target into a folder of its name.
///
/// # Panics
/// When the vectors cannot be read or the folder cannot be written.
pub fn write(folder: &Path) {
    let corpus = Corpus::of_vectors();
    for target in TARGETS {
        let folder = folder.join(target.name);
        fs::create_dir_all(&folder).unwrap();
        for (at, octets) in corpus.of(target.name).enumerate() {
            fs::write(folder.join(format!("vector-{at}")), octets).unwrap();
        }
    }
}

impl Corpus {
    /// Of all vectors.
    ///
    /// # Panics
    /// When they cannot be read.
    pub fn of_vectors() -> Self {
        let mut corpus = Self::default();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors");
        for family in fs::read_dir(folder).unwrap() {
            let family = family.unwrap().path();
            if !family.is_dir() {
                continue;
            }
            for file in fs::read_dir(family).unwrap() {
                let file = file.unwrap().path();
                if file.extension().is_some_and(|ext| ext == "json") {
                    let value: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
                    corpus.value("", &value);
                }
            }
        }
        corpus
    }

    /// Those of one target.
    pub fn of(&self, target: &str) -> impl Iterator<Item = &[u8]> {
        self.0.get(target).into_iter().flatten().map(Vec::as_slice)
    }

    fn add(&mut self, target: &'static str, octets: &[u8]) {
        self.0.entry(target).or_default().insert(octets.to_vec());
    }

    /// As a target whose first octet says what the rest is.
    fn add_as(&mut self, target: &'static str, kind: usize, octets: &[u8]) {
        let kind = u8::try_from(kind).unwrap();
        self.add(target, &[&[kind], octets].concat());
    }

    /// A value that stands under `name`.
    fn value(&mut self, name: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                self.object(name, members);
                for (name, value) in members {
                    self.value(name, value);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.value(name, value)),
            Value::String(text) => self.text(name, text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn object(&mut self, name: &str, members: &Map<String, Value>) {
        let text = |member: &str| members.get(member).and_then(Value::as_str);
        let whole = || serde_json::to_vec(members).unwrap();
        match (members.contains_key("kty"), members.contains_key("d")) {
            (true, true) => self.add("private_key_pkcs8_jwk", &whole()),
            (true, false) => self.add("jwk", &whole()),
            (false, _) => {}
        }
        if members.get("keys").is_some_and(Value::is_array) {
            self.add("jwk", &whole());
        }
        let message = text("message").or(text("text"));
        let kind = text("kind").unwrap_or(match name {
            "catch_up" => "status_reply",
            "restore" => "consent_copy",
            "receive" => "to_service",
            _ => "",
        });
        if let Some(message) = message {
            match MESSAGES.iter().position(|known| *known == kind) {
                Some(at) => self.add_as("message", at, message.as_bytes()),
                None if kind == "to_service" => self.add("message_to_service", message.as_bytes()),
                None => {}
            }
        }
        match (text("form"), text("text")) {
            (Some("kantara"), Some(text)) => self.add("receipt_kantara", text.as_bytes()),
            (Some("linked"), Some(text)) => self.add("receipt_linked", text.as_bytes()),
            _ => {}
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        let octets = text.as_bytes();
        if let Some(compact) = text.strip_prefix("PoP ") {
            self.add_as("authorization_header", 0, octets);
            self.compact(compact);
        } else if text.starts_with("ey") && text.matches('.').count() == 2 {
            self.compact(text);
        } else if text.starts_with('{') {
            self.document(text);
        } else if let Some(rest) = text.strip_prefix("https://") {
            self.add("resource_url", octets);
            self.add("audience", [text, text].join("\n").as_bytes());
            if let Some(at) = rest.find('/') {
                self.add("http_request", rest[at..].as_bytes());
            }
        }
        match name {
            "target" => self.add("http_request", octets),
            "keys" => self.add_as("identity_token", 3, octets),
            "domain" | "kid" | "purposeId" | "datasetId" | "hash" | "language" | "url" => {
                self.add("texts", octets);
            }
            "title" | "humanReadableDescription" => self.add("registry_search", octets),
            _ => {}
        }
    }

    fn compact(&mut self, text: &str) {
        let octets = text.as_bytes();
        self.add("jws_compact", octets);
        self.add("introspection", octets);
        self.add("differential", ["0", text].concat().as_bytes());
        let mut parts = text.split('.').map(|part| BASE64URL.decode(part));
        let (Some(Ok(header)), Some(Ok(payload))) = (parts.next(), parts.next()) else {
            return;
        };
        let typ = typ(&header);
        if let Some(kind) = RECORDS.iter().position(|known| *known == typ) {
            self.add_as("record", kind, octets);
        }
        match &*typ {
            "pop" => self.add_as("authorization_header", 1, &payload),
            "dpop+jwt" => {
                self.add_as("dpop", 0, octets);
                self.add_as("dpop", 1, &payload);
                self.add_as("dpop", 2, &header);
            }
            "mydata-party+pop" => self.add_as("party", 1, &payload),
            "JWT" | "at+jwt" => {
                self.add_as("identity_token", 0, octets);
                for by in [1, 4] {
                    self.add_as("identity_token", by, &payload);
                    self.add_as("identity_token", by + 1, &header);
                }
            }
            _ => self.add_as("authorization_header", 2, &payload),
        }
        for key in [b"1", b"2"] {
            self.add(
                "differential",
                &[key, &header[..], b"\n", &payload].concat(),
            );
        }
    }

    fn document(&mut self, text: &str) {
        let octets = text.as_bytes();
        if octets.len() <= 1024 {
            self.add("json_strict", octets);
        }
        let Ok(Value::Object(members)) = serde_json::from_str(text) else {
            return;
        };
        if members.contains_key("payload") {
            self.envelope(text, &members);
        } else if members.contains_key("serviceDescription") {
            self.add("service_description", octets);
            self.add("published", octets);
        }
        // Records and keys stand inside messages.
        self.value("", &Value::Object(members));
    }

    fn envelope(&mut self, text: &str, members: &Map<String, Value>) {
        let octets = text.as_bytes();
        self.add("jws_json", octets);
        let first = match members.get("signatures") {
            Some(signatures) => signatures.get(0).unwrap_or(&Value::Null),
            None => &Value::Null,
        };
        let protected = members.get("protected").or(first.get("protected"));
        let decoded = |value: Option<&Value>| BASE64URL.decode(value?.as_str()?).ok();
        let (Some(header), Some(payload)) = (decoded(protected), decoded(members.get("payload")))
        else {
            return;
        };
        match &*typ(&header) {
            "mydata-receipt+json" => self.add("receipt_signed", &payload),
            "mydata-service+json" | "mydata-operator+json" => self.add("published", octets),
            _ => {}
        }
        let typ = typ(&header);
        for (kind, known) in RECORDS.iter().enumerate() {
            if *known == typ {
                self.add_as("record", kind, octets);
                // Signed by each of the five who sign.
                for by in 1..=5 {
                    self.add_as("record", 15 * by + kind, &payload);
                }
            }
        }
    }
}

/// The `typ` of a protected header.
fn typ(header: &[u8]) -> String {
    let header: Value = serde_json::from_slice(header).unwrap_or_default();
    header["typ"].as_str().unwrap_or_default().to_owned()
}
