//! Where each requirement of `spec/requirements` is kept and where it is shown, read from the files.
//!
//! A line `//= SL-05` in the sources says that the code below keeps the row; a line that ends in the
//! word `test`, in the tests, that the test below shows it. A case of `spec/vectors` names its rows
//! in `requirements`. A row that has neither, and no exception with a reason in
//! `spec/exceptions.toml`, is a fault, and so is everything that would let these lines rot.

mod catalogue;
mod cite;
mod report;

pub use catalogue::{Catalogue, Exceptions, Requirement};
pub use report::{Report, examine};

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// The files that are read, by their path below the root, with `/` between the parts.
pub type Files = BTreeMap<String, String>;

/// Where the computed table stands.
pub const COVERAGE: &str = "spec/coverage.txt";

/// What is read of the repository: everything in which a row may be named.
const ROOTS: [&str; 7] = [
    "crates",
    "tests",
    "examples",
    "fuzz",
    "spec",
    "README.md",
    "ARCHITECTURE.md",
];

/// Reads the repository below `root`; what is built, and the seeds of fuzzing, are left out.
///
/// # Errors
/// A file that is there and cannot be read, or is not UTF-8.
pub fn read(root: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    for name in ROOTS {
        collect(&root.join(name), name, &mut files)?;
    }
    Ok(files)
}

fn collect(path: &Path, name: &str, files: &mut Files) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let below = entry.file_name().to_string_lossy().into_owned();
            if !matches!(below.as_str(), "target" | "seeds" | "corpus") {
                collect(&entry.path(), &format!("{name}/{below}"), files)?;
            }
        }
    } else if is_read(name) {
        files.insert(name.to_owned(), fs::read_to_string(path)?);
    }
    Ok(())
}

fn is_read(name: &str) -> bool {
    let is_text = [".rs", ".md", ".toml", ".py"]
        .iter()
        .any(|end| name.ends_with(end));
    is_text || name == COVERAGE || (name.starts_with("spec/vectors/") && name.ends_with(".json"))
}
