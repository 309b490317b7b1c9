//! Linking and its end, at the operator (Service Linking 2.0 §3).

use super::{OperatorParty, to_person};
use crate::post::{Outcome, Refused};
use crate::talk::ToPerson;
use mydata::core::id::{LinkCode, LinkId, ServiceId};
use mydata::core::jws::Sealed;
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::operator::{Capacity, Command};
use mydata::record::link::{LinkProposal, LinkStatus};
use mydata::record::message::{Countersigned, SurrogateOffer};

impl OperatorParty {
    /// She wishes to link: the service is invited.
    pub(super) fn start_linking(
        &mut self,
        service: &ServiceId,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let command = Command::StartLinking {
            service: self.registered(service)?,
            surrogate_id: None,
        };
        let (_, mails) = self.command(Capacity::Owner, &command, now)?;
        Ok(Outcome::done("service_invited", mails))
    }

    /// The service brings the surrogate: she is asked to sign the link record.
    pub(super) fn offer(
        &mut self,
        service: ServiceId,
        offer: SurrogateOffer,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let command = Command::OfferSurrogate {
            proof: offer.proof_scheme(),
            code: offer.code.clone(),
            surrogate_id: offer.surrogate_id,
            pop_key: offer.pop_key,
        };
        let (_, mut mails) = self.command(Capacity::Service(service), &command, now)?;
        let draft = self.account.draft_link(&offer.code, &self.desk.env(now)?)?;
        let record = Box::new(draft.value().clone());
        mails.extend(to_person(&ToPerson::SignLink(offer.code, record))?);
        Ok(Outcome::done("surrogate_taken", mails))
    }

    /// She has signed: the service is asked to countersign.
    pub(super) fn propose(
        &mut self,
        code: LinkCode,
        record: &Sealed<LinkProposal>,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let record = self.by_owner(record)?;
        let command = Command::ProposeLink { code, record };
        let (_, mails) = self.command(Capacity::Owner, &command, now)?;
        Ok(Outcome::done("link_proposed", mails))
    }

    /// Both have signed: she is asked to sign the first status.
    pub(super) fn countersigned(
        &mut self,
        service: ServiceId,
        signed: &Countersigned,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let code = signed.data.code.clone();
        // A linking that is not under way has no keys, so nothing is verified for it.
        let keys = self.account.linking_keys(&code);
        let keys = keys.map_err(mydata::operator::Rejection::from)?;
        let record = signed.slr.open()?.verify(&Ring, &keys)?;
        let command = Command::Countersign {
            code: code.clone(),
            record,
        };
        let (_, mut mails) = self.command(Capacity::Service(service), &command, now)?;
        let env = &mut self.desk.env(now)?;
        let draft = self.account.draft_first_status(&code, env)?;
        let status = Box::new(draft.value().clone());
        mails.extend(to_person(&ToPerson::SignFirstStatus(code, status))?);
        Ok(Outcome::done("link_countersigned", mails))
    }

    /// The link is made.
    pub(super) fn complete(
        &mut self,
        code: LinkCode,
        status: &Sealed<LinkStatus>,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let status = self.by_owner(status)?;
        let command = Command::CompleteLink { code, status };
        let (_, mails) = self.command(Capacity::Owner, &command, now)?;
        Ok(Outcome::done("link_made", mails))
    }

    /// She wishes to end a link: she is asked to sign.
    pub(super) fn ask_unlink(&mut self, link: &LinkId, now: Timestamp) -> Result<Outcome, Refused> {
        let env = &mut self.desk.env(now)?;
        let draft = self.account.draft_removal(link, env)?;
        let status = Box::new(draft.value().clone());
        let mails = to_person(&ToPerson::SignUnlink(status))?;
        Ok(Outcome::done("removal_drafted", mails))
    }

    /// The link ends, and with it its consents.
    pub(super) fn unlink(
        &mut self,
        link_id: LinkId,
        status: &Sealed<LinkStatus>,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let signed = Some(self.by_owner(status)?);
        let command = Command::RemoveLink { link_id, signed };
        let (_, mails) = self.command(Capacity::Owner, &command, now)?;
        Ok(Outcome::done("link_ended", mails))
    }
}
