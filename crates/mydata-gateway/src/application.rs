//! For the service's own application, on the same machine: somebody who has signed in there has confirmed a
//! linking (C47).

use crate::gateway::Gateway;
use crate::subject::Member;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::routing::post;
use http_body_util::{BodyExt as _, Limited};
use hyper_util::client::legacy::connect::Connect;
use mydata::core::id::LinkCode;
use mydata::core::json::{self, Limits};
use mydata_http::{DeskFault, HttpRefusal, JournalRefusal, Problem};
use serde::Deserialize;
use std::sync::Arc;

/// Where the application says so.
pub const LINKING: &str = "/linking";

/// Octets of what it says.
const MOST: usize = 4096;

/// Who has confirmed which linking.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmed {
    code: LinkCode,
    user_id: String,
}

impl<C: Connect + Clone + Send + Sync + 'static> Gateway<C> {
    /// What the application reaches: `POST /linking` with `{"code", "user_id"}` and the secret as a bearer token.
    ///
    /// `code` is what the person's browser has brought from the operator, `user_id` the name by which the system
    /// behind knows who has signed in. Said again it is the same linking.
    pub fn application(self: &Arc<Self>) -> Router {
        let router = Router::new().route(LINKING, post(linking::<C>));
        router.with_state(Arc::clone(self))
    }

    async fn confirm(&self, confirmed: Confirmed) -> Result<(), Problem> {
        let member = Member::parse(&confirmed.user_id).ok_or(HttpRefusal::BodyTorn)?;
        let told = self.desk.confirm_member(&confirmed.code, member.expose());
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
    let shown = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|shown| shown.strip_prefix("Bearer "));
    let is_known = gateway
        .secret()
        .zip(shown)
        .is_some_and(|(secret, shown)| secret.is(shown));
    if !is_known {
        let told = "it is not proven who has sent this request";
        return Err(Problem::new("request_not_authentic", told));
    }
    let body = Limited::new(request.into_body(), MOST).collect().await;
    let body = body.map_err(|_| HttpRefusal::BodyTooLarge)?.to_bytes();
    gateway
        .confirm(json::from_slice(&body, Limits::RECORD)?)
        .await?;
    Ok(StatusCode::CREATED)
}
