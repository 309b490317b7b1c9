//! A program that keeps what it must in a journal.

use super::{Entry, Journal, JournalRefusal, Message};
use crate::problem::{HttpRefusal, Problem};
use crate::service::{Desk, DeskFault, Program};
use hyper_util::client::legacy::connect::Connect;
use mydata::core::id::{LinkCode, OperatorId, SurrogateId};
use mydata::core::personal::Personal;
use mydata::core::time::Timestamp;
use mydata::service::{Effect, TransferEntry};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Who has confirmed which linking, by its surrogate.
type Confirmed = BTreeMap<SurrogateId, (LinkCode, Personal<String>)>;

/// So many have confirmed, and it is looked who has given up.
const MANY: usize = 1000;

/// What a program does when something happens; the rest of a [`Program`] is the journal's.
pub trait Happens: fmt::Debug + Send + Sync + 'static {
    /// As [`Program::happened`].
    fn happened(&self, effect: &Effect);

    /// As [`Program::transferred`].
    fn transferred(&self, entry: TransferEntry) -> impl Future<Output = bool> + Send {
        let _ = entry;
        std::future::ready(true)
    }
}

/// Nothing is done but what the library does.
impl Happens for () {
    fn happened(&self, _: &Effect) {}
}

/// A [`Program`] whose memory is one file: the messages that were accepted, and who is behind each
/// surrogate.
#[derive(Debug)]
pub struct FileProgram<H> {
    journal: Journal,
    members: RwLock<Members>,
    /// Who has confirmed a linking whose record is not signed: a restart ends it, and they are in no file.
    confirmed: Mutex<Confirmed>,
    /// Held from when it is asked who is behind a surrogate until it is kept: of two one is first.
    keeping: tokio::sync::Mutex<()>,
    /// What the file held when it was opened, until it is recalled.
    kept: Mutex<Vec<Message>>,
    happens: H,
}

type Members = BTreeMap<SurrogateId, Personal<String>>;

impl<H: Happens> FileProgram<H> {
    /// Opens the file, or makes it. Blocks. [`Desk::recall`] is to be called before the desk is open to
    /// anybody.
    ///
    /// # Errors
    /// [`JournalRefusal`].
    pub fn open(path: &Path, happens: H) -> Result<Self, JournalRefusal> {
        let (journal, entries) = Journal::open(path)?;
        let mut members = Members::new();
        let mut kept = Vec::new();
        let mut has_forgotten = false;
        for entry in entries {
            match entry {
                Entry::Message(message) => kept.push(message),
                Entry::Member { surrogate, member } => {
                    members.insert(surrogate, member);
                }
                Entry::Forgotten { surrogate } => {
                    members.remove(&surrogate);
                    has_forgotten = true;
                }
            }
        }
        if has_forgotten {
            // Who was forgotten is to be gone from the file too. Where that cannot be done now, as on a full
            // disk, it is done the next time; but nothing is kept in a file that may not have its name for good.
            let members = members.iter().map(|(surrogate, member)| Entry::Member {
                surrogate: surrogate.clone(),
                member: member.clone(),
            });
            let messages = kept.iter().cloned().map(Entry::Message);
            let rewritten = journal.rewrite(&members.chain(messages).collect::<Vec<_>>());
            if rewritten == Err(JournalRefusal::Unwritten) {
                return Err(JournalRefusal::Unwritten);
            }
        }
        Ok(Self {
            journal,
            members: RwLock::new(members),
            confirmed: Mutex::default(),
            keeping: tokio::sync::Mutex::default(),
            kept: Mutex::new(kept),
            happens,
        })
    }

    /// What it does when something happens.
    pub const fn happens(&self) -> &H {
        &self.happens
    }

    /// Who is behind a surrogate, by the name that the service has for a person.
    #[must_use]
    pub fn member(&self, surrogate: &SurrogateId) -> Option<Personal<String>> {
        self.read().get(surrogate).cloned()
    }

    /// The surrogates that a person has, at whatever operators.
    #[must_use]
    pub fn surrogates(&self, member: &str) -> Vec<SurrogateId> {
        let members = self.read();
        let theirs = members.iter().filter(|(_, of)| of.expose() == member);
        theirs.map(|(surrogate, _)| surrogate.clone()).collect()
    }

