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
mod api;
mod consents;
mod entry;
mod levels;
mod links;
mod modified;
mod reading;
mod told;
mod wire;
mod wishes;

pub(crate) use api::resident_operations;
pub use api::residents_api;
pub use entry::{Around, Mandates, NoMandates};
pub use levels::{Deed, Demand, Demands};
pub(crate) use told::{unknown_method, unknown_path};

use crate::courier::{Letters, Services};
use crate::door::Bounds;
use crate::identity::Residents;
use crate::operator::Named;
use crate::ops::{Limiter, Rate};
use crate::owner::OwnerKeys;
use axum::extract::State;
use axum::response::Response;
use entry::Within;
use mydata::core::crypto::Sha256;
use mydata::core::refusals;
use mydata::core::resource::{Origin, ResourceUrl};
use mydata_store::{Operator, People, Store};
use std::fmt;
use std::sync::Arc;

refusals! {
    /// Why nothing is asked of an account in a resident's name.
    pub enum ResidentRefusal {
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
    /// Of each identity, by its digest.
    rate: Option<Limiter<Sha256>>,
}

/// How often one resident may ask, if nothing else is said: 10 a second, 100 at once. An app opens a dozen lists at
/// its start; nobody reads more than that.
#[must_use]
pub fn resident_rate() -> Rate {
    Rate::new(10, 100)
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
            rate: Some(Limiter::new(resident_rate())),
        }
    }

    /// With other demands on how well residents are identified.
    #[must_use]
    pub fn with_demands(self, demands: Demands) -> Self {
        Self { demands, ..self }
    }

    /// With another rate of each resident than [`resident_rate`]; `None`: as often as they like. It is asked once it
    /// is known who they are, also of whoever acts for others.
    #[must_use]
    pub fn with_rate(self, rate: Option<Rate>) -> Self {
        Self {
            rate: rate.map(Limiter::new),
            ..self
        }
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

type Answer = Result<Response, told::Told>;
