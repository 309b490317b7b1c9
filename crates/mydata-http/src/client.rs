//! The way out: signed requests, to addresses that were configured or registered.

use crate::binding;
use crate::deliveries::Deliveries;
use crate::operator::COPIES;
use crate::problem::{HttpRefusal, Problem};
use crate::wishes::ObjectionResult;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::Connect;
use hyper_util::rt::{TokioExecutor, TokioIo};
use mydata::core::crypto::{Crypto, Random as _, Signer};
use mydata::core::id::{ConsentId, Nonce};
use mydata::core::jws::Unsigned;
use mydata::core::resource::{Origin, ResourceUrl};
use mydata::keys::SystemRandom;
use mydata::record::message::{
    self, ConsentCopy, Countersigned, LinkCopyRequest, LinkDelivery, LinkRemoval,
    LinkStatusDelivery, ObjectionCopy, StatusQuery, StatusReply, SubscriptionConfirmation,
    SubscriptionDelivery, SurrogateOffer, TokenReply,
};
use mydata::record::notification::NotificationPush;
use mydata::service::PreparedRequest;
use mydata::token::party::{PartyRequest, Sender, authorization_header};
use mydata::token::request::HttpRequest;
use mydata_store::Clock;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;

/// How long an answer may take, head and body.
const TIME: Duration = Duration::from_secs(8);

/// Octets of an answer.
const OCTETS: usize = 1024 * 1024;

/// The same of data: how long, and how many octets.
const OF_DATA: (Duration, usize) = (Duration::from_secs(60), 16 * 1024 * 1024);

/// What a peer has answered.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Answer {
    /// The status: 200 to 299.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// Why nothing has come of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallFault {
    /// The peer cannot be reached, is too slow, or says that it is busy: later.
    #[error("the peer cannot be reached, or asks to come again")]
    Unreachable,
    /// The peer refuses it, by this code; `http_` and the status where it gives none.
    #[error("the peer refuses it: {0}")]
    Refused(Box<str>),
    /// What it has answered is not what was asked for.
    #[error("the peer's answer cannot be read")]
    Unreadable,
    /// It cannot be sent: no address can have this id in it, or nothing can be signed.
    #[error("the request cannot be sent")]
    NotSent,
}

impl CallFault {
    /// The code: the peer's where it gave one.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Unreachable => HttpRefusal::Unreachable.code(),
            Self::Refused(code) => code,
            Self::Unreadable => HttpRefusal::Unreadable.code(),
            Self::NotSent => HttpRefusal::NotSent.code(),
        }
    }
}

/// Sends requests, each signed in the name of one party.
///
/// It follows no redirect, reads no variable of the environment and asks no proxy. Over which connections
/// is the caller's choice: a connector with TLS, or [`Fixed`].
pub struct Outbound<C> {
    client: Client<C, Full<Bytes>>,
    sender: Sender,
    key: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
    crypto: Arc<dyn Crypto>,
}