    /// Keeps who is behind a surrogate, for good when it returns. To keep the same one again changes nothing.
    ///
    /// # Errors
    /// [`JournalRefusal::MemberOther`] when somebody else is: whoever comes by the code of a linking that is
    /// under way must not change whose data it is. Other [`JournalRefusal`]s.
    pub async fn keep_member(
        &self,
        surrogate: &SurrogateId,
        member: &str,
    ) -> Result<(), JournalRefusal> {
        let member = Personal::new(member.to_owned());
        let _alone = self.keeping.lock().await;
        match self.member(surrogate) {
            Some(kept) if kept == member => return Ok(()),
            Some(_) => return Err(JournalRefusal::MemberOther),
            None => {}
        }
        let entry = Entry::Member {
            surrogate: surrogate.clone(),
            member: member.clone(),
        };
        self.journal.keep(entry).await?;
        self.write().insert(surrogate.clone(), member);
        Ok(())
    }

    /// Somebody has confirmed a linking. To confirm it again changes nothing, and nobody else can.
    fn confirms(
        &self,
        (code, surrogate): (&LinkCode, &SurrogateId),
        member: &str,
    ) -> Result<(), JournalRefusal> {
        let member = Personal::new(member.to_owned());
        let mut confirmed = self.confirmed();
        let first = match self.member(surrogate) {
            Some(kept) => kept,
            None => confirmed
                .entry(surrogate.clone())
                .or_insert_with(|| (code.clone(), member.clone()))
                .1
                .clone(),
        };
        match first == member {
            true => Ok(()),
            false => Err(JournalRefusal::MemberOther),
        }
    }

    /// Where many have confirmed, those are forgotten whose linking has come to nothing.
    fn forget_given_up(&self, is_under_way: impl Fn(&LinkCode) -> bool) {
        let mut confirmed = self.confirmed();
        if confirmed.len() >= MANY {
            confirmed.retain(|_, (code, _)| is_under_way(code));
        }
    }

    fn confirmed(&self) -> MutexGuard<'_, Confirmed> {
        self.confirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Members> {
        self.members.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Members> {
        self.members.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<H: Happens> Program for FileProgram<H> {
    fn happened(&self, effect: &Effect) {
        self.happens.happened(effect);
    }

    async fn keep(&self, from: &OperatorId, at: Timestamp, octets: &[u8]) -> bool {
        let message = Message {
            from: from.clone(),
            at,
            octets: octets.to_vec(),
        };
        self.journal.keep(Entry::Message(message)).await.is_ok()
    }

    fn transferred(&self, entry: TransferEntry) -> impl Future<Output = bool> + Send {
        self.happens.transferred(entry)
    }

    async fn signs(&self, surrogate: &SurrogateId) -> bool {
        let member = self.confirmed().get(surrogate).cloned();
        let Some((_, member)) = member else {
            return true;
        };
        let kept = self.keep_member(surrogate, member.expose()).await;
        if kept.is_ok() {
            self.confirmed().remove(surrogate);
        }
        kept.is_ok()
    }

    async fn forget(&self, surrogate: &SurrogateId) {
        // Out of sight at once; what cannot be written now is forgotten again at the next start.
        if self.write().remove(surrogate).is_some() {
            let surrogate = surrogate.clone();
            let _ = self.journal.keep(Entry::Forgotten { surrogate }).await;
        }
    }
}

impl<H: Happens, C: Connect + Clone + Send + Sync + 'static> Desk<FileProgram<H>, C> {
    /// Takes again what the file held, and doubts all of it ([`Desk::restore`]): to be called once, before
    /// the desk is open to anybody, and followed by [`Desk::settle`].
    ///
    /// # Errors
    /// As [`Desk::restore`].
    pub async fn recall(&self) -> Result<(), Problem> {
        let kept = {
            let mut kept = self.program().kept.lock();
            std::mem::take(kept.as_deref_mut().map_err(|_| HttpRefusal::Internal)?)
        };
        let messages = kept.iter();
        self.restore(messages.map(|kept| (&kept.from, kept.at, &*kept.octets)))?;
        self.forget_unlinked().await;
        Ok(())
    }

    /// The person has signed in and confirmed the linking: it is remembered who is behind the surrogate, and
    /// then the operator is brought it ([`Desk::confirm`]). It is kept once the link record is signed
    /// ([`Program::signs`]): whoever gives up before that is in no file.
    ///
    /// # Errors
    /// [`DeskFault`]; [`DeskFault::Kept`] where somebody else has confirmed it.
    pub async fn confirm_member(
        &self,
        code: &LinkCode,
        member: &str,
    ) -> Result<SurrogateId, DeskFault> {
        let (operator, offer) = self.offered(code)?;
        let surrogate = offer.surrogate_id.clone();
        {
            let state = self.read();
            let is_under_way = |code: &LinkCode| state.linking(code).is_some();
            self.program().forget_given_up(is_under_way);
        }
        let confirmed = self.program().confirms((code, &surrogate), member);
        confirmed.map_err(DeskFault::Kept)?;
        self.bring(&operator, &offer).await?;
        Ok(surrogate)
    }
}
