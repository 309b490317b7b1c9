//! Linking, from the service's side (Service Linking 2.0 §3.1).

use crate::effect::{Effect, Installed};
use crate::holding::{HeldLink, PendingLink, Service, life_of};
use crate::known::Setting;
use crate::refusal::{Refusal, ServiceRefusal};
use mydata_core::crypto::{Random, Signer};
use mydata_core::id::{LinkCode, LinkId, OperatorId, SurrogateId};
use mydata_core::jwk::PublicKey;
use mydata_core::party::{Party, PartyKeys};
use mydata_core::time::{Seconds, Timestamp};
use mydata_record::chain::Chain;
use mydata_record::link::LinkRecord;
use mydata_record::message::{
    CodeData, Countersigned, LinkCopyRequest, LinkDelivery, LinkInvitation, LinkProposalDelivery,
    LinkRemoval, SurrogateOffer,
};
use mydata_record::notification::Subscribed;
use mydata_record::possession::ProofScheme;
use std::collections::BTreeMap;

/// A linking that has not gone on for so long is forgotten when its room is needed.
const PATIENCE: Seconds = Seconds::minutes(60);

/// So many linkings may be under way: more than a busy day has, and bounded all the same.
const MAX_UNDER_WAY: usize = 100_000;

impl Service {
    /// The person, signed in at the service, wishes to link it to `operator`: gives the surrogate
    /// to take along. The invitation that follows names it.
    ///
    /// # Errors
    /// [`Refusal`].
    //= SL-12, SL-14
    pub fn start_linking(
        &mut self,
        operator: &OperatorId,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<SurrogateId, Refusal> {
        self.operator(operator)?;
        self.make_room(now)?;
        let surrogate = SurrogateId::from_random(random.bits128()?);
        self.offered
            .insert(surrogate.clone(), (operator.clone(), now));
        Ok(surrogate)
    }

    /// Whether there is room for one more; for that, linkings that were left lying are forgotten.
    fn make_room(&mut self, now: Timestamp) -> Result<(), ServiceRefusal> {
        let is_full =
            |service: &Self| service.pending.len() + service.offered.len() >= MAX_UNDER_WAY;
        if is_full(self) {
            let fresh = |since: Timestamp| now < since.plus(PATIENCE);
            self.pending.retain(|_, pending| fresh(pending.since));
            self.offered.retain(|_, (_, since)| fresh(*since));
        }
        if is_full(self) {
            return Err(ServiceRefusal::TooManyLinkings);
        }
        Ok(())
    }

    pub(crate) fn invited(
        &mut self,
        invitation: &LinkInvitation,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        self.operator(setting.from)?;
        if invitation.service_id != self.id {
            return Err(ServiceRefusal::ServiceOther.into());
        }
        if invitation.operator_id != *setting.from {
            return Err(ServiceRefusal::OperatorOther.into());
        }
        let under_way = self
            .pending
            .get(&invitation.code)
            .map(|pending| &pending.operator);
        if let Some(operator) = under_way.or_else(|| self.linked.get(&invitation.code)) {
            return if operator == setting.from {
                Ok(Installed::Already)
            } else {
                Err(ServiceRefusal::CodeTaken.into())
            };
        }
        // A surrogate in an invitation must be one that was given for this operator: then the
        // person has confirmed here before they left.
        if let Some(named) = &invitation.surrogate_id {
            let offered = self.offered.get(named).map(|(operator, _)| operator);
            if offered != Some(setting.from) {
                return Err(ServiceRefusal::SurrogateUnknown.into());
            }
            self.offered.remove(named);
        } else {
            self.make_room(setting.now)?;
        }
        let pending = PendingLink {
            operator: setting.from.clone(),
            since: setting.now,
            surrogate_id: invitation.surrogate_id.clone(),
            proof: None,
            proposal: None,
        };
        self.pending.insert(invitation.code.clone(), pending);
        Ok(Installed::New(vec![Effect::AskPerson {
            code: invitation.code.clone(),
        }]))
    }

    /// The person has signed in at the service and confirmed the linking (SL-17): gives what the
    /// operator must be sent. A sink passes its proof-of-possession key, with which it will sign its
    /// requests in the framework's own way; for DPoP there is
    /// [`confirm_linking_with`](Self::confirm_linking_with).
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn confirm_linking(
        &mut self,
        code: &LinkCode,
        pop_key: Option<&PublicKey>,
        random: &mut dyn Random,
    ) -> Result<SurrogateOffer, Refusal> {
        self.confirm_linking_with(code, pop_key.map(|key| (key, ProofScheme::Pop)), random)
    }

    /// The same for a sink that says how it will prove that it holds its key, for as long as the link
    /// is. The record that it is asked to sign must say so too. Said once, it stays: to choose otherwise
    /// is to link again.
    ///
    /// # Errors
    /// [`Refusal`]; [`ServiceRefusal::SchemeOther`] when this linking has been confirmed with another.
    //= SL-12, SL-16, SL-17
    pub fn confirm_linking_with(
        &mut self,
        code: &LinkCode,
        pop: Option<(&PublicKey, ProofScheme)>,
        random: &mut dyn Random,
    ) -> Result<SurrogateOffer, Refusal> {
        let pending = self
            .pending
            .get_mut(code)
            .ok_or(ServiceRefusal::CodeUnknown)?;
        let proof = pop.map(|(_, proof)| proof).unwrap_or_default();
        if pending.proof.is_some_and(|said| said != proof) {
            return Err(ServiceRefusal::SchemeOther.into());
        }
        let surrogate_id = match &pending.surrogate_id {
            Some(surrogate) => surrogate.clone(),
            None => SurrogateId::from_random(random.bits128()?),
        };
        pending.surrogate_id = Some(surrogate_id.clone());
        pending.proof = Some(proof);
        Ok(SurrogateOffer {
            code: code.clone(),
            surrogate_id,
            pop_key: pop.map(|(key, _)| key.clone()),
            x_mydata: proof.to_extension(),
        })
    }

    /// Verifies the record that the owner has signed and signs it too (SL-19, C29): only for a
    /// linking that the person has confirmed here, the surrogate given for it, and an operator key
    /// that was known before.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is signed then.
    //= SL-11, SL-17, SL-19, SL-48
    pub fn countersign(
        &mut self,
        delivery: &LinkProposalDelivery,
        signer: &dyn Signer,
        setting: Setting<'_>,
    ) -> Result<Countersigned, Refusal> {
        let operator = self.operator(setting.from)?;
        let code = &delivery.data.code;
        let pending = self.pending.get(code).ok_or(ServiceRefusal::CodeUnknown)?;
        if pending.operator != *setting.from {
            return Err(ServiceRefusal::CodeUnknown.into());
        }
        let surrogate = pending
            .surrogate_id
            .as_ref()
            .ok_or(ServiceRefusal::NotConfirmed)?;
        let proof = pending.proof.ok_or(ServiceRefusal::NotConfirmed)?;
        let unverified = delivery.slr.open()?;
        let claimed = unverified.hint();
        if claimed.service_id != self.id {
            return Err(ServiceRefusal::ServiceOther.into());
        }
        if claimed.operator_id != *operator.id() {
            return Err(ServiceRefusal::OperatorOther.into());
        }
        let known = operator.status_keys().get(claimed.operator_key.kid());
        let known = known.filter(|life| life.key == claimed.operator_key);
        let known = known.ok_or(ServiceRefusal::OperatorKeyUnknown)?;
        // What begins now begins with a key that signs now, whatever time the record states.
        if !known.covers(setting.now) {
            return Err(ServiceRefusal::OperatorKeyNotInForce.into());
        }
        if claimed.surrogate_id != *surrogate {
            return Err(ServiceRefusal::SurrogateUnknown.into());
        }
        if claimed.proof_scheme() != proof {
            return Err(ServiceRefusal::SchemeOther.into());
        }
        let cr_keys = claimed.cr_keys.clone();
        let others = || self.keys.keys().chain([&claimed.operator_key]);
        let is_anothers = |key: &PublicKey| others().any(|other| key.overlaps(other));
        if cr_keys.iter().any(is_anothers) {
            return Err(ServiceRefusal::KeysOverlap.into());
        }
        let keys = PartyKeys::none().with(Party::Owner, &cr_keys);
        let proposal = unverified.verify(setting.crypto, &keys)?;
        let slr = proposal.countersign::<LinkRecord>(signer)?.seal();
        if let Some(pending) = self.pending.get_mut(code) {
            pending.proposal = Some(proposal);
        }
        Ok(Countersigned {
            data: CodeData { code: code.clone() },
            slr,
        })
    }

    //= SL-01, SL-04
    pub(crate) fn install_link(
        &mut self,
        delivery: &LinkDelivery,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        let operator = self.operator(setting.from)?;
        let unverified = delivery.slr.open()?;
        let claimed = unverified.hint();
        if claimed.service_id != self.id {
            return Err(ServiceRefusal::ServiceOther.into());
        }
        if claimed.operator_id != *operator.id() {
            return Err(ServiceRefusal::OperatorOther.into());
        }
        // The owner's keys are those in the record: the service's own signature over them, which
        // is verified here as well, says that it has accepted them before.
        let cr_keys = claimed.cr_keys.clone();
        let operator_key = life_of(&claimed.operator_key, Some(operator));
        let keys = PartyKeys::none()
            .with(Party::Owner, &cr_keys)
            .with_history(Party::Service, &self.keys);
        let record = unverified.verify(setting.crypto, &keys)?;
        let status = delivery.ssr.open()?;
        let keys = keys.with_history(Party::Operator, &operator_key);
        let status = status.verify(setting.crypto, &keys)?;
        if let Some(held) = self.links.get(&record.link_id) {
            return if held.record == record && held.chain.iter().any(|known| *known == status) {
                Ok(Installed::Already)
            } else {
                Err(ServiceRefusal::HeldLinkDiffers.into())
            };
        }
        let code = self.pending.iter().find_map(|(code, pending)| {
            let ours = pending.proposal.as_ref().is_some_and(|p| p.0 == *record);
            ours.then(|| code.clone())
        });
        let chain = Chain::begin(status, &record.link_id, &record.surrogate_id)?;
        if let Some(code) = code {
            self.pending.remove(&code);
            self.linked.insert(code, setting.from.clone());
        }
        let link_id = record.link_id.clone();
        let held = HeldLink {
            record,
            chain,
            removal_asked: false,
            subscribed: Subscribed::default(),
            subscriptions: BTreeMap::new(),
            operator_key,
        };
        self.links.insert(link_id.clone(), held);
        Ok(Installed::New(vec![Effect::Linked { link_id }]))
    }

    /// Asks the operator to end a link: the service does not remove it by itself, and may ask again
    /// (SL-29 to SL-32).
    ///
    /// # Errors
    /// [`ServiceRefusal::HeldLinkUnknown`].
    //= SL-29, SL-30, SL-31, SL-32
    pub fn ask_removal(&mut self, link_id: &LinkId) -> Result<LinkRemoval, Refusal> {
        let link = self
            .links
            .get_mut(link_id)
            .ok_or(ServiceRefusal::HeldLinkUnknown)?;
        link.removal_asked = true;
        Ok(LinkRemoval {
            surrogate_id: link.record.surrogate_id.clone(),
            slr_id: link_id.clone(),
        })
    }

    /// What to ask the operator when the link of a person whom the service knows by `surrogate` is
    /// not here any more, with its status (SL-33, SL-36); `None` while it is.
    #[must_use]
    //= SL-33, SL-36
    pub fn lost_link(&self, surrogate: &SurrogateId) -> Option<LinkCopyRequest> {
        let is_theirs = |link: &HeldLink| link.record.surrogate_id == *surrogate;
        let is_held = self.links.values().any(is_theirs);
        (!is_held).then(|| LinkCopyRequest {
            surrogate_id: surrogate.clone(),
        })
    }

    /// What to ask the operator for a copy of a link or its status, which a service may do at any
    /// time (SL-34, SL-37).
    ///
    /// # Errors
    /// [`ServiceRefusal::HeldLinkUnknown`].
    //= SL-34, SL-36, SL-37
    pub fn link_query(&self, link_id: &LinkId) -> Result<LinkCopyRequest, Refusal> {
        let link = self.links.get(link_id);
        let link = link.ok_or(ServiceRefusal::HeldLinkUnknown)?;
        Ok(LinkCopyRequest {
            surrogate_id: link.record.surrogate_id.clone(),
        })
    }
}
