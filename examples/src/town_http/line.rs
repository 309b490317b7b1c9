//! What the town and its processes say to each other, in lines of JSON over standard input and output. It is
//! the town's way to act for its people, and no part of MyData: that goes over HTTP.

use mydata::core::id::{ConsentId, DatasetId, LinkCode, PurposeId, ServiceId};
use mydata::core::jwk::KeySet;
use mydata::core::lang::Language;
use mydata::record::consent::ConsentProposal;
use mydata::record::proposal::ProposalDocument;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// A process says that it listens, and which keys are its own: an operator's for status records and for
/// tokens, a service's for its signature.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ready {
    /// Where it listens.
    pub at: SocketAddr,
    /// Where an operator listens for residents.
    pub people: Option<SocketAddr>,
    /// Its public keys.
    pub keys: Vec<KeySet>,
}

/// What a process must know before it opens: what stands in contracts, and where everybody is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Opening {
    /// Hosts, and the addresses behind them.
    pub hosts: BTreeMap<String, SocketAddr>,
    /// The operator's keys, as in its [`Ready`].
    pub operator: Vec<KeySet>,
    /// The registered services, with their keys.
    pub services: BTreeMap<ServiceId, KeySet>,
    /// What is behind a gateway.
    pub register: Option<SocketAddr>,
    /// How far the town's clock is ahead.
    pub ahead: u32,
    /// Whether it has been open before.
    pub is_again: bool,
}

/// Something that is wished of a process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Wish {
    /// Open.
    Open(Opening),
    /// Let so many seconds go by.
    Wait(u32),
    /// Of the identity provider: somebody signs in there, by the name within the town's file; an access token
    /// comes back.
    SignIn(String),
    /// Of the operator: the services that something waits for.
    Waiting,
    /// Of a service: somebody has signed in there, as this customer, and confirms a linking.
    Confirm(LinkCode, String),
    /// Of a sink: fetch this, as the library does it.
    Fetch(Fetch),
    /// Of a sink: get a token and keep it, whatever its own records say; or try to, with a key that is not
    /// registered.
    Token(ConsentId, KeyUsed),
    /// Of a sink: demand data with the token that it has, whatever its own records say.
    Demand(Demand),
}

/// What a consent would be about.
#[derive(Debug, Clone)]
pub struct Question {
    /// Who gives.
    pub source: ServiceId,
    /// Who gets.
    pub sink: ServiceId,
    /// What for.
    pub purpose: PurposeId,
    /// To be read in this language.
    pub language: Language,
}

/// What a resident is shown: every text of it in their language.
#[derive(Debug, Clone, Deserialize)]
pub struct Shown {
    /// The document.
    pub document: ProposalDocument,
    /// As a consent names it.
    pub proposal: ConsentProposal,
}

/// A consent, as the operator answers: one half at the source, one at the sink.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pair {
    /// The source's half.
    #[serde(rename = "source_cr_id")]
    pub source: ConsentId,
    /// The sink's half.
    #[serde(rename = "sink_cr_id")]
    pub sink: ConsentId,
}

/// What a sink wants.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fetch {
    /// On which consent: the sink's half.
    pub consent: ConsentId,
    /// What for.
    pub purpose: PurposeId,
    /// What.
    pub dataset: DatasetId,
    /// With this query, and a body if there is one.
    pub query: Option<String>,
    /// See above.
    pub body: Option<String>,
}

/// What a careless sink demands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Demand {
    /// Where.
    pub url: String,
    /// With this query.
    pub query: Option<String>,
    /// Signed with which key.
    pub key: KeyUsed,
}

/// With which key somebody signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyUsed {
    /// The one that others know to be theirs.
    Own,
    /// One that nobody knows.
    Other,
}

/// What was answered to somebody who wrote HTTP by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The status.
    pub status: u16,
    /// The code of the problem document, or nothing.
    pub code: String,
    /// How many octets the body had.
    pub octets: usize,
}

/// A wish, under a number.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    /// The number.
    pub number: u64,
    /// The wish.
    pub wish: Wish,
}

/// What a process says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Told {
    /// It listens.
    Ready(Ready),
    /// What has come of a wish: something, or the code of a refusal.
    Answer(u64, Result<Value, String>),
}
