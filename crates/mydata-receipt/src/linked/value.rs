//! Values that are no objects, and texts that stand for objects.

use super::SCHEMA_VERSIONS;
use super::examine::Walk;
use super::form::{Form, Shape};
use super::rule::{LinkedRepair, LinkedRule, PHANTOMS};
use crate::dpv::{self, Kind};
use crate::finding::Level;
use crate::tree::{Tree, push_name};
use mydata_core::lang::Language;
use mydata_core::time::Timestamp;
use serde_json::{Map, Value, json};

/// From this number on a time is meant in milliseconds: in seconds it is beyond the year 5000.
const MILLISECONDS: u64 = 100_000_000_000;

/// The value of a member, when it is what the member holds.
pub(super) fn of(walk: &mut Walk<'_>, tree: &Tree<'_>, key: &str, shape: Shape) -> Option<Value> {
    let (kinds, text) = match (shape, tree) {
        (Shape::Number | Shape::Free, Tree::Unsigned(number)) => return Some(json!(number)),
        (Shape::Time, Tree::Unsigned(number)) => {
            walk.error(if *number >= MILLISECONDS {
                LinkedRule::Milliseconds
            } else {
                LinkedRule::Time
            });
            return None;
        }
        (Shape::Term(_), Tree::Bool(is_so)) => return boolean(walk, key, *is_so),
        (Shape::Texts, Tree::Object(members)) => return texts(walk, members),
        (Shape::Number, _) => {
            walk.error(LinkedRule::WrongType);
            return None;
        }
        (Shape::Term(kinds), Tree::Text(text)) => (kinds, text),
        (_, Tree::Text(text)) => (&[][..], text),
        (_, _) => {
            walk.error(LinkedRule::WrongType);
            return None;
        }
    };
    if text.trim().is_empty() {
        walk.error(LinkedRule::EmptyText);
        return None;
    }
    match shape {
        Shape::Time => time(walk, text),
        Shape::Texts => in_language(walk, text),
        Shape::Term(_) => term(walk, text, kinds).map(Value::String),
        Shape::Iri if key == "schema_version" => {
            if !SCHEMA_VERSIONS.contains(&&**text) {
                walk.find(LinkedRule::UnknownSchema, Level::Warning);
            }
            Some(json!(text))
        }
        Shape::Iri if !is_iri(text) => {
            walk.error(LinkedRule::NotIri);
            None
        }
        Shape::Text
        | Shape::Number
        | Shape::Free
        | Shape::Iri
        | Shape::Party
        | Shape::Node(_)
        | Shape::PartyOr(_) => Some(json!(text)),
    }
}

/// Whether a text can name something: a scheme and what follows it (RFC 3987), or a blank node.
pub(super) fn is_iri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_scheme = scheme == "_"
        || scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c));
    let is_barred = |c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c);
    is_scheme && !rest.is_empty() && !rest.contains(is_barred)
}

fn time(walk: &mut Walk<'_>, text: &str) -> Option<Value> {
    if Timestamp::parse(text).is_some() {
        return Some(json!(text));
    }
    let parts = text.strip_suffix('Z').and_then(|text| text.split_once('.'));
    let whole = parts.map(|(whole, _)| [whole, "Z"].concat());
    let whole = whole.filter(|whole| Timestamp::parse(whole).is_some());
    match (whole, parts) {
        (Some(whole), Some((_, fraction))) if !fraction.is_empty() => {
            if fraction.bytes().all(|b| b == b'0') {
                walk.repair(LinkedRepair::Fraction);
                return Some(json!(whole));
            }
            walk.error(LinkedRule::Milliseconds);
        }
        (_, _) => walk.error(LinkedRule::Time),
    }
    None
}

/// Texts by language, none of them blank.
fn texts(walk: &mut Walk<'_>, members: &[(std::borrow::Cow<'_, str>, Tree<'_>)]) -> Option<Value> {
    let mut texts = Map::new();
    for (name, tree) in members {
        let whole = walk.pointer.len();
        let Some(language) = Language::parse(name) else {
            walk.error(LinkedRule::NoLanguage);
            continue;
        };
        push_name(&mut walk.pointer, language.as_str());
        match tree.text() {
            Some(text) if text.trim().is_empty() => walk.error(LinkedRule::EmptyText),
            Some(text) => {
                if texts.insert(language.to_string(), json!(text)).is_some() {
                    walk.error(LinkedRule::DuplicateMember);
                }
            }
            None => walk.error(LinkedRule::WrongType),
        }
        walk.pointer.truncate(whole);
    }
    if members.is_empty() {
        walk.error(LinkedRule::EmptyList);
    }
    (!texts.is_empty()).then_some(Value::Object(texts))
}

