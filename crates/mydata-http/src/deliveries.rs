//! Whether a service has been told everything: what a source asks, to know how old its knowledge is.

use crate::operator::{Desk, OperatorDesk, answer};
use crate::owner::OwnerKeys;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use mydata::core::id::ServiceId;
use mydata::core::time::Timestamp;
use mydata_store::{OperatorFault, Partition, Reader, Shelf, Store};
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

/// Names that are read at once.
const PAGE: usize = 256;

/// After the service's name: the partition, the position, and what separates them.
const PLACE: usize = "/00000/00000000000000000000".len();

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
    let reader = Reader::Service(service.clone());
    for partition in (0..store.partitions()).map(Partition) {
        let cursor = store.cursor(&reader, partition).await;
        let cursor = cursor.map_err(OperatorFault::from)?;
        let waiting = store.log(partition, Some(service), cursor, 1).await;
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
    let prefix = format!("{service}/");
    let mut after = prefix.clone();
    let mut names = String::new();
    loop {
        let page = desk.store().papers(Shelf::Parked, Some(&after), PAGE);
        let page = page.await.map_err(OperatorFault::from)?;
        let theirs = page
            .iter()
            .map(|(name, _)| name.name())
            .take_while(|name| name.starts_with(&prefix));
        let mut last = None;
        for name in theirs {
            // A service whose id goes on behind a slash has names of its own among these.
            if name.len() == service.as_str().len() + PLACE {
                names.push_str(name);
                names.push('\n');
            }
            last = Some(name);
        }
        match last {
            Some(last) if page.len() == PAGE => after = last.to_owned(),
            _ => break,
        }
    }
    let mark = || desk.crypto().sha256(names.as_bytes()).to_base64url();
    Ok((!names.is_empty()).then(mark))
}
