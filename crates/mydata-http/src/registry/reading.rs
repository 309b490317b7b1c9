//! What anybody may ask: which services there are, and what they say of themselves.

use super::{RegistrarRefusal, RegistryDesk};
use crate::operator::{Named, unnamed};
use crate::problem::Problem;
use crate::query;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use mydata::core::id::{DescriptionVersion, ServiceId};
use mydata::core::lang::Language;
use mydata::registry::{Entry, Query, Registry, RegistryRefusal, ServiceType};
use std::sync::Arc;

type Desk<R, C> = State<Arc<RegistryDesk<R, C>>>;

/// A path that names what can be no id names no service.
pub(super) fn service_id(path: Named<String>) -> Result<ServiceId, Problem> {
    let Path(id) = path.map_err(unnamed)?;
    ServiceId::parse(&id).map_err(|_| RegistryRefusal::ServiceUnknown.into())
}

/// Descriptions as they are published: a signed one in its envelope.
fn published<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<u8> {
    let mut all = b"[".to_vec();
    for edition in entries.into_iter().filter_map(Entry::present) {
        if all.len() > 1 {
            all.push(b',');
        }
        all.extend_from_slice(&edition.description.to_json());
    }
    all.push(b']');
    all
}

fn answer(octets: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(octets));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // It may be kept, and is asked for again each time.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn kind(text: &str) -> Result<ServiceType, RegistrarRefusal> {
    match text {
        "source" => Ok(ServiceType::Source),
        "sink" => Ok(ServiceType::Sink),
        _ => Err(RegistrarRefusal::Query),
    }
}

/// As many as a page has at the most.
const MOST: usize = 100;

/// Which page is asked for. Were a limit made smaller, whoever pages until a short answer would miss services.
fn page(
    offset: Option<String>,
    limit: Option<String>,
) -> Result<(usize, Option<usize>), RegistrarRefusal> {
    let number = |text: String| query::number(&text).ok_or(RegistrarRefusal::Query);
    let offset = offset.map(number).transpose()?.unwrap_or_default();
    let limit = limit.map(number).transpose()?;
    match limit.is_some_and(|limit| limit > MOST) {
        true => Err(RegistrarRefusal::Limit),
        false => Ok((offset, limit)),
    }
}

/// G1: open services, in the order of search: a page of them.
pub(super) async fn list<R: Send + Sync + 'static, C: Send + Sync + 'static>(
    State(desk): Desk<R, C>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let values = query::values(query.as_deref(), ["serviceType", "offset", "limit"]);
    let [service_type, offset, limit] = values.ok_or(RegistrarRefusal::Query)?;
    let (offset, limit) = page(offset, limit)?;
    let mut query = Query::all().page(offset, limit.unwrap_or(MOST));
    query.service_type = service_type.as_deref().map(kind).transpose()?;
    let found = desk
        .book
        .look(|registry| published(registry.search(&query).services));
    Ok(answer(found))
}

/// G2: open services with these words in any text. The API file has the name of the words with a letter missing, which
/// is read too.
pub(super) async fn search<R: Send + Sync + 'static, C: Send + Sync + 'static>(
    State(desk): Desk<R, C>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    // A form writes spaces as `+`, and no word that is looked for has one.
    let query = query.map(|query| query.replace('+', " "));
    let names = [
        "searchTerm",
        "serchTerm",
        "serviceType",
        "language",
        "offset",
        "limit",
    ];
    let values = query::values(query.as_deref(), names).ok_or(RegistrarRefusal::Query)?;
    let [term, misspelt, service_type, language, offset, limit] = values;
    let text = match (term, misspelt) {
        (Some(term), None) | (None, Some(term)) => term,
        (None, None) | (Some(_), Some(_)) => return Err(RegistrarRefusal::Query.into()),
    };
    let mut query = Query::words(&text);
    query.service_type = service_type.as_deref().map(kind).transpose()?;
    let language = language.map(|text| Language::parse(&text).ok_or(RegistrarRefusal::Query));
    query.language = language.transpose()?;
    (query.offset, query.limit) = page(offset, limit)?;
    let found = desk
        .book
        .look(|registry| published(registry.search(&query).services));
    Ok(answer(found))
}

/// G3: one service in whatever state, and one version of it.
pub(super) async fn one<R: Send + Sync + 'static, C: Send + Sync + 'static>(
    State(desk): Desk<R, C>,
    path: Named<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let id = service_id(path)?;
    let values = query::values(query.as_deref(), ["version"]).ok_or(RegistrarRefusal::Query)?;
    let [version] = values;
    let version = version
        .map(|text| DescriptionVersion::parse(&text))
        .transpose();
    let version = version.map_err(|_| RegistryRefusal::ServiceUnknown)?;
    let look = |registry: &Registry| {
        let entry = registry.service(&id)?;
        let edition = match &version {
            Some(version) => entry.edition(version),
            None => entry.present(),
        };
        edition.map(|edition| edition.description.to_json())
    };
    let octets = desk.book.look(look);
    Ok(answer(octets.ok_or(RegistryRefusal::ServiceUnknown)?))
}

/// G4: open services that can exchange data with this one.
pub(super) async fn compatible<R: Send + Sync + 'static, C: Send + Sync + 'static>(
    State(desk): Desk<R, C>,
    path: Named<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let id = service_id(path)?;
    let values = query::values(query.as_deref(), ["serviceType"]);
    let [service_type] = values.ok_or(RegistrarRefusal::Query)?;
    let service_type = service_type.as_deref().map(kind).transpose()?;
    let found = desk.book.look(|registry| {
        registry.service(&id)?;
        let mut found: Vec<&Entry> = Vec::new();
        for other in registry.compatible(&id) {
            // One that is both is told once.
            let is_wanted = service_type.is_none_or(|wanted| wanted == other.as_type);
            if is_wanted
                && !found
                    .iter()
                    .any(|one| one.service_id() == other.service.service_id())
            {
                found.push(other.service);
            }
        }
        Some(published(found))
    });
    Ok(answer(found.ok_or(RegistryRefusal::ServiceUnknown)?))
}
