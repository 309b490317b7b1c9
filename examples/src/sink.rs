//! A sink: asks the operator for a token, and the source for the data.

mod wishes;

use crate::post::{Mail, Outcome, Party, Refused, Who};
use crate::side::{Side, operator};
use crate::talk::{DataAnswer, DataCall, FromService, ToServiceOrAnswer, Told};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{ConsentId, DatasetId, PurposeId};
use mydata::core::resource::Origin;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring};
use mydata::record::message;
use mydata::record::notification::NotificationPush;
use mydata::service::{Processing, Want};
use mydata::token::claims::TokenText;

/// The sink.
#[derive(Debug)]
pub struct SinkParty {
    /// Linking and consenting.
    pub side: Side,
    /// Signs requests: a key of its own, for nothing else (C48).
    pub(crate) pop: PrivateKey,
    /// The newest token. It is worth nothing by itself.
    pub(crate) token: Option<TokenText>,
    /// Where sources are reached: a name service for this town.
    pub(crate) hosts: Vec<(Origin, Who)>,
    /// What it is about to fetch.
    wanted: Option<Fetch>,
    received: Option<(DatasetId, Body)>,
    /// A notification that has not been sent yet.
    written: Option<NotificationPush>,
    told: Option<Told>,
}

#[derive(Debug)]
struct Fetch {
    consent: ConsentId,
    purpose: PurposeId,
    dataset: DatasetId,
}

struct Body(String);

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} octets)", self.0.len())
    }
}

impl SinkParty {
    /// A sink with its proof-of-possession key.
    #[must_use]
    pub const fn new(side: Side, pop: PrivateKey, hosts: Vec<(Origin, Who)>) -> Self {
        Self {
            side,
            pop,
            token: None,
            hosts,
            wanted: None,
            received: None,
            written: None,
            told: None,
        }
    }

    /// The data that arrived last.
    #[must_use]
    pub fn received(&self) -> Option<(&DatasetId, &str)> {
        let received = self.received.as_ref();
        received.map(|(dataset, body)| (dataset, body.0.as_str()))
    }

    /// What the operator last refused.
    #[must_use]
    pub fn told(&self) -> Option<&Told> {
        self.told.as_ref()
    }

    /// Sets out to fetch `dataset` for `purpose`: nothing leaves the house unless the consent
    /// stands now and covers just that.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn fetch(
        &mut self,
        purpose: &PurposeId,
        dataset: &DatasetId,
        now: Timestamp,
    ) -> Result<Vec<Mail>, Refused> {
        let consent = self.side.consent()?.clone();
        let service = &self.side.service;
        if let Processing::Refused(reasons) = service.may_process(&consent, purpose, dataset, now) {
            let first = reasons.first();
            let code = first.map_or("refused", |reason| reason.code());
            return Err(Refused::new(code, "the sink's own records say no"));
        }
        let request = service.token_request(&consent, now)?;
        self.wanted = Some(Fetch {
            consent,
            purpose: purpose.clone(),
            dataset: dataset.clone(),
        });
        operator(&FromService::Token(request))
    }

    /// The token is here: signs the call, and sends it to the address in the consent.
    fn call(&mut self, token: TokenText, now: Timestamp) -> Result<Outcome, Refused> {
        let token = self.token.insert(token);
        let Some(fetch) = &self.wanted else {
            return Ok(Outcome::done("token_taken", Vec::new()));
        };
        let want = Want::get(&fetch.consent, &fetch.purpose, &fetch.dataset);
        let (service, random) = (&self.side.service, &mut self.side.random);
        let ready = service.prepare_request(&want, token, now, &self.pop, random, &Ring)?;
        let origin = ready.url.origin();
        let host = self.hosts.iter().find(|(known, _)| *known == origin);
        let (_, to) = host.ok_or_else(|| Refused::new("no_host", "nobody answers there"))?;
        let headers = ready.headers();
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let call = DataCall {
            method: want.method.to_owned(),
            target: ready.url.path().to_owned(),
            headers: headers.collect(),
        };
        Ok(Outcome::done("call_signed", vec![Mail::write(*to, &call)?]))
    }

    fn hear_operator(&mut self, octets: &[u8], now: Timestamp) -> Result<Outcome, Refused> {
        match message::read(octets)? {
            ToServiceOrAnswer::News(news) => self.side.hear_operator(&news, now),
            ToServiceOrAnswer::Status(reply) => self.side.hear_status(&reply, now),
            ToServiceOrAnswer::Registered => Ok(Outcome::done("published", Vec::new())),
            ToServiceOrAnswer::Token(reply) => self.call(TokenText::new(&reply.auth_token), now),
            ToServiceOrAnswer::Refused(told) => {
                let code = format!("told {}", told.code);
                self.wanted = None;
                self.told = Some(told);
                Ok(Outcome::done(&code, Vec::new()))
            }
        }
    }

    fn hear_source(&mut self, octets: &[u8]) -> Result<Outcome, Refused> {
        let answer = message::read(octets)?;
        match (answer, self.wanted.take()) {
            (DataAnswer::Data(body), Some(fetch)) => {
                self.received = Some((fetch.dataset, Body(body)));
                Ok(Outcome::done("data_received", Vec::new()))
            }
            (DataAnswer::Data(_), None) => Err(Refused::new("not_asked", "unasked-for data")),
            (DataAnswer::Denied(status, code), _) => {
                Ok(Outcome::done(&format!("told {status} {code}"), Vec::new()))
            }
        }
    }
}

impl Party for SinkParty {
    fn receive(&mut self, from: Who, octets: &[u8], now: Timestamp) -> Outcome {
        let handled = match from {
            Who::Operator => self.hear_operator(octets, now),
            Who::Sofia => {
                let pop = self.pop.public().clone();
                self.side.hear_person(octets, Some(&pop))
            }
            Who::Espoo => self.hear_source(octets),
            Who::Helsinki | Who::Stranger => Err(Refused::new("sender_unknown", "a stranger")),
        };
        handled.unwrap_or_else(|refused| Outcome::refused(refused.code, Vec::new()))
    }
}
