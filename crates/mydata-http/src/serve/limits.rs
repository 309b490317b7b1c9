//! Every number of a listener, in one place.

use crate::door::Bounds;
use crate::ops::Rate;
use std::time::Duration;

/// What a listener allows. The README has the table of the defaults, and a test compares the two.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Limits {
    /// Connections at once; more are closed as soon as they are accepted.
    pub connections: usize,
    /// Of these from one address, or one /64 network of IPv6. Behind a proxy all come from one.
    pub per_address: usize,
    /// How long the head of a request may take, from its first octet; a TLS handshake as well.
    pub head_time: Duration,
    /// How long a connection may stand with no request on it.
    pub idle: Duration,
    /// Lines of a head.
    pub headers: usize,
    /// Octets of a head; 8 KiB at the least.
    pub head: usize,
    /// Octets of a target.
    pub target: usize,
    /// How long a handler may take after the body has come, until its answer begins.
    pub handler: Duration,
    /// Requests at once, until their answers have gone out.
    pub requests: usize,
    /// How often an address may be refused before anybody has proven who they are; then it is refused without a
    /// look. `None`: as often as it likes, for a listener behind a proxy.
    pub refusals: Option<Rate>,
    /// How long an answer may stand still because nobody reads it.
    pub stall: Duration,
    /// How long requests are still taken after a shutdown has begun: until whoever balances has heard of it.
    pub drain_delay: Duration,
    /// How long what is under way may take after that.
    pub drain: Duration,
    /// Of a body, and of what is remembered against repetition: to be given to a
    /// [`Door`](crate::Door). A listener waits for a body as long as this says.
    pub bounds: Bounds,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            per_address: 64,
            head_time: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            headers: 64,
            head: 32 * 1024,
            target: 8 * 1024,
            handler: Duration::from_secs(10),
            requests: 512,
            refusals: Some(Rate::new(20, 40)),
            stall: Duration::from_secs(30),
            drain_delay: Duration::from_secs(5),
            drain: Duration::from_secs(30),
            bounds: Bounds::default(),
        }
    }
}
