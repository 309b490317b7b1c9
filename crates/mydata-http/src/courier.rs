//! Hands the operator's messages over.

use crate::binding;
use crate::client::{CallFault, Outbound};
use crate::ops::span;
use hyper_util::client::legacy::connect::Connect;
use mydata::core::id::ServiceId;
use mydata::operator::Registered;
use mydata::record::message;
use mydata::registry::RegistryRefusal;
use mydata_store::{Courier, Letter, Parcel, ParcelId, Partition, Undelivered};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::Instrument as _;

/// Which services there are: a registry.
pub trait Services: fmt::Debug + Send + Sync + 'static {
    /// The service of this id, also one that is suspended or leaves: it must still hear of endings.
    fn registered(&self, id: &ServiceId) -> Option<Arc<Registered>>;

    /// Whether the service has left for good: its links have ended. It is told so for as long as it listens, and
    /// not waited for when it listens no more.
    fn has_left(&self, id: &ServiceId) -> bool {
        let _ = id;
        false
    }
}

/// Letters to persons: by post, to a mailbox, into an app.
pub trait Letters: fmt::Debug + Send + Sync + 'static {
    /// Writes to a person. `Ok` says that the letter is on its way.
    fn write(&self, letter: &Letter) -> impl Future<Output = Result<(), Undelivered>> + Send;
}

/// Delivers to the address in the registered description of a service, and to no other: what a message
/// says plays no part (P20).
pub struct HttpCourier<C, L> {
    out: Arc<Outbound<C>>,
    services: Arc<dyn Services>,
    letters: L,
    attempts: Attempts,
}

impl<C, L> HttpCourier<C, L> {
    /// With a way out in the operator's name.
    pub const fn new(out: Arc<Outbound<C>>, services: Arc<dyn Services>, letters: L) -> Self {
        Self {
            out,
            services,
            letters,
            attempts: Attempts::new(),
        }
    }
}

impl<C, L> Courier for HttpCourier<C, L>
where
    C: Connect + Clone + Send + Sync + 'static,
    L: Letters,
{
    async fn deliver(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let refused = |code: &str| Undelivered::Refused(code.into());
        // Nobody knows where it could be. After some attempts its messages are parked: whoever mends the
        // registry releases them.
        let service = self.services.registered(&parcel.to);
        let service = service.ok_or_else(|| refused(RegistryRefusal::ServiceUnknown.code()))?;
        let silent = || match self.services.has_left(&parcel.to) {
            true => refused(RegistryRefusal::Retired.code()),
            false => Undelivered::Unreachable,
        };
        let (method, path) = binding::of(&parcel.message);
        let origin = &service
            .description
            .service_description
            .service_urls
            .library_domain;
        let url = origin.at(path).map_err(|fault| refused(fault.code()))?;
        let body = message::write(&parcel.message).map_err(|fault| refused(fault.code()))?;
        let id = parcel.id.to_string();
        let span = span::deliver(parcel, self.attempts.next(parcel));
        let called = self.out.call(method, url, (None, body), Some(&id));
        let called = called.instrument(span.clone()).await;
        span.in_scope(|| span::delivered(called.as_ref().err()));
        match called {
            Ok(_) => Ok(()),
            Err(CallFault::Refused(code)) if is_of_the_way(&code) => Err(silent()),
            Err(CallFault::Refused(code)) => Err(Undelivered::Refused(code)),
            Err(CallFault::Unreachable | CallFault::Unreadable | CallFault::NotSent) => {
                Err(silent())
            }
        }
    }

    async fn write(&self, letter: &Letter) -> Result<(), Undelivered> {
        self.letters.write(letter).await
    }
}

/// How often the last message to each service was tried: messages of one partition go out in order.
struct Attempts(Mutex<BTreeMap<(ServiceId, Partition), (ParcelId, u32)>>);

impl Attempts {
    const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    fn next(&self, parcel: &Parcel) -> u32 {
        let lane = (parcel.to.clone(), parcel.id.partition);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, count) = all.entry(lane).or_insert((parcel.id, 0));
        if *last != parcel.id {
            (*last, *count) = (parcel.id, 0);
        }
        *count = count.saturating_add(1);
        *count
    }
}

/// Whether a refusal says nothing of the message: the service does not know the operator, or is not where
/// its description says. Nothing is parked for that; it is tried until somebody has mended it.
fn is_of_the_way(code: &str) -> bool {
    let of_message = [
        "http_body_too_large",
        "http_media_type",
        "http_413",
        "http_415",
    ];
    code == "request_not_authentic" || (code.starts_with("http_") && !of_message.contains(&code))
}

impl<C, L: fmt::Debug> fmt::Debug for HttpCourier<C, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpCourier")
            .field("out", &self.out)
            .field("letters", &self.letters)
            .finish_non_exhaustive()
    }
}
