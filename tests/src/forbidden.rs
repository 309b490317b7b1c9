//! What the types forbid, each beside a twin that compiles: the two differ in one place, so that
//! a slip of the pen cannot pass for a prohibition.
//!
//! # Nothing is verified by being read
//!
//! ```
//! type Read = mydata::core::jws::Sealed<mydata::token::claims::Token>;
//! let read: Result<Read, _> = serde_json::from_str("{}");
//! # assert!(read.is_err());
//! ```
//! ```compile_fail
//! type Read = mydata::core::jws::Verified<mydata::token::claims::Token>;
//! let read: Result<Read, _> = serde_json::from_str("{}");
//! # assert!(read.is_err());
//! ```
//!
//! # Nothing is verified without keys
//!
//! ```
//! # use mydata::{core::{crypto::Crypto, jws::{JwsFault, Unverified, Verified}, party::PartyKeys}, token::claims::Token};
//! fn believe(token: Unverified<Token>, crypto: &dyn Crypto, keys: &PartyKeys<'_>) -> Result<Verified<Token>, JwsFault> {
//!     token.verify(crypto, keys)
//! }
//! ```
//! ```compile_fail
//! # use mydata::{core::{crypto::Crypto, jws::{JwsFault, Unverified, Verified}, party::PartyKeys}, token::claims::Token};
//! fn believe(token: Unverified<Token>, crypto: &dyn Crypto, keys: &PartyKeys<'_>) -> Result<Verified<Token>, JwsFault> {
//!     Ok(Verified(token))
//! }
//! ```
//!
//! # What is not verified cannot be read
//!
//! ```
//! # use mydata::{core::{id::ConsentId, jws::{Unverified, Verified}}, token::claims::Token};
//! fn consent(token: &Verified<Token>) -> &ConsentId { token.consent() }
//! ```
//! ```compile_fail
//! # use mydata::{core::{id::ConsentId, jws::{Unverified, Verified}}, token::claims::Token};
//! fn consent(token: &Unverified<Token>) -> &ConsentId { token.consent() }
//! ```
//!
//! # A grant is used once
//!
//! ```
//! # use mydata::{core::id::DatasetId, token::access::Grant};
//! fn cloned<T: Clone>() {}
//! cloned::<DatasetId>();
//! ```
//! ```compile_fail
//! # use mydata::{core::id::DatasetId, token::access::Grant};
//! fn cloned<T: Clone>() {}
//! cloned::<Grant>();
//! ```
//!
//! # A grant comes from the decision only
//!
//! ```
//! # use mydata::{core::{id::DatasetId, time::Timestamp}, token::access::Grant};
//! fn at(grant: &Grant) -> Timestamp { grant.at() }
//! ```
//! ```compile_fail
//! # use mydata::{core::{id::DatasetId, time::Timestamp}, token::access::Grant};
//! fn later(grant: Grant, at: Timestamp) -> Grant { Grant { at, ..grant } }
//! ```
//!
//! # A permit is for one moment
//!
//! ```
//! # use mydata::{core::time::Timestamp, service::Permit};
//! fn cloned<T: Clone>() {}
//! cloned::<Timestamp>();
//! ```
//! ```compile_fail
//! # use mydata::{core::time::Timestamp, service::Permit};
//! fn cloned<T: Clone>() {}
//! cloned::<Permit<'static>>();
//! ```
//! ```
//! # use mydata::{core::time::Timestamp, service::Permit};
//! fn at(permit: &Permit<'_>) -> Timestamp { permit.at() }
//! ```
//! ```compile_fail
//! # use mydata::{core::time::Timestamp, service::Permit};
//! fn later<'a>(permit: Permit<'a>, at: Timestamp) -> Permit<'a> { Permit { at, ..permit } }
//! ```
//!
//! # A private key has one owner, and one door
//!
//! ```
//! # use mydata::{core::jwk::PublicKey, keys::PrivateKey};
//! fn cloned<T: Clone>() {}
//! cloned::<PublicKey>();
//! ```
//! ```compile_fail
//! # use mydata::{core::jwk::PublicKey, keys::PrivateKey};
//! fn cloned<T: Clone>() {}
//! cloned::<PrivateKey>();
//! ```
//! ```
//! # use mydata::{core::jwk::PublicKey, keys::PrivateKey};
//! fn written(key: &PublicKey) -> Option<String> { serde_json::to_string(key).ok() }
//! ```
//! ```compile_fail
//! # use mydata::{core::jwk::PublicKey, keys::PrivateKey};
//! fn written(key: &PrivateKey) -> Option<String> { serde_json::to_string(key).ok() }
//! ```
//!
//! # No text of ours is without Swedish
//!
//! ```
//! # use mydata::core::lang::Trilingual;
//! let yes = Trilingual { fi: "kyllä", sv: "ja", en: "yes" };
//! ```
//! ```compile_fail
//! # use mydata::core::lang::Trilingual;
//! let yes = Trilingual { fi: "kyllä", en: "yes" };
//! ```
//!
//! # No access is decided without a memory of requests
//!
//! ```
//! # use mydata::token::{access::{Access, Gate, Question, access}, replay::ReplayGuard};
//! fn ask(question: &Question<'_>, replay: &mut dyn ReplayGuard) -> Access {
//!     access(question, &mut Gate { replay, tokens: None })
//! }
//! ```
//! ```compile_fail
//! # use mydata::token::{access::{Access, Gate, Question, access}, replay::ReplayGuard};
//! fn ask(question: &Question<'_>, replay: &mut dyn ReplayGuard) -> Access {
//!     access(question, &mut Gate { tokens: None })
//! }
//! ```
