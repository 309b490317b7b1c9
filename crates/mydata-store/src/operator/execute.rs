//! From a command to an answer.

use super::Operator;
use super::fault::{OperatorFault, OperatorRefusal};
use super::index::{due, index};
use crate::fault::StoreRefusal;
use crate::ledger::{Read, Since};
use crate::model::{
    Append, Appended, Change, Index, Kept, Mark, Position, Request, Snapshot, Version,
};
use crate::store::Store;
use mydata::core::id::{AccountId, ServiceId};
use mydata::core::time::Timestamp;
use mydata::operator::{
    Account, Act, Capacity, Command, Decision, Entry, Env, Event, Reply, ToPerson,
};
use std::sync::Arc;

/// The name under which the log has letters to the person: no service may have it.
pub(crate) const PERSON: &str = "mydata:person";

/// What a command has come to. It is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The answer.
    pub reply: Reply,
    /// How many decisions the account has now; for a repeated request, had then.
    pub version: Version,
    /// Where it stands in the log; zero when nothing was to be stored.
    pub position: Position,
    /// What has happened, in order; nothing for a repeated request, of which
    /// [`happened`](Operator::happened) tells.
    pub events: Vec<Event>,
    /// Codes for the person. They stand in no store: they are here or, when the process ends before
    /// they are sent, nowhere, and are asked for again. All other letters are delivered from the log.
    pub codes: Vec<ToPerson>,
    /// Whether the request was known, and this is its first answer.
    pub is_repeated: bool,
}

/// A decision that may be stored.
struct Made {
    decision: Decision,
    now: Timestamp,
    after: Account,
}

impl Made {
    /// Whether nothing happens, and nobody is told anything again (SL-31).
    const fn is_empty(&self) -> bool {
        let Decision {
            events,
            outbox,
            to_person,
            erase,
            ..
        } = &self.decision;
        events.is_empty() && outbox.is_empty() && to_person.is_empty() && !*erase
    }
}

impl<S: Store> Operator<S> {
    /// Opens an account, as [`Account::open`] or [`Account::create`] have made it. The same request
    /// again changes nothing.
    ///
    /// # Errors
    /// [`OperatorRefusal::NotNew`], [`StoreRefusal::AccountExists`], [`StoreRefusal::AccountErased`] and
    /// other [`OperatorFault`]s.
    pub async fn open_account(
        &self,
        account: Account,
        request: Request,
    ) -> Result<(), OperatorFault> {
        let _permit = self.permit()?;
        if account.version() != 0 {
            return Err(OperatorRefusal::NotNew.into());
        }
        let id = account.id().clone();
        let opening = self.ledger.snapshot(&account, Version::ZERO, [0; 32])?;
        let since = Since {
            snapshot: opening.octets.len(),
            ..Since::default()
        };
        let index = Index {
            due: due(&account),
            ..Index::default()
        };
        let append = Append {
            account: id.clone(),
            expect: Version::ZERO,
            request,
            at: self.clock.now(),
            change: Change::Open { opening, index },
        };
        match self.store.append(append).await? {
            Appended::Stored { version, .. } => {
                let account = Arc::new(account);
                let floor = Timestamp::EPOCH;
                self.keep(
                    &id,
                    &Read {
                        account,
                        version,
                        head: [0; 32],
                        floor,
                        since,
                    },
                );
                Ok(())
            }
            Appended::Repeated(_) => Ok(()),
            Appended::Conflict { .. } => Err(StoreRefusal::AccountExists.into()),
        }
    }

    /// Decides a command, stores what was decided, and answers.
    ///
    /// `request` names the command for good: whoever has got no answer sends the same one again. It is
    /// bound to who asks, in what capacity: the same key and digest of another actor is another request.
    ///
    /// # Errors
    /// [`OperatorFault`]. Nothing was stored, except perhaps with
    /// [`StoreRefusal::OutcomeUnknown`]: the same request again tells.
    pub async fn execute(
        &self,
        act: &Act,
        request: &Request,
        command: &Command,
    ) -> Result<Outcome, OperatorFault> {
        // Who waits for an account does not keep others from theirs.
        let stripe = self.stripe(&act.account)?;
        let _permit = self.permit()?;
        let _turn = stripe.lock().await;
        let request = &self.bound(act, request);
        let mut must_be_fresh = false;
        for _ in 0..self.limits.attempts.max(1) {
            let (read, is_cached) = match must_be_fresh {
                true => (self.fresh(&act.account).await?, false),
                false => self.probably(&act.account).await?,
            };
            let made = self.decide(&read, act, command);
            let is_to_be_stored = made.as_ref().is_ok_and(|made| !made.is_empty());
            if !is_to_be_stored {
                if is_cached {
                    // A refusal is an answer too, and is not given on what may be old.
                    must_be_fresh = true;
                    continue;
                }
                return self.unstored(&read, act, request, made).await;
            }
            let made = made?;
            match self.commit(&read, act, request, made).await? {
                Some(outcome) => return Ok(outcome),
                None => {
                    self.counters.conflicts();
                    must_be_fresh = true;
                }
            }
        }
        Err(OperatorRefusal::Contended.into())
    }

