//! `findUsage` out of the gateway's own access log, for security servers, on a listener of its own.

use crate::answer::GatewayRefusal;
use crate::gateway::{Gateway, Log, SourceDesk};
use crate::persons::PersonBook;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use hyper_util::client::legacy::connect::Connect;
use mydata::core::id::SurrogateId;
use mydata_http::tls::Tls;
use mydata_http::usage::{PersonCode, UsageDesk, UsageOptions, usage_api};
use mydata_http::{HttpRefusal, Problem};
use mydata_store::Clock;
use std::collections::BTreeSet;
use std::sync::Arc;
use tower_service::Service as _;

/// What answers by one configuration.
pub(crate) fn usage_of(
    options: UsageOptions,
    (log, persons): (&Arc<Log>, &PersonBook),
    clock: &Arc<dyn Clock>,
) -> Router {
    let (log, persons) = (Arc::clone(log), persons.clone());
    usage_api(Arc::new(UsageDesk::new(
        log,
        persons,
        options,
        Arc::clone(clock),
    )))
}

/// The surrogates of which it is known who is behind them.
pub(crate) fn linked<C: Connect + Clone + Send + Sync + 'static>(
    desk: &SourceDesk<C>,
) -> BTreeSet<SurrogateId> {
    let (state, program) = (desk.read(), desk.program());
    let links = state.links().map(|(_, link)| &link.record.surrogate_id);
    let linked = links.filter(|surrogate| program.member(surrogate).is_some());
    linked.cloned().collect()
}

impl<C: Connect + Clone + Send + Sync + 'static> Gateway<C> {
    /// What security servers reach, by the configuration that is in force; nothing where none is told.
    pub fn usage(self: &Arc<Self>) -> Option<Router> {
        self.persons()?;
        let router = Router::new().fallback(asked::<C>);
        Some(router.with_state(Arc::clone(self)))
    }

    /// What that listener speaks, where it speaks TLS.
    #[must_use]
    pub fn usage_tls(&self) -> Option<&Tls> {
        self.tls_of_usage.as_ref()
    }

    /// Whoever has linked and is known behind by this name is this person. A linking under way may come to
    /// nothing, and is no link.
    pub(crate) async fn is_person(&self, member: &str, person: &PersonCode) -> Result<(), Problem> {
        let persons = self.persons().ok_or(HttpRefusal::PathUnknown)?;
        let mut links = self.desk.program().surrogates(member);
        {
            let state = self.desk.read();
            let held = state.links().map(|(_, link)| &link.record.surrogate_id);
            let held: BTreeSet<_> = held.collect();
            links.retain(|surrogate| held.contains(surrogate));
        }
        if links.is_empty() {
            return Err(GatewayRefusal::Person.into());
        }
        let kept = persons.keep(links, person).await;
        kept.map_err(|_| HttpRefusal::Later.into())
    }
}

async fn asked<C>(State(gateway): State<Arc<Gateway<C>>>, request: Request) -> Response
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let router = gateway.in_force.now().usage.clone();
    let Some(mut router) = router else {
        return Problem::from(HttpRefusal::PathUnknown).into_response();
    };
    router
        .call(request)
        .await
        .unwrap_or_else(|never| match never {})
}
