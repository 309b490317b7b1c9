//! A source: gives data away, to the holder of a grant and to nobody else.

use crate::file::CustomerData;
use crate::post::{Mail, Outcome, Party, Refused, Who};
use crate::side::Side;
use crate::talk::{DataAnswer, DataCall, ToServiceOrAnswer};
use mydata::core::resource::Origin;
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::record::message;
use mydata::token::access::{Access, Denial, DenialClass, Gate, Grant};
use mydata::token::cache::TokenCache;
use mydata::token::replay::TwoGenerations;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;

/// The source.
#[derive(Debug)]
pub struct SourceParty {
    /// Linking and consenting.
    pub side: Side,
    /// Where it is reached, by its own configuration.
    origin: Origin,
    /// The requests that there have been.
    replay: TwoGenerations,
    /// The tokens that have been verified.
    tokens: TokenCache,
    data: Data,
}

/// The register itself: knows customer numbers, and nothing of MyData.
struct Data(CustomerData);

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Data({} files)", self.0.len())
    }
}

impl SourceParty {
    /// A source that opens at `now`, for the first time.
    #[must_use]
    pub fn new(side: Side, origin: Origin, data: CustomerData, now: Timestamp) -> Self {
        Self {
            side,
            origin,
            replay: TwoGenerations::without_past(&Window::default(), 1000, now),
            tokens: TokenCache::new(1000, now),
            data: Data(data),
        }
    }

    /// Answers a call: the whole of what a city writes to become a source.
    fn call(&mut self, from: Who, octets: &[u8], now: Timestamp) -> Result<Outcome, Refused> {
        let call: DataCall = message::read(octets)?;
        let headers: Vec<(&str, &str)> = call.headers.iter().map(|(n, v)| (&**n, &**v)).collect();
        let request = HttpRequest::received(&self.origin, &call.target, &call.method, &[])?;
        let request = request.with_headers(&headers)?;
        let authorization = request
            .authorization()
            .ok_or_else(|| Refused::new("no_authorization", "not exactly one Authorization"))?;
        let mut gate = Gate {
            replay: &mut self.replay,
            tokens: Some(&self.tokens),
        };
        let service = &self.side.service;
        match service.answer(authorization, &request, now, &Ring, &mut gate) {
            Access::Granted(grant) => {
                let body = self.give(grant)?;
                let mail = Mail::write(from, &DataAnswer::Data(body))?;
                Ok(Outcome::done("granted", vec![mail]))
            }
            Access::Denied(denial) => {
                let answer = DataAnswer::Denied(status(&denial), denial.wire_code().to_owned());
                let mail = Mail::write(from, &answer)?;
                // The log has every reason; the caller has one code.
                let reasons: Vec<&str> = denial.reasons().iter().map(|r| r.code()).collect();
                Ok(Outcome::refused(&reasons.join(", "), vec![mail]))
            }
        }
    }

    /// Gives the data that the grant is for, once: whose it is and which it is, the grant says.
    fn give(&self, grant: Grant) -> Result<String, Refused> {
        let customer = self.side.customer(grant.surrogate_id());
        let customer = customer.ok_or_else(|| Refused::new("no_customer", "gone since"))?;
        let key = (customer.clone(), grant.dataset().clone());
        let body = self.data.0.get(&key).cloned();
        body.ok_or_else(|| Refused::new("no_data", "nothing on file"))
    }
}

/// The status of the HTTP response.
const fn status(denial: &Denial) -> u16 {
    match denial.class() {
        DenialClass::AuthenticityFailed | DenialClass::NonceNeeded => 401,
        DenialClass::NotPermitted => 403,
        DenialClass::Busy => 503,
    }
}

impl Party for SourceParty {
    fn receive(&mut self, from: Who, octets: &[u8], now: Timestamp) -> Outcome {
        let handled = match from {
            Who::Operator => message::read(octets)
                .map_err(Refused::from)
                .and_then(|letter| match letter {
                    ToServiceOrAnswer::News(news) => self.side.hear_operator(&news, now),
                    ToServiceOrAnswer::Status(reply) => self.side.hear_status(&reply, now),
                    ToServiceOrAnswer::Registered => Ok(Outcome::done("published", Vec::new())),
                    ToServiceOrAnswer::Token(_) | ToServiceOrAnswer::Refused(_) => {
                        Err(Refused::new("not_asked", "an answer to no question"))
                    }
                }),
            Who::Sofia => self.side.hear_person(octets, None),
            // Who calls does not matter: the call itself must prove that it may.
            Who::Helsinki | Who::Espoo | Who::Stranger => self.call(from, octets, now),
        };
        handled.unwrap_or_else(|refused| Outcome::refused(refused.code, Vec::new()))
    }
}
