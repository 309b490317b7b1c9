//! What the signed records say.

use crate::receipt::{Actor, EventState, RecordRef, StatusEvent, StatusRef};
use mydata_core::crypto::Crypto;
use mydata_core::id::RecordId;
use mydata_core::jws::Verified;
use mydata_core::party::Party;
use mydata_core::time::Timestamp;
use mydata_record::chain::Chain;
use mydata_record::consent::{Consent, ConsentState, ConsentStatus, Reason};
use std::collections::BTreeMap;

/// Who changed a status, and why: the operator's own record of it (CN-18). A signature does not say
/// it, since an operator may sign what a person has asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Cause {
    /// Who.
    pub by: Actor,
    /// Why.
    pub reason: Option<Reason>,
}

/// The cause of each status record after the first.
pub type Causes = BTreeMap<RecordId, Cause>;

/// A record with its history up to `issued`: `giver` has given it, and the causes of what followed are
/// known. `Err` names every status record whose cause is not known, or cannot be.
pub(crate) fn record_ref<C: Consent>(
    consent: &Verified<C>,
    chain: &Chain<ConsentStatus>,
    giver: Actor,
    causes: &Causes,
    issued: Timestamp,
    crypto: &dyn Crypto,
) -> Result<RecordRef, Vec<RecordId>> {
    let terms = consent.terms();
    let mut events = Vec::with_capacity(2);
    let mut unknown = Vec::new();
    for (at, status) in chain.iter().enumerate() {
        let cause = if at == 0 {
            Some(&Cause {
                by: giver,
                reason: None,
            })
        } else {
            let known = causes.get(&status.record_id);
            known.filter(|cause| is_possible(status, cause, terms.exp))
        };
        let Some(cause) = cause else {
            unknown.push(status.record_id.clone());
            continue;
        };
        let record = StatusRef {
            record_id: status.record_id.clone(),
            sha256: status.digest(crypto),
        };
        events.push(StatusEvent {
            at: status.iat,
            state: state(status.consent_status, at == 0, *cause),
            by: cause.by,
            reason: cause.reason,
            record: Some(record),
        });
    }
    let is_open = events.last().is_some_and(|event| !event.state.is_end());
    if let Some(exp) = terms.exp.filter(|exp| *exp <= issued && is_open) {
        events.push(StatusEvent {
            at: exp,
            state: EventState::Expired,
            by: Actor::System,
            reason: Some(Reason::Expired),
            record: None,
        });
    }
    // A consent bears the owner's signature, or it would not be verified.
    let signed = consent.signed_by().first();
    let Some(signed) = signed.filter(|_| unknown.is_empty()) else {
        return Err(unknown);
    };
    Ok(RecordRef {
        role: terms.role,
        cr_id: terms.cr_id.clone(),
        slr_id: terms.slr_id.clone(),
        iat: terms.iat,
        kid: signed.key.kid().clone(),
        sha256: consent.digest(crypto),
        events,
    })
}

/// Whether a status record can have this cause. What the person has signed nobody else has brought
/// about, and time can be over only when there was an end to it.
fn is_possible(status: &Verified<ConsentStatus>, cause: &Cause, exp: Option<Timestamp>) -> bool {
    let is_for_person = matches!(cause.by, Actor::DataSubject | Actor::Representative);
    let is_over = exp.is_some_and(|exp| exp <= status.iat);
    (is_for_person || !status.is_signed_by(Party::Owner))
        && (is_over || cause.reason != Some(Reason::Expired))
}

/// What a consent is after a record. An end that the person brought about is a withdrawal, and one
/// that came with the time an expiry; any other was revoked.
const fn state(to: ConsentState, is_first: bool, cause: Cause) -> EventState {
    match (to, cause.by, cause.reason) {
        (ConsentState::Active, _, _) if is_first => EventState::Given,
        (ConsentState::Active, _, _) => EventState::Resumed,
        (ConsentState::Disabled, _, _) => EventState::Paused,
        (ConsentState::Withdrawn, _, Some(Reason::Expired)) => EventState::Expired,
        (ConsentState::Withdrawn, Actor::DataSubject | Actor::Representative, _) => {
            EventState::Withdrawn
        }
        (ConsentState::Withdrawn, Actor::Operator | Actor::Service | Actor::System, _) => {
            EventState::Revoked
        }
    }
}
