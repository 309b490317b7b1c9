//! Many at once.

use super::made::{account, asks, decide, filled, open, stored};
use super::queues::whole_log;
use super::{Breach, Verdict, hold, same};
use crate::model::{Append, Appended, Index, Partition, Position, Reading};
use crate::store::Store;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Everything that was spawned, or the first breach.
async fn all<T: Send + 'static>(mut tasks: JoinSet<Result<T, Breach>>) -> Result<Vec<T>, Breach> {
    let mut done = Vec::new();
    while let Some(task) = tasks.join_next().await {
        done.push(task.map_err(|_| Breach {
            expected: "a task that ends".to_owned(),
        })??);
    }
    Ok(done)
}

pub(super) async fn writers_on_one_account_take_turns<S: Store>(store: Arc<S>) -> Verdict {
    const WRITERS: usize = 64;
    filled(&*store, "ann", 0).await?;
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let ann = account("ann")?;
            loop {
                let held = store.account(&ann, Reading::Newest).await?;
                let held = held.ok_or(Breach {
                    expected: "the account".to_owned(),
                })?;
                let version = held.version.get();
                let append = decide(
                    "ann",
                    version,
                    &format!("w{writer}"),
                    &["library"],
                    Index::default(),
                )?;
                match store.append(append).await? {
                    Appended::Stored { version, .. } => return Ok(version.get()),
                    Appended::Conflict { .. } => {}
                    Appended::Repeated(_) => {
                        return Err(Breach {
                            expected: "no repetition".to_owned(),
                        });
                    }
                }
            }
        });
    }
    let mut versions = all(tasks).await?;
    versions.sort_unstable();
    hold(
        versions.iter().copied().eq(1..=WRITERS as u64),
        "each version given once",
    )?;
    let count: usize = whole_log(&*store).await?.iter().map(Vec::len).sum();
    same(&count, &WRITERS, "the entries")
}

pub(super) async fn one_request_sent_at_once_is_done_once<S: Store>(store: Arc<S>) -> Verdict {
    filled(&*store, "ann", 0).await?;
    let mut tasks = JoinSet::new();
    for copy in 0..16 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let what = if copy % 2 == 0 {
                "one thing"
            } else {
                "another"
            };
            let append = decide("ann", 0, "k", &[], Index::default())?;
            let append = Append {
                request: asks("k", what)?,
                ..append
            };
            Ok(match store.append(append).await {
                Ok(Appended::Stored { .. }) => 1,
                Ok(Appended::Repeated(_)) | Err(_) => 0,
                Ok(Appended::Conflict { .. }) => 100,
            })
        });
    }
    let stored: u64 = all(tasks).await?.into_iter().sum();
    same(&stored, &1, "how often it was stored")
}

pub(super) async fn a_reader_of_the_log_misses_nothing<S: Store>(store: Arc<S>) -> Verdict {
    const WRITERS: u64 = 8;
    const EACH: u64 = 25;
    for writer in 0..WRITERS {
        stored(&*store, open(&format!("w{writer}"), Index::default())?, 0).await?;
    }
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let name = format!("w{writer}");
            for expect in 0..EACH {
                let append = decide(&name, expect, &format!("k{expect}"), &[], Index::default())?;
                stored(&*store, append, expect + 1).await?;
                tokio::task::yield_now().await;
            }
            Ok(())
        });
    }
    // Whoever reads while others write sees every position once, and no later one before it.
    let mut seen = 0;
    let mut cursors = vec![Position::ZERO; usize::from(store.partitions())];
    let mut idle = 0;
    while seen < WRITERS * EACH && idle < 2_000 {
        let before = seen;
        for (number, cursor) in cursors.iter_mut().enumerate() {
            let partition = Partition(u16::try_from(number).unwrap_or_default());
            for logged in store.log(partition, None, *cursor, 5).await? {
                same(&logged.entry.position, &cursor.next(), "the next position")?;
                *cursor = logged.entry.position;
                seen += 1;
            }
        }
        idle = if seen == before { idle + 1 } else { 0 };
        tokio::time::sleep(std::time::Duration::from_millis(u64::from(seen == before))).await;
    }
    all(tasks).await?;
    same(&seen, &(WRITERS * EACH), "what the reader has seen")
}
