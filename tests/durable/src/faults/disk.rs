//! A disk that may forget what it was not told to sync.

use super::Dice;
use super::trace::Step;
use std::collections::BTreeMap;
use std::path::Path;

/// What a file system keeps together, and what a disk writes at once.
const PAGE: usize = 4096;
const SECTOR: usize = 512;

/// What becomes of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// All of it is there: the power went, and the disk had everything.
    Nothing,
    /// None of it is there.
    Everything,
    /// Each page is there, or is not.
    Pages,
    /// It is there up to a write of which only some sectors are.
    Torn,
    /// Some of the writes are there, in any order.
    Reordered,
}

impl Loss {
    /// Each of them.
    pub const ALL: [Self; 5] = [
        Self::Nothing,
        Self::Everything,
        Self::Pages,
        Self::Torn,
        Self::Reordered,
    ];
}

/// Something that was done to a file, and may be lost.
#[derive(Debug, Clone)]
enum Done {
    Wrote(usize, Vec<u8>),
    Cut(usize),
}

#[derive(Debug, Clone, Default)]
struct File {
    synced: Vec<u8>,
    since: Vec<Done>,
}

/// A name: the file that it has, and the one that it has on the disk.
#[derive(Debug, Clone, Default)]
struct Name {
    now: Option<usize>,
    synced: Option<usize>,
}

/// A folder on the disk.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    folder: Vec<u8>,
    files: Vec<File>,
    names: BTreeMap<Vec<u8>, Name>,
    /// A file of which no sync is heeded.
    deaf: Option<Vec<u8>>,
}

fn apply(content: &mut Vec<u8>, done: &Done) {
    match done {
        Done::Wrote(at, octets) => {
            let end = at + octets.len();
            if content.len() < end {
                content.resize(end, 0);
            }
            content.get_mut(*at..end).unwrap().copy_from_slice(octets);
        }
        Done::Cut(length) => content.resize(*length, 0),
    }
}

/// A write in parts that each lie in one block.
fn parts(at: usize, octets: &[u8], block: usize) -> Vec<Done> {
    let mut parts = Vec::new();
    let (mut at, mut rest) = (at, octets);
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.len().min(block - at % block));
        parts.push(Done::Wrote(at, part.to_vec()));
        at += part.len();
        rest = after;
    }
    parts
}

impl File {
    fn sync(&mut self) {
        for done in self.since.drain(..) {
            apply(&mut self.synced, &done);
        }
    }

    fn after(&self, loss: Loss, dice: &mut Dice) -> Vec<u8> {
        let mut kept = Vec::new();
        match loss {
            Loss::Nothing => kept.extend(self.since.iter().cloned()),
            Loss::Everything => {}
            Loss::Pages => {
                for done in &self.since {
                    let parts = match done {
                        Done::Wrote(at, octets) => parts(*at, octets, PAGE),
                        Done::Cut(_) => vec![done.clone()],
                    };
                    kept.extend(parts.into_iter().filter(|_| dice.percent(50)));
                }
            }
            Loss::Torn => {
                let torn = usize::try_from(dice.below(self.since.len() as u64)).unwrap();
                kept.extend(self.since.iter().take(torn).cloned());
                if let Some(Done::Wrote(at, octets)) = self.since.get(torn) {
                    let parts = parts(*at, octets, SECTOR);
                    kept.extend(parts.into_iter().filter(|_| dice.percent(50)));
                }
            }
            Loss::Reordered => {
                for done in &self.since {
                    if dice.percent(50) {
                        let place = dice.below(kept.len() as u64 + 1);
                        kept.insert(usize::try_from(place).unwrap(), done.clone());
                    }
                }
            }
        }
        let mut content = self.synced.clone();
        for done in &kept {
            apply(&mut content, done);
        }
        content
    }
}

impl Disk {
    /// A folder in which these files are, all of them synced.
    #[must_use]
    pub fn new(folder: &Path, files: &[&str]) -> Self {
        let mut disk = Self {
            folder: folder.as_os_str().as_encoded_bytes().to_vec(),
            ..Self::default()
        };
        for name in files {
            let synced = std::fs::read(folder.join(name)).unwrap();
            let since = Vec::new();
            disk.files.push(File { synced, since });
            let number = Some(disk.files.len() - 1);
            let (now, synced) = (number, number);
            disk.names
                .insert(name.as_bytes().to_vec(), Name { now, synced });
        }
        disk
    }

