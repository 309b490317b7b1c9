//! A sink's way to the data (Data Transfer 2.0 §3.1 and §3.2.1).

use crate::holding::Service;
use crate::refusal::{Refusal, ServiceRefusal};
use mydata_core::crypto::{Crypto, Random, Signer};
use mydata_core::id::{ConsentId, DatasetId, Nonce, PurposeId};
use mydata_core::jwk::PublicKey;
use mydata_core::jws::Unsigned;
use mydata_core::party::{Party, PartyKeys};
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use mydata_record::consent::{AnyConsent, Consent as _, SinkConsent, Terms};
use mydata_record::message::TokenRequest;
use mydata_record::possession::ProofScheme;
use mydata_token::claims::TokenText;
use mydata_token::dpop::{self, DpopProof};
use mydata_token::proof::{DataRequest, authorization_header};
use mydata_token::request::HttpRequest;

/// A request to send: the address and the header are signed together with the rest.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreparedRequest {
    /// Where to send it: the address in the consent and no other (DT-59).
    pub url: ResourceUrl,
    /// The value of the `Authorization` header.
    pub authorization: String,
    /// The value of the `DPoP` header, for a sink that was linked with DPoP.
    pub dpop: Option<String>,
}

impl PreparedRequest {
    /// The headers to send, by name and value.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let dpop = self.dpop.as_deref().map(|proof| ("DPoP", proof));
        std::iter::once(("Authorization", &*self.authorization)).chain(dpop)
    }
}

impl std::fmt::Debug for PreparedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PreparedRequest({})", self.url)
    }
}

/// What a sink wants of a source.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Want<'a> {
    /// The sink's consent.
    pub cr_id: &'a ConsentId,
    /// What for.
    pub purpose: &'a PurposeId,
    /// Which data: the source's id.
    pub dataset: &'a DatasetId,
    /// The HTTP method.
    pub method: &'a str,
    /// The query, as it will be sent, without the `?`.
    pub query: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
    /// The nonce that the source has last given, if it has given one (`DPoP-Nonce`).
    pub nonce: Option<&'a Nonce>,
}

impl<'a> Want<'a> {
    /// A plain `GET`.
    #[must_use]
    pub const fn get(cr_id: &'a ConsentId, purpose: &'a PurposeId, dataset: &'a DatasetId) -> Self {
        Self {
            cr_id,
            purpose,
            dataset,
            method: "GET",
            query: None,
            body: &[],
            nonce: None,
        }
    }

    /// The same with the nonce that the source has last given.
    #[must_use]
    pub const fn with_nonce(mut self, nonce: &'a Nonce) -> Self {
        self.nonce = Some(nonce);
        self
    }
}

impl Service {
    /// What to ask the operator for a token (DT-13, DT-17).
    ///
    /// # Errors
    /// [`Refusal`] when the consent does not stand at `now`, or is not a sink's.
    //= DT-13, DT-14, DT-17
    pub fn token_request(
        &self,
        cr_id: &ConsentId,
        now: Timestamp,
    ) -> Result<TokenRequest, Refusal> {
        self.sink_consent(cr_id, now)?;
        Ok(TokenRequest {
            cr_id: cr_id.clone(),
        })
    }

