//! What a person wishes of services: to be told, or to be left alone; and what came of it.

use super::entry::Entered;
use super::levels::Deed;
use super::wire::{Data, Draft, Listed, Objections, Res, Wishes, Words};
use super::{Answer, Desk, Named, ResidentDesk, ResidentRefusal};
use crate::operator::{answer, unnamed};
use crate::problem::{HttpRefusal, Problem};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use mydata::core::id::{DatasetId, LinkId, ObjectedId, PurposeId, ServiceId, SubscriptionId};
use mydata::core::jws::{Sealed, Unsigned};
use mydata::core::time::Timestamp;
use mydata::operator::{Command, Fact, Link, Mailbox, Objection, Received, Registered, Told};
use mydata::record::notification::{
    NotificationMessage, PushedNotification, Selection, Subscription,
};
use mydata::record::objection::{ObjectedState, ObjectionRequest, ObjectionResponse};
use mydata_store::{Outcome, Store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

impl<S: Store> ResidentDesk<S> {
    /// To be told of something more asks for more than to be told of something no longer.
    async fn may_wish(&self, entered: &Entered, wishes: &[Selection]) -> Result<(), Problem> {
        let widens = |selection: &Selection| matches!(selection, Selection::Subscribe(_));
        match wishes.iter().any(widens) {
            true => self.also(entered, Deed::Subscribe).await,
            false => Ok(()),
        }
    }

    async fn draft_wishes(
        &self,
        entered: &Entered,
        service: &Registered,
        wishes: Wishes,
    ) -> Result<Unsigned<Subscription>, Problem> {
        let Wishes {
            notifications,
            encrypted,
        } = wishes;
        let draft = self.operator.ask(&entered.act.account, |account, env| {
            account.draft_subscription(service, notifications, encrypted, env)
        });
        Ok(draft.await??)
    }

    async fn draft_objections(
        &self,
        entered: &Entered,
        service: &Registered,
        objections: Objections,
    ) -> Result<Unsigned<ObjectionRequest>, Problem> {
        let scopes = objections.scopes().ok_or(ResidentRefusal::Parts)?;
        let draft = self.operator.ask(&entered.act.account, |account, env| {
            account.draft_objection(service, scopes, env)
        });
        Ok(draft.await??)
    }
}

type At = (String, String);

//= NT-08, NT-12
pub(super) async fn subscribe<S: Store>(
    State(desk): Desk<S>,
    path: Named<At>,
    request: Request,
) -> Answer {
    let Path((account, service)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Unsubscribe).await?;
    let (service, wishes): (_, Wishes) = (desk.service(&service)?, entered.body()?);
    desk.may_wish(&entered, &wishes.notifications).await?;
    let account = desk.account(&entered).await?;
    let key = desk.owner_key(&account).await?;
    let outcome = match desk.draft_wishes(&entered, &service, wishes).await {
        Ok(draft) => {
            let record = desk.sign(draft, &key)?;
            desk.does(&entered, &Command::Subscribe { service, record })
                .await?
        }
        Err(refused) => desk.done_before(&entered, refused).await?,
    };
    told_subscribed(&desk, &entered, outcome).await
}

pub(super) async fn draft_subscription<S: Store>(
    State(desk): Desk<S>,
    path: Named<At>,
    request: Request,
) -> Answer {
    let Path((account, service)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Unsubscribe).await?;
    let (service, wishes): (_, Wishes) = (desk.service(&service)?, entered.body()?);
    desk.may_wish(&entered, &wishes.notifications).await?;
    let account = desk.account(&entered).await?;
    let draft = desk.draft_wishes(&entered, &service, wishes).await?;
    let data = vec![Draft::of(&draft, account.owner_keys())];
    Ok(answer(StatusCode::OK, &Data { data })?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedSubscription {
    subscription: Sealed<Subscription>,
}

pub(super) async fn subscribe_signed<S: Store>(
    State(desk): Desk<S>,
    path: Named<At>,
    request: Request,
) -> Answer {
    let Path((account, service)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Unsubscribe).await?;
    let service = desk.service(&service)?;
    let SignedSubscription { subscription } = entered.body()?;
    let account = desk.account(&entered).await?;
    let record = desk.verified(&account, &subscription)?;
    desk.may_wish(&entered, record.selections()).await?;
    let outcome = desk
        .does(&entered, &Command::Subscribe { service, record })
        .await?;
    told_subscribed(&desk, &entered, outcome).await
}

async fn told_subscribed<S: Store>(
    desk: &ResidentDesk<S>,
    entered: &Entered,
    outcome: Outcome,
) -> Answer {
    let events = desk.events(entered, outcome).await?;
    let record = events.iter().find_map(|event| {
        let Fact::Subscribed { record, .. } = &event.fact else {
            return None;
        };
        Some(record)
    });
    let record = record.ok_or(HttpRefusal::Internal)?;
    let data = Res::plain("Subscription", record.id(), record.seal());
    Ok(answer(StatusCode::CREATED, &Data { data })?)
}

//= OB-03
pub(super) async fn object<S: Store>(
    State(desk): Desk<S>,
    path: Named<At>,
    request: Request,
) -> Answer {
    let Path((account, service)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Object).await?;
    let (service, objections) = (desk.service(&service)?, entered.body()?);
    let account = desk.account(&entered).await?;
    let key = desk.owner_key(&account).await?;
    let outcome = match desk.draft_objections(&entered, &service, objections).await {
        Ok(draft) => {
            let record = desk.sign(draft, &key)?;
            desk.does(&entered, &Command::Object { service, record })
                .await?
        }
        Err(refused) => desk.done_before(&entered, refused).await?,
    };
    told_objected(&desk, &entered, outcome).await
}

pub(super) async fn draft_objection<S: Store>(
    State(desk): Desk<S>,
    path: Named<At>,
    request: Request,
) -> Answer {
    let Path((account, service)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Object).await?;
    let (service, objections) = (desk.service(&service)?, entered.body()?);
    let account = desk.account(&entered).await?;
    let draft = desk
        .draft_objections(&entered, &service, objections)
        .await?;
    let data = vec![Draft::of(&draft, account.owner_keys())];
    Ok(answer(StatusCode::OK, &Data { data })?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedObjection {
    objection: Sealed<ObjectionRequest>,
}

pub(super) async fn object_signed<S: Store>(
    State(desk): Desk<S>,
    path: Named<At>,
    request: Request,
) -> Answer {
    let Path((account, service)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Object).await?;
    let service = desk.service(&service)?;
    let SignedObjection { objection } = entered.body()?;
    let account = desk.account(&entered).await?;
    let record = desk.verified(&account, &objection)?;
    let outcome = desk
        .does(&entered, &Command::Object { service, record })
        .await?;
    told_objected(&desk, &entered, outcome).await
}

async fn told_objected<S: Store>(
    desk: &ResidentDesk<S>,
    entered: &Entered,
    outcome: Outcome,
) -> Answer {
    let events = desk.events(entered, outcome).await?;
    let record = events.iter().find_map(|event| {
        let Fact::Objected { record, .. } = &event.fact else {
            return None;
        };
        Some(record)
    });
    let record = record.ok_or(HttpRefusal::Internal)?;
    let data = Res::plain("Objection", record.id(), record.seal());
    Ok(answer(StatusCode::CREATED, &Data { data })?)
}

/// What has come, readable where the service has signed and not encrypted it.
#[derive(Serialize, JsonSchema)]
pub(super) struct OfNotification<'a> {
    service_id: &'a ServiceId,
    received_at: Timestamp,
    messages: Vec<&'a NotificationMessage>,
}

//= NT-11, FW-46
pub(super) async fn notifications<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let all = account.notifications();
    // The newest is last when they are counted, and comes first.
    let numbers = (1..=all.len()).rev();
    let page = Listed::on(entered.page()?, all.iter().zip(numbers), notification);
    Ok(answer(StatusCode::OK, &page)?)
}

fn notification<'a>(
    ((link, received), number): (&(&'a Link, &'a Received), usize),
) -> Res<PushedNotification, OfNotification<'a>> {
    let (pushed, messages) = match &received.notification {
        Told::Signed(record) => (PushedNotification::Signed(record.seal()), record.messages()),
        Told::Encrypted(jwe) => (PushedNotification::Encrypted(jwe.clone()), &[][..]),
    };
    let more = OfNotification {
        service_id: &link.record.service_id,
        received_at: received.at,
        messages: messages.iter().collect(),
    };
    Res::with("Notification", number, pushed, more)
}

/// What is subscribed to under one link.
#[derive(Serialize, JsonSchema)]
pub(super) struct UnderLink<'a> {
    link_id: &'a LinkId,
    service_id: &'a ServiceId,
    records: Vec<Sealed<Subscription>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed: Option<&'a SubscriptionId>,
}

