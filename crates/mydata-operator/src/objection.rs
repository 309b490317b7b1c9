//! An objection with everything that the service has answered.

use mydata_core::id::{LinkId, ObjectedId};
use mydata_core::jws::Verified;
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
