//! The embedded store: one file of SQLite.

mod append;
mod care;
mod file;
mod read;
mod row;
mod schema;
mod trouble;
mod writer;

use crate::fault::StoreRefusal;
use crate::model::{
    Append, Appended, Backlog, Held, Logged, Lookup, Partition, Position, Reading, Stands,
    Tombstone, Which,
};
use crate::paper::{Paper, PaperName, Revision, Shelf};
use crate::store::{Answer, Reader, Store};
pub use care::SqliteCheck;
use mydata::core::id::{AccountId, ConsentId, ServiceId};
use rusqlite::Connection;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};
use trouble::Tried;
use writer::{Done, Job, Waiting, Writer};

/// So many readers are kept open.
const READERS: u32 = 3;

/// How much of the machine a store takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct SqliteOptions {
    /// Mebibytes of pages that are kept in memory, 64 at least: a quarter for the writer, the rest for
    /// the readers.
    pub cache: u32,
    /// How many requests may wait for the writer; one more is [`StoreRefusal::Busy`].
    pub waiting: usize,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            cache: 256,
            waiting: 1024,
        }
    }
}

/// A store in one file of SQLite, with its log `-wal` beside it while it is open.
///
/// One thread writes: it takes what waits, up to 64 requests, and stores them in one commit, so that a
/// sync of the disk serves them all. Reads run on the caller's thread, for some microseconds when the
/// pages are in memory, each on one state of the file, and wait for no writer.
///
/// **Durable.** A request is answered after its commit is synced (`synchronous=FULL`). After a commit
/// that failed, or any other error of the disk, the store has stopped: every append is
/// [`Stopped`](StoreRefusal::Stopped) until [`reopen`](Self::reopen) has examined what there is. A disk
/// that is full stops nothing: what does not fit is [`Full`](StoreRefusal::Full) and leaves nothing.
///
/// **Private.** The file is its owner's only, and what is deleted is overwritten. An erasure empties the
/// log beside it: at once, or after a later commit while somebody reads. Disks that write every version
/// elsewhere, snapshots of file systems and backups are beyond its reach.
///
/// When it is dropped, what was taken is answered and the log is copied into the file; that takes as
/// long as a commit.
pub struct SqliteStore {
    path: PathBuf,
    options: SqliteOptions,
    commits: Arc<AtomicU64>,
    writer: Mutex<Option<Writer>>,
    readers: Mutex<Readers>,
    /// Told when a reader comes back.
    returned: Condvar,
    /// Held while the file is opened or examined.
    care: Mutex<()>,
    _lock: file::Lock,
}

