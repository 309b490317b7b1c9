//! The connection to a service: plain, or TLS 1.2 and 1.3 by rustls with ring.

use super::client::{Address, NoAnswer};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Whose word is taken for who a server is.
#[derive(Clone)]
pub(super) struct Trust(Arc<ClientConfig>);

impl Trust {
    /// The roots of this file, in PEM, and no others; those of the machine, where there is no file.
    ///
    /// # Errors
    /// Why there is nobody to be trusted.
    pub(super) fn new(file: Option<&Path>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        match file {
            Some(file) => {
                let name = file.display();
                let pem = std::fs::read(file).map_err(|error| format!("--ca {name}: {error}"))?;
                let bad =
                    || format!("--ca {name}: there is no certificate in PEM that can be a root");
                for root in CertificateDer::pem_slice_iter(&pem) {
                    roots.add(root.map_err(|_| bad())?).map_err(|_| bad())?;
                }
                if roots.is_empty() {
                    return Err(bad());
                }
            }
            None => {
                let found = rustls_native_certs::load_native_certs();
                if roots.add_parsable_certificates(found.certs).0 == 0 {
                    return Err("this machine has no root certificates: --ca names some".to_owned());
                }
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions();
        let config = config.map_err(|error| error.to_string())?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust")
    }
}

/// Why a certificate is not taken.
const fn of_certificate(error: &CertificateError) -> &'static str {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext,
        UnknownIssuer,
    };
    // Another authority may have the same name.
    if matches!(error, UnknownIssuer | BadSignature) {
        "its certificate is under no root that is trusted here (--ca FILE)"
    } else if matches!(error, NotValidForName | NotValidForNameContext { .. }) {
        "its certificate does not name the host of the URL"
    } else if matches!(error, Expired | ExpiredContext { .. }) {
        "its certificate has expired"
    } else {
        "its certificate is not good"
    }
}

impl NoAnswer {
    /// What an error of a connection means.
    pub(super) fn of(error: &io::Error) -> Self {
        if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
            return Self::Late;
        }
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        match inner {
            Some(rustls::Error::InvalidCertificate(why)) => Self::Tls(of_certificate(why)),
            Some(rustls::Error::AlertReceived(_)) => Self::Tls("it refuses the TLS of the runner"),
            Some(_) => Self::Tls("what answers there speaks no TLS that is spoken here"),
            None => Self::Broken,
        }
    }
}

/// A connection.
pub(super) enum Wire {
    /// In the clear.
    Plain(TcpStream),
    /// Over TLS, with a server that has shown who it is.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    /// Connects, and over TLS sees who is there, before anything is sent.
    pub(super) fn connect(
        address: &Address,
        trust: Option<&Trust>,
        patience: Duration,
    ) -> Result<Self, NoAnswer> {
        let sockets = address.socket().to_socket_addrs();
        // A name may stand for several addresses, and the service listen at one of them.
        let streams = sockets.map_err(|_| NoAnswer::Unreachable)?.map(|socket| {
            let stream = TcpStream::connect_timeout(&socket, patience);
            stream.map_err(|_| NoAnswer::Unreachable)
        });
        let mut last = Err(NoAnswer::Unreachable);
        for stream in streams {
            last = stream;
            if last.is_ok() {
                break;
            }
        }
        let mut stream = last?;
        wait_for(&stream, patience)?;
        if !address.is_tls {
            return Ok(Self::Plain(stream));
        }
        let Some(Trust(config)) = trust else {
            return Err(NoAnswer::Tls("nobody is trusted"));
        };
        let name = ServerName::try_from(address.host().to_owned());
        let name = name.map_err(|_| NoAnswer::Tls("no certificate can name this host"))?;
        let tls = ClientConnection::new(Arc::clone(config), name);
        let mut tls = tls.map_err(|_| NoAnswer::Tls("no certificate can name this host"))?;
        match tls.complete_io(&mut stream) {
            Ok(_) => Ok(Self::Tls(Box::new(StreamOwned::new(tls, stream)))),
            Err(error) => Err(NoAnswer::of(&error)),
        }
    }

    /// Waits so long, and no longer, whenever it reads or writes.
    pub(super) fn wait_for(&self, time: Duration) -> Result<(), NoAnswer> {
        match self {
            Self::Plain(stream) => wait_for(stream, time),
            Self::Tls(tls) => wait_for(&tls.sock, time),
        }
    }
}

fn wait_for(stream: &TcpStream, time: Duration) -> Result<(), NoAnswer> {
    let set = stream.set_read_timeout(Some(time));
    let set = set.and_then(|()| stream.set_write_timeout(Some(time)));
    set.map_err(|_| NoAnswer::Broken)
}

impl Read for Wire {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(room),
            Self::Tls(tls) => tls.read(room),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(octets),
            Self::Tls(tls) => tls.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}
