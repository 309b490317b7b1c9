//! Linking, step by step (Service Linking 2.0 §3.1).

use super::sign::recent;
use crate::account::Account;
use crate::command::{Act, Capacity};
use crate::decision::{Decision, Reply};
use crate::env::{Env, Registered};
use crate::event::Fact;
use crate::linking::{Linking, Offer, Stage};
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{LinkCode, LinkId, ServiceId, SurrogateId};
use mydata_core::jwk::{KeySet, PublicKey};
use mydata_core::jws::Verified;
use mydata_record::chain::Chain;
use mydata_record::link::{LinkProposal, LinkRecord, LinkStatus};
use mydata_record::message::{
    CodeData, LinkDelivery, LinkInvitation, LinkProposalDelivery, ToService,
};
use mydata_record::possession::ProofScheme;

/// A person links one service after another; more at once are a program gone wild.
const MAX_LINKINGS: usize = 16;

impl Account {
    //= SL-13, SL-14, SL-15
    pub(super) fn start_linking(
        &self,
        act: &Act,
        service: &Registered,
        surrogate: Option<&SurrogateId>,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let description = &service.description;
        if !service.is_open {
            return Err(Refusal::ServiceSuspended.into());
        }
        if self.active_link(&description.service_id).is_some() {
            return Err(Refusal::LinkExists.into());
        }
        if let Some(surrogate) = surrogate {
            self.surrogate_is_new(surrogate, &description.service_id, None)?;
        }
        self.parties_are_apart(service, env)?;
        // A linking to the same service that was left lying is replaced.
        let mut others = 0;
        for (code, linking) in self.linkings() {
            if linking.service_id == description.service_id || linking.expires <= env.now {
                d.record(env.now, act, Fact::LinkingEnded { code: code.clone() });
            } else {
                others += 1;
            }
        }
        if others >= MAX_LINKINGS {
            return Err(Refusal::LinkingMany.into());
        }
        let code = LinkCode::from_random(env.random.bits128()?);
        let linking = Linking {
            service_id: description.service_id.clone(),
            description_version: description
                .service_description
                .service_description_version
                .clone(),
            // A key that is retired, or does not sign yet, makes no link.
            service_keys: service.keys.set_at(env.now).ok_or(Refusal::KeyNotBound)?,
            is_sink: description.is_sink(),
            surrogate_id: surrogate.cloned(),
            expires: env.now.plus(env.operator.timing().drafts.linking),
            stage: Stage::Invited,
        };
        let invitation = LinkInvitation {
            code: code.clone(),
            operator_id: env.operator.id().clone(),
            service_id: linking.service_id.clone(),
            surrogate_id: surrogate.cloned(),
        };
        d.tell(&linking.service_id, ToService::LinkInvitation(invitation));
        d.reply = Reply::Linking(code.clone());
        d.record(env.now, act, Fact::LinkingStarted { code, linking });
        Ok(())
    }

    //= SL-12, SL-16, AC-30
    pub(super) fn offer_surrogate(
        &self,
        act: &Act,
        code: &LinkCode,
        surrogate: &SurrogateId,
        pop: Option<(&PublicKey, ProofScheme)>,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let linking = self.linking_of(act, code, env)?;
        if linking.stage != Stage::Invited {
            return Err(Refusal::LinkingStage.into());
        }
        if linking
            .surrogate_id
            .as_ref()
            .is_some_and(|named| named != surrogate)
        {
            return Err(Refusal::SurrogateMismatch.into());
        }
        self.surrogate_is_new(surrogate, &linking.service_id, Some(code))?;
        if linking.is_sink {
            let (key, _) = pop.ok_or(Refusal::PopKeyMissing)?;
            self.key_has_one_role(key, &linking.service_keys, env)?;
        }
        let link_id = LinkId::from_random(env.random.bits128()?);
        let offered =
            |linking: &Linking| linking.offer().map(|offer| &offer.link_id) == Some(&link_id);
        //= SL-40, AC-29
        if self.link(&link_id).is_some() || self.linkings().any(|(_, linking)| offered(linking)) {
            return Err(Refusal::LinkIdTaken.into());
        }
        // A service that is no sink has no use for a key, so none is kept.
        let pop = pop.filter(|_| linking.is_sink);
        let offer = Offer {
            link_id,
            surrogate_id: surrogate.clone(),
            pop_key: pop.map(|(key, _)| key.clone()),
            proof: pop.map(|(_, proof)| proof).unwrap_or_default(),
        };
        let code = code.clone();
        d.record(env.now, act, Fact::SurrogateOffered { code, offer });
        Ok(())
    }

    //= SL-19, SL-47, AC-31
    pub(super) fn propose_link(
        &self,
        act: &Act,
        code: &LinkCode,
        record: &Verified<LinkProposal>,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let linking = self.linking_under_way(code, env)?;
        let Stage::Offered(offer) = &linking.stage else {
            return Err(Refusal::LinkingStage.into());
        };
        self.signed_by_owner(record)?;
        recent(record.0.iat, env)?;
        let mut expected = self.link_record(linking, offer, env);
        expected.iat = record.0.iat;
        if expected != record.0 {
            return Err(Refusal::RecordMismatch.into());
        }
        let delivery = LinkProposalDelivery {
            data: CodeData { code: code.clone() },
            slr: record.seal(),
        };
        d.tell(&linking.service_id, ToService::LinkProposal(delivery));
        let fact = Fact::LinkProposed {
            code: code.clone(),
            record: record.clone(),
        };
        d.record(env.now, act, fact);
        Ok(())
    }

