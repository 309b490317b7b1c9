//! The service registry as a pure state machine: who may be linked, with which keys, and what each
//! service says of itself (Service Descriptions 2.0 §4, Framework 2.0 §5.2).
//!
//! A [`Registry`] holds every service of one instance with all its versions. Like the operator's
//! account it knows no clock, no key and no store:
//!
//! * **[`Registry::decide`]** takes a [`Command`] and refuses it with a stable code or gives a
//!   [`Decision`]: events, and what the caller has to do; it changes nothing;
//! * **[`Registry::apply`]** takes an [`Event`] of a decision and cannot refuse it; the registry
//!   rebuilt from its events is the registry ([`Registry::replay`]);
//! * **questions** ([`Registry::service`], [`Registry::search`], [`Registry::compatible`]) are
//!   total.
//!
//! A registration has three steps (FW-19): an id is obtained together with the keys that the service
//! signs with, a description is added, and the endpoints that it names are linked to whoever
//! registered it. Only then is the service open and found. Descriptions come as
//! [`Found`](mydata_record::description::Found): read, verified and checked before.
//!
//! An operator takes what it needs from an [`Entry`]: `description`, `keys` and `is_open`.

mod command;
mod compatible;
mod decide;
mod entry;
mod event;
mod fold;
mod refusal;
mod registry;
mod search;
mod state;

pub use command::{Act, Capacity, Command, Links};
pub use compatible::{Compatible, Drawn};
pub use entry::{Edition, Entry};
pub use event::{Decision, Effect, Event, Fact, Linking};
pub use fold::Folding;
pub use refusal::RegistryRefusal;
pub use registry::Registry;
pub use search::{Page, Query, ServiceType};
pub use state::{Change, State};
