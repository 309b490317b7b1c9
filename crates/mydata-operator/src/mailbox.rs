//! What a person has subscribed to under one link, and what has come of it.

use crate::account::Account;
use crate::command::Told;
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{NotificationId, ServiceId, SubscriptionId, SurrogateId};
use mydata_core::jws::Verified;
use mydata_core::time::Timestamp;
use mydata_record::message::SubscriptionDelivery;
use mydata_record::notification::{Notification, Subscribed, Subscription};

/// Subscriptions and notifications of one link. Nothing is deleted (AC-03).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Mailbox {
    subscriptions: Vec<Verified<Subscription>>,
    in_force: Subscribed,
    confirmed: Option<SubscriptionId>,
    history: Vec<Received>,
}

/// A notification and when it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Received {
    /// When it came.
    pub at: Timestamp,
    /// What came.
    pub notification: Told,
}

impl Mailbox {
    pub(crate) fn subscribed(&mut self, record: Verified<Subscription>) {
        self.in_force.update(&record);
        self.subscriptions.push(record);
    }

    pub(crate) fn confirmed(&mut self, id: &SubscriptionId) {
        self.confirmed = Some(id.clone());
    }

    //= NT-10
    pub(crate) fn received(&mut self, at: Timestamp, notification: Told) {
        self.history.push(Received { at, notification });
    }

    /// What the person is subscribed to: all subscriptions so far, in their order.
    #[must_use]
    pub const fn in_force(&self) -> &Subscribed {
        &self.in_force
    }

    /// The subscriptions, oldest first.
    #[must_use]
    pub fn subscriptions(&self) -> &[Verified<Subscription>] {
        &self.subscriptions
    }

    /// Whether the service has said that it has the newest subscription (C35).
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        let newest = self.subscriptions.last().map(|newest| newest.id());
        newest.is_some() && newest == self.confirmed.as_ref()
    }

    /// The subscription that the service has confirmed last; an older one than the newest, while that
    /// is on its way.
    #[must_use]
    pub const fn last_confirmed(&self) -> Option<&SubscriptionId> {
        self.confirmed.as_ref()
    }

    /// What has come, oldest first.
    #[must_use]
    pub fn history(&self) -> &[Received] {
        &self.history
    }

    /// The signed notification with this id.
    #[must_use]
    pub fn notification(&self, id: &NotificationId) -> Option<&Verified<Notification>> {
        self.history
            .iter()
            .find_map(|known| match &known.notification {
                Told::Signed(record) if record.id() == id => Some(record),
                Told::Signed(_) | Told::Encrypted(_) => None,
            })
    }
}

impl Account {
    /// Copies of the subscriptions under a link, by surrogate, oldest first: for a service that has
    /// lost its own, which takes them as they came first.
    ///
    /// # Errors
    /// [`Refusal::LinkUnknown`].
    pub fn subscription_copies(
        &self,
        service: &ServiceId,
        surrogate: &SurrogateId,
    ) -> Result<Vec<SubscriptionDelivery>, Rejection> {
        let link = self.link_by_surrogate(service, surrogate);
        let mailbox = link.ok_or(Refusal::LinkUnknown)?.mailbox();
        let all = mailbox.into_iter().flat_map(Mailbox::subscriptions);
        let copy = |record: &Verified<Subscription>| SubscriptionDelivery {
            subscription: record.seal(),
        };
        Ok(all.map(copy).collect())
    }
}