/// Connections that only read.
#[derive(Default)]
struct Readers {
    are_open: bool,
    /// The one used last is taken first: its pages are in memory.
    idle: Vec<Connection>,
    out: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SqliteStore {
    /// Opens the store in a file, or makes it. Blocks.
    ///
    /// # Errors
    /// [`Foreign`](StoreRefusal::Foreign), [`SchemaNewer`](StoreRefusal::SchemaNewer),
    /// [`SchemaOther`](StoreRefusal::SchemaOther), [`ReadOnly`](StoreRefusal::ReadOnly),
    /// [`Corrupt`](StoreRefusal::Corrupt), [`Locked`](StoreRefusal::Locked): nothing was written then.
    /// [`SettingOther`](StoreRefusal::SettingOther) where SQLite was built or told to do otherwise.
    pub fn open(path: &Path, options: SqliteOptions) -> Answer<Self> {
        let lock = file::claim(path)?;
        let store = Self {
            path: path.to_owned(),
            options,
            commits: Arc::default(),
            writer: Mutex::default(),
            readers: Mutex::default(),
            returned: Condvar::new(),
            care: Mutex::default(),
            _lock: lock,
        };
        store.start(file::writer(path, store.cache(1))?)?;
        Ok(store)
    }

    /// Opens the store again after it has [`Stopped`](StoreRefusal::Stopped): closes the file, opens it,
    /// writes once more what stands in the log beside it, examines everything, and only then goes on.
    /// Blocks, for as long as it takes to read the whole file.
    ///
    /// # Errors
    /// [`Corrupt`](StoreRefusal::Corrupt) when the [examination](Self::check) finds a flaw, and what
    /// [`open`](Self::open) refuses with; the store stays closed then, also for reading.
    pub fn reopen(&self) -> Answer<SqliteCheck> {
        let _care = lock(&self.care);
        self.end();
        let db = file::writer(&self.path, self.cache(1))?;
        let found = care::check(&db)?;
        if !found.is_sound() {
            return Err(StoreRefusal::Corrupt.into());
        }
        self.start(db)?;
        Ok(found)
    }

    /// Examines the whole file: its pages, that every account has all its entries, the log all its
    /// positions, the queues their entries, and that links and consents are as they were written. What
    /// the octets say is not read. Blocks; the store may be in use, and may have stopped.
    ///
    /// # Errors
    /// When the file cannot be read at all.
    pub fn check(&self) -> Answer<SqliteCheck> {
        let _care = lock(&self.care);
        let db = file::reader(&self.path, self.cache(1))?;
        Ok(care::check(&db)?)
    }

    /// Copies the store as it stands at one moment to a new file, which is a store itself. Blocks, but
    /// nobody else: meanwhile the log beside the file keeps what is written.
    ///
    /// # Errors
    /// When there is a file of this name, and when it cannot be written.
    pub fn backup(&self, to: &Path) -> Answer<()> {
        self.read(|db| Ok(care::backup(db, to)?))
    }

    /// How many commits there were since it was opened: fewer than requests, when many came at once.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    fn cache(&self, quarters: u32) -> u32 {
        self.options.cache.max(64) / 4 * quarters
    }

    fn start(&self, db: Connection) -> Answer<()> {
        let last = append::last(&db)?;
        let writer = Writer::start(db, last, self.options.waiting, Arc::clone(&self.commits))?;
        *lock(&self.writer) = Some(writer);
        lock(&self.readers).are_open = true;
        Ok(())
    }

    /// Ends the writer and closes every connection.
    fn end(&self) {
        let mut readers = lock(&self.readers);
        readers.are_open = false;
        readers.idle.clear();
        while readers.out > 0 {
            readers = self
                .returned
                .wait(readers)
                .unwrap_or_else(PoisonError::into_inner);
        }
        drop(readers);
        if let Some(writer) = lock(&self.writer).take() {
            writer.end();
        }
    }

    fn read<T>(&self, what: impl FnOnce(&Connection) -> Tried<T>) -> Answer<T> {
        let mut readers = lock(&self.readers);
        if !readers.are_open {
            return Err(StoreRefusal::Stopped.into());
        }
        let idle = readers.idle.pop();
        readers.out += 1;
        drop(readers);
        let db = match idle {
            Some(db) => Ok(db),
            // As many as there are threads that read at once.
            None => file::reader(&self.path, self.cache(3) / READERS),
        };
        let (db, found) = match db {
            Ok(db) => {
                let found = what(&db);
                (Some(db), found)
            }
            Err(trouble) => (None, Err(trouble)),
        };
        let mut readers = lock(&self.readers);
        readers.out -= 1;
        let is_kept = readers.are_open && readers.idle.len() < READERS as usize;
        readers.idle.extend(db.filter(|_| is_kept));
        drop(readers);
        self.returned.notify_all();
        Ok(found?)
    }

