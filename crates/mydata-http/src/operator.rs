//! The operator's API for services: each handler from octets to a command, and from the decision to an
//! answer.

mod api;

pub use api::operator_api;
pub(crate) use api::operator_operations;

use crate::courier::Services;
use crate::door::{Arrived, Door};
use crate::ops::Metrics;
use crate::owner::{OwnerKeys, continue_linking};
use crate::problem::{HttpRefusal, Problem};
use crate::query::{self, Page};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use mydata::core::crypto::Crypto;
use mydata::core::id::{AccountId, ActorId, ConsentId, LinkCode, RecordId, ServiceId, SurrogateId};
use mydata::core::party::PartyKeys;
use mydata::operator::{Account, Act, Capacity, Command, Refusal, Registered, Rejection, Reply};
use mydata::record::message::{
    self, Countersigned, LinkCopyRequest, LinkRemoval, StatusQuery, SurrogateOffer,
};
use mydata::token::party::Sender;
use mydata_store::{Lookup, Operator, Store};
use serde::Serialize;
use std::sync::Arc;

/// The operator behind a door.
#[derive(Debug)]
pub struct OperatorDesk<S: Store, O> {
    operator: Arc<Operator<S>>,
    services: Arc<dyn Services>,
    owners: O,
    door: Door,
}

impl<S: Store, O: OwnerKeys> OperatorDesk<S, O> {
    /// An operator, the services that are registered with it, the owner keys that it keeps, and the way in.
    pub const fn new(
        operator: Arc<Operator<S>>,
        services: Arc<dyn Services>,
        owners: O,
        door: Door,
    ) -> Self {
        Self {
            operator,
            services,
            owners,
            door,
        }
    }

    /// Takes down how full the memory of services' requests is: to be called when somebody asks for numbers
    /// ([`Health::refreshed`](crate::ops::Health::refreshed)).
    pub fn report(&self, metrics: &Metrics) {
        metrics.filled("services", self.door.fill());
    }

    pub(crate) fn registered(&self, id: &ServiceId) -> Option<Arc<Registered>> {
        self.services.registered(id)
    }

    pub(crate) fn store(&self) -> &S {
        self.operator.store()
    }

    pub(crate) fn crypto(&self) -> &dyn Crypto {
        self.door.crypto()
    }

    /// A request of a service. What an operator sends to an operator is nothing here.
    pub(crate) async fn of_service(
        &self,
        request: Request,
    ) -> Result<(ServiceId, Arrived), Problem> {
        let arrived = self.door.receive(request).await?;
        match arrived.sender() {
            Sender::Service(id) => Ok((id.clone(), arrived)),
            Sender::Operator(_) => Err(Refusal::CapacityNotAllowed.into()),
        }
    }

    /// The account that something belongs to; the machine's own refusal where there is no such thing.
    pub(crate) async fn found(
        &self,
        what: &Lookup,
        none: Refusal,
    ) -> Result<Arc<Account>, Problem> {
        let found = self.operator.find(what).await?;
        found.ok_or_else(|| none.into())
    }

    /// The service asks for something in its own name.
    pub(crate) async fn does(
        &self,
        (service, account): (&ServiceId, &AccountId),
        request: &mydata_store::Request,
        command: &Command,
    ) -> Result<Reply, Problem> {
        let act = Act {
            account: account.clone(),
            actor: ActorId::parse(service.as_str()).map_err(|_| HttpRefusal::Internal)?,
            capacity: Capacity::Service(service.clone()),
        };
        let outcome = self.operator.execute(&act, request, command).await?;
        Ok(outcome.reply)
    }

    /// After a step of a linking by the service comes the owner's. A step that was made before is refused,
    /// after what may have been left undone then.
    async fn go_on(
        &self,
        account: &Account,
        code: &LinkCode,
        step: Result<Reply, Problem>,
    ) -> Result<StatusCode, Problem> {
        let refused = step.as_ref().err().map(Problem::code);
        if refused.is_none_or(|code| code == Refusal::LinkingStage.code()) {
            continue_linking(&self.operator, &self.owners, account.id(), code).await?;
        }
        step.map(|_| StatusCode::CREATED)
    }
}

pub(crate) async fn nothing_here() -> Problem {
    HttpRefusal::PathUnknown.into()
}

