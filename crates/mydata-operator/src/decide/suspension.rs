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
        self.change_all(
            act,
            self.to_suspend(service),
            ConsentChange::Disable,
            env,
            d,
        )
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
        self.change_all(
            act,
            self.suspended(service),
            ConsentChange::Reactivate,
            env,
            d,
        )
    }

    /// One consent that cannot be changed does not keep the others.
    fn change_all<'a>(
        &self,
        act: &Act,
        consents: impl Iterator<Item = &'a ConsentId>,
        change: ConsentChange,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        for cr_id in consents {
            match self.change_consent(act, cr_id, change, REASON, None, env, d) {
                Err(Rejection::Rule(Refusal::OperatorKeyOther | Refusal::SinkNotActive))
                | Err(Rejection::Barred(Bar::Expired)) => {}
                changed => changed?,
            }
        }
        Ok(())
    }
}
