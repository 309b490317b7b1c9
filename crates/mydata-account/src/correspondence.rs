//! What a person and a service have told each other under a link: subscriptions, notifications,
//! objections and their answers, as signed (Notification 2.0, Objection 2.0).

use crate::carried::CarriedLink;
use crate::export::{ExportExtension, ExportRefusal};
use crate::verify::{ExportFault, Trust};
use mydata_core::id::LinkId;
use mydata_core::jwk::KeyHistory;
use mydata_core::jws::{Payload, Sealed, Verified};
use mydata_core::party::{Party, PartyKeys};
use mydata_core::time::Timestamp;
use mydata_operator::{Account, Link, Mailbox, Received, Told};
use mydata_record::link::LinkRecord;
use mydata_record::notification::{PushedNotification, Subscription};
use mydata_record::objection::{ObjectedState, ObjectionRequest, ObjectionResponse};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A subscription, as the owner has signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SubscriptionItem {
    /// The link that it is under.
    pub link_id: LinkId,
    /// The record.
    pub subscription: Sealed<Subscription>,
    /// Whether it is the one that the service has confirmed last (C35).
    pub confirmed: bool,
}

/// A notification with the time at which the operator received it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NotificationItem {
    /// The link under which it came.
    pub link_id: LinkId,
    /// When it came; the operator's word.
    pub received_at: Timestamp,
    /// As it came: signed, or encrypted for the person.
    pub notification: PushedNotification,
}

/// An objection with everything that the service has answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ObjectionItem {
    /// The link under which the person objected.
    pub link_id: LinkId,
    /// The objection, as the owner has signed it.
    pub request: Sealed<ObjectionRequest>,
    /// The answers, as the service has signed them, oldest first.
    pub responses: Vec<Sealed<ObjectionResponse>>,
}

fn mailboxes(account: &Account) -> impl Iterator<Item = (&LinkId, &Mailbox)> {
    let of = |(id, link)| Link::mailbox(link).map(|mailbox| (id, mailbox));
    account.links().filter_map(of)
}

impl SubscriptionItem {
    /// Every subscription, link by link, oldest first; also those of removed links.
    //= AC-03
    pub(crate) fn all(account: &Account) -> Vec<Self> {
        let of = |(link_id, mailbox): (&LinkId, &Mailbox)| {
            let item = |record: &Verified<Subscription>| Self {
                link_id: link_id.clone(),
                subscription: record.seal(),
                confirmed: mailbox.last_confirmed() == Some(record.id()),
            };
            mailbox.subscriptions().iter().map(item).collect::<Vec<_>>()
        };
        mailboxes(account).flat_map(of).collect()
    }
}

impl NotificationItem {
    /// Everything that services have told the person, link by link, oldest first; also under
    /// removed links.
    //= AC-03
    pub(crate) fn all(account: &Account) -> Vec<Self> {
        let of = |(link_id, mailbox): (&LinkId, &Mailbox)| {
            let item = |received: &Received| Self {
                link_id: link_id.clone(),
                received_at: received.at,
                notification: match &received.notification {
                    Told::Signed(record) => PushedNotification::Signed(record.seal()),
                    Told::Encrypted(jwe) => PushedNotification::Encrypted(jwe.clone()),
                },
            };
            mailbox.history().iter().map(item).collect::<Vec<_>>()
        };
        mailboxes(account).flat_map(of).collect()
    }
}

impl ObjectionItem {
    /// Every objection with all its answers; also those under removed links.
    //= AC-03
    pub(crate) fn all(account: &Account) -> Vec<Self> {
        let item = |(_, objection): (_, &mydata_operator::Objection)| Self {
            link_id: objection.link_id().clone(),
            request: objection.request().seal(),
            responses: objection.responses().iter().map(Verified::seal).collect(),
        };
        account.objections().map(item).collect()
    }
}

/// Verifies what was told under the links, which are verified already: what the owner signed with the
/// keys of the link, what a service signed with those that the reader knows of it. What is encrypted
/// nobody but the person can hold against anything.
//= AC-08
pub(crate) fn check(
    extension: &ExportExtension,
    links: &[CarriedLink],
    trust: &Trust<'_>,
) -> Result<(), ExportFault> {
    let links: BTreeMap<&LinkId, &LinkRecord> = links
        .iter()
        .map(|link| (&link.record.link_id, &*link.record))
        .collect();
    let under = |id: &LinkId| Under::new(links.get(id).copied(), trust);
    subscriptions(&extension.subscriptions, &under)?;
    notifications(&extension.notifications, &under)?;
    objections(&extension.objections, &under)
}

