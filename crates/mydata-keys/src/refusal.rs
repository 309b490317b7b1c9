//! Why a private key is refused.

use mydata_core::refusals;

refusals! {
    /// Why a private key is refused.
    pub enum PrivateKeyRefusal {
        NotPkcs8 = "private_key_not_pkcs8": "the octets are not one PKCS#8 private key in DER",
        NotJwk = "private_key_not_jwk": "the octets are not one JWK",
        Version = "private_key_version": "the version of the document is not one that this type of key has here",
        TypeUnsupported = "private_key_type_unsupported": "the key type or curve is not Ed25519 or P-256",
        Symmetric = "private_key_symmetric": "a symmetric key stands where a private key belongs",
        NotPrivate = "private_key_not_private": "a public key stands where a private key belongs",
        NoKid = "private_key_no_kid": "the key has no `kid`",
        KidInvalid = "private_key_kid_invalid": "the `kid` is not 1 to 128 of A-Z a-z 0-9 . _ ~ : -",
        AlgMismatch = "private_key_alg_mismatch": "`alg` does not belong to this type of key",
        NotForSigning = "private_key_not_for_signing": "`use` or `key_ops` say that the key is not for signing",
        Length = "private_key_length": "the private number is not 32 octets in canonical form",
        Coordinate = "private_key_coordinate": "a public coordinate is missing, too many or not 32 octets in canonical form",
        PublicMissing = "private_key_public_missing": "the P-256 document does not contain the public key",
        Inconsistent = "private_key_inconsistent": "the private number is out of range or does not belong to the public key",
        NoRandomness = "private_key_no_randomness": "the source of randomness has failed, so the key could not be prepared",
    }
}
