//! The file: what it must be before anything touches it, who may write it, and the settings under
//! which it is open.

use super::schema::{MIGRATIONS, migrate};
use super::trouble::{Tried, of_system};
use crate::fault::{StoreFault, StoreRefusal};
use crate::store::Answer;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// "MyDa": `file` and every tool of SQLite show it.
const APPLICATION: u32 = 0x4d79_4461;
const PAGE: u16 = 4096;

/// What is set on every connection and read back. Durability: a commit returns when its frames are
/// synced. Erasure: what is deleted is overwritten, and nothing is sorted in files. Defence: a file that
/// somebody has prepared runs nothing.
const SETTINGS: &[(&str, &str)] = &[
    ("journal_mode", "wal"),
    ("synchronous", "2"),
    ("wal_autocheckpoint", "10000"),
    ("journal_size_limit", "67108864"),
    ("foreign_keys", "1"),
    ("trusted_schema", "0"),
    ("secure_delete", "1"),
    ("cell_size_check", "1"),
    ("temp_store", "2"),
];

const SWITCHES: &[(DbConfig, bool)] = &[
    (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
    (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    // Plans do not depend on what is asked: a statement that is kept is not planned again for each value.
    (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
];

/// How long to wait for a lock that another program holds for a moment.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// A name beside the file.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The folder of a file.
pub(super) fn folder(path: &Path) -> &Path {
    let folder = path.parent();
    folder
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// The right to write the file, held while this is. SQLite's own locks last for a transaction only.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Takes the right to write a file, which is made when there is none.
///
/// The lock is a file of its own, because a second descriptor of the store's would on closing take
/// SQLite's locks away from this whole process.
pub(super) fn claim(path: &Path) -> Answer<Lock> {
    let folder = folder(path);
    for place in [folder, path] {
        // For root too, whom the system does not hold to it.
        let marked = std::fs::metadata(place).is_ok_and(|place| place.permissions().readonly());
        if marked {
            return Err(StoreRefusal::ReadOnly.into());
        }
    }
    let name = beside(path, "-lock");
    let system = |error| of_system(&error);
    let (file, is_new) = match OpenOptions::new().write(true).create_new(true).open(&name) {
        Ok(file) => (file, true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => (
            OpenOptions::new().write(true).open(&name).map_err(system)?,
            false,
        ),
        Err(error) => return Err(system(error)),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreRefusal::Locked.into()),
        Err(TryLockError::Error(error)) => return Err(system(error)),
    }
    let there = match is_ours(path) {
        Ok(false) => create(path, folder),
        Ok(true) => Ok(()),
        Err(fault) => {
            if is_new {
                // Nothing is left beside what is not ours.
                let _ = std::fs::remove_file(&name);
            }
            Err(fault)
        }
    };
    there.map(|()| Lock { _file: file })
}

/// Whether there is a store, by its first octets; `false` when there is no file.
fn is_ours(path: &Path) -> Answer<bool> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(of_system(&error)),
    };
    let mut header = [0; 100];
    if file.read_exact(&mut header).is_err() || !header.starts_with(b"SQLite format 3\0") {
        return Err(StoreRefusal::Foreign.into());
    }
    // SQLite, "Database File Format" 1.3: the page size at 16, versions and fractions from 18 to 23, the
    // schema's version at 60, the application at 68.
    let two = |at: usize| header.get(at..at + 2);
    let four = |at: usize| {
        header
            .get(at..)?
            .first_chunk()
            .map(|four| u32::from_be_bytes(*four))
    };
    let is_sane = header.get(20..24) == Some(&[0, 64, 32, 32]) && two(18) == Some(&[2, 2]);
    let newest = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    let refusal = if four(68) != Some(APPLICATION) {
        StoreRefusal::Foreign
    } else if !is_sane {
        StoreRefusal::Corrupt
    } else if two(16) != Some(&PAGE.to_be_bytes()) {
        StoreRefusal::SettingOther
    } else if four(60).is_none_or(|version| version > newest) {
        StoreRefusal::SchemaNewer
    } else {
        return Ok(true);
    };
    Err(refusal.into())
}

/// Makes an empty store under another name, whole and synced, before it gets its own.
fn create(path: &Path, folder: &Path) -> Answer<()> {
    let system = |error| of_system(&error);
    let new = beside(path, "-new");
    for ending in ["", "-journal", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(&new, ending));
    }
    private(&new).map_err(system)?;
    fill(&new).map_err(StoreFault::from)?;
    File::open(&new)
        .and_then(|file| file.sync_all())
        .map_err(system)?;
    std::fs::rename(&new, path).map_err(system)?;
    sync_folder(folder).map_err(system)
}

fn fill(path: &Path) -> Tried<()> {
    let db = Connection::open_with_flags(path, writing())?;
    db.execute_batch(&format!(
        "PRAGMA page_size = {PAGE}; PRAGMA application_id = {APPLICATION}"
    ))?;
    migrate(&db, MIGRATIONS)?;
    db.execute_batch("PRAGMA journal_mode = wal")?;
    db.close().map_err(|(_, error)| error.into())
}

/// A new file that only its owner reads; what SQLite puts beside it is as private.
pub(super) fn private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

/// Makes a new name in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    // Where a folder cannot be opened, as on Windows, its names are the file system's care.
    match cfg!(unix) {
        true => File::open(folder)?.sync_all(),
        false => Ok(()),
    }
}

