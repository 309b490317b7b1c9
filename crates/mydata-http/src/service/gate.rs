//! What a source decides of a data request.

use super::{Desk, Program};
use crate::access_log::{AccessEntry, RequestId};
use crate::door::{Caller, Raw};
use crate::fresh::Fresh;
use crate::guard::Guard;
use crate::ops::span;
use crate::problem::{HttpRefusal, Problem};
use crate::protect::{Row, Rows};
use crate::serve::{known, note};
use axum::BoxError;
use axum::body::{Body, HttpBody};
use axum::http::{HeaderName, Request};
use hyper_util::client::legacy::connect::Connect;
use mydata::core::crypto::{NoRandomness, Random as _, Sha256};
use mydata::core::id::Nonce;
use mydata::core::time::Seconds;
use mydata::keys::SystemRandom;
use mydata::service::TransferEntry;
use mydata::token::access::{self, Access, Denial, DenialClass, Grant, Question};
use mydata::token::nonces::Nonces;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::time::Instant;

/// What a source demands of requests beyond what the protocol does.
#[derive(Debug, Default)]
pub(super) struct Demands {
    window: Window,
    /// Headers that must be signed where a request has them.
    headers: &'static [&'static str],
    nonces: RwLock<Option<Nonces>>,
}

/// Headers that end here: whoever gives the data needs neither proof nor token, and could leave them lying
/// about.
const CREDENTIALS: [HeaderName; 2] = [
    axum::http::header::AUTHORIZATION,
    HeaderName::from_static("dpop"),
];

/// Whether a sink may ask once more, by a rate that is not the door's.
type OwnRate<'r> = dyn Fn(&Sha256) -> Result<(), Problem> + Sync + 'r;

