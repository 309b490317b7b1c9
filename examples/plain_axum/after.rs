//! A city's register of day-care wishes: one JSON endpoint, at which a resident sees what is on file, and a
//! source of MyData, which gives it where the resident has consented.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use hyper_util::client::legacy::connect::Connect;
use mydata::core::id::{DatasetId, LinkCode, SurrogateId};
use mydata::core::personal::Personal;
use mydata_http::kit::{self, Dataset, Fields, ReadFault, Setup, Source};
use mydata_http::tls::{TlsClient, Trust};
use mydata_http::{Desk, FileLog, FileProgram, POLL};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path as Folder;
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

/// What a source is asked.
struct Care<C>(Register, Arc<Desk<FileProgram<()>, C>>);

impl<C: Connect + Clone + Send + Sync + 'static> Source for Care<C> {
    type Subject = Personal<String>;

    async fn subject(&self, surrogate: &SurrogateId) -> Option<Self::Subject> {
        self.1.program().member(surrogate)
    }

    fn datasets(&self) -> Vec<Dataset> {
        let path = "/data/a".to_owned();
        let wishes = DatasetId::parse("src/a").map(|id| Dataset { id, path });
        wishes.into_iter().collect()
    }

    async fn read(
        &self,
        member: &Self::Subject,
        _: &DatasetId,
        _: &Fields,
    ) -> Result<Value, ReadFault> {
        Ok(self.0.wishes(member.expose()).unwrap_or_default())
    }
}

/// The resident comes from the operator with a code, signs in, and agrees that the two are linked.
async fn confirm<C: Connect + Clone + Send + Sync + 'static>(
    State(desk): State<Arc<Desk<FileProgram<()>, C>>>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, StatusCode> {
    let code = LinkCode::parse(&code).map_err(|_| StatusCode::NOT_FOUND)?;
    let confirmed = desk.confirm_member(&code, member(&headers)?).await;
    let confirmed = confirmed.map_err(|_| StatusCode::CONFLICT);
    confirmed.map(|_| StatusCode::CREATED)
}

/// The service: what it must remember as a source, it has in a folder.
pub(crate) async fn app<C: Connect + Clone + Send + Sync + 'static>(
    register: Register,
    (setup, connector): (Setup, C),
    folder: &Folder,
) -> Result<Router, Box<dyn Error>> {
    let log = Arc::new(FileLog::open(&folder.join("log"))?);
    let program = FileProgram::open(&folder.join("journal"), ())?;
    let desk = Arc::new(setup.desk(connector, program));
    desk.recall().await?;
    tokio::spawn(desk.keep_fresh(POLL));
    let care = Care(register.clone(), Arc::clone(&desk));
    let linking = Router::new().route("/linking/{code}", post(confirm::<C>));
    Ok(Router::new()
        .route("/wishes", get(wishes))
        .with_state(register)
        .merge(linking.with_state(Arc::clone(&desk)))
        .merge(kit::source(desk, care, log)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = Folder::new("source");
    let connector = TlsClient::new(Trust::System)?.connector();
    let app = app(Register::demo(), (Setup::read(folder)?, connector), folder).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    Ok(axum::serve(listener, app).await?)
}
