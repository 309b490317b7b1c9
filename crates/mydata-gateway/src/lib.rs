//! A source's protection in front of an HTTP API that stays as it is.
//!
//! ```text
//! Sink ─data request, signed─▶ Gateway ─GET, about the person of the consent─▶ the API, unchanged
//!                                 │  ◀──JSON──
//!      ◀─the fields that may pass─┘
//! Operator ──messages──▶ Gateway      Application ──who has confirmed a linking──▶ Gateway
//! Resident ──a token, and which linking──▶ Gateway ◀──who has used a person's data?── Security server
//! ```
//!
//! * **Whose data** is asked for behind comes out of the verified authorisation by type
//!   ([`UpstreamSubject`]): no part of a caller's request can take its place.
//! * **What is passed on** is chosen while it streams by, octet for octet ([`select`]).
//! * **One file** says all of it ([`config`]); what is wrong with it is told with line and column, and never
//!   half taken over.
//!
//! The binary `mydata-gateway` is this library and the signals of the process.

mod answer;
mod application;
pub mod config;
mod gateway;
mod live;
mod pass;
mod persons;
mod release;
mod residents;
pub mod select;
mod subject;
mod template;
mod upstream;
mod usage;

pub use answer::GatewayRefusal;
pub use application::{LINKING, PERSONS};
pub use gateway::Gateway;
pub use live::watch;
pub use pass::{Kind, PassRules, Passed};
pub use residents::CONFIRM;
pub use subject::{Member, Members, UpstreamSubject};
pub use template::{Template, TemplateRefusal, UpstreamRequest};
