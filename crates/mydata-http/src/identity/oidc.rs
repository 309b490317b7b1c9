//! Residents of an OpenID Connect provider.

use super::cache::{Cache, Caching, Fetches};
use super::fetch::{Fetch, FetchRefusal};
use super::{NotVerified, Residents, discovery};
use crate::ops::Metrics;
use mydata::core::time::Timestamp;
use mydata_identity::{Provider, Token, TokenCrypto, VerifiedResident};
use std::fmt;
use std::sync::Arc;

/// Verifies the access tokens of one provider, Keycloak or another, with the keys that it publishes.
///
/// Nothing is fetched before the first token comes, and then in tasks of the Tokio runtime that verifies it.
/// Verified tokens are not remembered, so a token is asked for its time whenever it comes.
pub struct OidcResidents<F> {
    provider: Provider,
    crypto: Arc<dyn TokenCrypto>,
    cache: Arc<Cache<F>>,
}

impl<F: Fetch> OidcResidents<F> {
    /// Tokens of this provider; its keys are where its discovery document says, at its own origin.
    ///
    /// # Errors
    /// [`FetchRefusal::Address`]: for an issuer at which no client could ask, such as one with a port of letters.
    pub fn new(
        provider: Provider,
        caching: Caching,
        fetch: F,
        crypto: Arc<dyn TokenCrypto>,
    ) -> Result<Self, FetchRefusal> {
        discovery::address(provider.issuer().as_str())?;
        let cache = Cache::new(fetch, provider.issuer().clone(), None, caching);
        Ok(Self {
            provider,
            crypto,
            cache: Arc::new(cache),
        })
    }

    /// The same with keys at an address from the configuration, for a provider that keeps them elsewhere or
    /// publishes no discovery document.
    ///
    /// # Errors
    /// [`FetchRefusal::Address`]: for an address that is neither https nor on the loopback.
    pub fn with_keys_at(
        provider: Provider,
        keys: &str,
        caching: Caching,
        fetch: F,
        crypto: Arc<dyn TokenCrypto>,
    ) -> Result<Self, FetchRefusal> {
        let keys = Some(discovery::address(keys)?);
        let cache = Cache::new(fetch, provider.issuer().clone(), keys, caching);
        Ok(Self {
            provider,
            crypto,
            cache: Arc::new(cache),
        })
    }

    /// How often the provider's keys were fetched.
    #[must_use]
    pub fn fetches(&self) -> Fetches {
        self.cache.fetches()
    }

    /// Takes down how old the keys are and what came of fetching them: to be called when somebody asks for
    /// numbers ([`Health::refreshed`](crate::ops::Health::refreshed)), by a copy that was made before the
    /// residents were given away.
    pub fn report(&self, metrics: &Metrics, now: Timestamp) {
        self.cache.report(metrics, now);
    }
}

impl<F> Clone for OidcResidents<F> {
    /// With the same keys: copies fetch once.
    fn clone(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            crypto: Arc::clone(&self.crypto),
            cache: Arc::clone(&self.cache),
        }
    }
}

impl<F: Fetch> Residents for OidcResidents<F> {
    async fn verify(&self, bearer: &str, now: Timestamp) -> Result<VerifiedResident, NotVerified> {
        let token = Token::read(bearer)?;
        let keys = self.cache.keys(token.kid(), now).await;
        let keys = keys.ok_or(NotVerified::Unavailable)?;
        Ok(token.verify(&self.provider, &keys, now, &*self.crypto)?)
    }
}

impl<F> fmt::Debug for OidcResidents<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcResidents")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}
