//! What the published schema enforces, as facts of our table.
//!
//! It asks for the members that must be there, and for the type of each value; it has no least length
//! of a text or a list, no pattern, no closed set, and looks into no address. The one law that it has
//! is that a disclosure has the name of a third party.

use super::fields::{self, Field, Form, Need, Shape};
use super::validate;
use crate::tree::Tree;
use std::borrow::Cow;

/// Whether the published schema of Kantara 1.1 would take the octets for a receipt, however wrong they
/// are by the text ([`validate`](super::validate)).
///
/// It is a model of the schema, not the file, which is not JSON itself. Octets beyond our bounds are
/// not accepted, since they are not read ([`Schema::NotAsked`](super::Schema::NotAsked)). Of any octets
/// it is true that they are accepted exactly when the schema lets through every finding.
#[must_use]
pub fn schema_accepts(octets: &[u8]) -> bool {
    validate::tree(octets)
        .ok()
        .is_some_and(|tree| accepts(&fields::RECEIPT, &tree))
}

fn accepts(shape: &Shape, value: &Tree<'_>) -> bool {
    let Some(members) = value.members() else {
        return false;
    };
    let holds = |field: &Field| match last(members, field.name) {
        None => field.need == Need::Optional && !is_owed(field, members),
        Some(value) => is_of(field, value, members),
    };
    !shape.is_in_schema || shape.fields.iter().all(holds)
}

fn is_of(field: &Field, value: &Tree<'_>, members: &[(Cow<'_, str>, Tree<'_>)]) -> bool {
    match (&field.form, value) {
        (Form::Text(_), Tree::Text(_))
        | (Form::Time, Tree::Unsigned(_))
        | (Form::Flag, Tree::Bool(_))
        | (Form::Extension, _) => true,
        (Form::Object(inner), value) => accepts(inner, value),
        (Form::Objects(inner), Tree::Array(values)) => {
            values.iter().all(|value| accepts(inner, value))
        }
        (Form::Categories(_) | Form::AnyCategories(_), Tree::Array(values)) => {
            values.iter().all(|value| value.text().is_some())
        }
        (Form::ThirdParty, value) => value.text().is_some() || !is_owed(field, members),
        (_, _) => false,
    }
}

/// Whether a member is the name of a third party to which data is disclosed.
fn is_owed(field: &Field, members: &[(Cow<'_, str>, Tree<'_>)]) -> bool {
    matches!(field.form, Form::ThirdParty)
        && last(members, "thirdPartyDisclosure") == Some(&Tree::Bool(true))
}

/// The last member of this name, which is what most readers take when there are two.
pub(super) fn last<'t, 'a>(
    members: &'t [(Cow<'a, str>, Tree<'a>)],
    name: &str,
) -> Option<&'t Tree<'a>> {
    let mut backwards = members.iter().rev();
    let found = backwards.find(|(known, _)| known == name);
    found.map(|(_, value)| value)
}
