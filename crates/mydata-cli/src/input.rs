//! Files and standard input, within bounds; and the one file that is written.

use crate::finding::Fault;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};

/// More than any record, receipt or message may have.
const LIMIT: u64 = 4 << 20;

/// What a file is called in what is printed.
pub(crate) fn name(path: &Path) -> String {
    if is_standard(path) {
        return "standard input".to_owned();
    }
    path.display().to_string()
}

fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Standard input can be read once.
pub(crate) fn only_once(paths: &[&Path]) -> Result<(), Fault> {
    if paths.iter().filter(|path| is_standard(path)).count() > 1 {
        return Err(Fault::usage("standard input (`-`) stands twice"));
    }
    Ok(())
}

/// All octets of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let unreadable = |error| Fault::usage(format!("{}: {error}", name(path)));
    if is_standard(path) {
        return bounded(std::io::stdin().lock(), path).map_err(unreadable)?;
    }
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(Fault::usage(format!("{}: a folder", name(path))));
    }
    bounded(file, path).map_err(unreadable)?
}

fn bounded(reader: impl Read, path: &Path) -> std::io::Result<Result<Vec<u8>, Fault>> {
    let mut octets = Vec::new();
    reader.take(LIMIT + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > LIMIT {
        let text = format!("{}: more than 4 MiB", name(path));
        return Ok(Err(Fault::Usage(text)));
    }
    Ok(Ok(octets))
}

/// Writes a secret to a new file that its owner alone can read.
///
/// With `replace` it is written beside and takes the place of what is there, so that a failure loses
/// neither.
pub(crate) fn write_secret(path: &Path, octets: &[u8], replace: bool) -> Result<(), Fault> {
    let failed = |error: std::io::Error| {
        let hint = if error.kind() == ErrorKind::AlreadyExists && !replace {
            "; --force replaces it"
        } else {
            ""
        };
        Fault::usage(format!("{}: {error}{hint}", path.display()))
    };
    if !replace {
        return create(path, octets).map_err(failed);
    }
    if path.is_dir() {
        return Err(Fault::usage(format!("{}: a folder", path.display())));
    }
    // A name that no other run has: what an earlier one has left behind is in nobody's way.
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let replaced = create(&beside, octets).and_then(|()| std::fs::rename(&beside, path));
    if replaced.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    replaced.map_err(failed)
}

fn create(path: &Path, octets: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let whole = file.write_all(octets).and_then(|()| file.sync_all());
    if whole.is_err() {
        // Half of a key is none.
        let _ = std::fs::remove_file(path);
    }
    whole
}
