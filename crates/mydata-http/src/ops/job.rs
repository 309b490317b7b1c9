//! A job of the durable operator, with lines in the log of how far it has come.

use super::span;
use mydata_store::{Operator, OperatorFault, Progress, Run, Store, Task};
use std::sync::Arc;
use tokio::sync::watch;
use tracing::Instrument as _;

/// Runs a job as [`Operator::run`] does. What it does, of which service, and how far it has come is written down
/// after each page; of its name, its accounts and whoever runs it nothing is.
///
/// # Errors
/// As [`Operator::run`]; the code is written down.
pub async fn run_job<S: Store>(
    operator: &Arc<Operator<S>>,
    run: &Run,
    task: &Task,
    stop: watch::Receiver<bool>,
) -> Result<Progress, OperatorFault> {
    let span = span::job(task);
    let ran = operator.run(run, task, stop, span::went_on);
    let ran = ran.instrument(span.clone()).await;
    if let Err(fault) = &ran {
        span.in_scope(|| span::broke_off(fault));
    }
    ran
}
