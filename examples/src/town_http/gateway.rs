//! The gateway before Espoo's register: `mydata-gateway` as its program runs it, but for the way to the
//! operator, which is a line of the town, and for who reads its signals.

use super::line::{Opening, Ready, Wish};
use super::operator::town;
use super::people::ORIGIN;
use super::role::{FromTown, Serves, answer, not_mine};
use super::service::{listen, serve};
use super::wire::send;
use crate::durable::house::Fault;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mydata::core::crypto::{Random as _, Signer as _};
use mydata::core::id::{KeyId, LinkCode, ServiceId};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::keys::{PrivateKey, SystemRandom};
use mydata_gateway::Gateway;
use mydata_gateway::config::Config;
use mydata_http::Fixed;
use mydata_http::ops::Shutdown;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What of an answer is passed on; the register says more.
pub const PASSED: [&str; 4] = [
    "child_ref",
    "preferred_units",
    "preferred_start",
    "home_languages",
];

/// The file that a city writes: which service, which addresses, and what is asked behind.
fn configuration(
    id: &ServiceId,
    public: SocketAddr,
    application: SocketAddr,
    register: SocketAddr,
) -> String {
    let fields = PASSED.map(|field| format!("{field:?}")).join(", ");
    format!(
        r#"[source]
id = "{id}"
origin = "https://esp-vaka.town.example"
description = "description.json"
signing_key = "service.jwk"

[listen]
public = "{public}"
application = "{application}"

[linking]
secret = "application.secret"

[state]
directory = "state"

[[operators]]
id = "operator.town.example"
status_keys = "operator-status.jwks"
token_keys = "operator-tokens.jwks"
origin = "{ORIGIN}"

[upstreams.register]
base = "http://{register}/"

[[routes]]
path = "/datasets/ecec.wishes"
dataset = "esp-vaka/ecec.wishes"
upstream = "register"
request.path = "children/{{subject}}/ecec.wishes"
fields = [{fields}]

[limits]
connections_per_address = "none"
refusals = "none"
"#
    )
}

/// Is the gateway, with its state in this folder, until the town ends.
///
/// # Errors
/// [`Fault`].
pub async fn run(id: ServiceId, folder: PathBuf) -> Result<(), Fault> {
    std::fs::create_dir_all(&folder)?;
    let kid = KeyId::parse(&format!("{id}-1"))?;
    let key = PrivateKey::generate(kid, Algorithm::Ed25519)?;
    let (public, application) = (listen().await?, listen().await?);
    let at = (public.local_addr()?, application.local_addr()?);
    let mut line = FromTown::default();
    let ready = Ready {
        at: at.0,
        people: None,
        keys: vec![KeySet::from(key.public().clone())],
    };
    let (number, opening) = line.ready(ready).await?;
    let bits = SystemRandom::new().bits128();
    let secret = URL_SAFE_NO_PAD.encode(bits.map_err(|fault| fault.to_string())?);
    let config = write(&folder, (&id, &key, &secret), at, &opening)?;
    let gateway = Gateway::open(config, Fixed::new(opening.hosts)).await?;
    let shutdown = Shutdown::new();
    let for_all = serve(public, gateway.public(), &shutdown);
    let for_application = serve(application, gateway.application(), &shutdown);
    let served = Arc::new(Serving {
        application: at.1,
        secret,
        shutdown,
    });
    line.serve(number, served).await?;
    for_all.await?;
    for_application.await?;
    gateway.finish().await;
    Ok(())
}

/// Writes the configuration with everything that it names, and reads it.
fn write(
    folder: &Path,
    (id, key, secret): (&ServiceId, &PrivateKey, &str),
    (public, application): (SocketAddr, SocketAddr),
    opening: &Opening,
) -> Result<Config, Fault> {
    let [status, tokens] = opening.operator.as_slice() else {
        return Err("an operator has two keys".into());
    };
    let register = opening.register.ok_or("no register")?;
    let put = |name: &str, octets: &[u8]| std::fs::write(folder.join(name), octets);
    put("description.json", &town()?.description(id)?)?;
    put("service.jwk", key.to_jwk().expose())?;
    put("application.secret", secret.as_bytes())?;
    put("operator-status.jwks", &serde_json::to_vec(status)?)?;
    put("operator-tokens.jwks", &serde_json::to_vec(tokens)?)?;
    let text = configuration(id, public, application, register);
    put("gateway.toml", text.as_bytes())?;
    Config::read(&folder.join("gateway.toml"))?.map_err(|faults| {
        let faults = faults.iter().map(ToString::to_string);
        faults.collect::<Vec<_>>().join("\n").into()
    })
}

struct Serving {
    application: SocketAddr,
    secret: String,
    shutdown: Shutdown,
}

impl Serving {
    /// What the service's own application does, when somebody has signed in there and confirms.
    async fn confirm(&self, code: &LinkCode, customer: &str) -> Result<Value, String> {
        let body = serde_json::json!({"code": code.as_str(), "user_id": customer}).to_string();
        let text = format!(
            "POST {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            mydata_gateway::LINKING,
            self.secret,
            body.len()
        );
        let heard = send(self.application, text.as_bytes()).await;
        let heard = heard.map_err(|error| error.to_string())?;
        match heard.status {
            201 => answer(&()),
            _ => Err(heard.code),
        }
    }
}

impl Serves for Serving {
    async fn wish(&self, wish: Wish) -> Result<Value, String> {
        match wish {
            Wish::Confirm(code, customer) => self.confirm(&code, &customer).await,
            // Its clock is the machine's, and it is told nothing of the town's.
            Wish::Wait(_) => answer(&()),
            Wish::Open(_)
            | Wish::SignIn(_)
            | Wish::Waiting
            | Wish::Fetch(_)
            | Wish::Token(..)
            | Wish::Demand(_) => not_mine(),
        }
    }

    async fn close(&self) {
        self.shutdown.begin();
    }
}
