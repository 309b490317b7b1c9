//! The registry over HTTP: services are found, described, linked and retired, and whoever runs the registry has it
//! again after a restart.
//!
//! ```text
//! anybody ─────────▶ /services/, /search/, /{id}, /compatible ──▶ RegistryBook
//! staff, registrant ─bearer─▶ Registrars ─▶ Act ─▶ RegistryBook::decide ─▶ journal, synced ─▶ in force, effects
//! operator's desk, courier ──Services──▶ RegistryBook
//! ```
//!
//! Paths are those of the framework's registry API where it has them; keys, linking and retiring have none there
//! and are ours (D43).

mod api;
mod book;
mod jobs;
mod reading;
mod record;
mod registrars;
mod writing;

pub use api::registry_api;
pub(crate) use api::registry_operations;
pub use book::{FollowUp, RegistryBook, RegistryBookFault};
pub use jobs::job_of;
pub use registrars::{NotAdmitted, Registrars, Scoped, Tokens};

use crate::describe::DescriptionReader;
use crate::door::Bounds;
use mydata::core::crypto::Crypto;
use mydata::core::refusals;
use mydata::record::description::Policy;
use std::fmt;
use std::sync::Arc;

refusals! {
    /// Why the registry's API does not take a request.
    pub enum RegistrarRefusal {
        Unproven = "registrar_unproven": "it is not proven who asks: staff, or who has registered a service",
        Unavailable = "registrar_unavailable": "nobody can say now who asks",
        Query = "registry_query": "the query has a name that is not known or stands twice, or a value that is none",
        Limit = "registry_limit": "`limit` is above 100",
    }
}

/// The registry behind its API.
pub struct RegistryDesk<R, C> {
    book: Arc<RegistryBook>,
    registrars: R,
    reader: DescriptionReader<C>,
    policy: Policy,
    must_be_signed: bool,
    bounds: Bounds,
    crypto: Arc<dyn Crypto>,
}

impl<R: Registrars, C> RegistryDesk<R, C> {
    /// A registry, whoever says who may change it, and a way to look at what services publish themselves.
    pub fn new(
        book: Arc<RegistryBook>,
        registrars: R,
        reader: DescriptionReader<C>,
        crypto: Arc<dyn Crypto>,
    ) -> Self {
        Self {
            book,
            registrars,
            reader,
            policy: Policy::default(),
            must_be_signed: false,
            bounds: Bounds::default(),
            crypto,
        }
    }

    /// With another demand on descriptions than [`Policy::default`], and whether every one must be signed.
    #[must_use]
    pub fn demanding(mut self, policy: Policy, must_be_signed: bool) -> Self {
        (self.policy, self.must_be_signed) = (policy, must_be_signed);
        self
    }
}

impl<R, C> fmt::Debug for RegistryDesk<R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryDesk")
            .field("book", &self.book)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