pub(super) fn writing() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// The connection of the writer, after what has not been done to the file was done.
pub(super) fn writer(path: &Path, cache: u32) -> Tried<Connection> {
    write_again(&beside(path, "-wal")).map_err(|error| of_system(&error))?;
    let db = connect(path, writing(), cache)?;
    migrate(&db, MIGRATIONS)?;
    Ok(db)
}

/// Writes the log beside the file once more, over itself, and syncs it. When a sync has failed, the
/// system may hold pages that look as if they were on the disk: later commits would stand on them. This
/// asks for no room, so that a store opens on a disk that is full.
fn write_again(log: &Path) -> std::io::Result<()> {
    let mut log = match OpenOptions::new().read(true).write(true).open(log) {
        Ok(log) => log,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut octets = Vec::with_capacity(1 << 20);
    let mut at = 0;
    loop {
        octets.clear();
        log.seek(SeekFrom::Start(at))?;
        let count = Read::by_ref(&mut log)
            .take(1 << 20)
            .read_to_end(&mut octets)?;
        if count == 0 {
            return log.sync_all();
        }
        log.seek(SeekFrom::Start(at))?;
        log.write_all(&octets)?;
        at += count as u64;
    }
}

/// A connection that only reads, and leaves the log beside the file as it is.
pub(super) fn reader(path: &Path, cache: u32) -> Tried<Connection> {
    let reading = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = connect(path, reading, cache)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(db)
}

fn connect(path: &Path, access: OpenFlags, cache: u32) -> Tried<Connection> {
    let db = Connection::open_with_flags(path, access)?;
    db.busy_timeout(PATIENCE)?;
    db.set_prepared_statement_cache_capacity(64);
    for (switch, wanted) in SWITCHES {
        if db.set_db_config(*switch, *wanted)? != *wanted {
            return Err(StoreRefusal::SettingOther.into());
        }
    }
    let cache = format!("-{}", cache * 1024);
    for (name, wanted) in SETTINGS.iter().chain(&[("cache_size", cache.as_str())]) {
        db.execute_batch(&format!("PRAGMA {name} = {wanted}"))?;
        hold(&db, name, wanted)?;
    }
    hold(&db, "page_size", &PAGE.to_string())?;
    hold(&db, "application_id", &APPLICATION.to_string())?;
    Ok(db)
}

fn hold(db: &Connection, name: &str, wanted: &str) -> Tried<()> {
    match setting(db, name)? == wanted {
        true => Ok(()),
        false => Err(StoreFault::of_engine(StoreRefusal::SettingOther, name).into()),
    }
}

/// What a setting is.
pub(super) fn setting(db: &Connection, name: &str) -> rusqlite::Result<String> {
    db.query_row(&format!("PRAGMA {name}"), [], |row| {
        Ok(match row.get_ref(0)? {
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => String::new(),
        })
    })
}

/// What came of a checkpoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checkpoint {
    /// Whether nobody was in its way.
    pub(super) is_whole: bool,
    /// How many pages of the log beside the file have yet to go into it.
    pub(super) pages: i64,
}

/// Copies what the log beside the file holds into the file; `NOOP` only says how much that is.
pub(super) fn checkpoint(db: &Connection, mode: &str) -> Tried<Checkpoint> {
    let mut statement = db.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?;
    Ok(statement.query_row([], |row| {
        let pages = row.get::<_, i64>(1)? - row.get::<_, i64>(2)?;
        Ok(Checkpoint {
            is_whole: row.get::<_, i64>(0)? == 0,
            pages,
        })
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::trouble::Trouble;

    #[test]
    fn every_setting_is_in_force_on_every_connection() {
        let folder = std::env::temp_dir().join(format!("mydata-settings-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("store");
        let lock = claim(&path).unwrap();
        for db in [writer(&path, 64).unwrap(), reader(&path, 64).unwrap()] {
            for (name, wanted) in SETTINGS.iter().chain(&[("cache_size", "-65536")]) {
                assert_eq!(setting(&db, name).unwrap(), *wanted, "{name}");
            }
            for (switch, wanted) in SWITCHES {
                assert_eq!(db.db_config(*switch).unwrap(), *wanted, "{switch:?}");
            }
            // As if it were another: the name of the setting is told, not what it is.
            let Err(Trouble::Refused(fault)) = hold(&db, "synchronous", "1") else {
                panic!("synchronous=FULL is not NORMAL");
            };
            assert_eq!(
                fault,
                StoreFault::of_engine(StoreRefusal::SettingOther, "synchronous")
            );
        }
        drop(lock);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_reader_cannot_write() {
        let folder = std::env::temp_dir().join(format!("mydata-reader-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("store");
        let lock = claim(&path).unwrap();
        let db = reader(&path, 64).unwrap();
        assert!(db.execute_batch("DELETE FROM part").is_err());
        drop((db, lock));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
