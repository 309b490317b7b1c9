//! The cryptographic library under our implementation: ring, unless the tests of the workspace have
//! chosen another for all that they run (feature `chosen`).

#[cfg(not(feature = "chosen"))]
pub(crate) use mydata::keys::Ring as Library;
#[cfg(feature = "chosen")]
pub(crate) use mydata_chosen::{Chosen as Library, from_jwk};

/// A private key on that library.
#[cfg(not(feature = "chosen"))]
pub(crate) fn from_jwk(
    octets: &[u8],
) -> Result<mydata::keys::PrivateKey, mydata::keys::PrivateKeyRefusal> {
    mydata::keys::PrivateKey::from_jwk(octets)
}
