//! The octets of a journal.

use super::JournalRefusal;
use crate::files;
use mydata::core::crypto::Crypto as _;
use mydata::keys::Ring;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// What a journal begins with.
const MAGIC: &[u8; 8] = b"MyDaJrn1";

/// Octets before an entry: its length, the mark of that, and the mark of both and of all before.
const HEAD: usize = 24;

/// Octets of an entry.
const LARGEST: usize = 16 * 1024 * 1024;

/// The beginning of a digest.
pub(super) type Mark = [u8; 16];

/// What a file holds.
pub(super) struct Found {
    pub(super) entries: Vec<Vec<u8>>,
    /// Up to the end of the last whole frame.
    pub(super) length: u64,
    pub(super) mark: Mark,
    /// The last whole frame: where it stands, and its octets; what a file begins with where there is none.
    last: (u64, Vec<u8>),
}

/// The right to write a journal, held while this is.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Takes the right to write.
pub(super) fn claim(path: &Path) -> Result<Lock, JournalRefusal> {
    let claimed = files::claim(&beside(path, "-lock"));
    let claimed = claimed.map_err(|_| JournalRefusal::System)?;
    let file = claimed.ok_or(JournalRefusal::Locked)?;
    Ok(Lock { _file: file })
}

/// Makes its name durable.
pub(super) fn sync_name(path: &Path) -> std::io::Result<()> {
    files::sync_folder(path.parent().unwrap_or(path))
}

/// The file, made with its beginning when there is none, and its name for good.
pub(super) fn open(path: &Path) -> Result<File, JournalRefusal> {
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => replace(path, &[])?.0,
        Err(_) => return Err(JournalRefusal::System),
    };
    // Also of a file that is there: whoever gave it its name may not have come to sync it.
    sync_name(path).map_err(|_| JournalRefusal::System)?;
    Ok(file)
}

/// Whole files only: made beside, synced, and then put in its place. For good once the folder is synced.
pub(super) fn replace(
    path: &Path,
    entries: &[Vec<u8>],
) -> Result<(File, u64, Mark), JournalRefusal> {
    let mut octets = MAGIC.to_vec();
    let mut mark = Mark::default();
    for entry in entries {
        let framed = frame(entry, &mark).ok_or(JournalRefusal::TooLarge)?;
        octets.extend_from_slice(&framed.0);
        mark = framed.1;
    }
    let new = beside(path, "-new");
    let put = || {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        let mut file = files::private(&mut options).open(&new)?;
        file.write_all(&octets)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        Ok(file)
    };
    let file = put().map_err(|_: std::io::Error| JournalRefusal::System)?;
    Ok((file, octets.len() as u64, mark))
}

/// A frame after one with this mark, and its own; none for an entry that is too large.
pub(super) fn frame(entry: &[u8], before: &Mark) -> Option<(Vec<u8>, Mark)> {
    let length = u32::try_from(entry.len()).ok();
    let length = length.filter(|_| (1..=LARGEST).contains(&entry.len()))?;
    let length = length.to_be_bytes();
    let mark = marked(&[before, &length, entry]);
    let mut frame = Vec::with_capacity(HEAD + entry.len());
    frame.extend_from_slice(&length);
    frame.extend_from_slice(&of_length(length, before));
    frame.extend_from_slice(&mark);
    frame.extend_from_slice(entry);
    Some((frame, mark))
}

fn marked(parts: &[&[u8]]) -> Mark {
    let digest = Ring.sha256(&parts.concat());
    digest
        .as_octets()
        .first_chunk()
        .copied()
        .unwrap_or_default()
}

fn of_length(length: [u8; 4], before: &Mark) -> [u8; 4] {
    let mark = marked(&[b"length", &length, before]);
    mark.first_chunk().copied().unwrap_or_default()
}

/// One frame at the beginning of some octets.
enum Framed<'a> {
    Whole {
        entry: &'a [u8],
        mark: Mark,
        size: usize,
    },
    /// It was not written to its end.
    Torn,
    /// It is not what was written.
    Damaged,
}

fn framed<'a>(octets: &'a [u8], before: &Mark) -> Framed<'a> {
    // A system may have made a file longer before it has written what is in it.
    let is_blank = octets.iter().all(|octet| *octet == 0);
    let (Some(length), Some(of)) = (octets.first_chunk::<4>(), octets.get(4..8)) else {
        return Framed::Torn;
    };
    if is_blank {
        return Framed::Torn;
    }
    if of != of_length(*length, before) {
        return Framed::Damaged;
    }
    let size = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    let size = size.saturating_add(HEAD);
    let (Some(mark), Some(entry)) = (octets.get(8..HEAD), octets.get(HEAD..size)) else {
        return Framed::Torn;
    };
    let is = marked(&[before, length, entry]);
    match is == *mark {
        true => Framed::Whole {
            entry,
            mark: is,
            size,
        },
        false if octets.len() == size => Framed::Torn,
        false => Framed::Damaged,
    }
}

/// Reads a file to its end.
pub(super) fn read(file: &mut File) -> Result<Found, JournalRefusal> {
    let mut octets = Vec::new();
    let all = file
        .seek(SeekFrom::Start(0))
        .and_then(|_| file.read_to_end(&mut octets));
    all.map_err(|_| JournalRefusal::System)?;
    let mut rest = octets.strip_prefix(MAGIC).ok_or(JournalRefusal::Foreign)?;
    let mut found = Found {
        entries: Vec::new(),
        length: MAGIC.len() as u64,
        mark: Mark::default(),
        last: (0, MAGIC.to_vec()),
    };
    while !rest.is_empty() {
        match framed(rest, &found.mark) {
            Framed::Torn => break,
            Framed::Damaged => return Err(JournalRefusal::Damaged),
            Framed::Whole { entry, mark, size } => {
                let frame = rest.get(..size).unwrap_or_default();
                found.last = (found.length, frame.to_vec());
                found.entries.push(entry.to_vec());
                found.length = found.length.saturating_add(size as u64);
                found.mark = mark;
                rest = rest.get(size..).unwrap_or_default();
            }
        }
    }
    Ok(found)
}

/// Cuts a torn end, and writes the last frame once more, which needs no room.
pub(super) fn mend(file: &mut File, found: &Found) -> std::io::Result<()> {
    file.set_len(found.length)?;
    let (at, frame) = &found.last;
    file.seek(SeekFrom::Start(*at))?;
    file.write_all(frame)?;
    file.sync_all()
}
