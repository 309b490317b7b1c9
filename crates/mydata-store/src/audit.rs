//! Whether everything in a store is what was written, and everything that was written is signed.

use crate::custody::Custody;
use crate::fault::StoreRefusal;
use crate::ledger::{Depth, Ledger};
use crate::model::{Held, Lookup, Partition, Position, Reading, Which};
use crate::operator::fault::{OperatorFault, OperatorRefusal};
use crate::operator::index::{consent, link};
use crate::store::Store;
use mydata::core::crypto::{Crypto, Sha256, Signature};
use mydata::core::id::{AccountId, ServiceId};
use mydata::core::jwk::{KeyHistory, PublicKey};
use mydata::keys::{Backend, Vault};
use mydata::operator::{Account, Entry, Event};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Accounts and entries that are read at once.
const PAGE: usize = 256;

/// The signature keys of services, of whatever time, from a registry.
pub type Registry<'a> = &'a (dyn Fn(&ServiceId) -> Option<KeyHistory> + Sync);

/// What an audit has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// Accounts read from their opening on.
    pub accounts: u64,
    /// Decisions.
    pub entries: u64,
    /// Events.
    pub events: u64,
    /// Signatures verified.
    pub signatures: u64,
    /// Links and consents whose status chain was built again.
    pub chains: u64,
    /// Rows of what is looked up, held against the accounts.
    pub rows: u64,
    /// Positions of the log.
    pub positions: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Finding {
    /// Where: SHA-256 of the id of the account, or the partition.
    pub place: String,
    /// The stable code.
    pub code: &'static str,
}

impl Audit {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            accounts,
            entries,
            events,
            signatures,
            chains,
            rows,
            positions,
            findings,
        } = self;
        writeln!(
            f,
            "{accounts} accounts, {entries} decisions, {events} events, {signatures} signatures, \
             {chains} chains, {rows} rows, {positions} positions: {} findings",
            findings.len()
        )?;
        for finding in findings {
            writeln!(f, "{}: {}", finding.place, finding.code)?;
        }
        Ok(())
    }
}

/// Verifies, and counts.
#[derive(Debug)]
struct Counting {
    inner: Backend,
    verified: AtomicU64,
}

impl Crypto for Counting {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        self.verified.fetch_add(1, Ordering::Relaxed);
        self.inner.verify(key, message, signature)
    }

    fn sha256(&self, octets: &[u8]) -> Sha256 {
        self.inner.sha256(octets)
    }
}

