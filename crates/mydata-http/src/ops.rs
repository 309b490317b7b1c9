//! What whoever runs a listener needs: an orderly end, numbers, health, and how often one caller may ask.

mod behind;
mod health;
mod job;
mod log;
mod metrics;
mod outbox;
mod rate;
mod shutdown;
mod side;
pub(crate) mod span;

pub use behind::Behind;
pub use health::{Condition, Health, ops_api, report_outbox, store_condition};
pub use job::run_job;
pub use log::TimedLog;
pub(crate) use metrics::Under;
pub use metrics::{MOST_NAMES, Metrics};
pub use outbox::{Unconfirmed, unconfirmed};
pub use rate::{Limiter, Rate};
pub use shutdown::Shutdown;
pub use side::{Operating, Side, Signed};
