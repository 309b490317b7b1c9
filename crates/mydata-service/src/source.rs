//! A source's answer to a data request.

use crate::holding::Service;
use mydata_core::crypto::Crypto;
use mydata_core::id::ConsentId;
use mydata_core::time::Timestamp;
use mydata_record::consent::AnyConsent;
use mydata_token::access::{self, Access, Gate, HeldConsents, Question};
use mydata_token::request::HttpRequest;
use mydata_token::window::Window;

impl Service {
    /// Whether the request may have the data that it asks for (Data Transfer 2.0 §3.2.2). Total;
    /// a [`Grant`](access::Grant) says whose data and which, and nothing of that comes from the
    /// caller.
    ///
    /// Give the request all the headers that it came with
    /// ([`HttpRequest::with_headers`]), or a sink that proves its key by DPoP is refused. The window of
    /// time is the default one; for another ask [`access::access`] with the service as its consents.
    //= DT-24, DT-35
    pub fn answer(
        &self,
        authorization: &str,
        request: &HttpRequest<'_>,
        now: Timestamp,
        crypto: &dyn Crypto,
        gate: &mut Gate<'_>,
    ) -> Access {
        let question = Question {
            authorization,
            request,
            now,
            window: Window::default(),
            consents: self,
            crypto,
        };
        access::access(&question, gate)
    }
}

impl HeldConsents for Service {
    //= DT-36
    fn source_consent(&self, id: &ConsentId) -> Option<access::HeldConsent<'_>> {
        let held = self.consents.get(id)?;
        let AnyConsent::Source(consent) = &held.record else {
            return None;
        };
        let link = self.links.get(&held.record.terms().slr_id)?;
        Some(access::HeldConsent {
            consent,
            link: &link.chain,
            status: &held.chain,
            complete: !held.in_doubt,
        })
    }
}
