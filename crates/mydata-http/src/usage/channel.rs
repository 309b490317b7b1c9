//! Who may ask: a security server, known by the connection and not by what it sends.

use super::UsageRefusal;
use super::request::once;
use crate::problem::Problem;
use crate::tls::PeerCertificate;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use mydata::core::crypto::Sha256;
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Whose connections are taken for a security server's, and for which of its members it may ask.
///
/// A header of X-Road is worth what the channel is worth over which it comes: the security server writes
/// them, and whoever else can connect could write them too. So whatever is not named here is refused.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Channel {
    /// Connections from this machine: where the listener is bound to the loopback and nothing but a
    /// security server, or a proxy that knows it, connects to it.
    pub loopback: bool,
    /// Connections whose certificate has one of these thumbprints ([`thumbprint`](crate::tls::thumbprint)).
    pub certificates: BTreeSet<Sha256>,
    /// `X-Road-Client` of the members that may ask: `instance/class/member/subsystem`.
    pub clients: BTreeSet<String>,
}

/// A request has come over the channel of a security server, for a member that may ask. Only [`Channel`] makes one.
#[derive(Debug)]
pub struct FromSecurityServer(());

impl Channel {
    /// Whether the request of these parts has come from a security server, and for whom. The listener puts the
    /// peer's address there.
    ///
    /// # Errors
    /// `usage_channel` and `usage_client` as [`Problem`]s.
    pub fn admit(&self, parts: &Parts) -> Result<FromSecurityServer, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let is_here = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
        let certificate = parts.extensions.get::<PeerCertificate>();
        let is_known = certificate.is_some_and(|of| self.certificates.contains(of.thumbprint()));
        if !(self.loopback && is_here || is_known) {
            return Err(UsageRefusal::Channel.into());
        }
        let client = once(&parts.headers, "x-road-client");
        if !client.is_some_and(|client| self.clients.contains(client)) {
            return Err(UsageRefusal::Client.into());
        }
        Ok(FromSecurityServer(()))
    }
}
