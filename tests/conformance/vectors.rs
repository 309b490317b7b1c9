//! The vectors of `spec/vectors`: made here, held against what is checked in, and sat by ours.

use crate::support::checked_in;
use mydata_conformance::exam::{Ours, Vectors, examine};
use mydata_conformance::make;
use std::path::{Path, PathBuf};

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors")
}

#[test]
fn the_vectors_are_made_again_octet_for_octet_and_ours_passes_them() {
    let files = make::files();
    for (path, text) in &files {
        checked_in(&format!("vectors/{path}"), text);
    }
    let vectors = Vectors::read(&folder()).unwrap();
    let mut made = Vectors::default();
    for (path, text) in &files {
        made.add_file(path, text.as_bytes()).unwrap();
    }
    let count = vectors.cases().len();
    assert_eq!(count, made.cases().len(), "a file that nobody makes");
    let outcome = examine(&vectors, &mut Ours::default(), None);
    let failures: Vec<String> = outcome.failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(outcome.passed >= 300, "{} cases", outcome.passed);
}
