//! An objection with everything that the service has answered.

use crate::account::Account;
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{LinkId, ObjectedId, ServiceId, SurrogateId};
use mydata_core::jws::Verified;
use mydata_record::message::ObjectionCopy;
use mydata_record::objection::{ObjectedState, ObjectionRequest, ObjectionResponse};
use std::collections::BTreeMap;

/// An objection and its answers. Nothing is deleted (AC-03).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Objection {
    link_id: LinkId,
    request: Verified<ObjectionRequest>,
    responses: Vec<Verified<ObjectionResponse>>,
    states: BTreeMap<ObjectedId, ObjectedState>,
}

impl Objection {
    pub(crate) fn new(link_id: LinkId, request: Verified<ObjectionRequest>) -> Self {
        let requested = |id: &ObjectedId| (id.clone(), ObjectedState::Requested);
        let states = request.items().iter().map(|item| requested(&item.id));
        Self {
            link_id,
            states: states.collect(),
            request,
            responses: Vec::new(),
        }
    }

    pub(crate) fn answered(&mut self, response: Verified<ObjectionResponse>) {
        if let Some(states) = response.after(&self.states) {
            self.states = states;
            self.responses.push(response);
        }
    }

    /// The link under which the person objected.
    #[must_use]
    pub const fn link_id(&self) -> &LinkId {
        &self.link_id
    }

    /// What the person objected to.
    #[must_use]
    pub const fn request(&self) -> &Verified<ObjectionRequest> {
        &self.request
    }

    /// The answers, oldest first.
    #[must_use]
    pub fn responses(&self) -> &[Verified<ObjectionResponse>] {
        &self.responses
    }

    /// Where each item stands.
    #[must_use]
    pub const fn states(&self) -> &BTreeMap<ObjectedId, ObjectedState> {
        &self.states
    }
}

impl Account {
    /// Copies of the objections under a link with their answers, by surrogate, also of a link that was
    /// removed: for a service that has lost its own, which takes them with
    /// `Service::restore_objection`.
    ///
    /// # Errors
    /// [`Refusal::LinkUnknown`].
    pub fn objection_copies(
        &self,
        service: &ServiceId,
        surrogate: &SurrogateId,
    ) -> Result<Vec<ObjectionCopy>, Rejection> {
        let link = self.link_by_surrogate(service, surrogate);
        let link_id = &link.ok_or(Refusal::LinkUnknown)?.record.link_id;
        let all = self.objections().map(|(_, objection)| objection);
        let under = all.filter(|objection| objection.link_id == *link_id);
        let copy = |objection: &Objection| ObjectionCopy {
            objection: objection.request.seal(),
            responses: objection.responses.iter().map(Verified::seal).collect(),
        };
        Ok(under.map(copy).collect())
    }
}
