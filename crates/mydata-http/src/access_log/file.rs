//! A log in files: JSON lines, a file for each day of UTC, one writer.
//!
//! The writer is a thread. It takes whatever waits, writes it with one write and one flush to the disk, and
//! only then answers: one flush does for all requests that came during the one before, and nobody waits for
//! a timer. A write that fails is taken back before the next one, so that no row stands behind a torn one.
//!
//! Rows go into the file of the day they are of, and never into an earlier file than the row before: where
//! a clock has gone back, into the newest. So a file whose rows are all older than the retention goes as a
//! whole, and no other file is touched for it.

use super::entry::AccessEntry;
use super::index::Index;
use super::{AccessLog, LogFault, Page, Period, Position, Span, Stage, Usages};
use crate::files;
use mydata::core::id::SurrogateId;
use mydata::core::time::Timestamp;
use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Rows that may wait for the writer; whoever comes then waits as well.
const WAITING: usize = 1024;

/// Rows written at once at the most.
const TOGETHER: usize = 512;

/// Seconds of a day.
const DAY: u64 = 86_400;

/// An access log in a directory of its own, with nobody else's files in it.
///
/// Where a person's rows are is kept in memory, 24 octets a row, and made again from the files at each start:
/// it does for tens of millions of rows, and whoever has more keeps them in a database.
pub struct FileLog {
    shared: Arc<Shared>,
    asks: Option<mpsc::Sender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    directory: PathBuf,
    index: RwLock<Index>,
}

type Answer<T> = oneshot::Sender<Result<T, LogFault>>;

enum Ask {
    Append(Box<Row>),
    Forget(Timestamp, Answer<usize>),
    Probe(Answer<()>),
}

struct Row {
    entry: AccessEntry,
    line: Vec<u8>,
    answer: Option<Answer<Position>>,
}

impl FileLog {
    /// Opens the log in this directory, which is made where there is none.
    ///
    /// What was being written when the last process ended is cut off, and kept beside its file as `.torn`. Each
    /// grant of which that process had not said what came of it gets its row of [`Stage::Lost`]. Blocks:
    /// every row is read.
    ///
    /// # Errors
    /// [`LogFault::Locked`], [`LogFault::Corrupt`] for a damaged row that others follow, and
    /// [`LogFault::Unavailable`].
    pub fn open(directory: &Path) -> Result<Self, LogFault> {
        make(directory)?;
        let lock = files::claim(&directory.join("lock")).map_err(of_system)?;
        let lock = lock.ok_or(LogFault::Locked)?;
        let mut index = Index::default();
        let segments = segments(directory)?;
        let mut length = 0;
        for segment in &segments {
            let is_last = segments.last() == Some(segment);
            length = read(directory, *segment, is_last, &mut index)?;
        }
        let lost = index.lost();
        let shared = Arc::new(Shared {
            directory: directory.to_owned(),
            index: RwLock::new(index),
        });
        let mut writer = Writer {
            shared: Arc::clone(&shared),
            segment: segments.last().copied(),
            length,
            file: None,
            _lock: lock,
        };
        writer.close(&lost)?;
        let (asks, asked) = mpsc::channel(WAITING);
        let thread = std::thread::Builder::new().name("access-log".into());
        let thread = thread.spawn(move || writer.run(asked));
        Ok(Self {
            shared,
            asks: Some(asks),
            thread: Some(thread.map_err(of_system)?),
        })
    }

    /// How many rows are kept.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.shared.index().rows()
    }

    async fn ask<T>(&self, ask: impl FnOnce(Answer<T>) -> Ask + Send) -> Result<T, LogFault>
    where
        T: Send,
    {
        let (answer, answered) = oneshot::channel();
        let asks = self.asks.as_ref().ok_or(LogFault::Unavailable)?;
        let sent = asks.send(ask(answer)).await;
        sent.map_err(|_| LogFault::Unavailable)?;
        answered.await.unwrap_or(Err(LogFault::Unavailable))
    }
}

impl AccessLog for FileLog {
    async fn append(&self, entry: AccessEntry) -> Result<Position, LogFault> {
        let line = entry.line().ok_or(LogFault::Unavailable)?;
        self.ask(|answer| {
            Ask::Append(Box::new(Row {
                entry,
                line,
                answer: Some(answer),
            }))
        })
        .await
    }

    async fn usages(
        &self,
        whose: &[SurrogateId],
        span: Span,
        page: Page,
    ) -> Result<Usages, LogFault> {
        let (total, positions) = self.shared.index().find(whose, &span, &page);
        let directory = self.shared.directory.clone();
        let rows = tokio::task::spawn_blocking(move || rows(&directory, &positions));
        let rows = rows.await.unwrap_or(Err(LogFault::Unavailable))?;
        Ok(Usages { total, rows })
    }

    async fn period(&self) -> Result<Period, LogFault> {
        Ok(self.shared.index().period())
    }

    async fn forget(&self, before: Timestamp) -> Result<usize, LogFault> {
        self.ask(|answer| Ask::Forget(before, answer)).await
    }

    async fn probe(&self) -> Result<(), LogFault> {
        self.ask(Ask::Probe).await
    }
}