fn in_language(walk: &mut Walk<'_>, text: &str) -> Option<Value> {
    let Some(language) = walk.language else {
        walk.error(LinkedRule::NoLanguage);
        return None;
    };
    walk.repair(LinkedRepair::TextLanguage);
    Some(json!({ language.as_str(): text }))
}

/// What some write as a truth value.
fn boolean(walk: &mut Walk<'_>, key: &str, is_so: bool) -> Option<Value> {
    let term = match (key, is_so) {
        ("pii_optional", true) => "dpv:Optional",
        ("pii_optional", false) => "dpv:Required",
        ("sensitive_pii_category", true) => "dpv:SensitivePersonalData",
        ("special_pii_category", true) => "dpv:SpecialCategoryPersonalData",
        ("sensitive_pii_category" | "special_pii_category", false) => {
            walk.repair(LinkedRepair::Boolean);
            return None;
        }
        (_, _) => {
            walk.error(LinkedRule::WrongType);
            return None;
        }
    };
    walk.repair(LinkedRepair::Boolean);
    Some(json!(term))
}

/// A class of DPV of one of these kinds, with its prefix.
fn term(walk: &mut Walk<'_>, text: &str, kinds: &[&str]) -> Option<String> {
    let full = dpv::NAMESPACES.iter().find_map(|(prefix, namespace)| {
        let name = text.strip_prefix(namespace)?;
        Some([*prefix, ":", name].concat())
    });
    if full.is_some() {
        walk.repair(LinkedRepair::FullIri);
    }
    let term = full.unwrap_or_else(|| text.to_owned());
    let prefix = term.split_once(':').map_or("", |(prefix, _)| prefix);
    let is_of_dpv = dpv::NAMESPACES.iter().any(|(known, _)| *known == prefix);
    let wrong = match (dpv::kind(&term), prefix) {
        (Some(Kind::Class(kind)), _) if kinds.is_empty() || kinds.contains(&kind) => {
            return Some(term);
        }
        (Some(Kind::Class(_) | Kind::Property(_)), _) => LinkedRule::TermKind,
        (None, _) if PHANTOMS.contains(&&*term) => LinkedRule::PhantomTerm,
        (None, "mydata") if is_iri(&term) => return Some(term),
        (None, _) if kinds.is_empty() && !is_of_dpv && is_iri(&term) => return Some(term),
        (None, _) => LinkedRule::UnknownTerm,
    };
    walk.error(wrong);
    None
}

/// The object that a text stands for, as many write it.
pub(super) fn node_of_text(walk: &mut Walk<'_>, text: &str, form: Form) -> Option<Value> {
    if text.trim().is_empty() {
        walk.error(LinkedRule::EmptyText);
        return None;
    }
    let is_class = matches!(dpv::kind(text), Some(Kind::Class(_)));
    let is_span = text.starts_with('P') && text.chars().all(|c| c.is_ascii_alphanumeric());
    let is_address = is_iri(text) && !is_class;
    let typed = |kind: &str, key: &str| Some(json!({ "@type": [kind], key: text }));
    let node = match (form, is_class, is_address, is_span) {
        (Form::Notice | Form::Described, _, true, _) => Some(json!({ "@id": text })),
        (Form::Control, _, true, _) => Some(json!({ "exercised_at": text })),
        (Form::Described | Form::Control | Form::Duration, true, ..) => {
            Some(json!({ "@type": [text] }))
        }
        (Form::Storage, true, ..) if text.starts_with("loc:") => {
            Some(json!({ "@type": ["dpv:StorageLocation"], "location": [text] }))
        }
        (Form::Retention, _, _, true) => typed("dpv:StorageDuration", "duration"),
        (Form::Duration, _, _, true) => typed("dpv:TemporalDuration", "duration"),
        (Form::Data, true, ..) => {
            let term = term(walk, text, &["PersonalData"])?;
            Some(json!({ "pii_type": [term] }))
        }
        (Form::Described | Form::Control | Form::Retention, ..) => {
            Some(json!({ "description": in_language(walk, text)? }))
        }
        _ => None,
    };
    if node.is_none() {
        walk.error(LinkedRule::WrongType);
        return None;
    }
    walk.repair(LinkedRepair::TextForObject);
    node
}
