//! The one thread that writes. It takes what waits, stores it in one commit, and answers; while the
//! disk syncs, the next batch gathers by itself.

use super::append;
use super::file::checkpoint;
use super::trouble::{Tried, Trouble, change, code, name};
use crate::fault::{StoreFault, StoreRefusal};
use crate::model::{Append, Appended, Change, Position};
use crate::paper::{Paper, PaperName, Revision};
use crate::store::Answer;
use mydata::core::id::ServiceId;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ffi};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How many requests one commit stores at most.
const BATCH: usize = 64;

/// At so many pages the log beside the file is copied into it: after the answers, not before them.
const PAGES: i64 = 6000;

/// What is asked of the writer.
pub(super) enum Job {
    Append(Box<Append>),
    Advance {
        reader: String,
        service: Option<ServiceId>,
        from: Position,
        to: Position,
    },
    File {
        name: PaperName,
        expect: Revision,
        paper: Option<Paper>,
    },
}

/// What it answers.
pub(super) enum Done {
    Appended(Appended),
    Changed(bool),
}

/// Who waits for an answer.
pub(super) struct Waiting {
    pub(super) job: Job,
    pub(super) answer: oneshot::Sender<Answer<Done>>,
}

/// The thread, and the way to it.
pub(super) struct Writer {
    pub(super) way: mpsc::Sender<Waiting>,
    thread: JoinHandle<()>,
}

impl Writer {
    pub(super) fn start(
        db: Connection,
        last: Position,
        waiting: usize,
        commits: Arc<AtomicU64>,
    ) -> Answer<Self> {
        let (way, queue) = mpsc::channel(waiting.max(1));
        let desk = Desk {
            db,
            last,
            commits,
            // A process that was killed may have left what it had erased.
            owes_truncation: true,
        };
        let thread = std::thread::Builder::new().name("mydata-store".to_owned());
        let thread = thread
            .spawn(move || desk.work(queue))
            .map_err(|error| super::trouble::of_system(&error))?;
        Ok(Self { way, thread })
    }

    /// Waits until what was taken is answered and the file is closed.
    pub(super) fn end(self) {
        drop(self.way);
        let _ = self.thread.join();
    }
}

struct Desk {
    db: Connection,
    /// The last position that was given.
    last: Position,
    commits: Arc<AtomicU64>,
    /// Whether the log beside the file still has what was erased.
    owes_truncation: bool,
}

/// Why a batch was not stored.
struct Failed {
    fault: StoreFault,
    /// Whether the next one may be tried.
    may_go_on: bool,
}

impl Desk {
    fn work(mut self, mut queue: mpsc::Receiver<Waiting>) {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
            let outcome = self.store(&batch);
            let may_go_on = outcome.as_ref().err().is_none_or(|failed| failed.may_go_on);
            match outcome {
                Ok(done) => {
                    for (waiting, answer) in batch.drain(..).zip(done) {
                        // Who has gone away asks again, and is told that it was done.
                        let _ = waiting.answer.send(answer);
                    }
                }
                Err(Failed { fault, .. }) => {
                    for waiting in batch.drain(..) {
                        let _ = waiting.answer.send(Err(fault.clone()));
                    }
                }
            }
            if !may_go_on || self.tidy().is_err() {
                return self.stop(&mut queue);
            }
        }
        let _ = checkpoint(&self.db, "TRUNCATE");
    }

    /// Stores a batch in one commit. What is refused undoes itself only.
    fn store(&mut self, batch: &[Waiting]) -> Result<Vec<Answer<Done>>, Failed> {
        let (before, last) = (self.db.total_changes(), self.last);
        let outcome = change(&self.db, "BEGIN IMMEDIATE", []).and_then(|_| {
            batch
                .iter()
                .map(|waiting| self.one(&waiting.job))
                .collect::<Tried<Vec<_>>>()
        });
        let failed = match outcome {
            Ok(done) => match change(&self.db, "COMMIT", []) {
                Ok(_) => {
                    let is_written = self.db.total_changes() != before;
                    self.commits
                        .fetch_add(u64::from(is_written), Ordering::Relaxed);
                    return Ok(done);
                }
                Err(trouble) => self.failed(trouble, true),
            },
            Err(trouble) => self.failed(trouble, false),
        };
        self.last = last;
        Err(failed)
    }

    /// What is left to do after a batch that was not stored. A disk that is full has refused the pages
    /// before the last one, which is the commit: nothing is stored, and the next batch may find room.
    /// After any other error in a commit nobody can tell what is on the disk; a sync is not tried again,
    /// because the system may have forgotten what it could not write.
    fn failed(&self, trouble: Trouble, is_commit: bool) -> Failed {
        let primary = match &trouble {
            Trouble::Engine(error) => code(error),
            Trouble::Refused(_) => None,
        };
        let is_undone = self.db.is_autocommit() || change(&self.db, "ROLLBACK", []).is_ok();
        let is_harmless = matches!(
            primary.map(|code| code & 0xff),
            Some(ffi::SQLITE_FULL | ffi::SQLITE_BUSY)
        );
        let fault = match primary {
            Some(code) if is_commit && !is_harmless => {
                StoreFault::of_engine(StoreRefusal::OutcomeUnknown, &name(code))
            }
            _ => trouble.into(),
        };
        Failed {
            fault,
            may_go_on: is_undone && is_harmless,
        }
    }

    /// One request of a batch; an error is the whole batch's.
    fn one(&mut self, job: &Job) -> Tried<Answer<Done>> {
        let last = self.last;
        change(&self.db, "SAVEPOINT one", [])?;
        let outcome = match job {
            Job::Append(append) => {
                append::append(&self.db, &mut self.last, append).map(Done::Appended)
            }
            Job::Advance {
                reader,
                service,
                from,
                to,
            } => append::advance(&self.db, reader, service.as_ref(), *from, *to).map(Done::Changed),
            Job::File {
                name,
                expect,
                paper,
            } => append::file(&self.db, name, *expect, paper.as_ref()).map(Done::Changed),
        };
        let refused = match outcome {
            Ok(done) => {
                if let (Done::Appended(Appended::Stored { .. }), Job::Append(append)) = (&done, job)
                {
                    self.owes_truncation |= matches!(append.change, Change::Erase);
                }
                change(&self.db, "RELEASE one", [])?;
                return Ok(Ok(done));
            }
            Err(trouble) if is_its_own(&trouble) => trouble,
            Err(trouble) => return Err(trouble),
        };
        self.last = last;
        change(&self.db, "ROLLBACK TO one", [])?;
        change(&self.db, "RELEASE one", [])?;
        Ok(Err(refused.into()))
    }

    /// Copies the log beside the file into it when it has grown, or when it has what was erased.
    fn tidy(&mut self) -> Tried<()> {
        if self.owes_truncation {
            // Whoever reads at this moment is not waited for: it is tried again after the next batch.
            self.db.busy_timeout(Duration::ZERO)?;
            let done = checkpoint(&self.db, "TRUNCATE");
            self.db.busy_timeout(super::file::PATIENCE)?;
            self.owes_truncation = !forgiven(done)?;
        } else if checkpoint(&self.db, "NOOP")?.pages >= PAGES {
            forgiven(checkpoint(&self.db, "PASSIVE"))?;
        }
        Ok(())
    }

    /// Turns away whoever comes, until the store is opened again or dropped, and then closes the file as
    /// it is. Until then readers see what was there before the commit that failed.
    fn stop(self, queue: &mut mpsc::Receiver<Waiting>) {
        while let Some(waiting) = queue.blocking_recv() {
            let _ = waiting.answer.send(Err(StoreRefusal::Stopped.into()));
        }
        let _ = self
            .db
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }
}