impl<C: Connect + Clone + Send + Sync + 'static> Outbound<C> {
    /// In the name of `sender`, with a key that its peers have bound to it: a service's registered one, an
    /// operator's status key.
    pub fn new(
        connector: C,
        sender: Sender,
        key: Arc<dyn Signer>,
        clock: Arc<dyn Clock>,
        crypto: Arc<dyn Crypto>,
    ) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self {
            client,
            sender,
            key,
            clock,
            crypto,
        }
    }

    /// Sends a request to another party.
    ///
    /// `key` is the `Idempotency-Key`: the same for each time that the same message is sent.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn call(
        &self,
        method: Method,
        url: ResourceUrl,
        (query, body): (Option<&str>, Vec<u8>),
        key: Option<&str>,
    ) -> Result<Answer, CallFault> {
        let mut headers = Vec::new();
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        headers.extend(key.map(|key| ("idempotency-key", key)));
        let uri = address(&url, query)?;
        let authorization = self.sign(&method, url, query, &body, &headers)?;
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.header(AUTHORIZATION, authorization);
        let request = request.body(Full::new(Bytes::from(body)));
        let request = request.map_err(|_| CallFault::NotSent)?;
        self.send(request, (TIME, OCTETS), &mut None).await
    }

    /// Sends a sink's request to a source, as [`mydata::service::Service::prepare_request`] has signed it,
    /// and takes up to 16 MiB within a minute. Gives the nonce too, where the source has given one
    /// (RFC 9449 §8.2): the next proof is to have it.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn fetch(
        &self,
        prepared: &PreparedRequest,
        (method, query): (&str, Option<&str>),
        body: Vec<u8>,
    ) -> (Result<Answer, CallFault>, Option<Nonce>) {
        let mut nonce = None;
        let asked = (method, query);
        let answer = self.fetch_with(prepared, asked, body, &mut nonce).await;
        (answer, nonce)
    }

    async fn fetch_with(
        &self,
        prepared: &PreparedRequest,
        (method, query): (&str, Option<&str>),
        body: Vec<u8>,
        nonce: &mut Option<Nonce>,
    ) -> Result<Answer, CallFault> {
        let mut request = Request::builder()
            .method(method)
            .uri(address(&prepared.url, query)?);
        for (name, value) in prepared.headers() {
            request = request.header(name, value);
        }
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(Bytes::from(body)));
        let request = request.map_err(|_| CallFault::NotSent)?;
        self.send(request, OF_DATA, nonce).await
    }

    fn sign(
        &self,
        method: &Method,
        url: ResourceUrl,
        query: Option<&str>,
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> Result<String, CallFault> {
        let request = HttpRequest::to(url, query, method.as_str(), body);
        let request = request.and_then(|request| request.with_headers(headers));
        let request = request.map_err(|_| CallFault::NotSent)?;
        let nonce = SystemRandom::new().bits128();
        let nonce = Nonce::from_random(nonce.map_err(|_| CallFault::NotSent)?);
        let now = self.clock.now();
        let proof = PartyRequest::new(&self.sender, &request, now, nonce, &*self.crypto);
        let signed = Unsigned::new(proof).sign(&*self.key);
        let signed = signed.map_err(|_| CallFault::NotSent)?;
        authorization_header(signed).map_err(|_| CallFault::NotSent)
    }

    async fn send(
        &self,
        request: Request<Full<Bytes>>,
        (time, octets): (Duration, usize),
        nonce: &mut Option<Nonce>,
    ) -> Result<Answer, CallFault> {
        let answered = async {
            let answer = self.client.request(request).await;
            let answer = answer.map_err(|_| CallFault::Unreachable)?;
            let given = answer.headers().get("dpop-nonce");
            let given = given.and_then(|given| given.to_str().ok());
            *nonce = given.and_then(|given| Nonce::parse(given).ok());
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), octets).collect().await;
            let body = body.map_err(|error| match error.is::<LengthLimitError>() {
                true => CallFault::Unreadable,
                false => CallFault::Unreachable,
            });
            let body = body?.to_bytes();
            Ok((status, body))
        };
        let answered = tokio::time::timeout(time, answered).await;
        let (status, body) = answered.unwrap_or(Err(CallFault::Unreachable))?;
        match status {
            200..=299 => Ok(Answer { status, body }),
            408 | 425 | 429 | 500..=599 => Err(CallFault::Unreachable),
            _ => {
                let code = Problem::code_of(&body);
                let code = code.unwrap_or_else(|| format!("http_{status}"));
                Err(CallFault::Refused(code.into()))
            }
        }
    }
}

impl<C> fmt::Debug for Outbound<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outbound(as {})", self.sender.as_str())
    }
}

fn address(url: &ResourceUrl, query: Option<&str>) -> Result<Uri, CallFault> {
    let text = match query {
        Some(query) => [url.as_str(), "?", query].concat(),
        None => url.as_str().to_owned(),
    };
    text.parse().map_err(|_| CallFault::NotSent)
}

/// Pages that are read of one list, at the most: 10,000 copies.
const PAGES: usize = 1000;

/// A service's way to its operator.
#[derive(Debug)]
pub struct OperatorClient<C> {
    out: Arc<Outbound<C>>,
    origin: Origin,
}

