//! Accounts as the store has them.

use super::Operator;
use super::fault::{OperatorFault, OperatorRefusal};
use crate::fault::StoreRefusal;
use crate::ledger::{Depth, Read};
use crate::model::{Kept, Lookup, Reading, Version};
use crate::store::Store;
use mydata::core::id::AccountId;
use mydata::operator::{Account, Entry, Event};
use std::sync::Arc;

impl<S: Store> Operator<S> {
    /// The account as it was cached, or as the store has it. For a decision that the store will hold
    /// against the version; everything else asks [`fresh`](Self::fresh).
    pub(super) async fn probably(&self, id: &AccountId) -> Result<(Read, bool), OperatorFault> {
        let cached = self.cache().get(id).cloned();
        match cached {
            Some(read) => {
                self.counters.cached();
                Ok((read, true))
            }
            None => Ok((self.fresh(id).await?, false)),
        }
    }

    /// The account as the store has it now: of one that is cached, only what is new is read.
    pub(crate) async fn fresh(&self, id: &AccountId) -> Result<Read, OperatorFault> {
        let cached = self.cache().get(id).cloned();
        let reading = cached
            .as_ref()
            .map_or(Reading::Newest, |read| Reading::Since(read.version));
        let held = self.store.account(id, reading).await?;
        let Some(held) = held else {
            self.cache().pop(id);
            let stone = self.store.tombstone(id).await?;
            let refusal = stone.map_or(StoreRefusal::AccountUnknown, |_| {
                StoreRefusal::AccountErased
            });
            return Err(refusal.into());
        };
        let read = match self.ledger.read(id, cached, &held, Depth::Marks) {
            Ok((read, _)) => read,
            Err(fault) => {
                self.cache().pop(id);
                self.counters.broken();
                return Err(fault);
            }
        };
        self.keep(id, &read);
        Ok(read)
    }

    /// Keeps what is newer than what is kept.
    pub(super) fn keep(&self, id: &AccountId, read: &Read) {
        let mut cache = self.cache();
        let is_newer = cache
            .peek(id)
            .is_none_or(|kept| kept.version <= read.version);
        if is_newer {
            cache.put(id.clone(), read.clone());
        }
    }

    /// Everything that has happened to an account, oldest first: for the log of its person, and for
    /// the export.
    ///
    /// # Errors
    /// [`AccountUnknown`](StoreRefusal::AccountUnknown) and other [`OperatorFault`]s.
    pub async fn events(
        &self,
        id: &AccountId,
    ) -> Result<(Arc<Account>, Vec<Event>), OperatorFault> {
        let held = self.store.account(id, Reading::Whole).await?;
        let held = held.ok_or(StoreRefusal::AccountUnknown)?;
        let (read, events) = self.ledger.read(id, None, &held, Depth::Marks)?;
        Ok((read.account, events))
    }

    /// What has happened by the decision that made the account's version this one: for the answer to a
    /// request that comes again.
    ///
    /// # Errors
    /// [`AccountUnknown`](StoreRefusal::AccountUnknown) and other [`OperatorFault`]s.
    pub async fn happened(
        &self,
        id: &AccountId,
        version: Version,
    ) -> Result<Vec<Event>, OperatorFault> {
        let held = self.store.account(id, Reading::Whole).await?;
        let held = held.ok_or(StoreRefusal::AccountUnknown)?;
        let (mut before, mut count) = (0, 0);
        for kept in held.entries.iter().filter(|kept| kept.version <= version) {
            let events = Entry::read(&kept.body)?.events();
            match kept.version == version {
                true => count = events,
                false => before += events,
            }
        }
        let (_, events) = self.ledger.read(id, None, &held, Depth::Marks)?;
        Ok(events.into_iter().skip(before).take(count).collect())
    }

    /// One entry by itself, held against the mark of the one before it: what is answered again, and what
    /// is sent. To whom a message goes is under no signature.
    pub(crate) async fn proven(&self, id: &AccountId, kept: &Kept) -> Result<Entry, OperatorFault> {
        let before = Version::new(kept.version.get().saturating_sub(1));
        let head = if before == Version::ZERO {
            [0; 32]
        } else {
            let since = Version::new(before.get().saturating_sub(1));
            let held = self.store.account(id, Reading::Since(since)).await?;
            let held = held.ok_or(StoreRefusal::AccountUnknown)?;
            let first = held.entries.first().filter(|entry| entry.version == before);
            first.ok_or(OperatorRefusal::MarkBroken)?.mark
        };
        self.ledger.check(id, before, &head, kept)?;
        Ok(Entry::read(&kept.body)?)
    }

    /// The account that something belongs to, as the store has it now; `None` when there is no such
    /// thing.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn find(&self, what: &Lookup) -> Result<Option<Arc<Account>>, OperatorFault> {
        match self.store.find(what).await? {
            Some(id) => Ok(Some(self.fresh(&id).await?.account)),
            None => Ok(None),
        }
    }
}
