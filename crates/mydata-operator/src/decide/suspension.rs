//! What it means for one account that the operator suspends a service, and lets it go on.

use crate::account::{Account, Consent};
use crate::command::Act;
use crate::decision::Decision;
use crate::env::Env;
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{ConsentId, ServiceId};
use mydata_record::consent::{ConsentChange, ConsentState, Reason};
use mydata_record::standing::Bar;

/// Why the operator pauses here, and which pauses it lifts again.
const REASON: Reason = Reason::ServiceSuspended;

impl Account {
    /// The consents of the service that a suspension pauses: those that are active.
    pub fn to_suspend<'a>(&'a self, service: &ServiceId) -> impl Iterator<Item = &'a ConsentId> {
        self.consents_of(service, |consent| {
            consent.chain.state() == ConsentState::Active
        })
    }

    /// The consents of the service that a suspension has paused, and that are still paused.
    pub fn suspended<'a>(&'a self, service: &ServiceId) -> impl Iterator<Item = &'a ConsentId> {
        self.consents_of(service, |consent| {
            let pause = consent.pause.as_ref();
            pause.is_some_and(|pause| pause.reason == REASON)
        })
    }

    fn consents_of<'a>(
        &'a self,
        service: &ServiceId,
        which: impl Fn(&Consent) -> bool,
    ) -> impl Iterator<Item = &'a ConsentId> {
        self.consents()
            .filter(move |(_, consent)| consent.terms().subject_id == *service && which(consent))
            .map(|(cr_id, _)| cr_id)
    }

    /// All of [`to_suspend`](Self::to_suspend) in one decision. What the operator has lost the key for
    /// stays as it is and does not keep the others. Asked again, it finds nothing left to do.
    pub(super) fn suspend_service(
        &self,
        act: &Act,
        service: &ServiceId,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        for cr_id in self.to_suspend(service) {
            changed_or_left(self.change_consent(
                act,
                cr_id,
                ConsentChange::Disable,
                REASON,
                None,
                env,
                d,
            ))?;
        }
        Ok(())
    }

    /// All of [`suspended`](Self::suspended) in one decision, but those that nobody could reactivate: a
    /// consent that has expired, a source's while its sink's is paused.
    pub(super) fn resume_service(
        &self,
        act: &Act,
        service: &ServiceId,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        for cr_id in self.suspended(service) {
            changed_or_left(self.change_consent(
                act,
                cr_id,
                ConsentChange::Reactivate,
                REASON,
                None,
                env,
                d,
            ))?;
        }
        Ok(())
    }
}

/// One consent that cannot be changed does not keep the others.
fn changed_or_left(changed: Result<(), Rejection>) -> Result<(), Rejection> {
    let is_left = changed == Err(Refusal::OperatorKeyOther.into())
        || changed == Err(Refusal::SinkNotActive.into())
        || changed == Err(Bar::Expired.into());
    if is_left { Ok(()) } else { changed }
}