impl Drop for FileLog {
    /// Waits until what was asked is written: the directory may be opened again then.
    fn drop(&mut self) {
        drop(self.asks.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for FileLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileLog({} rows)", self.rows())
    }
}

impl Shared {
    fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Index) -> T) -> T {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut index)
    }
}

/// The one that writes, with the file it is at.
struct Writer {
    shared: Arc<Shared>,
    segment: Option<u64>,
    /// Octets of whole, durable rows in the present file.
    length: u64,
    /// The present file, its end at `length`; none before the first row and after a failure.
    file: Option<File>,
    /// Held for as long as the writer lives.
    _lock: File,
}

impl Writer {
    fn run(mut self, mut asked: mpsc::Receiver<Ask>) {
        let mut rows: Vec<Row> = Vec::new();
        while let Some(ask) = asked.blocking_recv() {
            let mut next = Some(ask);
            while let Some(Ask::Append(row)) = next {
                rows.push(*row);
                next = (rows.len() < TOGETHER)
                    .then(|| asked.try_recv().ok())
                    .flatten();
            }
            self.write_all(&mut rows);
            match next {
                Some(Ask::Forget(before, answer)) => {
                    let _ = answer.send(self.forget(before));
                }
                Some(Ask::Probe(answer)) => {
                    let _ = answer.send(self.probe());
                }
                Some(Ask::Append(_)) | None => {}
            }
        }
    }

    /// Says of each grant that nobody knows what came of it. None is of a later day than the newest file.
    fn close(&mut self, lost: &[AccessEntry]) -> Result<(), LogFault> {
        if lost.is_empty() {
            return Ok(());
        }
        let rows = lost.iter().map(|entry| {
            let entry = entry.then(Stage::Lost, entry.at);
            let line = entry.line()?;
            let answer = None;
            Some(Row {
                entry,
                line,
                answer,
            })
        });
        let rows: Option<Vec<Row>> = rows.collect();
        let mut rows = rows.ok_or(LogFault::Corrupt)?;
        self.write(self.segment_of(&rows), &mut rows)
    }

    fn segment_of(&self, rows: &[Row]) -> u64 {
        let day = rows.first().map_or(0, |row| row.entry.at.seconds() / DAY);
        day.max(self.segment.unwrap_or(0))
    }

    /// Writes rows in their order, file by file, and answers.
    fn write_all(&mut self, rows: &mut Vec<Row>) {
        while !rows.is_empty() {
            let segment = self.segment_of(rows);
            let is_next = |row: &Row| row.entry.at.seconds() / DAY > segment;
            let end = rows.iter().position(is_next).unwrap_or(rows.len());
            let mut these: Vec<Row> = rows.drain(..end).collect();
            let written = self.write(segment, &mut these);
            if let Err(fault) = written {
                tracing::error!(code = fault.code(), "the access log is not written");
                for answer in these.into_iter().filter_map(|row| row.answer) {
                    let _ = answer.send(Err(fault));
                }
            }
        }
    }

    /// Writes rows into one file: all of them, or none.
    fn write(&mut self, segment: u64, rows: &mut [Row]) -> Result<(), LogFault> {
        let lines: Vec<u8> = rows
            .iter()
            .flat_map(|row| row.line.iter().copied())
            .collect();
        let file = self.at(segment)?;
        let written = file.write_all(&lines).and_then(|()| file.sync_data());
        if let Err(error) = written {
            // What has come to the disk of it goes; if that fails too, it goes before the next row.
            let good = self.length;
            if let Some(file) = self.file.take() {
                let _ = file.set_len(good).and_then(|()| file.sync_data());
            }
            return Err(of_system(error));
        }
        let start = self.length;
        self.length += lines.len() as u64;
        let mut offset = start;
        self.shared.change(|index| {
            for row in &mut *rows {
                let position = Position { segment, offset };
                offset += row.line.len() as u64;
                index.add(position, &row.entry);
                if let Some(answer) = row.answer.take() {
                    let _ = answer.send(Ok(position));
                }
            }
        });
        Ok(())
    }

    /// The file of this day, at the end of its last whole row.
    fn at(&mut self, segment: u64) -> Result<&mut File, LogFault> {
        if self.segment != Some(segment) {
            (self.segment, self.length, self.file) = (Some(segment), 0, None);
        }
        if self.file.is_none() {
            let directory = &self.shared.directory;
            let path = path(directory, segment);
            let mut options = OpenOptions::new();
            let options = files::private(options.create(true).write(true).truncate(false));
            let mut file = options.open(&path).map_err(of_system)?;
            file.set_len(self.length)
                .and_then(|()| file.seek(SeekFrom::Start(self.length)))
                .map_err(of_system)?;
            // Also of a file that is there: an earlier attempt may have made it, and not come to this.
            files::sync_folder(directory).map_err(of_system)?;
            self.file = Some(file);
        }
        self.file.as_mut().ok_or(LogFault::Unavailable)
    }

