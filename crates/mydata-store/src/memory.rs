//! A store in memory: for tests, and the shortest statement of what a store does. It survives nothing.

use crate::fault::StoreRefusal;
use crate::model::{
    Append, Appended, Backlog, Change, ConsentRow, Held, Index, Kept, LinkRow, Logged, Lookup,
    Mark, Partition, Position, Reading, Snapshot, Stands, TokenRow, Tombstone, Version, Which,
};
use crate::paper::{Paper, PaperName, Revision, Shelf};
use crate::store::{Answer, Reader, Store};
use mydata::core::crypto::{Crypto, Sha256};
use mydata::core::id::{AccountId, ConsentId, LinkCode, LinkId, ServiceId, SurrogateId, TokenId};
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard};

/// Everything in memory, under one lock.
pub struct MemoryStore {
    partitions: u16,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    accounts: BTreeMap<AccountId, Row>,
    tombstones: BTreeMap<Sha256, Tombstone>,
    parts: BTreeMap<Partition, Part>,
    links: BTreeMap<LinkId, (AccountId, LinkRow)>,
    surrogates: BTreeMap<(ServiceId, SurrogateId), AccountId>,
    consents: BTreeMap<ConsentId, (AccountId, ConsentRow)>,
    linkings: BTreeMap<LinkCode, (AccountId, ServiceId)>,
    tokens: BTreeMap<TokenId, (AccountId, TokenRow)>,
    cursors: BTreeMap<(String, Partition), Position>,
    papers: BTreeMap<PaperName, (Revision, Paper)>,
}

struct Row {
    partition: Partition,
    opened: (RowRequest, Snapshot),
    snapshot: Option<Snapshot>,
    entries: Vec<Kept>,
    due: Option<Timestamp>,
}

type RowRequest = crate::model::Request;

#[derive(Default)]
struct Part {
    last: Position,
    log: BTreeMap<Position, Logged>,
    queues: BTreeMap<ServiceId, BTreeSet<Position>>,
}

impl Row {
    fn version(&self) -> Version {
        self.entries
            .last()
            .map_or(Version::ZERO, |kept| kept.version)
    }

