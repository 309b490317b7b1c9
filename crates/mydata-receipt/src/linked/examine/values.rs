//! Values of members: one or many, objects, and what is set right in them.

use super::{Walk, given};
use crate::linked::form::{Form, Member, Shape};
use crate::linked::rule::{LinkedRepair, LinkedRule};
use crate::linked::value;
use crate::tree::{Tree, push_index};
use serde_json::{Map, Value};

impl<'t> Walk<'t> {
    pub(super) fn values(&mut self, tree: &'t Tree<'t>, member: &'static Member) -> Option<Value> {
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
    pub(super) fn set_right(&mut self, object: &mut Map<String, Value>, form: Form) {
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
