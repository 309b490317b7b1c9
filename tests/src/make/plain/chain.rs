//! Chains of status records: every transition, by every signer.

use crate::exam::{Role, Task};
use crate::make::case::{About, Book, Stated, altered, bound};
use crate::make::forge::Jws;
use crate::make::record::{self, START};
use serde_json::{Value, json};

const ALL: &[Role] = &[Role::Operator, Role::Source, Role::Sink];

/// A chain in the making: its kind, and the records so far.
struct Links {
    kind: &'static str,
    records: Vec<Jws>,
}

impl Links {
    fn new(kind: &'static str) -> Self {
        Self {
            kind,
            records: Vec::new(),
        }
    }

    fn payload(&self, state: &str) -> Value {
        let name = format!("{}-{}", self.kind, self.records.len() + 1);
        let last = self.records.last();
        let at = START + 60 * self.records.len() as u64;
        match self.kind {
            "link_status" => altered(
                &record::link_status("sink", &name, state, last),
                &["iat"],
                json!(at),
            ),
            _ => record::consent_status("sink", &name, state, last, at),
        }
    }

    fn add(mut self, state: &str, kid: &str) -> Self {
        let payload = self.payload(state);
        self.records
            .push(record::sealed_by(self.kind, &payload, &[kid]));
        self
    }

    fn add_altered(mut self, state: &str, member: &str, value: Value) -> Self {
        let payload = altered(&self.payload(state), &[member], value);
        self.records
            .push(record::sealed_by(self.kind, &payload, &["owner-1"]));
        self
    }

    fn task(&self) -> Task {
        let what = if self.kind == "link_status" {
            "link"
        } else {
            "consent"
        };
        Task::Chain {
            record: self.kind.to_owned(),
            envelopes: self.records.iter().map(Jws::text).collect(),
            keys: bound(),
            subject: record::id("sink", what),
            surrogate_id: record::id("sink", "surrogate"),
        }
    }

    fn case(&self, book: &mut Book, id: &str, requirements: &str, says: &str, code: &str) {
        let stated = match code {
            "" => Stated::Accepted,
            code => Stated::Refused(code),
        };
        let about = About {
            id,
            requirements,
            binds: ALL,
            says,
        };
        book.task(about, &self.task(), stated);
    }
}

const SIGNERS: [(&str, &str); 2] = [("owner", "owner-1"), ("operator", "operator-status-1")];

pub(super) fn links() -> Book {
    let mut book = Book::new("plain/link-chain", "Status chains of links");
    let start = || Links::new("link_status").add("Active", "owner-1");
    start().case(
        &mut book,
        "first",
        "SL-08 SL-53 SL-54",
        "A link begins Active, with the owner's signature.",
        "",
    );
    for (name, kid) in SIGNERS {
        let requirements = if name == "owner" {
            "SL-09 SL-53 SL-54 SL-55"
        } else {
            "SL-09 SL-58 C08"
        };
        start().add("Removed", kid).case(
            &mut book,
            &format!("removed-by-{name}"),
            requirements,
            "Either may end the link.",
            "",
        );
        start().add("Active", kid).case(
            &mut book,
            &format!("active-again-by-{name}"),
            "SL-07",
            "Active does not follow Active.",
            "chain_transition_not_allowed",
        );
        for state in ["Active", "Removed"] {
            let id = format!("{}-after-removed-by-{name}", state.to_lowercase());
            start().add("Removed", "owner-1").add(state, kid).case(
                &mut book,
                &id,
                "SL-09 A26",
                "Nothing follows a removed link.",
                "chain_terminal",
            );
        }
    }
    Links::new("link_status").add("Removed", "owner-1").case(
        &mut book,
        "first-removed",
        "SL-08",
        "A link does not begin Removed.",
        "chain_first_not_active",
    );
    Links::new("link_status")
        .add("Active", "operator-status-1")
        .case(
            &mut book,
            "first-by-operator",
            "SL-54 C08",
            "A link does not begin with the operator.",
            "chain_first_not_owner",
        );
    broken(&mut book, "link_status", "Removed", "SL");
    book
}

