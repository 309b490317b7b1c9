//! Whether a document is as small as one must be.

use mydata_core::json::Limits;
use serde_json::Value;
use std::io::{self, Write};

/// Whether `document` could be read under `limits` when it is written.
pub(super) fn is_within(document: &Value, limits: Limits) -> bool {
    let mut left = limits.values;
    if !is_small(document, &mut left, 0, limits) {
        return false;
    }
    let mut octets = Octets {
        left: limits.octets,
    };
    serde_json::to_writer(&mut octets, document).is_ok()
}

fn is_small(value: &Value, left: &mut usize, depth: usize, limits: Limits) -> bool {
    let Some(fewer) = left.checked_sub(1) else {
        return false;
    };
    *left = fewer;
    let depth = depth + 1;
    match value {
        Value::Array(values) => {
            depth <= limits.depth
                && values
                    .iter()
                    .all(|value| is_small(value, left, depth, limits))
        }
        Value::Object(members) => {
            depth <= limits.depth
                && members.len() <= limits.members
                && members
                    .values()
                    .all(|value| is_small(value, left, depth, limits))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Counts, and keeps nothing.
struct Octets {
    left: usize,
}

impl Write for Octets {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let left = self.left.checked_sub(octets.len());
        self.left = left.ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
