//! Pausing, resuming and withdrawing a consent (Consenting 2.0 §2.3, §3.2, §3.3).

use super::sign::by_operator;
use crate::account::{Account, Consent};
use crate::command::{Act, OwnerSigned};
use crate::decision::Decision;
use crate::env::Env;
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::ConsentId;
use mydata_core::jws::Verified;
use mydata_core::party::Party;
use mydata_core::time::Timestamp;
use mydata_record::chain::{ChainRefusal, Next};
use mydata_record::consent::Reason;
use mydata_record::consent::{ConsentChange, ConsentState, ConsentStatus};
use mydata_record::standing::Bar;

impl Account {
    #[expect(
        clippy::too_many_arguments,
        reason = "one for each member of the command"
    )]
    //= CN-17, CN-18, CN-25
    pub(super) fn change_consent(
        &self,
        act: &Act,
        cr_id: &ConsentId,
        change: ConsentChange,
        reason: Reason,
        signed: Option<&OwnerSigned>,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let consent = self.consent(cr_id).ok_or(Refusal::ConsentUnknown)?;
        if signed.is_some() && !act.capacity.is_for_owner() {
            return Err(Refusal::CapacityNotAllowed.into());
        }
        self.check_change(act, consent, change, signed.is_some(), env.now)?;
        if !act.capacity.may_give(reason) {
            return Err(Refusal::ReasonNotAllowed.into());
        }
        let status = signed.map(|signed| &signed.status);
        let next = self.next(consent, change, status, env)?;
        // The source stops first: it is the one that gives data away.
        if let Some(source) = self.mirror(consent, change) {
            let mirrored = signed.and_then(|signed| signed.mirrored.as_ref());
            let own_pause = source.chain.paused_by() == Some(Party::Owner);
            if mirrored.is_none() && change == ConsentChange::Reactivate && own_pause {
                return Err(Refusal::MirrorMissing.into());
            }
            let mirrored = self.next(source, change, mirrored, env)?;
            if mirrored.record().record_id == next.record().record_id {
                return Err(Refusal::RecordIdTaken.into());
            }
            d.consent_changed(env.now, act, source, (change, reason, true), mirrored);
        } else if signed.is_some_and(|signed| signed.mirrored.is_some()) {
            return Err(Refusal::MirrorNotWanted.into());
        }
        d.consent_changed(env.now, act, consent, (change, reason, false), next);
        Ok(())
    }

    /// The next status of a consent: the owner's where it is given, else the operator's.
    fn next(
        &self,
        consent: &Consent,
        change: ConsentChange,
        signed: Option<&Verified<ConsentStatus>>,
        env: &mut Env<'_>,
    ) -> Result<Next<ConsentStatus>, Rejection> {
        match signed {
            Some(status) => self.by_owner(&consent.chain, change.target(), status, env),
            None => by_operator(&consent.chain, change.target(), self.link_of(consent)?, env),
        }
    }

    /// The change itself, before anything is said of records: is it possible, and may whoever acts
    /// make it? Asked of a draft too.
    pub(crate) fn check_change(
        &self,
        act: &Act,
        consent: &Consent,
        change: ConsentChange,
        is_signed: bool,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let state = consent.chain.state();
        if state == ConsentState::Withdrawn {
            return Err(ChainRefusal::Terminal.into());
        }
        if state.after(change).is_none() {
            return Err(ChainRefusal::TransitionNotAllowed.into());
        }
        if change == ConsentChange::Reactivate {
            may_reactivate(act, consent, is_signed)?;
            if consent.terms().exp.is_some_and(|exp| now >= exp) {
                return Err(Bar::Expired.into());
            }
            // A sink may still have a token: the source's half is no way round a pause of its own.
            if self
                .sink_of(consent)
                .is_some_and(|sink| sink.chain.state() != ConsentState::Active)
            {
                return Err(Refusal::SinkNotActive.into());
            }
        }
        Ok(())
    }

    /// The sink's half, when this is the source's.
    pub(crate) fn sink_of(&self, consent: &Consent) -> Option<&Consent> {
        let id = &consent.terms().cr_id;
        self.consents()
            .map(|(_, other)| other)
            .find(|other| other.source() == Some(id))
    }

    /// The source's consent to which a change of a sink's is mirrored (CN-21, CN-22, C38): where
    /// the change is possible there, and a pause of its own is not lifted with the sink's.
    //= CN-21, CN-22
    pub(crate) fn mirror(&self, consent: &Consent, change: ConsentChange) -> Option<&Consent> {
        let source_id = consent.source()?;
        let source = self.consent(source_id)?;
        let possible = source.chain.state().after(change).is_some();
        let followed = source.pause.as_ref().is_none_or(|pause| pause.mirrored);
        let wanted = possible && (change != ConsentChange::Reactivate || followed);
        wanted.then_some(source)
    }
}

/// CN-19: who paused a consent resumes it; what the operator paused the owner may resume only where
/// the reason leaves it to them.
//= CN-19
pub(super) fn may_reactivate(
    act: &Act,
    consent: &Consent,
    owner_signed: bool,
) -> Result<(), Refusal> {
    let pause = consent.pause.as_ref();
    let by_owner = pause.is_none_or(|pause| pause.by.is_for_owner());
    if act.capacity.is_for_owner() {
        let left_to_owner = pause.is_none_or(|pause| pause.reason.owner_may_reactivate());
        return match (by_owner || left_to_owner, owner_signed) {
            (false, _) => Err(Refusal::ReactivationNotYours),
            (true, false) => Err(Refusal::ChangeNotSigned),
            (true, true) => Ok(()),
        };
    }
    if by_owner {
        return Err(Refusal::ReactivationNotYours);
    }
    Ok(())
}
