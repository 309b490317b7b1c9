//! What is there before anybody: keys, files, a clock, and who is reached where.

use super::{SECRET, key, logged};
use mydata::core::crypto::Signer as _;
use mydata::core::resource::Origin;
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::PrivateKey;
use mydata_conformance::descriptions;
use mydata_http::Fixed;
use mydata_store::{Clock, SystemClock};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use tokio::net::TcpListener;

/// A directory of this test's own.
pub fn directory() -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::SeqCst);
    let name = format!("town-{}-{number}", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// The files that a configuration of this town names, and the configuration.
pub fn write_files(
    directory: &Path,
    source: &PrivateKey,
    status: &PrivateKey,
    tokens: &PrivateKey,
) {
    let put = |name: &str, octets: &[u8]| std::fs::write(directory.join(name), octets).unwrap();
    put("service.jwk", source.to_jwk().expose());
    let jwks = |key: &PrivateKey| format!("{{\"keys\":[{}]}}", key.public().to_jwk());
    put("status.jwks", jwks(status).as_bytes());
    put("tokens.jwks", jwks(tokens).as_bytes());
    put(
        "description.json",
        &serde_json::to_vec(&descriptions::source()).unwrap(),
    );
    put("application.secret", SECRET.as_bytes());
    put("register.token", b"register-token");
}

/// What every configuration of a town begins with; upstreams and routes follow.
pub const HEAD: &str = r#"
[source]
id = "source"
origin = "https://source.example"
description = "description.json"
signing_key = "service.jwk"

[listen]
public = "127.0.0.1:0"
application = "127.0.0.1:0"

[linking]
secret = "application.secret"

[state]
directory = "state"

[[operators]]
id = "operator.example"
status_keys = "status.jwks"
token_keys = "tokens.jwks"
origin = "https://operator.example"
"#;

/// One address asks all of it, and often wrongly.
pub(super) const LIMITS: &str = r#"
[limits]
rate = { per_second = 100000, burst = 100000 }
refusals = "none"
connections_per_address = "none"
"#;

/// A clock that goes when somebody moves it.
#[derive(Debug)]
pub struct Hand(Timestamp, AtomicU32);

impl Hand {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(SystemClock.now(), AtomicU32::new(0)))
    }

    pub fn goes(&self, seconds: u32) {
        self.1.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        self.0.plus(Seconds::new(self.1.load(Ordering::SeqCst)))
    }
}

/// Listeners of the loopback, each on a port of its own.
pub(super) async fn listeners<const COUNT: usize>() -> [TcpListener; COUNT] {
    let mut all = Vec::new();
    for _ in 0..COUNT {
        all.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
    }
    <[_; COUNT]>::try_from(all).unwrap()
}

pub(super) fn at(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().unwrap()
}

/// What is there before anybody: keys, files, and who is reached where.
pub(super) struct Ground {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) directory: PathBuf,
    pub(super) operator: Origin,
    /// Of the operator, for statuses and for tokens.
    pub(super) status: Arc<PrivateKey>,
    pub(super) tokens: Arc<PrivateKey>,
    pub(super) source: Arc<PrivateKey>,
    pub(super) hosts: Fixed,
    /// Where the gateway is reached by all, and by its application.
    pub(super) gateway: (SocketAddr, SocketAddr),
    pub(super) house: TcpListener,
    pub(super) sink: TcpListener,
}

impl Ground {
    pub(super) async fn new(
        operator: Origin,
        gateway: (SocketAddr, SocketAddr),
        clock: Arc<dyn Clock>,
    ) -> Self {
        logged::begin();
        for secret in [SECRET, "register-token", "renewed-token", "140386-901P"] {
            logged::plant(secret);
        }
        let [house, sink] = listeners().await;
        let hosts = Fixed::new([
            (operator.authority().to_owned(), at(&house)),
            ("source.example".to_owned(), gateway.0),
            ("sink.example".to_owned(), at(&sink)),
        ]);
        let directory = directory();
        let [status, tokens] = ["operator-status", "operator-tokens"].map(key);
        let source = key("source-1");
        write_files(&directory, &source, &status, &tokens);
        Self {
            clock,
            directory,
            operator,
            status,
            tokens,
            source,
            hosts,
            gateway,
            house,
            sink,
        }
    }

    /// Writes the configuration, and says where it is.
    pub(super) fn configure(&self, text: &str) -> PathBuf {
        let file = self.directory.join("gateway.toml");
        std::fs::write(&file, text).unwrap();
        file
    }
}
