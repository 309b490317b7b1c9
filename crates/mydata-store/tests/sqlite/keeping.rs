//! What is kept: over an end, in a copy, and not after an erasure.

use super::support::{
    Dice, Folder, account, at, decide, digest, erase, fill, link, open, opened, request, rows,
    service, stored, told,
};
use mydata::core::id::TokenId;
use mydata_store::{
    Append, Index, Lookup, MemoryStore, Partition, Position, Reader, Reading, Store, StoreRefusal,
    TokenRow, Which,
};
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;

#[tokio::test]
async fn what_was_stored_is_there_when_it_is_opened_again() {
    let folder = Folder::new();
    let file = folder.file("store");
    let store = opened(&file);
    fill(&store, 5, 3).await;
    let before = told(&store, 5).await;
    drop(store);
    assert!(!folder.file("store-wal").exists(), "the log is in the file");
    let store = opened(&file);
    assert_eq!(told(&store, 5).await, before);
    assert_eq!(
        stored(&store, decide("person-0", 3, b"on", Index::default())).await,
        Position::new(16)
    );
}

#[tokio::test]
async fn a_process_that_was_killed_has_lost_nothing() {
    let folder = Folder::new();
    let store = opened(&folder.file("store"));
    fill(&store, 3, 2).await;
    let before = told(&store, 3).await;
    // What a process that is killed leaves is what its files say while it runs.
    for ending in ["", "-wal"] {
        std::fs::copy(
            folder.file(&format!("store{ending}")),
            folder.file(&format!("left{ending}")),
        )
        .unwrap();
    }
    let left = opened(&folder.file("left"));
    assert_eq!(told(&left, 3).await, before);
    assert!(left.check().unwrap().is_sound());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_made_while_the_store_is_written() {
    let folder = Folder::new();
    let store = Arc::new(opened(&folder.file("store")));
    fill(&*store, 8, 20).await;
    let before = told(&*store, 8).await;
    let mut tasks = JoinSet::new();
    for writer in 0..8 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for expect in 20..60 {
                stored(
                    &*store,
                    decide(
                        &format!("person-{writer}"),
                        expect,
                        &[7; 900],
                        Index::default(),
                    ),
                )
                .await;
            }
        });
    }
    let copying = Arc::clone(&store);
    let to = folder.file("copy");
    let copied = tokio::task::spawn_blocking({
        let to = to.clone();
        move || copying.backup(&to)
    });
    copied.await.unwrap().unwrap();
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    let copy = opened(&to);
    assert!(copy.check().unwrap().is_sound());
    let all = store
        .log(Partition(0), None, Position::ZERO, 9999)
        .await
        .unwrap();
    let copied = copy
        .log(Partition(0), None, Position::ZERO, 9999)
        .await
        .unwrap();
    assert!(
        copied.len() >= 160 && all.starts_with(&copied),
        "a moment of the log"
    );
    drop(copy);
    // Nothing is ever written over, and at rest the copy is the same.
    assert_eq!(
        store.backup(&to).unwrap_err().refusal(),
        StoreRefusal::Engine
    );
    let again = folder.file("again");
    store.backup(&again).unwrap();
    assert_eq!(told(&opened(&again), 8).await, told(&*store, 8).await);
    assert_ne!(told(&*store, 8).await, before);
    assert!(!folder.file("again-part").exists());
}

fn holds(file: &Path, word: &str) -> bool {
    let octets = std::fs::read(file).unwrap_or_default();
    octets
        .windows(word.len())
        .any(|part| part == word.as_bytes())
}

#[tokio::test]
async fn nothing_of_an_account_is_in_the_files_after_its_erasure() {
    let folder = Folder::new();
    let store = opened(&folder.file("store"));
    let mut told = 0;
    for name in ["other", "wanted"] {
        stored(&store, open(name, rows(name))).await;
        let body = format!("{name} decides ").repeat(900);
        told = stored(&store, decide(name, 0, body.as_bytes(), Index::default()))
            .await
            .get();
    }
    let files = ["store", "store-wal"].map(|name| folder.file(name));
    assert!(
        files.iter().any(|file| holds(file, "wanted decides")),
        "it was there"
    );
    let library = Reader::Service(service("library"));
    assert!(
        store
            .advance(&library, Partition(0), Position::ZERO, Position::new(told))
            .await
            .unwrap()
    );
    stored(&store, erase("wanted", 1)).await;
    // The log is emptied after the answer; the next answer comes after that.
    let past = Position::new(told);
    store
        .advance(&library, Partition(0), past, past)
        .await
        .unwrap();
    for file in &files {
        assert!(!holds(file, "wanted"), "{}", file.display());
    }
    assert!(
        files.iter().any(|file| holds(file, "other decides")),
        "the other is there"
    );
    assert!(store.check().unwrap().is_sound());
    let stone = store.tombstone(&account("wanted")).await.unwrap().unwrap();
    assert_eq!(stone.account, digest("wanted"));
}

