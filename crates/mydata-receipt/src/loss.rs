//! What a form cannot say.
//!
//! Every conversion has a table of the facts of a receipt that its target has no place of its own for.
//! The tables are held to the truth by a test: a fact changes what is written if and only if it is not
//! listed as kept nowhere.

use crate::receipt::Receipt;
use serde::Serialize;
use serde_json::Value;

/// Where a fact went that the form has no place of its own for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "kept somehow, or not at all")]
pub enum Kept {
    /// Into our extension member: whoever knows the form alone passes over it.
    Extension,
    /// Nowhere.
    Nowhere,
}

/// A fact of a receipt that a form has no place of its own for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Loss {
    /// The fact: a JSON pointer into the receipt's own form.
    pub pointer: String,
    /// Where it went.
    pub kept: Kept,
}

/// A row of a table: the facts at a pointer, where `*` stands for any one step and `**` at the end for
/// any rest.
pub(crate) type Row = (&'static str, Kept);

/// The facts of `receipt` that `table` lists, in the order of the receipt's members.
pub(crate) fn of(receipt: &Receipt, table: &[Row]) -> Vec<Loss> {
    let value = serde_json::to_value(receipt).unwrap_or_default();
    let mut losses = Vec::new();
    leaves(&value, &mut String::new(), &mut |pointer| {
        let row = table.iter().find(|(pattern, _)| matches(pattern, pointer));
        losses.extend(row.map(|(_, kept)| Loss {
            pointer: pointer.to_owned(),
            kept: *kept,
        }));
    });
    losses
}

fn leaves(value: &Value, pointer: &mut String, found: &mut dyn FnMut(&str)) {
    let whole = pointer.len();
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                pointer.push('/');
                pointer.push_str(name);
                leaves(value, pointer, found);
                pointer.truncate(whole);
            }
        }
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&at.to_string());
                leaves(value, pointer, found);
                pointer.truncate(whole);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found(pointer),
    }
}

fn matches(pattern: &str, pointer: &str) -> bool {
    let mut steps = pointer.split('/');
    for part in pattern.split('/') {
        match (part, steps.next()) {
            ("**", Some(_)) => return true,
            ("*", Some(_)) => {}
            (part, Some(step)) if part == step => {}
            (_, _) => return false,
        }
    }
    steps.next().is_none()
}