    /// The same with a file whose syncs do nothing: a store over it must lose what it acknowledged.
    #[must_use]
    pub fn deaf(mut self, name: &str) -> Self {
        self.deaf = Some(name.as_bytes().to_vec());
        self
    }

    /// The name in the folder: of a store's file, but not of the index of its log, which is memory.
    fn name<'a>(&self, path: &'a [u8]) -> Option<&'a [u8]> {
        let name = path.strip_prefix(&*self.folder)?.strip_prefix(b"/")?;
        let is_kept = name.starts_with(b"store.db") && !name.ends_with(b"-shm");
        is_kept.then_some(name)
    }

    fn file(&mut self, path: &[u8]) -> Option<&mut File> {
        let number = self.names.get(self.name(path)?)?.now?;
        self.files.get_mut(number)
    }

    /// Takes a step.
    pub fn take(&mut self, step: &Step) {
        match step {
            Step::Said(_) => {}
            Step::Opened(path) => {
                if let Some(name) = self.name(path)
                    && self.names.get(name).is_none_or(|name| name.now.is_none())
                {
                    self.files.push(File::default());
                    let number = self.files.len() - 1;
                    self.names.entry(name.to_vec()).or_default().now = Some(number);
                }
            }
            Step::Wrote(path, at, octets) => {
                let done = Done::Wrote(*at, octets.clone());
                self.file(path)
                    .into_iter()
                    .for_each(|file| file.since.push(done.clone()));
            }
            Step::Cut(path, length) => {
                self.file(path)
                    .into_iter()
                    .for_each(|file| file.since.push(Done::Cut(*length)));
            }
            Step::Synced(path) if *path == self.folder => {
                for name in self.names.values_mut() {
                    name.synced = name.now;
                }
            }
            Step::Synced(path) => {
                if self.name(path) != self.deaf.as_deref() {
                    self.file(path).into_iter().for_each(File::sync);
                }
            }
            Step::Removed(path) => {
                if let Some(name) = self.name(path).map(<[u8]>::to_vec) {
                    self.names.entry(name).or_default().now = None;
                }
            }
        }
    }

    /// The power goes: what is on the disk is written into another folder.
    pub fn write(&self, loss: Loss, dice: &mut Dice, into: &Path) {
        for (name, file) in &self.names {
            let is_newest = loss == Loss::Nothing || (loss != Loss::Everything && dice.percent(50));
            let number = if is_newest { file.now } else { file.synced };
            if let Some(file) = number.and_then(|number| self.files.get(number)) {
                let name = std::str::from_utf8(name).unwrap();
                std::fs::write(into.join(name), file.after(loss, dice)).unwrap();
            }
        }
    }

    /// How many octets are not synced.
    #[must_use]
    pub fn unsynced(&self) -> usize {
        let all = self.files.iter().flat_map(|file| &file.since);
        all.map(|done| match done {
            Done::Wrote(_, octets) => octets.len(),
            Done::Cut(_) => 0,
        })
        .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{Dice, Disk, Loss};
    use crate::faults::trace::Step;

    #[test]
    fn what_was_synced_stays_and_what_was_not_may_go() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("store.db"), b"old").unwrap();
        let mut disk = Disk::new(folder.path(), &["store.db"]);
        let path = |name: &str| {
            folder
                .path()
                .join(name)
                .into_os_string()
                .into_encoded_bytes()
        };
        let (db, log) = (path("store.db"), path("store.db-wal"));
        for step in [
            Step::Wrote(db.clone(), 0, b"new".to_vec()),
            Step::Synced(db.clone()),
            Step::Wrote(db, 1, b"ot".to_vec()),
            Step::Opened(log.clone()),
            Step::Wrote(log, 0, vec![1; 5000]),
        ] {
            disk.take(&step);
        }
        let left = |loss| {
            let into = tempfile::tempdir().unwrap();
            disk.write(loss, &mut Dice::new(1), into.path());
            let read = |name| std::fs::read(into.path().join(name)).ok();
            (read("store.db"), read("store.db-wal"))
        };
        assert_eq!(left(Loss::Everything), (Some(b"new".to_vec()), None));
        assert_eq!(
            left(Loss::Nothing),
            (Some(b"not".to_vec()), Some(vec![1; 5000]))
        );
    }
}
