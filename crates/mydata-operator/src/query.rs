//! What a service may ask of the operator at any time.

use crate::account::{Account, Consent};
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{ServiceId, SurrogateId};
use mydata_core::jws::Verified;
use mydata_record::consent::{AnyConsent, ConsentStatus};
use mydata_record::message::{
    ConsentCopy, ConsentDelivery, LinkDelivery, LinkStatusDelivery, StatusQuery, StatusReply,
};
use mydata_record::standing::Bar;

/// At most so many status records stand in one answer; whoever misses more asks again.
const PAGE: usize = 256;

impl Account {
    /// The newest status of a consent, its id, and all that the service has missed (CN-41, CN-96,
    /// DT-57, C21). For source and sink alike, each for its own record only.
    ///
    /// # Errors
    /// [`Refusal::ConsentUnknown`], also for the consent of another service, and
    /// [`Refusal::StatusRecordUnknown`].
    //= CN-41, CN-96, DT-28, DT-44, DT-57
    pub fn introspect(
        &self,
        service: &ServiceId,
        query: &StatusQuery,
    ) -> Result<StatusReply, Rejection> {
        let consent = self.consent(&query.cr_id);
        let consent = consent.filter(|consent| consent.terms().subject_id == *service);
        let chain = &consent.ok_or(Refusal::ConsentUnknown)?.chain;
        let seal = |record: &Verified<ConsentStatus>| record.seal();
        let missing = match &query.since {
            None => chain.iter().take(PAGE).map(seal).collect(),
            Some(known) => {
                let later = chain.since(known).ok_or(Refusal::StatusRecordUnknown)?;
                later.take(PAGE).map(seal).collect()
            }
        };
        let latest = chain.latest();
        Ok(StatusReply {
            cr_id: query.cr_id.clone(),
            round: query.round,
            csr_id: latest.record_id.clone(),
            latest: latest.seal(),
            missing,
        })
    }

    /// A copy of the link with its status, by surrogate; a removed link does not exist (SL-33 to
    /// SL-35).
    ///
    /// # Errors
    /// [`Refusal::LinkUnknown`] and [`Bar::LinkRemoved`].
    //= SL-34, SL-35, SL-56
    pub fn link_copy(
        &self,
        service: &ServiceId,
        surrogate: &SurrogateId,
    ) -> Result<LinkDelivery, Rejection> {
        let link = self.link_by_surrogate(service, surrogate);
        let link = link.ok_or(Refusal::LinkUnknown)?;
        if !link.is_active() {
            return Err(Bar::LinkRemoved.into());
        }
        Ok(LinkDelivery {
            slr: link.record.seal(),
            ssr: link.chain.latest().seal(),
        })
    }

    /// The newest status of a link, by surrogate; of a removed link too (SL-36 to SL-38).
    ///
    /// # Errors
    /// [`Refusal::LinkUnknown`].
    //= SL-37, SL-38, SL-56
    pub fn link_status_copy(
        &self,
        service: &ServiceId,
        surrogate: &SurrogateId,
    ) -> Result<LinkStatusDelivery, Rejection> {
        let link = self.link_by_surrogate(service, surrogate);
        let link = link.ok_or(Refusal::LinkUnknown)?;
        Ok(LinkStatusDelivery {
            ssr: link.chain.latest().seal(),
        })
    }

    /// Copies of the consents under a link, by surrogate, each with its first status (CN-96, C40).
    /// The service takes them with `Service::restore`, which asks for the later ones before anything
    /// is processed on them.
    ///
    /// # Errors
    /// [`Refusal::LinkUnknown`].
    //= CN-96
    pub fn consent_copies(
        &self,
        service: &ServiceId,
        surrogate: &SurrogateId,
    ) -> Result<Vec<ConsentCopy>, Rejection> {
        let link = self.link_by_surrogate(service, surrogate);
        let link_id = &link.ok_or(Refusal::LinkUnknown)?.record.link_id;
        let under = self.consents().map(|(_, consent)| consent);
        let under = under.filter(|consent| consent.terms().slr_id == *link_id);
        let copy = |consent: &Consent| {
            let csr = consent.chain.first().seal();
            match &consent.record {
                AnyConsent::Single(record) => {
                    let cr = record.seal();
                    ConsentCopy::Single(ConsentDelivery { cr, csr })
                }
                AnyConsent::Source(record) => {
                    let cr = record.seal();
                    ConsentCopy::Source(ConsentDelivery { cr, csr })
                }
                AnyConsent::Sink(record) => {
                    let cr = record.seal();
                    ConsentCopy::Sink(ConsentDelivery { cr, csr })
                }
            }
        };
        Ok(under.map(copy).collect())
    }
}
