//! Requests of the profile, answered.

use crate::access_log::{AccessEntry, AccessLog, RequestId, RightsAct, RightsOutcome, Stage};
use crate::identity::{BearerRefusal, NotVerified, Residents, bearer};
use crate::ops::Signed;
use crate::problem::{Cause, Problem};
use crate::rights::contract::{
    Check, Erasure, Fault, Owner, SubjectData, SubjectId, VerifiedSubject,
};
use crate::rights::refusal::{Reason, Refusal, RightsFault, RightsRefusal};
use crate::rights::request::{BODY, Line, Uuid};
use crate::rights::running::Running;
use crate::serve::known;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use mydata::core::crypto::Random as _;
use mydata::core::personal::Personal;
use mydata::keys::SystemRandom;
use mydata_identity::{Assurance, VerifiedResident};
use mydata_store::Clock;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Which id the address of the service has at the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the profile has these two")]
pub enum IdMode {
    /// `$user_uuid`.
    User,
    /// `$profile_id`, or none: the profile then adds its id at the end.
    Profile,
}

/// How the service is configured at the profile, and how long it may take.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct RightsOptions {
    /// Which id stands in the address.
    pub id: IdMode,
    /// The word in the token that allows to download.
    pub query_scope: Box<str>,
    /// The word in the token that allows to erase.
    pub delete_scope: Box<str>,
    /// How well the person must have been identified to erase.
    pub erase_level: Assurance,
    /// How long an answer may take. The profile waits five seconds.
    pub deadline: Duration,
}

impl Default for RightsOptions {
    /// `$user_uuid`, `gdprquery`, `gdprdelete`, [`Assurance::Low`], four seconds.
    fn default() -> Self {
        Self {
            id: IdMode::User,
            query_scope: "gdprquery".into(),
            delete_scope: "gdprdelete".into(),
            erase_level: Assurance::Low,
            deadline: Duration::from_secs(4),
        }
    }
}

/// What an erasure has come to, for everybody who waits for it.
#[derive(Clone)]
enum Ended {
    Nothing,
    Refused(Arc<Refusal>),
    Failed,
}

/// The API of one service: its data, who residents are, and the erasures that run.
pub struct Rights<D, R, L> {
    data: Arc<D>,
    residents: R,
    log: Arc<Log<L>>,
    options: RightsOptions,
    running: Running<Uuid, Ended>,
}

impl<D: SubjectData, R: Residents, L: AccessLog> Rights<D, R, L> {
    /// Of a service that has data about residents.
    #[must_use]
    pub fn new(
        data: D,
        residents: R,
        log: Arc<L>,
        clock: Arc<dyn Clock>,
        options: RightsOptions,
    ) -> Self {
        Self {
            data: Arc::new(data),
            residents,
            log: Arc::new(Log { log, clock }),
            options,
            running: Running::default(),
        }
    }

