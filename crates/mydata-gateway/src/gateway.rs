//! A whole source: takes the operator's messages, decides of each request for data, asks behind, and writes
//! down what has left.

use crate::answer::GatewayRefusal;
use crate::config::{Config, Fault, Fixed, Secret, TlsFiles};
use crate::live::{InForce, Live, fault_of};
use crate::persons::PersonBook;
use crate::release::{Release, release};
use crate::residents::TheirTokens;
use crate::subject::UpstreamSubject;
use crate::usage::{linked, usage_of};
use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, ALLOW, CONNECTION};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hyper_util::client::legacy::connect::Connect;
use mydata::core::crypto::{Crypto, Random as _};
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::{Ring, SystemRandom};
use mydata::service::Service;
use mydata::token::access::Grant;
use mydata::token::party::Sender;
use mydata::token::request::HttpRequest;
use mydata_http::ops::{Condition, Health, Metrics, Operating, Shutdown, TimedLog};
use mydata_http::tls::Tls;
use mydata_http::{
    AccessEntry, AccessLog as _, Desk, Door, FileLog, FileProgram, HttpRefusal, OfOperators,
    OperatorClient, Outbound, POLL, Problem, RequestId, STALENESS, ServiceKeys, Stage, origin_form,
    service_api,
};
use mydata_store::{Clock, SystemClock};
use std::fmt;
use std::future::ready;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{RwLock, oneshot};
use tokio::task::AbortHandle;

/// How often rows that are too old, and persons without any, are looked for.
const FORGETTING: Duration = Duration::from_secs(60 * 60);

/// The gateway.
pub struct Gateway<C> {
    pub(crate) desk: Arc<SourceDesk<C>>,
    fixed: Fixed,
    pub(crate) in_force: InForce,
    tls: Option<Tls>,
    pub(crate) tls_of_usage: Option<Tls>,
    /// Whose links are whose, where that is told to anybody.
    persons: Option<PersonBook>,
    /// Who confirms linkings by a token of theirs.
    residents: Option<TheirTokens>,
    log: Arc<Log>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    crypto: Arc<dyn Crypto>,
    /// Held by whatever has been granted and has not come to its end.
    under_way: Arc<RwLock<()>>,
    /// Whether the last configuration was taken over.
    is_valid: AtomicBool,
    /// Asks the operators whether anything waits, and forgets what is too old.
    tasks: Vec<AbortHandle>,
}

/// Rows in daily files, and how long they take and how often they fail.
pub(crate) type Log = TimedLog<FileLog>;

/// A desk that keeps what it must in one file.
pub(crate) type SourceDesk<C> = Desk<FileProgram<()>, C>;

impl<C> Drop for Gateway<C> {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl<C> fmt::Debug for Gateway<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Gateway");
        shown
            .field("service", &self.fixed.id)
            .finish_non_exhaustive()
    }
}

