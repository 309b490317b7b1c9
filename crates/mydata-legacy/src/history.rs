//! What happened to one link or one consent of an older system, record by record.

use crate::Authentic;
use crate::status::Status;
use mydata_core::id::SurrogateId;
use mydata_core::party::Party;
use mydata_record::chain::{ChainRefusal, Previous, StatusRecord};
use std::fmt;

/// The state of an `S`.
pub type State<S> = <<S as Status>::Rules as StatusRecord>::State;

/// What an `S` is about.
pub type Subject<S> = <<S as Status>::Rules as StatusRecord>::Subject;

/// An unbroken history under the rules of 2.0: it begins with `Active` signed by the owner, each later
/// record names the one before it, is not older, makes an allowed transition, and is signed by a party
/// that may make it (C08, C10). The refusals are those of a 2.0 chain, too.
///
/// It is not a `Chain`: what it ends in is where the older system had come to, and permits nothing.
/// Status records of older systems say nothing of their predecessor but its id, so a history is only
/// as whole as the system that kept it.
pub struct History<S> {
    first: Authentic<S>,
    later: Vec<Authentic<S>>,
}

impl<S: Status> History<S> {
    /// Begins the history of `subject` and `surrogate`.
    ///
    /// # Errors
    /// [`ChainRefusal`].
    pub fn begin(
        first: Authentic<S>,
        subject: &Subject<S>,
        surrogate: &SurrogateId,
    ) -> Result<Self, ChainRefusal> {
        let said = first.said();
        if said.subject() != subject {
            return Err(ChainRefusal::OtherSubject);
        }
        if said.surrogate_id() != surrogate {
            return Err(ChainRefusal::OtherSurrogate);
        }
        if *said.previous() != Previous::None {
            return Err(ChainRefusal::FirstHasPrevious);
        }
        if said.state() != S::Rules::INITIAL {
            return Err(ChainRefusal::FirstNotInitial);
        }
        if !first.is_signed_by(Party::Owner) {
            return Err(ChainRefusal::FirstNotOwner);
        }
        Ok(Self {
            first,
            later: Vec::new(),
        })
    }

    /// Puts the records of an export, which has no order, into theirs: every one of them, or none.
    ///
    /// # Errors
    /// [`ChainRefusal`]: of no record at all [`ChainRefusal::Gap`].
    pub fn assemble(
        mut records: Vec<Authentic<S>>,
        subject: &Subject<S>,
        surrogate: &SurrogateId,
    ) -> Result<Self, ChainRefusal> {
        let is_first = |record: &Authentic<S>| *record.said().previous() == Previous::None;
        let first = records.iter().position(is_first).unwrap_or(0);
        if records.is_empty() {
            return Err(ChainRefusal::Gap);
        }
        let mut history = Self::begin(records.swap_remove(first), subject, surrogate)?;
        while !records.is_empty() {
            let latest = Previous::Record(history.latest().said().record_id().clone());
            let next = records
                .iter()
                .position(|record| *record.said().previous() == latest);
            // Without a next one, whichever is left says what is wrong.
            history.append(records.swap_remove(next.unwrap_or(0)))?;
        }
        Ok(history)
    }

    /// Appends a record.
    ///
    /// # Errors
    /// [`ChainRefusal`]; the history is then as it was.
    pub fn append(&mut self, record: Authentic<S>) -> Result<(), ChainRefusal> {
        let (said, latest) = (record.said(), self.latest().said());
        if said.subject() != latest.subject() {
            return Err(ChainRefusal::OtherSubject);
        }
        if said.surrogate_id() != latest.surrogate_id() {
            return Err(ChainRefusal::OtherSurrogate);
        }
        let same_id = |earlier: &&Authentic<S>| earlier.said().record_id() == said.record_id();
        if let Some(twin) = self.iter().find(same_id) {
            return Err(if twin.is_same(&record) {
                ChainRefusal::Repeated
            } else {
                ChainRefusal::RecordIdReused
            });
        }
        match said.previous() {
            Previous::Record(id) if id == latest.record_id() => {}
            Previous::Record(id) if self.iter().all(|r| r.said().record_id() != id) => {
                return Err(ChainRefusal::Gap);
            }
            Previous::Record(_) | Previous::None => return Err(ChainRefusal::Fork),
        }
        if said.iat() < latest.iat() {
            return Err(ChainRefusal::TimeBackwards);
        }
        self.check_transition(&record)?;
        self.later.push(record);
        Ok(())
    }

    fn check_transition(&self, next: &Authentic<S>) -> Result<(), ChainRefusal> {
        let (from, to) = (self.state(), next.said().state());
        if S::Rules::allowed(from, to) {
            let signer = signer_of(next);
            let paused_by = S::Rules::is_pause(from)
                .then(|| signer_of(self.latest()))
                .flatten();
            let may = |signer| S::Rules::may_sign(signer, from, to, paused_by);
            return if signer.is_some_and(may) {
                Ok(())
            } else {
                Err(ChainRefusal::SignerNotAllowed)
            };
        }
        Err(if self.is_ended() {
            ChainRefusal::Terminal
        } else {
            ChainRefusal::TransitionNotAllowed
        })
    }

    /// The newest record.
    #[must_use]
    pub fn latest(&self) -> &Authentic<S> {
        self.later.last().unwrap_or(&self.first)
    }

    /// Where the older system had come to.
    #[must_use]
    pub fn state(&self) -> State<S> {
        self.latest().said().state()
    }

    /// Whether that state is terminal.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        let state = self.state();
        state != S::Rules::INITIAL && !S::Rules::allowed(state, S::Rules::INITIAL)
    }

    /// All records, the oldest first; at least one.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Authentic<S>> {
        std::iter::once(&self.first).chain(&self.later)
    }
}

/// The one signer of a status record.
fn signer_of<S>(record: &Authentic<S>) -> Option<Party> {
    record.signed_by().first().map(|signed| signed.party)
}

impl<S> fmt::Debug for History<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "History({} records)", 1 + self.later.len())
    }
}
