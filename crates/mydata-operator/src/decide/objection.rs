//! Objections (Objection 2.0 §3).

use super::notification::by_service;
use super::sign::recent;
use crate::account::{Account, Link};
use crate::command::{Act, Capacity};
use crate::decision::Decision;
use crate::env::{Env, Registered};
use crate::event::Fact;
use crate::rejection::{Refusal, Rejection};
use mydata_core::jws::Verified;
use mydata_record::description::{Profile, Purpose, ServiceDescription};
use mydata_record::message::{ObjectionDelivery, ToService};
use mydata_record::objection::{Objected, ObjectionRequest, ObjectionResponse};

impl Account {
    //= OB-03, OB-04, FW-49
    pub(super) fn object(
        &self,
        act: &Act,
        service: &Registered,
        record: &Verified<ObjectionRequest>,
        env: &Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        self.signed_by_owner(record)?;
        let link = self.check_objection(service, record)?;
        if let Some(known) = self.objection(record.id()) {
            return if known.request() == record {
                Ok(())
            } else {
                Err(Refusal::ObjectionIdTaken.into())
            };
        }
        recent(record.iat(), env)?;
        let objection = record.seal();
        let delivery = ObjectionDelivery { objection };
        d.tell(&link.record.service_id, ToService::Objection(delivery));
        let fact = Fact::Objected {
            link_id: link.record.link_id.clone(),
            record: record.clone(),
        };
        d.record(env.now, act, fact);
        Ok(())
    }

    //= OB-01, OB-02, FW-48
    /// Everything about an objection but its signature and its time: the link that it is under.
    pub(crate) fn check_objection(
        &self,
        service: &Registered,
        record: &ObjectionRequest,
    ) -> Result<&Link, Rejection> {
        let link = self.active_link_of(service, record.surrogate_id())?;
        let description = &service.description;
        let profiles = &description.service_description.supported_profiles;
        if !profiles.contains(&Profile::Objection) {
            return Err(Refusal::ObjectionNotOffered.into());
        }
        for item in record.items() {
            can_be_objected(description, item)?;
        }
        Ok(link)
    }

    //= OB-05, OB-06, OB-07, OB-08
    pub(super) fn receive_objection_response(
        &self,
        act: &Act,
        service: &Registered,
        record: &Verified<ObjectionResponse>,
        env: &Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let objection = self.objection(record.request_id());
        let objection = objection.ok_or(Refusal::ObjectionUnknown)?;
        let link = self.link(objection.link_id()).ok_or(Refusal::LinkUnknown)?;
        if act.capacity != Capacity::Service(link.record.service_id.clone()) {
            // To another service the objection does not exist.
            return Err(Refusal::ObjectionUnknown.into());
        }
        by_service(link, service, record, env)?;
        //= OB-17, OB-21
        if *record.service_id() != link.record.service_id || !record.answers(objection.request()) {
            return Err(Refusal::ObjectionAnswerMismatch.into());
        }
        if objection.responses().contains(record) {
            return Ok(());
        }
        // Also after the link is removed: what was asked is answered (D32).
        if record.iat() > env.now.plus(env.operator.timing().drafts.skew) {
            return Err(Refusal::RecordTime.into());
        }
        let is_newer = objection
            .responses()
            .last()
            .is_none_or(|latest| latest.iat() <= record.iat() && latest.id() != record.id());
        if !is_newer || record.after(objection.states()).is_none() {
            return Err(Refusal::ObjectionDecided.into());
        }
        let record = record.clone();
        d.record(env.now, act, Fact::ObjectionAnswered { record });
        Ok(())
    }
}

/// Whether an item names processing that there is, and of which something can be objected to.
fn can_be_objected(of: &ServiceDescription, item: &Objected) -> Result<(), Refusal> {
    if let Some(dataset) = &item.dataset_id {
        of.dataset(dataset).ok_or(Refusal::DatasetUnknown)?;
    }
    let uses = |purpose: &Purpose| {
        item.dataset_id.as_ref().is_none_or(|id| {
            purpose.required_datasets.contains(id) || purpose.optional_datasets.contains(id)
        })
    };
    let is_open = match &item.processing_id {
        Some(id) => {
            let (basis, purpose) = of.purpose(id).ok_or(Refusal::PurposeUnknown)?;
            if !uses(purpose) {
                return Err(Refusal::DatasetNotForPurpose);
            }
            basis.is_objectionable()
        }
        None => of
            .purposes()
            .any(|(basis, purpose)| basis.is_objectionable() && uses(purpose)),
    };
    if is_open {
        Ok(())
    } else {
        Err(Refusal::ObjectionBasis)
    }
}
