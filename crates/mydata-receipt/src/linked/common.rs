//! What holds for every purpose: it is written once by some, and in each purpose by others.

use super::examine::{Given, Walk};
use super::form::{self, Form, members};
use super::rule::{LinkedRepair, LinkedRule};
use crate::tree::Tree;
use mydata_core::json::Limits;
use mydata_core::lang::Language;
use std::collections::{BTreeMap, BTreeSet};

/// What may still be added to a document before it is larger than one may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    octets: usize,
    values: usize,
}

impl Room {
    /// What `limits` leave beside a document of so many octets.
    pub(super) fn beside(octets: usize, tree: &Tree<'_>, limits: Limits) -> Self {
        Self {
            octets: limits.octets.saturating_sub(octets),
            values: limits.values.saturating_sub(size(tree).values),
        }
    }

    /// Takes the room of so many copies; `None`, and nothing is taken, when there is too little.
    fn take(&mut self, size: Self, copies: usize) -> Option<()> {
        let octets = size.octets.checked_mul(copies)?;
        let values = size.values.checked_mul(copies)?;
        *self = Self {
            octets: self.octets.checked_sub(octets)?,
            values: self.values.checked_sub(values)?,
        };
        Some(())
    }

    fn and(self, other: Self) -> Self {
        Self {
            octets: self.octets.saturating_add(other.octets),
            values: self.values.saturating_add(other.values),
        }
    }
}

/// What is there of a member: in the processing, and in the first of each purpose that has it.
type Found<'t> = BTreeMap<&'static str, Vec<(usize, Given<'t>)>>;

impl<'t> Walk<'t> {
    /// What a purpose has: its own, and what stands outside of all purposes, but for what belongs outside.
    pub(super) fn of_purpose(&self, given: &[Given<'t>]) -> Vec<Given<'t>> {
        let mut own = BTreeSet::new();
        let mut all = Vec::new();
        for (name, tree) in given.iter().copied() {
            match form::member(Form::Purpose, name) {
                Some(member) => {
                    own.insert(member.key);
                }
                None if form::member(Form::Processing, name).is_some() => continue,
                None => {}
            }
            all.push((name, tree));
        }
        let shared = self.shared.iter();
        let shared = shared.filter(|(key, _)| !own.contains(*key));
        all.extend(shared.map(|(_, given)| *given));
        all
    }

    /// What the processing has: its own, and what its purposes say alike. Also the members about which
    /// they disagree.
    pub(super) fn of_processing(
        &mut self,
        given: &[Given<'t>],
    ) -> (Vec<Given<'t>>, Vec<&'static str>) {
        let mut kept: Vec<Given<'t>> = Vec::new();
        let mut own: BTreeMap<&'static str, Given<'t>> = BTreeMap::new();
        let mut shared: BTreeMap<&'static str, Given<'t>> = BTreeMap::new();
        for (name, tree) in given.iter().copied() {
            if let Some(member) = form::member(Form::Processing, name) {
                own.entry(member.key).or_insert((name, tree));
            } else if let Some(member) = form::member(Form::Purpose, name) {
                // A second spelling of it has been told already.
                shared.entry(member.key).or_insert((name, tree));
                continue;
            }
            kept.push((name, tree));
        }
        let purposes: &'t [Tree<'t>] = match own.get("purposes") {
            Some((_, Tree::Array(purposes))) => purposes,
            Some((_, one)) => std::slice::from_ref(*one),
            None => &[],
        };
        self.share(shared, purposes.len());
        let found = found(purposes);
        let mut differing = Vec::new();
        for member in members(Form::Processing) {
            let Some(found) = found.get(member.key) else {
                continue;
            };
            let Some((_, first)) = found.first().copied() else {
                continue;
            };
            let agree = found.len() == purposes.len() && found.iter().all(|of| of.1.1 == first.1);
            let own = own.get(member.key);
            self.at(member.key, |walk| match own {
                Some((_, own)) if agree && *own == first.1 => walk.repair(LinkedRepair::Moved),
                None if agree => {
                    walk.repair(LinkedRepair::Moved);
                    kept.push(first);
                }
                Some(_) | None => {
                    walk.error(LinkedRule::PurposesDiffer);
                    differing.push(member.key);
                }
            });
        }
        self.language = language(&kept);
        (kept, differing)
    }

    /// Every purpose gets a copy of what is shared: a small document must not become a large one.
    fn share(&mut self, shared: BTreeMap<&'static str, Given<'t>>, purposes: usize) {
        self.shared.clear();
        if shared.is_empty() {
            return;
        }
        self.repair(LinkedRepair::Moved);
        let empty = Room {
            octets: 0,
            values: 0,
        };
        let size = shared.values().fold(empty, |sum, (name, tree)| {
            sum.and(Room {
                octets: name.len() + 1,
                values: 0,
            })
            .and(size(tree))
        });
        if self.room.take(size, purposes).is_some() {
            self.shared = shared.into_iter().collect();
        } else {
            self.error(LinkedRule::TooLarge);
        }
    }
}

/// What purposes have that belongs to the processing: of each purpose the first of each member.
fn found<'t>(purposes: &'t [Tree<'t>]) -> Found<'t> {
    let mut found: Found<'t> = BTreeMap::new();
    for (at, purpose) in purposes.iter().enumerate() {
        for (name, tree) in purpose.members().unwrap_or_default() {
            if form::member(Form::Purpose, name).is_some() {
                continue;
            }
            let Some(member) = form::member(Form::Processing, name) else {
                continue;
            };
            let all = found.entry(member.key).or_default();
            if all.last().is_none_or(|(last, _)| *last != at) {
                all.push((at, (&**name, tree)));
            }
        }
    }
    found
}

/// The one language that a processing names; where there are two, a text may be in either.
fn language(given: &[Given<'_>]) -> Option<Language> {
    let is_language = |name: &str| {
        form::member(Form::Processing, name).is_some_and(|member| member.key == "language")
    };
    let (_, tree) = given.iter().find(|(name, _)| is_language(name))?;
    let text = if let Tree::Array(all) = tree {
        match all.as_slice() {
            [one] => one.text(),
            _ => None,
        }
    } else {
        tree.text()
    };
    text.and_then(Language::parse)
}

/// How much there is in a tree: its values, and of octets the least that each can have.
fn size(tree: &Tree<'_>) -> Room {
    let one = Room {
        octets: 1,
        values: 1,
    };
    match tree {
        Tree::Text(text) => Room {
            octets: text.len() + 1,
            ..one
        },
        Tree::Array(values) => values.iter().map(size).fold(one, Room::and),
        Tree::Object(members) => members.iter().fold(one, |sum, (name, value)| {
            let name = Room {
                octets: name.len() + 1,
                values: 0,
            };
            sum.and(name).and(size(value))
        }),
        Tree::Null | Tree::Bool(_) | Tree::Unsigned(_) | Tree::Negative(_) | Tree::Float(_) => one,
    }
}
