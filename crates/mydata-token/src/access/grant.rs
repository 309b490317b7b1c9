//! A permission to give data once.

use crate::claims::Token;
use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::id::{ConsentId, DatasetId, KeyId, LinkId, SurrogateId, TokenId};
use mydata_core::jws::Verified;
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use mydata_record::consent::{Consent, SourceConsent};

/// Whose data may be given, which, and where: everything that the source's data access needs, and
/// nothing of it comes from the request's query or body (P21).
///
/// Only [`access`](super::access) makes one, for one request; it cannot be copied, so a function
/// that takes a `Grant` by value gives data once (DT-35).
#[derive(Debug)]
#[must_use = "a grant that is not used still used up its request"]
pub struct Grant {
    consent: Verified<SourceConsent>,
    token: Verified<Token>,
    dataset: DatasetId,
    url: ResourceUrl,
    at: Timestamp,
}

impl Grant {
    pub(super) const fn new(
        consent: Verified<SourceConsent>,
        token: Verified<Token>,
        dataset: DatasetId,
        url: ResourceUrl,
        at: Timestamp,
    ) -> Self {
        Self {
            consent,
            token,
            dataset,
            url,
            at,
        }
    }

    /// The consent.
    #[must_use]
    pub fn consent_id(&self) -> &ConsentId {
        &self.consent.terms().cr_id
    }

    /// Whose data.
    #[must_use]
    pub fn surrogate_id(&self) -> &SurrogateId {
        &self.consent.terms().surrogate_id
    }

    /// The link under which the consent was given.
    #[must_use]
    pub fn link_id(&self) -> &LinkId {
        &self.consent.terms().slr_id
    }

    /// Which data: the dataset that is fetched at [`url`](Self::url).
    #[must_use]
    pub const fn dataset(&self) -> &DatasetId {
        &self.dataset
    }

    /// The address at which the request came.
    #[must_use]
    pub const fn url(&self) -> &ResourceUrl {
        &self.url
    }

    /// The key that signed the request.
    #[must_use]
    pub fn sink_key(&self) -> &KeyId {
        self.consent.pop_key().kid()
    }

    /// The thumbprint of that key (RFC 7638), for the access log: it names the sink where the sink is known by
    /// its key only.
    #[must_use]
    pub fn sink_thumbprint(&self, crypto: &dyn Crypto) -> Sha256 {
        self.consent.pop_key().thumbprint(crypto)
    }

    /// The token's own id, for the access log.
    #[must_use]
    pub fn token_id(&self) -> &TokenId {
        self.token.id()
    }

    /// When it was granted.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}
