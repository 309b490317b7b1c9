//! Attacks on keys and on the signed envelope, by families: the rows A of `SECURITY.md`.
//!
//! Each family is a table of alterations, and each alteration is tried on several kinds of record where
//! that makes a difference: the compact form and the JSON form, Ed25519 and ES256. The code belongs to the
//! alteration, by the order of the guide (2.1 and 3.4), and is written beside it. Everything that is not
//! altered is right, and what is altered is signed anew by the right key, so that nothing else can be
//! what refuses it.

mod algorithm;
mod base64;
mod compact;
mod form;
mod header;
mod key;
mod key_pair;
mod key_set;
mod kid;
mod payload;
mod rfc;
mod signature;
mod signer;
mod typ;

use super::case::{About, Book, SERVICES, Stated};
use super::forge::{Jws, Part};
use super::keys::{Key, bits, set};
use super::record;
use crate::base64url;
use crate::exam::task::Bound;
use crate::exam::{Role, Task};
use serde_json::{Value, json};

/// Every file of this family.
pub(super) fn books() -> Vec<Book> {
    vec![
        base64::book(),
        compact::book(),
        form::book(),
        header::book(),
        algorithm::book(),
        kid::book(),
        typ::book(),
        signer::book(),
        payload::book(),
        signature::book(),
        key::book(),
        key_set::book(),
        key_pair::book(),
        rfc::book(),
    ]
}

/// What an attack is tried on: a good record of one kind, and the key that signs it.
pub(super) struct Subject {
    /// The kind of record.
    pub(super) name: &'static str,
    /// How ids of its cases begin.
    pub(super) short: &'static str,
    binds: &'static [Role],
    /// The requirement that its signature keeps.
    signed: &'static str,
    pub(super) key: Key,
    keys: Bound,
    pub(super) payload: Value,
}

impl Subject {
    /// A token: compact, Ed25519.
    pub(super) fn token() -> Self {
        Self {
            name: "token",
            short: "token",
            binds: SERVICES,
            signed: "DT-55",
            key: Key::named("operator-tokens-1"),
            keys: Bound {
                operator: Some(set(&["operator-tokens-1"])),
                ..Bound::default()
            },
            payload: short(record::token(), &["cr_id", "jti"], Some("aud")),
        }
    }

    /// A data request: compact, ES256.
    pub(super) fn request() -> Self {
        let key = Key::es256_of("sink-pop-es256", "sink-pop-1");
        Self {
            name: "data_request",
            short: "request",
            binds: &[Role::Source],
            signed: "DT-39 HR-01",
            keys: Bound {
                sink: Some(json!({ "keys": [key.jwk()] })),
                ..Bound::default()
            },
            key,
            payload: record::data_request("a.b.c", record::START),
        }
    }

    /// A status of a consent: flattened JSON, ES256.
    pub(super) fn status() -> Self {
        Self {
            name: "consent_status",
            short: "status",
            binds: super::case::ALL,
            signed: "CN-94",
            key: Key::named("owner-1"),
            keys: Bound {
                owner: Some(set(&["owner-1"])),
                ..Bound::default()
            },
            payload: short(
                record::good("consent_status"),
                &["cr_id", "record_id", "surrogate_id"],
                None,
            ),
        }
    }

    /// A notification: flattened JSON, Ed25519.
    pub(super) fn notification() -> Self {
        Self {
            name: "notification",
            short: "notification",
            binds: &[Role::Operator],
            signed: "NT-18",
            key: Key::named("sink-1"),
            keys: Bound {
                service: Some(set(&["sink-1"])),
                ..Bound::default()
            },
            payload: short(record::notification(), &["id", "sub"], None),
        }
    }

    /// One compact kind with Ed25519, and one in JSON with ES256.
    pub(super) fn two() -> [Self; 2] {
        [Self::token(), Self::status()]
    }

    /// The two compact kinds and one in JSON.
    pub(super) fn three() -> [Self; 3] {
        [Self::token(), Self::request(), Self::status()]
    }

    fn is_compact(&self) -> bool {
        matches!(self.name, "token" | "data_request")
    }

    /// The protected header that it must have.
    pub(super) fn header(&self) -> Value {
        json!({ "alg": self.key.alg(), "kid": self.key.kid(), "typ": record::typ(self.name) })
    }

    /// As it must be.
    pub(super) fn sealed(&self) -> Jws {
        self.with_header(&self.header())
    }