impl<C: Connect + Clone + Send + Sync + 'static> OperatorClient<C> {
    /// To an operator that is reached at `origin`.
    #[must_use]
    pub const fn new(out: Arc<Outbound<C>>, origin: Origin) -> Self {
        Self { out, origin }
    }

    async fn post<M: Serialize>(&self, path: &str, message: &M) -> Result<Answer, CallFault> {
        self.post_as(path, message, (None, None)).await
    }

    async fn post_as<M: Serialize>(
        &self,
        path: &str,
        message: &M,
        (query, key): (Option<&str>, Option<&str>),
    ) -> Result<Answer, CallFault> {
        let url = self.origin.at(path).map_err(|_| CallFault::NotSent)?;
        let body = message::write(message).map_err(|_| CallFault::NotSent)?;
        self.out.call(Method::POST, url, (query, body), key).await
    }

    /// Everything of a list, page by page. Nothing is ever taken out of these lists.
    async fn every<R: DeserializeOwned>(
        &self,
        path: &str,
        message: &LinkCopyRequest,
    ) -> Result<Vec<R>, CallFault> {
        let mut all = Vec::new();
        for _ in 0..PAGES {
            let query = format!("offset={}&limit={COPIES}", all.len());
            let answer = self.post_as(path, message, (Some(&*query), None));
            let page: Vec<R> = read(&answer.await?)?;
            let is_last = page.len() < COPIES;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
        // Nobody has so many: it never ends.
        Err(CallFault::Unreadable)
    }

    async fn get<R: DeserializeOwned>(
        &self,
        path: &str,
        query: Option<&str>,
    ) -> Result<R, CallFault> {
        let url = self.origin.at(path).map_err(|_| CallFault::NotSent)?;
        let nothing = Vec::new();
        let answer = self.out.call(Method::GET, url, (query, nothing), None);
        read(&answer.await?)
    }

    /// Brings the surrogate of a linking.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn offer(&self, offer: &SurrogateOffer) -> Result<(), CallFault> {
        // Brought again it is the same request, and gets the same answer.
        let key = ["offer ", offer.code.as_str()].concat();
        let key = self.out.crypto.sha256(key.as_bytes()).to_base64url();
        self.post_as(binding::OFFER, offer, (None, Some(&*key)))
            .await
            .map(drop)
    }

    /// Brings a link record that the service has countersigned.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn countersigned(&self, record: &Countersigned) -> Result<(), CallFault> {
        self.post(binding::VERIFY, record).await.map(drop)
    }

    /// Asks for a token, by the sink's own consent.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn token(&self, cr_id: &ConsentId) -> Result<TokenReply, CallFault> {
        let path = binding::TOKEN.replace("{cr_id}", cr_id.as_str());
        self.get(&path, None).await
    }

    /// Asks for the status of a consent, or for what was missed since a record that the service has.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn status(&self, query: &StatusQuery) -> Result<StatusReply, CallFault> {
        let path = match &query.since {
            None => binding::INTROSPECTION.to_owned(),
            Some(since) => binding::MISSING.replace("{csr_id}", since.as_str()),
        };
        let path = path.replace("{cr_id}", query.cr_id.as_str());
        let round = format!("round={}", query.round);
        self.get(&path, Some(&round)).await
    }

    /// Asks what waits for this service.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn deliveries(&self) -> Result<Deliveries, CallFault> {
        self.get(binding::DELIVERIES, None).await
    }

    /// Asks for the end of a link; the answer is the link's status after it.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn removal(&self, removal: &LinkRemoval) -> Result<LinkStatusDelivery, CallFault> {
        read(&self.post(binding::REMOVAL, removal).await?)
    }

    /// Asks for a copy of a link.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn link_copy(&self, request: &LinkCopyRequest) -> Result<LinkDelivery, CallFault> {
        read(&self.post(binding::LINK_COPY, request).await?)
    }

    /// Asks for the newest status of a link, also of a removed one.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn link_status(
        &self,
        request: &LinkCopyRequest,
    ) -> Result<LinkStatusDelivery, CallFault> {
        read(&self.post(binding::LINK_STATUS_COPY, request).await?)
    }

    /// Says that a subscription is in force.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn confirmed(&self, said: &SubscriptionConfirmation) -> Result<(), CallFault> {
        self.post(binding::CONFIRMED, said).await.map(drop)
    }

    /// Tells a person something, as [`mydata::service::Service::prepare_notification`] has signed it. Sent
    /// again it is one notification.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn notify(&self, push: &NotificationPush) -> Result<(), CallFault> {
        self.post(binding::NOTIFIED, push).await.map(drop)
    }

    /// Brings an answer to an objection, as [`mydata::service::Service::answer_objection`] has signed it.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn answered(&self, result: &ObjectionResult) -> Result<(), CallFault> {
        self.post(binding::ANSWERED, result).await.map(drop)
    }

    /// Asks for copies of the subscriptions under a link.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn subscription_copies(
        &self,
        request: &LinkCopyRequest,
    ) -> Result<Vec<SubscriptionDelivery>, CallFault> {
        self.every(binding::SUBSCRIPTION_COPIES, request).await
    }

    /// Asks for copies of the objections under a link, with the answers to them.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn objection_copies(
        &self,
        request: &LinkCopyRequest,
    ) -> Result<Vec<ObjectionCopy>, CallFault> {
        self.every(binding::OBJECTION_COPIES, request).await
    }

    /// Asks for copies of the consents under a link.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn consent_copies(
        &self,
        request: &LinkCopyRequest,
    ) -> Result<Vec<ConsentCopy>, CallFault> {
        self.every(binding::CONSENT_COPIES, request).await
    }
}

fn read<R: DeserializeOwned>(answer: &Answer) -> Result<R, CallFault> {
    message::read(&answer.body).map_err(|_| CallFault::Unreadable)
}

/// Connects in plain text, to the address that is written beside the host: for one machine, where the
/// names of a town are all behind the loopback. Whoever is not in it cannot be reached.
#[derive(Debug, Clone, Default)]
pub struct Fixed(Arc<BTreeMap<String, SocketAddr>>);

impl Fixed {
    /// Hosts (with a port where it is not 443), and where they are.
    #[must_use]
    pub fn new(hosts: impl IntoIterator<Item = (String, SocketAddr)>) -> Self {
        Self(Arc::new(hosts.into_iter().collect()))
    }
}

impl tower_service::Service<Uri> for Fixed {
    type Response = TokioIo<TcpStream>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<TokioIo<TcpStream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let address = self.0.get(&host).copied();
        Box::pin(async move {
            let unknown = || std::io::Error::from(std::io::ErrorKind::NotFound);
            let stream = TcpStream::connect(address.ok_or_else(unknown)?).await?;
            stream.set_nodelay(true)?;
            Ok(TokioIo::new(stream))
        })
    }
}
