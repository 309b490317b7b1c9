//! The three questions of the protocol, answered.

use super::answer::{Beat, Found, Heartbeat, Kept, Receiver, Row, UsageWords, unknown};
use super::request::{Asked, nothing, once};
use super::{Channel, FromSecurityServer, PersonCode, Persons, PersonsFault, UsageRefusal};
use crate::access_log::{AccessEntry, AccessLog, LogFault, MemoryLog, RequestId, Stage};
use crate::operator::answer;
use crate::problem::{HttpRefusal, Problem};
use crate::route::{Api, Operation, Parameter};
use crate::serve::note;
use axum::Router;
use axum::extract::{FromRequestParts, RawQuery, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use mydata::core::crypto::{Random as _, Sha256};
use mydata::core::id::SurrogateId;
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::SystemRandom;
use mydata_store::Clock;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a desk is told once.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct UsageOptions {
    /// Who may ask.
    pub channel: Channel,
    /// Sinks by the thumbprints of their keys, from the contracts with them: a source's record names a sink
    /// by its key and by nothing else.
    pub receivers: BTreeMap<Sha256, Receiver>,
    /// Whoever keeps this log: the receiver of a row that says that somebody has looked.
    pub own: Receiver,
    /// The words of the rows.
    pub words: UsageWords,
    /// How long rows are kept. Whoever runs the log forgets what is older.
    pub retention: Seconds,
}

/// `findUsage` behind the channel of a security server.
pub struct UsageDesk<L, P> {
    log: Arc<L>,
    persons: P,
    options: UsageOptions,
    clock: Arc<dyn Clock>,
    looks: Mutex<Looks>,
    strangers: AtomicU64,
}

impl<L: AccessLog, P: Persons> UsageDesk<L, P> {
    /// Over a log, with whoever knows the persons in it.
    pub fn new(log: Arc<L>, persons: P, options: UsageOptions, clock: Arc<dyn Clock>) -> Self {
        Self {
            log,
            persons,
            options,
            clock,
            looks: Mutex::default(),
            strangers: AtomicU64::new(0),
        }
    }

    /// How many rows have been told whose receiver is in no list: each is a contract that is missing there. One
    /// that is told twice counts twice.
    #[must_use]
    pub fn strangers(&self) -> u64 {
        self.strangers.load(Ordering::Relaxed)
    }

    /// Whose rows they are, if whoever asks may see them.
    async fn whose(
        &self,
        asked: &Asked,
        request: Option<&str>,
    ) -> Result<Vec<SurrogateId>, Problem> {
        let Asked { agent, person, .. } = asked;
        let is_other = agent != person;
        if is_other && !self.persons.may_look(agent, person).await? {
            return Err(UsageRefusal::Mandate.into());
        }
        let whose = self.persons.links(person).await?;
        let first = whose.first().filter(|_| is_other);
        if let Some(surrogate) = first
            && let now = self.clock.now()
            && !self.looks().is_on(agent, person, now)
        {
            // Whoever looks for another is seen by the other: before they see anything. Of two at the same
            // time each has a row; neither sees by a row of the other's that is not there yet.
            let mut entry = AccessEntry::new(now, request_id(request)?, Stage::Viewed);
            entry.surrogate_id = Some(surrogate.clone());
            self.log.append(entry).await?;
            self.looks().began(agent, person, now);
        }
        Ok(whose)
    }

    fn looks(&self) -> std::sync::MutexGuard<'_, Looks> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receiver(&self, entry: &AccessEntry) -> Receiver {
        if entry.stage == Stage::Viewed {
            return self.options.own.clone();
        }
        let key = entry.sink_key.as_ref();
        let known = key.and_then(|key| self.options.receivers.get(key));
        known.cloned().unwrap_or_else(|| {
            self.strangers.fetch_add(1, Ordering::Relaxed);
            note(|noted| noted.strangers += 1);
            unknown(key)
        })
    }
}

impl<L: fmt::Debug, P> fmt::Debug for UsageDesk<L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsageDesk")
            .field("log", &self.log)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The security server's own id of a request, so that the row and its signed message are found together; else
/// one of ours.
fn request_id(given: Option<&str>) -> Result<RequestId, Problem> {
    if let Some(id) = given.and_then(RequestId::parse) {
        return Ok(id);
    }
    let bits = SystemRandom::new().bits128();
    Ok(RequestId::from_random(
        bits.map_err(|_| HttpRefusal::Internal)?,
    ))
}

/// Who has just looked for whom. A look of several pages is one: were each page a row, the rows would move
/// while they are paged through.
#[derive(Default)]
struct Looks(HashMap<(PersonCode, PersonCode), Timestamp>);

/// How long a look lasts.
const LOOK: Seconds = Seconds::minutes(10);

/// Looks that are remembered.
const MANY: usize = 4_096;

