//! Who a resident is, proven: an access token of an identity provider, verified.
//!
//! ```text
//! octets of a JWK Set ──from_jwks──▶ ProviderKeys ─┐
//! text of a bearer ──Token::read──▶ Token ──verify(provider, keys, now)──▶ VerifiedResident
//! ```
//!
//! This is a resource server's half of OpenID Connect, and nothing else of it: no login, no session, no
//! cookie, no password. It does no IO and has no clock; who fetches the keys, and when, is another's task.
//!
//! * **RS256 is read here and nowhere in 2.0.** City providers sign with RSA by default. This opener has a
//!   key type and a header of its own, so no record, token or proof of MyData can be RSA.
//! * **Nothing in a token picks a key or an address** but `kid`, which is compared with the keys that the
//!   configured provider publishes.
//! * **Only [`Token::verify`] makes a [`VerifiedResident`]**, but for one side door with a name of its own,
//!   [`vouched::resident`], for a city whose residents prove who they are in another way.
//!
//! Sources: RFC 7515, RFC 7519, RFC 8725 (best practice), RFC 9068 (access tokens).

mod claims;
mod keys;
mod level;
mod provider;
mod refusal;
mod resident;
mod said;
mod token;
pub mod vouched;

pub use keys::{ProviderKey, ProviderKeys, TokenCrypto};
pub use level::{Assurance, Levels};
pub use provider::{Audience, Issuer, Provider};
pub use refusal::{IdentityRefusal, ProviderRefusal};
pub use resident::{Scopes, Subject, VerifiedResident};
pub use token::Token;
