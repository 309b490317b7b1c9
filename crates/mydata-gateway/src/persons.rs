//! Whose links are whose: what a person who asks about the use of their data is found by.
//!
//! The name by which the system behind knows somebody is forgotten when the link ends; what has left by it is
//! told to them for as long as there are rows of it. So it is kept apart, and goes when both have gone.

use mydata::core::id::SurrogateId;
use mydata_http::usage::{PersonCode, Persons, PersonsFault};
use mydata_http::{AccessLog, JournalOf, JournalRefusal, Kept, LogFault, Page, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A link is this person's.
#[derive(Clone)]
struct Whose {
    surrogate: SurrogateId,
    person: PersonCode,
}

impl Kept for Whose {
    /// The code, which has no space in it, a space, and the surrogate.
    fn written(&self) -> Vec<u8> {
        [self.person.expose(), " ", self.surrogate.as_str()]
            .concat()
            .into()
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let (person, surrogate) = std::str::from_utf8(octets).ok()?.split_once(' ')?;
        Some(Self {
            surrogate: SurrogateId::parse(surrogate).ok()?,
            person: PersonCode::parse(person)?,
        })
    }
}

/// Persons by their links, in a file. Copies are one book.
#[derive(Clone)]
pub(crate) struct PersonBook(Arc<Inner>);

struct Inner {
    journal: JournalOf<Whose>,
    persons: RwLock<BTreeMap<SurrogateId, PersonCode>>,
    /// Held while something is written down.
    keeping: tokio::sync::Mutex<Written>,
}

/// What is known of the file.
struct Written {
    /// As many as stand in it: also what a later one has corrected.
    entries: usize,
    /// Those whom nothing held when it was last looked, and whom the next look leaves out: what was granted
    /// while there was a link may have been under way still, and its row not written.
    idle: BTreeSet<SurrogateId>,
}

/// Why nobody can be left out of a book.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BookFault {
    Journal(JournalRefusal),
    Log(LogFault),
}

impl BookFault {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Journal(refusal) => refusal.code(),
            Self::Log(fault) => fault.code(),
        }
    }
}

impl PersonBook {
    /// Opens the file.
    pub(crate) fn open(path: &Path) -> Result<Self, JournalRefusal> {
        let (journal, entries) = JournalOf::<Whose>::open(path)?;
        let written = entries.len();
        let entries = entries.into_iter();
        let persons: BTreeMap<_, _> = entries
            .map(|entry| (entry.surrogate, entry.person))
            .collect();
        let written = Written {
            entries: written,
            // Nothing is under way yet.
            idle: persons.keys().cloned().collect(),
        };
        Ok(Self(Arc::new(Inner {
            journal,
            persons: RwLock::new(persons),
            keeping: tokio::sync::Mutex::new(written),
        })))
    }

    /// Leaves out those whose link is over and of whom the log has no row any more, and whatever was said of
    /// the others before.
    pub(crate) async fn prune(
        &self,
        log: &impl AccessLog,
        linked: impl FnOnce() -> BTreeSet<SurrogateId> + Send,
    ) -> Result<(), BookFault> {
        let mut written = self.0.keeping.lock().await;
        // Of all that is kept by now: nobody is kept meanwhile.
        let linked = linked();
        let all = self.read().clone();
        let (mut left, mut idle) = (BTreeMap::new(), BTreeSet::new());
        for (surrogate, person) in all {
            if !linked.contains(&surrogate) && !has_rows(log, &surrogate).await? {
                if written.idle.contains(&surrogate) {
                    continue;
                }
                idle.insert(surrogate.clone());
            }
            left.insert(surrogate, person);
        }
        if left.len() < written.entries {
            let entries = left.iter().map(|(surrogate, person)| Whose {
                surrogate: surrogate.clone(),
                person: person.clone(),
            });
            let (entries, journal) = (entries.collect::<Vec<_>>(), self.0.journal.clone());
            let rewritten = tokio::task::spawn_blocking(move || journal.rewrite(&entries)).await;
            let rewritten = rewritten.unwrap_or(Err(JournalRefusal::Unwritten));
            rewritten.map_err(BookFault::Journal)?;
            written.entries = left.len();
            *self.write() = left;
        }
        written.idle = idle;
        Ok(())
    }

