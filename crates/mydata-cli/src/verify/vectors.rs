//! Vectors: judged as the suite judges them.

use crate::finding::Fault;
use crate::paper::{Answer, Exit, Ink, Page};
use crate::tree::Tree;
use mydata_exam::{Ours, Vectors, examine};
use serde_json::json;
use std::path::Path;

/// Whether octets are a file of vectors.
pub(super) fn is_file(octets: &[u8]) -> bool {
    Tree::read(octets).is_some_and(|tree| tree.has(&["title", "cases"]))
}

pub(super) fn file(name: &str, octets: &[u8]) -> Result<Answer, Fault> {
    let mut vectors = Vectors::default();
    let read = vectors.add_file(name, octets);
    read.map_err(|fault| Fault::usage(fault.to_string()))?;
    Ok(judged(&vectors))
}

pub(super) fn folder(path: &Path) -> Result<Answer, Fault> {
    let vectors = Vectors::read(path).map_err(|fault| Fault::usage(fault.to_string()))?;
    Ok(judged(&vectors))
}

fn judged(vectors: &Vectors) -> Answer {
    let outcome = examine(vectors, &mut Ours::default(), None);
    let mut page = Page::default();
    for failure in &outcome.failures {
        page.line(Ink::Plain, &failure.to_string());
    }
    let failed = outcome.failures.len();
    let is_good = failed == 0 && outcome.passed > 0;
    page.verdict(
        is_good,
        &format!("{} passed, {failed} failed", outcome.passed),
    );
    Answer {
        exit: if is_good { Exit::Valid } else { Exit::Refused },
        json: json!({
            "kind": "vectors",
            "passed": outcome.passed,
            "failed": failed,
            "failures": outcome.failures,
        }),
        page,
        note: String::new(),
    }
}
