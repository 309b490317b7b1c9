//! The durable operator: what an account decides is on disk before anybody is told.
//!
//! A skeleton of the rooms; their docs tell more.

#[cfg(feature = "contract")]
pub mod contract;
mod fault;
mod memory;
mod model;
mod paper;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;

pub use fault::{StoreFault, StoreRefusal};
pub use memory::MemoryStore;
pub use model::{
    Append, Appended, Change, ConsentRow, Held, Index, Kept, LinkRow, Logged, Lookup, Mark,
    Partition, Position, Reading, Request, RequestKey, Snapshot, Stands, TokenRow, Tombstone,
    Version, Which,
};
pub use paper::{Paper, PaperName, Revision, Shelf};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteCheck, SqliteOptions, SqliteStore};
pub use store::{Answer, Reader, Store};
