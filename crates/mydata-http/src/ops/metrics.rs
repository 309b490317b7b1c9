//! Numbers for whoever watches, in OpenMetrics text. A registry is a value: there is no global.
//!
//! Labels have closed sets of values: codes of the table, names of operations, ids of registered services
//! and configured operators, of which [`MOST_NAMES`] are told apart. No person, consent or link is a label.

use super::outbox::Unconfirmed;
use mydata::core::id::{OperatorId, ServiceId};
use mydata::core::time::{Seconds, Timestamp};
use mydata_store::Traffic;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many ids are told apart in labels; what comes after them is counted as `other`.
pub const MOST_NAMES: usize = 1024;

/// What a listener is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a label has a closed set of values"
)]
pub enum Side {
    /// The operator's, for services or residents.
    Operator,
    /// A source's.
    Source,
    /// A sink's.
    Sink,
    /// A gateway's.
    Gateway,
    /// The city profile's data rights.
    Rights,
    /// `findUsage`.
    Usage,
    /// Health and numbers.
    Ops,
}

impl Side {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Source => "source",
            Self::Sink => "sink",
            Self::Gateway => "gateway",
            Self::Rights => "rights",
            Self::Usage => "usage",
            Self::Ops => "ops",
        }
    }
}

/// What was signed, where a signature or what it covers is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a label has a closed set of values"
)]
pub enum Signed {
    /// A request of a party.
    Request,
    /// A data request: token or proof.
    DataRequest,
    /// A record that was brought.
    Record,
    /// A resident's token.
    Resident,
}

impl Signed {
    const fn label(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::DataRequest => "data_request",
            Self::Record => "record",
            Self::Resident => "resident",
        }
    }
}