    /// The first answer to a request that is known; `None` for one that is new. For whoever would draft a
    /// record first: of what has been done already there is nothing left to draft.
    ///
    /// # Errors
    /// [`StoreRefusal::RequestKeyReused`] and other [`OperatorFault`]s.
    pub async fn answered(
        &self,
        act: &Act,
        request: &Request,
    ) -> Result<Option<Outcome>, OperatorFault> {
        let request = self.bound(act, request);
        match self.known(&act.account, &request).await? {
            Some(kept) => self.first_answer(&act.account, Some(kept)).await.map(Some),
            None => Ok(None),
        }
    }

    /// Asks the account, as the store has it now, for something that needs the operator's time, numbers
    /// and keys and changes nothing: a draft for the owner to sign.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn ask<R: Send>(
        &self,
        id: &AccountId,
        question: impl FnOnce(&Account, &mut Env<'_>) -> R + Send,
    ) -> Result<R, OperatorFault> {
        let read = self.fresh(id).await?;
        let now = self.now(&read);
        let answer = self.with_numbers(|random| {
            self.identity.with(|operator| {
                let mut env = Env {
                    now,
                    random,
                    crypto: &*self.crypto,
                    operator,
                };
                question(&read.account, &mut env)
            })
        })?;
        Ok(answer)
    }

    /// The time, as this account may see it.
    fn now(&self, read: &Read) -> Timestamp {
        let clock = self.clock.now();
        if clock.plus(self.identity.timing.drafts.skew) < read.floor {
            self.counters.clock_back();
        }
        clock.max(read.floor)
    }

    /// The request together with who asks, and in what capacity: nobody gets an answer that was given to
    /// somebody else by naming their request.
    fn bound(&self, act: &Act, request: &Request) -> Request {
        let (capacity, service) = match &act.capacity {
            Capacity::Owner => ("owner", ""),
            Capacity::Representative => ("representative", ""),
            Capacity::Operator => ("operator", ""),
            Capacity::Service(id) => ("service", id.as_str()),
            Capacity::System => ("system", ""),
        };
        let asked = request.digest.to_base64url();
        // No id has a line feed in it.
        let who = [capacity, service, act.actor.as_str(), &asked].join("\n");
        Request {
            key: request.key.clone(),
            digest: self.crypto.sha256(who.as_bytes()),
        }
    }

    /// Decides, at a time that is not before the account's last.
    fn decide(&self, read: &Read, act: &Act, command: &Command) -> Result<Made, OperatorFault> {
        let now = self.now(read);
        let decided = self.with_numbers(|random| {
            self.identity.with(|operator| {
                let mut env = Env {
                    now,
                    random,
                    crypto: &*self.crypto,
                    operator,
                };
                read.account.decide(act, command, &mut env)
            })
        })?;
        let decision = decided?;
        let mut after = Account::clone(&read.account);
        for event in &decision.events {
            after.apply(event);
        }
        Ok(Made {
            decision,
            now,
            after,
        })
    }

    /// Stores a decision; `None` when the account has gone on.
    async fn commit(
        &self,
        read: &Read,
        act: &Act,
        request: &Request,
        made: Made,
    ) -> Result<Option<Outcome>, OperatorFault> {
        let id = &act.account;
        let Made {
            decision,
            now,
            after,
        } = made;
        let (change, kept) = match decision.erase {
            true => (Change::Erase, None),
            false => {
                let (change, kept) = self.change(read, request, &decision, after)?;
                (change, Some(kept))
            }
        };
        let is_told = !decision.outbox.is_empty() || !decision.to_person.is_empty();
        let append = Append {
            account: id.clone(),
            expect: read.version,
            request: request.clone(),
            at: now,
            change,
        };
        match self.store.append(append).await? {
            Appended::Stored { version, position } => {
                self.counters.stored();
                match kept {
                    Some(mut kept) => {
                        kept.version = version;
                        kept.floor = now.max(read.floor);
                        self.keep(id, &kept);
                    }
                    None => drop(self.cache().pop(id)),
                }
                if is_told {
                    self.stored.notify_one();
                }
                let codes = decision.to_person.into_iter().filter(is_code).collect();
                Ok(Some(Outcome {
                    reply: decision.reply,
                    version,
                    position,
                    events: decision.events,
                    codes,
                    is_repeated: false,
                }))
            }
            Appended::Repeated(kept) => self.first_answer(id, kept).await.map(Some),
            Appended::Conflict { .. } => Ok(None),
        }
    }

