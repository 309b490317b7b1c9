//! What holds for every purpose: it is written once by some, and in each purpose by others.

use super::examine::{Given, Walk};
use super::form::{self, Form, members};
use super::rule::{LinkedRepair, LinkedRule};
use crate::tree::Tree;
use mydata_core::json::Limits;

impl<'t> Walk<'t> {
    /// Puts what holds for all purposes where it belongs: ISO's own fields of the processing are found
    /// in purposes, and those of a purpose outside.
    pub(super) fn with_common(&mut self, given: &[Given<'t>], form: Form) -> Vec<Given<'t>> {
        if form == Form::Processing {
            return self.of_processing(given);
        }
        if form != Form::Purpose {
            return given.to_vec();
        }
        let key = |name: &str| form::member(form, name).map(|member| member.key);
        let is_common = |name: &str| form::member(Form::Processing, name).is_some();
        let is_here = |(name, _): &Given<'t>| key(name).is_some() || !is_common(name);
        let mut all: Vec<Given<'t>> = given.iter().copied().filter(is_here).collect();
        for (name, tree) in self.shared.clone() {
            if !given.iter().any(|(own, _)| key(own) == key(name)) {
                all.push((name, tree));
            }
        }
        all
    }

    fn of_processing(&mut self, given: &[Given<'t>]) -> Vec<Given<'t>> {
        let is_shared = |name: &str| {
            form::member(Form::Processing, name).is_none()
                && form::member(Form::Purpose, name).is_some()
        };
        let (shared, mut kept): (Vec<_>, Vec<_>) =
            given.iter().copied().partition(|(name, _)| is_shared(name));
        self.shared.clear();
        if !shared.is_empty() {
            self.repair(LinkedRepair::Moved);
        }
        let is_of = |name: &str, key: &str| {
            form::member(Form::Processing, name).is_some_and(|member| member.key == key)
        };
        let purposes = kept.iter().find(|(name, _)| is_of(name, "purposes"));
        let purposes: &'t [Tree<'t>] = match purposes {
            Some((_, Tree::Array(purposes))) => purposes,
            Some((_, one)) => std::slice::from_ref(*one),
            None => &[],
        };
        // Every purpose gets a copy: a small document must not become a large one.
        let size: usize = shared.iter().map(|(_, tree)| size(tree)).sum();
        if size.saturating_mul(purposes.len()) <= Limits::MESSAGE.values {
            self.shared = shared;
        } else {
            self.error(LinkedRule::TooLarge);
        }
        for member in members(Form::Processing) {
            let found: Vec<Given<'t>> = purposes
                .iter()
                .filter_map(Tree::members)
                .filter_map(|members| {
                    let is_common = |name: &str| {
                        form::member(Form::Purpose, name).is_none() && is_of(name, member.key)
                    };
                    members.iter().find(|(name, _)| is_common(name))
                })
                .map(|(name, tree)| (&**name, tree))
                .collect();
            let Some(first) = found.first().copied() else {
                continue;
            };
            let agree = found.len() == purposes.len() && found.iter().all(|of| of.1 == first.1);
            let own = kept
                .iter()
                .copied()
                .find(|(name, _)| is_of(name, member.key));
            self.at(member.key, |walk| match own {
                Some((_, own)) if agree && own == first.1 => walk.repair(LinkedRepair::Moved),
                None if agree => {
                    walk.repair(LinkedRepair::Moved);
                    kept.push(first);
                }
                Some(_) | None => walk.error(LinkedRule::PurposesDiffer),
            });
        }
        kept
    }
}

/// How many values there are in a tree.
fn size(tree: &Tree<'_>) -> usize {
    let inside: usize = match tree {
        Tree::Array(values) => values.iter().map(size).sum(),
        Tree::Object(members) => members.iter().map(|(_, value)| size(value)).sum(),
        Tree::Null
        | Tree::Bool(_)
        | Tree::Unsigned(_)
        | Tree::Negative(_)
        | Tree::Float(_)
        | Tree::Text(_) => 0,
    };
    inside + 1
}
