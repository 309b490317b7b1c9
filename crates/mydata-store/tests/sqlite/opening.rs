//! Files that are opened, and those that are not: and those are as they were.

use super::support::{Folder, fill, opened, refusal, told};
use mydata_store::StoreRefusal;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Every file of a folder with its octets.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        (name, std::fs::read(file.path()).unwrap())
    });
    files.collect()
}

/// Refused, and nothing in the folder has changed.
fn refused(folder: &Folder, name: &str, wanted: StoreRefusal) {
    let before = files(folder.path());
    assert_eq!(refusal(&folder.file(name)), wanted, "{name}");
    let after = files(folder.path());
    assert!(before == after, "{name}: {:?}", after.keys());
}

#[test]
fn what_is_no_store_of_ours_is_left_alone() {
    let folder = Folder::new();
    for (name, octets) in [
        ("empty", b"".as_slice()),
        ("short", b"SQLite format 3\0"),
        ("text", &[b'x'; 5000]),
    ] {
        std::fs::write(folder.file(name), octets).unwrap();
        refused(&folder, name, StoreRefusal::Foreign);
    }
    let other = Connection::open(folder.file("other")).unwrap();
    other.execute_batch("PRAGMA journal_mode = wal; CREATE TABLE song (name TEXT); INSERT INTO song VALUES ('x')").unwrap();
    drop(other);
    refused(&folder, "other", StoreRefusal::Foreign);
    std::fs::create_dir(folder.file("folder")).unwrap();
    assert_eq!(refusal(&folder.file("folder")), StoreRefusal::Foreign);
    assert_eq!(
        refusal(&folder.file("nowhere/store")),
        StoreRefusal::Unavailable
    );
}

/// A store that another program has changed.
fn changed(folder: &Folder, name: &str, sql: &str) {
    drop(opened(&folder.file(name)));
    let other = Connection::open(folder.file(name)).unwrap();
    other.execute_batch(sql).unwrap();
}

#[test]
fn a_file_of_another_version_is_left_alone() {
    let folder = Folder::new();
    changed(&folder, "newer", "PRAGMA user_version = 99");
    refused(&folder, "newer", StoreRefusal::SchemaNewer);
    // What stands in the file decides, whatever its header says.
    changed(
        &folder,
        "later",
        "INSERT INTO migration VALUES (2, zeroblob(32))",
    );
    assert_eq!(refusal(&folder.file("later")), StoreRefusal::SchemaNewer);
    changed(
        &folder,
        "differs",
        "UPDATE migration SET sum = zeroblob(32)",
    );
    assert_eq!(refusal(&folder.file("differs")), StoreRefusal::SchemaOther);
    for name in ["later", "differs"] {
        let other = Connection::open(folder.file(name)).unwrap();
        let accounts: i64 = other
            .query_row("SELECT count(*) FROM account", [], |row| row.get(0))
            .unwrap();
        assert_eq!(accounts, 0);
    }
}

#[test]
fn a_header_that_is_damaged_is_told() {
    let folder = Folder::new();
    drop(opened(&folder.file("store")));
    let whole = std::fs::read(folder.file("store")).unwrap();
    for (at, octet, wanted) in [
        (0, b'X', StoreRefusal::Foreign),
        (16, 0x20, StoreRefusal::SettingOther),
        (18, 9, StoreRefusal::Corrupt),
        (21, 65, StoreRefusal::Corrupt),
        (68, 0, StoreRefusal::Foreign),
        (100, 0, StoreRefusal::Corrupt),
    ] {
        let mut octets = whole.clone();
        octets[at] = octet;
        std::fs::write(folder.file("damaged"), octets).unwrap();
        assert_eq!(refusal(&folder.file("damaged")), wanted, "octet {at}");
    }
}

#[cfg(unix)]
#[test]
fn what_may_not_be_written_is_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap()
    };
    let file = folder.file("store");
    drop(opened(&file));
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600,
        "its owner's only"
    );
    mode(&file, 0o400);
    refused(&folder, "store", StoreRefusal::ReadOnly);
    mode(&file, 0o600);
    mode(folder.path(), 0o500);
    refused(&folder, "store", StoreRefusal::ReadOnly);
    refused(&folder, "new", StoreRefusal::ReadOnly);
    mode(folder.path(), 0o700);
    drop(opened(&file));
}

#[tokio::test]
async fn one_writes_and_others_read() {
    let folder = Folder::new();
    let file = folder.file("store");
    let store = opened(&file);
    fill(&store, 2, 2).await;
    let before = told(&store, 2).await;
    assert_eq!(refusal(&file), StoreRefusal::Locked);
    assert_eq!(told(&store, 2).await, before, "it goes on");
    // Another program reads it with what comes with SQLite.
    let other = Connection::open(&file).unwrap();
    let entries: i64 = other
        .query_row("SELECT count(*) FROM entry", [], |row| row.get(0))
        .unwrap();
    assert_eq!(entries, 4);
    drop(other);
    drop(store);
    drop(opened(&file));
    let store = opened(&file);
    if cfg!(target_os = "linux") {
        // The lock is the system's: other processes see it, and it ends with this one.
        let mut other = Command::new("flock");
        other
            .arg("--nonblock")
            .arg(folder.file("store-lock"))
            .arg("true");
        assert!(!other.status().unwrap().success());
        drop(store);
        assert!(other.status().unwrap().success());
    }
}

#[test]
fn the_file_says_what_it_is() {
    let folder = Folder::new();
    let file = folder.file("store");
    drop(opened(&file));
    let db = Connection::open(&file).unwrap();
    let pragma = |name: &str| -> String {
        let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
        db.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(pragma("journal_mode"), "wal");
    assert_eq!(pragma("page_size"), "4096");
    assert_eq!(
        pragma("application_id"),
        u32::from_be_bytes(*b"MyDa").to_string()
    );
    assert_eq!(pragma("user_version"), "1");
    let sql =
        "SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
        AND name NOT LIKE 'sqlite%'";
    let mut tables = db.prepare(sql).unwrap();
    let tables = tables.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, bool>(1)?,
            row.get::<_, bool>(2)?,
        ))
    });
    let tables: Vec<_> = tables.unwrap().map(Result::unwrap).collect();
    assert!(tables.len() >= 14);
    for (name, has_no_rowid, is_strict) in tables {
        assert!(is_strict, "{name}");
        let bodies = "SELECT count(*) FROM pragma_table_info(?1) WHERE name IN ('body', 'octets')";
        let bodies: i64 = db.query_row(bodies, [&name], |row| row.get(0)).unwrap();
        assert!(
            bodies == 0 || !has_no_rowid,
            "{name} has a body and a rowid"
        );
    }
}

#[test]
fn what_a_creation_left_is_swept_away() {
    let folder = Folder::new();
    for name in ["store-new", "store-new-journal", "store-lock"] {
        std::fs::write(folder.file(name), "left by a process that was killed").unwrap();
    }
    drop(opened(&folder.file("store")));
    let left: Vec<String> = files(folder.path()).into_keys().collect();
    assert_eq!(left, ["store", "store-lock"]);
}