impl<P: Program, C: Connect + Clone + Send + Sync + 'static> Desk<P, C> {
    /// A source that has never answered before: it need not wait for what an earlier process may have
    /// answered.
    #[must_use]
    pub fn without_past(mut self) -> Self {
        let (window, capacity) = (self.demands.window, self.door.bounds().replay);
        self.replay = Guard::without_past(&window, capacity, self.door.now());
        self
    }

    /// Another window of time for data requests than the default one.
    #[must_use]
    pub fn within(mut self, window: Window) -> Self {
        let capacity = self.door.bounds().replay;
        self.replay = Guard::starting(&window, capacity, self.door.now());
        self.demands.window = window;
        self
    }

    /// How old what is known of consents may be; five minutes, if nothing else is said.
    #[must_use]
    pub fn stale_after(mut self, bound: Seconds) -> Self {
        self.heard = self.heard.within(bound);
        self
    }

    /// These headers, in lower case, must be signed where a data request has them (HR-14).
    #[must_use]
    pub const fn demanding(mut self, headers: &'static [&'static str]) -> Self {
        self.demands.headers = headers;
        self
    }

    /// From now on a proof must contain a nonce of the source's own, and the one before the last is taken
    /// no more (RFC 9449 §9): to be called every minute or so, by a source whose sinks have all heard of
    /// nonces (D70).
    ///
    /// # Errors
    /// [`NoRandomness`]: the nonces stay as they are.
    pub fn turn_nonces(&self) -> Result<(), NoRandomness> {
        let next = Nonce::from_random(SystemRandom::new().bits128()?);
        let mut nonces = self.demands.nonces.write();
        let nonces = nonces.as_deref_mut();
        let nonces = nonces.unwrap_or_else(|poisoned| poisoned.get_mut());
        match nonces {
            Some(nonces) => nonces.turn(next),
            None => *nonces = Some(Nonces::new(next)),
        }
        Ok(())
    }

    fn nonces(&self) -> Option<Nonces> {
        let nonces = self.demands.nonces.read();
        nonces.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a data request may have what it asks for. The program gives the data of the grant and of
    /// nobody else.
    ///
    /// # Errors
    /// A [`Problem`]: by what cannot be a request at all, and else, before it is proven who asks, always the
    /// same one.
    //= DT-24, DT-35
    pub async fn answer(&self, request: axum::extract::Request) -> Result<Grant, Problem> {
        self.answer_within(request, |_| Ok(())).await
    }

    /// As [`answer`](Self::answer), by a rate of the caller's own too: it is asked with the thumbprint of the sink's
    /// key, once the sink has proven it, and before anything of the request is remembered.
    ///
    /// # Errors
    /// As [`answer`](Self::answer), and that of `rate`: the request may be sent again as it is.
    pub async fn answer_within<R>(
        &self,
        request: axum::extract::Request,
        rate: R,
    ) -> Result<Grant, Problem>
    where
        R: Fn(&Sha256) -> Result<(), Problem> + Sync,
    {
        let (grant, ..) = self.admit_by(request, None, &rate).await?;
        Ok(grant)
    }

    /// As [`answer`](Self::answer), and gives the request back for whoever carries it out: its body read
    /// whole, and without the credentials, which end here.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub async fn admit<B>(&self, request: Request<B>) -> Result<(Grant, Request<Body>), Problem>
    where
        B: HttpBody,
        B::Error: Into<BoxError>,
    {
        let (grant, _, request) = self.admit_with(request, None).await?;
        Ok((grant, request))
    }

    /// The same with a log; what came of the grant is still to be written there.
    pub(crate) async fn admit_with<B>(
        &self,
        request: Request<B>,
        rows: Option<Arc<dyn Rows>>,
    ) -> Result<(Grant, Option<Row>, Request<Body>), Problem>
    where
        B: HttpBody,
        B::Error: Into<BoxError>,
    {
        self.admit_by(request, rows, &|_| Ok(())).await
    }

    async fn admit_by<B>(
        &self,
        request: Request<B>,
        rows: Option<Arc<dyn Rows>>,
        rate: &OwnRate<'_>,
    ) -> Result<(Grant, Option<Row>, Request<Body>), Problem>
    where
        B: HttpBody,
        B::Error: Into<BoxError>,
    {
        let (mut head, body) = request.into_parts();
        let raw = Raw::of(&head, body, self.door.bounds()).await?;
        let begun = Instant::now();
        let access = self.decide(&raw, rate)?;
        note(|noted| noted.decision = Some(begun.elapsed()));
        span::decided(&access);
        if is_known(&access) {
            known();
        }
        // What is given is written down before it is given; what is refused is refused in any case.
        let entry = TransferEntry::of(&access, self.door.now());
        let is_written = self.program.transferred(entry).await;
        let row = match rows {
            Some(rows) => self.written(&access, rows).await,
            None => Ok(None),
        };
        let grant = access.granted().map_err(|denial| self.denied(denial))?;
        if !is_written {
            return Err(HttpRefusal::Later.into());
        }
        for name in CREDENTIALS {
            head.headers.remove(name);
        }
        let request = Request::from_parts(head, Body::from(raw.body));
        Ok((grant, row?, request))
    }

    /// The first row of a request, and the second one, to be written later.
    async fn written(&self, access: &Access, rows: Arc<dyn Rows>) -> Result<Option<Row>, Problem> {
        let is_proven = match access {
            Access::Granted(_) => true,
            Access::Denied(denial) => denial.consent().is_some(),
        };
        if !is_proven {
            return Ok(None);
        }
        let id = SystemRandom::new().bits128();
        let id = RequestId::from_random(id.map_err(|_| HttpRefusal::Later)?);
        let entry = AccessEntry::of(access, id, self.door.now(), self.door.crypto());
        rows.write(entry.clone()).await?;
        Ok(Some(Row::new(entry, rows, self.door.clock())))
    }

    /// The decision; none above the rate of a sink.
    fn decide(&self, raw: &Raw, rate: &OwnRate<'_>) -> Result<Access, Problem> {
        let lines = raw.lines();
        let nonces = self.nonces();
        let request =
            HttpRequest::received(self.door.origin(), &raw.target, &raw.method, &raw.body)?;
        let mut request = request
            .with_headers(&lines)?
            .demanding(self.demands.headers);
        if let Some(nonces) = &nonces {
            request = request.with_nonces(nonces);
        }
        let now = self.door.now();
        let service = self.read();
        let question = Question {
            authorization: request.authorization().unwrap_or_default(),
            request: &request,
            now,
            window: self.demands.window,
            consents: &Fresh::new(&service, &self.heard, now),
            crypto: self.door.crypto(),
        };
        let proven = match access::prove(&question, Some(&self.tokens)) {
            Ok(proven) => proven,
            Err(denial) => return Ok(Access::Denied(denial)),
        };
        // The guard is everybody's, and whoever is refused writes rows too: who asks too often takes no place
        // in it, and writes none.
        let sink = proven.sink_thumbprint();
        rate(&sink)?;
        self.door.in_rate(&Caller::Sink(sink))?;
        Ok(proven.decide(&mut &self.replay))
    }

    fn denied(&self, denial: Denial) -> Problem {
        let nonce = match denial.class() {
            DenialClass::NonceNeeded => self.nonces().map(|nonces| nonces.current().clone()),
            DenialClass::AuthenticityFailed | DenialClass::Busy | DenialClass::NotPermitted => None,
        };
        Problem::from(denial).with_nonce(nonce)
    }
}

/// Whether it is proven who asks now: a request that comes again was signed by somebody too, and anybody may
/// have sent it.
fn is_known(access: &Access) -> bool {
    match access {
        Access::Granted(_) => true,
        Access::Denied(denial) => {
            denial.consent().is_some() && denial.class() != DenialClass::AuthenticityFailed
        }
    }
}
