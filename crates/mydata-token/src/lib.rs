//! Authorisation tokens and signed data requests of the MyData protocol: how a sink proves that it
//! may fetch, and how a source decides (Data Transfer 2.0).
//!
//! ```text
//! operator: Token::for_consent ──sign──▶ TokenText ──▶ sink
//! sink:     DataRequest::new(token, request) ──sign──▶ `Authorization: PoP …` ──▶ source
//! source:   access(question, gate) ──▶ Granted(Grant) | Denied(Denial)
//! ```
//!
//! [`access`](access::access) is the whole decision in one function: it is total, reads no clock,
//! calls nobody, and remembers nothing but what its [`Gate`](access::Gate) holds. There is no way
//! to a [`Grant`](access::Grant) that leaves a check out, the replay guard included.
//!
//! The request is signed as draft-ietf-oauth-signed-http-request-03 describes it, in a strict
//! profile: what the draft leaves to choice (method, host, path, query and body) is always signed
//! and always compared.

pub mod access;
pub mod audience;
pub mod cache;
pub mod claims;
mod generations;
pub mod introspection;
pub mod policy;
pub mod proof;
pub mod replay;
pub mod request;
pub mod window;
