//! What an account has decided, as a store keeps it: octets to which only this module gives a meaning.

mod fault;

pub use fault::{ENTRY_LIMITS, JournalFault, JournalRefusal, SNAPSHOT_LIMITS};

use crate::account::Account;
use crate::decision::{Decision, Delivery, Reply};
use crate::event::Event;
use crate::person::ToPerson;
use mydata_core::crypto::Crypto;
use mydata_core::id::{AccountId, ServiceId};
use mydata_core::jwk::{KeyHistory, PublicKey};
use mydata_core::time::Timestamp;
use std::fmt;

/// One decision as it is kept: events, messages to services, letters to the person, and the reply.
pub struct Entry {
    account: Option<AccountId>,
    version: u64,
    events: Vec<()>,
    outbox: Vec<()>,
    letters: Vec<ToPerson>,
}

impl Entry {
    /// The decision, but for the codes that were sent to the person: those are never kept.
    ///
    /// # Errors
    /// [`JournalRefusal::Decision`] for what no account has decided.
    pub fn of(decision: &Decision) -> Result<Self, JournalFault> {
        let _ = decision;
        Err(JournalRefusal::Decision.into())
    }

    /// The octets to keep.
    ///
    /// # Errors
    /// [`JournalRefusal::TooLarge`] for what [`read`](Self::read) would not take.
    pub fn to_octets(&self) -> Result<Vec<u8>, JournalFault> {
        Err(JournalRefusal::TooLarge.into())
    }

    /// Reads what [`to_octets`](Self::to_octets) has written, within [`ENTRY_LIMITS`]. Nothing in it
    /// is believed yet.
    ///
    /// # Errors
    /// [`JournalFault`]; [`JournalRefusal::Version`] for a form that is not known here.
    pub fn read(octets: &[u8]) -> Result<Self, JournalFault> {
        let _ = octets;
        Err(JournalRefusal::Version.into())
    }

    /// Whose account it is; none when nothing has happened and the answer names no account.
    #[must_use]
    pub const fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// How many events the account had when it decided.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// How many events there are.
    #[must_use]
    pub fn events(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing has happened and nobody is told anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.outbox.is_empty() && self.letters.is_empty()
    }

    /// Whom to tell, in order; ready to be sent.
    ///
    /// # Errors
    /// [`JournalRefusal::Reference`].
    pub fn outbox(&self) -> Result<Vec<Delivery>, JournalFault> {
        Err(JournalRefusal::Reference.into())
    }

    /// What was answered: what a repeated idempotency key is answered again.
    ///
    /// # Errors
    /// [`JournalRefusal::Reference`].
    pub fn reply(&self) -> Result<Reply, JournalFault> {
        Err(JournalRefusal::Reference.into())
    }

    /// What to tell the person, in order; a code is never among it.
    #[must_use]
    pub fn letters(&self) -> &[ToPerson] {
        &self.letters
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({} events)", self.events.len())
    }
}

impl Account {
    /// Takes an entry that follows what this account has: every record in it is opened, verified with
    /// the keys that the account has bound, and put behind its predecessor; then the events are
    /// applied, all of them or none, and given back.
    ///
    /// # Errors
    /// [`JournalFault`]; the account is then as it was.
    pub fn resume(
        &mut self,
        entry: &Entry,
        crypto: &dyn Crypto,
    ) -> Result<Vec<Event>, JournalFault> {
        let _ = (entry, crypto);
        Err(JournalRefusal::OutOfOrder.into())
    }

    /// The whole account as octets, every record once; of an account without events its opening.
    ///
    /// # Errors
    /// [`JournalRefusal::TooLarge`] for what [`from_snapshot`](Self::from_snapshot) would not take.
    pub fn snapshot(&self) -> Result<Vec<u8>, JournalFault> {
        Err(JournalRefusal::TooLarge.into())
    }

    /// The account of a snapshot, within [`SNAPSHOT_LIMITS`]: every record in it is opened, verified
    /// and put behind its predecessor.
    ///
    /// # Errors
    /// [`JournalFault`]; [`JournalRefusal::Version`] for a form that is not known here.
    pub fn from_snapshot(octets: &[u8], crypto: &dyn Crypto) -> Result<Self, JournalFault> {
        let _ = (octets, crypto);
        Err(JournalRefusal::Version.into())
    }

    /// The earliest moment at which [`Command::Expire`](crate::Command::Expire) has something to do.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        None
    }
}

impl Event {
    /// The keys of services on which this event rests, each with its service: they came out of the
    /// registry at [`Event::at`], and an auditor holds them against it.
    pub fn service_keys(&self) -> Vec<(&ServiceId, &PublicKey)> {
        Vec::new()
    }

    /// Whether every key of [`service_keys`](Self::service_keys) was its service's at the time, as
    /// `services` knows them.
    ///
    /// # Errors
    /// [`JournalRefusal::ServiceKey`].
    pub fn check_service_keys(
        &self,
        services: &dyn Fn(&ServiceId) -> Option<KeyHistory>,
    ) -> Result<(), JournalFault> {
        let _ = services;
        Ok(())
    }
}