    /// One route, `/{id}` with every method: nest it below the address that the profile knows.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .fallback(answered::<D, R, L>)
            .with_state(Arc::clone(self))
    }

    /// The service.
    #[must_use]
    pub fn data(&self) -> &D {
        &self.data
    }

    /// How many erasures run, for a gauge.
    #[must_use]
    pub fn erasures(&self) -> usize {
        self.running.count()
    }

    /// Waits until no erasure runs: before the runtime ends, after the listener has closed.
    pub async fn ended(&self) {
        self.running.ended().await;
    }

    async fn answer(&self, request: Request) -> Result<Told, Stop> {
        let (head, body) = request.into_parts();
        let line = Line::read(head.method.as_str(), head.uri.path(), head.uri.query())?;
        let body = match line.has_body() {
            true => read(body, self.options.deadline / 2).await?,
            false => Vec::new(),
        };
        let (id, act) = line.with_body(&body)?;
        let bearer = bearer(&head.headers).map_err(|_| Stop::NoToken)?;
        let now = self.log.clock.now();
        let resident = match self.residents.verify(bearer, now).await {
            Ok(resident) => {
                known();
                resident
            }
            Err(NotVerified::Refused(refusal)) => return Err(Stop::Token(refusal.code())),
            Err(NotVerified::Unavailable) => {
                return Err(Stop::Fault(BearerRefusal::Unavailable.code()));
            }
        };
        let is_known = self.authorise(&id, &resident, act).await?;
        if !is_known {
            return self.told(act, RightsOutcome::Nothing, Told::Nothing).await;
        }
        let key = *id.expose();
        let id = match self.options.id {
            IdMode::User => SubjectId::User(id),
            IdMode::Profile => SubjectId::Profile(id),
        };
        if act != RightsAct::Export && resident.assurance() < self.options.erase_level {
            let refusal = Arc::new(Refusal::insufficient_assurance());
            return self
                .told(act, RightsOutcome::Refused, Told::Refused(refusal))
                .await;
        }
        let who = VerifiedSubject::new(id, resident, act);
        match act {
            RightsAct::Export => self.export(&who).await,
            RightsAct::Check => self.check(&who).await,
            RightsAct::Erase => self.erase(key, who).await,
        }
    }

    /// Whether this person may do this here, and whether the service knows the profile at all.
    async fn authorise(
        &self,
        id: &Personal<Uuid>,
        resident: &VerifiedResident,
        act: RightsAct,
    ) -> Result<bool, Stop> {
        let owner = match self.options.id {
            IdMode::User => Owner::SameAsPath,
            IdMode::Profile => self.data.owner(id).await?,
        };
        let subject = resident.subject().expose().as_str();
        let (is_theirs, is_known) = match &owner {
            Owner::SameAsPath => (subject == id.expose().as_str(), true),
            Owner::Is(person) => (subject == person.expose().as_str(), true),
            Owner::Unknown => (true, false),
        };
        if !is_theirs {
            return Err(Stop::Token(RightsRefusal::OtherPerson.code()));
        }
        let scope = match act {
            RightsAct::Export => &self.options.query_scope,
            RightsAct::Check | RightsAct::Erase => &self.options.delete_scope,
        };
        match resident.scopes().has(scope) {
            true => Ok(is_known),
            false => Err(Stop::Scope(scope.clone())),
        }
    }

    async fn export(&self, who: &VerifiedSubject) -> Result<Told, Stop> {
        match self.data.export(who).await? {
            Some(tree) => {
                let told = Told::Tree(tree.to_json());
                self.told(who.act(), RightsOutcome::Done, told).await
            }
            None => {
                self.told(who.act(), RightsOutcome::Nothing, Told::Nothing)
                    .await
            }
        }
    }

    async fn check(&self, who: &VerifiedSubject) -> Result<Told, Stop> {
        let (outcome, told) = match self.data.check(who).await? {
            Check::Nothing => (RightsOutcome::Nothing, Told::Nothing),
            Check::Allowed(_) => (RightsOutcome::Done, Told::Nothing),
            Check::Refused(refusal) => (RightsOutcome::Refused, Told::Refused(Arc::new(refusal))),
        };
        self.told(who.act(), outcome, told).await
    }

    /// Begins an erasure, or waits for the one that runs.
    async fn erase(&self, key: Uuid, who: VerifiedSubject) -> Result<Told, Stop> {
        let erasing = Erasing {
            data: Arc::clone(&self.data),
            log: Arc::clone(&self.log),
            request: Log::<L>::request()?,
            patience: self.options.deadline,
        };
        let ended = self.running.join(key, || erasing.run(who)).await;
        match ended {
            Some(Ended::Nothing) => Ok(Told::Nothing),
            Some(Ended::Refused(refusal)) => Ok(Told::Refused(refusal)),
            Some(Ended::Failed) => Err(Stop::Fault(RightsFault::ErasureFailed.code())),
            None => Err(Stop::Fault(RightsFault::ErasurePanicked.code())),
        }
    }

    /// Nothing is told before it is kept that it was.
    async fn told(&self, act: RightsAct, outcome: RightsOutcome, told: Told) -> Result<Told, Stop> {
        let codes = match &told {
            Told::Refused(refusal) => codes(refusal),
            Told::Tree(_) | Told::Nothing => Vec::new(),
        };
        let request = Log::<L>::request()?;
        self.log.keep(request, act, outcome, codes).await?;
        Ok(told)
    }
}

/// Why, by the service's own codes.
fn codes(refusal: &Refusal) -> Vec<Cow<'static, str>> {
    let codes = refusal.reasons().iter().map(Reason::code);
    codes.map(|code| Cow::Owned(code.to_owned())).collect()
}

/// The access log, and the time for it.
struct Log<L> {
    log: Arc<L>,
    clock: Arc<dyn Clock>,
}

impl<L: AccessLog> Log<L> {
    /// An id for the rows of a request.
    fn request() -> Result<RequestId, Fault> {
        let bits = SystemRandom::new().bits128();
        let bits = bits.map_err(|_| Fault::new("no_randomness"))?;
        Ok(RequestId::from_random(bits))
    }

    /// A row without a person: it is what remains of an erasure.
    async fn keep(
        &self,
        request: RequestId,
        act: RightsAct,
        outcome: RightsOutcome,
        codes: Vec<Cow<'static, str>>,
    ) -> Result<(), Fault> {
        let stage = Stage::Rights(act, outcome);
        let entry = AccessEntry {
            codes,
            ..AccessEntry::new(self.clock.now(), request, stage)
        };
        let kept = self.log.append(entry).await;
        kept.map(|_| ()).map_err(|fault| Fault::new(fault.code()))
    }
}

impl<D, R, L> fmt::Debug for Rights<D, R, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rights")
            .field("options", &self.options)
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

/// An erasure: a task of its own.
struct Erasing<D, L> {
    data: Arc<D>,
    log: Arc<Log<L>>,
    request: RequestId,
    patience: Duration,
}

