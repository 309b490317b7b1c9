//! Numbers for tests: different each time, the same in every run.

use mydata::core::crypto::{NoRandomness, Random};

/// Counts.
#[derive(Debug, Clone, Default)]
pub struct Counter(u128);

impl Random for Counter {
    fn bits128(&mut self) -> Result<[u8; 16], NoRandomness> {
        self.0 += 1;
        // Spread over all octets, so that no two ids share a prefix.
        Ok(self
            .0
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
            .to_be_bytes())
    }
}

/// Has failed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Broken;

impl Random for Broken {
    fn bits128(&mut self) -> Result<[u8; 16], NoRandomness> {
        Err(NoRandomness::new())
    }
}
