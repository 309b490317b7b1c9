//! What staff and registrants do.

use super::reading::service_id;
use super::registrars::{Registrars, admit};
use super::{RegistrarRefusal, RegistryDesk};
use crate::door::Raw;
use crate::operator::Named;
use crate::problem::{HttpRefusal, Problem};
use crate::query;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use hyper_util::client::legacy::connect::Connect;
use mydata::core::id::{ActorId, ServiceId};
use mydata::core::json::{self, Limits};
use mydata::core::jwk::KeySet;
use mydata::core::time::Timestamp;
use mydata::record::description::{Found, Published, Service, Trust};
use mydata::registry::{Act, Capacity, Command, Links, RegistryRefusal};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

type Desk<R, C> = State<Arc<RegistryDesk<R, C>>>;

/// What becomes of the links of a service that is retired.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Retirement {
    links: LinksThen,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Links")]
enum LinksThen {
    /// They stay, and the service is closed to new ones.
    Stay,
    /// They end, and the consents with them.
    End,
}

impl<R: Registrars, C: Connect + Clone + Send + Sync + 'static> RegistryDesk<R, C> {
    /// Who asks, before anything of what they say is read.
    async fn admit(&self, request: Request, now: Timestamp) -> Result<(Act, Raw), Problem> {
        let act = admit(&self.registrars, request.headers(), now).await?;
        let raw = Raw::read(request, &self.bounds).await?;
        if !raw.body.is_empty() && !raw.is_json() {
            return Err(HttpRefusal::MediaType.into());
        }
        Ok((act, raw))
    }

    /// Verified with the keys that the service has now, and checked by every rule.
    fn check(&self, id: &ServiceId, found: Published<Service>) -> Result<Found<Service>, Problem> {
        let keys = self.book.look(|registry| {
            let entry = registry.service(id);
            entry.map(|entry| entry.keys().clone())
        });
        let trust = Trust {
            of: Some(id),
            keys: keys.as_ref(),
            must_be_signed: self.must_be_signed,
            policy: &self.policy,
            crypto: &*self.crypto,
        };
        Ok(found.check(&trust)?)
    }

    async fn does(&self, act: Act, command: Command) -> Result<StatusCode, Problem> {
        self.book.decide(act, command).await?;
        Ok(StatusCode::CREATED)
    }
}

/// G5: a description, or a new version of it.
//= FW-07, FW-11, SD-07
pub(super) async fn describe<R: Registrars, C: Connect + Clone + Send + Sync + 'static>(
    State(desk): Desk<R, C>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (act, raw) = desk.admit(request, desk.book.now()).await?;
    let found = Published::<Service>::read(&raw.body)?;
    let id = found.hint().clone();
    // Before it is looked at: whose it is not hears nothing of what is wrong with it.
    desk.book.may(&act, &id)?;
    let description = Box::new(desk.check(&id, found)?);
    desk.does(act, Command::Describe { description }).await
}

/// G6: an id with its keys, or other keys. Staff may say whose the id is: `?registrant=`.
//= FW-12, FW-19
pub(super) async fn keys<R: Registrars, C: Connect + Clone + Send + Sync + 'static>(
    State(desk): Desk<R, C>,
    path: Named<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let service_id = service_id(path)?;
    let query = request.uri().query().map(str::to_owned);
    let (act, raw) = desk.admit(request, desk.book.now()).await?;
    let values = query::values(query.as_deref(), ["registrant"]);
    let [registrant] = values.ok_or(RegistrarRefusal::Query)?;
    let registrant = registrant.map(|id| ActorId::parse(&id)).transpose();
    let registrant = registrant.map_err(|_| RegistrarRefusal::Query)?;
    let keys = KeySet::from_jwks(&raw.body)?;
    let is_known = desk
        .book
        .look(|registry| registry.service(&service_id).is_some());
    let command = match is_known {
        true => Command::RotateKeys { service_id, keys },
        false => Command::Obtain {
            service_id,
            registrant: registrant.unwrap_or_else(|| act.actor.clone()),
            keys,
        },
    };
    desk.does(act, command).await
}

/// G7: the endpoints are the service's, since its description is found there. The registry looks itself, at the
/// origin of the present description and at nothing that the request says.
//= FW-19
pub(super) async fn link<R: Registrars, C: Connect + Clone + Send + Sync + 'static>(
    State(desk): Desk<R, C>,
    path: Named<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let id = service_id(path)?;
    let (act, _) = desk.admit(request, desk.book.now()).await?;
    // Nobody has the registry look at an origin who may not act on the service.
    desk.book.may(&act, &id)?;
    let origin = desk.book.look(|registry| {
        let description = registry.service(&id)?.description()?;
        let urls = &description.service_description.service_urls;
        Some(urls.domain.clone())
    });
    let origin = origin.ok_or(RegistryRefusal::State)?;
    let found = desk.reader.at::<Service>(&origin).await?;
    let found = found.ok_or(RegistryRefusal::EvidenceOther)?;
    let found = Box::new(desk.check(&id, found)?);
    desk.does(act, Command::LinkEndpoints { found }).await
}

/// G7: staff knows that the endpoints are the service's.
pub(super) async fn vouch<R: Registrars, C: Connect + Clone + Send + Sync + 'static>(
    State(desk): Desk<R, C>,
    path: Named<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let service_id = service_id(path)?;
    let (act, _) = desk.admit(request, desk.book.now()).await?;
    desk.does(act, Command::Vouch { service_id }).await
}

/// G7: the service is closed.
pub(super) async fn retire<R: Registrars, C: Connect + Clone + Send + Sync + 'static>(
    State(desk): Desk<R, C>,
    path: Named<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let service_id = service_id(path)?;
    let (act, raw) = desk.admit(request, desk.book.now()).await?;
    let asked: Retirement = json::from_slice(&raw.body, Limits::RECORD)?;
    let links = match asked.links {
        LinksThen::Stay => Links::Stay,
        LinksThen::End => Links::End,
    };
    desk.does(act, Command::Retire { service_id, links }).await
}

/// G7: a retired service comes back.
pub(super) async fn reopen<R: Registrars, C: Connect + Clone + Send + Sync + 'static>(
    State(desk): Desk<R, C>,
    path: Named<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let service_id = service_id(path)?;
    let (act, _) = desk.admit(request, desk.book.now()).await?;
    desk.does(act, Command::Reopen { service_id }).await
}

impl super::RegistryBook {
    /// Whether the service is there, and whoever asks may act on it.
    fn may(&self, act: &Act, id: &ServiceId) -> Result<(), RegistryRefusal> {
        let is_theirs = self.look(|registry| {
            let entry = registry.service(id)?;
            Some(act.capacity == Capacity::Staff || *entry.registrant() == act.actor)
        });
        match is_theirs {
            Some(true) => Ok(()),
            Some(false) => Err(RegistryRefusal::NotRegistrant),
            None => Err(RegistryRefusal::ServiceUnknown),
        }
    }
}