pub(super) fn consents() -> Book {
    let mut book = Book::new(
        "plain/consent-chain",
        "Status chains of consents: every transition, by every signer",
    );
    let start = || Links::new("consent_status").add("Active", "owner-1");
    start().case(
        &mut book,
        "first",
        "CN-14 CN-28 CN-93 CN-94",
        "A consent begins Active, with the owner's signature.",
        "",
    );
    for state in ["Disabled", "Withdrawn"] {
        let id = format!("first-{}", state.to_lowercase());
        Links::new("consent_status").add(state, "owner-1").case(
            &mut book,
            &id,
            "CN-14",
            "A consent does not begin otherwise.",
            "chain_first_not_active",
        );
    }
    Links::new("consent_status")
        .add("Active", "operator-status-1")
        .case(
            &mut book,
            "first-by-operator",
            "CN-94 C08",
            "A consent does not begin with the operator.",
            "chain_first_not_owner",
        );
    for (name, kid) in SIGNERS {
        for (state, code) in [
            ("Active", "chain_transition_not_allowed"),
            ("Disabled", ""),
            ("Withdrawn", ""),
        ] {
            let id = format!("active-to-{}-by-{name}", state.to_lowercase());
            start().add(state, kid).case(
                &mut book,
                &id,
                "CN-20 CN-25 CN-27 C08",
                "From Active.",
                code,
            );
        }
        for (by, pause) in SIGNERS {
            for state in ["Active", "Disabled", "Withdrawn"] {
                let code = match (state, by, name) {
                    ("Disabled", _, _) => "chain_transition_not_allowed",
                    // The operator ends only a pause of its own.
                    ("Active", "owner", "operator") => "chain_signer_not_allowed",
                    _ => "",
                };
                let id = format!("pause-of-{by}-to-{}-by-{name}", state.to_lowercase());
                start().add("Disabled", pause).add(state, kid).case(
                    &mut book,
                    &id,
                    "CN-19 CN-20 CN-27 C08",
                    "From Disabled: who paused decides who may resume.",
                    code,
                );
            }
        }
        for state in ["Active", "Disabled", "Withdrawn"] {
            let id = format!("withdrawn-to-{}-by-{name}", state.to_lowercase());
            start().add("Withdrawn", "owner-1").add(state, kid).case(
                &mut book,
                &id,
                "CN-16 CN-20 A26",
                "Nothing follows a withdrawal.",
                "chain_terminal",
            );
        }
    }
    broken(&mut book, "consent_status", "Disabled", "CN");
    book
}

/// What breaks a chain of either kind.
fn broken(book: &mut Book, kind: &'static str, next: &str, letters: &str) {
    let start = || Links::new(kind).add("Active", "owner-1");
    let (chain, tied, unique, signed) = match letters {
        "SL" => ("SL-53", "SL-52", "SL-51", "SL-54 SL-55"),
        _ => ("CN-28 CN-93", "CN-91", "CN-91", "CN-27 CN-94 CN-95"),
    };
    let subject = if kind == "link_status" {
        "slr_id"
    } else {
        "cr_id"
    };
    let first_id = record::payload(start().records.first().unwrap())["record_id"].clone();
    #[rustfmt::skip]
    let rows = [
        ("gap", chain, "The predecessor is not in the chain.", "prev_record_id", json!("missing"), "chain_gap"),
        ("null-again", chain, "The second record says that it is the first.", "prev_record_id", json!("NULL"), "chain_fork"),
        ("id-reused", unique, "Another record has this id.", "record_id", first_id, "chain_record_id_reused"),
        ("other-subject", tied, "The record is about something else.", subject, json!("another"), "chain_other_subject"),
        ("other-person", tied, "The record is about somebody else.", "surrogate_id", json!("another"), "chain_other_surrogate"),
        ("backwards", chain, "The record is older than its predecessor.", "iat", json!(START - 1), "chain_time_backwards"),
        ("digest-other", chain, "The predecessor's octets are others.", "x_mydata", json!({ "prev_sha256": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU" }), "chain_digest_mismatch"),
    ];
    for (id, requirements, says, member, value, code) in rows {
        let requirements = format!("{requirements} A26");
        start()
            .add_altered(next, member, value)
            .case(book, id, &requirements, says, code);
    }
    start().add(next, "stranger-1").case(
        book,
        "foreign-key",
        signed,
        "Signed by nobody who may.",
        "jws_kid_unknown",
    );
    start().add(next, "owner-2").case(
        book,
        "second-owner-key",
        &format!("{signed} A26"),
        "Signed with another of the owner's keys.",
        "",
    );
    Links::new(kind)
        .add_altered("Active", "prev_record_id", json!("earlier"))
        .case(
            book,
            "first-has-previous",
            &format!("{chain} A26"),
            "The first record names a predecessor.",
            "chain_first_has_previous",
        );
    let mut doubled = start().add(next, "owner-1");
    let again = doubled.records.last().unwrap().clone();
    doubled.records.push(again);
    doubled.case(
        book,
        "repeated",
        &format!("{chain} A26"),
        "A record stands twice.",
        "chain_repeated",
    );
    let mut turned = start().add(next, "owner-1");
    turned.records.reverse();
    turned.case(
        book,
        "reordered",
        &format!("{chain} A26"),
        "The records stand in the wrong order.",
        "chain_first_has_previous",
    );
    let mut forked = start().add(next, "owner-1");
    let other = record::payload(forked.records.last().unwrap());
    let other = altered(&other, &["record_id"], json!("forked"));
    forked
        .records
        .push(record::sealed_by(kind, &other, &["owner-1"]));
    forked.case(
        book,
        "forked",
        &format!("{chain} A26"),
        "The predecessor has another successor already.",
        "chain_fork",
    );
}
