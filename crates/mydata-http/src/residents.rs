//! The resident's side of the operator: what a person reads and decides, over HTTP.
//!
//! A person is whoever the identity provider of the city says ([`Residents`]): each
//! request brings an access token, and there is no session, cookie or password here. The token's identity
//! has one account ([`People`](mydata_store::People)); of another's account, link or consent nobody learns that it
//! exists. How well somebody must have been identified stands in one table ([`Demands`]).
//!
//! Every write has three ways. With the owner's keys in custody one request does it; where a wallet has
//! them, `…/draft/` gives what is to be signed and `…/signed/` takes it, and nothing is stored between the
//! two. A write with an `Idempotency-Key` is done once, whatever gets lost.
//!
//! Paths are those of the framework's External and UI API files; the rest is ours, since the documents
//! demand the operation and have published no path (D79). What is refused is told with words
//! in Finnish, Swedish and English beside the code.

mod accounts;
mod consents;
mod entry;
mod levels;
mod links;
mod modified;
mod reading;
mod told;
mod wire;
mod wishes;

pub use entry::{Around, Mandates, NoMandates};
pub use levels::{Deed, Demand, Demands};

use crate::courier::{Letters, Services};
use crate::door::Bounds;
use crate::identity::Residents;
use crate::operator::{no_such_method, nothing_here};
use crate::owner::OwnerKeys;
use axum::Router;
use axum::extract::State;
use axum::extract::rejection::PathRejection;
use axum::response::Response;
use axum::routing::{delete, get, post, put};
use entry::Within;
use mydata::core::refusals;
use mydata::core::resource::{Origin, ResourceUrl};
use mydata_store::{Operator, People, Store};
use std::fmt;
use std::sync::Arc;
use told::Told;

refusals! {
    /// Why nothing is asked of an account in a resident's name.
    pub enum ResidentRefusal {
        NotProven = "resident_not_proven": "there is no bearer token, or it proves nobody",
        Assurance = "resident_assurance": "this needs a stronger or a more recent identification",
        ServiceUnknown = "resident_service_unknown": "no such service is registered",
        PersonUnknown = "resident_person_unknown": "nothing is kept of the person of this account",
        KeyElsewhere = "resident_key_elsewhere": "the owner's keys are not kept here: a draft is to be signed where they are",
        KeyMissing = "resident_key_missing": "the owner brings no keys, and none are kept here",
        Parts = "resident_parts": "what was signed is not what belongs together here",
        Query = "resident_query": "a word of the path or the query is none that is known",
        LetterUnsent = "resident_letter_unsent": "the code could not be sent: ask for another",
    }
}

/// The operator at which residents ask.
pub struct ResidentDesk<S: Store> {
    operator: Arc<Operator<S>>,
    services: Arc<dyn Services>,
    people: People<S>,
    around: Box<dyn Within>,
    origin: Origin,
    bounds: Bounds,
    demands: Demands,
    returns: Option<ResourceUrl>,
}

impl<S: Store> ResidentDesk<S> {
    /// An operator that residents reach at `origin`, the services that are registered with it, its people,
    /// and what the program brings.
    pub fn new<R, O, M, L>(
        operator: Arc<Operator<S>>,
        services: Arc<dyn Services>,
        people: People<S>,
        around: Around<R, O, M, L>,
        origin: Origin,
    ) -> Self
    where
        R: Residents,
        O: OwnerKeys,
        M: Mandates,
        L: Letters,
    {
        Self {
            operator,
            services,
            people,
            around: Box::new(around),
            origin,
            bounds: Bounds::default(),
            demands: Demands::default(),
            returns: None,
        }
    }

    /// With other demands on how well residents are identified.
    #[must_use]
    pub fn with_demands(self, demands: Demands) -> Self {
        Self { demands, ..self }
    }

    /// With other bounds of what is read.
    #[must_use]
    pub fn with_bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// With a page to which a service sends a person back after linking. It is the operator's own, and
    /// never comes out of a request.
    #[must_use]
    pub fn returning_to(self, page: ResourceUrl) -> Self {
        Self {
            returns: Some(page),
            ..self
        }
    }
}

impl<S: Store> fmt::Debug for ResidentDesk<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResidentDesk")
            .field("origin", &self.origin)
            .field("bounds", &self.bounds)
            .field("demands", &self.demands)
            .finish_non_exhaustive()
    }
}

