//! From what a store holds to an account, and back: every octet that is read is one that was written
//! here.
//!
//! # Marks
//!
//! Each opening, entry and snapshot has a mark, an HMAC-SHA256 under a key that stands wrapped in the
//! store. The mark of an entry is also over the one before it: an entry that was changed, moved to
//! another account, left out of the middle or put in is found when the account is read. What is not
//! found is an account that was set back as a whole to what it was: an outside witness sees that, and
//! the services, whose records are newer.
//!
//! # Why no signature is verified again
//!
//! Each record in an entry was verified before it was stored. Its mark proves that it is that entry, so
//! reading it back passes a [`Crypto`] that answers what was answered then; all else that reading a
//! record demands is demanded again. [`Depth::Signatures`] verifies each signature too, for an auditor.

use crate::model::{Held, Kept, Mark, Request, Snapshot, Version};
use crate::operator::fault::{OperatorFault, OperatorRefusal};
use mydata::core::crypto::{Crypto, Sha256, Signature};
use mydata::core::id::AccountId;
use mydata::core::jwk::PublicKey;
use mydata::core::time::Timestamp;
use mydata::keys::{Stamp, StampKey};
use mydata::operator::{Account, Entry, Event};
use std::sync::Arc;

/// How deep a reading goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Every mark: what is read is what was written.
    Marks,
    /// Every signature as well.
    Signatures,
}

/// Makes and checks the marks, and reads accounts.
#[derive(Debug)]
pub(crate) struct Ledger {
    key: StampKey,
    crypto: Arc<dyn Crypto>,
}

/// An account as it was read, with what is needed to go on from it.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) account: Arc<Account>,
    /// How many decisions it has.
    pub(crate) version: Version,
    /// The mark of the last.
    pub(crate) head: Mark,
    /// When the last was made: no later one is earlier.
    pub(crate) floor: Timestamp,
    /// Entries and octets since the newest snapshot, and the octets of that.
    pub(crate) since: Since,
}

/// What a reader has to go through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Since {
    pub(crate) entries: usize,
    pub(crate) octets: usize,
    pub(crate) snapshot: usize,
}

/// Answers what was answered when the record was stored.
#[derive(Debug)]
struct Remembered<'a>(&'a dyn Crypto);

impl Crypto for Remembered<'_> {
    fn verify(&self, _: &PublicKey, _: &[u8], _: &Signature) -> bool {
        true
    }

    fn sha256(&self, octets: &[u8]) -> Sha256 {
        self.0.sha256(octets)
    }
}

impl Ledger {
    pub(crate) const fn new(key: StampKey, crypto: Arc<dyn Crypto>) -> Self {
        Self { key, crypto }
    }

    /// The mark of an entry behind `head`.
    pub(crate) fn entry(
        &self,
        account: &AccountId,
        version: Version,
        head: &Mark,
        request: &Request,
        body: &[u8],
    ) -> Mark {
        *self
            .key
            .stamp(&parts_of_entry(
                account,
                &version.get().to_be_bytes(),
                head,
                request,
                body,
            ))
            .as_octets()
    }

    /// A snapshot of the account at a version, with its mark.
    pub(crate) fn snapshot(
        &self,
        account: &Account,
        version: Version,
        head: Mark,
    ) -> Result<Snapshot, OperatorFault> {
        let octets = account.snapshot()?;
        let number = version.get().to_be_bytes();
        let parts = parts_of_snapshot(account.id(), &number, &head, &octets);
        let mark = self.key.stamp(&parts);
        Ok(Snapshot {
            version,
            head,
            octets,
            mark: *mark.as_octets(),
        })
    }

    /// The account that is held; `known` is what the caller has of it already.
    pub(crate) fn read(
        &self,
        id: &AccountId,
        known: Option<Read>,
        held: &Held,
        depth: Depth,
    ) -> Result<(Read, Vec<Event>), OperatorFault> {
        let remembered = Remembered(&*self.crypto);
        let crypto: &dyn Crypto = match depth {
            Depth::Marks => &remembered,
            Depth::Signatures => &*self.crypto,
        };
        let mut read = match (&held.from, known) {
            (Some(snapshot), _) => self.begin(id, snapshot, crypto)?,
            (None, Some(known)) => known,
            (None, None) => return Err(OperatorRefusal::MarkBroken.into()),
        };
        let mut all = Vec::new();
        if !held.entries.is_empty() {
            let account = Arc::make_mut(&mut read.account);
            for kept in &held.entries {
                self.check(id, read.version, &read.head, kept)?;
                let events = account.resume(&Entry::read(&kept.body)?, crypto)?;
                read.version = kept.version;
                read.head = kept.mark;
                read.floor = events
                    .iter()
                    .map(|event| event.at)
                    .fold(read.floor, Timestamp::max);
                read.since.entries += 1;
                read.since.octets += kept.body.len();
                all.extend(events);
            }
        }
        match read.version == held.version {
            true => Ok((read, all)),
            false => Err(OperatorRefusal::MarkBroken.into()),
        }
    }

    fn begin(
        &self,
        id: &AccountId,
        snapshot: &Snapshot,
        crypto: &dyn Crypto,
    ) -> Result<Read, OperatorFault> {
        let number = snapshot.version.get().to_be_bytes();
        let parts = parts_of_snapshot(id, &number, &snapshot.head, &snapshot.octets);
        if !self.key.check(&parts, &Stamp::from_octets(snapshot.mark)) {
            return Err(OperatorRefusal::MarkBroken.into());
        }
        let account = Account::from_snapshot(&snapshot.octets, crypto)?;
        if account.id() != id {
            return Err(OperatorRefusal::MarkBroken.into());
        }
        let since = Since {
            snapshot: snapshot.octets.len(),
            ..Since::default()
        };
        Ok(Read {
            account: Arc::new(account),
            version: snapshot.version,
            head: snapshot.head,
            floor: Timestamp::EPOCH,
            since,
        })
    }

    /// Whether an entry is the one that was written behind this mark.
    pub(crate) fn check(
        &self,
        id: &AccountId,
        before: Version,
        head: &Mark,
        kept: &Kept,
    ) -> Result<(), OperatorFault> {
        let number = kept.version.get().to_be_bytes();
        let parts = parts_of_entry(id, &number, head, &kept.request, &kept.body);
        let is_next = kept.version == before.next();
        match is_next && self.key.check(&parts, &Stamp::from_octets(kept.mark)) {
            true => Ok(()),
            false => Err(OperatorRefusal::MarkBroken.into()),
        }
    }
}

fn parts_of_snapshot<'a>(
    account: &'a AccountId,
    version: &'a [u8; 8],
    head: &'a Mark,
    octets: &'a [u8],
) -> [&'a [u8]; 5] {
    let id = account.as_str().as_bytes();
    [b"snapshot", id, version, head, octets]
}

fn parts_of_entry<'a>(
    account: &'a AccountId,
    version: &'a [u8; 8],
    head: &'a Mark,
    request: &'a Request,
    body: &'a [u8],
) -> [&'a [u8]; 7] {
    [
        b"entry",
        account.as_str().as_bytes(),
        version,
        head,
        request.key.as_str().as_bytes(),
        request.digest.as_octets(),
        body,
    ]
}