    /// These links are this person's, for good when it returns. What was said of them before is no more.
    pub(crate) async fn keep(
        &self,
        surrogates: Vec<SurrogateId>,
        person: &PersonCode,
    ) -> Result<(), JournalRefusal> {
        let mut written = self.0.keeping.lock().await;
        for surrogate in surrogates {
            if self.read().get(&surrogate) == Some(person) {
                continue;
            }
            let (of, person) = (surrogate.clone(), person.clone());
            let entry = Whose { surrogate, person };
            // Before: broken off, it is written all the same.
            written.entries = written.entries.saturating_add(1);
            self.0.journal.keep(entry.clone()).await?;
            self.write().insert(of, entry.person);
        }
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<SurrogateId, PersonCode>> {
        let persons = self.0.persons.read();
        persons.unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<SurrogateId, PersonCode>> {
        let persons = self.0.persons.write();
        persons.unwrap_or_else(PoisonError::into_inner)
    }
}

async fn has_rows(log: &impl AccessLog, surrogate: &SurrogateId) -> Result<bool, BookFault> {
    let none = Page {
        offset: 0,
        limit: 0,
    };
    let whose = std::slice::from_ref(surrogate);
    let found = log.usages(whose, Span::default(), none).await;
    Ok(found.map_err(BookFault::Log)?.total > 0)
}

/// Nobody may look for another: the gateway knows of no mandates.
impl Persons for PersonBook {
    async fn links(&self, person: &PersonCode) -> Result<Vec<SurrogateId>, PersonsFault> {
        let persons = self.read();
        let theirs = persons.iter().filter(|(_, whose)| *whose == person);
        Ok(theirs.map(|(surrogate, _)| surrogate.clone()).collect())
    }
}

impl fmt::Debug for PersonBook {
    /// How many.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonBook({} links)", self.read().len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use super::{PersonBook, PersonCode};
    use mydata::core::id::SurrogateId;
    use mydata::core::time::{Seconds, Timestamp};
    use mydata_http::usage::Persons as _;
    use mydata_http::{AccessEntry, AccessLog as _, MemoryLog, RequestId, Stage};
    use std::collections::BTreeSet;

    #[tokio::test]
    async fn whoever_nothing_holds_is_left_out_while_it_runs() {
        let name = format!("mydata-gateway-persons-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("persons");
        let (book, log) = (PersonBook::open(&path).unwrap(), MemoryLog::new());
        let surrogates = ["linked", "used", "unused"].map(|id| SurrogateId::parse(id).unwrap());
        let [linked, used, unused] = &surrogates;
        let now = Timestamp::from_seconds(1_700_000_000).unwrap();
        let mut row = AccessEntry::new(now, RequestId::from_random([1; 16]), Stage::Viewed);
        row.surrogate_id = Some(used.clone());
        log.append(row).await.unwrap();
        let [wrong, right] =
            ["FI021184-902X", "FI140386-901P"].map(|code| PersonCode::parse(code).unwrap());
        book.keep(surrogates.to_vec(), &wrong).await.unwrap();
        book.keep(surrogates.to_vec(), &right).await.unwrap();
        let stands = |text: &str| {
            let octets = std::fs::read(&path).unwrap();
            String::from_utf8_lossy(&octets).contains(text)
        };
        let prune = async || {
            let links = || BTreeSet::from([linked.clone()]);
            book.prune(&log, links).await.unwrap();
        };
        prune().await;
        assert!(!stands(wrong.expose()), "it was corrected");
        assert!(stands(unused.as_str()), "a row may be on its way");
        prune().await;
        assert!(!stands(unused.as_str()));
        let left = [linked.clone(), used.clone()];
        assert_eq!(book.links(&right).await.unwrap(), left);
        log.forget(now.plus(Seconds::new(1))).await.unwrap();
        prune().await;
        assert!(stands(used.as_str()));
        prune().await;
        assert!(!stands(used.as_str()));
        // What is said afterwards is written after it.
        book.keep(vec![used.clone()], &right).await.unwrap();
        drop(book);
        let book = PersonBook::open(&path).unwrap();
        assert_eq!(book.links(&right).await.unwrap(), left);
        drop(book);
        let _ = std::fs::remove_dir_all(&folder);
    }
}
