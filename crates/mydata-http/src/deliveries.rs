//! What a service has not been told yet: what a source asks, to know how old its knowledge is.

use crate::operator::{Desk, OperatorDesk, answer};
use crate::owner::OwnerKeys;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use mydata::core::id::ServiceId;
use mydata::core::time::Timestamp;
use mydata_store::{OperatorFault, Partition, Store, parked_of};
use serde::{Deserialize, Serialize};

/// What an operator says of its deliveries to a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Deliveries {
    /// The operator's time.
    pub at: Timestamp,
    /// What has not been acknowledged yet, queue by queue; empty when nothing waits.
    pub waiting: Vec<Waiting>,
    /// Where messages of some account are kept back, because the service has refused one of it: a mark that
    /// is another for others. The service has not been told of them and asks about what it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<String>,
}

/// What waits for a service in one queue. Numbers grow in the order of the commits; they stand in the names of
/// messages too, so that they tell a service nothing new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Waiting {
    /// Which queue: an account is in one for ever.
    pub queue: u16,
    /// The oldest decision that waits: all before it was acknowledged, or is kept back.
    pub first: u64,
    /// The newest one that there was when it was asked.
    pub last: u64,
}

pub(crate) async fn deliveries<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<Response, Problem> {
    let (service, arrived) = desk.of_service(request).await?;
    let told = Deliveries {
        at: arrived.now(),
        // Before what is parked: what leaves a queue between the two is seen there.
        waiting: waiting(&desk, &service).await?,
        parked: parked(&desk, &service).await?,
    };
    answer(StatusCode::OK, &told)
}

async fn waiting<S: Store, O: OwnerKeys>(
    desk: &OperatorDesk<S, O>,
    service: &ServiceId,
) -> Result<Vec<Waiting>, Problem> {
    let store = desk.store();
    let mut all = Vec::new();
    for partition in (0..store.partitions()).map(Partition) {
        let backlog = store.backlog(partition, service).await;
        let backlog = backlog.map_err(OperatorFault::from)?;
        all.extend(backlog.map(|backlog| Waiting {
            queue: partition.0,
            first: backlog.first.get(),
            last: backlog.last.get(),
        }));
    }
    Ok(all)
}

async fn parked<S: Store, O: OwnerKeys>(
    desk: &OperatorDesk<S, O>,
    service: &ServiceId,
) -> Result<Option<String>, Problem> {
    let parked = parked_of(desk.store(), service).await?;
    let places: Vec<u8> = parked
        .iter()
        .flat_map(|parked| {
            let (partition, position) = (parked.partition.0, parked.position.get());
            partition
                .to_be_bytes()
                .into_iter()
                .chain(position.to_be_bytes())
        })
        .collect();
    let mark = || desk.crypto().sha256(&places).to_base64url();
    Ok((!places.is_empty()).then(mark))
}
