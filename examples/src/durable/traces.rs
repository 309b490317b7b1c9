//! The search for a person in the octets of files, as somebody would who has stolen the disk.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::io;
use std::path::{Path, PathBuf};

/// The file of a store, and what SQLite keeps beside it.
#[must_use]
pub fn files(store: &Path) -> Vec<PathBuf> {
    let beside = |ending: &str| {
        let mut name = store.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let all = ["", "-wal", "-shm"].map(beside);
    all.into_iter().filter(|path| path.exists()).collect()
}

/// How often one of these texts stands in these files, as it is or in base64url, which is how signed
/// records travel. Nothing there is compressed, and nothing but keys is encrypted.
///
/// # Errors
/// When a file cannot be read.
pub fn count(files: &[PathBuf], texts: &[&str]) -> io::Result<usize> {
    let mut found = 0;
    for file in files {
        let octets = std::fs::read(file)?;
        for form in texts.iter().flat_map(|text| forms(text)) {
            found += occurrences(&octets, form.as_bytes());
        }
    }
    Ok(found)
}

/// A text, and what stands for it in base64url, wherever it begins among the groups of three octets: but
/// for the characters at either end that its neighbours have a part in.
#[must_use]
pub fn forms(text: &str) -> Vec<String> {
    let folded = (0..3).filter_map(|before| {
        let padded = [" ".repeat(before).as_str(), text].concat();
        let whole = padded.len() / 3 * 4;
        let text = URL_SAFE_NO_PAD.encode(padded);
        let begin = if before == 0 { 0 } else { 4 };
        text.get(begin..whole).map(str::to_owned)
    });
    folded.chain([text.to_owned()]).collect()
}

/// How often this text stands in these octets.
#[must_use]
pub fn occurrences(octets: &[u8], text: &[u8]) -> usize {
    let Some((first, _)) = text.split_first() else {
        return 0;
    };
    let starts = octets
        .iter()
        .enumerate()
        .filter(|(_, octet)| *octet == first);
    let rest = starts.filter_map(|(at, _)| octets.get(at..));
    rest.filter(|rest| rest.starts_with(text)).count()
}