pub(crate) async fn no_such_method() -> Problem {
    HttpRefusal::MethodUnknown.into()
}

/// An answer, which nobody may keep: it is about a person.
pub(crate) fn answer<M: Serialize>(status: StatusCode, message: &M) -> Result<Response, Problem> {
    let octets = message::write(message)?;
    let mut response = Response::new(axum::body::Body::from(octets));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

pub(crate) type Desk<S, O> = State<Arc<OperatorDesk<S, O>>>;

/// What the path names, or octets that are no text.
pub(crate) type Named<T> = Result<Path<T>, PathRejection>;

pub(crate) fn unnamed(_: PathRejection) -> Problem {
    HttpRefusal::PathUnknown.into()
}

//= SL-16
async fn offer<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (service, arrived) = desk.of_service(request).await?;
    let offer: SurrogateOffer = arrived.message()?;
    let lookup = Lookup::Linking(offer.code.clone());
    let account = desk.found(&lookup, Refusal::LinkingUnknown).await?;
    let request = arrived.request(desk.crypto())?;
    let code = offer.code.clone();
    let command = Command::OfferSurrogate {
        code: offer.code.clone(),
        proof: offer.proof_scheme(),
        surrogate_id: offer.surrogate_id,
        pop_key: offer.pop_key,
    };
    let step = desk.does((&service, account.id()), &request, &command);
    let step = step.await;
    desk.go_on(&account, &code, step).await
}

//= SL-20
async fn countersigned<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (service, arrived) = desk.of_service(request).await?;
    let brought: Countersigned = arrived.message()?;
    let code = brought.data.code;
    let lookup = Lookup::Linking(code.clone());
    let account = desk.found(&lookup, Refusal::LinkingUnknown).await?;
    let crypto: &dyn Crypto = desk.crypto();
    let record = {
        let keys: PartyKeys<'_> = account.linking_keys(&code)?;
        let opened = brought.slr.open();
        opened.and_then(|opened| opened.verify(crypto, &keys))?
    };
    let request = arrived.request(crypto)?;
    let command = Command::Countersign {
        code: code.clone(),
        record,
    };
    let step = desk.does((&service, account.id()), &request, &command);
    let step = step.await;
    desk.go_on(&account, &code, step).await
}

//= DT-11, DT-17
async fn token<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    path: Named<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (service, arrived) = desk.of_service(request).await?;
    let cr_id = consent_id(&path.map_err(unnamed)?)?;
    let lookup = Lookup::Consent(cr_id.clone());
    let account = desk.found(&lookup, Refusal::ConsentUnknown).await?;
    // A token that is asked for again is decided again.
    let request = arrived.fresh_request(desk.crypto())?;
    let command = Command::IssueToken { cr_id };
    let reply = desk.does((&service, account.id()), &request, &command);
    let Reply::Token(reply) = reply.await? else {
        return Err(HttpRefusal::Internal.into());
    };
    answer(StatusCode::OK, &reply)
}

fn consent_id(text: &str) -> Result<ConsentId, Problem> {
    ConsentId::parse(text).map_err(|_| Refusal::ConsentUnknown.into())
}

/// The number of a doubt, which the answer repeats.
fn round(arrived: &Arrived) -> u32 {
    let round = arrived
        .query()
        .and_then(|query| query.strip_prefix("round="));
    round.and_then(|round| round.parse().ok()).unwrap_or(0)
}

//= CN-41, CN-96, DT-57
async fn status<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    path: Named<String>,
    request: Request,
) -> Result<Response, Problem> {
    let Path(cr_id) = path.map_err(unnamed)?;
    told(&desk, &cr_id, None, request).await
}

async fn missing<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    path: Named<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let Path((cr_id, since)) = path.map_err(unnamed)?;
    told(&desk, &cr_id, Some(&since), request).await
}

async fn told<S: Store, O: OwnerKeys>(
    desk: &OperatorDesk<S, O>,
    cr_id: &str,
    since: Option<&str>,
    request: Request,
) -> Result<Response, Problem> {
    let (service, arrived) = desk.of_service(request).await?;
    let cr_id = consent_id(cr_id)?;
    let since = since.map(RecordId::parse).transpose();
    let since = since.map_err(|_| Refusal::StatusRecordUnknown)?;
    let lookup = Lookup::Consent(cr_id.clone());
    let account = desk.found(&lookup, Refusal::ConsentUnknown).await?;
    let query = StatusQuery {
        cr_id,
        since,
        round: round(&arrived),
    };
    let reply = account.introspect(&service, &query)?;
    answer(StatusCode::OK, &reply)
}

