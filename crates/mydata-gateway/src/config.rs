//! The configuration: one TOML file, read as a whole or not at all.

mod check;
mod file;
mod place;
mod residents;
mod routes;
mod tls;
mod units;
mod usage;

pub use place::Fault;

use crate::pass::PassRules;
use crate::residents::ResidentsConfig;
use crate::select::Selection;
use crate::template::{Base, Template};
use mydata::core::crypto::{Sha256, Signer};
use mydata::core::id::{DatasetId, OperatorId, ServiceId};
use mydata::core::jwk::KeySet;
use mydata::core::refusals;
use mydata::core::resource::{Origin, ResourceUrl};
use mydata::core::time::Seconds;
use mydata::keys::PrivateKey;
use mydata::service::KnownOperator;
use mydata_http::ops::Rate;
use mydata_http::tls::{Identity, Tls, TlsClient, TlsRefusal};
use mydata_http::usage::UsageOptions;
use place::Faults;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

refusals! {
    /// Why a configuration is refused.
    pub enum ConfigRefusal {
        Syntax = "gateway_config_syntax": "the file is not TOML",
        Unknown = "gateway_config_unknown": "there is no such table or key",
        Missing = "gateway_config_missing": "a table or a key is missing",
        Type = "gateway_config_type": "a value is of another kind",
        Value = "gateway_config_value": "a value is not what its key says",
        Address = "gateway_config_address": "an address is not in its one spelling, or not where it may be",
        File = "gateway_config_file": "a file cannot be read, or is not what it must be",
        Twice = "gateway_config_twice": "something stands twice that stands once",
        Reference = "gateway_config_reference": "something is named that is nowhere",
        Dataset = "gateway_config_dataset": "the description has no distribution of this dataset at this address",
        Template = "gateway_config_template": "a template of the upstream's request cannot be read",
        Subject = "gateway_config_subject": "nothing in the upstream's request says whose data it is about",
        Pass = "gateway_config_pass": "a caller could set what is not theirs to set",
        Fields = "gateway_config_fields": "the fields are no selection",
        Proxy = "gateway_config_proxy": "behind a proxy everybody comes from one address, and nothing says what that one may do",
        Fixed = "gateway_reload_fixed": "this is not taken over while the gateway runs: start it anew",
    }
}

/// A configuration that keeps every rule.
#[derive(Debug)]
#[non_exhaustive]
pub struct Config {
    /// What stays as it is while the gateway runs.
    pub fixed: Fixed,
    /// Ways to the systems behind, by name.
    pub(crate) upstreams: BTreeMap<String, UpstreamConfig>,
    /// What is served, by address.
    pub(crate) routes: BTreeMap<ResourceUrl, RouteConfig>,
    /// What is told of the use of data, where that is configured.
    pub(crate) usage: Option<UsageOptions>,
    /// What a listener allows.
    pub limits: mydata_http::Limits,
    /// Which events are logged, in the words of `tracing_subscriber::EnvFilter`.
    pub log: String,
}

/// What stays as it is while the gateway runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fixed {
    /// Which service the gateway is.
    pub id: ServiceId,
    /// Where sinks and operators reach it.
    pub origin: Origin,
    /// Its signing key.
    pub key: Arc<PrivateKey>,
    /// Where it listens for them.
    pub public: SocketAddr,
    /// Where the service's own application says who has confirmed a linking, and the secret that it shows.
    pub application: Option<(SocketAddr, Secret)>,
    /// Where it keeps what must be there after a restart.
    pub directory: PathBuf,
    /// How long rows of the access log are kept; for ever, if nothing is said.
    pub retention: Option<Seconds>,
    /// The operators that it works with, and where each is reached.
    pub operators: Vec<(KnownOperator, Origin)>,
    /// By which certificates they are known where they show one, by thumbprint.
    pub(crate) certificates: BTreeMap<Sha256, OperatorId>,
    /// What the public listener shows itself with, where it speaks TLS itself.
    pub tls: Option<TlsFiles>,
    /// Where health and numbers are told.
    pub ops: Option<SocketAddr>,
    /// Whose word is taken for who a resident is that confirms a linking.
    pub(crate) residents: Option<ResidentsConfig>,
    /// Where security servers ask how data was used.
    pub usage: Option<UsageListener>,
    /// How long a listener waits for an answer: longer than any system behind is waited for.
    pub(crate) handler: Duration,
    /// What was written of listeners, limits and logs.
    pub(crate) settings: (
        file::Listen,
        file::Limits,
        file::Telemetry,
        Option<file::Residents>,
    ),
}

impl Fixed {
    /// The public half of the signing key.
    #[must_use]
    pub fn keys(&self) -> KeySet {
        KeySet::from(self.key.public().clone())
    }

    fn is(&self, other: &Self) -> bool {
        let ours = (&self.id, &self.origin, &self.directory, self.retention);
        ours == (&other.id, &other.origin, &other.directory, other.retention)
            && roots(self.tls.as_ref()) == roots(other.tls.as_ref())
            && self.usage.as_ref().map(UsageListener::stays)
                == other.usage.as_ref().map(UsageListener::stays)
            && self.application == other.application
            && self.operators == other.operators
            && self.certificates == other.certificates
            && self.handler <= other.handler
            && self.settings == other.settings
            && self.key.public() == other.key.public()
    }
}

