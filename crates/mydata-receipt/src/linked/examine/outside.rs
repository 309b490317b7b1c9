//! What stands outside of where it belongs: members outside their group, parties in a record, a record
//! without a receipt around it.

use super::{Given, Walk};
use crate::linked::form::{self, Form, Member};
use crate::linked::rule::{LinkedRepair, LinkedRule};
use crate::tree::{Tree, push_index};
use mydata_core::lang::Language;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// The member of a receipt that holds the parties.
pub(super) const PARTIES: &str = "party_identification";

/// What stands around a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    /// A receipt, or something inside of one.
    Receipt,
    /// A list of records that says nothing of a receipt.
    List,
    /// Nothing: the document is the record.
    Nothing,
}

impl Around {
    pub(super) fn of(given: &[Given<'_>], form: Form) -> Self {
        if form != Form::Receipt {
            return Self::Receipt;
        }
        let mut own = given
            .iter()
            .filter_map(|(name, tree)| form::member(form, alias(form, name, tree)))
            .map(|member| member.key)
            .filter(|key| !matches!(*key, "@type" | PARTIES));
        let is_list = own.clone().any(|key| key == "consent_records");
        let is_record = |(name, _): &Given<'_>| *name != "@type" && group(form, name).is_some();
        match (own.all(|key| key == "consent_records"), is_list) {
            (true, true) => Self::List,
            (true, false) if given.iter().any(is_record) => Self::Nothing,
            (_, _) => Self::Receipt,
        }
    }

    /// Whether a member that a receipt has too is the record's.
    pub(super) fn is_of_record(self, key: &str) -> bool {
        self == Self::Nothing && key == "@type"
    }

    /// Whether one record was found and no receipt.
    pub(super) fn is_bare(self, object: &Map<String, Value>) -> bool {
        let records = object.get("consent_records").and_then(Value::as_array);
        self != Self::Receipt && records.is_some_and(|records| records.len() == 1)
    }
}

/// Whether only a receipt must have a member, and a record need not.
pub(super) fn is_of_receipt(key: &str) -> bool {
    matches!(key, "schema_version" | "receipt_id" | "created")
}

impl<'t> Walk<'t> {
    pub(super) fn grouped(
        &mut self,
        object: &mut Map<String, Value>,
        key: &'static str,
        group: Form,
        members: &[Given<'t>],
    ) {
        self.at(key, |walk| {
            if object.contains_key(key) {
                walk.error(LinkedRule::TwoSpellings);
                return;
            }
            walk.repair(LinkedRepair::Grouped);
            let value = if group == Form::Record {
                let whole = walk.pointer.len();
                push_index(&mut walk.pointer, 0);
                let record = walk.object(members, group);
                walk.pointer.truncate(whole);
                json!([record])
            } else {
                Value::Object(walk.object(members, group))
            };
            object.insert(key.to_owned(), value);
        });
    }

    /// The parties, those of the receipt and those that records have of their own. Where a text of
    /// theirs does not say its language, it is that of the record, or of all records.
    pub(super) fn with_parties(
        &mut self,
        object: &mut Map<String, Value>,
        parties: &[Given<'t>],
        form: Form,
    ) {
        match (form, form::member(Form::Receipt, PARTIES)) {
            (Form::Record, Some(member)) => {
                for (_, tree) in parties {
                    self.lift(tree, member);
                }
                let language = self.language.take();
                self.spoken.push(language);
            }
            (Form::Receipt, Some(member)) => {
                self.language = one_language(&self.spoken);
                for (name, tree) in parties {
                    self.member(object, name, tree, member);
                }
                self.put_lifted(object);
            }
            (_, _) => {}
        }
    }

    /// The parties of one record, which become those of the receipt.
    fn lift(&mut self, tree: &'t Tree<'t>, member: &'static Member) {
        self.at(PARTIES, |walk| {
            walk.repair(LinkedRepair::Grouped);
            if let Some(Value::Array(parties)) = walk.values(tree, member) {
                for party in parties {
                    if walk.known.insert(party.to_string()) {
                        walk.lifted.push(party);
                    }
                }
            }
        });
    }

    fn put_lifted(&mut self, object: &mut Map<String, Value>) {
        if self.lifted.is_empty() {
            return;
        }
        let lifted = std::mem::take(&mut self.lifted);
        let own = object.entry(PARTIES).or_insert_with(|| json!([]));
        if let Value::Array(own) = own {
            let known: HashSet<String> = own.iter().map(Value::to_string).collect();
            let is_new = |party: &Value| !known.contains(&party.to_string());
            own.extend(lifted.into_iter().filter(is_new));
        }
    }
}

/// The language of all records, when it is one.
fn one_language(spoken: &[Option<Language>]) -> Option<Language> {
    let (first, others) = spoken.split_first()?;
    first.filter(|_| others.iter().all(|other| other == first))
}

/// Whether a member is a list of parties, of a receipt or of a record.
pub(super) fn is_parties(form: Form, name: &str) -> bool {
    matches!(form, Form::Receipt | Form::Record)
        && form::member(Form::Receipt, name).is_some_and(|member| member.key == PARTIES)
}

/// `record` is the header of a record to some and the records of a receipt to others: what is in it
/// tells.
pub(super) fn alias<'n>(form: Form, name: &'n str, tree: &Tree<'_>) -> &'n str {
    let is_record = |tree: &Tree<'_>| {
        let members = tree.members().unwrap_or_default();
        let mut known = members
            .iter()
            .filter_map(|(name, _)| form::member(Form::Record, name));
        known.any(|member| member.key == "pii_processing")
    };
    let is_records = if let Tree::Array(records) = tree {
        records.iter().any(is_record)
    } else {
        is_record(tree)
    };
    if form == Form::Receipt && name == "record" && is_records {
        "consent_records"
    } else {
        name
    }
}

/// The group to which a name belongs that stands outside of it.
pub(super) fn group(form: Form, name: &str) -> Option<(&'static str, Form)> {
    let groups = [
        (Form::Receipt, "consent_records", Form::Record),
        (Form::Record, "header", Form::Header),
        (Form::Record, "pii_processing", Form::Processing),
    ];
    let is_in = |group: &Form| form::member(*group, name).is_some();
    let mut groups = groups.into_iter().filter(|(of, ..)| *of == form);
    groups
        .find(|(_, _, group)| is_in(group))
        .map(|(_, key, group)| (key, group))
}
