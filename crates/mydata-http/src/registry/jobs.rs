//! What an operator does about a decision of the registry.

use mydata::registry::Effect;
use mydata_store::Task;

/// The job of the durable operator, with the name that it has whenever it is told of this decision; none where
/// there is nothing for an operator to do.
///
/// A service that is closed takes no new links and consents because the registry says so, at once; the job pauses
/// the consents that there are (D29). One that leaves has its links ended, and is told.
#[must_use]
pub fn job_of(number: u64, effect: &Effect) -> Option<(String, Task)> {
    match effect {
        Effect::Close { service_id } => Some((
            format!("registry-{number}-close"),
            Task::Suspend(service_id.clone()),
        )),
        Effect::Deregister { service_id, .. } => Some((
            format!("registry-{number}-leave"),
            Task::Deregister(service_id.clone()),
        )),
        Effect::Inform { .. } | Effect::AskNewVersion { .. } | _ => None,
    }
}
