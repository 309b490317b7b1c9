//! The record and receipt of ISO/IEC TS 27560:2023, as the Data Privacy Vocabulary models them.
//!
//! One JSON document is two things at once. Its keys are ISO's, in snake case; and its `@context` says
//! what each of them is in DPV, Dublin Core or schema.org, so that the same octets are JSON-LD 1.1 and
//! expand without a network. ISO's groups (`header`, `pii_processing`) are `@nest`, its list of parties
//! is `@included`. A receipt wraps one record for each consent record: a pair is one receipt and two
//! records. What DPV has no term for is kept in terms of [our own namespace](NAMESPACE); [`losses`]
//! lists it.
//!
//! ```text
//! Receipt ⇄ Document ⇄ JSON          every receipt comes back as it was
//! octets ──read──▶ Document, repairs  snake case, camel case, properties as keys
//! octets ──validate──▶ Report         everything that is wrong, at once
//! ```
//!
//! The profile is modelled on the standard by way of DPV 2.3 and certified by nobody.

mod across;
mod bounds;
mod common;
mod decode;
mod document;
mod encode;
mod examine;
mod form;
mod rule;
mod value;
mod words;

pub use document::{
    AddressNode, ContactNode, Control, Data, Decider, Described, Document, Duration, Event, Header,
    Indication, Moment, NoticeNode, PartyNode, Processing, Purpose, Receiver, ReceiverNode, Record,
    Replaced, RetentionNode, Service, StatusNode, Storage,
};
pub use form::{NAMESPACE, context};
pub use rule::{LinkedRepair, LinkedRule, Repaired};

use crate::finding::{Finding, Level, Report};
use crate::loss::{self, Kept, Loss};
use crate::receipt::Receipt;
use crate::signed::SignedReceipt;
use crate::tree::Tree;
use common::Room;
use examine::Walk;
use form::Form;
use mydata_core::json::{JsonRefusal, Limits};
use mydata_core::jws::Payload;
use serde_json::Value;

/// The profile of a receipt that we write.
pub const RECEIPT_SCHEMA: &str = "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr";

/// The profile of a record that we write.
pub const RECORD_SCHEMA: &str = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr";

/// The profiles that the vocabulary defines, and those that its guide has written instead: we write
/// the first two and read all.
pub const SCHEMA_VERSIONS: [&str; 7] = [
    RECEIPT_SCHEMA,
    RECORD_SCHEMA,
    "https://w3id.org/dpv/schema/dpv-27560#receipt",
    "https://w3id.org/dpv/schema/dpv-27560#record",
    "https://w3id.org/dpv/schema/dpv-27560#receipt-record",
    "https://w3id.org/dpv/schema/dpv-27560",
    "https://w3id.org/dpv/schema/dpv-27560-GDPR",
];

/// The bounds of a document that is read, and of what is made of it: those of a signed receipt.
///
/// A document of ours is longer than its receipt, since a pair repeats the processes in both records.
/// What an operator signs carries its records too, so that the document of a receipt with a long history
/// is within the bounds; one with almost 2 MiB of processes is not, and can be written and not read.
pub const LIMITS: Limits = <SignedReceipt as Payload>::LIMITS;

/// What the tolerant reader has made of a document.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "what was read, and how")]
pub struct Reading {
    /// The document, with what was repaired.
    pub document: Document,
    /// What was repaired; empty when it was in our own spelling.
    pub repairs: Vec<Repaired>,
    /// Everything found: no error, since it could be read.
    pub report: Report<LinkedRule>,
}

/// Everything that is wrong with a document, in whatever spelling it is.
///
/// Pointers are in ISO's spelling, also where the document has another. What the reader would repair
/// is a warning, and another spelling of a key a note.
#[must_use]
pub fn validate(octets: &[u8]) -> Report<LinkedRule> {
    match read(octets) {
        Ok(reading) => reading.report,
        Err(report) => report,
    }
}

