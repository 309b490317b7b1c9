//! What a service must have again after a restart, in one file.
//!
//! ```text
//! "MyDaJrn1" │ frame │ frame │ …            frame: length 4 │ mark of the length 4 │ mark 16 │ entry
//! ```
//!
//! * **Durable.** An entry is in the file and synced before its keeping is acknowledged, and so is the file's
//!   name in its folder.
//! * **In order.** The mark of a frame is over the one before it too: a frame that was cut out, exchanged or
//!   changed is found when the file is opened, and the file is not.
//! * **Torn.** What was being written when the machine stopped was acknowledged to nobody: an end that is no
//!   whole frame is cut. The last whole frame is written over itself and synced again: a sync that had failed
//!   before may have left it in memory only.
//! * **Once.** A lock file beside it keeps a second process out for as long as the first is open.
//!
//! It holds personal data (who is behind a surrogate), and only its owner may read it. Nothing is encrypted
//! here: that is the disk's care.

mod entry;
mod file;
mod program;

pub use entry::{Entry, Message};
pub use program::{FileProgram, Happens};

use file::Lock;
use mydata::core::refusals;
use std::fmt;
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

refusals! {
    /// Why a journal cannot be opened, or written.
    pub enum JournalRefusal {
        Locked = "keep_locked": "another process has the journal open",
        Foreign = "keep_foreign": "the file is no journal",
        Damaged = "keep_damaged": "an entry of the journal is not what was written",
        Unwritten = "keep_unwritten": "the journal could not be written: it is to be opened anew",
        System = "keep_system": "the system refuses what is asked of the file",
        TooLarge = "keep_too_large": "an entry has more than 16 MiB",
        MemberOther = "keep_member_other": "somebody else is behind this surrogate already",
    }
}

/// What a journal may hold: octets, and back.
pub trait Kept: Sized + Send + 'static {
    /// As octets: at least one, and at most 16 MiB.
    fn written(&self) -> Vec<u8>;

    /// From octets; `None` for what none of these has written.
    fn read(octets: &[u8]) -> Option<Self>;
}

/// The journal of a service.
pub type Journal = JournalOf<Entry>;

/// A file of entries, open for writing by this process only.
pub struct JournalOf<E> {
    inner: Arc<Mutex<Inner>>,
    path: Arc<PathBuf>,
    entries: PhantomData<fn() -> E>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    /// Where the next frame goes.
    length: u64,
    /// The mark of the last frame.
    mark: file::Mark,
    /// Whether a write or a sync has failed: what the file holds after `length` is not known then.
    is_broken: bool,
    _lock: Lock,
}

impl<E: Kept> JournalOf<E> {
    /// Opens a journal, or makes one, and gives what it holds in the order in which it was kept. Blocks.
    ///
    /// # Errors
    /// [`JournalRefusal`]; nothing was written then but a lock file, and a journal of no entries where there
    /// was none.
    pub fn open(path: &Path) -> Result<(Self, Vec<E>), JournalRefusal> {
        let lock = file::claim(path)?;
        let mut file = file::open(path)?;
        let found = file::read(&mut file)?;
        let entries: Option<Vec<E>> = found.entries.iter().map(|of| E::read(of)).collect();
        let entries = entries.ok_or(JournalRefusal::Damaged)?;
        file::mend(&mut file, &found).map_err(|_| JournalRefusal::System)?;
        let inner = Inner {
            file,
            length: found.length,
            mark: found.mark,
            is_broken: false,
            _lock: lock,
        };
        let journal = Self {
            inner: Arc::new(Mutex::new(inner)),
            path: Arc::new(path.to_owned()),
            entries: PhantomData,
        };
        Ok((journal, entries))
    }

    /// Keeps an entry, for good when it returns. Blocks.
    ///
    /// # Errors
    /// [`JournalRefusal::Unwritten`]: it may be there or not, and nothing more is written before the file
    /// was opened anew. [`JournalRefusal::TooLarge`].
    pub fn append(&self, entry: &E) -> Result<(), JournalRefusal> {
        let octets = entry.written();
        let mut inner = self.inner();
        if inner.is_broken {
            return Err(JournalRefusal::Unwritten);
        }
        let (frame, mark) = file::frame(&octets, &inner.mark).ok_or(JournalRefusal::TooLarge)?;
        let (at, written) = (inner.length, inner.write(&frame));
        if written.is_err() {
            // What is left of it is cut, if that can be done; whether it is cut for good is not known.
            let _ = inner.file.set_len(at);
            inner.is_broken = true;
            return Err(JournalRefusal::Unwritten);
        }
        inner.length = at.saturating_add(frame.len() as u64);
        inner.mark = mark;
        Ok(())
    }

    /// The same, from where nothing may block. Broken off, it is kept all the same.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub async fn keep(&self, entry: E) -> Result<(), JournalRefusal> {
        let journal = self.clone();
        let kept = tokio::task::spawn_blocking(move || journal.append(&entry));
        kept.await.unwrap_or(Err(JournalRefusal::Unwritten))
    }

    /// Writes the file anew with `entries` and nothing else, and puts it in the place of the old one in one
    /// step: what is left out is gone. Blocks.
    ///
    /// # Errors
    /// [`JournalRefusal::System`]: the old file is there as it was. [`JournalRefusal::Unwritten`]: the new one
    /// is, and whether for good is not known; nothing more is written before the file was opened anew.
    /// [`JournalRefusal::TooLarge`].
    pub fn rewrite(&self, entries: &[E]) -> Result<(), JournalRefusal> {
        let mut inner = self.inner();
        if inner.is_broken {
            return Err(JournalRefusal::Unwritten);
        }
        let entries: Vec<_> = entries.iter().map(Kept::written).collect();
        let (file, length, mark) = file::replace(&self.path, &entries)?;
        if file::sync_name(&self.path).is_err() {
            inner.is_broken = true;
            return Err(JournalRefusal::Unwritten);
        }
        (inner.file, inner.length, inner.mark) = (file, length, mark);
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> Clone for JournalOf<E> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            path: Arc::clone(&self.path),
            entries: PhantomData,
        }
    }
}

impl<E> fmt::Debug for JournalOf<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Journal({})", self.path.display())
    }
}

impl Inner {
    fn write(&mut self, frame: &[u8]) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(frame)?;
        self.file.sync_data()
    }
}
