//! The service kit: what turns a service that has data into a source, and one that wants data into a sink.
//!
//! A source answers three questions ([`Source`]): who is behind a surrogate, which datasets there are, and what
//! stands in one. The library does the rest: token, proof, standing, staleness, access log, refusals. A sink has
//! a [`SinkClient`]: it asks, watches, fetches and stops.

mod fields;
mod setup;
mod sink;

pub use fields::Fields;
pub use setup::{Setup, SetupRefusal};
pub use sink::{Change, Changes, SinkClient, Watching};

use crate::access_log::AccessLog;
use crate::operator::answer;
use crate::problem::{HttpRefusal, Problem};
use crate::protect::{Granted, Protect};
use crate::service::{Desk, Program, service_api};
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use hyper_util::client::legacy::connect::Connect;
use mydata::core::id::{DatasetId, SurrogateId};
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;

/// A dataset, and the path at which it is fetched: the `accessUrl` of the service's own description.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Dataset {
    /// The dataset.
    pub id: DatasetId,
    /// The path: the whole of it, with its slash.
    pub path: String,
}

/// Why a dataset is not given although it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "it comes to pass later, or never")]
pub enum ReadFault {
    /// Not now: the sink is told to ask again (503).
    #[error("the data cannot be read now")]
    Later,
    /// Something has failed here (500). The sink is told nothing else.
    #[error("the data cannot be read")]
    Failed,
}

impl From<ReadFault> for Problem {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Later => HttpRefusal::Later.into(),
            ReadFault::Failed => HttpRefusal::Internal.into(),
        }
    }
}

/// What a service answers to become a source.
///
/// Who is asked about comes out of a verified grant, through [`subject`](Self::subject), and out of nothing
/// that the caller has sent.
pub trait Source: Send + Sync + 'static {
    /// A person, as the service knows them.
    type Subject: Send + Sync;

    /// Who is behind a surrogate: what was kept when the linking was confirmed
    /// ([`FileProgram::member`](crate::FileProgram::member)). `None` for nobody; the sink is told 404.
    fn subject(
        &self,
        surrogate: &SurrogateId,
    ) -> impl Future<Output = Option<Self::Subject>> + Send;

    /// Which datasets are given. Asked once.
    fn datasets(&self) -> Vec<Dataset>;

    /// What stands in a dataset of a person. The fields are those that the sink has asked for, so that no
    /// more need be read; whatever more is given is cut off.
    ///
    /// # Errors
    /// [`ReadFault`].
    fn read(
        &self,
        subject: &Self::Subject,
        dataset: &DatasetId,
        fields: &Fields,
    ) -> impl Future<Output = Result<Value, ReadFault>> + Send;
}

/// All of a source: what operators call, and its datasets, each behind its protection, with two rows in the
/// access log a request.
///
/// # Panics
/// When two datasets have one path, or one is no route: at the start, and not later.
pub fn source<S, L, P, C>(desk: Arc<Desk<P, C>>, source: S, log: Arc<L>) -> Router
where
    S: Source,
    L: AccessLog,
    P: Program,
    C: Connect + Clone + Send + Sync + 'static,
{
    let mut routes = Router::new();
    for dataset in source.datasets() {
        routes = routes.route(&dataset.path, get(give::<S>));
    }
    let protect = Protect::new(Arc::clone(&desk)).logged(log);
    let routes = routes.route_layer(protect).with_state(Arc::new(source));
    service_api(desk).merge(routes)
}

//= DT-35
async fn give<S: Source>(
    State(source): State<Arc<S>>,
    RawQuery(query): RawQuery,
    granted: Granted,
) -> Result<Response, Problem> {
    let grant = granted.into_grant();
    let fields = Fields::of_query(query.as_deref())?;
    let subject = source.subject(grant.surrogate_id()).await;
    let subject = subject.ok_or(HttpRefusal::SubjectUnknown)?;
    let read = source.read(&subject, grant.dataset(), &fields).await?;
    answer(StatusCode::OK, &fields.cut(read))
}
