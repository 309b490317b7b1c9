//! The validator: the table, walked over a document as it is.

use super::checks;
use super::extension::Extension;
use super::fields::{self, Field, Form, Law, Need, Shape};
use super::list::{List, Said};
use super::rule::KantaraRule;
use super::{LIMITS, schema};
use crate::finding::Report;
use crate::tree::{Tree, push_index, push_name};
use mydata_core::json::JsonRefusal;
use serde::Deserialize;
use std::borrow::Cow;

/// Everything that is wrong with a receipt of Kantara 1.1, by the text of the specification, each with
/// its place, and with what the published schema would have said ([`Finding::schema`], in
/// [`Report::let_through`]).
///
/// What is missing is found at the place where it would stand, after what is there. Where nothing can
/// be read (no JSON, beyond our bounds, no object, a receipt inside another object) that is the only
/// finding. A member that stands twice is judged by its last value, as most readers take it.
///
/// [`Finding::schema`]: crate::finding::Finding::schema
#[must_use]
pub fn validate(octets: &[u8]) -> Report<KantaraRule> {
    match tree(octets) {
        Ok(tree) => judge(&tree),
        Err(rule) => only(rule),
    }
}

/// Reads under our bounds.
pub(super) fn tree(octets: &[u8]) -> Result<Tree<'_>, KantaraRule> {
    Tree::read(octets, LIMITS).map_err(|refusal| {
        let mut bounds = BOUNDS.iter();
        let found = bounds.find(|(bound, _)| *bound == refusal);
        found.map_or(KantaraRule::NotJson, |(_, rule)| *rule)
    })
}

/// The bounds that hold while reading; whatever else is wrong there is no JSON.
const BOUNDS: [(JsonRefusal, KantaraRule); 3] = [
    (JsonRefusal::TooLarge, KantaraRule::TooLarge),
    (JsonRefusal::TooDeep, KantaraRule::TooDeep),
    (JsonRefusal::TooMany, KantaraRule::TooMany),
];

/// A report of one finding, on the whole document.
pub(super) fn only(rule: KantaraRule) -> Report<KantaraRule> {
    let mut report = Report::default();
    report.find("", rule);
    report
}

/// Judges a document that could be read.
pub(super) fn judge(tree: &Tree<'_>) -> Report<KantaraRule> {
    let Some(members) = tree.members() else {
        return only(KantaraRule::NotAnObject);
    };
    if is_wrapped(tree) {
        return only(KantaraRule::Wrapped);
    }
    let mut judge = Judge {
        report: Report::default(),
        pointer: String::new(),
        has_doubled: tree.has_doubled(),
        has_settled: false,
    };
    if judge.has_doubled {
        for pointer in tree.doubled(&fields::is_known) {
            judge.report.find(&pointer, KantaraRule::DuplicateMember);
        }
    }
    judge.object(&fields::RECEIPT, members);
    judge.settle();
    judge.report
}

/// Whether a document has nothing of a receipt but a member that is one.
pub(super) fn is_wrapped(tree: &Tree<'_>) -> bool {
    let is_of_receipt =
        |(name, _): &(Cow<'_, str>, Tree<'_>)| fields::RECEIPT.field(name).is_some();
    tree.member(WRAPPER).and_then(Tree::members).is_some()
        && !tree
            .members()
            .is_some_and(|all| all.iter().any(is_of_receipt))
}

/// The member in which an emitter wraps a receipt for a token.
pub(super) const WRAPPER: &str = "consentReceipt";

struct Judge {
    report: Report<KantaraRule>,
    pointer: String,
    /// Whether a name stands twice somewhere: else nobody need look for it.
    has_doubled: bool,
    /// Whether some category shows that they are not numbered from 0.
    has_settled: bool,
}

impl Judge {
    fn find(&mut self, rule: KantaraRule) {
        self.report.find(&self.pointer, rule);
    }

    /// Finds at a member of this object.
    fn find_at(&mut self, name: &str, rule: KantaraRule) {
        self.at(name, |judge| judge.find(rule));
    }

    fn at(&mut self, name: &str, judged: impl FnOnce(&mut Self)) {
        let whole = self.pointer.len();
        push_name(&mut self.pointer, name);
        judged(self);
        self.pointer.truncate(whole);
    }

    fn object(&mut self, shape: &'static Shape, members: &[(Cow<'_, str>, Tree<'_>)]) {
        let mut seen = 0_u32;
        let mut has_unknown = false;
        for (at, (name, value)) in members.iter().enumerate() {
            let mut later = members.iter().skip(at + 1);
            if self.has_doubled && later.any(|(other, _)| other == name) {
                continue;
            }
            if let Some((place, field)) = shape.field(name) {
                seen |= 1 << place;
                self.at(field.name, |judge| judge.value(shape, field, value));
            } else if let Some(field) = shape.meant(name) {
                self.find_at(field.name, KantaraRule::Misspelt);
            } else {
                has_unknown = true;
            }
        }
        for (place, field) in shape.fields.iter().enumerate() {
            if field.need == Need::Required && seen & 1 << place == 0 {
                self.find_at(field.name, KantaraRule::Missing);
            }
        }
        self.law(shape.law, members);
        if has_unknown {
            self.find(KantaraRule::UnknownMember);
        }
    }

