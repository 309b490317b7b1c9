//! Subscriptions and notifications (Notification 2.0 §3).

use super::sign::recent;
use crate::account::{Account, Link};
use crate::command::{Act, Capacity, Told};
use crate::decision::Decision;
use crate::env::{Env, Registered};
use crate::event::Fact;
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{SubscriptionId, SurrogateId};
use mydata_core::jws::{Payload, Verified};
use mydata_core::party::{Party, PartyKeys};
use mydata_record::description::Profile;
use mydata_record::message::{SubscriptionDelivery, ToService};
use mydata_record::notification::{Notification, Selection, Subscription};
use mydata_record::standing::Bar;

impl Account {
    //= NT-06
    pub(super) fn subscribe(
        &self,
        act: &Act,
        service: &Registered,
        record: &Verified<Subscription>,
        env: &Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        self.signed_by_owner(record)?;
        let link = self.check_subscription(service, record)?;
        let known = link.mailbox().map_or(&[][..], |m| m.subscriptions());
        if known.iter().any(|earlier| earlier == record) {
            return Ok(());
        }
        recent(record.iat(), env)?;
        // The service takes them by their time, so no two have one.
        let is_newest = |earlier: &Verified<Subscription>| {
            earlier.iat() < record.iat() && earlier.id() != record.id()
        };
        if !known.iter().all(is_newest) {
            return Err(Refusal::SubscriptionStale.into());
        }
        let subscription = record.seal();
        let delivery = SubscriptionDelivery { subscription };
        d.tell(&link.record.service_id, ToService::Subscription(delivery));
        let fact = Fact::Subscribed {
            link_id: link.record.link_id.clone(),
            record: record.clone(),
        };
        d.record(env.now, act, fact);
        Ok(())
    }

    //= NT-01, NT-04, NT-05, FW-42, FW-44
    /// Everything about a subscription but its signature and its time: the link that it is under.
    pub(crate) fn check_subscription(
        &self,
        service: &Registered,
        record: &Subscription,
    ) -> Result<&Link, Rejection> {
        let link = self.active_link_of(service, record.surrogate_id())?;
        let description = &service.description;
        let profiles = &description.service_description.supported_profiles;
        let offered = |selection: &Selection| match selection {
            // What a service no longer offers can still be cancelled.
            Selection::Cancel(_) => true,
            Selection::Subscribe(id) => description
                .notifications
                .iter()
                .any(|notification| notification.id == id.as_str()),
        };
        if !profiles.contains(&Profile::Notification) || !record.selections().iter().all(offered) {
            return Err(Refusal::NotificationsNotOffered.into());
        }
        Ok(link)
    }

    //= FW-43
    pub(super) fn confirm_subscription(
        &self,
        act: &Act,
        surrogate: &SurrogateId,
        id: &SubscriptionId,
        env: &Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let link = self.link_of_actor(act, surrogate)?;
        let mailbox = link.mailbox().ok_or(Refusal::SubscriptionUnknown)?;
        let known = mailbox.subscriptions();
        if !known.iter().any(|subscription| subscription.id() == id) {
            return Err(Refusal::SubscriptionUnknown.into());
        }
        // A late word about an earlier subscription says nothing about the newest.
        let is_newest = known.last().is_some_and(|newest| newest.id() == id);
        if is_newest && !mailbox.is_confirmed() {
            let fact = Fact::SubscriptionConfirmed {
                link_id: link.record.link_id.clone(),
                id: id.clone(),
            };
            d.record(env.now, act, fact);
        }
        Ok(())
    }

    //= NT-09, NT-10
    pub(super) fn receive_notification(
        &self,
        act: &Act,
        (surrogate, service): (&SurrogateId, &Registered),
        notification: &Told,
        env: &Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let link = self.link_of_actor(act, surrogate)?;
        if !link.is_active() {
            return Err(Bar::LinkRemoved.into());
        }
        let is_new = match notification {
            Told::Signed(record) => signed_is_new(link, service, record, env)?,
            //= NT-15, NT-19
            Told::Encrypted(_) => {
                let mailbox = link.mailbox();
                let mailbox = mailbox.filter(|mailbox| !mailbox.in_force().is_empty());
                let mailbox = mailbox.ok_or(Refusal::NotificationNotSubscribed)?;
                let mut known = mailbox.history().iter();
                known.all(|earlier| earlier.notification != *notification)
            }
        };
        if is_new {
            let fact = Fact::Notified {
                link_id: link.record.link_id.clone(),
                notification: notification.clone(),
            };
            d.record(env.now, act, fact);
        }
        Ok(())
    }

    /// The active link to a service with this surrogate.
    pub(crate) fn active_link_of(
        &self,
        service: &Registered,
        surrogate: &SurrogateId,
    ) -> Result<&Link, Rejection> {
        let link = self.link_by_surrogate(&service.description.service_id, surrogate);
        let link = link.ok_or(Refusal::LinkUnknown)?;
        if link.is_active() {
            Ok(link)
        } else {
            Err(Bar::LinkRemoved.into())
        }
    }

    /// The link with this surrogate of the service that acts; to another it does not exist.
    fn link_of_actor(&self, act: &Act, surrogate: &SurrogateId) -> Result<&Link, Refusal> {
        let Capacity::Service(service) = &act.capacity else {
            return Err(Refusal::CapacityNotAllowed);
        };
        self.link_by_surrogate(service, surrogate)
            .ok_or(Refusal::LinkUnknown)
    }
}

/// Whether a notification has not been received before.
fn signed_is_new(
    link: &Link,
    service: &Registered,
    record: &Verified<Notification>,
    env: &Env<'_>,
) -> Result<bool, Rejection> {
    by_service(link, service, record, env)?;
    let agreed = *record.service_id() == link.record.service_id
        && *record.surrogate_id() == link.record.surrogate_id;
    if !agreed {
        return Err(Refusal::RecordMismatch.into());
    }
    let mailbox = link.mailbox().ok_or(Refusal::NotificationNotSubscribed)?;
    if let Some(known) = mailbox.notification(record.id()) {
        return if known == record {
            Ok(false)
        } else {
            Err(Refusal::NotificationIdTaken.into())
        };
    }
    // It may have waited long at the service, but it is not from tomorrow.
    if record.iat() > env.now.plus(env.operator.timing().drafts.skew) {
        return Err(Refusal::RecordTime.into());
    }
    let subscribed = mailbox.in_force();
    if record.messages().iter().all(|m| subscribed.contains(&m.id)) {
        Ok(true)
    } else {
        Err(Refusal::NotificationNotSubscribed.into())
    }
}

/// The service of the link signed, with a key that is registered for it and signs now: what comes now
/// was signed now, whatever time it states.
pub(super) fn by_service<T: Payload>(
    link: &Link,
    service: &Registered,
    record: &Verified<T>,
    env: &Env<'_>,
) -> Result<(), Refusal> {
    if service.description.service_id != link.record.service_id {
        return Err(Refusal::ServiceMismatch);
    }
    let keys = service.keys.set_at(env.now).ok_or(Refusal::KeyNotBound)?;
    let keys = PartyKeys::none().with(Party::Service, &keys);
    if record.is_signed_by(Party::Service) && record.is_signed_with(&keys) {
        Ok(())
    } else {
        Err(Refusal::KeyNotBound)
    }
}
