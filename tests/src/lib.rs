//! A small world for tests: one operator with one account, a source, a sink, and the keys of
//! everybody. Messages travel as octets, as they do between real parties.
//!
//! Everything is deterministic but the keys: the clock stands still until it is moved, and ids come
//! from a counter.

pub mod account;
pub mod chance;
pub mod descriptions;
pub mod external;
pub mod forbidden;
pub mod make;
#[cfg(feature = "aws-lc")]
pub mod provider;
pub mod receipts;
#[cfg(feature = "aws-lc")]
pub mod rights;
pub mod trace;
pub mod wishes;
pub mod world;

pub use mydata_exam as exam;
pub use mydata_exam::base64url;
pub use world::World;
