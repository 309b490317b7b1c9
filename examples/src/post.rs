//! Letters, and what becomes of them. Everything that one party says to another is a [`Mail`] of
//! octets: here it is carried by a loop, in a city by HTTPS.

use mydata::core::Coded;
use mydata::core::time::Timestamp;
use mydata::record::message;
use serde::Serialize;
use std::fmt;

/// Everybody who has an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The resident's own device.
    Sofia,
    /// The operator.
    Operator,
    /// The source: Espoo's client register.
    Espoo,
    /// The sink: Helsinki's application form.
    Helsinki,
    /// Somebody outside.
    Stranger,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sofia => "Sofia",
            Self::Operator => "operator",
            Self::Espoo => "esp-vaka",
            Self::Helsinki => "hki-vaka",
            Self::Stranger => "stranger",
        })
    }
}

/// A letter before it is posted. It does not say who sends it: that is for the transport to find
/// out, by its own means (mutual TLS, a session), and never for the letter to claim.
#[derive(Clone)]
pub struct Mail {
    /// To whom.
    pub to: Who,
    /// What.
    pub octets: Vec<u8>,
}

impl Mail {
    /// Writes `message` as JSON.
    ///
    /// # Errors
    /// [`Refused`] when it cannot stand in JSON.
    pub fn write<M: Serialize>(to: Who, message: &M) -> Result<Self, Refused> {
        let octets = message::write(message)?;
        Ok(Self { to, octets })
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail(to {}, {} octets)", self.to, self.octets.len())
    }
}

/// What a party made of a letter.
#[derive(Debug)]
pub struct Outcome {
    /// The code for its own log.
    pub code: String,
    /// Whether it refused.
    pub is_refusal: bool,
    /// What it says to others now.
    pub mails: Vec<Mail>,
}

impl Outcome {
    /// It did what was asked.
    #[must_use]
    pub fn done(code: &str, mails: Vec<Mail>) -> Self {
        Self {
            code: code.to_owned(),
            is_refusal: false,
            mails,
        }
    }

    /// It refused; `mails` tell the sender, as far as the sender may know.
    #[must_use]
    pub fn refused(code: &str, mails: Vec<Mail>) -> Self {
        Self {
            code: code.to_owned(),
            is_refusal: true,
            mails,
        }
    }
}

/// Somebody who can be written to: the only way from one party to another.
pub trait Party {
    /// Takes a letter. `from` is what the transport has authenticated, `now` the party's own clock.
    fn receive(&mut self, from: Who, octets: &[u8], now: Timestamp) -> Outcome;
}

/// A refusal of any of the libraries, by its stable code.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The code.
    pub code: &'static str,
    /// A clause for developers; never input, so it is safe in a log.
    pub text: String,
}

impl Refused {
    /// A refusal of the example's own.
    #[must_use]
    pub fn new(code: &'static str, text: &str) -> Self {
        Self {
            code,
            text: text.to_owned(),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.text)
    }
}

impl std::error::Error for Refused {}

impl<F: Coded> From<F> for Refused {
    /// Whatever the library refuses, it has a code.
    fn from(fault: F) -> Self {
        Self::new(fault.code(), &fault.to_string())
    }
}
