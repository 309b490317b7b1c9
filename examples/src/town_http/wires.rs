//! The lines of the town, each with somebody on it who hears every octet.

use super::process::Process;
use super::wire::Wire;
use crate::durable::house::Fault;
use mydata::core::id::ServiceId;
use std::collections::BTreeMap;

/// All that is said to or by the operator goes over lines of its own.
#[derive(Debug)]
pub struct Wires {
    /// From services to the operator.
    pub operator: Wire,
    /// From residents to the operator.
    pub people: Wire,
    /// From the operator to the identity provider.
    pub login: Wire,
    /// From the operator to each service.
    pub from_operator: BTreeMap<ServiceId, Wire>,
    /// From services to each service.
    pub service: BTreeMap<ServiceId, Wire>,
    /// From the gateway to the register.
    pub register: Wire,
}

impl Wires {
    /// A wire before everybody.
    ///
    /// # Errors
    /// When there is no port left.
    pub async fn lay(
        [operator, register, login]: [&Process; 3],
        services: &BTreeMap<ServiceId, Process>,
    ) -> Result<Self, Fault> {
        let (mut from_operator, mut service) = (BTreeMap::new(), BTreeMap::new());
        for (id, process) in services {
            from_operator.insert(id.clone(), Wire::lay(process.ready.at).await?);
            service.insert(id.clone(), Wire::lay(process.ready.at).await?);
        }
        Ok(Self {
            operator: Wire::lay(operator.ready.at).await?,
            people: Wire::lay(operator.ready.people.ok_or("nowhere for people")?).await?,
            login: Wire::lay(login.ready.at).await?,
            register: Wire::lay(register.ready.at).await?,
            from_operator,
            service,
        })
    }

    /// Everything that has reached the operator's process, or has left it.
    #[must_use]
    pub fn of_operator(&self) -> Vec<u8> {
        let mut all = self.operator.heard();
        all.extend(self.people.heard());
        all.extend(self.login.heard());
        for wire in self.from_operator.values() {
            all.extend(wire.heard());
        }
        all
    }
}
