//! The way in: octets within bounds and at one spelling of their address, and a sender who has proven to
//! be it.

use crate::guard::Guard;
use crate::ops::{Limiter, Rate, span};
use crate::problem::{HttpRefusal, Problem};
use crate::serve::known;
use crate::tls::PeerCertificate;
use axum::BoxError;
use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use mydata::core::crypto::{Crypto, Random as _, Sha256};
use mydata::core::id::Nonce;
use mydata::core::resource::Origin;
use mydata::core::time::Timestamp;
use mydata::keys::SystemRandom;
use mydata::record::message;
use mydata::token::party::{PartyQuestion, Proven, Sender, Senders, prove};
use mydata::token::replay::TwoGenerations;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use mydata_store::{Clock, RequestKey};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Headers that must be signed where a request has them: what the body is, and which request this is.
const SIGNED: &[&str] = &["content-type", "idempotency-key"];

/// Headers that stand once.
const ONCE: [&str; 4] = ["authorization", "content-type", "dpop", "idempotency-key"];

/// What is read of a request at the most.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Bounds {
    /// Octets of a body.
    pub body: usize,
    /// How long a body may take to come.
    pub time: Duration,
    /// Requests remembered in each of two generations, so that none is taken twice.
    pub replay: usize,
    /// How often one party may send something, once it has proven who it is. `None`: as often as it likes.
    pub rate: Option<Rate>,
}

impl Default for Bounds {
    /// 512 KiB within 10 seconds; 120,000 requests; 250 a second, 500 at once: more than the
    /// 200 a second at which a gateway is measured.
    fn default() -> Self {
        Self {
            body: 512 * 1024,
            time: Duration::from_secs(10),
            replay: TwoGenerations::DEFAULT_CAPACITY,
            rate: Some(Rate::new(250, 500)),
        }
    }
}

/// A request as it came, whole.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Raw {
    /// Reads a request within bounds.
    pub(crate) async fn read(request: Request, bounds: &Bounds) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        Self::of(&head, body, bounds).await
    }

    /// The same of a request that is needed again.
    pub(crate) async fn of<B>(head: &Parts, body: B, bounds: &Bounds) -> Result<Self, Problem>
    where
        B: HttpBody,
        B::Error: Into<BoxError>,
    {
        let headers = read_headers(&head.headers)?;
        Ok(Self {
            method: head.method.as_str().to_owned(),
            target: origin_form(&head.uri).to_owned(),
            headers,
            body: read_body(body, bounds).await?,
        })
    }

    /// The header of this name, which is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether it says that its body is JSON.
    pub(crate) fn is_json(&self) -> bool {
        let media = self.header("content-type").unwrap_or_default();
        let essence = media.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    }

    /// The body, by the strict reader.
    pub(crate) fn json<M: DeserializeOwned>(&self) -> Result<M, Problem> {
        match self.is_json() {
            true => Ok(message::read(&self.body)?),
            false => Err(HttpRefusal::MediaType.into()),
        }
    }

    /// By what name the sender knows this request again.
    pub(crate) fn idempotency_key(&self) -> Result<Option<&str>, HttpRefusal> {
        let key = self.header("idempotency-key");
        match key.is_none_or(|key| (1..=64).contains(&key.len())) {
            true => Ok(key),
            false => Err(HttpRefusal::KeyInvalid),
        }
    }

    /// As the durable operator knows it again: by a name that no other sender can have.
    pub(crate) fn named(
        &self,
        name: &str,
        crypto: &dyn Crypto,
    ) -> Result<mydata_store::Request, Problem> {
        let name = crypto.sha256(name.as_bytes()).to_base64url();
        let (method, target) = (self.method.as_bytes(), self.target.as_bytes());
        let asked = [method, b"\n", target, b"\n", &self.body].concat();
        Ok(mydata_store::Request {
            key: RequestKey::parse(&name).ok_or(HttpRefusal::KeyInvalid)?,
            digest: crypto.sha256(&asked),
        })
    }

    /// Name and value of each header.
    pub(crate) fn lines(&self) -> Vec<(&str, &str)> {
        let lines = self.headers.iter();
        lines.map(|(name, value)| (&**name, &**value)).collect()
    }
}

/// The target where it is a path with or without a query; `*` in place of any other: one with a scheme or an
/// authority is none of ours, and no path is empty.
#[must_use]
pub fn origin_form(uri: &Uri) -> &str {
    let is_origin_form = uri.scheme().is_none() && uri.authority().is_none();
    let target = uri.path_and_query().filter(|_| is_origin_form);
    target.map_or("*", |target| target.as_str())
}

