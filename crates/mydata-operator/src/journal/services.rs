//! What an event owes to the registry of its time.

use super::{JournalFault, JournalRefusal};
use crate::command::Told;
use crate::event::{Event, Fact};
use mydata_core::id::ServiceId;
use mydata_core::jwk::{KeyHistory, PublicKey};
use mydata_core::jws::{Payload, Verified};
use mydata_core::party::Party;

impl Event {
    /// The keys of a service on which this event rests: they came out of the registry when it was
    /// decided and are kept beside what they have signed, so an auditor holds them against the
    /// registry's history. Empty for what rests on keys of the account's own records.
    #[must_use]
    pub fn service_keys(&self) -> Vec<(&ServiceId, &PublicKey)> {
        match &self.fact {
            Fact::LinkingStarted { linking, .. } => {
                let keys = linking.service_keys.iter();
                keys.map(|key| (&linking.service_id, key)).collect()
            }
            Fact::Notified { notification, .. } => match notification {
                Told::Signed(record) => by_service(record.service_id(), record),
                Told::Encrypted(_) => Vec::new(),
            },
            Fact::ObjectionAnswered { record } => by_service(record.service_id(), record),
            Fact::SurrogateOffered { .. }
            | Fact::LinkProposed { .. }
            | Fact::Countersigned { .. }
            | Fact::Linked { .. }
            | Fact::LinkingEnded { .. }
            | Fact::LinkChanged { .. }
            | Fact::ProposalShown { .. }
            | Fact::ConsentGiven { .. }
            | Fact::ConsentChanged { .. }
            | Fact::ContractFiled { .. }
            | Fact::ContractEnded { .. }
            | Fact::TokenIssued { .. }
            | Fact::VerificationAsked { .. }
            | Fact::Activated { .. }
            | Fact::ExportOpened { .. }
            | Fact::Exported
            | Fact::Closing { .. }
            | Fact::Reopened
            | Fact::Ended
            | Fact::Erased
            | Fact::Subscribed { .. }
            | Fact::SubscriptionConfirmed { .. }
            | Fact::Objected { .. } => Vec::new(),
        }
    }

    /// Whether each of [`service_keys`](Self::service_keys) signed for its service at the time, by
    /// what `services` knows of them.
    ///
    /// # Errors
    /// [`JournalRefusal::ServiceKey`], also for a service that is not known.
    pub fn check_service_keys(
        &self,
        services: &dyn Fn(&ServiceId) -> Option<KeyHistory>,
    ) -> Result<(), JournalFault> {
        for (service, key) in self.service_keys() {
            let history = services(service).ok_or(JournalRefusal::ServiceKey)?;
            if history.at(self.at).all(|known| known != key) {
                return Err(JournalRefusal::ServiceKey.into());
            }
        }
        Ok(())
    }
}

fn by_service<'r, T: Payload>(
    service: &'r ServiceId,
    record: &'r Verified<T>,
) -> Vec<(&'r ServiceId, &'r PublicKey)> {
    let signed = record.signed_by().iter();
    let by_service = signed.filter(|signed| signed.party == Party::Service);
    by_service.map(|signed| (service, &signed.key)).collect()
}