/// Reads a whole store: every account from its opening on, with every mark, every signature and every
/// chain; the newest snapshot of each, held against that; links, surrogates, linkings and consents as they
/// are looked up, held against the account; and the log, in which an account's decisions follow each other.
/// Not examined are rows that belong to no account, queues and cursors, tokens, and the documents beside the
/// accounts.
///
/// With a `registry` the keys of services that were taken from one are held against it too. `watch` is
/// told after each page. The store may be in use: what is decided meanwhile is read or not.
///
/// # Errors
/// [`OperatorFault`] when the store cannot be read at all; what is wrong in it is a [`Finding`].
pub async fn audit<S: Store>(
    store: &Arc<S>,
    vault: &Arc<Vault>,
    registry: Option<Registry<'_>>,
    mut watch: impl FnMut(&Audit) + Send,
) -> Result<Audit, OperatorFault> {
    let key = Custody::new(Arc::clone(store), Arc::clone(vault))
        .stamp_key()
        .await?;
    let crypto = Arc::new(Counting {
        inner: Backend::default(),
        verified: AtomicU64::new(0),
    });
    let ledger = Ledger::new(key, Arc::clone(&crypto) as Arc<dyn Crypto>);
    let mut audit = Audit::default();
    let mut after = None;
    loop {
        let page = store.accounts(&Which::All, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        for id in &page {
            if let Err(fault) = account(&**store, &ledger, id, registry, &mut audit).await {
                let place = crypto.sha256(id.as_str().as_bytes()).to_base64url();
                audit.findings.push(Finding {
                    place,
                    code: fault.code(),
                });
            }
        }
        audit.signatures = crypto.verified.load(Ordering::Relaxed);
        watch(&audit);
    }
    for partition in (0..store.partitions()).map(Partition) {
        log(&**store, partition, &mut audit).await?;
        watch(&audit);
    }
    Ok(audit)
}

/// Reads an account; once more when it has gone on meanwhile, which is no damage.
async fn account<S: Store>(
    store: &S,
    ledger: &Ledger,
    id: &AccountId,
    registry: Option<Registry<'_>>,
    audit: &mut Audit,
) -> Result<(), OperatorFault> {
    loop {
        let Some(held) = store.account(id, Reading::Whole).await? else {
            return Ok(());
        };
        let found = examine(store, ledger, id, registry, &held).await;
        if found.is_err() {
            let now = store.account(id, Reading::Since(held.version)).await?;
            if now.is_none_or(|now| now.version != held.version) {
                continue;
            }
        }
        let found = found?;
        audit.accounts += 1;
        audit.entries += held.entries.len() as u64;
        audit.events += found.events;
        audit.chains += found.chains;
        audit.rows += found.rows;
        return Ok(());
    }
}

/// What one account adds to the numbers.
#[derive(Default)]
struct Found {
    events: u64,
    chains: u64,
    rows: u64,
}

async fn examine<S: Store>(
    store: &S,
    ledger: &Ledger,
    id: &AccountId,
    registry: Option<Registry<'_>>,
    held: &Held,
) -> Result<Found, OperatorFault> {
    let (whole, events) = ledger.read(id, None, held, Depth::Signatures)?;
    if let Some(registry) = registry {
        for event in &events {
            Event::check_service_keys(event, &registry)?;
        }
    }
    let newest = store.account(id, Reading::Newest).await?;
    let newest = newest.ok_or(StoreRefusal::Corrupt)?;
    let (newest, _) = ledger.read(id, None, &newest, Depth::Marks)?;
    if newest.version != whole.version || newest.account != whole.account {
        return Err(OperatorRefusal::MarkBroken.into());
    }
    let account = &whole.account;
    Ok(Found {
        events: events.len() as u64,
        chains: (account.links().count() + account.consents().count()) as u64,
        rows: rows(store, account).await?,
    })
}

/// What is looked up says what the account says; how many rows there are.
async fn rows<S: Store>(store: &S, account: &Account) -> Result<u64, OperatorFault> {
    let mut lookups = Vec::new();
    let mut count = 0;
    for (id, held) in account.links() {
        let (service, surrogate) = (&held.record.service_id, &held.record.surrogate_id);
        lookups.push(Lookup::Link(id.clone()));
        lookups.push(Lookup::Surrogate(service.clone(), surrogate.clone()));
    }
    lookups.extend(
        account
            .linkings()
            .map(|(code, _)| Lookup::Linking(code.clone())),
    );
    for lookup in &lookups {
        if store.find(lookup).await?.as_ref() != Some(account.id()) {
            return Err(StoreRefusal::Corrupt.into());
        }
        count += 1;
    }
    for (cr_id, _) in account.consents() {
        let row = consent(account, cr_id).ok_or(StoreRefusal::Corrupt)?;
        let link = link(account, &row.link).ok_or(StoreRefusal::Corrupt)?;
        let stands = store.stands(cr_id).await?.ok_or(StoreRefusal::Corrupt)?;
        let is_same = stands.account == *account.id()
            && stands.service == link.service
            && stands.link == link.state
            && stands.state == row.state
            && stands.validity == row.validity;
        if !is_same {
            return Err(StoreRefusal::Corrupt.into());
        }
        count += 1;
    }
    Ok(count)
}

/// Positions rise, and each account's versions with them; a hole is one of an account that was erased.
async fn log<S: Store>(
    store: &S,
    partition: Partition,
    audit: &mut Audit,
) -> Result<(), OperatorFault> {
    let (mut after, mut versions) = (Position::ZERO, BTreeMap::new());
    let mut count = 0;
    let mut report = |code| {
        let place = format!("partition {}", partition.0);
        audit.findings.push(Finding { place, code });
    };
    loop {
        let page = store.log(partition, None, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        let newest = last.entry.position;
        for logged in &page {
            let is_later = logged.entry.position > after;
            let version = versions.entry(logged.account.clone()).or_insert(0);
            if !is_later || logged.entry.version.get() != *version + 1 {
                report(StoreRefusal::Corrupt.code());
            }
            *version = logged.entry.version.get();
            if Entry::read(&logged.entry.body)
                .and_then(|entry| entry.outbox().map(drop))
                .is_err()
            {
                report(OperatorRefusal::MarkBroken.code());
            }
            count += 1;
            after = logged.entry.position;
        }
        after = newest;
    }
    audit.positions += count;
    Ok(())
}