/// Whether a checkpoint is done. A disk that is full keeps what it has in the log beside the file.
fn forgiven(done: Tried<super::file::Checkpoint>) -> Tried<bool> {
    match done {
        Err(Trouble::Engine(error))
            if code(&error).is_some_and(|code| code & 0xff == ffi::SQLITE_FULL) =>
        {
            Ok(false)
        }
        done => Ok(done?.is_whole),
    }
}

/// Whether the trouble is the request's own: a refusal, or values that the tables do not take.
fn is_its_own(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Refused(fault) => fault.refusal() != StoreRefusal::Corrupt,
        Trouble::Engine(error) => matches!(
            code(error).map(|code| code & 0xff),
            Some(ffi::SQLITE_CONSTRAINT | ffi::SQLITE_TOOBIG | ffi::SQLITE_MISMATCH)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Index, Request, RequestKey, Snapshot, Version};
    use crate::sqlite::file;
    use mydata::core::crypto::Sha256;
    use mydata::core::id::AccountId;
    use mydata::core::time::Timestamp;

    fn append(expect: Version, key: &str, change: Change) -> Waiting {
        let append = Append {
            account: AccountId::parse("ann").unwrap(),
            expect,
            request: Request {
                key: RequestKey::parse(key).unwrap(),
                digest: Sha256::from_octets([1; 32]),
            },
            at: Timestamp::EPOCH,
            change,
        };
        let job = Job::Append(Box::new(append));
        Waiting {
            job,
            answer: oneshot::channel().0,
        }
    }

    fn decide(expect: u64, key: &str, octets: usize) -> Waiting {
        let change = Change::Decide {
            body: vec![7; octets],
            mark: [0; 32],
            to: Vec::new(),
            index: Index::default(),
            snapshot: None,
        };
        append(Version::new(expect), key, change)
    }

    /// SQLite's own limit on the pages of a file gives the code of a disk that is full.
    #[test]
    fn what_does_not_fit_leaves_nothing_and_what_fits_goes_on() {
        let folder = std::env::temp_dir().join(format!("mydata-full-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("store");
        let lock = file::claim(&path).unwrap();
        let db = file::writer(&path, 64).unwrap();
        let opening = Snapshot {
            version: Version::ZERO,
            head: [0; 32],
            octets: Vec::new(),
            mark: [0; 32],
        };
        let open = append(
            Version::ZERO,
            "open",
            Change::Open {
                opening,
                index: Index::default(),
            },
        );
        let mut desk = Desk {
            db,
            last: Position::ZERO,
            commits: Arc::default(),
            owes_truncation: false,
        };
        assert!(desk.store(&[open]).is_ok());
        desk.db.execute_batch("PRAGMA max_page_count = 60").unwrap();
        let batch = [decide(0, "small", 10), decide(1, "large", 500_000)];
        let failed = desk.store(&batch).err().unwrap();
        assert_eq!(
            failed.fault,
            StoreFault::of_engine(StoreRefusal::Full, "SQLITE_FULL")
        );
        assert!(failed.may_go_on && desk.db.is_autocommit());
        assert_eq!(
            (desk.last, append::last(&desk.db).unwrap()),
            (Position::ZERO, Position::ZERO)
        );
        let [Ok(Done::Appended(Appended::Stored { version, position }))] =
            desk.store(&[decide(0, "small", 10)]).ok().unwrap()[..]
        else {
            panic!("a small one fits");
        };
        assert_eq!(
            (
                version.get(),
                position.get(),
                desk.commits.load(Ordering::Relaxed)
            ),
            (1, 1, 2)
        );
        assert!(crate::sqlite::care::check(&desk.db).unwrap().is_sound());
        drop((desk, lock));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
