//! Authorisation tokens and signed data requests of the MyData protocol: how a sink proves that it
//! may fetch, and how a source decides (Data Transfer 2.0).
//!
//! ```text
//! operator: Token::for_consent ──sign──▶ TokenText ──▶ sink
//! sink:     DataRequest::new(token, request) ──sign──▶ `Authorization: PoP …` ──▶ source
//!           DpopProof::new(token, request) ──sign──▶ `Authorization: DPoP …`, `DPoP: …` ──▶ source
//! source:   access(question, gate) ──▶ Granted(Grant) | Denied(Denial)
//! ```
//!
//! [`access`](access::access) is the whole decision in one function: it is total, reads no clock,
//! calls nobody, and remembers nothing but what its [`Gate`](access::Gate) holds. There is no way
//! to a [`Grant`](access::Grant) that leaves a check out, the replay guard included.
//!
//! A sink signs its requests as draft-ietf-oauth-signed-http-request-03 describes it, which is the
//! framework's own way, or by DPoP (RFC 9449): it chooses when it is linked, and its records say which
//! ([`ProofScheme`](mydata_record::possession::ProofScheme)). Both are read in a strict profile: what
//! they leave to choice (method, address, query and body) is always signed and always compared.
//!
//! Where there is no token, between an operator and a service, [`party`] proves who sends a request.

pub mod access;
pub mod audience;
pub mod cache;
pub mod claims;
pub mod dpop;
mod generations;
pub mod introspection;
pub mod nonces;
pub mod party;
pub mod policy;
pub mod proof;
pub mod replay;
pub mod request;
pub mod window;
