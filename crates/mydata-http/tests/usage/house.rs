//! A desk that is asked, and the log that it answers from.

use crate::logged;
use crate::plain::{Heard, send, serve};
use mydata::core::crypto::Sha256;
use mydata::core::id::{DatasetId, SurrogateId};
use mydata::core::lang::Language;
use mydata::core::time::{Seconds, Timestamp};
use mydata_conformance::descriptions;
use mydata_http::usage::{
    Channel, PersonCode, Persons, PersonsFault, Receiver, UsageDesk, UsageOptions, UsageWords,
    usage_api,
};
use mydata_http::{AccessEntry, AccessLog, Position, RequestId, Stage};
use mydata_store::Clock;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

pub(crate) const ANN: &str = "FI140386-901P";
pub(crate) const BO: &str = "FI021184-902X";
pub(crate) const CLIENT: &str = "FI/GOV/0000000-0/portal";

pub(crate) fn noon() -> Timestamp {
    Timestamp::parse("2026-11-27T12:00:00Z").unwrap()
}

pub(crate) fn after(seconds: u32) -> Timestamp {
    noon().plus(Seconds::new(seconds))
}

/// A clock that is moved by hand, from noon on.
#[derive(Debug, Default)]
pub(crate) struct Hand(pub(crate) AtomicU32);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        after(self.0.load(Ordering::SeqCst))
    }
}

/// Two persons of whom something is known; Ann may look for Bo, and for nobody else. Broken when it says so.
#[derive(Clone, Default)]
pub(crate) struct Register(pub(crate) Arc<AtomicBool>);

pub(crate) fn surrogates(person: &str) -> Vec<SurrogateId> {
    let all: &[&str] = match person {
        // One of a link that has ended.
        ANN => &["surrogate-of-ann", "former-surrogate-of-ann"],
        BO => &["surrogate-of-bo"],
        _ => &[],
    };
    all.iter()
        .map(|id| SurrogateId::parse(id).unwrap())
        .collect()
}

impl Persons for Register {
    async fn links(&self, person: &PersonCode) -> Result<Vec<SurrogateId>, PersonsFault> {
        if self.0.load(Ordering::SeqCst) {
            return Err(PersonsFault);
        }
        Ok(surrogates(person.expose()))
    }

    async fn may_look(
        &self,
        agent: &PersonCode,
        principal: &PersonCode,
    ) -> Result<bool, PersonsFault> {
        Ok(agent.expose() == ANN && principal.expose() == BO)
    }
}

/// A register that says nothing of mandates.
pub(crate) struct Plain;

impl Persons for Plain {
    async fn links(&self, person: &PersonCode) -> Result<Vec<SurrogateId>, PersonsFault> {
        Ok(surrogates(person.expose()))
    }
}

pub(crate) fn receiver(code: &str, name: Option<&str>) -> Receiver {
    Receiver {
        code: code.to_owned(),
        name: name.map(str::to_owned),
        system: "care".to_owned(),
    }
}

pub(crate) fn options(language: Language) -> UsageOptions {
    let source = descriptions::checked(&descriptions::source());
    UsageOptions {
        channel: Channel {
            loopback: true,
            certificates: BTreeSet::new(),
            clients: BTreeSet::from([CLIENT.to_owned()]),
        },
        receivers: BTreeMap::from([(
            Sha256::from_octets([7; 32]),
            receiver("0000000-0", Some("Town (demo)")),
        )]),
        own: receiver("1111111-1", None),
        words: UsageWords::new(&source, language),
        retention: Seconds::days(365),
    }
}

pub(crate) struct House<L> {
    pub(crate) at: SocketAddr,
    pub(crate) log: Arc<L>,
    pub(crate) clock: Arc<Hand>,
    pub(crate) register: Register,
    pub(crate) desk: Arc<UsageDesk<L, Register>>,
}

impl<L: AccessLog> House<L> {
    pub(crate) async fn over(log: L) -> Self {
        logged::begin();
        for secret in [ANN, BO, "140386-901P", "021184-902X", "surrogate-of-"] {
            logged::plant(secret);
        }
        let (log, clock) = (Arc::new(log), Arc::new(Hand::default()));
        let register = Register::default();
        let desk = UsageDesk::new(
            Arc::clone(&log),
            register.clone(),
            options(Language::FI),
            Arc::clone(&clock) as _,
        );
        let desk = Arc::new(desk);
        let at = serve(usage_api(Arc::clone(&desk))).await;
        Self {
            at,
            log,
            clock,
            register,
            desk,
        }
    }

    pub(crate) async fn get(&self, target: &str) -> Heard {
        self.get_as(ANN, target).await
    }

    pub(crate) async fn get_as(&self, agent: &str, target: &str) -> Heard {
        let headers = [("X-Road-Client", CLIENT), ("X-Road-UserId", agent)];
        send(self.at, ("GET", target), &headers, b"").await
    }

    pub(crate) async fn find(&self, rest: &str) -> Found {
        self.find_as(ANN, ANN, rest).await
    }

    pub(crate) async fn find_as(&self, agent: &str, person: &str, rest: &str) -> Found {
        let target = format!("/v2/findUsage?userCode={person}{rest}");
        let heard = self.get_as(agent, &target).await;
        assert_eq!(heard.status, 200, "{}", heard.body);
        serde_json::from_str(&heard.body).unwrap()
    }

    pub(crate) async fn write(&self, person: &str, at: Timestamp, stage: Stage) -> Position {
        self.log.append(row(person, at, stage)).await.unwrap()
    }
}

/// A row of the person's data, by a sink that is known.
pub(crate) fn row(person: &str, at: Timestamp, stage: Stage) -> AccessEntry {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let request = RequestId::parse(&format!("request-{count}")).unwrap();
    let mut row = AccessEntry::new(at, request, stage);
    row.surrogate_id = surrogates(person).first().cloned();
    row.dataset = Some(DatasetId::parse("src/a").unwrap());
    row.sink_key = Some(Sha256::from_octets([7; 32]));
    row
}

pub(crate) const RELEASED: Stage = Stage::Released { octets: 17 };

/// The answers, as the OpenAPI document of the protocol has them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Found {
    pub(crate) total_usages: i32,
    pub(crate) usages: Vec<Usage>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Clone)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Usage {
    pub(crate) logtime: String,
    pub(crate) action: String,
    pub(crate) receiver_code: String,
    #[serde(default)]
    pub(crate) receiver_name: Option<String>,
    pub(crate) receiver_system: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Kept {
    pub(crate) period_start: String,
    #[serde(default)]
    pub(crate) period_end: Option<String>,
}