    //= SL-19, SL-20, AC-34
    pub(super) fn countersign(
        &self,
        act: &Act,
        code: &LinkCode,
        record: &Verified<LinkRecord>,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let linking = self.linking_of(act, code, env)?;
        let Stage::Proposed(_, proposal) = &linking.stage else {
            return Err(Refusal::LinkingStage.into());
        };
        if !record.is_signed_with(&self.linking_keys(code)?) {
            return Err(Refusal::KeyNotBound.into());
        }
        if **record != proposal.0 {
            return Err(Refusal::RecordMismatch.into());
        }
        let fact = Fact::Countersigned {
            code: code.clone(),
            record: record.clone(),
        };
        d.record(env.now, act, fact);
        Ok(())
    }

    //= SL-04, SL-08, SL-21, SL-22, AC-35, AC-37
    pub(super) fn complete_link(
        &self,
        act: &Act,
        code: &LinkCode,
        status: &Verified<LinkStatus>,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let linking = self.linking_under_way(code, env)?;
        let Stage::Countersigned(offer, record) = &linking.stage else {
            return Err(Refusal::LinkingStage.into());
        };
        if self.active_link(&linking.service_id).is_some() {
            return Err(Refusal::LinkExists.into());
        }
        self.signed_by_owner(status)?;
        recent(status.iat, env)?;
        self.record_id_is_new(&status.record_id)?;
        let chain = Chain::begin(status.clone(), &offer.link_id, &offer.surrogate_id)?;
        let delivery = LinkDelivery {
            slr: record.seal(),
            ssr: status.seal(),
        };
        d.tell(&linking.service_id, ToService::Link(delivery));
        let code = code.clone();
        d.record(env.now, act, Fact::Linked { code, chain });
        Ok(())
    }

    /// The record that the owner is to sign, made now.
    //= SL-42, SL-44, SL-45, AC-32
    pub(crate) fn link_record(
        &self,
        linking: &Linking,
        offer: &Offer,
        env: &Env<'_>,
    ) -> LinkRecord {
        LinkRecord::new(
            offer.link_id.clone(),
            env.operator.id().clone(),
            linking.service_id.clone(),
            linking.description_version.clone(),
            offer.surrogate_id.clone(),
            env.operator.status_key().clone(),
            self.owner_keys().clone(),
            env.now,
        )
        .proven_by(offer.proof)
    }

    pub(crate) fn linking_under_way(
        &self,
        code: &LinkCode,
        env: &Env<'_>,
    ) -> Result<&Linking, Refusal> {
        let linking = self.linking(code).ok_or(Refusal::LinkingUnknown)?;
        if linking.expires <= env.now {
            return Err(Refusal::LinkingExpired);
        }
        Ok(linking)
    }

    /// The linking, when the service that acts is the one to be linked.
    fn linking_of(&self, act: &Act, code: &LinkCode, env: &Env<'_>) -> Result<&Linking, Refusal> {
        let linking = self.linking_under_way(code, env)?;
        match &act.capacity {
            Capacity::Service(service) if *service == linking.service_id => Ok(linking),
            // To another service the linking does not exist.
            Capacity::Service(_)
            | Capacity::Owner
            | Capacity::Representative
            | Capacity::Operator
            | Capacity::System => Err(Refusal::LinkingUnknown),
        }
    }

    /// A surrogate is used once: a new link to a service has a new one (SL-43, C41). Only the
    /// service's own are looked at, or services that conspire could ask whether two surrogates are
    /// one person's. `code` is the linking that it is for.
    //= SL-02, SL-43
    fn surrogate_is_new(
        &self,
        surrogate: &SurrogateId,
        service: &ServiceId,
        code: Option<&LinkCode>,
    ) -> Result<(), Refusal> {
        let linked = self.link_by_surrogate(service, surrogate).is_some();
        let offered = self.linkings().any(|(other, linking)| {
            Some(other) != code
                && linking.service_id == *service
                && linking.surrogate() == Some(surrogate)
        });
        if linked || offered {
            return Err(Refusal::SurrogateReused);
        }
        Ok(())
    }

    /// No key, and no key id, is that of two parties: a link on which nobody could tell who signed
    /// would be refused by its service for ever.
    fn parties_are_apart(&self, service: &Registered, env: &Env<'_>) -> Result<(), Refusal> {
        let owner = || self.owner_keys().iter();
        let clash = |key: &PublicKey| env.operator.keys().any(|other| key.overlaps(other));
        let with_service = |key: &PublicKey| service.keys.keys().any(|other| key.overlaps(other));
        if owner().any(clash) || service.keys.keys().any(clash) || owner().any(with_service) {
            return Err(Refusal::KeyInTwoRoles);
        }
        Ok(())
    }

    /// A proof-of-possession key is no other key of the protocol.
    fn key_has_one_role(
        &self,
        key: &PublicKey,
        service_keys: &KeySet,
        env: &Env<'_>,
    ) -> Result<(), Refusal> {
        let others = self.owner_keys().iter().chain(service_keys.iter());
        if others
            .chain(env.operator.keys())
            .any(|other| key.overlaps(other))
        {
            return Err(Refusal::KeyInTwoRoles);
        }
        Ok(())
    }
}
