//! MyData over HTTP.
//!
//! ```text
//! Operator ──▶ HttpCourier ──POST, signed by the operator──▶ service_api ──▶ Desk ──▶ Service
//! Service  ──▶ OperatorClient ──GET, POST, signed by the service──▶ operator_api ──▶ Operator
//! Resident ──bearer token of the city's provider──▶ residents_api ──▶ Operator
//! Sink     ──data request, signed by the sink──▶ Desk::answer ──▶ Grant | a problem document
//! ```
//!
//! * **Paths** are those of the framework's API files where these are resolved (C20 to C23, C48), bodies
//!   those of `spec/guide`: [`binding`] has both, once, for the two sides.
//! * **Who sends** is proven by a signed request over method, address, query and body, with a key
//!   that the receiver has bound ([`mydata::token::party`]); there are no cookies and no shared secrets.
//!   A handler begins with [`Door::receive`], and there is no other way to a caller.
//! * **What arrives** is read within bounds ([`Bounds`]), at one canonical spelling of its address; what
//!   breaks a rule is answered with a problem document (RFC 9457) that repeats nothing of it.
//! * **Addresses** come from descriptions and configurations, never from a message; the client follows no
//!   redirect and asks no proxy.
//!
//! * **A listener** ([`Server`]) bounds heads, bodies, answers, connections and requests ([`Limits`]), speaks
//!   TLS where it has a certificate ([`tls`]), and comes to an orderly end ([`ops::Shutdown`]).

mod access_log;
pub mod binding;
mod client;
mod courier;
mod deliveries;
pub mod describe;
mod door;
mod files;
mod fresh;
mod guard;
pub mod identity;
mod journal;
pub mod kit;
pub mod openapi;
mod operator;
pub mod ops;
mod owner;
mod problem;
mod protect;
mod query;
pub mod registry;
mod residents;
pub mod rights;
mod route;
mod senders;
mod serve;
mod service;
mod status;
mod texts;
pub mod tls;
pub mod usage;
mod wishes;

pub use access_log::{
    AccessEntry, AccessLog, FileLog, LogFault, MemoryLog, Page, Period, Position, RequestId,
    RightsAct, RightsOutcome, Span, Stage, Usages,
};
pub use client::{Answer, CallFault, Fixed, OperatorClient, Outbound};
pub use courier::{HttpCourier, Letters, Services};
pub use deliveries::{Deliveries, Waiting};
pub use door::{Arrived, Bounds, Door, origin_form};
pub use fresh::{POLL, STALENESS};
pub use journal::{Entry, FileProgram, Happens, Journal, JournalOf, JournalRefusal, Kept, Message};
pub use operator::{OperatorDesk, operator_api};
pub use owner::OwnerKeys;
pub use problem::{HttpRefusal, Problem};
pub use protect::{Granted, Protect, Protected};
pub use residents::{
    Around, Deed, Demand, Demands, Mandates, NoMandates, ResidentDesk, ResidentRefusal,
    resident_rate, residents_api,
};
pub use senders::{OfOperators, OfServices};
pub use serve::{Limits, Server, serve};
pub use service::{Desk, DeskFault, Program, ServiceKeys, service_api};
pub use status::{Class, class};
pub use texts::text;
pub use wishes::ObjectionResult;
