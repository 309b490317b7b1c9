//! What a person wishes to be told, and telling it (Notification 2.0 §3).

use crate::effect::{Effect, Installed};
use crate::holding::{HeldLink, Service};
use crate::known::Setting;
use crate::refusal::{Refusal, ServiceRefusal};
use mydata_core::crypto::{Random, Signer};
use mydata_core::id::{LinkId, NotificationId};
use mydata_core::jws::Unsigned;
use mydata_core::time::Timestamp;
use mydata_record::message::{SubscriptionConfirmation, SubscriptionDelivery};
use mydata_record::notification::{
    Notification, NotificationMessage, NotificationPush, PushedNotification,
};
use mydata_record::standing::Bar;

impl Service {
    //= NT-06, NT-07, NT-16
    /// A subscription may come late or again: of each type the latest word counts, so none is refused
    /// for being old.
    pub(crate) fn install_subscription(
        &mut self,
        delivery: &SubscriptionDelivery,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        self.operator(setting.from)?;
        let unverified = delivery.subscription.open()?;
        let link = self.link_by_surrogate(setting.from, unverified.hint());
        let link = link.ok_or(ServiceRefusal::HeldLinkUnknown)?;
        let record = unverified.verify(setting.crypto, &link.party_keys())?;
        if let Some(held) = link.subscriptions.get(record.id()) {
            return if *held == record {
                Ok(Installed::Already)
            } else {
                Err(ServiceRefusal::HeldSubscriptionDiffers.into())
            };
        }
        if !link.is_active() {
            return Err(Bar::LinkRemoved.into());
        }
        let confirmation = SubscriptionConfirmation {
            surrogate_id: record.surrogate_id().clone(),
            subscription_id: record.id().clone(),
        };
        let link_id = link.record.link_id.clone();
        if let Some(link) = self.links.get_mut(&link_id) {
            link.subscribed.update(&record);
            link.subscriptions.insert(record.id().clone(), record);
        }
        let effect = Effect::ConfirmSubscription(confirmation);
        Ok(Installed::New(vec![effect]))
    }

    //= NT-09, NT-17, NT-18
    /// A notification for the operator, signed: only what the person has subscribed to, and only while
    /// the link is active. Send the result as often as it takes; it is one notification.
    ///
    /// A service that encrypts sends a [`PushedNotification::Encrypted`] of its own making instead
    /// (NT-15); whether the person wishes it is [`HeldLink::subscribed`].
    ///
    /// # Errors
    /// [`Refusal`]; nothing is signed then.
    pub fn prepare_notification(
        &self,
        link_id: &LinkId,
        messages: Vec<NotificationMessage>,
        signer: &dyn Signer,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<NotificationPush, Refusal> {
        let link = self.links.get(link_id);
        let link = link.ok_or(ServiceRefusal::HeldLinkUnknown)?;
        if !link.is_active() {
            return Err(Bar::LinkRemoved.into());
        }
        let is_wished = |message: &NotificationMessage| link.subscribed.contains(&message.id);
        if !messages.iter().all(is_wished) {
            return Err(ServiceRefusal::NotSubscribed.into());
        }
        let record = Notification::new(
            NotificationId::from_random(random.bits128()?),
            now,
            self.id.clone(),
            link.record.surrogate_id.clone(),
            messages,
        )?;
        let sealed = Unsigned::new(record).sign(signer)?.seal();
        Ok(NotificationPush {
            surrogate_id: link.record.surrogate_id.clone(),
            notification: PushedNotification::Signed(sealed),
        })
    }

    /// The links whose people wish to be told of `id`, for a service that has something to tell.
    pub fn subscribers<'s>(
        &'s self,
        id: &'s mydata_core::id::NotificationTypeId,
    ) -> impl Iterator<Item = (&'s LinkId, &'s HeldLink)> {
        self.links
            .iter()
            .filter(|(_, link)| link.is_active() && link.subscribed.contains(id))
    }
}
