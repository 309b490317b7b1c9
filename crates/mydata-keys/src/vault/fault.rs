//! Why a vault does not wrap, unwrap or read.

use mydata_core::refusals;

refusals! {
    /// Why a vault does not wrap, unwrap or read. None says anything of a secret.
    pub enum VaultFault {
        MasterText = "vault_master_text": "the master key is not 32 octets in 43 characters of base64url or 64 hexadecimal digits",
        MasterWeak = "vault_master_weak": "the master key is one octet repeated, which nobody has drawn",
        KeyTwice = "vault_key_twice": "two master keys have one id",
        KeyUnknown = "vault_key_unknown": "the secret is wrapped under a master key that the vault does not have",
        WrapFailed = "vault_wrap_failed": "the master key could not wrap",
        UnwrapFailed = "vault_unwrap_failed": "what is wrapped was changed, belongs elsewhere, or was wrapped by another key of this id",
        Unreachable = "vault_unreachable": "the master key lives elsewhere and cannot be reached now",
        NotWrapped = "vault_not_wrapped": "the octets are no wrapped secret",
        Version = "vault_version": "the wrapped secret has a version that is not known here",
        Kind = "vault_kind": "the wrapped secret is of another kind than the one asked for",
        NotKey = "vault_not_key": "what was unwrapped is no key, or has another id than the one asked for",
        NoRandomness = "vault_no_randomness": "the source of randomness has failed",
    }
}