type Desk<S> = State<Arc<ResidentDesk<S>>>;

/// What the path names, or octets that are no text.
type Named<T> = Result<axum::extract::Path<T>, PathRejection>;

type Answer = Result<Response, Told>;

/// The routes for residents. `{a}` is an account, `{s}` a service.
pub fn residents_api<S: Store>(desk: Arc<ResidentDesk<S>>) -> Router {
    Router::new()
        // External API.
        .route("/account/api/v2.0/external/accounts/", post(accounts::sign_up::<S>).get(accounts::own::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/", get(accounts::account::<S>).delete(accounts::delete::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/deletion", delete(accounts::keep::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/info/", get(accounts::all_info::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/info/1/", get(accounts::info::<S>).patch(accounts::inform::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/verifications/{what}/", post(accounts::ask_code::<S>).put(accounts::confirm::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/export/", get(accounts::export::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/logs/events/", get(reading::log::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/receivers/", get(reading::receivers::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/servicelinks/", get(reading::links::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/", get(reading::link::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/statuses/", get(reading::link_statuses::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/statuses/{status}/", get(reading::link_status::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/consents/", get(reading::consents::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/consents/{consent}/", get(reading::consent::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/consents/{consent}/statuses/", get(reading::consent_statuses::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/consents/{consent}/statuses/{status}/", get(reading::consent_status::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/notifications/", get(wishes::notifications::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/subscriptions/", get(wishes::subscriptions::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/objections/", get(wishes::objections::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/proposals/", get(reading::proposals::<S>))
        .route("/account/api/v2.0/external/accounts/{a}/proposals/{number}/", get(reading::proposal::<S>))
        // Linking: UI API.
        .route("/slr/account/{a}/service/{s}/", post(links::begin::<S>))
        .route("/slr/account/{a}/linkings/{code}/", get(links::linking::<S>))
        .route("/slr/account/{a}/linkings/{code}/signed/", post(links::linking_signed::<S>))
        .route("/slr/account/{a}/service/{s}/slr/{link}/", post(links::remove::<S>))
        .route("/slr/account/{a}/service/{s}/slr/{link}/draft/", post(links::draft_removal::<S>))
        .route("/slr/account/{a}/service/{s}/slr/{link}/signed/", post(links::remove_signed::<S>))
        // Consenting: UI API.
        .route("/cr/consent_form/account/{a}/shown/", post(consents::show::<S>))
        .route("/cr/consent_form/account/{a}/", post(consents::give::<S>))
        .route("/cr/consent_form/account/{a}/draft/", post(consents::draft::<S>))
        .route("/cr/consent_form/account/{a}/signed/", post(consents::give_signed::<S>))
        .route("/cr/account_id/{a}/service/{s}/consent/{consent}/status/{state}/", post(consents::change::<S>))
        .route("/cr/account_id/{a}/service/{s}/consent/{consent}/status/{state}/draft/", post(consents::draft_change::<S>))
        .route("/cr/account_id/{a}/service/{s}/consent/{consent}/status/{state}/signed/", post(consents::change_signed::<S>))
        .route("/cr/account_id/{a}/service/{s}/consent/{consent}/", put(modified::modify::<S>))
        .route("/cr/account_id/{a}/service/{s}/consent/{consent}/draft/", post(modified::draft::<S>))
        .route("/cr/account_id/{a}/service/{s}/consent/{consent}/signed/", post(modified::modify_signed::<S>))
        .route("/cr/account_id/{a}/service/{s}/subscriptions/", post(wishes::subscribe::<S>))
        .route("/cr/account_id/{a}/service/{s}/subscriptions/draft/", post(wishes::draft_subscription::<S>))
        .route("/cr/account_id/{a}/service/{s}/subscriptions/signed/", post(wishes::subscribe_signed::<S>))
        .route("/cr/account_id/{a}/service/{s}/objections/", post(wishes::object::<S>))
        .route("/cr/account_id/{a}/service/{s}/objections/draft/", post(wishes::draft_objection::<S>))
        .route("/cr/account_id/{a}/service/{s}/objections/signed/", post(wishes::object_signed::<S>))
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .with_state(desk)
}

async fn unknown_path() -> Told {
    nothing_here().await.into()
}

async fn unknown_method() -> Told {
    no_such_method().await.into()
}