    fn forget(&self, before: Timestamp) -> Result<usize, LogFault> {
        let mut rows = 0;
        let older = self.shared.index().before(before);
        for segment in older.into_iter().filter(|old| self.segment != Some(*old)) {
            match fs::remove_file(path(&self.shared.directory, segment)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(of_system(error));
                }
                Ok(()) | Err(_) => rows += self.shared.change(|index| index.forget(segment)),
            }
        }
        files::sync_folder(&self.shared.directory).map_err(of_system)?;
        Ok(rows)
    }

    /// Writes a file of as much as a row takes, and removes it.
    fn probe(&self) -> Result<(), LogFault> {
        let path = self.shared.directory.join("probe");
        let tried = (|| {
            let mut options = OpenOptions::new();
            let options = files::private(options.create(true).write(true).truncate(true));
            let mut file = options.open(&path)?;
            file.write_all(&[b' '; 4096])?;
            file.sync_data()
        })();
        let removed = fs::remove_file(&path);
        tried.and(removed).map_err(of_system)
    }
}

/// Makes the directory of a log, and those that it is in, for good.
fn make(directory: &Path) -> Result<(), LogFault> {
    let within = directory.ancestors().skip(1);
    let missing: Vec<&Path> = within.take_while(|path| !path.exists()).collect();
    fs::create_dir_all(directory).map_err(of_system)?;
    // Also of one that is there: an earlier attempt may have made it, and not come to this.
    let made = missing.into_iter().chain([directory]);
    made.filter_map(Path::parent)
        .try_for_each(files::sync_folder)
        .map_err(of_system)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn of_system(error: std::io::Error) -> LogFault {
    // The kind says what to mend; the rest of an error may have a path in it.
    tracing::warn!(kind = ?error.kind(), "a file of the access log");
    LogFault::Unavailable
}

fn path(directory: &Path, segment: u64) -> PathBuf {
    let day = Timestamp::from_seconds(segment.saturating_mul(DAY)).unwrap_or(Timestamp::EPOCH);
    let day = day.to_string();
    let day = day.split('T').next().unwrap_or_default();
    directory.join([day, ".jsonl"].concat())
}

/// The days of which there are files, in order.
fn segments(directory: &Path) -> Result<Vec<u64>, LogFault> {
    let mut found = Vec::new();
    for file in fs::read_dir(directory).map_err(of_system)? {
        let name = file.map_err(of_system)?.file_name();
        let day = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        let midnight = day.and_then(|day| Timestamp::parse(&[day, "T00:00:00Z"].concat()));
        found.extend(midnight.map(|midnight| midnight.seconds() / DAY));
    }
    found.sort_unstable();
    Ok(found)
}

/// Reads a file into the index: how many octets of it are whole rows. Of the newest file the end may be torn,
/// and is cut off; of no other.
fn read(directory: &Path, segment: u64, is_last: bool, index: &mut Index) -> Result<u64, LogFault> {
    let path = path(directory, segment);
    let mut lines = BufReader::new(File::open(&path).map_err(of_system)?);
    let (mut offset, mut good) = (0_u64, 0_u64);
    let mut line = Vec::new();
    loop {
        line.clear();
        let octets = lines.read_until(b'\n', &mut line).map_err(of_system)?;
        if octets == 0 {
            break;
        }
        match line.strip_suffix(b"\n").and_then(AccessEntry::read) {
            Some(entry) if good == offset => {
                index.add(Position { segment, offset }, &entry);
                index.follow(&entry);
                good += octets as u64;
            }
            Some(_) => return Err(LogFault::Corrupt),
            None => {}
        }
        offset += octets as u64;
    }
    if good < offset {
        if !is_last {
            return Err(LogFault::Corrupt);
        }
        cut(&path, good).map_err(of_system)?;
    }
    Ok(good)
}

/// Cuts a file after its last whole row, and keeps what is cut.
fn cut(path: &Path, good: u64) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.read(true).write(true).open(path)?;
    file.seek(SeekFrom::Start(good))?;
    let mut options = OpenOptions::new();
    let options = files::private(options.create(true).append(true));
    let mut torn = options.open(path.with_extension("torn"))?;
    std::io::copy(&mut file, &mut torn)?;
    torn.sync_data()?;
    file.set_len(good)?;
    file.sync_data()
}

/// The rows at these positions, in the same order.
fn rows(directory: &Path, positions: &[Position]) -> Result<Vec<AccessEntry>, LogFault> {
    let mut files: HashMap<u64, BufReader<File>> = HashMap::new();
    let mut line = Vec::new();
    let mut row = |position: &Position| {
        let file = match files.entry(position.segment) {
            std::collections::hash_map::Entry::Occupied(found) => found.into_mut(),
            std::collections::hash_map::Entry::Vacant(free) => {
                let file = File::open(path(directory, position.segment));
                free.insert(BufReader::new(file.map_err(of_system)?))
            }
        };
        line.clear();
        file.seek(SeekFrom::Start(position.offset))
            .and_then(|_| file.read_until(b'\n', &mut line))
            .map_err(of_system)?;
        let entry = line.strip_suffix(b"\n").and_then(AccessEntry::read);
        entry.ok_or(LogFault::Corrupt)
    };
    positions.iter().map(&mut row).collect()
}