/// Which operation has answered, as an extension of the answer: a name out of a table. Without it the template of
/// the route stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a route outside of here has one too"
)]
pub struct Operating(pub &'static str);

macro_rules! labels {
    ($($name:ident { $($label:ident: $type:ty),+ })+) => {$(
        #[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
        struct $name { $($label: $type),+ }
    )+};
}
labels! {
    Asked { side: &'static str, operation: String }
    Answered { side: &'static str, operation: String, status: &'static str, code: &'static str }
    OfSide { side: &'static str }
    Failed { what: &'static str, code: &'static str }
    OfService { service: String }
    OfOperator { operator: String }
    Outcome { outcome: &'static str }
    Why { why: &'static str }
    Version { version: &'static str }
}

type Times = Family<Asked, Histogram, fn() -> Histogram>;

/// 1 millisecond to 10 seconds.
fn times() -> Histogram {
    let bounds = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
    ];
    Histogram::new(bounds)
}

/// The numbers of one process.
pub struct Metrics {
    registry: Registry,
    names: Mutex<BTreeSet<String>>,
    requests: Family<Answered, Counter>,
    seconds: Times,
    in_flight: Family<OfSide, Gauge>,
    signature_failures: Family<Failed, Counter>,
    rate_limited: Family<Why, Counter>,
    connections: Family<OfSide, Gauge>,
    refused: Family<Why, Counter>,
    outbox: Family<OfService, Gauge>,
    parked: Family<OfService, Gauge>,
    withdrawal: Family<OfService, Gauge>,
    deliveries: Family<Outcome, Gauge>,
    staleness: Family<OfOperator, Gauge>,
    doubts: Family<OfOperator, Gauge>,
}

impl Metrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut new = Self {
            registry: Registry::with_prefix("mydata"),
            names: Mutex::default(),
            requests: Family::default(),
            seconds: Family::new_with_constructor(times),
            in_flight: Family::default(),
            signature_failures: Family::default(),
            rate_limited: Family::default(),
            connections: Family::default(),
            refused: Family::default(),
            outbox: Family::default(),
            parked: Family::default(),
            withdrawal: Family::default(),
            deliveries: Family::default(),
            staleness: Family::default(),
            doubts: Family::default(),
        };
        let version = Family::<Version, Gauge>::default();
        let version_here = Version {
            version: env!("CARGO_PKG_VERSION"),
        };
        version.get_or_create(&version_here).set(1);
        macro_rules! register {
            ($($name:literal, $metric:expr, $help:literal;)+) => {
                $(new.registry.register($name, $help, $metric.clone());)+
            };
        }
        register! {
            "build_info", version, "Which version this is";
            "connections_open", new.connections, "Connections at this moment";
            "connections_refused", new.refused, "Connections that were closed before a request";
            "consents_in_doubt", new.doubts, "Consents of which a status is missing here";
            "deliveries", new.deliveries, "Attempts to hand messages over since the process began";
            "oldest_unconfirmed_withdrawal_seconds", new.withdrawal, "Age of the oldest withdrawal or pause that a service has not confirmed, 0 for none";
            "outbox_depth", new.outbox, "Messages that a service has not confirmed";
            "outbox_parked", new.parked, "Decisions of which a service has refused a message";
            "rate_limited", new.rate_limited, "Requests that were refused because their sender asks too often";
            "request_seconds", new.seconds, "From the head of a request to the head of its answer";
            "requests", new.requests, "Requests by operation and outcome";
            "requests_in_flight", new.in_flight, "Requests whose answers have not gone out";
            "signature_failures", new.signature_failures, "What was signed, and is not good";
            "status_staleness_seconds", new.staleness, "Time since an operator last said that nothing waits here";
        }
        new
    }

    /// All numbers, as OpenMetrics text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut all = String::new();
        // Writing into a string does not fail.
        let _ = text::encode(&mut all, &self.registry);
        all
    }

    /// The id as a label: itself, or `other` when there are too many.
    fn named(&self, id: &str) -> String {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.contains(id) {
            return id.to_owned();
        }
        if names.len() >= MOST_NAMES {
            return "other".to_owned();
        }
        names.insert(id.to_owned());
        id.to_owned()
    }

    /// A request has come: counted as under way until what this gives is dropped.
    pub(crate) fn begins(&self, side: Side) -> Under {
        Under::one(
            self.in_flight
                .get_or_create_owned(&OfSide { side: side.label() }),
        )
    }

    /// A connection has come.
    pub(crate) fn connects(&self, side: Side) -> Under {
        Under::one(
            self.connections
                .get_or_create_owned(&OfSide { side: side.label() }),
        )
    }

    /// A connection was closed before its first request.
    pub(crate) fn refuses(&self, why: &'static str) {
        self.refused.get_or_create(&Why { why }).inc();
    }

    /// A request was answered.
    pub(crate) fn answered(
        &self,
        (side, operation): (Side, &str),
        (status, code): (u16, &'static str),
        time: Duration,
    ) {
        let side = side.label();
        let status = match status {
            0..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        let asked = Asked {
            side,
            operation: operation.to_owned(),
        };
        self.seconds
            .get_or_create(&asked)
            .observe(time.as_secs_f64());
        let answered = Answered {
            side,
            operation: asked.operation,
            status,
            code,
        };
        self.requests.get_or_create(&answered).inc();
    }

    /// Something that was signed is not good, for this reason.
    pub fn signature_failed(&self, what: Signed, code: &'static str) {
        let what = what.label();
        let failed = Failed { what, code };
        self.signature_failures.get_or_create(&failed).inc();
    }

    /// Somebody asks too often: `address`, or `party`.
    pub(crate) fn rate_limited(&self, why: &'static str) {
        self.rate_limited.get_or_create(&Why { why }).inc();
    }

    /// What the services have not confirmed, as [`unconfirmed`](super::unconfirmed) has found it, and what a
    /// dispatcher has counted.
    pub fn outbox(
        &self,
        unconfirmed: &BTreeMap<ServiceId, Unconfirmed>,
        traffic: &Traffic,
        now: Timestamp,
    ) {
        // A service of which nothing waits any more has no row.
        for family in [&self.outbox, &self.parked, &self.withdrawal] {
            family.clear();
        }
        for (service, of) in unconfirmed {
            let service = OfService {
                service: self.named(service.as_str()),
            };
            let age = of.withdrawn.map_or(0, |at| now.since(at).get());
            // Several may be `other`.
            self.outbox
                .get_or_create(&service)
                .inc_by(number(of.waiting));
            self.parked
                .get_or_create(&service)
                .inc_by(number(of.parked));
            let oldest = self.withdrawal.get_or_create_owned(&service);
            oldest.set(oldest.get().max(number(age)));
        }
        for (outcome, count) in [
            ("delivered", traffic.delivered),
            ("unreachable", traffic.unreachable),
            ("refused", traffic.refused),
            ("parked", traffic.parked),
            ("given_up", traffic.given_up),
            ("fault", traffic.faults),
        ] {
            let outcome = Outcome { outcome };
            self.deliveries.get_or_create(&outcome).set(number(count));
        }
    }

    /// How old what a service holds of an operator's statuses may be, and of how many consents one is missing.
    pub fn statuses(&self, operator: &OperatorId, age: Seconds, in_doubt: usize) {
        let operator = OfOperator {
            operator: self.named(operator.as_str()),
        };
        self.staleness
            .get_or_create(&operator)
            .set(number(age.get()));
        self.doubts.get_or_create(&operator).set(number(in_doubt));
    }
}

fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// One of a gauge, while it lasts.
pub(crate) struct Under(Gauge);

impl Under {
    fn one(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        self.0.dec();
    }
}
