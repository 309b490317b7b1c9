//! What a person wishes of a service: to be told, or to be left alone.

use super::{Done, ServiceParty, refused, sends};
use crate::library::Library;
use crate::ours::{coded, unknown};
use crate::task::ServiceAct;
use crate::verdict::Verdict;
use mydata::core::id::{DatasetId, LinkId, ObjectionId, OperatorId, PurposeId};
use mydata::core::time::Timestamp;
use mydata::record::description::{Basis, Policy, ServiceDescription};
use mydata::service::{Ground, Lawful, Setting};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

impl ServiceParty {
    pub(super) fn notify(&mut self, now: Timestamp, link_id: &str, messages: &Value) -> Done {
        let link_id = LinkId::parse(link_id).map_err(coded)?;
        let (signer, random) = (self.signature.as_ref(), &mut self.random);
        let push =
            self.service
                .prepare_notification(&link_id, parts(messages)?, signer, now, random);
        Ok(sends("notification_push", &push.map_err(refused)?))
    }

    pub(super) fn answer_objection(
        &mut self,
        now: Timestamp,
        objection: &str,
        decisions: &Value,
    ) -> Done {
        let objection = ObjectionId::parse(objection).map_err(coded)?;
        // From whom it came, an answer does not ask.
        let from = OperatorId::parse("nobody").map_err(coded)?;
        let setting = Setting {
            from: &from,
            now,
            crypto: &Library,
        };
        let (signer, random) = (self.signature.as_ref(), &mut self.random);
        let answer =
            self.service
                .answer_objection(&objection, parts(decisions)?, signer, setting, random);
        Ok(sends("objection_answer", &answer.map_err(refused)?))
    }

    pub(super) fn may_use(&self, now: Timestamp, act: &ServiceAct) -> Done {
        let ServiceAct::MayUse {
            link_id,
            description,
            purpose,
            dataset,
        } = act
        else {
            return Err(unknown());
        };
        let link_id = LinkId::parse(link_id).map_err(coded)?;
        let purpose = PurposeId::parse(purpose).map_err(coded)?;
        let dataset = DatasetId::parse(dataset).map_err(coded)?;
        let text = description.to_string();
        let description = ServiceDescription::from_json(text.as_bytes(), &Policy::default());
        let description = description.map_err(|error| Verdict::refused(error.code()))?;
        let service = &self.service;
        let answer = service.may_use(&[link_id], &description, &purpose, &dataset, now);
        match &answer {
            Lawful::On(Ground::Consent(cr_id)) => Ok(json!({ "consent": cr_id })),
            Lawful::On(Ground::Basis(basis) | Ground::Contested(basis)) => {
                Ok(json!({ "basis": named(*basis) }))
            }
            Lawful::Not(refusal) => Err(Verdict::refused(refusal.code())),
        }
    }
}

/// The basis as the members of a description name it.
const fn named(basis: Basis) -> &'static str {
    match basis {
        Basis::Consent => "consent",
        Basis::Contract => "contract",
        Basis::LegalObligation => "legalObligation",
        Basis::VitalInterest => "vitalInterest",
        Basis::PublicInterest => "publicInterest",
        Basis::LegitimateInterest => "legitimateInterest",
    }
}

fn parts<T: DeserializeOwned>(value: &Value) -> Result<T, Verdict> {
    serde_json::from_value(value.clone()).map_err(|_| unknown())
}
