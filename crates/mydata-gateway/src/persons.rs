//! Whose links are whose: what a person who asks about the use of their data is found by.
//!
//! The name by which the system behind knows somebody is forgotten when the link ends; what has left by it is
//! told to them for as long as there are rows of it. So it is kept apart, and goes when both have gone.

use mydata::core::id::SurrogateId;
use mydata_http::usage::{PersonCode, Persons, PersonsFault};
use mydata_http::{AccessLog as _, FileLog, JournalOf, JournalRefusal, Kept, LogFault, Page, Span};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

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
    keeping: tokio::sync::Mutex<()>,
}

/// Why a book cannot be opened.
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
    /// Opens the file, and leaves out those whose link is over and of whom the log has no row any more.
    pub(crate) async fn open(
        path: &Path,
        log: &FileLog,
        is_linked: impl Fn(&SurrogateId) -> bool + Send,
    ) -> Result<Self, BookFault> {
        let (journal, entries) = JournalOf::<Whose>::open(path).map_err(BookFault::Journal)?;
        // As many as stand in the file: also what a later one has corrected.
        let found = entries.len();
        let all: BTreeMap<_, _> = entries
            .into_iter()
            .map(|entry| (entry.surrogate, entry.person))
            .collect();
        let mut persons = BTreeMap::new();
        for (surrogate, person) in all {
            if is_linked(&surrogate) || has_rows(log, &surrogate).await? {
                persons.insert(surrogate, person);
            }
        }
        if persons.len() < found {
            let entries = persons.iter().map(|(surrogate, person)| Whose {
                surrogate: surrogate.clone(),
                person: person.clone(),
            });
            let rewritten = journal.rewrite(&entries.collect::<Vec<_>>());
            rewritten.map_err(BookFault::Journal)?;
        }
        Ok(Self(Arc::new(Inner {
            journal,
            persons: RwLock::new(persons),
            keeping: tokio::sync::Mutex::default(),
        })))
    }

    /// These links are this person's, for good when it returns. What was said of them before is no more.
    pub(crate) async fn keep(
        &self,
        surrogates: Vec<SurrogateId>,
        person: &PersonCode,
    ) -> Result<(), JournalRefusal> {
        let _alone = self.0.keeping.lock().await;
        for surrogate in surrogates {
            if self.read().get(&surrogate) == Some(person) {
                continue;
            }
            let (of, person) = (surrogate.clone(), person.clone());
            let entry = Whose { surrogate, person };
            self.0.journal.keep(entry.clone()).await?;
            let mut persons = self.0.persons.write();
            let persons = persons.as_deref_mut();
            let persons = persons.unwrap_or_else(|poisoned| poisoned.get_mut());
            persons.insert(of, entry.person);
        }
        Ok(())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<SurrogateId, PersonCode>> {
        let persons = self.0.persons.read();
        persons.unwrap_or_else(PoisonError::into_inner)
    }
}

async fn has_rows(log: &FileLog, surrogate: &SurrogateId) -> Result<bool, BookFault> {
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
