//! Private keys and ring: the one crate of the workspace that holds secrets or names a
//! cryptographic library.
//!
//! [`Ring`] verifies and hashes, [`PrivateKey`] signs, [`SystemRandom`] gives unguessable numbers:
//! each is a trait of [`mydata_core::crypto`] over ring, so that nothing else needs to know which
//! library does the work. Two algorithms exist, Ed25519 and ES256, and no symmetric one: who can check
//! what travels must not be able to make it.
//!
//! With the feature `aws-lc` there is `AwsLc` beside `Ring`, for whoever wants its speed or its
//! maintainers. Nothing changes for who uses ring, and [`Backend`] names one of the two as a value.
//!
//! ```
//! use mydata_core::crypto::{Crypto, Signer};
//! use mydata_core::id::KeyId;
//! use mydata_core::jwk::Algorithm;
//! use mydata_keys::{PrivateKey, Ring};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = PrivateKey::generate(KeyId::parse("operator-1")?, Algorithm::Ed25519)?;
//! let stored = key.to_pkcs8();
//!
//! let again = PrivateKey::from_pkcs8(KeyId::parse("operator-1")?, stored.expose())?;
//! let signature = again.sign(b"message")?;
//! assert!(Ring.verify(key.public(), b"message", &signature));
//! # Ok(())
//! # }
//! ```
//!
//! A [`Vault`] wraps keys for a store, under a [`MasterKey`] or one of an HSM, and a [`StampKey`] says
//! whether a row is as it was written. These are symmetric (AES-256-GCM, HMAC-SHA256), and judge only
//! what a program has stored for itself: nothing that it sends or is sent.
//!
//! With the feature `rsa` each backend verifies RS256 for records of older systems, which have keys of
//! their own for it: no [`PublicKey`](mydata_core::jwk::PublicKey) is an RSA key.
//!
//! # What is wiped and what is not
//!
//! The private numbers that this crate holds, and every [`Secret`] it gives, are overwritten when
//! they are dropped. Beyond its reach are the copy inside ring's key pair, which ring does not
//! wipe (AWS-LC wipes its own); what ring expands a master key or a stamp key to; the document that
//! ring makes on the stack when a P-256 key is generated; the buffer of a caller who imports a key;
//! and whatever the operating system swaps out.

#[cfg(feature = "aws-lc")]
mod aws_lc;
mod backend;
mod base64url;
mod jwk;
mod pkcs8;
mod private;
mod random;
mod refusal;
mod ring;
mod secret;
mod vault;

#[cfg(feature = "aws-lc")]
pub use aws_lc::AwsLc;
pub use backend::Backend;
pub use private::PrivateKey;
pub use random::SystemRandom;
pub use refusal::PrivateKeyRefusal;
pub use ring::Ring;
pub use secret::Secret;
pub use vault::{KeyWrap, MasterKey, Stamp, StampKey, Vault, VaultFault, Wrapped};