    fn value(&mut self, shape: &Shape, field: &Field, value: &Tree<'_>) {
        match (&field.form, value) {
            (Form::Text(_), Tree::Text(text)) if text.trim().is_empty() => {
                self.find(match field.need {
                    Need::Required => KantaraRule::EmptyText,
                    Need::Optional => KantaraRule::EmptyOptional,
                });
            }
            (Form::Text(check), Tree::Text(text)) => {
                if let Some(rule) = check.broken(text) {
                    self.find(rule);
                }
            }
            (Form::Time, Tree::Unsigned(number)) => {
                if let Some(rule) = checks::time(*number) {
                    self.find(rule);
                }
            }
            // The law of the object judges the name of a third party.
            (Form::Flag, Tree::Bool(_)) | (Form::ThirdParty, _) => {}
            (Form::Object(inner), Tree::Object(members)) => self.object(inner, members),
            (Form::Objects(_) | Form::Categories(_), Tree::Array(values)) if values.is_empty() => {
                self.find(KantaraRule::EmptyList);
            }
            (Form::Objects(inner), Tree::Array(values)) => {
                self.each(values, |judge, value| match value.members() {
                    Some(members) => judge.object(inner, members),
                    None => judge.find(KantaraRule::WrongType),
                });
            }
            (Form::Categories(list) | Form::AnyCategories(list), Tree::Array(values)) => {
                self.each(values, |judge, value| judge.category(*list, value));
            }
            (Form::Extension, value) => {
                if Extension::deserialize(value).is_err() {
                    self.find(KantaraRule::Extension);
                }
            }
            (_, _) if shape.is_in_schema => self.find(KantaraRule::WrongType),
            (_, _) => self.find(KantaraRule::AddressMember),
        }
    }

    fn each(&mut self, values: &[Tree<'_>], judged: impl Fn(&mut Self, &Tree<'_>)) {
        let whole = self.pointer.len();
        for (at, value) in values.iter().enumerate() {
            push_index(&mut self.pointer, at);
            judged(self, value);
            self.pointer.truncate(whole);
        }
    }

    fn category(&mut self, list: List, value: &Tree<'_>) {
        let Some(text) = value.text() else {
            return self.find(KantaraRule::WrongType);
        };
        if text.trim().is_empty() {
            return self.find(KantaraRule::EmptyText);
        }
        let said = list.said(text);
        self.has_settled |= said.is_settled();
        match said {
            Said::Right(_) => {}
            Said::Loose(_) | Said::Bare | Said::Named(_) => self.find(KantaraRule::CategoryForm),
            Said::Drifted(_) => self.find(KantaraRule::CategoryDrift),
            Said::Shifted(_) => self.find(KantaraRule::CategoryFromZero),
            Said::Contradicted => self.find(KantaraRule::CategoryContradicted),
            Said::Numbered | Said::Words => self.find(KantaraRule::CategoryUnknown),
        }
    }

    /// Categories are numbered from 0 when every one of them agrees; else a label that is off by one
    /// is nothing but the label of another number.
    fn settle(&mut self) {
        if self.has_settled {
            for found in &mut self.report.findings {
                if found.rule == KantaraRule::CategoryFromZero {
                    found.rule = KantaraRule::CategoryContradicted;
                }
            }
        }
    }

    fn law(&mut self, law: Law, members: &[(Cow<'_, str>, Tree<'_>)]) {
        let value = |name| schema::last(members, name);
        match law {
            Law::Free => {}
            Law::Sensitive => {
                let listed = match value("spiCat") {
                    Some(Tree::Array(values)) => !values.is_empty(),
                    _ => return,
                };
                match value("sensitive") {
                    Some(Tree::Bool(true)) if !listed => {
                        self.find_at("spiCat", KantaraRule::SensitiveUnlisted);
                    }
                    Some(Tree::Bool(false)) if listed => {
                        self.find_at("spiCat", KantaraRule::SensitiveDenied);
                    }
                    _ => {}
                }
            }
            Law::ThirdParty => {
                let name = value("thirdPartyName");
                let is_empty = name
                    .and_then(Tree::text)
                    .is_some_and(|text| text.trim().is_empty());
                let broken = match (value("thirdPartyDisclosure"), name) {
                    (Some(Tree::Bool(true)), None) => Some(KantaraRule::ThirdPartyUnnamed),
                    (Some(Tree::Bool(true)), Some(_)) if is_empty => Some(KantaraRule::EmptyText),
                    (Some(Tree::Bool(true)), Some(Tree::Text(_))) => None,
                    (Some(Tree::Bool(true)), Some(_)) => Some(KantaraRule::WrongType),
                    (Some(Tree::Bool(false)), Some(_)) if is_empty => {
                        Some(KantaraRule::EmptyOptional)
                    }
                    (Some(Tree::Bool(false)), Some(Tree::Text(_))) => {
                        Some(KantaraRule::ThirdPartyDenied)
                    }
                    (Some(Tree::Bool(false)), Some(_)) => Some(KantaraRule::ThirdPartyType),
                    _ => None,
                };
                if let Some(rule) = broken {
                    self.find_at("thirdPartyName", rule);
                }
            }
            Law::Address => {
                let says = |(name, value): &(Cow<'_, str>, Tree<'_>)| {
                    name != "@type" && fields::ADDRESS.field(name).is_some() && !is_blank(value)
                };
                if !members.iter().any(says) {
                    self.find(KantaraRule::Address);
                }
            }
        }
    }
}

/// Whether a value says nothing: an empty text counts as none.
pub(super) fn is_blank(value: &Tree<'_>) -> bool {
    matches!(value, Tree::Null) || value.text().is_some_and(|text| text.trim().is_empty())
}
