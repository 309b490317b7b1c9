//! A listener: connections within bounds, requests at one spelling of their address, answers in time, and an
//! orderly end.

mod answer;
mod known;
mod limits;
mod patience;
mod seats;

pub(crate) use known::{Noted, known, note};
pub use limits::Limits;

use crate::ops::{Metrics, Shutdown, Side};
use crate::tls::{PeerCertificate, Tls};
use answer::Hall;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use patience::{Patient, Phase};
use seats::Seats;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long nobody is accepted after the machine could not: it has no file descriptors left, or no memory.
const BREATH: Duration = Duration::from_millis(100);

/// Serves a router over HTTP/1.1 until the shutdown is over; how many connections were broken off then.
///
/// It runs on the runtime of whoever calls it, and has no task that outlives it.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    shutdown: &Shutdown,
) -> usize {
    Server::new(*limits).run(listener, router, shutdown).await
}

/// A listener that is about to be opened.
#[derive(Debug, Clone)]
pub struct Server {
    limits: Limits,
    tls: Option<Tls>,
    counted: (Side, Arc<Metrics>),
}

impl Server {
    /// Within these limits, in plain text: behind a proxy, or on one machine.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            tls: None,
            counted: (Side::Operator, Arc::default()),
        }
    }

    /// For this side, with its numbers among these. [`Side::Residents`] tells in words what is refused here.
    #[must_use]
    pub fn counted(mut self, side: Side, metrics: Arc<Metrics>) -> Self {
        self.counted = (side, metrics);
        self
    }

    /// Over TLS, and nothing else.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Serves a router until the shutdown is over; how many connections were broken off then.
    ///
    /// A handler finds its peer as `ConnectInfo<SocketAddr>`, and the certificate of the connection as
    /// [`PeerCertificate`]. Dropped, the future closes every connection.
    pub async fn run(self, listener: TcpListener, router: Router, shutdown: &Shutdown) -> usize {
        let limits = self.limits;
        let house = Arc::new(House {
            http: http(&limits),
            hall: Hall::new(named(router), limits, self.counted.clone()),
            tls: self.tls,
            limits,
        });
        let (side, metrics) = self.counted;
        let (graceful, seats) = (GracefulShutdown::new(), Seats::default());
        let mut connections = JoinSet::new();
        let closing = async {
            shutdown.begun().await;
            sleep(limits.drain_delay).await;
        };
        tokio::pin!(closing);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut closing => break,
                accepted = listener.accept() => accepted,
            };
            while connections.try_join_next().is_some() {}
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_of_connection(&error) => continue,
                Err(_) => {
                    sleep(BREATH).await;
                    continue;
                }
            };
            if connections.len() >= limits.connections {
                house.hall.refuse("full");
                continue;
            }
            let Some(seat) = seats.take(peer.ip(), limits.per_address) else {
                house.hall.refuse("address");
                continue;
            };
            let (house, watcher) = (Arc::clone(&house), graceful.watcher());
            let open = metrics.connects(side);
            connections.spawn(async move {
                house.receive(stream, peer, watcher).await;
                drop((seat, open));
            });
        }
        drop(listener);
        let ending = async {
            graceful.shutdown().await;
            while connections.join_next().await.is_some() {}
        };
        let _ = timeout(limits.drain, ending).await;
        let left = connections.len();
        connections.shutdown().await;
        left
    }
}

/// Answers say which route has given them, where no operation does: by its template, in which nothing of the
/// request stands.
fn named(router: Router) -> Router {
    router.layer(from_fn(async |request: Request, next: Next| {
        let route: Option<MatchedPath> = request.extensions().get().cloned();
        let mut response = next.run(request).await;
        if let Some(route) = route {
            response.extensions_mut().insert(route);
        }
        response
    }))
}

/// The connection is gone, and others may come.
fn is_of_connection(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

/// What hyper bounds: heads, and a connection with no request on it.
fn http(limits: &Limits) -> http1::Builder {
    /// hyper reads no less.
    const LEAST: usize = 8192;

    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_headers(limits.headers)
        .max_header_size(limits.head)
        .max_buf_size(limits.head.max(LEAST));
    http
}

/// What the connections of a listener have in common.
struct House {
    http: http1::Builder,
    hall: Hall,
    tls: Option<Tls>,
    limits: Limits,
}

impl House {
    async fn receive(&self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => self.talk(stream, (peer, None), watcher).await,
            Some(tls) => {
                let accepted = timeout(self.limits.head_time, tls.accept(stream)).await;
                match accepted {
                    Ok(Ok((stream, certificate))) => {
                        self.talk(stream, (peer, certificate), watcher).await;
                    }
                    Ok(Err(_)) | Err(_) => self.hall.refuse("tls"),
                }
            }
        }
    }

    async fn talk<S>(
        &self,
        stream: S,
        peer: (SocketAddr, Option<PeerCertificate>),
        watcher: Watcher,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let (phase, limits) = (Phase::default(), &self.limits);
        let stream = Patient::new(stream, phase.clone(), limits.head_time, limits.stall);
        let service = service_fn(|request| self.hall.answer(request, peer, phase.clone()));
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        // A connection that ends with an error has ended.
        let _ = watcher.watch(connection).await;
    }
}