/// Reads a document in snake case, in camel case, or with properties as keys.
///
/// The octets given are not changed, and nothing is invented: what the document does not say is missing
/// afterwards too. A property that two members share (`rdf:type`, `dpv:hasStorageCondition`) does not
/// say which of them is meant, and is not read as a key. A record without a receipt around it is read
/// as a document of one record that has no `receipt_id`, no `created` and no `schema_version` of its
/// own; [`Document::receipt`] then says that these are missing.
///
/// # Errors
/// The report, when anything in it is an error; everything that is missing is named at once.
pub fn read(octets: &[u8]) -> Result<Reading, Report<LinkedRule>> {
    let tree = Tree::read(octets, LIMITS).map_err(|refusal| {
        let refusals = [
            (JsonRefusal::TooLarge, LinkedRule::TooLarge),
            (JsonRefusal::TooMany, LinkedRule::TooLarge),
            (JsonRefusal::TooDeep, LinkedRule::TooDeep),
        ];
        let known = refusals.into_iter().find(|(of, _)| *of == refusal);
        only(known.map_or(LinkedRule::NotJson, |(_, rule)| rule))
    })?;
    let Some(members) = tree.members() else {
        return Err(only(LinkedRule::WrongType));
    };
    let mut walk = Walk::of(Room::beside(octets.len(), &tree, LIMITS));
    let given = examine::given(members);
    let (contexts, given): (Vec<_>, Vec<_>) =
        given.into_iter().partition(|(name, _)| *name == "@context");
    let context = match contexts.as_slice() {
        [] => {
            walk.repair(LinkedRepair::Context);
            context()
        }
        [(_, context)] => of_context(&mut walk, context),
        _ => {
            walk.error(LinkedRule::DuplicateMember);
            Value::Null
        }
    };
    let mut document = Value::Object(walk.object(&given, Form::Receipt));
    across::check(&mut walk, &mut document);
    if !walk.report.is_valid() {
        return Err(walk.report);
    }
    if let Value::Object(members) = &mut document {
        members.insert("@context".to_owned(), context);
    }
    // What a repair has made longer must be read again too.
    if !bounds::is_within(&document, LIMITS) {
        walk.error(LinkedRule::TooLarge);
        return Err(walk.report);
    }
    let Ok(document) = serde_json::from_value(document) else {
        walk.error(LinkedRule::WrongType);
        return Err(walk.report);
    };
    Ok(Reading {
        document,
        repairs: walk.repairs,
        report: walk.report,
    })
}

/// A context is kept as it stands; one that is not ours may mean other things by the same keys.
fn of_context(walk: &mut Walk<'_>, given: &Tree<'_>) -> Value {
    let given = plain(given);
    if given != context() {
        walk.find(LinkedRule::OtherContext, Level::Warning);
    }
    given
}

fn plain(tree: &Tree<'_>) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Bool(is_so) => Value::Bool(*is_so),
        Tree::Unsigned(number) => Value::from(*number),
        Tree::Negative(number) => Value::from(*number),
        Tree::Float(number) => Value::from(*number),
        Tree::Text(text) => Value::from(&**text),
        Tree::Array(values) => values.iter().map(plain).collect(),
        Tree::Object(members) => {
            let plain = |(name, value): &(std::borrow::Cow<'_, str>, Tree<'_>)| {
                (name.to_string(), plain(value))
            };
            Value::Object(members.iter().map(plain).collect())
        }
    }
}

fn only(rule: LinkedRule) -> Report<LinkedRule> {
    Report {
        findings: vec![Finding {
            pointer: String::new(),
            rule,
            level: Level::Error,
        }],
    }
}

/// The facts of `receipt` that DPV, Dublin Core and schema.org have no place for: each is kept in a term
/// of our own namespace. No fact is lost.
#[must_use]
pub fn losses(receipt: &Receipt) -> Vec<Loss> {
    let rows = OURS.map(|pattern| (pattern, Kept::Extension));
    loss::of(receipt, &rows)
}

/// The facts that stand in our own terms only.
const OURS: [&str; 18] = [
    "/version",
    "/operator_id",
    "/grounds/consent/notice/sha256",
    "/grounds/consent/ceremony/channel",
    "/grounds/consent/ceremony/method",
    "/grounds/consent/ceremony/acting/authority",
    "/grounds/consent/ceremony/acting/minor/age",
    "/grounds/consent/ceremony/assurance",
    "/grounds/consent/ceremony/custody",
    "/grounds/consent/records/*/slr_id",
    "/grounds/consent/records/*/kid",
    "/grounds/consent/records/*/sha256",
    "/grounds/consent/records/*/events/*/reason",
    "/grounds/consent/records/*/events/*/record/record_id",
    "/grounds/consent/records/*/events/*/record/sha256",
    "/processes/*/category",
    "/processes/*/data/*/category",
    "/processes/*/left_out/**",
];
