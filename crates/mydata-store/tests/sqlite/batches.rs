//! Many requests in one commit.

use super::support::{Folder, account, decide, open, opened, rows, stored};
use mydata_store::{
    Appended, Index, Reading, SqliteOptions, SqliteStore, Store, StoreRefusal, Version,
};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Another program that is in the middle of writing: the writer waits for it, and requests for the
/// writer.
fn interfering(file: &Path) -> Connection {
    let other = Connection::open(file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

#[tokio::test]
async fn sixty_four_at_once_are_two_commits() {
    let folder = Folder::new();
    let file = folder.file("store");
    let store = Arc::new(opened(&file));
    for number in 0..64 {
        stored(&*store, open(&format!("p{number}"), Index::default())).await;
    }
    let before = store.commits();
    let other = interfering(&file);
    let mut tasks = JoinSet::new();
    for number in 0..64 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            stored(
                &*store,
                decide(&format!("p{number}"), 0, b"x", Index::default()),
            )
            .await
        });
    }
    // On this one thread, every task has sent its request before any is answered.
    tokio::task::yield_now().await;
    other.execute_batch("ROLLBACK").unwrap();
    let mut positions = Vec::new();
    while let Some(position) = tasks.join_next().await {
        positions.push(position.unwrap().get());
    }
    positions.sort_unstable();
    assert!(positions.into_iter().eq(1..=64));
    let commits = store.commits() - before;
    println!("64 requests at once, sqlite: {commits} commits");
    assert!(commits <= 2, "{commits} commits");
}

#[tokio::test]
async fn what_is_refused_in_a_batch_undoes_itself_only() {
    let folder = Folder::new();
    let file = folder.file("store");
    let store = Arc::new(opened(&file));
    for name in ["ann", "ben", "cat"] {
        stored(&*store, open(name, Index::default())).await;
    }
    stored(&*store, decide("ann", 0, b"rows", rows("ann"))).await;
    let other = interfering(&file);
    let taken = Index {
        tokens: rows("ben").tokens,
        consents: rows("ann").consents,
        ..Index::default()
    };
    let requests = [
        decide("cat", 0, b"first", Index::default()),
        decide("ben", 0, b"taken", taken),
        decide("cat", 0, b"again with another body", Index::default()),
        decide("cat", 5, b"stale", Index::default()),
        decide("cat", 1, b"second", rows("cat")),
        decide("ben", 0, b"other", rows("ben")),
    ];
    let tasks: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.append(request).await })
        })
        .collect();
    tokio::task::yield_now().await;
    other.execute_batch("ROLLBACK").unwrap();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap().map_err(|fault| fault.refusal()));
    }
    let Ok(Appended::Repeated(Some(first))) = &answers[2] else {
        panic!("{:?}", answers[2]);
    };
    assert_eq!(first.body, b"first", "the answer of the same batch");
    assert_eq!(answers[1], Err(StoreRefusal::IdTaken));
    assert_eq!(
        answers[3],
        Ok(Appended::Conflict {
            version: Version::new(1)
        })
    );
    for (answer, position) in [(0, 2), (4, 3), (5, 4)] {
        let Ok(Appended::Stored {
            position: found, ..
        }) = answers[answer]
        else {
            panic!("{:?}", answers[answer]);
        };
        assert_eq!(found.get(), position, "no hole where something was refused");
    }
    assert!(store.check().unwrap().is_sound());
}

#[tokio::test]
async fn more_than_may_wait_is_refused_at_once() {
    let folder = Folder::new();
    let file = folder.file("store");
    let options = SqliteOptions {
        waiting: 2,
        ..SqliteOptions::default()
    };
    let store = Arc::new(SqliteStore::open(&file, options).unwrap());
    stored(&*store, open("ann", Index::default())).await;
    let other = interfering(&file);
    let mut tasks = JoinSet::new();
    for number in 0..80 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            store
                .append(open(&format!("p{number}"), Index::default()))
                .await
        });
    }
    tokio::task::yield_now().await;
    other.execute_batch("ROLLBACK").unwrap();
    let (mut done, mut busy) = (0, 0);
    while let Some(answer) = tasks.join_next().await {
        match answer.unwrap() {
            Ok(_) => done += 1,
            Err(fault) if fault.refusal() == StoreRefusal::Busy => busy += 1,
            Err(fault) => panic!("{fault}"),
        }
    }
    assert!(done >= 2 && busy >= 1, "{done} done, {busy} busy");
    // Who was refused left nothing, and may ask again.
    let mut there = 0;
    for number in 0..80 {
        let held = store
            .account(&account(&format!("p{number}")), Reading::Newest)
            .await
            .unwrap();
        there += u32::from(held.is_some());
    }
    assert_eq!(there, done);
}
