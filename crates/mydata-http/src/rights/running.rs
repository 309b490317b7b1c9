//! Work that outlives whoever has asked for it.
//!
//! The profile hangs up after five seconds, and a handler is dropped where it stands when its connection
//! goes. What must not be left half done is therefore a task of its own, found by its key: who asks again
//! while it runs waits for its end and begins nothing.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

type Tasks<K, O> = Arc<Mutex<HashMap<K, watch::Receiver<Option<O>>>>>;

/// Tasks by key; at most one a key.
pub(crate) struct Running<K: Eq + Hash, O> {
    tasks: Tasks<K, O>,
}

impl<K: Eq + Hash, O> Default for Running<K, O> {
    fn default() -> Self {
        Self {
            tasks: Arc::default(),
        }
    }
}

fn locked<K, O>(tasks: &Tasks<K, O>) -> MutexGuard<'_, HashMap<K, watch::Receiver<Option<O>>>> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes its task off the list when it ends, however it ends.
struct Listed<K: Eq + Hash, O> {
    key: K,
    tasks: Tasks<K, O>,
}

impl<K: Eq + Hash, O> Drop for Listed<K, O> {
    fn drop(&mut self) {
        locked(&self.tasks).remove(&self.key);
    }
}

impl<K, O> Running<K, O>
where
    K: Eq + Hash + Copy + Send + 'static,
    O: Clone + Send + Sync + 'static,
{
    /// What the task of this key comes to; `begin` makes it when none runs. Dropping this future drops the
    /// waiting and not the task. None when the task has panicked.
    pub(crate) async fn join<F>(&self, key: K, begin: impl FnOnce() -> F) -> Option<O>
    where
        F: Future<Output = O> + Send + 'static,
    {
        let mut end = {
            let mut tasks = locked(&self.tasks);
            match tasks.get(&key) {
                Some(running) => running.clone(),
                None => {
                    let (told, end) = watch::channel(None);
                    tasks.insert(key, end.clone());
                    let listed = Listed {
                        key,
                        tasks: Arc::clone(&self.tasks),
                    };
                    let work = begin();
                    tokio::spawn(async move {
                        // Dropped in the opposite order: off the list before the last is told.
                        let told = told;
                        let _listed = listed;
                        let outcome = work.await;
                        told.send_replace(Some(outcome));
                    });
                    end
                }
            }
        };
        let outcome = end.wait_for(Option::is_some).await;
        outcome.ok().and_then(|outcome| outcome.clone())
    }

    /// How many run.
    pub(crate) fn count(&self) -> usize {
        locked(&self.tasks).len()
    }

    /// Waits until none runs.
    pub(crate) async fn ended(&self) {
        loop {
            let next = locked(&self.tasks).values().next().cloned();
            let Some(mut next) = next else { return };
            while next.changed().await.is_ok() {}
            tokio::task::yield_now().await;
        }
    }
}

impl<K: Eq + Hash, O> fmt::Debug for Running<K, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Running({})", locked(&self.tasks).len())
    }
}