async fn read_body<B>(body: B, bounds: &Bounds) -> Result<Bytes, Problem>
where
    B: HttpBody,
    B::Error: Into<BoxError>,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let body = Limited::new(body, bounds.body).collect();
    let body = tokio::time::timeout(bounds.time, body).await;
    let body = body
        .map_err(|_| HttpRefusal::BodyTorn)?
        .map_err(|error| match error.is::<LengthLimitError>() {
            true => HttpRefusal::BodyTooLarge,
            false => HttpRefusal::BodyTorn,
        })?;
    Ok(body.to_bytes())
}

fn read_headers(headers: &HeaderMap) -> Result<Vec<(String, String)>, Problem> {
    if ONCE
        .iter()
        .any(|name| headers.get_all(*name).iter().count() > 1)
    {
        return Err(HttpRefusal::HeaderTwice.into());
    }
    let line = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        let value = value.to_str().ok()?.trim();
        Some((name.as_str().to_owned(), value.to_owned()))
    };
    let lines: Option<Vec<_>> = headers.iter().map(line).collect();
    // Made only where it is needed: a problem costs more than the headers.
    lines.ok_or_else(|| HttpRefusal::HeaderTwice.into())
}

/// The way in for one of the two parties: knows who may come, and remembers who has come.
pub struct Door {
    origin: Origin,
    senders: Arc<dyn Senders + Send + Sync>,
    guard: Guard,
    window: Window,
    clock: Arc<dyn Clock>,
    crypto: Arc<dyn Crypto>,
    bounds: Bounds,
    /// Whose certificate has which thumbprint.
    certificates: BTreeMap<Sha256, Sender>,
    rate: Option<Limiter<Caller>>,
}

/// Who has proven to be somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Caller {
    /// By a signed request, or a certificate.
    Party(Sender),
    /// A sink, by the thumbprint of the key that it proves possession of.
    Sink(Sha256),
}

impl Door {
    /// Of a party that is reached at `origin`, for senders whose keys it knows.
    #[must_use]
    pub fn new(
        origin: Origin,
        senders: Arc<dyn Senders + Send + Sync>,
        clock: Arc<dyn Clock>,
        crypto: Arc<dyn Crypto>,
        bounds: Bounds,
    ) -> Self {
        let window = Window::default();
        let guard = Guard::starting(&window, bounds.replay, clock.now());
        Self {
            origin,
            senders,
            guard,
            window,
            clock,
            crypto,
            bounds,
            certificates: BTreeMap::new(),
            rate: bounds.rate.map(Limiter::new),
        }
    }

    /// A door that takes the certificate of a connection for a signed request: each by its thumbprint, and
    /// the party to which it belongs. It must be known here all the same, and a signed request that comes
    /// over such a connection must be its own.
    #[must_use]
    pub fn with_certificates(
        mut self,
        certificates: impl IntoIterator<Item = (Sha256, Sender)>,
    ) -> Self {
        self.certificates = certificates.into_iter().collect();
        self
    }

    /// A door for a party that has never been open before: it need not wait until whatever an earlier
    /// process may have taken is too old to come again.
    #[must_use]
    pub fn without_past(mut self) -> Self {
        let (window, now) = (&self.window, self.clock.now());
        self.guard = Guard::without_past(window, self.bounds.replay, now);
        self
    }

    /// Where the party is reached.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) const fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// The time here.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// How much of the memory of requests is used up.
    pub(crate) fn fill(&self) -> f64 {
        self.guard.fill(self.clock.now())
    }

    /// Verifies and hashes.
    #[must_use]
    pub fn crypto(&self) -> &dyn Crypto {
        &*self.crypto
    }

    /// Reads a request, and finds out who has sent it.
    ///
    /// # Errors
    /// A [`Problem`]: by what cannot be a request at all, and else, before it is proven who has sent it, always
    /// the same one.
    pub async fn receive(&self, request: Request) -> Result<Arrived, Problem> {
        let certified = self.certified(&request);
        let raw = Raw::read(request, &self.bounds).await?;
        let now = self.clock.now();
        let (sender, nonce) = match certified {
            Some(sender) if raw.header("authorization").is_none() => {
                // Whether it can be a request at all is asked all the same.
                self.as_signed(&raw, &raw.lines()).map(drop)?;
                self.in_rate(&Caller::Party(sender.clone()))?;
                let nonce = SystemRandom::new().bits128();
                let nonce = nonce.map_err(|_| HttpRefusal::Internal)?;
                (sender, Nonce::from_random(nonce))
            }
            certified => {
                let proven = self.proven(&raw, certified.as_ref(), now)?;
                // The guard is everybody's: who asks too often takes no place in it.
                self.in_rate(&Caller::Party(proven.sender().clone()))?;
                // What comes again was signed by somebody too, and anybody may have sent it.
                let once = proven.once(&mut &self.guard).map_err(Problem::of_party)?;
                (once.sender().clone(), once.nonce().clone())
            }
        };
        known();
        span::authenticated(&sender);
        Ok(Arrived {
            sender,
            nonce,
            now,
            raw,
        })
    }