    fn head(&self) -> Mark {
        self.entries
            .last()
            .map_or(self.opened.1.head, |kept| kept.mark)
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(partitions: u16) -> Self {
        Self {
            partitions: partitions.max(1),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryStore({} accounts)", self.state().accounts.len())
    }
}

impl State {
    fn append(&mut self, append: Append, partitions: u16) -> Answer<Appended> {
        let digest = digest(&append.account);
        if self.tombstones.contains_key(&digest) {
            return Err(StoreRefusal::AccountErased.into());
        }
        match append.change {
            Change::Open { opening, index } => {
                if let Some(row) = self.accounts.get(&append.account) {
                    return match row.opened.0 == append.request {
                        true => Ok(Appended::Repeated(None)),
                        false => Err(StoreRefusal::AccountExists.into()),
                    };
                }
                self.free(&append.account, &index)?;
                let row = Row {
                    partition: Partition::of(&digest, partitions),
                    opened: (append.request, opening),
                    snapshot: None,
                    entries: Vec::new(),
                    due: None,
                };
                self.accounts.insert(append.account.clone(), row);
                self.index(&append.account, index);
                Ok(Appended::Stored {
                    version: Version::ZERO,
                    position: Position::ZERO,
                })
            }
            Change::Decide {
                body,
                mark,
                to,
                index,
                snapshot,
            } => {
                if let Some(settled) =
                    self.known(&append.account, &append.request, append.expect)?
                {
                    return Ok(settled);
                }
                self.free(&append.account, &index)?;
                let row = self
                    .accounts
                    .get_mut(&append.account)
                    .ok_or(StoreRefusal::AccountUnknown)?;
                let part = self.parts.entry(row.partition).or_default();
                part.last = part.last.next();
                let kept = Kept {
                    version: append.expect.next(),
                    position: part.last,
                    request: append.request,
                    body,
                    mark,
                };
                for service in to {
                    part.queues
                        .entry(service)
                        .or_default()
                        .insert(kept.position);
                }
                let logged = Logged {
                    account: append.account.clone(),
                    entry: kept.clone(),
                };
                part.log.insert(kept.position, logged);
                let stored = Appended::Stored {
                    version: kept.version,
                    position: kept.position,
                };
                row.entries.push(kept);
                row.snapshot = snapshot.or_else(|| row.snapshot.take());
                self.index(&append.account, index);
                Ok(stored)
            }
            Change::Erase => {
                if let Some(settled) =
                    self.known(&append.account, &append.request, append.expect)?
                {
                    return Ok(settled);
                }
                self.erase(&append.account, digest, append.at)
            }
        }
    }

    /// Whether there is anything left to do: not for a request that is known, or a version gone by.
    fn known(
        &self,
        account: &AccountId,
        request: &RowRequest,
        expect: Version,
    ) -> Answer<Option<Appended>> {
        let row = self
            .accounts
            .get(account)
            .ok_or(StoreRefusal::AccountUnknown)?;
        if row.opened.0.key == request.key {
            return Err(StoreRefusal::RequestKeyReused.into());
        }
        if let Some(kept) = row
            .entries
            .iter()
            .find(|kept| kept.request.key == request.key)
        {
            return match kept.request.digest == request.digest {
                true => Ok(Some(Appended::Repeated(Some(kept.clone())))),
                false => Err(StoreRefusal::RequestKeyReused.into()),
            };
        }
        let version = row.version();
        Ok((version != expect).then_some(Appended::Conflict { version }))
    }

    /// No id of these is another account's.
    fn free(&self, account: &AccountId, index: &Index) -> Answer<()> {
        let link = |row: &LinkRow| {
            self.links.get(&row.id).map(|(of, _)| of).or_else(|| {
                self.surrogates
                    .get(&(row.service.clone(), row.surrogate.clone()))
            })
        };
        let links = index.links.iter().filter_map(link);
        let consents = index
            .consents
            .iter()
            .filter_map(|row| Some(&self.consents.get(&row.id)?.0));
        let linkings = index
            .linkings
            .iter()
            .filter_map(|(code, _)| Some(&self.linkings.get(code)?.0));
        let tokens = index
            .tokens
            .iter()
            .filter_map(|row| Some(&self.tokens.get(&row.id)?.0));
        let mut holders = links.chain(consents).chain(linkings).chain(tokens);
        match holders.any(|holder| holder != account) {
            true => Err(StoreRefusal::IdTaken.into()),
            false => Ok(()),
        }
    }

    fn index(&mut self, account: &AccountId, index: Index) {
        let of = || account.clone();
        if let Some(row) = self.accounts.get_mut(account) {
            row.due = index.due;
        }
        for (code, service) in index.linkings {
            match service {
                Some(service) => self.linkings.insert(code, (of(), service)),
                None => self.linkings.remove(&code),
            };
        }
        for row in index.links {
            let surrogate = (row.service.clone(), row.surrogate.clone());
            self.surrogates.insert(surrogate, of());
            self.links.insert(row.id.clone(), (of(), row));
        }
        for row in index.consents {
            self.consents.insert(row.id.clone(), (of(), row));
        }
        for row in index.tokens {
            self.tokens.insert(row.id.clone(), (of(), row));
        }
    }

    fn erase(&mut self, account: &AccountId, digest: Sha256, at: Timestamp) -> Answer<Appended> {
        let row = self
            .accounts
            .get(account)
            .ok_or(StoreRefusal::AccountUnknown)?;
        let part = self.parts.entry(row.partition).or_default();
        let waits = |kept: &Kept| {
            part.queues
                .values()
                .any(|queue| queue.contains(&kept.position))
        };
        let is_parked = |(name, (_, paper)): (&PaperName, &(Revision, Paper))| {
            name.shelf() == Shelf::Parked && paper.account.as_ref() == Some(account)
        };
        if row.entries.iter().any(waits) || self.papers.iter().any(is_parked) {
            return Err(StoreRefusal::Undelivered.into());
        }
        for kept in &row.entries {
            part.log.remove(&kept.position);
        }
        let version = row.version();
        let stone = Tombstone {
            account: digest,
            at,
            version,
            head: row.head(),
        };
        self.tombstones.insert(digest, stone);
        self.accounts.remove(account);
        self.links.retain(|_, (of, _)| of != account);
        self.surrogates.retain(|_, of| of != account);
        self.consents.retain(|_, (of, _)| of != account);
        self.linkings.retain(|_, (of, _)| of != account);
        self.tokens.retain(|_, (of, _)| of != account);
        self.papers
            .retain(|_, (_, paper)| paper.account.as_ref() != Some(account));
        Ok(Appended::Stored {
            version,
            position: Position::ZERO,
        })
    }

    fn held(&self, id: &AccountId, reading: Reading) -> Option<Held> {
        let row = self.accounts.get(id)?;
        let from = match reading {
            Reading::Newest => Some(row.snapshot.clone().unwrap_or_else(|| row.opened.1.clone())),
            Reading::Whole => Some(row.opened.1.clone()),
            Reading::Since(_) => None,
        };
        let after = match (&from, reading) {
            (Some(snapshot), _) => snapshot.version,
            (None, Reading::Since(version)) => version,
            (None, Reading::Newest | Reading::Whole) => Version::ZERO,
        };
        let entries = row
            .entries
            .iter()
            .filter(|kept| kept.version > after)
            .cloned();
        Some(Held {
            version: row.version(),
            from,
            entries: entries.collect(),
        })
    }

    fn stands(&self, id: &ConsentId) -> Option<Stands> {
        let (account, consent) = self.consents.get(id)?;
        let (_, link) = self.links.get(&consent.link)?;
        Some(Stands {
            account: account.clone(),
            service: link.service.clone(),
            link: link.state,
            state: consent.state,
            validity: consent.validity,
        })
    }

    fn find(&self, what: &Lookup) -> Option<AccountId> {
        match what {
            Lookup::Consent(id) => self.consents.get(id).map(|(of, _)| of),
            Lookup::Link(id) => self.links.get(id).map(|(of, _)| of),
            Lookup::Surrogate(service, surrogate) => {
                self.surrogates.get(&(service.clone(), surrogate.clone()))
            }
            Lookup::Linking(code) => self.linkings.get(code).map(|(of, _)| of),
            Lookup::Token(id) => self.tokens.get(id).map(|(of, _)| of),
        }
        .cloned()
    }

    fn accounts(&self, which: &Which, after: Option<&AccountId>, max: usize) -> Vec<AccountId> {
        let is_wanted = |id: &AccountId, row: &Row| match which {
            Which::All => true,
            Which::Due(now) => row.due.is_some_and(|due| due <= *now),
            Which::Of(service) => {
                let linked =
                    |(of, link): &(AccountId, LinkRow)| of == id && link.service == *service;
                let linking = |(of, to): &(AccountId, ServiceId)| of == id && to == service;
                self.links.values().any(linked) || self.linkings.values().any(linking)
            }
        };
        let all = self
            .accounts
            .iter()
            .filter(|(id, _)| after.is_none_or(|after| *id > after));
        let wanted = all.filter(|(id, row)| is_wanted(id, row));
        wanted.map(|(id, _)| id.clone()).take(max).collect()
    }

    fn log(
        &self,
        partition: Partition,
        to: Option<&ServiceId>,
        after: Position,
        max: usize,
    ) -> Vec<Logged> {
        let Some(part) = self.parts.get(&partition) else {
            return Vec::new();
        };
        let queue = to.map(|to| part.queues.get(to));
        let is_wanted = |position: &Position| match queue {
            None => true,
            Some(queue) => queue.is_some_and(|queue| queue.contains(position)),
        };
        let later = part.log.range(after.next()..);
        let wanted = later.filter(|(position, _)| is_wanted(position));
        wanted.map(|(_, logged)| logged.clone()).take(max).collect()
    }

    fn advance(
        &mut self,
        reader: &Reader,
        partition: Partition,
        from: Position,
        to: Position,
    ) -> bool {
        let cursor = self.cursors.entry((reader.name(), partition)).or_default();
        if *cursor != from || to < from {
            return false;
        }
        *cursor = to;
        if let (Reader::Service(service), Some(part)) = (reader, self.parts.get_mut(&partition))
            && let Some(queue) = part.queues.get_mut(service)
        {
            queue.retain(|position| *position > to);
            if queue.is_empty() {
                part.queues.remove(service);
            }
        }
        true
    }

    fn file(&mut self, name: &PaperName, expect: Revision, paper: Option<&Paper>) -> bool {
        let revision = self.papers.get(name).map_or(0, |(revision, _)| *revision);
        if revision != expect {
            return false;
        }
        match paper {
            Some(paper) => self
                .papers
                .insert(name.clone(), (revision + 1, paper.clone())),
            None => self.papers.remove(name),
        };
        true
    }
}

fn digest(account: &AccountId) -> Sha256 {
    Ring.sha256(account.as_str().as_bytes())
}

impl Store for MemoryStore {
    fn partitions(&self) -> u16 {
        self.partitions
    }

    async fn account(&self, id: &AccountId, reading: Reading) -> Answer<Option<Held>> {
        Ok(self.state().held(id, reading))
    }

    async fn append(&self, append: Append) -> Answer<Appended> {
        self.state().append(append, self.partitions)
    }

    async fn stands(&self, id: &ConsentId) -> Answer<Option<Stands>> {
        Ok(self.state().stands(id))
    }

    async fn find(&self, what: &Lookup) -> Answer<Option<AccountId>> {
        Ok(self.state().find(what))
    }

    async fn accounts(
        &self,
        which: &Which,
        after: Option<&AccountId>,
        max: usize,
    ) -> Answer<Vec<AccountId>> {
        Ok(self.state().accounts(which, after, max))
    }

    async fn tombstone(&self, id: &AccountId) -> Answer<Option<Tombstone>> {
        Ok(self.state().tombstones.get(&digest(id)).copied())
    }

    async fn log(
        &self,
        partition: Partition,
        to: Option<&ServiceId>,
        after: Position,
        max: usize,
    ) -> Answer<Vec<Logged>> {
        Ok(self.state().log(partition, to, after, max))
    }

    async fn waiting(&self, partition: Partition) -> Answer<Vec<ServiceId>> {
        let state = self.state();
        let queues = state
            .parts
            .get(&partition)
            .map(|part| part.queues.keys().cloned());
        Ok(queues.into_iter().flatten().collect())
    }

    async fn backlog(&self, partition: Partition, to: &ServiceId) -> Answer<Option<Backlog>> {
        let state = self.state();
        let part = state.parts.get(&partition);
        let queue = part.and_then(|part| part.queues.get(to));
        let ends = queue.and_then(|queue| Some((*queue.first()?, *queue.last()?)));
        Ok(ends.map(|(first, last)| Backlog { first, last }))
    }

    async fn cursor(&self, reader: &Reader, partition: Partition) -> Answer<Position> {
        let state = self.state();
        let cursor = state.cursors.get(&(reader.name(), partition));
        Ok(cursor.copied().unwrap_or_default())
    }

    async fn advance(
        &self,
        reader: &Reader,
        partition: Partition,
        from: Position,
        to: Position,
    ) -> Answer<bool> {
        Ok(self.state().advance(reader, partition, from, to))
    }

    async fn paper(&self, name: &PaperName) -> Answer<Option<(Revision, Paper)>> {
        Ok(self.state().papers.get(name).cloned())
    }

    async fn file(
        &self,
        name: &PaperName,
        expect: Revision,
        paper: Option<&Paper>,
    ) -> Answer<bool> {
        let mut state = self.state();
        let account = paper.and_then(|paper| paper.account.as_ref());
        if account.is_some_and(|account| state.tombstones.contains_key(&digest(account))) {
            return Err(StoreRefusal::AccountErased.into());
        }
        Ok(state.file(name, expect, paper))
    }

    async fn papers(
        &self,
        shelf: Shelf,
        after: Option<&str>,
        max: usize,
    ) -> Answer<Vec<(PaperName, Paper)>> {
        let state = self.state();
        let on_shelf = state
            .papers
            .iter()
            .filter(|(name, _)| name.shelf() == shelf);
        let later = on_shelf.filter(|(name, _)| after.is_none_or(|after| name.name() > after));
        let found = later.map(|(name, (_, paper))| (name.clone(), paper.clone()));
        Ok(found.take(max).collect())
    }
}
