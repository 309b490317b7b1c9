//! Whether a service has been told everything: what a source asks, to know how old its knowledge is.

use crate::operator::{Desk, OperatorDesk, answer};
use crate::owner::OwnerKeys;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use mydata::core::id::ServiceId;
use mydata::core::time::Timestamp;
use mydata_store::{OperatorFault, Partition, Position, Store, parked_of};
use serde::{Deserialize, Serialize};

/// What an operator says of its deliveries to a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Deliveries {
    /// The operator's time.
    pub at: Timestamp,
    /// Whether anything has not been acknowledged yet.
    pub waiting: bool,
    /// Where messages of some account are kept back, because the service has refused one of it: a mark that
    /// is another for others. The service has not been told of them and asks about what it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<String>,
}

pub(crate) async fn deliveries<S: Store, O: OwnerKeys>(
    State(desk): Desk<S, O>,
    request: Request,
) -> Result<Response, Problem> {
    let (service, arrived) = desk.of_service(request).await?;
    let told = Deliveries {
        at: arrived.now(),
        waiting: is_waiting(&desk, &service).await?,
        parked: parked(&desk, &service).await?,
    };
    answer(StatusCode::OK, &told)
}

async fn is_waiting<S: Store, O: OwnerKeys>(
    desk: &OperatorDesk<S, O>,
    service: &ServiceId,
) -> Result<bool, Problem> {
    let store = desk.store();
    for partition in (0..store.partitions()).map(Partition) {
        // For a service there is only what it has not taken yet.
        let waiting = store.log(partition, Some(service), Position::ZERO, 1).await;
        if !waiting.map_err(OperatorFault::from)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
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