    /// The signed request for what is wanted, once everything that a sink must make sure of is sure
    /// (DT-02 to DT-05, DT-21 to DT-31): the consent stands, covers the purpose and the dataset,
    /// and the token is the operator's, for this pair, for this key, for this address, for now.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is signed then.
    //= DT-03, DT-04, DT-05, DT-59
    pub fn prepare_request(
        &self,
        want: &Want<'_>,
        token: &TokenText,
        now: Timestamp,
        pop: &dyn Signer,
        random: &mut dyn Random,
        crypto: &dyn Crypto,
    ) -> Result<PreparedRequest, Refusal> {
        let consent = self.sink_consent(want.cr_id, now)?;
        let terms = consent.terms();
        let rules = consent.usage_rules();
        let rule = rules.iter().find(|rule| rule.purpose_id == *want.purpose);
        let rule = rule.ok_or(ServiceRefusal::PurposeNotConsented)?;
        if !rule.datasets.contains(want.dataset) {
            return Err(ServiceRefusal::DatasetNotConsented.into());
        }
        let datasets = terms.resource_set().datasets();
        let url = datasets
            .iter()
            .find(|entry| entry.dataset_id == *want.dataset)
            .and_then(|entry| entry.distribution_url.clone())
            .ok_or(ServiceRefusal::NoDistribution)?;

        self.check_token(consent, token, &url, pop.public(), now, crypto)?;
        let request = HttpRequest::to(url, want.query, want.method, want.body)
            .map_err(|_| ServiceRefusal::QueryInvalid)?;
        let fresh = Nonce::from_random(random.bits128()?);
        let headers = match self.proof_scheme(terms) {
            ProofScheme::Pop => {
                let proof = DataRequest::new(token.clone(), &request, now, fresh, crypto);
                let proof = match want.nonce {
                    None => proof,
                    Some(given) => proof.with_nonce(given.clone()),
                };
                authorization_header(Unsigned::new(proof).sign(pop)?).map(|value| (value, None))
            }
            ProofScheme::Dpop => {
                let proof = DpopProof::new(token, &request, now, fresh, crypto);
                let proof = match want.nonce {
                    None => proof,
                    Some(given) => proof.with_nonce(given.clone()),
                };
                dpop::headers(token, Unsigned::new(proof).sign(pop)?)
                    .map(|(value, proof)| (value, Some(proof)))
            }
        };
        let (authorization, dpop) = headers.map_err(|_| ServiceRefusal::QueryInvalid)?;
        Ok(PreparedRequest {
            url: request.url().clone(),
            authorization,
            dpop,
        })
    }

    /// How this sink proves that it holds its key: what it has signed into the link.
    fn proof_scheme(&self, terms: &Terms) -> ProofScheme {
        let link = self.links.get(&terms.slr_id);
        link.map(|link| link.record.proof_scheme())
            .unwrap_or_default()
    }

    /// The token is the operator's, for this pair, for this key, for this address, for now.
    //= DT-13, DT-22
    fn check_token(
        &self,
        consent: &SinkConsent,
        token: &TokenText,
        url: &ResourceUrl,
        pop: &PublicKey,
        now: Timestamp,
        crypto: &dyn Crypto,
    ) -> Result<(), Refusal> {
        let terms = consent.terms();
        let operator = self.operator(&terms.operator)?;
        let keys = PartyKeys::none().with_history(Party::Operator, operator.token_keys());
        let claims = token.sealed()?.open()?.verify(crypto, &keys)?;
        if claims.consent() != consent.source_cr_id() || *claims.issuer() != terms.operator {
            return Err(ServiceRefusal::TokenOtherConsent.into());
        }
        if !claims.confirms(pop, self.proof_scheme(terms), crypto) {
            return Err(ServiceRefusal::TokenNotYours.into());
        }
        if now < claims.nbf() || now >= claims.exp() {
            return Err(ServiceRefusal::TokenNotNow.into());
        }
        if !claims.audience().allows(url) {
            return Err(ServiceRefusal::TokenElsewhere.into());
        }
        Ok(())
    }

    /// A sink's consent that stands at `now`.
    //= DT-02, DT-27
    fn sink_consent(&self, cr_id: &ConsentId, now: Timestamp) -> Result<&SinkConsent, Refusal> {
        let held = self.consents.get(cr_id);
        let held = held.ok_or(ServiceRefusal::HeldConsentUnknown)?;
        let AnyConsent::Sink(consent) = &held.record else {
            return Err(ServiceRefusal::NotASink.into());
        };
        self.standing_of(held, now).permit()?;
        Ok(consent)
    }
}