impl Looks {
    fn is_on(&self, agent: &PersonCode, person: &PersonCode, now: Timestamp) -> bool {
        let began = self.0.get(&(agent.clone(), person.clone()));
        began.is_some_and(|began| lasts(*began, now))
    }

    /// The row stands in the log.
    fn began(&mut self, agent: &PersonCode, person: &PersonCode, now: Timestamp) {
        if self.0.len() >= MANY {
            self.0.retain(|_, began| lasts(*began, now));
        }
        if self.0.len() >= MANY {
            self.0.clear();
        }
        self.0.insert((agent.clone(), person.clone()), now);
    }
}

fn lasts(began: Timestamp, now: Timestamp) -> bool {
    began <= now && now < began.plus(LOOK)
}

impl<L: AccessLog, P: Persons> FromRequestParts<Arc<UsageDesk<L, P>>> for FromSecurityServer {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        desk: &Arc<UsageDesk<L, P>>,
    ) -> Result<Self, Problem> {
        desk.options.channel.admit(parts)
    }
}

impl From<PersonsFault> for Problem {
    fn from(PersonsFault: PersonsFault) -> Self {
        UsageRefusal::Persons.into()
    }
}

/// The routes, for a listener that security servers connect to and that says who has connected.
pub fn usage_api<L: AccessLog, P: Persons>(desk: Arc<UsageDesk<L, P>>) -> Router {
    operations().serve(desk)
}

/// As rows, for the document.
pub(crate) fn usage_operations() -> Vec<Operation> {
    operations::<MemoryLog, Nobody>().operations()
}

/// Nobody: a document is about no one's persons.
struct Nobody;

impl Persons for Nobody {
    async fn links(&self, _: &PersonCode) -> Result<Vec<SurrogateId>, PersonsFault> {
        Err(PersonsFault)
    }
}

fn operations<L: AccessLog, P: Persons>() -> Api<Arc<UsageDesk<L, P>>> {
    const CLIENT: Parameter = Parameter::header::<String>(
        "X-Road-Client",
        "The member that the security server asks for",
    );
    const FIND: &[Parameter] = &[
        CLIENT,
        Parameter::header::<String>("X-Road-UserId", "Who asks: a country and a code"),
        Parameter::query::<String>("userCode", "Whose data; must be there"),
        Parameter::query::<String>("periodStart", "RFC 3339 with a zone; the first second"),
        Parameter::query::<String>("periodEnd", "RFC 3339 with a zone; the last second"),
        Parameter::query::<u32>("offset", "Rows to leave out, from the newest"),
        Parameter::query::<u32>("limit", "1,000 unless it is said, 10,000 at the most"),
    ];
    const OTHERS: &[Parameter] = &[CLIENT];
    Api::new()
        .on(
            Operation::get(
                "/v2/findUsage",
                ("find_usage", "Who has used a person's data"),
            )
            .with(FIND)
            .gives::<Found>(200),
            find::<L, P>,
        )
        .on(
            Operation::get(
                "/v2/usagePeriod",
                ("usage_period", "From when there are rows"),
            )
            .with(OTHERS)
            .gives::<Kept>(200),
            period::<L, P>,
        )
        .on(
            Operation::get(
                "/v2/heartbeat",
                ("heartbeat", "Whether questions are answered"),
            )
            .with(OTHERS)
            .gives::<Heartbeat>(200),
            heartbeat::<L, P>,
        )
}

type Desk<L, P> = State<Arc<UsageDesk<L, P>>>;

async fn find<L: AccessLog, P: Persons>(
    State(desk): Desk<L, P>,
    _from: FromSecurityServer,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Asked::read(&headers, query.as_deref())?;
    let whose = desk.whose(&asked, once(&headers, "x-road-id")).await?;
    let found = desk.log.usages(&whose, asked.span, asked.page).await?;
    let row = |entry: &AccessEntry| Row::of(entry, &desk.options.words, desk.receiver(entry));
    answer(
        StatusCode::OK,
        &Found {
            total_usages: found.total.try_into().unwrap_or(i32::MAX),
            usages: found.rows.iter().map(row).collect(),
        },
    )
}

async fn period<L: AccessLog, P: Persons>(
    State(desk): Desk<L, P>,
    _from: FromSecurityServer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    nothing(query.as_deref())?;
    let now = desk.clock.now();
    // Where there are none there will be some from now on.
    let first = desk.log.period().await?.first.unwrap_or(now);
    let start = first.max(now.minus(desk.options.retention));
    let period_start = start.to_string();
    answer(StatusCode::OK, &Kept { period_start })
}

async fn heartbeat<L: AccessLog, P: Persons>(
    State(desk): Desk<L, P>,
    _from: FromSecurityServer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    nothing(query.as_deref())?;
    let works = desk
        .log
        .probe()
        .await
        .and(desk.log.period().await.map(drop));
    let status = works.map_or_else(|_: LogFault| Beat::Fail, |()| Beat::Ok);
    answer(StatusCode::OK, &Heartbeat { status })
}