    /// Whether somebody who has proven who they are may ask once more now.
    pub(crate) fn in_rate(&self, caller: &Caller) -> Result<(), Problem> {
        let now = Duration::from_secs(self.clock.now().seconds());
        let rate = self.rate.as_ref();
        let taken = rate.map_or(Ok(()), |rate| rate.take(caller, now));
        taken.map_err(Problem::too_often)
    }

    /// To whom the certificate of the connection belongs, if they are known here today.
    fn certified(&self, request: &Request) -> Option<Sender> {
        let certificate = request.extensions().get::<PeerCertificate>()?;
        let sender = self.certificates.get(certificate.thumbprint())?;
        self.senders.keys_of(sender).map(|_| sender.clone())
    }

    fn as_signed<'r>(
        &self,
        raw: &'r Raw,
        lines: &'r [(&'r str, &'r str)],
    ) -> Result<HttpRequest<'r>, Problem> {
        let request = HttpRequest::received(&self.origin, &raw.target, &raw.method, &raw.body)?;
        Ok(request.with_headers(lines)?.demanding(SIGNED))
    }

    /// Who has signed the request: over a connection that belongs to somebody, nobody else.
    fn proven(
        &self,
        raw: &Raw,
        certified: Option<&Sender>,
        now: Timestamp,
    ) -> Result<Proven, Problem> {
        let lines = raw.lines();
        let question = PartyQuestion {
            request: &self.as_signed(raw, &lines)?,
            now,
            window: self.window,
            senders: &*self.senders,
            crypto: &*self.crypto,
        };
        let proven = prove(&question).map_err(Problem::of_party)?;
        if certified.is_some_and(|certified| certified != proven.sender()) {
            return Err(Problem::certificate_other());
        }
        Ok(proven)
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door")
            .field("origin", &self.origin)
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

/// A request whose sender is known. Only [`Door::receive`] makes one.
pub struct Arrived {
    sender: Sender,
    nonce: Nonce,
    now: Timestamp,
    raw: Raw,
}

impl Arrived {
    /// Who has sent it.
    #[must_use]
    pub const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// When it came.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether it came by this method to this path.
    pub(crate) fn is_at(&self, method: &axum::http::Method, path: &str) -> bool {
        let found = self.raw.target.split('?').next();
        self.raw.method == method.as_str() && found == Some(path)
    }

    /// The query, without the `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.raw.target.split_once('?').map(|(_, query)| query)
    }

    /// The octets of the body.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.raw.body
    }

    /// The body.
    ///
    /// # Errors
    /// [`HttpRefusal::MediaType`], and [`JsonFault`](mydata::core::json::JsonFault)s as [`Problem`]s.
    pub fn message<M: DeserializeOwned>(&self) -> Result<M, Problem> {
        self.raw.json()
    }

    /// The request as the durable operator knows it again: by `Idempotency-Key` where the sender gives one,
    /// else by the proof, which never comes twice.
    ///
    /// # Errors
    /// [`HttpRefusal::KeyInvalid`].
    pub fn request(&self, crypto: &dyn Crypto) -> Result<mydata_store::Request, Problem> {
        match self.raw.idempotency_key()? {
            Some(key) => self.named(["key ", key], crypto),
            None => self.fresh_request(crypto),
        }
    }

    /// A request that is decided anew whenever it comes.
    ///
    /// # Errors
    /// [`HttpRefusal::KeyInvalid`]; never for a proof that was accepted.
    pub fn fresh_request(&self, crypto: &dyn Crypto) -> Result<mydata_store::Request, Problem> {
        self.named(["nonce ", self.nonce().as_str()], crypto)
    }

    const fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    fn named(
        &self,
        name: [&str; 2],
        crypto: &dyn Crypto,
    ) -> Result<mydata_store::Request, Problem> {
        let role = match self.sender() {
            Sender::Operator(_) => "operator",
            Sender::Service(_) => "service",
        };
        // Names of two senders never meet: no id has a line feed in it.
        let name = [role, "\n", self.sender().as_str(), "\n", &name.concat()].concat();
        self.raw.named(&name, crypto)
    }
}

impl fmt::Debug for Arrived {
    /// Who, and how much: a body may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (who, octets) = (self.sender().as_str(), self.raw.body.len());
        write!(f, "Arrived(from {who}, {octets} octets)")
    }
}
