//! Subscriptions and notifications, objections and their answers.

use super::{Done, OperatorParty, read, service_id};
use crate::library::Library;
use crate::ours::{coded, unknown};
use crate::task::{As, ObjectedItem};
use crate::verdict::Verdict;
use mydata::core::id::{DatasetId, PurposeId};
use mydata::core::jws::{Payload, Sealed, Verified};
use mydata::core::party::{Party, PartyKeys};
use mydata::core::time::Timestamp;
use mydata::operator::{Command, Registered, Scope, Told};
use mydata::record::message::{ObjectionAnswer, SubscriptionConfirmation};
use mydata::record::notification::{NotificationPush, PushedNotification, Selection};
use serde_json::json;
use std::sync::Arc;

impl OperatorParty {
    /// The service that acts, as registered.
    fn acting(&self, who: &As) -> Result<Arc<Registered>, Verdict> {
        self.registered(service_id(who)?.as_str())
    }

    pub(super) fn subscription_confirmed(&self, text: &str) -> Result<Command, Verdict> {
        let confirmation: SubscriptionConfirmation = read(text)?;
        Ok(Command::ConfirmSubscription {
            surrogate_id: confirmation.surrogate_id,
            id: confirmation.subscription_id,
        })
    }

    pub(super) fn pushed(&self, who: &As, text: &str) -> Result<Command, Verdict> {
        let push: NotificationPush = read(text)?;
        let service = self.acting(who)?;
        let notification = match push.notification {
            PushedNotification::Signed(sealed) => Told::Signed(by_service(&sealed, &service)?),
            PushedNotification::Encrypted(jwe) => Told::Encrypted(jwe),
        };
        Ok(Command::ReceiveNotification {
            surrogate_id: push.surrogate_id,
            service,
            notification,
        })
    }

    pub(super) fn objection_answered(&self, who: &As, text: &str) -> Result<Command, Verdict> {
        let answer: ObjectionAnswer = read(text)?;
        let service = self.acting(who)?;
        let record = by_service(&answer.response, &service)?;
        Ok(Command::ReceiveObjectionResponse { service, record })
    }

    pub(super) fn draft_subscription(
        &mut self,
        now: Timestamp,
        service: &str,
        notifications: &[String],
        encrypted: bool,
    ) -> Done {
        let service = self.registered(service)?;
        let selections: Vec<Selection> =
            serde_json::from_value(json!(notifications)).map_err(|_| unknown())?;
        let draft = self.with_env(now, |account, env| {
            account.draft_subscription(&service, selections, encrypted, env)
        })?;
        Ok(json!([draft.value()]))
    }

    pub(super) fn draft_objection(
        &mut self,
        now: Timestamp,
        service: &str,
        items: &[ObjectedItem],
    ) -> Done {
        let service = self.registered(service)?;
        let scopes: Vec<Scope> = items.iter().map(scope).collect::<Result<_, _>>()?;
        let draft = self.with_env(now, |account, env| {
            account.draft_objection(&service, scopes, env)
        })?;
        Ok(json!([draft.value()]))
    }
}

fn by_service<T: Payload>(
    sealed: &Sealed<T>,
    service: &Registered,
) -> Result<Verified<T>, Verdict> {
    let keys = PartyKeys::none().with_history(Party::Service, &service.keys);
    let opened = sealed.open();
    opened
        .and_then(|opened| opened.verify(&Library, &keys))
        .map_err(coded)
}

fn scope(item: &ObjectedItem) -> Result<Scope, Verdict> {
    let purpose = item.processing_id.as_deref().map(PurposeId::parse);
    let dataset = item.dataset_id.as_deref().map(DatasetId::parse);
    let purpose = purpose.transpose().map_err(coded)?;
    match (purpose, dataset.transpose().map_err(coded)?) {
        (Some(purpose), None) => Ok(Scope::Processing(purpose)),
        (None, Some(dataset)) => Ok(Scope::Dataset(dataset)),
        (Some(purpose), Some(dataset)) => Ok(Scope::ProcessingOf(purpose, dataset)),
        (None, None) => Err(unknown()),
    }
}
