//! Documents with something altered in them, and the cases about them.

use super::super::case::{About, Book, Stated};
use crate::exam::task::{ReceiptForm, ReceiptTask};
use crate::exam::{Role, Task};
use serde_json::Value;

const BINDS: &[Role] = &[Role::Operator];

/// Something that is altered, at a JSON pointer.
pub(super) enum Alter {
    /// A member, or an element, is this.
    Put(&'static str, Value),
    /// A member is not there.
    Drop(&'static str),
    /// A member has another name.
    Rename(&'static str, &'static str),
    /// An array has one more element.
    Push(&'static str, Value),
}

/// The document with all of it altered, in order.
pub(super) fn altered(document: &Value, alter: &[Alter]) -> Value {
    let mut document = document.clone();
    for one in alter {
        match one {
            Alter::Put(pointer, value) => {
                let (object, name) = parent(&mut document, pointer);
                if let Some(values) = object.as_array_mut() {
                    values[name.parse::<usize>().unwrap()] = value.clone();
                } else {
                    object[name] = value.clone();
                }
            }
            Alter::Drop(pointer) => drop(taken(&mut document, pointer)),
            Alter::Rename(pointer, name) => {
                let value = taken(&mut document, pointer);
                parent(&mut document, pointer).0[*name] = value;
            }
            Alter::Push(pointer, value) => {
                let array = document.pointer_mut(pointer).unwrap();
                array.as_array_mut().unwrap().push(value.clone());
            }
        }
    }
    document
}

fn taken(document: &mut Value, pointer: &str) -> Value {
    let (object, name) = parent(document, pointer);
    object.as_object_mut().unwrap().remove(name).unwrap()
}

fn parent<'v, 'p>(document: &'v mut Value, pointer: &'p str) -> (&'v mut Value, &'p str) {
    let (before, name) = pointer.rsplit_once('/').unwrap();
    (document.pointer_mut(before).unwrap(), name)
}

/// A case: its id, and what it says.
pub(super) type Name<'a> = (&'a str, &'a str);

/// Writes a case down.
pub(super) fn note(
    book: &mut Book,
    requirements: &str,
    (id, says): Name<'_>,
    task: ReceiptTask,
    stated: Stated<'_>,
) {
    let about = About {
        id,
        requirements,
        binds: BINDS,
        says,
    };
    book.task(about, &Task::Receipt(task), stated);
}

pub(super) fn validate(form: ReceiptForm, text: impl ToString) -> ReceiptTask {
    ReceiptTask::Validate {
        form,
        text: text.to_string(),
        pad: None,
    }
}

pub(super) fn padded(form: ReceiptForm, text: impl ToString, spaces: usize) -> ReceiptTask {
    ReceiptTask::Validate {
        form,
        text: text.to_string(),
        pad: Some(spaces),
    }
}

pub(super) fn read(form: ReceiptForm, text: impl ToString) -> ReceiptTask {
    ReceiptTask::Read {
        form,
        text: text.to_string(),
    }
}
