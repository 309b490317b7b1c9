//! The end of a link, and of the consents under it (Service Linking 2.0 §3.2, Consenting 2.0 §3.4).

use super::sign::by_operator;
use crate::account::{Account, Consent, Link};
use crate::command::{Act, Capacity};
use crate::decision::Decision;
use crate::env::Env;
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{ConsentId, LinkId};
use mydata_core::jws::Verified;
use mydata_record::consent::Reason;
use mydata_record::consent::{ConsentChange, ConsentState};
use mydata_record::link::{LinkState, LinkStatus};
use mydata_record::message::{LinkStatusDelivery, ToService};
use std::collections::BTreeSet;

impl Account {
    //= SL-23, SL-24, SL-26, SL-27, SL-28, SL-31, CN-62
    pub(super) fn remove_link(
        &self,
        act: &Act,
        link_id: &LinkId,
        signed: Option<&Verified<LinkStatus>>,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let link = self.link(link_id).ok_or(Refusal::LinkUnknown)?;
        let service = &link.record.service_id;
        if let Capacity::Service(actor) = &act.capacity
            && actor != service
        {
            return Err(Refusal::LinkUnknown.into());
        }
        if signed.is_some() && !act.capacity.is_for_owner() {
            return Err(Refusal::CapacityNotAllowed.into());
        }
        if link.chain.state() == LinkState::Removed {
            // Asked again: the same record is sent again (SL-31).
            let ssr = link.chain.latest().seal();
            d.tell(service, ToService::LinkStatus(LinkStatusDelivery { ssr }));
            return Ok(());
        }
        self.end_links(act, &[link_id], Reason::LinkRemoved, signed, env, d)
    }

    /// Ends links, and first each consent that goes with them, once; all for one reason. Signed by
    /// the owner, else by the operator.
    pub(super) fn end_links(
        &self,
        act: &Act,
        link_ids: &[&LinkId],
        reason: Reason,
        signed: Option<&Verified<LinkStatus>>,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let mut seen = BTreeSet::new();
        let ending = link_ids.iter().flat_map(|id| self.ending_with(id, reason));
        for cr_id in ending.filter(|id| seen.insert(*id)) {
            let ended = self.end_consent(act, cr_id, reason, env, d);
            // The owner's signature ends the link whatever keys the operator has lost: everything
            // under it is barred, and no token is issued on it. A source's half under another link
            // then stays open until its tokens end, unless the owner withdraws it. What stands under
            // a link that is removed already is barred whether it is signed or not.
            let may_stay = signed.is_some() || !self.is_under_active_link(cr_id);
            if !(may_stay && is_lost_key(ended)) {
                ended?;
            }
        }
        for link_id in link_ids {
            let link = self.link(link_id).ok_or(Refusal::LinkUnknown)?;
            let next = match signed {
                Some(status) => self.by_owner(&link.chain, LinkState::Removed, status, env)?,
                None => by_operator(&link.chain, LinkState::Removed, link, env)?,
            };
            d.link_changed(env.now, act, link, reason, next);
        }
        Ok(())
    }

    /// The consents that end with a link: its own, and for a sink's consent the source's too. The
    /// sink's half stays when the source's link goes; no token is issued on it (C09). When the
    /// service has left for good there is nothing to come back to, so both halves end (D42).
    //= SL-27, CN-23, CN-24, CN-60
    fn ending_with<'a>(&'a self, link_id: &LinkId, reason: Reason) -> Vec<&'a ConsentId> {
        let under = |consent: &Consent| consent.terms().slr_id == *link_id;
        let mut ending: Vec<&ConsentId> = Vec::new();
        for (cr_id, consent) in self.consents() {
            let source = consent.source();
            let loses_its_source = reason == Reason::ServiceLeft
                && source.and_then(|id| self.consent(id)).is_some_and(under);
            if under(consent) || loses_its_source {
                ending.extend(source);
                ending.push(cr_id);
            }
        }
        let mut seen = BTreeSet::new();
        ending.retain(|id| seen.insert(*id));
        let open = |id: &&ConsentId| {
            self.consent(id)
                .is_some_and(|c| c.chain.state() != ConsentState::Withdrawn)
        };
        ending.retain(open);
        ending
    }

    fn is_under_active_link(&self, cr_id: &ConsentId) -> bool {
        let link = self.consent(cr_id).map(|consent| self.link_of(consent));
        matches!(link, Some(Ok(link)) if link.is_active())
    }

    /// Ends one consent with the operator's signature.
    pub(super) fn end_consent(
        &self,
        act: &Act,
        cr_id: &ConsentId,
        reason: Reason,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let consent = self.consent(cr_id).ok_or(Refusal::ConsentUnknown)?;
        let link = self.link_of(consent)?;
        let next = by_operator(&consent.chain, ConsentState::Withdrawn, link, env)?;
        d.consent_changed(
            env.now,
            act,
            consent,
            (ConsentChange::Withdraw, reason, false),
            next,
        );
        Ok(())
    }

    /// The link under which a consent was given.
    pub(crate) fn link_of(&self, consent: &Consent) -> Result<&Link, Refusal> {
        self.link(&consent.terms().slr_id)
            .ok_or(Refusal::LinkUnknown)
    }
}

/// Whether only a key that the operator has no longer stood in the way.
pub(super) fn is_lost_key(ended: Result<(), Rejection>) -> bool {
    ended == Err(Rejection::Rule(Refusal::OperatorKeyOther))
}