impl<D: SubjectData, L: AccessLog> Erasing<D, L> {
    async fn run(self, who: VerifiedSubject) -> Ended {
        match self.done(who).await {
            Ok(ended) => ended,
            Err(fault) => {
                // The row says that it has begun; that it has failed may find no room either.
                let _ = self.keep(RightsOutcome::Failed, Vec::new()).await;
                tracing::warn!(code = fault.code(), "an erasure has failed");
                Ended::Failed
            }
        }
    }

    async fn done(&self, who: VerifiedSubject) -> Result<Ended, Fault> {
        let check = tokio::time::timeout(self.patience, self.data.check(&who)).await;
        let plan = match check.map_err(|_| Fault::new(RightsFault::CheckLate.code()))?? {
            Check::Nothing => {
                self.keep(RightsOutcome::Nothing, Vec::new()).await?;
                return Ok(Ended::Nothing);
            }
            Check::Refused(refusal) => return self.refused(refusal).await,
            Check::Allowed(plan) => plan,
        };
        self.keep(RightsOutcome::Begun, Vec::new()).await?;
        match self.data.erase(&who, plan).await? {
            Erasure::Erased => {
                self.keep(RightsOutcome::Done, Vec::new()).await?;
                Ok(Ended::Nothing)
            }
            Erasure::Refused(refusal) => self.refused(refusal).await,
        }
    }

    async fn refused(&self, refusal: Refusal) -> Result<Ended, Fault> {
        self.keep(RightsOutcome::Refused, codes(&refusal)).await?;
        Ok(Ended::Refused(Arc::new(refusal)))
    }

    async fn keep(
        &self,
        outcome: RightsOutcome,
        codes: Vec<Cow<'static, str>>,
    ) -> Result<(), Fault> {
        let request = self.request.clone();
        self.log
            .keep(request, RightsAct::Erase, outcome, codes)
            .await
    }
}

/// What the profile is told when nothing was wrong with its request.
enum Told {
    Tree(Vec<u8>),
    /// Done, or nothing there.
    Nothing,
    Refused(Arc<Refusal>),
}

/// Why a request has come to nothing.
enum Stop {
    Rule(RightsRefusal),
    Torn,
    NoToken,
    /// Whatever is wrong with a token, with the exact code for the log.
    Token(&'static str),
    Scope(Box<str>),
    Fault(&'static str),
}

impl From<RightsRefusal> for Stop {
    fn from(refusal: RightsRefusal) -> Self {
        Self::Rule(refusal)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault.code())
    }
}

/// The body of a `DELETE`: more octets than are read say something that is not understood.
async fn read(body: Body, patience: Duration) -> Result<Vec<u8>, Stop> {
    let body = Limited::new(body, BODY).collect();
    let Ok(body) = tokio::time::timeout(patience, body).await else {
        return Err(Stop::Torn);
    };
    match body {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(RightsRefusal::BodyInvalid.into()),
        Err(_) => Err(Stop::Torn),
    }
}

async fn answered<D: SubjectData, R: Residents, L: AccessLog>(
    State(rights): State<Arc<Rights<D, R, L>>>,
    request: Request,
) -> Response {
    let answer = rights.answer(request);
    let answer = tokio::time::timeout(rights.options.deadline, answer).await;
    let mut response = match answer.unwrap_or(Err(Stop::Fault(RightsFault::Late.code()))) {
        Ok(Told::Tree(octets)) => json(StatusCode::OK, octets),
        Ok(Told::Nothing) => StatusCode::NO_CONTENT.into_response(),
        Ok(Told::Refused(refusal)) => json(StatusCode::FORBIDDEN, refusal.written()),
        Err(stop) => stop.into_response(),
    };
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}

fn json(status: StatusCode, octets: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(octets));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

impl Stop {
    fn into_response(self) -> Response {
        match self {
            Self::Rule(refusal) => {
                let mut response = Problem::new(refusal.code(), refusal).into_response();
                if refusal == RightsRefusal::Method {
                    let allow = HeaderValue::from_static("GET, DELETE");
                    response.headers_mut().insert(ALLOW, allow);
                }
                response
            }
            Self::Torn => Problem::from(crate::HttpRefusal::BodyTorn).into_response(),
            Self::NoToken => Problem::from(BearerRefusal::Missing).into_response(),
            Self::Token(code) => {
                let problem = Problem::from(BearerRefusal::Invalid);
                problem.because(code, Signed::Resident).into_response()
            }
            Self::Scope(scope) => insufficient(&scope),
            Self::Fault(code) => {
                let technical = Refusal::technical().written();
                let mut response = json(StatusCode::INTERNAL_SERVER_ERROR, technical);
                response.extensions_mut().insert(Cause::of(code));
                response
            }
        }
    }
}

/// 401 and not the 403 of RFC 6750 §3.1: to the profile, 403 is a reason to keep the data.
fn insufficient(scope: &str) -> Response {
    let refusal = RightsRefusal::Scope;
    let mut response = Problem::new(refusal.code(), refusal).into_response();
    let challenge = format!(r#"Bearer error="insufficient_scope", scope="{scope}""#);
    // A configured scope that no header can have is left out, and the status is the answer.
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}
