//! The search for what the operator must never have seen.
//!
//! A word that nobody can guess is planted in every dataset before the town begins. No octet of it may be in
//! what the operator keeps on disk, in what has crossed its lines, or in its memory. A search that finds nothing
//! proves nothing unless it can find: the same search finds the word where it may be.

use crate::durable::house::Fault;
use crate::durable::traces::{forms, occurrences};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mydata::core::crypto::Random as _;
use mydata::keys::SystemRandom;
use serde_json::Value;
use std::path::Path;

/// The word, drawn anew each time: it is not in this program either.
#[derive(Debug)]
pub struct Canary {
    word: String,
    /// As it is, and in base64url, wherever it begins.
    forms: Vec<String>,
}

/// What a search has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Searched {
    /// So many octets were looked at.
    pub octets: usize,
    /// So often the word was there.
    pub found: usize,
}

impl Canary {
    /// Draws one.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn draw() -> Result<Self, Fault> {
        let bits = SystemRandom::new().bits128();
        let bits = bits.map_err(|fault| fault.to_string())?;
        let word = ["canary", &URL_SAFE_NO_PAD.encode(bits)].concat();
        let forms = forms(&word);
        Ok(Self { word, forms })
    }

    /// Copies the files of every customer, with the word in each of them; how many there are.
    ///
    /// # Errors
    /// When one cannot be read or written, or has no place for it.
    pub fn plant(&self, from: &Path, to: &Path) -> Result<usize, Fault> {
        let mut planted = 0;
        for customer in std::fs::read_dir(from)? {
            let customer = customer?;
            let folder = to.join(customer.file_name());
            std::fs::create_dir_all(&folder)?;
            for file in std::fs::read_dir(customer.path())? {
                let file = file?;
                let mut data: Value = serde_json::from_slice(&std::fs::read(file.path())?)?;
                self.put(&mut data)?;
                std::fs::write(folder.join(file.file_name()), data.to_string())?;
                planted += 1;
            }
        }
        Ok(planted)
    }

    /// Into the reference that every dataset begins with.
    fn put(&self, data: &mut Value) -> Result<(), Fault> {
        let mut members = data.as_object_mut().into_iter().flatten();
        let reference = members.find(|(name, _)| name.ends_with("_ref"));
        let (_, reference) = reference.ok_or("a dataset without a reference")?;
        let text = reference.as_str().unwrap_or_default();
        *reference = [text, " ", &self.word].concat().into();
        Ok(())
    }

    /// In these octets.
    #[must_use]
    pub fn search(&self, octets: &[u8]) -> Searched {
        let found = self
            .forms
            .iter()
            .map(|form| occurrences(octets, form.as_bytes()));
        Searched {
            octets: octets.len(),
            found: found.sum(),
        }
    }

    /// In every file of a folder.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn search_folder(&self, folder: &Path) -> Result<Searched, Fault> {
        let mut all = Searched::default();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let searched = match path.is_dir() {
                true => self.search_folder(&path)?,
                false => self.search(&std::fs::read(&path)?),
            };
            all = all.and(searched);
        }
        Ok(all)
    }

    /// In the memory of a process: all of it that can be read. `None` where no process can be looked into.
    ///
    /// # Errors
    /// When it can, and is not let.
    pub fn search_memory(&self, process: u32) -> Result<Option<Searched>, Fault> {
        match cfg!(target_os = "linux") {
            true => memory::search(self, process).map(Some),
            false => Ok(None),
        }
    }
}

impl Searched {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            octets: self.octets + other.octets,
            found: self.found + other.found,
        }
    }

    /// As it is told.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{} times in {} octets", self.found, self.octets)
    }
}

/// `/proc/PID/maps` says where the memory is, and `/proc/PID/mem` is the memory: for whoever has started the
/// process.
mod memory {
    use super::{Canary, Fault, Searched};
    use std::fs::File;
    use std::io::{Read as _, Seek as _, SeekFrom};

    const PIECE: u64 = 4 << 20;

    pub(super) fn search(canary: &Canary, process: u32) -> Result<Searched, Fault> {
        let maps = std::fs::read_to_string(format!("/proc/{process}/maps"))?;
        let mut memory = File::open(format!("/proc/{process}/mem"))?;
        let mut all = Searched::default();
        let (mut octets, mut mapped, mut read) = (Vec::new(), 0, 0);
        for (from, to) in maps.lines().filter_map(place) {
            let mut at = from;
            mapped += to - from;
            // What the end of one piece cuts, the next one has whole.
            let overlap = canary.word.len() as u64 * 2;
            while at < to {
                octets.clear();
                memory.seek(SeekFrom::Start(at))?;
                let wanted = (to - at).min(PIECE + overlap);
                // The process lives: it may have given a place back meanwhile.
                let _ = (&mut memory).take(wanted).read_to_end(&mut octets);
                read += (octets.len() as u64).min(PIECE);
                all = all.and(canary.search(&octets));
                at += PIECE;
            }
        }
        match read * 10 > mapped * 9 {
            true => Ok(all),
            false => Err("the memory of a process cannot be read here".into()),
        }
    }

    /// Where a readable place begins and ends.
    fn place(line: &str) -> Option<(u64, u64)> {
        let mut words = line.split_whitespace();
        let (from, to) = words.next()?.split_once('-')?;
        let is_readable = words.next()?.starts_with('r');
        // Of the kernel's own pages, which it does not give.
        let is_kernels = line.contains("[vvar") || line.ends_with("[vsyscall]");
        let number = |text| u64::from_str_radix(text, 16).ok();
        (is_readable && !is_kernels).then_some((number(from)?, number(to)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_found_in_every_form() {
        let canary = Canary::draw().unwrap();
        let text = format!("{{\"child_ref\":\"x {}\"}}", canary.word);
        assert_eq!(canary.search(text.as_bytes()).found, 1);
        for before in ["", "a", "ab"] {
            let folded = URL_SAFE_NO_PAD.encode([before, &text].concat());
            assert_eq!(canary.search(folded.as_bytes()).found, 1);
        }
        assert_eq!(canary.search(b"nothing of it").found, 0);
    }

    #[test]
    fn a_process_has_it_in_its_memory() {
        let canary = Canary::draw().unwrap();
        let searched = canary.search_memory(std::process::id()).unwrap();
        assert!(searched.is_none_or(|searched| searched.found > 0));
    }
}
