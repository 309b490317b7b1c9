//! What whoever runs a listener needs: an orderly end, numbers, health.

mod shutdown;

pub use shutdown::Shutdown;
