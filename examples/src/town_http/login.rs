//! The city's identity provider: it knows who somebody is, and signs that for five minutes. What it says is an
//! access token of OpenID Connect, and its keys are where the operator's configuration says.

use super::clock::TownClock;
use super::line::{Ready, Wish};
use super::role::{FromTown, Serves, answer, not_mine};
use super::service::{listen, serve};
use crate::durable::house::Fault;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mydata::core::crypto::Signer as _;
use mydata::core::id::KeyId;
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::keys::PrivateKey;
use mydata_http::ops::Shutdown;
use mydata_store::Clock as _;
use serde_json::{Value, json};
use std::sync::Arc;

/// Its name in tokens.
pub const ISSUER: &str = "https://login.town.example/realms/city";

/// The operator's name in tokens.
pub const AUDIENCE: &str = "operator.town.example";

/// Where its keys are.
pub const KEYS: &str = "https://login.town.example/realms/city/keys";

/// Is the provider until the town ends.
///
/// # Errors
/// [`Fault`].
pub async fn run() -> Result<(), Fault> {
    let key = PrivateKey::generate(KeyId::parse("login-1")?, Algorithm::Ed25519)?;
    let keys = serde_json::to_string(&KeySet::from(key.public().clone()))?;
    let listener = listen().await?;
    let keys = get(move || async move { ([(CONTENT_TYPE, "application/json")], keys) });
    let router = Router::new().route("/realms/city/keys", keys);
    let mut line = FromTown::default();
    let ready = Ready {
        at: listener.local_addr()?,
        people: None,
        keys: Vec::new(),
    };
    let (number, opening) = line.ready(ready).await?;
    let shutdown = Shutdown::new();
    let serving = serve(listener, router, &shutdown);
    let served = Serving {
        key,
        clock: TownClock::ahead(opening.ahead),
        shutdown,
    };
    line.serve(number, Arc::new(served)).await?;
    serving.await?;
    Ok(())
}

struct Serving {
    key: PrivateKey,
    clock: Arc<TownClock>,
    shutdown: Shutdown,
}

impl Serving {
    /// Somebody has signed in with whatever the city has for that.
    fn token(&self, person: &str) -> Result<Value, String> {
        let now = self.clock.now().seconds();
        let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": "login-1"});
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": person, "typ": "Bearer", "azp": "resident-app",
            "iat": now, "exp": now + 300, "auth_time": now, "loa": "substantial",
        });
        let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = parts.join(".");
        let signature = self.key.sign(signed.as_bytes());
        let signature = signature.map_err(|fault| fault.to_string())?;
        let signature = URL_SAFE_NO_PAD.encode(signature.as_octets());
        answer(&[signed, signature].join("."))
    }
}

impl Serves for Serving {
    async fn wish(&self, wish: Wish) -> Result<Value, String> {
        match wish {
            Wish::SignIn(person) => self.token(&person),
            Wish::Wait(seconds) => {
                self.clock.wait(seconds);
                answer(&())
            }
            Wish::Open(_)
            | Wish::Waiting
            | Wish::Confirm(..)
            | Wish::Fetch(_)
            | Wish::Token(..)
            | Wish::Demand(_) => not_mine(),
        }
    }

    async fn close(&self) {
        self.shutdown.begin();
    }
}
