//! Mass operations: one command an account, over many accounts, resumable anywhere.
//!
//! A job has a name. What it has come to stands in the store under the name after each page of accounts,
//! so a job that was stopped, or whose process was killed, goes on when it is begun again by its name; an
//! account that was decided and not counted is visited again and finds nothing left to do.

use crate::fault::StoreRefusal;
use crate::model::{Request, RequestKey, Which};
use crate::operator::fault::{OperatorFault, OperatorRefusal};
use crate::operator::{Operator, Outcome};
use crate::paper::{Paper, PaperName, Revision, Shelf};
use crate::store::Store;
use mydata::core::crypto::Crypto;
use mydata::core::id::{AccountId, ActorId, ServiceId};
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::operator::{Account, Act, Capacity, Command, Lifecycle};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Accounts between two notes of how far it has come.
const PAGE: usize = 256;

/// What is done in every account that it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Task {
    /// What has come to its end is ended: consents, linkings left lying, accounts whose grace is over. An
    /// account that has ended, and of which every service has been told, is erased.
    Expire,
    /// Every consent of the service that is active is paused, with the operator's signature: one command
    /// an account.
    Suspend(ServiceId),
    /// Every consent that a [`Suspend`](Self::Suspend) has paused goes on.
    Resume(ServiceId),
    /// The service leaves: its links end with all that rests on them. To be run once the registry has
    /// closed the service.
    Deregister(ServiceId),
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// What it does.
    pub task: Task,
    /// Accounts that there were when it began.
    pub total: u64,
    /// Accounts visited.
    pub visited: u64,
    /// Commands that were stored.
    pub stored: u64,
    /// Accounts that wait: their services have yet to be told before they are erased.
    pub waiting: u64,
    /// Commands that accounts have refused, or could not carry out to their end.
    pub refused: u64,
    /// Accounts that could not be read, or were busy each time: to be looked at, and visited by another job.
    #[serde(default)]
    pub failed: u64,
    /// Whether every account was visited.
    pub is_finished: bool,
    /// The last account that was visited and is still there; none when it is finished. The id of an
    /// account that was erased stands nowhere.
    cursor: Option<AccountId>,
}

/// How a job is run.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Run {
    /// Its name: 1 to 60 visible characters.
    pub name: Box<str>,
    /// Who runs it: stands in every event.
    pub actor: ActorId,
    /// Accounts at once: commands of several accounts share a commit.
    pub at_once: NonZeroUsize,
}

/// What came of one account.
#[derive(Debug, Default)]
struct Visit {
    stored: u64,
    waiting: u64,
    refused: u64,
    /// The account, when it is no more.
    gone: Option<AccountId>,
    failed: u64,
}

impl Task {
    fn which(&self, now: Timestamp) -> Which {
        match self {
            Self::Expire => Which::Due(now),
            Self::Suspend(service) | Self::Resume(service) | Self::Deregister(service) => {
                Which::Of(service.clone())
            }
        }
    }

    /// What is asked of an account, each command with what it is about.
    fn commands(&self, account: &Account) -> Vec<(String, Command)> {
        let is_over = matches!(account.lifecycle(), Lifecycle::Ended | Lifecycle::Erased);
        match self {
            Self::Expire if is_over => vec![("erase".to_owned(), Command::Erase)],
            _ if is_over => Vec::new(),
            Self::Expire => vec![(format!("expire {}", account.version()), Command::Expire)],
            Self::Suspend(service) if self.has_left(account) => {
                let service_id = service.clone();
                let about = format!("suspend {}", account.version());
                vec![(about, Command::SuspendService { service_id })]
            }
            Self::Resume(service) if self.has_left(account) => {
                let service_id = service.clone();
                let about = format!("resume {}", account.version());
                vec![(about, Command::ResumeService { service_id })]
            }
            Self::Suspend(_) | Self::Resume(_) => Vec::new(),
            Self::Deregister(service) => {
                let service_id = service.clone();
                vec![("leaves".to_owned(), Command::EndService { service_id })]
            }
        }
    }

    /// Whether consents of the service are left that it would change: before it there is work, after it
    /// there is what could not be done.
    fn has_left(&self, account: &Account) -> bool {
        match self {
            Self::Suspend(service) => account.to_suspend(service).next().is_some(),
            Self::Resume(service) => account.suspended(service).next().is_some(),
            Self::Expire | Self::Deregister(_) => false,
        }
    }
}

