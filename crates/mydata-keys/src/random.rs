//! Randomness of the operating system.

use mydata_core::crypto::{NoRandomness, Random};
use ring::rand::SecureRandom as _;

/// Gives unguessable numbers from the operating system, through ring.
///
/// It holds no state: two of them are as good as one. The first call may wait until the system has
/// gathered enough entropy after it was started.
#[derive(Debug, Clone)]
pub struct SystemRandom(ring::rand::SystemRandom);

impl SystemRandom {
    /// The source of this system. Nothing is opened or read yet.
    #[must_use]
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    fn bits128(&mut self) -> Result<[u8; 16], NoRandomness> {
        let mut bits = [0; 16];
        let filled = self.0.fill(&mut bits);
        filled.map(|()| bits).map_err(|_| NoRandomness::new())
    }
}
