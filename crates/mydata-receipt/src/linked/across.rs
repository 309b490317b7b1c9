//! What one member says about another: references, histories, and what a record of its kind must have.

use super::examine::Walk;
use super::rule::{LinkedRepair, LinkedRule};
use super::value::is_iri;
use super::words::{BASES, STATES, name, word};
use crate::dpv::{self, Kind};
use crate::finding::Level;
use crate::issue::article;
use crate::receipt::EventState;
use mydata_core::time::Timestamp;
use mydata_record::description::Basis;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Checks a document in the form's own spelling, and names the parties that are meant by their id.
pub(super) fn check(walk: &mut Walk<'_>, document: &mut Value) {
    let told = Told::of(walk);
    refer(walk, document, &told);
    let none = Vec::new();
    let records = document["consent_records"].as_array().unwrap_or(&none);
    for (at, record) in records.iter().enumerate() {
        let pointer = format!("/consent_records/{at}");
        if is_notice(record) {
            let controls = ["involvement", "contract_control", "privacy_rights"];
            let processing = &record["pii_processing"];
            if controls
                .iter()
                .all(|control| processing[*control].is_null())
            {
                find(
                    walk,
                    &format!("{pointer}/pii_processing"),
                    LinkedRule::NoControl,
                    Level::Error,
                );
            }
            continue;
        }
        for member in ["/pii_processing/withdrawal_method", "/events"] {
            if record.pointer(member).is_none() {
                told.missing(walk, &[&pointer, member].concat());
            }
        }
        history(walk, &record["events"], &pointer);
    }
}

fn find(walk: &mut Walk<'_>, pointer: &str, rule: LinkedRule, level: Level) {
    pointer.clone_into(&mut walk.pointer);
    walk.find(rule, level);
    walk.pointer.clear();
}

/// Where errors have been found, to ask quickly whether one is inside of a member.
struct Told(BTreeSet<String>);

impl Told {
    fn of(walk: &Walk<'_>) -> Self {
        let errors = walk.report.findings.iter();
        let errors = errors.filter(|found| found.level == Level::Error);
        Self(errors.map(|found| found.pointer.clone()).collect())
    }

    /// A member is missing, unless something was there and told to be wrong.
    fn missing(&self, walk: &mut Walk<'_>, pointer: &str) {
        let mut from = self.0.range(pointer.to_owned()..);
        if !from.next().is_some_and(|told| told.starts_with(pointer)) {
            find(walk, pointer, LinkedRule::Missing, Level::Error);
        }
    }
}

/// Whether a record rests on another basis than consent, as far as it says.
fn is_notice(record: &Value) -> bool {
    basis(record).is_some_and(|basis| basis != Basis::Consent)
}

/// The basis of a record: its own, else that of its purposes' articles.
fn basis(record: &Value) -> Option<Basis> {
    let processing = &record["pii_processing"];
    let texts = |value: &Value| -> Vec<String> {
        let values = value.as_array().into_iter().flatten();
        values
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let own = texts(&processing["basis"]);
    let purposes = processing["purposes"].as_array().into_iter().flatten();
    let articles = purposes.flat_map(|purpose| texts(&purpose["lawful_basis"]));
    own.into_iter()
        .chain(articles)
        .find_map(|term| of_term(&term))
}

/// The basis that a term names: also the narrower terms of an article.
fn of_term(term: &str) -> Option<Basis> {
    let article = Basis::ALL.into_iter().find(|basis| {
        let rest = term.strip_prefix(article(*basis));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    });
    article.or_else(|| word(BASES, term))
}

/// Nothing happens after an end, and nothing before what came before it.
fn history(walk: &mut Walk<'_>, events: &Value, record: &str) {
    let none = Vec::new();
    let events = events.as_array().unwrap_or(&none);
    for (at, pair) in events.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        let pointer = format!("{record}/events/{}", at + 1);
        let states = before["event_state"].as_array().into_iter().flatten();
        let mut states = states.filter_map(Value::as_str);
        let is_end = states.any(|state| {
            word(STATES, state).is_some_and(EventState::is_end) || state == "dpv:ConsentInvalidated"
        });
        if is_end {
            find(walk, &pointer, LinkedRule::EventAfterEnd, Level::Error);
        }
        let time = |event: &Value| event["event_time"].as_str().and_then(Timestamp::parse);
        if time(before) > time(after) && time(after).is_some() && !is_by_itself(after) {
            find(walk, &pointer, LinkedRule::EventOrder, Level::Warning);
        }
    }
}

/// Whether an event is that the time was over, of which nobody made a record: it stands last, whatever
/// its time.
fn is_by_itself(event: &Value) -> bool {
    let states = event["event_state"].as_array().into_iter().flatten();
    let mut states = states.filter_map(Value::as_str);
    let expired = name(STATES, &EventState::Expired);
    event["status_record"].is_null() && states.any(|state| state == expired)
}

