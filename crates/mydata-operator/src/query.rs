//! What a service may ask of the operator at any time.

use crate::account::{Account, Consent};
use crate::rejection::{Refusal, Rejection};
use mydata_core::crypto::Crypto;
use mydata_core::id::{ServiceId, SurrogateId};
use mydata_core::jwk::KeySet;
use mydata_core::jws::Verified;
use mydata_core::party::{Party, PartyKeys};
use mydata_core::time::Timestamp;
use mydata_record::consent::{AnyConsent, ConsentStatus};
use mydata_record::message::{
    ConsentCopy, ConsentDelivery, LinkDelivery, LinkStatusDelivery, StatusQuery, StatusReply,
};
use mydata_record::standing::{Bar, Standing};
use mydata_token::claims::{Token, TokenText};
use mydata_token::introspection::Introspection;

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

    /// Whether a token is good at `now`, in the shape of RFC 7662. Two services may know: the source
    /// at which it is to be used, and the sink for which it was issued.
    ///
    /// Whatever else is the case, the answer is the same two words: the token is unknown, somebody
    /// else's, altered, not yet or no longer good; one of the two halves is not in force, or its link
    /// gone (RFC 7662 §2.2 and §4).
    #[must_use]
    pub fn introspect_token(
        &self,
        service: &ServiceId,
        token: &TokenText,
        now: Timestamp,
        crypto: &dyn Crypto,
    ) -> Introspection {
        match self.good_token(service, token, now, crypto) {
            Some(token) => Introspection::active(token),
            None => Introspection::Inactive,
        }
    }

    fn good_token(
        &self,
        service: &ServiceId,
        token: &TokenText,
        now: Timestamp,
        crypto: &dyn Crypto,
    ) -> Option<Token> {
        let token = token.sealed().and_then(|sealed| sealed.open()).ok()?;
        let source = self.consent(token.hint())?;
        let AnyConsent::Source(record) = &source.record else {
            return None;
        };
        let sink = self.sink_of(source)?;
        let may_know = [source, sink].map(|half| half.terms().subject_id == *service);
        if !may_know.contains(&true) {
            return None;
        }
        // The key is that of the consent, as it is for the source.
        let keys = KeySet::from(record.token_issuer_key().clone());
        let keys = PartyKeys::none().with(Party::Operator, &keys);
        let token = token.verify(crypto, &keys).ok()?;
        let is_about_it = *token.issuer() == source.terms().operator
            && token.confirms(record.pop_key(), record.proof_scheme(), crypto);
        let is_in_time = token.nbf() <= now && token.iat() <= now && now < token.exp();
        let stands = |half| self.standing_of(half, now) == Standing::Active;
        let is_good = is_about_it && is_in_time && stands(source) && stands(sink);
        is_good.then(|| Token::clone(&token))
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
