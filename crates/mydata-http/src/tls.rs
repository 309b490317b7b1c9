//! TLS 1.2 and 1.3, by rustls with ring: whom a listener shows itself as, whom it knows, and whom a client trusts.

use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use mydata::core::crypto::{Crypto as _, Sha256};
use mydata::core::refusals;
use mydata::keys::Ring;
use rustls::client::WantsClientCert;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, ServerConfig};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

refusals! {
    /// Why there can be no TLS with what was given. It is told to whoever has given it, and to no peer.
    pub enum TlsRefusal {
        Certificate = "tls_certificate": "there is no certificate in PEM, or it does not belong to the key",
        Key = "tls_key": "there is no private key in PEM that can be used",
        Roots = "tls_roots": "there is no certificate in PEM that can be trusted as a root",
        System = "tls_system": "this machine has no root certificates",
    }
}

/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(3);

/// What is spoken inside.
const HTTP: &[u8] = b"http/1.1";

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// A certificate with whatever leads to its root, and its private key, both in PEM.
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Identity<'a> {
    /// The certificate first, then those above it.
    pub certificates: &'a [u8],
    /// PKCS #8, SEC 1 or PKCS #1.
    pub key: &'a [u8],
}

impl fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(redacted)")
    }
}

impl Identity<'_> {
    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsRefusal> {
        let chain = certificates(self.certificates).ok_or(TlsRefusal::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(self.key).map_err(|_| TlsRefusal::Key)?;
        Ok((chain, key))
    }
}

/// All certificates of a text; none where there is none, or one that cannot be read.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    all.ok().filter(|all| !all.is_empty())
}

fn roots(pem: &[u8]) -> Result<Arc<RootCertStore>, TlsRefusal> {
    let mut roots = RootCertStore::empty();
    for root in certificates(pem).ok_or(TlsRefusal::Roots)? {
        roots.add(root).map_err(|_| TlsRefusal::Roots)?;
    }
    Ok(Arc::new(roots))
}

/// What a listener speaks. Copies are one: a certificate that is renewed is renewed for all.
#[derive(Clone)]
pub struct Tls {
    config: Arc<RwLock<Arc<ServerConfig>>>,
    /// Roots of the certificates of clients.
    clients: Option<Arc<RootCertStore>>,
}

impl Tls {
    /// A listener that shows itself by a certificate, and asks nobody for one.
    ///
    /// # Errors
    /// [`TlsRefusal`].
    pub fn new(identity: Identity<'_>) -> Result<Self, TlsRefusal> {
        Self::of(identity, None)
    }

    /// A listener that asks clients for a certificate under one of these roots, in PEM. A client need not
    /// have one; the connection of one that has another, or one that has expired, is not made.
    ///
    /// Which party a certificate belongs to is said by a [`Door`](crate::Door).
    ///
    /// # Errors
    /// [`TlsRefusal`].
    pub fn asking(identity: Identity<'_>, clients: &[u8]) -> Result<Self, TlsRefusal> {
        Self::of(identity, Some(roots(clients)?))
    }

    fn of(identity: Identity<'_>, clients: Option<Arc<RootCertStore>>) -> Result<Self, TlsRefusal> {
        let config = of_server(identity, clients.clone())?;
        Ok(Self {
            config: Arc::new(RwLock::new(config)),
            clients,
        })
    }

