#![doc = include_str!("../README.md")]

mod audit;
mod clock;
#[cfg(feature = "contract")]
pub mod contract;
mod custody;
mod delivery;
mod fault;
mod jobs;
mod ledger;
mod master;
mod memory;
mod model;
mod operator;
mod paper;
mod people;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;

pub use audit::{Audit, Finding, Registry, audit};
pub use clock::{Clock, SystemClock};
pub use custody::{Custody, KeyUse, Rewrapped};
pub use delivery::{
    Courier, Dispatcher, Letter, Parcel, ParcelId, Parked, Policy, Traffic, Undelivered, parked,
    parked_of,
};
pub use fault::{StoreFault, StoreRefusal};
pub use jobs::{Progress, Run, Task};
pub use master::{master_from_env, master_from_file};
pub use memory::MemoryStore;
pub use model::{
    Append, Appended, Backlog, Change, ConsentRow, Held, Index, Kept, LinkRow, Logged, Lookup,
    Mark, Partition, Position, Reading, Request, RequestKey, Snapshot, Stands, TokenRow, Tombstone,
    Version, Which,
};
pub use operator::fault::{OperatorFault, OperatorRefusal};
pub use operator::{Identity, Limits, Numbers, Operator, Outcome};
pub use paper::{Paper, PaperName, Revision, Shelf};
pub use people::{KnownBy, People};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteCheck, SqliteOptions, SqliteStore};
pub use store::{Answer, Reader, Store};