impl<C: Send + Sync + 'static> Gateway<C> {
    /// Takes over another configuration. Requests that have begun keep the old one.
    ///
    /// # Errors
    /// All that is wrong with it; the old one stays in force.
    pub fn reload(&self, path: &Path) -> Result<(), Vec<Fault>> {
        let taken = self.take_over(path);
        self.is_valid.store(taken.is_ok(), Ordering::SeqCst);
        taken
    }

    fn take_over(&self, path: &Path) -> Result<(), Vec<Fault>> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|_| fault_of(path, "the file cannot be read"))?;
        let config = Config::reread(path, &text, &self.fixed)?;
        // The certificates may be others by now: new connections see them.
        let of_usage = config.fixed.usage.as_ref().and_then(|of| of.tls.as_ref());
        let renewed = [
            (&self.tls, config.fixed.tls.as_ref()),
            (&self.tls_of_usage, of_usage),
        ];
        for (tls, new) in renewed {
            if let (Some(tls), Some(new)) = (tls, new) {
                let renewed = tls.renew(new.identity());
                renewed.map_err(|_| fault_of(path, "the certificate cannot be used"))?;
            }
        }
        let before = self.in_force.now();
        let kept = (self.persons.as_ref(), &self.log, &self.clock);
        self.in_force.put(live(config, kept, Some(&before)));
        Ok(())
    }

    pub(crate) const fn residents(&self) -> Option<&TheirTokens> {
        self.residents.as_ref()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) const fn persons(&self) -> Option<&PersonBook> {
        self.persons.as_ref()
    }

    /// What the public listener speaks, where it speaks TLS itself.
    #[must_use]
    pub const fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// The secret that the service's own application shows.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        self.fixed.application.as_ref().map(|(_, secret)| secret)
    }

    /// Waits until everything that was granted has come to its end and is written down.
    pub async fn finish(&self) {
        let _nothing = self.under_way.write().await;
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> Gateway<C> {
    /// Opens the state directory, takes again what was kept in it, and begins to ask about what may have been
    /// missed, for as long as there is a gateway. `connector` is the way to the operators.
    ///
    /// # Errors
    /// A file of the state directory cannot be read or is none of ours, or another gateway has it.
    pub async fn open(config: Config, connector: C) -> io::Result<Arc<Self>> {
        Self::open_by(config, connector, Arc::new(SystemClock)).await
    }

    /// The same by another clock than the machine's: it is what tokens, proofs, rates, the age of what is known, and rows go by.
    /// How long somebody may take is measured all the same.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_by(
        config: Config,
        connector: C,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Arc<Self>> {
        let fixed = config.fixed.clone();
        std::fs::create_dir_all(&fixed.directory)?;
        let journal = fixed.directory.join("journal");
        let log = FileLog::open(&fixed.directory.join("access"));
        let log = log.map_err(|fault| io::Error::other(fault.code()))?;
        let is_new = !journal.exists() && log.rows() == 0;
        let program = FileProgram::open(&journal, ());
        let program = program.map_err(|refusal| io::Error::other(refusal.code()))?;
        let crypto: Arc<dyn Crypto> = Arc::new(Ring);
        let desk = desk(&config, (connector, program), (&clock, &crypto), is_new);
        let recalled = desk.recall().await;
        recalled.map_err(|problem| io::Error::other(problem.code()))?;
        let opened = |files: Option<&TlsFiles>| files.map(TlsFiles::open).transpose();
        let of_usage = fixed.usage.as_ref().and_then(|usage| usage.tls.as_ref());
        let tls = opened(fixed.tls.as_ref()).and_then(|tls| Ok((tls, opened(of_usage)?)));
        let (tls, tls_of_usage) = tls.map_err(|refusal| io::Error::other(refusal.code()))?;
        let path = fixed.directory.join("persons");
        // Also where nobody is told any more: what was kept for that is forgotten all the same.
        let has_book = fixed.usage.is_some() || path.exists();
        let book = has_book.then(|| PersonBook::open(&path)).transpose();
        let book = book.map_err(|refusal| io::Error::other(refusal.code()))?;
        let persons = book.clone().filter(|_| fixed.usage.is_some());
        let residents = fixed.residents.as_ref().map(TheirTokens::new).transpose()?;
        let metrics = Arc::new(Metrics::new());
        let log = Arc::new(Log::new(Arc::new(log), Arc::clone(&metrics)));
        let mut tasks = vec![tokio::spawn(Arc::clone(&desk).keep_fresh(POLL)).abort_handle()];
        if fixed.retention.is_some() || book.is_some() {
            let of = (Arc::downgrade(&desk), Arc::clone(&log), book);
            let forgetting = forget(of, Arc::clone(&clock), fixed.retention);
            tasks.push(tokio::spawn(forgetting).abort_handle());
        }
        Ok(Arc::new(Self {
            desk,
            tls,
            tls_of_usage,
            in_force: InForce::new(live(config, (persons.as_ref(), &log, &clock), None)),
            persons,
            residents,
            fixed,
            log,
            metrics,
            clock,
            crypto,
            under_way: Arc::default(),
            is_valid: AtomicBool::new(true),
            tasks,
        }))
    }

    /// Its numbers: for the listeners to count among them, too.
    #[must_use]
    pub const fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Whether it lives, whether it can do its work, and its numbers.
    pub fn health(self: &Arc<Self>, shutdown: Shutdown) -> Health {
        let weak = |is_good| {
            if is_good {
                Condition::Good
            } else {
                Condition::Weak
            }
        };
        let [log, operator, config, told] = [(); 4].map(|()| Arc::clone(self));
        Health::new(shutdown, Arc::clone(&self.metrics))
            .with("log", move || {
                let log = Arc::clone(&log.log);
                async move {
                    log.probe()
                        .await
                        .map_or(Condition::Bad, |()| Condition::Good)
                }
            })
            .with("operator", move || {
                let ages = operator.desk.staleness();
                ready(weak(ages.values().all(|age| *age <= STALENESS)))
            })
            .with("configuration", move || {
                ready(weak(config.is_valid.load(Ordering::SeqCst)))
            })
            .refreshed(move || {
                told.desk.report(&told.metrics);
                if let Some(tokens) = told.residents() {
                    tokens.report(&told.metrics, told.now());
                }
                ready(())
            })
    }

    /// What sinks and operators reach.
    pub fn public(self: &Arc<Self>) -> Router {
        let data = Router::new()
            .fallback(data::<C>)
            .with_state(Arc::clone(self));
        let api = service_api(Arc::clone(&self.desk)).fallback_service(data);
        api.merge(self.by_residents())
    }

    async fn answer(
        self: &Arc<Self>,
        request: Request,
        id: &RequestId,
    ) -> Result<Response, Problem> {
        // The whole of a request goes by the configuration that was in force when it came.
        let live = self.in_force.now();
        let target = origin_form(request.uri());
        let method = request.method().as_str();
        let asked = HttpRequest::received(&self.fixed.origin, target, method, b"")?;
        let route = live
            .routes
            .get(asked.url())
            .ok_or(HttpRefusal::PathUnknown)?;
        if request.method() != Method::GET {
            return Err(HttpRefusal::MethodUnknown.into());
        }
        if !request.body().is_end_stream() {
            return Err(GatewayRefusal::Body.into());
        }
        let passed = route.config.pass.read(asked.query())?;
        let language = request
            .headers()
            .get(ACCEPT_LANGUAGE)
            .filter(is_language)
            .cloned();
        // What is refused for this writes no rows: there would be as many as somebody likes.
        let in_rate = |sink: &_| route.in_rate(sink, self.clock.now());
        let grant = self.desk.answer_within(request, in_rate).await;
        if let Ok(grant) = &grant {
            route.count(&grant.sink_thumbprint(&*self.crypto), self.clock.now());
        }
        let (entry, subject) = self.admit(grant, &route.config.dataset, id).await?;
        // From here on somebody else may hang up and this goes on to its end, so that it is written down.
        let (head, told) = oneshot::channel();
        let release_of = Release {
            route: Arc::clone(&route.config),
            upstream: Arc::clone(&route.upstream),
            subject,
            passed,
            language,
            entry,
            log: Arc::clone(&self.log),
            clock: Arc::clone(&self.clock),
        };
        let under_way = Arc::clone(&self.under_way).read_owned().await;
        tokio::spawn(async move {
            release(release_of, head).await;
            drop(under_way);
        });
        match told.await {
            Ok(answered) => answered,
            Err(_) => Err(HttpRefusal::Internal.into()),
        }
    }

    /// Whose data may be given; what is refused to somebody who has proven who it is, is written down.
    async fn admit(
        &self,
        grant: Result<Grant, Problem>,
        dataset: &mydata::core::id::DatasetId,
        id: &RequestId,
    ) -> Result<(AccessEntry, UpstreamSubject), Problem> {
        let now = self.clock.now();
        let (entry, problem) = match grant {
            Ok(grant) => {
                let entry = self.entry(&grant, id);
                let is_served = grant.dataset() == dataset;
                let subject = is_served.then(|| UpstreamSubject::of(grant, self.desk.program()));
                match subject.unwrap_or(Err(GatewayRefusal::Dataset)) {
                    Ok(subject) => return Ok((entry, subject)),
                    Err(refusal) => (entry.then(Stage::Denied, now), Problem::from(refusal)),
                }
            }
            Err(problem) if problem.status() == StatusCode::FORBIDDEN => {
                let entry = AccessEntry::new(now, id.clone(), Stage::Denied);
                (entry, problem)
            }
            Err(problem) => return Err(problem),
        };
        let mut entry = entry;
        entry.codes = vec![problem.code().into()];
        // It is refused whether or not that can be written down.
        if self.log.append(entry).await.is_err() {
            tracing::error!("a refusal cannot be written to the access log");
        }
        Err(problem)
    }

    /// The first row of a request that is granted.
    fn entry(&self, grant: &Grant, id: &RequestId) -> AccessEntry {
        let mut entry = AccessEntry::new(grant.at(), id.clone(), Stage::Granted);
        entry.cr_id = Some(grant.consent_id().clone());
        entry.surrogate_id = Some(grant.surrogate_id().clone());
        entry.dataset = Some(grant.dataset().clone());
        entry.token = Some(grant.token_id().clone());
        entry.sink_key = Some(grant.sink_thumbprint(&*self.crypto));
        entry
    }
}

/// Forgets rows that are older, and then persons of whom nothing is left, again and again.
async fn forget<C: Connect + Clone + Send + Sync + 'static>(
    (desk, log, book): (Weak<SourceDesk<C>>, Arc<Log>, Option<PersonBook>),
    clock: Arc<dyn Clock>,
    retention: Option<Seconds>,
) {
    loop {
        if let Some(retention) = retention
            && let Err(fault) = log.forget(clock.now().minus(retention)).await
        {
            tracing::error!(
                code = fault.code(),
                "old rows of the access log are still there"
            );
        }
        let Some(held) = desk.upgrade() else {
            return;
        };
        if let Some(book) = &book
            && let Err(fault) = book.prune(&*log, || linked(&held)).await
        {
            tracing::error!(
                code = fault.code(),
                "persons of whom nothing is left are still there"
            );
        }
        drop(held);
        tokio::time::sleep(FORGETTING).await;
    }
}