    /// With another protected header, rightly signed.
    pub(super) fn with_header(&self, header: &Value) -> Jws {
        self.with_header_text(header.to_string().as_bytes())
    }

    /// The same for any octets.
    pub(super) fn with_header_text(&self, header: &[u8]) -> Jws {
        self.of(
            &base64url::encode(header),
            &base64url::encode(self.payload.to_string().as_bytes()),
        )
    }

    /// With another payload, rightly signed.
    pub(super) fn with_payload(&self, payload: &[u8]) -> Jws {
        self.of(
            &base64url::encode(self.header().to_string().as_bytes()),
            &base64url::encode(payload),
        )
    }

    /// The envelope of two segments as they are, rightly signed.
    pub(super) fn of(&self, protected: &str, payload: &str) -> Jws {
        let signature = self
            .key
            .signature(format!("{protected}.{payload}").as_bytes());
        Jws {
            payload: payload.to_owned(),
            signatures: vec![Part {
                protected: protected.to_owned(),
                header: None,
                signature: base64url::encode(&signature),
            }],
        }
    }

    /// As it travels.
    pub(super) fn write(&self, jws: &Jws) -> String {
        if self.is_compact() {
            jws.compact()
        } else {
            jws.text()
        }
    }

    /// With other keys bound.
    pub(super) fn bound(mut self, keys: Bound) -> Self {
        self.keys = keys;
        self
    }
}

/// With ids of one letter and the first element of an array, since none of these is looked at here and
/// each stands in hundreds of cases.
fn short(mut payload: Value, ids: &[&str], array: Option<&str>) -> Value {
    for id in ids {
        payload[*id] = json!(id.get(..1));
    }
    if let Some(name) = array {
        payload[name].as_array_mut().unwrap().truncate(1);
    }
    payload
}

/// What is accepted has no code.
pub(super) fn stated(codes: &str) -> Stated<'_> {
    match codes {
        "" => Stated::Accepted,
        codes => Stated::Refused(codes),
    }
}

/// A file of this family: what its cases have in common.
pub(super) struct Family {
    book: Book,
    /// Requirements and rows of the catalogue of all its cases.
    rows: &'static str,
}

impl Family {
    pub(super) fn new(name: &str, title: &str, rows: &'static str) -> Self {
        let book = Book::new(name, title);
        Self { book, rows }
    }

    pub(super) fn into_book(self) -> Book {
        self.book
    }

    /// One envelope, verified as the subject.
    pub(super) fn text(
        &mut self,
        subject: &Subject,
        id: &str,
        more: &str,
        says: &str,
        text: &str,
        code: &str,
    ) {
        let task = Task::Verify {
            record: subject.name.to_owned(),
            envelope: text.to_owned(),
            keys: subject.keys.clone(),
        };
        let id = format!("{}-{id}", subject.short);
        let requirements = format!("{} {} {more}", subject.signed, self.rows);
        self.task(&id, &requirements, subject.binds, says, &task, code);
    }

    /// The same for parts.
    pub(super) fn jws(
        &mut self,
        subject: &Subject,
        id: &str,
        more: &str,
        says: &str,
        jws: &Jws,
        code: &str,
    ) {
        self.text(subject, id, more, says, &subject.write(jws), code);
    }

    /// Any task.
    pub(super) fn task(
        &mut self,
        id: &str,
        requirements: &str,
        binds: &[Role],
        says: &str,
        task: &Task,
        code: &str,
    ) {
        let about = About {
            id,
            requirements: requirements.trim(),
            binds,
            says,
        };
        self.book.task(about, task, stated(code));
    }

    /// A key or a key set at the border.
    pub(super) fn read(
        &mut self,
        kind: &str,
        id: &str,
        more: &str,
        says: &str,
        text: &str,
        code: &str,
    ) {
        let task = Task::Read {
            kind: kind.to_owned(),
            text: Some(text.to_owned()),
            octets: None,
        };
        let requirements = format!("{} {more}", self.rows);
        self.task(id, &requirements, super::case::ALL, says, &task, code);
    }
}

/// A name for an id: letters, digits and hyphens of a text.
pub(super) fn slug(text: &str) -> String {
    let of_id = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    text.chars().map(of_id).collect()
}

/// Octets that nobody knows: for signatures that mean nothing.
pub(super) fn nonsense(name: &str) -> Vec<u8> {
    let text: String = ["1", "2", "3", "4"]
        .iter()
        .map(|n| bits(&format!("{name} {n}")))
        .collect();
    text.into_bytes()
}