    async fn ask(&self, job: Job) -> Answer<Done> {
        let (answer, told) = oneshot::channel();
        let way = lock(&self.writer).as_ref().map(|writer| writer.way.clone());
        let way = way.ok_or(StoreRefusal::Stopped)?;
        way.try_send(Waiting { job, answer })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => StoreRefusal::Busy,
                mpsc::error::TrySendError::Closed(_) => StoreRefusal::Stopped,
            })?;
        drop(way);
        told.await
            .unwrap_or_else(|_| Err(StoreRefusal::OutcomeUnknown.into()))
    }

    async fn change(&self, job: Job) -> Answer<bool> {
        Ok(matches!(self.ask(job).await?, Done::Changed(true)))
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqliteStore({} commits)", self.commits())
    }
}

impl Store for SqliteStore {
    /// One: there is one writer.
    fn partitions(&self) -> u16 {
        1
    }

    async fn account(&self, id: &AccountId, reading: Reading) -> Answer<Option<Held>> {
        self.read(|db| read::account(db, id, reading))
    }

    async fn append(&self, append: Append) -> Answer<Appended> {
        match self.ask(Job::Append(Box::new(append))).await? {
            Done::Appended(appended) => Ok(appended),
            Done::Changed(_) => Err(StoreRefusal::Engine.into()),
        }
    }

    async fn stands(&self, id: &ConsentId) -> Answer<Option<Stands>> {
        self.read(|db| read::stands(db, id))
    }

    async fn find(&self, what: &Lookup) -> Answer<Option<AccountId>> {
        self.read(|db| read::find(db, what))
    }

    async fn accounts(
        &self,
        which: &Which,
        after: Option<&AccountId>,
        max: usize,
    ) -> Answer<Vec<AccountId>> {
        self.read(|db| read::accounts(db, which, after, max))
    }

    async fn tombstone(&self, id: &AccountId) -> Answer<Option<Tombstone>> {
        self.read(|db| read::tombstone(db, id))
    }

    async fn log(
        &self,
        partition: Partition,
        to: Option<&ServiceId>,
        after: Position,
        max: usize,
    ) -> Answer<Vec<Logged>> {
        match partition {
            Partition(0) => self.read(|db| read::log(db, to, after, max)),
            Partition(_) => Ok(Vec::new()),
        }
    }

    async fn waiting(&self, partition: Partition) -> Answer<Vec<ServiceId>> {
        match partition {
            Partition(0) => self.read(read::waiting),
            Partition(_) => Ok(Vec::new()),
        }
    }

    async fn backlog(&self, partition: Partition, to: &ServiceId) -> Answer<Option<Backlog>> {
        match partition {
            Partition(0) => self.read(|db| read::backlog(db, to)),
            Partition(_) => Ok(None),
        }
    }

    async fn cursor(&self, reader: &Reader, partition: Partition) -> Answer<Position> {
        match partition {
            Partition(0) => self.read(|db| read::cursor(db, &reader.name())),
            Partition(_) => Ok(Position::ZERO),
        }
    }

    async fn advance(
        &self,
        reader: &Reader,
        partition: Partition,
        from: Position,
        to: Position,
    ) -> Answer<bool> {
        let service = match reader {
            _ if partition != Partition(0) => return Ok(false),
            Reader::Service(service) => Some(service.clone()),
            Reader::Named(_) => None,
        };
        let reader = reader.name();
        self.change(Job::Advance {
            reader,
            service,
            from,
            to,
        })
        .await
    }

    async fn paper(&self, name: &PaperName) -> Answer<Option<(Revision, Paper)>> {
        self.read(|db| read::paper(db, name))
    }

    async fn file(
        &self,
        name: &PaperName,
        expect: Revision,
        paper: Option<&Paper>,
    ) -> Answer<bool> {
        let (name, paper) = (name.clone(), paper.cloned());
        self.change(Job::File {
            name,
            expect,
            paper,
        })
        .await
    }

    async fn papers(
        &self,
        shelf: Shelf,
        after: Option<&str>,
        max: usize,
    ) -> Answer<Vec<(PaperName, Paper)>> {
        self.read(|db| read::papers(db, shelf, after, max))
    }
}
