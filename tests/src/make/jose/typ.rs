//! A record of one kind never passes as another, by its `typ` or by what it says.

use super::{Family, Subject, slug};
use crate::exam::Task;
use crate::exam::task::Bound;
use crate::make::case::Book;
use crate::make::envelope::Kind;
use crate::make::forge::Jws;
use crate::make::keys::{Key, set};
use crate::make::record;
use serde_json::json;

/// Kinds that are told apart: all that are small.
const KINDS: &[&str] = &[
    "link_status",
    "sink_consent",
    "consent_status",
    "subscription",
    "notification",
    "objection",
    "objection_response",
    "token",
    "data_request",
];

/// Spellings of `typ` that are not the one that a kind has.
#[rustfmt::skip]
const SPELLINGS: &[&str] = &[
    "", "JWT", "jwt", "at+jwt", "JOSE", "JOSE+JSON", "secevent+jwt", "dpop+jwt", "application/TYP", "TYP ", " TYP", "UPPER", "TYP;v=1", "TYP\0",
];

pub(super) fn book() -> Book {
    let title = "Kinds of record: none passes as another";
    let mut family = Family::new("jose/typ", title, "FW-02 A13 D14");
    for subject in Subject::two() {
        for (at, spelling) in SPELLINGS.iter().enumerate() {
            let right = record::typ(subject.name);
            let typ = match *spelling {
                "UPPER" => right.to_uppercase(),
                other => other.replace("TYP", right),
            };
            let mut header = subject.header();
            header["typ"] = json!(typ);
            let jws = subject.with_header(&header);
            let id = format!("{at:02}-{}", slug(spelling));
            let says = "The `typ` is not octet for octet that of the kind.";
            family.jws(&subject, &id, "", says, &jws, "jws_typ_mismatch");
        }
    }
    for wanted in KINDS {
        for found in KINDS.iter().filter(|found| *found != wanted) {
            pair(&mut family, wanted, found);
        }
    }
    family.into_book()
}

/// What whoever may sign both kinds could pass off: a good record of the one kind where the other is
/// wanted; and the same under the other's `typ`.
fn pair(family: &mut Family, wanted: &str, found: &str) {
    let kind = Kind::named(wanted);
    let key = Key::named(record::signers(wanted)[0]);
    let payload = record::good(found);
    let requirements = format!("{} FW-02 D14 A13", kind.signed);
    for (under, typ, says, code) in [
        (
            "own-typ",
            record::typ(found),
            "A record of another kind, by a key that may sign this kind.",
            "jws_typ_mismatch",
        ),
        (
            "typ-changed",
            record::typ(wanted),
            "The same, under the `typ` of the kind that is wanted.",
            "json_missing_member",
        ),
    ] {
        let jws = Jws::of(&payload, typ, &[&key]);
        let task = Task::Verify {
            record: wanted.to_owned(),
            envelope: kind.write(&jws),
            keys: keys(wanted),
        };
        let id = format!("{}-as-{}-{under}", slug(found), slug(wanted));
        family.task(&id, &requirements, kind.binds, says, &task, code);
    }
}

/// The keys of the one party that signs good records of the kind.
fn keys(kind: &str) -> Bound {
    let signer = Some(set(&[record::signers(kind)[0]]));
    let mut keys = Bound::default();
    match kind {
        "token" => keys.operator = signer,
        "data_request" => keys.sink = signer,
        "notification" | "objection_response" => keys.service = signer,
        _ => keys.owner = signer,
    }
    keys
}
