//! Envelopes and records by themselves: every kind of signed record, and every way to spoil one.

mod members;
mod spoil;

use super::case::{About, Book, Stated, bound};
use super::keys::set;
use super::record;
use crate::exam::task::Bound;
use crate::exam::{Role, Task};

/// One kind of record: who reads it, and the requirements on its version, its signature and its key
/// id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    name: &'static str,
    pub(super) binds: &'static [Role],
    version: &'static str,
    pub(super) signed: &'static str,
    kid: &'static str,
}

const ALL: &[Role] = &[Role::Operator, Role::Source, Role::Sink];
const SERVICES: &[Role] = &[Role::Source, Role::Sink];

#[rustfmt::skip]
const KINDS: &[Kind] = &[
    Kind { name: "link_proposal", binds: SERVICES, version: "SL-39", signed: "SL-19 SL-48", kid: "SL-49" },
    Kind { name: "link_record", binds: ALL, version: "SL-39", signed: "SL-06 SL-20 SL-48", kid: "SL-49" },
    Kind { name: "link_status", binds: ALL, version: "SL-50", signed: "SL-54", kid: "SL-55" },
    Kind { name: "single_consent", binds: ALL, version: "CN-68", signed: "CN-03 CN-33 CN-78", kid: "CN-79" },
    Kind { name: "source_consent", binds: ALL, version: "CN-80", signed: "CN-03 CN-33 CN-88", kid: "CN-89" },
    Kind { name: "sink_consent", binds: ALL, version: "CN-80", signed: "CN-03 CN-33 CN-88", kid: "CN-89" },
    Kind { name: "consent_status", binds: ALL, version: "CN-90", signed: "CN-27 CN-94", kid: "CN-95" },
    Kind { name: "subscription", binds: ALL, version: "", signed: "NT-16", kid: "NT-21" },
    Kind { name: "notification", binds: &[Role::Operator], version: "", signed: "NT-18", kid: "NT-21" },
    Kind { name: "objection", binds: ALL, version: "OB-09", signed: "OB-15", kid: "OB-22" },
    Kind { name: "objection_response", binds: &[Role::Operator], version: "OB-16", signed: "OB-20", kid: "OB-22" },
    Kind { name: "token", binds: SERVICES, version: "", signed: "DT-37 DT-55", kid: "DT-56" },
    Kind { name: "data_request", binds: &[Role::Source], version: "", signed: "DT-05 DT-23 DT-31 DT-39 HR-01", kid: "DT-39" },
    Kind { name: "service_description", binds: &[Role::Operator], version: "", signed: "SD-13", kid: "SD-14" },
    Kind { name: "operator_description", binds: SERVICES, version: "", signed: "SD-31", kid: "SD-32" },
];

impl Kind {
    /// By its name.
    pub(super) fn named(name: &str) -> Self {
        let kind = KINDS.iter().find(|kind| kind.name == name);
        *kind.unwrap()
    }

    fn is_compact(self) -> bool {
        matches!(self.name, "token" | "data_request")
    }

    fn keys(self) -> Bound {
        match self.name {
            "token" => Bound {
                operator: Some(set(&["operator-tokens-1"])),
                ..Bound::default()
            },
            _ => bound(),
        }
    }

    fn task(self, envelope: String) -> Task {
        Task::Verify {
            record: self.name.to_owned(),
            envelope,
            keys: self.keys(),
        }
    }

    /// As it travels.
    pub(super) fn write(self, jws: &super::forge::Jws) -> String {
        if self.is_compact() {
            jws.compact()
        } else {
            jws.text()
        }
    }
}

/// Every file of this family: one for each kind of record.
pub(super) fn books() -> Vec<Book> {
    KINDS.iter().map(|kind| book(*kind)).collect()
}

fn book(kind: Kind) -> Book {
    let file = kind.name.replace('_', "-");
    let title = format!("The record {} by itself: read and verified", kind.name);
    let mut book = Book::new(&format!("records/{file}"), &title);
    accepted(&mut book, kind);
    spoil::cases(&mut book, kind);
    members::cases(&mut book, kind);
    book
}

/// A case of a kind.
fn case(
    book: &mut Book,
    kind: Kind,
    id: &str,
    requirements: &str,
    says: &str,
    envelope: String,
    stated: Stated<'_>,
) {
    let about = About {
        id,
        requirements: requirements.trim(),
        binds: kind.binds,
        says,
    };
    book.task(about, &kind.task(envelope), stated);
}

fn accepted(book: &mut Book, kind: Kind) {
    let good = record::sealed(kind.name, &record::good(kind.name));
    let all = format!("{} {} {} FW-01 FW-02", kind.version, kind.signed, kind.kid);
    let text = kind.write(&good);
    case(
        book,
        kind,
        "good",
        &all,
        "A record that is as it must be is accepted.",
        text,
        Stated::Accepted,
    );
    let open = super::case::altered(
        &record::good(kind.name),
        &["x_something_else"],
        serde_json::json!({ "any": ["thing"] }),
    );
    let text = kind.write(&record::sealed(kind.name, &open));
    case(
        book,
        kind,
        "member-unknown",
        "FW-01 D9",
        "A member of the payload that the reader does not know is ignored, and stays signed.",
        text,
        Stated::Accepted,
    );
    if kind.is_compact() {
        return;
    }
    let mut moved = good.clone();
    for (at, kid) in record::signers(kind.name).into_iter().enumerate() {
        let key = super::keys::Key::named(kid);
        moved.signatures.remove(at);
        moved.sign(
            &key,
            &serde_json::json!({ "alg": key.alg(), "typ": record::typ(kind.name) }),
        );
        let mut last = moved.signatures.pop().unwrap();
        last.header = Some(serde_json::json!({ "kid": kid }));
        moved.signatures.insert(at, last);
    }
    case(
        book,
        kind,
        "kid-unprotected",
        &format!("{} C31 D12", kind.kid),
        "The key id may stand in the unprotected header instead of the protected one.",
        moved.text(),
        Stated::Accepted,
    );
    if kind.name == "link_record" {
        let mut turned = good;
        turned.signatures.reverse();
        case(
            book,
            kind,
            "signatures-turned",
            "SL-48 C28",
            "The order of the two signatures means nothing.",
            turned.text(),
            Stated::Accepted,
        );
    }
}
