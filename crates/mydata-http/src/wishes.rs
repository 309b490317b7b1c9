//! What a person wishes to be told, at the operator: a service says that a subscription is in force, and tells.

use crate::operator::{Desk, OperatorDesk, some_of_surrogate};
use crate::owner::OwnerKeys;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use mydata::core::id::SurrogateId;
use mydata::core::jws::Sealed;
use mydata::core::party::{Party, PartyKeys};
use mydata::operator::{Account, Command, Refusal, Registered, Told};
use mydata::record::message::SubscriptionConfirmation;
use mydata::record::notification::{NotificationPush, PushedNotification};
use mydata::record::objection::ObjectionResponse;
use mydata_store::{Lookup, Store};
use serde::{Deserialize, Serialize};

//= FW-43
pub(crate) async fn confirmed<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (service, arrived) = desk.of_service(request).await?;
    let SubscriptionConfirmation {
        surrogate_id,
        subscription_id: id,
    } = arrived.message()?;
    let lookup = Lookup::Surrogate(service.clone(), surrogate_id.clone());
    let account = desk.found(&lookup, Refusal::LinkUnknown).await?;
    let request = arrived.request(desk.crypto())?;
    let command = Command::ConfirmSubscription { surrogate_id, id };
    desk.does((&service, account.id()), &request, &command)
        .await?;
    Ok(StatusCode::CREATED)
}

//= NT-09, NT-17
pub(crate) async fn notified<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (id, arrived) = desk.of_service(request).await?;
    let push: NotificationPush = arrived.message()?;
    let lookup = Lookup::Surrogate(id.clone(), push.surrogate_id.clone());
    let account = desk.found(&lookup, Refusal::LinkUnknown).await?;
    let service = desk.registered(&id).ok_or(Refusal::LinkUnknown)?;
    let notification = told(&desk, &service, push.notification)?;
    let request = arrived.request(desk.crypto())?;
    let command = Command::ReceiveNotification {
        surrogate_id: push.surrogate_id,
        service,
        notification,
    };
    desk.does((&id, account.id()), &request, &command).await?;
    Ok(StatusCode::CREATED)
}

/// A service answers an objection, or says that it will. The answer names no person, so the surrogate comes
/// with it; the framework's API file has it in the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ObjectionResult {
    /// The person, as in the link.
    pub surrogate_id: SurrogateId,
    /// The answer.
    pub response: Sealed<ObjectionResponse>,
}

pub(crate) async fn answered<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (id, arrived) = desk.of_service(request).await?;
    let ObjectionResult {
        surrogate_id,
        response,
    } = arrived.message()?;
    // Also after the link is removed: what was asked is answered (D32).
    let lookup = Lookup::Surrogate(id.clone(), surrogate_id.clone());
    let account = desk.found(&lookup, Refusal::ObjectionUnknown).await?;
    let service = desk.registered(&id).ok_or(Refusal::ObjectionUnknown)?;
    let keys = PartyKeys::none().with_history(Party::Service, &service.keys);
    let opened = response.open();
    let record = opened.and_then(|opened| opened.verify(desk.crypto(), &keys))?;
    let objection = account.objection(record.request_id());
    let objection = objection.ok_or(Refusal::ObjectionUnknown)?;
    // It is one of this person's, as the service names them.
    if *objection.request().surrogate_id() != surrogate_id {
        return Err(Refusal::ObjectionUnknown.into());
    }
    let request = arrived.request(desk.crypto())?;
    let command = Command::ReceiveObjectionResponse { service, record };
    desk.does((&id, account.id()), &request, &command).await?;
    Ok(StatusCode::CREATED)
}

/// What is signed is verified with the keys that the service has registered.
fn told<S: Store, O: OwnerKeys>(
    desk: &OperatorDesk<S, O>,
    service: &Registered,
    pushed: PushedNotification,
) -> Result<Told, Problem> {
    let sealed = match pushed {
        PushedNotification::Signed(sealed) => sealed,
        PushedNotification::Encrypted(jwe) => return Ok(Told::Encrypted(jwe)),
    };
    let keys = PartyKeys::none().with_history(Party::Service, &service.keys);
    let opened = sealed.open();
    let verified = opened.and_then(|opened| opened.verify(desk.crypto(), &keys));
    Ok(Told::Signed(verified?))
}

pub(crate) async fn subscription_copies<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<Response, Problem> {
    some_of_surrogate(&desk, request, Account::subscription_copies).await
}

pub(crate) async fn objection_copies<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<Response, Problem> {
    some_of_surrogate(&desk, request, Account::objection_copies).await
}
