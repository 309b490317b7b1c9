//! The one reader: from any spelling to the form's own, with everything that is wrong.

use super::form::{self, Form, Member, Shape, members};
use super::rule::{LinkedRepair, LinkedRule, PHANTOMS, Repaired};
use super::value;
use crate::dpv;
use crate::finding::{Finding, Level, Report};
use crate::tree::{Tree, push_index, push_name};
use mydata_core::lang::Language;
use serde_json::{Map, Value, json};

/// A member as the document has it.
pub(super) type Given<'t> = (&'t str, &'t Tree<'t>);

/// What has been found so far, and where the reader stands. Pointers are in ISO's spelling.
pub(super) struct Walk<'t> {
    pub(super) report: Report<LinkedRule>,
    pub(super) repairs: Vec<Repaired>,
    /// The language of texts that do not say theirs.
    pub(super) language: Option<Language>,
    pub(super) pointer: String,
    /// Members of a purpose that stand outside all of them.
    pub(super) shared: Vec<Given<'t>>,
    /// Parties that records have of their own.
    lifted: Vec<Value>,
    parties: usize,
}

impl<'t> Walk<'t> {
    pub(super) fn of(tree: &'t Tree<'t>) -> Self {
        Self {
            report: Report::default(),
            repairs: Vec::new(),
            language: language(tree),
            pointer: String::new(),
            shared: Vec::new(),
            lifted: Vec::new(),
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
        let mut object = Map::new();
        let mut outside: Vec<(&'static str, Form, Vec<Given<'t>>)> = Vec::new();
        let given = self.with_common(given, form);
        let (mut seen, mut is_noted) = (Vec::new(), false);
        for (name, tree) in given {
            if let Some(member) = form::member(form, alias(form, name, tree)) {
                seen.push(member.key);
                self.member(&mut object, name, tree, member);
            } else if form == Form::Record && parties(name).is_some() {
                self.lift(name, tree);
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
            seen.push(key);
            self.grouped(&mut object, key, group, &members);
        }
        if form == Form::Receipt && !self.lifted.is_empty() {
            let lifted = std::mem::take(&mut self.lifted);
            let own = object
                .entry("party_identification")
                .or_insert_with(|| json!([]));
            if let Value::Array(own) = own {
                let new = lifted.into_iter().filter(|party| !own.contains(party));
                let new: Vec<Value> = new.collect();
                own.extend(new);
            }
        }
        self.set_right(&mut object, form);
        for member in members(form) {
            // What is there and wrong is told already.
            let is_there = object.contains_key(member.key) || seen.contains(&member.key);
            if member.is_needed && !is_there {
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

    fn grouped(
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

    /// The parties of one record, which become those of the receipt.
    fn lift(&mut self, name: &str, tree: &'t Tree<'t>) {
        let Some(member) = parties(name) else {
            return;
        };
        self.at(member.key, |walk| {
            walk.repair(LinkedRepair::Grouped);
            if let Some(Value::Array(parties)) = walk.values(tree, member) {
                for party in parties {
                    if !walk.lifted.contains(&party) {
                        walk.lifted.push(party);
                    }
                }
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
        for member in members(form) {
            if names.iter().filter(|name| member.is(name)).count() > 1 {
                self.at(member.key, |walk| walk.error(LinkedRule::TwoSpellings));
            }
        }
    }

    fn values(&mut self, tree: &'t Tree<'t>, member: &'static Member) -> Option<Value> {
        match (tree, member.is_many) {
            (Tree::Array(values), true) => {
                if values.is_empty() && member.key != "recipient_third_parties" {
                    self.error(LinkedRule::EmptyList);
                    return None;
                }
                let whole = self.pointer.len();
                let mut read = Vec::new();
                for (at, value) in values.iter().enumerate() {
                    push_index(&mut self.pointer, at);
                    read.extend(self.value(value, member));
                    self.pointer.truncate(whole);
                }
                Some(Value::Array(read))
            }
            (one, true) => {
                let whole = self.pointer.len();
                // A receipt of one type, and a single term, are as usual without an array.
                if member.key != "@type" {
                    self.repair(LinkedRepair::Single);
                }
                push_index(&mut self.pointer, 0);
                let read = self.value(one, member);
                self.pointer.truncate(whole);
                read.map(|value| Value::Array(vec![value]))
            }
            (Tree::Array(values), false) => match values.as_slice() {
                [] => {
                    self.error(LinkedRule::EmptyList);
                    None
                }
                [one] => {
                    self.repair(LinkedRepair::Single);
                    self.value(one, member)
                }
                _ => {
                    self.error(LinkedRule::WrongType);
                    None
                }
            },
            (one, false) => self.value(one, member),
        }
    }

    fn value(&mut self, tree: &'t Tree<'t>, member: &'static Member) -> Option<Value> {
        match member.shape {
            Shape::Node(form) => self.node(tree, form),
            Shape::PartyOr(form) if tree.text().is_none() => self.node(tree, form),
            Shape::Party | Shape::PartyOr(_) => self.party(tree),
            Shape::Text
            | Shape::Number
            | Shape::Free
            | Shape::Texts
            | Shape::Time
            | Shape::Iri
            | Shape::Term(_) => value::of(self, tree, member.key, member.shape),
        }
    }

    fn node(&mut self, tree: &'t Tree<'t>, form: Form) -> Option<Value> {
        if let Some(text) = tree.text() {
            return value::node_of_text(self, text, form);
        }
        let Some(members) = tree.members() else {
            self.error(LinkedRule::WrongType);
            return None;
        };
        Some(Value::Object(self.object(&given(members), form)))
    }

    /// A party by its id, also as JSON-LD writes a reference in full.
    fn party(&mut self, tree: &'t Tree<'t>) -> Option<Value> {
        let id = match (tree.members(), tree.member("@id")) {
            (Some([_]), Some(id)) => id,
            _ => tree,
        };
        value::of(self, id, "", Shape::Text)
    }

    /// An identifier from its other property, and a name for a party that has none.
    fn set_right(&mut self, object: &mut Map<String, Value>, form: Form) {
        let keys = [
            (Form::Receipt, "receipt_id"),
            (Form::Header, "record_id"),
            (Form::Party, "party_id"),
        ];
        let Some((_, key)) = keys.into_iter().find(|(of, _)| *of == form) else {
            return;
        };
        if !object.contains_key(key)
            && let Some(identifier) = object.get("identifier").cloned()
        {
            object.insert(key.to_owned(), identifier);
            self.at(key, |walk| walk.repair(LinkedRepair::Identifier));
        }
        if form == Form::Party
            && !object.contains_key("@id")
            && let Some(Value::String(id)) = object.get(key)
        {
            let name = if value::is_iri(id) {
                id.clone()
            } else {
                format!("_:party-{}", self.parties)
            };
            object.insert("@id".to_owned(), Value::String(name));
            self.parties += 1;
            self.repair(LinkedRepair::PartyReference);
        }
    }
}

/// The member of a receipt that holds the parties.
fn parties(name: &str) -> Option<&'static Member> {
    form::member(Form::Receipt, name).filter(|member| member.key == "party_identification")
}

/// `record` is the header of a record to some and the records of a receipt to others: what is in it
/// tells.
fn alias<'n>(form: Form, name: &'n str, tree: &Tree<'_>) -> &'n str {
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

/// The members of an object.
pub(super) fn given<'t>(members: &'t [(std::borrow::Cow<'t, str>, Tree<'t>)]) -> Vec<Given<'t>> {
    members.iter().map(|(name, tree)| (&**name, tree)).collect()
}

/// The group to which a name belongs that stands outside of it.
fn group(form: Form, name: &str) -> Option<(&'static str, Form)> {
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

/// The first text of an array.
fn first_text<'t>(tree: &'t Tree<'_>) -> Option<&'t str> {
    let Tree::Array(values) = tree else {
        return None;
    };
    values.first().and_then(Tree::text)
}

/// The first language that the document names, wherever its records say theirs.
fn language(tree: &Tree<'_>) -> Option<Language> {
    let is_language = |name: &str| matches!(name, "language" | "dct:language");
    match tree {
        Tree::Object(members) => {
            let own = members.iter().find(|(name, _)| is_language(name));
            let own = own.and_then(|(_, value)| value.text().or_else(|| first_text(value)));
            own.and_then(Language::parse)
                .or_else(|| members.iter().find_map(|(_, value)| language(value)))
        }
        Tree::Array(values) => values.iter().find_map(language),
        Tree::Null
        | Tree::Bool(_)
        | Tree::Unsigned(_)
        | Tree::Negative(_)
        | Tree::Float(_)
        | Tree::Text(_) => None,
    }
}
