//! Messages that a service has refused, and what waits behind them.

use super::lane::is_damaged;
use super::{Courier, Dispatcher};
use crate::model::{Logged, Partition, Position};
use crate::operator::fault::{OperatorFault, OperatorRefusal};
use crate::paper::{Paper, PaperName, Shelf};
use crate::store::Store;
use mydata::core::id::{AccountId, ServiceId};
use serde::{Deserialize, Serialize};

/// At most so many documents are read at once.
const PAGE: usize = 256;

/// An entry whose messages a service has not taken. It has no word of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parked {
    /// The service.
    pub service: ServiceId,
    /// Where the entry stands.
    pub partition: Partition,
    /// Where the entry stands.
    pub position: Position,
    /// Whose it is.
    pub account: AccountId,
    /// How often it was refused; zero for what was never sent, because something before it is parked.
    pub attempts: u32,
    /// The code of the last refusal, or `behind`.
    pub code: Box<str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    attempts: u32,
    code: Box<str>,
}

impl Parked {
    fn name(service: &ServiceId, partition: Partition, position: Position) -> Option<PaperName> {
        let name = format!("{service}/{:05}/{:020}", partition.0, position.get());
        PaperName::new(Shelf::Parked, &name)
    }

    fn read(name: &PaperName, paper: &Paper) -> Option<Self> {
        let mut parts = name.name().rsplitn(3, '/');
        let position = parts.next()?.parse().ok()?;
        let partition = parts.next()?.parse().ok()?;
        let service = ServiceId::parse(parts.next()?).ok()?;
        let written: Written = serde_json::from_slice(&paper.octets).ok()?;
        Some(Self {
            service,
            partition: Partition(partition),
            position: Position::new(position),
            account: paper.account.clone()?,
            attempts: written.attempts,
            code: written.code,
        })
    }
}

/// Everything that is parked in a store.
///
/// # Errors
/// [`OperatorFault`].
pub async fn parked<S: Store>(store: &S) -> Result<Vec<Parked>, OperatorFault> {
    every(store, None).await
}

/// What is parked for a service, in the order of partitions and positions.
///
/// # Errors
/// [`OperatorFault`].
pub async fn parked_of<S: Store>(
    store: &S,
    service: &ServiceId,
) -> Result<Vec<Parked>, OperatorFault> {
    every(store, Some(service)).await
}

/// What is parked, for one service or for all, in the order of services, partitions and positions.
async fn every<S: Store>(store: &S, of: Option<&ServiceId>) -> Result<Vec<Parked>, OperatorFault> {
    let mut after = of.map(|service| format!("{service}/"));
    let prefix = after.clone().unwrap_or_default();
    let mut all = Vec::new();
    loop {
        let page = store.papers(Shelf::Parked, after.as_deref(), PAGE).await?;
        let Some((last, _)) = page.last() else {
            return Ok(all);
        };
        let is_last = !last.name().starts_with(&prefix);
        after = Some(last.name().to_owned());
        let read = page
            .iter()
            .filter_map(|(name, paper)| Parked::read(name, paper));
        all.extend(read.filter(|parked| of.is_none_or(|of| parked.service == *of)));
        if is_last {
            return Ok(all);
        }
    }
}

impl<S: Store, C: Courier> Dispatcher<S, C> {
    /// Everything that is parked.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn parked(&self) -> Result<Vec<Parked>, OperatorFault> {
        parked(self.store()).await
    }

    /// Parking what is parked already, after a crash, changes nothing.
    pub(super) async fn file_parked(
        &self,
        service: &ServiceId,
        partition: Partition,
        logged: &Logged,
        attempts: u32,
        code: &str,
    ) -> Result<(), OperatorFault> {
        let name = Parked::name(service, partition, logged.entry.position);
        let name = name.ok_or(OperatorRefusal::NameInvalid)?;
        let code = code.chars().take(64).collect::<String>().into();
        let octets = serde_json::to_vec(&Written { attempts, code }).unwrap_or_default();
        let paper = Paper {
            account: Some(logged.account.clone()),
            octets,
        };
        self.store().file(&name, 0, Some(&paper)).await?;
        Ok(())
    }

    /// Sends again what is parked for a service, once, in order: of an account up to the first message
    /// that is not taken. How many were taken.
    ///
    /// A lane that is under way holds on to the accounts that it knows as parked until it ends; new
    /// entries of theirs are parked behind, and taken by the next call.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn send_parked(&self, service: &ServiceId) -> Result<u64, OperatorFault> {
        let (mut taken, mut stuck) = (0, std::collections::BTreeSet::new());
        for parked in parked_of(self.store(), service).await? {
            if stuck.contains(&parked.account) {
                continue;
            }
            let before = Position::new(parked.position.get().saturating_sub(1));
            let page = self.store().log(parked.partition, None, before, 1).await?;
            let logged = page
                .into_iter()
                .next()
                .filter(|l| l.entry.position == parked.position);
            let is_taken = match &logged {
                // The account was erased in between.
                None => true,
                Some(logged) => match self.hand_over(service, parked.partition, logged).await {
                    Err(fault) if is_damaged(&fault) => false,
                    handed => handed?.is_ok(),
                },
            };
            if is_taken {
                self.give_up(&parked).await?;
                taken += 1;
            } else {
                stuck.insert(parked.account);
            }
        }
        Ok(taken)
    }

    /// Forgets a parked message: the service will never be told. For a service that is no more.
    ///
    /// # Errors
    /// [`OperatorRefusal::ParkedUnknown`] and other [`OperatorFault`]s.
    pub async fn give_up(&self, parked: &Parked) -> Result<(), OperatorFault> {
        let name = Parked::name(&parked.service, parked.partition, parked.position);
        let name = name.ok_or(OperatorRefusal::NameInvalid)?;
        let paper = self.store().paper(&name).await?;
        let (revision, _) = paper.ok_or(OperatorRefusal::ParkedUnknown)?;
        self.store().file(&name, revision, None).await?;
        Ok(())
    }
}
