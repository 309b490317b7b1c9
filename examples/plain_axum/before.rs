//! A city's register of day-care wishes: one JSON endpoint, at which a resident sees what is on file.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

/// What is on file, by member.
#[derive(Debug, Clone)]
pub(crate) struct Register(Arc<BTreeMap<String, Value>>);

impl Register {
    /// Invented people.
    pub(crate) fn demo() -> Self {
        let wishes = json!({"unit": "Kivenlahti", "start": "2027-01-07", "diet": "no milk"});
        Self(Arc::new(BTreeMap::from([("ann".to_owned(), wishes)])))
    }

    fn wishes(&self, member: &str) -> Option<Value> {
        self.0.get(member).cloned()
    }
}

/// Who is signed in: the city's sign-in, which stands before this service, says so.
fn member(headers: &HeaderMap) -> Result<&str, StatusCode> {
    let member = headers.get("x-signed-in");
    let member = member.and_then(|member| member.to_str().ok());
    member.ok_or(StatusCode::UNAUTHORIZED)
}

async fn wishes(
    State(register): State<Register>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, StatusCode> {
    let wishes = register.wishes(member(&headers)?);
    let wishes = wishes.ok_or(StatusCode::NOT_FOUND)?;
    Ok(([(CONTENT_TYPE, "application/json")], wishes.to_string()))
}

/// The service.
pub(crate) fn app(register: Register) -> Router {
    Router::new()
        .route("/wishes", get(wishes))
        .with_state(register)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = app(Register::demo());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    Ok(axum::serve(listener, app).await?)
}