//= SL-26, SL-31
async fn removal<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<Response, Problem> {
    let (service, arrived) = desk.of_service(request).await?;
    let LinkRemoval {
        surrogate_id,
        slr_id: link_id,
    } = arrived.message()?;
    let lookup = Lookup::Surrogate(service.clone(), surrogate_id.clone());
    let account = desk.found(&lookup, Refusal::LinkUnknown).await?;
    // The link is the one of this surrogate, or of nobody.
    let link = account.link_by_surrogate(&service, &surrogate_id);
    let link = link.filter(|link| link.record.link_id == link_id);
    // One that is removed already is answered with the same record, and nothing is stored for that.
    if link.ok_or(Refusal::LinkUnknown)?.is_active() {
        let request = arrived.request(desk.crypto())?;
        let signed = None;
        let command = Command::RemoveLink { link_id, signed };
        desk.does((&service, account.id()), &request, &command)
            .await?;
    }
    let account = desk.operator.account(account.id()).await?;
    let status = account.link_status_copy(&service, &surrogate_id);
    answer(StatusCode::CREATED, &status?)
}

/// The account of a person as the service names them.
async fn of_surrogate<S: Store, O: OwnerKeys>(
    desk: &OperatorDesk<S, O>,
    request: Request,
) -> Result<(ServiceId, LinkCopyRequest, Arc<Account>), Problem> {
    let (service, arrived) = desk.of_service(request).await?;
    let (asked, account) = asked_of(desk, &service, &arrived).await?;
    Ok((service, asked, account))
}

async fn asked_of<S: Store, O: OwnerKeys>(
    desk: &OperatorDesk<S, O>,
    service: &ServiceId,
    arrived: &Arrived,
) -> Result<(LinkCopyRequest, Arc<Account>), Problem> {
    let asked: LinkCopyRequest = arrived.message()?;
    let lookup = Lookup::Surrogate(service.clone(), asked.surrogate_id.clone());
    let account = desk.found(&lookup, Refusal::LinkUnknown).await?;
    Ok((asked, account))
}

/// As many copies as an answer has at the most, and has unless it is said: a record has up to 64 KiB, a third more
/// when it is sealed, and a client reads an answer up to 1 MiB.
pub(crate) const COPIES: usize = 10;

/// Answers with copies under the surrogate that a service names: the part of them that it asks for.
pub(crate) async fn some_of_surrogate<S: Store, O: OwnerKeys, T: Serialize>(
    desk: &OperatorDesk<S, O>,
    request: Request,
    copies: impl FnOnce(&Account, &ServiceId, &SurrogateId) -> Result<Vec<T>, Rejection>,
) -> Result<Response, Problem> {
    let (service, arrived) = desk.of_service(request).await?;
    let page = query::values(arrived.query(), ["offset", "limit"]);
    let page = page.and_then(|page| Page::read(page, COPIES));
    let page = page.ok_or(HttpRefusal::Page)?;
    let (asked, account) = asked_of(desk, &service, &arrived).await?;
    let copies = copies(&account, &service, &asked.surrogate_id)?;
    let (some, _) = page.of(copies.into_iter(), |copy| copy);
    answer(StatusCode::OK, &some)
}

//= SL-34, SL-35
async fn link_copy<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<Response, Problem> {
    let (service, asked, account) = of_surrogate(&desk, request).await?;
    let copy = account.link_copy(&service, &asked.surrogate_id);
    answer(StatusCode::OK, &copy?)
}

//= SL-37, SL-38
async fn link_status<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<Response, Problem> {
    let (service, asked, account) = of_surrogate(&desk, request).await?;
    let copy = account.link_status_copy(&service, &asked.surrogate_id);
    answer(StatusCode::OK, &copy?)
}

//= CN-96
async fn consent_copies<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<Response, Problem> {
    some_of_surrogate(&desk, request, Account::consent_copies).await
}