pub(super) async fn subscriptions<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let with_mailbox = |(id, link)| Some((id, link, Link::mailbox(link)?));
    let all = account.links().filter_map(with_mailbox);
    let page = Listed::on(entered.page()?, all, subscribed);
    Ok(answer(StatusCode::OK, &page)?)
}

fn subscribed<'a>((link_id, link, mailbox): (&'a LinkId, &'a Link, &'a Mailbox)) -> UnderLink<'a> {
    let records = mailbox.subscriptions().iter();
    UnderLink {
        link_id,
        service_id: &link.record.service_id,
        records: records.map(|record| record.seal()).collect(),
        confirmed: mailbox.last_confirmed(),
    }
}

/// Where an objection stands, item by item.
#[derive(Serialize, JsonSchema)]
pub(super) struct OfObjection<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    service_id: Option<&'a ServiceId>,
    items: Vec<ItemNow<'a>>,
    responses: Vec<Sealed<ObjectionResponse>>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct ItemNow<'a> {
    id: &'a ObjectedId,
    #[serde(skip_serializing_if = "Option::is_none")]
    processing_id: Option<&'a PurposeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_id: Option<&'a DatasetId>,
    state: &'static str,
    text: Words,
}

const fn name(state: ObjectedState) -> &'static str {
    match state {
        ObjectedState::Requested => "requested",
        ObjectedState::Pending => "pending",
        ObjectedState::Accepted => "accepted",
        ObjectedState::Rejected => "rejected",
    }
}

//= OB-08
pub(super) async fn objections<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let of = |(id, objection): (_, _)| {
        let objection: &Objection = objection;
        let link = account.link(objection.link_id());
        let more = OfObjection {
            service_id: link.map(|link| &link.record.service_id),
            items: items(objection),
            responses: objection.responses().iter().map(|one| one.seal()).collect(),
        };
        Res::with("Objection", id, objection.request().seal(), more)
    };
    let page = Listed::on(entered.page()?, account.objections(), of);
    Ok(answer(StatusCode::OK, &page)?)
}

fn items(objection: &Objection) -> Vec<ItemNow<'_>> {
    let item = |item: &'_ mydata::record::objection::Objected| {
        let state = objection.states().get(&item.id).copied();
        state.unwrap_or(ObjectedState::Requested)
    };
    let all = objection.request().items().iter();
    all.map(|one| ItemNow {
        id: &one.id,
        processing_id: one.processing_id.as_ref(),
        dataset_id: one.dataset_id.as_ref(),
        state: name(item(one)),
        text: item(one).label().into(),
    })
    .collect()
}
