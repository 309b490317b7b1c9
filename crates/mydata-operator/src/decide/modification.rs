//! Changing a consent: the old one is withdrawn and a new one given (Consenting 2.0 §3).

use super::change::may_reactivate;
use crate::account::{Account, Consent};
use crate::command::{Act, Modification, NewConsent};
use crate::decision::Decision;
use crate::env::Env;
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{ConsentId, ServiceId};
use mydata_core::time::Timestamp;
use mydata_record::consent::Reason;
use mydata_record::consent::{AnyConsent, ConsentChange, ConsentState};

impl Account {
    /// One decision: the old consent ends as by a withdrawal, and the new one is given as by any
    /// consent, or nothing happens.
    //= CN-42
    pub(super) fn modify_consent(
        &self,
        act: &Act,
        modification: &Modification,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let Modification {
            cr_id,
            withdrawal,
            consent,
        } = modification;
        let (source, sink) = match consent {
            NewConsent::Single { service, .. } => (None, service),
            NewConsent::Pair(pair) => (Some(&pair.source_service), &pair.sink_service),
        };
        let source = source.map(|source| &source.description.service_id);
        let sink = &sink.description.service_id;
        self.check_modification(act, cr_id, source, sink, env.now)?;
        // Signed by the owner throughout: no half is left to the operator's signature (D40).
        let source = self
            .consent(cr_id)
            .and_then(|old| self.consent(old.source()?));
        let is_open = source.is_some_and(|half| half.chain.state() != ConsentState::Withdrawn);
        if is_open && withdrawal.mirrored.is_none() {
            return Err(Refusal::MirrorMissing.into());
        }
        let (change, reason) = (ConsentChange::Withdraw, Reason::OwnerWish);
        self.change_consent(act, cr_id, change, reason, Some(withdrawal), env, d)?;
        // The new consent is held against the account in which the old one is over.
        let mut after = self.clone();
        for event in &d.events {
            after.apply(event);
        }
        after.give_consent(act, consent, env, d)
    }

    /// Whether this consent may be replaced by one between these services. Asked of a draft too.
    pub(crate) fn check_modification(
        &self,
        act: &Act,
        cr_id: &ConsentId,
        source: Option<&ServiceId>,
        sink: &ServiceId,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let old = self.consent(cr_id).ok_or(Refusal::ConsentUnknown)?;
        if matches!(old.record, AnyConsent::Source(_)) {
            return Err(Refusal::ModificationOfSource.into());
        }
        let old_source = old.source().and_then(|id| self.consent(id));
        let named = |consent: &Consent| consent.terms().subject_id.clone();
        if old_source.map(named).as_ref() != source || old.terms().subject_id != *sink {
            return Err(Refusal::ModificationServices.into());
        }
        for half in std::iter::once(old).chain(old_source) {
            match self.standing_of(half, now).permit() {
                // What is over is not changed: that takes a new consent.
                Err(bar) if bar.is_final() => return Err(bar.into()),
                Ok(()) | Err(_) => {}
            }
            // The new consent is active, so whoever may not end a pause may not get round it.
            if half.chain.state() == ConsentState::Disabled {
                may_reactivate(act, half, true)?;
            }
        }
        Ok(())
    }
}
