//! The cryptographic library that the tests run on: `MYDATA_CRYPTO=aws-lc cargo test` runs all of them
//! on AWS-LC, without building anything twice. Nothing set is ring; a name that is not known fails
//! every test.
//!
//! The variable is read here and nowhere else.

use mydata_core::crypto::{Crypto, NoRandomness, Sha256, Signature};
use mydata_core::id::KeyId;
use mydata_core::jwk::{Algorithm, PublicKey};
use mydata_core::rsa::Rs256;
use mydata_keys::{Backend, PrivateKey, PrivateKeyRefusal};
use std::io::Write as _;
use std::sync::LazyLock;

/// The library that was chosen; its name is then written to standard error, once in a process.
#[must_use]
pub fn backend() -> Backend {
    static BACKEND: LazyLock<Backend> = LazyLock::new(choose);
    *BACKEND
}

#[expect(
    clippy::panic,
    reason = "tests on another library than was asked for would say nothing"
)]
fn choose() -> Backend {
    let Some(name) = std::env::var_os("MYDATA_CRYPTO") else {
        return Backend::Ring;
    };
    let mut known = Backend::ALL.iter();
    let Some(backend) = known.find(|backend| name == backend.name()) else {
        panic!(
            "MYDATA_CRYPTO={} is not one of {:?}",
            name.display(),
            Backend::ALL
        );
    };
    // Not `eprintln!`, which the test harness hides.
    let said = writeln!(std::io::stderr(), "crypto: {backend}");
    said.map_or(*backend, |()| *backend)
}

/// Verifies and hashes with what was chosen.
#[derive(Debug, Clone, Copy)]
pub struct Chosen;

impl Crypto for Chosen {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        backend().verify(key, message, signature)
    }

    fn sha256(&self, octets: &[u8]) -> Sha256 {
        backend().sha256(octets)
    }
}

impl Rs256 for Chosen {
    fn verify_rs256(&self, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool {
        backend().verify_rs256(modulus, message, signature)
    }
}

/// [`PrivateKey::generate_on`] what was chosen.
///
/// # Errors
/// [`NoRandomness`].
pub fn generate(kid: KeyId, algorithm: Algorithm) -> Result<PrivateKey, NoRandomness> {
    PrivateKey::generate_on(backend(), kid, algorithm)
}

/// [`PrivateKey::from_pkcs8_on`] what was chosen.
///
/// # Errors
/// [`PrivateKeyRefusal`].
pub fn from_pkcs8(kid: KeyId, document: &[u8]) -> Result<PrivateKey, PrivateKeyRefusal> {
    PrivateKey::from_pkcs8_on(backend(), kid, document)
}

/// [`PrivateKey::from_jwk_on`] what was chosen.
///
/// # Errors
/// [`PrivateKeyRefusal`].
pub fn from_jwk(octets: &[u8]) -> Result<PrivateKey, PrivateKeyRefusal> {
    PrivateKey::from_jwk_on(backend(), octets)
}
