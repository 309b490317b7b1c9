//! Objections, as the service holds and answers them (Objection 2.0 §3).

use crate::effect::{Effect, Installed};
use crate::holding::Service;
use crate::known::Setting;
use crate::refusal::{Refusal, ServiceRefusal};
use mydata_core::crypto::{Random, Signer};
use mydata_core::id::{DatasetId, LinkId, ObjectedId, ObjectionId, ObjectionResponseId, PurposeId};
use mydata_core::jws::{Unsigned, Verified};
use mydata_core::party::{Party, PartyKeys};
use mydata_record::message::{ObjectionAnswer, ObjectionDelivery};
use mydata_record::objection::{
    ObjectedState, ObjectionDecision, ObjectionRequest, ObjectionResponse,
};
use mydata_record::standing::Bar;
use std::collections::BTreeMap;

/// An objection with what the service has said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldObjection {
    /// The link under which the person objected.
    pub link_id: LinkId,
    /// What the person objected to.
    pub request: Verified<ObjectionRequest>,
    /// Where each item stands.
    pub states: BTreeMap<ObjectedId, ObjectedState>,
    /// The newest answer.
    pub response: Option<Verified<ObjectionResponse>>,
}

impl HeldObjection {
    //= FW-51
    /// Whether an item that the service has accepted is about processing `dataset` for `purpose`.
    #[must_use]
    pub fn forbids(&self, purpose: &PurposeId, dataset: &DatasetId) -> bool {
        self.request.items().iter().any(|item| {
            self.states.get(&item.id) == Some(&ObjectedState::Accepted)
                && item.covers(purpose, dataset)
        })
    }
}

impl Service {
    /// The objection with this id.
    #[must_use]
    pub fn objection(&self, id: &ObjectionId) -> Option<&HeldObjection> {
        self.objections.get(id)
    }

    /// All objections, also the decided ones.
    pub fn objections(&self) -> impl Iterator<Item = (&ObjectionId, &HeldObjection)> {
        self.objections.iter()
    }

    //= OB-03, OB-15
    pub(crate) fn install_objection(
        &mut self,
        delivery: &ObjectionDelivery,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        self.operator(setting.from)?;
        let unverified = delivery.objection.open()?;
        let link = self.link_by_surrogate(setting.from, unverified.hint());
        let link = link.ok_or(ServiceRefusal::HeldLinkUnknown)?;
        let request = unverified.verify(setting.crypto, &link.party_keys())?;
        if let Some(held) = self.objections.get(request.id()) {
            return if held.request == request {
                Ok(Installed::Already)
            } else {
                Err(ServiceRefusal::HeldObjectionDiffers.into())
            };
        }
        if !link.is_active() {
            return Err(Bar::LinkRemoved.into());
        }
        let requested = |id: &ObjectedId| (id.clone(), ObjectedState::Requested);
        let states = request.items().iter().map(|item| requested(&item.id));
        let objection = request.id().clone();
        let held = HeldObjection {
            link_id: link.record.link_id.clone(),
            states: states.collect(),
            request,
            response: None,
        };
        self.objections.insert(objection.clone(), held);
        Ok(Installed::New(vec![Effect::Decide { objection }]))
    }

    //= OB-05, OB-06, OB-07, OB-08, OB-20
    /// Answers an objection: a verdict on every item, `pending` for those that take time. What is
    /// accepted is barred from this moment ([`Service::may_use`]); the program stops what runs. Send the
    /// result as often as it takes, and store it: [`Service::recall_answer`].
    ///
    /// # Errors
    /// [`Refusal`]; nothing is signed or changed then.
    pub fn answer_objection(
        &mut self,
        id: &ObjectionId,
        decisions: Vec<ObjectionDecision>,
        signer: &dyn Signer,
        setting: Setting<'_>,
        random: &mut dyn Random,
    ) -> Result<ObjectionAnswer, Refusal> {
        let held = self.objections.get(id);
        let held = held.ok_or(ServiceRefusal::HeldObjectionUnknown)?;
        let record = ObjectionResponse::to(
            &held.request,
            ObjectionResponseId::from_random(random.bits128()?),
            self.id.clone(),
            setting.now,
            decisions,
        )?;
        // Before it is signed: what is taken back is never said.
        record
            .after(&held.states)
            .ok_or(ServiceRefusal::VerdictFinal)?;
        let response = Unsigned::new(record).sign(signer)?.seal();
        let answer = ObjectionAnswer { response };
        let _ = self.recall_answer(&answer, setting)?;
        Ok(answer)
    }

    /// Takes an answer of its own again, after a restart: in the order in which they were given.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn recall_answer(
        &mut self,
        answer: &ObjectionAnswer,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        let unverified = answer.response.open()?;
        let held = self.objections.get_mut(unverified.hint());
        let held = held.ok_or(ServiceRefusal::HeldObjectionUnknown)?;
        let keys = PartyKeys::none().with(Party::Service, &self.keys);
        let record = unverified.verify(setting.crypto, &keys)?;
        if held.response.as_ref() == Some(&record) {
            return Ok(Installed::Already);
        }
        if !record.answers(&held.request) {
            return Err(ServiceRefusal::HeldObjectionDiffers.into());
        }
        let states = record.after(&held.states);
        held.states = states.ok_or(ServiceRefusal::VerdictFinal)?;
        held.response = Some(record);
        Ok(Installed::New(Vec::new()))
    }
}
