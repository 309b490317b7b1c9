//! Octets that have turned. What the store reads by is found or harmless; what the octets of an account
//! say is authenticated above the store, which hands them on as they are.

use super::support::{Dice, Folder, decide, fill, opened, told};
use mydata_store::{Index, SqliteOptions, SqliteStore, Store};
use std::collections::BTreeMap;

const PLACES: u32 = 200;

#[tokio::test]
async fn an_octet_that_has_turned_does_no_silent_harm() {
    let folder = Folder::new();
    let file = folder.file("store");
    let store = opened(&file);
    fill(&store, 12, 4).await;
    let whole = told(&store, 12).await;
    drop(store);
    let octets = std::fs::read(&file).unwrap();
    let mut dice = Dice(7_919);
    let mut counts = BTreeMap::<&str, u32>::new();
    for place in 0..PLACES {
        let file = folder.file(&format!("turned-{place}"));
        let (at, turn) = (dice.below(octets.len()), 1 + dice.below(255));
        let mut turned = octets.clone();
        turned[at] ^= u8::try_from(turn).unwrap();
        std::fs::write(&file, turned).unwrap();
        let outcome = match SqliteStore::open(&file, SqliteOptions::default()) {
            Err(_) => "refused when it is opened",
            Ok(store) => {
                let found = told(&store, 12).await;
                let differs: Vec<_> = whole
                    .iter()
                    .filter(|(asked, answer)| found[*asked] != **answer)
                    .collect();
                for (asked, answer) in &differs {
                    // Whether a consent stands is never told otherwise: it is as it was, or not to be had.
                    let is_silent =
                        asked.starts_with("stands") && found[*asked].contains("Ok(Some");
                    assert!(
                        !is_silent,
                        "octet {at}: {answer}, and there was {}",
                        found[*asked]
                    );
                }
                let is_refused = differs
                    .iter()
                    .any(|(asked, _)| found[*asked].contains("Err("));
                let is_sound = store.check().is_ok_and(|check| check.is_sound());
                for (asked, _) in differs.iter().filter(|_| is_sound) {
                    let kinds = ["account ", "log ", "paper ", "cursor", "tombstone "];
                    let is_above = kinds.iter().any(|kind| asked.starts_with(kind));
                    assert!(is_above, "octet {at}: {asked}");
                }
                // Neither does writing to it end in a panic.
                let _ = store
                    .append(decide("person-3", 4, b"more", Index::default()))
                    .await;
                match (differs.is_empty(), is_refused, is_sound) {
                    (true, _, true) => "harmless",
                    (_, true, _) => "refused when it is read",
                    (_, false, false) => "found by the examination",
                    (false, false, true) => "octets of an account, for what is above",
                }
            }
        };
        *counts.entry(outcome).or_default() += 1;
        std::fs::remove_file(&file).unwrap();
    }
    println!("{PLACES} octets turned, sqlite: {counts:?}");
    assert_eq!(counts.values().sum::<u32>(), PLACES);
    assert!(counts.len() >= 4, "{counts:?}");
}