    /// What is stored of a decision, and the account as it will be.
    fn change(
        &self,
        read: &Read,
        request: &Request,
        decision: &Decision,
        after: Account,
    ) -> Result<(Change, Read), OperatorFault> {
        let body = Entry::of(decision)?.to_octets()?;
        let version = read.version.next();
        let mark = self
            .ledger
            .entry(after.id(), version, &read.head, request, &body);
        // The entry behind a snapshot has the time from which the account goes on.
        let snapshot = match decision.events.is_empty() {
            true => None,
            false => self.snapshot(read)?,
        };
        let mut since = read.since;
        if let Some(snapshot) = &snapshot {
            since = Since {
                snapshot: snapshot.octets.len(),
                ..Since::default()
            };
        }
        since.entries += 1;
        since.octets += body.len();
        let index = index(&after, &decision.events);
        let to = recipients(decision)?;
        let change = Change::Decide {
            body,
            mark,
            to,
            index,
            snapshot,
        };
        let account = Arc::new(after);
        Ok((
            change,
            Read {
                account,
                version,
                head: mark,
                floor: read.floor,
                since,
            },
        ))
    }

    /// The account as it was before this decision, when it is time. Before, so that at least one entry
    /// is read behind every snapshot: it has the time that the account has come to.
    fn snapshot(&self, read: &Read) -> Result<Option<Snapshot>, OperatorFault> {
        let Since {
            entries,
            octets,
            snapshot,
        } = read.since;
        let is_time = entries >= self.limits.snapshot_entries
            && octets >= snapshot.saturating_mul(self.limits.snapshot_share);
        if !is_time {
            return Ok(None);
        }
        self.ledger
            .snapshot(&read.account, read.version, read.head)
            .map(Some)
    }

    /// The answer where nothing is to be stored: that of the first time, should the request be known.
    async fn unstored(
        &self,
        read: &Read,
        act: &Act,
        request: &Request,
        made: Result<Made, OperatorFault>,
    ) -> Result<Outcome, OperatorFault> {
        if let Some(kept) = self.known(&act.account, request).await? {
            return self.first_answer(&act.account, Some(kept)).await;
        }
        let made = made.inspect_err(|_| self.counters.rejected())?;
        Ok(Outcome {
            reply: made.decision.reply,
            version: read.version,
            position: Position::ZERO,
            events: Vec::new(),
            codes: Vec::new(),
            is_repeated: false,
        })
    }

    /// The entry of a request that is known. No version is as high as this one, so nothing is stored.
    async fn known(
        &self,
        id: &AccountId,
        request: &Request,
    ) -> Result<Option<Kept>, OperatorFault> {
        let append = Append {
            account: id.clone(),
            expect: Version::new(i64::MAX.unsigned_abs()),
            request: request.clone(),
            at: Timestamp::EPOCH,
            change: Change::Decide {
                body: Vec::new(),
                mark: Mark::default(),
                to: Vec::new(),
                index: Index::default(),
                snapshot: None,
            },
        };
        match self.store.append(append).await? {
            Appended::Repeated(kept) => Ok(kept),
            Appended::Conflict { .. } => Ok(None),
            Appended::Stored { .. } => Err(StoreRefusal::Engine.into()),
        }
    }

    /// What a request was answered when it came first.
    async fn first_answer(
        &self,
        id: &AccountId,
        kept: Option<Kept>,
    ) -> Result<Outcome, OperatorFault> {
        let kept = kept.ok_or(StoreRefusal::RequestKeyReused)?;
        let entry = self.proven(id, &kept).await?;
        self.counters.repeated();
        Ok(Outcome {
            reply: entry.reply()?,
            version: kept.version,
            position: kept.position,
            events: Vec::new(),
            codes: Vec::new(),
            is_repeated: true,
        })
    }
}

const fn is_code(letter: &ToPerson) -> bool {
    matches!(letter, ToPerson::Verify { .. })
}

/// Whom a decision has something for, each once, in the order of the messages.
fn recipients(decision: &Decision) -> Result<Vec<ServiceId>, OperatorFault> {
    let mut to: Vec<ServiceId> = Vec::new();
    for delivery in &decision.outbox {
        if delivery.to.as_str() == PERSON {
            return Err(OperatorRefusal::Recipient.into());
        }
        if !to.contains(&delivery.to) {
            to.push(delivery.to.clone());
        }
    }
    if decision.to_person.iter().any(|letter| !is_code(letter)) {
        to.extend(ServiceId::parse(PERSON));
    }
    Ok(to)
}
