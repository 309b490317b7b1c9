//! What an account has decided, as a store keeps it: octets to which only this module gives a
//! meaning.
//!
//! A store keeps one [`Entry`] a decision, in order, and now and then a snapshot, so that it need not
//! begin at the first entry: [`Account::from_snapshot`], then [`Account::resume`] for each entry since.
//! An account that is read back is equal to the one that was kept.
//!
//! # Nothing is believed because it was kept
//!
//! Reading back goes the way of every record: opened, verified with the keys that the account has bound,
//! put behind its predecessor. Whoever passes a real [`Crypto`] so audits each signature and each chain.
//! A store that has proven by other means that the octets are its own passes one whose `verify` answers
//! true, and pays for no signature; what a record says, who may sign it and what it follows is checked
//! all the same. What no signature covers (who acted, when, for what reason; what the services' keys
//! were) is as good as the store's own proof.
//!
//! # The form of an entry
//!
//! One JSON object without white space, strict as everything here: no name twice, no member that is not
//! known. `v` is the form; another one is refused with `journal_version`.
//!
//! ```text
//! {"v":1,"account":"…","version":7,
//!  "events":[{"at":1736236800,"by":{"actor":"…","capacity":"owner"},
//!             "fact":{"source_given":{"record":0,"status":1}}},
//!            {"fact":{"sink_given":{"record":2,"status":3}}}],
//!  "records":["eyJ….eyJ….sig", …],
//!  "outbox":[{"to":"source","message":{"source_consent":{"cr":0,"csr":1}}}, …],
//!  "letters":["reopened"],
//!  "reply":{"linking":"…"}}
//! ```
//!
//! `records` holds every signed record once, and all else refers to it by its number: the compact form
//! as a text, or, of a record with two signatures, the object that messages carry. An event says what
//! its record does not: a status record names its consent and its state, so the event does not. `at`
//! and `by` are left out where they are those of the event before; lists that are empty, and the reply
//! `done`, are left out too. `account` stands in it once, and `version` is the number of events that
//! were there before. A key of a service, which came from the registry of its time, stands beside what
//! it has signed. A code for the person stands nowhere.
//!
//! # The form of a snapshot
//!
//! The account member by member, each record where it belongs, as an entry writes it (`snapshot.rs`).
//! The octets of proposals are in the entries only; a snapshot keeps what the account does, their hash.

mod fault;
mod read;
mod resume;
mod services;
mod snapshot;
mod verify;
mod wire;
mod written;

pub use fault::{ENTRY_LIMITS, JournalFault, JournalRefusal, SNAPSHOT_LIMITS};

use crate::decision::{Decision, Delivery, Reply};
use crate::person::ToPerson;
use mydata_core::id::AccountId;
use std::fmt;
use wire::{Letter, Wire};

#[cfg(doc)]
use crate::account::Account;
#[cfg(doc)]
use mydata_core::crypto::Crypto;

/// One decision as it is kept: events, messages to services, letters to the person, and the answer.
///
/// `Debug` prints numbers only.
pub struct Entry {
    wire: Wire,
    letters: Vec<ToPerson>,
}

impl From<Wire> for Entry {
    fn from(wire: Wire) -> Self {
        let letters = wire.letters.iter().map(Letter::letter).collect();
        Self { wire, letters }
    }
}

impl Entry {
    /// The decision, but for the codes that were sent to the person: those are never kept
    /// ([`Decision::to_person`]). Nor is [`Decision::erase`]: a store obeys it and keeps nothing.
    ///
    /// # Errors
    /// [`JournalRefusal::Decision`] for what no account has decided.
    pub fn of(decision: &Decision) -> Result<Self, JournalFault> {
        Self::written(decision)
    }

    /// The octets to keep: [`ENTRY_LIMITS`] at the most.
    ///
    /// # Errors
    /// [`JournalRefusal::TooLarge`] for what [`read`](Self::read) would not take.
    pub fn to_octets(&self) -> Result<Vec<u8>, JournalFault> {
        wire::write(&self.wire, ENTRY_LIMITS)
    }

    /// Reads what [`to_octets`](Self::to_octets) has written, within [`ENTRY_LIMITS`]. Nothing in it
    /// is believed yet.
    ///
    /// # Errors
    /// [`JournalFault`]; [`JournalRefusal::Version`] for a form that is not known here.
    pub fn read(octets: &[u8]) -> Result<Self, JournalFault> {
        let wire: Wire = wire::read(octets, ENTRY_LIMITS)?;
        Ok(wire.into())
    }

    /// Whose account it is; none when nothing has happened and the answer names no account.
    #[must_use]
    pub const fn account(&self) -> Option<&AccountId> {
        self.wire.account.as_ref()
    }

    /// How many events the account had when it decided.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.wire.version
    }

    /// How many events there are.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.wire.events.len()
    }

    /// Whether nothing has happened and nobody is told anything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.wire.events.is_empty() && self.wire.outbox.is_empty() && self.letters.is_empty()
    }

    /// Whom to tell, in order; ready to be sent.
    ///
    /// # Errors
    /// [`JournalRefusal::Reference`].
    pub fn outbox(&self) -> Result<Vec<Delivery>, JournalFault> {
        let records = read::Records(&self.wire.records);
        let said = self.wire.outbox.iter();
        said.map(|said| records.delivery(said)).collect()
    }

    /// What was answered: what a repeated idempotency key is answered again.
    ///
    /// # Errors
    /// [`JournalRefusal::Reference`], and [`JournalRefusal::Mismatch`] for an answer that no account
    /// gives.
    pub fn reply(&self) -> Result<Reply, JournalFault> {
        let records = read::Records(&self.wire.records);
        records.reply(&self.wire.reply, self.account())
    }

    /// What to tell the person, in order; a code is never among it.
    #[must_use]
    pub fn letters(&self) -> &[ToPerson] {
        &self.letters
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wire = &self.wire;
        f.debug_struct("Entry")
            .field("version", &wire.version)
            .field("events", &wire.events.len())
            .field("records", &wire.records.len())
            .field("outbox", &wire.outbox.len())
            .field("letters", &wire.letters.len())
            .finish()
    }
}
