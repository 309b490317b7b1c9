//! What a city service embeds to be a MyData source or sink: the other end of the operator.
//!
//! A [`Service`] holds the links and consents of its people and answers three questions: "may I
//! process this now?" ([`Service::may_process`]), "may this sink have this data?"
//! ([`Service::answer`]) and "how do I ask a source?" ([`Service::prepare_request`]). It is pure: no
//! clock, no randomness, no socket, no store.
//!
//! What arrives from the operator goes in through [`Service::receive`], which verifies everything
//! with keys that the service has bound itself, installs all of a message or nothing, and says in
//! [`Effect`]s what the program around it must do: answer the operator, stop a running job, fetch
//! what is missing. A message that comes a second time changes nothing. A refusal has effects too
//! when it leaves a consent in doubt: then nothing is processed until the operator has been asked.
//!
//! To survive a restart, store the records that were accepted (links, consents, their status, and
//! the answers of [`Service::catch_up`]), take them again in order, and call
//! [`Service::doubt_all`]: what may have been missed in between is then asked for. A linking that
//! was under way is begun again, and the invitation of a finished one may ask the person again.
//! Subscriptions come again as they came first, in whatever order, and objections with the answers to
//! them through [`Service::restore_objection`]: from the service's own store, or as the operator's
//! copies.
//!
//! A permission has no life of its own: a [`Permit`] and a grant are for one moment, so ask every
//! time (Consenting 2.0 §2.5, CN-37).

mod consent;
mod effect;
mod holding;
mod known;
mod lawful;
mod linking;
mod notification;
mod objection;
mod process;
mod receive;
mod refusal;
mod sink;
mod source;
mod transfer;

pub use effect::{Effect, Installed};
pub use holding::{HeldConsent, HeldLink, PendingLink, Service};
pub use known::{KnownOperator, Setting};
pub use lawful::{Ground, Lawful};
pub use objection::{HeldObjection, ObjectedProcessing};
pub use process::{Permit, Processing, ProcessingRefusal};
pub use refusal::{Refusal, ServiceRefusal};
pub use sink::{PreparedRequest, Want};
pub use transfer::{Transfer, TransferEntry};