    /// From now on new connections see this certificate. Refused, the old one stays.
    ///
    /// # Errors
    /// [`TlsRefusal`].
    pub fn renew(&self, identity: Identity<'_>) -> Result<(), TlsRefusal> {
        let config = of_server(identity, self.clients.clone())?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> std::io::Result<(TlsStream<TcpStream>, Option<PeerCertificate>)> {
        let config = {
            let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(&config)
        };
        let stream = TlsAcceptor::from(config).accept(stream).await?;
        let (_, session) = stream.get_ref();
        let certificate = session.peer_certificates().and_then(<[_]>::first);
        let certificate = certificate.map(|der| PeerCertificate(Ring.sha256(der)));
        Ok((stream, certificate))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tls(asks clients: {})", self.clients.is_some())
    }
}

fn of_server(
    identity: Identity<'_>,
    clients: Option<Arc<RootCertStore>>,
) -> Result<Arc<ServerConfig>, TlsRefusal> {
    let (chain, key) = identity.read()?;
    let config = ServerConfig::builder_with_provider(provider());
    let config = config
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsRefusal::Certificate)?;
    let config = match clients {
        None => config.with_no_client_auth(),
        Some(roots) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
            let verifier = verifier.allow_unauthenticated().build();
            config.with_client_cert_verifier(verifier.map_err(|_| TlsRefusal::Roots)?)
        }
    };
    let config = config.with_single_cert(chain, key);
    let mut config = config.map_err(|error| of_identity(&error))?;
    config.alpn_protocols = vec![HTTP.to_vec()];
    // Nothing is resumed: each connection is looked at, also by whoever renews or revokes certificates.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

const fn of_identity(error: &rustls::Error) -> TlsRefusal {
    use rustls::Error::{InconsistentKeys, InvalidCertificate};
    if matches!(error, InconsistentKeys(_) | InvalidCertificate(_)) {
        return TlsRefusal::Certificate;
    }
    TlsRefusal::Key
}

/// The certificate that the peer of a connection has proven to have the key of, as an extension of its
/// requests. Only a listener makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerCertificate(Sha256);

impl PeerCertificate {
    /// SHA-256 of its octets in DER: its thumbprint (RFC 8705 §3.1).
    #[must_use]
    pub const fn thumbprint(&self) -> &Sha256 {
        &self.0
    }
}

/// SHA-256 of the first certificate of a text in PEM, as parties tell each other.
///
/// # Errors
/// [`TlsRefusal::Certificate`].
pub fn thumbprint(pem: &[u8]) -> Result<Sha256, TlsRefusal> {
    let all = certificates(pem).ok_or(TlsRefusal::Certificate)?;
    let first = all.first().ok_or(TlsRefusal::Certificate)?;
    Ok(Ring.sha256(first))
}

/// Whose word a client takes for who a server is.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "there are no other roots")]
pub enum Trust<'a> {
    /// The roots that this machine has.
    System,
    /// These, in PEM, and no others.
    Roots(&'a [u8]),
}

/// How a client connects: to nobody without TLS, and to nobody whose certificate does not name the host.
#[derive(Clone)]
pub struct TlsClient(ClientConfig);

impl TlsClient {
    /// A client that shows no certificate.
    ///
    /// # Errors
    /// [`TlsRefusal`].
    pub fn new(trust: Trust<'_>) -> Result<Self, TlsRefusal> {
        Ok(Self(of_client(trust)?.with_no_client_auth()))
    }

    /// A client that shows a certificate to whoever asks for one.
    ///
    /// # Errors
    /// [`TlsRefusal`].
    pub fn with_certificate(trust: Trust<'_>, identity: Identity<'_>) -> Result<Self, TlsRefusal> {
        let (chain, key) = identity.read()?;
        let config = of_client(trust)?.with_client_auth_cert(chain, key);
        Ok(Self(config.map_err(|error| of_identity(&error))?))
    }

    /// Connects wherever the name of a host leads, within three seconds.
    #[must_use]
    pub fn connector(&self) -> HttpsConnector<HttpConnector> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT));
        self.over(http)
    }

    /// Connects by another connector: [`Fixed`](crate::Fixed), where names lead nowhere.
    #[must_use]
    pub fn over<C>(&self, connector: C) -> HttpsConnector<C> {
        let builder = HttpsConnectorBuilder::new().with_tls_config(self.0.clone());
        builder
            .https_only()
            .enable_http1()
            .wrap_connector(connector)
    }
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsClient")
    }
}

fn of_client(trust: Trust<'_>) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsRefusal> {
    let config = ClientConfig::builder_with_provider(provider());
    let config = config
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsRefusal::System)?;
    match trust {
        Trust::System => config.with_native_roots().map_err(|_| TlsRefusal::System),
        Trust::Roots(pem) => Ok(config.with_root_certificates(roots(pem)?)),
    }
}
