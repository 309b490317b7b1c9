//! Where a description is published by whom it describes (Service Descriptions 2.0 §2 and §3,
//! RFC 8615), and the way to look for it there.
//!
//! Nothing here fetches anything: a [`Lookup`] says which address to try next, and takes the octets
//! that were found.

use super::check::DescriptionError;
use super::published::{Description, Published};
use mydata_core::resource::{Origin, ResourceRefusal, ResourceUrl};
use std::collections::VecDeque;
use std::marker::PhantomData;

/// Where a service publishes its description (SD-03, FW-13, FW-14, C24).
pub const SERVICE: &str = "/.well-known/mydata/servicedescription";

/// Where an operator publishes its description (SD-29, C24).
pub const OPERATOR: &str = "/.well-known/mydata/operator";

/// Other places that the framework's documents name for a service (C24); for reading only.
pub const SERVICE_ALIASES: &[&str] = &["/.well-known/MyData/configuration", "/.well-known/mydata/"];

/// Other places that the framework's documents name for an operator (C24); for reading only.
pub const OPERATOR_ALIASES: &[&str] = &["/.well-known/mydata/mydata/operatorinfo/"];

/// `https://…/.well-known/mydata/servicedescription`.
///
/// # Errors
/// [`ResourceRefusal`] when origin and path together are longer than an address may be.
//= SD-03, FW-13, FW-14
pub fn of_service(origin: &Origin) -> Result<ResourceUrl, ResourceRefusal> {
    origin.at(SERVICE)
}

/// `https://…/.well-known/mydata/operator`.
///
/// # Errors
/// [`ResourceRefusal`] when origin and path together are longer than an address may be.
//= SD-29
pub fn of_operator(origin: &Origin) -> Result<ResourceUrl, ResourceRefusal> {
    origin.at(OPERATOR)
}

/// A search for the description that somebody publishes: `Lookup<Service>` for a service's,
/// `Lookup<OperatorDescription>` for an operator's.
///
/// Whoever drives it fetches [`url`](Self::url) without following a redirect to another origin,
/// and either hands over the body ([`found`](Self::found)) or says that there is none
/// ([`missed`](Self::missed)). What was found is not tried again elsewhere: a fault is the
/// publisher's to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup<D> {
    origin: Origin,
    urls: VecDeque<ResourceUrl>,
    kind: PhantomData<fn() -> D>,
}

impl<D: Description> Lookup<D> {
    /// At the one place that the framework demands (C24).
    #[must_use]
    pub fn at(origin: &Origin) -> Self {
        Self::places(origin, &[])
    }

    /// There first, and then at the other places that its documents name.
    #[must_use]
    pub fn tolerant(origin: &Origin) -> Self {
        Self::places(origin, D::ALIASES)
    }

    fn places(origin: &Origin, more: &[&str]) -> Self {
        let paths = std::iter::once(&D::LOCATION).chain(more);
        Self {
            origin: origin.clone(),
            urls: paths.filter_map(|path| origin.at(path).ok()).collect(),
            kind: PhantomData,
        }
    }

    /// The address to try now; `None` when nothing is left: nobody publishes here.
    #[must_use]
    pub fn url(&self) -> Option<&ResourceUrl> {
        self.urls.front()
    }

    /// There is nothing at that address: the next one, if there is one.
    #[must_use]
    pub fn missed(mut self) -> Self {
        self.urls.pop_front();
        self
    }

    /// There are octets at that address. Where they were found goes with them, and is held against
    /// what the description says of itself when it is checked.
    ///
    /// # Errors
    /// [`DescriptionError`] for what is no description of this kind.
    //= SD-34
    pub fn found(self, octets: &[u8]) -> Result<Published<D>, DescriptionError> {
        Ok(Published::read(octets)?.found_at(self.origin))
    }
}
