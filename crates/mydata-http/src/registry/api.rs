//! The registry's API, as rows: routes, and their place in the OpenAPI document.

use super::RegistryDesk;
use super::reading::{compatible, list, one, search};
use super::registrars::{NotAdmitted, Registrars};
use super::writing::{Retirement, describe, keys, link, reopen, retire, vouch};
use crate::client::Fixed;
use crate::operator::no_such_method;
use crate::route::{Api, Operation, Parameter, Proof};
use axum::Router;
use axum::routing::get;
use hyper_util::client::legacy::connect::Connect;
use mydata::core::jwk::KeySet;
use mydata::core::time::Timestamp;
use mydata::record::description::Service;
use mydata::registry::Act;
use std::sync::Arc;

/// The routes: what anybody may read, and what staff and registrants do. The API file ends some paths with a slash,
/// and they are served without it as well.
pub fn registry_api<R, C>(desk: Arc<RegistryDesk<R, C>>) -> Router
where
    R: Registrars,
    C: Connect + Clone + Send + Sync + 'static,
{
    let without_slash = Router::new()
        .route("/api/v1/services", get(list).post(describe))
        .route("/api/v1/services/search", get(search))
        .route("/api/v1/services/{service_id}", get(one))
        .method_not_allowed_fallback(no_such_method)
        .with_state(Arc::clone(&desk));
    operations().serve(desk).merge(without_slash)
}

/// As rows, for the document.
pub(crate) fn registry_operations() -> Vec<Operation> {
    operations::<Nobody, Fixed>().operations()
}

/// Nobody: a document is changed by no one.
struct Nobody;

impl Registrars for Nobody {
    async fn act(&self, _: &str, _: Timestamp) -> Result<Act, NotAdmitted> {
        Err(NotAdmitted::Refused)
    }
}

fn operations<R, C>() -> Api<Arc<RegistryDesk<R, C>>>
where
    R: Registrars,
    C: Connect + Clone + Send + Sync + 'static,
{
    const KIND: Parameter = Parameter::query::<String>("serviceType", "`source` or `sink`");
    const OFFSET: Parameter = Parameter::query::<u32>("offset", "Services to leave out");
    const LIST: &[Parameter] = &[
        KIND,
        OFFSET,
        Parameter::query::<u32>("limit", "100 unless it is said, and at the most"),
    ];
    const SEARCH: &[Parameter] = &[
        Parameter::query::<String>("searchTerm", "Words, in any text; must be there"),
        KIND,
        Parameter::query::<String>("language", "The only language that is searched"),
        OFFSET,
        Parameter::query::<u32>("limit", "20 unless it is said, 100 at the most"),
    ];
    const VERSION: &[Parameter] = &[Parameter::query::<String>(
        "version",
        "The version; the present one unless it is said",
    )];
    const REGISTRANT: &[Parameter] = &[Parameter::query::<String>(
        "registrant",
        "Whose a new id is; whoever asks unless it is said",
    )];
    let open = |path, told| Operation::get(path, told).proven(Proof::Open);
    Api::new()
        .on(
            open(
                "/api/v1/services/",
                ("list_services", "Open services, page by page"),
            )
            .with(LIST)
            .gives::<Vec<Service>>(200),
            list::<R, C>,
        )
        .on(
            open(
                "/api/v1/services/search/",
                ("search_services", "Open services with these words"),
            )
            .with(SEARCH)
            .gives::<Vec<Service>>(200),
            search::<R, C>,
        )
        .on(
            open(
                "/api/v1/services/{service_id}/",
                ("service", "One service, in whatever state"),
            )
            .with(VERSION)
            .gives::<Service>(200),
            one::<R, C>,
        )
        .on(
            open(
                "/api/v1/services/{service_id}/compatible",
                (
                    "compatible_services",
                    "Open services that exchange data with it",
                ),
            )
            .with(&[KIND])
            .gives::<Vec<Service>>(200),
            compatible::<R, C>,
        )
        .on(
            Operation::post(
                "/api/v1/services/",
                ("describe_service", "A description, or a new version of it"),
            )
            .takes::<Service>(),
            describe::<R, C>,
        )
        .on(
            Operation::put(
                "/api/v1/services/{service_id}/keys",
                ("service_keys", "A new id with its keys, or other keys"),
            )
            .with(REGISTRANT)
            .takes::<KeySet>(),
            keys::<R, C>,
        )
        .on(
            Operation::post(
                "/api/v1/services/{service_id}/link",
                (
                    "link_endpoints",
                    "The registry looks for its description at its origin",
                ),
            ),
            link::<R, C>,
        )
        .on(
            Operation::post(
                "/api/v1/services/{service_id}/vouch",
                (
                    "vouch_for_endpoints",
                    "Staff knows that its origin is its own",
                ),
            ),
            vouch::<R, C>,
        )
        .on(
            Operation::post(
                "/api/v1/services/{service_id}/retire",
                ("retire_service", "It is closed"),
            )
            .takes::<Retirement>(),
            retire::<R, C>,
        )
        .on(
            Operation::post(
                "/api/v1/services/{service_id}/reopen",
                ("reopen_service", "It comes back"),
            ),
            reopen::<R, C>,
        )
}
