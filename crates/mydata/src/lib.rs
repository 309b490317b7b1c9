#![doc = include_str!("../../../README.md")]

#[doc(inline)]
pub use mydata_account as account;
#[doc(inline)]
pub use mydata_core as core;
#[cfg(feature = "identity")]
#[doc(inline)]
pub use mydata_identity as identity;
#[doc(inline)]
pub use mydata_keys as keys;
#[doc(inline)]
pub use mydata_legacy as legacy;
#[doc(inline)]
pub use mydata_operator as operator;
#[doc(inline)]
pub use mydata_receipt as receipt;
#[doc(inline)]
pub use mydata_record as record;
#[doc(inline)]
pub use mydata_registry as registry;
#[doc(inline)]
pub use mydata_service as service;
#[doc(inline)]
pub use mydata_token as token;