impl<S: Store> Operator<S> {
    /// How far a job has come; `None` for a name that is not known.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn job(&self, name: &str) -> Result<Option<Progress>, OperatorFault> {
        Ok(self
            .noted(&paper_name(name)?)
            .await?
            .map(|(_, progress)| progress))
    }

    /// Runs a job to its end, or until `stop` becomes true, from where it was stopped; `watch` is told
    /// after each page. One that is finished is not begun again: that is a job of another name.
    ///
    /// # Errors
    /// [`OperatorRefusal::JobOther`] when the job of this name does something else, and other
    /// [`OperatorFault`]s: what was done stays done, and stays counted up to the last page.
    pub async fn run(
        self: &Arc<Self>,
        run: &Run,
        task: &Task,
        stop: watch::Receiver<bool>,
        mut watch: impl FnMut(&Progress) + Send,
    ) -> Result<Progress, OperatorFault> {
        let name = paper_name(&run.name)?;
        let (mut revision, mut progress) = match self.noted(&name).await? {
            Some((_, other)) if other.task != *task => return Err(OperatorRefusal::JobOther.into()),
            Some(known) => known,
            None => (0, self.begin(task).await?),
        };
        while !progress.is_finished && !*stop.borrow() {
            let which = task.which(self.clock().now());
            let page = self
                .store()
                .accounts(&which, progress.cursor.as_ref(), PAGE)
                .await?;
            if page.is_empty() {
                progress.is_finished = true;
                progress.cursor = None;
            }
            let mut gone = BTreeSet::new();
            for visit in self.visit_all(page.clone(), run, task).await? {
                progress.visited += 1;
                progress.stored += visit.stored;
                progress.waiting += visit.waiting;
                progress.refused += visit.refused;
                progress.failed += visit.failed;
                gone.extend(visit.gone);
            }
            // What is gone is not listed again, so whoever goes on before it meets it no more.
            let last = page.into_iter().rev().find(|id| !gone.contains(id));
            progress.cursor = last.or(progress.cursor);
            let octets = serde_json::to_vec(&progress).unwrap_or_default();
            let paper = Paper {
                account: None,
                octets,
            };
            if !self.store().file(&name, revision, Some(&paper)).await? {
                // Somebody else runs it.
                return Err(OperatorRefusal::Contended.into());
            }
            revision += 1;
            watch(&progress);
        }
        Ok(progress)
    }

    async fn noted(&self, name: &PaperName) -> Result<Option<(Revision, Progress)>, OperatorFault> {
        let Some((revision, paper)) = self.store().paper(name).await? else {
            return Ok(None);
        };
        let progress = serde_json::from_slice(&paper.octets);
        Ok(Some((
            revision,
            progress.map_err(|_| StoreRefusal::Corrupt)?,
        )))
    }

    async fn begin(&self, task: &Task) -> Result<Progress, OperatorFault> {
        let which = task.which(self.clock().now());
        let (mut total, mut after) = (0, None);
        loop {
            let page = self.store().accounts(&which, after.as_ref(), 4096).await?;
            total += page.len() as u64;
            match page.into_iter().next_back() {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        Ok(Progress {
            task: task.clone(),
            total,
            visited: 0,
            stored: 0,
            waiting: 0,
            refused: 0,
            failed: 0,
            is_finished: false,
            cursor: None,
        })
    }

    async fn visit_all(
        self: &Arc<Self>,
        accounts: Vec<AccountId>,
        run: &Run,
        task: &Task,
    ) -> Result<Vec<Visit>, OperatorFault> {
        let (mut visits, mut under_way) = (Vec::with_capacity(accounts.len()), JoinSet::new());
        for account in accounts {
            if under_way.len() >= run.at_once.get()
                && let Some(visit) = under_way.join_next().await
            {
                visits.push(visit.map_err(|_| OperatorRefusal::Closing)??);
            }
            let (operator, run, task) = (Arc::clone(self), run.clone(), task.clone());
            under_way.spawn(async move { operator.visit(account, &run, &task).await });
        }
        while let Some(visit) = under_way.join_next().await {
            visits.push(visit.map_err(|_| OperatorRefusal::Closing)??);
        }
        Ok(visits)
    }

    async fn visit(&self, id: AccountId, run: &Run, task: &Task) -> Result<Visit, OperatorFault> {
        let mut visit = Visit::default();
        match self.visit_one(&mut visit, id.clone(), run, task).await {
            // It was erased in between.
            Err(OperatorFault::Store(fault)) if is_gone(fault.refusal()) => {
                visit.gone = Some(id);
                Ok(visit)
            }
            // One account does not keep a service from being suspended in all others.
            Err(fault) if is_its_own(&fault) => {
                visit.failed += 1;
                Ok(visit)
            }
            other => other.map(|()| visit),
        }
    }

    async fn visit_one(
        &self,
        visit: &mut Visit,
        id: AccountId,
        run: &Run,
        task: &Task,
    ) -> Result<(), OperatorFault> {
        let account = self.account(&id).await?;
        let act = Act {
            account: id,
            actor: run.actor.clone(),
            capacity: Capacity::System,
        };
        for (about, command) in task.commands(&account) {
            let request = request(&run.name, &about)?;
            match self.patiently(&act, &request, &command).await {
                Ok(outcome)
                    if outcome.position.get() == 0 && !matches!(command, Command::Erase) =>
                {
                    visit.refused += u64::from(task.has_left(&account));
                }
                Ok(_) if matches!(command, Command::Erase) => {
                    visit.stored += 1;
                    visit.gone = Some(act.account.clone());
                }
                Ok(_) => {
                    visit.stored += 1;
                    let is_left = task.has_left(&*self.account(&act.account).await?);
                    visit.refused += u64::from(is_left);
                }
                Err(OperatorFault::Rejected(_)) => visit.refused += 1,
                Err(OperatorFault::Store(fault))
                    if fault.refusal() == StoreRefusal::Undelivered =>
                {
                    visit.waiting += 1;
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// A job gives way to people, and comes again.
    async fn patiently(
        &self,
        act: &Act,
        request: &Request,
        command: &Command,
    ) -> Result<Outcome, OperatorFault> {
        let mut pause = Duration::from_millis(5);
        loop {
            match self.execute(act, request, command).await {
                Err(fault) if is_busy(&fault) && pause < Duration::from_secs(5) => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                other => return other,
            }
        }
    }
}

/// Too much is under way.
fn is_busy(fault: &OperatorFault) -> bool {
    match fault {
        OperatorFault::Store(fault) => fault.refusal() == StoreRefusal::Busy,
        OperatorFault::Rule(refusal) => {
            matches!(refusal, OperatorRefusal::Busy | OperatorRefusal::Contended)
        }
        OperatorFault::Rejected(_)
        | OperatorFault::Journal(_)
        | OperatorFault::Vault(_)
        | OperatorFault::Keys(_)
        | OperatorFault::Directory(_) => false,
    }
}

/// Whether it is about one account, and the next one may be well.
fn is_its_own(fault: &OperatorFault) -> bool {
    match fault {
        OperatorFault::Store(fault) => matches!(
            fault.refusal(),
            StoreRefusal::RequestKeyReused | StoreRefusal::IdTaken | StoreRefusal::Busy
        ),
        OperatorFault::Rule(refusal) => matches!(
            refusal,
            OperatorRefusal::Busy | OperatorRefusal::Contended | OperatorRefusal::MarkBroken
        ),
        OperatorFault::Rejected(_) | OperatorFault::Journal(_) => true,
        OperatorFault::Vault(_) | OperatorFault::Keys(_) | OperatorFault::Directory(_) => false,
    }
}

const fn is_gone(refusal: StoreRefusal) -> bool {
    matches!(
        refusal,
        StoreRefusal::AccountErased | StoreRefusal::AccountUnknown
    )
}

/// The same for the same job and matter, so that a visit that is made again asks nothing new.
fn request(job: &str, about: &str) -> Result<Request, OperatorFault> {
    let digest = Ring.sha256(format!("{job}\n{about}").as_bytes());
    let key = RequestKey::kept(&format!("job:{}", digest.to_base64url()));
    Ok(Request {
        key: key.ok_or(OperatorRefusal::NameInvalid)?,
        digest,
    })
}

fn paper_name(name: &str) -> Result<PaperName, OperatorFault> {
    let fits = (1..=60).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
    let paper = PaperName::new(Shelf::Job, name).filter(|_| fits);
    paper.ok_or_else(|| OperatorRefusal::NameInvalid.into())
}
