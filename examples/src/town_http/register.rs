//! Espoo's client register: a plain HTTP service on its own network, which knows customer numbers and nothing of
//! MyData. Nobody has changed a line of it for the gateway in front of it.

use super::line::{Ready, Wish};
use super::role::{FromTown, Serves, not_mine};
use super::service::{listen, serve};
use crate::durable::house::Fault;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use mydata_http::ops::Shutdown;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What is on file, by customer and kind.
type Files = BTreeMap<(String, String), String>;

/// Is the register, with the files of this folder, until the town ends.
///
/// # Errors
/// [`Fault`].
pub async fn run(folder: PathBuf) -> Result<(), Fault> {
    let mut files = Files::new();
    for customer in std::fs::read_dir(folder)? {
        let customer = customer?;
        for file in std::fs::read_dir(customer.path())? {
            let file = file?;
            let name = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
            let key = (name(customer.file_name()), name(file.file_name()));
            files.insert(key, std::fs::read_to_string(file.path())?);
        }
    }
    let files = Arc::new(files);
    let listener = listen().await?;
    let router = Router::new()
        .route("/children/{customer}/{kind}", get(file))
        .with_state(files);
    let mut line = FromTown::default();
    let ready = Ready {
        at: listener.local_addr()?,
        people: None,
        keys: Vec::new(),
    };
    let (number, _) = line.ready(ready).await?;
    let shutdown = Shutdown::new();
    let serving = serve(listener, router, &shutdown);
    line.serve(number, Arc::new(Serving(shutdown))).await?;
    serving.await?;
    Ok(())
}

async fn file(
    State(files): State<Arc<Files>>,
    Path((customer, kind)): Path<(String, String)>,
) -> Response {
    match files.get(&(customer, [&kind, ".json"].concat())) {
        Some(file) => ([(CONTENT_TYPE, "application/json")], file.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

struct Serving(Shutdown);

impl Serves for Serving {
    async fn wish(&self, _: Wish) -> Result<Value, String> {
        not_mine()
    }

    async fn close(&self) {
        self.0.begin();
    }
}
