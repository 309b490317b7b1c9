//! What is written down of what happens, and the only place that names a thing: elsewhere a line of the log has a
//! code and fixed words, and a test says so.
//!
//! What goes in is typed: ids of services, operators, consents and messages, our own codes, numbers. No id of a
//! person or pseudonym, no octet of a request, and no error of another library, which would repeat
//! what it was given.

use super::Side;
use crate::client::CallFault;
use crate::problem::Cause;
use mydata::core::id::ServiceId;
use mydata::token::access::Access;
use mydata::token::party::Sender;
use mydata_identity::Issuer;
use mydata_store::{OperatorFault, Parcel, Progress, Task};
use std::time::Duration;
use tracing::{Level, Span, event, span};

/// Around a request.
pub(crate) fn request(side: Side, number: u64) -> Span {
    span!(Level::INFO, "request", side = side.label(), number)
}

/// A request was answered.
pub(crate) fn answered(operation: &str, status: u16, cause: Option<Cause>, time: Duration) {
    let code = cause.map_or("ok", |cause| cause.code);
    let micros = micros(time);
    // What has failed here is told to nobody else.
    match status {
        500..=599 => event!(Level::ERROR, operation, status, code, micros, "answered"),
        _ => event!(Level::INFO, operation, status, code, micros, "answered"),
    }
}

/// Somebody has proven who they are.
pub(crate) fn authenticated(sender: &Sender) {
    event!(Level::DEBUG, sender = sender.as_str(), "authenticated");
}

/// A data request was decided. Its consent is named only if it was proven.
pub(crate) fn decided(access: &Access) {
    match access {
        Access::Granted(grant) => {
            let cr_id = grant.consent_id().as_str();
            event!(Level::INFO, cr_id, code = "granted", "decided");
        }
        Access::Denied(denial) => {
            let cr_id = denial.consent().map(|id| id.as_str());
            for reason in denial.reasons() {
                event!(Level::INFO, cr_id, code = reason.code(), "decided");
            }
        }
    }
}

/// Around an attempt to bring a message to a service: which of them it is, counted since the process began.
pub(crate) fn deliver(parcel: &Parcel, attempt: u32) -> Span {
    let (parcel, service) = (parcel.id.to_string(), parcel.to.as_str());
    span!(Level::INFO, "deliver", parcel, service, attempt)
}

/// A message was brought to a service, or was not.
pub(crate) fn delivered(fault: Option<&CallFault>) {
    let code = fault.map_or("ok", CallFault::code);
    event!(Level::INFO, code, "delivered");
}

/// Around a job: what it does, and for which service. Its name may be anything.
pub(crate) fn job(task: &Task) -> Span {
    let (task, service) = match task {
        Task::Expire => ("expire", None),
        Task::Suspend(service) => ("suspend", Some(service)),
        Task::Resume(service) => ("resume", Some(service)),
        Task::Deregister(service) => ("deregister", Some(service)),
        _ => ("other", None),
    };
    let service = service.map(ServiceId::as_str);
    span!(Level::INFO, "job", task, service)
}

/// A job has come this far.
pub(crate) fn went_on(progress: &Progress) {
    let Progress {
        visited,
        total,
        stored,
        waiting,
        refused,
        failed,
        is_finished,
        ..
    } = *progress;
    event!(
        Level::INFO,
        visited,
        total,
        stored,
        waiting,
        refused,
        failed,
        is_finished,
        "job"
    );
}

/// A job has ended before its end.
pub(crate) fn broke_off(fault: &OperatorFault) {
    event!(Level::ERROR, code = fault.code(), "job");
}

/// Around fetching the keys of a provider that is configured.
pub(crate) fn keys_fetch(issuer: &Issuer) -> Span {
    span!(Level::INFO, "keys.fetch", issuer = issuer.as_str())
}

/// Keys were fetched, or were not.
pub(crate) fn keys_fetched(code: &'static str, is_good: bool) {
    match is_good {
        true => event!(Level::INFO, code, "keys fetched"),
        false => event!(Level::WARN, code, "keys not fetched"),
    }
}

/// Around a request to a system behind, by its name in the configuration.
pub(crate) fn upstream(upstream: &str) -> Span {
    span!(Level::INFO, "upstream", upstream)
}

/// A system behind has begun to answer, or nothing good has come.
pub(crate) fn asked(failure: Option<&'static str>, time: Duration) {
    let micros = micros(time);
    match failure {
        None => event!(Level::INFO, code = "ok", micros, "asked"),
        Some(code) => event!(Level::WARN, code, micros, "asked"),
    }
}

/// A connection was closed before its first request.
pub(crate) fn refused(why: &'static str) {
    event!(Level::DEBUG, why, "connection refused");
}

/// Whole microseconds.
fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