/// A link with the keys that hold under it.
struct Under<'a> {
    link: &'a LinkRecord,
    service: KeyHistory,
    trust: &'a Trust<'a>,
}

impl<'a> Under<'a> {
    fn new(link: Option<&'a LinkRecord>, trust: &'a Trust<'a>) -> Result<Self, ExportRefusal> {
        let link = link.ok_or(ExportRefusal::LinkUnknown)?;
        let service = (trust.service)(&link.service_id).ok_or(ExportRefusal::ServiceUnknown)?;
        Ok(Self {
            link,
            service,
            trust,
        })
    }

    fn verify<T: Payload>(&self, sealed: &Sealed<T>) -> Result<Verified<T>, ExportFault> {
        let keys = PartyKeys::none()
            .with(Party::Owner, &self.link.cr_keys)
            .with_history(Party::Service, &self.service);
        Ok(sealed.open()?.verify(self.trust.crypto, &keys)?)
    }
}

type Find<'f, 'a> = &'f dyn Fn(&LinkId) -> Result<Under<'a>, ExportRefusal>;

const fn demand(is_so: bool, refusal: ExportRefusal) -> Result<(), ExportRefusal> {
    if is_so { Ok(()) } else { Err(refusal) }
}

fn subscriptions(items: &[SubscriptionItem], under: Find<'_, '_>) -> Result<(), ExportFault> {
    let mut newest: BTreeMap<&LinkId, Timestamp> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for item in items {
        let under = under(&item.link_id)?;
        let record = under.verify(&item.subscription)?;
        let is_of_link = *record.surrogate_id() == under.link.surrogate_id;
        demand(is_of_link, ExportRefusal::LinkMismatch)?;
        let is_new = known.insert((&item.link_id, record.id().clone()));
        demand(is_new, ExportRefusal::RecordTwice)?;
        // A subscription changes what the earlier ones say, so their order is part of what they say.
        let earlier = newest.insert(&item.link_id, record.iat());
        let is_later = earlier.is_none_or(|earlier| earlier < record.iat());
        demand(is_later, ExportRefusal::SubscriptionOrder)?;
    }
    Ok(())
}

fn notifications(items: &[NotificationItem], under: Find<'_, '_>) -> Result<(), ExportFault> {
    let mut known = BTreeSet::new();
    for item in items {
        let under = under(&item.link_id)?;
        let PushedNotification::Signed(sealed) = &item.notification else {
            continue;
        };
        let record = under.verify(sealed)?;
        let is_of_link = *record.surrogate_id() == under.link.surrogate_id
            && *record.service_id() == under.link.service_id;
        demand(is_of_link, ExportRefusal::LinkMismatch)?;
        // An id is unique in the service.
        let is_new = known.insert((&item.link_id, record.id().clone()));
        demand(is_new, ExportRefusal::RecordTwice)?;
    }
    Ok(())
}

fn objections(items: &[ObjectionItem], under: Find<'_, '_>) -> Result<(), ExportFault> {
    let mut known = BTreeSet::new();
    for item in items {
        let under = under(&item.link_id)?;
        let request = under.verify(&item.request)?;
        let is_of_link = *request.surrogate_id() == under.link.surrogate_id;
        demand(is_of_link, ExportRefusal::LinkMismatch)?;
        let is_new = known.insert(request.id().clone());
        demand(is_new, ExportRefusal::RecordTwice)?;
        let asked = request.items().iter();
        let asked = asked.map(|item| (item.id.clone(), ObjectedState::Requested));
        let mut states: BTreeMap<_, _> = asked.collect();
        let mut latest: Option<Verified<ObjectionResponse>> = None;
        for sealed in &item.responses {
            let response = under.verify(sealed)?;
            let is_answer =
                response.answers(&request) && *response.service_id() == under.link.service_id;
            demand(is_answer, ExportRefusal::AnswerOther)?;
            if let Some(latest) = &latest {
                demand(latest.id() != response.id(), ExportRefusal::RecordTwice)?;
                demand(latest.iat() <= response.iat(), ExportRefusal::AnswerOrder)?;
            }
            states = response.after(&states).ok_or(ExportRefusal::AnswerOrder)?;
            latest = Some(response);
        }
    }
    Ok(())
}
