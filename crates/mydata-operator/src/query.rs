//! What a service may ask of the operator at any time.

use crate::account::{Account, Consent};
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{ServiceId, SurrogateId};
use mydata_record::consent::AnyConsent;
use mydata_record::message::{
    ConsentDelivery, LinkDelivery, LinkStatusDelivery, StatusQuery, StatusReply, ToService,
};
use mydata_record::standing::Bar;

impl Account {
    /// The newest status of a consent, its id, and all that the service has missed (CN-41, CN-96,
    /// DT-57, C21). For source and sink alike, each for its own record only.
    ///
    /// # Errors
    /// [`Refusal::ConsentUnknown`], also for the consent of another service, and
    /// [`Refusal::StatusRecordUnknown`].
    pub fn introspect(
        &self,
        service: &ServiceId,
        query: &StatusQuery,
    ) -> Result<StatusReply, Rejection> {
        let consent = self.consent(&query.cr_id);
        let consent = consent.filter(|consent| consent.terms().subject_id == *service);
        let chain = &consent.ok_or(Refusal::ConsentUnknown)?.chain;
        let missing = match &query.since {
            None => chain.iter().map(|record| record.seal()).collect(),
            Some(known) => chain
                .since(known)
                .ok_or(Refusal::StatusRecordUnknown)?
                .map(|record| record.seal())
                .collect(),
        };
        let latest = chain.latest();
        Ok(StatusReply {
            cr_id: query.cr_id.clone(),
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

    /// Copies of the consents under a link, by surrogate, each with its first status (CN-96, C40):
    /// what the service needs to begin; the later ones it asks for by [`Self::introspect`].
    ///
    /// # Errors
    /// [`Refusal::LinkUnknown`].
    pub fn consent_copies(
        &self,
        service: &ServiceId,
        surrogate: &SurrogateId,
    ) -> Result<Vec<ToService>, Rejection> {
        let link = self.link_by_surrogate(service, surrogate);
        let link_id = &link.ok_or(Refusal::LinkUnknown)?.record.link_id;
        let under = self.consents().map(|(_, consent)| consent);
        let under = under.filter(|consent| consent.terms().slr_id == *link_id);
        let copy = |consent: &Consent| {
            let csr = consent.chain.first().seal();
            match &consent.record {
                AnyConsent::Single(record) => {
                    let cr = record.seal();
                    ToService::SingleConsent(ConsentDelivery { cr, csr })
                }
                AnyConsent::Source(record) => {
                    let cr = record.seal();
                    ToService::SourceConsent(ConsentDelivery { cr, csr })
                }
                AnyConsent::Sink(record) => {
                    let cr = record.seal();
                    ToService::SinkConsent(ConsentDelivery { cr, csr })
                }
            }
        };
        Ok(under.map(copy).collect())
    }
}
