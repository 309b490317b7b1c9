//! Filing and ending contracts (Framework 2.0 §7): storage, and nothing follows from it.

use crate::account::Account;
use crate::command::{Act, Capacity};
use crate::contract::{ContractEntry, ContractFiling};
use crate::decision::Decision;
use crate::env::Env;
use crate::event::Fact;
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{ContractId, ServiceId};
use mydata_record::standing::Bar;

/// A service files a handful of contracts; more versions than this are a program gone wild.
const MAX_ENTRIES: usize = 256;

impl Account {
    /// A contract, or a newer version of one, under an active link.
    //= FW-24
    pub(super) fn file_contract(
        &self,
        act: &Act,
        filing: &ContractFiling,
        env: &Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let link = self.link(&filing.link_id).ok_or(Refusal::LinkUnknown)?;
        let service = &link.record.service_id;
        if is_another(&act.capacity, service) {
            return Err(Refusal::LinkUnknown.into());
        }
        if !link.is_active() {
            return Err(Bar::LinkRemoved.into());
        }
        filing.check()?;
        if let Some(contract) = self.contract(service, &filing.id) {
            if contract.ended().is_some() {
                return Err(Refusal::ContractEnded.into());
            }
            let mut versions = contract.history().map(|entry| &entry.filing.version);
            if versions.any(|version| *version == filing.version) {
                return Err(Refusal::ContractVersionTaken.into());
            }
        }
        let entries = self.contracts().map(|(_, contract)| contract.history());
        let of_service = entries.flatten().filter(|e| e.service_id == *service);
        if of_service.count() >= MAX_ENTRIES {
            return Err(Refusal::ContractMany.into());
        }
        let entry = ContractEntry {
            service_id: service.clone(),
            filing: filing.clone(),
            iat: env.now,
        };
        d.record(env.now, act, Fact::ContractFiled { entry });
        Ok(())
    }

    /// A contract is over; its versions stay.
    //= FW-24
    pub(super) fn end_contract(
        &self,
        act: &Act,
        (service_id, id): (&ServiceId, &ContractId),
        env: &Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        if is_another(&act.capacity, service_id) {
            return Err(Refusal::ContractUnknown.into());
        }
        let contract = self.contract(service_id, id);
        let contract = contract.ok_or(Refusal::ContractUnknown)?;
        if contract.ended().is_some() {
            return Err(Refusal::ContractEnded.into());
        }
        let fact = Fact::ContractEnded {
            service_id: service_id.clone(),
            id: id.clone(),
        };
        d.record(env.now, act, fact);
        Ok(())
    }
}

/// Whether a service acts for what is not its own: to it, that does not exist.
fn is_another(capacity: &Capacity, owner: &ServiceId) -> bool {
    matches!(capacity, Capacity::Service(actor) if actor != owner)
}
