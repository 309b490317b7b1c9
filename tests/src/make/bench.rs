//! One service alone, led through a session: what it hears is written by hand.

use super::case::{About, Book, Stated};
use super::forge::Jws;
use super::keys::{Key, bits, set};
use super::record::{self, OPERATOR, START};
use crate::exam::ours::ServiceParty;
use crate::exam::task::{KnownOperatorKeys, ServiceAct, ServiceKeys, ServiceStep, ServiceTask};
use crate::exam::{Role, Task, Verdict};
use mydata::core::crypto::Signer;
use serde_json::{Value, json};

/// A service with what it has heard so far.
#[derive(Debug)]
pub struct Bench {
    service: &'static str,
    task: ServiceTask,
    party: ServiceParty,
    verdicts: Vec<Verdict>,
    at: u64,
}

/// Signs the same way every time.
pub(super) fn signer(jwk: &Value) -> Result<Box<dyn Signer>, Verdict> {
    Ok(Box::new(Key::from_private(jwk)))
}

/// A service as a vector begins.
pub(super) fn service_task(service: &str) -> ServiceTask {
    let operator = |id: &str, status: &str, tokens: &str| KnownOperatorKeys {
        id: id.to_owned(),
        status_keys: set(&[status]),
        token_keys: set(&[tokens]),
    };
    let pop = (service == "sink").then(|| Key::named("sink-pop-1").private().clone());
    ServiceTask {
        service_id: service.to_owned(),
        keys: ServiceKeys {
            signature: Key::named(&format!("{service}-1")).private().clone(),
            pop,
        },
        operators: vec![
            operator(OPERATOR, "operator-status-1", "operator-tokens-1"),
            operator("other.example", "other-status-1", "other-tokens-1"),
        ],
        random: (1..=8)
            .map(|n| bits(&format!("{service} draws {n}")))
            .collect(),
        steps: Vec::new(),
    }
}

impl Bench {
    /// A service that has heard nothing.
    #[must_use]
    pub fn new(service: &'static str) -> Self {
        let mut task = service_task(service);
        // The party's memory begins with the first step.
        task.steps.push(ServiceStep {
            at: START,
            act: ServiceAct::DoubtAll {},
        });
        let party = ServiceParty::new(&task, &signer).unwrap();
        task.steps.clear();
        Self {
            service,
            task,
            party,
            verdicts: Vec::new(),
            at: START,
        }
    }

    /// With its link.
    #[must_use]
    pub fn linked(service: &'static str) -> Self {
        let mut bench = Self::new(service);
        bench.good("link", &link_body(service));
        bench
    }

    /// With its half of the pair.
    #[must_use]
    pub fn consented(service: &'static str) -> Self {
        let mut bench = Self::linked(service);
        let (kind, body) = consent_body(service);
        bench.good(kind, &body);
        bench
    }

    /// The clock, seconds after the beginning.
    #[must_use]
    pub const fn at(mut self, seconds: u64) -> Self {
        self.at = START + seconds;
        self
    }

    /// Does something.
    pub fn does(&mut self, act: ServiceAct) -> Verdict {
        let step = ServiceStep { at: self.at, act };
        let verdict = self.party.step(&step);
        self.task.steps.push(step);
        self.verdicts.push(verdict.clone());
        verdict
    }

    /// Hears a message of the operator.
    pub fn hears(&mut self, kind: &str, body: &Value) -> Verdict {
        self.hears_from(OPERATOR, kind, body)
    }

    /// Hears a message of somebody.
    pub fn hears_from(&mut self, from: &str, kind: &str, body: &Value) -> Verdict {
        self.does(ServiceAct::Receive {
            from: from.to_owned(),
            message: json!({ kind: body }).to_string(),
        })
    }

    /// Hears a message that must be accepted.
    pub fn good(&mut self, kind: &str, body: &Value) {
        let verdict = self.hears(kind, body);
        assert!(verdict.is_accepted(), "{kind}: {verdict:?}");
    }

    /// Hears a status of its consent, signed by the key named; gives the envelope.
    pub fn status(&mut self, record: &str, state: &str, previous: &Jws, kid: &str) -> Jws {
        let payload = record::consent_status(self.service, record, state, Some(previous), self.at);
        let jws = record::sealed_by("consent_status", &payload, &[kid]);
        self.hears("consent_status", &json!({ "csr": jws.value() }));
        jws
    }

    /// The first status of its consent.
    #[must_use]
    pub fn first_status(&self) -> Jws {
        first_status(self.service)
    }

    /// The role that is examined.
    #[must_use]
    pub fn role(&self) -> Role {
        if self.service == "sink" {
            Role::Sink
        } else {
            Role::Source
        }
    }

    /// Writes the session down; of the steps on the way only that they are accepted.
    pub fn into_brief_case(
        self,
        book: &mut Book,
        id: &str,
        requirements: &str,
        says: &str,
        stated: Stated<'_>,
    ) {
        let binds = [self.role()];
        let about = About {
            id,
            requirements,
            binds: &binds,
            says,
        };
        book.brief_session(about, &Task::Service(self.task), &self.verdicts, stated);
    }

    /// Writes the session down. `id` gets the service's name before it when `named`.
    pub fn into_case(
        self,
        book: &mut Book,
        id: &str,
        requirements: &str,
        says: &str,
        stated: Stated<'_>,
    ) {
        let binds = [self.role()];
        let about = About {
            id,
            requirements,
            binds: &binds,
            says,
        };
        book.session(about, &Task::Service(self.task), &self.verdicts, stated);
    }
}

/// The first status of a service's consent.
#[must_use]
pub fn first_status(service: &str) -> Jws {
    let payload = record::consent_status(service, "status-1", "Active", None, START);
    record::sealed("consent_status", &payload)
}

/// The first status of a service's link.
#[must_use]
pub fn first_link_status(service: &str) -> Jws {
    let payload = record::link_status(service, "link-status-1", "Active", None);
    record::sealed("link_status", &payload)
}

/// The link with its status.
#[must_use]
pub fn link_body(service: &str) -> Value {
    json!({ "slr": record::link_of(service).value(), "ssr": first_link_status(service).value() })
}

/// Its half of the pair, with its status.
#[must_use]
pub fn consent_body(service: &str) -> (&'static str, Value) {
    let (kind, payload) = consent(service);
    let cr = record::sealed(kind, &payload);
    (
        kind,
        json!({ "cr": cr.value(), "csr": first_status(service).value() }),
    )
}

/// Its half of the pair.
#[must_use]
pub fn consent(service: &str) -> (&'static str, Value) {
    match service {
        "sink" => ("sink_consent", record::sink_consent()),
        _ => ("source_consent", record::source_consent()),
    }
}
