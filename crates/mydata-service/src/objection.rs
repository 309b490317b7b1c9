//! Objections, as the service holds and answers them (Objection 2.0 §3).

use crate::effect::{Effect, Installed};
use crate::holding::{HeldLink, Service};
use crate::known::Setting;
use crate::refusal::{Refusal, ServiceRefusal};
use mydata_core::crypto::{Random, Signer};
use mydata_core::id::{DatasetId, LinkId, ObjectedId, ObjectionId, ObjectionResponseId, PurposeId};
use mydata_core::jws::{Sealed, Unsigned, Verified};
use mydata_core::party::{Party, PartyKeys};
use mydata_record::description::{Basis, ServiceDescription};
use mydata_record::message::{ObjectionAnswer, ObjectionCopy, ObjectionDelivery};
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
    /// The answers, oldest first.
    pub responses: Vec<Verified<ObjectionResponse>>,
}

/// Processing that an objection is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectedProcessing<'d> {
    /// The item of the objection.
    pub item: ObjectedId,
    /// The purpose.
    pub purpose: &'d PurposeId,
    /// The dataset.
    pub dataset: &'d DatasetId,
    /// The basis on which the description says that it rests.
    pub basis: Basis,
}

impl HeldObjection {
    fn new(link_id: LinkId, request: Verified<ObjectionRequest>) -> Self {
        let requested = |id: &ObjectedId| (id.clone(), ObjectedState::Requested);
        let states = request.items().iter().map(|item| requested(&item.id));
        Self {
            link_id,
            states: states.collect(),
            request,
            responses: Vec::new(),
        }
    }

    /// Takes an answer; whether it is a new one.
    fn answered(&mut self, record: Verified<ObjectionResponse>) -> Result<bool, ServiceRefusal> {
        if self.responses.contains(&record) {
            return Ok(false);
        }
        if !record.answers(&self.request) {
            return Err(ServiceRefusal::HeldObjectionDiffers);
        }
        let states = record.after(&self.states);
        self.states = states.ok_or(ServiceRefusal::VerdictFinal)?;
        self.responses.push(record);
        Ok(true)
    }

    /// Whether every item has its final verdict.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.states.values().all(|state| state.is_final())
    }

    /// Whether an item that waits for its final verdict is about processing `dataset` for `purpose`.
    #[must_use]
    pub fn contests(&self, purpose: &PurposeId, dataset: &DatasetId) -> bool {
        self.request.items().iter().any(|item| {
            let state = self.states.get(&item.id);
            state.is_some_and(|state| !state.is_final()) && item.covers(purpose, dataset)
        })
    }

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
        let (link_id, request) = self.verified_objection(&delivery.objection, setting)?;
        if let Some(held) = self.objections.get(request.id()) {
            return if held.request == request {
                Ok(Installed::Already)
            } else {
                Err(ServiceRefusal::HeldObjectionDiffers.into())
            };
        }
        if !self.links.get(&link_id).is_some_and(HeldLink::is_active) {
            return Err(Bar::LinkRemoved.into());
        }
        let objection = request.id().clone();
        let held = HeldObjection::new(link_id, request);
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
        let record = self.own_response(&answer.response, setting)?;
        let held = self.objections.get_mut(record.request_id());
        let held = held.ok_or(ServiceRefusal::HeldObjectionUnknown)?;
        if held.answered(record)? {
            Ok(Installed::New(Vec::new()))
        } else {
            Ok(Installed::Already)
        }
    }

    /// Takes a copy of an objection with the service's own answers, of a service that has lost them:
    /// also under a link that was removed since, for what was accepted stays so (decision D32). What
    /// is not decided is to be decided again: the effects say so.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is stored then.
    pub fn restore_objection(
        &mut self,
        copy: &ObjectionCopy,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        let (link_id, request) = self.verified_objection(&copy.objection, setting)?;
        let known = self.objections.get(request.id());
        let mut held = match known {
            None => HeldObjection::new(link_id, request),
            Some(known) if known.request == request => known.clone(),
            Some(_) => return Err(ServiceRefusal::HeldObjectionDiffers.into()),
        };
        for sealed in &copy.responses {
            let _ = held.answered(self.own_response(sealed, setting)?)?;
        }
        if known == Some(&held) {
            return Ok(Installed::Already);
        }
        let objection = held.request.id().clone();
        let effects = if held.is_decided() {
            Vec::new()
        } else {
            let objection = objection.clone();
            vec![Effect::Decide { objection }]
        };
        self.objections.insert(objection, held);
        Ok(Installed::New(effects))
    }

    //= FW-50
    /// What the service does that an objection is about, by its own `description` as it is now: where
    /// to look whether data about the person is processed at this moment (FW-50). What rests on a
    /// basis to which nobody can object is left out. `None` for an objection that is not held.
    #[must_use]
    pub fn objected_processing<'d>(
        &self,
        id: &ObjectionId,
        description: &'d ServiceDescription,
    ) -> Option<Vec<ObjectedProcessing<'d>>> {
        let held = self.objections.get(id)?;
        let is_own = description.service_id == self.id;
        let purposes = description
            .purposes()
            .filter(|(basis, _)| is_own && basis.is_objectionable());
        let mut found = Vec::new();
        for (basis, described) in purposes {
            let purpose = &described.purpose_id;
            let required = described.required_datasets.iter();
            for dataset in required.chain(&described.optional_datasets) {
                let items = held.request.items().iter();
                let about = items.filter(|item| item.covers(purpose, dataset));
                found.extend(about.map(|item| ObjectedProcessing {
                    item: item.id.clone(),
                    purpose,
                    dataset,
                    basis,
                }));
            }
        }
        Some(found)
    }

    /// The objection, signed by the owner of the link that it names.
    fn verified_objection(
        &self,
        sealed: &Sealed<ObjectionRequest>,
        setting: Setting<'_>,
    ) -> Result<(LinkId, Verified<ObjectionRequest>), Refusal> {
        self.operator(setting.from)?;
        let unverified = sealed.open()?;
        let link = self.link_by_surrogate(setting.from, unverified.hint());
        let link = link.ok_or(ServiceRefusal::HeldLinkUnknown)?;
        let request = unverified.verify(setting.crypto, &link.party_keys())?;
        Ok((link.record.link_id.clone(), request))
    }

    fn own_response(
        &self,
        sealed: &Sealed<ObjectionResponse>,
        setting: Setting<'_>,
    ) -> Result<Verified<ObjectionResponse>, Refusal> {
        let keys = PartyKeys::none().with_history(Party::Service, &self.keys);
        Ok(sealed.open()?.verify(setting.crypto, &keys)?)
    }
}
