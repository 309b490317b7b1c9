//! Whether a process lives, and whether it can do its work now.

use super::{Metrics, Shutdown, unconfirmed};
use crate::operator::{answer, no_such_method, nothing_here};
use crate::problem::Problem;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mydata_store::{Operator, Partition, Store, Traffic};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// How long an examination may take. Longer is `late`.
const TIME: Duration = Duration::from_secs(2);

/// What OpenMetrics text is.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How something is that the work needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever watches knows them all")]
pub enum Condition {
    /// As it should be.
    Good,
    /// Not as it should be, and the work can be done: an operator that is late.
    Weak,
    /// The work cannot be done: a store that does not answer.
    Bad,
}

impl Condition {
    const fn text(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Weak => "weak",
            Self::Bad => "bad",
        }
    }
}

type Examined = Pin<Box<dyn Future<Output = Condition> + Send>>;
type Examine = Box<dyn Fn() -> Examined + Send + Sync>;
type Refresh = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What is examined whenever somebody asks, and the numbers of the process.
pub struct Health {
    shutdown: Shutdown,
    metrics: Arc<Metrics>,
    checks: BTreeMap<&'static str, Examine>,
    refresh: Vec<Refresh>,
}

impl Health {
    /// Of a process that is ready until its shutdown begins.
    #[must_use]
    pub fn new(shutdown: Shutdown, metrics: Arc<Metrics>) -> Self {
        Self {
            shutdown,
            metrics,
            checks: BTreeMap::new(),
            refresh: Vec::new(),
        }
    }

    /// One more thing that must be there: `store`, `log`, `keys`. An examination that takes longer than two
    /// seconds is [`Bad`](Condition::Bad).
    #[must_use]
    pub fn with<F>(
        mut self,
        name: &'static str,
        examine: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Condition> + Send + 'static,
    {
        self.checks
            .insert(name, Box::new(move || Box::pin(examine())));
        self
    }

    /// Numbers that are taken when somebody asks for them, within two seconds.
    #[must_use]
    pub fn refreshed<F>(mut self, refresh: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.refresh.push(Box::new(move || Box::pin(refresh())));
        self
    }

    async fn examine(&self) -> (bool, BTreeMap<&'static str, &'static str>) {
        let mut found = BTreeMap::new();
        let mut is_ready = !self.shutdown.is_begun();
        for (name, examine) in &self.checks {
            let condition = tokio::time::timeout(TIME, examine()).await;
            let condition = condition.unwrap_or(Condition::Bad);
            is_ready &= condition != Condition::Bad;
            found.insert(*name, condition.text());
        }
        if self.shutdown.is_begun() {
            found.insert("shutdown", "begun");
        }
        (is_ready, found)
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health")
            .field("checks", &self.checks.keys())
            .finish_non_exhaustive()
    }
}

/// Whether an operator's store answers: a check for [`Health::with`].
pub async fn store_condition<S: Store>(operator: &Operator<S>) -> Condition {
    match operator.store().waiting(Partition(0)).await {
        Ok(_) => Condition::Good,
        Err(_) => Condition::Bad,
    }
}

/// Takes down what the services of an operator have not confirmed: numbers for [`Health::refreshed`]. A store
/// that cannot be read leaves the old ones.
pub async fn report_outbox<S: Store>(operator: &Operator<S>, traffic: &Traffic, metrics: &Metrics) {
    if let Ok(found) = unconfirmed(operator).await {
        metrics.outbox(&found, traffic, operator.clock().now());
    }
}

/// `/health/live`, `/health/ready` and `/metrics`: for a listener of their own, which the public does not
/// reach. Whoever lives answers; whoever is not ready says 503, and what it lacks.
pub fn ops_api(health: Health) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "live" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .fallback(nothing_here)
        .method_not_allowed_fallback(no_such_method)
        .with_state(Arc::new(health))
}

async fn ready(State(health): State<Arc<Health>>) -> Result<Response, Problem> {
    let (is_ready, checks) = health.examine().await;
    let status = match is_ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    answer(
        status,
        &serde_json::json!({ "ready": is_ready, "checks": checks }),
    )
}

async fn metrics(State(health): State<Arc<Health>>) -> Response {
    for refresh in &health.refresh {
        // Old numbers are better than none.
        let _ = tokio::time::timeout(TIME, refresh()).await;
    }
    let headers = [(CONTENT_TYPE, OPEN_METRICS), (CACHE_CONTROL, "no-store")];
    (headers, health.metrics.text()).into_response()
}
