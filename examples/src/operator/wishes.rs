//! Notifications and objections, at the operator (Notification 2.0 §3, Objection 2.0 §3).

use super::{OperatorParty, to_person};
use crate::post::{Outcome, Refused};
use crate::talk::ToPerson;
use mydata::core::id::{PurposeId, ServiceId};
use mydata::core::jws::{Payload, Sealed, Verified};
use mydata::core::party::{Party, PartyKeys};
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::operator::{Capacity, Command, Scope, Told};
use mydata::record::message::{ObjectionAnswer, SubscriptionConfirmation};
use mydata::record::notification::{NotificationPush, PushedNotification, Selection, Subscription};
use mydata::record::objection::{ObjectedState, ObjectionRequest};

impl OperatorParty {
    /// She chooses what to be told: the record that says so, for her to sign.
    pub(super) fn ask_subscribe(
        &mut self,
        id: ServiceId,
        selections: Vec<Selection>,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let service = self.registered(&id)?;
        let env = &mut self.desk.env(now)?;
        let account = &self.account;
        let draft = account.draft_subscription(&service, selections, false, env)?;
        let record = Box::new(draft.value().clone());
        let mails = to_person(&ToPerson::SignSubscription(id, record))?;
        Ok(Outcome::done("subscription_drafted", mails))
    }

    /// She has signed: it is saved, and sent.
    pub(super) fn subscribe(
        &mut self,
        id: &ServiceId,
        record: &Sealed<Subscription>,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let record = self.by_owner(record)?;
        let service = self.registered(id)?;
        let command = Command::Subscribe { service, record };
        let (_, mails) = self.command(Capacity::Owner, &command, now)?;
        Ok(Outcome::done("subscription_saved", mails))
    }

    /// The service says that it will.
    pub(super) fn confirmed(
        &mut self,
        service: ServiceId,
        confirmation: SubscriptionConfirmation,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let command = Command::ConfirmSubscription {
            surrogate_id: confirmation.surrogate_id,
            id: confirmation.subscription_id,
        };
        let (_, mails) = self.command(Capacity::Service(service), &command, now)?;
        Ok(Outcome::done("subscription_confirmed", mails))
    }

    /// The service tells her something: it is saved, and she reads it.
    pub(super) fn notified(
        &mut self,
        id: ServiceId,
        push: NotificationPush,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let (notification, lines) = match push.notification {
            PushedNotification::Signed(sealed) => {
                let record = self.by_service(&id, &sealed)?;
                let said = record.messages().iter();
                let lines = said.map(|m| [&*m.subject, ": ", &*m.message].concat());
                let lines = lines.collect();
                (Told::Signed(record), lines)
            }
            // Only she can read it; her device would be sent the octets.
            PushedNotification::Encrypted(jwe) => (Told::Encrypted(jwe), Vec::new()),
        };
        let service = self.registered(&id)?;
        let command = Command::ReceiveNotification {
            surrogate_id: push.surrogate_id,
            service,
            notification,
        };
        let (_, mut mails) = self.command(Capacity::Service(id), &command, now)?;
        mails.extend(to_person(&ToPerson::Notification(lines))?);
        Ok(Outcome::done("notified", mails))
    }

    /// She objects: the record that says so, for her to sign.
    pub(super) fn ask_object(
        &mut self,
        id: ServiceId,
        purpose: PurposeId,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let service = self.registered(&id)?;
        let env = &mut self.desk.env(now)?;
        let scopes = vec![Scope::Processing(purpose)];
        let draft = self.account.draft_objection(&service, scopes, env)?;
        let record = Box::new(draft.value().clone());
        let mails = to_person(&ToPerson::SignObjection(id, record))?;
        Ok(Outcome::done("objection_drafted", mails))
    }

    /// She has signed: it is saved, and sent.
    pub(super) fn object(
        &mut self,
        id: &ServiceId,
        record: &Sealed<ObjectionRequest>,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let record = self.by_owner(record)?;
        let service = self.registered(id)?;
        let command = Command::Object { service, record };
        let (_, mails) = self.command(Capacity::Owner, &command, now)?;
        Ok(Outcome::done("objection_saved", mails))
    }

    /// The service answers: it is saved, and she reads it.
    pub(super) fn decided(
        &mut self,
        id: ServiceId,
        answer: &ObjectionAnswer,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let record = self.by_service(&id, &answer.response)?;
        let objection = record.request_id().clone();
        let service = self.registered(&id)?;
        let command = Command::ReceiveObjectionResponse { service, record };
        let (_, mut mails) = self.command(Capacity::Service(id), &command, now)?;
        let mut lines = Vec::new();
        if let Some(objection) = self.account.objection(&objection) {
            let newest = objection.responses().last();
            let decisions = newest.into_iter().flat_map(|newest| newest.decisions());
            for decision in decisions {
                let state = objection.states().get(&decision.id);
                let label = state.unwrap_or(&ObjectedState::Requested).label();
                lines.push([label.fi, " / ", label.sv, " / ", label.en].concat());
                lines.extend(decision.url.as_ref().map(|url| url.as_str().to_owned()));
            }
        }
        mails.extend(to_person(&ToPerson::Decided(lines))?);
        Ok(Outcome::done("objection_answered", mails))
    }

    /// Believes what a service has signed, with the keys of its contract.
    fn by_service<T: Payload>(
        &self,
        id: &ServiceId,
        sealed: &Sealed<T>,
    ) -> Result<Verified<T>, Refused> {
        let registered = self.registered(id)?;
        let keys = PartyKeys::none().with_history(Party::Service, &registered.keys);
        Ok(sealed.open()?.verify(&Ring, &keys)?)
    }
}