/// Every place that refers to a party; `*` stands for every element.
const REFERENCES: [&str; 8] = [
    "publisher",
    "consent_records/*/header/pii_principal_id",
    "consent_records/*/pii_processing/pii_controllers/*",
    "consent_records/*/pii_processing/authority_party",
    "consent_records/*/pii_processing/services/*/provider",
    "consent_records/*/pii_processing/services/*/consumer",
    "consent_records/*/pii_processing/purposes/*/recipient_third_parties/*",
    "consent_records/*/events/*/entity_id",
];

const PRINCIPAL: &str = "consent_records/*/header/pii_principal_id";

fn refer(walk: &mut Walk<'_>, document: &mut Value, told: &Told) {
    let mut ids = BTreeSet::new();
    let mut by_party_id: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (pointer, party) in parties(document) {
        let text = |key: &str| party.get(key).and_then(Value::as_str).unwrap_or_default();
        let (id, party_id) = (text("@id"), text("party_id"));
        if !id.is_empty() && !ids.insert(id.to_owned()) {
            find(walk, &pointer, LinkedRule::PartyTwice, Level::Error);
        }
        // Two parties of one identifier: neither is meant by it.
        let entry = by_party_id.entry(party_id.to_owned());
        entry
            .and_modify(|known| *known = None)
            .or_insert_with(|| Some(id.to_owned()));
    }
    let mut principals = BTreeSet::new();
    let mut made = Vec::new();
    for pattern in REFERENCES {
        visit(
            document,
            pattern,
            &mut String::new(),
            &mut |pointer, value| {
                let Some(name) = value.as_str() else { return };
                let id = if ids.contains(name) {
                    name.to_owned()
                } else if let Some(Some(id)) = by_party_id.get(name) {
                    walk_repair(walk, pointer);
                    id.clone()
                } else if pattern == PRINCIPAL && !is_iri(name) {
                    walk_repair(walk, pointer);
                    let id = format!("_:pii-principal-{}", made.len());
                    made.push(json!({
                        "@id": id, "party_id": name, "party_type": ["dpv:DataSubject"]
                    }));
                    id
                } else {
                    find(walk, pointer, LinkedRule::DanglingParty, Level::Error);
                    return;
                };
                if pattern == PRINCIPAL {
                    principals.insert(id.clone());
                }
                *value = Value::String(id);
            },
        );
    }
    for (pointer, party) in parties(document) {
        let id = party.get("@id").and_then(Value::as_str).unwrap_or_default();
        if principals.contains(id) || is_person(&party) {
            continue;
        }
        for member in ["party_name", "party_address", "party_contact"] {
            if party.get(member).is_none() {
                told.missing(walk, &[&pointer, "/", member].concat());
            }
        }
    }
    if let (Some(Value::Array(parties)), false) =
        (document.get_mut("party_identification"), made.is_empty())
    {
        parties.extend(made);
    }
}

fn walk_repair(walk: &mut Walk<'_>, pointer: &str) {
    pointer.clone_into(&mut walk.pointer);
    walk.repair(LinkedRepair::PartyReference);
    walk.pointer.clear();
}

/// The parties, those of the receipt and those that records have of their own, with their pointers.
fn parties(document: &Value) -> Vec<(String, Value)> {
    let none = Vec::new();
    let parties = document["party_identification"].as_array().unwrap_or(&none);
    let pointer = |at: usize| format!("/party_identification/{at}");
    parties
        .iter()
        .enumerate()
        .map(|(at, party)| (pointer(at), party.clone()))
        .collect()
}

/// Whether a party is a human being: then it has no address here and no name.
fn is_person(party: &Value) -> bool {
    let terms = ["party_role", "party_type"];
    let terms = terms
        .iter()
        .flat_map(|key| party[*key].as_array().into_iter().flatten());
    let mut terms = terms.filter_map(Value::as_str);
    terms.any(|term| {
        matches!(term, "dpv:DataSubject" | "dpv:Representative" | "dpv:Agent")
            || dpv::kind(term) == Some(Kind::Class("HumanSubject"))
    })
}

fn visit(
    value: &mut Value,
    pattern: &str,
    pointer: &mut String,
    found: &mut dyn FnMut(&str, &mut Value),
) {
    if pattern.is_empty() {
        found(pointer, value);
        return;
    }
    let (step, rest) = pattern.split_once('/').unwrap_or((pattern, ""));
    let whole = pointer.len();
    if step == "*" {
        for (at, element) in value.as_array_mut().into_iter().flatten().enumerate() {
            crate::tree::push_index(pointer, at);
            visit(element, rest, pointer, found);
            pointer.truncate(whole);
        }
    } else if let Some(member) = value.get_mut(step) {
        crate::tree::push_name(pointer, step);
        visit(member, rest, pointer, found);
        pointer.truncate(whole);
    }
}