/// What is in force by a configuration.
fn live(
    mut config: Config,
    (persons, log, clock): (Option<&PersonBook>, &Arc<Log>, &Arc<dyn Clock>),
    before: Option<&Live>,
) -> Live {
    let usage = config.usage.take().zip(persons);
    let usage = usage.map(|(options, persons)| usage_of(options, (log, persons), clock));
    Live::new(config, usage, before)
}

/// The desk of a service with this configuration.
fn desk<C: Connect + Clone + Send + Sync + 'static>(
    config: &Config,
    (connector, program): (C, FileProgram<()>),
    (clock, crypto): (&Arc<dyn Clock>, &Arc<dyn Crypto>),
    is_new: bool,
) -> Arc<SourceDesk<C>> {
    let fixed = &config.fixed;
    let known: Vec<_> = fixed
        .operators
        .iter()
        .map(|(known, _)| known.clone())
        .collect();
    let service = Service::new(fixed.id.clone(), fixed.keys(), known.clone());
    let door = Door::new(
        fixed.origin.clone(),
        Arc::new(OfOperators(known)),
        Arc::clone(clock),
        Arc::clone(crypto),
        config.limits.bounds,
    );
    let certificates = fixed.certificates.iter();
    let door = door.with_certificates(
        certificates.map(|(of, operator)| (*of, Sender::Operator(operator.clone()))),
    );
    let key = Arc::clone(&fixed.key);
    let keys = ServiceKeys {
        signature: Arc::clone(&key) as _,
        possession: None,
    };
    let sender = Sender::Service(fixed.id.clone());
    let out = Outbound::new(
        connector,
        sender,
        key as _,
        Arc::clone(clock),
        Arc::clone(crypto),
    );
    let out = Arc::new(out);
    let client = |origin: &mydata::core::resource::Origin| {
        OperatorClient::new(Arc::clone(&out), origin.clone())
    };
    let operators = fixed.operators.iter();
    let operators = operators
        .map(|(known, origin)| (known.id().clone(), client(origin)))
        .collect();
    let door = if is_new { door.without_past() } else { door };
    let desk = Desk::new(service, keys, door, out, operators, program);
    Arc::new(if is_new { desk.without_past() } else { desk })
}

/// A language range, and nothing else that somebody would like to say (RFC 9110 §12.5.4).
fn is_language(value: &&HeaderValue) -> bool {
    let of_range = |b: &u8| b.is_ascii_alphanumeric() || b"-*,;=. ".contains(b);
    value.len() <= 128 && value.as_bytes().iter().all(of_range)
}

async fn data<C>(State(gateway): State<Arc<Gateway<C>>>, request: Request<Body>) -> Response
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let Ok(bits) = SystemRandom::new().bits128() else {
        return Problem::from(HttpRefusal::Internal).into_response();
    };
    let id = RequestId::from_random(bits);
    let answered = gateway.answer(request, &id).await;
    let mut response = answered.unwrap_or_else(Problem::into_response);
    let status = response.status();
    response.extensions_mut().insert(Operating("data"));
    let headers = response.headers_mut();
    if status == StatusCode::BAD_REQUEST {
        // Whoever spells one request wrongly is not read on.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET"));
    }
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}
