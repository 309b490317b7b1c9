//! For the service's own application, on the same machine: somebody who has signed in there has confirmed a
//! linking (C47); and who they are in the register of their country.

use crate::answer::GatewayRefusal;
use crate::gateway::Gateway;
use crate::subject::Member;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::routing::{MethodRouter, post};
use http_body_util::{BodyExt as _, Limited};
use hyper_util::client::legacy::connect::Connect;
use mydata::core::id::LinkCode;
use mydata::core::json::{self, Limits};
use mydata_http::usage::PersonCode;
use mydata_http::{DeskFault, HttpRefusal, JournalRefusal, Problem};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Where the application says so.
pub const LINKING: &str = "/linking";

/// Where the application says who somebody is who may ask how their data was used.
pub const PERSONS: &str = "/persons";

/// Octets of what it says.
const MOST: usize = 4096;

/// Who has confirmed which linking.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmed {
    code: LinkCode,
    user_id: String,
}

/// Who somebody is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    user_id: String,
    person_code: String,
}

impl<C: Connect + Clone + Send + Sync + 'static> Gateway<C> {
    /// What the application reaches: `POST /linking` with `{"code", "user_id"}` and the secret as a bearer token.
    ///
    /// `code` is what the person's browser has brought from the operator, `user_id` the name by which the system
    /// behind knows who has signed in. Said again it is the same linking.
    ///
    /// Where `findUsage` is answered, also `POST /persons` with `{"user_id", "person_code"}`: every link that
    /// this user has now is that person's. The last word counts.
    pub fn application(self: &Arc<Self>) -> Router {
        let only = |post: MethodRouter<_>| {
            post.fallback(async || Problem::from(HttpRefusal::MethodUnknown))
        };
        let mut router = Router::new().route(LINKING, only(post(linking::<C>)));
        if self.persons().is_some() {
            router = router.route(PERSONS, only(post(persons::<C>)));
        }
        let router = router.fallback(async || Problem::from(HttpRefusal::PathUnknown));
        router.with_state(Arc::clone(self))
    }

    /// Somebody has confirmed a linking.
    pub(crate) async fn confirm(&self, code: &LinkCode, member: &Member) -> Result<(), Problem> {
        let told = self.desk.confirm_member(code, member.expose());
        told.await.map(drop).map_err(|fault| match fault {
            DeskFault::Rule(refusal) => refusal.into(),
            // Whose data it is does not change by saying it anew.
            DeskFault::Kept(refusal @ JournalRefusal::MemberOther) => {
                Problem::new(refusal.code(), refusal)
            }
            DeskFault::Call(_) | DeskFault::Kept(_) | _ => HttpRefusal::Later.into(),
        })
    }
}

async fn linking<C>(
    State(gateway): State<Arc<Gateway<C>>>,
    request: Request,
) -> Result<StatusCode, Problem>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let Confirmed { code, user_id } = gateway.said(request).await?;
    let member = Member::parse(&user_id).ok_or(HttpRefusal::BodyTorn)?;
    gateway.confirm(&code, &member).await?;
    Ok(StatusCode::CREATED)
}

async fn persons<C>(
    State(gateway): State<Arc<Gateway<C>>>,
    request: Request,
) -> Result<StatusCode, Problem>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let Known {
        user_id,
        person_code,
    } = gateway.said(request).await?;
    let person = PersonCode::parse(&person_code).ok_or(GatewayRefusal::PersonCode)?;
    gateway.is_person(&user_id, &person).await?;
    Ok(StatusCode::CREATED)
}

impl<C: Send + Sync + 'static> Gateway<C> {
    /// What the application says, if it is the application.
    async fn said<T: DeserializeOwned>(&self, request: Request) -> Result<T, Problem> {
        let shown = request.headers().get(AUTHORIZATION);
        let shown = shown.and_then(|value| value.to_str().ok());
        let shown = shown.and_then(|shown| shown.strip_prefix("Bearer "));
        let secret = self.secret();
        if !secret
            .zip(shown)
            .is_some_and(|(secret, shown)| secret.is(shown))
        {
            let told = "it is not proven who has sent this request";
            return Err(Problem::new("request_not_authentic", told));
        }
        said(request).await
    }
}

/// What a small body says.
pub(crate) async fn said<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let body = Limited::new(request.into_body(), MOST).collect().await;
    let body = body.map_err(|_| HttpRefusal::BodyTooLarge)?.to_bytes();
    Ok(json::from_slice(&body, Limits::RECORD)?)
}
