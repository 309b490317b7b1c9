//! What a sink does that ignores its own records, and what a thief does: no part of a sink, and here
//! only to show that nobody relies on their good will. No city copies this file.

use crate::post::{Mail, Refused, Who};
use crate::sink::SinkParty;
use crate::talk::{DataCall, FromService, ToServiceOrAnswer};
use mydata::core::crypto::{Random as _, Signer};
use mydata::core::id::Nonce;
use mydata::core::jws::Unsigned;
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring, SystemRandom};
use mydata::record::message::{self, TokenRequest};
use mydata::token::claims::TokenText;
use mydata::token::proof::{DataRequest, authorization_header};
use mydata::token::request::HttpRequest;

impl SinkParty {
    /// Asks for a token without having looked whether its consent stands.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn demand_token(&self) -> Result<Vec<Mail>, Refused> {
        let cr_id = self.side.consent()?.clone();
        let token = FromService::Token(TokenRequest { cr_id });
        Ok(vec![Mail::write(Who::Operator, &token)?])
    }

    /// Signs a call by hand, for any address, with the token that it still has.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn demand_data(&self, url: &ResourceUrl, now: Timestamp) -> Result<Vec<Mail>, Refused> {
        let token = self.token.clone();
        let token = token.ok_or_else(|| Refused::new("no_token", "none kept"))?;
        Ok(vec![by_hand(token, &self.pop, url, now)?])
    }
}

/// A thief has read the operator's letter with the token, and calls with a key of his own.
///
/// # Errors
/// [`Refused`].
pub fn with_a_stolen_token(
    letter: &[u8],
    key: &PrivateKey,
    url: &ResourceUrl,
    now: Timestamp,
) -> Result<Vec<Mail>, Refused> {
    let ToServiceOrAnswer::Token(reply) = message::read(letter)? else {
        return Err(Refused::new("no_token", "no token in this letter"));
    };
    let token = TokenText::new(&reply.auth_token);
    Ok(vec![by_hand(token, key, url, now)?])
}

fn by_hand(
    token: TokenText,
    key: &dyn Signer,
    url: &ResourceUrl,
    now: Timestamp,
) -> Result<Mail, Refused> {
    let request = HttpRequest::to(url.clone(), None, "GET", &[])?;
    let nonce = Nonce::from_random(SystemRandom::new().bits128()?);
    let proof = DataRequest::new(token, &request, now, nonce, &Ring);
    let call = DataCall {
        method: request.method().to_owned(),
        target: url.path().to_owned(),
        headers: vec![(
            "Authorization".to_owned(),
            authorization_header(Unsigned::new(proof).sign(key)?)?,
        )],
    };
    Mail::write(Who::Espoo, &call)
}