#[tokio::test]
async fn tokens_that_have_ended_are_forgotten_a_few_at_a_time() {
    let folder = Folder::new();
    let store = opened(&folder.file("store"));
    stored(&store, open("ann", Index::default())).await;
    let token = |number: u64| TokenId::parse(&format!("token-{number}")).unwrap();
    for number in 0..40 {
        let index = Index {
            tokens: vec![TokenRow {
                id: token(number),
                exp: at(100 + number + 5),
            }],
            ..Index::default()
        };
        stored(&store, decide("ann", number, b"", index)).await;
    }
    let mut known = 0;
    for number in 0..40 {
        known += u32::from(
            store
                .find(&Lookup::Token(token(number)))
                .await
                .unwrap()
                .is_some(),
        );
    }
    assert_eq!(known, 5, "those that have not ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_accounts_are_found_in_their_order() {
    const COUNT: u64 = 5000;
    let folder = Folder::new();
    let store = Arc::new(opened(&folder.file("store")));
    let mut tasks = JoinSet::new();
    for part in 0..64 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for number in (part..COUNT).step_by(64) {
                let name = format!("n{}", number * 7919 % COUNT);
                let index = Index {
                    due: Some(at(number)),
                    links: vec![link(&name)],
                    ..Index::default()
                };
                stored(&*store, open(&name, index)).await;
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    let mut names: Vec<String> = (0..COUNT).map(|number| format!("n{number}")).collect();
    names.sort();
    for which in [
        Which::All,
        Which::Due(at(COUNT)),
        Which::Of(service("library")),
    ] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.accounts(&which, after.as_ref(), 700).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            found.extend(page.iter().map(|id| id.as_str().to_owned()));
        }
        assert!(found == names, "{which:?}: {} found", found.len());
    }
}

/// The same requests to this store and to the one in memory, which is the shortest statement of what
/// a store does: every answer is the same.
#[tokio::test]
async fn whatever_is_asked_the_answers_are_those_of_the_store_in_memory() {
    let folder = Folder::new();
    let (ours, theirs) = (opened(&folder.file("store")), MemoryStore::new(1));
    let mut dice = Dice(20_250_107);
    let mut counts = std::collections::BTreeMap::<String, u32>::new();
    for step in 0..1500_u64 {
        let name = format!("person-{}", dice.below(12));
        let append = match dice.below(40) {
            0..8 => open(&name, rows(&name)),
            8 => {
                let newest = ours
                    .account(&account(&name), Reading::Newest)
                    .await
                    .unwrap();
                erase(&name, newest.map_or(0, |held| held.version.get()))
            }
            9 => Append {
                request: request("open"),
                ..decide(&name, 0, b"", Index::default())
            },
            10..15 => decide(&name, dice.below(4) as u64, b"stale", Index::default()),
            _ => {
                let newest = ours
                    .account(&account(&name), Reading::Newest)
                    .await
                    .unwrap();
                let expect = newest.map_or(0, |held| held.version.get());
                let rows = rows(&format!("person-{}", dice.below(12)));
                let body = step.to_be_bytes().repeat(dice.below(200));
                decide(
                    &name,
                    expect,
                    &body,
                    if dice.below(3) == 0 {
                        rows
                    } else {
                        Index::default()
                    },
                )
            }
        };
        let (mine, other) = (
            ours.append(append.clone()).await,
            theirs.append(append).await,
        );
        assert_eq!(mine, other, "step {step}");
        let kind = match &mine {
            Ok(appended) => format!("{appended:?}")
                .chars()
                .take_while(char::is_ascii_alphabetic)
                .collect(),
            Err(fault) => fault.code().to_owned(),
        };
        *counts.entry(kind).or_default() += 1;
        if dice.below(10) == 0 {
            let library = Reader::Service(service("library"));
            let from = ours.cursor(&library, Partition(0)).await.unwrap();
            let to = Position::new(from.get() + dice.below(40) as u64);
            let moved = ours.advance(&library, Partition(0), from, to).await;
            assert_eq!(
                moved,
                theirs.advance(&library, Partition(0), from, to).await
            );
        }
        if step % 50 == 49 {
            assert_eq!(
                told(&ours, 12).await,
                told(&theirs, 12).await,
                "step {step}"
            );
        }
    }
    println!("as in memory, 1500 requests: {counts:?}");
    assert!(counts.len() >= 7, "{counts:?}");
    assert!(ours.check().unwrap().is_sound());
}
