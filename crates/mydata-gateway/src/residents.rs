//! Linking by a resident's own token: whoever the city's identity provider says they are is who they are behind.

use crate::application::said;
use crate::gateway::Gateway;
use crate::subject::Member;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use mydata::core::crypto::Sha256;
use mydata::core::id::LinkCode;
use mydata::core::time::{Seconds, Timestamp};
use mydata::identity::{Assurance, Provider, VerifiedResident};
use mydata::keys::Ring;
use mydata_http::identity::{
    Caching, FetchRefusal, HttpFetch, NotVerified, OidcResidents, resident,
};
use mydata_http::ops::{Limiter, Metrics, Rate};
use mydata_http::{HttpRefusal, Problem};
use serde::Deserialize;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Where a resident confirms a linking, at the public listener.
pub const CONFIRM: &str = "/linking";

/// How often one resident may confirm: one a second, ten at once. Whoever links does it once.
fn resident_rate() -> Rate {
    Rate::new(1, 10)
}

/// Whose tokens are taken, and how well somebody must have been identified.
#[derive(Debug, Clone)]
pub(crate) struct ResidentsConfig {
    pub(crate) provider: Provider,
    pub(crate) least: Assurance,
    pub(crate) freshest: Option<Seconds>,
}

/// Residents of a provider.
#[derive(Debug)]
pub(crate) struct TheirTokens {
    residents: OidcResidents<HttpFetch<HttpsConnector<HttpConnector>>>,
    least: Assurance,
    freshest: Option<Seconds>,
    /// By issuer and subject: each confirmation is a request to the operator.
    rate: Limiter<Sha256>,
}

impl TheirTokens {
    pub(crate) fn new(config: &ResidentsConfig) -> io::Result<Self> {
        let fetch = HttpFetch::with_native_roots()?;
        let (provider, crypto) = (config.provider.clone(), Arc::new(Ring));
        let residents = OidcResidents::new(provider, Caching::default(), fetch, crypto);
        let residents = residents.map_err(|refusal: FetchRefusal| io::Error::other(refusal.code()));
        Ok(Self {
            residents: residents?,
            least: config.least,
            freshest: config.freshest,
            rate: Limiter::new(resident_rate()),
        })
    }

    /// Whether this resident may ask once more now.
    fn in_rate(&self, resident: &VerifiedResident, now: Timestamp) -> Result<(), Problem> {
        let who = resident.digest(&Ring);
        let taken = self.rate.take(&who, Duration::from_secs(now.seconds()));
        taken.map_err(Problem::too_often)
    }

    /// Takes down how old the provider's keys are, and how fetching them went.
    pub(crate) fn report(&self, metrics: &Metrics, now: Timestamp) {
        self.residents.report(metrics, now);
    }
}

/// Which linking it is: who confirms it is in the token and nowhere else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmed {
    code: LinkCode,
}

impl<C: Connect + Clone + Send + Sync + 'static> Gateway<C> {
    /// `POST /linking` with `{"code"}` and the resident's access token; nothing where no provider is configured.
    pub(crate) fn by_residents(self: &Arc<Self>) -> Router {
        let router = Router::new();
        let router = match self.residents() {
            None => router,
            Some(_) => {
                let confirm =
                    post(confirm::<C>).fallback(async || Problem::from(HttpRefusal::MethodUnknown));
                router.route(CONFIRM, confirm)
            }
        };
        router.with_state(Arc::clone(self))
    }

    async fn resident(&self, headers: &HeaderMap) -> Result<VerifiedResident, Problem> {
        let tokens = self.residents().ok_or(HttpRefusal::PathUnknown)?;
        let now = self.now();
        let who = resident(&tokens.residents, headers, now).await?;
        tokens.in_rate(&who, now)?;
        let is_enough = who.at_least(tokens.least, tokens.freshest, now);
        is_enough.map_err(NotVerified::Refused)?;
        Ok(who)
    }
}

async fn confirm<C>(
    State(gateway): State<Arc<Gateway<C>>>,
    request: Request,
) -> Result<StatusCode, Problem>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let (head, body) = request.into_parts();
    let who = gateway.resident(&head.headers).await?;
    let Confirmed { code } = said(Request::from_parts(head, body)).await?;
    let member = Member::parse(who.subject().expose().as_str());
    gateway
        .confirm(&code, &member.ok_or(HttpRefusal::Internal)?)
        .await?;
    Ok(StatusCode::CREATED)
}
