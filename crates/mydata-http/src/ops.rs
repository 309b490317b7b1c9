//! What whoever runs a listener needs: an orderly end, numbers, health, and how often one caller may ask.

mod health;
mod metrics;
mod outbox;
mod rate;
mod shutdown;
pub(crate) mod span;

pub use health::{Condition, Health, ops_api, report_outbox, store_condition};
pub(crate) use metrics::Under;
pub use metrics::{MOST_NAMES, Metrics, Operating, Side, Signed};
pub use outbox::{Unconfirmed, unconfirmed};
pub use rate::{Limiter, Rate};
pub use shutdown::Shutdown;