/// Where security servers ask.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UsageListener {
    /// The address: a loopback one, where it speaks no TLS.
    pub address: SocketAddr,
    /// What it shows itself with, and under which roots it believes them.
    pub tls: Option<TlsFiles>,
}

impl UsageListener {
    /// What stays while its certificate is renewed.
    fn stays(&self) -> (SocketAddr, Option<Option<&[u8]>>) {
        (self.address, roots(self.tls.as_ref()))
    }
}

/// Whether a listener speaks TLS, and under which roots it asks for certificates.
fn roots(tls: Option<&TlsFiles>) -> Option<Option<&[u8]>> {
    tls.map(|tls| tls.clients.as_deref())
}

/// A certificate with its chain, and its key, in PEM; and the roots of the certificates that clients may show.
#[derive(Clone)]
pub struct TlsFiles {
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) clients: Option<Vec<u8>>,
}

impl TlsFiles {
    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity {
            certificates: &self.certificate,
            key: &self.key,
        }
    }

    /// What a listener speaks with it.
    pub(crate) fn open(&self) -> Result<Tls, TlsRefusal> {
        match &self.clients {
            None => Tls::new(self.identity()),
            Some(roots) => Tls::asking(self.identity(), roots),
        }
    }
}

impl fmt::Debug for TlsFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsFiles(redacted)")
    }
}

/// A secret from a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Whether somebody has shown it. The time that this takes says nothing of where two texts differ.
    #[must_use]
    pub fn is(&self, shown: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), shown.as_bytes());
        let differing = ours.iter().zip(theirs).fold(0, |all, (a, b)| all | (a ^ b));
        ours.len() == theirs.len() && differing == 0
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// A way to a system behind.
#[derive(Debug, Clone)]
pub(crate) struct UpstreamConfig {
    pub(crate) base: Base,
    /// The value of `Authorization`.
    pub(crate) credential: Option<Secret>,
    /// Whom it trusts and what it shows, where the address is `https`.
    pub(crate) tls: Option<TlsClient>,
    pub(crate) times: Times,
    pub(crate) connections: usize,
}

/// How long a system behind may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) connect: Duration,
    pub(crate) headers: Duration,
    pub(crate) idle: Duration,
    pub(crate) total: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            headers: Duration::from_secs(4),
            idle: Duration::from_secs(5),
            total: Duration::from_secs(30),
        }
    }
}

/// One address that is served.
#[derive(Debug, Clone)]
pub(crate) struct RouteConfig {
    pub(crate) dataset: DatasetId,
    pub(crate) upstream: String,
    pub(crate) template: Template,
    pub(crate) pass: PassRules,
    /// `None`: all of an answer.
    pub(crate) fields: Option<Arc<Selection>>,
    pub(crate) types: Vec<String>,
    pub(crate) body_limit: u64,
    /// How often one sink may ask here; as often as anywhere, if nothing is said.
    pub(crate) rate: Option<Rate>,
}

impl Config {
    /// Reads a file, and everything that it names.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> std::io::Result<Result<Self, Vec<Fault>>> {
        let text = std::fs::read_to_string(path)?;
        Ok(Self::parse(path, &text))
    }

    /// The files that it names, as long as it can be read at all; what is in them plays no part.
    pub(crate) fn named(path: &Path) -> Vec<PathBuf> {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let file = toml::from_str::<file::File>(&text);
        let beside = path.parent().unwrap_or_else(|| Path::new(""));
        file.map_or_else(
            |_| Vec::new(),
            |file| {
                let named = file.named().into_iter();
                named.map(|text| beside.join(text.get_ref())).collect()
            },
        )
    }

    /// The same of a text; files that it names are found beside `path`.
    ///
    /// # Errors
    /// All that is wrong; of what is no TOML, or has a key that is none, the first.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new(path, text);
        let file = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => return Err(faults.of_toml(&error)),
        };
        let config = check::check(&file, path, &mut faults);
        match config {
            Some(config) if faults.is_empty() => Ok(config),
            _ => Err(faults.into_faults()),
        }
    }

    /// The same, to be taken over while a gateway runs on `now`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and where something stands otherwise that stays as it is.
    pub fn reread(path: &Path, text: &str, now: &Fixed) -> Result<Self, Vec<Fault>> {
        let config = Self::parse(path, text)?;
        if config.fixed.is(now) {
            return Ok(config);
        }
        let mut faults = Faults::new(path, text);
        let told = "of `source` only the description, of `usage` all but where it listens, of `listen`, `linking`, `state`, `operators`, `residents`, `limits` and `telemetry` nothing is taken over while the gateway runs, and no upstream may take longer than the longest could before";
        faults.add(0..0, ConfigRefusal::Fixed, told);
        Err(faults.into_faults())
    }
}
