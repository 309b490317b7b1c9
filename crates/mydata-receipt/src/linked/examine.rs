//! The one reader: from any spelling to the form's own, with everything that is wrong.

mod outside;
mod values;

use super::common::Room;
use super::form::{self, Form, Member, members};
use super::rule::{LinkedRepair, LinkedRule, PHANTOMS, Repaired};
use crate::dpv;
use crate::finding::{Finding, Level, Report};
use crate::tree::{Tree, push_name};
use mydata_core::lang::Language;
use outside::{Around, PARTIES, alias, group, is_parties};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A member as the document has it.
pub(super) type Given<'t> = (&'t str, &'t Tree<'t>);

/// What has been found so far, and where the reader stands. Pointers are in ISO's spelling.
pub(super) struct Walk<'t> {
    pub(super) report: Report<LinkedRule>,
    pub(super) repairs: Vec<Repaired>,
    /// The language of texts that do not say theirs: that of the record in which they are.
    pub(super) language: Option<Language>,
    /// The languages of the records so far.
    spoken: Vec<Option<Language>>,
    pub(super) pointer: String,
    /// Members of a purpose that stand outside all of them.
    pub(super) shared: Vec<(&'static str, Given<'t>)>,
    /// What copies of these may take.
    pub(super) room: Room,
    /// Parties that records have of their own.
    lifted: Vec<Value>,
    /// The same as texts, to see quickly whether one is known.
    known: HashSet<String>,
    parties: usize,
}

impl<'t> Walk<'t> {
    /// Nothing found so far.
    pub(super) fn of(room: Room) -> Self {
        Self {
            report: Report::default(),
            repairs: Vec::new(),
            language: None,
            spoken: Vec::new(),
            pointer: String::new(),
            shared: Vec::new(),
            room,
            lifted: Vec::new(),
            known: HashSet::new(),
            parties: 0,
        }
    }

    pub(super) fn find(&mut self, rule: LinkedRule, level: Level) {
        let pointer = self.pointer.clone();
        self.report.findings.push(Finding {
            pointer,
            rule,
            level,
        });
    }

    pub(super) fn error(&mut self, rule: LinkedRule) {
        self.find(rule, Level::Error);
    }

    pub(super) fn repair(&mut self, repair: LinkedRepair) {
        let is_spelling = matches!(repair, LinkedRepair::CamelCase | LinkedRepair::Property);
        let (rule, level) = if is_spelling {
            (LinkedRule::OtherSpelling, Level::Note)
        } else {
            (LinkedRule::NeedsRepair, Level::Warning)
        };
        self.find(rule, level);
        let pointer = self.pointer.clone();
        self.repairs.push(Repaired { pointer, repair });
    }

    /// Does `then` one step further inside.
    pub(super) fn at<T>(&mut self, name: &str, then: impl FnOnce(&mut Self) -> T) -> T {
        let whole = self.pointer.len();
        push_name(&mut self.pointer, name);
        let done = then(self);
        self.pointer.truncate(whole);
        done
    }

    /// The members of an object of this form, each under ISO's key.
    pub(super) fn object(&mut self, given: &[Given<'t>], form: Form) -> Map<String, Value> {
        self.doubled(given, form);
        let around = Around::of(given, form);
        let mut object = Map::new();
        let mut outside: Vec<(&'static str, Form, Vec<Given<'t>>)> = Vec::new();
        let mut parties: Vec<Given<'t>> = Vec::new();
        let mut seen: BTreeSet<&'static str> = BTreeSet::new();
        let given = if form == Form::Processing {
            let (given, differing) = self.of_processing(given);
            seen.extend(differing);
            given
        } else if form == Form::Purpose {
            self.of_purpose(given)
        } else {
            given.to_vec()
        };
        let mut is_noted = false;
        for (name, tree) in given {
            let known = form::member(form, alias(form, name, tree));
            let known = known.filter(|member| !around.is_of_record(member.key));
            if is_parties(form, name) {
                parties.push((name, tree));
            } else if let Some(member) = known {
                seen.insert(member.key);
                self.member(&mut object, name, tree, member);
            } else if let Some((key, group)) = group(form, name) {
                match outside.iter_mut().find(|(known, ..)| *known == key) {
                    Some((_, _, members)) => members.push((name, tree)),
                    None => outside.push((key, group, vec![(name, tree)])),
                }
            } else if self.unknown(name, tree) && !is_noted {
                is_noted = true;
                self.find(LinkedRule::UnknownMember, Level::Note);
            }
        }
        for (key, group, members) in outside {
            seen.insert(key);
            self.grouped(&mut object, key, group, &members);
        }
        // Last, since their texts may be in the language of the records.
        self.with_parties(&mut object, &parties, form);
        if !parties.is_empty() {
            seen.insert(PARTIES);
        }
        self.set_right(&mut object, form);
        let is_bare = around.is_bare(&object);
        if is_bare {
            self.find(LinkedRule::BareRecord, Level::Warning);
        }
        for member in members(form) {
            // What is there and wrong is told already.
            let is_there = object.contains_key(member.key) || seen.contains(member.key);
            let is_needed = member.is_needed && !(is_bare && outside::is_of_receipt(member.key));
            if is_needed && !is_there {
                self.at(member.key, |walk| {
                    walk.error(match member.key {
                        "consent_records" => LinkedRule::NoRecord,
                        _ => LinkedRule::Missing,
                    });
                });
            }
        }
        object
    }

    fn member(
        &mut self,
        object: &mut Map<String, Value>,
        name: &str,
        tree: &'t Tree<'t>,
        member: &'static Member,
    ) {
        self.at(member.key, |walk| {
            // Told as a name that stands twice.
            if object.contains_key(member.key) {
                return;
            }
            if name != member.key {
                walk.repair(if name == member.property {
                    LinkedRepair::Property
                } else {
                    LinkedRepair::CamelCase
                });
            }
            if let Some(value) = walk.values(tree, member) {
                object.insert(member.key.to_owned(), value);
            }
        });
    }

    /// A name that the form does not know: worth a note, which is said by `true`, and an error when it
    /// claims to be of DPV.
    fn unknown(&mut self, name: &str, tree: &Tree<'_>) -> bool {
        if !tree.doubled(&|_| false).is_empty() {
            self.error(LinkedRule::DuplicateMember);
        }
        let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
        let is_of_dpv = dpv::NAMESPACES.iter().any(|(known, _)| *known == prefix);
        let is_wrong = is_of_dpv && dpv::kind(name).is_none();
        if is_wrong {
            self.error(if PHANTOMS.contains(&name) {
                LinkedRule::PhantomTerm
            } else {
                LinkedRule::UnknownTerm
            });
        }
        !is_wrong
    }

    fn doubled(&mut self, given: &[Given<'t>], form: Form) {
        let mut names: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            self.error(LinkedRule::DuplicateMember);
        }
        names.dedup();
        let mut spellings: BTreeMap<&'static str, usize> = BTreeMap::new();
        for member in names.iter().filter_map(|name| form::member(form, name)) {
            *spellings.entry(member.key).or_default() += 1;
        }
        for member in members(form) {
            if spellings.get(member.key).is_some_and(|count| *count > 1) {
                self.at(member.key, |walk| walk.error(LinkedRule::TwoSpellings));
            }
        }
    }
}

/// The members of an object.
pub(super) fn given<'t>(members: &'t [(std::borrow::Cow<'t, str>, Tree<'t>)]) -> Vec<Given<'t>> {
    members.iter().map(|(name, tree)| (&**name, tree)).collect()
}
