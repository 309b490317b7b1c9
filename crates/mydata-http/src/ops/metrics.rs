//! Numbers for whoever watches, in OpenMetrics text. A registry is a value: there is no global.
//!
//! Labels have closed sets of values: codes of the table, names of operations, ids of registered services
//! and configured operators, providers and systems behind, of which [`MOST_NAMES`] are told apart. No person,
//! consent or link is a label. The README has the table of all numbers, and a test compares it with this.

use super::outbox::Unconfirmed;
use super::{Behind, Side, Signed};
use crate::serve::Noted;
use mydata::core::id::{OperatorId, ServiceId};
use mydata::core::time::{Seconds, Timestamp};
use mydata_identity::Issuer;
use mydata_store::Traffic;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many ids are told apart in labels; what comes after them is counted as `other`.
pub const MOST_NAMES: usize = 1024;

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
    OfIssuer { issuer: String }
    Fetched { issuer: String, outcome: &'static str }
    OfUpstream { upstream: String }
    OfFailure { upstream: String, code: &'static str }
    Act { act: &'static str, code: &'static str }
    Clock { sender: &'static str }
    From { from: &'static str }
    Why { why: &'static str }
    Version { version: &'static str }
}

type Times<L> = Family<L, Histogram, fn() -> Histogram>;

/// 1 millisecond to 10 seconds.
fn times() -> Histogram {
    let bounds = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
    ];
    Histogram::new(bounds)
}

/// 10 microseconds to 10 milliseconds.
fn decisions() -> Histogram {
    let bounds = [
        0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01,
    ];
    Histogram::new(bounds)
}

/// 100 microseconds to 1 second: a flush to a disk.
fn flushes() -> Histogram {
    let bounds = [
        0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0,
    ];
    Histogram::new(bounds)
}

/// Whole seconds, as far as the window of a proof.
fn skews() -> Histogram {
    Histogram::new([0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0])
}

/// The numbers of one process.
pub struct Metrics {
    registry: Registry,
    names: Mutex<BTreeSet<String>>,
    requests: Family<Answered, Counter>,
    seconds: Times<Asked>,
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
    decisions: Histogram,
    skews: Times<Clock>,
    fill: Family<From, Gauge<f64, AtomicU64>>,
    appends: Histogram,
    log_failures: Family<Act, Counter>,
    strangers: Counter,
    keys_age: Family<OfIssuer, Gauge>,
    fetches: Family<Fetched, Counter>,
    upstream: Times<OfUpstream>,
    upstream_failures: Family<OfFailure, Counter>,
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
            decisions: decisions(),
            skews: Family::new_with_constructor(skews),
            fill: Family::default(),
            appends: flushes(),
            log_failures: Family::default(),
            strangers: Counter::default(),
            keys_age: Family::default(),
            fetches: Family::default(),
            upstream: Family::new_with_constructor(times),
            upstream_failures: Family::default(),
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
            "access_log_append_seconds", new.appends, "How long a row of the access log takes until it is durable, or has failed";
            "access_log_failures", new.log_failures, "What the access log could not do";
            "build_info", version, "Which version this is";
            "clock_skew_seconds", new.skews, "By how much the time of whoever signs is behind ours, with the time under way, or ahead of it";
            "connections_open", new.connections, "Connections at this moment";
            "connections_refused", new.refused, "Connections that were closed before a request";
            "consents_in_doubt", new.doubts, "Consents of which a status is missing here";
            "decision_seconds", new.decisions, "How long a source takes to decide of a data request";
            "deliveries", new.deliveries, "Attempts to hand messages over since the process began";
            "identity_key_fetches", new.fetches, "How often an identity provider's keys were fetched, by what came of it";
            "identity_keys_age_seconds", new.keys_age, "Age of an identity provider's keys that are held";
            "oldest_unconfirmed_withdrawal_seconds", new.withdrawal, "Age of the oldest withdrawal or pause that a service has not confirmed, 0 for none";
            "outbox_depth", new.outbox, "Messages that a service has not confirmed";
            "outbox_parked", new.parked, "Decisions of which a service has refused a message";
            "rate_limited", new.rate_limited, "Requests that were refused because their sender asks too often";
            "replay_guard_fill_ratio", new.fill, "How full the memory of requests is: at 1 nobody is let through";
            "request_seconds", new.seconds, "From the head of a request to the head of its answer";
            "requests", new.requests, "Requests by operation and outcome";
            "requests_in_flight", new.in_flight, "Requests whose answers have not gone out";
            "signature_failures", new.signature_failures, "What was signed, and is not good";
            "status_staleness_seconds", new.staleness, "Time since the newest question to an operator before which nothing waits here any more";
            "upstream_failures", new.upstream_failures, "Requests to a system behind that came to nothing";
            "upstream_seconds", new.upstream, "How long a system behind takes to the head of its answer, or until it has failed";
            "usage_receiver_unknown", new.strangers, "Rows told to a person whose receiver is in no list: a contract is missing there";
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

    /// What was said of a request while it was answered.
    pub(crate) fn noted(&self, noted: &Noted) {
        if let Some(time) = noted.decision {
            self.decisions.observe(time.as_secs_f64());
        }
        if let Some((signed, now)) = noted.signed {
            let (sender, skew) = match signed <= now {
                true => ("behind", now.since(signed)),
                false => ("ahead", signed.since(now)),
            };
            self.skews
                .get_or_create(&Clock { sender })
                .observe(Duration::from_secs(skew.get()).as_secs_f64());
        }
        self.strangers.inc_by(noted.strangers);
    }

    /// How full a memory of requests is: of those of `services`, `operators` or `sinks`.
    pub(crate) fn filled(&self, from: &'static str, ratio: f64) {
        self.fill.get_or_create(&From { from }).set(ratio);
    }

    /// A row of the access log is durable, or has failed.
    pub(crate) fn appended(&self, time: Duration) {
        self.appends.observe(time.as_secs_f64());
    }

    /// The access log could not do something: `append`, `read`, `forget`, `probe`.
    pub(crate) fn log_failed(&self, act: &'static str, code: &'static str) {
        self.log_failures.get_or_create(&Act { act, code }).inc();
    }

    /// How old the keys of a provider are, where there are any, and how often they were fetched in all, by what
    /// came of it.
    pub(crate) fn keys(
        &self,
        issuer: &Issuer,
        age: Option<Seconds>,
        ended: &BTreeMap<&'static str, u64>,
    ) {
        let issuer = self.named(issuer.as_str());
        for (outcome, count) in ended {
            let fetched = Fetched {
                issuer: issuer.clone(),
                outcome,
            };
            let fetches = self.fetches.get_or_create_owned(&fetched);
            // It is counted there.
            fetches.inner().store(*count, Ordering::Relaxed);
        }
        if let Some(age) = age {
            self.keys_age
                .get_or_create(&OfIssuer { issuer })
                .set(number(age.get()));
        }
    }

    /// A system behind has begun to answer, or nothing good has come.
    pub(crate) fn asked(&self, behind: &Behind) {
        let upstream = self.named(&behind.upstream);
        if let Some(code) = behind.failure {
            let upstream = upstream.clone();
            self.upstream_failures
                .get_or_create(&OfFailure { upstream, code })
                .inc();
        }
        self.upstream
            .get_or_create(&OfUpstream { upstream })
            .observe(behind.time.as_secs_f64());
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
